//! `heartbeat-too-slow` and `heartbeat-too-fast`: an application sends a heartbeat, and at the wrong pace.
//!
//! Too slow claims that a hop which cuts the flow runs out between two beats: whoever sends it meant to prevent just that.
//! As certain as the path as given.
//!
//! Too fast claims what gRPC servers do to clients that ping oftener than they permit (grpc/proposal A8: every 300 s unless
//! told otherwise, two strikes forgiven): the fourth ping is answered by GOAWAY and a close. So the beats are as long as an
//! HTTP/2 PING, plain or in one TLS record, they stop at their fourth or fifth, and a close follows at once. Possible at
//! most: payload is not read. A flow whose beats go on shows a server that permits them, and nothing is said.

use crate::findings::diagnosis::INCIDENTS_KEPT;
use crate::findings::finding::{Certainty, Finding, FlowGroup, GROUP_FLOWS_KEPT};
use crate::findings::flow_record::FlowRef;
use crate::findings::heartbeats::{Reach, reach};
use crate::findings::remedy::{Knob, Remedy};
use crate::findings::rule::Rule;
use crate::findings::terms::Terms;
use crate::flow::{ClosedBy, EndedBy, FlowView, Heartbeat, Role};
use crate::frame::FrameNumber;
use crate::policy::{Hop, Pickup, Refresh};
use crate::segment::{Endpoint, Realm};
use crate::simulate::{Lapse, Verdict, limit_of};
use crate::time::{Span, Timestamp};

/// A PING frame has 9 bytes of header and 8 of content (RFC 9113 6.7): 17 alone; 38 and 46 in a record of TLS 1.2 with
/// ChaCha20-Poly1305 and AES-GCM (RFC 7905, RFC 5288), 39 in one of TLS 1.3 (RFC 8446 5.2).
const PING_SIZES: [u32; 4] = [17, 38, 39, 46];

/// A gRPC server takes pings this far apart or more, unless told otherwise.
const PERMITTED: Span = Span::from_secs(300);

/// The first ping is no strike, two are forgiven, the next ends it; one more beat than that may have been counted when
/// something as short came first.
const STRIKES: std::ops::RangeInclusive<u64> = 4..=5;

/// A close this soon after a beat answers it.
const AT_ONCE: Span = Span::from_secs(1);

/// What is wrong with a pace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Fault {
    /// The hop of this index runs out between two beats.
    TooSlow { hop: usize },
    /// The peer ended it after the beats that a gRPC server forgives.
    TooFast,
}

/// A flow with a heartbeat at the wrong pace.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct OffPace {
    pub flow: FlowRef,
    heartbeat: Heartbeat,
    fault: Fault,
    two_way: bool,
    last: (Timestamp, FrameNumber),
}

impl OffPace {
    /// `first`: the hop that cuts the flow first.
    pub fn of(
        flow: &FlowView<'_>,
        terms: &Terms,
        verdicts: &[Verdict],
        first: Option<usize>,
    ) -> Option<OffPace> {
        let off = |heartbeat: Heartbeat, fault| OffPace {
            flow: FlowRef::of(flow),
            heartbeat,
            fault,
            two_way: flow.is_two_way(),
            last: (flow.last_at(), flow.last_frame()),
        };
        let fastest = Role::BOTH
            .into_iter()
            .filter_map(|role| flow.heartbeat(role))
            .min_by_key(|heartbeat| heartbeat.longest)?;
        let too_slow = first.filter(|hop| {
            let lapse = verdicts.get(*hop).and_then(Verdict::cut);
            let between_beats = lapse.is_some_and(|lapse| ends_with_a_beat(lapse, &fastest));
            let hop = terms.path.hops.get(*hop);
            between_beats
                && hop
                    .is_some_and(|hop| hop.pickup != Pickup::Loose && reach(&fastest, hop) == Reach::TooSlow)
        });
        if let Some(hop) = too_slow {
            return Some(off(fastest, Fault::TooSlow { hop }));
        }
        let ping = flow.heartbeat(Role::Initiator)?;
        let (shortest, longest) = ping.size;
        let punished = shortest == longest
            && PING_SIZES.contains(&shortest)
            && ping.longest < PERMITTED
            && STRIKES.contains(&ping.beats)
            && flow.closed_by() != ClosedBy::Nothing
            && flow.last_payload_by() == Some(Role::Responder)
            && flow.last_payload().0.since(ping.last_at) <= AT_ONCE
            && flow.last_at().since(ping.last_at) <= AT_ONCE;
        punished.then(|| off(ping, Fault::TooFast))
    }

    fn group(&self) -> (Endpoint, Realm, Fault, Role) {
        (self.flow.responder, self.flow.realm, self.fault, self.heartbeat.sender)
    }
}

/// Whether a silence is one between two beats, and not another that was longer still.
fn ends_with_a_beat(lapse: &Lapse, heartbeat: &Heartbeat) -> bool {
    // An answer's own silence is longer than the beats' by how much sooner the one before it came.
    let slack = heartbeat.longest.divided_by(20);
    lapse.ending.is_some_and(|ending| ending.by == EndedBy::Data) && lapse.length <= heartbeat.longest + slack
}

/// Keeps those of the flows that began first, when there are more than `bound`.
pub(in crate::findings) fn bound_off_pace(all: &mut Vec<OffPace>, bound: usize) {
    if all.len() > bound {
        all.sort_unstable_by_key(|one| one.flow.first_frame);
        all.truncate(INCIDENTS_KEPT);
    }
}

/// One finding for each service, sender and fault.
pub(in crate::findings) fn tell_off_pace(mut all: Vec<OffPace>, hops: &[Hop]) -> Vec<Finding> {
    bound_off_pace(&mut all, INCIDENTS_KEPT);
    all.sort_unstable_by_key(|one| (one.group(), one.flow.first_frame));
    all.chunk_by(|a, b| a.group() == b.group()).filter_map(|group| tell(group, hops)).collect()
}

fn tell(group: &[OffPace], hops: &[Hop]) -> Option<Finding> {
    let shown = group.first()?;
    let beat = &shown.heartbeat;
    let told = match shown.fault {
        Fault::TooSlow { hop } => too_slow(group, hops.get(hop)?),
        Fault::TooFast => too_fast(group),
    };
    let service = shown.flow.responder;
    let field = if service.addr.is_ipv4() { "ip.addr" } else { "ipv6.addr" };
    let mut frames = beat.frames.to_vec();
    if shown.fault == Fault::TooFast {
        frames.push(shown.last.1);
    }
    frames.dedup();
    Some(Finding {
        rule: told.rule,
        severity: told.certainty.weigh(told.rule),
        certainty: told.certainty,
        flow: None,
        group: Some(FlowGroup {
            client: None,
            service: Some(service),
            flows: group.iter().take(GROUP_FLOWS_KEPT).map(|one| one.flow).collect(),
            total: group.len() as u64,
        }),
        hop: told.hop,
        gap: Some(beat.period),
        frames,
        at: Some(if shown.fault == Fault::TooFast { shown.last.0 } else { beat.last_at }),
        summary: told.summary,
        remedy: told.remedy,
        display_filter: format!("({field}=={} && tcp.port=={} && tcp.len>0)", service.addr, service.port),
    })
}

/// What the two rules say in their own words.
struct Told {
    rule: Rule,
    certainty: Certainty,
    hop: Option<String>,
    summary: String,
    remedy: Remedy,
}

/// `in 3 flows to 10.0.0.1:5672 the initiator sends a heartbeat (8 bytes) every 5m`.
fn pace(group: &[OffPace], shown: &OffPace) -> String {
    let flows = match group.len() {
        1 => "1 flow".to_owned(),
        several => format!("{several} flows"),
    };
    let (low, high) = shown.heartbeat.size;
    let bytes = match (low, high) {
        (1, 1) => "1 byte".to_owned(),
        (low, high) if low == high => format!("{low} bytes"),
        (low, high) => format!("{low} to {high} bytes"),
    };
    let period = whole(shown.heartbeat.period);
    let sender = shown.heartbeat.sender.name();
    format!("in {flows} to {} the {sender} sends a heartbeat ({bytes}) every {period}", shown.flow.responder)
}

/// To the second, as it was set; what is shorter stays.
fn whole(span: Span) -> Span {
    if span < Span::from_secs(2) { span } else { Span::from_secs((span + Span::from_millis(500)).as_secs()) }
}

fn too_slow(group: &[OffPace], hop: &Hop) -> Told {
    let shown = &group[0];
    let limit = limit_of(hop, crate::findings::heartbeats::BETWEEN_BEATS).unwrap_or(Span::MAX);
    let name = &hop.name;
    let certain =
        hop.pickup == Pickup::Strict && hop.self_probe.is_none() && group.iter().all(|one| one.two_way);
    Told {
        rule: Rule::HeartbeatTooSlow,
        certainty: if certain { Certainty::Certain } else { Certainty::Likely },
        hop: Some(name.clone()),
        summary: format!("{}, and {name}'s timer ({limit}) runs out between two beats", pace(group, shown)),
        remedy: match hop.refresh {
            Refresh::Payload | Refresh::PayloadPerDirection => Remedy::set([Knob::Heartbeat]),
            Refresh::AnyPacket | Refresh::Initiator | Refresh::Responder => {
                Remedy::set([Knob::Keepalive, Knob::Heartbeat])
            }
        },
    }
}

fn too_fast(group: &[OffPace]) -> Told {
    let shown = &group[0];
    let closed = shown.last.0.since(shown.heartbeat.last_at);
    Told {
        rule: Rule::HeartbeatTooFast,
        certainty: Certainty::Possible,
        hop: None,
        summary: format!(
            "{}, as long as an HTTP/2 PING, and the connection was closed {closed} after the last of {} beats: a gRPC server \
             does so to a client that pings oftener than it permits (GOAWAY, ENHANCE_YOUR_CALM, too_many_pings)",
            pace(group, shown),
            shown.heartbeat.beats
        ),
        remedy: Remedy::step(format!(
            "If this is gRPC: let the client ping every {PERMITTED} or less often, or let the server permit its pace \
             (min_ping_interval_without_data, in Go EnforcementPolicy.MinTime and PermitWithoutStream) where a box on the \
             path needs it. The server's log, or GRPC_TRACE=http_keepalive at the client, shows whether it was that."
        )),
    }
}

#[cfg(test)]
mod tests;
