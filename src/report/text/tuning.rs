//! The page of `idlescope tune`: what to set and its price first, then what it rests on.

mod keepalives;
mod silences;
mod timeouts;

use super::page::{Align, Page, Rows, TIE, Tone};
use super::{distribution, intake};
use crate::report::wording::limit;
use crate::report::{Report, Tuning};
use std::io;

/// Stands beside what is recommended.
fn set_this() -> String {
    format!("<-{TIE}set{TIE}this")
}

pub(super) fn write(report: &Report, tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let (lead, rest) = match tuning.verdict.find(": ") {
        Some(at) => tuning.verdict.split_at(at + 1),
        None => (tuning.verdict.as_str(), ""),
    };
    let tone = if tuning.recommendation.timeout.is_some() { Tone::Good } else { Tone::Warning };
    page.led(0, 0, (tone, lead), rest)?;
    if !report.complete {
        for line in intake::incomplete(report) {
            page.led(0, 0, (Tone::Warning, "INCOMPLETE: "), &line)?;
        }
    }
    chain(tuning, page)?;
    if tuning.basis.merged.is_empty() {
        intake::write(report, page)?;
    } else {
        page.heading("Merged")?;
        for file in &tuning.basis.merged {
            page.verbatim(2, file)?;
        }
    }
    timeouts::write(report, tuning, page)?;
    keepalives::write(tuning, page)?;
    silences::survival(tuning, page)?;
    distribution::write(report, page)?;
    silences::ends(tuning, page)?;
    silences::groups(tuning, page)?;
    page.heading("What these numbers cannot tell")?;
    for sentence in &tuning.cannot_tell {
        page.led(2, 4, (Tone::Plain, "- "), sentence)?;
    }
    Ok(())
}

fn chain(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let links = &tuning.recommendation.chain;
    if links.is_empty() {
        return Ok(());
    }
    page.heading("The path, from initiator to responder, as it should be")?;
    let mut table = Rows::default();
    for (title, align) in
        [("Hop", Align::Left), ("Is", Align::Right), ("Set to", Align::Right), ("Why", Align::Left)]
    {
        table.column(title, align);
    }
    let said =
        |length: Option<crate::report::Seconds>| length.map_or_else(|| "never".to_owned(), |l| limit(l.0));
    for link in links {
        let to = if link.from_s == link.to_s { "as it is".to_owned() } else { said(link.to_s) };
        table.row(vec![link.hop.clone(), said(link.from_s), to, link.reason.clone()]);
    }
    page.table(2, table)?;
    if let Some(keepalive) = &tuning.recommendation.keepalive {
        page.paragraph(
            2,
            &format!(
                "Keepalive of the endpoints: first probe after {}, then every {}, {} probes: {}.",
                limit(keepalive.time_s.0),
                limit(keepalive.interval_s.0),
                keepalive.probes,
                keepalive.reason
            ),
        )?;
    }
    Ok(())
}
