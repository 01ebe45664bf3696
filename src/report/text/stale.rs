//! Who left flows behind, and where: the connections that a server allows a client fill up with them.

use super::page::{Align, Page, Rows};
use crate::report::wording::grouped;
use crate::report::{Report, StaleClient};
use std::io;

/// Clients named, most flows first.
const CLIENTS_NAMED: usize = 12;

/// Fewer stale flows of one client are told with the flow.
const SEVERAL: u64 = 2;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let clients: Vec<&StaleClient> =
        report.stale_clients.iter().filter(|line| line.flows >= SEVERAL).take(CLIENTS_NAMED).collect();
    if clients.is_empty() {
        return Ok(());
    }
    page.heading("Stale flows by client (each holds a connection)")?;
    let mut table = Rows::default();
    table.column("Client", Align::Left);
    table.column("Service", Align::Left);
    table.column("Stale flows", Align::Right);
    for line in &clients {
        let network = line.network.as_ref().map_or(String::new(), |network| format!(" in {network}"));
        let names = &report.path.names;
        let client = format!("{}{network}", names.put_into(&line.client));
        table.row(vec![client, names.put_into(&line.responder), grouped(line.flows)]);
    }
    page.table(2, table)?;
    let more = report.stale_clients_total.saturating_sub(clients.len() as u64);
    if more > 0 {
        let text = match more {
            1 => "… and 1 more client with no more stale flows".to_owned(),
            _ => format!("… and {} more clients with no more stale flows each", grouped(more)),
        };
        page.paragraph(2, &text)?;
    }
    Ok(())
}
