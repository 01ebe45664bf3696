//! What each keepalive time would do.

use super::super::page::{Align, Page, Rows};
use crate::report::assemble::tuning::shown::{self, slots_explained};
use crate::report::assemble::tuning::words::{amount, rate};
use crate::report::wording::{counted, grouped, limit};
use crate::report::{SavedBehind, Tuning};
use std::io;

/// Limits that the table has columns for.
const LIMITS_SHOWN: usize = 3;

pub(super) fn write(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let Some(first) = tuning.keepalives.first() else { return Ok(()) };
    page.heading("What each keepalive time would do, if all sockets had it and no other")?;
    let limits = shown::limits(tuning, LIMITS_SHOWN);
    let mut table = Rows::default();
    table.column("Time", Align::Right);
    for saved in limits.iter().filter_map(|at| first.saved.get(*at)) {
        let name = saved.hop.clone().unwrap_or_default();
        let title = format!("Saved behind {name} {}", limit(saved.limit_s.0));
        table.column(title.replace("  ", " "), Align::Right);
    }
    for title in ["Probes/s", "Bytes/s", "Dead peer after", "Stale held", "Peak"] {
        table.column(title, Align::Right);
    }
    let slots = first.slots.is_some();
    if slots {
        table.column("Most slots", Align::Right);
        table.column("Clients at limit", Align::Right);
    }
    table.column("", Align::Left);
    for row in &tuning.keepalives {
        let mut cells = vec![limit(row.time_s.0)];
        cells.extend(limits.iter().filter_map(|at| row.saved.get(*at)).map(saved));
        cells.extend([
            rate(row.probes_per_s),
            rate(row.bytes_per_s),
            limit(row.dead_peer_noticed_s.0),
            amount(row.stale_mean),
            amount(row.stale_peak),
        ]);
        if let Some(held) = &row.slots {
            let most = format!("{} of {}", grouped(held.most), grouped(held.allowed));
            cells.extend([most, grouped(held.clients_at_limit)]);
        }
        cells.push(if row.recommended { super::set_this() } else { String::new() });
        table.row(cells);
    }
    page.table(2, table)?;
    let mut note = String::from(
        "(saved: of the flows that the limit cuts when nobody probes; stale: no close, and silent to the end of the \
         capture, held until keepalive finds a dead peer)",
    );
    note.push_str(&tuning.keepalives.last().and_then(slots_explained).unwrap_or_default());
    if first.saved.len() > limits.len() {
        note.push_str(&format!(
            " Saved behind {} more: --format json.",
            counted((first.saved.len() - limits.len()) as u64, "limit")
        ));
    }
    page.paragraph(2, &note)
}

fn saved(saved: &SavedBehind) -> String {
    format!("{} of {}", grouped(saved.saved), grouped(saved.at_risk))
}
