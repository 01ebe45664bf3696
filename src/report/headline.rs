//! The verdict in one sentence: the first line of the report. A pure function of totals and findings.
//!
//! The answers are tried from the worst to the best; the first that holds is given. "Idling is not the
//! cause" is said only when the capture is long enough, and shows enough of every flow, to know it.

mod observed;
mod sides;

pub(super) use sides::proved;

use super::wording::{capitalised, counted, grouped, joined, limit, listed, share};
use super::{CapturePause, LongestGap, PathHop, PickupWord, RefreshWord, Report, SurveyRow, TrustWord};
use crate::time::Span;
use schemars::JsonSchema;
use serde::Serialize;

/// Which answer the report gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Flows were seen to break after a silence, and that idling did it is proven.
    IdlingBrokeFlows,
    /// Flows were seen to break after a silence, and nothing else explains it.
    IdlingProbablyBrokeFlows,
    /// Captures on both sides prove that what lies between broke flows, not that it did for their being idle.
    BrokenBetween,
    /// A proxy or an application closed flows in order whenever they had been idle for one length of time.
    ClosedAtLimit,
    /// Flows were used after a hop's limit had run out.
    IdlingBreaksFlows,
    /// Errors of another kind: probes that nobody answers, keepalive that comes too late.
    Trouble,
    /// Flows went silent without a close and hold their sockets and entries.
    SocketsLeftBehind,
    /// Nothing was cut, because of the keepalive probes seen.
    KeepaliveHolds,
    /// No cut is certain, but some flows may have been cut: the capture shows too little, or the path does not
    /// say how a box treats flows that it has forgotten.
    NotRuledOut,
    /// Nothing was cut, but silences came close to a limit.
    NearMiss,
    /// No silence reached a limit.
    IdlingIsNotTheCause,
    /// No hop was given, and boxes of the catalogue would have cut flows.
    SurveyFindsCuts,
    /// No hop was given, and no box of the catalogue would have cut a flow.
    SurveyFindsNothing,
    /// The capture does not show enough.
    NothingCanBeSaid,
}

impl Answer {
    /// The answer in capitals, as the sentence begins.
    const fn shout(self) -> &'static str {
        match self {
            Answer::IdlingBrokeFlows => "IDLING BROKE FLOWS",
            Answer::IdlingProbablyBrokeFlows => "IDLING PROBABLY BROKE FLOWS",
            Answer::BrokenBetween => "BROKEN BETWEEN THE SIDES",
            Answer::ClosedAtLimit => "CLOSED AT AN IDLE LIMIT",
            Answer::IdlingBreaksFlows => "IDLING BREAKS FLOWS",
            Answer::Trouble => "TROUBLE, BUT NOT BY A CUT",
            Answer::SocketsLeftBehind => "SOCKETS LEFT BEHIND",
            Answer::KeepaliveHolds => "KEEPALIVE HOLDS",
            Answer::NotRuledOut => "NOT RULED OUT",
            Answer::NearMiss => "NEAR MISS",
            Answer::IdlingIsNotTheCause => "IDLING IS NOT THE CAUSE",
            Answer::SurveyFindsCuts => "NO HOP GIVEN, KNOWN BOXES WOULD CUT",
            Answer::SurveyFindsNothing => "NO HOP GIVEN, NO KNOWN BOX WOULD CUT",
            Answer::NothingCanBeSaid => "NOTHING CAN BE SAID",
        }
    }
}

/// The first sentence of the report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Headline {
    /// Which answer it is.
    pub answer: Answer,
    /// The sentence, with the answer in front.
    pub sentence: String,
}

/// Boxes named for one limit of the survey.
const BOXES_NAMED: usize = 2;

/// Makes the sentence.
pub fn of(report: &Report) -> Headline {
    // Of logs there are no flows to judge.
    if let Some(tuning) = report.tuning.as_ref().filter(|tuning| !tuning.basis.merged.is_empty()) {
        return Headline { answer: Answer::NothingCanBeSaid, sentence: tuning.verdict.clone() };
    }
    let (answer, clause) = sides::decide(report).unwrap_or_else(|| decide(report));
    let beside = sides::reservation(report);
    let reservation = match (report.complete, answer) {
        (true, _) | (false, Answer::NothingCanBeSaid) => "",
        (false, _) => " Only part of the input could be read.",
    };
    let stopped = stopped(report);
    let sentence = format!("{}: {clause}{beside}{stopped}{reservation}", answer.shout());
    Headline { answer, sentence: report.path.names.put_into(&sentence) }
}

/// That the capture itself may be to blame for the silences.
fn stopped(report: &Report) -> String {
    let suspect = report.capture.pauses.iter().find(|pause| pause.trust == TrustWord::Suspect);
    let said = |pause: &CapturePause| {
        format!(" But for {} no frame at all was captured: was the capture stopped?", pause.length_s.0)
    };
    suspect.map(said).unwrap_or_default()
}

fn decide(report: &Report) -> (Answer, String) {
    let totals = &report.totals;
    if totals.flows == 0 {
        return (Answer::NothingCanBeSaid, no_flows(report));
    }
    if let Some(seen) = observed::broke(report) {
        return seen;
    }
    if let Some(seen) = observed::failed_otherwise(report) {
        return seen;
    }
    if totals.cuts.flows_used_again > 0 {
        return (Answer::IdlingBreaksFlows, used_again(report));
    }
    let full = totals.of_rule("slot-exhaustion") > 0;
    if !full && let Some(seen) = observed::closed_at_limit_with_harm(report) {
        return seen;
    }
    if full {
        let left = left_behind(report).map(|clause| (Answer::SocketsLeftBehind, clause));
        return left.unwrap_or_else(|| (Answer::Trouble, trouble(report)));
    }
    if let Some(seen) = observed::failed(report) {
        return seen;
    }
    if totals.flows_by_severity.error > 0 {
        return (Answer::Trouble, trouble(report));
    }
    if let Some(clause) = left_behind(report) {
        return (Answer::SocketsLeftBehind, clause);
    }
    if let Some(seen) = observed::closed_at_limit_without_harm(report) {
        return seen;
    }
    if let Some(clause) = told_by_hop(report) {
        return (Answer::ClosedAtLimit, clause);
    }
    if let Some(seen) = observed::closed_once(report) {
        return seen;
    }
    if report.path.hops.is_empty() && !report.survey.is_empty() {
        return survey(report);
    }
    without_errors(report)
}

fn without_errors(report: &Report) -> (Answer, String) {
    let totals = &report.totals;
    if let Some(clause) = pickup_unstated(report) {
        return (Answer::NotRuledOut, clause);
    }
    if totals.unknown >= totals.flows {
        let clause = format!("{} may have been cut or not.", all_of(totals.flows));
        return (Answer::NothingCanBeSaid, clause);
    }
    if totals.unknown > 0 {
        let clause = format!(
            "no cut is certain, but {} of {} flows may have been cut.",
            grouped(totals.unknown),
            grouped(totals.flows)
        );
        return (Answer::NotRuledOut, clause);
    }
    if totals.saved_by_keepalive > 0 {
        let saved = share(totals.saved_by_keepalive, totals.flows, "flow", ["owes", "owe"]);
        let clause =
            format!("no flow would be cut; {saved} that to the keepalive probes seen{}.", longest(report));
        return (Answer::KeepaliveHolds, clause);
    }
    let near = totals.of_rule("near-miss");
    if near > 0 {
        let clause = format!(
            "no flow would be cut, but {} within 20% of a hop's limit{}.",
            share(near.min(totals.flows), totals.flows, "flow", ["came", "came"]),
            longest(report)
        );
        return (Answer::NearMiss, clause);
    }
    nothing_cut(report)
}

/// What follows for flows of which nothing is open but what a box does with the next packet of a flow that it has forgotten.
fn pickup_unstated(report: &Report) -> Option<String> {
    let unknown = |hop: &PathHop| report.totals.verdicts.get(&hop.name).map_or(0, |counts| counts.unknown);
    let open = || report.path.hops.iter().filter(|hop| hop.pickup == PickupWord::Unstated);
    let worst = open().max_by_key(|hop| (unknown(hop), std::cmp::Reverse(hop_limit(hop))))?;
    let flows = Some(unknown(worst)).filter(|flows| *flows > 0)?;
    let name = &worst.name;
    Some(format!(
        "{} idle past {}. If {name} drops the next packet of a flow that it has forgotten, as a NAT does, that is a cut; if it takes the flow up again, no harm is done. The path does not say which: add pickup=strict or pickup=loose to {name}.",
        were(flows, report),
        possessive(worst, report)
    ))
}

fn no_flows(report: &Report) -> String {
    let capture = &report.capture;
    // What is no IP or no TCP was looked into.
    let looked_into = |reason: &&str| matches!(*reason, "not-ip" | "not-tcp");
    let others = capture.skipped.iter().filter(|(reason, _)| !looked_into(&reason.as_str()));
    let others: Vec<String> = others.map(|(reason, count)| format!("{} {reason}", grouped(*count))).collect();
    let unseen = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    match report.capture.frames {
        0 => "the capture holds no frames.".to_owned(),
        1 if unseen.is_empty() => "the only frame is no TCP segment.".to_owned(),
        frames if unseen.is_empty() => {
            format!("there is no TCP segment among {} frames.", grouped(frames))
        }
        frames => format!("no TCP segment is to be seen among {}{unseen}.", counted(frames, "frame")),
    }
}

fn all_of(flows: u64) -> String {
    if flows == 1 { "the only flow".to_owned() } else { format!("all {} flows", grouped(flows)) }
}

fn were(flows: u64, report: &Report) -> String {
    share(flows.min(report.totals.flows), report.totals.flows, "flow", ["was", "were"])
}

fn lived(flows: u64, report: &Report) -> String {
    capitalised(&share(flows.min(report.totals.flows), report.totals.flows, "flow", ["lived", "lived"]))
}

/// `; longest gap 2h 3m`.
fn longest(report: &Report) -> String {
    let length = |gap: &LongestGap| format!("; longest gap {}", gap.length_s.0);
    report.totals.longest_gap.as_ref().map(length).unwrap_or_default()
}

fn hop_limit(hop: &PathHop) -> Span {
    hop.established_s.map_or(Span::MAX, |limit| limit.0)
}

/// `firewall's 1h`; where no silence was that long, one of its timers for other states ran out.
fn possessive(hop: &PathHop, report: &Report) -> String {
    let totals = &report.totals;
    let longest = [&totals.longest_gap, &totals.longest_payload_gap, &totals.longest_open_gap];
    let longest = longest.into_iter().flatten().map(|gap| gap.length_s.0).max();
    match hop.established_s {
        Some(limit_s) if longest.is_none_or(|longest| longest > limit_s.0) => {
            format!("{}'s {}", hop.name, limit(limit_s.0))
        }
        _ => format!("a timer of {}", hop.name),
    }
}

/// The hop with the most cuts of a kind, of equal ones the one with the shorter limit, and the others
/// that have any.
fn worst_hop(report: &Report, cuts_of: impl Fn(&str) -> u64) -> Option<(&PathHop, Vec<&PathHop>)> {
    let cutting = || report.path.hops.iter().filter(|hop| cuts_of(&hop.name) > 0);
    let worst = cutting().min_by_key(|hop| (std::cmp::Reverse(cuts_of(&hop.name)), hop_limit(hop)))?;
    Some((worst, cutting().filter(|hop| hop.name != worst.name).collect()))
}

fn past_hops(report: &Report, cuts_of: impl Fn(&str) -> u64) -> String {
    let Some((worst, others)) = worst_hop(report, cuts_of) else {
        return "a hop's limit".to_owned();
    };
    let others: Vec<String> = others.into_iter().map(|hop| possessive(hop, report)).collect();
    match others.len() {
        0 => possessive(worst, report),
        _ => format!("{} (also past {})", possessive(worst, report), joined(&others)),
    }
}

fn used_again(report: &Report) -> String {
    let by_hop = &report.totals.cuts.by_hop;
    let past = past_hops(report, |hop| by_hop.get(hop).map_or(0, |cuts| cuts.used_again));
    let lived_on = by_hop.values().map(|cuts| cuts.lived_on).max().unwrap_or(0);
    let lived_on = match lived_on {
        0 => String::new(),
        flows => format!(
            " {} through that: where this was captured, no such timer was at work.",
            lived(flows, report)
        ),
    };
    format!(
        "{} idle past {past} and used again afterwards{}.{lived_on}",
        were(report.totals.cuts.flows_used_again, report),
        longest(report)
    )
}

/// Flows that nobody uses any more: forgotten by a hop, stale, or half-closed.
fn left_behind(report: &Report) -> Option<String> {
    let totals = &report.totals;
    let forgotten = totals.cuts.flows_left_behind;
    let stale = totals.of_rule("stale");
    let half_closed = totals.of_rule("half-closed-idle");
    let mut clause = if forgotten > 0 {
        let by_hop = &totals.cuts.by_hop;
        let past = past_hops(report, |hop| by_hop.get(hop).map_or(0, |cuts| cuts.left_behind));
        let stale = match stale {
            0 => String::new(),
            _ if stale == forgotten => " (all stale: silent beyond keepalive's whole period)".to_owned(),
            _ => format!(" ({} stale: silent beyond keepalive's whole period)", grouped(stale)),
        };
        format!("{} idle past {past} and not used again{stale}", were(forgotten, report))
    } else if stale > 0 {
        let fell = share(stale.min(totals.flows), totals.flows, "flow", ["fell", "fell"]);
        format!("{fell} silent without a close, for longer than keepalive's whole period")
    } else if half_closed > 0 {
        format!("{} closed by one side only and left idle", were(half_closed, report))
    } else {
        return None;
    };
    if let Some(open) = &totals.longest_open_gap {
        clause.push_str(&format!("; longest silence {}, up to the end of the capture", open.length_s.0));
    }
    clause.push('.');
    let full = out_of_slots(report);
    if !full.is_empty() {
        clause.push_str(&format!(" They fill the server's limit of sockets for {}.", listed(&full, 3, 0)));
    }
    Some(clause)
}

/// Flows that a hop ends, telling both ends.
fn told_by_hop(report: &Report) -> Option<String> {
    let flows = Some(report.totals.cuts.flows_told).filter(|flows| *flows > 0)?;
    let by_hop = |hop: &str| report.totals.cuts.by_hop.get(hop).map_or(0, |cuts| cuts.told);
    Some(format!(
        "{} idle past {}, which tells both ends: no socket stays behind. Nobody was seen to use them again.",
        were(flows, report),
        past_hops(report, by_hop)
    ))
}

/// Clients that hold all connections that a service allows one.
fn out_of_slots(report: &Report) -> Vec<&str> {
    let full = report.findings.iter().filter(|finding| finding.rule == "slot-exhaustion");
    full.filter_map(|finding| finding.client.as_deref()).collect()
}

fn trouble(report: &Report) -> String {
    let totals = &report.totals;
    let full = out_of_slots(report);
    let slots = match full.len() {
        0 => String::new(),
        held => {
            let hold = if held == 1 { "holds" } else { "hold" };
            let clients = listed(&full, 3, 0);
            format!("{clients} {hold} all the connections that a service allows one client.")
        }
    };
    let dead = totals.of_rule("dead-peer");
    if dead > 0 {
        let share = share(dead.min(totals.flows), totals.flows, "flow", ["has", "have"]);
        let dead = format!("{share} keepalive probes that the peer did not answer.");
        return [slots, dead].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    }
    if !slots.is_empty() {
        return slots;
    }
    let mut rules: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == super::Severity::Error)
        .map(|finding| finding.rule.as_str())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    let share = share(totals.flows_by_severity.error, totals.flows, "flow", ["has", "have"]);
    match rules.len() {
        0 => format!("{share} errors{}.", longest(report)),
        _ => format!("{share} errors ({}){}.", listed(&rules, 4, 0), longest(report)),
    }
}

/// The longest gap on the basis that restarts `hop`, when the totals have it.
fn gap_that_matters<'r>(report: &'r Report, hop: &PathHop) -> Option<&'r LongestGap> {
    match hop.refresh {
        RefreshWord::Any => report.totals.longest_gap.as_ref(),
        RefreshWord::Payload => report.totals.longest_payload_gap.as_ref(),
        RefreshWord::PayloadPerDirection | RefreshWord::Initiator | RefreshWord::Responder => None,
    }
}

fn nothing_cut(report: &Report) -> (Answer, String) {
    let totals = &report.totals;
    let Some(shortest) = report.path.hops_taken().min_by_key(|hop| hop_limit(hop)) else {
        let clause = "there is no hop to judge by; name the boxes on the path with --hop.".to_owned();
        return (Answer::NothingCanBeSaid, clause);
    };
    let shortest_limit = hop_limit(shortest);
    let not_idle = totals.of_rule("not-idle");
    let said_longest = match &totals.longest_gap {
        Some(gap) => format!("the longest gap is {}", gap.length_s.0),
        None => "no flow has a gap".to_owned(),
    };
    let named = format!("{} {}", shortest.name, limit(shortest_limit));
    if shortest_limit == Span::MAX {
        return (Answer::IdlingIsNotTheCause, format!("{said_longest}, and no hop has a limit."));
    }
    // A flow that is older than the capture may have been idle before it began.
    if report.capture.recorded_s.0 < shortest_limit && totals.opened_midstream > 0 && not_idle == 0 {
        let clause = format!(
            "the capture spans {}, less than every hop's limit (shortest: {named}), and {} older than it; \
             {said_longest}.",
            report.capture.recorded_s.0,
            share(totals.opened_midstream, totals.flows, "flow", ["is", "are"]),
        );
        return (Answer::NothingCanBeSaid, clause);
    }
    if let Some(doubt) = unmeasured(report) {
        let clause = format!("{said_longest}, below every hop's limit (shortest: {named}), but {doubt}.");
        return (Answer::NotRuledOut, clause);
    }
    let below_all = report.path.hops_taken().all(|hop| match gap_that_matters(report, hop) {
        Some(gap) => gap.length_s.0 < hop_limit(hop),
        None => matches!(hop.refresh, RefreshWord::Any | RefreshWord::Payload),
    });
    let mut clause = if below_all {
        match (gap_that_matters(report, shortest), shortest.refresh) {
            (Some(gap), RefreshWord::Payload) => format!(
                "the longest gap between payload is {}, below every hop's limit (shortest: {named}).",
                gap.length_s.0
            ),
            _ => format!("{said_longest}, below every hop's limit (shortest: {named})."),
        }
    } else {
        format!("{said_longest}, but no hop's limit ran out in it (shortest: {named}).")
    };
    if not_idle > 0 {
        clause.push_str(&format!(" {} failed with no silence before.", counted(not_idle, "flow")));
    }
    (Answer::IdlingIsNotTheCause, clause)
}

/// Why silences may have been longer than they look.
fn unmeasured(report: &Report) -> Option<String> {
    let capture = &report.capture;
    if capture.clock_steps_back > 0 {
        let times = counted(capture.clock_steps_back, "time");
        Some(format!("the clock was set back {times}: a silence across that looks shorter than it was"))
    } else if capture.frames_without_time > 0 {
        let frames = share(capture.frames_without_time, capture.frames, "frame", ["has", "have"]);
        Some(format!("{frames} no time: silences before them do not show"))
    } else {
        None
    }
}

/// That a leap of the clock hides how long some silences were.
fn leapt(report: &Report) -> Option<String> {
    let hidden = report.survey.iter().any(|row| row.unknown > 0);
    let times = report.capture.clock_steps_forward;
    (times > 0 && hidden).then(|| {
        format!(
            "the clock leapt forward {}: how long a silence across that was is not known",
            counted(times, "time")
        )
    })
}

fn survey(report: &Report) -> (Answer, String) {
    let totals = &report.totals;
    let said = match &totals.longest_gap {
        Some(gap) => format!("the longest gap is {}", gap.length_s.0),
        None => "no flow has a gap".to_owned(),
    };
    let cutting = |refresh: RefreshWord| {
        report.survey.iter().filter(move |row| row.refresh == refresh && row.used_again > 0)
    };
    // The longest limit that cuts says the most; trackers on the path are likelier than proxies.
    let longest_limit = |refresh: RefreshWord| cutting(refresh).max_by_key(|row| row.limit_s);
    let row = [RefreshWord::Any, RefreshWord::Payload].into_iter().find_map(longest_limit);
    let Some(row) = row.or_else(|| report.survey.iter().find(|row| row.used_again > 0)) else {
        let left = report.survey.iter().map(|row| row.left_behind).max().unwrap_or(0);
        let left = match left {
            0 => String::new(),
            _ => {
                format!(" {} silent past the shortest, and not used again.", capitalised(&were(left, report)))
            }
        };
        let limits = counted(report.survey.len() as u64, "known limit");
        let doubt = unmeasured(report).or_else(|| leapt(report));
        let doubt = doubt.map_or_else(String::new, |doubt| format!(" But {doubt}."));
        let clause =
            format!("{said}; {limits} tried, none ran out on a flow that was used again.{left}{doubt}");
        return (Answer::SurveyFindsNothing, clause);
    };
    let lived = observed::none_broke(report);
    let at = |row: &SurveyRow| {
        let boxes = match row.boxes.len() {
            0 => String::new(),
            _ => format!(" ({})", listed(&row.boxes, BOXES_NAMED, 0)),
        };
        format!(
            "after {}{boxes} would have cut {}",
            limit(row.limit_s.0),
            share_of(row.used_again, totals.flows)
        )
    };
    let waits_for = match row.refresh {
        RefreshWord::Any => "",
        _ => ", counting payload only,",
    };
    let clause = format!(
        "{said}; a box that forgets flows{waits_for} {}.{lived} Name the boxes on the path with --hop.",
        at(row)
    );
    (Answer::SurveyFindsCuts, clause)
}

/// `3 of 12 flows`, `the only flow`, `all 12 flows`.
fn share_of(count: u64, flows: u64) -> String {
    share(count.min(flows), flows, "flow", ["", ""]).trim_end().to_owned()
}

#[cfg(test)]
mod tests;
