//! What a report comes to in a few lines: the services that are affected, the strongest proofs, what to do next.

use super::wording::grouped;
use super::{Finding, Flow, KnobWord, Recommended, Report, Scope, Service, Severity, StandingWord};
use crate::time::Span;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// One service whose connections are affected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Affected {
    /// `ip:port`, with its name.
    pub service: String,
    /// `3 of 8 broken`.
    pub flows: String,
    /// `14m 40s - 15m 12s`; empty: none seen.
    pub limit: String,
    /// `idle timer, likely`.
    pub cause: String,
    /// `keepalive 7m 35s`; empty: nothing yet.
    pub set: String,
}

/// Services that are affected, the worst first.
pub(super) fn affected(report: &Report) -> Vec<Affected> {
    report.services.iter().filter_map(|service| line(report, service)).collect()
}

fn line(report: &Report, service: &Service) -> Option<Affected> {
    let failed = || report.flows.iter().filter(|flow| is_of(flow, service) && flow.failed.is_some());
    let listed = failed().count() as u64;
    let broken = (service.broken.certain + service.broken.likely + service.broken.possible).max(listed);
    let stale = service.findings.get("stale").copied().unwrap_or(0);
    let closed = closed_at_limit(report, service);
    let (hurt, how, cause) = if broken > 0 {
        (broken, "broken", leading_cause(failed()).unwrap_or_else(|| "open".to_owned()))
    } else if service.cut > 0 {
        (service.cut, "would be cut", by_hop(report, service))
    } else if stale > 0 {
        (stale, "left stale", "silent, not closed".to_owned())
    } else if let Some(closed) = closed {
        (closed.flows_total, "closed", format!("idle limit, {}", closed.certainty.word()))
    } else if service.flows_by_severity.error + service.flows_by_severity.warning > 0 {
        let rule = worst_rule(report, service)?;
        (service.flows_by_severity.error + service.flows_by_severity.warning, "affected", rule)
    } else {
        return None;
    };
    Some(Affected {
        service: report.path.names.put_into(&service.responder),
        flows: format!("{} of {} {how}", grouped(hurt), grouped(service.flows)),
        limit: limit_seen(report, service),
        cause,
        set: set(report, service),
    })
}

fn is_of(flow: &Flow, service: &Service) -> bool {
    flow.responder == service.responder && flow.network == service.network
}

/// The cause that stands highest for most of the flows.
fn leading_cause<'f>(flows: impl Iterator<Item = &'f Flow>) -> Option<String> {
    let mut causes: BTreeMap<(StandingWord, &str), u64> = BTreeMap::new();
    for flow in flows {
        // The best established one is told first.
        if let Some(best) = flow.explanations.first() {
            *causes.entry((best.standing, &best.cause)).or_default() += 1;
        }
    }
    let ((standing, cause), _) =
        causes.into_iter().max_by_key(|((standing, _), flows)| (*flows, *standing))?;
    Some(match cause {
        "unknown" => "cause open".to_owned(),
        cause => format!("{}, {}", cause.replace('-', " "), standing.word()),
    })
}

fn closed_at_limit<'r>(report: &'r Report, service: &Service) -> Option<&'r Finding> {
    let of_it = |it: &&Finding| {
        it.rule == "observed-close-at-limit"
            && it.severity >= Severity::Notice
            && it.responder.as_deref() == Some(service.responder.as_str())
    };
    report.findings.iter().find(of_it)
}

fn by_hop(report: &Report, service: &Service) -> String {
    let cut = |hop: &&super::PathHop| {
        service.cuts.get(&hop.name).map_or(0, |cuts| cuts.used_again + cuts.left_behind)
    };
    let worst = report.path.hops.iter().max_by_key(|hop| (cut(hop), Reverse(hop.established_s)));
    worst.map_or_else(|| "a hop".to_owned(), |hop| format!("limit of {}", hop.name))
}

fn worst_rule(report: &Report, service: &Service) -> Option<String> {
    let of_it =
        report.findings.iter().filter(|it| it.responder.as_deref() == Some(service.responder.as_str()));
    let worst = of_it.max_by_key(|it| it.severity)?;
    Some(worst.rule.replace('-', " "))
}

fn limit_seen(report: &Report, service: &Service) -> String {
    let seen = service.limit.as_ref().map(|seen| (seen.longest_survived_s, seen.shortest_cut_s));
    match seen {
        Some((Some(survived), Some(cut))) if survived < cut => {
            format!("{} - {}", tied(survived.0), tied(cut.0))
        }
        Some((_, Some(cut))) => tied(cut.0),
        _ if service.cut > 0 => {
            let cutting = report.path.hops.iter().filter(|hop| service.cuts.contains_key(&hop.name));
            cutting.filter_map(|hop| hop.established_s).min().map(|it| tied(it.0)).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// A length of time that no line break tears apart.
fn tied(span: Span) -> String {
    span.to_string().replace(' ', "\u{a0}")
}

/// What to set for a service: its own number, or that of the path.
fn set(report: &Report, service: &Service) -> String {
    let own = || {
        report.recommendations.iter().filter(|it| it.service.as_deref() == Some(service.responder.as_str()))
    };
    let of_path = || report.recommendations.iter().filter(|it| it.service.is_none() && service.cut > 0);
    let first = own().chain(of_path()).find(|it| it.knob != KnobWord::Investigate);
    first.or_else(|| own().next()).map(short).unwrap_or_default()
}

fn short(it: &Recommended) -> String {
    let length = it.at_most_s.or(it.at_least_s).map(|length| tied(length.0)).unwrap_or_default();
    match it.knob {
        KnobWord::Keepalive => format!("keepalive {length}"),
        KnobWord::Heartbeat => format!("payload every {length}"),
        KnobWord::HopTimeout => format!("{} {length}", it.hop.as_deref().unwrap_or("idle limit")),
        KnobWord::CloseEarlier => format!("close after {length}"),
        KnobWord::Investigate => "capture more first".to_owned(),
    }
}

/// One proof: a display filter, and what it shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Proof {
    /// `frame.number in {12, 40}`.
    pub filter: String,
    /// `flow 7: middlebox reset after 15m 12s`.
    pub shows: String,
}

/// Frames of a filter that is read in a line.
const FRAMES: usize = 4;

/// The strongest proofs, of different services first.
pub(super) fn proofs(report: &Report, at_most: usize) -> Vec<Proof> {
    let mut findings: Vec<&Finding> =
        report.findings.iter().filter(|it| it.scope != Scope::Path && !it.frames.is_empty()).collect();
    findings.sort_by_key(|it| (Reverse(it.severity), Reverse(it.certainty), it.at, it.flow));
    let mut chosen: Vec<&Finding> = Vec::new();
    let is_new = |it: &&Finding, chosen: &[&Finding]| {
        !chosen.iter().any(|known| known.responder == it.responder && known.rule == it.rule)
    };
    for finding in &findings {
        if is_new(finding, &chosen) {
            chosen.push(finding);
        }
    }
    chosen.truncate(at_most);
    chosen.into_iter().map(proof).collect()
}

fn proof(finding: &Finding) -> Proof {
    let frames: Vec<String> = finding.frames.iter().take(FRAMES).map(u64::to_string).collect();
    let who = match (finding.flow, finding.flows_total) {
        (Some(flow), _) => format!("flow {flow}: "),
        (None, 1) => String::new(),
        (None, flows) => format!("{} flows: ", grouped(flows)),
    };
    let after = finding.gap_s.map_or(String::new(), |gap| format!(" after {}", gap.0));
    Proof {
        filter: format!("frame.number in {{{}}}", frames.join(", ")),
        shows: format!("{who}{}{after}", finding.rule.replace('-', " ")),
    }
}
