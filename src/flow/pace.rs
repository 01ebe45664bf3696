//! The spacing of segments that repeat each other: even, as keepalive timers make it, or growing, as those of
//! retransmission do.

use super::classify::PROBE_SILENCE;
use crate::time::Span;

/// Segments at an even spacing from which on chance is unlikely.
const EVEN: u64 = 3;

/// The same where this alone has to prove probes.
const CLEARLY_EVEN: u64 = 4;

/// Spacings are equal within a twentieth: timers of Linux are up to 2.8 % late.
const NEARNESS: u64 = 20;

/// A timeout is about double the one before it (RFC 6298 5.5), as part of 5: from 7 on.
const GROWN: u64 = 7;

/// Growths from which on constant spacing is that of a back-off that has come to its bound.
const BACKED_OFF: u8 = 2;

/// Spacings so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    last: Option<Span>,
    /// Segments of the even stretch that goes on.
    stretch: u64,
    /// Segments of even stretches before it.
    even: u64,
    longest: u64,
    growths: u8,
}

impl Pace {
    /// Begins with one segment.
    pub fn begin() -> Pace {
        Pace { last: None, stretch: 1, even: 0, longest: 1, growths: 0 }
    }

    /// Begins with a repetition that came `spacing` after the segment before it and `since_sent` after what it repeats
    /// was sent, with so many retransmissions between.
    pub fn of_repeats(spacing: Span, since_sent: Span, retransmissions: u8) -> Pace {
        // All timeouts of a back-off together are more than the last one.
        let goes_on = since_sent.as_nanos().saturating_mul(5) >= spacing.as_nanos().saturating_mul(GROWN);
        let growths = if goes_on { retransmissions.min(BACKED_OFF) } else { 0 };
        Pace { last: Some(spacing), growths, ..Pace::begin() }
    }

    /// One more, `spacing` later. `alike`: it looks like the one before.
    pub fn note(&mut self, spacing: Span, alike: bool) {
        let counts = alike && spacing >= PROBE_SILENCE;
        if counts && self.last.is_some_and(|last| are_near(last, spacing)) {
            self.stretch += 1;
        } else {
            let counted = self.stretch >= EVEN;
            self.even = self.even();
            // The segment before ends one stretch and begins another; it is counted once.
            self.stretch = if counts && !counted { 2 } else { 1 };
        }
        self.longest = self.longest.max(self.stretch);
        if self.last.is_some_and(|last| has_grown(last, spacing)) {
            self.growths = self.growths.saturating_add(1);
        }
        self.last = counts.then_some(spacing);
    }

    /// Segments in even stretches of three or more.
    pub fn even(&self) -> u64 {
        self.even + if self.stretch >= EVEN { self.stretch } else { 0 }
    }

    /// Whether chance is out of the question.
    pub fn is_clearly_even(&self) -> bool {
        self.longest >= CLEARLY_EVEN
    }

    /// Whether it has grown more than once: keepalive never does, the probes of a closed window do.
    pub fn backs_off(&self) -> bool {
        self.growths >= BACKED_OFF
    }

    /// Whether bytes sent again come at a constant spacing, now that the next one comes after `spacing`; `None`: it
    /// grows, which a back-off does, and a change from the time of keepalive to its interval may do once.
    pub fn of_bytes(&self, spacing: Span) -> Option<bool> {
        let last = self.last?;
        (!has_grown(last, spacing)).then_some(!self.backs_off())
    }
}

fn are_near(one: Span, other: Span) -> bool {
    let apart = one.as_nanos().abs_diff(other.as_nanos());
    apart <= one.max(other).as_nanos() / NEARNESS
}

fn has_grown(before: Span, after: Span) -> bool {
    after.as_nanos().saturating_mul(5) >= before.as_nanos().saturating_mul(GROWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paced(spacings: &[u64]) -> Pace {
        let mut pace = Pace::begin();
        for spacing in spacings {
            pace.note(Span::from_secs(*spacing), true);
        }
        pace
    }

    #[test]
    fn three_segments_at_one_spacing_are_even() {
        assert_eq!([paced(&[30]).even(), paced(&[30, 30]).even(), paced(&[30, 40]).even()], [0, 3, 0]);
    }

    #[test]
    fn a_segment_between_two_even_stretches_counts_once() {
        assert_eq!(paced(&[30, 30, 30, 10, 10, 10]).even(), 7);
    }

    #[test]
    fn the_first_spacing_may_be_another() {
        let pace = paced(&[120, 10, 10, 10]);
        assert_eq!((pace.even(), pace.is_clearly_even()), (4, true));
    }

    #[test]
    fn duplicates_within_a_second_are_not_even() {
        let mut pace = Pace::begin();
        for _ in 0..10 {
            pace.note(Span::from_millis(200), true);
        }
        assert_eq!(pace.even(), 0);
    }

    #[test]
    fn a_changed_window_ends_a_stretch() {
        let mut pace = paced(&[30, 30]);
        pace.note(Span::from_secs(30), false);
        assert_eq!((pace.even(), pace.is_clearly_even()), (3, false));
    }

    #[test]
    fn a_back_off_at_its_bound_is_not_constant() {
        let mut pace = Pace::of_repeats(Span::from_secs(15), Span::from_secs(15), 0);
        for spacing in [30, 60] {
            assert_eq!(pace.of_bytes(Span::from_secs(spacing)), None);
            pace.note(Span::from_secs(spacing), true);
        }
        assert_eq!(pace.of_bytes(Span::from_secs(60)), Some(false));
    }

    #[test]
    fn a_long_interval_after_a_short_time_is_constant() {
        let mut pace = Pace::of_repeats(Span::from_secs(10), Span::from_secs(10), 0);
        pace.note(Span::from_secs(75), true);
        assert_eq!(pace.of_bytes(Span::from_secs(75)), Some(true));
    }
}
