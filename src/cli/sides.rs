//! `idlescope analyze --side NAME=FILE --side NAME=FILE`: the same traffic on both sides of a box.

use super::bar::Bar;
use super::deliver::{deliver, warn_of_damage};
use super::exit;
use super::failure::Failure;
use super::outputs::Outputs;
use super::settings::{self, ReportSettings, SettingsError};
use super::undecoded;
use super::words::{AnalyzeWords, SideWord};
use crate::capture::{Input, OpenOptions, Source};
use crate::findings::FarFact;
use crate::live::StopSignals;
use crate::pipeline::{self, Analysis, Unjudged};
use crate::sides::{Between, Side, compare, facts};
use crate::{report, sides};
use std::path::PathBuf;

/// Runs the command and gives its exit code.
///
/// # Errors
/// [`Failure`] when there is nothing to report.
pub(super) fn run(words: &AnalyzeWords) -> Result<u8, Failure> {
    let named = by_name(&words.side);
    if named.len() < 2 {
        return Err(SettingsError::OneSide.into());
    }
    let files: Vec<PathBuf> = words.side.iter().map(|side| side.file.clone()).collect();
    if let Some(file) =
        files.iter().find(|file| std::fs::metadata(file).is_ok_and(|it| !it.is_file() && !it.is_dir()))
    {
        return Err(SettingsError::SideIsPassing { file: file.clone() }.into());
    }
    let settings = ReportSettings::of(&words.report, &files, &[])?;
    let outputs = Outputs::prepare(settings.outputs.clone())?;
    let signals = StopSignals::listen(exit::NOT_OR_IN_PART).map_err(Failure::Signals)?;
    let options = words.open_options();
    let mut runs = Vec::new();
    for (side, inputs) in &named {
        let terms = settings::terms(&words.path, &words.report)?;
        let mut source = Source::open(inputs, &options)?;
        source.stop_when(signals.flag());
        let bar = Bar::watch(source.progress());
        let run = pipeline::measure(source, words.filter.clone(), terms, &words.run.options());
        drop(bar);
        undecoded::refuse(&run)
            .map_err(|problem| Failure::UndecodedSide { side: (*side).to_owned(), problem })?;
        runs.push(run);
    }
    let between = laid_together(&named, &options, &runs)?;
    let judge = |(place, run): (usize, Unjudged)| {
        let first = between.get(place).map(|between| facts(between, 0, &run));
        let second = place.checked_sub(1).and_then(|place| Some(facts(between.get(place)?, 1, &run)));
        let facts: Vec<FarFact> = [first, second].into_iter().flatten().flatten().collect();
        run.judge(&facts)
    };
    let analyses: Vec<Analysis> = runs.into_iter().enumerate().map(judge).collect();
    let names: Vec<(&str, &Analysis)> = named.iter().map(|(name, _)| *name).zip(&analyses).collect();
    let report = report::assemble_sides(&names, &between);
    let found = between.iter().any(sides::Between::accuses);
    let threshold = settings.threshold;
    analyses[1..].iter().for_each(warn_of_damage);
    let mut code = deliver(&report, &analyses[0], &settings, &outputs);
    let others = |severity| analyses[1..].iter().any(|it| it.judgement.totals.at_or_above(severity) > 0);
    if code == exit::NOTHING_FOUND && threshold.is_some_and(|severity| found || others(severity)) {
        code = exit::SOMETHING_FOUND;
    }
    Ok(code)
}

fn laid_together(
    named: &[(&str, Vec<Input>)],
    options: &OpenOptions,
    runs: &[Unjudged],
) -> Result<Vec<Between>, Failure> {
    let sides: Vec<Side<'_>> = named
        .iter()
        .zip(runs)
        .map(|((name, inputs), analysis)| Side { name, inputs, options, analysis })
        .collect();
    sides.windows(2).map(|pair| Ok(compare([&pair[0], &pair[1]])?)).collect()
}

/// Files by the name of their side, in the order in which the names come first.
fn by_name(words: &[SideWord]) -> Vec<(&str, Vec<Input>)> {
    let mut named: Vec<(&str, Vec<Input>)> = Vec::new();
    for SideWord { name, file } in words {
        match named.iter_mut().find(|(known, _)| known == name) {
            Some((_, files)) => files.push(Input::File(file.clone())),
            None => named.push((name, vec![Input::File(file.clone())])),
        }
    }
    named
}
