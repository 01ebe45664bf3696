//! Fractions of a second that are a second or more: the frame stays at its place in the file.

use super::samples::{Order, Pcap, Pcapng, frame_bytes, read_all};
use crate::capture::{Fill, Input, OpenOptions, Source};
use crate::frame::FrameNumber;

const SECOND: i64 = 1_000_000_000;

/// Nanoseconds since second 20 of frames with these seconds and fractions, and how many had a bad time.
fn times(magic: u32, stamps: &[(u32, u32)]) -> (Vec<i64>, u64) {
    let file = stamps.iter().fold(Pcap::new(magic, Order::Little), |file, (seconds, fraction)| {
        file.record(*seconds, *fraction, &frame_bytes(1))
    });
    let (frames, summary) = read_all(&file.bytes).unwrap();
    assert!(summary.is_complete());
    (frames.iter().map(|frame| frame.nanos - 20 * SECOND).collect(), summary.frames_with_bad_time)
}

fn micros(stamps: &[(u32, u32)]) -> (Vec<i64>, u64) {
    let (nanos, bad) = times(0xa1b2_c3d4, stamps);
    (nanos.iter().map(|nanos| nanos / 1_000).collect(), bad)
}

#[test]
fn noise_in_the_fraction_leaves_the_frame_at_its_place() {
    // First in the file, between two of its second, and after one of a later second.
    assert_eq!(micros(&[(20, 8_915_240), (20, 10_000)]), (vec![0, 10_000], 1));
    assert_eq!(micros(&[(20, 10_000), (20, u32::MAX), (20, 30_000)]), (vec![10_000, 10_000, 30_000], 1));
    assert_eq!(micros(&[(23, 0), (20, 8_915_240), (23, 1)]), (vec![3_000_000, 999_999, 3_000_001], 1));
    assert_eq!(micros(&[(20, 5), (320, 8_915_240)]), (vec![5, 300_000_000], 1));
}

#[test]
fn a_fraction_that_was_not_carried_is_carried_unless_the_next_frame_is_earlier() {
    assert_eq!(micros(&[(20, 999_000), (20, 1_000_000), (21, 2)]), (vec![999_000, 1_000_000, 1_000_002], 1));
    assert_eq!(micros(&[(20, 999_000), (20, 1_999_999)]), (vec![999_000, 1_999_999], 1));
    assert_eq!(
        micros(&[(20, 5), (20, 1_000_000), (20, 1_000_001), (21, 2)]),
        (vec![5, 1_000_000, 1_000_001, 1_000_002], 2)
    );
    assert_eq!(micros(&[(20, 5), (20, 1_500_000), (20, 7)]), (vec![5, 5, 7], 1));
}

#[test]
fn nanoseconds_have_a_unit_too() {
    let (nanos, bad) =
        times(0xa1b2_3c4d, &[(20, 999_999_999), (20, 1_000_000_000), (21, 4_000_000_000), (21, 7)]);
    assert_eq!((nanos, bad), (vec![SECOND - 1, SECOND, SECOND, SECOND + 7], 2));
}

#[test]
fn a_source_stops_behind_each_frame_whose_time_is_in_doubt_and_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = Pcap::micros().frames(10, 3).record(20, 8_915_240, &frame_bytes(0)).frames(30, 2);
    let pcapng = Pcapng::new(Order::Big).interface(1, 0, &[]);
    let pcapng = pcapng.enhanced(0, 40_000_000, &frame_bytes(0), &[]).simple(60, &frame_bytes(1));
    let mut inputs = Vec::new();
    for (name, bytes) in [("one.pcap", file.bytes), ("two.pcapng", pcapng.bytes)] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        inputs.push(Input::File(path));
    }
    let mut source = Source::open(&inputs, &OpenOptions::default()).unwrap();
    let (mut handed_on, mut doubts) = (0, Vec::new());
    loop {
        let fill = source.fill(1000, &mut |_| handed_on += 1);
        doubts.extend(source.take_time_in_doubt().map(|frame| (frame, handed_on)));
        if fill == Fill::End {
            break;
        }
    }
    assert_eq!(doubts, [(FrameNumber(4), 4), (FrameNumber(8), 8)]);
    assert_eq!(handed_on, 8);
}

#[test]
fn a_frame_that_the_filter_refuses_puts_no_time_in_doubt() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("one.pcap");
    std::fs::write(&path, Pcap::micros().record(20, 8_915_240, &frame_bytes(0)).bytes).unwrap();
    let options = OpenOptions { filter: Some("tcp port 9".to_owned()), ..OpenOptions::default() };
    let mut source = Source::open(&[Input::File(path)], &options).unwrap();
    while source.fill(1000, &mut |_| {}) == Fill::More {}
    assert_eq!(source.take_time_in_doubt(), None);
}
