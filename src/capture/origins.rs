//! Which file a frame of a merged capture came from, so that a report can say `ring_2.pcap #34`.

use crate::frame::FrameNumber;

/// Runs kept. Rotated rings need one a file; files that interleave frame by frame soon need more than
/// is worth its memory (1.5 MiB here).
const RUNS_KEPT: usize = 65_536;

/// Frame numbers of the merged capture, in runs of consecutive frames of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameOrigins {
    runs: Vec<Run>,
    /// The first frame that is not covered, once there were too many runs.
    covered_until: Option<u64>,
    next: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: u64,
    file: u32,
    first_in_file: u64,
}

/// One frame as found in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Index into [`crate::capture::CaptureSummary::files`].
    pub file: usize,
    /// Its number there, from 1.
    pub number: FrameNumber,
}

impl FrameOrigins {
    /// Notes that the next `count` frames of the capture, from `first` on, are the frames of `file`
    /// from `first_in_file` on.
    pub(super) fn note(&mut self, first: u64, count: u64, file: usize, first_in_file: u64) {
        self.next = first.saturating_add(count);
        if count == 0 || self.covered_until.is_some() {
            return;
        }
        let file = file as u32;
        if self.runs.last().is_some_and(|run| run.file == file) {
            return;
        }
        if self.runs.len() >= RUNS_KEPT {
            self.covered_until = Some(first);
            return;
        }
        self.runs.push(Run { first, file, first_in_file });
    }

    /// Where the frame is to be found; `None` when it was not read, or lies beyond
    /// [`FrameOrigins::covered_until`].
    pub fn origin(&self, number: FrameNumber) -> Option<Origin> {
        let FrameNumber(number) = number;
        if number >= self.covered_until.unwrap_or(self.next) {
            return None;
        }
        let run = self.runs[..self.runs.partition_point(|run| run.first <= number)].last()?;
        let number = FrameNumber(run.first_in_file + (number - run.first));
        Some(Origin { file: run.file as usize, number })
    }

    /// The first frame whose file is not known, because files changed more than 65 536 times before.
    pub fn covered_until(&self) -> Option<FrameNumber> {
        self.covered_until.map(FrameNumber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_in_the_file_they_came_from() {
        let mut origins = FrameOrigins::default();
        origins.note(1, 3, 0, 1);
        origins.note(4, 2, 1, 1);
        origins.note(6, 1, 1, 3);
        origins.note(7, 2, 0, 4);
        let found = |n| origins.origin(FrameNumber(n)).map(|origin| (origin.file, origin.number.0));
        assert_eq!(found(0), None);
        assert_eq!(found(3), Some((0, 3)));
        assert_eq!(found(6), Some((1, 3)));
        assert_eq!(found(8), Some((0, 5)));
        assert_eq!(found(9), None, "only eight frames were read");
        assert_eq!(origins.runs.len(), 3, "runs of the same file join");
    }

    #[test]
    fn beyond_the_bound_it_says_that_it_does_not_know() {
        let mut origins = FrameOrigins::default();
        for number in 1..=RUNS_KEPT as u64 + 10 {
            origins.note(number, 1, (number % 2) as usize, number.div_ceil(2));
        }
        let last = RUNS_KEPT as u64;
        assert!(origins.origin(FrameNumber(last)).is_some());
        assert_eq!(origins.origin(FrameNumber(last + 1)), None);
        assert_eq!(origins.covered_until(), Some(FrameNumber(last + 1)));
    }
}
