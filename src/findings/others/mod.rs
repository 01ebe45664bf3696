//! What other flows show: whether a host lived, who opened a connection when, what silences flows of a service survived.

mod distance;
mod heard;
mod outlived;
mod start;

pub(super) use distance::{AllDistances, Distance};
pub(super) use heard::{AllHeard, Heard, HeardAt, KnownHost};
pub use outlived::Outlived;
pub(super) use start::{AllStarts, Starts};
