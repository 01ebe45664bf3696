//! Idle limits that the capture itself shows.

use super::page::{Align, Page, Rows, Tone};
use crate::report::wording::{capitalised, grouped, limit, listed};
use crate::report::{InferredStandWord, InferredTimeout, Report, Seconds};
use std::io;

/// Limits that are explained below the table.
const LIMITS_EXPLAINED: usize = 8;

/// Presets named for one limit.
const PRESETS_NAMED: usize = 3;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.inferred_timeouts.is_empty() {
        return Ok(());
    }
    page.heading("Idle limits that this capture shows")?;
    let mut table = Rows::default();
    for (title, align) in [
        ("Of", Align::Left),
        ("Survived up to", Align::Right),
        ("Cut from", Align::Right),
        ("Survivors", Align::Right),
        ("Cuts", Align::Right),
        ("Against it", Align::Right),
        ("Known boxes near", Align::Left),
    ] {
        table.column(title, align);
    }
    let length = |seconds: Option<Seconds>| seconds.map_or_else(|| "-".to_owned(), |s| limit(s.0));
    for inferred in &report.inferred_timeouts {
        table.row(vec![
            inferred.scope.clone(),
            length(inferred.longest_survived_s),
            length(inferred.shortest_cut_s),
            grouped(inferred.survivors),
            grouped(inferred.cuts),
            grouped(inferred.contradictions),
            listed(&inferred.nearest_presets, PRESETS_NAMED, 0),
        ]);
    }
    page.table(2, table)?;
    for inferred in report.inferred_timeouts.iter().take(LIMITS_EXPLAINED) {
        explain(inferred, page)?;
    }
    let more = report.inferred_timeouts.len().saturating_sub(LIMITS_EXPLAINED);
    if more > 0 {
        page.paragraph(2, &format!("… and {} more, which the JSON report explains", grouped(more as u64)))?;
    }
    Ok(())
}

fn explain(inferred: &InferredTimeout, page: &mut Page<'_>) -> io::Result<()> {
    let lead = match inferred.stand {
        InferredStandWord::Conflict => (Tone::Warning, format!("{}: no one limit: ", inferred.scope)),
        _ => (Tone::Heading, format!("{}: ", inferred.scope)),
    };
    page.led(2, 4, (lead.0, &lead.1), &format!("{}.", capitalised(&inferred.meaning)))?;
    page.labelled(4, "Proof", &proof(inferred))?;
    page.labelled_verbatim(4, "Filter", &inferred.display_filter)
}

/// `survived: frames 12 and 40; cut: frames 51 and 90`.
pub(in crate::report) fn proof(inferred: &InferredTimeout) -> String {
    let told = |what: &str, frames: &[u64]| match frames {
        [before, after] => Some(format!("{what}: frames {before} and {after}")),
        _ => None,
    };
    let both = [told("survived", &inferred.survived_frames), told("cut", &inferred.cut_frames)];
    both.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use crate::report::text::Layout;
    use crate::time::Span;

    fn text(inferred: Vec<InferredTimeout>) -> String {
        let report = Report { inferred_timeouts: inferred, ..samples::nothing_idle() };
        let mut out = Vec::new();
        write(&report, &mut Page::new(Layout { width: 100, ..Layout::default() }, &mut out)).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn limit() -> InferredTimeout {
        InferredTimeout {
            scope: "10.0.0.5:443".to_owned(),
            longest_survived_s: Some(Span::from_secs(340).into()),
            survived_frames: vec![12, 40],
            shortest_cut_s: Some(Span::from_secs(360).into()),
            cut_frames: vec![51, 90],
            meaning: "silences were cut".to_owned(),
            display_filter: "frame.number in {12, 40, 51, 90}".to_owned(),
            ..InferredTimeout::default()
        }
    }

    #[test]
    fn each_limit_says_what_it_means_with_proof_and_filter() {
        let text = text(vec![limit()]);
        for part in [
            "10.0.0.5:443: Silences were cut.",
            "Proof    survived: frames 12 and 40; cut: frames 51 and 90",
            "Filter   frame.number in {12, 40, 51, 90}",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_conflict_says_at_once_that_there_is_no_number() {
        let conflict = InferredTimeout { stand: InferredStandWord::Conflict, ..limit() };
        assert!(text(vec![conflict]).contains("10.0.0.5:443: no one limit: "));
    }

    #[test]
    fn limits_beyond_those_explained_are_counted() {
        let text = text(vec![limit(); LIMITS_EXPLAINED + 3]);
        assert_eq!(text.matches("Filter ").count(), LIMITS_EXPLAINED);
        assert!(text.contains("and 3 more, which the JSON report explains"), "{text}");
    }
}
