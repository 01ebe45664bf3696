//! Findings about the path itself: the lint's faults, with what to do about them.

use super::finding::{Certainty, Finding};
use super::remedy::{Knob, Remedy};
use super::rule::Rule;
use crate::policy::{Path, PathFault, lint};

/// Findings about `path`. They need no packet.
pub fn about_path(path: &Path) -> Vec<Finding> {
    lint(path)
        .into_iter()
        .filter(|fault| !fault.is_note())
        .filter_map(|fault| {
            let rule = Rule::from_id(fault.rule())?;
            Some(Finding {
                rule,
                severity: rule.severity(),
                certainty: Certainty::Certain,
                flow: None,
                group: None,
                gap: None,
                hop: Some(fault.hop().to_owned()),
                frames: Vec::new(),
                at: None,
                summary: fault.to_string(),
                remedy: Remedy::set(knobs(&fault)),
                display_filter: String::new(),
            })
        })
        .collect()
}

/// Settings that mend a fault.
fn knobs(fault: &PathFault) -> Vec<Knob> {
    match fault {
        PathFault::HopOrder { .. } => vec![Knob::HopTimeout],
        PathFault::KeepaliveAboveHop { .. }
        | PathFault::KeepaliveDoesNotReach { .. }
        | PathFault::BelowRfc5382 { .. } => vec![Knob::Keepalive],
        PathFault::KeepaliveNotCounted { .. } => vec![Knob::Heartbeat],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Hop, Keepalive};
    use crate::time::Span;

    fn chain(minutes: &[u64], keepalive: u64) -> Path {
        let hops =
            minutes.iter().enumerate().map(|(i, m)| Hop::tracker(format!("hop{i}"), Span::from_secs(m * 60)));
        let keepalive = Keepalive { time: Span::from_secs(keepalive * 60), ..Keepalive::LINUX_DEFAULT };
        Path { hops: hops.collect(), keepalive: Some(keepalive), by_end: None }
    }

    #[test]
    fn a_chain_in_the_wrong_order_is_named_with_the_change() {
        let findings = about_path(&chain(&[40, 50, 60], 30));
        let order: Vec<&Finding> = findings.iter().filter(|f| f.rule == Rule::HopOrder).collect();
        assert_eq!(order.len(), 2);
        assert!(order.iter().all(|finding| finding.remedy.knobs == [Knob::HopTimeout]));
    }

    #[test]
    fn a_chain_in_order_with_a_shorter_keepalive_has_no_fault() {
        assert_eq!(about_path(&chain(&[60, 50, 40], 30)), []);
    }
}
