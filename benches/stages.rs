//! What each stage costs by itself, in segments or frames a second.

mod traffic;

use divan::Bencher;
use divan::counter::ItemsCount;
use idlescope::capture::{Fill, Input, OpenOptions, Source};
use idlescope::decode::{Decoded, Decoder};
use idlescope::findings::Terms;
use idlescope::flow::{
    Basis, EndedBy, FlowView, ObservationFloor, Routed, Sequel, ServiceId, Settings, Silence, Tracker,
    Watcher,
};
use idlescope::frame::{CapturedOn, Frame, FrameNumber, LinkType};
use idlescope::pipeline::{RunOptions, analyze};
use idlescope::policy::{Hop, Path};
use idlescope::segment::HashSeed;
use idlescope::simulate::Survey;
use idlescope::time::{Span, Timestamp};
use std::io::Write;
use tempfile::NamedTempFile;
use traffic::Plan;

fn main() {
    divan::main();
}

/// A twentieth of the header-only capture: 500 thousand frames in 42 500 flows.
fn capture() -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    let mut bytes = Vec::new();
    traffic::write(&Plan::HEADERS.scaled(20), &mut bytes).expect("writing to memory");
    file.write_all(&bytes).expect("writing the capture");
    file
}

fn source(file: &NamedTempFile) -> Source {
    let input = Input::File(file.path().to_path_buf());
    Source::open(&[input], &OpenOptions::default()).expect("the capture opens")
}

fn segments(file: &NamedTempFile, seed: HashSeed) -> Vec<Routed> {
    let mut source = source(file);
    let mut decoder = Decoder::new();
    let mut segments = Vec::new();
    while source.fill(4096, &mut |frame: Frame<'_>| {
        if let Decoded::Segment(segment) = decoder.decode(&frame) {
            segments.push(Routed { segment, hash: segment.key.hash(seed) });
        }
    }) == Fill::More
    {}
    segments
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let file = capture();
    let frames = segments(&file, HashSeed([1, 2, 3, 4])).len();
    bencher.counter(ItemsCount::new(frames)).bench_local(|| {
        let mut source = source(&file);
        let mut bytes = 0;
        while source.fill(4096, &mut |frame: Frame<'_>| bytes += frame.captured.len()) == Fill::More {}
        bytes
    });
}

#[divan::bench]
fn decode(bencher: Bencher<'_, '_>) {
    let mut frame = Vec::new();
    frame.extend_from_slice(&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
    frame.extend_from_slice(&[0x45, 0, 0, 52, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    frame.extend_from_slice(&[0x9c, 0x40, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0x10, 32, 0, 0, 0, 0, 0]);
    frame.extend_from_slice(&[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]);
    let frame = Frame {
        number: FrameNumber(1),
        at: Timestamp::from_nanos(0),
        link: LinkType(1),
        interface: CapturedOn::UNTOLD,
        original_len: frame.len() as u32,
        captured: &frame,
    };
    let mut decoder = Decoder::new();
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| decoder.decode(divan::black_box(&frame)));
}

struct Deaf;

impl Watcher for Deaf {
    type Annex = ();
    fn gap(&mut self, _: ServiceId, _: Basis, _: Span, _: EndedBy) {}
    fn silence(&mut self, _: &FlowView<'_>, _: &mut (), _: &Silence) {}
    fn sequel(&mut self, _: &FlowView<'_>, _: &mut (), _: &Sequel) {}
    fn still_silent(&mut self, _: &FlowView<'_>, _: &mut (), _: &Silence) {}
    fn retire(&mut self, _: &FlowView<'_>, _: Option<&mut ()>, _: &[Silence]) {}
}

#[divan::bench]
fn track(bencher: Bencher<'_, '_>) {
    let seed = HashSeed([1, 2, 3, 4]);
    let segments = segments(&capture(), seed);
    let settings = Settings {
        silence_floor: Span::from_secs(10),
        observation: ObservationFloor::USUAL,
        max_flows: 1 << 20,
    };
    bencher.counter(ItemsCount::new(segments.len())).bench_local(|| {
        let mut tracker = Tracker::new(Deaf, settings, seed);
        for batch in segments.chunks(4096) {
            tracker.ingest_batch(batch);
        }
        tracker.flows()
    });
}

#[divan::bench]
fn whole(bencher: Bencher<'_, '_>) {
    let file = capture();
    let frames = segments(&file, HashSeed([1, 2, 3, 4])).len();
    let hops =
        [3600, 3000, 2400].map(|seconds| Hop::tracker(format!("{seconds}s"), Span::from_secs(seconds)));
    let terms = Terms::new(Path { hops: hops.to_vec(), ..Path::default() }, Survey::default());
    bencher.counter(ItemsCount::new(frames)).bench_local(|| {
        analyze(source(&file), None, terms.clone(), &RunOptions::default()).judgement.totals.flows
    });
}
