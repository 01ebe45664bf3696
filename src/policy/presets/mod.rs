//! The catalogue of presets: what middleboxes, endpoints and services are set to as they leave the factory,
//! each row with its source and how far it can be trusted.
//!
//! Rows are data: TOML files in `catalogue/`, one for each family of products, in the words of path files and
//! with the grammar of [preset files](rows). A user's own file adds rows or takes the place of known ones
//! ([`add_preset_files`]).
//!
//! To add a row: put it in the file of its family, in the order in which it should be listed, with a source, its
//! address, the day on which it was read, and `verified`; name `refresh` and `expiry` in `inferred` unless the
//! source says them; move [`CATALOGUE_DATE`]. To add a family: a file, and a line in the list of `catalogue.rs`.

mod catalogue;
mod endpoint;
mod lookup;
mod middlebox;
pub mod rows;
mod rules;
mod service;
mod standing;
mod suggest;

#[cfg(test)]
mod tests;

pub use catalogue::{AddError, add_preset_files};
pub use endpoint::{Endpoint, Mechanism, OnByDefault, Printed, Setting};
pub use lookup::{
    NoneMentions, Preset, SurveyLimit, UnknownPreset, find, nearest_endpoints, none_mentions, presets_within,
    survey_limits,
};
pub use middlebox::{Adjustable, Limit, Middlebox, OwnKeepalive, ProbeSchedule, UnpublishedLimit};
pub use rows::{PresetFileError, PresetFileFault, RowFault};
pub use rules::{DOMAIN_RULES, DomainRule, domain_rule};
pub use service::{Service, ServiceClose};
pub use standing::{Grounds, Origin, Source, Verified};
pub use suggest::SUGGESTIONS;

use crate::time::Span;
use std::ops::RangeInclusive;
pub(crate) use suggest::{did_you_mean, nearest};

/// The day of the catalogue: that on which rows were last added or held against their sources.
pub const CATALOGUE_DATE: &str = "2026-12-01";

/// The day by which sources were read that give no day of their own.
pub const UNDATED_READ_BY: &str = "2026-11-21";

/// Every middlebox, in catalogue order.
pub fn middleboxes() -> &'static [Middlebox] {
    catalogue::in_use().boxes.rows
}

/// Middleboxes by vendor group: (title, rows).
pub fn middlebox_groups() -> &'static [(&'static str, &'static [Middlebox])] {
    catalogue::in_use().boxes.groups
}

/// Every endpoint, in catalogue order.
pub fn endpoints() -> &'static [Endpoint] {
    catalogue::in_use().endpoints.rows
}

/// Endpoints by kind: (title, rows).
pub fn endpoint_groups() -> &'static [(&'static str, &'static [Endpoint])] {
    catalogue::in_use().endpoints.groups
}

/// Every service that closes idle clients, in catalogue order.
pub fn services() -> &'static [Service] {
    catalogue::in_use().services.rows
}

/// Services by kind: (title, rows).
pub fn service_groups() -> &'static [(&'static str, &'static [Service])] {
    catalogue::in_use().services.groups
}

/// Whether a box can stand before a server port: some carry one protocol only.
pub fn may_stand_before(id: &str, port: u16) -> bool {
    match find(id) {
        Ok(Preset::Middlebox(middlebox)) => middlebox.ports.is_empty() || middlebox.ports.contains(&port),
        Ok(Preset::Endpoint(_) | Preset::Service(_)) | Err(_) => true,
    }
}

/// The services that listen on `port` by convention, and close idle connections after a time within `lengths`.
pub fn services_closing(port: u16, lengths: RangeInclusive<Span>) -> impl Iterator<Item = &'static str> {
    let closes = move |service: &&Service| service.limit == Limit::Exact && lengths.contains(&service.idle);
    services_at(port).filter(closes).map(|service| service.id)
}

/// The services that listen on `port` by convention.
pub fn services_at(port: u16) -> impl Iterator<Item = &'static Service> {
    services().iter().filter(move |service| service.ports.contains(&port))
}
