//! What captures on both sides of a box say together.

use super::Fact;
use super::tables::{Cell, Kind, ROWS, Table, name};
use crate::report::text::sides::{clocks, counts, verdict};
use crate::report::wording::{capitalised, moment};
use crate::report::{FlowCrossing, Report, SideAlone, SideConclusion, SidesBetween};

/// Two neighbouring sides.
pub(super) struct Pair {
    pub id: String,
    pub title: String,
    pub verdict: String,
    pub facts: Vec<Fact>,
    pub crossings: Option<Table>,
}

pub(super) fn pairs(report: &Report) -> Vec<Pair> {
    let between = report.sides.iter().flat_map(|sides| &sides.between);
    between.enumerate().map(|(at, pair)| of_pair(at, pair)).collect()
}

/// What the other sides say by themselves.
pub(super) fn others(report: &Report) -> Vec<Table> {
    let others = report.sides.iter().flat_map(|sides| &sides.others);
    others.enumerate().filter_map(|(at, side)| findings(at, side)).collect()
}

/// Whose report the rest of the page is.
pub(super) fn rest(report: &Report) -> String {
    let first = report.sides.iter().flat_map(|sides| &sides.names).next();
    first.map_or_else(String::new, |first| {
        format!("The rest of this page is the report of {} by itself.", name(first))
    })
}

fn of_pair(at: usize, pair: &SidesBetween) -> Pair {
    let [a, b] = pair.names.each_ref().map(|side| name(side));
    Pair {
        id: format!("between-{at}"),
        title: format!("Between {a} and {b}"),
        verdict: capitalised(&format!("{}.", verdict(pair))),
        facts: vec![
            Fact { name: "Connections", text: counts(pair) },
            Fact { name: "Clocks", text: clocks(pair) },
        ],
        crossings: crossings(at, pair),
    }
}

fn crossings(at: usize, pair: &SidesBetween) -> Option<Table> {
    let mut table = Table::new(&format!("crossings-{at}"), "What crossed, and what did not");
    let [a, b] = pair.names.each_ref().map(|side| name(side));
    for title in [format!("Flow of {a}"), format!("Flow of {b}")] {
        table.column(title, Kind::Text);
    }
    table.column("Both saw", Kind::Number);
    for side in [&a, &b] {
        table.column(format!("{side} only"), Kind::Number);
    }
    for (title, kind) in [
        ("Last that crossed", Kind::Text),
        ("Conclusion", Kind::Text),
        ("Proof", Kind::Text),
        ("When (UTC)", Kind::Text),
    ] {
        table.column(title, kind);
    }
    let mut left = 0;
    for crossing in &pair.crossings {
        for conclusion in &crossing.conclusions {
            if table.rows.len() < ROWS {
                table.row(row(crossing, conclusion));
            } else {
                left += 1;
            }
        }
    }
    table.rest(table.rows.len() as u64 + left, "conclusion");
    table.unless_empty()
}

fn row(crossing: &FlowCrossing, conclusion: &SideConclusion) -> Vec<Cell> {
    let flow = |side: usize| {
        let ids: Vec<String> = crossing.flows[side].iter().map(u64::to_string).collect();
        let ends = crossing.ends[side].as_ref().map(|[from, to]| format!(": {from} → {to}"));
        Cell::text(format!("{}{}", ids.join(", "), ends.unwrap_or_default()))
    };
    let last: Vec<String> = crossing
        .last_crossed
        .iter()
        .map(|last| format!("towards {}: frame {} = {}", name(&last.towards), last.frames[0], last.frames[1]))
        .collect();
    let frames: Vec<String> = conclusion.frames.iter().take(4).map(u64::to_string).collect();
    vec![
        flow(0),
        flow(1),
        Cell::count(crossing.crossed),
        Cell::count(crossing.one_side_only[0]),
        Cell::count(crossing.one_side_only[1]),
        Cell::text(last.join("; ")),
        Cell::text(format!("{}: {}", conclusion.certainty.word(), conclusion.summary)),
        Cell::text(format!("{} of {}", frames.join(", "), name(&conclusion.side))),
        Cell::text(moment(conclusion.at.0)),
    ]
}

fn findings(at: usize, side: &SideAlone) -> Option<Table> {
    let caption = format!("Findings of {} by itself (flows and frames are its own)", name(&side.name));
    let mut table = Table::new(&format!("side-findings-{at}"), &caption);
    for (title, kind) in
        [("Severity", Kind::Text), ("Rule", Kind::Text), ("Flow", Kind::Number), ("What", Kind::Text)]
    {
        table.column(title, kind);
    }
    for finding in side.findings.iter().take(ROWS) {
        let flow =
            finding.flow.map_or_else(|| Cell::text("-"), |flow| Cell::keyed(flow.to_string(), flow as f64));
        table.row(vec![
            Cell::text(finding.severity.word()),
            Cell::text(finding.rule.as_str()),
            flow,
            Cell::text(format!("{}.", finding.summary)),
        ]);
    }
    table.rest(side.findings_total, "finding");
    table.unless_empty()
}
