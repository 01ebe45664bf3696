//! Annotated captures and extracts, as Wireshark's tools read them back.

use crate::dissection::is_there;
use crate::run;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn capture(file: &str) -> PathBuf {
    run::in_package("fixtures/captures").join(file)
}

fn idlescope(words: &[&str], files: &[PathBuf], write: &Path) -> i32 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idlescope"));
    command.args(words).args(["--flows", "all", "--min-gap", "1s", "-w"]).arg(write).args(files);
    let output = command.output().unwrap();
    output.status.code().unwrap()
}

/// Rows of fields of the frames that match.
fn rows(file: &Path, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-Y", filter, "-r"]).arg(file);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn numbers(rows: &[Vec<String>], column: usize) -> Vec<u64> {
    rows.iter().map(|row| row[column].parse().unwrap()).collect()
}

/// Nanoseconds, whatever the number of digits.
fn with_nanos(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    for row in &mut rows {
        let (seconds, fraction) = row[0].split_once('.').unwrap();
        row[0] = format!("{seconds}.{fraction:0<9}");
    }
    rows
}

/// Time, lengths, protocols and addresses of all frames: what must not change.
const SUBSTANCE: [&str; 6] =
    ["frame.time_epoch", "frame.len", "frame.cap_len", "frame.protocols", "frame.encap_type", "tcp.seq_raw"];

#[test]
fn every_frame_of_an_annotated_capture_is_as_it_was() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "silent-drop-client.pcap",
        "any-interface.pcap",
        "two-interfaces.pcapng",
        "keepalive-answered-big-endian.pcap",
        "snaplen54.pcap",
        "host-unreachable.pcap",
    ] {
        let write = folder.path().join("annotated.pcapng");
        idlescope(&["annotate", "--hop=fw=6s"], &[capture(file)], &write);
        let (before, after) = (rows(&capture(file), "frame", &SUBSTANCE), rows(&write, "frame", &SUBSTANCE));
        assert_eq!(with_nanos(before), with_nanos(after), "{file}");
        let ids = rows(&write, "frame", &["frame.number", "frame.packet_id"]);
        assert_eq!(numbers(&ids, 0), numbers(&ids, 1), "{file}");
    }
    let names = |file: &Path| -> BTreeSet<String> {
        rows(file, "frame", &["frame.interface_name"]).concat().into_iter().collect()
    };
    let write = folder.path().join("interfaces.pcapng");
    idlescope(&["annotate"], &[capture("two-interfaces.pcapng")], &write);
    assert_eq!(names(&write), names(&capture("two-interfaces.pcapng")));
    assert_eq!(names(&write).len(), 2);
}

#[test]
fn packed_files_and_rings_are_annotated_with_the_file_each_frame_was_in() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let write = folder.path().join("annotated.pcapng");
    idlescope(&["annotate"], &[capture("keepalive-answered-zst.pcap.zst")], &write);
    let plain = rows(&capture("keepalive-answered.pcap"), "frame", &SUBSTANCE);
    assert_eq!(with_nanos(rows(&write, "frame", &SUBSTANCE)), with_nanos(plain));

    let ring: Vec<PathBuf> = (1..=5).map(|n| capture(&format!("ring-{n}.pcapng"))).collect();
    idlescope(&["annotate"], &ring, &write);
    let whole: usize = ring.iter().map(|file| rows(file, "frame", &["frame.number"]).len()).sum();
    assert_eq!(rows(&write, "frame", &["frame.number"]).len(), whole);
    let comments = rows(&write, "frame.comment", &["frame.number", "frame.comment"]);
    assert!(comments.iter().any(|row| row[1].contains("ring-3.pcapng frame ")), "{comments:?}");
}

#[test]
fn the_frames_of_each_finding_carry_its_rule() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for file in ["silent-drop-client.pcap", "reset-on-next-client.pcap", "keepalive-dead-peer.pcap"] {
        let (write, json) = (folder.path().join("annotated.pcapng"), folder.path().join("report.json"));
        let output = format!("json={}", json.display());
        let code = idlescope(&["annotate", "--hop=fw=6s", "-o", &output], &[capture(file)], &write);
        assert_eq!(code, 1, "{file}");
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
        let comments: BTreeMap<u64, String> =
            rows(&write, "frame.comment", &["frame.number", "frame.comment"])
                .into_iter()
                .map(|row| (row[0].parse().unwrap(), row[1].clone()))
                .collect();
        for finding in report["findings"].as_array().unwrap() {
            let rule = finding["rule"].as_str().unwrap();
            for frame in finding["frames"].as_array().unwrap() {
                let comment = &comments[&frame.as_u64().unwrap()];
                assert!(comment.contains(rule), "{file}: {rule} on {frame}: {comment}");
            }
        }
        assert!(!report["findings"].as_array().unwrap().is_empty(), "{file}");
        for flow in report["flows"].as_array().unwrap() {
            for role in ["initiator", "responder"] {
                for frame in flow["keepalive"][role]["frames"].as_array().unwrap() {
                    let comment = &comments[&frame.as_u64().unwrap()];
                    assert!(comment.contains("keepalive probe of the"), "{file} {frame}: {comment}");
                }
            }
        }
        assert!(comments.values().all(|comment| !comment.contains(char::is_control)));
    }
}

/// Frames of the streams that tshark finds, ICMP errors that quote them included.
fn of_streams(file: &Path, streams: &BTreeSet<u64>) -> Vec<u64> {
    rows(file, "tcp", &["frame.number", "tcp.stream"])
        .into_iter()
        .filter(|row| streams.contains(&row[1].parse().unwrap()))
        .map(|row| row[0].parse().unwrap())
        .collect()
}

#[test]
fn an_extract_holds_the_streams_with_findings_and_no_others() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for file in ["silent-drop-client.pcap", "host-unreachable.pcap", "keepalive-dead-peer.pcap"] {
        let (write, json) = (folder.path().join("extract.pcapng"), folder.path().join("report.json"));
        let output = format!("json={}", json.display());
        idlescope(&["extract", "--hop=fw=6s", "-o", &output], &[capture(file)], &write);
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
        let flows = report["flows"].as_array().unwrap().iter();
        let with_findings: BTreeSet<u64> = flows
            .filter(|flow| !flow["findings"].as_array().unwrap().is_empty())
            .map(|flow| flow["id"].as_u64().unwrap())
            .collect();
        let taken = numbers(&rows(&write, "frame", &["frame.packet_id"]), 0);
        assert_eq!(taken, of_streams(&capture(file), &with_findings), "{file}");
        assert!(!taken.is_empty(), "{file}");
    }
}

#[test]
fn one_flow_is_extracted_by_number_or_by_its_ends() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = capture("silent-drop-client.pcap");
    let (by_id, by_ends) = (folder.path().join("id.pcapng"), folder.path().join("ends.pcapng"));
    idlescope(&["extract", "--flow=3"], std::slice::from_ref(&file), &by_id);
    idlescope(&["extract", "--between=10.2.0.2,10.1.0.2:40007"], std::slice::from_ref(&file), &by_ends);
    let frames = of_streams(&file, &BTreeSet::from([3]));
    for write in [&by_id, &by_ends] {
        assert_eq!(numbers(&rows(write, "frame", &["frame.packet_id"]), 0), frames, "{}", write.display());
    }
    // Lives that follow each other on one key are told apart.
    let write = folder.path().join("life.pcapng");
    idlescope(&["extract", "--flow=2"], &[capture("reuse.pcap")], &write);
    let taken = numbers(&rows(&write, "frame", &["frame.packet_id"]), 0);
    assert_eq!(taken, of_streams(&capture("reuse.pcap"), &BTreeSet::from([2])));
}
