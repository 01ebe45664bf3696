//! Frames from files, pipes and interfaces.
//!
//! [`Source`] reads captures: pcap and pcapng in all their variants, recognised by content, packed with
//! gzip, zstd or lz4 or not, several inputs as one capture in time order. [`LiveSource`] reads a running
//! interface. [`PcapngWriter`] records frames. All hand frames to a closure, which borrows their bytes.
//!
//! # Guarantees
//!
//! - No input makes it panic, hang or take memory beyond a bound: one read buffer (256 KiB, at most
//!   1 MiB for an oversized block) per input that is being read, and the window of its decompressor
//!   (at most 128 MiB, zstd).
//! - A damaged file keeps the frames before the damage; [`FileSummary::damage`] says where and why.
//!   It never stops the other files.
//! - Every frame has a number, also one that the filter refuses.
//! - Timestamps saturate at the ends of [`crate::time::Timestamp`].
//!
//! # How to add a format
//!
//! Recognise its first bytes in `file.rs`, write a `walk` beside `classic.rs` and `pcapng.rs` that fills
//! a `Pass` and checks `Pass::until` before it hands a frame on, and add a sample to `tests/samples.rs`: the
//! mutation test then covers it.

mod blocks;
mod bytes;
mod classic;
mod clock;
mod compression;
mod damage;
mod error;
mod file;
mod filter;
mod interfaces;
mod link_number;
mod live;
mod origins;
mod pass;
mod pcapng;
mod progress;
mod source;
mod summary;
mod window;
mod writer;

#[cfg(test)]
mod tests;

pub use classic::MAX_CAPTURED;
pub use compression::Compression;
pub use damage::{Damage, DamageKind};
pub use error::OpenError;
pub use filter::libpcap_version;
pub use interfaces::{CaptureInterface, InterfaceStats, Interfaces};
pub use live::{LiveError, LiveOptions, LiveSource, LiveStats, Polled, Promiscuous};
pub use origins::{FrameOrigins, Origin};
pub use progress::Progress;
pub use source::{Fill, Input, OpenOptions, Source};
pub use summary::{CaptureSummary, Extent, FileSummary, Format};
pub use writer::{InterfaceId, Labels, PcapngWriter};
