//! The path, and what is wrong with it whatever the capture holds.

use super::evidence;
use super::page::{Align, Page, Rows, Tone};
use crate::report::wording::{counted, limit};
use crate::report::{
    ExpiryWord, Finding, PathEndKeepalives, PathKeepalive, PathProposal, RefreshWord, Report, Scope, Seconds,
};
use std::io;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let path = &report.path;
    if path.hops.is_empty() && path.keepalive.is_none() {
        return Ok(());
    }
    page.heading("Path, from initiator to responder")?;
    let mut table = Rows::default();
    for (title, align) in [
        ("Hop", Align::Left),
        ("Limit", Align::Right),
        ("Restarted by", Align::Left),
        ("When it runs out", Align::Left),
        ("Preset", Align::Left),
    ] {
        table.column(title, align);
    }
    for hop in &path.hops {
        let own = hop
            .self_probe
            .map_or(String::new(), |own| format!("; probes the ends itself after {}", limit(own.after_s.0)));
        table.row(vec![
            hop.name.clone(),
            hop.established_s.map_or_else(|| "none".to_owned(), |length| limit(length.0)),
            restarted_by(hop.refresh).to_owned(),
            format!("{}{own}", when_it_runs_out(hop.expiry)),
            hop.preset.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    if !table.is_empty() {
        page.table(2, table)?;
    }
    if let Some(keepalive) = &path.keepalive {
        page.paragraph(2, &format!("Keepalive of the endpoints: {}.", stated(keepalive)))?;
    }
    for route in &path.routes {
        let keepalive =
            route.keepalive.as_ref().map_or_else(String::new, |it| format!("; keepalive {}", stated(it)));
        let text = format!(
            "{}: {} ({}){keepalive}.",
            counted(route.flows, "flow"),
            route.matches.join(", "),
            route.hops.join(" -> ")
        );
        page.led(2, 4, (Tone::Heading, &format!("path {}: ", route.name)), &text)?;
    }
    let mut lint: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.scope == Scope::Path).collect();
    lint.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    evidence::write(report, &lint, 2, page)?;
    if let Some(proposal) = &path.proposal {
        page.labelled(4, "Then", &put_right(proposal))?;
        for fault in &proposal.remaining {
            page.labelled(4, "Still", fault)?;
        }
    }
    for proposal in path.routes.iter().filter_map(|route| route.proposal.as_ref()) {
        page.labelled(4, "Then", &put_right(proposal))?;
        for fault in &proposal.remaining {
            page.labelled(4, "Still", fault)?;
        }
    }
    for note in path.notes.iter().chain(path.routes.iter().flat_map(|route| &route.notes)) {
        page.led(2, 4, (Tone::Heading, "note: "), note)?;
    }
    Ok(())
}

/// Keepalive as it was stated, of each end where that was said.
pub(in crate::report) fn stated(keepalive: &PathKeepalive) -> String {
    let of = |time: Option<Seconds>, interval: Option<Seconds>, probes: u32| match (time, interval) {
        (Some(time), Some(interval)) => {
            let probes = counted(u64::from(probes), "probe");
            format!("first probe after {}, then every {}, {probes}", limit(time.0), limit(interval.0))
        }
        _ => "off".to_owned(),
    };
    match &keepalive.by_end {
        None => of(keepalive.time_s, keepalive.interval_s, keepalive.probes),
        Some(PathEndKeepalives { initiator, responder }) => format!(
            "initiator {}; responder {}",
            of(initiator.time_s, initiator.interval_s, initiator.probes),
            of(responder.time_s, responder.interval_s, responder.probes)
        ),
    }
}

/// The corrected chain in a line.
pub(in crate::report) fn put_right(proposal: &PathProposal) -> String {
    let limits: Vec<String> = proposal
        .hops
        .iter()
        .map(|hop| {
            let length = hop.established_s.map_or_else(|| "no limit".to_owned(), |length| limit(length.0));
            format!("{} {length}", hop.name)
        })
        .collect();
    let chain = limits.join(" -> ");
    match &proposal.keepalive {
        Some(keepalive) => format!("{chain}; {}", schedule(keepalive)),
        None => chain,
    }
}

pub(in crate::report) fn schedule(keepalive: &PathKeepalive) -> String {
    match (keepalive.time_s, keepalive.interval_s) {
        (Some(time), Some(interval)) => {
            let probes = counted(u64::from(keepalive.probes), "probe");
            format!("keepalive first after {}, then every {}, {probes}", limit(time.0), limit(interval.0))
        }
        _ => "keepalive off".to_owned(),
    }
}

pub(in crate::report) const fn restarted_by(refresh: RefreshWord) -> &'static str {
    match refresh {
        RefreshWord::Any => "any packet",
        RefreshWord::Payload => "payload only",
        RefreshWord::PayloadPerDirection => "payload, each way by itself",
        RefreshWord::Initiator => "initiator's packets",
        RefreshWord::Responder => "responder's packets",
    }
}

pub(in crate::report) const fn when_it_runs_out(expiry: ExpiryWord) -> &'static str {
    match expiry {
        ExpiryWord::Drop => "forgets silently",
        ExpiryWord::ResetOnNext => "answers the next packet with RST",
        ExpiryWord::ResetBoth => "sends RST to both ends",
        ExpiryWord::Close => "closes with FIN",
    }
}
