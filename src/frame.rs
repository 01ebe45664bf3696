//! A frame: bytes as captured, with when and how much.

mod link_names;

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of a frame, from 1, in the order in which Wireshark shows the file. Of several files: in
/// the order in which `mergecap` would write them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct FrameNumber(pub u64);

impl fmt::Display for FrameNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Link-layer header type, numbered as in <https://www.tcpdump.org/linktypes.html> (the value that
/// capture files carry).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkType(pub u32);

/// The interface that took a frame: its place among [`crate::capture::Interfaces`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CapturedOn(pub u32);

impl CapturedOn {
    /// The capture does not tell, or has too many.
    pub const UNTOLD: CapturedOn = CapturedOn(u32::MAX);
}

/// One frame. Borrows its bytes from the reader's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Ordinal in its capture.
    pub number: FrameNumber,
    /// When it was captured.
    pub at: Timestamp,
    /// Which header the bytes begin with.
    pub link: LinkType,
    /// Which interface took it.
    pub interface: CapturedOn,
    /// Length on the wire, in bytes; at least `captured.len()` in an honest file.
    pub original_len: u32,
    /// The bytes that were kept.
    pub captured: &'a [u8],
}
