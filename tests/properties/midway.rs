//! Traffic without a probe, joined midway or seen in one direction, has none in the report.

use crate::make::container::in_time_order;
use crate::make::conversation::{Client, Conversation, Seen, Server, Side};
use crate::make::rng::Rng;
use crate::traffic::{config, write};
use crate::tuning::{plan, tuned};
use proptest::prelude::*;
use std::time::Duration;

/// What happens next: so many bytes, acknowledged or not yet, or an acknowledgment by itself.
#[derive(Clone, Copy, Debug)]
enum Event {
    Say(Side, usize),
    SayUnheard(Side, usize),
    Acknowledge(Side),
}

fn event() -> impl Strategy<Value = Event> {
    let side = || prop_oneof![Just(Client), Just(Server)];
    let bytes = || prop_oneof![Just(1usize), 2usize..1400];
    prop_oneof![
        2 => (side(), bytes()).prop_map(|(side, bytes)| Event::Say(side, bytes)),
        1 => (side(), bytes()).prop_map(|(side, bytes)| Event::SayUnheard(side, bytes)),
        4 => side().prop_map(Event::Acknowledge),
    ]
}

#[derive(Clone, Debug)]
struct Talk {
    events: Vec<(u64, Event)>,
    /// Frames before the capture began, its handshake and maybe more.
    unseen: usize,
    /// Which direction the capture has, when not both.
    only: Option<Side>,
}

fn talks() -> impl Strategy<Value = Vec<Talk>> {
    let pause = prop_oneof![10u64..900, 1_000u64..5_000, 5_000u64..100_000];
    let only = prop_oneof![2 => Just(None), 1 => Just(Some(Client)), 1 => Just(Some(Server))];
    let talk = (prop::collection::vec((pause, event()), 1..12), 3usize..8, only);
    prop::collection::vec(talk.prop_map(|(events, unseen, only)| Talk { events, unseen, only }), 20..60)
}

fn captured(number: usize, talk: &Talk) -> Vec<Seen> {
    let mut rng = Rng(number as u64);
    let client = [10, 0, 1, number as u8];
    let [a, b, c, d] = client;
    let mut session = Conversation::new(&mut rng, &format!("{a}.{b}.{c}.{d}:40000"), "10.0.9.9:443");
    session.open(Duration::ZERO);
    let mut at = Duration::ZERO;
    for (pause, event) in &talk.events {
        at += Duration::from_millis(*pause);
        match *event {
            Event::Say(side, bytes) => session.say(at, side, bytes),
            Event::SayUnheard(side, bytes) => session.say_unheard(at, side, bytes),
            Event::Acknowledge(side) => session.acknowledge(at, side),
        }
    }
    // The source address stands in the IPv4 header, which follows 14 bytes of Ethernet.
    let side = |seen: &Seen| if seen.bytes[26..30] == client { Client } else { Server };
    let seen = session.into_frames().into_iter().skip(talk.unseen);
    seen.filter(|seen| talk.only.is_none_or(|only| only == side(seen))).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn acknowledgments_and_payload_joined_midway_make_no_probe(talks in talks()) {
        let frames = in_time_order(talks.iter().enumerate().map(|(number, talk)| captured(number, talk)));
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "capture.pcap", &frames);
        let report = tuned(&[file], 2, &plan());
        let sides = report.flows.iter().flat_map(|flow| [&flow.keepalive.initiator, &flow.keepalive.responder]);
        prop_assert_eq!(sides.map(|side| side.probes).sum::<u64>(), 0);
        if let Some(tuning) = &report.tuning {
            prop_assert_eq!(tuning.distributions.first_probe_delays.count, 0);
        }
    }
}
