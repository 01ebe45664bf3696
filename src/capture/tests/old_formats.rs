//! pcap as it was, and as some systems have it.

use super::samples::{Kept, Order, Pcap, ask, frame_bytes, read_all};
use crate::capture::{DamageKind, Format};
use crate::frame::LinkType;

/// Three frames, of which the second was cut: their lengths captured and on the wire in this order.
fn records(file: Pcap, exchanged: bool) -> Pcap {
    (0..3).fold(file, |file, n| {
        let bytes = frame_bytes(n);
        let (captured, original) = (bytes.len() as u32, bytes.len() as u32 + if n == 1 { 900 } else { 0 });
        let [first, second] = if exchanged { [original, captured] } else { [captured, original] };
        file.raw_record([1_700_000_000 + u32::from(n), 7, first, second], &bytes)
    })
}

fn lengths(frames: &[Kept]) -> Vec<(usize, u32)> {
    frames.iter().map(|frame| (frame.captured.len(), frame.original_len)).collect()
}

#[test]
fn lengths_of_old_versions_change_places() {
    let expected: Vec<_> = [(40, 40), (41, 941), (42, 42)].into();
    for order in [Order::Little, Order::Big] {
        for (version, exchanged) in [
            ((2, 0), true),
            ((2, 1), true),
            ((2, 2), true),
            // Both were written under this one.
            ((2, 3), true),
            ((2, 3), false),
            ((2, 4), false),
            // DG/UX.
            ((543, 0), true),
        ] {
            let file = records(Pcap::new(0xa1b2_c3d4, order).version(version.0, version.1), exchanged);
            let (frames, summary) = read_all(&file.bytes).unwrap();
            assert_eq!(lengths(&frames), expected, "{version:?} {order:?}");
            assert!(summary.is_complete(), "{version:?}: {:?}", summary.damage);
            assert_eq!(frames[1].captured, frame_bytes(1), "{version:?}");
        }
    }
}

#[test]
fn wireshark_reads_the_same_lengths_of_old_versions() {
    let dir = tempfile::tempdir().unwrap();
    for (version, exchanged) in [((2, 2), true), ((2, 3), true), ((2, 3), false), ((543, 0), true)] {
        let file = records(Pcap::micros().version(version.0, version.1), exchanged);
        let path = dir.path().join("old.pcap");
        std::fs::write(&path, &file.bytes).unwrap();
        let fields = ["-T", "fields", "-e", "frame.cap_len", "-e", "frame.len"];
        let words = [&["-n", "-r", path.to_str().unwrap()][..], &fields].concat();
        let Some(theirs) = ask("tshark", &words) else { return };
        let ours = lengths(&read_all(&file.bytes).unwrap().0);
        let ours: Vec<String> =
            ours.iter().map(|(captured, original)| format!("{captured}\t{original}")).collect();
        assert_eq!(theirs.lines().collect::<Vec<_>>(), ours, "{version:?}");
    }
}

#[test]
fn an_old_record_that_is_cut_or_too_long_is_damage_of_the_length_that_was_captured() {
    let cut = Pcap::micros().version(2, 2).raw_record([1, 0, 900, 60], &[0; 50]);
    let (_, summary) = read_all(&cut.bytes).unwrap();
    assert_eq!(summary.damage.unwrap().kind, DamageKind::CutInFrame { needed: 60, had: 50 });
    let long = Pcap::micros().version(2, 2).raw_record([1, 0, 60, 900_000], &[0; 60]);
    let (_, summary) = read_all(&long.bytes).unwrap();
    assert_eq!(summary.damage.unwrap().kind, DamageKind::FrameTooLong { claimed: 900_000 });
}

#[test]
fn files_of_aix_count_nanoseconds_and_number_links_by_interface_type() {
    for (stated, link) in [(6, 1), (9, 6), (24, 0)] {
        let file = Pcap::new(0xa1b2_c3d4, Order::Big).version(2, 2).link(stated);
        let file = file.raw_record([1_700_000_000, 123_456_789, 60, 60], &[1; 60]);
        let (frames, summary) = read_all(&file.bytes).unwrap();
        assert_eq!(frames[0].nanos, 1_700_000_000_123_456_789);
        assert_eq!((summary.format, &summary.link_types[..]), (Some(Format::PcapAix), &[LinkType(link)][..]));
        assert_eq!(summary.frames_with_bad_time, 0);
    }
}

#[test]
fn files_of_ixia_have_a_longer_header() {
    for (magic, fraction, format) in [(0x1c00_01ac, 5, Format::PcapNanos), (0x1c00_01ab, 5_000, Format::Pcap)]
    {
        for order in [Order::Little, Order::Big] {
            let mut file = Pcap::new(magic, order);
            file.bytes.extend(order.u32(1_234));
            let (frames, summary) = read_all(&file.frames(1_700_000_000, 3).bytes).unwrap();
            assert_eq!((frames.len(), summary.format), (3, Some(format)));
            assert_eq!(frames[0].nanos, 1_700_000_000_000_000_000 + fraction);
            assert_eq!(frames[2].captured, frame_bytes(2));
        }
    }
}
