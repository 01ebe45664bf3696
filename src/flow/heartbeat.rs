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
use crate::time::Span;

/// Largest payload of a beat, in bytes. Pings are 1 to some 50 bytes, encrypted up to 100, a short request of a health
/// check or a Kafka heartbeat some 200; what is longer does work.
pub const BEAT_SIZE: u32 = 256;

/// Sizes this near to each other are those of one message: counters in text grow by digits, ciphers pad to 16 bytes.
const SIZE_SLACK: u32 = 16;

/// An interval is near the candidate within a twentieth of it.
const NEARNESS: u64 = 20;

/// Intervals of one length from which on they are called regular. Silences of a person that are as long by chance come
/// within a twentieth of each other about once in ten, and hardly four times in a row within [`STEADY`].
const BEATS_NEEDED: u64 = 4;

/// Standard deviation of the intervals, as part of their mean, up to which they come from a timer: those of the recorded
/// captures vary by 0.1 %, a loop that polls ten times a second by 1 % at 3 s.
const STEADY: f64 = 0.02;

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
    /// Silences that this side ended with payload, those of other lengths and sizes included.
    silences: u64,
}

/// New payload after a silence.
struct Beat {
    interval: Span,
    size: u32,
    answered: bool,
    frame: FrameNumber,
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
    }

    /// What it comes to; `None`: nothing regular.
    pub fn heartbeat(&self, sender: Role) -> Option<Heartbeat> {
        let count = self.beats as f64;
        let offset = self.deviations / count;
        let period = self.interval.as_secs_f64() + offset;
        let jitter = (self.squares / count - offset * offset).max(0.0).sqrt();
        let regular = self.beats >= BEATS_NEEDED
            && (self.silences - self.beats) * BEATS_PER_OUTLIER <= self.beats
            && jitter <= STEADY * period;
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
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::timeline::play_until;
    use std::fmt::Write;

    /// A client's payload at these moments, each of so many bytes, each answered by `answer` bytes 20 ms later.
    fn exchange(beats: impl IntoIterator<Item = (f64, u32)>, answer: u32) -> Vec<Heartbeat> {
        let mut transcript =
            "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > A seq=101 ack=501\n".to_owned();
        let (mut seq, mut ack) = (101, 501);
        for (at, size) in beats {
            writeln!(transcript, "{at} > PA seq={seq} ack={ack} len={size}").unwrap();
            seq += size;
            let flags = if answer > 0 { "PA" } else { "A" };
            writeln!(transcript, "{} < {flags} seq={ack} ack={seq} len={answer}", at + 0.02).unwrap();
            ack += answer;
        }
        heartbeats(&transcript)
    }

    fn heartbeats(transcript: &str) -> Vec<Heartbeat> {
        let mut scribe = play_until(transcript, None);
        scribe.flows.remove(0).heartbeats.into_iter().flatten().collect()
    }

    fn every(period: f64, count: u32) -> impl Iterator<Item = (f64, u32)> {
        (1..=count).map(move |i| (f64::from(i) * period, 8))
    }

    #[test]
    fn small_payload_at_a_regular_period_is_a_heartbeat_of_who_speaks_first() {
        let [beat] = exchange(every(30.0, 10), 8)[..] else { panic!() };
        assert_eq!((beat.sender, beat.beats, beat.answered), (Role::Initiator, 10, true));
        assert_eq!(beat.period, Span::from_secs(30));
        assert_eq!((beat.size, beat.jitter), ((8, 8), Span::ZERO));
        // Three frames of the handshake, two a beat.
        assert_eq!(beat.frames, [FrameNumber(4), FrameNumber(22)]);
    }

    #[test]
    fn a_heartbeat_that_only_tcp_acknowledges_is_not_answered() {
        let [beat] = exchange(every(30.0, 10), 0)[..] else { panic!() };
        assert!(!beat.answered);
    }

    #[test]
    fn four_beats_are_needed() {
        assert_eq!(exchange(every(30.0, 3), 8), []);
        assert_eq!(exchange(every(30.0, 4), 8).len(), 1);
    }

    #[test]
    fn a_single_outlier_moves_neither_period_nor_jitter() {
        let late = every(30.0, 6).chain((8..=14).map(|i| (f64::from(i) * 30.0 + 11.0, 8)));
        let [beat] = exchange(late, 8)[..] else { panic!() };
        assert_eq!(beat.period, Span::from_secs(30));
        assert!(beat.jitter < Span::from_millis(1), "{}", beat.jitter);
        assert_eq!(beat.beats, 12);
    }

    #[test]
    fn an_odd_first_interval_is_no_candidate_for_long() {
        let shifted = (0..8).map(|i| (f64::from(i) * 30.0 + 7.0, 8));
        let [beat] = exchange(shifted, 8)[..] else { panic!() };
        assert_eq!((beat.period, beat.beats), (Span::from_secs(30), 7));
    }

    #[test]
    fn jitter_is_the_deviation_of_the_intervals() {
        let swinging = (1..=20).map(|i| (f64::from(i) * 30.0 + if i % 2 == 0 { 0.1 } else { -0.1 }, 8));
        let [beat] = exchange(swinging, 8)[..] else { panic!() };
        assert!((0.18..0.22).contains(&beat.jitter.as_secs_f64()), "{}", beat.jitter);
        assert!((29.9..30.1).contains(&beat.period.as_secs_f64()), "{}", beat.period);
    }

    #[test]
    fn irregular_silences_are_no_heartbeat_even_if_all_sizes_are_equal() {
        let mut at = 0.0;
        // Multiplying by 7 modulo 31 visits 30 different waits, as a person's would differ.
        let person = (1..=60).scan(1_u32, move |wait, _| {
            *wait = *wait * 7 % 31;
            at += 6.0 + f64::from(*wait);
            Some((at, 36))
        });
        assert_eq!(exchange(person, 36), []);
    }

    #[test]
    fn large_payload_at_a_regular_period_is_work() {
        assert_eq!(exchange((1..20).map(|i| (f64::from(i) * 30.0, BEAT_SIZE + 1)), 900), []);
    }

    #[test]
    fn work_between_the_beats_as_often_as_they_come_leaves_no_heartbeat() {
        let work = (1..40).map(|i| (f64::from(i) * 17.0, if i % 2 == 0 { 8 } else { 700 }));
        assert_eq!(exchange(work, 8), []);
    }

    #[test]
    fn keepalive_probes_are_no_heartbeat_whether_empty_or_of_one_byte() {
        for garbage in [0, 1] {
            let mut transcript = "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > A seq=101 ack=501
                0.03 > PA seq=101 ack=501 len=20\n 0.04 < A seq=501 ack=121\n"
                .to_owned();
            for i in 1..=10 {
                let at = 30 * i;
                writeln!(transcript, "{at} > A seq=120 ack=501 len={garbage}\n {at}.02 < A seq=501 ack=121")
                    .unwrap();
            }
            assert_eq!(heartbeats(&transcript), []);
        }
    }

    #[test]
    fn a_beat_sent_again_is_counted_once() {
        let mut transcript =
            "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > A seq=101 ack=501\n".to_owned();
        for i in 1..=6 {
            let (at, seq) = (30 * i, 100 + i);
            writeln!(transcript, "{at} > PA seq={seq} ack=501 len=1").unwrap();
            writeln!(transcript, "{at}.3 > PA seq={seq} ack=501 len=1").unwrap();
            writeln!(transcript, "{at}.32 < A seq=501 ack={}", seq + 1).unwrap();
        }
        let [beat] = heartbeats(&transcript)[..] else { panic!() };
        assert_eq!((beat.beats, beat.period, beat.size), (6, Span::from_secs(30), (1, 1)));
    }

    #[test]
    fn a_beat_that_was_not_captured_makes_no_longer_period() {
        let beats = (1..=12).filter(|i| *i != 6);
        let mut transcript =
            "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > A seq=101 ack=501\n".to_owned();
        for i in beats {
            let (at, seq) = (30 * i, 100 + i);
            writeln!(transcript, "{at} > PA seq={seq} ack=501 len=1\n {at}.02 < A seq=501 ack={}", seq + 1)
                .unwrap();
        }
        let [beat] = heartbeats(&transcript)[..] else { panic!() };
        assert_eq!((beat.beats, beat.longest), (10, Span::from_secs(30)));
    }
}
