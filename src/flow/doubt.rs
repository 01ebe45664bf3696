//! Segments in doubt: each may be a keepalive probe or something else, and only what follows tells.
//!
//! An empty segment with numbers that nothing has proven yet (a flow joined midway, or behind segments that were not
//! captured) is a probe when its true number is one higher: the peer acknowledges one more, or its sender goes on there.
//! It is none when the peer acknowledges just its number, or its sender goes on there. A byte sent again that nobody is
//! seen to acknowledge is a probe when it comes at a constant spacing, and a retransmission when the spacing doubles
//! (RFC 6298 5.5). Where nothing of that comes, the spacing decides, or leaves it open.

use super::classify::{HANDSHAKE_OR_END, PROBE_SILENCE, is_bare_ack, is_identified};
use super::gap::EndedBy;
use super::keepalive::ProbeLog;
use super::life::{Life, PackedFrame, side_mark};
use super::pace::Pace;
use super::probing::ProbeSeen;
use super::watcher::Silence;
use crate::frame::FrameNumber;
use crate::segment::{Segment, SegmentTraits, Sender, TcpFlags};
use crate::time::Timestamp;

/// Segments whose consequences are held back at most: stacks give up after 8 to 10 probes.
const HELD: usize = 12;

/// The same where the peer is not seen: nothing follows from its silence.
const HELD_OF_ONE_SIDE: usize = 4;

/// Segments of one sender with the same numbers, one after the other with nothing of the peer between.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    first: ProbeSeen,
    /// The last of them, and its fingerprint.
    last: Segment,
    last_print: u32,
    /// What they are if they are no probes.
    pub otherwise: EndedBy,
    /// Those whose consequences are held back. Empty once there were too many: they have been taken for `otherwise` then.
    pub held: Vec<Held>,
    /// Whether that has happened.
    pub released: bool,
    /// All of them, not only those held.
    pub total: u64,
    /// Those that are the one before them once more, as a frame, and not only by its numbers.
    replays: u64,
    /// Last activity of the flow before the first.
    pub before: (Timestamp, FrameNumber),
    /// New payload of the sender before the first.
    pub payload_before: (Timestamp, PackedFrame),
    /// Retransmissions in a row before the first.
    pub retransmissions: u8,
    /// Frames of the first and the last.
    pub frames: [FrameNumber; 2],
    /// The sender's probes, if these are probes too.
    log: ProbeLog,
    pace: Pace,
}

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub segment: Segment,
    /// Whether it has been taken for what it is if no probe.
    pub told: bool,
    /// Silences it ended.
    pub silences: Vec<Silence>,
}

/// What they were.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// Keepalive probes.
    Probes,
    /// Probes of a closed window.
    ZeroWindowProbes,
    /// What they are if no probes. `proven`: the number is the next one of its sender.
    Otherwise { proven: bool },
    /// So many of them, evenly spaced, are probes or replies: only one direction is there.
    Either { count: u64, one_ip_id: bool },
}

impl Doubt {
    /// Begins with `held`, as `first` if it is a probe. `probes`: those of its sender before.
    pub fn new(life: &Life, held: Held, first: ProbeSeen, otherwise: EndedBy, probes: &ProbeLog) -> Doubt {
        let segment = held.segment;
        let side = &life.sides[segment.sender.index()];
        let mut log = probes.clone();
        log.probe(&first);
        let pace = if segment.payload_len == 0 {
            Pace::begin()
        } else {
            Pace::of_repeats(
                segment.at.since(side.last_at),
                segment.at.since(side.last_payload_at),
                life.retransmissions,
            )
        };
        Doubt {
            first,
            last: segment,
            last_print: first.print,
            otherwise,
            total: 1,
            replays: 0,
            released: false,
            before: (life.last_at(), life.last_frame()),
            payload_before: (side.last_payload_at, side.last_payload_frame),
            retransmissions: life.retransmissions,
            frames: [segment.frame; 2],
            log,
            pace,
            held: vec![held],
        }
    }

    /// Who sent them.
    pub fn sender(&self) -> Sender {
        self.last.sender
    }

    /// A further one.
    pub fn note(&mut self, segment: &Segment, probe: ProbeSeen, silences: Vec<Silence>) {
        let replay = is_identified(segment) && probe.print == self.last_print;
        self.total += 1;
        self.replays += u64::from(replay);
        self.pace.note(segment.at.since(self.last.at), segment.window == self.last.window);
        self.log.probe(&probe);
        self.frames[1] = segment.frame;
        self.last = *segment;
        self.last_print = probe.print;
        if !self.released {
            self.held.push(Held { segment: *segment, told: false, silences });
        }
    }

    /// Whether there are too many to be held back.
    pub fn is_full(&self, life: &Life) -> bool {
        self.held.len() > if self.is_two_way(life) { HELD } else { HELD_OF_ONE_SIDE }
    }

    fn is_two_way(&self, life: &Life) -> bool {
        life.sides[self.last.sender.peer().index()].segments > 0
    }

    /// What `next` says of them; `None`: nothing, it is a further one.
    pub fn verdict_by(&self, next: &Segment, life: &Life) -> Option<Verdict> {
        let empty = self.last.payload_len == 0;
        if next.sender != self.last.sender {
            return Some(self.verdict_by_peer(next, life));
        }
        let ahead = next.seq.ahead_of(self.last.seq);
        let alike = ahead == 0
            && next.ack == self.last.ack
            && next.payload_len == self.last.payload_len
            && !next.flags.intersects(HANDSHAKE_OR_END);
        let nothing = Verdict::Otherwise { proven: false };
        match (empty, ahead) {
            _ if self.otherwise == EndedBy::Data => Some(Verdict::Otherwise { proven: true }),
            (true, _) if alike => None,
            (false, _) if alike => {
                let spacing = next.at.since(self.last.at);
                let device = self.is_sent_by_a_device(life, Some(next));
                let constant = self.pace.of_bytes(spacing)?;
                Some(if constant && !device && spacing >= PROBE_SILENCE { Verdict::Probes } else { nothing })
            }
            // Within a second it may be payload of which the first byte was not captured.
            (true, 1) => {
                let told = self.total > 1
                    || next.flags.contains(TcpFlags::RST)
                    || next.at.since(self.last.at) >= PROBE_SILENCE;
                Some(if told { self.probes() } else { nothing })
            }
            (true, 0) => {
                let plain = !is_bare_ack(next) || next.ack.is_after(self.last.ack);
                Some(Verdict::Otherwise { proven: plain })
            }
            (true, -1) if next.payload_len <= 1 => Some(Verdict::Otherwise { proven: true }),
            _ => Some(self.verdict_by_pace(life, Some(next))),
        }
    }

    /// Empty segments known to lie below the next number.
    fn probes(&self) -> Verdict {
        if self.pace.backs_off() { Verdict::ZeroWindowProbes } else { Verdict::Probes }
    }

    fn verdict_by_peer(&self, next: &Segment, life: &Life) -> Verdict {
        let beyond = self.last.seq.plus(1);
        let acknowledges = next.flags.contains(TcpFlags::ACK);
        // What carries more than the byte of a probe may acknowledge a byte that was not captured.
        let replies = next.payload_len <= 1 || self.total > 1;
        if self.last.payload_len == 0 {
            if acknowledges && next.ack == beyond && replies {
                let closed = next.window == 0 || life.sides[next.sender.index()].has(side_mark::ZERO_WINDOW);
                return if closed { Verdict::ZeroWindowProbes } else { self.probes() };
            }
            if acknowledges && next.ack == self.last.seq {
                return Verdict::Otherwise { proven: true };
            }
        } else if next.ack == beyond && is_bare_ack(next) && next.traits.contains(SegmentTraits::SACK) {
            // A duplicate, by RFC 2883: the byte had come before.
            return Verdict::Probes;
        }
        self.verdict_by_pace(life, None)
    }

    /// What they were, where nothing else says it. `next`: the segment of their sender that follows.
    pub fn verdict_by_pace(&self, life: &Life, next: Option<&Segment>) -> Verdict {
        let nothing = Verdict::Otherwise { proven: false };
        if self.last.payload_len > 0 || self.is_sent_by_a_device(life, next) {
            return nothing;
        }
        let two_way = self.is_two_way(life);
        match self.pace.even() {
            0 => nothing,
            _ if self.pace.backs_off() => nothing,
            _ if two_way && self.pace.is_clearly_even() => Verdict::Probes,
            _ if two_way => nothing,
            count => Verdict::Either { count, one_ip_id: self.replays + 1 == self.total },
        }
    }

    /// Whether they repeat one frame of a sender whose other packets have other IP identifications.
    fn is_sent_by_a_device(&self, life: &Life, next: Option<&Segment>) -> bool {
        let moves_on = next.is_some_and(|next| is_identified(next) && next.ip_id != self.last.ip_id);
        self.replays > 0 && (moves_on || life.counts_ip_ids(&self.last))
    }

    /// The sender's probes, now that these are known to be some: all, or the first where a device has sent that again.
    /// `before`: those without them.
    pub fn into_log(self, life: &Life, next: Option<&Segment>, before: &ProbeLog) -> ProbeLog {
        if !self.is_sent_by_a_device(life, next) {
            return self.log;
        }
        let mut log = before.clone();
        log.probe(&self.first);
        log
    }
}
