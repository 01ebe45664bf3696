//! Damaged captures through the whole program: whatever bytes a file holds, the analysis ends, every page
//! can be written, and all frames are accounted for.
//!
//! Seeded: a failure names the file and the number of the case, which makes the same bytes again.

#[path = "../../fixtures/make/rng.rs"]
mod rng;
#[path = "../run/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod run;

use idlescope::capture::{Input, OpenOptions, Source};
use idlescope::findings::{Listing, Terms};
use idlescope::pipeline::{Origin, RunOptions, analyze};
use idlescope::report::{Format, Layout, assemble, write};
use rng::Rng;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Cases in all; spread over the fixtures.
const CASES: u64 = 3000;

/// No case may take longer: the fixtures take milliseconds.
const SLOWEST: Duration = Duration::from_secs(5);

/// The whole test may take no more memory: a read buffer, a decompressor's window (128 MiB at most) and
/// the flows held.
const LARGEST: u64 = 512 << 20;

/// Flows held at once: the bound is part of what is tested.
const MAX_FLOWS: usize = 64;

fn fixtures() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = ["captures", "stories", "bad/captures"]
        .iter()
        .flat_map(|directory| std::fs::read_dir(run::in_package("fixtures").join(directory)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            !path.to_string_lossy().ends_with(".toml") && !path.to_string_lossy().ends_with(".json")
        })
        .collect();
    all.sort();
    all
}

/// Damages `bytes` at one to four places.
fn damage(bytes: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..=rng.below(4) {
        let len = bytes.len() as u64;
        // Headers are short and decide most, but damage there hides the rest.
        let reach = if rng.below(8) == 0 { len.min(200) } else { len };
        let at = rng.below(reach) as usize;
        let until = (at + 1 + rng.below(64) as usize).min(bytes.len());
        match rng.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
            1 if at < bytes.len() => bytes[at] = [0, 0xff, 0x7f, 0x80][rng.below(4) as usize],
            2 => {
                let inserted: Vec<u8> = (0..=rng.below(32)).map(|_| rng.next() as u8).collect();
                bytes.splice(at..at, inserted);
            }
            3 if at < until => drop(bytes.drain(at..until)),
            4 if rng.below(4) == 0 => bytes.truncate(at),
            5 if at < until => {
                let copied = bytes[at..until].to_vec();
                bytes.splice(at..at, copied);
            }
            _ => {}
        }
    }
}

/// Peak resident memory of this process in bytes, where Linux tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

fn terms() -> [Terms; 2] {
    let hops =
        ["isa=ms-isa-nat-hotfix", "conntrack=linux-conntrack", "proxy=5s,refresh=payload-per-direction"];
    let mut judged = run::terms(&hops, Some("30m"));
    judged.listing = Listing::All;
    [judged, run::terms(&[], None)]
}

#[test]
fn damaged_captures_are_analysed_to_a_page_in_every_format() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 60, "{fixtures:?}");
    let contents: Vec<Vec<u8>> = fixtures.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let terms = terms();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("damaged");
    let (mut opened, mut with_flows) = (0, 0);
    for case in 0..CASES {
        let which = case as usize % fixtures.len();
        let mut rng = Rng(case);
        let mut bytes = contents[which].clone();
        damage(&mut bytes, &mut rng);
        let place = format!("case {case} of {}", fixtures[which].display());
        std::fs::write(&file, &bytes).unwrap();
        let began = Instant::now();
        let inputs = [Input::File(file.clone())];
        let Ok(source) = Source::open(&inputs, &OpenOptions::default()) else { continue };
        opened += 1;
        let terms = terms[case as usize / fixtures.len() % 2].clone();
        let options = RunOptions { workers: 1 + rng.below(2) as usize, max_flows: MAX_FLOWS };
        let analysis = analyze(source, None, terms, &options);
        let reading = &analysis.reading;
        let parts = reading.tcp_segments + reading.icmp_quotes + reading.skipped.total();
        let Origin::Files(summary) = &analysis.origin else { panic!("{place}: was read from a file") };
        assert_eq!(reading.frames, parts, "{place}");
        assert_eq!(summary.frames, reading.frames + summary.filtered, "{place}");
        let report = assemble(&analysis);
        with_flows += u64::from(report.totals.flows > 0);
        for format in Format::ALL {
            let mut page = Vec::new();
            write(&report, format, Layout::default(), &mut page).unwrap();
            assert!(std::str::from_utf8(&page).is_ok(), "{place}: the {format} page is not UTF-8");
        }
        assert!(began.elapsed() < SLOWEST, "{place} took {:?}", began.elapsed());
    }
    if let Some(peak) = peak_memory() {
        assert!(peak < LARGEST, "{peak} bytes of memory at the peak");
    }
    // Damage must not be so thorough that nothing of the analysis is reached.
    assert!(opened > CASES / 2 && with_flows > CASES / 4, "{opened} opened, {with_flows} with flows");
}
