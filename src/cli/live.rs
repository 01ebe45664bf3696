//! `idlescope live`: an interface in, expiries as they happen, report at the end.

use super::deliver::deliver;
use super::exit;
use super::failure::Failure;
use super::outputs::Outputs;
use super::settings::{self, ReportSettings, SettingsError};
use super::undecoded;
use super::words::LiveWords;
use super::{page, say};
use crate::capture::{LiveOptions, LiveSource, Promiscuous};
use crate::live::{Onlooker, Recorder, StopSignals, Voice};
use crate::pipeline::{self, Analysis, LiveEnd, Origin};
use crate::report::{self, Format};
use std::path::Path;

/// Runs the command and gives its exit code.
///
/// # Errors
/// [`Failure`] when there is nothing to report.
pub(super) fn run(words: &LiveWords) -> Result<u8, Failure> {
    settings::without_interval_log(&words.report)?;
    let terms = settings::terms(&words.path, &words.report)?;
    if words.write.as_deref() == Some(Path::new("-")) {
        return Err(SettingsError::RecordToStdout.into());
    }
    let recorded: Vec<_> = words.write.iter().cloned().collect();
    let settings = ReportSettings::of(&words.report, &[], &recorded)?;
    let outputs = Outputs::prepare(settings.outputs.clone())?;
    let source = LiveSource::open(&words.interface, &options(words))?;
    undecoded::refuse_interface(source.name(), source.link())?;
    let recorder = recorder(words, &source)?;
    let signals = StopSignals::listen(exit::NOT_OR_IN_PART).map_err(Failure::Signals)?;
    let voice = if settings.format == Format::Ndjson { Voice::Ndjson } else { Voice::Text };
    let mut onlooker = Onlooker::new(source.name(), voice, signals, recorder);
    let filter = words.filter.clone();
    let (analysis, end) =
        pipeline::live(source, filter, terms, &words.run.options(), words.duration, &mut onlooker);
    let (recorder, deaf) = onlooker.leave();

    let mut lost = Vec::new();
    match end {
        LiveEnd::Stopped => {}
        LiveEnd::Gone => lost.push(gone(words, &analysis)),
        LiveEnd::Audience(problem) => lost.push(broken_off(words, &problem)),
    }
    if let Some(problem) = deaf.filter(|error| !page::is_broken_pipe(error)) {
        lost.push(format!("The run was ended because standard output failed: {problem}."));
    }
    if let Some(problem) = recorder.and_then(|recorder| end_recording(recorder, &analysis).err()) {
        lost.push(broken_off(words, &problem));
    }
    let mut report = report::assemble(&analysis);
    report.complete &= lost.is_empty();
    for sentence in lost {
        say::warning(&sentence);
        if !report.capture.cannot_see.contains(&sentence) {
            report.capture.cannot_see.push(sentence);
        }
    }
    Ok(deliver(&report, &analysis, &settings, &outputs))
}

fn options(words: &LiveWords) -> LiveOptions {
    LiveOptions {
        filter: words.filter.clone(),
        snap_len: words.snaplen,
        buffer_bytes: words.buffer.0,
        promiscuous: if words.no_promiscuous { Promiscuous::No } else { Promiscuous::Yes },
    }
}

fn recorder(words: &LiveWords, source: &LiveSource) -> Result<Option<Recorder>, Failure> {
    let Some(file) = &words.write else { return Ok(None) };
    let recorder = Recorder::create(file, source, words.filter.as_deref());
    recorder.map(Some).map_err(|problem| Failure::Record { file: file.clone(), problem })
}

fn end_recording(recorder: Recorder, analysis: &Analysis) -> std::io::Result<()> {
    match &analysis.origin {
        Origin::Interface { stats, .. } => recorder.finish(stats, analysis.end_at),
        // A live run has no files.
        Origin::Files(_) => Ok(()),
    }
}

fn gone(words: &LiveWords, analysis: &Analysis) -> String {
    let reason = match &analysis.origin {
        Origin::Interface { gone: Some(reason), .. } => reason.as_str(),
        _ => "it is gone",
    };
    format!("Capturing on {} ended before it was told to: {reason}.", words.interface)
}

fn broken_off(words: &LiveWords, problem: &std::io::Error) -> String {
    let file = words.write.as_deref().unwrap_or(Path::new("-"));
    format!("The recording --write '{}' broke off: {problem}.", file.display())
}
