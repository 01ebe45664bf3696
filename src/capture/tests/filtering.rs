//! Capture filters on files behave as in tcpdump.

use super::samples::{Order, Pcap, Pcapng};
use crate::capture::{CaptureSummary, Fill, Input, OpenError, OpenOptions, Source};
use crate::frame::LinkType;

/// Ethernet, IPv4, TCP from `port`, no payload.
fn tcp_from(port: u16) -> Vec<u8> {
    let mut bytes = vec![2; 12];
    bytes.extend([0x08, 0x00]);
    bytes.extend(ip_tcp_from(port));
    bytes
}

fn ip_tcp_from(port: u16) -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    bytes.extend(port.to_be_bytes());
    bytes.extend([0, 9, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]);
    bytes
}

fn numbers(bytes: &[u8], filter: &str) -> Result<(Vec<u64>, CaptureSummary), OpenError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    std::fs::write(&path, bytes).unwrap();
    let options = OpenOptions { filter: Some(filter.to_owned()), ..OpenOptions::default() };
    let mut source = Source::open(&[Input::File(path)], &options)?;
    let mut numbers = Vec::new();
    while source.fill(2, &mut |frame| numbers.push(frame.number.0)) == Fill::More {}
    Ok((numbers, source.finish()))
}

#[test]
fn refused_frames_keep_their_numbers_and_are_counted() {
    let ports = [443, 80, 443, 22, 443];
    let file = ports.iter().fold(Pcap::micros(), |pcap, port| pcap.record(1, 0, &tcp_from(*port)));
    let (kept, summary) = numbers(&file.bytes, "tcp port 443").unwrap();
    assert_eq!(kept, [1, 3, 5]);
    assert_eq!((summary.frames, summary.filtered, summary.files[0].frames), (5, 2, 5));
    assert!(summary.is_complete());
}

#[test]
fn each_link_type_has_its_own_program() {
    let file = Pcapng::new(Order::Little).interface(1, 0, &[]).interface(101, 0, &[]);
    let file = file.enhanced(0, 1, &tcp_from(443), &[]).enhanced(1, 2, &ip_tcp_from(443), &[]);
    let file = file.enhanced(0, 3, &ip_tcp_from(443), &[]).enhanced(1, 4, &ip_tcp_from(80), &[]);
    let (kept, _) = numbers(&file.bytes, "src port 443").unwrap();
    assert_eq!(kept, [1, 2]);
}

#[test]
fn a_bad_filter_is_refused_with_the_words_of_libpcap() {
    let error = numbers(&Pcap::micros().bytes, "tcp prot 443").unwrap_err();
    let OpenError::BadFilter { filter, problem } = &error else { panic!("{error}") };
    assert_eq!(filter, "tcp prot 443");
    assert!(problem.contains("syntax error"), "{problem}");
    assert!(error.to_string().contains("'tcp prot 443'"), "{error}");
    assert!(
        numbers(&Pcapng::new(Order::Big).bytes, "nonsense here").is_err(),
        "also when no link type is known"
    );
    assert!(numbers(&Pcap::micros().bytes, "tcp\0port 1").is_err());
}

#[test]
fn a_link_type_that_libpcap_cannot_filter_is_named() {
    let file = Pcapng::new(Order::Little).interface(1, 0, &[]).enhanced(0, 1, &tcp_from(443), &[]);
    let file = file.interface(220, 0, &[]).enhanced(1, 2, &[0; 64], &[]).enhanced(1, 3, &[0; 64], &[]);
    let (kept, summary) = numbers(&file.bytes, "tcp port 443").unwrap();
    assert_eq!((kept, summary.filtered), (vec![1], 2));
    let links: Vec<LinkType> = summary.unfilterable.iter().map(|(link, _)| *link).collect();
    assert_eq!(links, [LinkType(220)], "USB frames hold no TCP");
}

#[test]
fn a_frame_cut_before_the_tested_byte_does_not_match() {
    let file = Pcap::micros().record(1, 0, &tcp_from(443)).record(1, 0, &tcp_from(443)[..34]);
    assert_eq!(numbers(&file.bytes, "tcp src port 443").unwrap().0, [1]);
    assert_eq!(numbers(&file.bytes, "tcp").unwrap().0, [1, 2]);
}

#[test]
fn a_test_of_the_length_sees_the_length_on_the_wire() {
    // Built records claim 1000 bytes more on the wire than were captured.
    let file = Pcap::micros().record(1, 0, &tcp_from(443)).record(1, 0, &tcp_from(80));
    assert_eq!(numbers(&file.bytes, "tcp src port 443 and greater 1054").unwrap().0, [1]);
    assert!(numbers(&file.bytes, "greater 1055").unwrap().0.is_empty());
    assert!(numbers(&file.bytes, "less 500").unwrap().0.is_empty());
    assert_eq!(numbers(&file.bytes, "len = 1054").unwrap().0, [1, 2]);
}
