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
//! wanted it open: probes kept it alive, or it was reset. What the pages of a healthy pool show (nginx's
//! `keepalive_timeout` and clients that probe by default, as Go's do) is no error: only a RST on a connection that
//! somebody still held is.

use crate::findings::finding::{Certainty, Finding, FlowGroup, GROUP_FLOWS_KEPT};
use crate::findings::flow_record::FlowRef;
use crate::findings::rule::{Rule, Severity};
use crate::flow::{FlowView, Role, SilenceClass};
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
}

impl Closing {
    pub fn of(flow: &FlowView<'_>) -> Option<Closing> {
        let closed = flow.sequels().closed()?;
        let gap = closed.gap;
        let idle =
            matches!(closed.class(), SilenceClass::Established) && closed.is_clean() && flow.is_two_way();
        // Payload that waits for an answer, or that came after all, makes it another matter.
        let answered =
            flow.last_payload_by() == Some(Role::Responder) && flow.last_payload().1 == gap.start_frame;
        (idle && answered).then(|| Closing {
            flow: FlowRef::of(flow),
            closer: closed.speaker,
            by_reset: closed.reset().is_some(),
            probed: Role::BOTH
                .iter()
                .any(|role| flow.probes(*role).last_probe_at().is_some_and(|at| at > gap.start_at)),
            start_at: gap.start_at,
            length: gap.length,
            frames: [gap.start_frame, gap.end_frame],
        })
    }

    fn group(&self) -> (Endpoint, Realm, Role) {
        (self.flow.responder, self.flow.realm, self.closer)
    }
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
        let wanted = self.closings.iter().any(|closing| closing.probed || closing.by_reset);
        if wanted { Certainty::Certain } else { Certainty::Likely }
    }

    fn severity(&self) -> Severity {
        let weight = self.certainty().weigh(Rule::ObservedCloseAtLimit);
        if self.closings.iter().any(|closing| closing.by_reset) {
            weight
        } else if self.closings.iter().any(|closing| closing.probed) {
            weight.min(Severity::Warning)
        } else {
            weight.min(Severity::Notice)
        }
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
            frames: self.closings.iter().take(FLOWS_SHOWN).flat_map(|closing| closing.frames).collect(),
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
        format!(
            "{flows} flows to {service} were closed by the {} ({by}) after the same time without payload, {} to {}{probes}: \
             an idle limit of its application or of a proxy in its place",
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
