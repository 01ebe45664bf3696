//! What the terminal is like. Asked once, before anything is printed.

use super::words::ColorWord;
use crate::report::{Colour, Layout};
use std::io;

/// Lines longer than this are hard to read, whatever the terminal has.
const WIDEST: u16 = 160;

/// Columns of standard output, when it is a terminal.
pub(super) fn terminal_width() -> Option<u16> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0.min(WIDEST))
}

/// Columns to fill: the terminal's, or those of [`Layout`] in a pipe.
pub(super) fn width() -> u16 {
    terminal_width().unwrap_or(Layout::default().width)
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
