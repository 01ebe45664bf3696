//! `idlescope explain`.

use super::{ColorWord, PairWord, PathWords, RunWords};
use clap::{ArgGroup, Args, ValueEnum};
use std::path::PathBuf;

/// What `idlescope explain` is told.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true).args(["flow", "between"]).multiple(true))]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  Why did flow 17 break? (its number stands in the report, and is tcp.stream in Wireshark)\n",
    "    idlescope explain case.pcapng --flow 17\n",
    "  All flows between two ends:\n",
    "    idlescope explain case.pcapng --between 10.0.0.1,10.0.0.2:443\n",
    "  A page to send:\n",
    "    idlescope explain case.pcapng --flow 17 --format html > flow-17.html\n",
))]
pub struct ExplainWords {
    /// Read these captures
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Explain the flow with this number (repeatable)
    #[arg(long, value_name = "ID")]
    pub flow: Vec<u64>,

    /// Explain the flows between two ends (repeatable), at most 20
    ///
    /// An end is an address with or without a port, as in 10.0.0.1,10.0.0.2:443.
    #[arg(long, value_name = "END,END")]
    pub between: Vec<PairWord>,

    /// Take only frames that match a capture filter in tcpdump syntax [default: all]
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,

    /// Choose the format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,

    /// Colour the text; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorWord::Auto)]
    pub color: ColorWord,

    /// The path.
    #[command(flatten)]
    pub path: PathWords,

    /// The machine.
    #[command(flatten)]
    pub run: RunWords,
}

/// How a flow is explained.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ExplainFormat {
    /// For a person
    Text,
    /// One document for each flow; 'idlescope schema explain' has its schema
    Json,
    /// A page for a browser about the first of them
    Html,
}
