//! Nanoseconds a frame, above what `read` costs. Run with
//! `cargo test --release --lib capture::tests::speed -- --ignored --nocapture`.

use super::samples::{Order, Pcap, Pcapng};
use crate::capture::{Fill, Input, OpenOptions, Source};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

const FRAMES: u32 = 10_000_000;

/// The best of five, as other work on the machine only ever adds.
fn best_of_five(mut run: impl FnMut()) -> Duration {
    let time = |run: &mut dyn FnMut()| {
        let began = Instant::now();
        run();
        began.elapsed()
    };
    (0..5).map(|_| time(&mut run)).min().unwrap_or_default()
}

fn write_many(path: &Path, head: &[u8], frame: impl Fn(u32) -> Vec<u8>) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    out.write_all(head).unwrap();
    for n in 0..FRAMES {
        out.write_all(&frame(n)).unwrap();
    }
    out.flush().unwrap();
}

fn measure(name: &str, path: &Path) {
    let read_alone = best_of_five(|| {
        let (mut file, mut buffer) = (File::open(path).unwrap(), vec![0; 256 * 1024]);
        while file.read(&mut buffer).unwrap() > 0 {}
    });
    let walk = best_of_five(|| {
        let mut source = Source::open(&[Input::File(path.into())], &OpenOptions::default()).unwrap();
        let (mut frames, mut sum) = (0u32, 0u64);
        let sink = &mut |frame: crate::frame::Frame<'_>| {
            frames += 1;
            sum = sum.wrapping_add(frame.captured.len() as u64 ^ frame.at.as_nanos() as u64);
        };
        while source.fill(4_096, sink) == Fill::More {}
        assert_eq!(frames, FRAMES);
        std::hint::black_box(sum);
    });
    let cat = best_of_five(|| {
        let null = File::create("/dev/null").unwrap();
        assert!(std::process::Command::new("cat").arg(path).stdout(null).status().unwrap().success());
    });
    let each = |time: Duration| time.as_nanos() as f64 / f64::from(FRAMES);
    eprintln!(
        "{name}: {:.1} ns a frame, of which read() {:.1}; cat {:.1}; {:.2} × cat",
        each(walk),
        each(read_alone),
        each(cat),
        each(walk) / each(cat)
    );
}

#[test]
#[ignore = "a measurement: writes and reads 2 GB of temporary files"]
fn ten_million_frames() {
    let folder = tempfile::tempdir().unwrap();
    let captured = |n: u32| vec![n as u8; 54 + (n % 4 * 4) as usize];
    let path = folder.path().join("pcap");
    let head = Pcap::micros().bytes;
    write_many(&path, &head, |n| {
        Pcap::micros().record(n / 1_000, n % 1_000, &captured(n)).bytes.split_off(24)
    });
    measure("pcap", &path);
    let path = folder.path().join("pcapng");
    let head = || Pcapng::new(Order::Little).interface(1, 0, &[(9, &[9])]);
    let head_len = head().bytes.len();
    let frame = |n: u32| {
        let empty = Pcapng { bytes: Vec::with_capacity(128), order: Order::Little };
        empty.enhanced(0, 1_700_000_000_000_000_000 + u64::from(n), &captured(n), &[]).bytes
    };
    write_many(&path, &head().bytes[..head_len], frame);
    measure("pcapng", &path);
}
