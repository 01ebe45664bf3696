//! How many silences were followed to which age, and how many ended there: all that a survival curve needs.

use crate::stats::{LONGEST, PackedHistogram};
use crate::time::Span;
use std::collections::BTreeMap;

/// How a followed silence was left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SilenceEnd {
    /// A segment ended it at this age: the event.
    Ended,
    /// It was still open when it could not be followed further, as at the end of a capture: right-censored.
    Open,
}

/// One silence, as far as it was followed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Silence {
    /// Its age when it came under observation (left-truncated: it would not have been seen had it ended
    /// before). `None`: followed from its beginning.
    pub entered: Option<Span>,
    /// Its age when it was left.
    pub left: Span,
    /// How it was left.
    pub end: SilenceEnd,
}

/// How finely ages are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resolution {
    /// To the nanosecond; memory grows with the number of different ages.
    Exact,
    /// To the places of a [`PackedHistogram`], whatever their number: at most some ten thousand ages. An age
    /// becomes the longest of its place, so that a curve errs towards longer silences, by 0.1 % at most.
    /// Ages below a millisecond count as one; silences longer than [`LONGEST`] as still open then.
    ThreeDigits,
}

/// Who left and who came at one age.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Tally {
    pub ended: u64,
    pub open: u64,
    pub entered: u64,
}

/// Silences by the age at which they were left, and at which the late ones came under observation. Tables of
/// parts, added, are the table of the whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RiskTable {
    resolution: Resolution,
    ages: BTreeMap<Span, Tally>,
    followed_whole: u64,
    left_out: u64,
}

impl RiskTable {
    /// Of no silence.
    pub fn new(resolution: Resolution) -> Self {
        RiskTable { resolution, ages: BTreeMap::new(), followed_whole: 0, left_out: 0 }
    }

    /// Of histograms of ended silences and of those that were open at the end of the capture (by their age
    /// then).
    pub fn of_histograms(ended: &PackedHistogram, open: &PackedHistogram) -> Self {
        let mut table = RiskTable::new(Resolution::ThreeDigits);
        for (histogram, end) in [(ended, SilenceEnd::Ended), (open, SilenceEnd::Open)] {
            let mut count = |left, end, times| table.count(Silence { entered: None, left, end }, times);
            let (below, overflow) = histogram.outside();
            count(Span::ZERO, end, below);
            count(LONGEST, SilenceEnd::Open, overflow);
            for place in histogram.places() {
                // The last place reaches beyond the range, what it holds does not.
                count(place.longest().min(LONGEST), end, place.count);
            }
        }
        table
    }

    /// Counts `times` silences of one kind. One that was left no later than it entered tells nothing and is
    /// [left out](Self::left_out).
    pub fn count(&mut self, silence: Silence, times: u64) {
        if times == 0 {
            return;
        }
        let left = self.place(silence.left);
        let entered = silence.entered.filter(|age| *age > Span::ZERO).map(|age| self.place(age));
        match entered {
            Some(entered) if entered >= left => return self.leave_out(times),
            Some(entered) => add(&mut self.ages.entry(entered).or_default().entered, times),
            None => add(&mut self.followed_whole, times),
        }
        let beyond = self.resolution == Resolution::ThreeDigits && silence.left > LONGEST;
        let tally = self.ages.entry(left).or_default();
        match silence.end {
            SilenceEnd::Ended if !beyond => add(&mut tally.ended, times),
            SilenceEnd::Ended | SilenceEnd::Open => add(&mut tally.open, times),
        }
    }

    /// Counts silences that nothing can be learned from: those that ran when the capture began, for since
    /// when is not known. Leaving them out bends nothing, as the others are followed from their beginning.
    pub fn leave_out(&mut self, times: u64) {
        add(&mut self.left_out, times);
    }

    /// Adds the silences of another table of the same resolution.
    pub fn add(&mut self, other: &RiskTable) {
        for (age, tally) in &other.ages {
            let age = self.place(*age);
            let total = self.ages.entry(age).or_default();
            add(&mut total.ended, tally.ended);
            add(&mut total.open, tally.open);
            add(&mut total.entered, tally.entered);
        }
        add(&mut self.followed_whole, other.followed_whole);
        self.leave_out(other.left_out);
    }

    /// Silences that were followed.
    pub fn followed(&self) -> u64 {
        self.ages.values().fold(self.followed_whole, |sum, tally| sum.saturating_add(tally.entered))
    }

    /// Silences that nothing could be learned from.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(super) fn followed_whole(&self) -> u64 {
        self.followed_whole
    }

    pub(super) fn ages(&self) -> impl Iterator<Item = (Span, Tally)> {
        self.ages.iter().map(|(age, tally)| (*age, *tally))
    }

    fn place(&self, age: Span) -> Span {
        match self.resolution {
            Resolution::Exact => age,
            Resolution::ThreeDigits => longest_of_place(age),
        }
    }
}

fn add(total: &mut u64, times: u64) {
    *total = total.saturating_add(times);
}

/// The longest age of the place of `age` in an HdrHistogram of milliseconds with three digits, which tells
/// 2048 values apart in its first two octaves and 1024 in each further one; 30 days at most.
fn longest_of_place(age: Span) -> Span {
    const NANOS_PER_MILLI: u64 = 1_000_000;
    if age >= LONGEST {
        return LONGEST;
    }
    let millis = (age.as_nanos() / NANOS_PER_MILLI).max(1);
    let excess = (u64::BITS - millis.leading_zeros()).saturating_sub(11);
    Span::from_millis((((millis >> excess) + 1) << excess) - 1).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::GapHistogram;
    use proptest::prelude::*;

    fn ended(left: Span) -> Silence {
        Silence { entered: None, left, end: SilenceEnd::Ended }
    }

    #[test]
    fn memory_does_not_grow_with_the_number_of_silences() {
        let mut table = RiskTable::new(Resolution::ThreeDigits);
        for i in 0..1_000_000u64 {
            table.count(ended(Span::from_millis(i * 2593)), 1);
        }
        assert_eq!(table.followed(), 1_000_000);
        assert!(table.ages.len() < 25_000, "{} ages", table.ages.len());
    }

    #[test]
    fn longer_than_thirty_days_is_open_at_thirty_days() {
        let mut table = RiskTable::new(Resolution::ThreeDigits);
        table.count(ended(Span::from_secs(31 * 86_400)), 2);
        let ages: Vec<_> = table.ages().collect();
        assert_eq!(ages, [(LONGEST, Tally { ended: 0, open: 2, entered: 0 })]);
    }

    #[test]
    fn left_as_soon_as_entered_is_left_out() {
        let mut table = RiskTable::new(Resolution::ThreeDigits);
        let age = Span::from_secs(300);
        table.count(
            Silence { entered: Some(age), left: age + Span::from_millis(1), end: SilenceEnd::Ended },
            3,
        );
        assert_eq!((table.followed(), table.left_out()), (0, 3));
    }

    proptest! {
        #[test]
        fn places_are_those_of_the_histogram(millis in 1u64..=30 * 86_400_000) {
            let mut histogram = GapHistogram::new();
            histogram.record_n(Span::from_millis(millis), 1);
            let longest = histogram.placed().highest_equivalent(millis).min(30 * 86_400_000);
            prop_assert_eq!(longest_of_place(Span::from_millis(millis)), Span::from_millis(longest));
        }

        #[test]
        fn a_histogram_becomes_the_table_of_its_silences(
            millis in prop::collection::vec((0u64..40 * 86_400_000, any::<bool>()), 0..100)
        ) {
            let (mut histograms, mut counted) =
                ([GapHistogram::new(), GapHistogram::new()], RiskTable::new(Resolution::ThreeDigits));
            for (millis, open) in millis {
                let left = Span::from_millis(millis);
                histograms[usize::from(open)].record_n(left, 1);
                let end = if open { SilenceEnd::Open } else { SilenceEnd::Ended };
                counted.count(Silence { entered: None, left, end }, 1);
            }
            let [ended, open] = histograms.each_ref().map(PackedHistogram::of);
            prop_assert_eq!(RiskTable::of_histograms(&ended, &open), counted);
        }
    }
}
