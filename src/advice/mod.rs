//! Settings to paste: what a path asks of systems, boxes, databases and runtimes, each in its own words and
//! units.
//!
//! [`Plan`] settles the numbers once: a keepalive below every hop that counts packets, a sign of life in
//! payload for those that count only that, and idle timeouts that grow from the responder outward. A
//! [`Target`] writes them down as [`Block`]s.
//!
//! To add a target: a file in `targets/templates`, as its README describes; where its settings depend on more than numbers,
//! a row in the file of its kind, in `targets`. With its sources, and a check of its syntax in `tests/cli/advise`.

mod block;
mod plan;
mod targets;

pub use block::{Block, Language, Snippet, Source};
pub use plan::{HopPlan, Plan, Protects, Unreached};
pub use targets::{ALIASES, Group, Target, UnknownTarget, find, targets};
