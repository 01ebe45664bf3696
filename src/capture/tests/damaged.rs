//! One broken capture per mistake: each keeps the frames before it and says what it is. The same files
//! stand in `fixtures/bad/captures` for whoever wants to try them; `IDLESCOPE_WRITE_FIXTURES=1` writes
//! them anew.

use super::samples::{Order, Pcap, Pcapng, frame_bytes, packed_gzip, packed_lz4, packed_zstd, read_all};
use crate::capture::OpenError;
use std::path::Path;

/// File name, content, frames before the damage, offset of the damage, words of the message.
type Broken = (&'static str, Vec<u8>, u64, u64, &'static str);

/// Three frames; the third record begins at 24 + 2 × 16 + 40 + 41 = 137.
fn three() -> Vec<u8> {
    Pcap::micros().frames(1_700_000_000, 3).bytes
}

/// Section, interface and two frames; what comes next is at 144 + ...: see [`end_of_two`].
fn two_blocks() -> Pcapng {
    let file = Pcapng::new(Order::Little).interface(1, 0, &[]);
    file.enhanced(0, 1_700_000_000_000_000, &frame_bytes(0), &[]).enhanced(
        0,
        1_700_000_001_000_000,
        &frame_bytes(1),
        &[],
    )
}

fn end_of_two() -> u64 {
    two_blocks().bytes.len() as u64
}

fn with_word(mut bytes: Vec<u8>, at: usize, value: u32) -> Vec<u8> {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    bytes
}

/// Two sound frames, and a third whose word at `at` in its block is `value`.
fn third_block(at: usize, value: u32) -> Vec<u8> {
    let bytes = two_blocks().enhanced(0, 1_700_000_002_000_000, &frame_bytes(2), &[]).bytes;
    with_word(bytes, end_of_two() as usize + at, value)
}

fn broken() -> Vec<Broken> {
    let cut = |bytes: Vec<u8>, from_end: usize| bytes[..bytes.len() - from_end].to_vec();
    let many: Vec<u8> = Pcap::micros().frames(1_700_000_000, 200).bytes;
    // In two parts, so that the first comes out although the second is cut.
    let packed_twice = |pack: fn(&[u8]) -> Vec<u8>| [pack(&many[..6_000]), pack(&many[6_000..])].concat();
    let end = end_of_two();
    let mut late_section = two_blocks().section(Order::Little).bytes;
    late_section = with_word(late_section, end as usize + 8, 0x1a2b_3c4e);
    let mut late_version = two_blocks().section(Order::Little).bytes;
    late_version = with_word(late_version, end as usize + 12, 2);
    vec![
        (
            "cut-in-record-header.pcap",
            cut(three(), 42 + 6),
            2,
            137,
            "ends inside a record header (10 of 16 bytes)",
        ),
        ("cut-in-frame.pcap", cut(three(), 5), 2, 137, "ends inside a frame (37 of 42 captured bytes)"),
        (
            "absurd-record.pcap",
            with_word(three(), 137 + 8, 0x7fff_ffff),
            2,
            137,
            "claims 2147483647 captured bytes",
        ),
        ("zeros.pcap", [three(), vec![0; 64]].concat(), 3, 195, "zeros where a frame should begin"),
        ("cut-in-block.pcapng", cut(third_block(0, 6), 9), 2, end, "ends inside a block (67 of 76 bytes)"),
        (
            "cut-in-block-header.pcapng",
            cut(third_block(0, 6), 66),
            2,
            end,
            "ends inside a block (10 of 12 bytes)",
        ),
        ("block-too-short.pcapng", third_block(4, 8), 2, end, "type 0x6 claims 8 bytes, but has at least 32"),
        (
            "other-block-too-short.pcapng",
            with_word(two_blocks().block(0x0bad, &[]).bytes, end as usize + 4, 8),
            2,
            end,
            "type 0xbad claims 8 bytes, but has at least 12",
        ),
        (
            "block-unaligned.pcapng",
            third_block(4, 75),
            2,
            end,
            "claims 75 bytes, which is not a multiple of 4",
        ),
        ("block-too-long.pcapng", third_block(4, 0x4000_0000), 2, end, "more than the 1048576 accepted"),
        (
            "lengths-differ.pcapng",
            third_block(72, 80),
            2,
            end,
            "says 76 bytes at its begin and 80 at its end",
        ),
        (
            "frame-beyond-block.pcapng",
            third_block(20, 45),
            2,
            end,
            "claims 45 captured bytes in a block that has room for 44",
        ),
        (
            "unknown-interface.pcapng",
            third_block(8, 1),
            2,
            end,
            "frame of interface 1, but the section has described 1",
        ),
        (
            "simple-without-interface.pcapng",
            Pcapng::new(Order::Little).simple(9, &[1; 9]).bytes,
            0,
            Pcapng::new(Order::Little).bytes.len() as u64,
            "frame of interface 0, but the section has described 0",
        ),
        (
            "skipped-block-cut.pcapng",
            cut(two_blocks().block(0x0bad, &[1; 50]).bytes, 20),
            2,
            end,
            "ends inside a block (44 of 64 bytes)",
        ),
        ("byte-order-unknown.pcapng", late_section, 2, end, "byte-order magic 0x1a2b3c4e"),
        ("version-unknown.pcapng", late_version, 2, end, "pcapng version 2.0"),
        ("cut.pcap.gz", cut(packed_twice(packed_gzip), 30), 0, 0, "the gzip stream is cut short"),
        ("cut.pcap.zst", cut(packed_twice(packed_zstd), 3), 0, 0, "the zstd stream is cut short"),
        ("cut.pcap.lz4", cut(packed_twice(packed_lz4), 4), 0, 0, "the lz4 stream is cut short"),
        (
            "inside.pcap.gz",
            packed_gzip(&cut(three(), 5)),
            2,
            137,
            "at byte 137 of the unpacked data: the file ends inside a frame",
        ),
    ]
}

/// File name, content, words of the message.
fn unopenable() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let section = Pcapng::new(Order::Little).bytes;
    vec![
        ("empty.pcap", vec![], "is empty"),
        ("cut-in-file-header.pcap", three()[..20].to_vec(), "ends inside its file header (20 of 24 bytes)"),
        ("cut-in-file-header.pcapng", section[..20].to_vec(), "ends inside its file header (20 of"),
        ("text.pcap", b"12:00:01.5 IP 10.0.0.1.443 > 10.0.0.2.5: Flags [.]".to_vec(), "it is text"),
        ("wrong-magic.pcap", with_word(three(), 0, 0xa1b2_c3d5), "it begins with the bytes d5 c3 b2 a1"),
        ("bad-magic.pcapng", with_word(section.clone(), 8, 7), "byte-order magic 0x00000007"),
        ("bad-version.pcapng", with_word(section, 12, 2), "pcapng version 2.0"),
        ("xz.pcap", b"\xfd7zXZ\0\0\x04\xe6".to_vec(), "xz -dc"),
        ("nothing.pcap.gz", packed_gzip(b""), "unpacks to nothing"),
        ("not-really.pcap.gz", b"\x1f\x8b\x08\0 no deflate data here".to_vec(), "cannot be unpacked as gzip"),
        ("thrice.pcap.gz", packed_gzip(&packed_gzip(&packed_gzip(&three()))), "packed more than twice"),
    ]
}

#[test]
fn damage_keeps_the_frames_before_it_and_says_where_and_what() {
    for (name, bytes, frames, offset, words) in broken() {
        let (kept, summary) = read_all(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let damage = summary.damage.clone().unwrap_or_else(|| panic!("{name}: no damage seen"));
        let message = damage.to_string();
        assert!(message.contains(words), "{name}: {message}");
        assert!(!summary.is_complete(), "{name}");
        assert_eq!(kept.len() as u64, damage.frames_before, "{name}");
        // How much a decoder gives before it notices the cut is its own affair.
        if !words.contains("stream") {
            assert_eq!((damage.frames_before, damage.offset), (frames, offset), "{name}: {message}");
        }
    }
}

#[test]
fn what_is_no_capture_is_refused_with_what_to_do() {
    for (name, bytes, words) in unopenable() {
        let error: OpenError = read_all(&bytes).map(|_| ()).expect_err(name);
        let message = error.to_string();
        assert!(message.contains(words) && message.starts_with("sample: "), "{name}: {message}");
    }
}

#[test]
fn damage_is_told_once_and_reading_stays_at_its_end() {
    let (kept, summary) = read_all(&three()[..150]).unwrap();
    assert_eq!(kept.len(), 2);
    assert!(
        summary
            .damage
            .unwrap()
            .to_string()
            .ends_with("the 2 frames before it were read, what follows is missing")
    );
}

#[test]
fn committed_broken_captures_are_the_ones_tested_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bad/captures");
    let named = broken().into_iter().map(|(name, bytes, ..)| (name, bytes));
    let all = named.chain(unopenable().into_iter().map(|(name, bytes, _)| (name, bytes)));
    for (name, bytes) in all {
        let path = folder.join(name);
        if std::env::var_os("IDLESCOPE_WRITE_FIXTURES").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let committed = std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        // Encoders may change their output between versions; what the files are for stays tested.
        if !name.ends_with(".gz") && !name.ends_with(".zst") && !name.ends_with(".lz4") {
            assert_eq!(committed, bytes, "{name}");
        } else {
            let complete = read_all(&committed).is_ok_and(|(_, summary)| summary.is_complete());
            assert!(!complete, "{name} is not broken");
        }
    }
}
