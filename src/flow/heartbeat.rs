//! Heartbeats of applications: small payload that one side sends again and again at a regular period while the flow is
//! otherwise idle (pings of WebSocket, gRPC, SSH, AMQP, databases, pools).
//!
//! A beat is new payload after a silence of all payload of at least [`super::Settings::silence_floor`]: the peer's answer
//! is none, nor is a keepalive probe, which carries nothing new. Its interval runs from the same side's payload before it.
//! Shorter periods are not looked for: they end no silence that matters, and nothing is kept of flows without one.
//!
//! Beats are sorted on line, in constant memory: one period and size stand as candidate, what is near them counts for them,
//! everything else against them, and a candidate that has lost its majority is replaced (Boyer and Moore, MJRTY, 1981).
//! So single outliers (work between two beats, a late timer) move neither period nor jitter.

use super::gap::{Basis, EndedBy, Role, Trust};
use super::life::Life;
use super::watcher::Silence;
use crate::frame::FrameNumber;
use crate::segment::Segment;
use crate::time::{Span, Timestamp};

/// Largest payload of a beat, in bytes. Pings are 1 to some 50 bytes, encrypted up to 100, a short request of a health
/// check or a Kafka heartbeat some 200; what is longer does work.
pub const BEAT_SIZE: u32 = 256;

/// Sizes this near to each other are those of one message: counters in text grow by digits, ciphers pad to 16 bytes.
const SIZE_SLACK: u32 = 16;

/// An interval is near the candidate within a twentieth of it.
const NEARNESS: u64 = 20;

/// Intervals of one length from which on they are called regular.
const BEATS_NEEDED: u64 = 4;

/// Beats that rule chance out by their number; fewer must be steadier.
const MANY_BEATS: u64 = 8;

/// Standard deviation of the intervals, as part of their mean, up to which they come from a timer: those of the recorded
/// captures vary by 0.1 %, a loop that polls ten times a second by 1 % at 3 s.
const STEADY: f64 = 0.02;

/// The same for fewer than [`MANY_BEATS`]: of 30,000 conversations of four to six random silences of 10 to 110 s, 21 are as
/// steady as [`STEADY`], and none is this steady.
const FEW_BUT_STEADY: f64 = 0.004;

/// Silences that a side ended otherwise, at most, for one beat: one in four.
const BEATS_PER_OUTLIER: u64 = 3;

/// A heartbeat that one side of a flow keeps up.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Heartbeat {
    /// Who sends it.
    pub sender: Role,
    /// Beats counted.
    pub beats: u64,
    /// Mean interval.
    pub period: Span,
    /// Standard deviation of the intervals.
    pub jitter: Span,
    /// Shortest interval.
    pub shortest: Span,
    /// Longest interval.
    pub longest: Span,
    /// Smallest and largest payload, in bytes.
    pub size: (u32, u32),
    /// Whether the peer answers with payload before the next beat, three times in four at least.
    pub answered: bool,
    /// Frames of the first and the last beat.
    pub frames: [FrameNumber; 2],
    /// When the last beat came.
    pub last_at: Timestamp,
}

/// Beats of one side.
#[derive(Clone, Debug)]
pub(super) struct BeatLog {
    interval: Span,
    size: u32,
    votes: u64,
    beats: u64,
    /// Deviations from `interval` and their squares, in seconds.
    deviations: f64,
    squares: f64,
    shortest: Span,
    longest: Span,
    sizes: (u32, u32),
    answered: u64,
    frames: [FrameNumber; 2],
    last_at: Timestamp,
    /// Silences that this side ended with payload, those of other lengths and sizes included.
    silences: u64,
}

/// New payload after a silence.
struct Beat {
    interval: Span,
    size: u32,
    answered: bool,
    frame: FrameNumber,
    at: Timestamp,
}

/// Notes `segment`, before it changes the life of its flow, when it is payload that ended `silences`.
pub(super) fn note(
    log: &mut Option<Box<BeatLog>>,
    life: &Life,
    segment: &Segment,
    kind: EndedBy,
    silences: &[Silence],
) {
    let of = |basis| silences.iter().find(|silence| silence.basis == basis);
    let (Some(idle), Some(own)) = (of(Basis::Payload), of(Basis::payload_of(life.role_of(segment.sender))))
    else {
        return;
    };
    // What was not captured, or measured by a clock that stepped, says nothing for or against a period.
    if kind != EndedBy::Data || idle.trust != Trust::Clean || own.trust != Trust::Clean {
        return;
    }
    let (side, peer) = super::advance::pair(life, segment.sender);
    let beat = Beat {
        interval: own.length,
        size: segment.payload_len,
        answered: peer.last_payload_at > side.last_payload_at,
        frame: segment.frame,
        at: segment.at,
    };
    match log {
        Some(log) => log.note(&beat),
        None if beat.size <= BEAT_SIZE => *log = Some(Box::new(BeatLog::begin(&beat, 0))),
        None => {}
    }
}

impl BeatLog {
    /// `beat` becomes the candidate, after `silences` others.
    fn begin(beat: &Beat, silences: u64) -> BeatLog {
        BeatLog {
            interval: beat.interval,
            size: beat.size,
            votes: 1,
            beats: 1,
            deviations: 0.0,
            squares: 0.0,
            shortest: beat.interval,
            longest: beat.interval,
            sizes: (beat.size, beat.size),
            answered: u64::from(beat.answered),
            frames: [beat.frame; 2],
            last_at: beat.at,
            silences: silences + 1,
        }
    }

    fn note(&mut self, beat: &Beat) {
        let apart = beat.interval.as_nanos().abs_diff(self.interval.as_nanos());
        let near = apart <= self.interval.as_nanos() / NEARNESS
            && beat.size <= BEAT_SIZE
            && beat.size.abs_diff(self.size) <= SIZE_SLACK;
        if near {
            self.count(beat);
            return;
        }
        self.votes -= 1;
        if self.votes == 0 && beat.size <= BEAT_SIZE {
            *self = BeatLog::begin(beat, self.silences);
            return;
        }
        self.votes = self.votes.max(1);
        self.silences += 1;
    }

    fn count(&mut self, beat: &Beat) {
        let deviation = beat.interval.as_secs_f64() - self.interval.as_secs_f64();
        self.votes += 1;
        self.silences += 1;
        self.beats += 1;
        self.deviations += deviation;
        self.squares += deviation * deviation;
        self.shortest = self.shortest.min(beat.interval);
        self.longest = self.longest.max(beat.interval);
        self.sizes = (self.sizes.0.min(beat.size), self.sizes.1.max(beat.size));
        self.answered += u64::from(beat.answered);
        self.frames[1] = beat.frame;
        self.last_at = beat.at;
    }

    /// What it comes to; `None`: nothing regular.
    pub fn heartbeat(&self, sender: Role) -> Option<Heartbeat> {
        let count = self.beats as f64;
        let offset = self.deviations / count;
        let period = self.interval.as_secs_f64() + offset;
        let jitter = (self.squares / count - offset * offset).max(0.0).sqrt();
        let regular = self.beats >= BEATS_NEEDED
            && (self.silences - self.beats) * BEATS_PER_OUTLIER <= self.beats
            && jitter <= period * if self.beats < MANY_BEATS { FEW_BUT_STEADY } else { STEADY };
        let nanos = |seconds: f64| Span::from_nanos((seconds * 1e9).round() as u64);
        regular.then(|| Heartbeat {
            sender,
            beats: self.beats,
            period: nanos(period),
            jitter: nanos(jitter),
            shortest: self.shortest,
            longest: self.longest,
            size: self.sizes,
            answered: self.answered * 4 >= self.beats * 3,
            frames: self.frames,
            last_at: self.last_at,
        })
    }
}

#[cfg(test)]
mod tests;
