//! What the capture itself shows outranks what a path would have done.

use super::{Answer, used_again, were};
use crate::report::wording::{counted, grouped, share};
use crate::report::{Report, Seconds};

/// Flows broke after a silence.
pub(super) fn broke(report: &Report) -> Option<(Answer, String)> {
    let broken = &report.totals.broken;
    let flows = broken.certain.saturating_add(broken.likely);
    let at_limit = report.totals.of_rule("observed-close-at-limit");
    if flows == 0 && at_limit > 0 {
        let clause =
            format!("{} closed after the same silence again and again.", counted(at_limit, "service was"));
        return Some((Answer::IdlingBrokeFlows, clause));
    }
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
            "{} reset after a silence, by the other end or by a box: the capture does not show which.{besides}",
            were(totals.broken.possible, report)
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
