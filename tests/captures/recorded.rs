//! Every recorded capture is held to its expectation, which was made from the truth of the sockets.

use crate::expectation::{self, Expectation, Flow, KeepaliveSet, Side};
use idlescope::capture::{Input, OpenOptions, Source};
use idlescope::findings::{FlowRecord, KeepaliveRecord, Listing, Rule, Terms};
use idlescope::flow::{Basis, ClosedBy, Gap, Opened, PROBE_FRAMES_KEPT, Role};
use idlescope::frame::FrameNumber;
use idlescope::pipeline::{Analysis, Origin, RunOptions, analyze};
use idlescope::policy::{Path, spec::parse_hops};
use idlescope::simulate::Survey;
use idlescope::time::Span;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::{Path as FilePath, PathBuf};

/// The committed recordings.
pub fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/captures")
}

/// Expectations of the recordings in `folder`, by name.
pub fn expectations(folder: &FilePath) -> Vec<(String, Expectation)> {
    let mut all: Vec<(String, Expectation)> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name()?.to_str()?.strip_suffix(".expect.toml")?.to_owned();
            Some((name, expectation::read(&path)))
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn analysis_of(expected: &Expectation) -> Analysis {
    let hops: Vec<&str> = expected.hop.as_deref().into_iter().collect();
    analysis_with(expected, Path { hops: parse_hops(&hops).unwrap(), keepalive: None, by_end: None })
}

/// The analysis of a capture behind `path`, with all flows listed.
pub fn analysis_with(expected: &Expectation, path: Path) -> Analysis {
    let inputs: Vec<Input> =
        expected.files.iter().map(|file| Input::File(expected.folder.join(file))).collect();
    let terms = Terms {
        listing: Listing::All,
        flows_listed: 10_000,
        min_gap: Span::from_secs(1),
        ..Terms::new(path, Survey::default())
    };
    let source = Source::open(&inputs, &OpenOptions::default()).unwrap();
    analyze(source, None, terms, &RunOptions { workers: 2, ..RunOptions::default() })
}

/// Collects what differs, so that one run shows all of it.
struct Comparison {
    place: String,
    differences: Vec<String>,
}

impl Comparison {
    fn same<T: PartialEq + Debug>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            self.differences.push(format!("{}: {what} is {found:?}, expected {expected:?}", self.place));
        }
    }

    /// Compares lengths in seconds.
    fn close(&mut self, what: &str, found: Span, expected: f64, tolerance: f64) {
        if (found.as_secs_f64() - expected).abs() > tolerance {
            self.differences.push(format!(
                "{}: {what} is {} s, expected {expected} s",
                self.place,
                found.as_secs_f64()
            ));
        }
    }
}

/// Gaps are told from here on, with frames and exact length; shorter ones have a length in microseconds.
const TOLD_FROM: f64 = 1.0;

fn compare_flow(check: &mut Comparison, flow: &FlowRecord, expected: &Flow, copies: u64) {
    check.same("initiator", flow.initiator.to_string(), expected.initiator.clone());
    check.same("responder", flow.responder.to_string(), expected.responder.clone());
    let opened = match flow.opened {
        Opened::Handshake => "handshake",
        Opened::Midstream => "midstream",
    };
    check.same("opened", opened, expected.opened.as_str());
    if let Some(closed_by) = &expected.closed_by {
        let found = match flow.closed_by {
            ClosedBy::Fin => "fin",
            ClosedBy::Rst => "rst",
            ClosedBy::Nothing => "none",
        };
        check.same("closed_by", found, closed_by.as_str());
    }
    check.same("first_frame", flow.first_frame.0, expected.first_frame);
    check.same("last_frame", flow.last_frame.0, expected.last_frame);
    check.same("segments", flow.segments, expected.segments);
    // The earliest copy stands for all; which of two is earlier may differ from interface to interface.
    let tolerance = if copies > 0 { 1e-3 } else { 1.5e-6 };
    if let Some(length) = expected.longest_gap_s {
        check.close("longest gap", flow.longest_gap, length, tolerance);
    }
    if let Some(length) = expected.longest_payload_gap_s {
        check.close("longest payload gap", flow.longest_payload_gap, length, tolerance);
    }
    let longest = |basis: Basis| flow.gaps.iter().find(|gap| gap.basis == basis);
    let frames = |gap: &Gap| [gap.start_frame.0, gap.end_frame.0];
    if expected.longest_gap_s.is_some_and(|length| length >= TOLD_FROM) {
        let gap = longest(Basis::Any);
        check.same("frames of the longest gap", gap.map(frames), expected.longest_gap_frames);
        check.same(
            "what ended the longest gap",
            gap.map(|gap| gap.ended_by.name()),
            expected.longest_gap_ended_by.as_deref(),
        );
    }
    if expected.longest_payload_gap_s.is_some_and(|length| length >= TOLD_FROM) {
        check.same(
            "frames of the longest payload gap",
            longest(Basis::Payload).map(frames),
            expected.longest_payload_gap_frames,
        );
    }
    if let Some(length) = expected.open_gap_s {
        match flow.open_gap {
            Some(open) => check.close("open gap", open, length, tolerance),
            None => check.same("open gap of a second or more", length >= TOLD_FROM, false),
        }
    }
    if let Some(outcome) = &expected.hop_outcome {
        let found = flow.verdicts.first().map(|verdict| verdict.kind().name());
        check.same("outcome at the hop", found, Some(outcome.as_str()));
    }
    let place = std::mem::take(&mut check.place);
    for (role, side) in
        [(Role::Initiator, &expected.initiator_side), (Role::Responder, &expected.responder_side)]
    {
        check.place = format!("{place}, {}", role.name());
        compare_keepalive(check, &flow.keepalive[role.index()], side);
    }
    check.place = place;
    let mut persist: Vec<u64> = expected.initiator_side.zero_window_probes.clone();
    persist.extend(&expected.responder_side.zero_window_probes);
    persist.sort_unstable();
    check.same("number of zero-window probes", flow.zero_window_probes_total, persist.len() as u64);
    let kept: Vec<u64> = flow.zero_window_probes.iter().map(|frame| frame.0).collect();
    persist.truncate(kept.len());
    check.same("zero-window probes", kept, persist);
}

fn compare_keepalive(check: &mut Comparison, found: &KeepaliveRecord, expected: &Side) {
    check.same("number of probes", found.probes, expected.probes.len() as u64);
    check.same("number of replies", found.replies, expected.replies.len() as u64);
    let frames: Vec<u64> = found.frames.iter().map(|frame| frame.0).collect();
    let first: Vec<u64> = expected.probes.iter().copied().take(PROBE_FRAMES_KEPT).collect();
    check.same("frames of probes", frames, first);
    let Some(set) = &expected.set else { return };
    compare_estimates(check, found, set);
}

/// What was set lies in the range that is reported.
fn compare_estimates(check: &mut Comparison, found: &KeepaliveRecord, set: &KeepaliveSet) {
    for (what, estimate, seconds) in
        [("time", found.time, set.time_s), ("interval", found.interval, set.interval_s)]
    {
        if let Some(estimate) = estimate {
            let seconds = Span::from_secs(seconds);
            let within = estimate.low <= seconds && seconds <= estimate.high;
            check.same(&format!("keepalive {what} {estimate:?} around {seconds}"), within, true);
        }
    }
    // A user timeout ends a run before the count does.
    if let Some(count) = found.count.filter(|_| set.user_timeout_s.is_none()) {
        check.same("keepalive count", count, set.count);
    }
}

fn compare(name: &str, expected: &Expectation) -> Vec<String> {
    let analysis = analysis_of(expected);
    let mut check = Comparison { place: name.to_owned(), differences: Vec::new() };
    check.same("frames", analysis.reading.frames, expected.frames);
    check.same("tcp_segments", analysis.reading.tcp_segments, expected.tcp_segments);
    check.same("copies", analysis.duplicates, expected.copies);
    check.same("tcp_in_icmp", analysis.reading.icmp_quotes, expected.tcp_in_icmp);
    check.same("in_time_order", analysis.reading.disorder.reordered == 0, expected.in_time_order);
    check.same("clock steps", analysis.reading.disorder.clock_steps_back, 0);
    let Origin::Files(summary) = &analysis.origin else { panic!("{name} was read from files") };
    check.same("complete", summary.is_complete(), expected.complete);
    let judgement = &analysis.judgement;
    check.same("flows", judgement.totals.flows, expected.flows);
    check.same("listed flows", judgement.flows.len() as u64, expected.flows);
    if !expected.idle {
        let path_rules: u64 = Rule::ALL.iter().map(|rule| judgement.totals.of(*rule)).sum();
        check.same("findings where nothing is idle", path_rules, 0);
    }
    for wanted in &expected.listed {
        check.place =
            format!("{name}: flow {} ({})", wanted.id, wanted.label.as_deref().unwrap_or("no label"));
        let found = judgement.flows.iter().find(|flow| analysis.id_of(flow.first_frame) == wanted.id);
        match found {
            Some(flow) => compare_flow(&mut check, flow, wanted, expected.copies),
            None => check.same("listed", false, true),
        }
    }
    check.differences
}

#[test]
fn every_recorded_capture_meets_its_expectation() {
    meet_their_expectations(&committed());
}

/// Holds every recording in `folder` to its expectation.
pub fn meet_their_expectations(folder: &FilePath) {
    let mut differences = Vec::new();
    for (name, expected) in expectations(folder) {
        differences.extend(compare(&name, &expected));
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn every_capture_has_an_expectation_and_every_expectation_its_captures() {
    let expected: BTreeSet<String> =
        expectations(&committed()).into_iter().flat_map(|(_, expectation)| expectation.files).collect();
    let present: BTreeSet<String> = std::fs::read_dir(committed())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".toml") && !name.ends_with(".json"))
        .collect();
    assert_eq!(present, expected);
    assert!(present.len() >= 36, "recorded captures are missing: {present:?}");
}

#[test]
fn frames_add_up_in_every_recorded_capture() {
    for (name, expected) in expectations(&committed()) {
        let reading = analysis_of(&expected).reading;
        let parts = reading.tcp_segments + reading.icmp_quotes + reading.skipped.total();
        assert_eq!(reading.frames, parts, "{name}");
    }
}

#[test]
fn frame_numbers_of_gaps_lie_inside_their_flow() {
    for (name, expected) in expectations(&committed()) {
        for flow in &analysis_of(&expected).judgement.flows {
            let within = |frame: FrameNumber| flow.first_frame <= frame;
            assert!(flow.gaps.iter().all(|gap| within(gap.start_frame) && within(gap.end_frame)), "{name}");
        }
    }
}
