//! Goodbyes: the few last bytes that a program says before it closes an idle connection (TLS `close_notify`, GOAWAY,
//! LDAP unbind, SSH disconnect). They are payload, but nobody used the connection again.
//!
//! Told by size and timing, never by content: at most [`GOODBYE_SIZE`] bytes end a long silence of payload, and the same
//! side's FIN or RST comes within a round trip, so before an answer could have come. The other side sends no payload
//! after it; or it does and is refused by RST, which a side that waits for an answer would not send (RFC 9293 3.6). A
//! request that was lost looks the same until the other side shows that it got it.

use super::advance::Surroundings;
use super::classify::Meaning;
use super::gap::{Basis, EndedBy, Gap, Role};
use super::inquest::Question;
use super::life::{Flow, Life, side_mark};
use super::reset::ResetSeen;
use super::sequel::{Fate, Sequel};
use super::watcher::{Silence, Standing, Watcher};
use crate::frame::FrameNumber;
use crate::segment::{Segment, Sender, SeqNumber, TcpFlags};
use crate::time::{Span, Timestamp};

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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

/// Small payload that ended a silence of payload: a goodbye if a close follows at once.
#[derive(Clone, Debug)]
pub(super) struct Farewell {
    gap: Gap,
    standing: Standing,
    speaker: Sender,
    role: Role,
    at: Timestamp,
    /// Behind all that it said.
    end: SeqNumber,
    bytes: u32,
    /// Until when the close must have come.
    until: Timestamp,
    closed: Option<(EndedBy, FrameNumber)>,
    reset: Option<ResetSeen>,
    heard_in: Option<FrameNumber>,
    /// First payload of the other side after the close, and behind it: it is refused, or this was no goodbye.
    replied: Option<(Timestamp, SeqNumber)>,
    refused: bool,
}

impl Farewell {
    /// Starts with the payload that ended `silence`, before it changes the life of its flow.
    pub fn begin(life: &Life, segment: &Segment, silence: &Silence) -> Option<Farewell> {
        let (ending, gap) = (silence.ending?, silence.as_gap()?);
        // Who is told of a close says goodbye too.
        let closing = life.sides.iter().any(|side| side.has(side_mark::FIN));
        if silence.basis != Basis::Payload || ending.by != EndedBy::Data || closing || life.is_closed() {
            return None;
        }
        Some(Farewell {
            gap,
            standing: silence.standing,
            speaker: segment.sender,
            role: ending.sender,
            at: segment.at,
            end: segment.seq,
            bytes: 0,
            until: segment.at + patience(life),
            closed: None,
            reset: None,
            heard_in: None,
            replied: None,
            refused: false,
        })
    }

    /// Takes the segment that began it, and those that follow. Whether it may still be a goodbye.
    fn goes_on(&mut self, segment: &Segment, meaning: Meaning, reset: Option<ResetSeen>) -> bool {
        if self.closed.is_none() && segment.at > self.until {
            return false;
        }
        if segment.sender == self.speaker {
            self.speaker_sends(segment, meaning, reset)
        } else {
            self.peer_sends(segment, meaning)
        }
    }

    fn speaker_sends(&mut self, segment: &Segment, meaning: Meaning, reset: Option<ResetSeen>) -> bool {
        if let Some((_, reply_end)) = self.replied {
            self.refused |= meaning.kind == EndedBy::Rst;
            // Taken, it was an answer. Refused, nobody waited for one.
            let taken = segment.flags.contains(TcpFlags::ACK) && segment.ack.ahead_of(reply_end) >= 0;
            return self.refused || !taken;
        }
        if meaning.fresh {
            self.bytes = self.bytes.saturating_add(segment.payload_len);
            self.end = segment.seq.plus(segment.payload_len);
        }
        if self.closed.is_none() && meaning.closes {
            self.closed = Some((meaning.kind, segment.frame));
            self.reset = reset;
        }
        self.bytes <= GOODBYE_SIZE
    }

    fn peer_sends(&mut self, segment: &Segment, meaning: Meaning) -> bool {
        let acknowledges = segment.flags.contains(TcpFlags::ACK) && meaning.kind != EndedBy::Probe;
        if acknowledges && segment.ack.ahead_of(self.end) >= 0 {
            self.heard_in.get_or_insert(segment.frame);
        }
        if meaning.fresh {
            self.replied.get_or_insert((segment.at, segment.seq.plus(segment.payload_len)));
        }
        // Who closes first in answer has done what was asked. A RST closes as well, but nobody answers that by a FIN: what
        // comes has crossed it.
        self.closed.is_some() || !(meaning.fresh || meaning.kind == EndedBy::Fin)
    }

    /// The flow is over: what it was.
    fn conclude(&self) -> Option<Sequel> {
        let (closed_by, closed_in) = self.closed.filter(|_| self.replied.is_none() || self.refused)?;
        let goodbye = Goodbye {
            said_at: self.at,
            bytes: self.bytes,
            closed_by,
            closed_in,
            heard_in: self.heard_in,
            refused: self.replied.map(|(at, _)| at),
        };
        Some(Sequel {
            gap: self.gap,
            standing: self.standing,
            speaker: self.role,
            fate: Fate::ClosedUnprompted { reset: self.reset, goodbye: Some(goodbye) },
        })
    }
}

/// How long after its last words a side's close comes without waiting for an answer.
fn patience(life: &Life) -> Span {
    let [low, high] = life.sides.each_ref().map(|side| side.round_trip());
    let round_trip = low.zip(high).map_or(Span::ZERO, |(low, high)| low + high);
    round_trip.clamp(AT_ONCE, LONGEST_ROUND_TRIP)
}

/// Small payload ended silences, and has not changed its flow yet: it may be a goodbye.
#[cold]
pub(super) fn begin_farewell<A>(flow: &mut Flow<A>, segment: &Segment, ended: &[Silence]) {
    let Some(silence) = ended.iter().find(|silence| silence.basis == Basis::Payload) else { return };
    let Some(inquest) = flow.record.as_mut().and_then(|record| record.history.inquest.as_mut()) else {
        return;
    };
    // Who still waits for an answer to what it said before has not said its last words.
    let waits = |question: &Question| question.waits() && !question.began_with(segment.frame);
    if segment.payload_len <= GOODBYE_SIZE
        && !inquest.question.as_deref().is_some_and(waits)
        && let Some(farewell) = Farewell::begin(&flow.life, segment, silence)
    {
        inquest.farewell = Some(Box::new(farewell));
    }
}

impl<W: Watcher> Surroundings<'_, W> {
    /// Takes a segment while the last words of a side may be its goodbye, after it has changed its flow.
    #[cold]
    pub fn watch_farewell(&mut self, flow: &mut Flow<W::Annex>, segment: &Segment, meaning: Meaning) {
        let Some(inquest) = flow.record.as_mut().and_then(|record| record.history.inquest.as_mut()) else {
            return;
        };
        let reset = inquest.resets[segment.sender.index()].filter(|reset| reset.frame == segment.frame);
        if let Some(farewell) = &mut inquest.farewell
            && !farewell.goes_on(segment, meaning, reset)
        {
            inquest.farewell = None;
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
