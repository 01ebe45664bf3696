//! A limit at which one side closes, in words.

use super::at_limit::AtLimit;
use super::cause::{Cause, CauseStanding, IdleClock};
use super::explain::Explanation;
use super::incident::{How, Incident};
use super::telling::knobs_of;
use crate::findings::finding::{Certainty, Finding, FlowGroup, GROUP_FLOWS_KEPT};
use crate::findings::phrase;
use crate::findings::remedy::{Knob, Remedy};
use crate::findings::rule::{Rule, Severity};
use crate::flow::Role;
use crate::frame::FrameNumber;
use crate::policy::presets::{self, Limit, Preset};
use crate::time::Span;

/// Flows whose frames are named.
const FLOWS_SHOWN: usize = 4;

/// The finding about all flows of a limit; `idle` is the explanation of its first flow. `None`: idling does not explain
/// these closes.
pub(in crate::findings) fn tell_limit(
    limit: &AtLimit,
    incidents: &[Incident],
    idle: &Explanation,
) -> Option<Finding> {
    if idle.cause != Cause::IdleTimer || idle.standing == CauseStanding::Refuted {
        return None;
    }
    let members: Vec<&Incident> = limit.members.iter().filter_map(|index| incidents.get(*index)).collect();
    let (service, _) = limit.service;
    let is_timer = limit.kept_open || idle.standing >= CauseStanding::Likely;
    let certainty = if is_timer { Certainty::Certain } else { Certainty::Likely };
    // Pools live by such closes: an error is only one that did harm.
    let severity = if limit.harmed > 0 { Severity::Error } else { Severity::Notice };
    let field = if service.addr.is_ipv4() { "ip.addr" } else { "ipv6.addr" };
    Some(Finding {
        rule: Rule::ObservedCloseAtLimit,
        severity,
        certainty,
        flow: None,
        group: Some(FlowGroup {
            client: limit.client,
            service: Some(service),
            flows: members.iter().take(GROUP_FLOWS_KEPT).map(|incident| incident.flow).collect(),
            total: members.len() as u64,
        }),
        hop: None,
        gap: Some(limit.lengths.0),
        frames: frames(&members),
        at: members.first().map(|incident| incident.failed_at),
        summary: summary(limit, &members, idle),
        remedy: remedy(limit, idle),
        display_filter: format!(
            "({field}=={} && tcp.port=={} && (tcp.flags.fin==1 || tcp.flags.reset==1))",
            service.addr, service.port
        ),
    })
}

fn frames(members: &[&Incident]) -> Vec<FrameNumber> {
    let shown = members.iter().take(FLOWS_SHOWN);
    let of = |incident: &&Incident| {
        let silence = incident.payload.map(|idle| idle.frames).into_iter().flatten();
        let refused = match &incident.how {
            How::Closed(close) => close.refused,
            _ => None,
        };
        silence.chain(refused).collect::<Vec<_>>()
    };
    shown.flat_map(of).collect()
}

fn summary(limit: &AtLimit, members: &[&Incident], idle: &Explanation) -> String {
    let seconds = |span: Span| format!("{:.3} s", span.as_secs_f64());
    let (shortest, longest) = (seconds(limit.lengths.0), seconds(limit.lengths.1));
    let lengths = if shortest == longest { shortest } else { format!("{shortest} to {longest}") };
    let resets = members.iter().filter(|incident| incident.reset().is_some()).count();
    let by = match resets {
        0 => "FIN",
        resets if resets == members.len() => "RST",
        _ => "FIN or RST",
    };
    let closes = || {
        members.iter().filter_map(|incident| match &incident.how {
            How::Closed(close) => Some(close),
            _ => None,
        })
    };
    let probes = match members.iter().any(|incident| incident.probes_answered) {
        true => ", although keepalive probes were answered meanwhile",
        false => "",
    };
    let waiting = closes().filter(|close| close.request_open).count();
    let refused = closes().filter(|close| close.refused.is_some()).count();
    let mut harm = String::new();
    if waiting > 0 {
        harm.push_str(&format!("; in {waiting} of them the client waited for the answer to its request"));
    }
    if refused > 0 {
        harm.push_str(&format!("; the client used {refused} of them once more and was refused by RST"));
    }
    let whose = match limit.client {
        Some(client) => format!(" of {client}"),
        None => String::new(),
    };
    let (service, _) = limit.service;
    let timer = match idle.clock {
        Some(IdleClock::Payload) => {
            "an idle limit of its application, or of a proxy in its place, that counts payload only"
        }
        Some(IdleClock::Any) => "an idle limit of a box, or of a proxy, that any packet restarts",
        Some(IdleClock::Unknown) | None => {
            "an idle limit of its application, of a proxy, or of a box that resets at expiry; whether keepalive restarts it is not shown"
        }
    };
    format!(
        "{} flows{whose} to {service} were closed by the {} ({by}) after the same time without payload, {lengths}{probes}: {timer}{harm}",
        members.len(),
        limit.closer.name(),
    )
}

/// What keeps flows alive past the limit; where the server closes, the client may close sooner.
fn remedy(limit: &AtLimit, idle: &Explanation) -> Remedy {
    let mut knobs = knobs_of(idle.clock);
    if limit.closer == Role::Initiator {
        return Remedy::set(knobs);
    }
    knobs.push(Knob::CloseEarlier);
    Remedy::set(knobs)
        .and("Until then, let clients repeat a request that fails because it crossed the close.")
}

/// Single closes that are told.
pub(in crate::findings) const SINGLES_TOLD: usize = 10;

/// Boxes named that have the limit of a single close.
const BOXES_NAMED: usize = 4;

/// Closes are late by this at the most.
const LATE: Span = Span::from_millis(50);

/// The finding about a close that is one of its kind, where it came exactly at the payload limit of a known box, or
/// although keepalive probes had been answered: a program closes, or a timer that probes do not restart.
pub(in crate::findings) fn tell_single(incident: &Incident) -> Option<Finding> {
    let How::Closed(close) = &incident.how else { return None };
    let silence = incident.payload?;
    let boxes = boxes_of(silence.length, close.closer, incident.service().0.port);
    if boxes.is_empty() && !incident.probes_answered {
        return None;
    }
    let (service, _) = incident.service();
    let field = if service.addr.is_ipv4() { "ip.addr" } else { "ipv6.addr" };
    let names: Vec<String> = boxes.iter().take(BOXES_NAMED).map(|id| (*id).to_owned()).collect();
    let known =
        if names.is_empty() { String::new() } else { format!(", the limit of {}", phrase::listed(&names)) };
    let probes =
        if incident.probes_answered { ", although keepalive probes were answered meanwhile" } else { "" };
    Some(Finding {
        rule: Rule::ObservedCloseAtLimit,
        severity: Severity::Info,
        certainty: Certainty::Possible,
        flow: None,
        group: Some(FlowGroup { client: None, service: Some(service), flows: vec![incident.flow], total: 1 }),
        hop: None,
        gap: Some(silence.length),
        frames: silence.frames.to_vec(),
        at: Some(incident.failed_at),
        summary: format!(
            "the flow to {service} was closed by the {} ({}) {:.3} s after the last payload{probes}{known}: perhaps an \
             idle limit of its application or of a proxy in its place; a second close after the same time would show it",
            close.closer.name(),
            if close.reset.is_some() { "RST" } else { "FIN" },
            silence.length.as_secs_f64(),
        ),
        remedy: Remedy::step(single_step(incident.probes_answered)),
        display_filter: format!(
            "({field}=={} && tcp.port=={} && (tcp.flags.fin==1 || tcp.flags.reset==1))",
            service.addr, service.port
        ),
    })
}

fn single_step(probes_answered: bool) -> &'static str {
    if probes_answered {
        "If connections are missed after such pauses, send payload within them: keepalive does not keep them."
    } else {
        "If connections are missed after such pauses, try keepalive within them, else payload."
    }
}

/// Services on this port that close after exactly this time, and boxes before it that have this limit and count payload.
fn boxes_of(length: Span, closer: Role, port: u16) -> Vec<&'static str> {
    let within = Span::from_nanos(length.as_nanos().saturating_sub(LATE.as_nanos()))..=length;
    let is_exact = |id: &&'static str| match presets::find(id) {
        Ok(Preset::Middlebox(known)) => {
            let one_value = matches!(known.limit, Limit::Exact | Limit::PerSide { .. });
            one_value && !known.refresh.counts_packets()
        }
        Ok(Preset::Endpoint(_) | Preset::Service(_)) | Err(_) => false,
    };
    let services = (closer == Role::Responder).then(|| presets::services_closing(port, within.clone()));
    let boxes = presets::presets_within(within).into_iter().filter(is_exact);
    let before = boxes.filter(|id| presets::may_stand_before(id, port));
    services.into_iter().flatten().chain(before).collect()
}
