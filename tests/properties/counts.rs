//! Sums that must come out.

use crate::traffic::{config, frames, report, talks};
use idlescope::report::FlowClose;
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn all_counts_add_up(talks in talks()) {
        let frames = frames(&talks, 1);
        let report = report(&frames, 3);
        let (capture, totals) = (&report.capture, &report.totals);
        prop_assert_eq!(capture.frames, frames.len() as u64);
        prop_assert_eq!(capture.frames, capture.tcp_segments + capture.icmp_quotes + capture.skipped_total());
        prop_assert_eq!(capture.files.iter().map(|file| file.frames).sum::<u64>(), capture.frames);
        let segments: u64 = report.flows.iter().map(|flow| flow.segments.initiator + flow.segments.responder).sum();
        prop_assert_eq!(segments + capture.duplicates, capture.tcp_segments);

        prop_assert_eq!(report.flows.len() as u64, totals.flows);
        prop_assert_eq!(totals.closed_fin + totals.closed_rst + totals.open_at_end, totals.flows);
        let closed = |by| report.flows.iter().filter(|flow| flow.closed_by == by).count() as u64;
        prop_assert_eq!(closed(FlowClose::Fin), totals.closed_fin);
        prop_assert_eq!(closed(FlowClose::Rst), totals.closed_rst);
        for (hop, counts) in &totals.verdicts {
            prop_assert_eq!(counts.survives + counts.cut + counts.saved_by_keepalive + counts.unknown, totals.flows);
            let listed = report.flows.iter().flat_map(|flow| &flow.verdicts).filter(|v| v.hop == *hop);
            prop_assert_eq!(listed.count() as u64, totals.flows);
            let cuts = &totals.cuts.by_hop[hop];
            prop_assert_eq!(cuts.used_again + cuts.left_behind, counts.cut);
        }
        let mut by_rule = BTreeMap::new();
        for finding in &report.findings {
            *by_rule.entry(finding.rule.clone()).or_insert(0u64) += 1;
        }
        prop_assert_eq!(&by_rule, &totals.findings);
        prop_assert_eq!(report.findings_total, report.findings.len() as u64);
        let by_service: u64 = report.services.iter().map(|service| service.flows).sum();
        prop_assert_eq!(by_service, totals.flows);
        let mut ids: Vec<u64> = report.flows.iter().map(|flow| flow.id).collect();
        ids.sort_unstable();
        prop_assert_eq!(ids, (0..totals.flows).collect::<Vec<u64>>());
    }
}
