use super::*;
use crate::flow::timeline::play_until;
use std::fmt::Write;

/// A client's payload at these moments, each of so many bytes, each answered by `answer` bytes 20 ms later.
fn exchange(beats: impl IntoIterator<Item = (f64, u32)>, answer: u32) -> Vec<Heartbeat> {
    let mut transcript = "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > A seq=101 ack=501\n".to_owned();
    let (mut seq, mut ack) = (101, 501);
    for (at, size) in beats {
        writeln!(transcript, "{at} > PA seq={seq} ack={ack} len={size}").unwrap();
        seq += size;
        let flags = if answer > 0 { "PA" } else { "A" };
        writeln!(transcript, "{} < {flags} seq={ack} ack={seq} len={answer}", at + 0.02).unwrap();
        ack += answer;
    }
    heartbeats(&transcript)
}

fn heartbeats(transcript: &str) -> Vec<Heartbeat> {
    let mut scribe = play_until(transcript, None);
    scribe.flows.remove(0).heartbeats.into_iter().flatten().collect()
}

fn every(period: f64, count: u32) -> impl Iterator<Item = (f64, u32)> {
    (1..=count).map(move |i| (f64::from(i) * period, 8))
}

#[test]
fn small_payload_at_a_regular_period_is_a_heartbeat_of_who_speaks_first() {
    let [beat] = exchange(every(30.0, 10), 8)[..] else { panic!() };
    assert_eq!((beat.sender, beat.beats, beat.answered), (Role::Initiator, 10, true));
    assert_eq!(beat.period, Span::from_secs(30));
    assert_eq!((beat.size, beat.jitter), ((8, 8), Span::ZERO));
    // Three frames of the handshake, two a beat.
    assert_eq!(beat.frames, [FrameNumber(4), FrameNumber(22)]);
}

#[test]
fn a_heartbeat_that_only_tcp_acknowledges_is_not_answered() {
    let [beat] = exchange(every(30.0, 10), 0)[..] else { panic!() };
    assert!(!beat.answered);
}

#[test]
fn four_beats_are_needed() {
    assert_eq!(exchange(every(30.0, 3), 8), []);
    assert_eq!(exchange(every(30.0, 4), 8).len(), 1);
}

#[test]
fn a_single_outlier_moves_neither_period_nor_jitter() {
    let late = every(30.0, 6).chain((8..=14).map(|i| (f64::from(i) * 30.0 + 11.0, 8)));
    let [beat] = exchange(late, 8)[..] else { panic!() };
    assert_eq!(beat.period, Span::from_secs(30));
    assert!(beat.jitter < Span::from_millis(1), "{}", beat.jitter);
    assert_eq!(beat.beats, 12);
}

#[test]
fn an_odd_first_interval_is_no_candidate_for_long() {
    let shifted = (0..8).map(|i| (f64::from(i) * 30.0 + 7.0, 8));
    let [beat] = exchange(shifted, 8)[..] else { panic!() };
    assert_eq!((beat.period, beat.beats), (Span::from_secs(30), 7));
}

#[test]
fn jitter_is_the_deviation_of_the_intervals() {
    let swinging = (1..=20).map(|i| (f64::from(i) * 30.0 + if i % 2 == 0 { 0.1 } else { -0.1 }, 8));
    let [beat] = exchange(swinging, 8)[..] else { panic!() };
    assert!((0.18..0.22).contains(&beat.jitter.as_secs_f64()), "{}", beat.jitter);
    assert!((29.9..30.1).contains(&beat.period.as_secs_f64()), "{}", beat.period);
}

#[test]
fn irregular_silences_are_no_heartbeat_even_if_all_sizes_are_equal() {
    let mut at = 0.0;
    // Multiplying by 7 modulo 31 visits 30 different waits, as a person's would differ.
    let person = (1..=60).scan(1_u32, move |wait, _| {
        *wait = *wait * 7 % 31;
        at += 6.0 + f64::from(*wait);
        Some((at, 36))
    });
    assert_eq!(exchange(person, 36), []);
}

#[test]
fn no_short_conversation_of_a_person_looks_like_a_timer() {
    let mut rng = xorshift(7);
    let persons = 30_000;
    let taken_for_a_timer = (0..persons)
        .filter(|_| {
            let silences = 4 + rng() % 3;
            let mut log: Option<BeatLog> = None;
            for _ in 0..silences {
                // 10 s to 1 min 50 s.
                let interval = Span::from_millis(10_000 * (1 + rng() % 5) + rng() % 50_000);
                let beat = Beat {
                    interval,
                    size: 36,
                    answered: true,
                    frame: FrameNumber(1),
                    at: Timestamp::from_nanos(0),
                };
                match &mut log {
                    Some(log) => log.note(&beat),
                    None => log = Some(BeatLog::begin(&beat, 0)),
                }
            }
            log.is_some_and(|log| log.heartbeat(Role::Initiator).is_some())
        })
        .count();
    assert!(taken_for_a_timer == 0, "{taken_for_a_timer} of {persons}");
}

/// Marsaglia's xorshift64.
fn xorshift(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

#[test]
fn large_payload_at_a_regular_period_is_work() {
    assert_eq!(exchange((1..20).map(|i| (f64::from(i) * 30.0, BEAT_SIZE + 1)), 900), []);
}

#[test]
fn work_between_the_beats_as_often_as_they_come_leaves_no_heartbeat() {
    let work = (1..40).map(|i| (f64::from(i) * 17.0, if i % 2 == 0 { 8 } else { 700 }));
    assert_eq!(exchange(work, 8), []);
}

#[test]
fn keepalive_probes_are_no_heartbeat_whether_empty_or_of_one_byte() {
    for garbage in [0, 1] {
        let mut transcript = "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > A seq=101 ack=501
            0.03 > PA seq=101 ack=501 len=20\n 0.04 < A seq=501 ack=121\n"
            .to_owned();
        for i in 1..=10 {
            let at = 30 * i;
            writeln!(transcript, "{at} > A seq=120 ack=501 len={garbage}\n {at}.02 < A seq=501 ack=121")
                .unwrap();
        }
        assert_eq!(heartbeats(&transcript), []);
    }
}

#[test]
fn a_beat_sent_again_is_counted_once() {
    let mut transcript = "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > A seq=101 ack=501\n".to_owned();
    for i in 1..=6 {
        let (at, seq) = (30 * i, 100 + i);
        writeln!(transcript, "{at} > PA seq={seq} ack=501 len=1").unwrap();
        writeln!(transcript, "{at}.3 > PA seq={seq} ack=501 len=1").unwrap();
        writeln!(transcript, "{at}.32 < A seq=501 ack={}", seq + 1).unwrap();
    }
    let [beat] = heartbeats(&transcript)[..] else { panic!() };
    assert_eq!((beat.beats, beat.period, beat.size), (6, Span::from_secs(30), (1, 1)));
}

#[test]
fn a_beat_that_was_not_captured_makes_no_longer_period() {
    let beats = (1..=12).filter(|i| *i != 6);
    let mut transcript = "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > A seq=101 ack=501\n".to_owned();
    for i in beats {
        let (at, seq) = (30 * i, 100 + i);
        writeln!(transcript, "{at} > PA seq={seq} ack=501 len=1\n {at}.02 < A seq=501 ack={}", seq + 1)
            .unwrap();
    }
    let [beat] = heartbeats(&transcript)[..] else { panic!() };
    assert_eq!((beat.beats, beat.longest), (10, Span::from_secs(30)));
}
