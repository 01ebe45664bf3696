//! The longest silence that flows of a service survived.

use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

/// What flows of one service outlived when one side ended their silences.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Outlived {
    /// The longest silence.
    pub length: Span,
    /// Last activity before it, first after it.
    pub frames: [FrameNumber; 2],
    /// When it ended.
    pub ended_at: Timestamp,
    /// Flows that survived one that was told of.
    pub flows: u64,
}

impl Outlived {
    pub(in crate::findings) fn began_at(&self) -> Timestamp {
        self.ended_at - self.length
    }

    pub(in crate::findings) fn add(&mut self, other: &Outlived) {
        self.flows += other.flows;
        let earlier = other.frames < self.frames;
        if other.length > self.length || (other.length == self.length && other.flows > 0 && earlier) {
            self.length = other.length;
            self.frames = other.frames;
            self.ended_at = other.ended_at;
        }
    }
}
