//! What must change nothing: workers, cutting into files, packing, copies.

use crate::make::conversation::Seen;
use crate::run;
use crate::traffic::{config, frames, json_without_files, report, talks, terms, write};
use idlescope::report::{Flow, Outcome};
use proptest::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Cuts `frames` at the given places into files, in the order of `shuffle`.
fn cut(directory: &Path, frames: &[Seen], cuts: &[prop::sample::Index], shuffle: u64) -> Vec<PathBuf> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(frames.len())).collect();
    ends.extend([0, frames.len()]);
    ends.sort_unstable();
    ends.dedup();
    let mut files: Vec<PathBuf> = ends
        .windows(2)
        .map(|range| write(directory, &format!("part-{}.pcap", range[0]), &frames[range[0]..range[1]]))
        .collect();
    files.sort_by_key(|file| {
        let name =
            file.to_string_lossy().bytes().fold(shuffle, |sum, byte| sum * 31 % 1_000_003 + u64::from(byte));
        crate::make::rng::Rng(name).next()
    });
    files
}

fn packed(directory: &Path, file: &Path) -> [PathBuf; 3] {
    let bytes = std::fs::read(file).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&bytes).unwrap();
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(&bytes).unwrap();
    let contents = [gzip.finish().unwrap(), lz4.finish().unwrap(), zstd::encode_all(&*bytes, 1).unwrap()];
    let names = ["a", "b", "c"].map(|name| directory.join(name));
    for (name, content) in names.iter().zip(contents) {
        std::fs::write(name, content).unwrap();
    }
    names
}

/// What copies must not change of a flow. Frame numbers do change; nothing is rounded.
type Essence = (u64, Vec<Outcome>, [u64; 5], Vec<(u64, &'static str)>, u64);

fn essence(flow: &Flow) -> Essence {
    let gaps = flow.gaps.iter().map(|gap| (gap.length_s.0.as_nanos(), gap.ended_by.word()));
    let (mine, theirs) = (&flow.keepalive.initiator, &flow.keepalive.responder);
    (
        flow.id,
        flow.verdicts.iter().map(|verdict| verdict.outcome).collect(),
        [mine.probes, mine.replies, theirs.probes, theirs.replies, flow.zero_window_probes_total],
        gaps.collect(),
        flow.longest_gap_s.0.as_nanos(),
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_number_of_workers_never_changes_the_report(talks in talks()) {
        let frames = frames(&talks, 1);
        let one = run::json_of(&report(&frames, 1));
        for workers in [2, 3, 5] {
            let mut other = run::json_of(&report(&frames, workers));
            other["capture"]["files"] = one["capture"]["files"].clone();
            prop_assert_eq!(&one, &other, "{} workers", workers);
        }
    }

    #[test]
    fn cutting_into_files_in_any_order_never_changes_the_report(
        talks in talks(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
        shuffle in any::<u32>(),
    ) {
        let frames = frames(&talks, 1);
        let directory = tempfile::tempdir().unwrap();
        let files = cut(directory.path(), &frames, &cuts, u64::from(shuffle));
        let whole = json_without_files(&report(&frames, 2));
        let parts = json_without_files(&run::report(&files, &terms(), 2));
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn packing_never_changes_the_report(talks in talks()) {
        let frames = frames(&talks, 1);
        let directory = tempfile::tempdir().unwrap();
        let plain = write(directory.path(), "capture.pcap", &frames);
        let expected = json_without_files(&run::report(std::slice::from_ref(&plain), &terms(), 2));
        for file in packed(directory.path(), &plain) {
            prop_assert_eq!(&expected, &json_without_files(&run::report(&[file], &terms(), 2)));
        }
    }

    #[test]
    fn copies_of_every_frame_never_change_verdicts_probes_and_gaps(talks in talks()) {
        let frames = frames(&talks, 1);
        let later = |seen: &Seen| Seen { at: seen.at + Duration::from_micros(150), ..seen.clone() };
        let mut doubled: Vec<Seen> = frames.iter().cloned().chain(frames.iter().map(later)).collect();
        doubled.sort_by_key(|seen| seen.at);
        let (once, twice) = (report(&frames, 2), report(&doubled, 2));
        prop_assert_eq!(twice.capture.duplicates, frames.len() as u64);
        prop_assert_eq!(&once.totals.findings, &twice.totals.findings);
        for (a, b) in once.flows.iter().zip(&twice.flows) {
            prop_assert_eq!(essence(a), essence(b));
        }
        prop_assert_eq!(once.flows.len(), twice.flows.len());
    }
}
