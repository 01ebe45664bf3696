//! The same traffic captured on both sides of a box: which flows are the same, which of their packets crossed, and
//! which did not.
//!
//! Flows are matched by their initial sequence numbers, by the timestamps of their handshake where a box draws those
//! anew, by the first payload of both ends and its IP identification where it takes timestamps away too, and where a handshake is missing by sequence and acknowledgment numbers of single segments: through NAT, any
//! ports and any clocks, never by time. Packets are matched by sequence, acknowledgment, flags and length, by timestamps
//! (RFC 7323) where both sides have them, and by IP identification where the box leaves it alone. Everything is read again
//! from the inputs: only the last packets of flows with findings are held.
//!
//! What a box between ends (a proxy), or rewrites so far that none of this is left, cannot be matched; such flows are counted.

mod between;
mod clocks;
mod concluded;
mod crossing;
mod mark;
mod matched;
mod matching;
mod proving;
mod roster;
mod speech;
mod watch;

pub use between::{Between, Side, compare};
pub use clocks::ClockOffset;
pub use crossing::{Conclusion, ConclusionKind, Crossing, LastCrossed, Renamed};
pub use proving::facts;
