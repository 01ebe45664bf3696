//! Finding presets: by id, by limit, by measured keepalive.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::suggest::{did_you_mean, nearest_presets};
use super::{Endpoint, Limit, Middlebox, Service, Source, endpoints, middleboxes, services};
use crate::time::Span;

/// A row of any kind.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Preset {
    /// A box on the path: use it as a hop.
    Middlebox(&'static Middlebox),
    /// An end of the connection: use it as keepalive.
    Endpoint(&'static Endpoint),
    /// A service at the end of the connection: what closes idle clients.
    Service(&'static Service),
}

impl Preset {
    /// Every row, in catalogue order.
    pub fn all() -> impl Iterator<Item = Preset> {
        let boxes = middleboxes().iter().map(Preset::Middlebox);
        let endpoints = endpoints().iter().map(Preset::Endpoint);
        boxes.chain(endpoints).chain(services().iter().map(Preset::Service))
    }

    /// What the user writes.
    pub fn id(self) -> &'static str {
        match self {
            Preset::Middlebox(row) => row.id,
            Preset::Endpoint(row) => row.id,
            Preset::Service(row) => row.id,
        }
    }

    /// Other words for it.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Preset::Middlebox(row) => row.aliases,
            Preset::Endpoint(row) => row.aliases,
            Preset::Service(row) => row.aliases,
        }
    }

    /// Product, in words.
    pub fn product(self) -> &'static str {
        match self {
            Preset::Middlebox(row) => row.product,
            Preset::Endpoint(row) => row.product,
            Preset::Service(row) => row.product,
        }
    }

    /// Server ports that it is tied to.
    pub fn ports(self) -> &'static [u16] {
        match self {
            Preset::Middlebox(row) => row.ports,
            Preset::Endpoint(_) => &[],
            Preset::Service(row) => row.ports,
        }
    }

    /// Documents and files that the values come from.
    pub fn sources(self) -> &'static [Source] {
        match self {
            Preset::Middlebox(row) => row.sources,
            Preset::Endpoint(row) => row.sources,
            Preset::Service(row) => row.sources,
        }
    }

    /// Whether `word` occurs in its id, an alias, its product or a source, in whatever case, or is one of its
    /// ports. Of a source's address only the host counts: paths hold numbers and hashes that mean nothing.
    pub fn mentions(self, word: &str) -> bool {
        let word = word.to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&word);
        let host = |address: &str| address.split('/').nth(2).is_some_and(holds);
        holds(self.id())
            || self.aliases().iter().any(|alias| holds(alias))
            || holds(self.product())
            || self.ports().iter().any(|port| port.to_string() == word)
            || self.sources().iter().any(|source| holds(source.title) || source.address.is_some_and(host))
    }
}

/// No preset has that id.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no preset is called '{id}'{}; 'idlescope presets list' shows all", did_you_mean(.nearest))]
pub struct UnknownPreset {
    /// What was asked for.
    pub id: String,
    /// Ids that look like it, the likeliest first. At most [`SUGGESTIONS`](super::SUGGESTIONS).
    pub nearest: Vec<&'static str>,
}

/// No preset is about a word.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no preset has '{word}' in its id, product or source, or as its port{}; 'idlescope presets list' shows all",
    did_you_mean(.nearest))]
pub struct NoneMentions {
    /// What was asked for.
    pub word: String,
    /// Ids that look like it, the likeliest first.
    pub nearest: Vec<&'static str>,
}

/// That no preset is about `word`, with the ids that look like it.
pub fn none_mentions(word: &str) -> NoneMentions {
    NoneMentions { word: word.to_owned(), nearest: nearest_presets(word) }
}

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

/// The preset with that id, or with that alias when no id is the same.
///
/// # Errors
/// [`UnknownPreset`] with the ids that look like it.
pub fn find(id: &str) -> Result<Preset, UnknownPreset> {
    let by_alias = || Preset::all().find(|preset| preset.aliases().contains(&id));
    Preset::all()
        .find(|preset| preset.id() == id)
        .or_else(by_alias)
        .ok_or_else(|| UnknownPreset { id: id.to_owned(), nearest: nearest_presets(id) })
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
