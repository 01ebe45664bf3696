//! Captures to hand over: the frames as they were, with comments on those that prove something.
//!
//! Two passes over the same inputs: [`crate::pipeline::analyze`] finds out, then [`copy`] writes pcapng.
//! [`Notes::of`] turns what was found into comments by frame: every finding marks its evidence, so a new rule
//! needs nothing here; silences, timers that ran out, probes, resets and ICMP errors of the listed flows are told as
//! such. [`Selection`] says which frames are copied.
//!
//! Bytes, timestamps, link types and interfaces stay. Every frame keeps its original number as packet id
//! (`epb_packetid`; Wireshark's `frame.packet_id`), by which findings can be looked up in an extract. Comments
//! are bounded, and hold nothing that a terminal would act on.

mod copy;
mod flow_notes;
mod notes;
mod selection;

pub use copy::{Copied, CopyError, Wanted, copy};
pub use notes::Notes;
pub use selection::{EndPattern, ParsePatternError, Selection};
