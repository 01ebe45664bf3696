//! When a capture is known to have been running: only then is a packet's absence from it worth something.

use crate::time::{Span, Timestamp};

/// A capture without any frame for longer than this may have been stopped meanwhile.
const PULSE: Span = Span::from_secs(10);

/// What must be known of a side to call something absent there.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// When its capture began and ended.
    pub from: Timestamp,
    pub until: Timestamp,
    /// Whether it was read whole, and says of no lost frames.
    pub sound: bool,
    /// When frames of any kind came.
    pub runs: Runs,
}

/// Times in which frames followed each other closely.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Runs(Vec<(Timestamp, Timestamp)>);

impl Runs {
    /// Notes a frame. In order of time, but for a few.
    pub fn hear(&mut self, at: Timestamp) {
        match self.0.last_mut() {
            Some((from, until)) if at >= *from && at.since(*until) <= PULSE => *until = (*until).max(at),
            _ => self.0.push((at, at)),
        }
    }

    /// Puts in order what a clock that was set back mixed up.
    pub fn tidied(mut self) -> Runs {
        self.0.sort_unstable();
        let mut tidy: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (from, until) in self.0 {
            match tidy.last_mut() {
                Some((_, known)) if from.since(*known) <= PULSE => *known = (*known).max(until),
                _ => tidy.push((from, until)),
            }
        }
        Runs(tidy)
    }

    /// Whether frames came shortly before and after this time.
    pub fn cover(&self, at: Timestamp) -> bool {
        let place = self.0.partition_point(|(from, _)| *from <= at);
        place.checked_sub(1).and_then(|place| self.0.get(place)).is_some_and(|(_, until)| at < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_nanos(second * 1_000_000_000)
    }

    fn heard(seconds: &[i64]) -> Runs {
        let mut runs = Runs::default();
        seconds.iter().for_each(|second| runs.hear(at(*second)));
        runs.tidied()
    }

    #[test]
    fn a_capture_runs_between_frames_that_follow_each_other_and_not_after_its_last() {
        let runs = heard(&[100, 105, 112, 300, 305]);
        let covered: Vec<i64> = [99, 100, 111, 112, 200, 300, 304, 305]
            .into_iter()
            .filter(|second| runs.cover(at(*second)))
            .collect();
        assert_eq!(covered, [100, 111, 300, 304]);
    }

    #[test]
    fn a_clock_that_is_set_back_hides_no_pause() {
        assert_eq!(heard(&[100, 105, 50, 55, 104, 109]), heard(&[50, 55, 100, 104, 105, 109]));
    }
}
