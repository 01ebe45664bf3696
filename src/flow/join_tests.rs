//! Timelines of connections whose directions come in different realms.

use super::timeline::{SEED, Scribe, play, play_until, segments};
use super::{ClosedBy, Routed, Settings, Tracker};
use crate::frame::FrameNumber;
use crate::segment::{IcmpQuote, Realm, SeqNumber};
use crate::time::{Span, Timestamp};

/// What there is to say of each flow in a word: realm, and segments of initiator and responder.
pub fn flows(scribe: &Scribe) -> Vec<(u32, [u64; 2])> {
    scribe.flows.iter().map(|flow| (flow.realm, flow.segments)).collect()
}

const SPLIT: &str = "
    0     > S   seq=100 in=1
    0.01  < SA  seq=500 ack=101 in=2
    0.02  > A   seq=101 ack=501 in=1
    0.03  > PA  seq=101 ack=501 len=20 in=1
    0.04  < A   seq=501 ack=121 in=2
";

#[test]
fn the_syn_ack_that_acknowledges_a_syn_in_another_realm_belongs_to_it() {
    let scribe = play(&format!(
        "{SPLIT}
         400   > FA seq=121 ack=501 in=1
         400.1 < FA seq=501 ack=122 in=2
         400.2 > A  seq=122 ack=502 in=1"
    ));
    assert_eq!(flows(&scribe), [(1, [5, 3])]);
    assert_eq!(scribe.flows[0].closed, ClosedBy::Fin);
    assert_eq!(scribe.silences[0], "any 6m 39s fin 5-6");
}

#[test]
fn a_tunnelled_direction_joins_a_plain_one() {
    for (there, back) in [(0, 7), (7, 0)] {
        let transcript = SPLIT.replace("in=1", &format!("in={there}")).replace("in=2", &format!("in={back}"));
        assert_eq!(flows(&play(&transcript)), [(there, [3, 2])]);
    }
}

#[test]
fn a_syn_ack_of_another_number_stays_apart() {
    let scribe = play("0 > S seq=100 in=1\n 0.01 < SA seq=500 ack=102 in=2\n 0.02 < A seq=501 ack=102 in=2");
    assert_eq!(flows(&scribe), [(1, [1, 0]), (2, [0, 2])]);
}

#[test]
fn overlapping_networks_stay_apart_where_their_segments_alternate() {
    let own = |realm: u32, isn: u32, after: f64| {
        let at = |second: f64| second + after;
        let back = 7000 + isn;
        vec![
            (at(0.0), format!("> S seq={isn} in={realm}")),
            (at(0.2), format!("< SA seq={back} ack={} in={realm}", isn + 1)),
            (at(0.4), format!("> A seq={} ack={} in={realm}", isn + 1, back + 1)),
            (at(10.0), format!("> PA seq={} ack={} len=9 in={realm}", isn + 1, back + 1)),
            (at(10.2), format!("< A seq={} ack={} in={realm}", back + 1, isn + 10)),
        ]
    };
    // Also with the very same numbers, as a generator of traffic has them.
    for second_isn in [900, 100] {
        let mut lines = [own(1, 100, 0.0), own(2, second_isn, 0.1)].concat();
        lines.sort_by(|a, b| a.0.total_cmp(&b.0));
        let transcript: Vec<String> = lines.iter().map(|(at, rest)| format!("{at} {rest}")).collect();
        assert_eq!(flows(&play(&transcript.join("\n"))), [(1, [3, 2]), (2, [3, 2])]);
    }
}

#[test]
fn segments_beyond_the_realms_that_can_be_told_apart_are_never_joined() {
    let beyond = format!("in={}", Realm::OVERFLOW.0);
    for (there, back) in [("in=1", beyond.as_str()), (&beyond, "in=2")] {
        let scribe = play(&SPLIT.replace("in=1", there).replace("in=2", back));
        assert_eq!(scribe.flows.len(), 2);
    }
}

#[test]
fn a_refusal_in_another_realm_ends_the_attempt() {
    let scribe = play("0 > S seq=100 in=1\n 0.01 < RA seq=0 ack=101 in=2");
    assert_eq!((flows(&scribe), scribe.flows[0].closed), (vec![(1, [1, 1])], ClosedBy::Rst));
}

#[test]
fn a_reset_in_another_realm_answers_what_a_lone_direction_sent() {
    let scribe = play(
        "0  > PA seq=100 ack=900 len=10 in=1
         60 > PA seq=110 ack=900 len=10 in=1
         60.01 < R seq=900 in=2",
    );
    assert_eq!((flows(&scribe), scribe.flows[0].closed), (vec![(1, [2, 1])], ClosedBy::Rst));
}

#[test]
fn a_syn_ack_that_comes_before_its_syn_is_joined_and_named_by_the_initiators_realm() {
    let scribe = play(
        "0     < SA seq=500 ack=101 in=2
         0.001 > S  seq=100 in=1
         0.02  > A  seq=101 ack=501 in=1
         0.03  < PA seq=501 ack=101 len=7 in=2",
    );
    assert_eq!(flows(&scribe), [(1, [2, 2])]);
}

#[test]
fn a_syn_ack_alone_is_joined_by_the_acknowledgment_of_it() {
    let scribe = play(
        "0 < SA seq=500 ack=101 in=2\n 0.02 > A seq=101 ack=501 in=1\n 5 > PA seq=101 ack=501 len=7 in=1",
    );
    assert_eq!(flows(&scribe), [(1, [2, 1])]);
}

#[test]
fn directions_joined_midway_are_one_flow_when_numbers_go_on_both_ways() {
    let scribe = play(
        "0    > PA seq=100 ack=900 len=10 in=1
         0.01 < PA seq=900 ack=110 len=50 in=2
         0.02 > A  seq=110 ack=950 in=1
         60   > PA seq=110 ack=950 len=10 in=1
         60.1 < PA seq=950 ack=120 len=50 in=2",
    );
    assert_eq!(flows(&scribe), [(1, [3, 2])]);
    assert_eq!(scribe.flows[0].longest, Span::from_millis(59_980));
    assert!(scribe.silences.iter().all(|line| !line.contains("suspect")), "{:?}", scribe.silences);
}

#[test]
fn the_realm_of_a_flow_joined_midway_is_that_of_its_initiator_whoever_speaks_first() {
    let scribe = play(
        "0    < PA seq=900 ack=100 len=50 in=2
         0.01 > PA seq=100 ack=950 len=10 in=1
         0.02 < A  seq=950 ack=110 in=2
         0.03 > PA seq=110 ack=950 len=10 in=1
         0.04 < A  seq=950 ack=120 in=2",
    );
    assert_eq!(flows(&scribe), [(1, [2, 3])]);
    assert_eq!(scribe.flows[0].initiator, "10.0.0.1:40000");
}

#[test]
fn probes_and_their_replies_in_another_realm_are_joined() {
    let mut transcript = String::new();
    for round in 0..4 {
        let at = f64::from(round) * 30.0;
        transcript += &format!("{at} > A seq=99 ack=900 in=1\n {} < A seq=900 ack=100 in=2\n", at + 0.01);
    }
    let scribe = play(&transcript);
    assert_eq!(flows(&scribe), [(1, [4, 4])]);
    assert_eq!((scribe.flows[0].probes, scribe.flows[0].replies), ([4, 0], [4, 0]));
}

#[test]
fn an_empty_segment_that_was_taken_for_a_probe_keeps_no_directions_apart() {
    let scribe = play(
        "0 > A seq=100 ack=900 in=1\n 1 > A seq=100 ack=900 in=1\n 1.01 < PA seq=900 ack=100 len=5 in=2",
    );
    assert_eq!(flows(&scribe), [(1, [2, 1])]);
}

#[test]
fn a_bulk_transfer_joined_midway_is_one_flow_with_much_in_flight() {
    let mut transcript = String::new();
    for n in 0..60 {
        let at = f64::from(n) * 0.001;
        transcript += &format!("{at} > A seq={} ack=900 len=1000 in=1\n", 1_000_000 + n * 1000);
        // Twelve segments behind.
        transcript += &format!("{} < A seq=900 ack={} in=2\n", at + 0.0005, 1_000_000 + n * 1000 - 11_000);
    }
    assert_eq!(flows(&play(&transcript)), [(1, [60, 60])]);
}

#[test]
fn both_directions_may_have_much_in_flight() {
    let mut transcript = String::new();
    for n in 0..60 {
        let at = f64::from(n) * 0.001;
        let (mine, yours) = (1_000_000 + n * 1000, 5_000_000 + n * 700);
        transcript += &format!("{at} > A seq={mine} ack={} len=1000 in=1\n", yours - 3500);
        transcript += &format!("{} < A seq={yours} ack={} len=700 in=2\n", at + 0.0005, mine - 5000);
    }
    assert_eq!(flows(&play(&transcript)), [(1, [60, 60])]);
}

#[test]
fn directions_joined_midway_stay_apart_when_numbers_stop_fitting() {
    let scribe = play(
        "0    > PA seq=100 ack=900 len=10 in=1
         0.01 < PA seq=900 ack=110 len=50 in=2
         0.02 > PA seq=110 ack=4000000000 len=10 in=1
         0.03 < PA seq=950 ack=110 len=50 in=2",
    );
    assert_eq!(flows(&scribe), [(1, [2, 0]), (2, [0, 2])]);
}

#[test]
fn a_network_that_shows_both_directions_of_its_own_stays_apart() {
    // The same numbers in both, as a generator of traffic has them; the second is heard from the responder on.
    let scribe = play(
        "0    > PA seq=100 ack=900 len=10 in=1
         0.01 < PA seq=900 ack=110 len=50 in=2
         0.02 > A  seq=110 ack=950 in=2
         0.03 < PA seq=900 ack=110 len=50 in=1
         0.04 > A  seq=110 ack=950 in=1",
    );
    assert_eq!(flows(&scribe), [(1, [2, 1]), (2, [1, 1])]);
}

#[test]
fn one_exact_answer_is_enough_when_nothing_more_comes() {
    let transcript = "0 > PA seq=100 ack=900 len=10 in=1\n 0.01 < PA seq=900 ack=110 len=50 in=2";
    assert_eq!(flows(&play_until(transcript, Some(600.0))), [(1, [1, 1])]);
    let inexact = "0 > PA seq=100 ack=900 len=10 in=1\n 0.01 < PA seq=980 ack=104 len=50 in=2";
    assert_eq!(flows(&play_until(inexact, Some(600.0))), [(1, [1, 0]), (2, [0, 1])]);
}

#[test]
fn a_reused_port_is_another_flow_in_the_same_two_realms() {
    let scribe = play(&format!(
        "{SPLIT}
         10    > FA seq=121 ack=501 in=1
         10.1  < FA seq=501 ack=122 in=2
         10.2  > A  seq=122 ack=502 in=1
         20    > S  seq=7000 in=1
         20.01 < SA seq=8000 ack=7001 in=2
         20.02 > A  seq=7001 ack=8001 in=1
         900   > S  seq=9000 in=1
         900.1 < SA seq=2000 ack=9001 in=2"
    ));
    assert_eq!(flows(&scribe), [(1, [5, 3]), (1, [2, 1]), (1, [1, 1])]);
}

#[test]
fn a_challenge_in_another_realm_belongs_to_the_life_before() {
    let scribe = play(&format!(
        "{SPLIT}
         20    > S  seq=7000 in=1
         20.01 < A  seq=501 ack=121 in=2
         20.02 > R  seq=121 in=1
         21    > S  seq=7000 in=1
         21.01 < SA seq=8000 ack=7001 in=2
         21.02 > A  seq=7001 ack=8001 in=1"
    ));
    assert_eq!(flows(&scribe), [(1, [4, 3]), (1, [3, 1])]);
    assert_eq!(scribe.flows[0].closed, ClosedBy::Rst);
}

#[test]
fn a_new_connection_is_joined_to_a_realm_in_which_an_old_one_is_still_open() {
    let scribe = play(
        "0     > S  seq=100 in=2
         0.01  < SA seq=500 ack=101 in=2
         0.02  > A  seq=101 ack=501 in=2
         60    > S  seq=3000007000 in=1
         60.01 < SA seq=8000 ack=3000007001 in=2
         60.02 > A  seq=3000007001 ack=8001 in=1
         61    < PA seq=8001 ack=3000007001 len=5 in=2",
    );
    assert_eq!(flows(&scribe), [(2, [2, 1]), (1, [2, 2])]);
    assert!(
        scribe.flows[0].open.is_empty() || scribe.flows[0].open[0].contains("59.9"),
        "{:?}",
        scribe.flows[0].open
    );
}

#[test]
fn an_attempt_of_another_network_in_the_answers_realm_takes_nothing() {
    let scribe = play(
        "0     > S  seq=999 in=2
         0.001 > S  seq=100 in=1
         0.01  < SA seq=500 ack=101 in=2
         0.02  > A  seq=101 ack=501 in=1
         0.03  < PA seq=501 ack=101 len=5 in=2
         9     < FA seq=506 ack=101 in=2",
    );
    assert_eq!(flows(&scribe), [(2, [1, 0]), (1, [2, 3])]);
}

#[test]
fn an_answer_belongs_to_where_its_question_went_last() {
    // A host sends through a tunnel; the capture has its packets before and in it, and answers of another tunnel.
    let scribe = play(
        "0      > S   seq=100 id=1 in=0
         0.0001 > S   seq=100 id=1 in=1
         0.01   < SA  seq=500 ack=101 id=2 in=2
         0.0101 < SA  seq=500 ack=101 id=2 in=0
         0.02   > A   seq=101 ack=501 id=3 in=0
         0.0201 > A   seq=101 ack=501 id=3 in=1",
    );
    assert_eq!(flows(&scribe), [(0, [2, 1])]);
    assert_eq!(scribe.flows[0].copies, 3);
    // The same through a device that numbers packets anew: nothing tells that these are copies.
    let scribe = play(
        "0      > S   seq=100 id=1 in=0
         0.0001 > S   seq=100 id=7 in=1
         0.01   < SA  seq=500 ack=101 id=2 in=2
         0.0101 < SA  seq=500 ack=101 id=8 in=0
         0.02   > A   seq=101 ack=501 id=3 in=0
         0.0201 > A   seq=101 ack=501 id=9 in=1",
    );
    assert_eq!(flows(&scribe), [(0, [2, 1]), (1, [2, 1])]);
}

#[test]
fn a_repeated_syn_in_the_answers_realm_is_a_copy() {
    let scribe = play(
        "0      > S   seq=100 id=1 in=1
         0.001  < SA  seq=500 ack=101 id=2 in=2
         0.002  > S   seq=100 id=1 in=2
         0.003  < SA  seq=500 ack=101 id=2 in=1
         0.004  > A   seq=101 ack=501 id=3 in=1
         0.005  > A   seq=101 ack=501 id=3 in=2
         0.006  < PA  seq=501 ack=101 id=4 len=5 in=2",
    );
    // The first copy is what makes the flow remember more than its last segments.
    assert_eq!(flows(&scribe), [(1, [2, 3])]);
    assert_eq!(scribe.flows[0].copies, 2);
}

#[test]
fn copies_of_one_direction_in_the_realm_of_the_other_are_copies() {
    let scribe = play(&format!(
        "{SPLIT}
         1     > PA seq=121 ack=501 len=5 id=70 in=1
         1.001 > PA seq=121 ack=501 len=5 id=70 in=2
         1.01  < A  seq=501 ack=126 in=2"
    ));
    assert_eq!(flows(&scribe), [(1, [4, 3])]);
    assert_eq!(scribe.flows[0].copies, 1);
}

#[test]
fn a_direction_that_moves_into_the_realm_of_the_other_stays_with_its_flow() {
    let scribe = play(&format!(
        "{SPLIT}
         10    > PA seq=121 ack=501 len=5 in=2
         10.01 < A  seq=501 ack=126 in=2
         20    > FA seq=126 ack=501 in=2
         20.01 < FA seq=501 ack=127 in=2
         20.02 > A  seq=127 ack=502 in=2"
    ));
    assert_eq!(flows(&scribe), [(1, [6, 4])]);
    assert_eq!(scribe.flows[0].closed, ClosedBy::Fin);
}

#[test]
fn a_direction_that_moves_into_a_third_realm_breaks_nothing() {
    let scribe = play(&format!(
        "{SPLIT}
         10    > PA seq=121 ack=501 len=5 in=3
         10.01 < A  seq=501 ack=126 in=2
         20    > PA seq=126 ack=501 len=5 in=3
         20.01 < A  seq=501 ack=131 in=2"
    ));
    assert_eq!(flows(&scribe), [(1, [3, 4]), (3, [2, 0])]);
}

#[test]
fn what_a_reset_crosses_in_another_realm_is_late_and_no_flow() {
    let scribe = play(
        "0 > PA seq=100 ack=900 len=9 in=1\n 1 > RA seq=109 ack=900 in=1\n 1.01 < A seq=900 ack=109 in=2",
    );
    assert_eq!(flows(&scribe), [(1, [2, 1])]);
}

#[test]
fn what_comes_after_a_close_is_over_is_another_flow() {
    let scribe = play(&format!(
        "{SPLIT}
         1    > RA seq=121 ack=501 in=1
         500  < PA seq=501 ack=121 len=5 in=2
         500.1 > R seq=121 in=1"
    ));
    assert_eq!(flows(&scribe), [(1, [4, 2]), (1, [1, 1])]);
}

#[test]
fn what_comes_in_the_answers_realm_after_a_close_is_over_is_another_flow_too() {
    let scribe = play(&format!(
        "{SPLIT}
         1     > RA seq=121 ack=501 in=1
         500   > A  seq=121 ack=501 in=2
         500.1 < R  seq=501 in=2"
    ));
    assert_eq!(flows(&scribe), [(1, [4, 2]), (2, [1, 1])]);
}

#[test]
fn an_icmp_error_reaches_a_flow_in_another_realm() {
    let play = |transcript: &str, quoted: u32, realm: u32| {
        let settings = Settings {
            silence_floor: Span::from_secs(5),
            observation: crate::flow::ObservationFloor::always(Span::from_secs(5)),
            max_flows: 1000,
        };
        let mut tracker = Tracker::new(Scribe::default(), settings, SEED);
        let segments = segments(transcript);
        for segment in &segments {
            tracker.ingest(segment, segment.key.hash(SEED));
        }
        let first = &segments[0];
        tracker.quote(&IcmpQuote {
            at: first.at,
            frame: FrameNumber(99),
            key: first.key.within(Realm(realm)),
            sender: first.sender,
            reporter: "10.0.0.9".parse().unwrap(),
            icmp_type: 3,
            icmp_code: 1,
            seq: SeqNumber(quoted),
        });
        let (scribe, counts, _) = tracker.finish(Timestamp::from_nanos(9_000_000_000));
        (scribe.flows.iter().map(|flow| flow.icmp).collect::<Vec<_>>(), counts.stray_icmp)
    };
    assert_eq!(play(SPLIT, 101, 2), (vec![1], 0));
    let lone = "0 > S seq=100 in=1\n 1 > S seq=100 in=1\n 2 < SA seq=1 ack=9 in=3";
    assert_eq!(play(lone, 100, 2), (vec![1, 0], 0));
    assert_eq!(play(lone, 70_000, 2), (vec![0, 0], 1));
}

/// A tracker that waits whether two directions belong together, of which it has heard one segment each.
fn waiting(answer: &str) -> Tracker<Scribe> {
    let settings = Settings {
        silence_floor: Span::from_secs(5),
        observation: crate::flow::ObservationFloor::always(Span::from_secs(5)),
        max_flows: 1000,
    };
    let mut tracker = Tracker::new(Scribe::default(), settings, SEED);
    for segment in segments(&format!("0 > PA seq=100 ack=900 len=10 in=1\n {answer}")) {
        tracker.ingest(&segment, segment.key.hash(SEED));
    }
    assert_eq!(tracker.flows(), 1);
    tracker
}

#[test]
fn live_a_flow_waits_no_longer_than_silences_take_to_matter() {
    let second = |seconds: i64| Timestamp::from_nanos(seconds * 1_000_000_000);
    let mut tracker = waiting("0.5 < PA seq=900 ack=110 len=50 in=2");
    for seconds in [1, 4, 6] {
        tracker.tell_silences(second(seconds));
        assert_eq!(tracker.watcher_mut().silences, [""; 0]);
    }
    tracker.tell_silences(second(7));
    assert!(tracker.watcher_mut().silences.contains(&"still any 6.5s open 2".to_owned()));
    assert_eq!(tracker.flows(), 1);
}

#[test]
fn a_clock_step_ends_the_wait() {
    for (answer, flows) in
        [("0.5 < PA seq=900 ack=110 len=50 in=2", 1), ("0.5 < PA seq=990 ack=104 len=50 in=2", 2)]
    {
        let mut tracker = waiting(answer);
        tracker.clock_stepped(FrameNumber(3), Timestamp::from_nanos(500_000_000));
        assert_eq!(tracker.flows(), flows);
    }
}

/// Plays a transcript with room for `max_flows`.
fn crowded(transcript: &str, max_flows: usize) -> (Scribe, u64) {
    let settings = Settings {
        silence_floor: Span::from_secs(5),
        observation: crate::flow::ObservationFloor::always(Span::from_secs(5)),
        max_flows,
    };
    let mut tracker = Tracker::new(Scribe::default(), settings, SEED);
    for segment in segments(transcript) {
        let routed = Routed { segment, hash: segment.key.hash(SEED) };
        tracker.ingest_batch(&[routed]);
    }
    let (scribe, counts, _) = tracker.finish(Timestamp::from_nanos(1_000_000_000_000));
    (scribe, counts.evicted)
}

#[test]
fn without_room_nothing_that_was_held_is_lost() {
    let mut transcript = String::new();
    for realm in 1..40 {
        let at = f64::from(realm);
        let (mine, yours) = (realm * 40_000_000, realm * 50_000_000);
        transcript += &format!("{at} > PA seq={mine} ack={yours} len=10 in={realm}\n");
        transcript += &format!("{} < PA seq={yours} ack={} len=10 in={}\n", at + 0.1, mine + 10, realm + 100);
    }
    for max_flows in [1, 2, 3, 1000] {
        let (scribe, evicted) = crowded(&transcript, max_flows);
        let segments: u64 = scribe.flows.iter().flat_map(|flow| flow.segments).sum();
        assert_eq!(segments, 78, "{max_flows}");
        assert_eq!(evicted > 0, max_flows < 1000);
    }
}

#[test]
fn more_networks_than_are_kept_between_two_ends_cost_no_flow() {
    // 200 one-way flows between the same ends, and an answer to the last that is kept and to one that is not.
    let mut transcript: String = (1..=200)
        .map(|realm| format!("{} > S seq={} in={realm}\n", f64::from(realm) * 0.01, realm * 1000))
        .collect();
    transcript += "3 < SA seq=5 ack=5001 in=900\n 3.1 > A seq=5001 ack=6 in=5\n";
    transcript += "4 < SA seq=7 ack=150001 in=901\n";
    let scribe = play(&transcript);
    assert_eq!(scribe.flows.len(), 201);
    assert_eq!(scribe.flows.iter().find(|flow| flow.realm == 5).unwrap().segments, [2, 1]);
    assert_eq!(scribe.flows.iter().map(|flow| flow.segments[0] + flow.segments[1]).sum::<u64>(), 203);
}
