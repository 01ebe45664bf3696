//! Sparse segments: those that matter to idleness, each with what was left out before it.
//!
//! Most segments end no gap. A source may keep to the segments that end a silence, open or close a
//! connection, or are probes, replies and what follows them, and say of the rest how much there was and
//! where it left the flow. Left out is not lost: continuity is judged with these numbers. The verdicts are
//! the same; what is missing are gaps below the floor, in histograms.
//!
//! What is left out is told by key, so a source has to give both directions of a flow one realm.
//!
//! Three kinds of source speak this way: a program in the kernel, one part of a distributed job that hands
//! flows to another, and a run that goes on where another stopped.

use super::Settings;
use super::advance::Surroundings;
use super::copies::is_copy;
use super::gap::{Basis, EndedBy};
use super::handshake::belongs_to_displaced;
use super::history::Record;
use super::life::{Flow, PackedFrame, flow_mark, side_mark};
use super::lives::{begins_new_life, first_life};
use super::probing::kind_in;
use super::sequel::Sequel;
use super::view::FlowView;
use super::watcher::{Phase, ServiceId, Silence, Watcher};
use crate::frame::FrameNumber;
use crate::segment::{FlowKey, Segment, SeqNumber, TcpFlags};
use crate::time::{Span, Timestamp};
use std::collections::HashMap;

/// What was left out of one flow: how much, and where it left the flow.
#[derive(Clone, Debug)]
pub struct Elided {
    /// Which flow.
    pub key: FlowKey,
    /// By [`crate::segment::Sender::index`].
    pub sides: [ElidedSide; 2],
    /// Longest silence of all segments among them.
    pub longest: Span,
    /// Longest silence of new payload among them.
    pub longest_payload: Span,
    /// Retransmissions in a row at the end.
    pub retransmissions: u8,
    /// Copies of segments, left out besides.
    pub copies: u64,
    /// Bit by [`Basis::index`]: since the last activity of that basis, segments are missing from the capture.
    pub missing: u8,
    /// Bit by [`Basis::index`]: since the last activity of that basis, the clock was not sound.
    pub stepped: u8,
}

/// What was left out of one side.
#[derive(Clone, Copy, Debug)]
pub struct ElidedSide {
    /// Segments.
    pub segments: u32,
    /// Payload bytes.
    pub payload_bytes: u64,
    /// Next sequence number after them, when the side was seen.
    pub next_seq: Option<SeqNumber>,
    /// Highest acknowledgment, when there was one.
    pub highest_ack: Option<SeqNumber>,
    /// Whether the last window was zero.
    pub zero_window: bool,
    /// IPv4 identification, or low half of the IPv6 flow label, of the last segment.
    pub ip_id: u16,
    /// TTL or hop limit of the last segment.
    pub ttl: u8,
    /// Fingerprint of the last segment.
    pub print: u32,
    /// Whether its segments came with several of them.
    pub several_ttls: bool,
    /// Last segment.
    pub last: (Timestamp, FrameNumber),
    /// Last new payload.
    pub last_payload: (Timestamp, FrameNumber),
}

impl Elided {
    /// Brings a flow to where the segments left out have brought it.
    pub(super) fn apply<A: Default>(&self, flow: &mut Flow<A>) {
        let life = &mut flow.life;
        for (side, elided) in life.sides.iter_mut().zip(&self.sides) {
            // The numbers also where nothing was left out of this side: its peer may have acknowledged more
            // than the capture shows.
            side.segments = side.segments.saturating_add(elided.segments);
            side.payload.add(elided.payload_bytes);
            if let Some(next_seq) = elided.next_seq {
                side.nxt = next_seq;
                side.marks |= side_mark::SEEN;
            }
            if let Some(highest_ack) = elided.highest_ack {
                side.acked = highest_ack;
                side.marks |= side_mark::ACKED;
            }
            side.marks &= !side_mark::ZERO_WINDOW;
            if elided.zero_window {
                side.marks |= side_mark::ZERO_WINDOW;
            }
            if elided.several_ttls {
                side.marks |= side_mark::SEVERAL_TTLS;
            }
            side.ip_id = elided.ip_id;
            side.ttl = elided.ttl;
            side.print = elided.print;
            side.last_at = elided.last.0;
            side.last_frame = PackedFrame::new(elided.last.1);
            side.last_payload_at = elided.last_payload.0;
            side.last_payload_frame = PackedFrame::new(elided.last_payload.1);
        }
        let micros = super::life::saturating_micros;
        life.longest_us = life.longest_us.max(micros(self.longest));
        life.longest_payload_us = life.longest_payload_us.max(micros(self.longest_payload));
        life.missing = self.missing;
        life.stepped = self.stepped;
        life.retransmissions = self.retransmissions;
        if self.copies > 0 {
            life.marks |= flow_mark::COPIES;
            flow.record.get_or_insert_with(Record::new).history.copies += self.copies;
        }
    }
}

/// A segment that was kept, or the end of a flow's segments.
#[derive(Clone, Debug)]
pub struct Sparse {
    /// What was left out before it.
    pub elided: Option<Box<Elided>>,
    /// The segment; `None` where only what was left out remained.
    pub segment: Option<Segment>,
}

/// Thins full input. It follows each flow as a tracker does, so it knows what the tracker will need.
pub struct Thinner {
    flows: HashMap<FlowKey, Thin>,
    settings: Settings,
}

struct Thin {
    flow: Flow<()>,
    /// The flow as the receiver knows it.
    told: super::life::Life,
    copies: u64,
    /// The next segment decides what the last kept one was, or ends a run of probes.
    keep_next: bool,
    /// The life before this one had not ended: late segments of it may come until the handshake is done.
    displaces: bool,
}

/// Notices whether a segment ended a silence.
#[derive(Default)]
struct Notice(bool);

impl Watcher for Notice {
    type Annex = ();
    fn gap(&mut self, _: ServiceId, _: Basis, _: Span, _: EndedBy) {}
    fn silence(&mut self, _: &FlowView<'_>, _: &mut (), _: &Silence) {
        self.0 = true;
    }
    fn sequel(&mut self, _: &FlowView<'_>, _: &mut (), _: &Sequel) {}
    fn still_silent(&mut self, _: &FlowView<'_>, _: &mut (), _: &Silence) {}
    fn retire(&mut self, _: &FlowView<'_>, _: Option<&mut ()>, _: &[Silence]) {}
}

impl Thinner {
    /// Thins for trackers with these settings.
    pub fn new(settings: &Settings) -> Self {
        Thinner { flows: HashMap::new(), settings: *settings }
    }

    /// The segment with what was left out before it, or nothing: it is left out itself.
    pub fn offer(&mut self, segment: &Segment) -> Option<Sparse> {
        let Some(thin) = self.flows.get_mut(&segment.key) else {
            self.flows.insert(segment.key, Thin::begin(segment));
            return Some(Sparse { elided: None, segment: Some(*segment) });
        };
        if begins_new_life(&thin.flow.life, segment) {
            let elided = thin.owed();
            let displaces = segment.flags.contains(TcpFlags::SYN) && !thin.flow.life.is_closed();
            *thin = Thin { displaces, ..Thin::begin(segment) };
            return Some(Sparse { elided, segment: Some(*segment) });
        }
        if is_copy(&mut thin.flow, segment) {
            thin.copies += 1;
            return None;
        }
        if thin.displaces && belongs_to_displaced(&thin.flow.life, segment) {
            return Some(Sparse { elided: None, segment: Some(*segment) });
        }
        thin.displaces &= thin.flow.life.phase() == Phase::SynSent;
        // Taken before the segment changes the flow: this is where the receiver must stand.
        let elided = thin.owed();
        if !thin.advance(segment, &self.settings) {
            return None;
        }
        thin.settle();
        Some(Sparse { elided, segment: Some(*segment) })
    }

    /// What was left out after the last kept segment of each flow, in order of keys.
    pub fn finish(self) -> Vec<Sparse> {
        let mut rest: Vec<Sparse> = self
            .flows
            .into_values()
            .filter_map(|thin| Some(Sparse { elided: Some(thin.owed()?), segment: None }))
            .collect();
        rest.sort_by_key(|sparse| sparse.elided.as_ref().map(|elided| elided.key));
        rest
    }
}

impl Thin {
    fn begin(segment: &Segment) -> Thin {
        let life = first_life(segment, ServiceId(0));
        Thin { flow: Flow { life, record: None }, told: life, copies: 0, keep_next: true, displaces: false }
    }

    /// Advances the flow; whether the receiver needs the segment.
    fn advance(&mut self, segment: &Segment, settings: &Settings) -> bool {
        let doubtful = |flow: &Flow<()>| {
            flow.record.as_ref().is_some_and(|record| record.history.undecided.is_some())
                || flow.life.sides.iter().any(|side| side.has(side_mark::UNPROVEN))
                || !flow.life.is(flow_mark::ESTABLISHED)
                || flow.life.is(flow_mark::DOUBTFUL_RESET)
        };
        // What came under a side's address before it spoke is compared with its first segment, and so is the
        // identification of that with later ones.
        let first = !self.flow.life.sides[segment.sender.index()].has(side_mark::SEEN);
        let before = first || doubtful(&self.flow);
        let kind = kind_in(&self.flow, segment);
        let mut notice = Notice::default();
        let mut surroundings = Surroundings {
            watcher: &mut notice,
            silence_floor: settings.floor_at(segment.frame),
            observed_from: settings.observation.at(segment.frame),
            clock_step: FrameNumber(0),
        };
        surroundings.advance(&mut self.flow, segment);
        let telling = !matches!(kind, EndedBy::Data | EndedBy::Ack);
        let keep = before || doubtful(&self.flow) || telling || notice.0;
        let kept = keep || self.keep_next;
        // A reply follows its probe, perhaps behind a probe of the other side; what ends the run follows them.
        let awaited = self.flow.record.as_ref().is_some_and(|record| {
            record.history.unaided_since.is_some()
                || record.history.probes.iter().any(|p| p.awaits_reply())
                || record.history.asks()
                || record.history.inquest.as_ref().is_some_and(|inquest| inquest.farewell.is_some())
        });
        self.keep_next = keep || awaited;
        kept
    }

    /// What the receiver does not know yet.
    fn owed(&self) -> Option<Box<Elided>> {
        let (life, told) = (&self.flow.life, &self.told);
        let sides = std::array::from_fn(|i| {
            let (now, known) = (&life.sides[i], &told.sides[i]);
            ElidedSide {
                segments: now.segments.saturating_sub(known.segments),
                payload_bytes: now.payload.get().saturating_sub(known.payload.get()),
                next_seq: now.has(side_mark::SEEN).then_some(now.nxt),
                highest_ack: now.has(side_mark::ACKED).then_some(now.acked),
                zero_window: now.has(side_mark::ZERO_WINDOW),
                ip_id: now.ip_id,
                ttl: now.ttl,
                print: now.print,
                several_ttls: now.has(side_mark::SEVERAL_TTLS),
                last: (now.last_at, now.last_frame.get()),
                last_payload: (now.last_payload_at, now.last_payload_frame.get()),
            }
        });
        let nothing = sides.iter().all(|side: &ElidedSide| side.segments == 0) && self.copies == 0;
        (!nothing).then(|| {
            Box::new(Elided {
                key: life.key,
                sides,
                longest: Span::from_nanos(u64::from(life.longest_us) * 1000),
                longest_payload: Span::from_nanos(u64::from(life.longest_payload_us) * 1000),
                retransmissions: life.retransmissions,
                copies: self.copies,
                missing: life.missing,
                stepped: life.stepped,
            })
        })
    }

    /// The receiver has been told everything.
    fn settle(&mut self) {
        self.told = self.flow.life;
        self.copies = 0;
    }
}
