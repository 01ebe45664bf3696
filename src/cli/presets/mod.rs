//! `idlescope presets`: the catalogue, each value with its source and how far it can be trusted.

mod card;
mod document;
mod table;
mod trust;

use super::failure::Failure;
use super::page;
use super::settings;
use super::words::{PresetsCommand, PresetsFormat, PresetsWords};
use crate::policy::presets::{self, Preset};
use crate::report::{Colour, Layout};
use anstyle::Style;

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the id is unknown or nothing can be printed.
pub(super) fn run(words: &PresetsWords) -> Result<(), Failure> {
    let layout = settings::layout(words.color);
    let word = match &words.command {
        Some(PresetsCommand::Show { id }) => {
            let preset = presets::find(id)?;
            return page::print(|out| match words.format {
                PresetsFormat::Text => card::write(&preset, layout, out),
                PresetsFormat::Json => document::write_one(&preset, out),
            });
        }
        Some(PresetsCommand::List { word }) => word.as_deref().unwrap_or_default(),
        None => "",
    };
    let wanted = |preset: Preset| word.is_empty() || preset.mentions(word);
    if !Preset::all().any(wanted) {
        return Err(presets::none_mentions(word).into());
    }
    page::print(|out| match words.format {
        PresetsFormat::Text => table::write(wanted, layout, out),
        PresetsFormat::Json => document::write_all(wanted, out),
    })
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
