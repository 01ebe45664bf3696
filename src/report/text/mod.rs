//! The report for a person.
use super::Report;
use std::io::{self, Write};

/// Whether escape sequences for colour may be written; decided once, by the caller.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Colour {
    /// Yes.
    Always,
    /// No.
    #[default]
    Never,
}

/// How the text page is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Columns to fill: the terminal's width, 100 in a pipe.
    pub width: u16,
    /// Whether there are colours.
    pub colour: Colour,
    /// Most affected flows that are shown in full; the rest is counted.
    pub flows_shown: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Layout { width: 100, colour: Colour::Never, flows_shown: 20 }
    }
}

/// Writes the page.
pub fn write(_report: &Report, _layout: Layout, _out: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
