//! Where captures come from makes no difference to their report.

use crate::command::{fixture, idlescope, report, without_files};
use serde_json::json;

const HOP: [&str; 3] = ["--hop", "fw=10s", "--flows=all"];

#[test]
fn packed_captures_give_the_report_of_the_plain_one() {
    let plain = without_files(report(&["keepalive-answered.pcap"], &HOP));
    assert!(plain["totals"]["flows"].as_u64() > Some(0), "{plain}");
    for packed in ["gz.pcap.gz", "zst.pcap.zst", "lz4.pcap.lz4"] {
        let packed = format!("keepalive-answered-{packed}");
        assert_eq!(without_files(report(&[&packed], &HOP)), plain, "{packed}");
    }
}

#[test]
fn byte_order_of_the_file_makes_no_difference() {
    let plain = without_files(report(&["keepalive-answered.pcap"], &HOP));
    assert_eq!(without_files(report(&["keepalive-answered-big-endian.pcap"], &HOP)), plain);
}

#[test]
fn standard_input_equals_the_file() {
    for capture in ["keepalive-answered.pcap", "keepalive-answered-zst.pcap.zst", "two-interfaces.pcapng"] {
        let bytes = std::fs::read(fixture(&format!("captures/{capture}"))).unwrap();
        let mut words = vec!["analyze", "-", "--format=json"];
        words.extend(HOP);
        let piped = idlescope(&words).input(bytes).run().report();
        assert_eq!(without_files(piped), without_files(report(&[capture], &HOP)), "{capture}");
    }
}

#[test]
fn ctrl_c_ends_the_writer_of_a_pipe_and_the_report_follows() {
    let bytes = std::fs::read(fixture("captures/busy-lossy.pcap")).unwrap();
    let (begin, rest) = bytes.split_at(bytes.len() - 5_000);
    let words = ["analyze", "-", "--format=json", "--hop=fw=10s", "--flows=all"];
    let interrupted = idlescope(&words).run_interrupted(begin, rest).report();
    assert_eq!(without_files(interrupted), without_files(report(&["busy-lossy.pcap"], &HOP)));
}

#[test]
fn ctrl_c_ends_the_reading_of_files_with_a_report_of_what_was_read() {
    let bytes = std::fs::read(fixture("captures/busy-lossy.pcap")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("endless");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    // The records again and again: more than is asked for at once after the signal.
    let (head, records) = bytes.split_at(24);
    let endless = [head, &records.repeat(12)].concat();
    let outcome = idlescope(&["analyze", fifo.to_str().unwrap(), "--format=json", "--hop=fw=10s"])
        .run_interrupted_on(&fifo, &endless);
    let report = outcome.report();
    assert_eq!((outcome.code, &report["complete"]), (2, &json!(false)));
    let frames = report["capture"]["frames"].as_u64().unwrap();
    assert!(frames > 0 && report["totals"]["flows"].as_u64() > Some(0), "{report}");
    let said = report["capture"]["cannot_see"].to_string();
    assert!(said.contains("reading was interrupted"), "{said}");
}

#[test]
fn several_files_are_one_capture_in_whatever_order() {
    let ring = ["ring-1.pcapng", "ring-2.pcapng", "ring-3.pcapng", "ring-4.pcapng", "ring-5.pcapng"];
    let forth = report(&ring, &HOP);
    let mut back = ring;
    back.reverse();
    let back = report(&back, &HOP);
    assert_eq!(forth["capture"]["files"].as_array().map(Vec::len), Some(5));
    assert_eq!(forth["totals"], back["totals"]);
    assert_eq!(forth["flows"], back["flows"]);
    let alone: u64 = ring.iter().map(|file| report(&[file], &HOP)["totals"]["flows"].as_u64().unwrap()).sum();
    let together = forth["totals"]["flows"].as_u64().unwrap();
    assert!(together < alone, "flows go on across files: {together} of {alone}");
}

#[test]
fn a_filter_takes_frames_out_and_keeps_their_numbers() {
    let all = report(&["keepalive-answered.pcap"], &HOP);
    let flow = &all["flows"][1];
    let port = flow["initiator"].as_str().unwrap().rsplit(':').next().unwrap();
    let filter = format!("port {port}");
    let some = report(&["keepalive-answered.pcap"], &[&HOP[..], &["--filter", &filter]].concat());
    assert_eq!(some["capture"]["filter"], json!(filter));
    assert_eq!(some["totals"]["flows"], 1);
    assert_eq!(some["flows"][0]["first_frame"], flow["first_frame"]);
    assert_eq!(some["flows"][0]["longest_gap_s"], flow["longest_gap_s"]);
}

#[test]
fn the_number_of_workers_never_changes_a_report() {
    let one = report(&["busy-lossy.pcap"], &[&HOP[..], &["--workers=1"]].concat());
    for workers in ["--workers=2", "--workers=7"] {
        assert_eq!(report(&["busy-lossy.pcap"], &[&HOP[..], &[workers]].concat()), one, "{workers}");
    }
}

#[test]
fn every_bad_capture_ends_with_2_and_a_message_and_never_a_panic() {
    let directory = fixture("bad/captures");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path().into_os_string().into_string().unwrap();
        let outcome = idlescope(&["analyze", &path, "--format=json"]).run();
        assert_eq!(outcome.code, 2, "{path}: {}", outcome.err);
        assert!(outcome.err.contains(&path) && !outcome.err.contains("panicked"), "{path}: {}", outcome.err);
        if !outcome.out.is_empty() {
            assert_eq!(outcome.report()["complete"], false, "{path}");
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn a_window_of_time_is_judged_as_if_only_that_had_been_captured() {
    let capture = fixture("captures/silent-drop-client.pcap");
    let window = ["--from", "2026-11-21 22:32:45", "--to", "2026-11-21T23:32:55.5+01:00"];
    let run =
        idlescope(&[&["analyze", &capture, "--hop", "gateway=6s", "--json", "-"], &window[..]].concat())
            .run();
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let capture_of = |key: &str| report["capture"][key].clone();
    let said = tshark_count(&capture, "frame.time_epoch >= 1795300365 && frame.time_epoch <= 1795300375.5");
    assert_eq!(capture_of("frames").as_u64().unwrap() - capture_of("filtered").as_u64().unwrap(), said);
    assert!(said > 20, "{said}");
    let text = idlescope(&[&["analyze", &capture][..], &window].concat()).run().out;
    assert!(text.contains("2026-11-21 22:32:45 to 22:32:54 UTC"), "{text}");
    assert!(text.contains("left out by --filter, --from or --to"), "{text}");
}

/// How many frames tshark shows through a display filter.
fn tshark_count(capture: &str, filter: &str) -> u64 {
    let words = ["-r", capture, "-Y", filter, "-T", "fields", "-e", "frame.number"];
    let said = std::process::Command::new("tshark").args(words).output().unwrap();
    String::from_utf8(said.stdout).unwrap().lines().count() as u64
}
