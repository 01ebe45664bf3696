//! The words for a path: hops, keepalive, a file of both.

use super::KeepaliveWord;
use super::report::{ColorWord, FailOn};
use super::suggest;
use crate::policy::SlotLimit;
use clap::builder::StringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;

/// A path, in words.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Path")]
pub struct PathWords {
    /// Add a box on the path, in order from the initiator to the responder (repeatable)
    ///
    /// SPEC is [NAME=]DURATION|PRESET[,KEY=VALUE]…, as in firewall=1h, aws-nlb-tcp or
    /// edge=50m,refresh=payload,expiry=reset-both. Keys: idle, half-open, half-closed, unacknowledged,
    /// refresh, expiry, pickup. Without any hop the limits of all known boxes are tried. Presets: see
    /// 'idlescope presets'.
    #[arg(long, value_name = "SPEC", value_parser = suggest::boxes(StringValueParser::new()), hide_possible_values = true)]
    pub hop: Vec<String>,

    /// State one box by its idle timeout, in seconds or with a unit
    #[arg(long, value_name = "DURATION", hide = true, conflicts_with_all = ["hop", "path"], value_parser = timeout)]
    pub timeout: Option<String>,

    /// Read hops and keepalive from a path file (TOML) instead of --hop
    ///
    /// The file has the same keys, in a table for each hop, and the keepalive. It cannot be mixed with --hop,
    /// because the order of the hops matters; --keepalive replaces that of the file. A path with match =
    /// "10.0.0.0/8:443" (also ":443", "vlan=12", "interface=eth1") is the path of those flows only, and the table
    /// names gives addresses and services a name in every output; README.md shows both.
    #[arg(long, value_name = "FILE")]
    pub path: Option<PathBuf>,

    /// State the keepalive of the endpoints' sockets [default: not stated]
    ///
    /// SPEC is TIME[/INTERVAL[/PROBES]] as in 30m or 30m/75s/9, a preset such as linux, or off. What is left
    /// out follows Linux (75s, 9 probes). Where the ends differ: initiator=2h,responder=30m/75s/9; an end that is
    /// left out does not probe. Probes in the capture are seen in any case.
    #[arg(long, value_name = "SPEC", value_parser = suggest::endpoints(KeepaliveWord::from_str), hide_possible_values = true)]
    pub keepalive: Option<KeepaliveWord>,

    /// Add own presets from a file (TOML), or replace known ones (repeatable)
    ///
    /// Its tables box, endpoint and service have id, product and settings, as README.md shows them. A row
    /// with a known id takes its place; 'idlescope presets show ID' says which file a row is from.
    #[arg(long, value_name = "FILE")]
    pub presets: Vec<PathBuf>,

    /// State how many connections a service allows one client (repeatable) [default: not stated]
    ///
    /// As in 32, or for one service 32@10.0.0.9:1225 or 32@:1225. The report then tells which client had taken all
    /// of them, with how many sockets that nobody used any more, and what was refused meanwhile. Without it a
    /// limit is inferred from refused attempts where the capture shows one.
    #[arg(long, value_name = "N[@SERVICE]")]
    pub slots: Vec<SlotLimit>,
}

impl PathWords {
    /// The hops, however they were stated.
    pub fn hops(&self) -> Vec<String> {
        self.hop.iter().chain(&self.timeout).cloned().collect()
    }
}

/// `--timeout 3600` is `--hop box=3600s`.
fn timeout(text: &str) -> Result<String, String> {
    let length =
        if text.bytes().all(|byte| byte.is_ascii_digit()) { format!("{text}s") } else { text.to_owned() };
    match crate::time::Span::parse(&length) {
        Ok(_) => Ok(format!("box={length}")),
        Err(error) => Err(format!("{error}; a box on the path is --hop NAME=LIMIT, as in --hop firewall=1h")),
    }
}

/// What to do with a path.
#[derive(Subcommand, Debug)]
pub enum PathCommand {
    /// Check a path for faults and propose the corrected chain
    ///
    /// Names hops in the wrong order (timeouts must grow from the server outward), keepalive that comes after a
    /// hop's limit, and limits below RFC 5382; then prints the corrected chain as a path file and as options.
    Check(PathCheckWords),
}

/// What `idlescope path check` is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  idlescope path check exchange.toml\n",
    "  idlescope path check --hop lb=40m --hop mdm=50m --hop firewall=1h --keepalive 30m\n",
    "  idlescope path check exchange.toml --format json | jq -r .corrected.file\n",
    "\n",
    "Exit status:\n",
    "  0  no fault at or above --fail-on\n",
    "  1  a fault at or above --fail-on\n",
    "  2  the path could not be read\n",
))]
pub struct PathCheckWords {
    /// Read the path from this file (TOML)
    #[arg(value_name = "FILE", conflicts_with = "hop")]
    pub file: Option<PathBuf>,

    /// Add a box on the path, in order from the initiator to the responder (repeatable)
    ///
    /// SPEC is as in 'idlescope analyze --hop'.
    #[arg(long, value_name = "SPEC")]
    pub hop: Vec<String>,

    /// State the keepalive of the endpoints' sockets; replaces that of the file [default: not stated]
    #[arg(long, value_name = "SPEC")]
    pub keepalive: Option<KeepaliveWord>,

    /// Add own presets from a file (TOML), or replace known ones (repeatable)
    #[arg(long, value_name = "FILE")]
    pub presets: Vec<PathBuf>,

    /// Choose the format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = PathCheckFormat::Text)]
    pub format: PathCheckFormat,

    /// Exit with 1 for faults of this severity or worse
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = FailOn::Warning)]
    pub fail_on: FailOn,

    /// Colour the text; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorWord::Auto)]
    pub color: ColorWord,
}

/// How the check of a path is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum PathCheckFormat {
    /// For a person
    Text,
    /// One document; 'idlescope schema path' has its schema
    Json,
}
