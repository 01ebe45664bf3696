//! The words for what is reported, how and where to.

use super::output::OutputWord;
use crate::findings::{FLOWS_LISTED, Listing, Severity};
use crate::report::Format;
use crate::time::Span;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

/// What is reported, how and where to, in words.
#[derive(Args, Debug)]
#[command(next_help_heading = "Report")]
pub struct ReportWords {
    /// Choose the format of the report on standard output
    #[arg(long, value_name = "FORMAT", default_value = Format::Text.name(), value_parser = format_parser())]
    pub format: Format,

    /// Print JSON, as --format json
    #[arg(long, hide = true, conflicts_with_all = ["format", "html", "csv", "ndjson"])]
    pub json: bool,

    /// Print a page for a browser, as --format html
    #[arg(long, hide = true, conflicts_with_all = ["format", "csv", "ndjson"])]
    pub html: bool,

    /// Print a table, as --format csv
    #[arg(long, hide = true, conflicts_with_all = ["format", "ndjson"])]
    pub csv: bool,

    /// Print lines of JSON, as --format ndjson
    #[arg(long, hide = true, conflicts_with = "format")]
    pub ndjson: bool,

    /// Print the whole report also on a terminal, through a pager
    ///
    /// A terminal shows what matters on one screen; a pipe and a file always get the whole report. The pager is
    /// IDLESCOPE_PAGER, PAGER or less.
    #[arg(long, conflicts_with = "quiet")]
    pub full: bool,

    /// Print the verdict only, and no progress
    #[arg(short, long)]
    pub quiet: bool,

    /// Print the whole report with the evidence of every listed flow
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Write the report to a file as well, in its own format (repeatable)
    ///
    /// As in -o json=report.json -o hgrm=gaps.hgrm, or -o report.json, whose ending names the format. The file is complete or not there: it is replaced at the
    /// end in one step. hgrm writes one file for each basis of gaps; given a directory, those of each
    /// service too. hlog is of tune only.
    #[arg(short, long, value_name = "FORMAT=FILE")]
    pub output: Vec<OutputWord>,

    /// List flows: those with findings, all, or none
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = FlowsWord::Findings)]
    pub flows: FlowsWord,

    /// List at most this many flows, the worst first
    #[arg(long, value_name = "N", default_value_t = FLOWS_LISTED, value_parser = flows_listed, allow_negative_numbers = true)]
    pub max_flows_listed: usize,

    /// List the gaps of a flow from this length on
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = super::span::longer_than_zero, allow_hyphen_values = true)]
    pub min_gap: Span,

    /// Exit with 1 for findings of this severity or worse
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = FailOn::Error)]
    pub fail_on: FailOn,

    /// Colour the text; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorWord::Auto)]
    pub color: ColorWord,
}

impl ReportWords {
    /// The format of standard output, however it was named.
    pub fn format(&self) -> Format {
        let flags = [
            (self.json, Format::Json),
            (self.html, Format::Html),
            (self.csv, Format::Csv),
            (self.ndjson, Format::Ndjson),
        ];
        flags.into_iter().find_map(|(is_set, format)| is_set.then_some(format)).unwrap_or(self.format)
    }
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    // The names are those of the formats, so each is read back.
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(|name| name.parse::<Format>())
}

/// A listed flow costs about a kilobyte: more than this would fill the memory before anyone reads it.
const MOST_FLOWS_LISTED: usize = 10_000_000;

fn flows_listed(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if count <= MOST_FLOWS_LISTED => Ok(count),
        _ => Err(format!("write a whole number from 0 to {MOST_FLOWS_LISTED}")),
    }
}

/// Which flows are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum FlowsWord {
    /// Those with findings
    Findings,
    /// All
    All,
    /// None: totals and services only
    None,
}

impl From<FlowsWord> for Listing {
    fn from(word: FlowsWord) -> Listing {
        match word {
            FlowsWord::Findings => Listing::Findings,
            FlowsWord::All => Listing::All,
            FlowsWord::None => Listing::None,
        }
    }
}

/// From which severity on the exit code says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum FailOn {
    /// Anything found
    Info,
    /// Close to trouble, or worse
    Notice,
    /// Resources held or a risky set-up, or worse
    Warning,
    /// What users notice
    Error,
    /// Never
    Never,
}

impl FailOn {
    /// The least severity that counts; `None`: none does.
    pub fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Info => Some(Severity::Info),
            FailOn::Notice => Some(Severity::Notice),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Error => Some(Severity::Error),
            FailOn::Never => None,
        }
    }
}

/// When there are colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ColorWord {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always, also in a pipe
    Always,
    /// Never
    Never,
}
