//! Timelines of connections whose packets were captured twice, with a VLAN tag and without.

use super::ClosedBy;
use super::join_tests::flows;
use super::timeline::play;

/// Each segment of a transcript in realm 0, and `after` seconds later its copy in realm 10; or the other way round.
fn twice(transcript: &str, after: f64, tagged_first: bool) -> String {
    let mut lines = Vec::new();
    for (id, line) in transcript.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let (at, rest) = line.split_once(' ').unwrap();
        let at: f64 = at.parse().unwrap();
        let (first, second) = if tagged_first { (10, 0) } else { (0, 10) };
        let id = if rest.contains("id=") { String::new() } else { format!("id={}", id + 1) };
        lines.push((at, format!("{at} {rest} {id} in={first}")));
        lines.push((at + after, format!("{} {rest} {id} in={second}", at + after)));
    }
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

#[test]
fn packets_captured_with_their_tag_and_without_are_copies() {
    let transcript = "
        0     > S   seq=100
        0.01  < SA  seq=500 ack=101
        0.02  > A   seq=101 ack=501
        0.03  > PA  seq=101 ack=501 len=20
        0.04  < A   seq=501 ack=121
        60    > A   seq=120 ack=501
        60.01 < A   seq=501 ack=121
        90    > FA  seq=121 ack=501
        90.01 < FA  seq=501 ack=122
        90.02 > A   seq=122 ack=502";
    // Also without IP identifications, as of IPv6, and where a packet overtakes copies.
    for transcript in [transcript.to_owned(), transcript.trim().replace('\n', " id=0\n") + " id=0"] {
        for (after, tagged_first) in [(0.000_01, false), (0.000_01, true), (0.009, false), (0.009, true)] {
            let scribe = play(&twice(&transcript, after, tagged_first));
            assert_eq!(flows(&scribe), [(if tagged_first { 10 } else { 0 }, [6, 4])], "{after}");
            let flow = &scribe.flows[0];
            assert_eq!((flow.copies, flow.probes, flow.closed), (10, [1, 0], ClosedBy::Fin), "{after}");
        }
    }
}

#[test]
fn copies_joined_midway_are_copies_whatever_comes_first() {
    for first in ["> A seq=100 ack=900", "< PA seq=900 ack=100 len=9", "> FA seq=100 ack=900"] {
        let rest = "1 > PA seq=100 ack=909 len=5\n 2 < A seq=909 ack=105";
        let scribe = play(&twice(&format!("0 {first}\n {rest}"), 0.000_1, false));
        assert_eq!((scribe.flows.len(), scribe.flows[0].copies), (1, 3), "{first}");
    }
}

#[test]
fn a_port_used_again_is_another_flow_where_packets_come_with_their_tag_and_without() {
    let mut transcript = String::new();
    for (at, isn) in [(0.0, 100_u32), (20.0, 3_000_000_000), (900.0, 7000)] {
        let at = |after: f64| at + after;
        transcript += &format!("{} > S seq={isn}\n{} < SA seq=9 ack={}\n", at(0.0), at(0.01), isn + 1);
        transcript += &format!("{} > RA seq={} ack=10\n", at(1.0), isn + 1);
    }
    for tagged_first in [false, true] {
        let scribe = play(&twice(&transcript, 0.000_1, tagged_first));
        let realm = if tagged_first { 10 } else { 0 };
        assert_eq!(flows(&scribe), [(realm, [2, 1]); 3]);
        assert!(scribe.flows.iter().all(|flow| flow.copies == 3));
    }
}

#[test]
fn what_comes_later_than_a_copy_would_is_none() {
    let scribe = play("0 > S seq=100 id=1 in=0\n 0.011 > S seq=100 id=1 in=10");
    assert_eq!(flows(&scribe), [(0, [1, 0]), (10, [1, 0])]);
}

#[test]
fn tagged_copies_may_come_behind_the_answer_and_in_either_order() {
    let scribe = play(
        "0       > S   seq=100 id=1
         0.0001  < SA  seq=500 ack=101 id=2
         0.0002  > S   seq=100 id=1 in=10
         0.0003  < SA  seq=500 ack=101 id=2 in=10
         0.0004  > A   seq=101 ack=501 id=3
         0.0005  > A   seq=101 ack=501 id=3 in=10
         1       < PA  seq=501 ack=101 len=9 id=4 in=10
         1.0001  < PA  seq=501 ack=101 len=9 id=4
         2       > A   seq=101 ack=510 id=5
         2.0001  > A   seq=101 ack=510 id=5 in=10",
    );
    assert_eq!(flows(&scribe), [(0, [3, 2])]);
    assert_eq!(scribe.flows[0].copies, 5);
}

#[test]
fn copies_in_a_third_network_are_a_flow_there() {
    let mut transcript = String::new();
    let lines = ["> S seq=100", "< SA seq=500 ack=101", "> A seq=101 ack=501", "> PA seq=101 ack=501 len=5"];
    for (n, line) in lines.iter().enumerate() {
        // Requests pass the networks in one order, answers in the other.
        let realms = if line.starts_with('>') { [0, 10, 20] } else { [20, 10, 0] };
        for (step, realm) in realms.iter().enumerate() {
            transcript += &format!("{n}.00{step} {line} id={} in={realm}\n", n + 1);
        }
    }
    let scribe = play(&transcript);
    assert_eq!(flows(&scribe), [(0, [3, 1]), (20, [3, 1])]);
    assert_eq!((scribe.flows[0].copies, scribe.flows[1].copies), (4, 0));
}
