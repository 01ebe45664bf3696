//! Old versions of pcap, rarer link types and what lies before the packets: tshark finds the same segments at the same
//! times. Every wrapping by itself is held against it in `src/decode/tests/tshark.rs`.

use crate::dissection::{is_there, longest_gap, of_story, ours_of_story, streams};
use idlescope::report::BasisWord;

#[test]
fn segments_flows_and_longest_gaps_agree() {
    if !is_there() {
        return;
    }
    for file in [
        "pcap-version-2-2.pcap",
        "pcap-version-2-3.pcap",
        "netfilter-log.pcap",
        "cisco-metadata.pcap",
        "l2tp.pcap",
        "joined-recordings.pcap",
    ] {
        let (rows, report) = (of_story(file), ours_of_story(file));
        assert_eq!(rows.len() as u64, report.capture.tcp_segments, "{file}");
        let streams = streams(&rows);
        assert_eq!(streams.len() as u64, report.totals.flows, "{file}");
        for flow in &report.flows {
            // Across the joint of two recordings only the listed gap has a length.
            let between_packets = flow.gaps.iter().filter(|gap| gap.basis == BasisWord::Any);
            let mine = between_packets.map(|gap| i128::from(gap.length_s.0.as_nanos())).max().unwrap();
            let theirs = longest_gap(&streams[&flow.id]);
            assert!((theirs - mine).abs() < 1500, "{file}: flow {}: {theirs} and {mine} ns", flow.id);
        }
    }
}

/// tshark computes nanoseconds in 32 bits: 8,915,240 microseconds come to 325 ms, and the SYN after its answer.
#[test]
fn a_fraction_beyond_its_unit_wraps_for_tshark() {
    if !is_there() {
        return;
    }
    let rows = of_story("bad-fraction.pcap");
    assert_eq!(rows[0].at % 1_000_000_000, 8_915_240_000 % (1 << 32));
    assert!(rows[0].at > rows[1].at);
    // One that is a second too much is carried by both of us.
    assert_eq!(rows[4].at % 1_000_000_000, 100_000);
    let report = ours_of_story("bad-fraction.pcap");
    assert_eq!((report.capture.reordered, report.totals.flows), (0, 1));
    assert_eq!(streams(&rows).len(), 1);
}
