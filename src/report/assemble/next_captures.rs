//! Which capture would settle what this one leaves open: one for each service whose connections failed for a cause that is
//! not shown.

use crate::report::{
    CaptureCommands, Explanation, FailureWord, Flow, NextCapture, RoleWord, Seconds, StandingWord,
};
use crate::segment::Endpoint;
use crate::time::Span;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Captures named: who is asked for more takes none.
const MOST: usize = 3;

/// Headers of IPv6 and TCP with their options, a VLAN and some bytes of payload.
const SNAP_LEN: u32 = 128;

/// As often as the shortest broken silence fits into the capture.
const TIMES: u64 = 3;

/// Causes that a capture at another place tells apart.
const ELSEWHERE: [&str; 7] =
    ["idle-timer", "host-gone", "service-restart", "state-flush", "path-outage", "reset-in-use", "unknown"];

/// Causes that stand, of a flow that failed, where none is shown.
fn open(flow: &Flow) -> Option<Vec<&Explanation>> {
    flow.failed?;
    let stands = |it: &&Explanation| it.standing != StandingWord::Refuted && it.cause != "unknown";
    let causes: Vec<&Explanation> = flow.explanations.iter().filter(stands).collect();
    let is_shown = causes.iter().any(|it| it.standing == StandingWord::Shown);
    // Another place shows no more of what the ends themselves did.
    let is_elsewhere = flow.explanations.first().is_none_or(|best| ELSEWHERE.contains(&best.cause.as_str()));
    (!is_shown && is_elsewhere).then_some(causes)
}

/// Of the listed flows.
pub(super) fn of(flows: &[Flow]) -> Vec<NextCapture> {
    let mut by_service: BTreeMap<(&str, Option<&str>), Vec<&Flow>> = BTreeMap::new();
    for flow in flows.iter().filter(|flow| open(flow).is_some()) {
        by_service.entry((&flow.responder, flow.network.as_deref())).or_default().push(flow);
    }
    let mut services: Vec<Vec<&Flow>> = by_service.into_values().collect();
    services.sort_by_key(|flows| std::cmp::Reverse(flows.len()));
    services.into_iter().filter_map(|flows| capture(&flows)).take(MOST).collect()
}

fn capture(flows: &[&Flow]) -> Option<NextCapture> {
    let first = flows.first()?;
    let failed = first.observed.failed.as_ref()?;
    let (side, what) = match failed.how {
        // Who sends in vain shows what it sends; what its peer gets, only the peer's side shows.
        FailureWord::Unanswered => (peer(failed.speaker), "whether what is sent to it still arrives"),
        FailureWord::Refused => (peer(failed.speaker), "whether it sent the RST"),
        FailureWord::Closed => (failed.speaker, "whether it closed the connection itself"),
    };
    let server = end(&first.responder)?;
    let host = end(if side == RoleWord::Initiator { &first.initiator } else { &first.responder })?.addr;
    let settles: Vec<String> = open(first)?.iter().map(|it| it.cause.clone()).collect();
    let lengths = flows.iter().filter_map(|flow| Some(flow.observed.failed.as_ref()?.length_s.0));
    let at_least = rounded_up(lengths.min()?.times(TIMES));
    let place = match side {
        RoleWord::Initiator => "client",
        RoleWord::Responder => "server",
    };
    let filter = format!("host {} and tcp port {}", server.addr, server.port);
    Some(NextCapture {
        service: first.responder.clone(),
        flows: flows.len() as u64,
        side,
        host: host.to_string(),
        why: format!(
            "A capture at the {place} {host} shows {what}: if not, a box on the way did it; if so, the {place} or what runs on it."
        ),
        settles,
        snap_len: SNAP_LEN,
        at_least_s: Seconds(at_least),
        commands: commands(server, place, &filter),
        then: format!("idlescope analyze --side here=THIS.pcap --side {place}={place}.pcap"),
        filter,
    })
}

const fn peer(role: RoleWord) -> RoleWord {
    match role {
        RoleWord::Initiator => RoleWord::Responder,
        RoleWord::Responder => RoleWord::Initiator,
    }
}

fn end(text: &str) -> Option<Endpoint> {
    let socket: SocketAddr = text.parse().ok()?;
    Some(Endpoint { addr: socket.ip(), port: socket.port() })
}

/// To whole minutes.
fn rounded_up(span: Span) -> Span {
    Span::from_secs(span.as_nanos().div_ceil(60_000_000_000).max(1) * 60)
}

fn commands(server: Endpoint, place: &str, filter: &str) -> CaptureCommands {
    let Endpoint { addr, port } = server;
    let family = if matches!(addr, IpAddr::V4(_)) { "IPv4" } else { "IPv6" };
    CaptureCommands {
        tcpdump: format!("tcpdump -i any -n -s {SNAP_LEN} -C 100 -W 50 -w {place}.pcap '{filter}'"),
        pktmon: format!(
            "pktmon filter add -i {addr} -t TCP -p {port} && pktmon start --capture --pkt-size {SNAP_LEN} --file-name {place}.etl; \
             afterwards: pktmon stop && pktmon etl2pcap {place}.etl --out {place}.pcapng"
        ),
        netsh: format!(
            "netsh trace start capture=yes report=no {family}.Address={addr} Protocol=6 maxsize=512 tracefile={place}.etl; \
             afterwards: netsh trace stop"
        ),
        kubectl: format!(
            "kubectl debug POD -i --image=nicolaka/netshoot --target=CONTAINER -- tcpdump -i any -n -s {SNAP_LEN} -U -w - \
             '{filter}' > {place}.pcap"
        ),
    }
}
