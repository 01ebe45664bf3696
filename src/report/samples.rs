//! Typical reports, for the tests of the pages.

use super::*;
use crate::flow::Role;
use crate::policy::{Expiry, Hop, Keepalive, Path, Pickup, Refresh, TimerTable};
use crate::stats;
use crate::time::{Span, Timestamp};
use std::collections::BTreeMap;

pub(super) fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("cut_behind_three_hops", cut_behind_three_hops()),
        ("nothing_idle", nothing_idle()),
        ("survey", survey()),
        ("damaged", damaged()),
        ("sockets_left_behind", sockets_left_behind()),
        ("saved_by_keepalive", saved_by_keepalive()),
        ("no_tcp", no_tcp()),
        ("both_sides", both_sides()),
    ]
}

const START: Timestamp = Timestamp::from_nanos(1_700_000_000_000_000_000);

fn after(seconds: u64) -> Moment {
    Moment(START + Span::from_secs(seconds))
}

fn secs(seconds: u64) -> Seconds {
    Seconds(Span::from_secs(seconds))
}

fn hop(name: &str, minutes: u64) -> Hop {
    Hop {
        name: name.to_owned(),
        preset: None,
        timers: TimerTable::established(Span::from_secs(minutes * 60)),
        refresh: Refresh::AnyPacket,
        expiry: Expiry::Drop,
        pickup: Pickup::Strict,
        self_probe: None,
        own_keepalive: None,
    }
}

fn capture(frames: u64, seconds: u64) -> Capture {
    Capture {
        files: vec![InputFile {
            name: "case.pcapng".to_owned(),
            format: "pcapng".to_owned(),
            link_types: vec!["EN10MB".to_owned()],
            frames,
            complete: true,
            ..InputFile::default()
        }],
        frames,
        tcp_segments: frames - 24,
        skipped: BTreeMap::from([("not-ip".to_owned(), 4), ("not-tcp".to_owned(), 20)]),
        first_at: Some(after(0)),
        last_at: Some(after(seconds)),
        span_s: secs(seconds),
        recorded_s: secs(seconds),
        dropped: Some(0),
        ..Capture::default()
    }
}

/// Each pair is a length in seconds and how many gaps had it.
fn histogram(gaps: &[(u64, u64)], limits: &[Span]) -> GapHistogram {
    let mut source = stats::GapHistogram::new();
    source.record_n(Span::from_nanos(1), 5_210);
    source.record_n(Span::from_millis(40), 800);
    source.record_n(Span::from_millis(220), 90);
    for (seconds, count) in gaps {
        source.record_n(Span::from_secs(*seconds), *count);
    }
    let longest = gaps.iter().map(|(seconds, _)| Span::from_secs(*seconds)).max();
    GapHistogram::of(&stats::PackedHistogram::of(&source), Told::All, longest, limits)
}

fn histograms(gaps: &[(u64, u64)], path: &Path) -> GapHistograms {
    let limits: Vec<Span> = path.hops.iter().map(|hop| hop.timers.established).collect();
    let any = histogram(gaps, &limits);
    GapHistograms { payload: any.clone(), initiator: any.clone(), responder: any.clone(), any }
}

fn longest(length: u64, flow: u64, start_frame: u64, end_frame: Option<u64>) -> Option<LongestGap> {
    Some(LongestGap {
        length_s: secs(length),
        flow,
        initiator: format!("10.1.2.3:{}", 51_000 + flow),
        responder: "10.9.8.7:443".to_owned(),
        start_frame: Some(start_frame),
        end_frame,
    })
}

fn flow(id: u64, gap: u64) -> Flow {
    Flow {
        id,
        initiator: format!("10.1.2.3:{}", 51_000 + id),
        responder: "10.9.8.7:443".to_owned(),
        first_at: after(id),
        last_at: after(id + gap + 60),
        first_frame: 10 * id + 1,
        last_frame: 1_100 + id,
        segments: PerRole { initiator: 40, responder: 38 },
        payload_bytes: PerRole { initiator: 2_048, responder: 80_000 },
        longest_gap_s: secs(gap),
        longest_payload_gap_s: secs(gap),
        open_gap_s: Some(secs(30)),
        gaps: vec![FlowGap {
            basis: BasisWord::Any,
            start_frame: 1_000 + id,
            end_frame: 1_050 + id,
            start_at: after(id + 30),
            length_s: secs(gap),
            ended_by: EndedByWord::Data,
            trust: TrustWord::Clean,
            why: None,
        }],
        gaps_total: 1,
        display_filter: format!("tcp.stream eq {id}"),
        ..Flow::default()
    }
}

fn finding(rule: &str, severity: Severity, flow: &Flow, hop: Option<&str>, summary: String) -> Finding {
    let gap = flow.gaps.first();
    Finding {
        flow: Some(flow.id),
        flows_total: 1,
        initiator: Some(flow.initiator.clone()),
        responder: Some(flow.responder.clone()),
        hop: hop.map(str::to_owned),
        gap_s: gap.map(|gap| gap.length_s),
        frames: gap.map(|gap| vec![gap.start_frame, gap.end_frame]).unwrap_or_default(),
        at: gap.map(|gap| Moment(gap.start_at.0 + gap.length_s.0)),
        display_filter: gap.map(|gap| {
            format!("tcp.stream eq {} && frame.number in {{{}, {}}}", flow.id, gap.start_frame, gap.end_frame)
        }),
        ..Finding::new(rule, severity, Scope::Flow, summary)
    }
}

/// Adds the findings of `flow` to the report, and the flow, and counts them.
fn add(report: &mut Report, mut flow: Flow, findings: Vec<Finding>) {
    let worst = findings.iter().map(|finding| finding.severity).max();
    for finding in findings {
        flow.findings.push(report.findings.len());
        count(report, finding);
    }
    if let Some(worst) = worst {
        report.totals.flows_by_severity.count(worst);
    }
    report.flows.push(flow);
    report.flows_total += 1;
}

fn count(report: &mut Report, finding: Finding) {
    *report.totals.findings.entry(finding.rule.clone()).or_default() += 1;
    report.findings_total += 1;
    report.findings.push(finding);
}

fn verdicts(survives: u64, cut: u64, saved: u64) -> OutcomeCounts {
    OutcomeCounts { survives, cut, saved_by_keepalive: saved, unknown: 0 }
}

fn service(report: &Report, longest: u64) -> Service {
    Service {
        responder: "10.9.8.7:443".to_owned(),
        flows: report.totals.flows - 2,
        open_at_end: report.totals.open_at_end,
        longest_gap_s: secs(longest),
        longest_payload_gap_s: secs(longest),
        verdicts: report
            .totals
            .verdicts
            .iter()
            .map(|(hop, all)| (hop.clone(), OutcomeCounts { survives: all.survives - 2, ..*all }))
            .collect(),
        cuts: report.totals.cuts.by_hop.clone(),
        findings: report.totals.findings.clone(),
        ..Service::default()
    }
}

fn quiet_service(report: &Report) -> Service {
    Service {
        responder: "[2001:db8::53]:853".to_owned(),
        network: Some("vlan 12".to_owned()),
        flows: 2,
        longest_gap_s: Seconds(Span::from_millis(4_200)),
        verdicts: report.totals.verdicts.keys().map(|hop| (hop.clone(), verdicts(2, 0, 0))).collect(),
        ..Service::default()
    }
}

fn add_services(report: &mut Report, longest: u64) {
    report.services = vec![service(report, longest), quiet_service(report)];
    report.services_total = 2;
}

fn totals(flows: u64, open: u64) -> Totals {
    Totals {
        flows,
        open_at_end: open,
        closed_fin: flows - open - 1,
        closed_rst: 1,
        opened_midstream: 2,
        ..Totals::default()
    }
}

fn three_hops() -> Path {
    Path {
        hops: vec![hop("firewall", 60), hop("mdm", 50), hop("lb", 40)],
        keepalive: Some(Keepalive { time: Span::from_secs(7200), ..Keepalive::LINUX_DEFAULT }),
        by_end: None,
    }
}

/// Three of twelve flows idle past all three hops of a path.
pub(super) fn cut_behind_three_hops() -> Report {
    let path = three_hops();
    let mut report = Report {
        complete: true,
        capture: capture(2_204, 9_000),
        path: PathDescription::from(&path),
        totals: totals(12, 3),
        histograms: histograms(&[(5, 40), (61, 12), (400, 9), (2_700, 2), (3_300, 1), (7_380, 3)], &path),
        ..Report::default()
    };
    for hop in &path.hops {
        report.totals.verdicts.insert(hop.name.clone(), verdicts(9, 3, 0));
        report
            .totals
            .cuts
            .by_hop
            .insert(hop.name.clone(), CutCounts { used_again: 3, left_behind: 0, told: 0, lived_on: 0 });
    }
    report.totals.cuts.flows_used_again = 3;
    report.totals.longest_gap = longest(7_380, 4, 1_004, Some(1_054));
    report.totals.longest_payload_gap = longest(7_380, 4, 1_004, Some(1_054));
    count(
        &mut report,
        Finding {
            hop: Some("firewall".to_owned()),
            recommendations: vec![1],
            ..Finding::new(
                "keepalive-above-hop",
                Severity::Warning,
                Scope::Path,
                "The endpoints' keepalive time of 2h is longer than the limit of every hop.".to_owned(),
            )
        },
    );
    for (id, gap) in [(4, 7_380), (7, 7_380), (9, 7_200)] {
        let mut flow = flow(id, gap);
        for (hop, length) in [("firewall", 3_600), ("mdm", 3_000), ("lb", 2_400)] {
            flow.verdicts.push(FlowVerdict {
                at: Some(after(id + 30 + length)),
                gap_s: Some(secs(gap)),
                after_frame: Some(1_000 + id),
                before_frame: Some(1_050 + id),
                next: Some(EndedByWord::Data),
                next_from: Some(RoleWord::from(Role::Initiator)),
                ..FlowVerdict::new(hop, Outcome::Cut)
            });
        }
        let summary = format!(
            "lb forgets the flow 40m into a silence of {}; then 10.1.2.3 sends data, which nobody answers.",
            Span::from_secs(gap)
        );
        let cut = Finding {
            recommendations: vec![1],
            step: Some("Turn SO_KEEPALIVE on for the socket.".to_owned()),
            ..finding("predicted-cut", Severity::Error, &flow, Some("lb"), summary)
        };
        let none = Finding {
            recommendations: cut.recommendations.clone(),
            step: cut.step.clone(),
            ..finding(
                "no-keepalive",
                Severity::Error,
                &flow,
                Some("lb"),
                "No probe from either side in a gap longer than lb's 40m.".to_owned(),
            )
        };
        add(&mut report, flow, vec![cut, none]);
    }
    report.recommendations = vec![Recommended {
        id: 1,
        service: None,
        path: None,
        knob: KnobWord::Keepalive,
        side: None,
        hop: None,
        at_most_s: Some(secs(1_200)),
        at_least_s: None,
        keepalive: Some(Keepalive { time: Span::from_secs(1_200), ..Keepalive::LINUX_DEFAULT }.into()),
        because: (0..report.findings.len() as u64).collect(),
        sentence: "Set the keepalive time of one end of connections to 20m or less (20m/75s/9: time, interval, probes): lb \
                   gives up after 40m without a packet."
            .to_owned(),
    }];
    add_services(&mut report, 7_380);
    report.capture.cannot_see = vec![
        "Silences longer than the capture itself (2h 30m): a limit above that is not tested by it."
            .to_owned(),
    ];
    report
}

/// No gap near a limit.
pub(super) fn nothing_idle() -> Report {
    let path = Path { keepalive: None, ..three_hops() };
    let mut report = Report {
        complete: true,
        capture: capture(1_204, 9_000),
        path: PathDescription::from(&path),
        totals: totals(12, 3),
        histograms: histograms(&[(5, 40), (61, 1)], &path),
        ..Report::default()
    };
    for hop in &path.hops {
        report.totals.verdicts.insert(hop.name.clone(), verdicts(12, 0, 0));
    }
    report.totals.longest_gap = longest(61, 2, 310, Some(322));
    add_services(&mut report, 61);
    report.capture.dropped = None;
    report
}

/// No hop was given.
pub(super) fn survey() -> Report {
    let mut report = Report {
        complete: true,
        capture: capture(1_204, 9_000),
        totals: totals(12, 3),
        histograms: histograms(&[(5, 40), (61, 6), (372, 3)], &Path::default()),
        ..Report::default()
    };
    report.totals.longest_gap = longest(372, 2, 310, Some(322));
    report.totals.longest_payload_gap = longest(372, 2, 310, Some(322));
    let row = |limit: u64, refresh: RefreshWord, boxes: &[&str], cut: u64, left: u64| SurveyRow {
        limit_s: secs(limit),
        refresh,
        presets: boxes.iter().map(|name| name.to_lowercase().replace(' ', "-")).collect(),
        boxes: boxes.iter().map(|&name| name.to_owned()).collect(),
        used_again: cut,
        left_behind: left,
        saved_by_keepalive: 0,
        survives: 12 - cut - left,
        unknown: 0,
    };
    let (any, payload) = (RefreshWord::Any, RefreshWord::Payload);
    report.survey = vec![
        row(60, any, &["Google external passthrough Network LB"], 6, 1),
        row(60, payload, &["AWS Application Load Balancer", "AWS Classic Load Balancer"], 6, 1),
        row(240, any, &["Azure Load Balancer", "Azure NAT Gateway", "Azure Firewall, north-south"], 3, 0),
        row(
            350,
            any,
            &[
                "AWS Network Load Balancer",
                "AWS NAT Gateway",
                "AWS Gateway Load Balancer",
                "AWS Network Firewall",
                "EC2 security groups on Nitro v6",
            ],
            3,
            0,
        ),
        row(600, any, &["Google Cloud VPC firewall"], 0, 0),
        row(900, any, &["Linux IPVS", "Docker Swarm service VIP"], 0, 0),
        row(3_600, any, &["Cisco ASA", "Palo Alto PAN-OS"], 0, 0),
        row(3_600, payload, &["Envoy TCP proxy"], 0, 0),
    ];
    report.services = vec![quiet_service(&report)];
    report.services[0].longest_gap_s = secs(372);
    report.services_total = 1;
    report
}

/// The second of two files is damaged; a flow goes on across both.
pub(super) fn damaged() -> Report {
    let path = Path { hops: vec![hop("nat", 15)], keepalive: None, by_end: None };
    let mut report = Report {
        complete: false,
        capture: capture(1_204, 3_000),
        path: PathDescription::from(&path),
        totals: totals(12, 3),
        histograms: histograms(&[(5, 40), (1_300, 1)], &path),
        ..Report::default()
    };
    let first = &report.capture.files[0];
    let second = InputFile {
        name: "ring_00002.pcap.zst".to_owned(),
        format: "pcap, zstd".to_owned(),
        frames: 204,
        complete: false,
        damage: Some(Damage {
            at_byte: Some(81_934),
            what: "the record header promises 1,800,000,000 bytes, more than any frame has".to_owned(),
        }),
        comments: vec!["gateway 3, eth1".to_owned()],
        ..first.clone()
    };
    let first = InputFile {
        name: "ring_00001.pcap".to_owned(),
        format: "pcap".to_owned(),
        frames: 1_000,
        ..first.clone()
    };
    report.capture.files = vec![first, second];
    report.capture.dropped = Some(17);
    report.capture.duplicates = 40;
    report.capture.clock_steps_back = 1;
    report.totals.verdicts.insert("nat".to_owned(), verdicts(11, 1, 0));
    report
        .totals
        .cuts
        .by_hop
        .insert("nat".to_owned(), CutCounts { used_again: 1, left_behind: 0, told: 0, lived_on: 0 });
    report.totals.cuts.flows_used_again = 1;
    report.totals.longest_gap = longest(1_300, 5, 905, Some(1_055));
    let flow = flow(5, 1_300);
    let cut = Finding {
        files: vec![FramePlace { file: 1, frame: 905 }, FramePlace { file: 2, frame: 55 }],
        step: Some("Turn SO_KEEPALIVE on for the socket.".to_owned()),
        ..finding(
            "predicted-cut",
            Severity::Error,
            &flow,
            Some("nat"),
            "nat forgets the flow 15m into a silence of 21m 40s; then 10.1.2.3 sends data.".to_owned(),
        )
    };
    add(&mut report, flow, vec![cut]);
    add_services(&mut report, 1_300);
    report.capture.cannot_see = vec![
        "What came after byte 81934 of ring_00002.pcap.zst.".to_owned(),
        "17 frames were dropped while capturing: a silence may not be one.".to_owned(),
    ];
    report
}

/// Half of the flows hang: a client whose network dropped, and a server that keeps 32 sockets for it.
pub(super) fn sockets_left_behind() -> Report {
    let mut isa = hop("isa", 1_440);
    isa.preset = Some("ms-isa-nat");
    let path = Path { hops: vec![isa], keepalive: None, by_end: None };
    let mut report = Report {
        complete: true,
        capture: capture(9_204, 100_000),
        path: PathDescription::from(&path),
        totals: totals(64, 32),
        histograms: histograms(&[(5, 40), (61, 12)], &path),
        ..Report::default()
    };
    report.totals.verdicts.insert("isa".to_owned(), verdicts(32, 32, 0));
    report
        .totals
        .cuts
        .by_hop
        .insert("isa".to_owned(), CutCounts { used_again: 0, left_behind: 32, told: 0, lived_on: 0 });
    report.totals.cuts.flows_left_behind = 32;
    report.totals.longest_gap = longest(61, 2, 310, Some(322));
    report.totals.longest_open_gap = longest(93_600, 1, 77, None);
    report.stale_clients = vec![StaleClient {
        client: "10.1.2.3".to_owned(),
        responder: "10.9.8.7:443".to_owned(),
        network: None,
        flows: 32,
    }];
    report.stale_clients_total = 1;
    let full = Finding {
        client: Some("10.1.2.3".to_owned()),
        responder: Some("10.9.8.7:443".to_owned()),
        flows: (0..16).map(|n| 2 * n + 1).collect(),
        flows_total: 32,
        frames: vec![77, 79],
        at: Some(after(6_400)),
        display_filter: Some("ip.addr == 10.1.2.3 && tcp.port == 443".to_owned()),
        step: Some(
            "Let the server find dead clients by keepalive, or raise its limit of sockets per client."
                .to_owned(),
        ),
        ..Finding::new(
            "slot-exhaustion",
            Severity::Error,
            Scope::Flows,
            "10.1.2.3 holds 32 silent flows to 10.9.8.7:443; the server allows 32 per client.".to_owned(),
        )
    };
    count(&mut report, full);
    for number in 0..32 {
        let mut flow = flow(2 * number + 1, 61);
        flow.open_gap_s = Some(secs(93_600 - number * 60));
        let open = flow.open_gap_s;
        let mut left = finding(
            "predicted-expiry",
            Severity::Warning,
            &flow,
            Some("isa"),
            "isa holds its entry for 24h, then forgets it; neither end is told.".to_owned(),
        );
        left.gap_s = open;
        left.frames = vec![77 + number];
        left.display_filter = Some(format!("tcp.stream eq {} && frame.number == {}", flow.id, 77 + number));
        left.step = Some("Turn SO_KEEPALIVE on at the server.".to_owned());
        let stale = Finding {
            rule: "stale".to_owned(),
            hop: None,
            summary: "Silent for longer than any keepalive takes, without a FIN, RST or probe.".to_owned(),
            ..left.clone()
        };
        add(&mut report, flow, vec![left, stale]);
    }
    add_services(&mut report, 61);
    report
}

/// Probes every 30 minutes keep five flows alive behind an hour.
pub(super) fn saved_by_keepalive() -> Report {
    let path = Path { hops: vec![hop("firewall", 60)], keepalive: None, by_end: None };
    let mut report = Report {
        complete: true,
        capture: capture(1_204, 20_000),
        path: PathDescription::from(&path),
        totals: totals(12, 3),
        histograms: histograms(&[(5, 40), (1_800, 30)], &path),
        ..Report::default()
    };
    report.totals.verdicts.insert("firewall".to_owned(), verdicts(7, 0, 5));
    report.totals.saved_by_keepalive = 5;
    report.totals.longest_gap = longest(1_800, 3, 310, Some(322));
    report.totals.longest_payload_gap = longest(18_000, 3, 120, Some(480));
    for id in 3..8 {
        let mut flow = flow(id, 1_800);
        flow.gaps[0].ended_by = EndedByWord::Probe;
        flow.keepalive.responder = ProbesSeen {
            probes: 9,
            replies: 9,
            frames: (0..9).map(|n| 300 + 20 * n).collect(),
            time_s: Some(secs(1_800)),
            time_range_s: Some(SecondsRange { low: secs(1_600), high: secs(1_800) }),
            matches: vec!["exchange-rpc".to_owned()],
            ..ProbesSeen::default()
        };
        let saved = finding(
            "saved-by-keepalive",
            Severity::Info,
            &flow,
            Some("firewall"),
            "9 probes of 10.9.8.7, one every 30m, restart firewall's 1h; without them it would run out in a \
             silence of 5h."
                .to_owned(),
        );
        add(&mut report, flow, vec![saved]);
    }
    add_services(&mut report, 1_800);
    report.services[0].keepalive = ServiceKeepalive {
        responder_flows: 5,
        responder_time_s: Some(SecondsRange { low: secs(1_800), high: secs(1_800) }),
        ..ServiceKeepalive::default()
    };
    report.services[0].heartbeats = vec![ServiceHeartbeat {
        sender: RoleWord::Initiator,
        flows: 4,
        answered_flows: 4,
        beats: 40,
        period_s: secs(600),
        jitter_s: Seconds(Span::from_millis(20)),
        intervals_s: SecondsRange { low: secs(599), high: secs(601) },
        size_bytes: BytesRange { low: 17, high: 17 },
        hops: BTreeMap::from([(
            "firewall".to_owned(),
            HeartbeatReach { held: 4, ..HeartbeatReach::default() },
        )]),
        too_slow_for: Vec::new(),
    }];
    report
}

/// Nothing that could be judged.
pub(super) fn no_tcp() -> Report {
    let mut report = Report { complete: true, capture: capture(24, 10), ..Report::default() };
    report.capture.dropped = None;
    report
}

/// A flow whose packets did not cross a box, proved by captures on both of its sides.
pub(super) fn both_sides() -> Report {
    let mut report = cut_behind_three_hops();
    let flow = report.flows[0].clone();
    let conclusion =
        |kind: ConclusionWord, certainty: CertaintyWord, frames: &[u64], summary: &str| SideConclusion {
            kind,
            certainty,
            side: "inside".to_owned(),
            frames: frames.to_vec(),
            frames_total: frames.len() as u64,
            at: after(7_400),
            broke_after_s: (kind == ConclusionWord::Dropped).then(|| secs(7_380)),
            summary: summary.to_owned(),
        };
    let alone = Finding {
        certainty: CertaintyWord::Likely,
        ..finding(
            "stale",
            Severity::Warning,
            &flow,
            None,
            "silent since frame 990, and never closed".to_owned(),
        )
    };
    report.sides = Some(Sides {
        names: vec!["inside".to_owned(), "outside".to_owned()],
        between: vec![SidesBetween {
            names: ["inside".to_owned(), "outside".to_owned()],
            matched: 11,
            joined: 0,
            rewritten: 0,
            unmatched: [1, 0],
            clock_ahead_s: Some(SignedSeconds(-7_200.000_12)),
            clock_within_s: Some(Seconds(Span::from_nanos(40_000))),
            clock_drift_ppb: Some(-1_500),
            compared: 11,
            crossings: vec![FlowCrossing {
                flows: [vec![flow.id], vec![3]],
                ends: [
                    Some([flow.initiator.clone(), flow.responder.clone()]),
                    Some(["192.0.2.9:61001".to_owned(), flow.responder.clone()]),
                ],
                crossed: 40,
                one_side_only: [7, 0],
                last_crossed: vec![LastPacket { towards: "outside".to_owned(), frames: [1_004, 990] }],
                conclusions: vec![
                    conclusion(
                        ConclusionWord::Dropped,
                        CertaintyWord::Certain,
                        &[1_054, 1_055, 1_057],
                        "3 packets from frame 1054 on reached inside and not outside, after 2h 3m of silence: dropped \
                         between them, and nothing of their sender crosses any more",
                    ),
                    conclusion(
                        ConclusionWord::ResetStopped,
                        CertaintyWord::Likely,
                        &[1_060],
                        "the RST in frame 1060 of inside did not reach outside, whose end was not told",
                    ),
                ],
            }],
        }],
        others: vec![SideAlone {
            name: "outside".to_owned(),
            complete: true,
            files: capture(2_100, 9_000).files,
            flows: 11,
            broken: Broken::default(),
            findings: vec![alone],
            findings_total: 1,
        }],
    });
    report
}
