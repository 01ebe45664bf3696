//! Counts add up, and the document keeps its promises.

use super::*;
use crate::report::{BasisWord, Seconds};
use crate::time::Span;
use std::collections::BTreeMap;

#[test]
fn every_report_of_a_capture_satisfies_the_schema() {
    let validator = jsonschema::validator_for(&crate::report::schema()).unwrap();
    for run in runs() {
        let document = document(&run.report());
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{:?}: {errors:#?}", run.files);
    }
}

#[test]
fn frames_are_filtered_or_segments_or_quotes_or_skipped() {
    for run in runs() {
        for filter in [None, Some("tcp port 17000 or icmp")] {
            let report = Run { filter, ..run.clone() }.report();
            let capture = &report.capture;
            assert_eq!(
                capture.frames,
                capture.filtered + capture.tcp_segments + capture.icmp_quotes + capture.skipped_total(),
                "{:?} {filter:?}",
                run.files
            );
            assert_eq!(capture.frames, capture.files.iter().map(|file| file.frames).sum::<u64>());
            assert_eq!(filter.is_none(), capture.filtered == 0, "{:?} {filter:?}", run.files);
        }
    }
}

#[test]
fn every_segment_belongs_to_a_flow_or_is_a_copy() {
    for run in runs() {
        let report = run.report();
        let of_flow = |flow: &crate::report::Flow| flow.segments.initiator + flow.segments.responder;
        let segments = report.flows.iter().map(of_flow).sum::<u64>();
        assert_eq!(segments + report.capture.duplicates, report.capture.tcp_segments, "{:?}", run.files);
    }
}

#[test]
fn gaps_of_all_services_are_those_of_the_capture_from_a_second_on() {
    let mut longer_than_a_second = 0;
    for run in runs() {
        let report = run.report();
        let second = Seconds(Span::from_secs(1));
        let whole = &report.histograms.any;
        let of_capture = whole
            .buckets
            .iter()
            .filter(|bucket| bucket.from_s >= second)
            .map(|bucket| bucket.count)
            .sum::<u64>();
        let of_services = report.services.iter().filter_map(|service| service.histograms.as_ref());
        let of_services = of_services.map(|histograms| histograms.any.all()).sum::<u64>();
        assert_eq!(of_capture, of_services, "{:?}", run.files);
        longer_than_a_second += of_capture;
    }
    assert!(longer_than_a_second > 100);
}

#[test]
fn flows_add_up_in_totals_hops_and_services() {
    for run in runs() {
        let report = run.report();
        let totals = &report.totals;
        let name = &run.files[0];
        assert_eq!(totals.flows, totals.open_at_end + totals.closed_fin + totals.closed_rst, "{name:?}");
        assert_eq!(totals.verdicts.len(), run.hops.len(), "{name:?}");
        for (hop, counts) in &totals.verdicts {
            let sum = counts.survives + counts.cut + counts.saved_by_keepalive + counts.unknown;
            assert_eq!(sum, totals.flows, "{name:?} {hop}");
            let cuts = totals.cuts.by_hop[hop];
            assert_eq!(cuts.used_again + cuts.left_behind + cuts.told, counts.cut, "{name:?} {hop}");
            let of_services = |count: fn(&crate::report::OutcomeCounts) -> u64| {
                report.services.iter().map(|service| count(&service.verdicts[hop])).sum::<u64>()
            };
            assert_eq!(of_services(|counts| counts.cut), counts.cut, "{name:?} {hop}");
            assert_eq!(of_services(|counts| counts.survives), counts.survives, "{name:?} {hop}");
            assert_eq!(of_services(|counts| counts.unknown), counts.unknown, "{name:?} {hop}");
        }
        assert_eq!(
            report.services.iter().map(|service| service.flows).sum::<u64>(),
            totals.flows,
            "{name:?}"
        );
        assert_eq!(report.services_total, report.services.len() as u64, "{name:?}");
        for row in &report.survey {
            let sum = row.used_again + row.left_behind + row.saved_by_keepalive + row.survives + row.unknown;
            assert_eq!(sum, totals.flows, "{name:?} {:?}", row.limit_s);
        }
        assert_eq!(report.survey.is_empty(), !run.hops.is_empty(), "{name:?}");
        let stale = report.stale_clients.iter().map(|line| line.flows).sum::<u64>();
        assert_eq!(stale, totals.of_rule("stale"), "{name:?}");
    }
}

#[test]
fn listed_flows_say_what_the_totals_count() {
    for run in runs() {
        let report = run.report();
        let name = &run.files[0];
        assert_eq!(report.flows.len() as u64, report.totals.flows, "{name:?}");
        let mut verdicts: BTreeMap<String, BTreeMap<&str, u64>> = BTreeMap::new();
        for verdict in report.flows.iter().flat_map(|flow| &flow.verdicts) {
            *verdicts.entry(verdict.hop.clone()).or_default().entry(verdict.outcome.word()).or_default() += 1;
        }
        for (hop, counts) in &report.totals.verdicts {
            let of = |word: &str| verdicts[hop].get(word).copied().unwrap_or(0);
            assert_eq!(of("survives"), counts.survives, "{name:?} {hop}");
            assert_eq!(of("cut"), counts.cut, "{name:?} {hop}");
            assert_eq!(of("saved-by-keepalive"), counts.saved_by_keepalive, "{name:?} {hop}");
            assert_eq!(of("unknown"), counts.unknown, "{name:?} {hop}");
        }
        let mut findings: BTreeMap<String, u64> = BTreeMap::new();
        for finding in &report.findings {
            *findings.entry(finding.rule.clone()).or_default() += 1;
        }
        assert_eq!(findings, report.totals.findings, "{name:?}");
        assert_eq!(report.findings_total, report.findings.len() as u64, "{name:?}");
        let with_findings = report.flows.iter().filter(|flow| !flow.findings.is_empty()).count() as u64;
        assert_eq!(with_findings, report.totals.flows_by_severity.total(), "{name:?}");
        for flow in &report.flows {
            for index in &flow.findings {
                let finding = &report.findings[*index];
                assert_eq!(finding.flow, Some(flow.id), "{name:?}");
                assert_eq!(finding.responder.as_ref(), Some(&flow.responder), "{name:?}");
                let of_flow = |frame: &u64| (flow.first_frame..=flow.last_frame).contains(frame);
                assert!(finding.frames.iter().all(of_flow), "{name:?}: {finding:?}");
            }
        }
    }
}

#[test]
fn ids_are_ranks_of_first_appearance() {
    for run in runs() {
        let mut flows = run.report().flows;
        flows.sort_by_key(|flow| flow.first_frame);
        let ids: Vec<u64> = flows.iter().map(|flow| flow.id).collect();
        assert_eq!(ids, (0..flows.len() as u64).collect::<Vec<u64>>(), "{:?}", run.files);
    }
}

#[test]
fn the_longest_gap_names_the_frames_of_its_flow() {
    let report = Run::of([fixture("silent-drop-client.pcap")]).behind(HOPS).report();
    let longest = report.totals.longest_gap.as_ref().unwrap();
    let flow = report.flows.iter().find(|flow| flow.id == longest.flow).unwrap();
    assert_eq!(flow.longest_gap_s, longest.length_s);
    let gap = flow.gaps.iter().find(|gap| gap.basis == BasisWord::Any).unwrap();
    assert_eq!((longest.start_frame, longest.end_frame), (Some(gap.start_frame), Some(gap.end_frame)));
    assert!(report.flows.iter().all(|flow| flow.longest_gap_s <= longest.length_s));
}

#[test]
fn a_survey_row_names_products_and_presets() {
    let report = Run::of([fixture("stale.pcap")]).report();
    let row = |refresh: &str, seconds: u64| {
        report
            .survey
            .iter()
            .find(|row| row.refresh.word() == refresh && row.limit_s.0.as_secs() == seconds)
            .unwrap()
    };
    assert!(row("any", 350).presets.contains(&"aws-nlb-tcp".to_owned()));
    assert!(!row("any", 60).presets.contains(&"aws-alb".to_owned()), "a proxy counts payload");
    assert!(row("payload", 60).presets.contains(&"aws-clb".to_owned()));
    assert!(!row("payload", 60).presets.contains(&"aws-alb".to_owned()), "no service here speaks HTTP");
    assert!(report.survey.iter().all(|row| row.presets.len() == row.boxes.len() && !row.presets.is_empty()));
    assert!(report.survey.iter().flat_map(|row| &row.boxes).any(|product| product.contains(' ')));
    assert!(report.survey.is_sorted_by_key(|row| row.limit_s));
}
