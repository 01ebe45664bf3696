//! Tables of the page.

use super::Fact;
use crate::report::text::distribution::between;
use crate::report::text::inferred::proof;
use crate::report::text::legend::Legend;
use crate::report::text::path::{put_right, restarted_by, stated, when_it_runs_out};
use crate::report::text::{heartbeats, services, slots};
use crate::report::wording::{capitalised, counted, grouped, limit, listed, moment};
use crate::report::{PathKeepalive, Report, Seconds, SlotLimitBasis, StaleClient, SurveyRow};
use std::borrow::Cow;

/// Rows of a table; the rest is counted.
pub(super) const ROWS: usize = 100;

/// Letters of a name or a comment; further ones are left out.
const LETTERS: usize = 240;

/// Letters of a name in a drawing.
const SHORT: usize = 22;

/// How the cells of a column stand and sort.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Text,
    Number,
}

impl Kind {
    pub const fn class(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "number",
        }
    }
}

pub(super) struct Column {
    pub title: String,
    pub kind: Kind,
}

pub(super) struct Cell {
    pub text: String,
    /// By what it is sorted; `None`: by its text.
    pub key: Option<f64>,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Cell { text: text.into(), key: None }
    }

    pub fn keyed(text: impl Into<String>, key: f64) -> Self {
        Cell { text: text.into(), key: Some(key) }
    }

    pub fn count(count: u64) -> Self {
        Cell::keyed(grouped(count), count as f64)
    }

    fn length(length: Option<Seconds>, none: &str) -> Self {
        match length {
            Some(length) => Cell::keyed(limit(length.0), length.0.as_secs_f64()),
            None => Cell::keyed(none, f64::MAX),
        }
    }
}

/// A table with its caption, and what to know about it.
pub(super) struct Table {
    pub id: String,
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    pub notes: Vec<String>,
    /// Row that stands out.
    marked: Option<usize>,
}

impl Table {
    pub fn new(id: &str, caption: &str) -> Self {
        Table {
            id: id.to_owned(),
            caption: caption.to_owned(),
            columns: Vec::new(),
            rows: Vec::new(),
            notes: Vec::new(),
            marked: None,
        }
    }

    pub fn column(&mut self, title: impl Into<String>, kind: Kind) {
        self.columns.push(Column { title: title.into(), kind });
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The next row stands out.
    pub fn mark_next(&mut self) {
        self.marked = Some(self.rows.len());
    }

    pub fn is_marked(&self, row: &usize) -> bool {
        self.marked == Some(*row)
    }

    pub fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }

    /// Says how many rows are not there.
    pub fn rest(&mut self, total: u64, noun: &str) {
        let more = total.saturating_sub(self.rows.len() as u64);
        if more > 0 {
            let plural = if more == 1 { "" } else { "s" };
            self.notes.push(format!("… and {} more {noun}{plural}.", grouped(more)));
        }
    }

    pub fn unless_empty(self) -> Option<Self> {
        (!self.rows.is_empty()).then_some(self)
    }
}

/// The first letters of `text`.
pub(super) fn cut(text: &str, letters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(letters) {
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
        None => Cow::Borrowed(text),
    }
}

/// A name from input, not longer than anybody reads.
pub(super) fn name(text: &str) -> String {
    cut(text, LETTERS).into_owned()
}

/// A name as it fits into a drawing.
pub(super) fn short(text: &str) -> String {
    cut(text, SHORT).into_owned()
}

fn within(name: &str, network: Option<&String>) -> String {
    network.map_or_else(|| name.to_owned(), |network| format!("{name} in {network}"))
}

pub(super) fn path(report: &Report) -> Option<Table> {
    let mut table = Table::new("path-hops", "Hops, from initiator to responder");
    for (title, kind) in [
        ("Hop", Kind::Text),
        ("Limit", Kind::Number),
        ("Restarted by", Kind::Text),
        ("When it runs out", Kind::Text),
        ("Preset", Kind::Text),
    ] {
        table.column(title, kind);
    }
    for hop in &report.path.hops {
        let own = hop
            .self_probe
            .map_or(String::new(), |own| format!("; probes the ends itself after {}", limit(own.after_s.0)));
        table.row(vec![
            Cell::text(name(&hop.name)),
            Cell::length(hop.established_s, "none"),
            Cell::text(restarted_by(hop.refresh)),
            Cell::text(format!("{}{own}", when_it_runs_out(hop.expiry))),
            Cell::text(hop.preset.as_deref().unwrap_or("-")),
        ]);
    }
    table.unless_empty()
}

/// Keepalive as stated, notes, and the path put right.
pub(super) fn path_notes(report: &Report) -> Vec<Fact> {
    let path = &report.path;
    let keepalive = |keepalive: &PathKeepalive| Fact {
        name: "Keepalive of the endpoints, as stated",
        text: stated(keepalive),
    };
    let mut facts: Vec<Fact> = path.keepalive.iter().map(keepalive).collect();
    for route in &path.routes {
        let keepalive =
            route.keepalive.as_ref().map_or_else(String::new, |it| format!("; keepalive {}", stated(it)));
        let (matches, hops) = (route.matches.join(", "), route.hops.join(" → "));
        facts.push(Fact {
            name: "Path of its own",
            text: format!("{}, {}: {matches} ({hops}){keepalive}", route.name, counted(route.flows, "flow")),
        });
    }
    let notes = path.notes.iter().chain(path.routes.iter().flat_map(|route| &route.notes));
    facts.extend(notes.map(|note| Fact { name: "Note", text: note.clone() }));
    let of_routes = path.routes.iter().filter_map(|route| route.proposal.as_ref());
    for proposal in path.proposal.iter().chain(of_routes) {
        facts.push(Fact { name: "Put right", text: put_right(proposal) });
        facts.extend(proposal.remaining.iter().map(|fault| Fact { name: "Still", text: fault.clone() }));
    }
    facts
}

pub(super) fn services(report: &Report) -> Option<Table> {
    let names = &report.path.names;
    let mut table = Table::new("services-table", "Services, the most affected first");
    table.column("Service", Kind::Text);
    for title in ["Flows", "Open", "Longest gap"] {
        table.column(title, Kind::Number);
    }
    table.column("Keepalive seen", Kind::Text);
    for hop in &report.path.hops {
        table.column(services::titled(hop), Kind::Text);
    }
    let mut legend = Legend::default();
    for service in report.services.iter().take(ROWS) {
        let mut cells = vec![
            Cell::text(within(&names.put_into(&service.responder), service.network.as_ref())),
            Cell::count(service.flows),
            Cell::count(service.open_at_end),
            Cell::keyed(service.longest_gap_s.0.to_string(), service.longest_gap_s.0.as_secs_f64()),
            Cell::text(services::keepalive(service).join("; ")),
        ];
        for hop in &report.path.hops {
            let cut = service.cuts.get(&hop.name).map_or(0, |cuts| cuts.used_again + cuts.left_behind);
            // The most cuts first when sorted downwards.
            cells.push(Cell::keyed(services::verdicts(service, hop, &mut legend), cut as f64));
        }
        table.row(cells);
    }
    table.rest(report.services_total, "service");
    table.notes.extend(legend.sentences().into_iter().map(str::to_owned));
    table.unless_empty()
}

pub(super) fn heartbeats(report: &Report) -> Option<Table> {
    let names = &report.path.names;
    let mut table = Table::new("heartbeats-table", "Heartbeats of the applications");
    table.column("Service", Kind::Text);
    table.column("Flows", Kind::Number);
    table.column("Sent by", Kind::Text);
    for title in ["Every", "Jitter", "Bytes"] {
        table.column(title, Kind::Number);
    }
    table.column("Effect", Kind::Text);
    for (service, heartbeat) in heartbeats::lines(report).take(ROWS) {
        let length = |text: String, length: Seconds| Cell::keyed(text, length.0.as_secs_f64());
        table.row(vec![
            Cell::text(within(&names.put_into(&service.responder), service.network.as_ref())),
            Cell::count(heartbeat.flows),
            Cell::text(heartbeats::sender(heartbeat)),
            length(heartbeats::every(heartbeat), heartbeat.period_s),
            length(heartbeats::rounded(heartbeat.jitter_s).to_string(), heartbeat.jitter_s),
            Cell::keyed(heartbeats::bytes(heartbeat.size_bytes), f64::from(heartbeat.size_bytes.high)),
            Cell::text(heartbeats::effects(report, heartbeat).join("; ")),
        ]);
    }
    table.rest(heartbeats::lines(report).count() as u64, "line");
    table.note(heartbeats::WORTH);
    table.unless_empty()
}

pub(super) fn stale(report: &Report) -> Option<Table> {
    let names = &report.path.names;
    let mut table = Table::new("stale-table", "Stale flows by client: each holds a connection");
    table.column("Client", Kind::Text);
    table.column("Service", Kind::Text);
    table.column("Stale flows", Kind::Number);
    let several = |line: &&StaleClient| line.flows > 1;
    for line in report.stale_clients.iter().filter(several).take(ROWS) {
        table.row(vec![
            Cell::text(within(&names.put_into(&line.client), line.network.as_ref())),
            Cell::text(names.put_into(&line.responder)),
            Cell::count(line.flows),
        ]);
    }
    table.rest(report.stale_clients_total, "client");
    table.unless_empty()
}

pub(super) fn slots(report: &Report) -> Option<Table> {
    let names = &report.path.names;
    let mut table = Table::new("slots-table", "Clients at the limit, the worst first");
    table.column("Client", Kind::Text);
    table.column("Service", Kind::Text);
    for title in ["Limit", "Peak", "Unused", "Refused"] {
        table.column(title, Kind::Number);
    }
    table.column("Limit reached (UTC)", Kind::Text);
    table.column("Freed", Kind::Text);
    for used in report.slots.iter().take(ROWS) {
        let about = match used.basis {
            SlotLimitBasis::Stated => "",
            SlotLimitBasis::Inferred => "about ",
        };
        let refused = &used.refused;
        table.row(vec![
            Cell::text(within(&names.put_into(&used.client), used.network.as_ref())),
            Cell::text(names.put_into(&used.responder)),
            Cell::keyed(format!("{about}{}", used.limit), used.limit as f64),
            Cell::count(used.peak),
            Cell::count(used.silent),
            Cell::count(refused.reset_at_once + refused.refused + refused.unanswered),
            Cell::text(format!("{}, frame {}", moment(used.reached.at.0), used.reached.frame)),
            Cell::text(slots::freed(used)),
        ]);
    }
    table.rest(report.slots_total, "client");
    table.note("Unused: held by connections whose client was not heard of again.");
    table.unless_empty()
}

pub(super) fn survey(report: &Report) -> Option<Table> {
    let mut table = Table::new("survey-table", "What boxes of known limits would have done");
    table.column("Limit", Kind::Number);
    table.column("Restarted by", Kind::Text);
    for title in ["Cut, used again", "Cut, left", "Saved by keepalive", "Not known", "Survive"] {
        table.column(title, Kind::Number);
    }
    table.column("Boxes", Kind::Text);
    let telling =
        |row: &&SurveyRow| [row.used_again, row.left_behind, row.saved_by_keepalive, row.unknown] != [0; 4];
    for row in report.survey.iter().filter(telling) {
        table.row(vec![
            Cell::length(Some(row.limit_s), ""),
            Cell::text(restarted_by(row.refresh)),
            Cell::count(row.used_again),
            Cell::count(row.left_behind),
            Cell::count(row.saved_by_keepalive),
            Cell::count(row.unknown),
            Cell::count(row.survives),
            Cell::text(listed(&row.boxes, 6, 0)),
        ]);
    }
    let quiet = report.survey.len() - table.rows.len();
    if table.rows.is_empty() {
        table.note(&format!("Every flow survives all {quiet} limits of the catalogue."));
    } else if quiet > 0 {
        table
            .note(&format!("Every flow survives {} of the catalogue.", counted(quiet as u64, "other limit")));
    }
    (!report.survey.is_empty() && report.totals.flows > 0).then_some(table)
}

pub(super) fn inferred(report: &Report) -> Option<Table> {
    let mut table = Table::new("inferred-table", "Idle limits that this capture itself shows");
    table.column("Of", Kind::Text);
    for title in ["Survived up to", "Cut from", "Survivors", "Cuts", "Against it"] {
        table.column(title, Kind::Number);
    }
    for title in ["Known boxes near", "What it means", "Proof"] {
        table.column(title, Kind::Text);
    }
    for line in report.inferred_timeouts.iter().take(ROWS) {
        table.row(vec![
            Cell::text(line.scope.clone()),
            Cell::length(line.longest_survived_s, "-"),
            Cell::length(line.shortest_cut_s, "-"),
            Cell::count(line.survivors),
            Cell::count(line.cuts),
            Cell::count(line.contradictions),
            Cell::text(listed(&line.nearest_presets, 6, 0)),
            Cell::text(format!("{}.", capitalised(&line.meaning))),
            Cell::text(format!("{} ({})", proof(line), line.display_filter)),
        ]);
    }
    table.rest(report.inferred_timeouts.len() as u64, "limit");
    table.unless_empty()
}

pub(super) fn percentiles(report: &Report) -> Option<Table> {
    let mut table = Table::new("percentiles", "Lengths that a share of the gaps does not exceed");
    table.column("Between", Kind::Text);
    for title in ["Gaps", "50%", "90%", "99%", "99.9%", "All", "Under 1ms"] {
        table.column(title, Kind::Number);
    }
    for (basis, histogram) in report.histograms.by_basis() {
        if histogram.all() == 0 {
            continue;
        }
        let mut cells = vec![Cell::text(between(basis)), Cell::count(histogram.count)];
        match &histogram.percentiles {
            Some(p) => {
                let exact = |value: Seconds| Cell::keyed(value.0.to_string(), value.0.as_secs_f64());
                cells.extend([p.p50_s, p.p90_s, p.p99_s, p.p99_9_s].map(exact));
                cells.push(if histogram.overflow > 0 {
                    Cell::keyed("> 30d", f64::MAX)
                } else {
                    exact(p.max_s)
                });
            }
            None => cells.extend((0..5).map(|_| Cell::keyed("-", -1.0))),
        }
        cells.push(histogram.below_range.map_or_else(|| Cell::keyed("-", -1.0), Cell::count));
        table.row(cells);
    }
    table.unless_empty()
}

pub(super) fn files(report: &Report) -> Option<Table> {
    let mut table = Table::new("files", "Files");
    table.column("#", Kind::Number);
    for title in ["Name", "Format"] {
        table.column(title, Kind::Text);
    }
    table.column("Frames", Kind::Number);
    table.column("Remarks", Kind::Text);
    let files = &report.capture.files;
    // Damaged ones are always named.
    let places = files.iter().enumerate();
    let named = places.filter(|(at, file)| *at < ROWS || !file.complete).take(2 * ROWS);
    for (at, file) in named {
        let mut remarks: Vec<String> = file.damage.iter().map(|damage| name(&damage.what)).collect();
        if !file.complete && remarks.is_empty() {
            remarks.push("not read to its end".to_owned());
        }
        remarks.extend(file.comments.iter().map(|comment| format!("comment: {}", name(comment))));
        let links = match file.link_types.is_empty() {
            true => String::new(),
            false => format!(", {}", listed(&file.link_types, 3, 0)),
        };
        table.row(vec![
            Cell::keyed((at + 1).to_string(), (at + 1) as f64),
            Cell::text(name(&file.name)),
            Cell::text(format!("{}{links}", file.format)),
            Cell::count(file.frames),
            Cell::text(remarks.join("; ")),
        ]);
    }
    table.rest(files.len() as u64, "file");
    if files.len() > 1 {
        table.note(
            "Frames are numbered through all files, as mergecap would write them; in brackets behind, the file and \
             the number there.",
        );
    }
    table.unless_empty()
}
