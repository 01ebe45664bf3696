use super::*;
use crate::report::{
    Broken, CertaintyWord, CutCounts, Finding, PickupWord, Scope, Seconds, Severity, samples,
};

fn sentence(report: &Report) -> (Answer, String) {
    let headline = of(report);
    (headline.answer, headline.sentence)
}

fn assert_says(report: &Report, answer: Answer, parts: &[&str]) {
    let (given, sentence) = sentence(report);
    assert_eq!(given, answer, "{sentence}");
    for part in parts {
        assert!(sentence.contains(part), "'{part}' is not in: {sentence}");
    }
}

#[test]
fn a_flow_used_after_its_cut_is_the_worst_news() {
    let report = samples::cut_behind_three_hops();
    assert_says(
        &report,
        Answer::IdlingBreaksFlows,
        &[
            "IDLING BREAKS FLOWS: 3 of 12 flows were idle past lb's 40m",
            "(also past firewall's 1h and mdm's 50m) and used again afterwards; longest gap 2h 3m.",
        ],
    );
}

#[test]
fn the_hop_with_the_most_cuts_is_named_first() {
    let mut report = samples::cut_behind_three_hops();
    let cuts = &mut report.totals.cuts.by_hop;
    cuts.insert("lb".to_owned(), CutCounts::default());
    cuts.insert("mdm".to_owned(), CutCounts { used_again: 2, left_behind: 0, told: 0, lived_on: 0 });
    assert_says(&report, Answer::IdlingBreaksFlows, &["idle past firewall's 1h (also past mdm's 50m)"]);
}

#[test]
fn short_gaps_below_every_limit_clear_idling() {
    assert_says(
        &samples::nothing_idle(),
        Answer::IdlingIsNotTheCause,
        &["IDLING IS NOT THE CAUSE: the longest gap is 61s, below every hop's limit (shortest: lb 40m)."],
    );
}

#[test]
fn a_hop_that_counts_payload_is_compared_with_payload_gaps() {
    let mut report = samples::nothing_idle();
    report.path.hops[2].refresh = RefreshWord::Payload;
    report.totals.longest_payload_gap =
        Some(LongestGap { length_s: Seconds(Span::from_secs(600)), ..LongestGap::default() });
    assert_says(&report, Answer::IdlingIsNotTheCause, &["the longest gap between payload is 10m, below"]);
}

#[test]
fn a_capture_shorter_than_the_limits_clears_nothing_of_older_flows() {
    let mut report = samples::nothing_idle();
    report.capture.span_s = Seconds(Span::from_secs(600));
    report.capture.recorded_s = report.capture.span_s;
    assert_says(
        &report,
        Answer::NothingCanBeSaid,
        &["spans 10m", "shortest: lb 40m", "2 of 12 flows are older"],
    );
    report.totals.opened_midstream = 0;
    assert_says(&report, Answer::IdlingIsNotTheCause, &[]);
}

#[test]
fn unknown_verdicts_are_not_taken_for_good_ones() {
    let mut report = samples::nothing_idle();
    report.totals.unknown = 3;
    assert_says(&report, Answer::NotRuledOut, &["3 of 12 flows may have been cut"]);
    report.totals.unknown = 12;
    assert_says(&report, Answer::NothingCanBeSaid, &["all 12 flows may have been cut or not"]);
}

#[test]
fn an_unstated_pickup_says_what_follows_either_way_and_what_is_open() {
    let mut report = samples::nothing_idle();
    report.totals.unknown = 12;
    report.path.hops[0].pickup = PickupWord::Unstated;
    let name = report.path.hops[0].name.clone();
    report.totals.verdicts.get_mut(&name).unwrap().unknown = 5;
    let open = format!("add pickup=strict or pickup=loose to {name}");
    assert_says(
        &report,
        Answer::NotRuledOut,
        &[
            "5 of 12 flows were idle past",
            "that is a cut; if it takes the flow up again, no harm is done",
            &open,
        ],
    );
}

#[test]
fn what_failed_for_another_reason_outranks_what_a_stated_path_would_have_cut() {
    let mut report = samples::cut_behind_three_hops();
    report.totals.failed.certain = 2;
    assert_says(
        &report,
        Answer::IdlingIsNotTheCause,
        &["2 of 12 flows failed", "By the path as stated, 3 of 12 flows were idle past"],
    );
    report.totals.broken.possible = 2;
    assert_says(&report, Answer::IdlingBreaksFlows, &["3 of 12 flows were idle past"]);
}

#[test]
fn a_hop_that_tells_both_ends_leaves_nothing_behind() {
    let mut report = samples::nothing_idle();
    let name = report.path.hops[0].name.clone();
    report.totals.cuts.flows_told = 5;
    report.totals.cuts.by_hop.insert(name.clone(), CutCounts { told: 5, ..CutCounts::default() });
    let says = format!("5 of 12 flows were idle past a timer of {name}, which tells both ends");
    assert_says(&report, Answer::ClosedAtLimit, &[&says, "no socket stays behind"]);
}

#[test]
fn a_single_close_is_named_before_the_survey() {
    let mut report = samples::nothing_idle();
    report.findings.push(Finding {
        certainty: CertaintyWord::Possible,
        gap_s: Some(Seconds(Span::from_secs(300))),
        ..Finding::new("observed-close-at-limit", Severity::Info, Scope::Flows, String::new())
    });
    assert_says(
        &report,
        Answer::NotRuledOut,
        &["1 of 12 flows was closed after 5m without payload, perhaps at an idle limit"],
    );
}

#[test]
fn sockets_left_behind_name_the_client_that_fills_the_limit() {
    assert_says(
        &samples::sockets_left_behind(),
        Answer::SocketsLeftBehind,
        &[
            "32 of 64 flows were idle past isa's 24h and not used again",
            "longest silence 1d 2h, up to the end of the capture",
            "limit of sockets for 10.1.2.3",
        ],
    );
}

#[test]
fn stale_flows_alone_are_sockets_left_behind_too() {
    let mut report = samples::nothing_idle();
    report.totals.findings.insert("stale".to_owned(), 2);
    assert_says(&report, Answer::SocketsLeftBehind, &["2 of 12 flows fell silent without a close"]);
}

#[test]
fn keepalive_gets_the_credit_when_it_holds() {
    assert_says(&samples::saved_by_keepalive(), Answer::KeepaliveHolds, &["5 of 12 flows owe that"]);
}

#[test]
fn near_misses_are_told_before_all_is_well() {
    let mut report = samples::nothing_idle();
    report.totals.findings.insert("near-miss".to_owned(), 1);
    assert_says(&report, Answer::NearMiss, &["1 of 12 flows came within 20% of a hop's limit"]);
}

#[test]
fn errors_without_a_cut_are_named_by_their_rules() {
    let mut report = samples::nothing_idle();
    report.totals.flows_by_severity.error = 2;
    report.findings.push(Finding::new(
        "keepalive-too-slow",
        Severity::Error,
        Scope::Flow,
        "The first probe comes after the limit.".to_owned(),
    ));
    assert_says(&report, Answer::Trouble, &["2 of 12 flows have errors (keepalive-too-slow)"]);
    report.totals.findings.insert("dead-peer".to_owned(), 1);
    assert_says(
        &report,
        Answer::Trouble,
        &["1 of 12 flows has keepalive probes that the peer did not answer"],
    );
}

#[test]
fn what_went_wrong_comes_before_what_known_boxes_would_do() {
    let mut report = samples::survey();
    report.totals.findings.insert("slot-exhaustion".to_owned(), 1);
    let mut finding = Finding::new("slot-exhaustion", Severity::Error, Scope::Flows, "Full.".to_owned());
    finding.client = Some("10.0.0.9".to_owned());
    report.findings.push(finding);
    assert_says(&report, Answer::Trouble, &["10.0.0.9 holds all the connections that a service allows"]);
}

#[test]
fn without_hops_the_longest_limit_that_cuts_is_named_with_its_boxes() {
    assert_says(
        &samples::survey(),
        Answer::SurveyFindsCuts,
        &[
            "the longest gap is 6m 12s",
            "after 350s (AWS Network Load Balancer, AWS NAT Gateway and 3 more)",
            "3 of 12 flows",
        ],
    );
}

#[test]
fn a_survey_without_cuts_says_so() {
    let mut report = samples::survey();
    for row in &mut report.survey {
        (row.used_again, row.left_behind) = (0, 0);
    }
    assert_says(&report, Answer::SurveyFindsNothing, &["8 known limits tried, none ran out"]);
}

#[test]
fn an_incomplete_capture_reserves_its_verdict() {
    assert_says(&samples::damaged(), Answer::IdlingBreaksFlows, &["Only part of the input could be read."]);
}

#[test]
fn no_tcp_gives_no_verdict() {
    assert_says(&samples::no_tcp(), Answer::NothingCanBeSaid, &["no TCP segment among 24 frames"]);
    assert_says(
        &Report { complete: true, ..Report::default() },
        Answer::NothingCanBeSaid,
        &["holds no frames"],
    );
}

#[test]
fn one_flow_is_said_in_the_singular() {
    let mut report = samples::cut_behind_three_hops();
    (report.totals.flows, report.totals.cuts.flows_used_again) = (1, 1);
    assert_says(&report, Answer::IdlingBreaksFlows, &["FLOWS: the only flow was idle past"]);
}

fn broken(certain: u64, likely: u64, possible: u64) -> Report {
    let mut report = samples::nothing_idle();
    report.path.hops.clear();
    report.totals.broken = Broken {
        certain,
        likely,
        possible,
        by_reset: 0,
        shortest_s: Some(Seconds(Span::from_secs(7))),
        longest_s: Some(Seconds(Span::from_secs(12))),
        longest_survived_s: Some(Seconds(Span::from_secs(5))),
    };
    report
}

#[test]
fn what_was_seen_comes_before_what_a_path_would_have_done() {
    let mut report = samples::cut_behind_three_hops();
    report.totals.broken = broken(2, 0, 0).totals.broken;
    report.totals.broken.by_reset = 2;
    assert_says(
        &report,
        Answer::IdlingBrokeFlows,
        &[
            "IDLING BROKE FLOWS: 2 of 12 flows were cut after 7s to 12s of silence, by RST; 5s was survived.",
            "By the path as stated, 3 of 12 flows were idle past lb's 40m",
        ],
    );
}

#[test]
fn a_break_that_only_nothing_else_explains_is_probable() {
    assert_says(
        &broken(0, 2, 0),
        Answer::IdlingProbablyBrokeFlows,
        &["IDLING PROBABLY BROKE FLOWS: 2 of 12 flows were cut", "It is likely, not shown."],
    );
    assert_says(
        &broken(1, 2, 0),
        Answer::IdlingBrokeFlows,
        &["3 of 12 flows", "One is shown, the others likely."],
    );
}

fn failed(flows: u64, possible: u64) -> Report {
    let mut report = broken(0, 0, possible);
    report.totals.failed.certain = flows;
    report
}

#[test]
fn failures_whose_cause_is_open_are_not_ruled_out() {
    assert_says(
        &failed(3, 2),
        Answer::NotRuledOut,
        &["3 of 12 flows failed; whether an idle timer is the cause of 2 is not shown."],
    );
}

#[test]
fn failures_that_idling_did_not_cause_clear_it_and_name_the_likely_cause() {
    let mut report = failed(3, 0);
    let standing = [("likely".to_owned(), 3)].into_iter().collect();
    report.totals.explanations.insert("host-gone".to_owned(), standing);
    assert_says(
        &report,
        Answer::IdlingIsNotTheCause,
        &["3 of 12 flows failed, and idling is refuted as the cause. Likely: the host was gone (3 flows)."],
    );
}

#[test]
fn what_lived_on_refutes_the_path_as_stated() {
    let mut report = samples::cut_behind_three_hops();
    for cuts in report.totals.cuts.by_hop.values_mut() {
        cuts.lived_on = 3;
    }
    assert_says(
        &report,
        Answer::IdlingBreaksFlows,
        &["3 of 12 flows lived through that: where this was captured"],
    );
}

#[test]
fn what_both_sides_prove_leads() {
    let said = "IDLING BROKE FLOWS: between inside and outside 1 connection was cut after 2h 3m of silence, by dropped \
                packets, as both sides prove.";
    assert_says(&samples::both_sides(), Answer::IdlingBrokeFlows, &[said]);
}

#[test]
fn drops_that_prove_no_idling_are_told_as_what_they_are() {
    let mut report = samples::both_sides();
    let between = &mut report.sides.as_mut().unwrap().between[0];
    between.crossings[0].conclusions[0].broke_after_s = None;
    assert_says(
        &report,
        Answer::BrokenBetween,
        &["BROKEN BETWEEN THE SIDES: between inside and outside packets of 1 connection were dropped; that"],
    );
}

#[test]
fn sides_that_prove_nothing_say_so_after_what_one_side_shows() {
    let mut report = samples::both_sides();
    let between = &mut report.sides.as_mut().unwrap().between[0];
    for conclusion in &mut between.crossings[0].conclusions {
        (conclusion.certainty, conclusion.broke_after_s) = (CertaintyWord::Likely, None);
    }
    let nothing = "Nothing is proved against what lies between inside and outside.";
    assert_says(&report, Answer::IdlingBreaksFlows, &[nothing]);
    report.sides.as_mut().unwrap().between[0].matched = 0;
    assert_says(&report, Answer::IdlingBreaksFlows, &["No connection is seen on both inside and outside."]);
}
