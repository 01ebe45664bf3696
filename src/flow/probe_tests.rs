//! Timelines of probes, and of what looks like them.

use super::EndedBy;
use super::timeline::{Scribe, Told, play, play_until};
use crate::time::Span;

const OPEN: &str = "
    0     > S   seq=100
    0.01  < SA  seq=500 ack=101
    0.02  > A   seq=101 ack=501
    0.03  > PA  seq=101 ack=501 len=20
    0.04  < A   seq=501 ack=121
";

fn only(scribe: &Scribe) -> &Told {
    assert_eq!(scribe.flows.len(), 1);
    &scribe.flows[0]
}

/// Probes, and what may be probes or replies, of a transcript with one flow.
fn counts(transcript: &str) -> ([u64; 2], [u64; 2]) {
    let scribe = play(transcript);
    let flow = only(&scribe);
    assert!(flow.probes != [0, 0] || flow.first_delay == [None, None], "a delay without a probe");
    (flow.probes, flow.probe_or_reply)
}

/// Numbered lines of one segment each, `every` seconds apart.
fn repeated(times: u32, every: u32, segment: &str) -> String {
    (0..times).map(|i| format!("{} {segment}\n", i * every)).collect()
}

#[test]
fn empty_segments_of_one_direction_are_no_probes_where_data_follows_at_their_number() {
    let replies = repeated(4, 30, "< A seq=501 ack=102");
    let scribe = play(&format!(
        "{replies}
         90.01 < A  seq=501 ack=137
         90.02 < PA seq=501 ack=137 len=31"
    ));
    assert_eq!((only(&scribe).probes, only(&scribe).probe_or_reply), ([0, 0], [0, 0]));
    assert_eq!(scribe.silences[0], "any 30s ack 1-2");
    assert_eq!(counts(&format!("{replies}95 < PA seq=501 ack=102 len=31")), ([0, 0], [0, 0]));
    assert_eq!(counts(&format!("{replies}95 < FA seq=501 ack=102")), ([0, 0], [0, 0]));
    assert_eq!(counts(&format!("{replies}95 < RA seq=501 ack=102")), ([0, 0], [0, 0]));
}

#[test]
fn even_empty_segments_of_one_direction_alone_are_probes_or_replies() {
    let scribe = play(&repeated(4, 30, "< A seq=501 ack=102"));
    assert_eq!((only(&scribe).probes, only(&scribe).probe_or_reply), ([0, 0], [0, 4]));
    assert!(!only(&scribe).one_ip_id[1]);
    assert_eq!(scribe.silences.iter().filter(|line| *line == "any 30s ack 1-2").count(), 1);
    assert_eq!(only(&scribe).ended_by, [EndedBy::Ack; 3]);
}

#[test]
fn two_or_uneven_empty_segments_of_one_direction_are_neither() {
    assert_eq!(counts(&repeated(2, 30, "< A seq=501 ack=102")), ([0, 0], [0, 0]));
    let uneven =
        "0 < A seq=501 ack=102\n 9 < A seq=501 ack=102\n 31 < A seq=501 ack=102\n 77 < A seq=501 ack=102";
    assert_eq!(counts(uneven), ([0, 0], [0, 0]));
    let duplicates = "0 < A seq=501 ack=102\n 0.2 < A seq=501 ack=102\n 0.4 < A seq=501 ack=102";
    assert_eq!(counts(duplicates), ([0, 0], [0, 0]));
}

#[test]
fn empty_segments_of_one_direction_are_probes_where_it_goes_on_one_above() {
    let probes = repeated(4, 30, "> A seq=120 ack=501");
    for next in ["> PA seq=121 ack=501 len=9", "> FA seq=121 ack=501", "> A seq=121 ack=530"] {
        let scribe = play(&format!("{probes}100 {next}"));
        let flow = only(&scribe);
        assert_eq!((flow.probes, flow.probe_or_reply), ([4, 0], [0, 0]), "{next}");
        assert_eq!(scribe.silences[0], "any 30s probe 1-2");
        assert!(scribe.silences.iter().any(|line| line.starts_with("unaided 100s")), "{:?}", scribe.silences);
        assert_eq!(flow.probe_frames[0], [1, 2, 3, 4]);
    }
}

#[test]
fn a_typed_byte_that_was_not_captured_is_no_proof_of_a_probe() {
    // The byte at 120 is missing; its echo acknowledges it, and the next one follows.
    assert_eq!(counts("0 > A seq=120 ack=501\n 0.3 > PA seq=121 ack=501 len=1"), ([0, 0], [0, 0]));
    assert_eq!(counts("0 > A seq=120 ack=501\n 0.3 < PA seq=501 ack=121 len=4"), ([0, 0], [0, 0]));
}

#[test]
fn a_byte_repeated_at_one_spacing_is_a_probe_though_nobody_is_seen_to_reply() {
    let bytes = repeated(10, 3, "> A seq=120 ack=501 len=1");
    let scribe = play(&format!("{bytes}30 > RA seq=121 ack=501"));
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.gave_up[0]), ([9, 0], Some(11)));
    assert_eq!(flow.interval[0].unwrap().best, Span::from_secs(3));
}

#[test]
fn a_byte_repeated_at_doubling_spacing_is_a_retransmission() {
    for flags in ["A", "PA"] {
        let repeats: String =
            [0, 2, 6, 14, 30, 62].map(|at| format!("{at} > {flags} seq=120 ack=501 len=1\n")).concat();
        let scribe = play(&repeats);
        assert_eq!(only(&scribe).probes, [0, 0]);
        assert!(scribe.silences.contains(&"any 32s retransmission 5-6".to_owned()), "{:?}", scribe.silences);
        // RFC 6298 5.5: the bound of the timeout is at least 60 s.
        let bounded: String =
            [122, 182, 242].map(|at| format!("{at} > {flags} seq=120 ack=501 len=1\n")).concat();
        assert_eq!(counts(&format!("{repeats}{bounded}")), ([0, 0], [0, 0]));
    }
}

#[test]
fn a_byte_repeated_once_without_an_acknowledgment_is_a_retransmission() {
    assert_eq!(counts("0 > A seq=120 ack=501 len=1\n 3 > A seq=120 ack=501 len=1"), ([0, 0], [0, 0]));
}

#[test]
fn a_byte_that_comes_again_long_after_the_data_is_a_probe_in_one_direction_too() {
    let data = "0 > S seq=100\n 0.02 > A seq=101 ack=501\n 0.03 > PA seq=101 ack=501 len=20\n";
    assert_eq!(counts(&format!("{data}60 > A seq=120 ack=501 len=1")), ([1, 0], [0, 0]));
    assert_eq!(counts(&format!("{data}2 > PA seq=120 ack=501 len=1")), ([0, 0], [0, 0]));
}

#[test]
fn a_typed_byte_whose_acknowledgments_are_lost_behind_the_capture_is_no_probe() {
    let typed = "1 > PA seq=121 ack=501 len=1\n 1.01 < A seq=501 ack=122\n";
    let repeats: String = [2, 4, 8, 16]
        .map(|at| format!("{at} > PA seq=121 ack=501 len=1\n {at}.01 < A seq=501 ack=122 sack=1\n"))
        .concat();
    assert_eq!(counts(&format!("{OPEN}{typed}{repeats}")), ([0, 0], [0, 0]));
    // Without a back-off it is what it looks like.
    assert_eq!(counts(&format!("{OPEN}{typed}60 > A seq=121 ack=501 len=1")), ([1, 0], [0, 0]));
}

#[test]
fn the_second_side_s_probe_may_follow_its_own_reply_in_a_flow_joined_midway() {
    let rounds = |len: &str| -> String {
        [0, 30, 60]
            .map(|at| {
                format!(
                    "{at}       < A seq=500 ack=101
                     {at}.0004  > A seq=101 ack=501
                     {at}.05    > A seq=100 ack=501 {len}
                     {at}.0503  < A seq=501 ack=101\n"
                )
            })
            .concat()
    };
    for (len, skipped, probes) in [
        ("len=1", 0, [3, 3]),
        ("len=0", 0, [3, 3]),
        // Joined one, two or three frames later: what the first frames were is then not known of all.
        ("len=0", 1, [3, 2]),
        ("len=0", 2, [3, 2]),
        ("len=0", 3, [2, 2]),
        ("len=1", 2, [2, 2]),
    ] {
        let transcript = rounds(len);
        let rest: Vec<&str> = transcript.lines().skip(skipped).collect();
        let scribe = play(&rest.join("\n"));
        let flow = only(&scribe);
        assert_eq!((flow.probes, flow.replies), (probes, probes), "{len}, {skipped} left out");
    }
}

#[test]
fn probes_that_cross_at_the_capture_s_start_are_both_known() {
    let scribe = play(
        "0      < A seq=500 ack=101
         0.0001 > A seq=100 ack=501
         0.0004 < A seq=501 ack=101
         0.0005 > A seq=101 ack=501",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).replies), ([1, 1], [1, 1]));
}

#[test]
fn a_duplicate_acknowledged_selectively_proves_the_first_byte_to_be_a_probe() {
    let after = "30 > A seq=120 ack=501 len=1\n 30.01 < A seq=501 ack=121 sack=1";
    let scribe = play(&format!("0 > A seq=120 ack=501 len=1\n 0.01 < A seq=501 ack=121 sack=1\n {after}"));
    assert_eq!((only(&scribe).probes, only(&scribe).replies), ([2, 0], [2, 0]));
    assert_eq!(only(&scribe).probe_frames[0], [1, 3]);
    // Without it the first may have been data.
    let scribe = play(&format!("0 > A seq=120 ack=501 len=1\n 0.01 < A seq=501 ack=121\n {after}"));
    assert_eq!((only(&scribe).probes, only(&scribe).replies), ([1, 0], [1, 0]));
}

#[test]
fn a_first_byte_that_was_a_probe_ends_no_silence_of_payload() {
    let beginning = "0 < PA seq=480 ack=110 len=21\n 20 > A seq=120 ack=501 len=1\n";
    let scribe =
        play(&format!("{beginning}20.01 < A seq=501 ack=121 sack=1\n 50 > PA seq=121 ack=501 len=9"));
    assert_eq!(only(&scribe).probes, [1, 0]);
    assert_eq!(scribe.silences[..2], ["any 20s probe 1-2", "initiator 20s probe 1-2"]);
    assert!(scribe.silences.contains(&"payload 50s data 1-4".to_owned()), "{:?}", scribe.silences);
    let scribe = play(&format!("{beginning}20.01 < A seq=501 ack=121"));
    assert_eq!(only(&scribe).probes, [0, 0]);
    assert!(scribe.silences.contains(&"payload 20s data 1-2".to_owned()), "{:?}", scribe.silences);
}

#[test]
fn a_heartbeat_of_one_byte_in_a_flow_joined_midway_is_data() {
    let beats: String = (0..6)
        .map(|i| {
            let (at, seq) = (i * 30, 120 + i);
            format!("{at} > PA seq={seq} ack=501 len=1\n {at}.01 < A seq=501 ack={}\n", seq + 1)
        })
        .collect();
    assert_eq!(counts(&beats), ([0, 0], [0, 0]));
}

#[test]
fn one_repeated_acknowledgment_in_a_flow_joined_midway_is_no_probe() {
    // A late window update, and a duplicate.
    let scribe = play(
        "0    < PA seq=480 ack=121 len=21
         0.01 > A  seq=121 ack=501
         7    > A  seq=121 ack=501 win=2000
         9    > A  seq=121 ack=501 win=2000
         12   < PA seq=501 ack=121 len=5",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).first_delay), ([0, 0], [None, None]));
    assert_eq!(scribe.silences[0], "any 6.9s ack 2-3");
    assert_eq!(
        counts("0 > A seq=121 ack=501\n 5 > A seq=121 ack=501\n 9 < PA seq=501 ack=121 len=5").0,
        [0, 0]
    );
}

#[test]
fn an_even_run_without_an_answer_is_one_of_probes_where_the_peer_is_seen() {
    // Behind segments that were not captured, so that no number proves it.
    let heard = "0 < PA seq=480 ack=90 len=21\n";
    let run =
        |times: u32| -> String { (1..=times).map(|i| format!("{} > A seq=120 ack=501\n", i * 10)).collect() };
    assert_eq!(counts(&format!("{heard}{}", run(4))), ([4, 0], [0, 0]));
    assert_eq!(counts(&format!("{heard}{}", run(3))), ([0, 0], [0, 0]));
    assert_eq!(counts(&run(4)), ([0, 0], [4, 0]));
}

#[test]
fn probes_of_a_closed_window_in_a_flow_joined_midway_are_no_keepalive() {
    let scribe = play(
        "0    > A seq=120 ack=501
         0.01 < A seq=501 ack=121 win=0
         7    > A seq=120 ack=501
         7.01 < A seq=501 ack=121 win=0",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).zero_window_probes), ([0, 0], 2));
    let scribe = play(
        "0     > A seq=120 ack=501
         10    > A seq=120 ack=501
         30    > A seq=120 ack=501
         30.01 < A seq=501 ack=121 win=0",
    );
    assert_eq!((only(&scribe).probes, only(&scribe).zero_window_probes), ([0, 0], 3));
    assert_eq!(scribe.silences[0], "any 10s zero-window-probe 1-2");
}

#[test]
fn empty_segments_at_doubling_spacing_are_probes_of_a_window_though_its_owner_is_not_seen() {
    let probes: String = [0, 2, 6, 14, 30, 60].map(|at| format!("{at} > A seq=120 ack=501\n")).concat();
    let scribe = play(&format!("{probes}70 > PA seq=121 ack=501 len=99"));
    assert_eq!((only(&scribe).probes, only(&scribe).zero_window_probes), ([0, 0], 6));
    assert_eq!(counts(&probes), ([0, 0], [0, 0]));
}

#[test]
fn one_frame_again_and_again_may_be_a_device_s() {
    let frames = repeated(9, 20, "> A seq=121 ack=501 id=484");
    let scribe = play(&frames);
    assert_eq!((only(&scribe).probe_or_reply, only(&scribe).one_ip_id), ([9, 0], [true, false]));
    // Others of its sender count the identification.
    assert_eq!(counts(&format!("{frames}170 > PA seq=300 ack=501 len=9 id=485")), ([0, 0], [0, 0]));
    let before =
        "0 > S seq=100 id=482\n 0.02 > A seq=101 ack=501 id=483\n 0.03 > PA seq=101 ack=501 len=20 id=484\n";
    let after: String = (1..9).map(|i| format!("{} > A seq=120 ack=501 id=490\n", i * 20)).collect();
    let scribe = play(&format!("{before}{after}"));
    assert_eq!((only(&scribe).probes, only(&scribe).probe_frames[0].as_slice()), ([1, 0], [4].as_slice()));
    // Joined midway: what follows one above proves a probe, one.
    assert_eq!(counts(&format!("{frames}170 > PA seq=122 ack=501 len=9 id=485")), ([1, 0], [0, 0]));
    // Another timestamp: another packet, of a sender that does not count.
    let stamped: String = (1..9).map(|i| format!("{} > A seq=120 ack=501 id=490 ts={i}\n", i * 20)).collect();
    assert_eq!(counts(&format!("{before}{stamped}")), ([8, 0], [0, 0]));
}

#[test]
fn a_repeated_frame_without_an_identification_is_a_segment_of_its_own() {
    let probes: String = (1..5).map(|i| format!("{} > A seq=120 ack=501 id=0\n", i * 20)).collect();
    assert_eq!(counts(&format!("{OPEN}{probes}")), ([4, 0], [0, 0]));
}

#[test]
fn a_long_run_is_put_right_when_its_end_tells_what_it_was() {
    let run = repeated(200, 7, "> A seq=120 ack=501");
    let scribe = play(&format!("{run}1400 > RA seq=121 ack=501"));
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.unanswered[0], flow.gave_up[0]), ([200, 0], 200, Some(201)));
    assert_eq!(flow.ended_by, [EndedBy::Probe; 6]);
    assert!(
        scribe.silences.contains(&"unaided 23m 20s rst 1-201".to_owned()),
        "{:?}",
        scribe.silences.last()
    );
    let scribe = play(&format!("{run}1400 > PA seq=120 ack=501 len=4"));
    let flow = only(&scribe);
    assert_eq!((flow.probes, flow.probe_or_reply), ([0, 0], [0, 0]));
    assert!(!flow.ended_by.contains(&EndedBy::Probe));
    assert_eq!(only(&play(&run)).probe_or_reply, [200, 0]);
}

#[test]
fn what_is_in_doubt_at_the_end_is_told() {
    let scribe = play_until("0 > A seq=120 ack=501\n 40 > A seq=120 ack=501", Some(100.0));
    assert_eq!(scribe.silences[..2], ["any 40s ack 1-2", "initiator 40s ack 1-2"]);
    assert!(only(&scribe).open.contains(&"any 60s open 2".to_owned()), "{:?}", only(&scribe).open);
}

#[test]
fn an_acknowledgment_below_the_next_number_right_after_a_byte_is_late_and_no_probe() {
    assert_eq!(
        counts(&format!(
            "{OPEN}10 > PA seq=121 ack=501 len=1\n 10.001 < A seq=501 ack=122\n 10.002 > A seq=121 ack=501"
        )),
        ([0, 0], [0, 0])
    );
}

#[test]
fn a_probe_before_going_to_sleep_may_come_sooner_than_a_second() {
    // As telephones send it when their radio goes to sleep.
    let asked =
        "10 > PA seq=121 ack=501 len=9\n 10.1 < PA seq=501 ack=130 len=80\n 10.2 > A seq=130 ack=581\n";
    assert_eq!(
        counts(&format!("{OPEN}{asked}10.8 > A seq=129 ack=581\n 10.9 < A seq=581 ack=130")).0,
        [1, 0]
    );
    assert_eq!(counts(&format!("{OPEN}{asked}10.3 > A seq=129 ack=581")).0, [0, 0]);
}

#[test]
fn a_probe_of_a_side_that_replies_to_probes_that_are_not_captured_is_known() {
    let mut transcript =
        String::from("0 > S seq=100\n 0.02 > A seq=101 ack=501\n 0.03 > PA seq=101 ack=501 len=20\n");
    for at in [30, 60, 90] {
        transcript += &format!("{at} > A seq=121 ack=501\n {at}.05 > A seq=120 ack=501\n");
    }
    assert_eq!(counts(&transcript), ([3, 0], [0, 0]));
}
