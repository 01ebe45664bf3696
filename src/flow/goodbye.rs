//! Goodbyes: the few last bytes that a program says before it closes an idle connection (TLS `close_notify`, GOAWAY,
//! LDAP unbind, SSH disconnect). They are payload, but nobody used the connection again.
//!
//! Told by size and timing, never by content: at most [`GOODBYE_SIZE`] bytes end a long silence of payload, and the same
//! side's FIN or RST comes within a round trip, so before an answer could have come. The other side sends no payload
//! after it; or it does and is refused by RST, which a side that waits for an answer would not send (RFC 9293 3.6). A
//! request that was lost looks the same until the other side shows that it got it.

use super::advance::{Surroundings, pair};
use super::classify::Meaning;
use super::gap::{Basis, EndedBy, Gap, Role};
use super::inquest::Question;
use super::life::{Flow, Life, PackedBytes, side_mark};
use super::reset::ResetSeen;
use super::sequel::{Fate, Sequel};
use super::watcher::{Silence, Standing, Watcher};
use crate::frame::FrameNumber;
use crate::segment::{Segment, Sender, SeqNumber, TcpFlags};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Largest goodbye, in bytes of payload. A `close_notify` has 24 to 53, a GOAWAY with one some 100, and an unbind in a
/// sealed envelope some 150.
pub const GOODBYE_SIZE: u32 = 256;

/// How long a program takes between its last words and its close, where a round trip is shorter or not known.
const AT_ONCE: Span = Span::from_millis(10);

/// No path is longer, whatever a handshake with lost segments says.
const LONGEST_ROUND_TRIP: Span = Span::from_secs(1);

/// From a close on, what the other side's program and TLS library say to it has come; what comes later is use.
const LAST_WORDS: Span = Span::from_secs(1);

/// The last words of a side, and its close right behind them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Goodbye {
    /// When they were said; the silence before them had ended.
    pub said_at: Timestamp,
    /// Payload bytes.
    pub bytes: u32,
    /// FIN or RST. The payload may lie on the FIN itself.
    pub closed_by: EndedBy,
    /// Its frame.
    pub closed_in: FrameNumber,
    /// The frame that shows that the other side got them: an acknowledgment, alone or with its own FIN or RST. `None`: a
    /// request that was lost would look the same.
    pub heard_in: Option<FrameNumber>,
    /// Payload that the other side sent after them, which was refused by RST: its own last words, or a request that
    /// crossed the close.
    pub refused: Option<Timestamp>,
}

impl Goodbye {
    /// Whether it was a goodbye: a lost request would look the same where the other side was not seen to get it.
    pub fn is_proven(&self) -> bool {
        self.heard_in.is_some()
    }

    /// Whether the other side used the connection after it.
    pub fn was_crossed(&self) -> bool {
        self.refused.is_some_and(|at| at.since(self.said_at) > LAST_WORDS)
    }
}

/// What ended the last silence of payload, as far as it takes to know later whether it was a goodbye. Kept of every such
/// silence, so it is small, and looked at when a side closes.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastWords {
    /// Of payload; they ended it.
    silence: Silence,
    /// Payload bytes that their side had sent before.
    said_before: PackedBytes,
}

impl LastWords {
    /// Their side has closed, by `segment`: whether that came at once, and nothing but a few bytes before it. `resets`: by
    /// [`Sender::index`].
    fn end_with(
        &self,
        life: &Life,
        segment: &Segment,
        meaning: Meaning,
        resets: &[Option<ResetSeen>; 2],
    ) -> Option<Farewell> {
        let (ending, gap) = (self.silence.ending?, self.silence.as_gap()?);
        let (side, peer) = pair(life, segment.sender);
        let bytes = side.payload.get().saturating_sub(self.said_before.get());
        // The other side's FIN is an answer. A RST is one as well, but nobody answers that by a FIN: what comes has
        // crossed it.
        let answered = peer.last_payload_frame.get() > ending.frame || peer.has(side_mark::FIN);
        let at_once = segment.at.since(ending.at) <= patience(life);
        let little = bytes <= u64::from(GOODBYE_SIZE);
        if life.role_of(segment.sender) != ending.sender || answered || !at_once || !little {
            return None;
        }
        let phantom = u32::from(meaning.kind == EndedBy::Fin);
        let end = side.nxt.plus(0_u32.wrapping_sub(phantom));
        let acknowledged = peer.has(side_mark::ACKED) && peer.acked.ahead_of(end) >= 0;
        let dropped = resets[segment.sender.peer().index()];
        let refused = dropped.filter(|reset| reset.with_ack && reset.frame > ending.frame);
        let heard_in = refused.map(|reset| reset.frame).or(acknowledged.then(|| peer.last_frame.get()));
        Some(Farewell {
            gap,
            standing: self.silence.standing,
            speaker: segment.sender,
            role: ending.sender,
            end,
            bytes: bytes as u32,
            closed_by: meaning.kind,
            closed_in: segment.frame,
            reset: resets[segment.sender.index()].filter(|reset| reset.frame == segment.frame),
            heard_in,
            replied: None,
            refused: false,
        })
    }
}

/// Last words and the close right behind them: a goodbye, if the other side does not answer with payload.
#[derive(Clone, Debug)]
pub(super) struct Farewell {
    gap: Gap,
    standing: Standing,
    speaker: Sender,
    role: Role,
    /// Behind all that it said.
    end: SeqNumber,
    bytes: u32,
    closed_by: EndedBy,
    closed_in: FrameNumber,
    reset: Option<ResetSeen>,
    heard_in: Option<FrameNumber>,
    /// First payload of the other side after the close, and behind it: it is refused, or this was no goodbye.
    replied: Option<(Timestamp, SeqNumber)>,
    refused: bool,
}

impl Farewell {
    /// Takes a segment that follows the close. Whether it may still be a goodbye.
    fn goes_on(&mut self, segment: &Segment, meaning: Meaning) -> bool {
        let with_ack = segment.flags.contains(TcpFlags::ACK);
        if segment.sender != self.speaker {
            if with_ack && meaning.kind != EndedBy::Probe && segment.ack.ahead_of(self.end) >= 0 {
                self.heard_in.get_or_insert(segment.frame);
            }
            if meaning.fresh {
                self.replied.get_or_insert((segment.at, segment.seq.plus(segment.payload_len)));
            }
            return true;
        }
        let Some((_, reply_end)) = self.replied else { return true };
        self.refused |= meaning.kind == EndedBy::Rst;
        // Taken, it was an answer. Refused, nobody waited for one.
        self.refused || !(with_ack && segment.ack.ahead_of(reply_end) >= 0)
    }

    /// The flow is over: what it was.
    fn conclude(&self) -> Option<Sequel> {
        let Farewell { gap, standing, role, .. } = *self;
        let goodbye = Goodbye {
            said_at: gap.start_at + gap.length,
            bytes: self.bytes,
            closed_by: self.closed_by,
            closed_in: self.closed_in,
            heard_in: self.heard_in,
            refused: self.replied.map(|(at, _)| at),
        };
        let fate = Fate::ClosedUnprompted { reset: self.reset, goodbye: Some(goodbye) };
        (self.replied.is_none() || self.refused).then_some(Sequel { gap, standing, speaker: role, fate })
    }
}

/// How long after its last words a side's close comes without waiting for an answer.
fn patience(life: &Life) -> Span {
    let [low, high] = life.sides.each_ref().map(|side| side.round_trip());
    let round_trip = low.zip(high).map_or(Span::ZERO, |(low, high)| low + high);
    round_trip.clamp(AT_ONCE, LONGEST_ROUND_TRIP)
}

/// Payload ended silences, and has not changed its flow yet: it may be the first of a side's last words.
pub(super) fn note_last_words<A>(flow: &mut Flow<A>, segment: &Segment, ended: &[Silence]) {
    let Some(silence) = ended.iter().find(|silence| silence.basis == Basis::Payload) else { return };
    let Some(inquest) = flow.record.as_mut().and_then(|record| record.history.inquest.as_mut()) else {
        return;
    };
    // Who still waits for an answer to what it said before has not said its last words, and who is told of a close says
    // goodbye too.
    let waits = |question: &Question| question.waits() && !question.began_with(segment.frame);
    let waits = inquest.question.as_deref().is_some_and(waits);
    let closing = flow.life.sides.iter().any(|side| side.has(side_mark::FIN)) || flow.life.is_closed();
    let said_before = flow.life.sides[segment.sender.index()].payload;
    inquest.last_words = (!waits && !closing).then_some(LastWords { silence: *silence, said_before });
}

impl<W: Watcher> Surroundings<'_, W> {
    /// Takes a segment that closes, or that follows what may be a goodbye, after it has changed its flow.
    #[cold]
    pub fn watch_farewell(&mut self, flow: &mut Flow<W::Annex>, segment: &Segment, meaning: Meaning) {
        let Some(inquest) = flow.record.as_mut().and_then(|record| record.history.inquest.as_mut()) else {
            return;
        };
        if let Some(farewell) = &mut inquest.farewell {
            if !farewell.goes_on(segment, meaning) {
                inquest.farewell = None;
                inquest.last_words = None;
            }
        } else if meaning.closes
            && let Some(words) = inquest.last_words
        {
            let farewell = words.end_with(&flow.life, segment, meaning, &inquest.resets);
            inquest.farewell = farewell.map(Box::new);
        }
    }

    /// The flow is over: tells of the goodbye that ended it.
    pub fn close_farewell(&mut self, flow: &mut Flow<W::Annex>) {
        let Some(inquest) = flow.record.as_mut().and_then(|record| record.history.inquest.as_mut()) else {
            return;
        };
        if let Some(sequel) = inquest.farewell.take().and_then(|farewell| farewell.conclude()) {
            self.conclude(flow, sequel);
        }
    }
}
