//! `reuse-race`: a server closed a connection that idled while the client's next request was under way.
//!
//! Claims that the server's FIN, unprompted after a silence of payload, and new payload of the client crossed: the
//! payload passed the capture point sooner after the FIN than the client could have answered it, by the round trip of
//! the handshake. The server keeps idle connections for less time than the client's pool does. Certain when the server
//! then reset the connection, else possible: it may have read on.
//!
//! Near the client the payload comes first: then the FIN follows it sooner than the server could have seen it, does not
//! acknowledge it, and the server resets the connection. Without that RST nothing is claimed there.

use crate::findings::diagnosis::INCIDENTS_KEPT;
use crate::findings::finding::{Certainty, Finding, FlowGroup, GROUP_FLOWS_KEPT};
use crate::findings::flow_record::FlowRef;
use crate::findings::phrase;
use crate::findings::remedy::{Knob, Remedy};
use crate::findings::rule::Rule;
use crate::flow::{EndedBy, FlowView, Role, SilenceClass};
use crate::frame::FrameNumber;
use crate::policy::presets;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};

/// A flow in which a FIN and a request crossed.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Crossing {
    pub flow: FlowRef,
    idle: Span,
    at: Timestamp,
    request: FrameNumber,
    apart: Span,
    seen: Seen,
}

/// From where the capture saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Seen {
    /// The FIN came first.
    NearServer { fin: FrameNumber, was_reset: bool },
    /// The request came first.
    NearClient { reset: FrameNumber },
}

impl Seen {
    fn is_certain(self) -> bool {
        matches!(self, Seen::NearServer { was_reset: true, .. } | Seen::NearClient { .. })
    }
}

impl Crossing {
    pub fn of(flow: &FlowView<'_>) -> Option<Crossing> {
        Crossing::near_server(flow).or_else(|| Crossing::near_client(flow))
    }

    fn near_client(flow: &FlowView<'_>) -> Option<Crossing> {
        let used = flow.sequels().failed()?;
        let reset = used.refused_after_fin()?;
        let gap = used.gap;
        let at = gap.start_at + gap.length;
        let by_client = used.speaker == Role::Initiator && gap.ended_by == EndedBy::Data && used.is_clean();
        let apart = reset.heard_at?.since(at);
        (by_client && apart < flow.round_trip(Role::Responder)?).then(|| Crossing {
            flow: FlowRef::of(flow),
            idle: gap.length,
            at,
            request: gap.end_frame,
            apart,
            seen: Seen::NearClient { reset: reset.frame },
        })
    }

    fn near_server(flow: &FlowView<'_>) -> Option<Crossing> {
        let closed = flow.sequels().closed()?;
        let gap = closed.gap;
        let by_server = closed.speaker == Role::Responder
            && closed.ended_by_fin()
            && closed.is_clean()
            && closed.class() == SilenceClass::Established;
        let at = gap.start_at + gap.length;
        let (request_at, request) = flow.last_payload();
        let crossed = flow.last_payload_by() == Some(Role::Initiator)
            && request > closed.closed_in()
            && request_at.since(at) < flow.round_trip(Role::Initiator)?;
        (by_server && crossed).then(|| Crossing {
            flow: FlowRef::of(flow),
            idle: gap.length,
            at,
            request,
            apart: request_at.since(at),
            seen: Seen::NearServer {
                fin: closed.closed_in(),
                was_reset: flow.reset(Role::Responder).is_some(),
            },
        })
    }

    fn service(&self) -> (Endpoint, Realm) {
        (self.flow.responder, self.flow.realm)
    }
}

/// Keeps the crossings of the flows that began first, when there are more than `bound`.
pub(in crate::findings) fn bound_crossings(crossings: &mut Vec<Crossing>, bound: usize) {
    if crossings.len() > bound {
        crossings.sort_unstable_by_key(|crossing| crossing.flow.first_frame);
        crossings.truncate(INCIDENTS_KEPT);
    }
}

/// One finding for each service.
pub(in crate::findings) fn tell_crossings(mut crossings: Vec<Crossing>) -> Vec<Finding> {
    bound_crossings(&mut crossings, INCIDENTS_KEPT);
    crossings.sort_unstable_by_key(|crossing| (crossing.service(), crossing.flow.first_frame));
    crossings.chunk_by(|a, b| a.service() == b.service()).filter_map(tell).collect()
}

fn tell(group: &[Crossing]) -> Option<Finding> {
    // One that was reset proves more.
    let shown = group.iter().find(|crossing| crossing.seen.is_certain()).or_else(|| group.first())?;
    let certainty = if shown.seen.is_certain() { Certainty::Certain } else { Certainty::Possible };
    let service = shown.flow.responder;
    let shortest = group.iter().map(|crossing| crossing.idle).min()?;
    let flows = match group.len() {
        1 => "1 flow".to_owned(),
        several => format!("{several} flows"),
    };
    let Crossing { idle, request, apart, .. } = shown;
    let (order, [first, last]) = match shown.seen {
        Seen::NearServer { fin, was_reset } => {
            let fate = if was_reset { ", and was reset" } else { "; whether it was still read is not shown" };
            let order = format!(
                "FIN after {idle} without payload (frame {fin}), the request {apart} later (frame {request}), sooner \
                 than the client could have seen the FIN{fate}"
            );
            (order, [fin, *request])
        }
        Seen::NearClient { reset } => {
            let order = format!(
                "the request after {idle} of silence (frame {request}), FIN {apart} later, sooner than the server \
                 could have seen the request, which it then refused by RST (frame {reset})"
            );
            (order, [*request, reset])
        }
    };
    let field = if service.addr.is_ipv4() { "ip.addr" } else { "ipv6.addr" };
    Some(Finding {
        rule: Rule::ReuseRace,
        severity: certainty.weigh(Rule::ReuseRace),
        certainty,
        flow: None,
        group: Some(FlowGroup {
            client: None,
            service: Some(service),
            flows: group.iter().take(GROUP_FLOWS_KEPT).map(|crossing| crossing.flow).collect(),
            total: group.len() as u64,
        }),
        hop: None,
        gap: Some(shown.idle),
        frames: vec![first, last],
        at: Some(shown.at),
        summary: format!(
            "in {flows} to {service} the server closed an idle connection while the client's next request was under way: \
             {order}"
        ),
        remedy: Remedy::set([Knob::CloseEarlier]).and(format!(
            "The server closes first, after {shortest} of silence{}: the client's pool has to drop idle connections sooner, or the \
             server to keep them longer; until then the client should repeat such a request on a new connection.",
            shipped_with(shortest, service.port)
        )),
        display_filter: format!(
            "({field}=={} && tcp.port=={} && frame.number>={} && frame.number<={})",
            service.addr, service.port, first, last
        ),
    })
}

/// Services named.
const SERVICES_NAMED: usize = 3;

/// A close comes late by this at the most; and by a hundredth part too early, where the timer began with the request and the
/// silence with its answer.
const LATE: Span = Span::from_secs(1);

/// Which services on this port are known to close after this time, as a clause.
fn shipped_with(idle: Span, port: u16) -> String {
    let closing = presets::services_closing(port, idle.saturating_sub(LATE)..=idle + idle.divided_by(100));
    let names: Vec<String> = closing.take(SERVICES_NAMED).map(|id| format!("'{id}'")).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(
            ", which is what {} has as shipped ('idlescope presets show' says where it is set)",
            phrase::listed(&names)
        ),
    }
}
