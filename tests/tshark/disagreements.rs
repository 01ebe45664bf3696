//! Where tshark 4.0.17 is wrong or mute, and why. Each is asserted as it is: a newer tshark that does
//! better fails here, and its case moves to the agreements.

use crate::dissection::{count, is_there, longest_gap, of, ours, streams, totals};

/// It knows a keep-alive by the data before it (`seq = nextseq - 1`), which this capture does not have.
#[test]
fn flows_joined_midway_have_no_keep_alives_for_tshark() {
    if !is_there() {
        return;
    }
    let rows = of("midstream-keepalive.pcap");
    assert_eq!(count(&rows, |row| row.keep_alive), 0);
    assert!(count(&rows, |row| row.duplicate_ack) > 0, "it calls them duplicate ACKs");
    assert_eq!(totals(&ours("midstream-keepalive.pcap").flows).0, 26);
}

/// Linux probes a closed window with an empty segment below the next number: the shape of a keep-alive.
/// tshark's zero-window probe wants one byte.
#[test]
fn zero_window_probes_are_keep_alives_for_tshark() {
    if !is_there() {
        return;
    }
    let rows = of("zero-window.pcap");
    let (probes, _, zero_window_probes) = totals(&ours("zero-window.pcap").flows);
    assert_eq!((probes, zero_window_probes), (2, 10));
    assert_eq!(count(&rows, |row| row.zero_window_probe), 0);
    assert_eq!(count(&rows, |row| row.keep_alive) as u64, probes + zero_window_probes);
}

/// A byte at `nextseq - 1` is a keep-alive for tshark, also when it is one that was sent before and never
/// acknowledged.
#[test]
fn a_retransmitted_byte_is_a_keep_alive_for_tshark() {
    if !is_there() {
        return;
    }
    let rows = of("one-byte-dead-path.pcap");
    assert!(count(&rows, |row| row.keep_alive) > 0);
    assert_eq!(count(&rows, |row| row.retransmission), 0);
    assert_eq!(totals(&ours("one-byte-dead-path.pcap").flows).0, 0);
}

/// Spacing is nothing to it: a byte at `nextseq - 1` is a keep-alive, whether it comes at 3, 3, 3 s or at 1, 2, 4 s.
#[test]
fn a_byte_of_one_side_is_a_keep_alive_for_tshark_at_any_spacing() {
    if !is_there() {
        return;
    }
    for (file, keep_alives, probes) in
        [("probes-with-a-byte-of-one-side.pcap", 9, 9), ("byte-sent-again-of-one-side.pcap", 6, 0)]
    {
        let file = format!("../stories/{file}");
        assert_eq!(count(&of(&file), |row| row.keep_alive), keep_alives, "{file}");
        assert_eq!(totals(&ours(&file).flows).0, probes, "{file}");
    }
}

/// It looks at no IP identification: a frame that a device sends again is a keep-alive as the first was.
#[test]
fn a_probe_sent_again_by_a_device_is_a_keep_alive_for_tshark() {
    if !is_there() {
        return;
    }
    let file = "../stories/probe-sent-again-by-a-device.pcap";
    assert_eq!(count(&of(file), |row| row.keep_alive), 9);
    assert_eq!(totals(&ours(file).flows), (1, 1, 0));
}

/// Without data before it, the first probes of a flow are none for it.
#[test]
fn the_first_probe_of_a_flow_joined_midway_is_none_for_tshark() {
    if !is_there() {
        return;
    }
    let file = "../stories/probes-of-both-joined-midway.pcap";
    assert_eq!(count(&of(file), |row| row.keep_alive), 5);
    assert_eq!(totals(&ours(file).flows), (6, 6, 0));
}

/// Of one side's empty segments it says duplicate ACK, whether they are replies or may be probes.
#[test]
fn probes_or_replies_of_one_side_are_duplicate_acks_for_tshark() {
    if !is_there() {
        return;
    }
    for (file, undecided) in
        [("replies-of-one-side.pcap", 0), ("probes-or-replies.pcap", 6), ("frame-sent-again.pcap", 9)]
    {
        let file = format!("../stories/{file}");
        let rows = of(&file);
        assert_eq!(count(&rows, |row| row.keep_alive), 0, "{file}");
        assert!(count(&rows, |row| row.duplicate_ack) >= 5, "{file}");
        let report = ours(&file);
        assert_eq!((totals(&report.flows).0, report.totals.probe_or_reply), (0, undecided), "{file}");
    }
}

/// It takes the copies of `any` for segments sent again, and for probes sent again.
#[test]
fn copies_are_counted_twice_by_tshark() {
    if !is_there() {
        return;
    }
    for file in ["any-interface.pcap", "two-interfaces.pcapng"] {
        let rows = of(file);
        let report = ours(file);
        let probes = totals(&report.flows).0 as usize;
        assert_eq!((probes, report.capture.duplicates), (3, 34), "{file}");
        assert!(count(&rows, |row| row.keep_alive) >= 2 * probes, "{file}");
        assert!(count(&rows, |row| row.retransmission) > 0, "{file}");
    }
}

/// Frames of a file with two interfaces step back in time, and so do tshark's gaps.
#[test]
fn gaps_across_interfaces_are_negative_for_tshark() {
    if !is_there() {
        return;
    }
    let streams = streams(&of("two-interfaces.pcapng"));
    let steps_back = |times: &Vec<i128>| times.windows(2).any(|pair| pair[1] < pair[0]);
    assert!(streams.values().any(steps_back));
    assert_eq!(ours("two-interfaces.pcapng").capture.clock_steps_back, 0);
}

/// With the options cut off, tshark does no analysis of sequence numbers at all, although they are there.
#[test]
fn a_snap_length_of_54_ends_tshark_s_analysis() {
    if !is_there() {
        return;
    }
    let rows = of("snaplen54.pcap");
    assert_eq!(count(&rows, |row| row.keep_alive || row.keep_alive_ack || row.retransmission), 0);
    let report = ours("snaplen54.pcap");
    assert!(totals(&report.flows).0 > 0);
    // Times need no options: the gaps are the same.
    let streams = streams(&rows);
    for flow in &report.flows {
        let difference = longest_gap(&streams[&flow.id]) - i128::from(flow.longest_gap_s.0.as_nanos());
        assert!(difference.abs() < 1500, "flow {}", flow.id);
    }
}

/// A TCP header quoted in an ICMP error is listed inside the flow's stream.
#[test]
fn quoted_headers_are_frames_of_the_stream_for_tshark() {
    if !is_there() {
        return;
    }
    let rows = of("host-unreachable.pcap");
    let quoted = count(&rows, |row| row.quoted);
    let capture = ours("host-unreachable.pcap").capture;
    assert_eq!((quoted as u64, rows.len() as u64), (16, capture.tcp_segments + capture.icmp_quotes));
    assert_eq!(capture.icmp_quotes, 16);
}

/// Where only the answering side was captured, its answers are duplicate ACKs for tshark. Neither of us
/// sees a probe.
#[test]
fn answers_alone_are_duplicate_acks_for_tshark() {
    if !is_there() {
        return;
    }
    let rows = of("one-way-answerer.pcap");
    assert_eq!(count(&rows, |row| row.keep_alive), 0);
    assert!(count(&rows, |row| row.duplicate_ack) > 0);
    assert_eq!(totals(&ours("one-way-answerer.pcap").flows).0, 0);
}

/// The answer to a stale socket's challenge is shown inside the new life.
#[test]
fn a_reused_port_has_the_old_life_s_last_words_inside_the_new_one_for_tshark() {
    if !is_there() {
        return;
    }
    let rows = of("reuse.pcap");
    let report = ours("reuse.pcap");
    assert_eq!(streams(&rows).len() as u64, report.totals.flows);
    let lengths: Vec<usize> = streams(&rows).values().map(Vec::len).collect();
    let ours: Vec<u64> =
        report.flows.iter().map(|flow| flow.segments.initiator + flow.segments.responder).collect();
    assert_eq!(ours, [12, 15, 14]);
    assert_eq!(lengths, [10, 17, 14], "challenge ACK and RST of the first life");
    assert!(count(&rows, |row| row.unseen) > 0, "it says that the new life acknowledges unseen segments");
}
