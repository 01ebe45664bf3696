//! Time a frame. `cargo test --release decode::tests::speed -- --ignored --nocapture`

use super::build::*;
use super::frame;
use crate::decode::{Decoded, Decoder, SkipCounts};
use std::hint::black_box;
use std::time::Instant;

#[test]
#[ignore = "prints timings, meaningful only with --release"]
fn time_a_frame() {
    const BATCH: usize = 1000;
    const BATCHES: u32 = 2000;
    let four = tcp4(Way::There);
    for (name, link, bytes) in [
        ("ethernet, IPv4, timestamps", 1, ethernet(0x0800, &four)),
        ("ethernet, VLAN, IPv4", 1, ethernet(0x8100, &tag(10, 0x0800, &four))),
        ("ethernet, IPv6", 1, ethernet(0x86dd, &tcp6(Way::There))),
        ("raw IPv4", 101, four.clone()),
        ("QinQ", 1, ethernet(0x88a8, &tag(10, 0x8100, &tag(20, 0x0800, &four)))),
        ("VXLAN", 1, ethernet(0x0800, &vxlan(Way::There, 42, &ethernet(0x0800, &four)))),
        ("GTP-U", 1, ethernet(0x0800, &gtp(Way::There, 42, &four))),
        ("UDP, skipped", 1, ethernet(0x0800, &udp(Way::There, 53, &[0; 40]))),
    ] {
        let mut decoder = Decoder::new();
        // Back to back, as in a reader's buffer, and into a batch, as the pipeline wants them.
        let buffer = bytes.repeat(BATCH);
        let mut batch = Vec::with_capacity(BATCH);
        let mut skips = SkipCounts::default();
        // The quickest of many batches: the machine may be busy with something else meanwhile.
        let nanos = (0..BATCHES).map(|_| {
            batch.clear();
            let started = Instant::now();
            for bytes in black_box(&buffer).chunks_exact(bytes.len()) {
                match decoder.decode(&frame(link, bytes)) {
                    Decoded::Segment(segment) => batch.push(segment),
                    Decoded::Skip(reason) => skips.add(reason),
                    Decoded::IcmpQuote(_) => {}
                }
            }
            black_box(&batch);
            started.elapsed().as_nanos() as f64 / BATCH as f64
        });
        let nanos = nanos.fold(f64::INFINITY, f64::min);
        println!("{name:<28} {nanos:6.1} ns");
    }
}
