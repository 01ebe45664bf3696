//! What a terminal shows without being asked for more, on a pseudo-terminal of `script` (util-linux).

use crate::command::{fixture, idlescope};
use std::process::Command;

/// What the program prints on a terminal of so many columns.
fn on_terminal(columns: u16, words: &[&str]) -> String {
    let program = env!("CARGO_BIN_EXE_idlescope");
    let line = [&[program], words].concat().join(" ");
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env("COLUMNS", columns.to_string())
        .env("NO_COLOR", "1")
        .env("PAGER", "cat")
        .env_remove("IDLESCOPE_PAGER")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().replace('\r', "")
}

const CAPTURES: [&str; 7] = [
    "stories/exchange-keepalive-2h.pcap",
    "stories/isa-left-behind.pcap",
    "stories/heartbeat-30s.pcap",
    "captures/reset-on-next-client.pcap",
    "captures/silent-drop-client.pcap",
    "captures/flushed.pcap",
    "captures/slots.pcap",
];

#[test]
fn a_terminal_gets_one_screen_with_verdict_services_proof_and_what_is_next() {
    for capture in CAPTURES {
        for columns in [80, 100, 140] {
            let screen = on_terminal(columns, &["analyze", &fixture(capture)]);
            assert!(screen.lines().count() <= 22, "{capture} {columns}:\n{screen}");
            let widest = screen.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(columns), "{capture} {columns}: {widest}\n{screen}");
            let whole = idlescope(&["analyze", &fixture(capture)]).run().out;
            let verdict = |text: &str| text.split(": ").next().unwrap().to_owned();
            assert_eq!(verdict(&screen), verdict(&whole), "{capture}");
            assert!(screen.contains("\nNext ") && screen.contains("--full"), "{capture}:\n{screen}");
        }
    }
}

#[test]
fn the_screen_is_as_last_agreed() {
    let screen = on_terminal(80, &["analyze", &fixture("captures/silent-drop-client.pcap")]);
    insta::assert_snapshot!("first_screen", screen.replace(env!("CARGO_MANIFEST_DIR"), "…"));
}

#[test]
fn all_of_it_is_one_word_away_and_a_pipe_always_gets_it() {
    let capture = fixture("captures/silent-drop-client.pcap");
    let piped = idlescope(&["analyze", &capture]).run().out;
    for more in ["--full", "--verbose", "-v"] {
        let full = on_terminal(100, &["analyze", &capture, more]);
        assert_eq!(full, piped, "{more}");
    }
    let verdict = on_terminal(100, &["analyze", &capture, "-q"]);
    assert!(piped.starts_with(&verdict) && verdict.lines().count() < 5, "{verdict}");
}

#[test]
fn a_pager_shows_what_is_longer_than_the_screen() {
    let capture = fixture("captures/silent-drop-client.pcap");
    let line = format!("{} analyze {capture} --full", env!("CARGO_BIN_EXE_idlescope"));
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env("IDLESCOPE_PAGER", "sed s/^/paged:/")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().all(|line| line.starts_with("paged:")), "{text}");
}

#[test]
fn what_is_meant_is_done() {
    let capture = fixture("captures/silent-drop-client.pcap");
    let analysed = idlescope(&["analyze", &capture]).run().out;
    for words in [&[capture.as_str()][..], &["-r", &capture], &["analyze", "-r", &capture]] {
        let outcome = idlescope(words).run();
        assert_eq!(outcome.out, analysed, "{words:?}: {}", outcome.err);
    }
    let json = idlescope(&["analyze", &capture, "--format", "json"]).run().out;
    assert_eq!(idlescope(&[&capture, "--json"]).run().out, json);
    let html = idlescope(&[&capture, "--html"]).run().out;
    assert!(html.starts_with("<!doctype html>"), "{html:.80}");
    let hop = idlescope(&["analyze", &capture, "--hop", "box=3600s", "--format", "json"]).run().out;
    assert_eq!(idlescope(&[&capture, "--timeout", "3600", "--json"]).run().out, hop);
    let checked = idlescope(&["check", &fixture("paths/exchange.toml")]).run();
    assert!(checked.out.starts_with("Path, from the initiator"), "{}", checked.err);
}

#[test]
fn standard_input_is_read_where_no_file_is_named() {
    let capture = fixture("captures/silent-drop-client.pcap");
    let line = format!("{} --format json < {capture}", env!("CARGO_BIN_EXE_idlescope"));
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["totals"]["flows"].as_u64().unwrap() > 0);
}

#[test]
fn a_directory_stands_for_its_captures() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["b.pcap", "notes.txt", "a.pcap", "ring.pcap1"] {
        std::fs::copy(fixture("captures/silent-drop-client.pcap"), directory.path().join(name)).unwrap();
    }
    std::fs::create_dir(directory.path().join("below.pcap")).unwrap();
    let words = ["analyze", directory.path().to_str().unwrap(), "--format", "json"];
    let report = idlescope(&words).run().report();
    let files: Vec<&str> = report["capture"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    let names: Vec<&str> = files.iter().map(|name| name.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["a.pcap", "b.pcap", "ring.pcap1"]);
    let empty = tempfile::tempdir().unwrap();
    let none = idlescope(&["analyze", empty.path().to_str().unwrap()]).run();
    assert_eq!(none.code, 2);
    assert!(none.err.contains("holds no capture"), "{}", none.err);
}

#[test]
fn a_file_s_ending_names_the_format() {
    let directory = tempfile::tempdir().unwrap();
    let capture = fixture("captures/silent-drop-client.pcap");
    let file = directory.path().join("report.json");
    assert!(idlescope(&[&capture, "-o", file.to_str().unwrap()]).run().code < 2);
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(report["schema"], "idlescope.report/2");
}
