//! `idlescope annotate` and `idlescope extract`: captures in, report and pcapng out.

use super::bar::Bar;
use super::deliver::deliver;
use super::exit;
use super::failure::Failure;
use super::outputs::{self, Outputs};
use super::say;
use super::settings::{self, NoSuchFlow, ReportSettings, SettingsError};
use super::undecoded;
use super::words::{AnalyzeWords, AnnotateWords, ExtractWords};
use crate::capture::{CaptureSummary, Input, OpenError, Source};
use crate::live::StopSignals;
use crate::pipeline::{self, Analysis, Origin};
use crate::proof::{self, Copied, CopyError, Notes, Selection, Wanted};
use crate::report;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Frames to hand over cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProofError {
    /// An input that is gone once it was read.
    #[error(
        "{} cannot be read twice, which this command does; write it to a file first (cat > capture.pcapng) and name that",
        match .0 { Input::Stdin => "standard input".to_owned(), Input::File(file) => format!("'{}'", file.display()) }
    )]
    Passing(Input),
    /// The file cannot be written.
    #[error("--write '{}': {problem}", .file.display())]
    Copy {
        /// As given.
        file: PathBuf,
        /// What is wrong.
        #[source]
        problem: CopyError,
    },
    /// The inputs cannot be opened again.
    #[error("the captures cannot be read for a second time: {0}")]
    Reopen(#[source] OpenError),
    /// There is no such flow.
    #[error(transparent)]
    NoSuchFlow(#[from] NoSuchFlow),
}

/// Runs `annotate` and gives its exit code.
///
/// # Errors
/// [`Failure`] when there is nothing to report.
pub(super) fn annotate(words: &AnnotateWords) -> Result<u8, Failure> {
    run(&words.analyze, &words.write, |_| Ok(Selection::Everything))
}

/// Runs `extract` and gives its exit code.
///
/// # Errors
/// [`Failure`] when there is nothing to report, or no such flow.
pub(super) fn extract(words: &ExtractWords) -> Result<u8, Failure> {
    run(&words.analyze, &words.write, |analysis| {
        if words.flow.is_empty() && words.between.is_empty() {
            let totals = &analysis.judgement.totals;
            let (with_findings, listed) = (totals.with_findings(), analysis.judgement.flows.len() as u64);
            if with_findings > listed {
                say::warning(&format!(
                    "of {with_findings} flows with findings the worst {listed} are extracted; --max-flows-listed raises that"
                ));
            }
            return Ok(Selection::with_findings(analysis));
        }
        let flows = analysis.judgement.totals.flows;
        if let Some(id) = words.flow.iter().copied().find(|id| analysis.first_frame_of(*id).is_none()) {
            return Err(NoSuchFlow { id, flows }.into());
        }
        let ends: Vec<_> = words.between.iter().map(|pair| pair.0).collect();
        Ok(Selection::of(analysis, &words.flow, &ends))
    })
}

fn run(
    words: &AnalyzeWords,
    write: &Path,
    select: impl for<'a> FnOnce(&'a Analysis) -> Result<Selection<'a>, ProofError>,
) -> Result<u8, Failure> {
    if !words.side.is_empty() {
        return Err(SettingsError::SidesElsewhere.into());
    }
    let terms = settings::terms(&words.path, &words.report)?;
    let inputs = settings::inputs(&words.captures())?;
    if let Some(passing) = inputs.iter().find(|input| is_passing(input)) {
        return Err(ProofError::Passing(passing.clone()).into());
    }
    settings::check_write(write, &words.files)?;
    let report = ReportSettings::of(&words.report, &words.files, &[write.to_owned()])?;
    outputs::try_file(write).map_err(|problem| failed_copy(write, problem.into()))?;
    let outputs = Outputs::prepare(report.outputs.clone())?;
    let options = words.open_options();
    let signals = StopSignals::listen(exit::NOT_OR_IN_PART).map_err(Failure::Signals)?;
    let mut source = Source::open(&inputs, &options)?;
    // Then the frames read until then are copied.
    source.stop_when(signals.flag());
    let bar = Bar::watch(source.progress());
    let analysis = pipeline::analyze(source, words.filter.clone(), terms, &words.run.options());
    drop(bar);
    undecoded::refuse(&analysis)?;

    let copied = match &analysis.origin {
        Origin::Files(summary) => {
            let selection = select(&analysis)?;
            // It cut the first pass short, and has done its work: what was read is copied. Another one ends that too.
            if !summary.is_complete() {
                signals.heed();
            }
            let source = Source::open(&inputs, &options).map_err(ProofError::Reopen)?;
            let bar = Bar::watch(source.progress());
            let copied = copy(source, &analysis, (summary, selection), write, &signals.flag());
            drop(bar);
            copied.map_err(|problem| failed_copy(write, problem))
        }
        // Files were given.
        Origin::Interface { .. } => Ok(Copied::default()),
    };
    let code = deliver(&report::assemble(&analysis), &analysis, &report, &outputs);
    match copied {
        Ok(Copied { frames: 0, .. }) => {
            say::warning(&format!("no frame was taken: {} holds none", write.display()));
            Ok(code)
        }
        Ok(Copied { frames, commented }) => {
            say::note(&format!("{}: {}, {commented} with a comment", write.display(), frames_of(frames)));
            Ok(code)
        }
        Err(error) => {
            say::error(&error);
            Ok(exit::NOT_OR_IN_PART)
        }
    }
}

fn copy(
    source: Source,
    analysis: &Analysis,
    (summary, selection): (&CaptureSummary, Selection<'_>),
    write: &Path,
    stop: &AtomicBool,
) -> Result<Copied, CopyError> {
    let notes = Notes::of(analysis);
    let wanted = Wanted {
        notes: &notes,
        selection,
        frames: summary.frames,
        origins: &summary.origins,
        files: &summary.files,
        about: &about(summary),
        stop,
    };
    outputs::whole(write, |out| proof::copy(source, wanted, out))
}

/// What the section says of itself.
fn about(summary: &CaptureSummary) -> String {
    const FILES_NAMED: usize = 16;
    let mut names: Vec<&str> =
        summary.files.iter().map(|file| file.name.as_str()).take(FILES_NAMED).collect();
    if summary.files.len() > FILES_NAMED {
        names.push("…");
    }
    format!(
        "Frames of {}; frame.packet_id is the number of a frame there, and comments mean those numbers",
        names.join(", ")
    )
}

fn frames_of(count: u64) -> String {
    if count == 1 { "1 frame".to_owned() } else { format!("{count} frames") }
}

fn failed_copy(write: &Path, problem: CopyError) -> ProofError {
    ProofError::Copy { file: write.to_owned(), problem }
}

/// Whether an input can be read once only. What does not exist is for the source to say.
fn is_passing(input: &Input) -> bool {
    match input {
        Input::Stdin => true,
        Input::File(file) => std::fs::metadata(file).is_ok_and(|it| !it.is_file() && !it.is_dir()),
    }
}
