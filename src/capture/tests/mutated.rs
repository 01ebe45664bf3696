//! Untrusted bytes: sound captures with bytes flipped, inserted, removed and cut, thousands of times.
//! Reading must come to an end, hand on no more than there is, and stay within its memory.

use super::samples::{Order, Pcap, packed_gzip, packed_lz4, packed_zstd, rich_pcapng};
use crate::capture::Interfaces;
use crate::capture::file::CaptureFile;
use crate::capture::pass::{Pass, Pause};
use crate::capture::pcapng::MAX_BLOCK;
use crate::frame::Frame;
use crate::time::Timestamp;
use std::io::Cursor;
use std::time::{Duration, Instant};

const CASES: u64 = 12_000;
const LONGEST: Duration = Duration::from_secs(10);

/// SplitMix64 (Steele, Lea, Flood 2014): seeded, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }
}

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, dice.roll() as u8),
            2 if !bytes.is_empty() => drop(bytes.remove(at)),
            3 if at + 4 <= bytes.len() => {
                // Words that lengths and counts break on.
                let words = [0, 1, 3, 8, 12, 0x7fff_ffff, 0xffff_fffc, 0xffff_ffff, 262_144, 1_048_576];
                bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(words[dice.below(words.len())]));
            }
            _ if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            _ => {}
        }
    }
}

#[test]
fn mutated_captures_never_panic_hang_or_fill_memory() {
    let plain = [
        Pcap::new(0xa1b2_c3d4, Order::Big).frames(1, 20).bytes,
        Pcap::new(0xa1b2_3c4d, Order::Little).frames(1, 20).bytes,
        Pcap::new(0xa1b2_cd34, Order::Little).frames(1, 20).bytes,
        Pcap::new(0xa1b2_c3d4, Order::Big).version(2, 3).frames(1, 20).bytes,
        Pcap::micros()
            .frames(1, 9)
            .record(9, u32::MAX, &[1; 60])
            .record(9, 1_000_000, &[2; 60])
            .frames(10, 9)
            .bytes,
        rich_pcapng(),
        rich_pcapng(),
        rich_pcapng(),
    ];
    let packed = [packed_gzip(&plain[5]), packed_zstd(&plain[5]), packed_lz4(&plain[0])];
    let samples: Vec<Vec<u8>> = plain.into_iter().chain(packed).collect();
    let (began, mut opened, mut damaged) = (Instant::now(), 0, 0);
    for seed in 0..CASES {
        let mut dice = Dice(seed);
        let mut bytes = samples[seed as usize % samples.len()].clone();
        mutate(&mut bytes, &mut dice);
        // The decoders of packed samples may give at most what these small samples can hold.
        let most = 1 + 1_000 * bytes.len();
        let capacity = [16, 4_096][dice.below(2)];
        let Ok(mut file) =
            CaptureFile::open("mutated", Box::new(Cursor::new(bytes)), capacity, &Interfaces::default())
        else {
            continue;
        };
        opened += 1;
        file.peek();
        let mut frames = 0;
        loop {
            let sink = &mut |_: Frame<'_>| frames += 1;
            let mut pass = Pass { left: 1 + dice.below(9), until: Timestamp::MAX, number: 1, sink };
            if file.read(&mut pass) == Pause::End {
                break;
            }
            assert!(frames < most, "seed {seed}: frames without end");
        }
        assert!(file.buffer_len() <= MAX_BLOCK as usize, "seed {seed}: {} bytes held", file.buffer_len());
        damaged += u32::from(file.into_summary().damage.is_some());
        assert!(began.elapsed() < LONGEST, "seed {seed}: too slow");
    }
    assert!(opened > CASES / 2 && damaged > 1_000, "mutations must reach the walk: {opened}, {damaged}");
}
