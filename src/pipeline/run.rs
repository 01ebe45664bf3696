//! Runs: a capture from files, or an interface until it is told to stop.

use super::analysis::{Analysis, Origin, Unjudged};
use super::crew::FinishedShare;
use super::desk::Desk;
use super::networks::{KnownInterfaces, Networks};
use super::reader::Reader;
use super::tuned_desk::TunedDesk;
use crate::capture::{Fill, LiveSource, LiveStats, Polled, Source};
use crate::findings::{Announcement, CaseFile, Terms, beside};
use crate::flow::{Basis, ObservationFloor, Settings, Watcher};
use crate::frame::Frame;
use crate::stats::{EndedGaps, GapStats};
use crate::time::{Span, Timestamp};
use crate::tuning::{Outcome, Plan, Study};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Frames taken from a source at once.
const FILL: usize = 4096;

/// How often a live run looks for silences that go on. Timers of boxes are whole seconds, so this finds
/// an expiry within the second in which it happens.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How to run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Threads, the reader's among them, and shares of the flows. At least 1.
    pub workers: usize,
    /// Flows held at once.
    pub max_flows: usize,
}

impl Default for RunOptions {
    /// As many workers as processors, up to four: the reader keeps no more of them busy. Sixteen million
    /// flows, about four gigabytes.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        RunOptions { workers: processors.clamp(1, 4), max_flows: 1 << 24 }
    }
}

fn desks<'a>(
    terms: &'a Arc<Terms>,
    options: &RunOptions,
    announce: Option<&'a Sender<Announcement>>,
) -> impl Iterator<Item = Desk> + 'a {
    (0..options.workers.max(1)).map(move |_| Desk {
        gaps: GapStats::default(),
        cases: CaseFile::new(Arc::clone(terms)),
        announce: announce.cloned(),
    })
}

fn reader(terms: &Arc<Terms>, options: &RunOptions, announce: Option<&Sender<Announcement>>) -> Reader<Desk> {
    let desks = desks(terms, options, announce).collect();
    let settings = Settings {
        silence_floor: terms.silence_floor(),
        observation: ObservationFloor::USUAL,
        max_flows: options.max_flows.max(1),
    };
    Reader::new(desks, settings)
}

/// Sorts flows by network, where paths ask for that.
fn sort_by_network<W: Watcher + Send + 'static>(
    reader: &mut Reader<W>,
    terms: &Arc<Terms>,
    known: KnownInterfaces,
) {
    let names = terms.routes.interfaces().map(str::to_owned);
    reader.sort_by(Networks::of(terms, known), names);
}

/// Reads a source to its end.
fn read<W: Watcher + Send + 'static>(source: &mut Source, reader: &mut Reader<W>) {
    loop {
        let fill = source.fill(FILL, &mut |frame| reader.take(frame));
        if let Some(frame) = source.take_time_in_doubt() {
            reader.time_in_doubt(frame);
        }
        if fill == Fill::End {
            return;
        }
    }
}

/// Analyses files to their end.
pub fn analyze(source: Source, filter: Option<String>, terms: Terms, options: &RunOptions) -> Analysis {
    measure(source, filter, terms, options).judge(&[])
}

/// Measures files to their end, and leaves the judgement to [`Unjudged::judge`].
pub fn measure(mut source: Source, filter: Option<String>, terms: Terms, options: &RunOptions) -> Unjudged {
    let terms = Arc::new(terms);
    let mut reader = reader(&terms, options, None);
    sort_by_network(&mut reader, &terms, KnownInterfaces::OfFiles(source.interfaces()));
    read(&mut source, &mut reader);
    let summary = source.finish();
    let (reading, finished, end) = reader.finish(summary.end_at());
    Unjudged::of(terms, reading, finished, Origin::Files(summary), filter, end)
}

/// Analyses files to their end, and gathers what `plan` asks for beside it.
pub fn tune(
    mut source: Source,
    filter: Option<String>,
    terms: Terms,
    plan: Plan,
    options: &RunOptions,
) -> (Analysis, Outcome) {
    let (terms, plan) = (Arc::new(terms), Arc::new(plan));
    let desks = desks(&terms, options, None).map(|desk| TunedDesk {
        desk,
        study: Study::new(Arc::clone(&plan)),
        ended: EndedGaps::default(),
    });
    let silence_floor = terms.silence_floor().min(plan.silence_floor());
    let settings =
        Settings { silence_floor, observation: ObservationFloor::USUAL, max_flows: options.max_flows.max(1) };
    let mut reader = Reader::new(desks.collect(), settings);
    sort_by_network(&mut reader, &terms, KnownInterfaces::OfFiles(source.interfaces()));
    read(&mut source, &mut reader);
    let summary = source.finish();
    let (reading, tuned, end) = reader.finish(summary.end_at());
    let (mut finished, mut parts) = (Vec::with_capacity(tuned.len()), Vec::with_capacity(tuned.len()));
    for FinishedShare { watcher: TunedDesk { desk, study, ended }, counts, services } in tuned {
        parts.push((study, ended, services.clone()));
        finished.push(FinishedShare { watcher: desk, counts, services });
    }
    let (begin, recorded, judged_by) =
        (reading.first_at.unwrap_or(end), reading.recorded, Arc::clone(&terms));
    let (mut analysis, outcome) = beside(
        || Unjudged::of(terms, reading, finished, Origin::Files(summary), filter, end).judge(&[]),
        || Outcome::of(plan, &judged_by.path, parts, (begin, end, recorded)),
    );
    // The desks left these to the counts that also tell what ended a gap.
    analysis.gaps.whole = Basis::REPORTED.map(|basis| outcome.measured.of(basis));
    (analysis, outcome)
}

/// What a live run tells while it goes on.
pub trait LiveAudience {
    /// A frame was captured, before anything is made of it.
    ///
    /// # Errors
    /// Ends the run, which is then reported as far as it came.
    fn frame(&mut self, frame: &Frame<'_>) -> io::Result<()>;
    /// A hop's timer ran out in a silence that still lasts.
    fn announce(&mut self, announcement: Announcement);
    /// How the run stands: called about twice a second.
    ///
    /// # Errors
    /// As [`LiveAudience::frame`].
    fn glance(&mut self, glance: &Glance) -> io::Result<()>;
    /// Whether to stop now.
    fn should_stop(&mut self) -> bool;
}

/// How a live run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Glance {
    /// Frames analysed.
    pub frames: u64,
    /// Flows held.
    pub flows: u64,
    /// What the kernel counted.
    pub stats: LiveStats,
}

/// Why a live run ended.
#[derive(Debug)]
pub enum LiveEnd {
    /// It was told to, or its time was over.
    Stopped,
    /// The interface is gone.
    Gone,
    /// The audience failed, for example a full disk.
    Audience(io::Error),
}

/// Analyses an interface until `audience` says stop, `duration` is over or the interface is gone.
pub fn live(
    mut source: LiveSource,
    filter: Option<String>,
    terms: Terms,
    options: &RunOptions,
    duration: Option<Span>,
    audience: &mut impl LiveAudience,
) -> (Analysis, LiveEnd) {
    let terms = Arc::new(terms);
    let (announce, announcements) = unbounded();
    let mut reader = reader(&terms, options, Some(&announce));
    sort_by_network(&mut reader, &terms, KnownInterfaces::One(source.name().to_owned()));
    drop(announce);
    let stop_at = duration.map(|span| Instant::now() + Duration::from_nanos(span.as_nanos()));
    let mut next_look = Instant::now() + LOOK_EVERY;
    let mut gone = None;
    let mut failed = None;
    let end = loop {
        let polled = source.poll(FILL, &mut |frame| {
            if failed.is_none()
                && let Err(error) = audience.frame(&frame)
            {
                failed = Some(error);
            }
            reader.take(frame);
        });
        if let Polled::Gone { reason } = polled {
            gone = Some(reason);
            break LiveEnd::Gone;
        }
        if let Some(error) = failed.take() {
            break LiveEnd::Audience(error);
        }
        let now = Instant::now();
        if now >= next_look {
            reader.look(wall_clock());
            next_look = now + LOOK_EVERY;
            let glance = Glance { frames: reader.frames(), flows: reader.flows(), stats: source.stats() };
            if let Err(error) = audience.glance(&glance) {
                break LiveEnd::Audience(error);
            }
        }
        pass_on(&announcements, audience);
        if audience.should_stop() || stop_at.is_some_and(|at| now >= at) {
            break LiveEnd::Stopped;
        }
    };
    let stopped_at = wall_clock();
    let stats = source.stats();
    let (reading, finished, end_at) = reader.finish(Some(stopped_at));
    pass_on(&announcements, audience);
    let origin = Origin::Interface { name: source.name().to_owned(), stats, gone };
    (Unjudged::of(terms, reading, finished, origin, filter, end_at).judge(&[]), end)
}

fn pass_on(announcements: &Receiver<Announcement>, audience: &mut impl LiveAudience) {
    for announcement in announcements.try_iter() {
        audience.announce(announcement);
    }
}

/// Now, as the kernel stamps frames. Only live runs read a clock.
fn wall_clock() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX))
}
