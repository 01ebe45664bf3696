//! An explained flow as text.

use super::Explained;
use crate::report::model::{ClockWord, EvidenceTold, Explanation, PlaceWord, Report};
use crate::report::text::page::{Align, Page, Rows, Tone};
use crate::report::text::{Layout, next_captures};
use crate::report::wording::moment;
use crate::time::Span;
use std::io::{self, Write};

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write_text(
    report: &Report,
    explained: &Explained<'_>,
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(layout, out);
    let flow = explained.flow;
    let named = |end: &str| report.path.names.put_into(end);
    let lead = format!("flow {}: ", flow.id);
    let sure = flow.failed.map_or(String::new(), |failed| format!("; that it failed is {}", failed.word()));
    page.led(
        0,
        2,
        (Tone::Heading, &lead),
        &format!("{} -> {}{sure}", named(&flow.initiator), named(&flow.responder)),
    )?;
    page.labelled_verbatim(2, "Filter", &flow.display_filter)?;
    page.heading("What happened (UTC; + since the last activity before the break)")?;
    let mut table = Rows::default();
    for (title, align) in
        [("When", Align::Left), ("+", Align::Right), ("Frame", Align::Right), ("What", Align::Left)]
    {
        table.column(title, align);
    }
    for event in &explained.events {
        table.row(vec![
            moment(event.at.0),
            event.since_idle_s.map_or(String::new(), relative),
            event.frame.map_or(String::new(), |frame| frame.to_string()),
            event.what.clone(),
        ]);
    }
    page.table(2, table)?;
    if !flow.explanations.is_empty() {
        page.heading("Causes, the best established first")?;
        for cause in &flow.explanations {
            cause_of(cause, &mut page)?;
        }
    }
    if !explained.others.is_empty() {
        page.heading("Other flows of its hosts")?;
        for other in &explained.others {
            let lead = format!("flow {} ", other.flow);
            let shares = if other.shares == "both" {
                "same client and server".to_owned()
            } else {
                format!("same {}", other.shares)
            };
            let text = format!(
                "({shares}) {} -> {}: {}",
                named(&other.initiator),
                named(&other.responder),
                other.meanwhile
            );
            page.led(2, 4, (Tone::Plain, &lead), &text)?;
        }
    }
    if let Some(next) = explained.next_capture {
        page.heading("What would settle it")?;
        page.paragraph(2, &next_captures::sentence(report, next))?;
        page.labelled_verbatim(4, "tcpdump", &next.commands.tcpdump)?;
    }
    Ok(())
}

fn cause_of(cause: &Explanation, page: &mut Page<'_>) -> io::Result<()> {
    let clock = match cause.clock {
        Some(ClockWord::Any) => ", any packet restarts it",
        Some(ClockWord::Payload) => ", only payload restarts it",
        Some(ClockWord::Unknown) => ", what restarts it is not shown",
        None => "",
    };
    let place = match cause.place {
        Some(PlaceWord::Box) => ", in a box between",
        Some(PlaceWord::EndpointOrProxy) => ", at the end that closed or in a proxy",
        Some(PlaceWord::Unknown) | None => "",
    };
    let lead = format!("{}: {}{clock}{place}", cause.cause.replace('-', " "), cause.standing.word());
    page.led(2, 4, (Tone::Heading, &lead), "")?;
    for (label, supports) in [("for", true), ("against", false)] {
        for evidence in cause.evidence.iter().filter(|evidence| evidence.supports == supports) {
            page.labelled(4, label, &evidence_of(evidence))?;
        }
    }
    Ok(())
}

fn evidence_of(evidence: &EvidenceTold) -> String {
    let frames: Vec<String> = evidence.frames.iter().take(6).map(u64::to_string).collect();
    match frames.len() {
        0 => evidence.says.clone(),
        1 => format!("{} (frame {})", evidence.says, frames[0]),
        _ => format!("{} (frames {})", evidence.says, frames.join(", ")),
    }
}

/// `+15m 12s`, `-3s`.
fn relative(seconds: f64) -> String {
    let length = Span::from_nanos((seconds.abs() * 1e9).round() as u64);
    if seconds < 0.0 { format!("-{length}") } else { format!("+{length}") }
}
