//! Timelines from segments to the judgement: the stories that the tool was built for.

use super::{Annex, CaseFile, Certainty, Finding, Judgement, Listing, Rule, Severity, Terms};
use crate::flow::timeline::{SEED, segments};
use crate::flow::{Basis, EndedBy, FlowView, Routed, Sequel, ServiceId, Settings, Silence, Tracker, Watcher};
use crate::frame::FrameNumber;
use crate::policy::{Hop, Keepalive, Path, Refresh, SelfProbe};
use crate::segment::{Endpoint, FlowKey, Realm, Segment, Sender};
use crate::simulate::{OutcomeKind, Survey, SurveyLimit};
use crate::time::{Span, Timestamp};
use std::sync::Arc;

/// A worker's watcher without histograms.
struct Clerk(CaseFile);

impl Watcher for Clerk {
    type Annex = Annex;

    fn gap(&mut self, _: ServiceId, _: Basis, _: Span, _: EndedBy) {}

    fn silence(&mut self, flow: &FlowView<'_>, annex: &mut Annex, silence: &Silence) {
        self.0.silence(flow, annex, silence);
    }

    fn sequel(&mut self, flow: &FlowView<'_>, annex: &mut Annex, sequel: &Sequel) {
        self.0.sequel(flow, annex, sequel);
    }

    fn still_silent(&mut self, flow: &FlowView<'_>, annex: &mut Annex, silence: &Silence) {
        self.0.still_silent(flow, annex, silence);
    }

    fn retire(&mut self, flow: &FlowView<'_>, annex: Option<&mut Annex>, open: &[Silence]) {
        self.0.retire(flow, annex, open);
    }
}

fn hop(name: &str, limit: u64) -> Hop {
    Hop::tracker(name.to_owned(), Span::from_secs(limit))
}

fn isa() -> Hop {
    Hop { preset: Some("ms-isa-nat"), ..hop("isa", 86_400) }
}

fn isa_with_hotfix() -> Hop {
    let probe = SelfProbe { after: Span::from_secs(5400), interval: Span::from_secs(1080), probes: 5 };
    Hop { preset: Some("ms-isa-nat-hotfix"), self_probe: Some(probe), ..hop("isa", 10_800) }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

pub(super) fn path(hops: impl Into<Vec<Hop>>) -> Path {
    Path { hops: hops.into(), keepalive: None, by_end: None }
}

/// The same flow from another port of the client, its frames after `frames`, `later` seconds later.
pub(super) fn moved(transcript: &str, port: u16, frames: u64, later: u64) -> Vec<Segment> {
    let client = Endpoint { addr: "10.0.0.1".parse().unwrap(), port };
    let server = Endpoint { addr: "10.0.0.2".parse().unwrap(), port: 443 };
    let mut all = segments(transcript);
    for segment in &mut all {
        let outward = segment.key.endpoint(segment.sender).port != 443;
        let (key, from_client) = FlowKey::between(client, server, Realm(0));
        segment.key = key;
        segment.sender = if outward { from_client } else { from_client.peer() };
        segment.frame = FrameNumber(segment.frame.0 + frames);
        segment.at = segment.at + Span::from_secs(later);
    }
    all
}

/// Judges segments up to second `end`, spread over `workers` by port.
pub(super) fn judge_with(terms: &Arc<Terms>, all: &[Segment], end: i64, workers: usize) -> Judgement {
    let settings = Settings {
        silence_floor: terms.silence_floor(),
        observation: crate::flow::ObservationFloor::always(terms.silence_floor()),
        max_flows: 10_000,
    };
    let mut files: Vec<CaseFile> = (0..workers)
        .map(|worker| {
            let mut tracker = Tracker::new(Clerk(CaseFile::new(Arc::clone(terms))), settings, SEED);
            let ports = |key: &FlowKey| key.port(Sender::Low) as usize + key.port(Sender::High) as usize;
            let mine: Vec<Routed> = all
                .iter()
                .filter(|segment| ports(&segment.key) % workers == worker)
                .map(|segment| Routed { segment: *segment, hash: segment.key.hash(SEED) })
                .collect();
            tracker.ingest_batch(&mine);
            tracker.finish(at(end)).0.0
        })
        .collect();
    files.reverse();
    Judgement::of(Arc::clone(terms), files, Vec::new())
}

fn judge(path: Path, transcript: &str, end: i64) -> Judgement {
    judge_with(&Arc::new(Terms::new(path, Survey::default())), &segments(transcript), end, 1)
}

fn rules(judgement: &Judgement) -> Vec<Rule> {
    judgement.findings.iter().map(|finding| finding.rule).collect()
}

fn finding(judgement: &Judgement, rule: Rule) -> &Finding {
    judgement.findings.iter().find(|finding| finding.rule == rule).expect("the rule fires")
}

const HANDSHAKE_AND_DATA: &str = "
    0      > S   seq=100
    0.01   < SA  seq=500 ack=101
    0.02   > A   seq=101 ack=501
    1      > PA  seq=101 ack=501 len=20
    1.01   < PA  seq=501 ack=121 len=50
    1.02   > A   seq=121 ack=551
";

/// Probed by the client every half hour, used again after two and a half hours.
const PROBED_EVERY_HALF_HOUR: &str = "
    1801   > A   seq=120 ack=551
    1801.01 < A  seq=551 ack=121
    3601   > A   seq=120 ack=551
    3601.01 < A  seq=551 ack=121
    5401   > A   seq=120 ack=551
    5401.01 < A  seq=551 ack=121
    7201   > A   seq=120 ack=551
    7201.01 < A  seq=551 ack=121
    9000   > PA  seq=121 ack=551 len=20
    9000.01 < A  seq=551 ack=141
";

#[test]
fn exchange_behind_three_hops_is_protected_by_keepalive_of_half_an_hour() {
    let chain = path([hop("firewall", 3600), hop("mdm", 3000), hop("lb", 2400)]);
    let chain = Path {
        keepalive: Some(Keepalive { time: Span::from_secs(1800), ..Keepalive::LINUX_DEFAULT }),
        ..chain
    };
    let judgement = judge(chain, &format!("{HANDSHAKE_AND_DATA}{PROBED_EVERY_HALF_HOUR}"), 9001);
    assert_eq!(rules(&judgement), [Rule::SavedByKeepalive]);
    assert_eq!(judgement.totals.saved_by_keepalive, 1);
    assert_eq!(judgement.totals.hops.iter().map(|h| h.of(OutcomeKind::SavedByKeepalive)).sum::<u64>(), 3);
    let saved = finding(&judgement, Rule::SavedByKeepalive);
    assert!(
        saved.summary.contains("the initiator's probes every 30m kept it alive past lb (40m)"),
        "{}",
        saved.summary
    );
    let verdicts = &judgement.flows[0].verdicts;
    assert!(
        verdicts.iter().all(|verdict| verdict.margin().is_some_and(|margin| margin > Span::from_secs(590)))
    );
}

#[test]
fn exchange_with_the_default_of_two_hours_is_cut_by_a_half_hour_firewall_before_the_first_probe() {
    let transcript = format!(
        "{HANDSHAKE_AND_DATA}
        7202   > A   seq=120 ack=551
        7202.01 < A  seq=551 ack=121
        9000   > PA  seq=121 ack=551 len=20
        9000.01 < A  seq=551 ack=141"
    );
    let judgement = judge(path([hop("firewall", 1800)]), &transcript, 9001);
    assert_eq!(rules(&judgement), [Rule::PredictedCut, Rule::KeepaliveTooSlow]);
    let cut = finding(&judgement, Rule::PredictedCut);
    assert_eq!(cut.frames, [FrameNumber(6), FrameNumber(7)]);
    assert_eq!(cut.severity, Severity::Error);
    assert_eq!(cut.at, Some(Timestamp::from_nanos(1_801_020_000_000)));
    assert_eq!(
        cut.display_filter,
        "(ip.addr==10.0.0.1 && ip.addr==10.0.0.2 && tcp.port==40000 && tcp.port==443 && frame.number>=6 && \
         frame.number<=7)"
    );
    assert_eq!((judgement.totals.cut, judgement.totals.used_again), (1, 1));
}

#[test]
fn a_flow_without_keepalive_is_cut_by_the_shortest_hop_and_the_others_are_named() {
    let transcript = format!(
        "{HANDSHAKE_AND_DATA}
        7381   < PA  seq=551 ack=121 len=10
        7381.01 > A  seq=121 ack=561"
    );
    let judgement = judge(path([hop("firewall", 3600), hop("lb", 2400)]), &transcript, 7382);
    assert_eq!(rules(&judgement), [Rule::PredictedCut, Rule::NoKeepalive]);
    let cut = finding(&judgement, Rule::PredictedCut);
    assert_eq!(cut.hop.as_deref(), Some("lb"));
    assert_eq!(
        cut.summary,
        "idle 2h 2m between frames 6 and 7 (any packet); lb (40m) forgets it at 1970-01-01T00:40:01Z, 1h 22m \
         before the responder's data came; firewall (1h) would have done so later; but the flow survived 2h 2m (frames 6 \
         and 7): where this was captured, no such timer of 40m was at work"
    );
    let [firewall, lb] = &judgement.totals.hops[..] else { panic!("two hops") };
    assert_eq!((firewall.of(OutcomeKind::Cut), firewall.cuts_first, lb.cuts_first), (1, 0, 1));
    let service = &judgement.services[0];
    assert_eq!((service.flows, service.cut, service.of(Rule::PredictedCut)), (1, 1, 1));
}

#[test]
fn isa_holds_the_socket_of_a_vanished_client_for_a_day() {
    let judgement = judge(path([isa()]), HANDSHAKE_AND_DATA, 100_000);
    let expiry = finding(&judgement, Rule::PredictedExpiry);
    assert_eq!(expiry.at, Some(Timestamp::from_nanos(86_401_020_000_000)));
    assert!(expiry.remedy.step.contains("KeepAliveTimeout = 5400"), "{}", expiry.remedy.step);
    let stale = finding(&judgement, Rule::Stale);
    assert!(stale.summary.contains("for ever"), "{}", stale.summary);
    assert!(rules(&judgement).contains(&Rule::NoKeepalive));
}

#[test]
fn isa_with_hotfix_releases_it_after_twice_ninety_minutes() {
    let gone = format!(
        "{HANDSHAKE_AND_DATA}
        5      < PA  seq=551 ack=121 len=10
        5.3    < PA  seq=551 ack=121 len=10
        5.9    < PA  seq=551 ack=121 len=10
        7.1    < PA  seq=551 ack=121 len=10"
    );
    let judgement = judge(path([isa_with_hotfix()]), &gone, 100_000);
    let expiry = finding(&judgement, Rule::PredictedExpiry);
    assert_eq!(
        (expiry.at, expiry.certainty),
        (Some(Timestamp::from_nanos(10_807_100_000_000)), Certainty::Certain)
    );

    let silent = judge(path([isa_with_hotfix()]), HANDSHAKE_AND_DATA, 100_000);
    let expiry = finding(&silent, Rule::PredictedExpiry);
    assert_eq!((expiry.severity, expiry.certainty), (Severity::Notice, Certainty::Possible));
    assert_eq!(expiry.at, Some(Timestamp::from_nanos(10_801_020_000_000)));
    assert_eq!(silent.totals.unknown, 1);
}

#[test]
fn stale_flows_of_one_client_are_counted_as_slots() {
    let terms = Arc::new(Terms::new(path([isa()]), Survey::default()));
    let all: Vec<Segment> =
        (0..5).flat_map(|n| moved(HANDSHAKE_AND_DATA, 40_000 + n, u64::from(n) * 6, u64::from(n))).collect();
    let judgement = judge_with(&terms, &all, 20_000, 2);
    assert_eq!(judgement.stale.len(), 1);
    assert_eq!((judgement.stale[0].stale, judgement.stale_total), (5, 1));
    let stale = finding(&judgement, Rule::Stale);
    assert!(stale.summary.contains("one of 5 stale flows of 10.0.0.1 to 10.0.0.2:443"), "{}", stale.summary);
}

#[test]
fn a_prober_that_gives_up_names_its_peer_dead() {
    let transcript = format!(
        "{HANDSHAKE_AND_DATA}
        61     > A   seq=120 ack=551
        71     > A   seq=120 ack=551
        81     > A   seq=120 ack=551
        91     > RA  seq=121 ack=551"
    );
    let judgement = judge(path([]), &transcript, 100);
    assert_eq!(rules(&judgement), [Rule::DeadPeer]);
    assert_eq!(judgement.findings[0].severity, Severity::Error);
}

#[test]
fn a_socket_that_nobody_closes_stays_in_close_wait() {
    let transcript = format!(
        "{HANDSHAKE_AND_DATA}
        2      < FA  seq=551 ack=121
        2.01   > A   seq=121 ack=552"
    );
    let judgement = judge(path([]), &transcript, 3600);
    assert_eq!(rules(&judgement), [Rule::HalfClosedIdle]);
    assert!(
        judgement.findings[0].remedy.step.contains("10.0.0.1:40000"),
        "{}",
        judgement.findings[0].remedy.step
    );
}

#[test]
fn a_busy_flow_that_closes_leaves_no_finding_and_its_longest_gap() {
    let transcript = format!(
        "{HANDSHAKE_AND_DATA}
        62     > FA  seq=121 ack=551
        62.01  < FA  seq=551 ack=122
        62.02  > A   seq=122 ack=552"
    );
    let judgement = judge(path([hop("firewall", 3600)]), &transcript, 90_000);
    assert!(judgement.findings.is_empty() && judgement.flows.is_empty());
    assert_eq!((judgement.totals.closed_fin, judgement.totals.hops[0].of(OutcomeKind::Survives)), (1, 1));
    let longest = judgement.longest_gap.unwrap();
    assert_eq!((longest.length.as_secs(), longest.after_frame), (60, Some(FrameNumber(6))));
    assert_eq!(judgement.longest_open_gap, None);
}

#[test]
fn without_hops_the_survey_counts_flows_at_each_limit() {
    let limit = |seconds| SurveyLimit { limit: Span::from_secs(seconds), names: Vec::new() };
    let survey = Survey::new([
        (Refresh::AnyPacket, limit(350)),
        (Refresh::AnyPacket, limit(3600)),
        (Refresh::Payload, limit(3600)),
    ]);
    let terms = Arc::new(Terms::new(path([]), survey));
    let transcript = format!("{HANDSHAKE_AND_DATA}{PROBED_EVERY_HALF_HOUR}");
    let judgement = judge_with(&terms, &segments(&transcript), 9001, 1);
    let rows: Vec<(u64, u64)> =
        judgement.survey.iter().map(|line| (line.row.cut, line.row.saved_by_keepalive)).collect();
    assert_eq!(rows, [(1, 0), (0, 1), (1, 0)]);
    assert!(judgement.findings.is_empty(), "{:?}", judgement.findings);
}

#[test]
fn an_expiry_is_announced_while_the_flow_is_silent_and_once() {
    let terms = Arc::new(Terms::new(path([hop("firewall", 3600), hop("lb", 2400)]), Survey::default()));
    let settings = Settings {
        silence_floor: terms.silence_floor(),
        observation: crate::flow::ObservationFloor::always(terms.silence_floor()),
        max_flows: 10,
    };
    let mut tracker = Tracker::new(Clerk(CaseFile::new(Arc::clone(&terms))), settings, SEED);
    for segment in segments(HANDSHAKE_AND_DATA) {
        tracker.ingest(&segment, segment.key.hash(SEED));
    }
    let mut announced = |second| {
        tracker.tell_silences(at(second));
        let told = tracker.watcher_mut().0.take_announcements();
        told.into_iter().filter_map(|finding| finding.hop).collect::<Vec<_>>()
    };
    assert_eq!(announced(2000), Vec::<String>::new());
    assert_eq!(announced(2500), ["lb"]);
    assert_eq!(announced(3000), Vec::<String>::new());
    assert_eq!(announced(4000), ["firewall"]);
    let judgement = Judgement::of(terms, vec![tracker.finish(at(4000)).0.0], Vec::new());
    assert_eq!(judgement.totals.of(Rule::PredictedExpiry), 1);
}

#[test]
fn how_flows_are_spread_over_workers_never_changes_the_judgement() {
    let idle = |seconds: u64| {
        format!(
            "{HANDSHAKE_AND_DATA}
            {seconds}      < PA  seq=551 ack=121 len=10
            {seconds}.5   > A   seq=121 ack=561"
        )
    };
    let all: Vec<Segment> = (0..60u64)
        .flat_map(|n| moved(&idle(20 + (n % 20).pow(2) * 3), 40_000 + n as u16, n * 8, n % 7))
        .collect();
    for listing in [Listing::Findings, Listing::All, Listing::None] {
        let terms = Terms {
            listing,
            flows_listed: 10,
            ..Terms::new(path([hop("firewall", 3600), hop("lb", 350)]), Survey::default())
        };
        let terms = Arc::new(terms);
        let one = judge_with(&terms, &all, 20_000, 1);
        let three = judge_with(&terms, &all, 20_000, 3);
        assert_eq!(format!("{one:?}"), format!("{three:?}"));
        assert_eq!(one.flows.len(), if listing == Listing::None { 0 } else { 10 });
        assert!(one.totals.of(Rule::PredictedCut) > 10 && one.totals.flows == 60);
        for hop in one.totals.hops.iter().chain(&one.services[0].hops) {
            assert_eq!(hop.outcomes.iter().sum::<u64>(), 60, "each flow counts once at each hop");
            // Each flow falls silent twice: once until its late data, once until the capture ends.
            assert!(hop.later_expiries <= hop.of(OutcomeKind::Cut));
        }
        let lb = &one.totals.hops[1];
        assert_eq!((lb.of(OutcomeKind::Cut), lb.later_expiries), (60, 27));
    }
}
