//! More patience never cuts more; more capture never takes a cut back.

use crate::make::conversation::{Seen, secs};
use crate::traffic::{config, frames, report, talks};
use idlescope::report::{Outcome, Report};
use proptest::prelude::*;

fn outcome(report: &Report, id: u64, hop: &str) -> Option<Outcome> {
    let flow = report.flows.iter().find(|flow| flow.id == id)?;
    flow.verdicts.iter().find(|verdict| verdict.hop == hop).map(|verdict| verdict.outcome)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_longer_timeout_never_cuts_more(talks in talks()) {
        let report = report(&frames(&talks, 1), 2);
        for flow in &report.flows {
            for family in [&["t30", "t5m", "t1h", "t2h"][..], &["p30", "p5m", "p1h"]] {
                for (short, long) in family.iter().zip(&family[1..]) {
                    let [short_did, long_did] = [short, long].map(|hop| outcome(&report, flow.id, hop));
                    prop_assert!(
                        long_did != Some(Outcome::Cut) || short_did == Some(Outcome::Cut),
                        "flow {}: {long} cuts, {short}: {short_did:?}", flow.id,
                    );
                }
            }
        }
    }

    #[test]
    fn where_packets_cannot_save_a_flow_payload_alone_never_does(talks in talks()) {
        // Payload travels in packets. Of payload the capture may show less, so the verdict may be unknown.
        let report = report(&frames(&talks, 1), 2);
        for flow in &report.flows {
            for (packets, payload) in [("t30", "p30"), ("t5m", "p5m"), ("t1h", "p1h")] {
                let [by_packets, by_payload] = [packets, payload].map(|hop| outcome(&report, flow.id, hop));
                prop_assert!(
                    by_packets != Some(Outcome::Cut)
                            || matches!(by_payload, Some(Outcome::Cut | Outcome::Unknown)),
                    "flow {}: {packets} cuts, {payload}: {by_payload:?}", flow.id,
                );
            }
        }
    }

    #[test]
    fn later_traffic_of_other_flows_never_takes_a_cut_back(before in talks(), after in talks()) {
        let mut all = frames(&before, 1);
        let short = report(&all, 2);
        let end = all.last().map_or(secs(0), |seen| seen.at) + secs(1);
        all.extend(frames(&after, 101).into_iter().map(|seen| Seen { at: seen.at + end, ..seen }));
        let long = report(&all, 2);
        for flow in &short.flows {
            for verdict in flow.verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Cut) {
                prop_assert_eq!(outcome(&long, flow.id, &verdict.hop), Some(Outcome::Cut));
            }
        }
    }
}
