//! Timestamps of pcapng interfaces: ticks of a stated length, counted from a stated instant.

use crate::time::Timestamp;

/// How one interface counts time (draft-ietf-opsawg-pcapng section 4.2, `if_tsresol` and
/// `if_tsoffset`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Clock {
    tick: Tick,
    offset_nanos: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tick {
    /// A tick is this many nanoseconds.
    Nanos(u64),
    /// This many ticks are a nanosecond.
    PerNano(u64),
    /// Finer than any 64-bit count can use: every stamp is the epoch.
    TooFine,
    /// A second has two to this power ticks.
    BinaryFraction(u8),
}

impl Default for Clock {
    /// Microseconds since 1970, as the format has it where nothing else is said.
    fn default() -> Clock {
        Clock { tick: Tick::Nanos(1_000), offset_nanos: 0 }
    }
}

impl Clock {
    /// Takes `if_tsresol`: with the high bit a negative power of two of a second, else of ten.
    pub(super) fn set_resolution(&mut self, resolution: u8) {
        let power = u32::from(resolution & 0x7f);
        self.tick = match (resolution & 0x80, power) {
            (0, 0..=9) => Tick::Nanos(10u64.pow(9 - power)),
            (0, _) => 10u64.checked_pow(power - 9).map_or(Tick::TooFine, Tick::PerNano),
            _ => Tick::BinaryFraction(resolution & 0x7f),
        };
    }

    /// Takes `if_tsoffset`, in seconds.
    pub(super) fn set_offset(&mut self, seconds: i64) {
        self.offset_nanos = seconds.saturating_mul(1_000_000_000);
    }

    /// The instant of a stamp, saturating. Never [`Timestamp::MIN`], which stands for "before every frame".
    #[inline(always)]
    pub(super) fn instant(&self, high: u32, low: u32) -> Timestamp {
        let ticks = u64::from(high) << 32 | u64::from(low);
        let nanos = match self.tick {
            Tick::Nanos(nanos) => ticks.saturating_mul(nanos),
            Tick::PerNano(ticks_per_nano) => ticks / ticks_per_nano,
            Tick::TooFine => 0,
            Tick::BinaryFraction(power) => binary_nanos(ticks, power),
        };
        let since_offset = i64::try_from(nanos).unwrap_or(i64::MAX);
        Timestamp::from_nanos(since_offset.saturating_add(self.offset_nanos).max(i64::MIN + 1))
    }
}

#[cold]
fn binary_nanos(ticks: u64, power: u8) -> u64 {
    // Below 2^94, so the shift by at most 127 keeps it whole.
    let scaled = u128::from(ticks) * 1_000_000_000;
    u64::try_from(scaled >> power).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(resolution: u8, offset: i64, ticks: u64) -> i64 {
        let mut clock = Clock::default();
        clock.set_resolution(resolution);
        clock.set_offset(offset);
        clock.instant((ticks >> 32) as u32, ticks as u32).as_nanos()
    }

    #[test]
    fn every_resolution_gives_nanoseconds() {
        for (resolution, ticks, nanos) in [
            (0, 7, 7_000_000_000),
            (3, 7, 7_000_000),
            (6, 1_700_000_000_000_001, 1_700_000_000_000_001_000),
            (9, 1_700_000_000_000_000_001, 1_700_000_000_000_000_001),
            (12, 1_999, 1),
            (127, u64::MAX, 0),
            (0x80, 3, 3_000_000_000),
            (0x80 | 10, 1_024 + 512, 1_500_000_000),
            (0x80 | 32, 1 << 31, 500_000_000),
            (0xff, u64::MAX, 0),
        ] {
            assert_eq!(instant(resolution, 0, ticks), nanos, "if_tsresol {resolution:#x}");
        }
    }

    #[test]
    fn the_offset_shifts_and_saturates() {
        assert_eq!(instant(9, 1_700_000_000, 5), 1_700_000_000_000_000_005);
        assert_eq!(instant(9, -1, 5), -999_999_995);
        assert_eq!(instant(0, i64::MAX, u64::MAX), i64::MAX);
        assert_eq!(instant(9, i64::MIN, 0), i64::MIN + 1, "never the instant before every frame");
    }
}
