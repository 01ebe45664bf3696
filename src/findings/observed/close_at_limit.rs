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
//! A single close is no pile-up: it is told as possible where it came exactly at the payload limit of a known box, or
//! where keepalive probes went on meanwhile, which leaves no clock but that of payload.
//!
//! No error by itself, whatever the rule's name may promise: pools live by such closes (nginx's `keepalive_timeout` of
//! 75 s and clients whose stack probes every 15 s, as Go's do, is healthy traffic). It is one where the close did harm that
//! the capture shows: the client used the connection once more and was refused by RST. A TLS client says `close_notify`
//! in answer to a close and is reset for it; it then closes too, and nothing was lost.

use super::closing::Closing;
use crate::findings::finding::{Certainty, Finding, FlowGroup, GROUP_FLOWS_KEPT};
use crate::findings::phrase;
use crate::findings::rule::{Rule, Severity};
use crate::flow::Role;
use crate::frame::FrameNumber;
use crate::policy::presets::{self, Limit, Preset};
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};
use std::cmp::Reverse;

/// Closes of one length differ by this, or by a hundredth, at the most: measured 1 to 27 ms at 3 to 8 s.
const AGREEMENT: Span = Span::from_millis(50);

/// Flows of one service that one side closed at one length of silence.
#[derive(Clone, Debug)]
pub(in crate::findings) struct CloseAtLimit {
    pub service: (Endpoint, Realm),
    pub closer: Role,
    /// The shortest and the longest.
    pub lengths: (Span, Span),
    /// In order of their frames.
    pub closings: Vec<Closing>,
    /// Of a single close: the boxes that have exactly this limit, if there are any.
    pub boxes: Vec<&'static str>,
}

/// Single closes that are told.
const SINGLES_TOLD: usize = 10;

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
    let repeated = limits.partition_point(|limit| !limit.is_single());
    limits.truncate(repeated + SINGLES_TOLD);
    limits
}

/// A close that is one of its kind, if a known box has that limit, or if probes kept every clock of packets from
/// running out.
fn single(closing: &Closing) -> Option<CloseAtLimit> {
    let within =
        Span::from_nanos(closing.length.as_nanos().saturating_sub(AGREEMENT.as_nanos()))..=closing.length;
    let is_exact = |id: &&'static str| match presets::find(id) {
        Ok(Preset::Middlebox(known)) => {
            let one_value = matches!(known.limit, Limit::Exact | Limit::PerSide { .. });
            one_value && !known.refresh.counts_packets()
        }
        Ok(Preset::Endpoint(_)) | Err(_) => false,
    };
    let boxes: Vec<_> = presets::presets_within(within).into_iter().filter(is_exact).collect();
    (closing.probed || !boxes.is_empty()).then(|| CloseAtLimit {
        service: (closing.flow.responder, closing.flow.realm),
        closer: closing.closer,
        lengths: (closing.length, closing.length),
        closings: vec![*closing],
        boxes,
    })
}

/// The length at which most of the closes of one group agree; they are sorted by length.
fn limit_of(group: &[Closing], alive_at: Timestamp) -> Option<CloseAtLimit> {
    if let [only] = group {
        return single(only);
    }
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
            boxes: Vec::new(),
        }
    })
}

impl CloseAtLimit {
    /// Whether it rests on one close.
    pub fn is_single(&self) -> bool {
        self.closings.len() == 1
    }

    fn certainty(&self) -> Certainty {
        if self.is_single() {
            return Certainty::Possible;
        }
        let wanted = |closing: &Closing| {
            closing.probed || (closing.by_reset && !closing.with_goodbye) || closing.refused.is_some()
        };
        if self.closings.iter().any(wanted) { Certainty::Certain } else { Certainty::Likely }
    }

    fn refused(&self) -> usize {
        self.closings.iter().filter(|closing| closing.refused.is_some()).count()
    }

    fn severity(&self) -> Severity {
        match self.refused() {
            0 if self.is_single() => Severity::Info,
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
            1 if self.is_single() => "; the client used it once more and was refused by RST".to_owned(),
            1 => "; the client used 1 of them once more and was refused by RST".to_owned(),
            several => format!("; the client used {several} of them once more and was refused by RST"),
        };
        if self.is_single() {
            let names: Vec<String> = self.boxes.iter().take(BOXES_NAMED).map(|id| (*id).to_owned()).collect();
            let limit_of = match names.is_empty() {
                true => String::new(),
                false => format!(", the limit of {}", phrase::listed(&names)),
            };
            return format!(
                "the flow to {service} was closed by the {} ({by}) {} after the last payload{probes}{limit_of}: \
                 perhaps an idle limit of its application or of a proxy in its place; a second close after the same time \
                 would show it{harm}",
                self.closer.name(),
                seconds(shortest)
            );
        }
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

/// Boxes named that have the limit of a single close.
const BOXES_NAMED: usize = 4;

/// Flows whose frames are named.
const FLOWS_SHOWN: usize = 4;
