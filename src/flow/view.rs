//! A flow as the rooms to the right see it.

use super::facts::{Challenged, SideFacts};
use super::gap::{Basis, CLOCK_LEAP, EndedBy, Gap, LongestGaps, Role, Trust};
use super::handshake::{Stray, StrayKind};
use super::heartbeat::Heartbeat;
use super::history::History;
use super::inquest::Inquest;
use super::keepalive::ProbeLog;
use super::life::{Life, Side, flow_mark, side_mark};
use super::reset::ResetSeen;
use super::sequel::Sequels;
use super::watcher::{Phase, ServiceId, Standing};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, FlowKey, IcmpQuote, Realm};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// How a flow came into the capture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Opened {
    /// With its SYN or SYN-ACK.
    Handshake,
    /// It was there before.
    Midstream,
}

/// How a flow ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum ClosedBy {
    /// FIN of both sides.
    Fin,
    /// RST.
    Rst,
    /// It did not, as far as the capture shows.
    Nothing,
}

/// Read access to one flow.
#[derive(Clone, Copy)]
pub struct FlowView<'a> {
    pub(super) life: &'a Life,
    pub(super) history: Option<&'a History>,
}

static NO_GAPS: LongestGaps = LongestGaps::new();
static NO_SEQUELS: Sequels = Sequels::new();
static NO_PROBES: ProbeLog = ProbeLog::new();

impl<'a> FlowView<'a> {
    /// The same flow, if it has no history: a view that says so where it is made, so that whoever is inlined there
    /// asks nothing of one.
    #[inline(always)]
    pub fn without_history(&self) -> Option<FlowView<'a>> {
        self.history.is_none().then_some(FlowView { life: self.life, history: None })
    }

    /// Key, with which the flow can be found again.
    pub fn key(&self) -> FlowKey {
        self.life.key
    }

    /// Number of its service within its tracker.
    pub fn service(&self) -> ServiceId {
        self.life.service
    }

    /// Network its addresses are meant in.
    pub fn realm(&self) -> Realm {
        self.life.key.realm()
    }

    /// Address and port of one end.
    pub fn endpoint(&self, role: Role) -> Endpoint {
        self.life.key.endpoint(self.life.sender_of(role))
    }

    /// How it came into the capture.
    pub fn opened(&self) -> Opened {
        if self.life.is(flow_mark::HANDSHAKE) { Opened::Handshake } else { Opened::Midstream }
    }

    /// How it ended.
    pub fn closed_by(&self) -> ClosedBy {
        let [a, b] = &self.life.sides;
        if self.life.is(flow_mark::RESET) || self.life.is(flow_mark::DOUBTFUL_RESET) {
            ClosedBy::Rst
        } else if a.has(side_mark::FIN) && b.has(side_mark::FIN) {
            ClosedBy::Fin
        } else {
            ClosedBy::Nothing
        }
    }

    /// State of the connection.
    pub fn phase(&self) -> Phase {
        self.life.phase()
    }

    /// What holds now.
    pub fn standing(&self) -> Standing {
        self.life.standing()
    }

    /// First segment.
    pub fn first_at(&self) -> Timestamp {
        self.life.first_at
    }

    /// First segment's frame.
    pub fn first_frame(&self) -> FrameNumber {
        self.life.first_frame.get()
    }

    /// Last segment of either side.
    pub fn last_at(&self) -> Timestamp {
        self.life.last_at()
    }

    /// Last segment's frame.
    pub fn last_frame(&self) -> FrameNumber {
        self.life.last_frame()
    }

    /// Last segment of one side; the flow's beginning when it sent none.
    pub fn last_at_of(&self, role: Role) -> Timestamp {
        self.life.side(role).last_at
    }

    /// Last new payload of either side, and its frame; the flow's beginning when there was none.
    pub fn last_payload(&self) -> (Timestamp, FrameNumber) {
        self.life.last_payload()
    }

    /// Last new payload of either side with which somebody used the connection: a proven goodbye is none.
    pub fn last_use_at(&self) -> Timestamp {
        match self.sequels().goodbye() {
            Some((closed, goodbye)) if goodbye.is_proven() && !goodbye.was_crossed() => closed.gap.start_at,
            _ => self.life.last_payload_at(),
        }
    }

    /// Frame of the last new payload of one side; the flow's first frame when it sent none.
    pub fn last_payload_frame_of(&self, role: Role) -> FrameNumber {
        self.life.side(role).last_payload_frame.get()
    }

    /// Which side sent the last new payload; `None`: there was none.
    pub fn last_payload_by(&self) -> Option<Role> {
        let [initiator, responder] = Role::BOTH.map(|role| self.life.side(role));
        let of = |side: &Side| (side.last_payload_at, side.last_payload_frame.get());
        match (initiator.payload.get() > 0, responder.payload.get() > 0) {
            (false, false) => None,
            (true, false) => Some(Role::Initiator),
            (true, true) if of(initiator) > of(responder) => Some(Role::Initiator),
            _ => Some(Role::Responder),
        }
    }

    /// Segments sent by one side, copies not counted.
    pub fn segments(&self, role: Role) -> u64 {
        u64::from(self.life.side(role).segments)
    }

    /// Payload bytes sent by one side, retransmissions included.
    pub fn payload_bytes(&self, role: Role) -> u64 {
        self.life.side(role).payload.get()
    }

    /// Whether one side has sent its SYN.
    pub fn has_syn(&self, role: Role) -> bool {
        self.life.side(role).has(side_mark::SYN)
    }

    /// Whether one side has sent its FIN.
    pub fn has_fin(&self, role: Role) -> bool {
        self.life.side(role).has(side_mark::FIN)
    }

    /// Whether one side has payload in flight that its peer, which the capture shows, has not acknowledged.
    pub fn in_flight(&self, role: Role) -> bool {
        self.life.in_flight(self.life.sender_of(role))
    }

    /// Whether the capture shows both sides.
    pub fn is_two_way(&self) -> bool {
        self.life.sides.iter().all(|side| side.segments > 0)
    }

    /// Longest ended silence of all segments; exact from one second on, else to the microsecond.
    pub fn longest_gap(&self) -> Span {
        self.longest(Basis::Any, self.life.longest_us)
    }

    /// Longest ended silence of new payload; exactness as for [`Self::longest_gap`].
    pub fn longest_payload_gap(&self) -> Span {
        self.longest(Basis::Payload, self.life.longest_payload_us)
    }

    /// Longest ended silence on basis any or payload in which somebody may have idled, and the gap where it is kept:
    /// waiting for the answer to a SYN, which is sent again meanwhile, is no idling, and a leap of the clock measures nothing.
    pub fn longest_idle(&self, basis: Basis) -> (Span, Option<&'a Gap>) {
        if !self.life.is(flow_mark::ESTABLISHED) {
            return (Span::ZERO, None);
        }
        match self.gaps(basis).kept() {
            [] if basis == Basis::Payload => (self.longest_payload_gap(), None),
            [] => (self.longest_gap(), None),
            kept => {
                let idle = kept.iter().find(|gap| gap.ended_by != EndedBy::Syn && !leapt(gap));
                (idle.map_or(Span::ZERO, |gap| gap.length), idle)
            }
        }
    }

    fn longest(&self, basis: Basis, hot_micros: u32) -> Span {
        match self.gaps(basis).kept().iter().find(|gap| !leapt(gap)) {
            Some(gap) => gap.length,
            None => Span::from_nanos(u64::from(hot_micros) * 1000),
        }
    }

    /// The longest gaps of a reported basis; empty for the others.
    pub fn gaps(&self, basis: Basis) -> &'a LongestGaps {
        self.history.and_then(|history| history.gaps(basis)).unwrap_or(&NO_GAPS)
    }

    /// Keepalive probes of one side.
    pub fn probes(&self, role: Role) -> &'a ProbeLog {
        match self.history {
            Some(history) => &history.probes[self.life.sender_of(role).index()],
            None => &NO_PROBES,
        }
    }

    /// The heartbeat that one side keeps up.
    pub fn heartbeat(&self, sender: Role) -> Option<Heartbeat> {
        self.history?.beats[self.life.sender_of(sender).index()].as_ref()?.heartbeat(sender)
    }

    /// Frames of the first zero-window probes, and how many there were.
    pub fn zero_window_probes(&self) -> (&'a [FrameNumber], u64) {
        self.history.map_or((&[], 0), |h| (h.zero_window_probes.as_slice(), h.zero_window_probe_total))
    }

    /// ICMP errors that quote this flow; the first ones.
    pub fn icmp(&self) -> &'a [IcmpQuote] {
        self.history.map_or(&[], |h| h.icmp.as_slice())
    }

    /// Segments under the responder's address that are no part of the connection: the first ones and the last, and how
    /// many there were. Counted among its segments.
    pub fn strays(&self) -> (&'a [Stray], u64) {
        let strays = self.history.and_then(|history| history.strays.as_deref());
        strays.map_or((&[], 0), |strays| (strays.kept(), strays.total()))
    }

    /// Copies of its segments that were recognised and left out.
    pub fn copies(&self) -> u64 {
        self.history.map_or(0, |h| h.copies)
    }

    /// What came of its silences: those that bound a timer.
    pub fn sequels(&self) -> &'a Sequels {
        self.inquest().map_or(&NO_SEQUELS, |inquest| &inquest.sequels)
    }

    /// Whether anything is kept of which a failure, or a close after a silence, may come: else there is none.
    pub fn may_have_failed(&self) -> bool {
        let Some(history) = self.history else { return false };
        let inquest = history.inquest.as_deref();
        history.strays.is_some()
            || history.resent.iter().any(Option::is_some)
            || inquest.is_some_and(|inquest| {
                let sequels = &inquest.sequels;
                sequels.failed().is_some()
                    || sequels.closed().is_some()
                    || inquest.resets.iter().any(Option::is_some)
            })
    }

    /// The first RST under the address of one side that may have ended the flow, one with the exact number before one
    /// without; kept of flows with a silence of at least the floor, with probes,
    /// or with something remarkable about the RST.
    pub fn reset(&self, sender: Role) -> Option<&'a ResetSeen> {
        self.inquest()?.resets[self.life.sender_of(sender).index()].as_ref()
    }

    /// The first RST under the responder's address that the initiator had to drop, because it waited for the answer to
    /// its SYN and this was none. It ended nothing.
    pub fn dropped_reset(&self) -> Option<&'a ResetSeen> {
        self.inquest()?.dropped.as_deref()
    }

    /// TTL or hop limit of the last segment of one side; `None`: it sent none, or copies from both sides of a router
    /// leave it open.
    pub fn ttl(&self, role: Role) -> Option<u8> {
        let side = self.life.side(role);
        (side.segments > 0 && !self.life.is(flow_mark::COPIES)).then_some(side.ttl)
    }

    /// Bare acknowledgments with which the responder answered the SYN without acknowledging it.
    pub(super) fn challenged(&self) -> Option<Challenged> {
        let (strays, _) = self.strays();
        let is_challenge = |stray: &&Stray| stray.kind == StrayKind::OlderConnection && !stray.syn_ack;
        let first = strays.iter().find(is_challenge)?;
        let times = strays.iter().filter(is_challenge).count();
        Some(Challenged { frame: first.frame, times: u32::try_from(times).unwrap_or(u32::MAX) })
    }

    /// The facts of one side.
    pub(super) fn side_facts(&self, role: Role) -> SideFacts {
        let (sender, probes) = (self.life.sender_of(role), self.probes(role));
        let (side, peer) = (&self.life.sides[sender.index()], &self.life.sides[sender.peer().index()]);
        let resent = self.history.and_then(|history| history.resent[sender.index()]);
        let lost = resent.filter(|resent| peer.has(side_mark::ACKED) && !peer.acked.is_after(resent.seq));
        SideFacts {
            segments: u64::from(side.segments),
            payload_bytes: side.payload.get(),
            ttl: self.ttl(role),
            several_ttls: side.has(side_mark::SEVERAL_TTLS),
            ip_id: side.ip_id,
            round_trip: side.round_trip(),
            last_frame: side.last_frame.get(),
            last_at: side.last_at,
            last_payload_frame: side.last_payload_frame.get(),
            last_payload_at: side.last_payload_at,
            fin: side.has(side_mark::FIN),
            unacknowledged: self.life.in_flight(sender),
            zero_window: side.has(side_mark::ZERO_WINDOW),
            probes: probes.probes(),
            replies: probes.replies(),
            unanswered_probes: probes.unanswered_now(),
            last_probe_at: probes.last_probe_at(),
            gave_up: probes.gave_up(),
            stuck: lost.map(|resent| resent.stuck),
        }
    }

    fn inquest(&self) -> Option<&'a Inquest> {
        self.history?.inquest.as_deref()
    }

    /// Round-trip time between the capture point and one side, as the handshake showed it.
    pub fn round_trip(&self, role: Role) -> Option<Span> {
        self.life.side(role).round_trip()
    }

    /// Frame of the RST that ended it.
    pub fn reset_frame(&self) -> Option<FrameNumber> {
        self.history.and_then(|h| h.reset_frame).filter(|_| self.closed_by() == ClosedBy::Rst)
    }
}

/// Whether a gap lies across a leap of the clock, which measures nothing.
fn leapt(gap: &Gap) -> bool {
    gap.trust == Trust::ClockStepped && gap.length > CLOCK_LEAP
}
