//! However a client tries again on one pair of ports, and whoever answers: each attempt is one flow, and every segment
//! is counted once.

use crate::make::conversation::{ANSWER, Client};
use crate::make::conversation::{Conversation, Seen, Server, secs};
use crate::make::packet::{ACK, RST, SYN};
use crate::make::rng::Rng;
use crate::traffic::{config, report};
use proptest::prelude::*;
use std::time::Duration;

/// What happens to the present attempt, or instead of it.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// Another attempt with a number of its own.
    Attempt,
    /// The same SYN again.
    Repeat,
    /// It is answered, and used once.
    Serve,
    /// A second server answers it.
    OtherServer,
    /// A RST that refuses it, or none that it must take.
    Refuse,
    Misrefuse,
    /// What an older connection left at the server speaks up, and is reset.
    Challenge,
}

fn turns() -> impl Strategy<Value = Vec<(u64, Turn)>> {
    let turn = prop_oneof![
        4 => Just(Turn::Attempt),
        2 => Just(Turn::Repeat),
        2 => Just(Turn::Serve),
        2 => Just(Turn::OtherServer),
        1 => Just(Turn::Refuse),
        1 => Just(Turn::Misrefuse),
        2 => Just(Turn::Challenge),
    ];
    prop::collection::vec((20u64..9_000, turn), 0..60)
}

/// One pair of ports over time, and how often it was tried.
fn frames(turns: &[(u64, Turn)], seed: u64) -> (Vec<Seen>, u64) {
    let mut rng = Rng(seed);
    let mut begin = |at| {
        let mut attempt = Conversation::new(&mut rng, "10.0.0.1:1023", "10.0.9.9:514");
        attempt.knock(at);
        attempt
    };
    let mut at = secs(1);
    let mut attempt = begin(at);
    let (mut served, mut attempts, mut done) = (false, 1, Vec::new());
    for (pause, turn) in turns {
        at += Duration::from_millis(*pause);
        match turn {
            Turn::Attempt => {
                done.extend(std::mem::replace(&mut attempt, begin(at)).into_frames());
                (served, attempts) = (false, attempts + 1);
            }
            Turn::Repeat if !served => attempt.knock(at),
            Turn::Serve if !served => {
                attempt.open(at);
                attempt.ask(at + 3 * ANSWER, 30, 60);
                served = true;
            }
            Turn::OtherServer if served => attempt.forge(at, Server, |packet| {
                packet.flags = SYN | ACK;
                packet.seq = packet.seq.wrapping_add(0x1357_9bdf);
                // Of the SYN, before the 30 bytes.
                packet.ack = packet.ack.wrapping_sub(30);
            }),
            Turn::Refuse if !served => {
                let syn = attempt.next_of(Client);
                attempt.forge(at, Server, |packet| {
                    (packet.flags, packet.seq, packet.ack) = (RST | ACK, 0, syn.wrapping_add(1));
                });
            }
            Turn::Misrefuse if !served => {
                let syn = attempt.next_of(Client);
                attempt.forge(at, Server, |packet| {
                    (packet.flags, packet.seq, packet.ack) = (RST | ACK, 0, syn);
                });
            }
            Turn::Challenge if !served => {
                let old = attempt.next_of(Client).wrapping_add(0x2000_0000);
                attempt.forge(at, Server, |packet| (packet.seq, packet.ack) = (77, old));
                attempt.forge(at + ANSWER, Client, |packet| {
                    (packet.flags, packet.seq, packet.ack) = (RST, old, 0);
                });
            }
            _ => {}
        }
    }
    done.extend(attempt.into_frames());
    (done, attempts)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn each_attempt_on_a_pair_of_ports_is_one_flow(turns in turns(), seed in 1u64..1000) {
        let (frames, attempts) = frames(&turns, seed);
        let report = report(&frames, 2);
        prop_assert_eq!(report.totals.flows, attempts);
        let segments: u64 = report.flows.iter().map(|flow| flow.segments.initiator + flow.segments.responder).sum();
        prop_assert_eq!(segments + report.capture.duplicates, frames.len() as u64);
        prop_assert!(report.flows.iter().all(|flow| flow.initiator == "10.0.0.1:1023"));
    }
}
