//! `idlescope presets`: the catalogue, each value with its source and how far it can be trusted.

mod card;
mod document;
mod table;

use super::failure::Failure;
use super::page;
use super::settings;
use super::words::{PresetsCommand, PresetsFormat, PresetsWords};
use crate::policy::presets;
use crate::report::{Colour, Layout};
use anstyle::Style;

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the id is unknown or nothing can be printed.
pub(super) fn run(words: &PresetsWords) -> Result<(), Failure> {
    let layout = settings::layout(words.color);
    match (&words.command, words.format) {
        (None | Some(PresetsCommand::List), PresetsFormat::Text) => {
            page::print(|out| table::write(layout, out))
        }
        (None | Some(PresetsCommand::List), PresetsFormat::Json) => page::print(document::write_all),
        (Some(PresetsCommand::Show { id }), format) => {
            let preset = presets::find(id)?;
            page::print(|out| match format {
                PresetsFormat::Text => card::write(&preset, layout, out),
                PresetsFormat::Json => document::write_one(&preset, out),
            })
        }
    }
}

/// `text` as a heading.
fn heading(text: &str, layout: Layout) -> String {
    match layout.colour {
        Colour::Always => {
            let bold = Style::new().bold();
            format!("{}{text}{}", bold.render(), bold.render_reset())
        }
        Colour::Never => text.to_owned(),
    }
}
