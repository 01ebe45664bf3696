//! Where the values of a preset are from, and how far they can be trusted, as JSON.

use crate::policy::presets::{Origin, Preset, Verified, domain_rule};
use serde::Serialize;

/// The part of a row that presets of every kind have.
#[derive(Serialize)]
pub(super) struct Trust {
    source: &'static str,
    sources: Vec<SourceRow>,
    verified: &'static str,
    exceptions: Vec<Exception>,
    notes: &'static [&'static str],
    rules: Vec<RuleRow>,
    /// The preset file that the row is from; null: the catalogue has it.
    from: Option<OwnFile>,
}

#[derive(Serialize)]
struct SourceRow {
    title: &'static str,
    address: Option<&'static str>,
    /// The day on which it was read; null: by the day of the first catalogue.
    read: Option<&'static str>,
}

#[derive(Serialize)]
struct Exception {
    part: &'static str,
    verified: &'static str,
}

#[derive(Serialize)]
struct RuleRow {
    number: u8,
    says: &'static str,
    source: &'static str,
}

#[derive(Serialize)]
struct OwnFile {
    file: &'static str,
    line: usize,
    replaces: bool,
}

/// What the three kinds hold alike.
type Parts = (
    &'static str,
    Verified,
    &'static [(&'static str, Verified)],
    &'static [&'static str],
    &'static [u8],
    Origin,
);

impl Trust {
    /// That of a preset.
    pub fn of(preset: Preset) -> Trust {
        let (source, verified, exceptions, notes, rules, origin): Parts = match preset {
            Preset::Middlebox(row) => {
                (row.source, row.verified, row.exceptions, row.notes, row.rules, row.origin)
            }
            Preset::Endpoint(row) => {
                (row.source, row.verified, row.exceptions, row.notes, row.rules, row.origin)
            }
            Preset::Service(row) => {
                (row.source, row.verified, row.exceptions, row.notes, row.rules, row.origin)
            }
        };
        let sources = preset.sources().iter().map(|source| SourceRow {
            title: source.title,
            address: source.address,
            read: source.read,
        });
        let exceptions =
            exceptions.iter().map(|(part, verified)| Exception { part, verified: verified.word() });
        let rules = rules.iter().filter_map(|number| domain_rule(*number));
        Trust {
            source,
            sources: sources.collect(),
            verified: verified.word(),
            exceptions: exceptions.collect(),
            notes,
            rules: rules
                .map(|rule| RuleRow { number: rule.number, says: rule.says, source: rule.source })
                .collect(),
            from: match origin {
                Origin::Catalogue => None,
                Origin::File { file, line, replaces } => Some(OwnFile { file, line, replaces }),
            },
        }
    }
}
