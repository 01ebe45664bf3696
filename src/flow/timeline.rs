//! Transcripts for tests: each line is a moment and a packet, and a watcher that writes down what it
//! is told.
//!
//! ```text
//! 0      > S   seq=100
//! 0.01   < SA  seq=500 ack=101
//! 0.02   > A   seq=101 ack=501
//! 10     > PA  seq=101 ack=501 len=20
//! ```
//! `>` is from 10.0.0.1:40000 to 10.0.0.2:443, `<` back. Also known: `win=`, `id=`, `ttl=`, `sack=`, and
//! `ts=`, `ecr=`, which make timestamps, and `in=`, the realm.

use super::{Basis, EndedBy, FlowView, Routed, Sequel, ServiceId, Settings, Silence, Tracker, Watcher};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, FlowKey, HashSeed, Realm, Segment, SegmentTraits, SeqNumber, TcpFlags};
use crate::time::{Span, Timestamp};

pub(crate) const SEED: HashSeed = HashSeed([1, 2, 3, 4]);

/// Reads a transcript; frames are numbered from 1 by line.
pub(crate) fn segments(transcript: &str) -> Vec<Segment> {
    let lines = transcript.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.enumerate().map(|(i, line)| segment(line, i as u64 + 1)).collect()
}

fn segment(line: &str, frame: u64) -> Segment {
    let mut words = line.split_whitespace();
    let seconds: f64 = words.next().unwrap().parse().unwrap();
    let outward = words.next().unwrap() == ">";
    let flags = words.next().unwrap().chars().fold(TcpFlags::default(), |flags, letter| {
        flags.with(match letter {
            'S' => TcpFlags::SYN,
            'A' => TcpFlags::ACK,
            'F' => TcpFlags::FIN,
            'R' => TcpFlags::RST,
            'P' => TcpFlags::PSH,
            other => panic!("flag {other}"),
        })
    });
    let client = Endpoint { addr: "10.0.0.1".parse().unwrap(), port: 40000 };
    let server = Endpoint { addr: "10.0.0.2".parse().unwrap(), port: 443 };
    let (src, dst) = if outward { (client, server) } else { (server, client) };
    let (key, sender) = FlowKey::between(src, dst, Realm(0));
    let mut segment = Segment {
        at: Timestamp::from_nanos((seconds * 1e9) as i64),
        frame: FrameNumber(frame),
        key,
        seq: SeqNumber(0),
        ack: SeqNumber(0),
        payload_len: 0,
        ts_val: 0,
        ts_ecr: 0,
        window: 1000,
        ip_id: frame as u16,
        ttl: 64,
        flags,
        sender,
        traits: SegmentTraits::default(),
    };
    for word in words {
        let (name, value) = word.split_once('=').unwrap();
        let value: u32 = value.parse().unwrap();
        match name {
            "seq" => segment.seq = SeqNumber(value),
            "ack" => segment.ack = SeqNumber(value),
            "len" => segment.payload_len = value,
            "win" => segment.window = value as u16,
            "id" => segment.ip_id = value as u16,
            "ttl" => segment.ttl = value as u8,
            "sack" => segment.traits = segment.traits.with(SegmentTraits::SACK),
            "ts" => {
                segment.ts_val = value;
                segment.traits = segment.traits.with(SegmentTraits::TIMESTAMPS);
            }
            "ecr" => segment.ts_ecr = value,
            "in" => segment.key = segment.key.within(Realm(value)),
            other => panic!("word {other}"),
        }
    }
    segment
}

/// Writes down what a tracker tells.
#[derive(Default)]
pub(crate) struct Scribe {
    /// `basis length-in-seconds ended-by start-end`, in order of telling.
    pub silences: Vec<String>,
    /// In order of telling.
    pub sequels: Vec<Sequel>,
    /// In order of telling.
    pub gaps: Vec<(Basis, Span, EndedBy)>,
    /// One per flow, in order of retirement.
    pub flows: Vec<Told>,
}

/// A retired flow.
pub(crate) struct Told {
    pub first_frame: u64,
    pub closed: super::ClosedBy,
    pub probes: [u64; 2],
    pub replies: [u64; 2],
    pub probe_or_reply: [u64; 2],
    pub one_ip_id: [bool; 2],
    pub first_delay: [Option<Span>; 2],
    /// What ended the longest gaps of all packets.
    pub ended_by: Vec<EndedBy>,
    pub probe_frames: [Vec<u64>; 2],
    pub time: [Option<super::Estimate>; 2],
    pub interval: [Option<super::Estimate>; 2],
    pub gave_up: [Option<u64>; 2],
    pub unanswered: [u32; 2],
    pub heartbeats: [Option<super::Heartbeat>; 2],
    pub zero_window_probes: u64,
    pub copies: u64,
    pub longest: Span,
    pub segments: [u64; 2],
    pub open: Vec<String>,
    pub initiator: String,
    pub realm: u32,
    pub icmp: usize,
    pub phase: super::Phase,
    pub strays: Vec<(u64, super::StrayKind)>,
    pub dropped: Option<super::ResetSeen>,
    pub ttl: [Option<u8>; 2],
    pub last_use: Timestamp,
    pub longest_payload: Span,
    pub facts: super::FlowFacts,
}

fn line(silence: &Silence) -> String {
    let trust = silence.trust.why().map_or("", |_| " suspect");
    match silence.ending {
        Some(end) => format!(
            "{} {} {} {}-{}{trust}",
            silence.basis.name(),
            silence.length,
            end.by.name(),
            silence.start_frame,
            end.frame
        ),
        None => format!("{} {} open {}{trust}", silence.basis.name(), silence.length, silence.start_frame),
    }
}

impl Watcher for Scribe {
    type Annex = ();

    fn gap(&mut self, _: ServiceId, basis: Basis, length: Span, ended_by: EndedBy) {
        self.gaps.push((basis, length, ended_by));
    }

    fn silence(&mut self, _: &FlowView<'_>, _: &mut (), silence: &Silence) {
        self.silences.push(line(silence));
    }

    fn sequel(&mut self, _: &FlowView<'_>, _: &mut (), sequel: &Sequel) {
        self.sequels.push(*sequel);
    }

    fn still_silent(&mut self, _: &FlowView<'_>, _: &mut (), silence: &Silence) {
        self.silences.push(format!("still {}", line(silence)));
    }

    fn retire(&mut self, flow: &FlowView<'_>, _: Option<&mut ()>, open: &[Silence]) {
        let of = super::Role::BOTH;
        self.flows.push(Told {
            first_frame: flow.first_frame().0,
            closed: flow.closed_by(),
            probes: of.map(|role| flow.probes(role).probes()),
            replies: of.map(|role| flow.probes(role).replies()),
            probe_or_reply: of.map(|role| flow.probes(role).probe_or_reply()),
            one_ip_id: of.map(|role| flow.probes(role).probe_or_reply_has_one_ip_id()),
            first_delay: of.map(|role| flow.probes(role).first_delay()),
            ended_by: flow.gaps(Basis::Any).kept().iter().map(|gap| gap.ended_by).collect(),
            probe_frames: of.map(|role| flow.probes(role).frames().iter().map(|f| f.0).collect()),
            time: of.map(|role| flow.probes(role).time()),
            interval: of.map(|role| flow.probes(role).interval()),
            gave_up: of.map(|role| flow.probes(role).gave_up().map(|f| f.0)),
            unanswered: of.map(|role| flow.probes(role).unanswered_now()),
            heartbeats: of.map(|role| flow.heartbeat(role)),
            zero_window_probes: flow.zero_window_probes().1,
            copies: flow.copies(),
            longest: flow.longest_gap(),
            segments: of.map(|role| flow.segments(role)),
            open: open.iter().map(line).collect(),
            initiator: flow.endpoint(super::Role::Initiator).to_string(),
            realm: flow.realm().0,
            icmp: flow.icmp().len(),
            phase: flow.phase(),
            strays: flow.strays().0.iter().map(|stray| (stray.frame.0, stray.kind)).collect(),
            dropped: flow.dropped_reset().copied(),
            ttl: of.map(|role| flow.ttl(role)),
            last_use: flow.last_use_at(),
            longest_payload: flow.longest_payload_gap(),
            facts: super::FlowFacts::of(flow),
        });
    }
}

/// Plays a transcript with a floor of five seconds, to its last segment.
pub(crate) fn play(transcript: &str) -> Scribe {
    play_until(transcript, None)
}

/// Plays a transcript to `end` seconds.
pub(crate) fn play_until(transcript: &str, end: Option<f64>) -> Scribe {
    play_segments(&segments(transcript), end)
}

/// Plays segments to `end` seconds, or to the last of them.
pub(crate) fn play_segments(segments: &[Segment], end: Option<f64>) -> Scribe {
    let settings = Settings {
        silence_floor: Span::from_secs(5),
        observation: crate::flow::ObservationFloor::always(Span::from_secs(5)),
        max_flows: 1000,
    };
    let mut tracker = Tracker::new(Scribe::default(), settings, SEED);
    let routed: Vec<Routed> =
        segments.iter().map(|s| Routed { segment: *s, hash: s.key.hash(SEED) }).collect();
    tracker.ingest_batch(&routed);
    let last = segments.iter().map(|s| s.at).max().unwrap_or_default();
    let end = end.map_or(last, |seconds| Timestamp::from_nanos((seconds * 1e9) as i64));
    let (mut scribe, _, _) = tracker.finish(end);
    scribe.flows.sort_by_key(|flow| flow.first_frame);
    scribe
}
