//! Who takes frames as they are read.

use crate::frame::Frame;

/// Takes frames. Closures do; a type of its own can be made part of the loop that walks a file, which a closure
/// cannot be told to be. There the fields of a frame stay in registers: put into memory one by one and read back as
/// a whole, they cost a fifth of all the time that reading took.
pub trait FrameSink {
    /// Takes one frame. It borrows from the read buffer.
    fn frame(&mut self, frame: Frame<'_>);
}

impl<F: FnMut(Frame<'_>)> FrameSink for F {
    #[inline(always)]
    fn frame(&mut self, frame: Frame<'_>) {
        self(frame);
    }
}
