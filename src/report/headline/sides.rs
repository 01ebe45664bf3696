//! What captures on both sides of a box prove outranks what one side shows.

use super::Answer;
use crate::report::wording::{counted, joined};
use crate::report::{
    CertaintyWord, ConclusionWord, FlowCrossing, Report, Seconds, SideConclusion, SidesBetween,
};
use crate::time::Span;

/// What is proved, worst first; `None`: nothing, or only what one side shows with the same certainty.
pub(super) fn decide(report: &Report) -> Option<(Answer, String)> {
    let between = &report.sides.as_ref()?.between;
    let idled = |pair: &&SidesBetween| pair.crossings.iter().any(|crossing| broke_after(crossing).is_some());
    if between.iter().any(|pair| idled(&pair)) {
        let pairs: Vec<String> = between.iter().filter(idled).map(idled_clause).collect();
        let survived = report.totals.broken.longest_survived_s;
        let survived = survived.map_or(String::new(), |survived| format!("; {} was survived", survived.0));
        return Some((Answer::IdlingBrokeFlows, format!("{}{survived}.", joined(&pairs))));
    }
    if report.totals.broken.certain > 0 {
        return None;
    }
    let pairs: Vec<String> = between
        .iter()
        .filter_map(|pair| Some(format!("between {} and {} {}", pair.names[0], pair.names[1], proved(pair)?)))
        .collect();
    let clause = format!("{}; that a silence came before is not proved.", joined(&pairs));
    (!pairs.is_empty()).then_some((Answer::BrokenBetween, clause))
}

/// What the sides leave open, after a sentence that does not rest on them.
pub(super) fn reservation(report: &Report) -> String {
    let Some(sides) = &report.sides else { return String::new() };
    let said = |pair: &SidesBetween| {
        let [a, b] = &pair.names;
        match pair.matched {
            0 => format!(" No connection is seen on both {a} and {b}."),
            _ if proved(pair).is_none() => {
                format!(" Nothing is proved against what lies between {a} and {b}.")
            }
            _ => String::new(),
        }
    };
    sides.between.iter().map(said).collect()
}

/// What is certain against the box between, as a clause; `None`: nothing.
pub(in crate::report) fn proved(pair: &SidesBetween) -> Option<String> {
    let clauses = deeds(&pair.crossings);
    (!clauses.is_empty()).then(|| joined(&clauses))
}

fn idled_clause(pair: &SidesBetween) -> String {
    let idled: Vec<FlowCrossing> =
        pair.crossings.iter().filter(|crossing| broke_after(crossing).is_some()).cloned().collect();
    let silences = || idled.iter().filter_map(broke_after);
    let (shortest, longest) = (silences().min().unwrap_or_default(), silences().max().unwrap_or_default());
    let silence = match (shortest.to_string(), longest.to_string()) {
        (shortest, longest) if shortest == longest => shortest,
        (shortest, longest) => format!("{shortest} to {longest}"),
    };
    let [a, b] = &pair.names;
    let connections = counted(idled.len() as u64, "connection");
    let was = if idled.len() == 1 { "was" } else { "were" };
    format!(
        "between {a} and {b} {connections} {was} cut after {silence} of silence, {}, as both sides prove",
        means(&idled)
    )
}

/// The silence at whose end the connection is proved to have broken.
fn broke_after(crossing: &FlowCrossing) -> Option<Span> {
    let proofs = crossing.conclusions.iter().filter_map(|it| it.broke_after_s);
    proofs.map(|Seconds(silence)| silence).max()
}

/// Kinds of deed, and of how many connections both sides prove each.
fn counts(crossings: &[FlowCrossing]) -> [(ConclusionWord, u64); 3] {
    [ConclusionWord::Dropped, ConclusionWord::ResetMadeBetween, ConclusionWord::MappingLost].map(|word| {
        let certain = |it: &SideConclusion| it.kind == word && it.certainty == CertaintyWord::Certain;
        (word, crossings.iter().filter(|it| it.conclusions.iter().any(certain)).count() as u64)
    })
}

/// What was done to these connections, for each kind of deed how many.
fn deeds(crossings: &[FlowCrossing]) -> Vec<String> {
    let told = |(word, count): (ConclusionWord, u64)| {
        let connections = counted(count, "connection");
        (count > 0).then(|| match word {
            ConclusionWord::Dropped => format!("packets of {connections} were dropped"),
            ConclusionWord::ResetMadeBetween => format!("{connections} got a RST made there"),
            _ => format!("{connections} went on under another address or port"),
        })
    };
    counts(crossings).into_iter().filter_map(told).collect()
}

/// How these connections were cut: `by dropped packets`.
fn means(crossings: &[FlowCrossing]) -> String {
    let counts = counts(crossings);
    let told = |(word, count): (ConclusionWord, u64)| {
        let means = match word {
            ConclusionWord::Dropped => "dropped packets",
            ConclusionWord::ResetMadeBetween => "a RST made there",
            _ => "a lost mapping",
        };
        let all = count == crossings.len() as u64;
        (count > 0).then(|| if all { format!("by {means}") } else { format!("{count} by {means}") })
    };
    joined(&counts.into_iter().filter_map(told).collect::<Vec<_>>())
}
