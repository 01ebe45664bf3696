//! A report goes to its files and to standard output, and becomes an exit code.

use super::exit::{self, Done, Found};
use super::failure::Failure;
use super::outputs::Outputs;
use super::settings::{Extent, ReportSettings};
use super::{page, pager, say};
use crate::pipeline::{Analysis, Origin, Run};
use crate::report::{self, Format, Report, text};
use std::io::Write;

/// Writes `report` everywhere, files first: a pager on standard output may wait for its user. Says on
/// standard error what is missing, and gives the exit code.
pub(super) fn deliver(
    report: &Report,
    analysis: &Analysis,
    settings: &ReportSettings,
    outputs: &Outputs,
) -> u8 {
    warn_of_damage(analysis);
    let done = deliver_report(report, settings, outputs);
    let counts = |severity| analysis.judgement.totals.at_or_above(severity) > 0;
    let found = if settings.threshold.is_some_and(counts) { Found::Something } else { Found::Nothing };
    exit::code(done, found)
}

/// Says on standard error which files could be read in part only.
pub(super) fn warn_of_damage<J>(analysis: &Run<J>) {
    if let Origin::Files(capture) = &analysis.origin {
        for damage in capture.files.iter().filter_map(|file| file.damage.as_ref()) {
            say::warning(&damage.to_string());
        }
    }
}

/// Writes `report` everywhere, and says whether all of it was written and all of the input read.
pub(super) fn deliver_report(report: &Report, settings: &ReportSettings, outputs: &Outputs) -> Done {
    let mut done = if report.complete { Done::Entirely } else { Done::InPart };
    for error in outputs.write(report) {
        done = Done::InPart;
        say::error(&error);
    }
    let printed = print(report, settings);
    if let Err(failure) = printed {
        done = Done::InPart;
        say::error(&failure);
    }
    done
}

/// Prints the report on standard output, as much of it as is asked for.
fn print(report: &Report, settings: &ReportSettings) -> Result<(), Failure> {
    let whole = |out: &mut dyn Write| report::write(report, settings.format, settings.layout, out);
    // What tune says has its own first lines.
    match (settings.format, settings.extent) {
        (Format::Text, Extent::Verdict) => {
            page::print(|out| text::write_verdict(report, settings.layout, out))
        }
        (Format::Text, Extent::Screen) if report.tuning.is_none() => {
            let more = text::More { again: settings.again.clone() };
            page::print(|out| text::write_first_screen(report, &more, settings.layout, out))
        }
        (Format::Text, Extent::Screen | Extent::Whole) => pager::print(whole),
        _ => page::print(whole),
    }
}
