//! What boxes are seen to do, held to what the sockets experienced: nothing that lived, was aborted by its program or
//! lost its peer may be told as cut for being idle. No hop is given: the capture has to speak for itself.

use crate::recorded::{analysis_with, committed, expectations};
use idlescope::findings::Rule;
use idlescope::policy::Path;
use std::path::Path as FilePath;

/// Fates of which a rule that accuses idling, or a box, may speak.
fn fates(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::ObservedSilentDrop | Rule::ObservedReset | Rule::MiddleboxReset => &["cut"],
        Rule::ObservedCloseAtLimit => &["closed-at-limit"],
        Rule::ReconnectAfterCut => &["cut", "closed-at-limit"],
        Rule::DeadPeer => &["peer-gone", "cut"],
        Rule::SlotExhaustion => &["refused", "peer-gone", "survived"],
        _ => &[
            "cut",
            "closed-at-limit",
            "peer-gone",
            "stale",
            "refused",
            "open",
            "reset",
            "flushed",
            "survived",
        ],
    }
}

/// Captures in which a server had a limit on connections.
const LIMITED: [&str; 1] = ["slots"];

#[test]
fn no_socket_that_was_not_cut_is_told_as_cut() {
    accuse_nobody(&committed());
}

pub fn accuse_nobody(folder: &FilePath) {
    let mut false_accusations = Vec::new();
    for (name, expected) in expectations(folder) {
        let analysis = analysis_with(&expected, Path::default());
        for finding in &analysis.judgement.findings {
            let rule = finding.rule;
            if rule == Rule::SlotExhaustion && !LIMITED.contains(&name.as_str()) {
                false_accusations.push(format!("{name}: {rule}: {}", finding.summary));
            }
            let Some(flow) = finding.flow else { continue };
            let id = analysis.id_of(flow.first_frame);
            let truth = expected.listed.iter().find(|flow| flow.id == id);
            let fate = truth.and_then(|flow| flow.fate.as_deref());
            if fate.is_some_and(|fate| !fates(rule).contains(&fate)) {
                let label = truth.and_then(|flow| flow.label.as_deref()).unwrap_or_default();
                let fate = fate.unwrap_or_default();
                false_accusations
                    .push(format!("{name}: flow {id} ({label}, {fate}): {rule}: {}", finding.summary));
            }
        }
    }
    assert!(
        false_accusations.is_empty(),
        "{} false accusations:\n{}",
        false_accusations.len(),
        false_accusations.join("\n")
    );
}
