//! Several files are one capture in time order.

use super::samples::{Kept, Order, Pcap, Pcapng, ask, frame_bytes, packed_gzip, read_all};
use crate::capture::{CaptureSummary, DamageKind, Extent, Fill, Input, OpenError, OpenOptions, Source};
use crate::frame::FrameNumber;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> Input {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        Input::File(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn read(inputs: &[Input]) -> (Vec<Kept>, CaptureSummary) {
    read_by(inputs, 1_000)
}

fn read_by(inputs: &[Input], at_once: usize) -> (Vec<Kept>, CaptureSummary) {
    let mut source = Source::open(inputs, &OpenOptions::default()).unwrap();
    let mut kept = Vec::new();
    while source.fill(at_once, &mut |frame| kept.push(Kept::of(&frame))) == Fill::More {}
    (kept, source.finish())
}

fn seconds(frames: &[Kept]) -> Vec<i64> {
    frames.iter().map(|frame| frame.nanos / 1_000_000_000).collect()
}

fn at(seconds: &[u32]) -> Vec<u8> {
    seconds
        .iter()
        .fold(Pcap::micros(), |pcap, second| pcap.record(*second, 0, &frame_bytes(*second as u8)))
        .bytes
}

#[test]
fn rotated_files_in_any_order_are_one_capture() {
    let folder = Folder::new();
    let files: Vec<Input> = (0..9u32)
        .map(|n| folder.file(&format!("ring_{n}"), &Pcap::micros().frames(100 * n, 50).bytes))
        .collect();
    let (in_order, _) = read(&files);
    let shuffled: Vec<Input> = [4, 8, 0, 2, 7, 1, 6, 3, 5].map(|n: usize| files[n].clone()).to_vec();
    let (frames, summary) = read(&shuffled);
    assert_eq!(frames, in_order);
    assert_eq!(frames.len(), 450);
    assert!(frames.iter().zip(1..).all(|(frame, number)| frame.number == number));
    assert!(summary.is_complete());
    let origin = summary.origins.origin(FrameNumber(101)).unwrap();
    assert_eq!((origin.file, origin.number), (3, FrameNumber(1)), "the third ring file was named fourth");
}

#[test]
fn interleaved_files_are_merged_frame_by_frame_and_ties_go_to_the_last() {
    let folder = Folder::new();
    let first = folder.file("a", &at(&[1, 3, 5, 5, 9]));
    let second = folder.file("b", &packed_gzip(&at(&[2, 3, 5, 8])));
    for at_once in [1, 2, 1_000] {
        let (frames, summary) = read_by(&[first.clone(), second.clone()], at_once);
        assert_eq!(seconds(&frames), [1, 2, 3, 3, 5, 5, 5, 8, 9]);
        let origins: Vec<usize> =
            (1..=9).map(|n| summary.origins.origin(FrameNumber(n)).unwrap().file).collect();
        assert_eq!(origins, [0, 1, 1, 0, 1, 0, 0, 1, 0]);
        assert_eq!(summary.origins.origin(FrameNumber(8)).unwrap().number, FrameNumber(4));
        assert_eq!(summary.files[0].frames + summary.files[1].frames, 9);
    }
}

#[test]
fn a_file_whose_time_steps_back_keeps_its_order() {
    let folder = Folder::new();
    let alone = folder.file("a", &at(&[5, 2, 7]));
    assert_eq!(seconds(&read(std::slice::from_ref(&alone)).0), [5, 2, 7]);
    let other = folder.file("b", &at(&[1, 6]));
    assert_eq!(seconds(&read(&[alone, other]).0), [1, 5, 2, 6, 7]);
}

#[test]
fn frame_numbers_are_those_of_mergecap() {
    let folder = Folder::new();
    let seconds = [&[1, 4, 4, 2, 9][..], &[4, 3, 3, 10], &[0, 9, 9]];
    let names = ["a", "b", "c"];
    let inputs: Vec<Input> =
        names.iter().zip(seconds).map(|(name, list)| folder.file(name, &at(list))).collect();
    let paths = ["merged", "a", "b", "c"].map(|name| folder.path(name).display().to_string());
    let arguments = [&["-w"][..], &paths.each_ref().map(String::as_str)[..]].concat();
    if ask("mergecap", &arguments).is_none() {
        return;
    }
    let theirs = read_all(&fs::read(folder.path("merged")).unwrap()).unwrap().0;
    assert_eq!(read(&inputs).0, theirs);
}

#[test]
fn pcap_and_pcapng_mix() {
    let folder = Folder::new();
    let pcapng = Pcapng::new(Order::Big).interface(113, 0, &[]).enhanced(0, 2_000_000, &[1, 2, 3], &[]);
    let inputs = [folder.file("a", &at(&[1, 3])), folder.file("b", &pcapng.bytes)];
    let links: Vec<u32> = read(&inputs).0.iter().map(|frame| frame.link).collect();
    assert_eq!(links, [1, 113, 1]);
}

#[test]
fn one_damaged_and_one_missing_file_do_not_stop_the_others() {
    let folder = Folder::new();
    let whole = at(&[1, 2, 3, 4]);
    let inputs = [
        Input::File(folder.path("missing")),
        folder.file("cut", &whole[..whole.len() - 3]),
        folder.file("whole", &at(&[2, 3, 5, 6])),
        folder.file("text", b"not a capture"),
    ];
    let (frames, summary) = read(&inputs);
    assert_eq!(seconds(&frames), [1, 2, 2, 3, 3, 5, 6]);
    assert!(!summary.is_complete());
    let kinds: Vec<_> = summary.files.iter().map(|file| file.damage.as_ref().map(|d| &d.kind)).collect();
    assert!(matches!(kinds[0], Some(DamageKind::CouldNotOpen(OpenError::NotFound { .. }))));
    assert!(matches!(kinds[1], Some(DamageKind::CutInFrame { .. })));
    assert_eq!(kinds[2], None);
    assert!(matches!(kinds[3], Some(DamageKind::CouldNotOpen(OpenError::NotACapture { .. }))));
    assert!(summary.files[0].damage.as_ref().unwrap().to_string().contains("missing: no such file"));
}

#[test]
fn what_cannot_be_read_at_all_is_an_error() {
    let folder = Folder::new();
    let open = |inputs: &[Input]| Source::open(inputs, &OpenOptions::default()).map(|_| ()).unwrap_err();
    assert_eq!(open(&[]), OpenError::NoInput);
    assert_eq!(open(&[Input::Stdin, Input::Stdin]), OpenError::StdinTwice);
    let missing = Input::File(folder.path("missing"));
    assert!(matches!(open(std::slice::from_ref(&missing)), OpenError::NotFound { .. }));
    assert!(matches!(open(&[folder.file("e", b""), missing]), OpenError::Empty { .. }), "that of the first");
    assert!(matches!(open(&[Input::File(folder.0.path().into())]), OpenError::Directory { .. }));
}

#[test]
fn ending_early_says_what_was_not_read() {
    let folder = Folder::new();
    let inputs =
        [folder.file("a", &at(&[1, 2])), folder.file("b", &at(&[3, 4])), folder.file("c", &at(&[5]))];
    let mut source = Source::open(&inputs, &OpenOptions::default()).unwrap();
    assert_eq!(source.fill(3, &mut |_| {}), Fill::More);
    let summary = source.finish();
    let extents: Vec<Extent> = summary.files.iter().map(|file| file.extent).collect();
    assert_eq!(extents, [Extent::Whole, Extent::Partway, Extent::NotBegun]);
    assert_eq!((summary.frames, summary.is_complete()), (3, false));
}

#[test]
fn progress_counts_every_byte_once_and_knows_the_total() {
    let folder = Folder::new();
    let inputs = [folder.file("a", &at(&[1, 9])), folder.file("b", &packed_gzip(&at(&[5, 6])))];
    let mut source = Source::open(&inputs, &OpenOptions::default()).unwrap();
    let progress = source.progress();
    assert_eq!(progress.bytes_read(), 0, "looking for the first timestamps does not count");
    while source.fill(10, &mut |_| {}) == Fill::More {}
    assert_eq!(Some(progress.bytes_read()), progress.bytes_total());
}

#[test]
fn a_file_without_frames_still_tells_when_capturing_ended() {
    let folder = Folder::new();
    let quiet = Pcapng::new(Order::Little).interface(1, 0, &[]).statistics(0, 77_000_000, 0, 2);
    let (frames, summary) = read(&[folder.file("a", &at(&[1])), folder.file("b", &quiet.bytes)]);
    assert_eq!(frames.len(), 1);
    assert_eq!(summary.end_at().unwrap().as_nanos(), 77_000_000_000);
    assert_eq!(summary.dropped(), Some(2));
    assert!(summary.is_complete());
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_once_and_merged() {
    let folder = Folder::new();
    let path = folder.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let writer = std::thread::spawn({
        let path = path.clone();
        move || fs::write(path, at(&[2, 4])).unwrap()
    });
    let (frames, summary) = read(&[folder.file("a", &at(&[1, 3, 5])), Input::File(path)]);
    writer.join().unwrap();
    assert_eq!(seconds(&frames), [1, 2, 3, 4, 5]);
    assert!(summary.is_complete());
}

#[test]
fn sources_can_be_moved_to_a_reading_thread() {
    fn movable<T: Send>() {}
    movable::<Source>();
    movable::<crate::capture::LiveSource>();
}

#[test]
fn standard_input_is_merged_with_files() {
    const CHILD: &str = "IDLESCOPE_READS_STDIN";
    if let Some(file) = std::env::var_os(CHILD) {
        let (frames, summary) = read(&[Input::File(file.into()), Input::from_word("-")]);
        assert_eq!(seconds(&frames), [1, 2, 3, 4]);
        assert_eq!(summary.files[1].name, "standard input");
        return;
    }
    let folder = Folder::new();
    fs::write(folder.path("a"), at(&[1, 4])).unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "capture::tests::merging::standard_input_is_merged_with_files"])
        .env(CHILD, folder.path("a"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut pipe, &packed_gzip(&at(&[2, 3]))).unwrap();
    drop(pipe);
    assert!(child.wait().unwrap().success());
}
