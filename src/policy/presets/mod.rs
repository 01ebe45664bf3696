//! The catalogue of presets: what middleboxes and endpoints are set to as they leave the factory, each row
//! with its source and how far it can be trusted.
//!
//! To add a row: put it in the file of its vendor group, in the order in which it should be listed, with a
//! source and `verified`; set the grounds of `refresh` and `expiry` to [`Grounds::Source`] only when the
//! source says them; move [`CATALOGUE_DATE`] and the counts in the tests.

mod endpoint;
mod endpoints;
mod lookup;
mod middlebox;
mod middleboxes;
mod rules;
mod standing;

#[cfg(test)]
mod tests;

pub use endpoint::{Endpoint, Mechanism, OnByDefault, Printed, Setting};
pub use lookup::{
    Preset, SUGGESTIONS, SurveyLimit, UnknownPreset, find, nearest_endpoints, presets_within, survey_limits,
};
pub(crate) use lookup::{did_you_mean, nearest};
pub use middlebox::{Adjustable, Limit, Middlebox, OwnKeepalive, ProbeSchedule, UnpublishedLimit};
pub use rules::{DOMAIN_RULES, DomainRule, domain_rule};
pub use standing::{Grounds, Verified};

use std::sync::LazyLock;

use crate::time::Span;

/// The day on which the values were last held against their sources.
pub const CATALOGUE_DATE: &str = "2026-11-21";

/// Table A: every middlebox, in catalogue order.
pub fn middleboxes() -> &'static [Middlebox] {
    static ALL: LazyLock<Vec<Middlebox>> =
        LazyLock::new(|| middleboxes::GROUPS.iter().flat_map(|(_, rows)| rows.iter().copied()).collect());
    &ALL
}

/// Table A by vendor group: (title, rows).
pub fn middlebox_groups() -> &'static [(&'static str, &'static [Middlebox])] {
    middleboxes::GROUPS
}

/// Table B: every endpoint, in catalogue order.
pub fn endpoints() -> &'static [Endpoint] {
    static ALL: LazyLock<Vec<Endpoint>> =
        LazyLock::new(|| endpoints::GROUPS.iter().flat_map(|(_, rows)| rows.iter().copied()).collect());
    &ALL
}

/// Table B by kind: (title, rows).
pub fn endpoint_groups() -> &'static [(&'static str, &'static [Endpoint])] {
    endpoints::GROUPS
}

/// A timer of so many seconds.
const fn secs(seconds: u64) -> Option<Span> {
    Some(Span::from_secs(seconds))
}
