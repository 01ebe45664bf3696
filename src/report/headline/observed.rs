//! What the capture itself shows outranks what a path would have done.

use super::{Answer, used_again, were};
use crate::findings::Cause;
use crate::report::wording::{counted, grouped, joined, share};
use crate::report::{CertaintyWord, ClockWord, Finding, KnobWord, Recommended, Report, Seconds, Severity};
use std::cmp::Reverse;

/// Flows broke after a silence.
pub(super) fn broke(report: &Report) -> Option<(Answer, String)> {
    let broken = &report.totals.broken;
    let flows = broken.certain.saturating_add(broken.likely);
    let answer = match (flows, broken.certain) {
        (0, _) => return None,
        (_, 0) => Answer::IdlingProbablyBrokeFlows,
        _ => Answer::IdlingBrokeFlows,
    };
    let silence = match (broken.shortest_s, broken.longest_s) {
        (Some(Seconds(shortest)), Some(Seconds(longest))) if shortest.to_string() == longest.to_string() => {
            format!(" after {shortest} of silence")
        }
        (Some(Seconds(shortest)), Some(Seconds(longest))) => {
            format!(" after {shortest} to {longest} of silence")
        }
        _ => " after a silence".to_owned(),
    };
    // By FIN, while a request was open.
    let told = |rule: &str| report.totals.of_rule(rule) > 0;
    let is_closed = broken.by_reset == 0 && told("observed-close-at-limit") && !told("observed-silent-drop");
    let style = match broken.by_reset {
        0 if is_closed => "",
        0 => ", without a word",
        resets if resets == flows => ", by RST",
        _ => "",
    };
    let survived = match broken.longest_survived_s {
        // Near a limit some flows win a race with it.
        Some(survived) if broken.shortest_s.is_some_and(|shortest| shortest.0 <= survived.0) => String::new(),
        Some(Seconds(survived)) => format!("; {survived} was survived"),
        None => String::new(),
    };
    let doubt = match broken.certain {
        certain if certain == flows => String::new(),
        0 => " It is likely, not shown.".to_owned(),
        certain => format!(
            " {} shown, the others likely.",
            if certain == 1 { "One is".to_owned() } else { format!("{} are", grouped(certain)) }
        ),
    };
    let predicted = predicted(report);
    let done = if is_closed { "closed" } else { "cut" };
    let clause = format!("{} {done}{silence}{style}{survived}.{doubt}{predicted}", were(flows, report));
    Some((answer, clause))
}

/// What the path as stated would have done, beside what was observed.
fn predicted(report: &Report) -> String {
    match report.totals.cuts.flows_used_again {
        0 => String::new(),
        _ => format!(" By the path as stated, {}", used_again(report)),
    }
}

/// Flows failed, and idling is refuted as the cause of every one.
pub(super) fn failed_otherwise(report: &Report) -> Option<(Answer, String)> {
    let (answer, clause) = failed(report).filter(|(answer, _)| *answer == Answer::IdlingIsNotTheCause)?;
    Some((answer, format!("{clause}{}", predicted(report))))
}

/// A flow was closed at what may be an idle limit; one close shows none.
pub(super) fn closed_once(report: &Report) -> Option<(Answer, String)> {
    let is_single = |finding: &&Finding| {
        finding.rule == "observed-close-at-limit" && finding.certainty == CertaintyWord::Possible
    };
    let singles: Vec<&Finding> = report.findings.iter().filter(is_single).collect();
    let longest = singles.iter().filter_map(|finding| finding.gap_s).map(|gap| gap.0).max()?;
    let clause = format!(
        "{} closed after {longest} without payload, perhaps at an idle limit: a second close after the same time would \
         show it.",
        were(singles.len() as u64, report)
    );
    Some((Answer::NotRuledOut, clause))
}

/// Flows were closed at a limit, and clients that used them once more were refused.
pub(super) fn closed_at_limit_with_harm(report: &Report) -> Option<(Answer, String)> {
    let clause = closed_at_limit(report, |finding| finding.severity == Severity::Error)?;
    Some((Answer::IdlingBrokeFlows, clause))
}

/// Flows were closed at a limit although somebody kept them open, or by RST, and nobody was seen to come to harm. An
/// orderly close of an idle connection that nobody kept open is what many services do by design: a finding, no headline.
pub(super) fn closed_at_limit_without_harm(report: &Report) -> Option<(Answer, String)> {
    // Something is recommended against it where somebody kept the connection open, or it was reset.
    let is_unwanted = |finding: &Finding| {
        let against = |it: &Recommended| {
            it.service == finding.responder && matches!(it.knob, KnobWord::Keepalive | KnobWord::Heartbeat)
        };
        finding.certainty >= CertaintyWord::Likely && report.recommendations.iter().any(against)
    };
    let is_meant = |finding: &Finding| finding.certainty == CertaintyWord::Certain || is_unwanted(finding);
    let clause = closed_at_limit(report, is_meant)?;
    Some((Answer::ClosedAtLimit, format!("{clause} Nobody was seen to use them again.")))
}

fn closed_at_limit(report: &Report, is_meant: impl Fn(&Finding) -> bool) -> Option<String> {
    let is_meant = |finding: &&Finding| finding.rule == "observed-close-at-limit" && is_meant(finding);
    let mut limits: Vec<&Finding> = report.findings.iter().filter(is_meant).collect();
    limits.sort_by_key(|finding| Reverse(finding.flows_total));
    let worst = limits.first()?;
    let after = worst.gap_s.map_or(String::new(), |gap| format!(" after {} without payload", gap.0));
    let others = match limits.len() - 1 {
        0 => String::new(),
        more => format!(" The same holds for {}.", counted(more as u64, "other limit")),
    };
    let (by, keepalive) = match clock_of(report, worst) {
        Some(ClockWord::Payload) => ("an application or proxy", "; TCP keepalive does not help there"),
        Some(ClockWord::Any) => ("a box or proxy", "; keepalive helps"),
        _ => ("an application, a proxy or a box", "; whether keepalive helps is not shown"),
    };
    Some(format!("{} closed{after} by {by}{keepalive}.{others}", were(worst.flows_total, report)))
}

/// What restarts the timer of a finding about closes.
fn clock_of(report: &Report, finding: &Finding) -> Option<ClockWord> {
    let limits = report.inferred_timeouts.iter();
    let of_it = |limit: &&crate::report::InferredTimeout| {
        finding.responder.as_deref() == Some(limit.service.as_str()) && limit.shortest_cut_s == finding.gap_s
    };
    limits.filter(of_it).find_map(|limit| limit.clock)
}

/// Flows failed, and no idle timer is likely to have ended them.
pub(super) fn failed(report: &Report) -> Option<(Answer, String)> {
    let totals = &report.totals;
    let flows =
        totals.failed.certain.saturating_add(totals.failed.likely).saturating_add(totals.failed.possible);
    if flows == 0 {
        return None;
    }
    if totals.of_rule("dead-peer") >= flows {
        return Some((Answer::Trouble, super::trouble(report)));
    }
    let failed = share(flows.min(totals.flows), totals.flows, "flow", ["failed", "failed"]);
    let why = match likely_causes(report) {
        causes if causes.is_empty() => String::new(),
        causes => format!(" Likely: {}.", joined(&causes)),
    };
    let open = totals.broken.possible;
    if open > 0 {
        let idle = if open == flows { String::new() } else { format!(" of {}", grouped(open)) };
        let clause = format!("{failed}; whether an idle timer is the cause{idle} is not shown.{why}");
        return Some((Answer::NotRuledOut, clause));
    }
    let clause = format!("{failed}, and idling is refuted as the cause.{why}");
    Some((Answer::IdlingIsNotTheCause, clause))
}

/// Causes of failures that are at least likely, the most frequent first.
fn likely_causes(report: &Report) -> Vec<String> {
    let of = |cause: Cause| {
        let counts = report.totals.explanations.get(cause.id())?;
        let likely: u64 = ["likely", "shown"].iter().filter_map(|standing| counts.get(*standing)).sum();
        let closes =
            matches!(cause, Cause::IdleTimer | Cause::ApplicationClose | Cause::NormalClose | Cause::Unknown);
        (likely > 0 && !closes).then_some((likely, cause))
    };
    let mut causes: Vec<(u64, Cause)> = Cause::ALL.iter().copied().filter_map(of).collect();
    causes.sort_by_key(|(flows, cause)| (Reverse(*flows), *cause));
    causes
        .iter()
        .take(2)
        .map(|(flows, cause)| format!("{} ({})", cause.words(), counted(*flows, "flow")))
        .collect()
}

/// That the flows lived through what boxes of the catalogue would have cut.
pub(super) fn none_broke(report: &Report) -> &'static str {
    let silent = report.totals.one_way < report.totals.flows && report.totals.longest_gap.is_some();
    if silent { " No flow was seen to break after a silence." } else { "" }
}
