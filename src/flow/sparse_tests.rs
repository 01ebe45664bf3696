//! Thinned input tells the same as full input.

use super::timeline::{SEED, Scribe, Told, segments};
use super::{Routed, Settings, Thinner, Tracker};
use crate::frame::FrameNumber;
use crate::segment::{Realm, Segment, Sender, SeqNumber, TcpFlags};
use crate::time::{Span, Timestamp};
use proptest::prelude::*;

const SETTINGS: Settings = Settings {
    silence_floor: Span::from_secs(5),
    observation: crate::flow::ObservationFloor::always(Span::from_secs(5)),
    max_flows: 1000,
};

fn full(segments: &[Segment]) -> Scribe {
    let mut tracker = Tracker::new(Scribe::default(), SETTINGS, SEED);
    let routed: Vec<Routed> =
        segments.iter().map(|s| Routed { segment: *s, hash: s.key.hash(SEED) }).collect();
    tracker.ingest_batch(&routed);
    finish(tracker, segments)
}

fn the_long_way(segments: &[Segment]) -> Scribe {
    let mut tracker = Tracker::new(Scribe::default(), SETTINGS, SEED);
    for segment in segments {
        tracker.ingest_the_long_way(segment, segment.key.hash(SEED));
    }
    finish(tracker, segments)
}

fn thinned(segments: &[Segment]) -> (Scribe, usize) {
    let mut tracker = Tracker::new(Scribe::default(), SETTINGS, SEED);
    let mut thinner = Thinner::new(&SETTINGS);
    let kept: Vec<_> = segments.iter().filter_map(|segment| thinner.offer(segment)).collect();
    let count = kept.len();
    for sparse in kept.into_iter().chain(thinner.finish()) {
        if let Some(elided) = &sparse.elided {
            tracker.elide(elided);
        }
        if let Some(segment) = &sparse.segment {
            tracker.ingest(segment, segment.key.hash(SEED));
        }
    }
    (finish(tracker, segments), count)
}

fn finish(tracker: Tracker<Scribe>, segments: &[Segment]) -> Scribe {
    let last = segments.iter().map(|s| s.at).max().unwrap_or_default();
    let (mut scribe, _, _) = tracker.finish(last + Span::from_secs(100));
    scribe.flows.sort_by_key(|flow| flow.first_frame);
    scribe
}

fn tells(flow: &Told) -> String {
    format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {} {} {:?} {:?} {} {:?} {:?} {:?} {:?} {:?} {:?}",
        flow.first_frame,
        flow.closed,
        flow.probes,
        flow.heartbeats,
        flow.replies,
        flow.probe_frames,
        flow.time,
        flow.interval,
        flow.gave_up,
        flow.unanswered,
        flow.zero_window_probes,
        flow.copies,
        flow.longest,
        flow.segments,
        flow.open,
        flow.initiator,
        (flow.probe_or_reply, flow.one_ip_id, flow.first_delay, &flow.ended_by),
        flow.phase,
        flow.strays,
        flow.dropped,
        flow.last_use,
        flow.longest_payload,
    )
}

fn assert_same(segments: &[Segment]) -> usize {
    let everything = full(segments);
    let (sparse, kept) = thinned(segments);
    assert_eq!(everything.silences, sparse.silences, "{segments:#?}");
    assert_eq!(everything.sequels, sparse.sequels, "{segments:#?}");
    let of = |scribe: &Scribe| scribe.flows.iter().map(tells).collect::<Vec<_>>();
    assert_eq!(of(&everything), of(&sparse), "{segments:#?}");
    kept
}

/// One thing that an end does.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Data(u8),
    Ack,
    Probe,
    Reply,
    Retransmit,
    Copy,
    Lose(u8),
    CloseWindow,
    Fin,
    /// A FIN with the last payload.
    LastData(u8),
    Rst,
    Reopen,
    Answer,
    /// A SYN-ACK with a number that its side does not go on with.
    Stray,
    /// A RST with numbers that do not fit.
    Misfit,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => (1u8..).prop_map(Deed::Data),
        8 => Just(Deed::Ack),
        4 => Just(Deed::Probe),
        4 => Just(Deed::Reply),
        2 => Just(Deed::Retransmit),
        2 => Just(Deed::Copy),
        1 => (1u8..).prop_map(Deed::Lose),
        1 => Just(Deed::CloseWindow),
        1 => Just(Deed::Fin),
        1 => (1u8..).prop_map(Deed::LastData),
        1 => Just(Deed::Rst),
        1 => Just(Deed::Reopen),
        1 => Just(Deed::Answer),
        1 => Just(Deed::Stray),
        1 => Just(Deed::Misfit),
    ]
}

/// What leaves in doubt what is a probe.
fn deed_of_one_direction() -> impl Strategy<Value = Deed> {
    prop_oneof![
        12 => Just(Deed::Ack),
        2 => Just(Deed::Probe),
        4 => Just(Deed::Retransmit),
        1 => Just(Deed::Copy),
        1 => (1u8..3).prop_map(Deed::Data),
        1 => (1u8..3).prop_map(Deed::Lose),
        1 => Just(Deed::Fin),
        1 => Just(Deed::Rst),
    ]
}

/// Few values, so that some are even, and some double.
fn even_pace() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(3000u32), 2 => Just(6000u32), 2 => Just(12_000u32), 1 => 0u32..2000]
}

/// Milliseconds until the next deed: mostly short, some around the floor and the probe rule.
fn pace() -> impl Strategy<Value = u32> {
    prop_oneof![6 => 0u32..300, 2 => 900u32..2000, 2 => 4000u32..20_000]
}

fn conversation(deeds: &[(bool, Deed, u32)]) -> Vec<Segment> {
    let template = segments("0 > A seq=0\n 0 < A seq=0");
    let mut out: Vec<Segment> = Vec::new();
    let mut nxt = [1000u32, 9000];
    let mut at = 0i64;
    for (i, (outward, deed, pause)) in deeds.iter().enumerate() {
        at += i64::from(*pause) * 1_000_000;
        let (who, peer) = if *outward { (0, 1) } else { (1, 0) };
        let mut segment = Segment {
            at: Timestamp::from_nanos(at),
            frame: FrameNumber(out.len() as u64 + 1),
            seq: SeqNumber(nxt[who]),
            ack: SeqNumber(nxt[peer]),
            ip_id: i as u16 + 1,
            ..template[who]
        };
        match deed {
            Deed::Data(len) => {
                segment.payload_len = u32::from(*len);
                nxt[who] += u32::from(*len);
            }
            Deed::Ack | Deed::Reply => {}
            Deed::Probe => segment.seq = SeqNumber(nxt[who] - 1),
            Deed::Retransmit => {
                segment.seq = SeqNumber(nxt[who] - 1);
                segment.payload_len = 1;
            }
            Deed::Copy => {
                let Some(last) = out.last() else { continue };
                segment = Segment { frame: segment.frame, at: last.at + Span::from_millis(1), ..*last };
                at = segment.at.as_nanos();
            }
            Deed::Lose(len) => {
                nxt[who] += u32::from(*len);
                continue;
            }
            Deed::CloseWindow => segment.window = 0,
            Deed::Fin => {
                segment.flags = segment.flags.with(TcpFlags::FIN);
                nxt[who] += 1;
            }
            Deed::LastData(len) => {
                segment.payload_len = u32::from(*len);
                segment.flags = segment.flags.with(TcpFlags::FIN);
                nxt[who] += u32::from(*len) + 1;
            }
            Deed::Rst => segment.flags = TcpFlags::RST.with(TcpFlags::ACK),
            Deed::Stray => {
                segment.flags = TcpFlags::SYN.with(TcpFlags::ACK);
                segment.seq = SeqNumber(nxt[who].wrapping_add(9_000_000));
            }
            Deed::Misfit => {
                segment.flags = TcpFlags::RST.with(TcpFlags::ACK);
                segment.seq = SeqNumber(nxt[who].wrapping_sub(100));
                segment.ack = SeqNumber(nxt[peer].wrapping_sub(1));
            }
            Deed::Reopen | Deed::Answer => {
                nxt[who] = nxt[who].wrapping_add(1_000_000);
                segment.seq = SeqNumber(nxt[who]);
                let answers = matches!(deed, Deed::Answer);
                segment.flags = if answers { TcpFlags::SYN.with(TcpFlags::ACK) } else { TcpFlags::SYN };
                nxt[who] += 1;
            }
        }
        out.push(segment);
    }
    out
}

/// Deeds that neither open nor end nor lose anything.
fn plain_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => (1u8..).prop_map(Deed::Data),
        8 => Just(Deed::Ack),
        4 => Just(Deed::Probe),
        4 => Just(Deed::Reply),
        2 => Just(Deed::Retransmit),
        2 => Just(Deed::Copy),
        1 => Just(Deed::CloseWindow),
        1 => Just(Deed::Fin),
    ]
}

/// The same segments, each direction in a realm of its own.
fn split(segments: &[Segment]) -> Vec<Segment> {
    let realm = |sender| Realm(if sender == Sender::Low { 5 } else { 6 });
    segments.iter().map(|s| Segment { key: s.key.within(realm(s.sender)), ..*s }).collect()
}

fn assert_told_alike(one: &Scribe, other: &Scribe) {
    assert_eq!(one.silences, other.silences);
    assert_eq!(one.sequels, other.sequels);
    assert_eq!(one.gaps, other.gaps);
    let of = |scribe: &Scribe| scribe.flows.iter().map(tells).collect::<Vec<_>>();
    assert_eq!(of(one), of(other));
}

#[test]
fn a_heartbeat_between_bursts_is_told_alike() {
    let mut deeds = Vec::new();
    for round in 0..24 {
        let deed = if round % 5 == 4 { Deed::Data(200) } else { Deed::Data(8) };
        deeds.push((true, deed, 10_000));
        deeds.push((false, Deed::Data(8), 20));
        deeds.push((true, Deed::Ack, 20));
        // What thinning leaves out.
        deeds.extend((0..round % 4).map(|_| (false, Deed::Data(100), 30)));
    }
    let segments = conversation(&deeds);
    assert!(assert_same(&segments) < segments.len());
    let beat = full(&segments).flows[0].heartbeats.into_iter().flatten().next().unwrap();
    assert_eq!((beat.beats, beat.size), (19, (8, 8)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn thinned_input_tells_what_full_input_tells(
        deeds in prop::collection::vec((any::<bool>(), deed(), pace()), 1..60)
    ) {
        assert_same(&conversation(&deeds));
    }

    #[test]
    fn thinned_input_of_one_direction_tells_what_full_input_tells(
        deeds in prop::collection::vec((deed_of_one_direction(), even_pace()), 1..60)
    ) {
        assert_same(&conversation(&deeds.into_iter().map(|(deed, pace)| (true, deed, pace)).collect::<Vec<_>>()));
    }

    #[test]
    fn the_short_ways_change_a_flow_as_the_long_way_would(
        opening in prop::option::of((pace(), pace(), pace())),
        deeds in prop::collection::vec((any::<bool>(), deed(), pace()), 1..60)
    ) {
        let opening = opening.map(|(first, second, third)| {
            [(true, Deed::Reopen, first), (false, Deed::Answer, second), (true, Deed::Ack, third)]
        });
        let segments = conversation(&opening.into_iter().flatten().chain(deeds).collect::<Vec<_>>());
        let (short, long) = (full(&segments), the_long_way(&segments));
        prop_assert_eq!(&short.silences, &long.silences);
        prop_assert_eq!(&short.gaps, &long.gaps);
        let of = |scribe: &Scribe| scribe.flows.iter().map(tells).collect::<Vec<_>>();
        prop_assert_eq!(of(&short), of(&long));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn directions_in_two_realms_tell_what_they_tell_in_one(
        opening in (pace(), pace(), pace()),
        deeds in prop::collection::vec((any::<bool>(), deed(), pace()), 0..60)
    ) {
        let (first, second, third) = opening;
        let opening = [(true, Deed::Reopen, first), (false, Deed::Answer, second), (true, Deed::Ack, third)];
        let segments = conversation(&opening.into_iter().chain(deeds).collect::<Vec<_>>());
        assert_told_alike(&full(&segments), &full(&split(&segments)));
        assert_told_alike(&full(&segments), &the_long_way(&split(&segments)));
    }

    #[test]
    fn directions_joined_midway_in_two_realms_tell_what_they_tell_in_one(
        deeds in prop::collection::vec((any::<bool>(), plain_deed(), pace()), 1..60)
    ) {
        let segments = conversation(&deeds);
        assert_told_alike(&full(&segments), &full(&split(&segments)));
    }
}

#[test]
fn a_busy_flow_is_thinned_to_a_handful() {
    let mut transcript =
        String::from("0 > S seq=99\n 0.01 < SA seq=499 ack=100\n 0.02 > A seq=100 ack=500\n");
    for i in 0..1000 {
        let seq = 100 + i * 10;
        let at = 0.1 + f64::from(i) * 0.01;
        transcript +=
            &format!("{at} > PA seq={seq} ack=500 len=10\n {} < A seq=500 ack={}\n", at + 0.001, seq + 10);
    }
    let kept = assert_same(&segments(&transcript));
    assert!(kept < 10, "{kept} of 2003");
}
