//! The tables and distributions of `idlescope tune` as rows for spreadsheets and data frames: one long table
//! whose first column says which of them a row belongs to. Empty cells do not apply. Lengths are seconds.
//!
//! | table | a row is |
//! | --- | --- |
//! | `timeout` | one timeout and refresh (`series`) |
//! | `keepalive` | one keepalive time |
//! | `saved` | one keepalive time (`at_s`) behind one limit (`to_s`) of a hop (`series`) |
//! | `survival` | one step of the curve of a basis (`series`) |
//! | `gaps`, `gaps-by-end`, `open-gaps`, `first-probe-delays`, `lifetimes` | one bucket, from `at_s` to `to_s` |
//!
//! `scope` is the group of services; empty for the whole capture.

use super::{Distributions, GapHistogram, Tuning, csv::inert};
use std::io::{self, Write};

/// Columns, in order.
pub const HEADER: [&str; 20] = [
    "table",
    "scope",
    "series",
    "at_s",
    "to_s",
    "count",
    "gaps_cut",
    "flows_cut",
    "flows_used_again",
    "share",
    "share_low",
    "share_high",
    "entries_mean",
    "entries_peak",
    "entries_p99",
    "entry_seconds",
    "probes_per_s",
    "dead_peer_noticed_s",
    "stale_mean",
    "stale_peak",
];

/// Cells of one row by the name of their column.
type Cells<'a> = Vec<(&'static str, &'a dyn ToString)>;

struct Table<'w> {
    rows: csv::Writer<&'w mut dyn Write>,
}

impl Table<'_> {
    fn row(&mut self, cells: &Cells<'_>) -> io::Result<()> {
        let cell = |column: &&str| {
            let cell = cells.iter().find(|(name, _)| name == column);
            cell.map_or_else(String::new, |(_, value)| inert(&value.to_string()).into_owned())
        };
        self.rows.write_record(HEADER.iter().map(cell)).map_err(super::csv::unwrapped)
    }

    fn histogram(
        &mut self,
        table: &str,
        scope: &str,
        series: &str,
        histogram: &GapHistogram,
    ) -> io::Result<()> {
        for bucket in &histogram.buckets {
            self.row(&vec![
                ("table", &table),
                ("scope", &scope),
                ("series", &series),
                ("at_s", &bucket.from_s.0.to_decimal()),
                ("to_s", &bucket.to_s.0.to_decimal()),
                ("count", &bucket.count),
            ])?;
        }
        Ok(())
    }

    fn distributions(&mut self, scope: &str, all: &Distributions) -> io::Result<()> {
        for (basis, histogram) in all.gaps.by_basis() {
            self.histogram("gaps", scope, basis, histogram)?;
        }
        for (kind, histogram) in &all.gaps_by_end {
            self.histogram("gaps-by-end", scope, kind, histogram)?;
        }
        self.histogram("open-gaps", scope, "any", &all.open_gaps)?;
        self.histogram("first-probe-delays", scope, "", &all.first_probe_delays)?;
        self.histogram("lifetimes", scope, "", &all.lifetimes)
    }
}

/// Writes header and rows.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write(tuning: &Tuning, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table { rows: csv::Writer::from_writer(out) };
    table.rows.write_record(HEADER).map_err(super::csv::unwrapped)?;
    for row in &tuning.timeouts {
        let share = row.used_again.share.map_or_else(String::new, |share| share.to_string());
        table.row(&vec![
            ("table", &"timeout"),
            ("series", &row.refresh.word()),
            ("at_s", &row.timeout_s.0.to_decimal()),
            ("count", &row.used_again.of),
            ("gaps_cut", &row.gaps_cut),
            ("flows_cut", &row.flows_cut),
            ("flows_used_again", &row.flows_used_again),
            ("share", &share),
            ("share_low", &row.used_again.low),
            ("share_high", &row.used_again.high),
            ("entries_mean", &row.entries.mean),
            ("entries_peak", &row.entries.peak),
            ("entries_p99", &row.entries.p99),
            ("entry_seconds", &row.entries.entry_seconds),
        ])?;
    }
    for row in &tuning.keepalives {
        table.row(&vec![
            ("table", &"keepalive"),
            ("at_s", &row.time_s.0.to_decimal()),
            ("count", &row.probes_sent),
            ("probes_per_s", &row.probes_per_s),
            ("dead_peer_noticed_s", &row.dead_peer_noticed_s.0.to_decimal()),
            ("stale_mean", &row.stale_mean),
            ("stale_peak", &row.stale_peak),
        ])?;
        for saved in &row.saved {
            table.row(&vec![
                ("table", &"saved"),
                ("series", &saved.hop.clone().unwrap_or_default()),
                ("at_s", &row.time_s.0.to_decimal()),
                ("to_s", &saved.limit_s.0.to_decimal()),
                ("count", &saved.saved),
                ("flows_cut", &saved.at_risk),
                ("flows_used_again", &saved.saved_used_again),
            ])?;
        }
    }
    for plot in &tuning.curves {
        for point in &plot.points {
            table.row(&vec![
                ("table", &"survival"),
                ("series", &plot.basis),
                ("at_s", &point.age_s.0.to_decimal()),
                ("count", &point.at_risk),
                ("share", &point.survival),
                ("share_low", &point.low),
                ("share_high", &point.high),
            ])?;
        }
    }
    table.distributions("", &tuning.distributions)?;
    for group in &tuning.groups {
        table.distributions(&group.name, &group.distributions)?;
    }
    table.rows.flush()
}
