//! Random conversations as capture files, and the reports on them.

use crate::make::container::{in_time_order, pcap};
use crate::make::conversation::{ANSWER, Client, Conversation, Seen, Server, Side, Stack, secs};
use crate::make::packet::Wrapping;
use crate::make::rng::Rng;
use crate::run;
use idlescope::findings::{Listing, Terms};
use idlescope::report::Report;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the properties are tried: each run analyses a handful of captures. A failing input is printed whole,
/// nothing is written into the source tree.
pub fn config() -> ProptestConfig {
    ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() }
}

/// Beats of one [`Event::Heartbeat`], 45 s apart.
const BEATS: usize = 8;

/// What happens next in a conversation.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Say(Side),
    SayUnheard(Side),
    Repeat(Side),
    Ask,
    Heartbeat,
    Acknowledge(Side),
    Probe(Side),
    ProbeUnheard(Side),
    Finish(Side),
    Reset(Side),
}

/// A conversation: how its stack behaves, when it begins, and what happens after which silence.
#[derive(Clone, Debug)]
pub struct Talk {
    windows: bool,
    begins: Duration,
    events: Vec<(Duration, Event)>,
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Client), Just(Server)]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => side().prop_map(Event::Say),
        1 => side().prop_map(Event::SayUnheard),
        1 => side().prop_map(Event::Repeat),
        4 => Just(Event::Ask),
        1 => Just(Event::Heartbeat),
        1 => side().prop_map(Event::Acknowledge),
        4 => side().prop_map(Event::Probe),
        2 => side().prop_map(Event::ProbeUnheard),
        1 => side().prop_map(Event::Finish),
        1 => side().prop_map(Event::Reset),
    ]
}

/// Silences of every order of size, none exactly a limit.
fn silence() -> impl Strategy<Value = Duration> {
    prop_oneof![
        11u64..900,
        1_100u64..29_000,
        31_000u64..280_000,
        290_000u64..3_500_000,
        3_700_000u64..9_000_000
    ]
    .prop_map(Duration::from_millis)
}

/// One to six conversations.
pub fn talks() -> impl Strategy<Value = Vec<Talk>> {
    let talk = (any::<bool>(), 0u64..5000, prop::collection::vec((silence(), event()), 0..12));
    let talk = talk.prop_map(|(windows, begins, events)| Talk { windows, begins: secs(begins), events });
    prop::collection::vec(talk, 1..6)
}

/// The frames of `talks`, in time order, no two at the same time. `first_client` is the last byte of the
/// first client's address.
pub fn frames(talks: &[Talk], first_client: usize) -> Vec<Seen> {
    // Some share a client, and so a pair of hosts.
    let client = |number| format!("10.0.0.{}:{}", first_client + number / 2, 40_000 + number);
    frames_between(talks, client, |_| [Wrapping::Plain; 2])
}

/// The same, between clients and in networks, of the client's direction and the server's, that are given by number.
pub fn frames_between(
    talks: &[Talk],
    client: impl Fn(usize) -> String,
    networks: impl Fn(usize) -> [Wrapping; 2],
) -> Vec<Seen> {
    let mut rng = Rng(talks.len() as u64);
    let conversations = talks.iter().enumerate().map(|(number, talk)| {
        let mut conversation =
            Conversation::new(&mut rng, &client(number), "10.0.9.9:443").inside_each(networks(number));
        if talk.windows {
            conversation = conversation.with(Stack::Windows);
        }
        let mut at = talk.begins;
        conversation.open(at);
        at += 2 * ANSWER;
        for (silence, event) in &talk.events {
            at += *silence;
            match *event {
                Event::Say(side) => conversation.say(at, side, 30),
                Event::SayUnheard(side) => conversation.say_unheard(at, side, 30),
                Event::Repeat(side) => conversation.repeat(at, side),
                Event::Ask => conversation.ask(at, 30, 60),
                Event::Heartbeat => {
                    for _ in 0..BEATS {
                        conversation.ask(at, 8, 8);
                        at += secs(45);
                    }
                }
                Event::Acknowledge(side) => conversation.acknowledge(at, side),
                Event::Probe(side) => conversation.probe(at, side),
                Event::ProbeUnheard(side) => conversation.probe_unheard(at, side),
                Event::Finish(side) => conversation.finish(at, side),
                Event::Reset(side) => conversation.reset(at, side),
            }
            at += 4 * ANSWER;
        }
        conversation.into_frames()
    });
    let mut frames = in_time_order(conversations.collect::<Vec<_>>());
    for i in 1..frames.len() {
        frames[i].at = frames[i].at.max(frames[i - 1].at + Duration::from_micros(1));
    }
    frames
}

/// Trackers and proxies of growing patience; all flows listed.
pub fn terms() -> Terms {
    let hops = [
        "t30=30s",
        "t5m=5m",
        "t1h=1h",
        "t2h=2h",
        "p30=30s,refresh=payload",
        "p5m=5m,refresh=payload",
        "p1h=1h,refresh=payload",
        "d5m=5m,refresh=payload-per-direction",
        "i5m=5m,refresh=initiator",
        "conntrack=linux-conntrack,pickup=strict",
        "isa=ms-isa-nat-hotfix",
    ];
    Terms { listing: Listing::All, ..run::terms(&hops, None) }
}

/// Writes `frames` as a pcap file.
pub fn write(directory: &Path, name: &str, frames: &[Seen]) -> PathBuf {
    let file = directory.join(name);
    std::fs::write(&file, pcap(START, frames)).unwrap();
    file
}

/// 2020-09-13, any day.
pub const START: Duration = Duration::from_secs(1_600_000_000);

/// The report on `frames` as one file, by `workers`.
pub fn report(frames: &[Seen], workers: usize) -> Report {
    let directory = tempfile::tempdir().unwrap();
    let file = write(directory.path(), "capture.pcap", frames);
    run::report(&[file], &terms(), workers)
}

/// The machine output without what names files: those differ where the same frames lie in other files.
pub fn json_without_files(report: &Report) -> serde_json::Value {
    let mut json = run::json_of(report);
    json["capture"]["files"].take();
    for finding in json["findings"].as_array_mut().unwrap() {
        finding["files"].take();
    }
    json
}
