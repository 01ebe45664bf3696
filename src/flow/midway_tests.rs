//! Flows joined midway without a probe show none, whatever their acknowledgments and payload.

use super::timeline::{play_segments, segments};
use crate::frame::FrameNumber;
use crate::segment::{Segment, SeqNumber, TcpFlags};
use crate::time::Timestamp;
use proptest::prelude::*;

/// What one side does next.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// So many bytes.
    Say(u32),
    /// An acknowledgment of what has come, or a window update.
    Acknowledge,
    /// The last payload again and again, while it is not acknowledged: so often, from this timeout in milliseconds on.
    Repeat(u32, u32),
    /// So many bytes that are not captured.
    Lose(u32),
    Finish,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => prop_oneof![Just(1u32), 2u32..1460].prop_map(Deed::Say),
        10 => Just(Deed::Acknowledge),
        2 => (1u32..6, 200u32..3000).prop_map(|(times, first)| Deed::Repeat(times, first)),
        // One byte that is lost cannot be told from the one that a probe claims.
        1 => (2u32..1460).prop_map(Deed::Lose),
        1 => Just(Deed::Finish),
    ]
}

/// Milliseconds until the next deed.
fn pace() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 0u32..300, 3 => 1000u32..5000, 3 => 5000u32..100_000]
}

/// Who is captured, and who acts, deed by deed.
type Talk = Vec<(bool, bool, Deed, u32)>;

/// Mostly both directions, else one of them; `heard`: whether a segment reaches its receiver before the next deed.
fn talk() -> impl Strategy<Value = (Option<bool>, Talk)> {
    let captured = prop_oneof![2 => Just(None), 1 => any::<bool>().prop_map(Some)];
    (captured, prop::collection::vec((any::<bool>(), any::<bool>(), deed(), pace()), 1..40))
}

struct Side {
    next: u32,
    /// Behind what has reached the other one.
    heard: u32,
    /// Behind what the other one has acknowledged.
    acknowledged: u32,
    last: (u32, u32),
    last_at: i64,
    finished: bool,
}

fn captured((only, deeds): &(Option<bool>, Talk)) -> Vec<Segment> {
    let template = segments("0 > A seq=0\n 0 < A seq=0");
    let side =
        |next| Side { next, heard: next, acknowledged: next, last: (next, 0), last_at: 0, finished: false };
    let mut sides = [side(1000), side(9000)];
    let mut out: Vec<Segment> = Vec::new();
    let mut at = 0i64;
    for (number, (outward, heard, deed, pause)) in deeds.iter().enumerate() {
        at += i64::from(*pause) * 1_000_000;
        let (who, peer) = if *outward { (0, 1) } else { (1, 0) };
        let mut segment = Segment {
            at: Timestamp::from_nanos(at),
            frame: FrameNumber(out.len() as u64 + 1),
            seq: SeqNumber(sides[who].next),
            ack: SeqNumber(sides[peer].heard),
            ip_id: number as u16 + 1,
            ..template[who]
        };
        let side = &mut sides[who];
        if side.finished && !matches!(deed, Deed::Acknowledge) {
            continue;
        }
        match deed {
            Deed::Say(len) => {
                segment.payload_len = *len;
                segment.flags = segment.flags.with(TcpFlags::PSH);
                side.last = (side.next, *len);
                side.last_at = at;
                side.next += len;
            }
            Deed::Acknowledge => {}
            Deed::Repeat(times, first) => {
                let first_at = side.last_at + i64::from(*first) * 1_000_000;
                // The timer runs from the payload; it would have run out before.
                if side.last.1 == 0 || side.acknowledged == side.next || first_at < at {
                    continue;
                }
                at = side.last_at;
                for number in 0..*times {
                    at += i64::from(first << number) * 1_000_000;
                    if only.is_none_or(|only| only == *outward) {
                        out.push(Segment {
                            at: Timestamp::from_nanos(at),
                            frame: FrameNumber(out.len() as u64 + 1),
                            seq: SeqNumber(side.last.0),
                            payload_len: side.last.1,
                            flags: segment.flags.with(TcpFlags::PSH),
                            ip_id: 1000 + out.len() as u16,
                            ..segment
                        });
                    }
                }
                continue;
            }
            Deed::Lose(len) => side.next += len,
            Deed::Finish => {
                segment.flags = segment.flags.with(TcpFlags::FIN);
                side.next += 1;
                side.finished = true;
            }
        }
        if *heard {
            side.heard = side.next;
            sides[peer].acknowledged = segment.ack.0;
        }
        let seen = only.is_none_or(|only| only == *outward) && !matches!(deed, Deed::Lose(_));
        if seen {
            out.push(segment);
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn a_flow_joined_midway_without_a_probe_has_none(talk in talk()) {
        let scribe = play_segments(&captured(&talk), None);
        for flow in &scribe.flows {
            prop_assert_eq!((flow.probes, flow.first_delay), ([0, 0], [None, None]));
        }
        prop_assert!(scribe.silences.iter().all(|line| !line.contains("probe")), "{:?}", scribe.silences);
    }
}
