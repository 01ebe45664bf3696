//! `annotate` and `extract`: what they refuse, and what they leave behind.

use crate::command::{fixture, idlescope};
use std::fs;
use std::io::Write;

#[test]
fn what_can_be_read_only_once_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let write = directory.path().join("out.pcapng").into_os_string().into_string().unwrap();
    for command in ["annotate", "extract"] {
        let outcome = idlescope(&[command, "-", "-w", &write]).run();
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
        assert!(outcome.err.contains("write it to a file first"), "{}", outcome.err);
    }
}

#[test]
fn an_input_is_never_replaced_and_standard_output_is_for_the_report() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("case.pcap").into_os_string().into_string().unwrap();
    fs::copy(fixture("captures/keepalive-answered.pcap"), &file).unwrap();
    let outcome = idlescope(&["annotate", &file, "-w", &file]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("one of the captures to be read"), "{}", outcome.err);
    let outcome = idlescope(&["annotate", &file, "-w", "-"]).run();
    assert!(outcome.code == 2 && outcome.err.contains("name a file"), "{}", outcome.err);
    assert_eq!(fs::read(&file).unwrap(), fs::read(fixture("captures/keepalive-answered.pcap")).unwrap());
}

#[test]
fn what_was_read_of_a_damaged_file_is_written_and_the_code_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let write = directory.path().join("out.pcapng").into_os_string().into_string().unwrap();
    let file = fixture("captures/keepalive-answered-cut-mid-frame.pcap");
    let outcome = idlescope(&["annotate", &file, "-w", &write]).run();
    assert_eq!(outcome.code, 2, "{}", outcome.err);
    let frames = |file: &str| {
        let report = idlescope(&["analyze", file, "--format=json"]).run().report();
        (report["capture"]["frames"].clone(), report["totals"].clone())
    };
    assert_eq!(frames(&file), frames(&write));
}

#[test]
fn an_annotated_capture_gives_the_report_of_the_original() {
    let directory = tempfile::tempdir().unwrap();
    let write = directory.path().join("out.pcapng").into_os_string().into_string().unwrap();
    for file in
        ["captures/two-interfaces.pcapng", "stories/dropped.pcapng", "captures/reset-on-next-client.pcap"]
    {
        let words = ["--format=json", "--hop=fw=6s", "--min-gap=1s", "--fail-on=never"];
        let written =
            idlescope(&[&["annotate", &fixture(file), "-w", &write][..], &words[..]].concat()).run();
        let again = idlescope(&[&["analyze", &write][..], &words[..]].concat()).run();
        assert_eq!((written.code, again.code), (0, 0), "{file}: {}", written.err);
        let strip = |mut report: serde_json::Value| {
            report["capture"]["files"] = serde_json::Value::Null;
            report
        };
        assert_eq!(strip(written.report()), strip(again.report()), "{file}");
    }
}

#[test]
fn an_unknown_flow_is_named_and_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let write = directory.path().join("out.pcapng").into_os_string().into_string().unwrap();
    let file = fixture("captures/keepalive-answered.pcap");
    let outcome = idlescope(&["extract", &file, "--flow=999", "-w", &write]).run();
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    assert!(outcome.err.contains("--flow 999"), "{}", outcome.err);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_flow_is_extracted_with_both_directions_whichever_networks_they_come_in() {
    let directory = tempfile::tempdir().unwrap();
    let write = directory.path().join("out.pcapng").into_os_string().into_string().unwrap();
    let file = fixture("stories/split-directions.pcap");
    // Of six the whole handshake is there, two are joined midway, and of the last two one direction each is missing.
    for (flow, frames) in [(0, 13), (1, 13), (2, 13), (3, 13), (4, 13), (5, 13), (6, 9), (7, 9)] {
        idlescope(&["extract", &file, "--flow", &flow.to_string(), "-w", &write]).run();
        let report = idlescope(&["analyze", &write, "--format=json"]).run().report();
        assert_eq!(
            (report["capture"]["frames"].as_u64(), report["totals"]["flows"].as_u64()),
            (Some(frames), Some(1))
        );
    }
}

/// A capture that takes a while to copy: the frames of a small one again and again, a second later each time.
fn long_capture(file: &std::path::Path) {
    let bytes = fs::read(fixture("captures/keepalive-answered.pcap")).unwrap();
    let mut out = std::io::BufWriter::new(fs::File::create(file).unwrap());
    out.write_all(&bytes[..24]).unwrap();
    for second in 0..12_000u32 {
        let mut at = 24;
        while at < bytes.len() {
            let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            let end = at + 16 + number(at + 8) as usize;
            out.write_all(&(number(at) + second * 60).to_le_bytes()).unwrap();
            out.write_all(&bytes[at + 4..end]).unwrap();
            at = end;
        }
    }
    out.flush().unwrap();
}

#[test]
fn ctrl_c_while_frames_are_copied_leaves_no_part_of_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join("long.pcap");
    long_capture(&capture);
    for command in ["annotate", "extract"] {
        let written = tempfile::tempdir().unwrap();
        let write = written.path().join("out.pcapng");
        let mut words =
            vec![command, capture.to_str().unwrap(), "-w", write.to_str().unwrap(), "--format=json"];
        if command == "extract" {
            words.push("--between=10.1.0.2,10.1.0.1");
        }
        let copying = || {
            let mut entries = fs::read_dir(written.path()).unwrap().flatten();
            entries.any(|entry| entry.metadata().is_ok_and(|it| it.len() > 0))
        };
        let outcome = idlescope(&words).run_interrupted_when(copying);
        assert_eq!(outcome.code, 2, "{command}: {}", outcome.err);
        assert!(outcome.err.contains("interrupted; nothing was written"), "{command}: {}", outcome.err);
        assert_eq!(fs::read_dir(written.path()).unwrap().count(), 0, "{command}");
        // What was found is known by then.
        assert_eq!(outcome.report()["complete"], true, "{command}");
    }
}
