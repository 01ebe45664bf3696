//! Two directions that were joined midway and come in different realms: whether they are one flow shows in several
//! segments of both.
//!
//! Until then all of them are held, so that afterwards they can be taken in the order in which they came, whatever the
//! answer. The bound keeps memory small; an answer mostly takes three segments.

use super::classify::end_of;
use super::fit::is_near;
use super::life::{Life, Side, side_mark};
use crate::segment::{Realm, Segment, Sender, SeqNumber, TcpFlags};

/// Segments held for one flow at the most. Where both directions have much in flight, it takes this long until one
/// acknowledges what was seen of the other.
const HELD: usize = 32;

/// Segments whose numbers have to be those that the other direction named.
const AGREEING: u32 = 3;

/// What the numbers say so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// Nothing yet.
    Open,
    /// Both directions are of one flow.
    One,
    /// They are of two.
    Two,
}

/// Highest numbers that a side has sent.
#[derive(Clone, Copy, Debug)]
struct Said {
    nxt: SeqNumber,
    acked: SeqNumber,
}

/// A direction that may belong to a one-way flow in another realm.
#[derive(Debug)]
pub(super) struct Joining {
    /// Who sends it.
    pub newcomer: Sender,
    /// Where it comes.
    pub realm: Realm,
    /// The flow had no record before.
    pub made_record: bool,
    /// Of the flow's side when the newcomer came.
    settled: Said,
    /// Its handshake was not seen: as an empty segment may have been a probe, or was taken for one, its number may be one
    /// too low or too high.
    within_one: bool,
    said: [Option<Said>; 2],
    held: Vec<Segment>,
    agreeing: u32,
    /// In some segment both numbers were those that the other direction named.
    both_agreed: bool,
}

impl Joining {
    /// `life` is the one-way flow; `realm` is that of its silent side's segments, if they are its.
    pub fn new(life: &Life, newcomer: Sender, realm: Realm, made_record: bool) -> Self {
        let side: &Side = &life.sides[newcomer.peer().index()];
        let settled = Said { nxt: side.nxt, acked: side.acked };
        let mut said = [None; 2];
        said[newcomer.peer().index()] = Some(settled);
        Joining {
            newcomer,
            realm,
            made_record,
            settled,
            within_one: !side.has(side_mark::SYN),
            said,
            held: Vec::new(),
            agreeing: 0,
            both_agreed: false,
        }
    }

    /// Holds a segment of either side.
    pub fn take(&mut self, segment: &Segment) -> Answer {
        let answer = self.hear(segment);
        self.held.push(*segment);
        match answer {
            Answer::Open if self.held.len() >= HELD => self.answer_now(),
            answer => answer,
        }
    }

    /// The answer if nothing more comes.
    pub fn answer_now(&self) -> Answer {
        if self.both_agreed { Answer::One } else { Answer::Two }
    }

    /// When the last held segment came.
    pub fn last(&self) -> Option<&Segment> {
        self.held.last()
    }

    /// What was held, in the order in which it came.
    pub fn into_held(self) -> Vec<Segment> {
        self.held
    }

    fn hear(&mut self, segment: &Segment) -> Answer {
        let (sender, peer) = (segment.sender, segment.sender.peer());
        if segment.flags.contains(TcpFlags::RST) {
            // Its numbers may be anything, but hardly this one by chance.
            return if self.has_acked(peer, segment.seq) { Answer::One } else { Answer::Open };
        }
        if !segment.flags.contains(TcpFlags::ACK) {
            return Answer::Open;
        }
        if let Some(other) = self.said[peer.index()]
            && !(is_near(segment.ack, other.nxt) && is_near(segment.seq, other.acked))
        {
            return Answer::Two;
        }
        let acks = self.has_sent_up_to(peer, segment.ack);
        // A probe has a number, or a byte, that was acknowledged before.
        let asked_for = self.has_acked(peer, segment.seq)
            || segment.payload_len <= 1 && self.has_acked(peer, segment.seq.plus(1));
        self.agreeing += u32::from(acks || asked_for);
        self.both_agreed |= acks && asked_for;
        let (nxt, acked) = (end_of(segment), segment.ack);
        let said = self.said[sender.index()].get_or_insert(Said { nxt, acked });
        said.nxt = if nxt.is_after(said.nxt) { nxt } else { said.nxt };
        said.acked = if acked.is_after(said.acked) { acked } else { said.acked };
        if self.agreeing >= AGREEING { Answer::One } else { Answer::Open }
    }

    fn held_of(&self, sender: Sender) -> impl Iterator<Item = &Segment> {
        self.held.iter().filter(move |segment| segment.sender == sender)
    }

    /// Whether a segment of `sender` ended at this number.
    fn has_sent_up_to(&self, sender: Sender, number: SeqNumber) -> bool {
        let off = number.ahead_of(self.settled.nxt).unsigned_abs();
        let before = sender != self.newcomer && off <= u32::from(self.within_one);
        before || self.held_of(sender).any(|segment| end_of(segment) == number || segment.seq == number)
    }

    /// Whether `sender` has acknowledged up to this number.
    fn has_acked(&self, sender: Sender, number: SeqNumber) -> bool {
        sender != self.newcomer && number == self.settled.acked
            || self
                .held_of(sender)
                .any(|segment| segment.flags.contains(TcpFlags::ACK) && segment.ack == number)
    }
}
