//! One line for each service.

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
    let mut said = Said::default();
    for service in report.services.iter().take(at_most) {
        let network = service.network.as_ref().map_or(String::new(), |network| format!(" in {network}"));
        let mut cells = vec![
            vec![format!("{}{network}", service.responder)],
            vec![grouped(service.flows)],
            vec![service.longest_gap_s.0.to_string()],
            keepalive(service),
        ];
        let of_hop = |hop: &PathHop, said: &mut Said| verdicts(service, hop, said);
        if hops.len() <= HOP_COLUMNS {
            cells.extend(hops.iter().map(|hop| vec![of_hop(hop, &mut said)]));
        } else {
            cells.push(
                hops.iter().map(|hop| format!("{}: {}", titled(hop), of_hop(hop, &mut said))).collect(),
            );
        }
        table.row_of_lines(cells);
    }
    page.table(table)?;
    let more = report.services_total.saturating_sub(report.services.len().min(at_most) as u64);
    if more > 0 {
        let noun = if more == 1 { "service" } else { "services" };
        page.paragraph(2, &format!("… and {} more {noun}", grouped(more)))?;
    }
    said.explain(page)
}

fn titled(hop: &PathHop) -> String {
    let length = hop.established_s.map_or_else(|| "no limit".to_owned(), |length| limit(length.0));
    format!("{} {length}", hop.name)
}

/// Which words the table uses and so have to be explained.
#[derive(Default)]
struct Said {
    cut: bool,
    left: bool,
    saved: bool,
    unknown: bool,
}

impl Said {
    fn explain(&self, page: &mut Page<'_>) -> io::Result<()> {
        let words = [
            (self.cut, "cut: used again after the hop's limit ran out"),
            (self.left, "left: the limit ran out and the flow was not used again"),
            (self.saved, "saved: would be cut without the probes seen"),
            (self.unknown, "unknown: the capture shows too little"),
        ];
        let used: Vec<&str> = words.iter().filter(|(used, _)| *used).map(|(_, text)| *text).collect();
        if used.is_empty() { Ok(()) } else { page.paragraph(2, &format!("({})", used.join("; "))) }
    }
}

fn verdicts(service: &Service, hop: &PathHop, said: &mut Said) -> String {
    let counts: OutcomeCounts = service.verdicts.get(&hop.name).copied().unwrap_or_default();
    let cuts: CutCounts = service.cuts.get(&hop.name).copied().unwrap_or_default();
    // A cut of which nothing else is told counts as one that was used again: the worse of both.
    let cut = counts.cut.saturating_sub(cuts.left_behind);
    said.cut |= cut > 0;
    said.left |= cuts.left_behind > 0;
    said.saved |= counts.saved_by_keepalive > 0;
    said.unknown |= counts.unknown > 0;
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

fn keepalive(service: &Service) -> Vec<String> {
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
