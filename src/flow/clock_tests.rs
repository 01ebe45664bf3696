//! Timelines of one flow under a clock that is not sound.

use super::timeline::{SEED, Scribe, segments};
use super::{Routed, Settings, Tracker};
use crate::frame::FrameNumber;
use crate::time::Span;

const OPEN: &str = "
    0     > S   seq=100
    0.01  < SA  seq=500 ack=101
    0.02  > A   seq=101 ack=501
    0.03  > PA  seq=101 ack=501 len=20
    0.04  < A   seq=501 ack=121
";

/// Plays `rest` behind [`OPEN`]; before frame `at` comes, the tracker is told what `tell` says.
fn told(rest: &str, at: u64, tell: fn(&mut Tracker<Scribe>, FrameNumber)) -> Scribe {
    let segments = segments(&format!("{OPEN}{rest}"));
    let settings = Settings {
        silence_floor: Span::from_secs(5),
        observation: crate::flow::ObservationFloor::always(Span::from_secs(5)),
        max_flows: 1000,
    };
    let mut tracker = Tracker::new(Scribe::default(), settings, SEED);
    let routed: Vec<Routed> =
        segments.iter().map(|s| Routed { segment: *s, hash: s.key.hash(SEED) }).collect();
    let (before, after) = routed.split_at(at as usize - 1);
    tracker.ingest_batch(before);
    tell(&mut tracker, FrameNumber(at));
    tracker.ingest_batch(after);
    let end = segments.iter().map(|s| s.at).max().unwrap_or_default();
    tracker.finish(end).0
}

fn of_any(scribe: &Scribe) -> Vec<&str> {
    scribe.silences.iter().map(String::as_str).filter(|line| line.starts_with("any ")).collect()
}

const BEATS: &str = "
    60    > PA  seq=121 ack=501 len=5
    60.01 < A   seq=501 ack=126
    120   > PA  seq=126 ack=501 len=5
    120.01 < A  seq=501 ack=131
    180   > PA  seq=131 ack=501 len=5
    180.01 < A  seq=501 ack=136
";

#[test]
fn gaps_that_begin_or_end_with_a_frame_of_doubtful_time_or_cross_it_are_suspect() {
    // Frame 8 ends the second silence.
    let doubt = |tracker: &mut Tracker<Scribe>, frame| tracker.time_in_doubt(frame);
    let scribe = told(BEATS, 8, doubt);
    assert_eq!(of_any(&scribe), ["any 59.9s data 5-6", "any 59.9s data 7-8 suspect", "any 59.9s data 9-10"]);
    // Frame 9 begins the third.
    let scribe = told(BEATS, 9, doubt);
    assert_eq!(of_any(&scribe), ["any 59.9s data 5-6", "any 59.9s data 7-8", "any 59.9s data 9-10 suspect"]);
    // Of payload the third began before it.
    assert!(
        scribe.silences.iter().any(|line| line == "payload 60s data 8-10 suspect"),
        "{:?}",
        scribe.silences
    );
}

#[test]
fn a_gap_across_a_leap_of_the_clock_is_suspect_and_not_the_longest() {
    let five_years_later = "
        60    > PA  seq=121 ack=501 len=5
        60.01 < A   seq=501 ack=126
        157680060 > PA seq=126 ack=501 len=5
        157680060.01 < A seq=501 ack=131
        157680070 > PA seq=131 ack=501 len=5
        157680070.01 < A seq=501 ack=136
    ";
    let scribe = told(five_years_later, 8, |tracker, frame| {
        tracker.clock_stepped(frame, crate::time::Timestamp::from_nanos(60_010_000_000));
    });
    let [first, across, last] = of_any(&scribe)[..] else { panic!("{:?}", scribe.silences) };
    assert_eq!((first, last), ("any 59.9s data 5-6", "any 9.9s data 9-10"));
    assert!(across.ends_with("data 7-8 suspect"), "{across}");
    assert_eq!(scribe.flows[0].longest, Span::from_millis(59_960));
}

#[test]
fn a_silence_of_more_than_a_year_in_a_capture_without_a_leap_is_the_longest() {
    let scribe = told("40000000 > PA seq=121 ack=501 len=5", 6, |_, _| {});
    assert_eq!(scribe.flows[0].longest, Span::from_millis(39_999_999_960));
}
