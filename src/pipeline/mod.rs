//! Threads and channels: one reader that decodes, and workers that each own a share of the flows.
//!
//! Flows are shared out by the hash of their key, so one flow is always seen by one worker in capture
//! order, and neither the number of workers nor the seed of the hash changes a report.

mod crew;
mod pause;
mod reader;
mod window;

pub use pause::Pause;
pub use reader::Reading;
pub use window::{Disorder, WINDOW_FRAMES};
