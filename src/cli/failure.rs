//! Why a command ended without a result.

use super::advise::ReportError;
use super::outputs::OutputError;
use super::proof::ProofError;
use super::settings::SettingsError;
use super::undecoded::Undecoded;
use crate::advice::UnknownTarget;
use crate::capture::{LiveError, OpenError};
use crate::policy::presets::{NoneMentions, UnknownPreset};
use std::io;
use std::path::PathBuf;

/// Ends a command with [`super::exit::NOT_OR_IN_PART`]. The sentence names the option and what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The words do not go together.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A file to write cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The captures cannot be read.
    #[error("{}{problem}", if matches!(.problem, OpenError::BadFilter { .. }) { "--filter: " } else { "" })]
    Open {
        /// What is wrong.
        #[from]
        problem: OpenError,
    },
    /// Frames that cannot be looked into.
    #[error(transparent)]
    Undecoded(#[from] Undecoded),
    /// The same of one side.
    #[error("--side {side}: {problem}")]
    UndecodedSide {
        /// Name of the side.
        side: String,
        /// What was found.
        problem: Undecoded,
    },
    /// The interface cannot be captured on.
    #[error("{}: {problem}", if matches!(.problem, LiveError::BadFilter { .. }) { "--filter" } else { "--interface" })]
    Live {
        /// What is wrong.
        #[from]
        problem: LiveError,
    },
    /// A histogram log cannot be laid together with others.
    #[error("--merge '{}': {problem}", .file.display())]
    Merge {
        /// As given.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The recording cannot be begun.
    #[error("--write '{}': {problem}; name a file that can be written", .file.display())]
    Record {
        /// As given.
        file: PathBuf,
        /// What the system says.
        #[source]
        problem: io::Error,
    },
    /// Frames cannot be handed over.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Ctrl-C cannot be listened to.
    #[error("cannot listen to signals: {0}")]
    Signals(#[source] io::Error),
    /// No preset has that id.
    #[error(transparent)]
    UnknownPreset(#[from] UnknownPreset),
    /// No preset is about the word.
    #[error(transparent)]
    NoneMentions(#[from] NoneMentions),
    /// A report gives no path.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// There is no advice for it.
    #[error("--for: {0}")]
    UnknownTarget(#[from] UnknownTarget),
    /// Standard output refuses what is written.
    #[error("standard output: {0}")]
    StandardOutput(#[source] io::Error),
    /// The manual pages cannot be written.
    #[error("--dir '{}': {problem}; name a directory that exists and can be written to", .directory.display())]
    Manual {
        /// As given.
        directory: PathBuf,
        /// What the system says.
        #[source]
        problem: io::Error,
    },
}
