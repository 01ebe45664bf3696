//! Payload lengths come from headers, whatever was captured.

use super::build::*;
use super::{frame, segment, skipped};
use crate::decode::{Decoded, Decoder, SkipReason};
use crate::frame::Frame;
use crate::segment::{Segment, SegmentTraits, SeqNumber};
use etherparse::PacketBuilder;

#[track_caller]
fn segment_of(frame: &Frame<'_>) -> Segment {
    match Decoder::new().decode(frame) {
        Decoded::Segment(segment) => segment,
        other => panic!("no segment: {other:?}"),
    }
}

#[test]
fn ethernet_padding_is_no_payload() {
    let ip = PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], TTL);
    let mut bytes = Vec::new();
    ip.tcp(1, 2, SEQ, WINDOW).ack(ACK).write(&mut bytes, &[]).unwrap();
    let mut bytes = ethernet(0x0800, &bytes);
    assert_eq!(bytes.len(), 54);
    bytes.resize(60, 0);
    assert_eq!(segment(1, &bytes).payload_len, 0);
}

#[test]
fn padding_inside_a_tunnel_is_no_payload() {
    let mut inner = ethernet(0x0800, &tcp4(Way::There));
    inner.extend([0; 9]);
    let bytes = ethernet(0x0800, &vxlan(Way::There, 1, &inner));
    assert_eq!(segment(1, &bytes).payload_len, PAYLOAD.len() as u32);
}

#[test]
fn a_cut_payload_keeps_its_length() {
    let payload = [7; 1200];
    let packet = tcp(PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], TTL), Way::There, &payload);
    let bytes = ethernet(0x0800, &packet);
    let cut = Frame { captured: &bytes[..96], ..frame(1, &bytes) };
    let segment = segment_of(&cut);
    assert_eq!((segment.payload_len, segment.ts_val), (1200, TS.0));
}

#[test]
fn fifty_four_bytes_are_enough_but_leave_the_options_unknown() {
    let bytes = ethernet(0x0800, &tcp4(Way::There));
    let cut = Frame { captured: &bytes[..54], ..frame(1, &bytes) };
    let segment = segment_of(&cut);
    assert_eq!((segment.payload_len, segment.seq), (PAYLOAD.len() as u32, SeqNumber(SEQ)));
    assert_eq!((segment.traits, segment.ts_val), (SegmentTraits::default(), 0));
}

#[test]
fn offloaded_segments_of_total_length_zero_have_the_length_on_the_wire() {
    let mut packet = tcp4(Way::There);
    packet[2..4].fill(0);
    for tagged in [false, true] {
        let bytes = match tagged {
            false => ethernet(0x0800, &packet),
            true => ethernet(0x8100, &tag(5, 0x0800, &packet)),
        };
        let headers = (bytes.len() - PAYLOAD.len()) as u32;
        let cut =
            Frame { captured: &bytes[..bytes.len() - 2], original_len: headers + 70_000, ..frame(1, &bytes) };
        assert_eq!(segment_of(&cut).payload_len, 70_000, "tagged: {tagged}");
    }
}

#[test]
fn big_tcp_over_ipv6_has_the_length_on_the_wire_or_of_the_jumbo_option() {
    let mut packet = tcp6(Way::There);
    packet[4..6].fill(0);
    let bytes = ethernet(0x86dd, &packet);
    let headers = (bytes.len() - PAYLOAD.len()) as u32;
    let long = Frame { original_len: headers + 150_000, ..frame(1, &bytes) };
    assert_eq!(segment_of(&long).payload_len, 150_000);

    let length = (8 + 32 + 100_000_u32).to_be_bytes();
    packet.splice(40..40, [&[6, 0, 0xc2, 4][..], &length].concat());
    packet[6] = 0;
    let bytes = ethernet(0x86dd, &packet);
    assert_eq!(segment_of(&frame(1, &bytes)).payload_len, 100_000);
}

#[test]
fn a_file_that_claims_less_than_it_holds_does_not_shorten_offloaded_segments() {
    let mut packet = tcp4(Way::There);
    packet[2..4].fill(0);
    let dishonest = Frame { original_len: 10, ..frame(101, &packet) };
    assert_eq!(segment_of(&dishonest).payload_len, PAYLOAD.len() as u32);
}

#[test]
fn the_first_fragment_carries_the_flow_with_its_own_length() {
    let mut packet = tcp4(Way::There);
    packet[6] = 0x20;
    let segment4 = segment(101, &packet);
    assert!(segment4.traits.contains(SegmentTraits::FRAGMENT.with(SegmentTraits::TIMESTAMPS)));
    assert_eq!(segment4.payload_len, PAYLOAD.len() as u32);

    let segment6 = segment(101, &fragment6(0, true));
    assert!(segment6.traits.contains(SegmentTraits::FRAGMENT.with(SegmentTraits::IPV6)));
    assert_eq!(segment6.payload_len, PAYLOAD.len() as u32);
}

#[test]
fn of_a_first_fragment_that_ends_inside_the_tcp_header_counts_what_is_there() {
    let whole4 = tcp4(Way::There);
    for kept in [16, 17, 20, 24, 31] {
        let mut packet = whole4[..20 + kept].to_vec();
        packet[3] = 20 + kept as u8;
        packet[6] = 0x20;
        let segment4 = segment(101, &packet);
        let whole = segment(101, &whole4);
        assert_eq!((segment4.key, segment4.sender), (whole.key, whole.sender));
        assert_eq!((segment4.seq, segment4.ack, segment4.flags), (whole.seq, whole.ack, whole.flags));
        assert_eq!((segment4.window, segment4.payload_len), (WINDOW, 0));
        assert_eq!(segment4.traits, SegmentTraits::FRAGMENT);

        let mut packet = fragment6(0, true);
        packet.truncate(48 + kept);
        packet[5] = 8 + kept as u8;
        assert_eq!((segment(101, &packet).flags, segment(101, &packet).payload_len), (whole.flags, 0));
    }
    // Without flags nobody knows what it is.
    let mut packet = whole4[..28].to_vec();
    packet[3] = 28;
    packet[6] = 0x20;
    assert_eq!(skipped(101, &packet), SkipReason::TruncatedHeaders);
    // What is whole and still ends there is broken.
    let mut packet = whole4[..44].to_vec();
    packet[3] = 44;
    assert_eq!(skipped(101, &packet), SkipReason::BadTcpHeader);
}

#[test]
fn an_atomic_ipv6_fragment_is_a_whole_datagram() {
    assert!(!segment(101, &fragment6(0, false)).traits.contains(SegmentTraits::FRAGMENT));
}

/// [`tcp6`] with a fragment header.
pub fn fragment6(offset: u16, more: bool) -> Vec<u8> {
    let mut packet = tcp6(Way::There);
    let [o0, o1] = (offset << 3 | u16::from(more)).to_be_bytes();
    packet.splice(40..40, [6, 0, o0, o1, 0, 0, 0, 1]);
    packet[6] = 44;
    packet[5] += 8;
    packet
}
