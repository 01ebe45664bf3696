//! One row for each listed flow, for spreadsheets and data frames. The header is stable: columns are
//! added at the end only. Empty cells are unknown or absent. Lengths are seconds, instants RFC 3339 UTC.
//!
//! Text cells that a spreadsheet would take for a formula (OWASP, "CSV Injection") get an apostrophe in
//! front: hop names and addresses come from input.

use super::text::escape;
use super::{
    BasisWord, Flow, FlowClose, FlowGap, FlowOpening, Outcome, ProbesSeen, Report, RoleWord, Seconds,
    Severity,
};
use std::borrow::Cow;
use std::io::{self, Write};

/// Columns, in order.
pub const HEADER: [&str; 48] = [
    "flow",
    "initiator",
    "responder",
    "network",
    "opened",
    "closed_by",
    "first_at",
    "last_at",
    "first_frame",
    "last_frame",
    "segments_initiator",
    "segments_responder",
    "payload_bytes_initiator",
    "payload_bytes_responder",
    "longest_gap_s",
    "longest_gap_start_frame",
    "longest_gap_end_frame",
    "longest_gap_ended_by",
    "longest_gap_trust",
    "longest_payload_gap_s",
    "open_gap_s",
    "probes_initiator",
    "replies_to_initiator",
    "keepalive_time_s_initiator",
    "keepalive_interval_s_initiator",
    "probes_responder",
    "replies_to_responder",
    "keepalive_time_s_responder",
    "keepalive_interval_s_responder",
    "zero_window_probes",
    "duplicates",
    "verdicts",
    "cut_by",
    "worst_severity",
    "rules",
    "display_filter",
    "between_sides",
    "heartbeat_period_s_initiator",
    "heartbeat_bytes_initiator",
    "heartbeat_period_s_responder",
    "heartbeat_bytes_responder",
    "certainty",
    "cause",
    "standing",
    "clock",
    "explanations",
    "initiator_name",
    "responder_name",
];

/// `text` as no spreadsheet takes it for a formula.
pub(super) fn inert(text: &str) -> Cow<'_, str> {
    match text.as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n') => Cow::Owned(format!("'{text}")),
        _ => Cow::Borrowed(text),
    }
}

fn seconds(length: Option<Seconds>) -> String {
    length.map_or_else(String::new, |length| length.0.to_decimal())
}

fn probes(side: &ProbesSeen) -> [String; 4] {
    [side.probes.to_string(), side.replies.to_string(), seconds(side.time_s), seconds(side.interval_s)]
}

fn heartbeat(flow: &Flow, sender: RoleWord) -> [String; 2] {
    match flow.heartbeats.iter().find(|heartbeat| heartbeat.sender == sender) {
        Some(heartbeat) => [seconds(Some(heartbeat.period_s)), heartbeat.size_bytes.high.to_string()],
        None => [String::new(), String::new()],
    }
}

fn row(flow: &Flow, report: &Report) -> Vec<String> {
    // No terminal and no spreadsheet is to act on what a file or a capture holds.
    let text = |text: &str| inert(&escape(text)).into_owned();
    let name = |end: &str| report.path.names.of_word(end).unwrap_or_default();
    let is_longest = |gap: &&FlowGap| gap.basis == BasisWord::Any && gap.length_s == flow.longest_gap_s;
    let longest: Option<&FlowGap> = flow.gaps.iter().find(is_longest);
    let of_gap = |part: fn(&FlowGap) -> String| longest.map_or_else(String::new, part);
    let findings = || flow.findings.iter().filter_map(|index| report.findings.get(*index));
    let worst = findings().map(|finding| finding.severity).max();
    let mut rules: Vec<&str> = findings().map(|finding| finding.rule.as_str()).collect();
    rules.dedup();
    let verdicts: Vec<String> =
        flow.verdicts.iter().map(|verdict| format!("{}={}", verdict.hop, verdict.outcome.word())).collect();
    let cut_by: Vec<&str> = flow
        .verdicts
        .iter()
        .filter(|verdict| verdict.outcome == Outcome::Cut)
        .map(|verdict| verdict.hop.as_str())
        .collect();
    let mut cells = vec![
        flow.id.to_string(),
        text(&flow.initiator),
        text(&flow.responder),
        flow.network.as_deref().map(text).unwrap_or_default(),
        match flow.opened {
            FlowOpening::Handshake => "handshake",
            FlowOpening::Midstream => "midstream",
        }
        .to_owned(),
        match flow.closed_by {
            FlowClose::Fin => "fin",
            FlowClose::Rst => "rst",
            FlowClose::None => "none",
        }
        .to_owned(),
        text(&flow.first_at.0.to_rfc3339()),
        text(&flow.last_at.0.to_rfc3339()),
        flow.first_frame.to_string(),
        flow.last_frame.to_string(),
        flow.segments.initiator.to_string(),
        flow.segments.responder.to_string(),
        flow.payload_bytes.initiator.to_string(),
        flow.payload_bytes.responder.to_string(),
        seconds(Some(flow.longest_gap_s)),
        of_gap(|gap| gap.start_frame.to_string()),
        of_gap(|gap| gap.end_frame.to_string()),
        of_gap(|gap| gap.ended_by.word().to_owned()),
        of_gap(|gap| gap.trust.word().to_owned()),
        seconds(Some(flow.longest_payload_gap_s)),
        seconds(flow.open_gap_s),
    ];
    cells.extend(probes(&flow.keepalive.initiator));
    cells.extend(probes(&flow.keepalive.responder));
    cells.extend([
        flow.zero_window_probes_total.to_string(),
        flow.duplicates.to_string(),
        text(&verdicts.join(";")),
        text(&cut_by.join(";")),
        worst.map(Severity::word).unwrap_or_default().to_owned(),
        rules.join(" "),
        text(&flow.display_filter),
        between_sides(flow, report),
    ]);
    cells.extend(heartbeat(flow, RoleWord::Initiator));
    cells.extend(heartbeat(flow, RoleWord::Responder));
    cells.extend(causes(flow));
    cells.extend([&flow.initiator, &flow.responder].map(|end| text(name(end))));
    cells
}

/// How sure what happened is, the best established cause with its standing and clock, and all causes.
fn causes(flow: &Flow) -> [String; 5] {
    let best = flow.explanations.first();
    let clock = flow.explanations.iter().find_map(|explanation| explanation.clock);
    let all: Vec<String> =
        flow.explanations.iter().map(|it| format!("{}={}", it.cause, it.standing.word())).collect();
    [
        flow.failed.map(|certainty| certainty.word().to_owned()).unwrap_or_default(),
        best.map(|best| best.cause.clone()).unwrap_or_default(),
        best.map(|best| best.standing.word().to_owned()).unwrap_or_default(),
        clock.map(|clock| clock.word().to_owned()).unwrap_or_default(),
        all.join(";"),
    ]
}

/// What the first side and the next say of the flow together: `dropped=certain;reset-stopped=likely`.
fn between_sides(flow: &Flow, report: &Report) -> String {
    let pair = report.sides.as_ref().and_then(|sides| sides.between.first());
    let crossing = pair.and_then(|pair| pair.crossings.iter().find(|it| it.flows[0].contains(&flow.id)));
    let conclusions = crossing.map(|crossing| crossing.conclusions.as_slice()).unwrap_or_default();
    let said: Vec<String> =
        conclusions.iter().map(|it| format!("{}={}", it.kind.word(), it.certainty.word())).collect();
    said.join(";")
}

pub(super) fn unwrapped(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        // Rows have as many cells as the header and are written as text: no other error can come.
        kind => io::Error::other(format!("{kind:?}")),
    }
}

/// Writes header and rows.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(HEADER).map_err(unwrapped)?;
    for flow in &report.flows {
        rows.write_record(row(flow, report)).map_err(unwrapped)?;
    }
    rows.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use std::collections::HashMap;

    fn rows(report: &Report) -> Vec<HashMap<String, String>> {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        csv::Reader::from_reader(out.as_slice()).deserialize().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_listed_flow_has_a_row_under_every_column() {
        for (name, report) in samples::all() {
            let rows = rows(&report);
            assert_eq!(rows.len(), report.flows.len(), "{name}");
            assert!(rows.iter().all(|row| row.len() == HEADER.len()), "{name}");
        }
    }

    #[test]
    fn cells_agree_with_the_report() {
        let report = samples::cut_behind_three_hops();
        let row = &rows(&report)[0];
        assert_eq!(row["initiator"], report.flows[0].initiator);
        assert_eq!(row["longest_gap_s"], "7380");
        assert_eq!(row["cut_by"], "firewall;mdm;lb");
        assert_eq!(row["worst_severity"], "error");
    }

    #[test]
    fn a_cell_from_input_cannot_be_a_formula() {
        let mut report = samples::cut_behind_three_hops();
        report.flows[0].verdicts[0].hop = "=HYPERLINK(\"http://evil\")".to_owned();
        report.flows[0].network = Some("@SUM(1)".to_owned());
        let row = &rows(&report)[0];
        assert!(row["verdicts"].starts_with("'="), "{}", row["verdicts"]);
        assert!(row["network"].starts_with("'@"), "{}", row["network"]);
    }
}
