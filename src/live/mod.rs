//! A running capture as the user sees it: expiries as they are found, a status line, a recording.
//!
//! [`Onlooker`] is the audience of [`crate::pipeline::live`]. It says each expiry once, as a line for a
//! person or as a line of JSON; redraws the status line when standard error is a terminal; hands every
//! frame to the [`Recorder`]; and asks to stop when a [`StopSignals`] was raised or nobody reads any more.
//!
//! # Guarantees
//!
//! - A recording holds the frames that were analysed, in their order, and how long the capture lasted: its
//!   analysis gives the report of the live run.
//! - A line goes out whole, at once: `idlescope live … | jq` sees an expiry when it happens.

mod announcement;
mod onlooker;
mod recorder;
mod status_line;
mod stop;

pub use announcement::{write_line, write_ndjson};
pub use onlooker::{Onlooker, Voice};
pub use recorder::Recorder;
pub use stop::StopSignals;
