//! The histograms as an interval log of HdrHistogram; only of `idlescope tune`. Its tags are those of
//! [`crate::tuning::interval_log`].

use super::Report;
use std::io::{self, Write};

/// Writes the log.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.interval_log.write(out)
}
