//! Captures that are complete, not doubled, and seen both ways: tshark and we must say the same.

use crate::dissection::{count, is_there, longest_gap, of, ours, probe_frames, streams, totals};
use idlescope::report::Flow;
use std::collections::BTreeSet;

/// Captures where tshark is right on probes.
const CLEAN: [&str; 14] = [
    "keepalive-answered.pcap",
    "keepalive-answered-vlan.pcap",
    "keepalive-answered-qinq.pcap",
    "keepalive-answered-big-endian.pcap",
    "keepalive-both-ends.pcap",
    "keepalive-dead-peer.pcap",
    "garbage-byte.pcap",
    "ipv6.pcap",
    "half-closed-client.pcap",
    "half-closed-server.pcap",
    "haproxy-client.pcap",
    "nginx-client.pcap",
    "silent-drop-client.pcap",
    "reset-on-next-client.pcap",
];

#[test]
fn streams_are_flows() {
    if !is_there() {
        return;
    }
    for file in CLEAN.into_iter().chain(["busy-lossy.pcap", "zero-window.pcap", "midstream-keepalive.pcap"]) {
        assert_eq!(streams(&of(file)).len() as u64, ours(file).totals.flows, "{file}");
    }
}

#[test]
fn longest_gaps_agree_to_the_microsecond() {
    if !is_there() {
        return;
    }
    for file in CLEAN.into_iter().chain(["zero-window.pcap", "midstream-keepalive.pcap"]) {
        let streams = streams(&of(file));
        for flow in ours(file).flows {
            let theirs = longest_gap(&streams[&flow.id]);
            let mine = i128::from(flow.longest_gap_s.0.as_nanos());
            assert!((theirs - mine).abs() < 1500, "{file}: flow {}: {theirs} and {mine} ns", flow.id);
        }
    }
}

#[test]
fn keep_alives_are_probes_frame_by_frame() {
    if !is_there() {
        return;
    }
    for file in CLEAN {
        let rows = of(file);
        let theirs: BTreeSet<u64> = rows.iter().filter(|row| row.keep_alive).map(|row| row.frame).collect();
        let ours = ours(file);
        assert_eq!(probe_frames(&ours.flows), theirs, "{file}");
        let (_, replies, _) = totals(&ours.flows);
        assert_eq!(replies, count(&rows, |row| row.keep_alive_ack) as u64, "{file}");
    }
}

/// tshark goes by addresses and ports alone, so it also joins what overlapping networks keep apart.
#[test]
fn directions_in_networks_of_their_own_are_one_stream_and_one_flow() {
    if !is_there() {
        return;
    }
    let file = "../stories/split-directions.pcap";
    let rows = of(file);
    let (streams, ours) = (streams(&rows), ours(file));
    assert_eq!((streams.len(), ours.totals.flows), (9, 10));
    let (joined, apart): (Vec<&Flow>, Vec<&Flow>) = ours.flows.iter().partition(|flow| flow.id < 8);
    let segments = |flow: &Flow| flow.segments.initiator + flow.segments.responder;
    for flow in &joined {
        let theirs = &streams[&flow.id];
        assert_eq!(segments(flow), theirs.len() as u64, "flow {}", flow.id);
        let mine = i128::from(flow.longest_gap_s.0.as_nanos());
        assert!((longest_gap(theirs) - mine).abs() < 1500, "flow {}", flow.id);
    }
    assert_eq!(apart.into_iter().map(segments).sum::<u64>(), streams[&8].len() as u64);
    let theirs: BTreeSet<u64> = rows.iter().filter(|row| row.keep_alive).map(|row| row.frame).collect();
    assert!(theirs.is_subset(&probe_frames(&ours.flows)), "{theirs:?}");
}
