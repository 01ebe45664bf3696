//! Finding presets: by id, by limit, by measured keepalive.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::{Endpoint, Limit, Middlebox, endpoints, middleboxes};
use crate::time::Span;

/// A row of either table.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Preset {
    /// A box on the path: use it as a hop.
    Middlebox(&'static Middlebox),
    /// An end of the connection: use it as keepalive.
    Endpoint(&'static Endpoint),
}

/// No preset has that id.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no preset is called '{id}'{}; 'idlescope presets list' shows all", did_you_mean(.nearest))]
pub struct UnknownPreset {
    /// What was asked for.
    pub id: String,
    /// Ids that look like it, the likeliest first. At most [`SUGGESTIONS`].
    pub nearest: Vec<&'static str>,
}

/// How many ids a miss suggests: more would be a list to search again.
pub const SUGGESTIONS: usize = 3;

/// One established limit of the survey, with the boxes that have it.
#[derive(Clone, PartialEq, Debug)]
pub struct SurveyLimit {
    /// The limit.
    pub limit: Span,
    /// Ids in catalogue order.
    pub boxes: Vec<&'static str>,
}

impl SurveyLimit {
    /// Those of its boxes whose timer keepalive probes restart (`true`), or only payload does (`false`).
    pub fn boxes_that_count_packets(&self, count_packets: bool) -> Vec<&'static str> {
        let counts = |id: &&&str| {
            middleboxes().iter().any(|m| m.id == **id && m.refresh.counts_packets() == count_packets)
        };
        self.boxes.iter().filter(counts).copied().collect()
    }
}

/// The preset with that id, of either table.
///
/// # Errors
/// [`UnknownPreset`] with the ids that look like it.
pub fn find(id: &str) -> Result<Preset, UnknownPreset> {
    let middlebox = middleboxes().iter().find(|m| m.id == id).map(Preset::Middlebox);
    let endpoint = || endpoints().iter().find(|e| e.id == id).map(Preset::Endpoint);
    middlebox.or_else(endpoint).ok_or_else(|| {
        let ids = middleboxes().iter().map(|m| m.id).chain(endpoints().iter().map(|e| e.id));
        UnknownPreset { id: id.to_owned(), nearest: nearest(id, ids) }
    })
}

/// The distinct established limits of the catalogue, ascending. Left out: boxes without a limit or without
/// a published one, and those whose expiry ends no flow. A box with a timer for each side stands under both.
pub fn survey_limits() -> Vec<SurveyLimit> {
    let mut by_limit: BTreeMap<Span, Vec<&'static str>> = BTreeMap::new();
    for middlebox in middleboxes().iter().filter(|m| !m.is_harmless()) {
        let limits = match middlebox.limit {
            Limit::Never | Limit::Unpublished => continue,
            Limit::PerSide { client, server } if client != server => vec![client, server],
            Limit::PerSide { .. } | Limit::Exact | Limit::UpTo(_) | Limit::AtLeast => {
                vec![middlebox.timers.established]
            }
        };
        for limit in limits {
            by_limit.entry(limit).or_default().push(middlebox.id);
        }
    }
    by_limit.into_iter().map(|(limit, boxes)| SurveyLimit { limit, boxes }).collect()
}

/// Ids of the stacks whose TCP keepalive fits what was measured: a first probe after a silence within
/// `time`, and further ones at an interval within `interval` when that was seen. A row that leaves its
/// interval to the system fits every interval.
pub fn nearest_endpoints(
    time: RangeInclusive<Span>,
    interval: Option<RangeInclusive<Span>>,
) -> Vec<&'static str> {
    let interval = interval.map(RangeInclusive::into_inner);
    let time = time.into_inner();
    endpoints().iter().filter(|e| e.fits(time, interval)).map(|e| e.id).collect()
}

/// Ids of the boxes with an established limit in `bracket` (for example from the longest gap survived to
/// the shortest that was cut). Boxes whose expiry ends no flow are left out.
pub fn presets_within(bracket: RangeInclusive<Span>) -> Vec<&'static str> {
    let (low, high) = bracket.into_inner();
    let inside = |limit: Span| low <= limit && limit <= high;
    let fits = |m: &&Middlebox| match m.limit {
        Limit::Never | Limit::Unpublished => false,
        Limit::PerSide { client, server } => inside(client) || inside(server),
        Limit::UpTo(longest) => m.timers.established <= high && low <= longest,
        Limit::Exact | Limit::AtLeast => inside(m.timers.established),
    };
    middleboxes().iter().filter(|m| !m.is_harmless()).filter(fits).map(|m| m.id).collect()
}

/// The words of `known` that look like `word`, the likeliest first: those within a third of its length in
/// edits, and those that contain it or are contained in it.
pub(crate) fn nearest(word: &str, known: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    // Longer words are no typing mistake, and the distance takes time with the square of the length.
    const LONGEST: usize = 64;
    let word = word.to_ascii_lowercase();
    if word.is_empty() || word.len() > LONGEST {
        return Vec::new();
    }
    let tolerated = (word.chars().count() / 3).max(1);
    let mut scored: Vec<(usize, &'static str)> = known
        .filter_map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, candidate);
            let overlaps = word.len() >= 3 && (candidate.contains(&word) || word.contains(candidate));
            (distance <= tolerated || overlaps).then_some((distance, candidate))
        })
        .collect();
    scored.sort();
    scored.into_iter().map(|(_, candidate)| candidate).take(SUGGESTIONS).collect()
}

/// `; did you mean a, b or c?`, or nothing.
pub(crate) fn did_you_mean(nearest: &[&str]) -> String {
    match nearest {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [first @ .., last] => format!("; did you mean {} or {last}?", first.join(", ")),
    }
}
