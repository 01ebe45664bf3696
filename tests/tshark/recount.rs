//! What `tune` says of every timeout and clock, counted once more from tshark's fields, in the plainest way: one
//! timeout at a time, stream by stream, second for second.

use crate::dissection::is_there;
use crate::make::container::{in_time_order, pcap};
use crate::make::conversation::{ANSWER, Client, Conversation, Seen, Server};
use crate::make::rng::Rng;
use crate::run;
use idlescope::capture::{Input, OpenOptions, Source};
use idlescope::pipeline::{RunOptions, tune};
use idlescope::report::{TimeoutRow, add_tuning, assemble};
use idlescope::time::Span;
use idlescope::tuning::Plan;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// From below the usual floor of ten seconds to above the longest silences.
const TIMEOUTS: [u64; 6] = [1, 2, 5, 12, 30, 120];
const FLOWS: usize = 120;

/// Flows that open, talk after silences of milliseconds to a minute, some probed meanwhile; two thirds close.
fn frames() -> Vec<Seen> {
    let mut rng = Rng(14);
    let flows = (0..FLOWS).map(|number| {
        let mut flow = Conversation::new(
            &mut rng,
            &format!("10.0.{}.{}:40000", number / 200, number % 200 + 1),
            "10.9.0.9:443",
        );
        let mut at = Duration::from_millis(number as u64 * 137);
        flow.open(at);
        at += 4 * ANSWER;
        for _ in 0..2 + number % 5 {
            at += Duration::from_millis(
                [40, 700, 1_700, 4_100, 9_300, 21_000, 61_000][rng.below(7) as usize] + rng.below(300),
            );
            match rng.below(6) {
                0 => flow.probe(at, Server),
                1 => flow.probe(at, Client),
                2 => flow.say(at, Server, 40),
                3 => flow.say(at, Client, 40),
                _ => flow.ask(at, 30, 90),
            }
            at += 8 * ANSWER;
        }
        if number % 3 > 0 {
            flow.close(at + Duration::from_millis(20 + rng.below(14_000)));
        }
        flow.into_frames()
    });
    in_time_order(flows.collect::<Vec<_>>())
}

/// A frame in tshark's eyes; times in microseconds.
struct Frame {
    at: i64,
    of_client: bool,
    /// New payload.
    payload: bool,
    fin: bool,
}

fn streams(file: &Path) -> BTreeMap<u64, Vec<Frame>> {
    let fields = [
        "tcp.stream",
        "frame.time_epoch",
        "tcp.srcport",
        "tcp.len",
        "tcp.flags.fin",
        "tcp.analysis.keep_alive",
    ];
    let fields = fields.iter().flat_map(|field| ["-e", field]);
    let output = Command::new("tshark")
        .args(["-n", "-T", "fields"])
        .args(fields)
        .arg("-r")
        .arg(file)
        .output()
        .unwrap();
    let mut streams: BTreeMap<u64, Vec<Frame>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let (seconds, fraction) = cells[1].split_once('.').unwrap();
        streams.entry(cells[0].parse().unwrap()).or_default().push(Frame {
            at: seconds.parse::<i64>().unwrap() * 1_000_000 + fraction[..6].parse::<i64>().unwrap(),
            of_client: cells[2] != "443",
            payload: cells[3] != "0" && cells.get(5).is_none_or(|cell| cell.is_empty()),
            fin: matches!(cells[4], "1" | "True"),
        });
    }
    streams
}

/// What a timeout does.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Counts {
    gaps: u64,
    cut: u64,
    used_again: u64,
    /// Seconds for which entries are held.
    held: f64,
}

/// The instants that restart a clock, and whether an open silence follows until the end of the capture. A clock of payload begins
/// with the connection, and what a FIN ends was a silence as well.
fn restarts(frames: &[Frame], clock: &str) -> Vec<(i64, bool)> {
    let first = frames[0].at;
    let counts = |frame: &&Frame| match clock {
        "any" => true,
        "initiator" => frame.of_client,
        "responder" => !frame.of_client,
        _ => frame.payload || frame.fin,
    };
    let mut times: Vec<(i64, bool)> =
        frames.iter().filter(counts).map(|frame| (frame.at, frame.payload)).collect();
    if clock == "payload" && times.first().is_none_or(|(at, _)| *at > first) {
        times.insert(0, (first, false));
    }
    times
}

fn recounted(streams: &BTreeMap<u64, Vec<Frame>>, clock: &str, timeout: u64, end: i64) -> Counts {
    let limit = timeout as i64 * 1_000_000;
    let mut counts = Counts::default();
    for frames in streams.values() {
        let closed = frames.iter().filter(|frame| frame.fin).count() == 2;
        let times = restarts(frames, clock);
        let last_use = frames.iter().rev().find(|frame| frame.payload).map_or(i64::MIN, |frame| frame.at);
        let mut silences: Vec<(i64, i64)> = times.windows(2).map(|pair| (pair[0].0, pair[1].0)).collect();
        // What a close ends is no gap before payload.
        let ended = times.windows(2).filter(|pair| clock != "payload" || pair[1].1);
        counts.gaps += ended.filter(|pair| pair[1].0 - pair[0].0 > limit).count() as u64;
        let last = frames[frames.len() - 1].at;
        if !closed {
            silences.push((times[times.len() - 1].0, end));
        }
        counts.held += if closed { last - frames[0].at } else { end - frames[0].at } as f64 / 1e6;
        let long = || silences.iter().filter(|(from, to)| to - from > limit);
        counts.held -= long().map(|(from, to)| (to - from - limit) as f64 / 1e6).sum::<f64>();
        if let Some((from, _)) = long().next() {
            counts.cut += 1;
            counts.used_again += u64::from(last_use > from + limit);
        }
    }
    counts
}

#[test]
fn every_timeout_and_clock_counts_what_a_plain_recount_over_another_dissector_counts() {
    if !is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("talk.pcap");
    std::fs::write(&file, pcap(Duration::from_secs(1_600_000_000), &frames())).unwrap();
    let source = Source::open(&[Input::File(file.clone())], &OpenOptions::default()).unwrap();
    let terms = run::terms(&[], None);
    let plan = Plan::new(&terms.path, &TIMEOUTS.map(Span::from_secs), &[]);
    let (analysis, outcome) = tune(source, None, terms, plan, &RunOptions::default());
    let mut report = assemble(&analysis);
    add_tuning(&mut report, &analysis, &outcome);
    let rows = report.tuning.unwrap().timeouts;
    let streams = streams(&file);
    assert_eq!(streams.len(), FLOWS);
    let end = streams.values().flatten().map(|frame| frame.at).max().unwrap();
    let mut compared = 0;
    for clock in ["any", "payload", "initiator", "responder"] {
        let reused = recounted(&streams, clock, TIMEOUTS[0], end).used_again;
        for timeout in TIMEOUTS {
            let is_it = |row: &&TimeoutRow| {
                row.refresh.word() == clock && row.timeout_s.0 == Span::from_secs(timeout)
            };
            let row = rows.iter().find(is_it).unwrap();
            let theirs = recounted(&streams, clock, timeout, end);
            let ours = Counts {
                gaps: row.gaps_cut,
                cut: row.flows_cut,
                used_again: row.flows_used_again,
                held: theirs.held,
            };
            assert_eq!(ours, theirs, "{clock} {timeout} s");
            assert!(
                (row.entries.entry_seconds - theirs.held).abs() < 0.5,
                "{clock} {timeout} s: {} {}",
                row.entries.entry_seconds,
                theirs.held
            );
            assert_eq!(row.used_again.of, reused, "{clock}: one denominator for all timeouts");
            compared += u64::from(theirs.cut > 0);
        }
    }
    assert!(compared >= 20, "{compared} rows with a cut: too few to show anything");
}
