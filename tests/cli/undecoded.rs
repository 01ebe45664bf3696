//! Captures whose frames cannot be looked into are refused with what was found; those without TCP are not.

use crate::command::{fixture, idlescope};
use std::path::PathBuf;

fn refused(words: &[&str]) -> String {
    let outcome = idlescope(words).run();
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{words:?}: {}", outcome.err);
    outcome.err
}

/// A pcap file of `count` frames in a folder.
fn pcap(folder: &tempfile::TempDir, link: u32, frame: &[u8], count: u32) -> PathBuf {
    let mut bytes = [&0xa1b2_c3d4_u32.to_le_bytes()[..], &[2, 0, 4, 0], &[0; 8], &[0, 0, 4, 0]].concat();
    bytes.extend(link.to_le_bytes());
    for second in 0..count {
        for word in [1_700_000_000 + second, 0, frame.len() as u32, frame.len() as u32] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(frame);
    }
    let path = folder.path().join(format!("link-{link}-{count}.pcap"));
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_link_type_that_is_not_read_is_named_with_its_frames_and_what_to_do() {
    let usb = fixture("stories/usb.pcap");
    let err = refused(&["analyze", &usb]);
    let said = "usb.pcap: not one of its 40 frames could be decoded (40 unknown-link-type): link type USB_LINUX \
                (189, USB) is not read; capture on an interface that IP packets pass (tcpdump -i any)";
    assert!(err.contains(said), "{err}");
    let output = tempfile::tempdir().unwrap();
    let copy = output.path().join("copy.pcapng");
    let copy = copy.to_str().unwrap();
    for words in [
        &["analyze", &usb, "--format=json"][..],
        &["tune", &usb],
        &["annotate", &usb, "-w", copy],
        &["extract", &usb, "-w", copy],
    ] {
        assert!(refused(words).contains("USB_LINUX (189, USB)"), "{words:?}");
    }
    let plain = fixture("stories/longest-gap-61s.pcap");
    let side = refused(&["analyze", "--side", &format!("a={plain}"), "--side", &format!("b={usb}")]);
    assert!(side.contains("--side b: ") && side.contains("USB_LINUX"), "{side}");
}

#[test]
fn a_number_without_a_name_is_told_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (link, what, advice) in [
        (65_537, "above 65535, the last that there can be", "the file header is damaged"),
        (30_200, "not in the list of link types", "capture on an interface that IP packets pass"),
    ] {
        let file = pcap(&folder, link, &[0; 60], 3);
        let err = refused(&["analyze", file.to_str().unwrap()]);
        let said = format!("(3 unknown-link-type): link type {link} ({what}) is not read");
        assert!(err.contains(&said) && err.contains(advice), "{err}");
    }
}

#[test]
fn frames_cut_inside_their_headers_are_refused_with_the_snap_length_to_use() {
    let err = refused(&["analyze", &fixture("stories/cut-to-40-bytes.pcap")]);
    assert!(err.contains("not one of its 15 frames could be decoded (15 truncated-headers)"), "{err}");
    assert!(err.contains("tcpdump -s 128"), "{err}");
}

#[test]
fn a_link_type_that_is_not_that_of_the_frames_is_suspected() {
    let folder = tempfile::tempdir().unwrap();
    let ethernet = [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0][..], &[0x45; 60]].concat();
    let err = refused(&["analyze", pcap(&folder, 101, &ethernet, 1).to_str().unwrap()]);
    assert!(err.contains("its only frame could not be decoded (1 bad-ip-header)"), "{err}");
    assert!(err.contains("editcap -T ether"), "{err}");
}

#[test]
fn captures_of_something_else_are_read_right_and_hold_no_tcp() {
    let folder = tempfile::tempdir().unwrap();
    let ethernet = |ethertype: [u8; 2], inner: &[u8]| {
        [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..], &ethertype, inner].concat()
    };
    let ip = |protocol: u8| {
        let fixed = [0x45, 0, 0, 28, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        [&fixed[..], &[0, 53, 0, 53, 0, 8, 0, 0]].concat()
    };
    for (frame, sentence) in [
        (ethernet([8, 6], &[0; 28]), "there is no TCP segment among 9 frames."),
        (ethernet([8, 0], &ip(17)), "there is no TCP segment among 9 frames."),
        (ethernet([8, 0], &ip(50)), "no TCP segment is to be seen among 9 frames (9 encrypted)."),
    ] {
        let file = pcap(&folder, 1, &frame, 9);
        let outcome = idlescope(&["analyze", file.to_str().unwrap(), "--format=json"]).run();
        assert_eq!(outcome.code, 0, "{}", outcome.err);
        let report = outcome.report();
        assert_eq!(report["headline"]["sentence"], format!("NOTHING CAN BE SAID: {sentence}"));
    }
}

#[test]
fn beside_a_capture_that_is_read_the_other_is_named_in_what_cannot_be_seen() {
    let files = [fixture("stories/usb.pcap"), fixture("stories/longest-gap-61s.pcap")];
    let outcome = idlescope(&["analyze", &files[0], &files[1], "--format=json", "--hop=fw=1h"]).run();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let said = outcome.report()["capture"]["cannot_see"].to_string();
    assert!(said.contains("40 frames of link type USB_LINUX (189, USB), which is not read"), "{said}");
}
