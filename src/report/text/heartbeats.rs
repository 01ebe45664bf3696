//! Heartbeats of applications, a line for each service and sender.

use super::page::{Align, Page, Rows};
use crate::report::wording::{grouped, joined, limit};
use crate::report::{BytesRange, HeartbeatReach, Report, Seconds, Service, ServiceHeartbeat};
use crate::time::Span;
use std::io;

/// Limits named; the rest is counted.
const LIMITS_NAMED: usize = 4;

/// What sets a heartbeat apart from keepalive.
pub(in crate::report) const WORTH: &str = "A heartbeat is payload: it restarts the timers of proxies too, which TCP \
                                           keepalive does not reach.";

pub(super) fn write(report: &Report, at_most: usize, page: &mut Page<'_>) -> io::Result<()> {
    let lines: Vec<(&Service, &ServiceHeartbeat)> = lines(report).collect();
    if lines.is_empty() {
        return Ok(());
    }
    page.heading("Heartbeats of the applications")?;
    let mut table = Rows::default();
    table.column("Service", Align::Left);
    table.column("Flows", Align::Right);
    table.column("Sent by", Align::Left);
    table.column("Every", Align::Right);
    table.column("Jitter", Align::Right);
    table.column("Bytes", Align::Right);
    table.column("Effect", Align::Left);
    for (service, heartbeat) in lines.iter().take(at_most) {
        table.row_of_lines(vec![
            vec![within(service)],
            vec![grouped(heartbeat.flows)],
            vec![sender(heartbeat)],
            vec![every(heartbeat)],
            vec![rounded(heartbeat.jitter_s).to_string()],
            vec![bytes(heartbeat.size_bytes)],
            effects(report, heartbeat),
        ]);
    }
    page.table(2, table)?;
    let more = lines.len().saturating_sub(at_most);
    if more > 0 {
        page.paragraph(2, &format!("… and {} more", grouped(more as u64)))?;
    }
    page.paragraph(2, WORTH)
}

pub(in crate::report) fn lines(report: &Report) -> impl Iterator<Item = (&Service, &ServiceHeartbeat)> {
    report
        .services
        .iter()
        .flat_map(|service| service.heartbeats.iter().map(move |heartbeat| (service, heartbeat)))
}

fn within(service: &Service) -> String {
    let network = service.network.as_ref().map_or(String::new(), |network| format!(" in {network}"));
    format!("{}{network}", service.responder)
}

pub(in crate::report) fn sender(heartbeat: &ServiceHeartbeat) -> String {
    let answered = match heartbeat.answered_flows {
        0 => ", not answered",
        all if all == heartbeat.flows => ", answered",
        _ => ", partly answered",
    };
    format!("{}{answered}", heartbeat.sender.word())
}

/// The period, and its range where flows differ by more than the beats of one do.
pub(in crate::report) fn every(heartbeat: &ServiceHeartbeat) -> String {
    let [low, middle, high] =
        [heartbeat.intervals_s.low, heartbeat.period_s, heartbeat.intervals_s.high].map(rounded);
    let wide = high.as_nanos() - low.as_nanos() > middle.as_nanos() / 5;
    if wide { format!("{} ({} to {})", limit(middle), limit(low), limit(high)) } else { limit(middle) }
}

/// To three digits, as far as a reader compares it.
pub(in crate::report) fn rounded(length: Seconds) -> Span {
    let nanos = length.0.as_nanos();
    let mut unit = 1;
    while nanos / unit >= 1000 {
        unit *= 10;
    }
    // Minutes and more in whole seconds.
    let unit = unit.min(1_000_000_000);
    Span::from_nanos((nanos + unit / 2) / unit * unit)
}

pub(in crate::report) fn bytes(size: BytesRange) -> String {
    if size.low == size.high { size.low.to_string() } else { format!("{} to {}", size.low, size.high) }
}

/// What the heartbeats hold and what they are too slow for, a line each.
pub(in crate::report) fn effects(report: &Report, heartbeat: &ServiceHeartbeat) -> Vec<String> {
    if report.path.hops.is_empty() {
        return vec![without_hops(report, heartbeat)];
    }
    type Count = fn(&HeartbeatReach) -> u64;
    let kinds: [(&str, Count); 3] = [
        ("holds", |reach| reach.held),
        ("too slow for", |reach| reach.too_slow),
        ("holds one direction only of", |reach| reach.one_direction),
    ];
    let of_kind = |(what, count): (&str, Count)| {
        let hops: Vec<String> = report
            .path
            .hops
            .iter()
            .filter_map(|hop| {
                let flows = heartbeat.hops.get(&hop.name).map(count).filter(|flows| *flows > 0)?;
                let part =
                    if flows < heartbeat.flows { format!(" in {}", grouped(flows)) } else { String::new() };
                Some(format!("{}{part}", super::services::titled(hop)))
            })
            .collect();
        (!hops.is_empty()).then(|| format!("{what} {}", joined(&hops)))
    };
    kinds.into_iter().filter_map(of_kind).collect()
}

fn without_hops(report: &Report, heartbeat: &ServiceHeartbeat) -> String {
    let mut missed: Vec<String> =
        heartbeat.too_slow_for.iter().map(|missed| limit(missed.limit_s.0)).collect();
    missed.dedup();
    if missed.is_empty() {
        return format!("holds all {} limits of the catalogue", report.survey.len());
    }
    let more = missed.len().saturating_sub(LIMITS_NAMED);
    let named = missed.iter().rev().take(LIMITS_NAMED).rev().cloned().collect::<Vec<_>>();
    let others = if more > 0 { format!(" and {more} shorter limits") } else { String::new() };
    format!("too slow for boxes of {}{others}", named.join(", "))
}
