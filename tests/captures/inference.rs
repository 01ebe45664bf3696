//! Idle limits that captures show, held to what the boxes and proxies of the recordings were set to.

use crate::expectation::Expectation;
use crate::recorded::{analysis_with, committed, expectations};
use idlescope::findings::{InferredClock, InferredLimit, InferredStand};
use idlescope::policy::Path;
use std::path::Path as FilePath;

/// Idle timeout of every box that the recordings have, both ways open or half-closed.
const TIMEOUT_S: f64 = 6.0;

/// Idle limit of every proxy that they have.
const PROXY_LIMIT_S: f64 = 5.0;

/// A timer of a busy host runs out late; nginx, which counts from the milliseconds of its last turn, a little early too.
const LATE_S: f64 = 0.5;
const EARLY_S: f64 = 0.01;

#[test]
fn limits_hold_what_was_set_and_none_is_told_where_nothing_was_cut() {
    hold_what_was_set(&committed());
}

pub fn hold_what_was_set(folder: &FilePath) {
    let mut wrong = Vec::new();
    let mut told = Vec::new();
    for (name, expected) in expectations(folder) {
        for limit in analysis_with(&expected, Path::default()).judgement.inferred {
            if !holds(&limit, &expected) {
                wrong.push(format!("{name}: {limit:#?}"));
            }
            told.push((name.clone(), limit));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let of = |name: &str, clock| {
        let of_name = told.iter().filter(|(known, limit)| known == name && limit.clock == clock);
        let limits: Vec<&InferredLimit> = of_name.map(|(_, limit)| limit).collect();
        assert_eq!(limits.len(), 1, "{name}: {limits:#?}");
        limits[0]
    };
    for name in ["silent-drop-client", "reset-on-next-client"] {
        let limit = of(name, InferredClock::Established);
        assert_eq!((limit.speaker, limit.cuts), (None, 5), "{name}");
        assert!(limit.survived.flows >= 3, "{name}");
    }
    let half_closed = of("half-closed-server", InferredClock::HalfClosed);
    assert!(half_closed.survived.length.as_secs_f64() >= 3.0, "{half_closed:#?}");
    for name in ["haproxy-client", "nginx-client"] {
        assert_eq!(of(name, InferredClock::Payload).stand, InferredStand::Exact, "{name}");
    }
    // Silences of 8 and 11 s that the client ends survive there, at another port.
    assert_eq!(of("nat-picks-up-server", InferredClock::Established).cuts, 2);
}

/// Whether the truth of the sockets agrees.
fn holds(limit: &InferredLimit, expected: &Expectation) -> bool {
    let any = |fate: &str| expected.listed.iter().any(|flow| flow.fate.as_deref() == Some(fate));
    let (survived, cut) = (limit.survived.length.as_secs_f64(), limit.cut.as_secs_f64());
    match (&limit.stand, limit.clock) {
        // One box with one timer made each recording.
        (InferredStand::Conflict(_) | InferredStand::TwoBoxes { .. }, _) => false,
        (_, InferredClock::Payload) => {
            any("closed-at-limit") && (PROXY_LIMIT_S - EARLY_S..PROXY_LIMIT_S + LATE_S).contains(&cut)
        }
        _ => any("cut") && survived < TIMEOUT_S && TIMEOUT_S < cut,
    }
}
