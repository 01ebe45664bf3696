//! A listed flow, with everything the report tells about it.

use super::case_file::SlotHolder;
use super::diagnosis::Explanation;
use super::finding::Certainty;
use crate::flow::{
    Basis, ClosedBy, EndedBy, Estimate, FlowView, Gap, Heartbeat, Opened, ResetSeen, Role, Sequels, Silence,
};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, IcmpQuote, Realm};
use crate::simulate::Verdict;
use crate::time::{Span, Timestamp};

/// Which flow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FlowRef {
    /// Its first frame: no two flows share one, and their order is that of the flows' ids.
    pub first_frame: FrameNumber,
    /// Who opened it.
    pub initiator: Endpoint,
    /// The service.
    pub responder: Endpoint,
    /// Network the addresses are meant in.
    pub realm: Realm,
}

impl FlowRef {
    pub(super) fn of(flow: &FlowView<'_>) -> Self {
        FlowRef {
            first_frame: flow.first_frame(),
            initiator: flow.endpoint(Role::Initiator),
            responder: flow.endpoint(Role::Responder),
            realm: flow.realm(),
        }
    }
}

/// Keepalive of one side, as its probes show it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KeepaliveRecord {
    /// Probes sent.
    pub probes: u64,
    /// Replies received.
    pub replies: u64,
    /// Segments that are probes or replies to probes: one direction does not show which.
    pub probe_or_reply: u64,
    /// Whether those bear one IP identification, and nothing else of their sender another.
    pub one_ip_id: bool,
    /// Frames of the first probes.
    pub frames: Vec<FrameNumber>,
    /// When those were sent.
    pub times: Vec<Timestamp>,
    /// Keepalive time.
    pub time: Option<Estimate>,
    /// Interval between unanswered probes.
    pub interval: Option<Estimate>,
    /// Number of probes before giving up, when it was seen to give up.
    pub count: Option<u32>,
    /// Probes without answer at the end.
    pub unanswered: u32,
    /// Probes of the longest run without answer.
    pub longest_unanswered: u32,
    /// The RST with which it gave up.
    pub gave_up: Option<FrameNumber>,
}

/// A listed flow.
#[derive(Clone, Debug)]
pub struct FlowRecord {
    /// Order of first appearance among all flows of the capture, from 0 (`tcp.stream`); filled in once
    /// the workers' results are laid together.
    pub id: Option<u64>,
    /// Who opened it.
    pub initiator: Endpoint,
    /// The service.
    pub responder: Endpoint,
    /// Network the addresses are meant in.
    pub realm: Realm,
    /// How it came into the capture.
    pub opened: Opened,
    /// How it ended.
    pub closed_by: ClosedBy,
    /// Whether the capture shows both sides.
    pub two_way: bool,
    /// First segment.
    pub first_at: Timestamp,
    /// Last segment.
    pub last_at: Timestamp,
    /// First segment's frame; names the flow.
    pub first_frame: FrameNumber,
    /// Last segment's frame.
    pub last_frame: FrameNumber,
    /// Segments by [`Role::index`].
    pub segments: [u64; 2],
    /// Payload bytes by [`Role::index`].
    pub payload_bytes: [u64; 2],
    /// Longest ended silence.
    pub longest_gap: Span,
    /// Longest ended silence of payload.
    pub longest_payload_gap: Span,
    /// Silence that lasted until the capture ended; `None`: closed, or shorter than any limit asked for.
    pub open_gap: Option<Span>,
    /// Longest gaps of all reported bases, longest first.
    pub gaps: Vec<Gap>,
    /// How many gaps of these bases there were, short ones included.
    pub gaps_total: u64,
    /// By [`Role::index`].
    pub keepalive: [KeepaliveRecord; 2],
    /// By [`Role::index`] of who sends it.
    pub heartbeats: [Option<Heartbeat>; 2],
    /// Frames of the first zero-window probes.
    pub zero_window_probes: Vec<FrameNumber>,
    /// How many zero-window probes there were.
    pub zero_window_probes_total: u64,
    /// ICMP errors that quote it; the first ones.
    pub icmp: Vec<IcmpQuote>,
    /// Copies of its segments that were left out.
    pub copies: u64,
    /// Frame of the RST that ended it.
    pub reset_frame: Option<FrameNumber>,
    /// What came of its silences.
    pub sequels: Sequels,
    /// The first RST of each side, by [`Role::index`]; see [`FlowView::reset`] for which flows have them.
    pub resets: [Option<ResetSeen>; 2],
    /// By hop, in path order.
    pub verdicts: Vec<Verdict>,
    /// How sure it is that it failed; `None`: it did not.
    pub failed: Option<Certainty>,
    /// Why it failed, or was closed after a silence; the best established cause first.
    pub explanations: Vec<Explanation>,
    /// Indices into [`super::Judgement::findings`].
    pub findings: Vec<usize>,
}

impl FlowRecord {
    /// Whose slots it takes.
    pub(super) fn slot_holder(&self) -> SlotHolder {
        (self.initiator.addr, self.responder, self.realm)
    }

    pub(super) fn of(flow: &FlowView<'_>, open: &[Silence], verdicts: &[Verdict], min_gap: Span) -> Self {
        let mut gaps: Vec<Gap> = Basis::REPORTED
            .iter()
            .flat_map(|basis| flow.gaps(*basis).kept())
            .filter(|gap| gap.length >= min_gap)
            .copied()
            .collect();
        gaps.sort_by(|a, b| {
            b.length.cmp(&a.length).then(a.start_frame.cmp(&b.start_frame)).then(a.basis.cmp(&b.basis))
        });
        let (zero_window_probes, zero_window_probes_total) = flow.zero_window_probes();
        FlowRecord {
            id: None,
            initiator: flow.endpoint(Role::Initiator),
            responder: flow.endpoint(Role::Responder),
            realm: flow.realm(),
            opened: flow.opened(),
            closed_by: flow.closed_by(),
            two_way: flow.is_two_way(),
            first_at: flow.first_at(),
            last_at: flow.last_at(),
            first_frame: flow.first_frame(),
            last_frame: flow.last_frame(),
            segments: Role::BOTH.map(|role| flow.segments(role)),
            payload_bytes: Role::BOTH.map(|role| flow.payload_bytes(role)),
            longest_gap: flow.longest_gap(),
            longest_payload_gap: flow.longest_payload_gap(),
            open_gap: open.iter().find(|silence| silence.basis == Basis::Any).map(|silence| silence.length),
            gaps,
            gaps_total: Basis::REPORTED.iter().map(|basis| flow.gaps(*basis).total()).sum(),
            keepalive: Role::BOTH.map(|role| {
                let log = flow.probes(role);
                KeepaliveRecord {
                    probes: log.probes(),
                    replies: log.replies(),
                    probe_or_reply: log.probe_or_reply(),
                    one_ip_id: log.probe_or_reply_has_one_ip_id(),
                    frames: log.frames().to_vec(),
                    times: log.times().to_vec(),
                    time: log.time(),
                    interval: log.interval(),
                    count: log.count(),
                    unanswered: log.unanswered_now(),
                    longest_unanswered: log.longest_unanswered(),
                    gave_up: log.gave_up(),
                }
            }),
            heartbeats: Role::BOTH.map(|role| flow.heartbeat(role)),
            zero_window_probes: zero_window_probes.to_vec(),
            zero_window_probes_total,
            icmp: flow.icmp().to_vec(),
            copies: flow.copies(),
            reset_frame: flow.reset_frame(),
            sequels: flow.sequels().clone(),
            resets: Role::BOTH.map(|role| flow.reset(role).copied()),
            verdicts: verdicts.to_vec(),
            failed: None,
            explanations: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Which flow this is.
    pub fn reference(&self) -> FlowRef {
        FlowRef {
            first_frame: self.first_frame,
            initiator: self.initiator,
            responder: self.responder,
            realm: self.realm,
        }
    }

    /// Address and port of one end.
    pub fn endpoint(&self, role: Role) -> Endpoint {
        match role {
            Role::Initiator => self.initiator,
            Role::Responder => self.responder,
        }
    }

    /// Longest silence, ended or not; not one in which a SYN waited for its answer.
    pub fn longest_silence(&self) -> Span {
        let mut of_any = self.gaps.iter().filter(|gap| gap.basis == Basis::Any).peekable();
        let ended = match of_any.peek() {
            Some(longest) if longest.ended_by == EndedBy::Syn => {
                of_any.find(|gap| gap.ended_by != EndedBy::Syn).map_or(Span::ZERO, |gap| gap.length)
            }
            _ => self.longest_gap,
        };
        self.open_gap.map_or(ended, |open| open.max(ended))
    }
}
