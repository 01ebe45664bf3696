//! Closed flows that wait for late segments.
//!
//! They are let go in the order in which they closed, as soon as no segment can belong to them any more. The table
//! then holds little more than the flows that are open, which is what keeps its look-ups in the cache.

use super::index::Slot;
use super::life::{Life, PackedFrame};
use crate::time::{Span, Timestamp};
use std::collections::VecDeque;

/// A closed flow still owns late segments for twice the maximum segment lifetime (RFC 9293 3.4.1);
/// later ones on its key are another flow.
pub(super) const LINGER: Span = Span::from_secs(240);

/// A flow that was closed when it was last looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lingerer {
    pub slot: Slot,
    /// First frame of the flow, to know it from another that has come to lie there.
    flow: PackedFrame,
    since: Timestamp,
}

impl Lingerer {
    pub fn of(slot: Slot, life: &Life) -> Self {
        Lingerer { slot, flow: life.first_frame, since: life.last_at() }
    }

    pub fn is(&self, life: &Life) -> bool {
        self.flow.get() == life.first_frame.get()
    }
}

/// Whether no segment from `now` on can belong to a closed flow that spoke last at `last_at`.
pub(super) fn is_over(last_at: Timestamp, now: Timestamp) -> bool {
    now.since(last_at) > LINGER
}

/// All of them, the longest closed first.
#[derive(Debug, Default)]
pub(super) struct Lingering {
    queue: VecDeque<Lingerer>,
}

impl Lingering {
    pub fn push(&mut self, lingerer: Lingerer) {
        self.queue.push_back(lingerer);
    }

    /// Takes the first one out if it is over, as far as is known here: late segments may have come since.
    pub fn pop_over(&mut self, now: Timestamp) -> Option<Lingerer> {
        is_over(self.queue.front()?.since, now).then(|| self.queue.pop_front())?
    }

    /// After a clock step the times no longer rise, and one far ahead would hold up all behind it.
    pub fn put_in_order(&mut self) {
        self.queue.make_contiguous().sort_by_key(|lingerer| lingerer.since);
    }
}
