//! `observed-close-at-limit`: flows of a service were closed after the same idle time again and again.
//!
//! Claims a timer of a proxy or an application: at least two flows were closed by the same side, unprompted, at one
//! length of silence between payload, and no flow of the service kept silent for longer. A program that ends closes all
//! that it has at one moment: so either the silences began at different times, or the service went on to answer others.
//! Such a timer counts
//! payload: TCP keepalive never reaches it. A close of a request that was never answered is a timeout of another kind
//! and is not counted.
//!
//! Likely, because an orderly close of an idle connection is what many services do by design; certain where somebody
//! wanted it open: probes kept it alive, it was reset, or it was used again.
//!
//! No error by itself, whatever the rule's name may promise: pools live by such closes (nginx's `keepalive_timeout` of
//! 75 s and clients whose stack probes every 15 s, as Go's do, is healthy traffic). It is one where the close did harm that
//! the capture shows: the client used the connection once more and was refused by RST. A TLS client says `close_notify`
//! in answer to a close and is reset for it; it then closes too, and nothing was lost.

use crate::findings::finding::{Certainty, Finding, FlowGroup, GROUP_FLOWS_KEPT};
use crate::findings::flow_record::FlowRef;
use crate::findings::rule::{Rule, Severity};
use crate::flow::{FlowView, Gap, ProbeLog, Role, Sequel, SilenceClass};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};
use std::cmp::Reverse;

/// Closes of one length differ by this, or by a hundredth, at the most: measured 1 to 27 ms at 3 to 8 s.
const AGREEMENT: Span = Span::from_millis(50);

/// A flow that one side closed after a silence of payload.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Closing {
    pub flow: FlowRef,
    pub closer: Role,
    pub by_reset: bool,
    /// Keepalive probes went on during the silence.
    pub probed: bool,
    pub start_at: Timestamp,
    pub length: Span,
    pub frames: [FrameNumber; 2],
    /// The client used it once more, and this RST refused that.
    pub refused: Option<FrameNumber>,
}

impl Closing {
    pub fn of(flow: &FlowView<'_>) -> Option<Closing> {
        let closed = flow.sequels().closed()?;
        let gap = closed.gap;
        let idle =
            matches!(closed.class(), SilenceClass::Established) && closed.is_clean() && flow.is_two_way();
        // Payload that waits for an answer makes it another matter.
        let ended_by_answer = flow.last_payload_frame_of(Role::Responder) == gap.start_frame;
        let (used_at, used) = flow.last_payload();
        let farewell = used > gap.end_frame && used_at.since(gap.start_at + gap.length) < FAREWELL;
        let unused = used == gap.start_frame || farewell;
        let refused = refusal(flow, closed);
        let probes = Role::BOTH.map(|role| flow.probes(role));
        (idle && ended_by_answer && (unused || refused.is_some())).then(|| Closing {
            flow: FlowRef::of(flow),
            closer: closed.speaker,
            by_reset: closed.reset().is_some(),
            probed: probes.iter().any(|log| probed_within(log, &gap)),
            start_at: gap.start_at,
            length: gap.length,
            frames: [gap.start_frame, gap.end_frame],
            refused,
        })
    }

    fn group(&self) -> (Endpoint, Realm, Role) {
        (self.flow.responder, self.flow.realm, self.closer)
    }
}

/// Whether a side probed between the beginning of a silence and its end. Probes of a socket that stays half-closed
/// come later, and say nothing of it.
fn probed_within(log: &ProbeLog, gap: &Gap) -> bool {
    let within = |at: Timestamp| gap.start_at < at && at < gap.start_at + gap.length;
    log.times().iter().copied().chain(log.last_probe_at()).any(within)
}

/// From a close on, what the client's stack and TLS library say to it has come; what comes later is use.
const FAREWELL: Span = Span::from_secs(1);

/// The RST with which the server refused what the client sent after the server's close. Not what followed the close at
/// once, nor of a client that then closed too: that was its farewell.
fn refusal(flow: &FlowView<'_>, closed: &Sequel) -> Option<FrameNumber> {
    let used = flow.last_payload_frame_of(Role::Initiator);
    let by_server = closed.speaker == Role::Responder && closed.ended_by_fin();
    let (used_at, last) = flow.last_payload();
    let closed_at = closed.gap.start_at + closed.gap.length;
    let used_again = used == last && used_at.since(closed_at) >= FAREWELL && !flow.has_fin(Role::Initiator);
    let reset = flow.reset(Role::Responder)?;
    (by_server && used_again && reset.frame > used).then_some(reset.frame)
}

/// Flows of one service that one side closed at one length of silence.
#[derive(Clone, Debug)]
pub(in crate::findings) struct CloseAtLimit {
    pub service: (Endpoint, Realm),
    pub closer: Role,
    /// The shortest and the longest.
    pub lengths: (Span, Span),
    /// In order of their frames.
    pub closings: Vec<Closing>,
}

/// Silences that begin within this time of each other may end in one close of all.
const ONE_MOMENT: Span = Span::from_secs(1);

/// Finds limits among closes. `known`: the longest silence of payload that a service's flows survived, and when it last
/// sent payload in a flow that nobody closed.
pub(in crate::findings) fn find(
    mut closings: Vec<Closing>,
    known: impl Fn((Endpoint, Realm)) -> (Span, Timestamp),
) -> Vec<CloseAtLimit> {
    closings.sort_unstable_by_key(|closing| (closing.group(), closing.length, closing.flow.first_frame));
    let mut limits: Vec<CloseAtLimit> = closings
        .chunk_by(|a, b| a.group() == b.group())
        .filter_map(|group| {
            let first = group.first()?;
            let service = (first.flow.responder, first.flow.realm);
            let (survived, alive_at) = known(service);
            limit_of(group, alive_at).filter(|limit| survived < limit.lengths.0)
        })
        .collect();
    limits.sort_by_key(|limit| (Reverse(limit.closings.len()), limit.service, limit.closer));
    limits
}

/// The length at which most of the closes of one group agree; they are sorted by length.
fn limit_of(group: &[Closing], alive_at: Timestamp) -> Option<CloseAtLimit> {
    let mut best: &[Closing] = &[];
    let mut end = 0;
    for (start, shortest) in group.iter().enumerate() {
        let agreement = AGREEMENT.max(shortest.length.divided_by(100));
        while group.get(end).is_some_and(|closing| closing.length <= shortest.length + agreement) {
            end += 1;
        }
        if end - start > best.len() {
            best = &group[start..end];
        }
    }
    let head = best.first()?;
    let (shortest, longest) = (head.length, best.last()?.length);
    let first = best.iter().map(|closing| closing.start_at).min()?;
    let last = best.iter().map(|closing| closing.start_at).max()?;
    // Chance brings pairs together; a timer brings most.
    let prevails = best.len() >= 2 && best.len() * 5 >= group.len() * 3;
    let apart = last.since(first) >= ONE_MOMENT;
    let closed_at = best.iter().map(|closing| closing.start_at + closing.length).max()?;
    let went_on = head.closer == Role::Responder && alive_at > closed_at + ONE_MOMENT;
    (prevails && (apart || went_on)).then(|| {
        let mut closings = best.to_vec();
        closings.sort_unstable_by_key(|closing| closing.flow.first_frame);
        CloseAtLimit {
            service: (head.flow.responder, head.flow.realm),
            closer: head.closer,
            lengths: (shortest, longest),
            closings,
        }
    })
}

impl CloseAtLimit {
    fn certainty(&self) -> Certainty {
        let wanted = |closing: &Closing| closing.probed || closing.by_reset || closing.refused.is_some();
        if self.closings.iter().any(wanted) { Certainty::Certain } else { Certainty::Likely }
    }

    fn refused(&self) -> usize {
        self.closings.iter().filter(|closing| closing.refused.is_some()).count()
    }

    fn severity(&self) -> Severity {
        match self.refused() {
            0 => Severity::Notice,
            _ => self.certainty().weigh(Rule::ObservedCloseAtLimit),
        }
    }

    /// Frames of the first flows, those with harm first.
    fn evidence(&self) -> Vec<FrameNumber> {
        let (harmed, others): (Vec<&Closing>, Vec<&Closing>) =
            self.closings.iter().partition(|closing| closing.refused.is_some());
        let shown = harmed.into_iter().chain(others).take(FLOWS_SHOWN);
        shown.flat_map(|closing| closing.frames.into_iter().chain(closing.refused)).collect()
    }

    /// The finding about all of them.
    pub fn tell(&self) -> Finding {
        let (service, _) = self.service;
        let certainty = self.certainty();
        let field = if service.addr.is_ipv4() { "ip.addr" } else { "ipv6.addr" };
        Finding {
            rule: Rule::ObservedCloseAtLimit,
            severity: self.severity(),
            grounds: None,
            certainty,
            flow: None,
            group: Some(FlowGroup {
                client: None,
                service: Some(service),
                flows: self.closings.iter().take(GROUP_FLOWS_KEPT).map(|closing| closing.flow).collect(),
                total: self.closings.len() as u64,
            }),
            hop: None,
            gap: Some(self.lengths.0),
            frames: self.evidence(),
            at: self.closings.first().map(|closing| closing.start_at + closing.length),
            summary: self.summary(),
            advice: self.advice(),
            display_filter: format!(
                "({field}=={} && tcp.port=={} && (tcp.flags.fin==1 || tcp.flags.reset==1))",
                service.addr, service.port
            ),
        }
    }

    fn summary(&self) -> String {
        let (service, _) = self.service;
        let flows = self.closings.len();
        let (shortest, longest) = self.lengths;
        let seconds = |span: Span| format!("{:.3} s", span.as_secs_f64());
        let by = match self.closings.iter().filter(|closing| closing.by_reset).count() {
            0 => "FIN",
            resets if resets == flows => "RST",
            _ => "FIN or RST",
        };
        let probes = match self.closings.iter().any(|closing| closing.probed) {
            true => ", although keepalive probes went on",
            false => "",
        };
        let harm = match self.refused() {
            0 => String::new(),
            1 => "; the client used 1 of them once more and was refused by RST".to_owned(),
            several => format!("; the client used {several} of them once more and was refused by RST"),
        };
        format!(
            "{flows} flows to {service} were closed by the {} ({by}) after the same time without payload, {} to {}{probes}: \
             an idle limit of its application or of a proxy in its place{harm}",
            self.closer.name(),
            seconds(shortest),
            seconds(longest)
        )
    }

    fn advice(&self) -> String {
        let half = self.lengths.0.divided_by(2);
        let client = match self.closer {
            Role::Responder => {
                ", or let the client close idle connections sooner than that: a request that crosses the close fails"
            }
            Role::Initiator => "",
        };
        format!(
            "TCP keepalive does not restart this timer. Send payload at least every {half}, or raise the limit{client}."
        )
    }
}

/// Flows whose frames are named.
const FLOWS_SHOWN: usize = 4;
