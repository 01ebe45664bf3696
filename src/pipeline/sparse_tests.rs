//! Thinned input is judged as full input is, on every recorded capture.

use super::desk::Desk;
use crate::capture::{Fill, Input, OpenOptions, Source};
use crate::decode::{Decoded, Decoder};
use crate::findings::{CaseFile, Judgement, Listing, Terms};
use crate::flow::timeline::SEED;
use crate::flow::{Settings, Thinner, Tracker};
use crate::policy::{Path, spec};
use crate::segment::Segment;
use crate::simulate::Survey;
use crate::stats::GapStats;
use crate::time::Span;
use std::path::PathBuf;
use std::sync::Arc;

fn captures() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/captures");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "pcap" || e == "pcapng"))
        .collect();
    files.sort();
    files
}

fn segments(file: PathBuf) -> Vec<Segment> {
    let mut source = Source::open(&[Input::File(file)], &OpenOptions::default()).unwrap();
    let mut decoder = Decoder::new();
    let mut segments = Vec::new();
    while source.fill(4096, &mut |frame| {
        if let Decoded::Segment(segment) = decoder.decode(&frame) {
            segments.push(segment);
        }
    }) == Fill::More
    {}
    segments.sort_by_key(|segment| (segment.at, segment.frame));
    segments
}

fn judge(terms: &Arc<Terms>, segments: &[Segment], thin: bool) -> String {
    let settings = Settings {
        silence_floor: terms.silence_floor(),
        observation: crate::flow::ObservationFloor::always(terms.silence_floor()),
        max_flows: 1 << 20,
    };
    let desk = Desk { gaps: GapStats::default(), cases: CaseFile::new(Arc::clone(terms)), announce: None };
    let mut tracker = Tracker::new(desk, settings, SEED);
    if thin {
        let mut thinner = Thinner::new(&settings);
        let kept: Vec<_> = segments.iter().filter_map(|segment| thinner.offer(segment)).collect();
        for sparse in kept.into_iter().chain(thinner.finish()) {
            if let Some(elided) = &sparse.elided {
                tracker.elide(elided);
            }
            if let Some(segment) = &sparse.segment {
                tracker.ingest(segment, segment.key.hash(SEED));
            }
        }
    } else {
        for segment in segments {
            tracker.ingest(segment, segment.key.hash(SEED));
        }
    }
    let end = segments.iter().map(|segment| segment.at).max().unwrap_or_default();
    let (desk, _, _) = tracker.finish(end);
    format!("{:#?}", Judgement::of(Arc::clone(terms), vec![desk.cases], Vec::new()))
}

#[test]
fn every_recorded_capture_is_judged_alike_thinned_and_whole() {
    let hops = spec::parse_hops(&["box=6s", "proxy=5s,refresh=payload"]).unwrap();
    let mut terms = Terms::new(Path { hops, keepalive: None, by_end: None }, Survey::default());
    terms.listing = Listing::All;
    terms.min_gap = Span::from_secs(4);
    let terms = Arc::new(terms);
    let files = captures();
    assert!(files.len() > 20);
    for file in files {
        let segments = segments(file.clone());
        let (whole, thinned) = (judge(&terms, &segments, false), judge(&terms, &segments, true));
        let differs = whole.lines().zip(thinned.lines()).position(|(a, b)| a != b);
        let around = |text: &str| -> Vec<String> {
            let from = differs.unwrap_or(0).saturating_sub(6);
            text.lines().skip(from).take(8).map(str::to_owned).collect()
        };
        assert!(
            differs.is_none() && whole.len() == thinned.len(),
            "{}: {:#?} {:#?}",
            file.display(),
            around(&whole),
            around(&thinned)
        );
    }
}
