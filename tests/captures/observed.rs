//! What is told of flows that were cut, held to their sockets: every cut that a capture shows is reported with the
//! silence that it followed, and nothing else is.

use crate::expectation::Flow;
use crate::recorded::{analysis_with, committed, expectations};
use idlescope::findings::{Certainty, Finding, Rule};
use idlescope::policy::Path;
use std::collections::BTreeMap;
use std::path::Path as FilePath;

/// Idle timeout of every box that the recordings have.
const TIMEOUT_S: f64 = 6.0;

/// Here the real server's own RST answers: from the client's side alone, a mapping that a NAT lost and a socket that
/// the server lost look alike: one restart while both were silent would explain all.
const LOOKS_LIKE_THE_PEER: [&str; 2] = ["nat-changes-port-client", "nat-leaks-client"];

/// Whether the capture shows the end of the silence in which the flow was cut: a side to which nothing came through
/// shows nothing at all.
fn shows_its_cut(flow: &Flow) -> bool {
    flow.fate.as_deref() == Some("cut") && flow.longest_gap_s.is_some_and(|gap| gap > TIMEOUT_S)
}

/// Whether a finding says that idling broke its flow.
fn says_cut(finding: &Finding) -> bool {
    let observed_half_closed =
        finding.rule == Rule::HalfClosedIdle && finding.summary.starts_with("half-closed and idle");
    matches!(finding.rule, Rule::ObservedSilentDrop | Rule::ObservedReset) || observed_half_closed
}

/// Cuts that a capture shows, those of them that are reported, and flows reported that were not cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Score {
    cut: usize,
    shown: usize,
    reported: usize,
    certain: usize,
    false_accusations: usize,
}

#[test]
fn every_cut_that_a_capture_shows_is_reported_and_nothing_else() {
    report_what_was_cut(&committed());
}

pub fn report_what_was_cut(folder: &FilePath) {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (name, expected) in expectations(folder) {
        let analysis = analysis_with(&expected, Path::default());
        let mut score = Score::default();
        for flow in &expected.listed {
            let told = analysis.judgement.findings.iter().find(|finding| {
                says_cut(finding)
                    && finding.flow.is_some_and(|told| analysis.id_of(told.first_frame) == flow.id)
            });
            let shown = shows_its_cut(flow);
            score.cut += usize::from(flow.fate.as_deref() == Some("cut"));
            score.shown += usize::from(shown);
            score.reported += usize::from(shown && told.is_some());
            score.certain += usize::from(told.is_some_and(|told| told.certainty == Certainty::Certain));
            score.false_accusations += usize::from(!shown && told.is_some());
            let label = flow.label.as_deref().unwrap_or_default();
            match told {
                Some(told) if shown => {
                    let gap = told.gap.map(|gap| gap.as_secs_f64()).unwrap_or_default();
                    if (gap - flow.longest_gap_s.unwrap_or_default()).abs() > 1e-3 {
                        wrong.push(format!("{name}: {label}: silence of {gap} s told"));
                    }
                    if told.certainty < Certainty::Likely && !LOOKS_LIKE_THE_PEER.contains(&name.as_str()) {
                        wrong.push(format!("{name}: {label}: only {}", told.certainty.name()));
                    }
                }
                Some(told) => wrong.push(format!("{name}: {label}: accused: {}", told.summary)),
                None if shown => wrong.push(format!("{name}: {label}: not reported")),
                None => {}
            }
        }
        if score.cut > 0 || score.false_accusations > 0 {
            scores.insert(name, score);
        }
    }
    println!("{scores:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let shown: usize = scores.values().map(|score| score.shown).sum();
    assert!(shown >= 11, "recordings of cuts are missing: {scores:#?}");
}

#[test]
fn closes_at_a_limit_are_told_with_the_limit_that_the_sockets_saw() {
    // Seen from the server's side all idle flows of the proxy end at one moment, as they would if it had ended itself.
    for name in ["haproxy-client", "nginx-client"] {
        let (_, expected) = expectations(&committed()).into_iter().find(|(known, _)| known == name).unwrap();
        let analysis = analysis_with(&expected, Path::default());
        let told =
            analysis.judgement.findings.iter().find(|finding| finding.rule == Rule::ObservedCloseAtLimit);
        let told = told.unwrap_or_else(|| panic!("{name}: not told"));
        let closed: Vec<f64> =
            expected.listed.iter().filter_map(|flow| flow.payload_idle_at_close_s).collect();
        assert_eq!(told.group.as_ref().unwrap().total, closed.len() as u64, "{name}");
        let shortest = closed.iter().copied().fold(f64::MAX, f64::min);
        assert!((told.gap.unwrap().as_secs_f64() - shortest).abs() < 1e-3, "{name}: {:?}", told.gap);
    }
}
