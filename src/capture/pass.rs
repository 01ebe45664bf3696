//! One pass over a file: how far to read, and whom to hand the frames to.

use crate::frame::Frame;
use crate::time::Timestamp;

/// How far to read. The sink is a type parameter, so that handing on a frame is a direct call.
pub(super) struct Pass<'s, S: FnMut(Frame<'_>)> {
    /// Frames still wanted.
    pub(super) left: usize,
    /// No frame later than this is handed on: another file has the next one.
    pub(super) until: Timestamp,
    /// Number of the next frame.
    pub(super) number: u64,
    /// Who takes the frames.
    pub(super) sink: &'s mut S,
}

/// Why a pass over a file stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pause {
    /// As many frames as wanted were handed on.
    Full,
    /// The last frame that was handed on has no sound time of its own.
    TimeInDoubt,
    /// The next frame is later than [`Pass::until`].
    Later(Timestamp),
    /// The file has no more frames.
    End,
}
