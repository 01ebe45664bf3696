//! Percentiles of gaps in the text form of HdrHistogram's plotters.
use super::GapHistogram;
use std::io::{self, Write};
/// Writes one histogram.
pub fn write(_histogram: &GapHistogram, _out: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
