//! Time a frame. `cargo test --release decode::tests::speed -- --ignored --nocapture`

use super::build::*;
use super::frame;
use crate::decode::Decoder;
use std::hint::black_box;
use std::time::Instant;

#[test]
#[ignore = "prints timings, meaningful only with --release"]
fn time_a_frame() {
    const ROUNDS: u32 = 4_000_000;
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
        // Many copies, as a reader's buffer would hold them, rather than one line of cache.
        let copies: Vec<Vec<u8>> = (0..1000).map(|_| bytes.clone()).collect();
        let started = Instant::now();
        for round in 0..ROUNDS as usize {
            black_box(decoder.decode(black_box(&frame(link, &copies[round % 1000]))));
        }
        let nanos = started.elapsed().as_nanos() as f64 / f64::from(ROUNDS);
        println!("{name:<28} {nanos:6.1} ns");
    }
}
