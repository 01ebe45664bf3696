//! One line for each service.

use super::legend::Legend;
use super::page::{Align, Page, Rows};
use crate::report::wording::{grouped, limit};
use crate::report::{CutCounts, OutcomeCounts, PathHop, Report, SecondsRange, Service};
use std::io;

/// Hops that get a column each; more are told in lines of one column.
const HOP_COLUMNS: usize = 4;

pub(super) fn write(report: &Report, at_most: usize, page: &mut Page<'_>) -> io::Result<()> {
    if report.services.is_empty() {
        return Ok(());
    }
    page.heading("Services")?;
    let hops = &report.path.hops;
    let mut table = Rows::default();
    table.column("Service", Align::Left);
    table.column("Flows", Align::Right);
    table.column("Longest gap", Align::Right);
    table.column("Keepalive seen", Align::Left);
    if hops.len() <= HOP_COLUMNS {
        for hop in hops {
            table.column(titled(hop), Align::Left);
        }
    } else {
        table.column("Verdicts", Align::Left);
    }
    let mut legend = Legend::default();
    for service in report.services.iter().take(at_most) {
        let network = service.network.as_ref().map_or(String::new(), |network| format!(" in {network}"));
        let mut cells = vec![
            vec![format!("{}{network}", report.path.names.put_into(&service.responder))],
            vec![grouped(service.flows)],
            vec![service.longest_gap_s.0.to_string()],
            keepalive(service),
        ];
        let of_hop = |hop: &PathHop, legend: &mut Legend| verdicts(service, hop, legend);
        if hops.len() <= HOP_COLUMNS {
            cells.extend(hops.iter().map(|hop| vec![of_hop(hop, &mut legend)]));
        } else {
            cells.push(
                hops.iter().map(|hop| format!("{}: {}", titled(hop), of_hop(hop, &mut legend))).collect(),
            );
        }
        table.row_of_lines(cells);
    }
    page.table(2, table)?;
    let more = report.services_total.saturating_sub(report.services.len().min(at_most) as u64);
    if more > 0 {
        let noun = if more == 1 { "service" } else { "services" };
        page.paragraph(2, &format!("… and {} more {noun}", grouped(more)))?;
    }
    legend.write(page)
}

pub(in crate::report) fn titled(hop: &PathHop) -> String {
    let length = hop.established_s.map_or_else(|| "no limit".to_owned(), |length| limit(length.0));
    format!("{} {length}", hop.name)
}

pub(in crate::report) fn verdicts(service: &Service, hop: &PathHop, legend: &mut Legend) -> String {
    let counts: OutcomeCounts = service.verdicts.get(&hop.name).copied().unwrap_or_default();
    let cuts: CutCounts = service.cuts.get(&hop.name).copied().unwrap_or_default();
    // A cut of which nothing else is told counts as one that was used again: the worse of both.
    let cut = counts.cut.saturating_sub(cuts.left_behind);
    legend.cut |= cut > 0;
    legend.left |= cuts.left_behind > 0;
    legend.saved |= counts.saved_by_keepalive > 0;
    legend.unknown |= counts.unknown > 0;
    let parts: Vec<String> = [
        (cut, "cut"),
        (cuts.left_behind, "left"),
        (counts.saved_by_keepalive, "saved"),
        (counts.unknown, "unknown"),
        (counts.survives, "ok"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{} {word}", grouped(count)))
    .collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
}

pub(in crate::report) fn keepalive(service: &Service) -> Vec<String> {
    let seen = &service.keepalive;
    let side = |flows: u64, time: Option<SecondsRange>, name: &str| {
        (flows > 0).then(|| {
            let noun = if flows == 1 { name.to_owned() } else { format!("{name}s") };
            let every = match time {
                Some(range) if range.low == range.high => format!(", {}", limit(range.low.0)),
                Some(range) => format!(", {} to {}", limit(range.low.0), limit(range.high.0)),
                None => String::new(),
            };
            format!("{} {noun}{every}", grouped(flows))
        })
    };
    let sides: Vec<String> = [
        side(seen.initiator_flows, seen.initiator_time_s, "initiator"),
        side(seen.responder_flows, seen.responder_time_s, "responder"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if sides.is_empty() { vec!["none".to_owned()] } else { sides }
}
