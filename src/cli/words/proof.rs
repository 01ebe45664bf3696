//! `idlescope annotate` and `idlescope extract`.

use super::AnalyzeWords;
use crate::proof::{EndPattern, ParsePatternError};
use clap::Args;
use std::path::PathBuf;
use std::str::FromStr;

/// What `idlescope annotate` is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  The capture, with comments on the frames that prove what a firewall does:\n",
    "    idlescope annotate case.pcapng --hop firewall=1h -w annotated.pcapng\n",
    "  The frames with comments, in Wireshark's words:\n",
    "    tshark -r annotated.pcapng -Y frame.comment -T fields -e frame.number -e frame.comment\n",
    "\n",
    "Exit status: as that of 'idlescope analyze'; 2 also when the file could not be written.\n",
))]
pub struct AnnotateWords {
    /// Write the annotated capture to this file (pcapng)
    ///
    /// It is complete or not there: it is replaced at the end in one step. Inputs are read twice, so none may be a
    /// pipe.
    #[arg(short, long, value_name = "FILE")]
    pub write: PathBuf,

    /// The analysis.
    #[command(flatten)]
    pub analyze: AnalyzeWords,
}

/// What `idlescope extract` is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  Only the flows with findings:\n",
    "    idlescope extract case.pcapng --hop firewall=1h -w findings.pcapng\n",
    "  One flow, by its number in the report (tcp.stream), and all between two ends:\n",
    "    idlescope extract case.pcapng --flow 17 -w flow-17.pcapng\n",
    "    idlescope extract case.pcapng --between 10.0.0.1,10.0.0.2:443 -w pair.pcapng\n",
    "\n",
    "Exit status: as that of 'idlescope analyze'; 2 also when the file could not be written.\n",
))]
pub struct ExtractWords {
    /// Write the frames to this file (pcapng)
    ///
    /// It is complete or not there: it is replaced at the end in one step. Inputs are read twice, so none may be a
    /// pipe. Frames are numbered anew; their original number is their packet id (frame.packet_id in Wireshark), and
    /// stands in the comments.
    #[arg(short, long, value_name = "FILE")]
    pub write: PathBuf,

    /// Take the flow with this number (repeatable) [default: those with findings]
    ///
    /// Numbers are those of the report, which are tcp.stream in Wireshark.
    #[arg(long, value_name = "ID")]
    pub flow: Vec<u64>,

    /// Take all flows between two ends (repeatable)
    ///
    /// An end is an address with or without a port, as in 10.0.0.1,10.0.0.2:443 or ::1,[2001:db8::1]:443.
    // The brackets of an address are no link, and help prints them as they stand.
    #[allow(rustdoc::broken_intra_doc_links)]
    #[arg(long, value_name = "END,END")]
    pub between: Vec<PairWord>,

    /// The analysis.
    #[command(flatten)]
    pub analyze: AnalyzeWords,
}

/// Two ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PairWord(pub [EndPattern; 2]);

/// Not two ends.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParsePairError {
    /// There is no comma.
    #[error("it names one end; write END,END, as in 10.0.0.1,10.0.0.2:443")]
    One,
    /// One of them is none.
    #[error(transparent)]
    End(#[from] ParsePatternError),
}

impl FromStr for PairWord {
    type Err = ParsePairError;

    fn from_str(text: &str) -> Result<Self, ParsePairError> {
        let (a, b) = text.split_once(',').ok_or(ParsePairError::One)?;
        Ok(PairWord([a.trim().parse()?, b.trim().parse()?]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_read_with_and_without_port_in_both_families() {
        for text in ["10.0.0.1,10.0.0.2:443", "::1,[2001:db8::1]:443", "10.0.0.1:1, 10.0.0.2"] {
            assert!(text.parse::<PairWord>().is_ok(), "{text}");
        }
    }

    #[test]
    fn each_mistake_has_its_message() {
        for (text, says) in [("10.0.0.1", "one end"), ("10.0.0.1,host:443", "'host:443'"), (",", "''")] {
            let error = text.parse::<PairWord>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
