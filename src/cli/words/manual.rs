//! `idlescope schema`, `idlescope completions` and `idlescope man`.

use clap::{Args, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// What `idlescope schema` is told.
#[derive(Args, Debug)]
pub struct SchemaWords {
    /// Print that of this document
    #[arg(value_name = "DOCUMENT", value_enum, default_value_t = SchemaWord::Report)]
    pub document: SchemaWord,
}

/// A document that has a schema.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum SchemaWord {
    /// What analyze, tune and live write
    Report,
    /// A line of what they write with --format ndjson
    Lines,
    /// What advise writes
    Advice,
    /// What path check writes
    Path,
    /// What explain writes
    Explain,
}

/// What `idlescope completions` is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  idlescope completions bash > ~/.local/share/bash-completion/completions/idlescope\n",
    "  idlescope completions zsh > ~/.zfunc/_idlescope\n",
))]
pub struct CompletionsWords {
    /// Print those of this shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

/// What `idlescope man` is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  idlescope man | man -l -\n",
    "  idlescope man --dir /usr/local/share/man/man1\n",
))]
pub struct ManWords {
    /// Write the pages of all commands into this directory, which must exist
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
