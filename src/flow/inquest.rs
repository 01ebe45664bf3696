//! Follows a flow after a silence, until it is known what came of it.

use super::classify::{Meaning, end_of};
use super::gap::{EndedBy, Gap, Role};
use super::goodbye::{Farewell, LastWords};
use super::handshake::ResetEffect;
use super::history::History;
use super::life::{Life, flow_mark, side_mark};
use super::reset::{FlowLabel, ResetSeen, Trigger};
use super::sequel::{Answer, Fate, GaveUp, Sequel, Sequels, ShownBy, Unanswered, WhyUndecided};
use super::watcher::{Silence, Standing};
use crate::frame::FrameNumber;
use crate::segment::{Segment, SegmentTraits, Sender, SeqNumber, TcpFlags};
use crate::time::{Span, Timestamp};

/// How long after a single send its repetition is overdue: the longest first timeout of common stacks (RFC 6298
/// 2.1: 1 s, older ones 3 s).
const FIRST_REPEAT: Span = Span::from_secs(3);

/// What is kept of what came after silences.
#[derive(Debug, Default)]
pub(super) struct Inquest {
    /// The silence of which it is not yet known.
    pub question: Option<Box<Question>>,
    pub sequels: Sequels,
    /// The first RST of each side that its receiver may have taken, by [`Sender::index`].
    pub resets: [Option<ResetSeen>; 2],
    /// The first RST under the responder's address that the initiator had to drop: it waited for the answer to its SYN.
    pub dropped: Option<Box<ResetSeen>>,
    /// What ended the last silence of payload.
    pub last_words: Option<LastWords>,
    /// Last words and a close right behind them.
    pub farewell: Option<Box<Farewell>>,
}

/// A segment that ended a silence, as far as what follows is measured by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// Acknowledgment that covers it; `None`: it asks for none.
    pub covered_by: Option<SeqNumber>,
    /// Its own acknowledgment.
    pub ack: SeqNumber,
    /// Its timestamp echo, 0 where there is none.
    pub echo: u32,
    pub timestamps: bool,
    /// A RST that its receiver need not have taken: it answers nothing, and ends nothing.
    pub void: bool,
}

impl Opening {
    pub fn of(segment: &Segment, meaning: Meaning) -> Opening {
        let void = meaning.kind == EndedBy::Rst && !meaning.closes;
        Opening { void, ..Opening::asking(segment, meaning.kind) }
    }

    fn asking(segment: &Segment, kind: EndedBy) -> Opening {
        let covered_by = match kind {
            EndedBy::Ack | EndedBy::Rst => None,
            EndedBy::Probe | EndedBy::ZeroWindowProbe => Some(segment.seq.plus(1)),
            EndedBy::Data | EndedBy::Fin | EndedBy::Syn | EndedBy::Retransmission => Some(end_of(segment)),
        };
        let timestamps = segment.traits.contains(SegmentTraits::TIMESTAMPS);
        Opening { covered_by, ack: segment.ack, echo: segment.ts_ecr, timestamps, void: false }
    }
}

/// A silence of which it is not yet known what came of it.
#[derive(Clone, Debug)]
pub(super) struct Question {
    gap: Gap,
    standing: Standing,
    speaker: Sender,
    role: Role,
    ended_at: Timestamp,
    opening: Opening,
    /// Behind all that the speaker has sent since.
    high: SeqNumber,
    sends: u32,
    probes: u32,
    repeats: u32,
    /// Last segment that asks for an answer.
    last: (Timestamp, FrameNumber),
    /// The one before it.
    last_but_one: Option<Timestamp>,
    /// The other end spoke, but not of this.
    heard: bool,
}

impl Question {
    pub fn new(silence: &Silence, speaker: Sender, opening: Opening) -> Option<Question> {
        let (ending, gap) = (silence.ending?, silence.as_gap()?);
        let asks = opening.covered_by.is_some();
        Some(Question {
            gap,
            standing: silence.standing,
            speaker,
            role: ending.sender,
            ended_at: ending.at,
            opening,
            high: opening.covered_by.unwrap_or_default(),
            sends: u32::from(asks),
            probes: u32::from(asks && ending.by == EndedBy::Probe),
            repeats: u32::from(asks && ending.by == EndedBy::Retransmission),
            last: (ending.at, ending.frame),
            last_but_one: None,
            heard: false,
        })
    }

    /// Whose segment it is about.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether `frame` ended its silence.
    pub fn began_with(&self, frame: FrameNumber) -> bool {
        self.gap.end_frame == frame
    }

    /// Whether a further silence belongs to this question: its sender still waits for the same answer.
    pub fn waits(&self) -> bool {
        self.opening.covered_by.is_some() && !self.heard
    }

    /// Whether a segment of the other end acknowledges what was sent.
    pub fn is_answered_by(&self, segment: &Segment) -> bool {
        let acknowledges = segment.sender != self.speaker && segment.flags.contains(TcpFlags::ACK);
        acknowledges && self.opening.covered_by.is_some_and(|end| segment.ack.ahead_of(end) >= 0)
    }

    fn told(&self, fate: Fate) -> Sequel {
        Sequel { gap: self.gap, standing: self.standing, speaker: self.role, fate }
    }

    fn answered(&self, segment: &Segment, shown_by: ShownBy) -> Sequel {
        self.told(Fate::Answered(Answer {
            frame: segment.frame,
            after: segment.at.since(self.ended_at),
            sends: self.sends.max(1),
            shown_by,
        }))
    }

    /// Takes a segment that came after the silence and is no RST.
    pub fn follow(&mut self, segment: &Segment, kind: EndedBy) -> Option<Sequel> {
        if segment.frame == self.gap.end_frame {
            return None;
        }
        if segment.sender == self.speaker {
            self.speaker_sends(segment, kind)
        } else {
            self.peer_sends(segment, kind)
        }
    }

    fn speaker_sends(&mut self, segment: &Segment, kind: EndedBy) -> Option<Sequel> {
        let echo_moved = segment.ts_ecr != 0
            && self.opening.echo != 0
            && SeqNumber(segment.ts_ecr).is_after(SeqNumber(self.opening.echo));
        let ack_moved = segment.flags.contains(TcpFlags::ACK) && segment.ack.is_after(self.opening.ack);
        // What the peer was heard to say moves them too, and says nothing of this.
        if (echo_moved || ack_moved) && !self.heard {
            return Some(self.answered(segment, ShownBy::Progress));
        }
        let next = Opening::asking(segment, kind);
        let end = next.covered_by?;
        match self.opening.covered_by {
            None => {
                self.opening = Opening { covered_by: Some(end), ..self.opening };
                self.high = end;
            }
            Some(_) if kind == EndedBy::Probe => {}
            Some(_) if end.is_after(self.high) => self.high = end,
            Some(_) => self.repeats = self.repeats.saturating_add(1),
        }
        self.sends = self.sends.saturating_add(1);
        self.probes = self.probes.saturating_add(u32::from(kind == EndedBy::Probe));
        self.last_but_one = (self.sends > 1).then_some(self.last.0);
        self.last = (segment.at, segment.frame);
        None
    }

    fn peer_sends(&mut self, segment: &Segment, kind: EndedBy) -> Option<Sequel> {
        let Some(covered_by) = self.opening.covered_by else {
            return Some(self.answered(segment, ShownBy::Speech));
        };
        // A probe acknowledges what was received before it, and crosses the other end's probes unanswered.
        let speaks_of_it = segment.flags.contains(TcpFlags::ACK) && kind != EndedBy::Probe;
        if speaks_of_it && segment.ack.ahead_of(covered_by) >= 0 {
            return Some(self.answered(segment, ShownBy::Acknowledgment));
        }
        if speaks_of_it && segment.traits.contains(SegmentTraits::SACK) {
            return Some(self.answered(segment, ShownBy::Sack));
        }
        self.heard = true;
        None
    }

    /// Takes a RST that counts.
    pub fn end_by(&self, reset: &ResetSeen, two_way: bool) -> Sequel {
        if reset.sender != self.role {
            return self.told(Fate::Refused(*reset));
        }
        self.give_up(reset.at, Some(GaveUp::Reset(reset.frame)), two_way)
    }

    /// The flow, or the capture, is over at `end`. `doubtful`: a RST with an inexact number that came meanwhile.
    pub fn end(&self, end: Timestamp, doubtful: Option<&ResetSeen>, two_way: bool) -> Sequel {
        if let Some(reset) = doubtful.filter(|reset| reset.sender != self.role && reset.at >= self.ended_at) {
            return self.told(Fate::Refused(*reset));
        }
        let spacing = self.last_but_one.map(|before| self.last.0.since(before));
        let due = spacing.map_or(FIRST_REPEAT, |spacing| spacing.times(2) + Span::from_secs(1));
        let gave_up = (end.since(self.last.0) > due).then_some(GaveUp::Silently);
        self.give_up(end, gave_up, two_way)
    }

    fn give_up(&self, end: Timestamp, gave_up: Option<GaveUp>, two_way: bool) -> Sequel {
        let unanswered = Unanswered {
            sends: self.sends,
            probes: self.probes,
            repeats: self.repeats,
            last_frame: self.last.1,
            last_at: self.last.0,
            listened: end.since(self.last.0),
            gave_up,
        };
        let why = if self.opening.covered_by.is_none() {
            WhyUndecided::NothingAsked
        } else if self.heard {
            WhyUndecided::PeerHeard
        } else if !two_way {
            WhyUndecided::OneWay
        } else if gave_up.is_none() && !unanswered.is_convincing() {
            WhyUndecided::Ended
        } else {
            return self.told(Fate::Unanswered(unanswered));
        };
        self.told(Fate::Undecided(why))
    }
}

/// What a RST looks like beside what its flow has shown so far. Called before the RST changes the flow.
pub(super) fn reset_seen(
    life: &Life,
    history: Option<&History>,
    segment: &Segment,
    effect: ResetEffect,
) -> ResetSeen {
    let (from, to) = (segment.sender, segment.sender.peer());
    let (side, peer) = (&life.sides[from.index()], &life.sides[to.index()]);
    // Earlier RSTs under its address may be a box's as well.
    let spoke = side.has(side_mark::SEEN);
    let v6 = segment.traits.contains(SegmentTraits::IPV6);
    let inquest = history.and_then(|history| history.inquest.as_deref());
    let later = (peer.last_at, peer.last_frame.get()) > (side.last_at, side.last_frame.get());
    let answers = peer.segments > 0 && (later || side.segments == 0);
    let question = inquest.and_then(|inquest| inquest.question.as_deref());
    let twin = inquest.and_then(|inquest| inquest.resets[to.index()].as_ref());
    // A RST is never answered by one (RFC 9293 3.10.7.1).
    let answers = answers && twin.is_none_or(|twin| twin.frame != peer.last_frame.get());
    ResetSeen {
        frame: segment.frame,
        at: segment.at,
        sender: life.role_of(from),
        phase: life.phase(),
        ttl: segment.ttl,
        // Of copies from both sides of a router it is not known which one was kept.
        usual_ttl: (spoke && !life.is(flow_mark::COPIES)).then_some(side.ttl),
        several_ttls: side.has(side_mark::SEVERAL_TTLS),
        heard_at: spoke.then_some(side.last_at),
        flow_label: (v6 && spoke).then(|| FlowLabel::of(segment.ip_id, side.ip_id)),
        continues_ip_id: (!v6 && spoke && segment.ip_id != 0 && side.ip_id != 0)
            .then(|| (1..=4).contains(&segment.ip_id.wrapping_sub(side.ip_id))),
        copies_ip_id: !v6 && segment.ip_id != 0 && answers && segment.ip_id == peer.ip_id,
        with_ack: segment.flags.contains(TcpFlags::ACK),
        window: segment.window,
        timestamps: segment.traits.contains(SegmentTraits::TIMESTAMPS),
        timestamps_expected: question
            .filter(|question| question.speaker == to)
            .map(|question| question.opening.timestamps),
        exact: effect == ResetEffect::Ends,
        dropped: effect == ResetEffect::Dropped,
        trigger: answers
            .then(|| Trigger { frame: peer.last_frame.get(), latency: segment.at.since(peer.last_at) }),
        after_silence: question.is_some_and(|question| question.speaker == to && question.waits()),
        rtt: side.round_trip(),
        unanswered_probes: history.map_or(0, |history| history.probes[from.index()].unanswered_now()),
        in_flight: life.in_flight(to),
        acknowledges_all: segment.flags.contains(TcpFlags::ACK) && segment.ack == peer.nxt,
        fins: Role::BOTH.map(|role| life.side(role).has(side_mark::FIN)),
        twin: twin.map(|twin| segment.at.since(twin.at)),
    }
}

impl FlowLabel {
    fn of(label: u16, usual: u16) -> FlowLabel {
        match (label, usual) {
            (0, 0) => FlowLabel::Unused,
            (0, _) => FlowLabel::Dropped,
            (label, usual) if label == usual => FlowLabel::Kept,
            _ => FlowLabel::Changed,
        }
    }
}
