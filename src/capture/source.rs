//! Several inputs as one capture in time order.

use super::damage::{Damage, DamageKind};
use super::error::OpenError;
use super::file::CaptureFile;
use super::filter::Filter;
use super::interfaces::Interfaces;
use super::origins::FrameOrigins;
use super::pass::{Pass, Pause};
use super::progress::Progress;
use super::summary::{CaptureSummary, FileSummary};
use super::window::{Bytes, READ_SIZE};
use crate::frame::{Frame, FrameNumber, LinkType};
use crate::time::{Span, Timestamp};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes read to learn the first timestamp of a file whose turn comes later.
const PEEK_SIZE: usize = 16 * 1024;

/// Where a capture comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// Standard input, read once from begin to end.
    Stdin,
    /// A file or a named pipe.
    File(PathBuf),
}

impl Input {
    /// From a command-line word: `-` is standard input.
    pub fn from_word(word: impl Into<PathBuf>) -> Input {
        let path = word.into();
        if path == Path::new("-") { Input::Stdin } else { Input::File(path) }
    }

    fn name(&self) -> String {
        match self {
            Input::Stdin => "standard input".to_owned(),
            Input::File(path) => path.display().to_string(),
        }
    }
}

/// How to read files.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct OpenOptions {
    /// Capture filter in tcpdump syntax (pcap-filter(7)).
    pub filter: Option<String>,
    /// Frames before this are left out.
    pub from: Option<Timestamp>,
    /// Frames after this are left out.
    pub to: Option<Timestamp>,
}

/// What [`Source::fill`] says about the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fill {
    /// More frames may come.
    More,
    /// All inputs are at their end, or reading was told to stop.
    End,
}

/// A capture made of files and pipes: one stream of frames in time order.
///
/// Inputs may be given in any order. The next frame always comes from the input whose next frame is the
/// earliest; of equally early ones, from the input named last. That is what `mergecap` does, so frame
/// numbers are those of a file that it would write. Within one input the order of the file stays, also
/// where its time steps back.
///
/// Of several files only those whose turn it is are open: a ring of hundreds takes one buffer.
pub struct Source {
    tracks: Vec<Track>,
    /// Inputs that have frames left, by the time of the next one; without the one being read.
    queue: BinaryHeap<Turn>,
    /// The input that was being read when [`Source::fill`] had enough.
    current: Option<usize>,
    admission: Option<Admission>,
    origins: FrameOrigins,
    interfaces: Interfaces,
    progress: Progress,
    next_number: u64,
    filtered: u64,
    /// A frame handed on last that has no sound time.
    in_doubt: Option<FrameNumber>,
    stop: Option<Arc<AtomicBool>>,
}

/// When an input comes up again. The greatest is the next: the earliest, then the one named last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    at: Reverse<Timestamp>,
    index: usize,
}

impl Turn {
    fn of(index: usize, at: Timestamp) -> Turn {
        Turn { at: Reverse(at), index }
    }
}

struct Track {
    input: Input,
    state: State,
}

enum State {
    /// Closed until its turn comes.
    Waiting,
    Open(Box<CaptureFile>),
    Done(Box<FileSummary>),
}

/// Which frames are handed on.
struct Admission {
    filter: Option<Filter>,
    from: Timestamp,
    to: Timestamp,
}

impl Admission {
    /// `None`: all are.
    fn of(filter: Option<Filter>, options: &OpenOptions) -> Option<Admission> {
        let all = filter.is_none() && options.from.is_none() && options.to.is_none();
        (!all).then(|| Admission {
            filter,
            from: options.from.unwrap_or(Timestamp::MIN),
            to: options.to.unwrap_or(Timestamp::MAX),
        })
    }

    fn admits(&mut self, frame: &Frame<'_>) -> bool {
        (self.from..=self.to).contains(&frame.at)
            && self.filter.as_mut().is_none_or(|filter| filter.admits(frame))
    }
}

impl Source {
    /// Opens every input to learn what it is and when it begins, and compiles the filter. Nothing has
    /// been handed on yet.
    ///
    /// # Errors
    /// [`OpenError`] when the filter is bad or no input can be read at all (then that of the first).
    /// When some can be read, the others are [`DamageKind::CouldNotOpen`] in their summaries.
    pub fn open(inputs: &[Input], options: &OpenOptions) -> Result<Source, OpenError> {
        if inputs.is_empty() {
            return Err(OpenError::NoInput);
        }
        if inputs.iter().filter(|input| **input == Input::Stdin).count() > 1 {
            return Err(OpenError::StdinTwice);
        }
        let progress = Progress::new(total_len(inputs));
        let mut source = Source {
            tracks: Vec::with_capacity(inputs.len()),
            queue: BinaryHeap::new(),
            current: None,
            admission: None,
            origins: FrameOrigins::default(),
            interfaces: Interfaces::default(),
            progress,
            next_number: 1,
            filtered: 0,
            in_doubt: None,
            stop: None,
        };
        let mut links = Vec::new();
        let mut first_error = None;
        for (index, input) in inputs.iter().enumerate() {
            let opened = source.begin(input, inputs.len() == 1, &mut links);
            let state = match opened {
                Ok((state, next_at)) => {
                    source.queue.push(Turn::of(index, next_at));
                    state
                }
                Err(error) => {
                    first_error.get_or_insert(error.clone());
                    State::Done(Box::new(unopened(&input.name(), error)))
                }
            };
            source.tracks.push(Track { input: input.clone(), state });
        }
        if let Some(error) = first_error
            && source.queue.is_empty()
        {
            return Err(error);
        }
        let filter = options.filter.as_deref().map(|text| Filter::compile(text, &links)).transpose()?;
        source.admission = Admission::of(filter, options);
        Ok(source)
    }

    /// Opens one input, and closes it again when it can be reopened and others are to be read too.
    fn begin(
        &self,
        input: &Input,
        only: bool,
        links: &mut Vec<LinkType>,
    ) -> Result<(State, Timestamp), OpenError> {
        let name = input.name();
        let (bytes, nature) = open_bytes(input)?;
        let stays_open = only || nature == Nature::Passing;
        let (bytes, capacity) =
            if stays_open { (self.progress.counting(bytes), READ_SIZE) } else { (bytes, PEEK_SIZE) };
        // What is opened again describes its interfaces again.
        let interfaces = if stays_open { self.interfaces.clone() } else { Interfaces::default() };
        let mut file = CaptureFile::open(&name, bytes, capacity, &interfaces)?;
        // What has no frame takes its turn first: its end or damage comes up at once. A single input is
        // not asked, so that what comes from a pipe is handed on as soon as it is there.
        let first_at = if only { None } else { file.peek() };
        for link in file.link_types() {
            if !links.contains(link) {
                links.push(*link);
            }
        }
        let state = if stays_open { State::Open(Box::new(file)) } else { State::Waiting };
        Ok((state, first_at.unwrap_or(Timestamp::MIN)))
    }

    /// Once `flag` is up, [`Source::fill`] says that this is the end; what was not read counts as left out.
    pub fn stop_when(&mut self, flag: Arc<AtomicBool>) {
        self.stop = Some(flag);
    }

    /// Hands frames in time order to `sink`, until `max` were read or all inputs are at their end. With
    /// a filter fewer than `max` may be handed on, and fewer behind a frame whose time is in doubt. Frames borrow from the read buffer: the sink copies
    /// what it keeps. Blocks while a pipe has nothing.
    pub fn fill(&mut self, max: usize, sink: &mut impl FnMut(Frame<'_>)) -> Fill {
        if self.stop.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Fill::End;
        }
        let mut left = max;
        while left > 0 {
            let next = self.current.take().or_else(|| self.queue.pop().map(|turn| turn.index));
            let Some(index) = next else {
                return Fill::End;
            };
            self.wake(index);
            let until = self.until(index);
            let State::Open(file) = &mut self.tracks[index].state else {
                continue;
            };
            let (first, first_in_file) = (self.next_number, file.frames() + 1);
            let mut admitted = true;
            let (pause, number) = match &mut self.admission {
                None => {
                    let mut pass = Pass { left, until, number: first, sink };
                    (file.read(&mut pass), pass.number)
                }
                Some(admission) => {
                    let filtered = &mut self.filtered;
                    let sink = &mut |frame: Frame<'_>| {
                        admitted = admission.admits(&frame);
                        if admitted { sink(frame) } else { *filtered += 1 }
                    };
                    let mut pass = Pass { left, until, number: first, sink };
                    (file.read(&mut pass), pass.number)
                }
            };
            let count = number - first;
            left = left.saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
            self.next_number = number;
            self.origins.note(first, count, index, first_in_file);
            match pause {
                Pause::Full => self.current = Some(index),
                Pause::TimeInDoubt => {
                    self.current = Some(index);
                    self.in_doubt = admitted.then_some(FrameNumber(number - 1));
                    return Fill::More;
                }
                Pause::Later(at) => self.queue.push(Turn::of(index, at)),
                Pause::End => self.close(index),
            }
        }
        Fill::More
    }

    /// The frame handed on last, if its file gives it no sound time: what it has is only in order with the others.
    /// [`Source::fill`] returns behind each such frame. Once it was asked for, it is told no more.
    pub fn take_time_in_doubt(&mut self) -> Option<FrameNumber> {
        self.in_doubt.take()
    }

    /// A handle that tells from any thread how much has been read.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// A handle on the interfaces met so far, for [`Frame::interface`].
    pub fn interfaces(&self) -> Interfaces {
        self.interfaces.clone()
    }

    /// Ends reading, also before the end, and says what is known of every input.
    pub fn finish(mut self) -> CaptureSummary {
        for index in 0..self.tracks.len() {
            self.close(index);
        }
        let to = self.admission.as_ref().map_or(Timestamp::MAX, |admission| admission.to);
        let files = self.tracks.into_iter().map(|track| match track.state {
            State::Done(summary) => FileSummary { end_at: summary.end_at.map(|end| end.min(to)), ..*summary },
            State::Waiting | State::Open(_) => FileSummary::of(&track.input.name()),
        });
        CaptureSummary {
            files: files.collect(),
            frames: self.next_number - 1,
            filtered: self.filtered,
            unfilterable: self
                .admission
                .and_then(|admission| admission.filter)
                .map(Filter::into_unfilterable)
                .unwrap_or_default(),
            origins: self.origins,
        }
    }

    /// Opens an input whose turn has come.
    fn wake(&mut self, index: usize) {
        let Track { input, state } = &mut self.tracks[index];
        if !matches!(state, State::Waiting) {
            return;
        }
        let name = input.name();
        let opened = open_bytes(input).and_then(|(bytes, _)| {
            CaptureFile::open(&name, self.progress.counting(bytes), READ_SIZE, &self.interfaces)
        });
        *state = match opened {
            Ok(file) => State::Open(Box::new(file)),
            // It could be opened before: moved away, or rotated over, while others were read.
            Err(error) => State::Done(Box::new(unopened(&name, error))),
        };
    }

    /// How far input `index` may be read before another has the next frame.
    fn until(&self, index: usize) -> Timestamp {
        match self.queue.peek() {
            None => Timestamp::MAX,
            Some(next) if index > next.index => next.at.0,
            Some(next) => next.at.0 - Span::from_nanos(1),
        }
    }

    fn close(&mut self, index: usize) {
        let state = &mut self.tracks[index].state;
        if let State::Open(_) = state
            && let State::Open(file) = std::mem::replace(state, State::Waiting)
        {
            *state = State::Done(Box::new(file.into_summary()));
        }
    }
}

fn unopened(name: &str, error: OpenError) -> FileSummary {
    let damage = Damage {
        file: name.to_owned(),
        offset: 0,
        packed: Vec::new(),
        frames_before: 0,
        kind: DamageKind::CouldNotOpen(error),
    };
    FileSummary { damage: Some(damage), ..FileSummary::of(name) }
}

/// Can an input be opened again?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// A regular file.
    Lasting,
    /// A pipe: what was read is gone.
    Passing,
}

fn open_bytes(input: &Input) -> Result<(Bytes, Nature), OpenError> {
    let path = match input {
        Input::Stdin if io::stdin().is_terminal() => return Err(OpenError::StdinIsTerminal),
        Input::Stdin => return Ok((Box::new(io::stdin()), Nature::Passing)),
        Input::File(path) => path,
    };
    let name = input.name();
    let file = File::open(path).map_err(|error| OpenError::from_io(&name, &error))?;
    let metadata = file.metadata().map_err(|error| OpenError::from_io(&name, &error))?;
    if metadata.is_dir() {
        return Err(OpenError::Directory { name });
    }
    let nature = if metadata.is_file() { Nature::Lasting } else { Nature::Passing };
    Ok((Box::new(file), nature))
}

/// Bytes of all inputs, when all are regular files.
fn total_len(inputs: &[Input]) -> Option<u64> {
    let lens = inputs.iter().map(|input| match input {
        Input::Stdin => None,
        Input::File(path) => match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Some(metadata.len()),
            Ok(_) => None,
            // It will be reported as unreadable, and takes no time to read.
            Err(_) => Some(0),
        },
    });
    lens.sum()
}
