//! Which life a segment belongs to, on timelines.

use super::timeline::{SEED, Scribe, Told, play, play_until, segments};
use super::{BoxProof, ClosedBy, Phase, ResetOrigin, Settings, StrayKind, Tracker};
use crate::frame::FrameNumber;
use crate::segment::{Segment, SeqNumber};
use crate::time::Span;

const OPEN: &str = "
    0     > S   seq=100
    0.01  < SA  seq=500 ack=101
    0.02  > A   seq=101 ack=501
    0.03  > PA  seq=101 ack=501 len=20
    0.04  < A   seq=501 ack=121
";

fn only(scribe: &Scribe) -> &Told {
    let first: Vec<u64> = scribe.flows.iter().map(|flow| flow.first_frame).collect();
    assert_eq!(first.len(), 1, "{first:?}");
    &scribe.flows[0]
}

#[test]
fn a_syn_ack_with_another_number_inside_a_living_flow_starts_none() {
    let scribe = play(&format!(
        "{OPEN}0.7 < SA seq=9000 ack=101 ttl=50
         0.71   > A  seq=121 ack=501
         0.8    < PA seq=501 ack=121 len=500
         0.81   > A  seq=121 ack=1001
         400    > PA seq=121 ack=1001 len=10
         400.01 < A  seq=1001 ack=131"
    ));
    let flow = only(&scribe);
    assert_eq!((flow.segments, &flow.strays[..]), ([6, 5], &[(6, StrayKind::OtherSynAck)][..]));
    assert_eq!(scribe.silences[0], "any 6m 39s data 9-10", "no segments are missing: {:?}", scribe.silences);
    assert_eq!(flow.ttl[1], Some(64), "another server is as far away as it is");
}

#[test]
fn a_late_answer_to_the_syn_starts_no_flow_whatever_was_sent_since() {
    let mut transcript = OPEN.to_owned();
    for i in 0..20 {
        let (at, seq) = (1.0 + f64::from(i) * 0.1, 121 + i * 60_000);
        transcript += &format!(
            "{at} > PA seq={seq} ack=501 len=60000\n {} < A seq=501 ack={}\n",
            at + 0.01,
            seq + 60_000
        );
    }
    let scribe = play(&format!("{transcript}9 < SA seq=77000 ack=101"));
    assert_eq!(only(&scribe).strays.len(), 1);
}

#[test]
fn a_syn_ack_for_a_syn_that_was_not_captured_starts_a_flow() {
    let scribe = play(&format!("{OPEN}30 < SA seq=7000 ack=3000090001\n 30.01 > A seq=3000090001 ack=7001"));
    assert_eq!((scribe.flows.len(), scribe.flows[1].segments), (2, [1, 1]));
}

#[test]
fn the_initiator_chooses_among_syn_acks_by_what_it_acknowledges() {
    // SYN cookies, or a second server: each repeated SYN is answered with a number of its own.
    for (chosen, other) in [(500, 9000), (9000, 500)] {
        let scribe = play(&format!(
            "0    > S  seq=100
             0.01 < SA seq=500 ack=101
             1    > S  seq=100
             1.01 < SA seq=9000 ack=101
             1.02 > A  seq=101 ack={}
             1.03 > PA seq=101 ack={} len=20
             9    < PA seq={} ack=121 len=50
             9.01 > A  seq=121 ack={}",
            chosen + 1,
            chosen + 1,
            chosen + 1,
            chosen + 51
        ));
        let flow = only(&scribe);
        assert_eq!(flow.phase, Phase::Established);
        assert_eq!(scribe.silences[0], "any 7.9s data 6-7", "not {other}: {:?}", scribe.silences);
    }
}

#[test]
fn a_syn_ack_after_the_client_gave_up_belongs_to_its_syn() {
    let scribe = play("0 > S seq=100\n 0.2 > R seq=101\n 0.3 < SA seq=500 ack=101\n 0.31 > R seq=101");
    assert_eq!((only(&scribe).closed, only(&scribe).segments), (ClosedBy::Rst, [3, 1]));
}

#[test]
fn a_refused_syn_that_is_answered_all_the_same_opens_its_flow() {
    // Windows sends the same SYN again after a RST.
    let scribe = play(
        "0    > S  seq=100
         0.01 < RA seq=0 ack=101
         0.5  > S  seq=100
         0.51 < SA seq=500 ack=101
         0.52 > A  seq=101 ack=501
         0.53 > PA seq=101 ack=501 len=20
         9    < PA seq=501 ack=121 len=20
         9.01 > A  seq=121 ack=521",
    );
    assert_eq!((only(&scribe).closed, only(&scribe).phase), (ClosedBy::Nothing, Phase::Established));
    assert_eq!(only(&scribe).longest, Span::from_millis(8470));
}

#[test]
fn what_an_older_peer_says_after_a_refusal_leaves_the_syn_as_it_was() {
    let scribe = play(
        "0     > S  seq=100
         0.01  < RA seq=0 ack=101
         0.02  < A  seq=77 ack=900000
         0.021 > R  seq=900000
         1     > S  seq=100
         1.01  < SA seq=500 ack=101
         1.02  > A  seq=101 ack=501",
    );
    assert_eq!((only(&scribe).phase, only(&scribe).strays.len()), (Phase::Established, 1));
}

#[test]
fn a_box_that_refuses_first_and_a_server_that_answers_then_are_one_flow() {
    let scribe =
        play("0 > S seq=100\n 0.01 < RA seq=0 ack=101\n 0.05 < SA seq=500 ack=101\n 0.051 > R seq=101");
    assert_eq!(only(&scribe).closed, ClosedBy::Rst);
}

#[test]
fn a_rst_that_does_not_acknowledge_the_syn_is_dropped_by_its_client() {
    for rst in ["RA seq=501 ack=100", "RA seq=0 ack=102", "RA seq=0 ack=0", "R seq=0", "R seq=501"] {
        let scribe = play(&format!(
            "0     > S  seq=100 id=1555 ttl=62
             0.005 < {rst} id=1555 ttl=46
             0.01  < SA seq=500 ack=101 ttl=49
             0.02  > A  seq=101 ack=501 ttl=62
             0.03  > PA seq=101 ack=501 len=20 ttl=62
             0.04  < A  seq=501 ack=121 ttl=49
             9     > FA seq=121 ack=501
             9.01  < FA seq=501 ack=122
             9.02  > A  seq=122 ack=502"
        ));
        let flow = only(&scribe);
        assert_eq!(flow.closed, ClosedBy::Fin, "{rst}");
        let dropped = flow.dropped.unwrap();
        assert_eq!((dropped.usual_ttl, dropped.rtt), (Some(49), Some(Span::from_millis(10))));
        let proof = BoxProof::RefusesNoSyn { ttl: 46, usual: Some(49), copied_ip_id: true };
        assert_eq!(dropped.origin(), ResetOrigin::Box(proof), "{rst}");
    }
}

#[test]
fn a_host_s_own_rst_for_an_older_connection_convicts_nobody() {
    let scribe = play("0 > S seq=100 id=9\n 0.005 < R seq=7000 id=70\n 0.01 < SA seq=500 ack=101 id=71");
    let dropped = only(&scribe).dropped.unwrap();
    assert!(matches!(dropped.origin(), ResetOrigin::Unknown(_)), "{dropped:?}");
}

#[test]
fn a_refusal_of_a_syn_ends_its_flow() {
    for (syn, rst) in [
        ("S seq=100", "RA seq=0 ack=101"),
        // Data on the SYN (RFC 7413): acknowledged with it, or the SYN alone.
        ("S seq=100 len=30", "RA seq=0 ack=131"),
        ("S seq=100 len=30", "RA seq=0 ack=101"),
    ] {
        let scribe = play(&format!("0 > {syn}\n 0.01 < {rst}"));
        assert_eq!(only(&scribe).closed, ClosedBy::Rst, "{syn} {rst}");
        assert!(only(&scribe).dropped.is_none());
    }
}

#[test]
fn data_on_a_syn_may_be_acknowledged_or_not() {
    for ack in [101, 131] {
        let scribe = play(&format!(
            "0    > S  seq=100 len=30
             0.01 < SA seq=500 ack={ack}
             0.02 > PA seq={ack} ack=501 len=9
             0.03 < A  seq=501 ack={}",
            ack + 9
        ));
        assert!(only(&scribe).strays.is_empty(), "{ack}");
        assert_eq!(only(&scribe).phase, Phase::Established);
    }
}

#[test]
fn both_ends_may_open_at_once() {
    let scribe = play(
        "0     > S  seq=100
         0.001 < S  seq=500
         0.011 < SA seq=500 ack=101
         0.012 > SA seq=100 ack=501
         0.02  > A  seq=101 ack=501
         0.03  < A  seq=501 ack=101",
    );
    assert_eq!((only(&scribe).phase, only(&scribe).strays.len()), (Phase::Established, 0));
}

#[test]
fn the_rst_that_answers_a_stray_syn_ack_does_not_end_the_flow() {
    for (stray, rst) in [("seq=9000 ack=101", 101), ("seq=9000 ack=90", 90)] {
        let scribe = play(&format!(
            "0     > S  seq=100
             0.01  < SA seq=500 ack=101
             0.02  > A  seq=101 ack=501
             0.5   < SA {stray}
             0.501 > R  seq={rst}
             0.6   < PA seq=501 ack=101 len=20
             0.61  > A  seq=101 ack=521"
        ));
        assert_eq!(only(&scribe).closed, ClosedBy::Nothing, "{stray}");
    }
    // With nothing after it the flow may well have ended.
    let ended = play(&format!("{OPEN}0.5 < SA seq=9000 ack=121\n 0.501 > R seq=121"));
    assert_eq!(only(&ended).closed, ClosedBy::Rst);
}

#[test]
fn an_older_peer_s_syn_ack_and_the_rst_that_it_gets_do_not_end_the_attempt() {
    let scribe = play(
        "0     > S  seq=100
         0.01  < SA seq=9000 ack=7001
         0.011 > R  seq=7001
         1     > S  seq=100
         1.01  < SA seq=500 ack=101
         1.02  > A  seq=101 ack=501",
    );
    let flow = only(&scribe);
    assert_eq!((flow.closed, flow.phase), (ClosedBy::Nothing, Phase::Established));
    assert_eq!(flow.strays, [(2, StrayKind::OlderConnection)]);
}

#[test]
fn challenge_acks_of_a_connection_that_was_not_captured_neither_open_nor_end_the_attempt() {
    // The older one refuses just those whose numbers begin below its own.
    for old in [121, 990_000] {
        let mut transcript = String::new();
        for at in [0, 1, 3, 7, 15] {
            let challenge = format!("{at}.003 < A seq=501 ack={old}\n {at}.00305 > R seq={old}\n");
            transcript += &format!("{at} > S seq=90000\n {challenge}");
        }
        let scribe = play(&transcript);
        let flow = only(&scribe);
        assert_eq!((flow.closed, flow.phase, flow.probes), (ClosedBy::Nothing, Phase::SynSent, [0, 0]));
        assert!(flow.strays.iter().all(|(_, kind)| *kind == StrayKind::OlderConnection));
        assert_eq!((flow.strays.len(), flow.segments), (5, [10, 5]));
        let opened = play(&format!(
            "{transcript}31 > S seq=90000\n 31.01 < SA seq=7000 ack=90001\n 31.02 > A seq=90001 ack=7001"
        ));
        assert_eq!(only(&opened).phase, Phase::Established);
    }
}

#[test]
fn what_an_older_life_s_peer_still_sends_belongs_to_that_life() {
    let scribe = play(&format!(
        "{OPEN}20   > S  seq=90000
         20.1   < PA seq=501 ack=121 len=40
         20.11  > R  seq=121
         21     > S  seq=90000
         21.01  < SA seq=7000 ack=90001
         21.02  > A  seq=90001 ack=7001"
    ));
    assert_eq!(scribe.flows.len(), 2);
    assert_eq!((scribe.flows[0].closed, scribe.flows[0].segments), (ClosedBy::Rst, [4, 3]));
    assert_eq!((scribe.flows[1].closed, scribe.flows[1].segments), (ClosedBy::Nothing, [3, 1]));
}

#[test]
fn an_answer_to_the_syn_before_belongs_to_that_one() {
    let scribe = play(
        "0    > S  seq=100
         1    > S  seq=90000
         1.01 < RA seq=0 ack=101
         1.02 < SA seq=7000 ack=90001
         1.03 > A  seq=90001 ack=7001",
    );
    assert_eq!(scribe.flows.len(), 2);
    assert_eq!((scribe.flows[0].closed, scribe.flows[0].segments), (ClosedBy::Rst, [1, 1]));
    assert_eq!((scribe.flows[1].phase, scribe.flows[1].segments), (Phase::Established, [2, 1]));
}

#[test]
fn of_many_attempts_on_one_key_each_is_told_once_and_ends_with_the_next() {
    let mut transcript = String::new();
    for attempt in 0..300_u32 {
        transcript += &format!("{} > S seq={}\n", attempt * 10, attempt * 1_000_000);
    }
    let scribe = play_until(&transcript, Some(3050.0));
    assert_eq!(scribe.flows.len(), 300);
    for (number, flow) in scribe.flows.iter().enumerate() {
        let lasted = if number == 299 { "60s" } else { "10s" };
        assert_eq!((flow.segments, flow.closed), ([1, 0], ClosedBy::Nothing));
        assert_eq!(flow.open[0], format!("any {lasted} open {}", number + 1));
    }
}

#[test]
fn however_many_syns_follow_each_other_on_one_key_two_lives_are_held() {
    let settings = Settings {
        silence_floor: Span::from_secs(5),
        observation: crate::flow::ObservationFloor::always(Span::from_secs(5)),
        max_flows: 1000,
    };
    let mut tracker = Tracker::new(Scribe::default(), settings, SEED);
    let syn = segments("0 > S seq=0")[0];
    let hash = syn.key.hash(SEED);
    for attempt in 0..100_000_u32 {
        let seq = SeqNumber(attempt.wrapping_mul(1_000_000));
        let at = syn.at + Span::from_millis(u64::from(attempt));
        tracker.ingest(&Segment { seq, at, frame: FrameNumber(u64::from(attempt) + 1), ..syn }, hash);
        let told = tracker.watcher_mut().flows.len() as u32;
        assert_eq!((tracker.flows(), told), (1, attempt.saturating_sub(1)));
    }
    let (scribe, counts, _) = tracker.finish(syn.at);
    assert_eq!((scribe.flows.len(), counts.starts.iter().count()), (100_000, 100_000));
}

#[test]
fn before_the_last_step_of_a_handshake_a_rst_must_fit_the_syn_ack() {
    let opened = |rst: &str| {
        let scribe = play(&format!(
            "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.011 < {rst}
             0.02 > A seq=101 ack=501\n 0.03 > PA seq=101 ack=501 len=20\n 0.04 < A seq=501 ack=121"
        ));
        only(&scribe).closed
    };
    assert_eq!(opened("RA seq=0 ack=101"), ClosedBy::Nothing);
    assert_eq!(opened("R seq=501"), ClosedBy::Rst);
}
