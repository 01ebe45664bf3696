//! Threads and channels: one reader that decodes, and a crew that follows the flows in shares.
//!
//! Flows are shared out by the hash of their ends, whichever VLAN or tunnel these are in, and whoever of the crew works on a share has it to himself, so each
//! flow is seen in capture order, and neither the number of workers nor the seed of the hash changes a report.

mod analysis;
mod crew;
mod desk;
mod networks;
mod pause;
mod reader;
mod retrace;
mod run;
mod tuned_desk;
#[cfg(test)]
mod sparse_tests;
mod window;

pub use analysis::{Analysis, Origin, Run, Unjudged};
pub use networks::Networks;
pub use pause::Pause;
pub use reader::Reading;
pub use retrace::Retracing;
pub use run::{Glance, LiveAudience, LiveEnd, RunOptions, analyze, live, measure, tune};
pub use window::{Disorder, WINDOW_FRAMES};
