//! What was read.

use super::{Moment, Seconds};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was read, and what was lost on the way.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Capture {
    /// Files in time order; empty for a live run.
    pub files: Vec<InputFile>,
    /// Interface of a live run.
    pub interface: Option<String>,
    /// Capture filter that was applied, tcpdump syntax.
    pub filter: Option<String>,
    /// Frames read.
    pub frames: u64,
    /// Frames that were TCP segments; `frames` is the sum of this, `icmp_quotes` and `skipped`.
    pub tcp_segments: u64,
    /// ICMP errors that quote a TCP segment.
    pub icmp_quotes: u64,
    /// Other frames by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Segments recognised as copies of others and left out.
    pub duplicates: u64,
    /// Times at which the clock of the capture went back.
    pub clock_steps_back: u64,
    /// Frames so late that they could not be sorted into their place.
    pub out_of_order: u64,
    /// Frames that the capturing system dropped; null when it does not say.
    pub dropped: Option<u64>,
    /// First frame.
    pub first_at: Option<Moment>,
    /// Last frame.
    pub last_at: Option<Moment>,
    /// From the first to the last frame.
    pub span_s: Seconds,
    /// What this capture cannot show, one sentence each.
    pub cannot_see: Vec<String>,
}

impl Capture {
    /// Frames skipped for any reason.
    pub fn skipped_total(&self) -> u64 {
        self.skipped.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// One input file. Findings name files by their place in the list, from 1.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct InputFile {
    /// As the user gave it; `-` is standard input.
    pub name: String,
    /// `pcap`, `pcapng`, with the compression when there is one: `pcapng, zstd`.
    pub format: String,
    /// Link types by their tcpdump name, or number.
    pub link_types: Vec<String>,
    /// Frames read from it.
    pub frames: u64,
    /// Whether all of it was read.
    pub complete: bool,
    /// Where and why reading ended early.
    pub damage: Option<Damage>,
    /// Comments in the file that the reader should know.
    pub comments: Vec<String>,
}

/// Where and why the reading of a file ended early.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Damage {
    /// Byte offset in the (decompressed) file.
    pub at_byte: u64,
    /// What is wrong, as a clause: `the record header promises 65536 bytes, 12 are left`.
    pub what: String,
}
