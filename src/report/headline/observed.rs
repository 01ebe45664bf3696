//! What the capture itself shows outranks what a path would have done.

use super::{Answer, used_again, were};
use crate::report::wording::{counted, grouped, share};
use crate::report::{CertaintyWord, Finding, Report, Seconds, Severity};
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
    let style = match broken.by_reset {
        0 => ", without a word",
        resets if resets == flows => ", by RST",
        _ => "",
    };
    let survived = match broken.longest_survived_s {
        Some(Seconds(survived)) => format!("; {survived} was survived"),
        None => String::new(),
    };
    let doubt = match broken.certain {
        certain if certain == flows => String::new(),
        0 => " No other flow proves it.".to_owned(),
        certain => format!(
            " {} proven, the others likely.",
            if certain == 1 { "One is".to_owned() } else { format!("{} are", grouped(certain)) }
        ),
    };
    let predicted = match report.totals.cuts.flows_used_again {
        0 => String::new(),
        _ => format!(" By the path as stated, {}", used_again(report)),
    };
    let clause = format!("{} cut{silence}{style}{survived}.{doubt}{predicted}", were(flows, report));
    Some((answer, clause))
}

/// Flows were closed at a limit, and clients that used them once more were refused.
pub(super) fn closed_at_limit_with_harm(report: &Report) -> Option<(Answer, String)> {
    let clause = closed_at_limit(report, |finding| finding.severity == Severity::Error)?;
    Some((Answer::IdlingBrokeFlows, clause))
}

/// Flows were closed at a limit although somebody kept them open, or by RST, and nobody was seen to come to harm. An
/// orderly close of an idle connection that nobody kept open is what many services do by design: a finding, no headline.
pub(super) fn closed_at_limit_without_harm(report: &Report) -> Option<(Answer, String)> {
    let clause = closed_at_limit(report, |finding| finding.certainty == CertaintyWord::Certain)?;
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
    Some(format!(
        "{} closed{after} by an application or proxy; TCP keepalive does not help there.{others}",
        were(worst.flows_total, report)
    ))
}

/// Flows failed, none of them after a silence; or it is open who ended those that had one.
pub(super) fn failed_in_use(report: &Report) -> Option<(Answer, String)> {
    let totals = &report.totals;
    let in_use = totals.of_rule("not-idle");
    let failed = share(in_use.min(totals.flows), totals.flows, "flow", ["failed", "failed"]);
    if totals.broken.possible > 0 {
        let besides = match in_use {
            0 => String::new(),
            _ => format!(" {failed} in use, without a silence before."),
        };
        let clause = format!(
            "{} after a silence, by the other end or by a box: the capture does not show which.{besides}",
            share(totals.broken.possible.min(totals.flows), totals.flows, "flow", ["broke", "broke"])
        );
        return Some((Answer::NotRuledOut, clause));
    }
    let clean = totals.cuts.flows_left_behind == 0 && totals.flows_by_severity.error == 0;
    (in_use > 0 && clean && report.path.hops.is_empty()).then(|| {
        let clause = format!("{failed} while in use, with no long silence before, and none broke after one.");
        (Answer::IdlingIsNotTheCause, clause)
    })
}

/// That the flows lived through what boxes of the catalogue would have cut.
pub(super) fn none_broke(report: &Report) -> &'static str {
    let silent = report.totals.one_way < report.totals.flows && report.totals.longest_gap.is_some();
    if silent { " No flow was seen to break after a silence." } else { "" }
}
