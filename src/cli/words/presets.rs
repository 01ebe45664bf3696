//! `idlescope presets`.

use super::report::ColorWord;
use super::suggest;
use clap::builder::StringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What `idlescope presets` is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
    "Examples:\n",
    "  idlescope presets\n",
    "  idlescope presets show ms-isa-nat\n",
    "  idlescope presets list azure\n",
    "  idlescope presets list 5432\n",
    "  idlescope presets list --format json | jq '.presets[] | select(.established_s == 350) | .id'\n",
))]
pub struct PresetsWords {
    /// What to show.
    #[command(subcommand)]
    pub command: Option<PresetsCommand>,

    /// Add own presets from a file (TOML), or replace known ones (repeatable)
    ///
    /// Its tables box, endpoint and service have id, product and settings, as README.md shows them. A row
    /// with a known id takes its place.
    #[arg(long, value_name = "FILE", global = true)]
    pub presets: Vec<PathBuf>,

    /// Choose the format
    #[arg(long, value_name = "FORMAT", value_enum, global = true, default_value_t = PresetsFormat::Text)]
    pub format: PresetsFormat,

    /// Colour the text; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, global = true, default_value_t = ColorWord::Auto)]
    pub color: ColorWord,
}

/// What to show of the catalogue.
#[derive(Subcommand, Debug)]
pub enum PresetsCommand {
    /// List all presets by group, or those that a word is about
    List {
        /// List only presets with this word in id, alias, product or source, or with this server port
        #[arg(value_name = "WORD")]
        word: Option<String>,
    },
    /// Show one preset with sources, what is inferred, and what its reader should know
    Show {
        /// Show the preset of this id, as 'presets list' has it
        #[arg(value_name = "ID", value_parser = suggest::presets(StringValueParser::new()), hide_possible_values = true)]
        id: String,
    },
}

/// How the catalogue is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum PresetsFormat {
    /// For a person
    Text,
    /// One document
    Json,
}
