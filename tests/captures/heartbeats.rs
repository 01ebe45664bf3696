//! Heartbeats of the recorded captures: those that their programs kept up, with period and size, and no others.

use crate::recorded::{analysis_with, committed, expectations};
use idlescope::flow::{Heartbeat, Role};
use idlescope::policy::Path;
use std::collections::BTreeMap;

/// Captures in which a program sent at a regular period, and which flows of theirs: beats of so many bytes, so many
/// milliseconds apart. The flows of `lossy-idle` and the busy one of `stale` do the same by other names: a fixed pause
/// between two sends.
const KEPT_UP: [(&str, u64, u32, u64); 6] = [
    ("haproxy-client", 2, 1, 2000),
    ("haproxy-server", 2, 1, 2000),
    ("lossy-idle", 2, 20, 2000),
    ("lossy-idle", 3, 20, 3000),
    ("nginx-client", 2, 29, 2000),
    ("stale", 6, 20, 1000),
];

/// Heartbeats of the recordings, by capture and flow.
fn told() -> BTreeMap<(String, u64), Heartbeat> {
    let mut told = BTreeMap::new();
    for (name, expected) in expectations(&committed()) {
        let analysis = analysis_with(&expected, Path::default());
        for flow in &analysis.judgement.flows {
            for heartbeat in flow.heartbeats.iter().flatten() {
                told.insert((name.clone(), analysis.id_of(flow.first_frame)), *heartbeat);
            }
        }
    }
    told
}

#[test]
fn heartbeats_are_those_that_programs_kept_up_and_no_probe_nor_person_makes_one() {
    let told = told();
    let expected: Vec<(String, u64)> = KEPT_UP.iter().map(|(name, id, ..)| (name.to_string(), *id)).collect();
    assert_eq!(told.keys().cloned().collect::<Vec<_>>(), expected);
    for (name, id, size, millis) in KEPT_UP {
        let heartbeat = &told[&(name.to_owned(), id)];
        assert_eq!((heartbeat.sender, heartbeat.size), (Role::Initiator, (size, size)), "{name}, flow {id}");
        assert!(heartbeat.answered, "{name}, flow {id}");
        let period = heartbeat.period.as_secs_f64() * 1000.0;
        assert!((period / millis as f64 - 1.0).abs() < 0.01, "{name}, flow {id}: every {period} ms");
    }
}

#[test]
fn period_and_jitter_are_those_that_tshark_s_times_give() {
    // `tshark -Y 'tcp.stream==2 && tcp.len>0 && tcp.dstport==17000' -T fields -e frame.number -e frame.time_epoch`,
    // mean and standard deviation of the six differences up to the last beat.
    let told = told();
    for (name, mean, deviation, frames) in
        [("haproxy-client", 2.00007, 0.000148, [30, 62]), ("nginx-client", 2.00102, 0.00214, [30, 62])]
    {
        let heartbeat = &told[&(name.to_owned(), 2)];
        assert_eq!(heartbeat.beats, 6, "{name}");
        assert!((heartbeat.period.as_secs_f64() - mean).abs() < 1e-5, "{name}: {}", heartbeat.period);
        assert!((heartbeat.jitter.as_secs_f64() - deviation).abs() < 1e-5, "{name}: {}", heartbeat.jitter);
        assert_eq!(heartbeat.frames.map(|frame| frame.0), frames, "{name}");
    }
}
