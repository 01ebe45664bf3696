//! What was read.

use super::{Moment, Seconds, TrustWord};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was read, and what was lost on the way.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Capture {
    /// Files in the order given; empty for a live run.
    pub files: Vec<InputFile>,
    /// Interface of a live run.
    pub interface: Option<String>,
    /// Why a live run ended before it was told to.
    pub interface_gone: Option<String>,
    /// Capture filter that was applied, tcpdump syntax.
    pub filter: Option<String>,
    /// Frames read; the sum of `filtered`, `tcp_segments`, `icmp_quotes` and `skipped`. On a live interface the
    /// filter acts in the kernel: what it refuses is not read.
    pub frames: u64,
    /// Frames that the capture filter refused. They have a number, as in Wireshark's view of the file.
    pub filtered: u64,
    /// Frames that were TCP segments.
    pub tcp_segments: u64,
    /// ICMP errors that quote a TCP segment.
    pub icmp_quotes: u64,
    /// Of them, those about flows that the capture does not have.
    pub icmp_strays: u64,
    /// Other frames by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Segments recognised as copies of others and left out.
    pub duplicates: u64,
    /// Frames whose file gives them no time (simple packets); they have that of the frame before.
    pub frames_without_time: u64,
    /// Frames whose fraction of a second is one or more. One of less than two was carried; of others only the second
    /// was believed.
    pub frames_with_bad_time: u64,
    /// Times at which the clock of the capture went back further than late frames are sorted in, or by more than a
    /// year.
    pub clock_steps_back: u64,
    /// Times at which it went forward by more than a year from one frame to the next.
    pub clock_steps_forward: u64,
    /// Frames sorted back into time order: they came up to 8192 frames too late.
    pub reordered: u64,
    /// Frames that the capturing system dropped; null when it does not say.
    pub dropped: Option<u64>,
    /// First frame that the filter let through.
    pub first_at: Option<Moment>,
    /// Last frame that the filter let through.
    pub last_at: Option<Moment>,
    /// Until when open gaps are measured: when capturing ended as far as the capture says, else the last frame.
    pub ends_at: Option<Moment>,
    /// From the first frame to the last: `last_at` less `first_at`.
    pub span_s: Seconds,
    /// How long was recorded: from the first frame until `ends_at`; where the clock stepped, the time between its steps
    /// and from the last one on.
    pub recorded_s: Seconds,
    /// The longest times of at least 30 s without any frame, longest first; at most 32.
    pub pauses: Vec<CapturePause>,
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
    /// Frames that its capturing system dropped; null when it does not say.
    pub dropped: Option<u64>,
    /// Whether all of it was read.
    pub complete: bool,
    /// Where and why reading ended early.
    pub damage: Option<Damage>,
    /// Comments in the file on sections, interfaces and statistics; the first ones.
    pub comments: Vec<String>,
    /// How many comments there were.
    pub comments_total: u64,
}

/// A time without any frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct CapturePause {
    /// Last frame before it.
    pub from: Moment,
    /// First frame after it.
    pub to: Moment,
    /// That frame.
    pub end_frame: u64,
    /// How long it was.
    pub length_s: Seconds,
    /// Clean: the capture may well have been silent. Suspect: it is so unlike the rest of a busy capture that
    /// capturing was likely stopped; gaps that it fills are suspect too.
    pub trust: TrustWord,
}

/// Where and why the reading of a file ended early.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Damage {
    /// Byte offset in the (decompressed) file; null: it could not be opened.
    pub at_byte: Option<u64>,
    /// What is wrong, as a clause: `the record header promises 65536 bytes, 12 are left`.
    pub what: String,
}
