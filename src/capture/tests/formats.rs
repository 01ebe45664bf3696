//! Every variant of every format gives the same frames.

use super::samples::{
    Order, Pcap, Pcapng, frame_bytes, packed_gzip, packed_lz4, packed_zstd, read_all, rich_pcapng,
};
use crate::capture::{Compression, Extent, Format};
use crate::frame::LinkType;
use crate::time::Timestamp;

const SECOND: u64 = 1_000_000_000;

#[test]
fn every_pcap_variant_gives_the_same_frames() {
    for (magic, fraction, format) in [
        (0xa1b2_c3d4, 5_000, Format::Pcap),
        (0xa1b2_3c4d, 5, Format::PcapNanos),
        (0xa1b2_cd34, 5_000, Format::PcapModified),
    ] {
        for order in [Order::Little, Order::Big] {
            let file = Pcap::new(magic, order).frames(1_700_000_000, 9);
            let (frames, summary) = read_all(&file.bytes).unwrap();
            assert_eq!(summary.format, Some(format), "{order:?}");
            assert!(summary.is_complete() && summary.damage.is_none());
            assert_eq!((frames.len(), summary.frames), (9, 9));
            for (n, frame) in frames.iter().enumerate() {
                let captured = frame_bytes(n as u8);
                assert_eq!(frame.number, n as u64 + 1);
                assert_eq!(frame.nanos, (1_700_000_000 + n as i64) * SECOND as i64 + fraction);
                assert_eq!(frame.original_len as usize, captured.len() + 1_000);
                assert_eq!(frame.captured, captured, "{format} {order:?}");
            }
        }
    }
}

#[test]
fn upper_bits_of_the_link_field_are_not_part_of_the_link_type() {
    let (_, summary) = read_all(&Pcap::micros().link(0x2400_0071).bytes).unwrap();
    assert_eq!(summary.link_types, [LinkType(0x71)]);
}

#[test]
fn pcapng_reads_every_block_in_both_byte_orders() {
    let (frames, summary) = read_all(&rich_pcapng()).unwrap();
    assert_eq!(summary.damage, None);
    let seen: Vec<_> = frames.iter().map(|frame| (frame.nanos, frame.link, frame.captured.clone())).collect();
    let section = [
        (1_700_000_000_000_000_007, 1, frame_bytes(1)),
        (1_700_000_001_000_000_000, 101, frame_bytes(2)),
        // A simple packet has no time of its own, and is padded up to a multiple of 4.
        (1_700_000_001_000_000_000, 1, [frame_bytes(3), vec![0]].concat()),
        (1_700_000_002_000_000_000, 1, frame_bytes(4)),
    ];
    assert_eq!(seen, [section.clone(), section].concat());
    assert_eq!(summary.link_types, [LinkType(1), LinkType(101)]);
    assert_eq!(summary.frames_without_time, 2);
    assert_eq!(summary.dropped, Some(2 * (5 + 6)), "statistics count, not the drops told by single packets");
    assert_eq!(summary.end_at, Some(Timestamp::from_nanos(1_700_000_050_000_000_000)));
    assert_eq!(summary.comments.len(), 6);
    assert_eq!(summary.comments[..3], ["section comment", "interface comment", "statistics comment"]);
}

#[test]
fn without_statistics_the_drops_of_single_packets_count() {
    let file = Pcapng::new(Order::Big).interface(1, 0, &[]);
    let drops = file.double(7);
    let file = file.enhanced(0, 1, &frame_bytes(0), &[(4, &drops)]).obsolete(0, 2, 2, &frame_bytes(1));
    let file = file.obsolete(0, u16::MAX, 3, &frame_bytes(2));
    let (frames, summary) = read_all(&file.bytes).unwrap();
    assert_eq!((frames.len(), summary.dropped), (3, Some(9)));
}

#[test]
fn later_statistics_replace_earlier_ones_of_their_interface() {
    let file = Pcapng::new(Order::Little).interface(1, 0, &[]).interface(1, 0, &[]);
    let file = file.statistics(0, 10, 1, 1).statistics(1, 30, 10, 0).statistics(0, 20, 2, 2);
    let file = file.statistics(7, 99, 9, 9);
    let (_, summary) = read_all(&file.bytes).unwrap();
    assert_eq!(summary.dropped, Some(14));
    assert_eq!(summary.end_at, Some(Timestamp::from_nanos(30_000)), "statistics of nobody are ignored");
}

#[test]
fn offset_and_resolution_belong_to_their_interface() {
    let file = Pcapng::new(Order::Little);
    let offset = file.double(1_700_000_000);
    let file = file.interface(1, 0, &[(9, &[3]), (14, &offset)]).interface(113, 0, &[]);
    let file = file.enhanced(0, 2_001, &frame_bytes(0), &[]).enhanced(1, 2_001, &frame_bytes(1), &[]);
    let (frames, _) = read_all(&file.bytes).unwrap();
    assert_eq!((frames[0].nanos, frames[0].link), (1_700_000_002_001_000_000, 1));
    assert_eq!((frames[1].nanos, frames[1].link), (2_001_000, 113));
}

#[test]
fn a_simple_packet_keeps_what_the_interface_keeps() {
    let file = Pcapng::new(Order::Little).interface(1, 10, &[]).simple(900, &frame_bytes(0)[..10]);
    let file = file.simple(6, &frame_bytes(1)[..6]);
    let (frames, _) = read_all(&file.bytes).unwrap();
    assert_eq!(frames[0].captured, frame_bytes(0)[..10]);
    assert_eq!((frames[1].captured.len(), frames[1].original_len), (6, 6));
    assert_eq!(frames[0].nanos, 0, "there is no frame before it to take a time from");
}

#[test]
fn a_long_unknown_block_is_skipped_without_holding_it() {
    let file = Pcapng::new(Order::Little).interface(1, 0, &[]).block(0x0bad, &vec![1; 3_000_000]);
    let file = file.enhanced(0, 5, &frame_bytes(1), &[]);
    let (frames, summary) = read_all(&file.bytes).unwrap();
    assert_eq!((frames.len(), summary.damage), (1, None));
}

#[test]
fn frames_larger_than_the_buffer_are_read_whole() {
    let large = vec![0x5a; 262_144];
    let pcap = Pcap::micros().record(1, 0, &large).frames(2, 3);
    assert_eq!(read_all(&pcap.bytes).unwrap().0[0].captured, large);
    let pcapng = Pcapng::new(Order::Little).interface(1, 0, &[]).enhanced(0, 1, &large, &[]);
    assert_eq!(read_all(&pcapng.bytes).unwrap().0[0].captured, large);
}

#[test]
fn packed_captures_are_read_whatever_their_name() {
    let plain = Pcap::micros().frames(7, 200).bytes;
    let (frames, _) = read_all(&plain).unwrap();
    for (packed, layers) in [
        (packed_gzip(&plain), vec![Compression::Gzip]),
        (packed_zstd(&plain), vec![Compression::Zstd]),
        (packed_lz4(&plain), vec![Compression::Lz4]),
        (packed_zstd(&packed_gzip(&plain)), vec![Compression::Zstd, Compression::Gzip]),
        ([packed_gzip(&plain[..1_000]), packed_gzip(&plain[1_000..])].concat(), vec![Compression::Gzip]),
    ] {
        let (unpacked, summary) = read_all(&packed).unwrap();
        assert_eq!(unpacked, frames, "{layers:?}");
        assert_eq!((summary.packed, summary.extent), (layers, Extent::Whole));
    }
}

#[test]
fn a_capture_without_frames_is_whole() {
    for bytes in [Pcap::micros().bytes, Pcapng::new(Order::Big).bytes] {
        let (frames, summary) = read_all(&bytes).unwrap();
        assert!(frames.is_empty() && summary.is_complete());
    }
}

#[test]
fn any_timestamp_is_taken_without_overflow() {
    let pcap = Pcap::micros().record(u32::MAX, u32::MAX, &[1]).record(0, 0, &[2]);
    assert_eq!(read_all(&pcap.bytes).unwrap().0.len(), 2);
    let file = Pcapng::new(Order::Little);
    let (first, last) = (file.double(i64::MIN as u64), file.double(i64::MAX as u64));
    let file = file.interface(1, 0, &[(9, &[0]), (14, &first)]).interface(1, 0, &[(9, &[0]), (14, &last)]);
    let file =
        file.enhanced(0, 0, &[1], &[]).enhanced(1, u64::MAX, &[2], &[]).enhanced(0, u64::MAX, &[3], &[]);
    let nanos: Vec<i64> = read_all(&file.bytes).unwrap().0.iter().map(|frame| frame.nanos).collect();
    assert_eq!(nanos, [i64::MIN + 1, i64::MAX, -1]);
}
