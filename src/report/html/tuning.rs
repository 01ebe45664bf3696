//! The page of `tune`: what to set and its price, the curve and the tables that it rests on.

use super::histogram::{self, GapChart};
use super::survival::{self, SurvivalChart};
use super::tables::{self, Cell, Kind, ROWS, Table};
use super::{Fact, Figure, Mood, Top};
use crate::report::assemble::tuning::shown::{self, entries_explained};
use crate::report::assemble::tuning::words::{amount, percent, rate};
use crate::report::text::path::restarted_by;
use crate::report::wording::{counted, grouped, limit, listed};
use crate::report::{
    GapHistogram, Percentiles, RefreshWord, Report, SavedBehind, Seconds, Share, TimeoutRow, Tuning,
};
use askama::Template;

/// Limits that the table of keepalive has columns for.
const LIMITS_SHOWN: usize = 4;

/// One thing to set.
struct Setting {
    what: &'static str,
    value: String,
    reason: String,
    price: String,
}

/// Everything that `tuning.html` prints.
#[derive(Template)]
#[template(path = "tuning.html")]
pub(super) struct Page {
    top: Top,
    settings: Vec<Setting>,
    why_not: Vec<String>,
    chain: Option<Table>,
    curves: Vec<SurvivalChart>,
    timeouts: Vec<Table>,
    keepalives: Option<Table>,
    charts: Vec<GapChart>,
    percentiles: Option<Table>,
    kinds: Option<Table>,
    groups: Option<Table>,
    facts: Vec<Fact>,
    files: Option<Table>,
    cannot_see: Vec<String>,
}

impl Page {
    pub fn of(report: &Report, tuning: &Tuning) -> Self {
        let mood = if tuning.recommendation.timeout.is_some() { Mood::Good } else { Mood::Doubtful };
        let mut top = Top::new(report, &tuning.verdict, mood, figures(tuning));
        let mut facts = Vec::new();
        if tuning.basis.merged.is_empty() {
            facts = super::facts(report);
        } else {
            top.read = format!("Merged: {}", listed(&merged(tuning), 3, 0));
            facts.push(Fact { name: "Merged", text: listed(&merged(tuning), ROWS, 0) });
        }
        let mut cannot_see = tuning.cannot_tell.clone();
        cannot_see.extend(
            report.capture.cannot_see.iter().filter(|told| !tuning.cannot_tell.contains(told)).cloned(),
        );
        Page {
            top,
            settings: settings(tuning),
            why_not: tuning.recommendation.why_not.iter().map(|why| sentence(why)).collect(),
            chain: chain(tuning),
            curves: survival::charts(report, tuning),
            timeouts: timeouts(report, tuning),
            keepalives: keepalives(tuning),
            charts: histogram::charts(report),
            percentiles: tables::percentiles(report),
            kinds: kinds(tuning),
            groups: groups(tuning),
            facts,
            files: tables::files(report),
            cannot_see,
        }
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    format!("{}.", super::capitalised(text.trim_end_matches('.')))
}

fn merged(tuning: &Tuning) -> Vec<String> {
    tuning.basis.merged.iter().map(|file| tables::name(file)).collect()
}

fn figures(tuning: &Tuning) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |number: Option<String>, what: &'static str| {
        if let Some(number) = number {
            figures.push(Figure { number, what });
        }
    };
    let recommendation = &tuning.recommendation;
    add(recommendation.timeout.as_ref().map(|timeout| limit(timeout.timeout_s.0)), "timeout to set");
    add(
        recommendation.keepalive.as_ref().map(|keepalive| limit(keepalive.time_s.0)),
        "keepalive time to set",
    );
    add(Some(percent(tuning.basis.keep)), "of reused flows to keep");
    add(tuning.basis.flows.map(grouped), "flows");
    add(tuning.basis.span_s.map(|span| span.0.to_string()), "captured");
    add(Some(limit(tuning.basis.tells_up_to_s.0)), "longest timeout it can judge");
    figures
}

fn settings(tuning: &Tuning) -> Vec<Setting> {
    let recommendation = &tuning.recommendation;
    let timeout = recommendation.timeout.iter().map(|timeout| Setting {
        what: "Idle timeout",
        value: limit(timeout.timeout_s.0),
        reason: sentence(&timeout.reason),
        price: sentence(&timeout.price),
    });
    let keepalive = recommendation.keepalive.iter().map(|keepalive| Setting {
        what: "Keepalive of the endpoints",
        value: format!(
            "first after {}, then every {}, {} probes",
            limit(keepalive.time_s.0),
            limit(keepalive.interval_s.0),
            keepalive.probes
        ),
        reason: sentence(&keepalive.reason),
        price: sentence(&keepalive.price),
    });
    timeout.chain(keepalive).collect()
}

fn never(length: Option<Seconds>) -> Cell {
    match length {
        Some(length) => Cell::keyed(limit(length.0), length.0.as_secs_f64()),
        None => Cell::keyed("never", f64::MAX),
    }
}

fn chain(tuning: &Tuning) -> Option<Table> {
    let mut table = Table::new("chain", "The path, from initiator to responder, as it should be");
    table.column("Hop", Kind::Text);
    table.column("Is", Kind::Number);
    table.column("Set to", Kind::Number);
    table.column("Why", Kind::Text);
    for link in &tuning.recommendation.chain {
        let to = if link.from_s == link.to_s {
            Cell { text: "as it is".to_owned(), ..never(link.to_s) }
        } else {
            never(link.to_s)
        };
        table.row(vec![
            Cell::text(tables::name(&link.hop)),
            never(link.from_s),
            to,
            Cell::text(link.reason.clone()),
        ]);
    }
    table.unless_empty()
}

/// A number of entries or sockets.
fn held(number: f64) -> Cell {
    Cell::keyed(amount(number), number)
}

/// A table for each way in which a hop of the path counts; of any packet always, of payload without a path.
fn timeouts(report: &Report, tuning: &Tuning) -> Vec<Table> {
    let hops = &report.path.hops;
    [
        RefreshWord::Any,
        RefreshWord::Payload,
        RefreshWord::PayloadPerDirection,
        RefreshWord::Initiator,
        RefreshWord::Responder,
    ]
    .into_iter()
    .filter(|refresh| match refresh {
        RefreshWord::Any => true,
        RefreshWord::Payload if hops.is_empty() => true,
        refresh => hops.iter().any(|hop| hop.refresh == *refresh),
    })
    .filter_map(|refresh| timeouts_of(tuning, refresh))
    .collect()
}

fn timeouts_of(tuning: &Tuning, refresh: RefreshWord) -> Option<Table> {
    let caption = format!("Timeouts restarted by {}", restarted_by(refresh));
    let mut table = Table::new(&format!("timeouts-{}", refresh.word()), &caption);
    for title in [
        "Timeout",
        "Gaps cut",
        "Flows cut",
        "Used again",
        "Share of reused, with band",
        "Saved by keepalive",
        "Entries, mean",
        "Peak",
    ] {
        table.column(title, Kind::Number);
    }
    table.column("Remarks", Kind::Text);
    let rows = || tuning.timeouts.iter().filter(move |row| row.refresh == refresh);
    for row in rows().take(ROWS) {
        if row.recommended {
            table.mark_next();
        }
        table.row(vec![
            Cell::keyed(limit(row.timeout_s.0), row.timeout_s.0.as_secs_f64()),
            Cell::count(row.gaps_cut),
            Cell::count(row.flows_cut),
            Cell::count(row.flows_used_again),
            share_of(&row.used_again),
            Cell::count(row.flows_saved_by_keepalive),
            held(row.entries.mean),
            held(row.entries.peak),
            Cell::text(remarks(row)),
        ]);
    }
    table.rest(rows().count() as u64, "timeout");
    if let Some(row) = rows().next() {
        table.note(&format!(
            "Cut: the timer ran out. Used again: with new payload after that. Share: of the {} used again after \
             {} of silence. {}",
            counted(row.used_again.of, "flow"),
            limit(tuning.basis.idle_from_s.0),
            sentence(&entries_explained(refresh, tuning.basis.bin_s.0))
        ));
    }
    table.unless_empty()
}

fn share_of(of: &Share) -> Cell {
    match of.share {
        Some(share) => {
            let band = format!("{} ({} to {})", percent(share), percent(of.low), percent(of.high));
            Cell::keyed(band, share)
        }
        None => Cell::keyed("-", -1.0),
    }
}

fn remarks(row: &TimeoutRow) -> String {
    let mut parts = Vec::new();
    if row.recommended {
        parts.push("set this".to_owned());
    }
    if !row.hops.is_empty() {
        let hops: Vec<String> = row.hops.iter().map(|hop| tables::short(hop)).collect();
        parts.push(format!("limit of {}", listed(&hops, 6, 0)));
    }
    if !row.within_reach {
        parts.push("longer than the capture can judge".to_owned());
    }
    if !row.presets.is_empty() {
        parts.push(listed(&row.presets, 3, 0));
    }
    parts.join("; ")
}

fn keepalives(tuning: &Tuning) -> Option<Table> {
    let first = tuning.keepalives.first()?;
    let limits = shown::limits(tuning, LIMITS_SHOWN);
    let mut table = Table::new("keepalives-table", "Keepalive times, if all sockets had the same");
    table.column("Time", Kind::Number);
    for saved in limits.iter().filter_map(|at| first.saved.get(*at)) {
        let name = saved.hop.as_deref().map_or(String::new(), |hop| format!("{} ", tables::short(hop)));
        table.column(format!("Saved behind {name}{}", limit(saved.limit_s.0)), Kind::Number);
    }
    for title in ["Probes/s", "Bytes/s", "Dead peer after", "Stale held", "Peak"] {
        table.column(title, Kind::Number);
    }
    if first.slots.is_some() {
        table.column("Most slots", Kind::Number);
        table.column("Clients at limit", Kind::Number);
    }
    table.column("Remarks", Kind::Text);
    for row in tuning.keepalives.iter().take(ROWS) {
        if row.recommended {
            table.mark_next();
        }
        let mut cells = vec![Cell::keyed(limit(row.time_s.0), row.time_s.0.as_secs_f64())];
        cells.extend(limits.iter().filter_map(|at| row.saved.get(*at)).map(saved));
        let often = |number: f64| Cell::keyed(rate(number), number);
        cells.extend([
            often(row.probes_per_s),
            often(row.bytes_per_s),
            Cell::keyed(limit(row.dead_peer_noticed_s.0), row.dead_peer_noticed_s.0.as_secs_f64()),
            held(row.stale_mean),
            held(row.stale_peak),
        ]);
        if let Some(held) = &row.slots {
            let most = format!("{} of {}", grouped(held.most), grouped(held.allowed));
            cells.extend([Cell::keyed(most, held.most as f64), Cell::count(held.clients_at_limit)]);
        }
        cells.push(Cell::text(if row.recommended { "set this" } else { "" }));
        table.row(cells);
    }
    table.rest(tuning.keepalives.len() as u64, "keepalive time");
    table.note(
        "Saved: of the flows that the limit cuts when nobody probes. Stale: no close, and silent to the end of the \
         capture; held until keepalive finds that the peer is gone.",
    );
    if let Some(explained) = tuning.keepalives.last().and_then(shown::slots_explained) {
        table.note(explained.trim_start());
    }
    if first.saved.len() > limits.len() {
        let left_out = first.saved.len() - limits.len();
        table.note(&format!("{left_out} further limits have no column here; --format json has them."));
    }
    table.unless_empty()
}

fn saved(saved: &SavedBehind) -> Cell {
    Cell::keyed(format!("{} of {}", grouped(saved.saved), grouped(saved.at_risk)), saved.saved as f64)
}

fn percentile_columns(table: &mut Table) {
    for title in ["Number", "50%", "90%", "99%", "All"] {
        table.column(title, Kind::Number);
    }
}

fn percentile_cells(histogram: &GapHistogram) -> Vec<Cell> {
    let length = |of: fn(&Percentiles) -> Seconds| match &histogram.percentiles {
        Some(percentiles) => {
            let value = of(percentiles);
            Cell::keyed(value.0.to_string(), value.0.as_secs_f64())
        }
        None => Cell::keyed("-", -1.0),
    };
    vec![
        Cell::count(histogram.count),
        length(|p| p.p50_s),
        length(|p| p.p90_s),
        length(|p| p.p99_s),
        length(|p| p.max_s),
    ]
}

fn kinds(tuning: &Tuning) -> Option<Table> {
    let all = &tuning.distributions;
    let mut table =
        Table::new("kinds", "Gaps by what ended them, probes, and lifetimes from handshake to close");
    table.column("What", Kind::Text);
    percentile_columns(&mut table);
    let mut add = |name: String, histogram: &GapHistogram| {
        if histogram.percentiles.is_some() {
            let mut cells = vec![Cell::text(name)];
            cells.extend(percentile_cells(histogram));
            table.row(cells);
        }
    };
    for (kind, histogram) in &all.gaps_by_end {
        add(format!("gap that {kind} ended"), histogram);
    }
    add("silence that lasts to the end".to_owned(), &all.open_gaps);
    add("delay of the first probe".to_owned(), &all.first_probe_delays);
    add("lifetime of a flow".to_owned(), &all.lifetimes);
    table.unless_empty()
}

fn groups(tuning: &Tuning) -> Option<Table> {
    let caption = format!("Gaps of at least a second between any packets, by {}", tuning.grouped_by);
    let mut table = Table::new("groups-table", &caption);
    table.column("Name", Kind::Text);
    table.column("Flows", Kind::Number);
    percentile_columns(&mut table);
    table.column("Ended by", Kind::Text);
    for group in tuning.groups.iter().take(ROWS) {
        let mut cells = vec![Cell::text(tables::name(&group.name)), Cell::count(group.flows)];
        cells.extend(percentile_cells(&group.distributions.gaps.any));
        cells.push(Cell::text(shown::kinds(&group.distributions.gaps_by_end, usize::MAX)));
        table.row(cells);
    }
    table.rest(tuning.groups_total, "group");
    table.unless_empty()
}
