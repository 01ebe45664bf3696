//! The command line as it is typed. Reading it does no work and opens no file: what the words mean
//! together is settled in `settings`.
//!
//! A new option is a field here, its meaning there, and a line in the help snapshot.

mod advise;
mod analyze;
mod explain;
mod guess;
mod keepalive;
mod live;
mod manual;
mod output;
mod path;
mod presets;
mod proof;
mod report;
mod run;
mod side;
mod size;
mod suggest;
mod span;
mod tune;

pub use advise::{ALL as ALL_TARGETS, AdviseFormat, AdviseWords};
pub use analyze::AnalyzeWords;
pub use explain::{ExplainFormat, ExplainWords};
pub use guess::{StandardInput, meant};
pub use keepalive::KeepaliveWord;
pub use live::LiveWords;
pub use manual::{CompletionsWords, ManWords, SchemaWord, SchemaWords};
pub use output::OutputWord;
pub use path::{PathCheckFormat, PathCheckWords, PathCommand, PathWords};
pub use presets::{PresetsCommand, PresetsFormat, PresetsWords};
pub use proof::{AnnotateWords, ExtractWords, PairWord};
pub use report::{ColorWord, FailOn, FlowsWord, ReportWords};
pub use run::RunWords;
pub use side::SideWord;
pub use size::ByteSize;
pub use tune::{GroupWord, QuestionWords, TuneWords};

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::sync::LazyLock;

/// Say which TCP flows a middlebox's idle timeout would cut, and what to set instead
///
/// Reads TCP from captures or a running interface, follows the silences and keepalive probes of every
/// flow, and says which flows the boxes on the path would have cut, which are saved by keepalive and which
/// are left behind, each with the frames that prove it.
#[derive(Parser, Debug)]
#[command(
    name = "idlescope",
    bin_name = "idlescope",
    version,
    long_version = LONG_VERSION.as_str(),
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_long_help = concat!(
        "Examples:\n",
        "  Are idle Exchange sessions cut on the way through three boxes?\n",
        "    idlescope analyze case.pcapng --hop firewall=1h --hop mdm=50m --hop lb=40m --keepalive 30m\n",
        "  Which sockets would ISA Server hold for clients that lost their network?\n",
        "    idlescope analyze clients.pcap --hop ms-isa-nat --keepalive windows-legacy\n",
        "  Which known boxes would cut something? (no hop given: all known limits are tried)\n",
        "    idlescope analyze case.pcapng\n",
    ),
)]
pub struct Words {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Version, commit, what is built in, and the libpcap that is there.
static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    let commit = option_env!("IDLESCOPE_COMMIT").filter(|commit| !commit.is_empty()).unwrap_or("unknown");
    format!(
        "{}\ncommit {commit}\nreads: pcap, pcapng; gzip, zstd, lz4\nlive: {}",
        env!("CARGO_PKG_VERSION"),
        crate::capture::libpcap_version()
    )
});

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Analyse captures: which flows would be cut, saved by keepalive, left behind
    ///
    /// Reads pcap and pcapng, packed with gzip, zstd or lz4 or not. Several files are one capture in time order,
    /// given in any order. The report goes to standard output, everything else to standard error.
    Analyze(Box<AnalyzeWords>),
    /// Choose a timeout and a keepalive from real traffic, with the price of each
    ///
    /// Shows how long the silences of the traffic are, what each timeout would cut and hold, what each keepalive
    /// time would save and cost, and names what to set, or says why the capture cannot tell.
    Tune(Box<TuneWords>),
    /// Write a capture with comments on the frames that prove what analyze reports
    ///
    /// Analyses and reports as analyze does, and writes all frames as pcapng with comments, which Wireshark shows:
    /// where silences begin and end, when timers run out, probes, resets, and the evidence of each finding.
    Annotate(Box<AnnotateWords>),
    /// Write only the frames of flows with findings, with comments
    ///
    /// Analyses and reports as analyze does, and writes the frames of some flows as pcapng: those with findings,
    /// one flow, or all between two ends; with the comments of annotate, and ICMP errors that quote these flows.
    Extract(Box<ExtractWords>),
    /// Explain one flow: what happened when, each possible cause with its evidence, and what would settle it
    ///
    /// Its timeline around the break, with frames; what speaks for and against each cause; what other flows of its
    /// hosts did meanwhile.
    Explain(Box<ExplainWords>),
    /// Analyse a running interface, and tell expiries as they happen
    ///
    /// Ends on Ctrl-C, SIGTERM or --duration with the same report as analyze. Until then each expiry of a hop's
    /// timer is told when it happens, without waiting for a packet: on standard error, or with --format ndjson
    /// as lines of type announcement on standard output. Needs root or CAP_NET_RAW.
    Live(Box<LiveWords>),
    /// Work on a path without a capture
    #[command(subcommand)]
    Path(PathCommand),
    /// Show the catalogue of known boxes, endpoints and services, each value with its source
    ///
    /// Without a command: list.
    Presets(PresetsWords),
    /// Print settings to paste for a path: systems, proxies, clouds, databases, languages
    ///
    /// Keepalive below every box that counts packets, a heartbeat for those that count payload only, timeouts that
    /// grow from the server outward; each setting in the target's own words and units, with how to apply and check
    /// it, and its source. Nothing is changed on this computer.
    Advise(AdviseWords),
    /// Print the JSON Schema of the report, or of advice
    ///
    /// The document that --format json writes is valid against it.
    Schema(SchemaWords),
    /// Print completions for a shell
    Completions(CompletionsWords),
    /// Print the manual page, or write those of all commands
    Man(ManWords),
}

impl Command {
    /// The preset files that it is given.
    pub fn preset_files(&self) -> &[PathBuf] {
        match self {
            Command::Analyze(words) => &words.path.presets,
            Command::Tune(words) => &words.path.presets,
            Command::Annotate(words) => &words.analyze.path.presets,
            Command::Extract(words) => &words.analyze.path.presets,
            Command::Explain(words) => &words.path.presets,
            Command::Live(words) => &words.path.presets,
            Command::Path(PathCommand::Check(words)) => &words.presets,
            Command::Presets(words) => &words.presets,
            Command::Advise(words) => &words.presets,
            Command::Schema(_) | Command::Completions(_) | Command::Man(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn no_two_options_collide_and_every_default_can_be_read() {
        Words::command().debug_assert();
    }

    #[test]
    fn every_first_line_of_help_is_imperative_without_a_period() {
        fn check(command: &clap::Command) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && !about.ends_with('.'), "{}: '{about}'", command.get_name());
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty() && !help.ends_with('.'), "{}: '{help}'", argument.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        let mut command = Words::command();
        command.build();
        check(&command);
    }
}
