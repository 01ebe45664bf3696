//! Timelines from segments to explanations and findings: each cause where something speaks for it, and near by where
//! something speaks against it.

use super::{Cause, CauseStanding, IdleClock, Incident};
use crate::findings::tests::{judge_with, moved, path};
use crate::findings::{Certainty, Finding, InferredClock, Judgement, Knob, Rule, Severity, Terms};
use crate::flow::timeline::segments;
use crate::segment::Segment;
use crate::simulate::Survey;
use crate::time::Span;
use std::sync::Arc;

const OPEN: &str = "
    0     > S   seq=100
    0.01  < SA  seq=500 ack=101
    0.02  > A   seq=101 ack=501
    0.03  > PA  seq=101 ack=501 len=20
    0.04  < A   seq=501 ack=121
";

const UNANSWERED: &str = "
    60    > PA seq=121 ack=501 len=5
    60.2  > PA seq=121 ack=501 len=5
    60.6  > PA seq=121 ack=501 len=5
    61.4  > PA seq=121 ack=501 len=5
    63    > PA seq=121 ack=501 len=5
    66.2  > PA seq=121 ack=501 len=5
    72.6  > PA seq=121 ack=501 len=5
    85.4  > PA seq=121 ack=501 len=5
";

const PROBES_IN_VAIN: &str = "
    30    > A  seq=120 ack=501
    36    > A  seq=120 ack=501
    42    > A  seq=120 ack=501
    48    > RA seq=121 ack=501
";

/// A busy flow: a request a second, answered.
fn busy(from: u32, to: u32) -> String {
    let line = |i: u32| {
        let seq = 121 + (i - from) * 5;
        format!("{i} > PA seq={seq} ack=501 len=5\n {i}.01 < A seq=501 ack={}\n", seq + 5)
    };
    (from..to).map(line).collect()
}

fn judged(flows: &[Vec<Segment>], end: i64) -> Judgement {
    let terms = Arc::new(Terms::new(path([]), Survey::default()));
    let mut all: Vec<Segment> = flows.iter().flatten().copied().collect();
    all.sort_by_key(|segment| (segment.at, segment.frame));
    let one = judge_with(&terms, &all, end, 1);
    let three = judge_with(&terms, &all, end, 3);
    assert_eq!(format!("{one:?}"), format!("{three:?}"), "workers change the report");
    one
}

fn flow(rest: &str) -> Vec<Segment> {
    segments(&format!("{OPEN}{rest}"))
}

/// A flow of the same client to the same service.
fn neighbour(rest: &str, port: u16, later: u64) -> Vec<Segment> {
    moved(&format!("{OPEN}{rest}"), port, u64::from(port), later)
}

fn observed(judgement: &Judgement) -> Vec<(Rule, Certainty)> {
    judgement
        .findings
        .iter()
        .filter(|finding| finding.rule.is_observed())
        .map(|finding| (finding.rule, finding.certainty))
        .collect()
}

/// How far a cause of the flow that begins with the first frame is established.
fn standing(judgement: &Judgement, cause: Cause) -> CauseStanding {
    let flow = judgement.flows.iter().min_by_key(|flow| flow.first_frame).expect("a flow is listed");
    let found = flow.explanations.iter().find(|explanation| explanation.cause == cause);
    found.map_or(CauseStanding::Refuted, |explanation| explanation.standing)
}

fn finding(judgement: &Judgement, rule: Rule) -> &Finding {
    judgement.findings.iter().find(|finding| finding.rule == rule).expect("the rule fires")
}

#[test]
fn a_silent_end_alone_is_a_certain_failure_whose_cause_stays_open_and_the_sentence_says_what_would_settle_it()
{
    let judgement = judged(&[flow(UNANSWERED)], 200);
    assert_eq!(observed(&judgement), [(Rule::ObservedSilentDrop, Certainty::Certain)]);
    for cause in [Cause::IdleTimer, Cause::HostGone, Cause::StateFlush] {
        assert_eq!(standing(&judgement, cause), CauseStanding::Possible, "{cause}");
    }
    let told = finding(&judgement, Rule::ObservedSilentDrop);
    assert_eq!(told.severity, Severity::Error);
    assert!(told.summary.contains("sent 8 segments in 25.4s"), "{}", told.summary);
    assert!(told.summary.contains("would settle it"), "{}", told.summary);
    assert_eq!(judgement.inferred, [], "what is only possible bounds no timer");
}

#[test]
fn an_address_that_answers_over_several_distances_refutes_no_host_that_is_gone() {
    let elsewhere: String = busy(1, 120)
        .lines()
        .map(|line| if line.contains('<') { format!("{line} ttl=60\n") } else { format!("{line}\n") })
        .collect();
    let judgement = judged(&[flow(UNANSWERED), neighbour(&elsewhere, 40_002, 0)], 200);
    assert_eq!(observed(&judgement), [(Rule::ObservedSilentDrop, Certainty::Certain)]);
    assert_eq!(standing(&judgement, Cause::HostGone), CauseStanding::Possible);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Likely);
}

#[test]
fn a_host_that_answers_in_a_connection_that_was_open_before_is_not_gone() {
    let flows = [neighbour(UNANSWERED, 40_001, 10), neighbour(&busy(1, 120), 40_002, 0)];
    let judgement = judged(&flows, 200);
    assert_eq!(observed(&judgement), [(Rule::ObservedSilentDrop, Certainty::Certain)]);
    assert_eq!(standing(&judgement, Cause::HostGone), CauseStanding::Refuted);
    assert_eq!(standing(&judgement, Cause::StateFlush), CauseStanding::Refuted);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Likely);
    let told = finding(&judgement, Rule::ObservedSilentDrop);
    assert!(
        told.summary.contains("was heard meanwhile in a connection that was open before"),
        "{}",
        told.summary
    );
    assert_eq!(judgement.broken.at_least(CauseStanding::Likely), 1);
}

#[test]
fn a_new_connection_shows_that_the_address_lives_not_the_host() {
    let judgement = judged(&[flow(UNANSWERED), neighbour(&busy(1, 20), 40_002, 61)], 200);
    assert_eq!(standing(&judgement, Cause::HostGone), CauseStanding::Possible);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Likely);
}

#[test]
fn three_flows_that_fell_idle_at_three_moments_show_the_timer() {
    let fine = "50 > PA seq=121 ack=501 len=5\n 50.01 < A seq=501 ack=126";
    let mut flows = vec![neighbour(UNANSWERED, 40_001, 10)];
    flows.extend([40_002, 40_003].map(|port| neighbour(UNANSWERED, port, u64::from(port - 40_000) * 20)));
    flows.push(neighbour(fine, 40_004, 0));
    flows.push(neighbour(&busy(1, 220), 40_005, 0));
    let judgement = judged(&flows, 400);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Shown);
    assert_eq!(judgement.broken.at_least(CauseStanding::Shown), 3);
    let [inferred] = judgement.inferred.as_slice() else { panic!("{:?}", judgement.inferred) };
    assert_eq!(
        (inferred.survived.length, inferred.cut),
        (Span::from_millis(49_960), Span::from_millis(59_960))
    );
}

#[test]
fn loss_that_heals_is_no_cut() {
    let healed = format!("{UNANSWERED}\n 85.45 < A seq=501 ack=126");
    assert_eq!(observed(&judged(&[flow(&healed)], 200)), []);
}

#[test]
fn a_silence_that_the_flow_had_survived_again_and_again_did_not_end_it() {
    let beat = |i: u32| {
        let (at, seq) = (i * 58, 116 + i * 5);
        format!("{at} > PA seq={seq} ack=501 len=5\n {at}.01 < A seq=501 ack={}\n", seq + 5)
    };
    let survived: String = (1..5).map(beat).collect();
    let later = "
        290    > PA seq=141 ack=501 len=5
        290.2  > PA seq=141 ack=501 len=5
        290.6  > PA seq=141 ack=501 len=5
        291.4  > PA seq=141 ack=501 len=5";
    let judgement = judged(&[flow(&format!("{survived}{later}"))], 500);
    assert_eq!(
        observed(&judgement),
        [(Rule::FailedInUse, Certainty::Certain), (Rule::NotIdle, Certainty::Certain)]
    );
    let told = finding(&judgement, Rule::NotIdle);
    assert!(told.summary.contains("again and again"), "{}", told.summary);
}

#[test]
fn a_silence_that_another_flow_survived_is_not_that_of_a_timer() {
    let longer = "80 > PA seq=121 ack=501 len=5\n 80.01 < A seq=501 ack=126";
    let judgement = judged(&[flow(UNANSWERED), neighbour(longer, 40_002, 0)], 200);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Refuted);
    assert_eq!(
        observed(&judgement),
        [(Rule::FailedInUse, Certainty::Certain), (Rule::NotIdle, Certainty::Certain)]
    );
}

#[test]
fn busy_flows_that_die_with_the_idle_one_clear_idling() {
    let dying = format!(
        "{}
         40    > PA seq=316 ack=501 len=5
         40.2  > PA seq=316 ack=501 len=5
         40.6  > PA seq=316 ack=501 len=5
         41.4  > PA seq=316 ack=501 len=5
         43    > PA seq=316 ack=501 len=5
         46.2  > PA seq=316 ack=501 len=5
         52.6  > PA seq=316 ack=501 len=5
         65.4  > PA seq=316 ack=501 len=5
         91    > PA seq=316 ack=501 len=5",
        busy(1, 40)
    );
    let judgement = judged(&[flow(UNANSWERED), neighbour(&dying, 40_002, 0)], 300);
    assert_eq!((judgement.totals.of(Rule::FailedInUse), judgement.totals.of(Rule::NotIdle)), (2, 2));
    assert_eq!(judgement.broken.at_least(CauseStanding::Possible), 0);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Refuted);
    assert!(standing(&judgement, Cause::StateFlush) >= CauseStanding::Likely);
    assert!(standing(&judgement, Cause::HostGone) >= CauseStanding::Likely);
}

#[test]
fn probes_in_vain_are_a_dead_peer_unless_another_flow_shows_it_alive() {
    let alone = judged(&[flow(PROBES_IN_VAIN)], 200);
    assert_eq!(observed(&alone), [(Rule::DeadPeer, Certainty::Certain)]);
    let beside = judged(&[flow(PROBES_IN_VAIN), neighbour(&busy(1, 60), 40_002, 0)], 200);
    assert_eq!(observed(&beside), [(Rule::ObservedSilentDrop, Certainty::Certain)]);
}

#[test]
fn a_peer_that_answered_after_silences_as_long_did_not_die_of_idling() {
    let answered = "
        30    > A  seq=120 ack=501
        30.01 < A  seq=501 ack=121
        60    > A  seq=120 ack=501
        60.01 < A  seq=501 ack=121
        90    > A  seq=120 ack=501
        105   > A  seq=120 ack=501
        120   > A  seq=120 ack=501";
    let judgement = judged(&[flow(answered)], 200);
    assert_eq!(observed(&judgement), [(Rule::DeadPeer, Certainty::Certain)]);
    assert!(standing(&judgement, Cause::IdleTimer) <= CauseStanding::Possible);
}

#[test]
fn one_direction_and_lost_segments_accuse_nobody() {
    let one_way: Vec<Segment> = flow(UNANSWERED).into_iter().filter(|segment| segment.seq.0 < 500).collect();
    assert_eq!(observed(&judged(&[one_way], 200)), []);
    let lossy = "
        60    > PA seq=900 ack=501 len=5
        60.2  > PA seq=900 ack=501 len=5
        60.6  > PA seq=900 ack=501 len=5
        61.4  > PA seq=900 ack=501 len=5";
    let judgement = judged(&[flow(lossy)], 200);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Possible);
    assert_eq!(standing(&judgement, Cause::CaptureArtefact), CauseStanding::Possible);
}

#[test]
fn a_box_s_reset_after_a_silence_is_told_with_its_proof() {
    let reset = "60 > PA seq=121 ack=501 len=5\n 60.0001 < R seq=501 win=0 ttl=64";
    let alone = judged(&[flow(reset)], 200);
    // 10 ms to the responder and back, and the RST came in 0.1 ms.
    assert_eq!(
        observed(&alone),
        [(Rule::ObservedReset, Certainty::Certain), (Rule::MiddleboxReset, Certainty::Certain)]
    );
    assert_eq!(
        standing(&alone, Cause::IdleTimer),
        CauseStanding::Likely,
        "the box may have lost all of its state"
    );
    let told = finding(&alone, Rule::ObservedReset);
    assert!(told.summary.contains("it came in 100µs, and a packet needs 10ms"), "{}", told.summary);
    let beside = judged(&[neighbour(reset, 40_001, 10), neighbour(&busy(1, 120), 40_002, 0)], 200);
    assert_eq!(standing(&beside, Cause::IdleTimer), CauseStanding::Shown, "it had not");
}

#[test]
fn a_box_that_resets_some_flows_and_spares_longer_silences_is_told_without_blaming_idling() {
    let reset = "60 > PA seq=121 ack=501 len=5\n 60.0001 < R seq=501 win=0 ttl=64";
    let longer = "80 > PA seq=121 ack=501 len=5\n 80.01 < A seq=501 ack=126";
    let judgement = judged(&[flow(reset), neighbour(longer, 40_002, 0)], 200);
    assert_eq!(
        observed(&judgement).iter().map(|told| told.0).collect::<Vec<_>>(),
        [Rule::FailedInUse, Rule::MiddleboxReset, Rule::NotIdle]
    );
    assert_eq!(standing(&judgement, Cause::ResetInUse), CauseStanding::Likely);
    assert_eq!(judgement.broken.at_least(CauseStanding::Possible), 0);
}

#[test]
fn a_reset_as_the_host_sends_it_leaves_a_restart_and_a_timer_open() {
    let reset = "60 > PA seq=121 ack=501 len=5\n 60.01 < R seq=501 win=0 ttl=64";
    let judgement = judged(&[flow(reset)], 200);
    assert_eq!(observed(&judgement), [(Rule::ObservedReset, Certainty::Certain)]);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Possible);
    assert_eq!(standing(&judgement, Cause::ServiceRestart), CauseStanding::Possible);
}

#[test]
fn resets_at_different_times_above_one_length_are_likely_a_timer() {
    let reset = "60 > PA seq=121 ack=501 len=5\n 60.01 < R seq=501 win=0 ttl=64";
    let fine = "50 > PA seq=121 ack=501 len=5\n 50.01 < A seq=501 ack=126";
    let flows = [
        flow(reset),
        neighbour(reset, 40_002, 100),
        neighbour(reset, 40_003, 200),
        neighbour(fine, 40_004, 20),
    ];
    let judgement = judged(&flows, 400);
    assert!(standing(&judgement, Cause::IdleTimer) >= CauseStanding::Likely);
    assert_eq!(judgement.broken.at_least(CauseStanding::Likely), 3);
    let restart = [flow(reset), neighbour(reset, 40_002, 0), neighbour(fine, 40_004, 0)];
    assert_eq!(standing(&judged(&restart, 400), Cause::IdleTimer), CauseStanding::Possible);
}

#[test]
fn the_owner_s_reset_after_a_silence_is_a_failure_and_no_cut() {
    let reset = "
        60    > PA seq=121 ack=501 len=5 ts=9 ecr=4
        60.01 < RA seq=501 ack=126 win=500 ts=5 ecr=9";
    let judgement = judged(&[flow(reset)], 200);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Refuted);
    assert_eq!(standing(&judgement, Cause::ApplicationClose), CauseStanding::Likely);
    assert_eq!(judgement.totals.of(Rule::FailedInUse), 1);
}

#[test]
fn both_ends_reset_at_once_is_a_box_s_timer() {
    let judgement = judged(&[flow("60.04 < R seq=501 win=0\n 60.0401 > R seq=121 win=0")], 200);
    assert_eq!(
        observed(&judgement),
        [(Rule::ObservedReset, Certainty::Certain), (Rule::MiddleboxReset, Certainty::Certain)]
    );
}

#[test]
fn an_unprompted_reset_of_one_end_is_its_own_business() {
    assert_eq!(observed(&judged(&[flow("60.04 < RA seq=501 ack=121")], 200)), []);
}

#[test]
fn a_forged_reset_of_a_busy_flow_is_told_and_idling_is_cleared() {
    let judgement =
        judged(&[flow("0.5 > PA seq=121 ack=501 len=5\n 0.51 < R seq=501 win=0 ttl=250 id=0")], 200);
    assert_eq!(
        observed(&judgement).iter().map(|told| told.0).collect::<Vec<_>>(),
        [Rule::FailedInUse, Rule::MiddleboxReset, Rule::NotIdle]
    );
    assert_eq!(standing(&judgement, Cause::ResetInUse), CauseStanding::Likely);
}

#[test]
fn a_client_that_leaves_by_reset_is_not_worth_a_word() {
    assert_eq!(observed(&judged(&[flow("1 < PA seq=501 ack=121 len=5\n 1.01 > R seq=121 win=0")], 200)), []);
}

#[test]
fn half_closed_silence_is_told_by_its_own_rule() {
    let half = "
        1     > FA seq=121 ack=501
        1.01  < A  seq=501 ack=122
        70    < PA seq=501 ack=122 len=5
        70.2  < PA seq=501 ack=122 len=5
        70.6  < PA seq=501 ack=122 len=5
        71.4  < PA seq=501 ack=122 len=5";
    let judgement = judged(&[flow(half)], 200);
    assert_eq!(judgement.totals.of(Rule::HalfClosedIdle), 1);
    let told = finding(&judgement, Rule::HalfClosedIdle);
    assert!(told.summary.starts_with("half-closed and idle"), "{}", told.summary);
    assert_eq!(judgement.totals.of(Rule::ObservedSilentDrop), 0);
}

#[test]
fn a_new_flow_right_after_the_broken_one_is_told_beside_it() {
    let judgement = judged(&[flow(UNANSWERED), neighbour(&busy(1, 5), 40_002, 70)], 200);
    let told = finding(&judgement, Rule::ReconnectAfterCut);
    assert!(told.summary.contains("opened a new flow to 10.0.0.2:443"), "{}", told.summary);
    assert_eq!(told.certainty, Certainty::Likely);
    let later = judged(&[flow(UNANSWERED), neighbour(&busy(1, 5), 40_002, 110)], 200);
    assert_eq!(later.totals.of(Rule::ReconnectAfterCut), 0);
}

/// A request and its answer, then a close by the responder 30 s later.
fn closed_after_30s(port: u16, later: u64) -> Vec<Segment> {
    let close = "
        0.05  < PA seq=501 ack=121 len=9
        0.06  > A  seq=121 ack=510
        30.05 < FA seq=510 ack=121
        30.06 > FA seq=121 ack=511
        30.07 < A  seq=511 ack=122";
    neighbour(close, port, later)
}

#[test]
fn closes_at_one_length_are_a_limit_of_the_service() {
    let judgement = judged(&[closed_after_30s(40_001, 0), closed_after_30s(40_002, 7)], 200);
    let told = finding(&judgement, Rule::ObservedCloseAtLimit);
    assert_eq!((told.certainty, told.group.as_ref().unwrap().total), (Certainty::Likely, 2));
    assert!(told.summary.contains("without payload, 30.000 s: "), "{}", told.summary);
    assert_eq!(told.remedy.knobs, [Knob::Keepalive, Knob::Heartbeat, Knob::CloseEarlier]);
    let inferred = &judgement.inferred[0];
    assert_eq!(
        (inferred.clock, inferred.cuts, inferred.cut),
        (InferredClock::Payload, 2, Span::from_secs(30))
    );
}

/// Two flows that the responder closed after the same silence, seven seconds apart, with what came before and after.
fn closed_twice(before: &str, close: &str) -> Finding {
    let request = "0.05 < PA seq=501 ack=121 len=9\n 0.06 > A seq=121 ack=510\n";
    let story = format!("{request}{before}{close}");
    let flows = [neighbour(&story, 40_001, 0), neighbour(&story, 40_002, 7)];
    finding(&judged(&flows, 200), Rule::ObservedCloseAtLimit).clone()
}

const PROBED: &str = "15.06 > A seq=120 ack=510\n 15.07 < A seq=510 ack=121\n";
const ORDERLY: &str = "30.05 < FA seq=510 ack=121\n 30.06 > FA seq=121 ack=511\n 30.07 < A seq=511 ack=122";

#[test]
fn one_close_although_probes_were_answered_is_told_as_possible() {
    let request = "0.05 < PA seq=501 ack=121 len=9\n 0.06 > A seq=121 ack=510\n";
    let alone = |before: &str| judged(&[neighbour(&format!("{request}{before}{ORDERLY}"), 40_001, 0)], 200);
    let probed = alone(PROBED);
    assert_eq!(observed(&probed), [(Rule::ObservedCloseAtLimit, Certainty::Possible)]);
    let told = finding(&probed, Rule::ObservedCloseAtLimit);
    assert_eq!(told.severity, Severity::Info);
    assert!(told.summary.contains("although keepalive probes were answered"), "{}", told.summary);
    assert!(told.remedy.step.contains("send payload within them"), "{}", told.remedy.step);
}

#[test]
fn an_attempt_that_was_challenged_once_may_still_be_accepted() {
    let challenged = |times: u32| {
        let again = |i: u32| {
            format!("{} > S seq=900\n {}.01 < A seq=77 ack=55\n {}.02 > R seq=55\n", 2 * i, 2 * i, 2 * i)
        };
        let story: String = (0..times).map(again).collect();
        observed(&judged(&[segments(&story)], 200))
    };
    assert_eq!(challenged(1), [(Rule::FailedInUse, Certainty::Possible)]);
    assert_eq!(challenged(2), [(Rule::FailedInUse, Certainty::Certain)]);
}

#[test]
fn orderly_closes_of_a_pool_are_a_notice_even_where_clients_probe() {
    let idle = closed_twice("", ORDERLY);
    assert_eq!((idle.severity, idle.certainty), (Severity::Notice, Certainty::Likely));
    let probed = closed_twice(PROBED, ORDERLY);
    assert_eq!((probed.severity, probed.certainty), (Severity::Notice, Certainty::Certain));
    assert!(probed.summary.contains("although keepalive probes were answered"), "{}", probed.summary);
    assert_eq!(closed_twice(PROBED, "30.05 < RA seq=510 ack=121").severity, Severity::Notice);
}

#[test]
fn a_close_while_a_request_is_open_is_an_error() {
    let request =
        "0.05 < PA seq=501 ack=121 len=9\n 0.06 > PA seq=121 ack=510 len=30\n 0.07 < A seq=510 ack=151\n";
    let close = "60.06 < FA seq=510 ack=151\n 60.07 > FA seq=151 ack=511\n 60.08 < A seq=511 ack=152";
    let story = format!("{request}{close}");
    let judgement = judged(&[neighbour(&story, 40_001, 0), neighbour(&story, 40_002, 7)], 200);
    let told = finding(&judgement, Rule::ObservedCloseAtLimit);
    assert_eq!(told.severity, Severity::Error, "{}", told.summary);
    assert!(told.summary.contains("waited for the answer"), "{}", told.summary);
    assert_eq!(standing(&judgement, Cause::NormalClose), CauseStanding::Refuted);
}

#[test]
fn a_limit_of_each_client_is_found_where_clients_differ() {
    let close = |seconds: u32, port: u16, later: u64, client: u8| {
        let story = format!(
            "0.05 < PA seq=501 ack=121 len=9\n 0.06 > A seq=121 ack=510\n {seconds}.05 < FA seq=510 ack=121\n
             {seconds}.06 > FA seq=121 ack=511\n {seconds}.07 < A seq=511 ack=122"
        );
        let mut segments = neighbour(&story, port, later);
        for segment in &mut segments {
            let (a, b) = (segment.key.endpoint(segment.sender), segment.key.endpoint(segment.sender.peer()));
            let other = |end: crate::segment::Endpoint| match end.port {
                443 => end,
                port => {
                    crate::segment::Endpoint { addr: std::net::Ipv4Addr::new(10, 0, 1, client).into(), port }
                }
            };
            (segment.key, segment.sender) =
                crate::segment::FlowKey::between(other(a), other(b), segment.key.realm());
        }
        segments
    };
    let flows =
        [close(45, 40_001, 0, 1), close(45, 40_002, 7, 1), close(90, 40_003, 0, 2), close(90, 40_004, 9, 2)];
    let judgement = judged(&flows, 300);
    assert_eq!(judgement.totals.of(Rule::ObservedCloseAtLimit), 2);
}

#[test]
fn clients_that_probe_every_15_s_and_a_server_that_closes_after_75_s_are_healthy_traffic() {
    let probes: String = (1..5)
        .map(|i| format!("{}.06 > A seq=120 ack=510\n {}.07 < A seq=510 ack=121\n", i * 15, i * 15))
        .collect();
    let close = "75.05 < FA seq=510 ack=121\n 75.06 > FA seq=121 ack=511\n 75.07 < A seq=511 ack=122";
    let told = closed_twice(&probes, close);
    assert_eq!(told.severity, Severity::Notice);
    assert_eq!(told.gap, Some(Span::from_secs(75)));
}

#[test]
fn probes_after_the_close_were_not_in_vain() {
    let lingering = "30.05 < FA seq=510 ack=121\n 30.06 > A seq=121 ack=511\n
        45 > A seq=120 ack=511\n 45.01 < A seq=511 ack=121";
    let told = closed_twice("", lingering);
    assert_eq!(told.certainty, Certainty::Likely);
    assert!(!told.summary.contains("probes were answered"), "{}", told.summary);
}

#[test]
fn a_connection_used_again_after_its_close_was_harmed() {
    let reused = "30.05 < FA seq=510 ack=121\n 30.06 > A seq=121 ack=511\n
        50 > PA seq=121 ack=511 len=40\n 50.01 < R seq=511 win=0";
    let told = closed_twice("", reused);
    assert_eq!((told.severity, told.certainty), (Severity::Error, Certainty::Certain));
    assert!(told.summary.ends_with("used 2 of them once more and was refused by RST"), "{}", told.summary);
    assert_eq!(told.frames.len(), 6, "before and after the silence, and the RST: {:?}", told.frames);
}

#[test]
fn a_farewell_that_is_refused_is_no_harm() {
    let close_notify = "30.05 < FA seq=510 ack=121\n 30.06 > PA seq=121 ack=511 len=31\n";
    for after in ["30.061 > FA seq=152 ack=511\n 30.07 < R seq=511 win=0", "30.07 < R seq=511 win=0"] {
        let told = closed_twice("", &format!("{close_notify}{after}"));
        assert_eq!(told.severity, Severity::Notice, "{}", told.summary);
        assert!(!told.summary.contains("refused"), "{}", told.summary);
    }
}

#[test]
fn closes_of_one_moment_are_a_program_s_end_unless_the_service_goes_on() {
    let closes = [closed_after_30s(40_001, 0), closed_after_30s(40_002, 0)];
    assert_eq!(judged(&closes, 200).totals.of(Rule::ObservedCloseAtLimit), 0);
    let busy: String = (1..90)
        .map(|i| {
            format!(
                "{i} > PA seq={} ack={} len=5\n {i}.01 < PA seq={} ack={} len=5\n",
                116 + i * 5,
                496 + i * 5,
                496 + i * 5,
                121 + i * 5
            )
        })
        .collect();
    let [one, other] = closes;
    let beside = judged(&[one, other, neighbour(&busy, 40_003, 0)], 200);
    assert_eq!(beside.totals.of(Rule::ObservedCloseAtLimit), 1);
}

#[test]
fn one_close_is_possibly_a_limit_where_a_known_box_has_exactly_that() {
    let judgement = judged(&[closed_after_30s(40_001, 0)], 200);
    let told = finding(&judgement, Rule::ObservedCloseAtLimit);
    assert_eq!((told.certainty, told.severity), (Certainty::Possible, Severity::Info));
    assert!(
        told.summary.contains("30.000 s after the last payload, the limit of gcp-proxy-nlb"),
        "{}",
        told.summary
    );
    assert_eq!(judgement.inferred, [], "one close bounds nothing");
    let close = "0.05 < PA seq=501 ack=121 len=9\n 0.06 > A seq=121 ack=510\n 31 < FA seq=510 ack=121\n
        31.01 > FA seq=121 ack=511\n 31.02 < A seq=511 ack=122";
    let other = judged(&[neighbour(close, 40_001, 0)], 200);
    assert_eq!(other.totals.of(Rule::ObservedCloseAtLimit), 0);
}

#[test]
fn a_longer_silence_survived_speaks_against_a_limit() {
    let longer = "50 > PA seq=121 ack=501 len=5\n 50.01 < A seq=501 ack=126";
    let flows = [closed_after_30s(40_001, 0), closed_after_30s(40_002, 7), neighbour(longer, 40_003, 0)];
    assert_eq!(judged(&flows, 200).totals.of(Rule::ObservedCloseAtLimit), 0);
}

#[test]
fn a_request_that_was_never_answered_is_no_idle_limit() {
    let unanswered = |port, later| neighbour("30.03 < FA seq=501 ack=121", port, later);
    assert_eq!(
        judged(&[unanswered(40_001, 0), unanswered(40_002, 7)], 200).totals.of(Rule::ObservedCloseAtLimit),
        0
    );
}

#[test]
fn a_limit_lies_between_the_longest_survived_and_the_shortest_that_broke() {
    let fine = "50 > PA seq=121 ack=501 len=5\n 50.01 < A seq=501 ack=126";
    let alive = neighbour(&busy(1, 120), 40_003, 0);
    let judgement = judged(&[flow(UNANSWERED), neighbour(fine, 40_002, 0), alive], 200);
    let [inferred] = judgement.inferred.as_slice() else { panic!("{:?}", judgement.inferred) };
    assert_eq!((inferred.clock, inferred.speaker), (InferredClock::Established, None));
    assert_eq!(
        (inferred.survived.length, inferred.cut),
        (Span::from_millis(49_960), Span::from_millis(59_960))
    );
    assert_eq!((inferred.survived.flows, inferred.cuts, inferred.contradictions), (1, 1, 0));
}

#[test]
fn a_segment_of_full_size_that_never_arrives_is_told_although_small_ones_pass() {
    let lost: String =
        ["2", "2.3", "2.9", "4.1", "6.5"].map(|at| format!("{at} < PA seq=501 ack=121 len=1448\n")).concat();
    let small = "3 > PA seq=121 ack=501 len=9\n 3.01 < A seq=1949 ack=130\n";
    let judgement = judged(&[flow(&format!("{lost}{small}"))], 100);
    assert_eq!(standing(&judgement, Cause::Mtu), CauseStanding::Likely);
    assert_eq!(standing(&judgement, Cause::IdleTimer), CauseStanding::Refuted);
    let told = finding(&judgement, Rule::FailedInUse);
    assert!(told.summary.contains("segment of 1448 bytes"), "{}", told.summary);
}

#[test]
fn a_payload_timer_is_told_from_one_that_probes_restart() {
    let probe = |at: u32| format!("{at} > A seq=120 ack=501\n {at}.01 < A seq=501 ack=121\n");
    let probed: String = (1..6).map(|i| probe(i * 20)).collect();
    let cut = format!(
        "{probed} 120 > A seq=120 ack=501\n 122 > PA seq=121 ack=501 len=5\n 122.2 > PA seq=121 ack=501 len=5
         122.6 > PA seq=121 ack=501 len=5\n 123.4 > PA seq=121 ack=501 len=5\n"
    );
    let alone = judged(&[flow(&cut), neighbour(&busy(1, 300), 40_002, 0)], 400);
    assert_eq!(standing(&alone, Cause::IdleTimer), CauseStanding::Possible, "it happened once");
    let judgement =
        judged(&[flow(&cut), neighbour(&cut, 40_003, 50), neighbour(&busy(1, 300), 40_002, 0)], 400);
    let first = judgement.flows.iter().min_by_key(|flow| flow.first_frame).unwrap();
    let idle = first.explanations.iter().find(|it| it.cause == Cause::IdleTimer).unwrap();
    assert_eq!((idle.standing, idle.clock), (CauseStanding::Likely, Some(IdleClock::Payload)));
}

#[test]
fn counts_follow_the_review() {
    let judgement = judged(&[flow(PROBES_IN_VAIN), flow_of_another_service()], 200);
    let listed = judgement.findings.iter().filter(|finding| finding.flow.is_some()).count() as u64;
    assert_eq!(judgement.totals.at_or_above(Severity::Info), listed);
    assert_eq!(judgement.totals.with_findings(), judgement.flows.len() as u64);
}

fn flow_of_another_service() -> Vec<Segment> {
    neighbour("1 > FA seq=121 ack=501\n 1.01 < FA seq=501 ack=122\n 1.02 > A seq=122 ack=502", 40_002, 0)
}

#[test]
fn an_incident_stays_small() {
    // One is kept for every flow that failed, tens of thousands of them.
    assert!(size_of::<Incident>() <= 512, "{}", size_of::<Incident>());
}

fn races(rest: &str) -> Vec<Finding> {
    let findings = judged(&[flow(rest)], 100).findings;
    findings.into_iter().filter(|finding| finding.rule == Rule::ReuseRace).collect()
}

#[test]
fn a_request_that_crosses_the_server_s_fin_is_a_reuse_race() {
    let told = races(
        "60    < FA seq=501 ack=121
         60.005 > PA seq=121 ack=501 len=5
         60.006 < R  seq=501",
    );
    let [race] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!((race.certainty, race.severity), (Certainty::Certain, Severity::Warning));
    assert_eq!(race.frames.iter().map(|frame| frame.0).collect::<Vec<_>>(), [6, 7]);
    assert!(!race.remedy.step.contains("as shipped"), "none on this port closes then: {}", race.remedy.step);
    let known = races("75.1 < FA seq=501 ack=121\n 75.105 > PA seq=121 ack=501 len=5\n 75.106 < R  seq=501");
    assert!(known[0].remedy.step.contains("'nginx-http'"), "{}", known[0].remedy.step);
}

#[test]
fn a_request_that_crossed_a_fin_and_was_not_reset_may_have_been_read() {
    let told =
        races("60 < FA seq=501 ack=121\n 60.005 > PA seq=121 ack=501 len=5\n 60.02 < A seq=502 ack=126");
    assert_eq!(told.iter().map(|race| race.certainty).collect::<Vec<_>>(), [Certainty::Possible]);
}

#[test]
fn a_client_that_knew_of_the_fin_races_with_nothing() {
    let told = races("60 < FA seq=501 ack=121\n 60.02 > A seq=121 ack=502\n 60.5 > PA seq=121 ack=502 len=5");
    assert_eq!(told, []);
    assert_eq!(races("60 < FA seq=501 ack=121\n 60.01 > FA seq=121 ack=502\n 60.02 < A seq=502 ack=122"), []);
}

#[test]
fn near_the_client_a_fin_that_knew_nothing_of_the_request_and_a_rst_are_a_reuse_race() {
    let judgement = judged(
        &[flow(
            "60     > PA seq=121 ack=501 len=5
             60.004 < FA seq=501 ack=121
             60.004 > A  seq=126 ack=502
             60.01  < R  seq=501",
        )],
        100,
    );
    assert_eq!(observed(&judgement), [(Rule::ReuseRace, Certainty::Certain)]);
    let race = finding(&judgement, Rule::ReuseRace);
    assert_eq!(race.frames.iter().map(|frame| frame.0).collect::<Vec<_>>(), [6, 9]);
    assert!(race.summary.contains("FIN 4ms later"), "{}", race.summary);
}

#[test]
fn a_rst_after_a_fin_that_came_while_the_client_spoke_again_accuses_no_box() {
    // Later than the server needs to see the request: no race, and still no lost state.
    let late = "60    > PA seq=121 ack=501 len=5
                60.5  < FA seq=501 ack=121
                60.5  > A  seq=126 ack=502
                60.51 < R  seq=501";
    assert_eq!(observed(&judged(&[flow(late)], 100)), []);
    let without_fin = "60 > PA seq=121 ack=501 len=5\n 60.01 < R seq=501";
    assert_eq!(
        observed(&judged(&[flow(without_fin)], 100)),
        [(Rule::ObservedReset, Certainty::Certain)],
        "a host without the connection, or a box that lost it"
    );
}

#[test]
fn a_failure_in_use_begins_with_the_first_segment_that_got_no_answer() {
    let send = |at: f64| format!("{at} > PA seq=141 ack=501 len=9\n");
    let in_vain = [5.0, 5.2, 5.6, 6.4, 8.0, 11.2, 17.6, 30.4, 56.0].map(send).concat();
    let judgement = judged(&[flow(&format!("{}{in_vain}", busy(1, 5)))], 200);
    let told = finding(&judgement, Rule::FailedInUse);
    assert!(told.summary.contains("sent 9 segments"), "{}", told.summary);
    assert!(told.summary.contains("from frame 14 on"), "{}", told.summary);
    assert_eq!(told.frames.first().map(|frame| frame.0), Some(14));
}

#[test]
fn a_flow_that_had_idled_for_minutes_is_not_in_use_beside_those_that_idled_for_longer() {
    let refused = |pause: u32| {
        let used = 100 + pause;
        format!(
            "100 > PA seq=121 ack=501 len=5\n 100.01 < A seq=501 ack=126\n
             {used} > PA seq=126 ack=501 len=5\n {used}.01 < R seq=501\n"
        )
    };
    let flows = [
        neighbour(&refused(1500), 40_001, 0),
        neighbour(&refused(2100), 40_002, 20),
        neighbour(&refused(200), 40_003, 900),
    ];
    let judgement = judged(&flows, 3000);
    let clears = |finding: &&Finding| finding.rule == Rule::NotIdle && finding.summary.contains("in use");
    assert_eq!(judgement.findings.iter().filter(clears).count(), 0, "{:#?}", judgement.findings);
}
