//! Captures made for one purpose: a busy one that was stopped in between, and one that says what it lost.

use super::*;
use crate::capture::{InterfaceStats, Labels, PcapngWriter};
use crate::frame::{CapturedOn, Frame, FrameNumber, LinkType};
use crate::report::TrustWord;
use crate::time::{Span, Timestamp};

const FLOWS: u16 = 100;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_nanos(1_700_000_000_000_000_000) + Span::from_secs(seconds)
}

/// One byte of payload over Ethernet and IPv4.
fn frame(from: ([u8; 4], u16), to: ([u8; 4], u16), seq: u32, ack: u32) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    bytes.extend([0x45, 0, 0, 41, 0, 1, 0x40, 0, 64, 6, 0, 0]);
    bytes.extend(from.0);
    bytes.extend(to.0);
    bytes.extend(from.1.to_be_bytes());
    bytes.extend(to.1.to_be_bytes());
    bytes.extend(seq.to_be_bytes());
    bytes.extend(ack.to_be_bytes());
    bytes.extend([0x50, 0x18, 0x10, 0, 0, 0, 0, 0, b'x']);
    bytes
}

/// `flows` flows, each with a byte every second, both ways in turn, at the given seconds.
fn capture(
    flows: u16,
    seconds: impl Iterator<Item = u64>,
    stats: Option<InterfaceStats>,
) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = PcapngWriter::new(file.as_file_mut(), "test", None).unwrap();
    let id = writer.add_interface(LinkType(1), 0, "eth0").unwrap();
    let mut number = 0;
    for (turn, second) in seconds.enumerate() {
        for flow in 0..flows {
            number += 1;
            let (client, server) = (([10, 0, 0, 1], 20_000 + flow), ([10, 0, 0, 2], 443));
            let (sent, turn) = (turn as u32 / 2, turn as u32 % 2);
            let captured = match turn {
                0 => frame(client, server, 1 + sent, 1 + sent),
                _ => frame(server, client, 1 + sent, 2 + sent),
            };
            let frame = Frame {
                number: FrameNumber(number),
                at: at(second) + Span::from_millis(u64::from(flow)),
                link: LinkType(1),
                interface: CapturedOn::UNTOLD,
                original_len: captured.len() as u32,
                captured: &captured,
            };
            writer.write_on(id, &frame, &Labels::default()).unwrap();
        }
    }
    if let Some(stats) = stats {
        writer.write_stats(id, &stats).unwrap();
    }
    drop(writer);
    file
}

fn stopped_for_half_an_hour(flows: u16) -> Report {
    let file = capture(flows, (0..60).chain(1860..1920), None);
    Run::of([file.path()]).behind(&["firewall=20m"]).report()
}

#[test]
fn a_busy_capture_that_stopped_in_between_casts_doubt_on_its_gaps() {
    let report = stopped_for_half_an_hour(FLOWS);
    assert_eq!(report.totals.cuts.flows_used_again, u64::from(FLOWS), "verdicts stay as they are");
    assert_eq!(report.capture.pauses.len(), 1);
    assert_eq!(report.capture.pauses[0].trust, TrustWord::Suspect);
    assert!(report.capture.cannot_see.iter().any(|sentence| sentence.contains("if the capture was stopped")));
    for flow in &report.flows {
        assert_eq!(flow.gaps[0].trust, TrustWord::Suspect);
        assert!(flow.gaps[0].why.as_ref().unwrap().contains("was the capture stopped?"));
    }
    for finding in &report.findings {
        assert!(
            finding.gap_s.is_none() || finding.summary.ends_with("was the capture stopped?"),
            "{finding:?}"
        );
    }
    let headline = crate::report::headline::of(&report).sentence;
    assert!(headline.contains("was the capture stopped?"), "{headline}");
}

#[test]
fn a_handful_of_flows_may_be_silent_together() {
    let report = stopped_for_half_an_hour(20);
    assert_eq!(report.capture.pauses[0].trust, TrustWord::Clean);
    assert!(report.flows.iter().all(|flow| flow.gaps[0].trust == TrustWord::Clean));
    assert!(report.findings.iter().all(|finding| !finding.summary.contains("stopped")));
}

#[test]
fn a_capture_that_says_what_it_lost_and_when_it_ended_is_believed() {
    let stats = InterfaceStats {
        end: Some(at(3660)),
        dropped_by_interface: Some(3),
        dropped_by_system: Some(4),
        ..InterfaceStats::default()
    };
    let file = capture(2, 0..60, Some(stats));
    let report = Run::of([file.path()]).behind(&["firewall=20m"]).report();
    assert_eq!(report.capture.dropped, Some(7));
    assert_eq!(report.capture.files[0].dropped, Some(7));
    assert!(report.capture.cannot_see.iter().any(|sentence| sentence.starts_with("7 frames were dropped")));
    assert_eq!(report.capture.ends_at.unwrap().0, at(3660));
    assert_eq!(report.capture.span_s.0, Span::from_millis(59_001), "the last frame less the first");
    assert_eq!(report.capture.recorded_s.0, Span::from_secs(3660));
    assert_eq!(report.totals.cuts.flows_left_behind, 2, "silent for an hour after the last frame");
    let open = report.totals.longest_open_gap.unwrap();
    assert_eq!(open.end_frame, None);
    assert_eq!(open.length_s.0, Span::from_secs(3601));
    let silent = Run::of([capture(2, 0..60, None).path()]).behind(&["firewall=20m"]).report();
    assert_eq!(silent.capture.dropped, None, "pcapng without statistics does not say");
}
