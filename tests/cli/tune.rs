//! `idlescope tune` from the words to the page.

use crate::command::{fixture, idlescope};
use std::path::Path;
use std::process::Command;

fn words<'w>(words: &[&'w str]) -> Vec<&'w str> {
    [&["tune"], words].concat()
}

#[test]
fn a_capture_of_twenty_minutes_says_nothing_above_ten() {
    let story = fixture("stories/heartbeat-30s.pcap");
    let outcome = idlescope(&words(&[&story, "--hop", "lb=40m"])).run();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.out.starts_with("TOO FEW FLOWS TO NAME A TIMEOUT"), "{}", outcome.out);
    assert!(outcome.out.replace('\n', " ").contains("nothing can be said above 10m"), "{}", outcome.out);
}

#[test]
fn limits_of_the_hops_are_marked_among_the_candidates() {
    let story = fixture("stories/exchange-keepalive-2h.pcap");
    let outcome =
        idlescope(&words(&[&story, "--hop", "fw=1h", "--hop", "px=20m,refresh=payload", "--format", "json"]))
            .run();
    let report = outcome.report();
    let rows = report["tuning"]["timeouts"].as_array().unwrap();
    let marked: Vec<_> = rows
        .iter()
        .filter(|row| row["hops"].as_array().is_some_and(|hops| !hops.is_empty()))
        .map(|row| {
            (
                row["hops"][0].as_str().unwrap(),
                row["refresh"].as_str().unwrap(),
                row["timeout_s"].as_f64().unwrap(),
            )
        })
        .collect();
    assert_eq!(marked, [("fw", "any", 3600.0), ("px", "payload", 1200.0)]);
}

#[test]
fn histogram_logs_merge_to_the_distributions_of_both() {
    let directory = tempfile::tempdir().unwrap();
    let captures = ["stories/heartbeat-30s.pcap", "stories/exchange-keepalive-2h.pcap"].map(fixture);
    let mut logs = Vec::new();
    for (number, capture) in captures.iter().enumerate() {
        let log = directory.path().join(format!("{number}.hlog")).display().to_string();
        assert_eq!(idlescope(&words(&[capture, "-o", &format!("hlog={log}")])).run().code, 0);
        logs.push(log);
    }
    let merged = idlescope(&words(&["--merge", &logs[0], &logs[1], "--format", "json"])).run();
    assert_eq!(merged.code, 0, "{}", merged.err);
    let (merged, both) = (
        merged.report(),
        idlescope(&words(&[&captures[0], &captures[1], "--format", "json"])).run().report(),
    );
    for part in ["gaps", "gaps_by_end", "first_probe_delays", "lifetimes"] {
        assert_eq!(merged["tuning"]["distributions"][part], both["tuning"]["distributions"][part], "{part}");
    }
    let names = |report: &serde_json::Value| report["tuning"]["groups"].clone();
    assert_eq!(names(&merged), names(&both));
    assert!(merged["tuning"]["timeouts"].as_array().unwrap().is_empty(), "flows are not in a log");
    assert!(merged["tuning"]["cannot_tell"][0].as_str().unwrap().contains("takes the captures themselves"));
}

#[test]
fn what_is_no_histogram_log_is_refused_with_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("x.hlog");
    for (text, says) in [
        ("#[Histogram log format version 1.3]\n", "holds no histograms of idlescope"),
        ("hello\n", "line 1 is none of an interval log"),
        (
            "#[Idlescope-Capture: grouped-by=port]\nTag=a,0.000,1.000,1.000,AAAA\n",
            "line 2: its histogram is damaged",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let outcome = idlescope(&words(&["--merge", file.to_str().unwrap()])).run();
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains("x.hlog") && outcome.err.contains(says), "{}", outcome.err);
    }
}

#[test]
fn only_tune_writes_histogram_logs() {
    let story = fixture("stories/heartbeat-30s.pcap");
    let outcome = idlescope(&["analyze", &story, "--format", "hlog"]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("'idlescope tune'"), "{}", outcome.err);
}

#[test]
fn the_long_table_has_every_part() {
    let story = fixture("stories/isa-left-behind.pcap");
    let outcome = idlescope(&words(&[&story, "--format", "csv"])).run();
    let mut rows = csv::Reader::from_reader(outcome.out.as_bytes());
    let tables: std::collections::BTreeSet<String> =
        rows.records().map(|row| row.unwrap()[0].to_owned()).collect();
    for table in ["timeout", "keepalive", "saved", "survival", "gaps", "gaps-by-end", "open-gaps"] {
        assert!(tables.contains(table), "{tables:?}");
    }
}

/// What `hdrh`, the HdrHistogram project's own reader for Python, makes of a log.
const INDEPENDENT_READER: &str = "
import sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
reference = HdrHistogram(1, 30 * 86400 * 1000, 3)
reader = HistogramLogReader(sys.argv[1], reference)
while True:
    histogram = reader.get_next_interval_histogram()
    if histogram is None:
        break
    print(histogram.get_tag(), histogram.get_total_count(), histogram.get_max_value())
";

#[test]
fn another_implementation_reads_the_log() {
    let python = std::env::var("HDRH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import hdrh.log"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no Python with the package hdrhistogram (HDRH_PYTHON names one)");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.hlog");
    let story = fixture("stories/exchange-keepalive-2h.pcap");
    idlescope(&words(&[&story, "-o", &format!("hlog={}", log.display())])).run();
    assert!(Path::new(&log).exists());
    let read = Command::new(python).args(["-c", INDEPENDENT_READER]).arg(&log).output().unwrap();
    let lines = String::from_utf8(read.stdout).unwrap();
    // Two probes two hours after what came before them (tshark: tcp.analysis.keep_alive).
    assert!(lines.lines().any(|line| line.starts_with("gaps.any.probe 2 72")), "{lines}");
    assert!(lines.lines().any(|line| line.starts_with("lifetimes 1 ")), "{lines}");
}
