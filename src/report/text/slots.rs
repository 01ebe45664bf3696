//! Clients that came to the limit of their connections at a service.

use super::page::{Align, Page, Rows};
use crate::report::wording::grouped;
use crate::report::{Report, SlotLimitBasis, SlotUse};
use std::io;

/// Clients named, worst first.
const CLIENTS_NAMED: usize = 12;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.slots.is_empty() {
        return Ok(());
    }
    page.heading("Slots (connections that a service allows one client)")?;
    let mut table = Rows::default();
    for (name, align) in [
        ("Client", Align::Left),
        ("Service", Align::Left),
        ("Limit", Align::Right),
        ("Peak", Align::Right),
        ("Unused", Align::Right),
        ("Refused", Align::Right),
        ("Freed", Align::Left),
    ] {
        table.column(name, align);
    }
    for used in report.slots.iter().take(CLIENTS_NAMED) {
        let network = used.network.as_ref().map_or(String::new(), |network| format!(" in {network}"));
        let about = match used.basis {
            SlotLimitBasis::Stated => "",
            SlotLimitBasis::Inferred => "about ",
        };
        table.row(vec![
            format!("{}{network}", report.path.names.put_into(&used.client)),
            report.path.names.put_into(&used.responder),
            format!("{about}{}", used.limit),
            grouped(used.peak),
            grouped(used.silent),
            grouped(used.refused.reset_at_once + used.refused.refused + used.refused.unanswered),
            freed(used),
        ]);
    }
    page.table(2, table)?;
    let more = report.slots_total.saturating_sub(report.slots.len().min(CLIENTS_NAMED) as u64);
    if more > 0 {
        page.paragraph(2, &format!("… and {} more", grouped(more)))?;
    }
    Ok(())
}

/// By what, when it was one thing.
pub(in crate::report) fn freed(used: &SlotUse) -> String {
    let released = &used.released;
    let kinds = [
        (released.keepalive, "keepalive"),
        (released.fin, "FIN"),
        (released.server_reset, "RST of the server"),
        (released.client_reset, "RST of the client"),
        (released.replaced, "port used again"),
    ];
    let kinds: Vec<String> = kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, by)| format!("{} by {by}", grouped(*count)))
        .collect();
    if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") }
}
