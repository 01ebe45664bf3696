//! What to capture next, where a cause stays open.

use super::page::Page;
use crate::report::wording::{joined, limit};
use crate::report::{NextCapture, Report};
use std::io;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.next_captures.is_empty() {
        return Ok(());
    }
    page.heading("What to capture next, to know the cause")?;
    for capture in &report.next_captures {
        page.paragraph(2, &sentence(report, capture))?;
        page.labelled_verbatim(4, "tcpdump", &capture.commands.tcpdump)?;
        page.labelled_verbatim(4, "Windows", &capture.commands.pktmon)?;
        page.labelled_verbatim(4, "older", &capture.commands.netsh)?;
        page.labelled_verbatim(4, "kubectl", &capture.commands.kubectl)?;
        page.labelled_verbatim(4, "Then", &capture.then)?;
    }
    Ok(())
}

/// Whose, where, for how long.
pub(in crate::report) fn sentence(report: &Report, capture: &NextCapture) -> String {
    let settles = match capture.settles.len() {
        0 | 1 => String::new(),
        _ => format!(" It tells apart: {}.", joined(&capture.settles)),
    };
    let named = |text: &str| report.path.names.put_into(text);
    format!(
        "{}: {} Capture for {} or more, until it happens again.{settles}",
        named(&capture.service),
        named(&capture.why),
        limit(capture.at_least_s.0)
    )
}
