//! `idlescope analyze`.

use super::{PathWords, ReportWords, RunWords, SideWord};
use crate::capture::OpenOptions;
use crate::time::Timestamp;
use clap::Args;
use std::path::PathBuf;

/// What `idlescope analyze` is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  Exchange behind three boxes, keepalive 30 min: is every idle session protected?\n",
    "    idlescope analyze case.pcapng --hop firewall=1h --hop mdm=50m --hop lb=40m --keepalive 30m\n",
    "  ISA Server, clients whose network dropped: which sockets stay for 24 h, and with the hotfix?\n",
    "    idlescope analyze clients.pcap --hop ms-isa-nat --keepalive windows-legacy\n",
    "    idlescope analyze clients.pcap --hop ms-isa-nat-hotfix --keepalive windows-legacy\n",
    "  A rotated ring, only one service, report for a person and for a program:\n",
    "    idlescope analyze ring*.pcapng.zst --filter 'port 443' --hop fw=1h -o json=report.json\n",
    "  From another machine:\n",
    "    ssh gateway tcpdump -U -s 96 -w - tcp | idlescope analyze --hop fw=1h -\n",
    "\n",
    "Exit status:\n",
    "  0  nothing at or above --fail-on was found\n",
    "  1  something at or above --fail-on was found\n",
    "  2  it could not be analysed, or only in part: what was read is still reported, marked incomplete\n",
))]
pub struct AnalyzeWords {
    /// Read these captures; '-' is standard input
    ///
    /// Of a directory all captures in it, not below.
    #[arg(value_name = "FILE", required_unless_present_any = ["side", "read"], conflicts_with = "side")]
    pub files: Vec<PathBuf>,

    /// Read a capture, as tcpdump and tshark name it (repeatable)
    #[arg(short = 'r', long = "read", value_name = "FILE", hide = true, conflicts_with = "side")]
    pub read: Vec<PathBuf>,

    /// Name what captures an interface
    #[arg(short = 'i', long = "interface", value_name = "INTERFACE", hide = true, value_parser = captured_by_live)]
    pub interface: Option<String>,

    /// Compare captures from both sides of a box, in path order from the initiator (repeatable)
    ///
    /// NAME is a free word, as in --side client=a.pcapng --side server=b.pcapng; several files of one side have the same
    /// name. Connections are matched through NAT and different clocks by what the box leaves alone; the report begins
    /// with what crossed and what did not, which proves what one side can only suppose.
    #[arg(long, value_name = "NAME=FILE")]
    pub side: Vec<SideWord>,

    /// Take only frames that match a capture filter in tcpdump syntax [default: all]
    ///
    /// Frames keep the numbers that they have in the whole capture.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,

    /// Take only frames from this time on
    ///
    /// As in 2026-12-01T09:30:00Z, "2026-12-01 09:30" (UTC) or 2026-12-01T10:30:00+01:00.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Timestamp>,

    /// Take only frames up to this time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<Timestamp>,

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

impl AnalyzeWords {
    /// How captures are read.
    pub fn open_options(&self) -> OpenOptions {
        OpenOptions { filter: self.filter.clone(), from: self.from, to: self.to }
    }

    /// All captures, however they were named.
    pub fn captures(&self) -> Vec<PathBuf> {
        self.files.iter().chain(&self.read).cloned().collect()
    }
}

fn captured_by_live(interface: &str) -> Result<String, String> {
    Err(format!("this reads files; 'idlescope live -i {interface}' captures an interface"))
}

/// An instant, as people write it.
fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| {
        format!("'{text}' is no time; write 2026-12-01T09:30:00Z, \"2026-12-01 09:30\" (UTC) or 2026-12-01T10:30:00+01:00")
    })
}
