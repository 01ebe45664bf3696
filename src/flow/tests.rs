//! Timelines of one flow.

use super::ClosedBy;
use super::timeline::{Scribe, play, play_segments, play_until, segments};
use crate::time::Span;

const OPEN: &str = "
    0     > S   seq=100
    0.01  < SA  seq=500 ack=101
    0.02  > A   seq=101 ack=501
    0.03  > PA  seq=101 ack=501 len=20
    0.04  < A   seq=501 ack=121
";

fn opened(rest: &str) -> Scribe {
    play(&format!("{OPEN}{rest}"))
}

fn only(scribe: &Scribe) -> &super::timeline::Told {
    assert_eq!(scribe.flows.len(), 1);
    &scribe.flows[0]
}

#[test]
fn a_gap_ends_by_data_and_names_its_frames() {
    let scribe = opened("60 > PA seq=121 ack=501 len=5\n 60.01 < A seq=501 ack=126");
    assert_eq!(
        scribe.silences,
        [
            "any 59.9s data 5-6",
            "initiator 59.9s data 4-6",
            "payload 59.9s data 4-6",
            "payload-initiator 59.9s data 4-6",
            "responder 59.9s ack 5-7",
        ]
    );
    assert_eq!(only(&scribe).longest, Span::from_millis(59_960));
}

#[test]
fn an_empty_probe_is_known_with_its_reply() {
    let scribe = opened(
        "30.04 > A seq=120 ack=501
         30.05 < A seq=501 ack=121
         60.06 > A seq=120 ack=501
         60.07 < A seq=501 ack=121",
    );
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.replies), ([2, 0], [2, 0]));
    assert_eq!(flow.probe_frames[0], [6, 8]);
    let time = flow.time[0].unwrap();
    assert_eq!(time.best, Span::from_secs(30));
    assert_eq!(scribe.silences[0], "any 30s probe 5-6");
}

#[test]
fn an_acknowledgment_of_data_is_no_reply_to_the_lost_probe_before_it() {
    let scribe = opened(
        "2.04 > A  seq=120 ack=501
         2.68 > PA seq=121 ack=501 len=20
         2.69 < A  seq=501 ack=141
         4.70 > A  seq=140 ack=501
         4.71 < A  seq=501 ack=141",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).replies), ([2, 0], [1, 0]));
}

#[test]
fn a_repeated_syn_ack_is_no_answer_to_the_probe_before_it() {
    // The acknowledgment of the first one was lost; the responder still owes the reply to the probe.
    let scribe = play(
        "0     > S   seq=100
         0.01  < SA  seq=500 ack=101
         0.02  > A   seq=101 ack=501
         3.03  > A   seq=100 ack=501
         3.031 < SA  seq=500 ack=101
         3.032 > A   seq=101 ack=501
         3.033 < A   seq=501 ack=101",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).replies), ([1, 0], [1, 0]));
}

#[test]
fn a_fin_repeated_after_the_close_ends_no_silence() {
    // Its acknowledgment was lost behind the capture point.
    let scribe = opened(
        "0.05 > FA seq=121 ack=501
         0.06 < FA seq=501 ack=122
         0.07 > A  seq=122 ack=502
         9    < FA seq=501 ack=122
         9.01 > A  seq=122 ack=502",
    );
    assert_eq!((only(&scribe).longest, only(&scribe).closed), (Span::from_millis(10), ClosedBy::Fin));
    assert!(scribe.silences.is_empty(), "{:?}", scribe.silences);
}

#[test]
fn a_rst_after_a_complete_close_ends_nothing() {
    for number in ["122", "900"] {
        let scribe = opened(&format!(
            "0.05 > FA seq=121 ack=501
             0.06 < FA seq=501 ack=122
             0.07 > A  seq=122 ack=502
             0.08 > R  seq={number}"
        ));
        assert_eq!(only(&scribe).closed, ClosedBy::Fin);
    }
}

#[test]
fn a_last_fin_that_a_rst_refuses_closes_nothing() {
    let scribe = opened(
        "0.05 > FA seq=121 ack=501
         0.06 < A  seq=501 ack=122
         2    < FA seq=501 ack=122
         2.01 > R  seq=122",
    );
    assert_eq!(only(&scribe).closed, ClosedBy::Rst);
}

#[test]
fn a_probe_before_any_payload_has_the_isn() {
    let scribe = play(
        "0     > S   seq=100
         0.01  < SA  seq=500 ack=101
         0.02  > A   seq=101 ack=501
         30    > A   seq=100 ack=501
         30.01 < A   seq=501 ack=101",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).replies), ([1, 0], [1, 0]));
}

#[test]
fn a_probe_before_any_payload_may_follow_a_late_repetition_of_the_handshake() {
    // The client's clock runs from the first SYN-ACK; its acknowledgment was lost and went out again.
    let scribe = play(
        "0     > S   seq=100
         0.01  < SA  seq=500 ack=101
         0.02  > A   seq=101 ack=501
         1.03  < SA  seq=500 ack=101
         1.04  > A   seq=101 ack=501
         2.02  > A   seq=100 ack=501
         2.03  < A   seq=501 ack=101",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).replies), ([1, 0], [1, 0]));
}

#[test]
fn a_probe_with_one_garbage_byte_is_a_probe_and_no_data() {
    let scribe = opened("30 > A seq=120 ack=501 len=1\n 30.01 < A seq=501 ack=121");
    assert_eq!(only(&scribe).probes, [1, 0]);
    assert!(scribe.silences.iter().all(|line| !line.starts_with("payload")), "{:?}", scribe.silences);
}

#[test]
fn a_repeated_byte_in_flight_is_a_retransmission() {
    let scribe = opened(
        "10   > PA seq=121 ack=501 len=1
         12   > PA seq=121 ack=501 len=1
         16   > PA seq=121 ack=501 len=1",
    );
    assert_eq!(only(&scribe).probes, [0, 0]);
}

#[test]
fn a_one_byte_heartbeat_is_data() {
    let scribe = opened(
        "10    > PA seq=121 ack=501 len=1
         10.01 < A  seq=501 ack=122
         20    > PA seq=122 ack=501 len=1
         20.01 < A  seq=501 ack=123",
    );
    assert_eq!(only(&scribe).probes, [0, 0]);
    assert_eq!(scribe.silences[0], "any 9.9s data 5-6");
}

#[test]
fn a_probe_of_a_closed_window_is_its_own_kind() {
    let scribe = opened(
        "0.05 < A seq=501 ack=121 win=0
         2    > A seq=120 ack=501
         2.01 < A seq=501 ack=121 win=0
         9    > A seq=120 ack=501",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).zero_window_probes), ([0, 0], 2));
}

#[test]
fn a_late_acknowledgment_after_the_own_fin_is_no_probe() {
    let scribe = opened(
        "1    > FA seq=121 ack=501
         1.01 < A  seq=501 ack=122
         1.30 > A  seq=121 ack=501",
    );
    assert_eq!(only(&scribe).probes, [0, 0]);
}

#[test]
fn probes_go_on_in_close_wait() {
    let scribe = opened(
        "1    < FA seq=501 ack=121
         1.01 > A  seq=121 ack=502
         31   > A  seq=120 ack=502
         31.01 < A seq=502 ack=121",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).replies), ([1, 0], [1, 0]));
}

#[test]
fn an_unanswered_run_gives_interval_count_and_the_giving_up() {
    let scribe = opened(
        "30   > A  seq=120 ack=501
         31.01 > A seq=120 ack=501
         32.03 > A seq=120 ack=501
         33.05 > RA seq=121 ack=501",
    );
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.replies, flow.unanswered), ([3, 0], [0, 0], [3, 0]));
    assert_eq!(flow.interval[0].unwrap().best, Span::from_secs(1));
    assert_eq!(flow.gave_up[0], Some(9));
    assert_eq!(flow.closed, ClosedBy::Rst);
}

#[test]
fn a_moving_timestamp_echo_tells_of_answers_that_were_not_captured() {
    let scribe = play(
        "0     > S  seq=100 ts=1
         0.02  > A  seq=101 ack=501 ts=2 ecr=70
         0.03  > PA seq=101 ack=501 ts=3 ecr=70 len=20
         2.04  > A  seq=120 ack=501 ts=4 ecr=71
         4.05  > A  seq=120 ack=501 ts=5 ecr=72
         5.07  > A  seq=120 ack=501 ts=6 ecr=72
         6.09  > A  seq=120 ack=501 ts=7 ecr=72
         7.11  > RA seq=121 ack=501",
    );
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.replies, flow.unanswered), ([4, 0], [0, 0], [3, 0]));
    assert_eq!(flow.time[0].unwrap().best, Span::from_secs(2));
    assert_eq!(flow.interval[0].unwrap().best, Span::from_secs(1));
}

#[test]
fn the_last_frame_is_the_latest_in_time_where_the_file_steps_back() {
    let mut transcript = segments(&format!("{OPEN}60 > PA seq=121 ack=501 len=5"));
    // The initiator's frames stand behind the responder's, as in a capture of two interfaces.
    for segment in transcript.iter_mut().filter(|segment| segment.seq.0 < 500) {
        segment.frame.0 += 100;
    }
    let scribe = play_segments(&transcript, None);
    assert_eq!(scribe.silences[..2], ["any 59.9s data 5-106", "initiator 59.9s data 104-106"]);
}

#[test]
fn a_probe_at_the_capture_s_start_is_known_by_its_reply() {
    let scribe = play(
        "0     > A seq=120 ack=501
         0.01  < A seq=501 ack=121
         30    > A seq=120 ack=501
         30.01 < A seq=501 ack=121",
    );
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.replies), ([2, 0], [2, 0]));
    assert_eq!(flow.probe_frames[0], [1, 3]);
}

#[test]
fn unanswered_probes_at_the_capture_s_start_are_known_by_repeating() {
    let scribe = play(
        "0   > A  seq=120 ack=501
         75  > A  seq=120 ack=501
         150 > A  seq=120 ack=501
         225 > RA seq=121 ack=501",
    );
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.gave_up[0]), ([3, 0], Some(4)));
}

#[test]
fn a_probe_after_capture_loss_is_decided_by_the_answer() {
    let scribe = opened(
        "30    > A seq=999 ack=501
         30.01 < A seq=501 ack=1000",
    );
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.replies), ([1, 0], [1, 0]));
    assert_eq!(scribe.silences[0], "any 29.9s probe 5-6 suspect");
}

#[test]
fn a_plain_acknowledgment_after_capture_loss_stays_one() {
    let scribe = opened(
        "30    > A  seq=1000 ack=501
         30.01 < PA seq=501 ack=1000 len=5",
    );
    assert_eq!(only(&scribe).probes, [0, 0]);
    assert_eq!(scribe.silences[0], "any 29.9s ack 5-6 suspect");
}

#[test]
fn both_ends_probing_keep_their_own_clocks() {
    let scribe = opened(
        "3.1  < A seq=500 ack=121
         3.11 > A seq=121 ack=501
         4.1  > A seq=120 ack=501
         4.11 < A seq=501 ack=121
         6.15 < A seq=500 ack=121
         6.16 > A seq=121 ack=501
         8.15 > A seq=120 ack=501
         8.16 < A seq=501 ack=121",
    );
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.replies), ([2, 2], [2, 2]));
    assert_eq!(flow.time[0].unwrap().best, Span::from_secs(4));
    assert_eq!(flow.time[1].unwrap().best, Span::from_secs(3));
}

#[test]
fn the_unaided_silence_spans_probes_and_replies() {
    let scribe = opened(
        "30    > A  seq=120 ack=501
         30.01 < A  seq=501 ack=121
         60    > A  seq=120 ack=501
         60.01 < A  seq=501 ack=121
         70    > PA seq=121 ack=501 len=3
         70.01 < A  seq=501 ack=124",
    );
    assert!(scribe.silences.contains(&"unaided 69.9s data 5-10".to_owned()), "{:?}", scribe.silences);
}

#[test]
fn a_new_isn_on_a_used_key_starts_a_new_flow() {
    let scribe = opened(
        "1    > FA seq=121 ack=501
         1.01 < FA seq=501 ack=122
         1.02 > A  seq=122 ack=502
         9    > S  seq=90000
         9.01 < SA seq=7000 ack=90001",
    );
    assert_eq!(scribe.flows.len(), 2);
    assert_eq!(scribe.flows[0].closed, ClosedBy::Fin);
    assert_eq!(scribe.flows[1].first_frame, 9);
    assert!(scribe.silences.is_empty(), "the time between two lives is not idle: {:?}", scribe.silences);
}

#[test]
fn a_repeated_syn_stays_in_its_life() {
    let scribe = play("0 > S seq=100\n 1 > S seq=100\n 3 > S seq=100\n 3.01 < SA seq=500 ack=101");
    assert_eq!(only(&scribe).segments, [3, 1]);
}

#[test]
fn the_challenge_ack_and_its_rst_belong_to_the_old_life() {
    let scribe = opened(
        "100   > S  seq=90000
         100.01 < A seq=501 ack=121
         100.02 > R seq=121
         101   > S  seq=90000
         101.01 < SA seq=7000 ack=90001
         101.02 > A seq=90001 ack=7001",
    );
    assert_eq!(scribe.flows.len(), 2);
    assert_eq!((scribe.flows[0].closed, scribe.flows[0].segments), (ClosedBy::Rst, [4, 3]));
    assert_eq!((scribe.flows[1].closed, scribe.flows[1].segments), (ClosedBy::Nothing, [3, 1]));
}

#[test]
fn a_close_ends_the_silences_of_payload_but_is_no_gap_between_payload() {
    let scribe = opened("20 > A seq=120 ack=501\n 20.01 < A seq=501 ack=121\n 24 < FA seq=501 ack=121");
    let payload: Vec<&String> = scribe.silences.iter().filter(|line| line.starts_with("payload")).collect();
    assert_eq!(
        payload,
        ["payload 23.9s fin 4-8", "payload-responder 24s fin 1-8", "payload-initiator 23.9s fin 4-8"]
    );
}

#[test]
fn a_life_that_another_takes_over_was_silent_until_then() {
    let scribe = opened(
        "100    > S  seq=90000
         100.01 < SA seq=7000 ack=90001
         100.02 > A  seq=90001 ack=7001",
    );
    assert!(scribe.flows[0].open.contains(&"any 99.9s open 5".to_owned()), "{:?}", scribe.flows[0].open);
}

#[test]
fn a_rst_with_a_wrong_number_does_not_end_the_flow() {
    let scribe = opened(
        "1    < R  seq=401
         1.01 > A  seq=121 ack=501
         2    > PA seq=121 ack=501 len=5
         2.01 < A  seq=501 ack=126",
    );
    assert_eq!(only(&scribe).closed, ClosedBy::Nothing);
}

#[test]
fn copies_are_counted_and_not_analysed_twice() {
    let scribe = opened(
        "30    > A seq=120 ack=501 id=77
         30.001 > A seq=120 ack=501 id=77
         30.01 < A seq=501 ack=121 id=78
         30.011 < A seq=501 ack=121 id=78",
    );
    let flow = only(&scribe);
    assert_eq!((flow.copies, flow.probes, flow.replies), (2, [1, 0], [1, 0]));
}

#[test]
fn a_burst_and_its_copies_are_told_apart_once_copies_are_known() {
    let scribe = play(
        "0      > S  seq=100 id=1
         0.001  > S  seq=100 id=1
         0.01   < SA seq=500 ack=101 id=2
         0.011  < SA seq=500 ack=101 id=2
         1      > A  seq=101 ack=501 len=10 id=3
         1.0001 > A  seq=111 ack=501 len=10 id=4
         1.0002 > A  seq=121 ack=501 len=10 id=5
         1.001  > A  seq=101 ack=501 len=10 id=3
         1.0011 > A  seq=111 ack=501 len=10 id=4
         1.0012 > A  seq=121 ack=501 len=10 id=5",
    );
    assert_eq!((only(&scribe).copies, only(&scribe).segments), (5, [4, 1]));
}

#[test]
fn a_syn_ack_sent_twice_at_once_is_no_copy() {
    // Its timer runs out just as it answers the repeated SYN; Linux gives SYN-ACKs no IP identification.
    let scribe = play(
        "0       > S  seq=100 id=1
         1.01    > S  seq=100 id=2
         1.01001 < SA seq=500 ack=101 id=0 ts=7
         1.01002 > A  seq=101 ack=501 id=3
         1.01006 < SA seq=500 ack=101 id=0 ts=7
         1.01007 > A  seq=101 ack=501 id=4",
    );
    assert_eq!((only(&scribe).copies, only(&scribe).segments), (0, [4, 2]));
}

#[test]
fn a_gap_before_the_last_fin_is_acknowledged_is_measured() {
    let scribe = opened(
        "1    > FA seq=121 ack=501
         1.01 < FA seq=501 ack=121
         1.02 > A  seq=122 ack=502
         61   > FA seq=121 ack=502
         61.01 < A seq=502 ack=122
         99   < A  seq=502 ack=122",
    );
    assert_eq!(scribe.silences[0], "any 59.9s fin 8-9");
    assert_eq!(only(&scribe).longest, Span::from_millis(59_980), "after the close nothing is idle");
}

#[test]
fn a_real_retransmission_is_no_copy() {
    let scribe = opened("1 > PA seq=121 ack=501 len=5 id=50\n 1.005 > PA seq=121 ack=501 len=5 id=51");
    assert_eq!(only(&scribe).copies, 0);
}

#[test]
fn an_open_gap_lasts_to_the_end_of_the_capture() {
    let scribe = play_until(OPEN, Some(100.0));
    let flow = only(&scribe);
    assert!(flow.open.contains(&"any 99.9s open 5".to_owned()), "{:?}", flow.open);
    assert!(scribe.silences.is_empty());
}

#[test]
fn a_closed_flow_has_no_open_gap() {
    let scribe = play_until(
        &format!("{OPEN}1 > FA seq=121 ack=501\n 1.01 < FA seq=501 ack=122\n 1.02 > A seq=122 ack=502"),
        Some(1000.0),
    );
    assert_eq!(only(&scribe).open, Vec::<String>::new());
}

#[test]
fn missing_segments_make_a_gap_suspect() {
    let scribe = opened("60 > PA seq=500 ack=501 len=5\n 60.01 < A seq=501 ack=505");
    assert_eq!(scribe.silences[0], "any 59.9s data 5-6 suspect");
}

#[test]
fn a_flow_joined_midway_is_opened_by_the_higher_port() {
    let scribe = play("0 < PA seq=500 ack=100 len=5\n 0.1 > A seq=100 ack=505");
    assert_eq!(only(&scribe).initiator, "10.0.0.1:40000");
}
