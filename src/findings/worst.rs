//! The worst flows, bounded, in an order that does not depend on who saw them.

use super::rule::Severity;
use crate::frame::FrameNumber;
use crate::time::Span;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Place of a flow in the list: the worst is the smallest. Among equally grave flows those that somebody
/// went on to use come first: sockets left behind are many, silent for longest, and hurt less. No two flows share a first frame, so the order
/// is total, and the worst of all are among the worst of each part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Rank {
    severity: Reverse<Option<Severity>>,
    used_again: Reverse<bool>,
    longest: Reverse<Span>,
    first_frame: FrameNumber,
}

impl Rank {
    pub fn new(
        severity: Option<Severity>,
        used_again: bool,
        longest: Span,
        first_frame: FrameNumber,
    ) -> Self {
        Rank {
            severity: Reverse(severity),
            used_again: Reverse(used_again),
            longest: Reverse(longest),
            first_frame,
        }
    }
}

/// The worst of what was offered.
#[derive(Debug)]
pub(super) struct Worst<T> {
    capacity: usize,
    // The mildest of the kept is on top, ready to leave.
    heap: BinaryHeap<Ranked<T>>,
}

#[derive(Debug)]
struct Ranked<T> {
    rank: Rank,
    item: T,
}

impl<T> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}
impl<T> Eq for Ranked<T> {}
impl<T> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl<T> Worst<T> {
    pub fn new(capacity: usize) -> Self {
        Worst { capacity, heap: BinaryHeap::new() }
    }

    /// Whether an item of this rank would be kept: ask before making it.
    pub fn would_keep(&self, rank: Rank) -> bool {
        self.heap.len() < self.capacity || self.heap.peek().is_some_and(|mildest| rank < mildest.rank)
    }

    pub fn offer(&mut self, rank: Rank, item: T) {
        if !self.would_keep(rank) {
            return;
        }
        if self.heap.len() == self.capacity {
            self.heap.pop();
        }
        self.heap.push(Ranked { rank, item });
    }

    pub fn absorb(&mut self, other: Worst<T>) {
        for Ranked { rank, item } in other.heap {
            self.offer(rank, item);
        }
    }

    /// All kept, worst first.
    pub fn into_sorted(self) -> Vec<T> {
        self.heap.into_sorted_vec().into_iter().map(|ranked| ranked.item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rank(severity: Option<Severity>, seconds: u64, frame: u64) -> Rank {
        Rank::new(severity, false, Span::from_secs(seconds), FrameNumber(frame))
    }

    #[test]
    fn severity_comes_before_length_and_length_before_age() {
        let mut worst = Worst::new(4);
        for (item, rank) in [
            ("short", rank(Some(Severity::Error), 1, 9)),
            ("none", rank(None, 900, 1)),
            ("younger", rank(Some(Severity::Error), 50, 7)),
            ("older", rank(Some(Severity::Error), 50, 3)),
            ("warning", rank(Some(Severity::Warning), 800, 2)),
        ] {
            worst.offer(rank, item);
        }
        assert_eq!(worst.into_sorted(), ["older", "younger", "short", "warning"]);
    }

    #[test]
    fn a_flow_in_use_comes_before_a_longer_silence_that_nobody_ended() {
        let of = |used_again, seconds| {
            Rank::new(Some(Severity::Error), used_again, Span::from_secs(seconds), FrameNumber(1))
        };
        assert!(of(true, 10) < of(false, 9000));
    }

    proptest! {
        #[test]
        fn how_flows_are_spread_over_workers_changes_nothing(
            lengths in prop::collection::vec((0u64..20, 0usize..4), 0..60),
            capacity in 0usize..10,
        ) {
            let mut whole = Worst::new(capacity);
            let mut parts: Vec<Worst<u64>> = (0..4).map(|_| Worst::new(capacity)).collect();
            for (frame, (length, worker)) in lengths.iter().enumerate() {
                let rank = rank(Some(Severity::Error), *length, frame as u64);
                whole.offer(rank, frame as u64);
                parts[*worker].offer(rank, frame as u64);
            }
            let mut merged = Worst::new(capacity);
            for part in parts.into_iter().rev() {
                merged.absorb(part);
            }
            prop_assert_eq!(whole.into_sorted(), merged.into_sorted());
        }
    }
}
