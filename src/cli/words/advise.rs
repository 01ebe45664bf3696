//! `idlescope advise`.

use super::KeepaliveWord;
use super::report::ColorWord;
use super::suggest;
use crate::advice;
use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;

/// The word for every target.
pub const ALL: &str = "all";

/// What `idlescope advise` is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  idlescope advise --hop firewall=1h --hop mdm=50m --hop lb=40m --keepalive 30m --for windows\n",
    "  idlescope advise --path cloud.toml\n",
    "  idlescope advise --hop aws-nlb-tcp --for all --format json | jq '.blocks[].settings[].text'\n",
))]
pub struct AdviseWords {
    /// Add a box on the path, in order from the initiator to the responder (repeatable)
    ///
    /// SPEC is as in 'idlescope analyze --hop'. A box named by a preset, as haproxy-tcp, gets its own settings.
    #[arg(long, value_name = "SPEC", value_parser = suggest::boxes(StringValueParser::new()), hide_possible_values = true)]
    pub hop: Vec<String>,

    /// Read hops and keepalive from a path file (TOML) instead of --hop
    #[arg(long, value_name = "FILE")]
    pub path: Option<PathBuf>,

    /// Take the path from a JSON report instead, and of tune what it recommends; '-' is stdin
    ///
    /// The report of analyze or tune, as --format json or -o json=FILE wrote it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["hop", "path"])]
    pub report: Option<PathBuf>,

    /// State the keepalive of the endpoints' sockets; it is kept if it fits [default: not stated]
    #[arg(long, value_name = "SPEC", value_parser = suggest::endpoints(KeepaliveWord::from_str), hide_possible_values = true)]
    pub keepalive: Option<KeepaliveWord>,

    /// Add own presets from a file (TOML), or replace known ones (repeatable)
    #[arg(long, value_name = "FILE")]
    pub presets: Vec<PathBuf>,

    /// Write settings for these, separated by commas [default: the path's boxes, linux and windows]
    #[arg(
        long = "for",
        value_name = "TARGET",
        value_delimiter = ',',
        value_parser = target_parser(),
        hide_possible_values = true,
        long_help = long_help_of_targets()
    )]
    pub targets: Vec<String>,

    /// Choose the format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = AdviseFormat::Text)]
    pub format: AdviseFormat,

    /// Colour the text; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorWord::Auto)]
    pub color: ColorWord,
}

fn target_parser() -> PossibleValuesParser {
    let of = |id: &'static str| {
        let aliases = advice::ALIASES.iter().filter(move |(_, meant)| *meant == id);
        PossibleValue::new(id).aliases(aliases.map(|(alias, _)| *alias))
    };
    PossibleValuesParser::new(
        std::iter::once(ALL).chain(advice::targets().iter().map(|target| target.id)).map(of),
    )
}

fn long_help_of_targets() -> String {
    let groups = advice::Group::ALL.map(|group| {
        let targets = advice::targets().iter().filter(|target| target.group == group);
        let ids: Vec<&str> = targets.map(|target| target.id).collect();
        format!("{}: {}", group.name(), ids.join(", "))
    });
    format!(
        "Write settings for these, separated by commas [default: the path's boxes, linux and windows]\n\nall, or of {}",
        groups.join("; ")
    )
}

/// How advice is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum AdviseFormat {
    /// For a person
    Text,
    /// One document; 'idlescope schema advice' has its schema
    Json,
}
