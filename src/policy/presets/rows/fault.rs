//! What can be wrong with a preset file.

use std::path::PathBuf;

use super::super::{did_you_mean, domain_rule};
use crate::policy::spec::SpecError;

/// Longest preset file that is read, in bytes: the whole catalogue takes a tenth of it, and a capture given by
/// mistake must not fill the memory.
pub(super) const LONGEST_FILE: u64 = 4 << 20;

/// A preset file that cannot be used. The message begins with `file:line:column: `.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {fault}", .file.display(), place(.fault))]
pub struct PresetFileError {
    /// The file, as it was named.
    pub file: PathBuf,
    /// What is wrong with it.
    pub fault: Box<PresetFileFault>,
}

/// What is wrong with a preset file. Lines and columns count from 1, columns in characters.
#[derive(Debug, thiserror::Error)]
pub enum PresetFileFault {
    /// The file cannot be read.
    #[error("cannot be read: {0}; check the name and its permissions")]
    Unreadable(#[source] std::io::Error),
    /// The file is too long to hold presets.
    #[error(
        "is longer than {LONGEST_FILE} bytes, so it is no preset file; captures are given without --presets"
    )]
    TooLong,
    /// The file is not text.
    #[error(
        "the byte 0x{byte:02x} is not UTF-8; save the file as UTF-8 (captures are given without --presets)"
    )]
    NotUtf8 {
        /// Line of the byte.
        line: usize,
        /// Column of the byte.
        column: usize,
        /// The byte.
        byte: u8,
    },
    /// The text is not TOML.
    #[error(
        "not TOML: {problem}, in '{excerpt}'; a row is [[box]] with settings such as idle = \"1h\" below it"
    )]
    Syntax {
        /// Line of the mistake.
        line: usize,
        /// Column of the mistake.
        column: usize,
        /// What the TOML parser says.
        problem: String,
        /// The line, cut when it is long.
        excerpt: String,
    },
    /// The TOML does not describe presets.
    #[error("{problem}")]
    Content {
        /// Line of the word at fault.
        line: usize,
        /// Column of the word at fault.
        column: usize,
        /// What is wrong with it.
        problem: RowFault,
    },
}

/// `:line:column`, for faults that have a place.
fn place(fault: &PresetFileFault) -> String {
    match fault {
        PresetFileFault::Unreadable(_) | PresetFileFault::TooLong => String::new(),
        PresetFileFault::NotUtf8 { line, column, .. }
        | PresetFileFault::Syntax { line, column, .. }
        | PresetFileFault::Content { line, column, .. } => format!(":{line}:{column}"),
    }
}

/// What is wrong with the content of a preset file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RowFault {
    /// A duration or word that cannot be used, as on the command line.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// There are no rows.
    #[error("the file has no preset; add [[box]], [[endpoint]] or [[service]] with id and product")]
    NoRow,
    /// A key at the top of the file that means nothing.
    #[error("there is no '{key}' at the top of a preset file{}; it has [[box]], [[endpoint]] and [[service]]",
        did_you_mean(.nearest))]
    UnknownTop {
        /// The key.
        key: String,
        /// Keys that look like it.
        nearest: Vec<&'static str>,
    },
    /// A key that the table does not have.
    #[error("there is no '{key}' in {within}{}; it takes {}", did_you_mean(.nearest), .known.join(", "))]
    UnknownKey {
        /// What the table describes.
        within: &'static str,
        /// The key.
        key: String,
        /// Keys that look like it.
        nearest: Vec<&'static str>,
        /// Every key.
        known: &'static [&'static str],
    },
    /// A key that the table must have.
    #[error("{within} has no {key}; write {key} = {example}")]
    Missing {
        /// What the table describes.
        within: &'static str,
        /// The key.
        key: &'static str,
        /// A value that it could have.
        example: &'static str,
    },
    /// A value has the wrong type of TOML.
    #[error("{key} is {found}; write {instead}")]
    WrongType {
        /// The key.
        key: String,
        /// What the file has.
        found: String,
        /// What to write.
        instead: String,
    },
    /// A text without letters.
    #[error("{key} is empty; say it in words, or leave {key} out")]
    Empty {
        /// The key.
        key: &'static str,
    },
    /// An id or alias that cannot be one.
    #[error(
        "'{id}' cannot be an id; it begins with a lower-case letter, has only lower-case letters, digits and \
        hyphens, at most 64, and is not never, on or off"
    )]
    NotAnId {
        /// What was given.
        id: String,
    },
    /// An id or alias that a row of the same file has.
    #[error(
        "'{id}' stands twice in this file, the first time in line {first}; keep one, or choose another id"
    )]
    Repeated {
        /// The id or alias.
        id: String,
        /// Line of the first row with it.
        first: usize,
    },
    /// An alias that leads elsewhere already.
    #[error("'{alias}' leads to '{owner}' already; choose another alias")]
    AliasTaken {
        /// The alias.
        alias: String,
        /// Id of the other row.
        owner: &'static str,
    },
    /// The row would take the place of one of another kind.
    #[error("'{id}' is {kind} already, and only a row of its own kind can replace it; choose another id")]
    OtherKind {
        /// The id.
        id: String,
        /// What the known row is.
        kind: &'static str,
    },
    /// A range whose ends are the wrong way round.
    #[error("{key} goes from {low} to {high}, which is downwards; exchange the two")]
    Downwards {
        /// The key.
        key: &'static str,
        /// The first value.
        low: String,
        /// The last value.
        high: String,
    },
    /// A default that could not be set.
    #[error("idle is {idle}, but settable says {min} to {max}; put one right")]
    DefaultOutOfRange {
        /// The default.
        idle: String,
        /// The least value that can be set.
        min: String,
        /// The greatest.
        max: String,
    },
    /// A row that was verified, but not where.
    #[error(
        "verified is {verified}, but no source is named; add sources = [{{ title = \"…\" }}], or say unverified"
    )]
    NoSource {
        /// How far it was verified.
        verified: &'static str,
    },
    /// No domain rule has that number.
    #[error("there is no domain rule {number}; they count from 1 to {}", last_rule())]
    UnknownRule {
        /// The number.
        number: String,
    },
    /// No TCP port.
    #[error("'{port}' is no TCP port; write whole numbers from 1 to 65535, ports = [389, 636]")]
    NotAPort {
        /// What was given.
        port: String,
    },
    /// No day.
    #[error("'{day}' is no day; write it as year, month and day, read = \"2026-12-01\"")]
    NotADay {
        /// What was given.
        day: String,
    },
    /// No address of a page.
    #[error("'{address}' is no address; it begins with https:// or http:// and has no spaces")]
    NotAnAddress {
        /// What was given.
        address: String,
    },
}

/// Rules count from 1 without a hole, which their tests hold.
fn last_rule() -> usize {
    (1..=u8::MAX).take_while(|number| domain_rule(*number).is_some()).count()
}
