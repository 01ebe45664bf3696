//! How far two clocks are apart, from packets that both saw.

use crate::time::{Span, Timestamp};

/// The second side's clock as the first one's would have it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ClockOffset {
    /// Nanoseconds to add to the first side's times to get the second's, in the middle of the packets.
    pub nanos: i64,
    /// How far the true offset may be from that: half the shortest round trip between the two capture points.
    pub within: Span,
    /// Nanoseconds a second by which the second clock gains; `None`: less than can be told apart.
    pub drift_ppb: Option<i64>,
    /// Packets that both saw.
    pub packets: u64,
}

/// One packet that both saw.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting {
    /// Time on each side.
    pub at: [Timestamp; 2],
    /// Whether it passed the first side first.
    pub forward: bool,
}

/// Bounds of the offset: packets cannot arrive before they were sent.
#[derive(Clone, Copy)]
struct Bounds {
    least: i64,
    most: i64,
}

impl Bounds {
    fn of(sightings: &[Sighting]) -> Option<Bounds> {
        let differences = |forward: bool| {
            let way = sightings.iter().filter(move |seen| seen.forward == forward);
            way.map(|seen| seen.at[1].as_nanos().saturating_sub(seen.at[0].as_nanos()))
        };
        Some(Bounds { most: differences(true).min()?, least: differences(false).max()? })
    }

    fn middle(self) -> i64 {
        self.least / 2 + self.most / 2
    }

    fn width(self) -> i64 {
        self.most.saturating_sub(self.least) / 2
    }
}

impl ClockOffset {
    /// `None` when packets went one way only: then delay and offset cannot be told apart.
    pub(super) fn of(mut sightings: Vec<Sighting>) -> Option<ClockOffset> {
        sightings.sort_by_key(|seen| seen.at[0]);
        let whole = Bounds::of(&sightings)?;
        let third = sightings.len() / 3;
        let ends = [&sightings[..third], &sightings[sightings.len() - third..]];
        let drift_ppb = drift(ends);
        // Clocks that drift leave no offset that fits all: then the bounds cross, and say how much.
        let within = Span::from_nanos(whole.width().unsigned_abs());
        Some(ClockOffset { nanos: whole.middle(), within, drift_ppb, packets: sightings.len() as u64 })
    }
}

fn drift(ends: [&[Sighting]; 2]) -> Option<i64> {
    let [begin, end] = ends;
    let (a, b) = (Bounds::of(begin)?, Bounds::of(end)?);
    let middle = |part: &[Sighting]| part.get(part.len() / 2).map(|seen| seen.at[0]);
    let apart = middle(end)?.since(middle(begin)?);
    let gained = b.middle().saturating_sub(a.middle());
    let unsure = a.width().abs().saturating_add(b.width().abs());
    if apart < Span::from_secs(1) || gained.abs() <= unsure {
        return None;
    }
    i64::try_from(i128::from(gained) * 1_000_000_000 / i128::from(apart.as_nanos())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(second: i64, delay: i64, offset: i64, forward: bool) -> Sighting {
        let sent = second * 1_000_000_000;
        let [first, other] = if forward { [sent, sent + delay] } else { [sent + delay, sent] };
        Sighting { at: [Timestamp::from_nanos(first), Timestamp::from_nanos(other + offset)], forward }
    }

    #[test]
    fn the_offset_lies_between_both_ways() {
        let sightings = (0..60).map(|n| seen(n, 1_000 + n % 7 * 500, -5_000_000_000, n % 2 == 0)).collect();
        let offset = ClockOffset::of(sightings).unwrap();
        assert!((offset.nanos + 5_000_000_000).abs() <= 1_000, "{offset:?}");
        assert!(offset.within <= Span::from_nanos(1_500), "{offset:?}");
        assert_eq!(offset.drift_ppb, None);
    }

    #[test]
    fn a_clock_that_gains_is_told() {
        let sightings = (0..300).map(|n| seen(n, 20_000, n * 50_000, n % 2 == 0)).collect();
        let drift = ClockOffset::of(sightings).unwrap().drift_ppb.unwrap();
        assert!((drift - 50_000).abs() < 2_000, "{drift}");
    }

    #[test]
    fn one_way_says_nothing() {
        assert_eq!(ClockOffset::of((0..9).map(|n| seen(n, 1, 0, true)).collect()), None);
    }
}
