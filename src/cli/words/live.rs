//! `idlescope live`.

use super::{ByteSize, PathWords, ReportWords, RunWords};
use crate::time::Span;
use clap::Args;
use std::path::PathBuf;

/// What `idlescope live` is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  Watch a gateway for the three boxes behind it, keep the packets:\n",
    "    idlescope live -i eth0 --hop firewall=1h --hop mdm=50m --hop lb=40m --write seen.pcapng\n",
    "  Count sockets that ISA Server holds for clients that lost their network, for a day:\n",
    "    idlescope live -i any --filter 'port 135' --hop ms-isa-nat --duration 24h -o json=day.json\n",
    "  Feed expiries to a program:\n",
    "    idlescope live -i eth0 --hop fw=350s --format ndjson | jq 'select(.type == \"announcement\")'\n",
    "\n",
    "Exit status:\n",
    "  0  nothing at or above --fail-on was found\n",
    "  1  something at or above --fail-on was found\n",
    "  2  it could not be captured, or the run ended before it was told to\n",
))]
pub struct LiveWords {
    /// Capture on this interface; 'any' is all of them (Linux)
    #[arg(short, long, value_name = "IFACE")]
    pub interface: String,

    /// Take only frames that match a capture filter in tcpdump syntax [default: all]
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,

    /// End after this time [default: on Ctrl-C]
    #[arg(long, value_name = "DURATION", value_parser = super::span::longer_than_zero, allow_hyphen_values = true)]
    pub duration: Option<Span>,

    /// Record what is analysed as pcapng; analyze gives the same report of it
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,

    /// Keep this many bytes of each frame, from 54 to 262144; payload is not needed
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(54..=262_144), allow_negative_numbers = true)]
    pub snaplen: u32,

    /// Let the kernel hold this much until it is read
    #[arg(long, value_name = "SIZE", default_value_t = ByteSize(32 << 20))]
    pub buffer: ByteSize,

    /// Take only frames meant for this machine
    #[arg(short = 'p', long)]
    pub no_promiscuous: bool,

    /// The path.
    #[command(flatten)]
    pub path: PathWords,

    /// The report.
    #[command(flatten)]
    pub report: ReportWords,

    /// The machine.
    #[command(flatten)]
    pub run: RunWords,
}
