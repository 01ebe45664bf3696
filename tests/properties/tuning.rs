//! What tune says must agree with analyze, and must move in one direction.

use crate::run;
use crate::traffic::{config, frames, talks, write};
use idlescope::capture::{Input, OpenOptions, Source};
use idlescope::findings::{Listing, Terms};
use idlescope::pipeline::{RunOptions, tune};
use idlescope::report::{KeepaliveRow, Report, TimeoutRow, add_tuning, assemble, of_interval_logs};
use idlescope::time::Span;
use idlescope::tuning::interval_log::IntervalLog;
use idlescope::tuning::{Plan, USUAL_KEEP};
use proptest::prelude::*;
use std::path::PathBuf;

/// Trackers of which only the limit is known, for every way to count.
const HOPS: [&str; 9] = [
    "a30=30s",
    "a5m=5m",
    "a1h=1h",
    "a2h=2h",
    "p5m=5m,refresh=payload",
    "p1h=1h,refresh=payload",
    "d5m=5m,refresh=payload-per-direction",
    "i5m=5m,refresh=initiator",
    "r5m=5m,refresh=responder",
];

fn terms() -> Terms {
    Terms { listing: Listing::All, min_gap: Span::from_secs(5), ..run::terms(&HOPS, None) }
}

/// The report on `files`, with timeouts tried.
pub fn tuned(files: &[PathBuf], workers: usize, plan: &Plan) -> Report {
    let inputs: Vec<Input> = files.iter().cloned().map(Input::File).collect();
    let source = Source::open(&inputs, &OpenOptions::default()).unwrap();
    let options = RunOptions { workers, ..RunOptions::default() };
    let (analysis, outcome) = tune(source, None, terms(), plan.clone(), &options);
    let mut report = assemble(&analysis);
    add_tuning(&mut report, &analysis, &outcome);
    report
}

/// Candidates for timeouts.
pub fn plan() -> Plan {
    let candidates = [60, 350, 1800, 7440].map(Span::from_secs);
    let mut plan = Plan::new(&terms().path, &candidates, &[]);
    plan.slots = Some(vec!["2".parse().unwrap()]);
    plan
}

fn rows<'r>(report: &'r Report, refresh: &str) -> Vec<&'r TimeoutRow> {
    let rows = report.tuning.as_ref().unwrap().timeouts.iter();
    rows.filter(|row| row.refresh.word() == refresh).collect()
}

/// The log without what depends on when the capture ended.
fn ended(log: &IntervalLog) -> Vec<(String, u64, u64, u64, u64)> {
    let tags = log.histograms.iter().filter(|(tag, _)| !tag.starts_with("open."));
    let dense = tags.map(|(tag, h)| (tag, h.dense()));
    dense.map(|(tag, h)| (tag.clone(), h.placed().len(), h.placed().max(), h.below(), h.overflow())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..config() })]

    #[test]
    fn each_timeout_cuts_what_a_hop_with_that_limit_cuts(talks in talks()) {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "capture.pcap", &frames(&talks, 1));
        let report = tuned(&[file], 2, &plan());
        let mut compared = 0;
        for row in &report.tuning.as_ref().unwrap().timeouts {
            for hop in &row.hops {
                let (verdicts, cuts) = (&report.totals.verdicts[hop], &report.totals.cuts.by_hop[hop]);
                prop_assert_eq!(row.flows_cut, verdicts.cut, "{}", hop);
                prop_assert_eq!(row.flows_used_again, cuts.used_again, "{}", hop);
                prop_assert_eq!(row.flows_saved_by_keepalive, verdicts.saved_by_keepalive, "{}", hop);
                prop_assert_eq!(row.flows_unknown, verdicts.unknown, "{}", hop);
                compared += 1;
            }
        }
        prop_assert_eq!(compared, HOPS.len());
    }

    #[test]
    fn a_longer_timeout_never_cuts_more_and_never_holds_less(talks in talks()) {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "capture.pcap", &frames(&talks, 1));
        let report = tuned(&[file], 2, &plan());
        for refresh in ["any", "payload", "payload-per-direction", "initiator", "responder"] {
            for pair in rows(&report, refresh).windows(2) {
                let (shorter, longer) = (pair[0], pair[1]);
                prop_assert!(shorter.gaps_cut >= longer.gaps_cut, "{shorter:?} {longer:?}");
                prop_assert!(shorter.flows_cut >= longer.flows_cut, "{shorter:?} {longer:?}");
                prop_assert!(shorter.flows_used_again >= longer.flows_used_again);
                prop_assert!(shorter.entries.mean > -1e-9, "{shorter:?}");
                prop_assert!(shorter.entries.mean <= longer.entries.mean + 1e-9);
                prop_assert!(shorter.entries.peak <= longer.entries.peak + 1e-9);
                prop_assert!(shorter.entries.p99 <= longer.entries.p99 + 1e-9);
            }
        }
    }

    #[test]
    fn a_shorter_keepalive_never_saves_fewer_and_never_costs_less(talks in talks()) {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "capture.pcap", &frames(&talks, 1));
        let report = tuned(&[file], 2, &plan());
        for pair in report.tuning.as_ref().unwrap().keepalives.windows(2) {
            let (shorter, longer) = (&pair[0], &pair[1]);
            for (a, b) in shorter.saved.iter().zip(&longer.saved) {
                prop_assert!(a.saved >= b.saved && a.saved_used_again >= b.saved_used_again);
                prop_assert!(a.saved <= a.at_risk);
            }
            prop_assert!(shorter.probes_sent >= longer.probes_sent);
            if (shorter.interval_s, shorter.probes) == (longer.interval_s, longer.probes) {
                prop_assert!(shorter.stale_mean <= longer.stale_mean + 1e-9);
                prop_assert!(shorter.slots.as_ref().unwrap().most <= longer.slots.as_ref().unwrap().most);
            }
        }
    }

    #[test]
    fn entries_are_lifetimes_without_what_lies_beyond_the_timeout(talks in talks()) {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "capture.pcap", &frames(&talks, 1));
        let report = tuned(&[file], 2, &plan());
        prop_assume!(report.flows.iter().all(|flow| flow.gaps.len() as u64 == flow.gaps_total));
        for row in rows(&report, "any") {
            let timeout = row.timeout_s.0.as_secs_f64();
            if timeout < 6.0 {
                continue;
            }
            let mut held = 0.0;
            for flow in &report.flows {
                held += flow.last_at.0.since(flow.first_at.0).as_secs_f64();
                let long = flow.gaps.iter().filter(|gap| gap.basis.word() == "any" && gap.trust.word() == "clean");
                held -= long.map(|gap| (gap.length_s.0.as_secs_f64() - timeout).max(0.0)).sum::<f64>();
                // A silence below the shortest that is told of counts to the last segment.
                held += flow.open_gap_s.map_or(0.0, |open| open.0.as_secs_f64()).min(timeout);
            }
            prop_assert!((row.entries.entry_seconds - held).abs() < 0.01 + 5.0 * report.flows.len() as f64,
                "{} {held}", row.entries.entry_seconds);
        }
    }

    #[test]
    fn the_number_of_workers_changes_nothing(talks in talks()) {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "capture.pcap", &frames(&talks, 1));
        let (one, four) = (tuned(std::slice::from_ref(&file), 1, &plan()), tuned(&[file], 4, &plan()));
        prop_assert_eq!(&one.tuning, &four.tuning);
        prop_assert_eq!(&one.interval_log, &four.interval_log);
    }

    #[test]
    fn merged_logs_are_the_log_of_both(first in talks(), second in talks()) {
        let directory = tempfile::tempdir().unwrap();
        let files = [
            write(directory.path(), "a.pcap", &frames(&first, 1)),
            write(directory.path(), "b.pcap", &frames(&second, 101)),
        ];
        let mut merged = IntervalLog::default();
        for file in &files {
            let mut page = Vec::new();
            tuned(std::slice::from_ref(file), 2, &plan()).interval_log.write(&mut page).unwrap();
            merged.add(&IntervalLog::read(&page).unwrap()).unwrap();
        }
        let both = tuned(&files, 2, &plan());
        prop_assert_eq!(ended(&merged), ended(&both.interval_log));
        prop_assert_eq!((merged.flows, &merged.groups), (both.interval_log.flows, &both.interval_log.groups));
        let gaps = |report: &Report| report.histograms.by_basis().map(|(_, histogram)| histogram.all());
        let counted = |basis: usize| {
            let name = ["any", "payload", "initiator", "responder"][basis];
            let tags = both.interval_log.histograms.iter().filter(|(tag, _)| tag.starts_with(&format!("gaps.{name}.")));
            tags.map(|(_, h)| h.dense()).map(|h| h.placed().len() + h.below() + h.overflow()).sum::<u64>()
        };
        let analysed = run::report(&files, &terms(), 2);
        prop_assert_eq!(gaps(&analysed), [0, 1, 2, 3].map(counted));
    }

    #[test]
    fn merged_logs_say_what_a_run_over_the_captures_says(talks in talks(), cut in 0.0f64..1.0) {
        let directory = tempfile::tempdir().unwrap();
        let frames = frames(&talks, 1);
        let (before, after) = frames.split_at((frames.len() as f64 * cut) as usize);
        prop_assume!(!before.is_empty() && !after.is_empty());
        let files =
            [write(directory.path(), "a.pcap", before), write(directory.path(), "b.pcap", after)];
        // In any order.
        let mut merged = IntervalLog::default();
        for file in files.iter().rev() {
            merged.add(&read_back(&tuned(std::slice::from_ref(file), 2, &plan()).interval_log)).unwrap();
        }
        // A log of both logs is one as well.
        let merged = read_back(&merged);
        let spanning = merged.tally.as_ref().unwrap().may_span();
        let merged = of_interval_logs(&merged, vec!["a".to_owned()], &terms(), USUAL_KEEP).unwrap();
        let both = tuned(&files, 2, &plan());
        let (merged, both) = (merged.tuning.unwrap(), both.tuning.unwrap());
        prop_assert_eq!(merged.timeouts.len(), both.timeouts.len());
        for (part, whole) in merged.timeouts.iter().zip(&both.timeouts) {
            prop_assert_eq!((part.timeout_s, part.refresh), (whole.timeout_s, whole.refresh));
            let counts = |row: &TimeoutRow| [row.flows_cut, row.flows_used_again, row.flows_saved_by_keepalive,
                row.flows_unknown, row.used_again.of];
            for (part, whole) in counts(part).into_iter().zip(counts(whole)) {
                prop_assert!(part.abs_diff(whole) <= spanning, "{part} {whole} {spanning} {:?}", whole);
            }
            if spanning == 0 {
                prop_assert_eq!(part.gaps_cut, whole.gaps_cut);
                prop_assert!((part.entries.mean - whole.entries.mean).abs() < 1e-6);
            }
        }
        if spanning == 0 && merged.basis.tells_up_to_s == both.basis.tells_up_to_s {
            prop_assert_eq!(merged.recommendation.timeout.map(|it| it.timeout_s),
                both.recommendation.timeout.map(|it| it.timeout_s));
        }
        let name = |row: &KeepaliveRow| (row.time_s, row.interval_s);
        for row in merged.keepalives.iter().filter(|_| spanning == 0) {
            prop_assert!(both.keepalives.iter().any(|whole| name(whole) == name(row)), "{row:?}");
        }
    }
}

fn read_back(log: &IntervalLog) -> IntervalLog {
    let mut page = Vec::new();
    log.write(&mut page).unwrap();
    IntervalLog::read(&page).unwrap()
}
