//! What the terminal is like. Asked once, before anything is printed.

use super::words::ColorWord;
use crate::report::{Colour, Layout};
use std::io::{self, IsTerminal};

/// Lines longer than this are hard to read, whatever the terminal has.
const WIDEST: u16 = 160;

/// A terminal that claims to be narrower gets the usual width.
const LEAST: u16 = 40;

/// Columns of standard output, when it is a terminal.
pub(super) fn terminal_width() -> Option<u16> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0.min(WIDEST))
}

/// Whether standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Columns to fill: those of `COLUMNS` where that is exported, else the terminal's, or those of [`Layout`] in a pipe.
pub(super) fn width() -> u16 {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.filter(|columns| (LEAST..=WIDEST).contains(columns))
        .or_else(terminal_width)
        .unwrap_or(Layout::default().width)
}

/// Whether text on standard output is coloured. `auto` follows the terminal, `NO_COLOR`, `CLICOLOR`,
/// `CLICOLOR_FORCE` and `TERM=dumb`.
pub(super) fn colour(word: ColorWord) -> Colour {
    match word {
        ColorWord::Always => Colour::Always,
        ColorWord::Never => Colour::Never,
        ColorWord::Auto => match anstream::AutoStream::choice(&io::stdout()) {
            anstream::ColorChoice::Never => Colour::Never,
            _ => Colour::Always,
        },
    }
}
