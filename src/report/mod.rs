//! The report: a model in the words of the machine output, and the pages that print it.
//!
//! A page judges nothing: what it prints stands in [`Report`], so text and JSON tell the same. To add a
//! format: one file with a `write` function, one variant of [`Format`], one line in [`Format::ALL`] and
//! one arm in [`write()`].

mod assemble;
pub mod csv;
pub mod explain;
pub mod headline;
pub mod hgrm;
pub mod hlog;
pub mod html;
pub mod json;
pub mod json_text;
mod model;
pub mod ndjson;
#[cfg(test)]
mod samples;
mod schema;
mod summary;
pub mod text;
pub mod tuning_csv;
mod wording;

pub use assemble::tuning::{NotTried, add_tuning, of_interval_logs};
pub use assemble::{assemble, assemble_for_people, assemble_sides};
pub use headline::Headline;
pub use json::{SCHEMA_ID, schema};
pub use model::*;
pub use ndjson::schema as schema_of_lines;
pub use schema::schema_of;
pub use text::{Colour, Layout};

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

/// A page's format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// For a person.
    Text,
    /// One document, schema [`SCHEMA_ID`].
    Json,
    /// One self-contained JSON object a line.
    Ndjson,
    /// One row for each listed flow.
    Csv,
    /// One self-contained page for a browser.
    Html,
    /// Percentiles of gaps for HdrHistogram plotters.
    Hgrm,
    /// Histograms as an interval log that merges.
    Hlog,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 7] =
        [Format::Text, Format::Json, Format::Ndjson, Format::Csv, Format::Html, Format::Hgrm, Format::Hlog];

    /// The word of the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
            Format::Html => "html",
            Format::Hgrm => "hgrm",
            Format::Hlog => "hlog",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no format.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{given}' is not a report format; the formats are {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat {
    /// What was given.
    pub given: String,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        Format::ALL
            .into_iter()
            .find(|format| format.name() == word)
            .ok_or_else(|| UnknownFormat { given: word.to_owned() })
    }
}

/// Writes `report` as one page. `layout` matters to text only. [`Format::Hgrm`] writes the gaps between
/// any packets of the whole capture; [`hgrm::files`] has the others. Pages are written in small pieces:
/// give a buffered `out`.
///
/// # Errors
/// Those of `out`, unchanged: a broken pipe stays [`io::ErrorKind::BrokenPipe`].
pub fn write(report: &Report, format: Format, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, layout, out),
        Format::Json => json::write(report, json_text::Spacing::Pretty, out),
        Format::Ndjson => ndjson::write(report, out),
        Format::Csv => match &report.tuning {
            Some(tuning) => tuning_csv::write(tuning, out),
            None => csv::write(report, out),
        },
        Format::Html => html::write(report, out),
        Format::Hgrm => hgrm::write(&report.histograms.any, out),
        Format::Hlog => hlog::write(report, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_formats_keep_their_shape() {
        let report = samples::cut_behind_three_hops();
        for format in [Format::Json, Format::Ndjson, Format::Csv, Format::Hgrm] {
            let mut out = Vec::new();
            write(&report, format, Layout::default(), &mut out).unwrap();
            let version = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
            let page = String::from_utf8(out).unwrap().replace(version, "\"VERSION\"");
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(format!("{format}_cut_behind_three_hops"), page);
            });
        }
    }

    #[test]
    fn a_broken_pipe_stays_one() {
        struct Broken;
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let report = samples::cut_behind_three_hops();
        for format in Format::ALL {
            let error = write(&report, format, Layout::default(), &mut Broken).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format}");
        }
    }

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        let error = "yaml".parse::<Format>().unwrap_err().to_string();
        assert!(error.contains("'yaml'") && error.contains("ndjson"), "{error}");
    }
}
