//! Schema, completions and manual pages: made from the program, so that they cannot lag behind it.

use super::advise;
use super::failure::Failure;
use super::page;
use super::path_check;
use super::words::{CompletionsWords, ManWords, SchemaWord, SchemaWords, Words};
use crate::report;
use clap::CommandFactory;

/// Prints the JSON Schema of a document.
///
/// # Errors
/// [`Failure::StandardOutput`].
pub(super) fn schema(words: &SchemaWords) -> Result<(), Failure> {
    let schema = match words.document {
        SchemaWord::Report => report::schema(),
        SchemaWord::Advice => advise::schema(),
        SchemaWord::Path => path_check::schema(),
        SchemaWord::Explain => crate::report::explain::schema(),
    };
    page::print(|out| {
        serde_json::to_writer_pretty(&mut *out, &schema)?;
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
    match &words.dir {
        Some(directory) => clap_mangen::generate_to(Words::command(), directory)
            .map_err(|problem| Failure::Manual { directory: directory.clone(), problem }),
        None => page::print(|mut out| {
            // As the pages of all commands: there is none for "help".
            let command = Words::command().disable_help_subcommand(true);
            clap_mangen::Man::new(command).render(&mut out)
        }),
    }
}
