//! What tshark says of a capture.

use crate::run;
use idlescope::findings::Listing;
use idlescope::report::{Flow, Report};
use idlescope::time::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One TCP frame in tshark's eyes.
pub struct Row {
    pub frame: u64,
    pub stream: u64,
    /// Nanoseconds since 1970.
    pub at: i128,
    pub keep_alive: bool,
    pub keep_alive_ack: bool,
    pub retransmission: bool,
    pub duplicate_ack: bool,
    pub zero_window_probe: bool,
    pub unseen: bool,
    /// It stands in an ICMP error, quoted.
    pub quoted: bool,
}

/// Whether tshark is there; says so when it is not.
pub fn is_there() -> bool {
    let there = Command::new("tshark").arg("-v").output().is_ok_and(|output| output.status.success());
    if !there {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "tshark is missing: apt-get install tshark");
        eprintln!("SKIPPED: tshark is not installed; apt-get install tshark");
    }
    there
}

const FIELDS: [&str; 10] = [
    "frame.number",
    "tcp.stream",
    "frame.time_epoch",
    "tcp.analysis.keep_alive",
    "tcp.analysis.keep_alive_ack",
    "tcp.analysis.retransmission",
    "tcp.analysis.duplicate_ack",
    "tcp.analysis.zero_window_probe",
    "tcp.analysis.ack_lost_segment",
    "icmp.type",
];

/// All frames of `file` that tshark finds a TCP header in.
pub fn of(file: &str) -> Vec<Row> {
    of_path(&run::in_package("fixtures/captures").join(file))
}

/// All frames of a story that tshark finds a TCP header in.
pub fn of_story(file: &str) -> Vec<Row> {
    of_path(&run::in_package("fixtures/stories").join(file))
}

fn of_path(path: &Path) -> Vec<Row> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-Y", "tcp", "-r"]).arg(path);
    for field in FIELDS {
        command.args(["-e", field]);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let said = |at: usize| cells.get(at).is_some_and(|cell| !cell.is_empty());
        let (seconds, fraction) = cells[2].split_once('.').unwrap();
        Row {
            frame: cells[0].parse().unwrap(),
            stream: cells[1].parse().unwrap(),
            at: seconds.parse::<i128>().unwrap() * 1_000_000_000 + fraction.parse::<i128>().unwrap(),
            keep_alive: said(3),
            keep_alive_ack: said(4),
            retransmission: said(5),
            duplicate_ack: said(6),
            zero_window_probe: said(7),
            unseen: said(8),
            quoted: said(9),
        }
    });
    rows.collect()
}

/// Streams with the times of their frames, in the order of the file.
pub fn streams(rows: &[Row]) -> BTreeMap<u64, Vec<i128>> {
    let mut streams: BTreeMap<u64, Vec<i128>> = BTreeMap::new();
    for row in rows {
        streams.entry(row.stream).or_default().push(row.at);
    }
    streams
}

/// Longest time between two successive frames, in nanoseconds.
pub fn longest_gap(times: &[i128]) -> i128 {
    times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

/// How many rows are so.
pub fn count(rows: &[Row], what: impl Fn(&Row) -> bool) -> usize {
    rows.iter().filter(|row| what(row)).count()
}

/// Our report on `file`, all flows listed.
pub fn ours(file: &str) -> Report {
    ours_on(run::in_package("fixtures/captures").join(file))
}

/// Our report on a story, all flows listed.
pub fn ours_of_story(file: &str) -> Report {
    ours_on(run::in_package("fixtures/stories").join(file))
}

fn ours_on(path: PathBuf) -> Report {
    let mut terms = run::terms(&[], None);
    terms.listing = Listing::All;
    terms.min_gap = Span::from_secs(1);
    run::report(&[path], &terms, 2)
}

/// Frames of all probes of both sides; the list of a side must hold all of them.
pub fn probe_frames(flows: &[Flow]) -> BTreeSet<u64> {
    let sides = flows.iter().flat_map(|flow| [&flow.keepalive.initiator, &flow.keepalive.responder]);
    sides
        .flat_map(|side| {
            assert_eq!(side.frames.len() as u64, side.probes, "more probes than frames are kept");
            side.frames.clone()
        })
        .collect()
}

/// Probes, replies and zero-window probes of all flows.
pub fn totals(flows: &[Flow]) -> (u64, u64, u64) {
    let sides = flows.iter().flat_map(|flow| [&flow.keepalive.initiator, &flow.keepalive.responder]);
    let (probes, replies) = sides.fold((0, 0), |sum, side| (sum.0 + side.probes, sum.1 + side.replies));
    (probes, replies, flows.iter().map(|flow| flow.zero_window_probes_total).sum())
}
