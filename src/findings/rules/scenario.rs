//! Test flows: silences and what became of the flow, judged by the real hop states and rules.

use super::{Claim, Telling, examine};
use crate::findings::annex::{Annex, Trial};
use crate::findings::case::{Case, Prober};
use crate::findings::finding::Finding;
use crate::findings::flow_record::{FlowRecord, KeepaliveRecord};
use crate::findings::rule::Rule;
use crate::findings::terms::Terms;
use crate::flow::{
    Basis, ClosedBy, EndedBy, Ending, Estimate, Opened, Phase, Role, Sequels, Silence, Standing, Trust,
};
use crate::frame::FrameNumber;
use crate::policy::{Hop, Keepalive, Path};
use crate::segment::{Endpoint, Realm};
use crate::simulate::{Aftermath, Survey, Verdict};
use crate::time::{Span, Timestamp};

/// A tracker with only an established timer, in seconds, that drops.
pub(in crate::findings) fn hop(name: &str, limit: u64) -> Hop {
    Hop::tracker(name.to_owned(), Span::from_secs(limit))
}

fn endpoint(text: &str) -> Endpoint {
    let address: std::net::SocketAddr = text.parse().expect("an address and a port");
    Endpoint { addr: address.ip(), port: address.port() }
}

/// A flow of which nothing but its ends is known.
pub(in crate::findings) fn flow_between(initiator: &str, responder: &str) -> FlowRecord {
    FlowRecord {
        id: None,
        initiator: endpoint(initiator),
        responder: endpoint(responder),
        realm: Realm::default(),
        opened: Opened::Handshake,
        closed_by: ClosedBy::Nothing,
        two_way: true,
        first_at: Timestamp::from_nanos(0),
        last_at: Timestamp::from_nanos(0),
        first_frame: FrameNumber(1),
        last_frame: FrameNumber(1),
        segments: [1, 1],
        payload_bytes: [0, 0],
        longest_gap: Span::ZERO,
        longest_payload_gap: Span::ZERO,
        open_gap: None,
        gaps: Vec::new(),
        gaps_total: 0,
        keepalive: [KeepaliveRecord::default(), KeepaliveRecord::default()],
        heartbeats: [None; 2],
        zero_window_probes: Vec::new(),
        zero_window_probes_total: 0,
        icmp: Vec::new(),
        copies: 0,
        reset_frame: None,
        sequels: Sequels::default(),
        resets: [None; 2],
        verdicts: Vec::new(),
        failed: None,
        explanations: Vec::new(),
        findings: Vec::new(),
    }
}

fn secs(seconds: u64) -> Timestamp {
    Timestamp::from_nanos(seconds as i64 * 1_000_000_000)
}

/// A flow and its path. Frames count seconds from 1; the initiator sends everything that ends a silence.
#[derive(Clone)]
pub(in crate::findings) struct Scenario {
    path: Path,
    standing: Standing,
    silences: Vec<Silence>,
    last_payload: u64,
    closed_by: ClosedBy,
    two_way: bool,
    fins: [bool; 2],
    probe_frames: Vec<FrameNumber>,
    probe_time: Option<u64>,
    unanswered: u32,
    gave_up: Option<FrameNumber>,
    stale: u64,
}

impl Scenario {
    pub const QUIET: Standing =
        Standing { phase: Phase::Established, unacknowledged: false, retransmissions: 0, zero_window: false };

    pub fn behind(hops: impl Into<Vec<Hop>>) -> Self {
        Scenario {
            path: Path { hops: hops.into(), keepalive: None, by_end: None },
            standing: Self::QUIET,
            silences: Vec::new(),
            last_payload: 0,
            closed_by: ClosedBy::Nothing,
            two_way: true,
            fins: [false; 2],
            probe_frames: Vec::new(),
            probe_time: None,
            unanswered: 0,
            gave_up: None,
            stale: 0,
        }
    }

    pub fn keepalive(mut self, keepalive: Keepalive) -> Self {
        self.path.keepalive = Some(keepalive);
        self
    }

    /// What holds during the silences that follow.
    pub fn standing(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    /// A silence from second `start`, ended after `length` seconds.
    pub fn silence(mut self, basis: Basis, start: u64, length: u64, by: EndedBy) -> Self {
        let end = start + length;
        let ending = Ending { frame: FrameNumber(end + 1), at: secs(end), by, sender: Role::Initiator };
        self = self.open(basis, start, length);
        if let Some(silence) = self.silences.last_mut() {
            silence.ending = Some(ending);
        }
        self
    }

    /// A silence from second `start` that lasts `length` seconds until the capture ends.
    pub fn open(mut self, basis: Basis, start: u64, length: u64) -> Self {
        self.silences.push(Silence {
            basis,
            start_frame: FrameNumber(start + 1),
            start_at: secs(start),
            length: Span::from_secs(length),
            standing: self.standing,
            ending: None,
            trust: Trust::Clean,
        });
        self
    }

    pub fn last_payload(mut self, second: u64) -> Self {
        self.last_payload = second;
        self
    }

    pub fn closed_by(mut self, closed_by: ClosedBy) -> Self {
        self.closed_by = closed_by;
        self
    }

    pub fn one_way(mut self) -> Self {
        self.two_way = false;
        self
    }

    pub fn fin(mut self, role: Role) -> Self {
        self.fins[role.index()] = true;
        self
    }

    /// The initiator probed `count` times, every `time` seconds from the start.
    pub fn probed(mut self, time: u64, count: u64) -> Self {
        self.probe_time = Some(time);
        self.probe_frames = (1..=count).map(|n| FrameNumber(n * time + 1)).collect();
        self
    }

    pub fn unanswered(mut self, probes: u32) -> Self {
        self.unanswered = probes;
        self
    }

    /// Stale flows of this client to this service.
    pub fn stale(mut self, flows: u64) -> Self {
        self.stale = flows;
        self
    }

    pub fn with_segments_missing(mut self) -> Self {
        for silence in &mut self.silences {
            silence.trust = Trust::SegmentsMissing;
        }
        self
    }

    fn estimate(&self) -> Option<Estimate> {
        let best = Span::from_secs(self.probe_time?);
        Some(Estimate { best, low: best, high: best })
    }

    fn verdicts(&self, terms: &Terms) -> (Annex, Vec<Verdict>) {
        let mut annex = Annex::default();
        for silence in &self.silences {
            annex.note(terms, 0..terms.path.hops.len(), silence);
        }
        let after = Aftermath {
            last_use_at: secs(self.last_payload),
            goodbye: None,
            last_at: [secs(self.last_payload); 2],
            two_way: self.two_way,
            roles_known: true,
            probes_unanswered: self.unanswered >= 2,
        };
        let verdicts = match annex.trial() {
            Trial::Hops(states) => {
                states.iter().zip(&terms.path.hops).map(|(state, hop)| state.verdict(hop, &after)).collect()
            }
            Trial::Untried | Trial::Survey(_) => vec![Verdict::UNTOUCHED; terms.path.hops.len()],
        };
        (annex, verdicts)
    }

    fn claims(&self, terms: &Terms) -> (Vec<Verdict>, Vec<Claim>) {
        let (annex, verdicts) = self.verdicts(terms);
        let open =
            self.silences.iter().find(|silence| silence.basis == Basis::Any && silence.ending.is_none());
        let prober = Prober {
            probe_or_reply: 0,
            probes: self.probe_frames.len() as u64,
            unanswered: self.unanswered,
            gave_up: self.gave_up,
            time: self.estimate(),
            frames: &self.probe_frames,
            last_at: self.probe_frames.last().map(|frame| secs(frame.0 - 1)),
        };
        let case = Case {
            route: crate::findings::RouteId::DEFAULT,
            terms,
            verdicts: &verdicts,
            closed_by: self.closed_by,
            phase: self.standing.phase,
            two_way: self.two_way,
            fins: self.fins,
            probers: [prober, Prober::default()],
            open: open.copied(),
            half_closed: annex.half_closed(),
            dropped_reset: None,
        };
        let mut claims = Vec::new();
        examine(&case, &mut claims);
        (verdicts, claims)
    }

    fn terms(&self) -> Terms {
        Terms::new(self.path.clone(), Survey::default())
    }

    /// Which rules fire.
    pub fn rules(&self) -> Vec<Rule> {
        self.claims(&self.terms()).1.iter().map(Claim::rule).collect()
    }

    /// The finding of a rule that must fire.
    pub fn finding(&self, rule: Rule) -> Finding {
        let terms = self.terms();
        let (verdicts, claims) = self.claims(&terms);
        let claim = claims.iter().find(|claim| claim.rule() == rule).expect("the rule fires");
        let mut flow = flow_between("10.0.0.1:40000", "10.0.0.2:443");
        flow.verdicts = verdicts;
        flow.keepalive[0].frames = self.probe_frames.clone();
        flow.keepalive[0].time = self.estimate();
        flow.longest_gap = self.silences.iter().map(|silence| silence.length).max().unwrap_or_default();
        claim.tell(&Telling { terms: &terms, flow: &flow, stale: self.stale })
    }
}
