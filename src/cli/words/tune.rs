//! `idlescope tune`.

use super::{PathWords, ReportWords, RunWords};
use crate::time::Span;
use crate::tuning::{GroupBy, MOST_CANDIDATES};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What `idlescope tune` is told.
#[derive(Args, Debug)]
#[command(mut_arg("fail_on", |arg| arg.default_value("never")))]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  Which idle timeout keeps 99.9 % of the flows that are used again, and what does it cost?\n",
    "    idlescope tune week.pcapng\n",
    "  What would these do instead of the hour that the firewall has?\n",
    "    idlescope tune week.pcapng --hop firewall=1h --candidates 5m,15m,30m,2h\n",
    "  Exchange allows 32 sockets a client: which keepalive keeps stale ones from filling them?\n",
    "    idlescope tune clients.pcap --keepalives 5m,30m,2h --slots 32\n",
    "  A log of every day, and what to set for the whole week:\n",
    "    idlescope tune monday.pcap -o hlog=monday.hlog\n",
    "    idlescope tune --merge monday.hlog tuesday.hlog\n",
    "\n",
    "Exit status:\n",
    "  0  it was read, and nothing at or above --fail-on was found\n",
    "  1  something at or above --fail-on was found\n",
    "  2  it could not be read, or only in part: what was read is still reported, marked incomplete\n",
))]
pub struct TuneWords {
    /// Read these captures; '-' is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Take only frames that match a capture filter in tcpdump syntax [default: all]
    ///
    /// Frames keep the numbers that they have in the whole capture.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,

    /// Lay together histogram logs (.hlog) that tune has written, instead of reading captures
    ///
    /// Tables and recommendation come out as those of a run over all captures, as long as no flow spans two of
    /// them; how many can is said. Entries are means over somewhat longer bins. A hop that is named here needs its
    /// limit among those that the logs were written with.
    #[arg(long, conflicts_with_all = ["filter", "candidates", "keepalives", "slots", "half_open", "half_closed", "group_by"])]
    pub merge: bool,

    /// The question.
    #[command(flatten)]
    pub question: QuestionWords,

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

/// What is asked of the traffic, in words.
#[derive(Args, Debug)]
#[command(next_help_heading = "Question")]
pub struct QuestionWords {
    /// Try these timeouts, separated by commas [default: the limits of all known boxes]
    ///
    /// Those of the hops are tried in any case. At most 100.
    #[arg(long, value_name = "DURATION,…", value_delimiter = ',', value_parser = super::span::longer_than_zero, allow_hyphen_values = true)]
    pub candidates: Vec<Span>,

    /// Try these keepalive times, separated by commas [default: usual ones from 30s to 2h]
    ///
    /// Interval and number of probes are those of --keepalive, or Linux's (75s, 9 probes).
    #[arg(long, value_name = "DURATION,…", value_delimiter = ',', value_parser = super::span::longer_than_zero, allow_hyphen_values = true)]
    pub keepalives: Vec<Span>,

    /// Keep this share of the flows that are used again after 10s of silence
    #[arg(long, value_name = "PERCENT", default_value = "99.9%", value_parser = share, allow_hyphen_values = true)]
    pub keep: f64,

    /// Forget connections whose handshake is not finished after this silence [default: as the timeout]
    #[arg(long, value_name = "DURATION", value_parser = super::span::longer_than_zero, allow_hyphen_values = true)]
    pub half_open: Option<Span>,

    /// Forget connections with one FIN after this silence [default: as the timeout]
    #[arg(long, value_name = "DURATION", value_parser = super::span::longer_than_zero, allow_hyphen_values = true)]
    pub half_closed: Option<Span>,

    /// Lay the distributions of services together by this
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = GroupWord::Service)]
    pub group_by: GroupWord,
}

impl QuestionWords {
    /// Whether there are more timeouts than can be tried at once.
    pub fn too_many(&self) -> bool {
        self.candidates.len() > MOST_CANDIDATES || self.keepalives.len() > MOST_CANDIDATES
    }
}

/// What services are laid together by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum GroupWord {
    /// Address and port of the responder
    Service,
    /// Its port
    Port,
    /// Its network, /24 of IPv4 and /64 of IPv6
    Subnet,
    /// VLAN or tunnel
    Vlan,
}

impl From<GroupWord> for GroupBy {
    fn from(word: GroupWord) -> GroupBy {
        match word {
            GroupWord::Service => GroupBy::Service,
            GroupWord::Port => GroupBy::Port,
            GroupWord::Subnet => GroupBy::Subnet,
            GroupWord::Vlan => GroupBy::Vlan,
        }
    }
}

/// `99.9%` or `99.9`.
fn share(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim_end().parse::<f64>() {
        // Rounded to what was written: a hundredth of a decimal fraction need not be the nearest one.
        Ok(percent) if (50.0..=100.0).contains(&percent) => Ok((percent * 1e7).round() / 1e9),
        _ => Err("write a percentage from 50% to 100%, as in 99.9%".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_with_or_without_its_sign() {
        assert_eq!((share("99.9%"), share("100")), (Ok(0.999), Ok(1.0)));
        for wrong in ["0.999", "101%", "-1", "x", "NaN"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
