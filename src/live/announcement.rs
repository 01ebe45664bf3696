//! One expiry, told while the silence still lasts.

use crate::findings::Announcement;
use crate::report::Seconds;
use crate::report::json_text::{self, Spacing};
use crate::report::text::escape;
use serde::Serialize;
use std::io::{self, Write};

/// The line of JSON. Names are those of a report's finding.
#[derive(Serialize)]
#[serde(tag = "type", rename = "announcement")]
struct Line<'a> {
    rule: &'static str,
    severity: &'static str,
    certainty: &'static str,
    initiator: Option<String>,
    responder: Option<String>,
    hop: Option<&'a str>,
    gap_s: Option<Seconds>,
    at: Option<String>,
    frames: Vec<u64>,
    summary: &'a str,
    step: &'a str,
    display_filter: &'a str,
}

/// Writes an object with `type: announcement` on one line.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write_ndjson(finding: &Announcement, out: &mut dyn Write) -> io::Result<()> {
    let line = Line {
        rule: finding.rule.id(),
        severity: finding.severity.name(),
        certainty: finding.certainty.name(),
        initiator: finding.flow.map(|flow| flow.initiator.to_string()),
        responder: finding.flow.map(|flow| flow.responder.to_string()),
        hop: finding.hop.as_deref(),
        gap_s: finding.gap.map(Seconds::from),
        at: finding.at.map(|at| at.to_rfc3339()),
        frames: finding.frames.iter().map(|frame| frame.0).collect(),
        summary: &finding.summary,
        step: &finding.remedy.step,
        display_filter: &finding.display_filter,
    };
    json_text::write(&line, Spacing::Compact, out)?;
    out.write_all(b"\n")
}

/// Writes a line for a person: when, how bad, which rule, whose flow, what.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write_line(finding: &Announcement, out: &mut dyn Write) -> io::Result<()> {
    let at = finding.at.map_or_else(|| "-".to_owned(), |at| to_the_second(&at.to_rfc3339()));
    write!(out, "{at} {} {}: ", finding.severity, finding.rule)?;
    if let Some(flow) = &finding.flow {
        write!(out, "{} -> {}: ", flow.initiator, flow.responder)?;
    }
    writeln!(out, "{}", escape(&finding.summary))
}

/// `2023-11-14T22:13:20Z` of a time with nanoseconds; anything else as it is.
fn to_the_second(rfc3339: &str) -> String {
    match rfc3339.split_once('.') {
        Some((whole, rest)) if rest.ends_with('Z') => format!("{whole}Z"),
        _ => rfc3339.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Remedy;
    use crate::findings::{Certainty, Finding, FlowRef, Rule};
    use crate::frame::FrameNumber;
    use crate::segment::{Endpoint, Realm};
    use crate::time::Span;
    use crate::time::Timestamp;

    fn announcement() -> Announcement {
        let endpoint = |last, port| Endpoint { addr: [10, 0, 0, last].into(), port };
        Finding {
            rule: Rule::PredictedExpiry,
            severity: Rule::PredictedExpiry.severity(),
            certainty: Certainty::Certain,
            group: None,
            flow: Some(FlowRef {
                first_frame: FrameNumber(7),
                initiator: endpoint(1, 40_000),
                responder: endpoint(2, 443),
                realm: Realm(0),
            }),
            hop: Some("box".to_owned()),
            gap: Some(Span::from_secs(2)),
            frames: vec![FrameNumber(9)],
            at: Some(Timestamp::from_nanos(1_700_000_000_123_000_000)),
            summary: "The timer of \u{1b}[31mbox ran out.".to_owned(),
            remedy: Remedy::step("Look at the box."),
            display_filter: "tcp.stream == 0".to_owned(),
        }
    }

    fn written(write: impl Fn(&Announcement, &mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&announcement(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_person_reads_when_how_bad_whose_and_what_and_no_escape_sequence() {
        assert_eq!(
            written(write_line),
            "2023-11-14T22:13:20Z warning predicted-expiry: 10.0.0.1:40000 -> 10.0.0.2:443: The timer of \
             \\u{1b}[31mbox ran out.\n"
        );
    }

    #[test]
    fn a_program_reads_one_object_with_its_type() {
        let line = written(write_ndjson);
        assert_eq!(line.matches('\n').count(), 1);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(object["type"], "announcement");
        assert_eq!(object["rule"], "predicted-expiry");
        assert_eq!(object["responder"], "10.0.0.2:443");
        assert_eq!(object["at"], "2023-11-14T22:13:20.123000000Z");
        assert_eq!(object["frames"], serde_json::json!([9]));
    }
}
