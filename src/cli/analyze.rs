//! `idlescope analyze`: captures in, report out.

use super::bar::Bar;
use super::deliver::deliver;
use super::exit;
use super::failure::Failure;
use super::outputs::Outputs;
use super::settings::{self, ReportSettings};
use super::undecoded;
use super::words::AnalyzeWords;
use crate::capture::{Input, Source};
use crate::live::StopSignals;
use crate::{pipeline, report};

/// Runs the command and gives its exit code.
///
/// # Errors
/// [`Failure`] when there is nothing to report.
pub(super) fn run(words: &AnalyzeWords) -> Result<u8, Failure> {
    settings::without_interval_log(&words.report)?;
    if !words.side.is_empty() {
        return super::sides::run(words);
    }
    let terms = settings::terms(&words.path, &words.report)?;
    let captures = words.captures();
    let inputs = settings::inputs(&captures)?;
    let files: Vec<_> = inputs.iter().filter_map(settings::file_of).collect();
    let mut report = ReportSettings::of(&words.report, &files, &[])?;
    report.again = settings::again("idlescope", &captures);
    let outputs = Outputs::prepare(report.outputs.clone())?;
    let signals = StopSignals::listen(exit::NOT_OR_IN_PART).map_err(Failure::Signals)?;
    let filter = words.filter.clone();
    let mut source = Source::open(&inputs, &words.open_options())?;
    // Ctrl-C reaches a whole pipe: it ends whoever writes into it, and with the end of the pipe comes the report.
    if !inputs.contains(&Input::Stdin) {
        source.stop_when(signals.flag());
    }
    let bar = Bar::watch(source.progress());
    let analysis = pipeline::analyze(source, filter, terms, &words.run.options());
    drop(bar);
    undecoded::refuse(&analysis)?;
    let page = if report.is_for_people() {
        report::assemble_for_people(&analysis)
    } else {
        report::assemble(&analysis)
    };
    let code = deliver(&page, &analysis, &report, &outputs);
    // The command ends here: to let go of a thousand flows, sentence by sentence, would be the last thing it does.
    std::mem::forget((page, analysis));
    Ok(code)
}
