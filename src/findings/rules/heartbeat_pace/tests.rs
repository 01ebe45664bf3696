use super::*;
use crate::findings::Knob;
use crate::findings::tests::{judge_with, moved, path};
use crate::findings::{Judgement, Severity};
use crate::segment::Segment;
use crate::simulate::Survey;
use std::fmt::Write;
use std::sync::Arc;

/// A client's `beats` of so many bytes, one every `period` seconds, each answered by as many.
fn beats(period: u32, size: u32, beats: u32) -> String {
    let mut transcript = "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > A seq=101 ack=501\n".to_owned();
    for beat in 0..beats {
        let (at, seq, ack) = ((beat + 1) * period, 101 + beat * size, 501 + beat * size);
        writeln!(transcript, "{at} > PA seq={seq} ack={ack} len={size}").unwrap();
        writeln!(transcript, "{at}.02 < PA seq={ack} ack={} len={size}", seq + size).unwrap();
        writeln!(transcript, "{at}.03 > A seq={} ack={}", seq + size, ack + size).unwrap();
    }
    transcript
}

/// What the server sends once it has had enough: GOAWAY, and a close `after` seconds from the last of the beats.
fn goaway(period: u32, size: u32, count: u32, after: f64) -> String {
    let mut transcript = beats(period, size, count);
    let (at, seq, ack) = (f64::from(count * period) + after, 101 + count * size, 501 + count * size);
    writeln!(transcript, "{at} < PA seq={ack} ack={seq} len=64").unwrap();
    writeln!(transcript, "{} < FA seq={} ack={seq}", at + 0.001, ack + 64).unwrap();
    writeln!(transcript, "{} > FA seq={seq} ack={}", at + 0.01, ack + 65).unwrap();
    writeln!(transcript, "{} < A seq={} ack={}", at + 0.02, ack + 65, seq + 1).unwrap();
    transcript
}

fn judged(hops: &[Hop], flows: &[Vec<Segment>]) -> Judgement {
    let survey = if hops.is_empty() { Survey::of_catalogue() } else { Survey::default() };
    let terms = Arc::new(Terms::new(path(hops), survey));
    let mut all: Vec<Segment> = flows.iter().flatten().copied().collect();
    all.sort_by_key(|segment| (segment.at, segment.frame));
    let one = judge_with(&terms, &all, 10_000, 1);
    let three = judge_with(&terms, &all, 10_000, 3);
    assert_eq!(format!("{one:?}"), format!("{three:?}"), "workers change the report");
    one
}

fn told(hops: &[Hop], transcript: &str) -> Vec<Finding> {
    let findings = judged(hops, &[moved(transcript, 40_000, 0, 0)]).findings;
    let paces = [Rule::HeartbeatTooSlow, Rule::HeartbeatTooFast];
    findings.into_iter().filter(|finding| paces.contains(&finding.rule)).collect()
}

fn hop(limit: u64, refresh: Refresh) -> Hop {
    Hop { refresh, ..Hop::tracker("box", Span::from_secs(limit)) }
}

#[test]
fn a_heartbeat_slower_than_a_hop_is_told_once_for_all_flows_of_the_service() {
    let transcript = beats(300, 8, 10);
    let flows: Vec<Vec<Segment>> =
        (0..3).map(|i| moved(&transcript, 40_000 + i, 100 * u64::from(i), 7 * u64::from(i))).collect();
    let judgement = judged(&[hop(240, Refresh::AnyPacket)], &flows);
    let mut slow = judgement.findings.iter().filter(|finding| finding.rule == Rule::HeartbeatTooSlow);
    let finding = slow.next().unwrap();
    assert!(slow.next().is_none());
    assert_eq!((finding.certainty, finding.severity), (Certainty::Certain, Severity::Warning));
    assert_eq!(finding.group.as_ref().unwrap().total, 3);
    assert!(finding.summary.contains("3 flows"), "{}", finding.summary);
    assert!(finding.summary.contains("(8 bytes) every 5m"), "{}", finding.summary);
    assert_eq!(finding.remedy.knobs, [Knob::Keepalive, Knob::Heartbeat]);
    assert_eq!(judgement.totals.of(Rule::HeartbeatTooSlow), 1);
}

#[test]
fn a_heartbeat_faster_than_the_hop_is_not_too_slow() {
    for refresh in [Refresh::AnyPacket, Refresh::Payload, Refresh::PayloadPerDirection] {
        // The flow is left open, and its last silence lasts beyond the limit: that is not the heartbeat's fault.
        assert_eq!(told(&[hop(350, refresh)], &beats(300, 8, 10)), [], "{refresh:?}");
    }
}

/// Probes of the client between the beats of [`beats`], a minute apart.
fn probed(period: u32, size: u32, count: u32) -> String {
    let mut lines: Vec<(f64, String)> = Vec::new();
    for line in beats(period, size, count).lines() {
        let at: f64 = line.split_whitespace().next().unwrap().parse().unwrap();
        lines.push((at, line.to_owned()));
    }
    for beat in 0..count {
        let (seq, ack) = (101 + beat * size, 501 + beat * size);
        for minute in 1..period / 60 {
            let at = beat * period + minute * 60;
            lines.push((f64::from(at), format!("{at} > A seq={} ack={ack}", seq - 1)));
            lines.push((f64::from(at) + 0.01, format!("{at}.01 < A seq={ack} ack={seq}")));
        }
    }
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

#[test]
fn keepalive_between_the_beats_helps_where_packets_count_and_not_where_payload_does() {
    // The flow is left open: what runs out at last runs out behind the last beat.
    assert_eq!(told(&[hop(240, Refresh::AnyPacket)], &probed(300, 8, 10)), []);
    let [slow] = &told(&[hop(240, Refresh::Payload)], &probed(300, 8, 10))[..] else { panic!() };
    assert_eq!(slow.remedy.knobs, [Knob::Heartbeat], "keepalive does not reach its timer");
}

#[test]
fn a_close_at_the_fourth_ping_may_be_a_grpc_server_s() {
    for size in PING_SIZES {
        let [fast] = &told(&[], &goaway(30, size, 4, 0.025))[..] else { panic!("{size}") };
        assert_eq!(
            (fast.rule, fast.certainty, fast.severity),
            (Rule::HeartbeatTooFast, Certainty::Possible, Severity::Notice)
        );
        assert!(fast.summary.contains("too_many_pings"), "{}", fast.summary);
        assert!(fast.remedy.step.starts_with("If this is gRPC"), "{}", fast.remedy.step);
    }
}

#[test]
fn pings_that_a_server_permits_are_not_too_fast() {
    assert_eq!(told(&[], &beats(30, 39, 20)), [], "they go on");
    assert_eq!(told(&[], &goaway(30, 39, 20, 0.025)), [], "closed after many");
    assert_eq!(told(&[], &goaway(30, 39, 4, 20.0)), [], "closed in between");
    assert_eq!(told(&[], &goaway(30, 8, 4, 0.025)), [], "of another length");
    assert_eq!(told(&[], &goaway(300, 39, 4, 0.025)), [], "every five minutes");
}
