//! What speaks of a connection's opening, and what only bears its addresses.
//!
//! A SYN may be answered more than once, and by others than its server: the second server of a load balancer answers the
//! repeated SYN with a number of its own, a server with SYN cookies does so by itself, the peer of an older connection on
//! the same ports sends a challenge ACK (RFC 5961 4), and a box sends a RST that refuses nothing. None of these begins
//! or ends a connection.

use super::advance::pair;
use super::classify::{end_of, print_of};
use super::gap::Role;
use super::history::{EVENTS_KEPT, Record};
use super::life::{Flow, Life, flow_mark, side_mark};
use super::watcher::Phase;
use crate::frame::FrameNumber;
use crate::segment::{Segment, SeqNumber, TcpFlags};

/// How far behind a side's numbers a repeated SYN ends, at the most: a new ISN falls into these 64 KiB once in 65 536
/// reuses; a repeated SYN always does, even when it had carried data (RFC 7413).
const OPENING: i32 = 0xffff;

/// Data that a SYN may carry (RFC 7413), which its SYN-ACK may acknowledge with it.
const FAST_OPEN: u32 = 0x4000;

/// How much of a connection a lossy capture may have missed before the first acknowledgment that it shows. No more: an
/// older connection refuses just those new ones whose numbers begin below its own (RFC 9293 3.10.7.4).
const MISSED: i32 = 0xffff;

/// Whether a SYN repeats the one its side has sent: it ends where the side's numbers began.
pub(super) fn is_late_syn(life: &Life, segment: &Segment) -> bool {
    let (side, _) = pair(life, segment.sender);
    side.has(side_mark::SYN) && (0..=OPENING).contains(&side.nxt.ahead_of(end_of(segment)))
}

/// What [`Life::isn_high`] leaves out of a number.
const ISN_LOW: u32 = 0x00ff_ffff;

/// Whether all that a life has is its SYN: it waits for the answer, or waited until it was refused or given up.
#[inline]
fn is_unanswered(life: &Life) -> bool {
    !life.is(flow_mark::ESTABLISHED)
        && life.side(Role::Initiator).has(side_mark::SYN)
        && !life.side(Role::Responder).has(side_mark::SEEN)
}

/// Whether a SYN-ACK acknowledges the SYN that opened this life, however long ago: whoever sends it.
pub(super) fn answers_the_syn(life: &Life, segment: &Segment) -> bool {
    if !segment.flags.contains(TcpFlags::ACK) || life.role_of(segment.sender) != Role::Responder {
        return false;
    }
    if is_unanswered(life) {
        return acknowledges_syn(life, segment.ack);
    }
    let begins = u32::from(life.isn_high) << 24;
    let isn = segment.ack.0.wrapping_sub(1);
    life.is(flow_mark::HANDSHAKE) && isn.wrapping_sub(begins) <= ISN_LOW + FAST_OPEN
}

/// While the initiator has sent nothing but its SYN: whether `ack` acknowledges it, alone or with the data that it
/// carried (RFC 9293 3.10.7.3: ISS < SEG.ACK =< SND.NXT).
fn acknowledges_syn(life: &Life, ack: SeqNumber) -> bool {
    let initiator = life.side(Role::Initiator);
    u64::try_from(initiator.nxt.ahead_of(ack))
        .is_ok_and(|unacknowledged| unacknowledged <= initiator.payload.get())
}

/// Whether the initiator, of which the capture shows a SYN and no more, would not take this segment of the
/// responder's for an answer to it: it speaks of an older connection on the same ports.
fn misses_the_syn(life: &Life, segment: &Segment) -> bool {
    const STRICT: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::RST.0);
    if !segment.flags.contains(TcpFlags::ACK) {
        // The other SYN of a simultaneous open is no answer, and a host's refusal of a SYN acknowledges it.
        return segment.flags.contains(TcpFlags::RST);
    }
    if acknowledges_syn(life, segment.ack) {
        return false;
    }
    let beyond = segment.ack.ahead_of(life.side(Role::Initiator).nxt);
    segment.flags.intersects(STRICT) || !(0..=MISSED).contains(&beyond)
}

/// Whether a RST of the initiator, of which the capture shows a SYN and no more, answers what missed that SYN.
fn answers_a_stray(life: &Life, segment: &Segment) -> bool {
    segment.flags.contains(TcpFlags::RST) && !acknowledges_syn(life, segment.seq)
}

/// Whether a segment on a key that a new life has taken over still belongs to the old one: what its peer says of it
/// (a challenge ACK, RFC 5961 4, or more), and the RST that answers that.
pub(super) fn belongs_to_displaced(life: &Life, segment: &Segment) -> bool {
    is_unanswered(life)
        && match life.role_of(segment.sender) {
            Role::Responder => misses_the_syn(life, segment),
            Role::Initiator => answers_a_stray(life, segment),
        }
}

/// Whether a segment of a life's key is no part of its numbers: a SYN-ACK with another number than the one that the
/// connection goes on with, or the peer of an older connection on the same ports. RSTs are for [`reset_effect`].
pub(super) fn is_stray(life: &Life, segment: &Segment) -> bool {
    if segment.flags.contains(TcpFlags::RST) || life.role_of(segment.sender) == Role::Initiator {
        return false;
    }
    if is_unanswered(life) {
        return misses_the_syn(life, segment);
    }
    if !segment.flags.contains(TcpFlags::SYN) {
        return false;
    }
    let (side, peer) = pair(life, segment.sender);
    let end = end_of(segment);
    let behind = |reached: SeqNumber| !(0..=OPENING).contains(&reached.ahead_of(end));
    match (side.has(side_mark::SEEN), peer.has(side_mark::ACKED)) {
        (true, _) => behind(side.nxt),
        (false, true) => behind(peer.acked),
        (false, false) => false,
    }
}

/// What a RST does to its flow, as far as the capture shows what its receiver expects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ResetEffect {
    /// Its receiver takes it: its number is the expected one (RFC 5961 3.2), or that is not known.
    Ends,
    /// Its number is another one; what follows must show.
    Doubtful,
    /// Its receiver drops it: it waits for the answer to its SYN, and this is none (RFC 9293 3.10.7.3).
    Dropped,
}

/// Whether the number of a RST is one that its receiver takes once the SYN is answered, as far as the capture shows.
pub(super) fn fits_established(life: &Life, segment: &Segment) -> bool {
    let (side, peer) = pair(life, segment.sender);
    let expected = peer.has(side_mark::ACKED) && segment.seq == peer.acked;
    let own = side.has(side_mark::SEEN) && segment.seq == side.nxt;
    // Before the last step of the handshake the initiator has acknowledged nothing, but expects what the SYN-ACK says.
    let peer_untold = !peer.has(side_mark::ACKED) && life.phase() != Phase::SynRecv;
    let unknown = !side.has(side_mark::SEEN) || peer_untold;
    expected || own || unknown
}

/// What a RST does to its flow.
#[cold]
pub(super) fn reset_effect<A>(flow: &Flow<A>, segment: &Segment) -> ResetEffect {
    let life = &flow.life;
    if is_unanswered(life) {
        let dropped = match life.role_of(segment.sender) {
            Role::Responder => misses_the_syn(life, segment),
            Role::Initiator => answers_a_stray(life, segment),
        };
        return if dropped { ResetEffect::Dropped } else { ResetEffect::Ends };
    }
    let fits = fits_established(life, segment);
    if fits && !answers_stray_syn_ack(flow, segment) { ResetEffect::Ends } else { ResetEffect::Doubtful }
}

/// Whether a RST of the initiator answers the stray SYN-ACK that its peer's address sent last: one without a
/// connection answers so (RFC 9293 3.10.7.1), and so does an old stack that has one; what follows must show.
fn answers_stray_syn_ack<A>(flow: &Flow<A>, segment: &Segment) -> bool {
    let (_, peer) = pair(&flow.life, segment.sender);
    let last = flow.record.as_ref().and_then(|record| record.history.strays.as_ref()?.last());
    !segment.flags.contains(TcpFlags::ACK)
        && last.is_some_and(|stray| {
            stray.syn_ack && stray.ack == segment.seq && stray.frame == peer.last_frame.get()
        })
}

/// Counts a stray, which changes nothing of its side's numbers and says nothing of how far away that is.
#[cold]
pub(super) fn note_stray<A: Default>(flow: &mut Flow<A>, segment: &Segment) {
    let syn_ack = segment.flags.contains(TcpFlags::SYN);
    let older = is_unanswered(&flow.life);
    let side = &mut flow.life.sides[segment.sender.index()];
    let (ttl, ip_id) = (side.ttl, side.ip_id);
    side.note_sent(segment, print_of(segment));
    if side.has(side_mark::SEEN) {
        (side.ttl, side.ip_id) = (ttl, ip_id);
    }
    let strays =
        flow.record.get_or_insert_with(Record::new).history.strays.get_or_insert_with(Default::default);
    strays.note(Stray {
        frame: segment.frame,
        kind: if older { StrayKind::OlderConnection } else { StrayKind::OtherSynAck },
        syn_ack,
        end: end_of(segment),
        ack: segment.ack,
    });
}

/// The initiator finishes the handshake: of several SYN-ACKs with numbers of their own it says which one counts.
#[cold]
pub(super) fn adopt_syn_ack<A>(flow: &mut Flow<A>, segment: &Segment) {
    let Some(strays) = flow.record.as_ref().and_then(|record| record.history.strays.as_ref()) else { return };
    let chosen = strays.kept().iter().any(|stray| stray.syn_ack && stray.end == segment.ack);
    if chosen && flow.life.role_of(segment.sender) == Role::Initiator {
        flow.life.sides[segment.sender.peer().index()].nxt = segment.ack;
    }
}

/// A segment under the responder's address that is no part of the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stray {
    /// Its frame.
    pub frame: FrameNumber,
    /// What it is instead.
    pub kind: StrayKind,
    pub(super) syn_ack: bool,
    pub(super) end: SeqNumber,
    pub(super) ack: SeqNumber,
}

/// What a segment under the responder's address is, if it is no part of the connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StrayKind {
    /// Another answer to the same SYN, with a number that the initiator did not go on with: of a second server behind
    /// the address, or of one that keeps no state before the handshake is done (SYN cookies).
    OtherSynAck,
    /// It came while the SYN waited for its answer and speaks of other numbers: the peer of an older connection on the
    /// same ports, which is still there (in TIME-WAIT, or never told of its end).
    OlderConnection,
}

/// Strays of a flow: the first ones and the last.
#[derive(Clone, Debug, Default)]
pub(super) struct Strays {
    kept: Vec<Stray>,
    total: u64,
}

impl Strays {
    fn note(&mut self, stray: Stray) {
        self.total += 1;
        if self.kept.len() == EVENTS_KEPT {
            self.kept.pop();
        }
        self.kept.push(stray);
    }

    fn last(&self) -> Option<&Stray> {
        self.kept.last()
    }

    pub fn kept(&self) -> &[Stray] {
        &self.kept
    }

    pub fn total(&self) -> u64 {
        self.total
    }
}
