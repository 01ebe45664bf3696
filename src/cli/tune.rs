//! `idlescope tune`: captures in, the timeout and the keepalive to set out.

use super::bar::Bar;
use super::deliver::{deliver, deliver_report};
use super::exit;
use super::failure::Failure;
use super::outputs::Outputs;
use super::settings::{self, ReportSettings, SettingsError};
use super::undecoded;
use super::words::TuneWords;
use crate::capture::{Input, OpenOptions, Source};
use crate::findings::Terms;
use crate::live::StopSignals;
use crate::tuning::Plan;
use crate::tuning::interval_log::IntervalLog;
use crate::{pipeline, report};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Runs the command and gives its exit code.
///
/// # Errors
/// [`Failure`] when there is nothing to report.
pub(super) fn run(words: &TuneWords) -> Result<u8, Failure> {
    if words.merge {
        return merge(words);
    }
    let terms = settings::terms(&words.path, &words.report)?;
    let plan = plan(words, &terms)?;
    let inputs = settings::inputs(&words.files)?;
    let files: Vec<_> = inputs.iter().filter_map(settings::file_of).collect();
    let settings = ReportSettings::of(&words.report, &files, &[])?;
    let outputs = Outputs::prepare(settings.outputs.clone())?;
    if inputs.contains(&Input::Stdin) {
        // As in analyze: the end of the pipe brings the report.
        StopSignals::listen(exit::NOT_OR_IN_PART).map_err(Failure::Signals)?;
    }
    let filter = words.filter.clone();
    let source = Source::open(&inputs, &OpenOptions { filter: filter.clone(), ..OpenOptions::default() })?;
    let bar = Bar::watch(source.progress());
    let (analysis, outcome) = pipeline::tune(source, filter, terms, plan, &words.run.options());
    drop(bar);
    undecoded::refuse(&analysis)?;
    let for_people = settings.is_for_people();
    let mut report =
        if for_people { report::assemble_for_people(&analysis) } else { report::assemble(&analysis) };
    report::add_tuning(&mut report, &analysis, &outcome);
    Ok(deliver(&report, &analysis, &settings, &outputs))
}

fn plan(words: &TuneWords, terms: &Terms) -> Result<Plan, SettingsError> {
    let question = &words.question;
    if question.too_many() {
        return Err(SettingsError::TooManyCandidates);
    }
    let mut plan = Plan::new(&terms.path, &question.candidates, &question.keepalives);
    plan.half_open = question.half_open;
    plan.half_closed = question.half_closed;
    plan.slots = (!terms.slots.is_empty()).then(|| terms.slots.clone());
    plan.keep = question.keep;
    plan.group_by = question.group_by.into();
    Ok(plan)
}

fn merge(words: &TuneWords) -> Result<u8, Failure> {
    let terms = settings::terms(&words.path, &words.report)?;
    let settings = ReportSettings::of(&words.report, &words.files, &[])?;
    let outputs = Outputs::prepare(settings.outputs.clone())?;
    let mut whole = IntervalLog::default();
    for file in &words.files {
        let failed =
            |problem: &dyn ToString| Failure::Merge { file: file.clone(), problem: problem.to_string() };
        let text = read_log(file).map_err(|problem| failed(&problem))?;
        let log = IntervalLog::read(&text).map_err(|problem| failed(&problem))?;
        whole.add(&log).map_err(|problem| failed(&problem))?;
    }
    let names = words.files.iter().map(|file| file.display().to_string()).collect();
    let report = report::of_interval_logs(&whole, names, &terms, words.question.keep);
    let report = report.map_err(SettingsError::NotTried)?;
    Ok(exit::code(deliver_report(&report, &settings, &outputs), exit::Found::Nothing))
}

/// A log of a year of hours, with all groups, stays far below.
const LONGEST_LOG: u64 = 256 << 20;

fn read_log(file: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(file)?.take(LONGEST_LOG + 1).read_to_end(&mut text)?;
    match text.len() as u64 > LONGEST_LOG {
        true => Err(io::Error::other(format!(
            "it is longer than {LONGEST_LOG} bytes, so it is no log of histograms"
        ))),
        false => Ok(text),
    }
}
