//! What only flows with long silences, probes, copies or resets keep.

use super::doubt::Doubt;
use super::facts::Stuck;
use super::gap::{Basis, LongestGaps};
use super::handshake::Strays;
use super::heartbeat::BeatLog;
use super::inquest::Inquest;
use super::joining::Joining;
use super::keepalive::ProbeLog;
use super::life::Flow;
use crate::frame::FrameNumber;
use crate::segment::{IcmpQuote, Segment, SeqNumber};
use crate::time::Timestamp;

/// Frames of zero-window probes and ICMP quotes kept per flow.
pub const EVENTS_KEPT: usize = 16;

/// The part of a flow that is allocated when something worth telling happens.
#[derive(Debug, Default)]
pub(super) struct History {
    /// By [`Basis::index`], reported bases only.
    pub gaps: [LongestGaps; 4],
    /// By `Sender::index`.
    pub probes: [ProbeLog; 2],
    /// By `Sender::index`; there from the first small payload after a silence on.
    pub beats: [Option<Box<BeatLog>>; 2],
    pub zero_window_probes: Vec<FrameNumber>,
    pub zero_window_probe_total: u64,
    pub icmp: Vec<IcmpQuote>,
    pub copies: u64,
    /// Fingerprints of the last segments of both sides; filled once copies were seen.
    pub recent: Recent,
    /// Last activity before the probes that go on now; `None`: no probe since real activity.
    pub unaided_since: Option<(Timestamp, FrameNumber)>,
    /// Segments that may be probes: decided by what comes next.
    pub undecided: Option<Box<Doubt>>,
    /// Frame of the accepted RST.
    pub reset_frame: Option<FrameNumber>,
    /// What came of silences; there once one has ended or a RST was noted.
    pub inquest: Option<Box<Inquest>>,
    /// Segments of its key that are no part of the connection.
    pub strays: Option<Box<Strays>>,
    /// What each side sends again and again, by `Sender::index`.
    pub resent: [Option<Resent>; 2],
}

/// A segment that its sender repeats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resent {
    pub seq: SeqNumber,
    pub stuck: Stuck,
}

impl Resent {
    /// Takes a repetition by the same side.
    pub fn note(known: &mut Option<Resent>, segment: &Segment) {
        match known {
            Some(resent) if resent.seq == segment.seq => {
                let stuck = &mut resent.stuck;
                stuck.repeats = stuck.repeats.saturating_add(1);
                stuck.length = stuck.length.max(segment.payload_len);
                (stuck.last_frame, stuck.last_at) = (segment.frame, segment.at);
            }
            _ => {
                let stuck = Stuck {
                    length: segment.payload_len,
                    repeats: 1,
                    first_frame: segment.frame,
                    first_at: segment.at,
                    last_frame: segment.frame,
                    last_at: segment.at,
                };
                *known = Some(Resent { seq: segment.seq, stuck });
            }
        }
    }
}

impl History {
    pub fn gaps(&self, basis: Basis) -> Option<&LongestGaps> {
        self.gaps.get(basis.index())
    }

    /// Whether it is open what came of a silence.
    pub fn asks(&self) -> bool {
        self.inquest.as_ref().is_some_and(|inquest| inquest.question.is_some())
    }
}

/// A history with what the watcher keeps beside it.
#[derive(Debug)]
pub(super) struct Record<A> {
    pub history: History,
    /// The life whose key this one took over, until the handshake is done: its late segments are told apart. It has
    /// displaced none itself: however many SYNs follow each other on one key, two lives of it are held.
    pub displaced: Option<Box<Flow<A>>>,
    /// A direction in another realm that may belong to this flow; what both send is held.
    pub joining: Option<Box<Joining>>,
    pub annex: A,
}

impl<A: Default> Record<A> {
    pub fn new() -> Box<Self> {
        Box::new(Record { history: History::default(), displaced: None, joining: None, annex: A::default() })
    }
}

/// Fingerprints of the last segments.
#[derive(Debug, Default)]
pub(super) struct Recent {
    prints: Vec<(Timestamp, u32)>,
    next: usize,
}

impl Recent {
    /// Segments remembered: a burst of that many between a segment and its copy is still recognised.
    const DEPTH: usize = 32;

    pub fn holds(&self, print: u32, since: Timestamp) -> bool {
        self.prints.iter().any(|(at, known)| *known == print && *at >= since)
    }

    pub fn note(&mut self, at: Timestamp, print: u32) {
        if self.prints.len() < Self::DEPTH {
            self.prints.push((at, print));
        } else {
            self.prints[self.next] = (at, print);
            self.next = (self.next + 1) % Self::DEPTH;
        }
    }
}
