//! Schema, completions and manual pages: made from the program, so that they cannot lag behind it.

use super::advise;
use super::failure::Failure;
use super::manual_page;
use super::page;
use super::path_check;
use super::words::{CompletionsWords, ManWords, SchemaWord, SchemaWords, Words};
use crate::report;
use crate::report::json_text::{self, Spacing};
use clap::{Command, CommandFactory};
use std::io;
use std::path::Path;

/// Prints the JSON Schema of a document.
///
/// # Errors
/// [`Failure::StandardOutput`].
pub(super) fn schema(words: &SchemaWords) -> Result<(), Failure> {
    let schema = match words.document {
        SchemaWord::Report => report::schema(),
        SchemaWord::Lines => report::schema_of_lines(),
        SchemaWord::Advice => advise::schema(),
        SchemaWord::Path => path_check::schema(),
        SchemaWord::Explain => crate::report::explain::schema(),
    };
    page::print(|out| {
        json_text::write(&schema, Spacing::Pretty, out)?;
        out.write_all(b"\n")
    })
}

/// Prints completions.
///
/// # Errors
/// [`Failure::StandardOutput`].
pub(super) fn completions(words: &CompletionsWords) -> Result<(), Failure> {
    // Gathered first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(words.shell, &mut Words::command(), "idlescope", &mut script);
    page::print(|out| out.write_all(&script))
}

/// Prints the page of the program, or writes those of all commands.
///
/// # Errors
/// [`Failure`] when they cannot be written.
pub(super) fn man(words: &ManWords) -> Result<(), Failure> {
    // As the pages of all commands: there is none for "help".
    let mut program = Words::command().disable_help_subcommand(true);
    program.build();
    match &words.dir {
        Some(directory) => write_pages(&program, directory)
            .map_err(|problem| Failure::Manual { directory: directory.clone(), problem }),
        None => page::print(|out| manual_page::write(&program, out)),
    }
}

fn write_pages(command: &Command, directory: &Path) -> io::Result<()> {
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        write_pages(inner, directory)?;
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let mut page = Vec::new();
    manual_page::write(command, &mut page)?;
    std::fs::write(directory.join(format!("{name}.1")), page)
}
