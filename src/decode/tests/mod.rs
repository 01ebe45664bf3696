//! What decoding promises, held by frames built byte by byte. The innermost IP and TCP headers come from
//! etherparse's builder, so that they are not our own idea of them.

mod build;
mod carried;
mod cases;
mod layers;
mod lengths;
mod rarer;
mod realms;
mod robustness;
mod skips;
mod speed;
mod tshark;

use crate::decode::{Decoded, Decoder, SkipReason};
use crate::frame::{CapturedOn, Frame, FrameNumber, LinkType};
use crate::segment::{IcmpQuote, Segment};
use crate::time::Timestamp;

/// A frame captured whole.
fn frame(link: u32, bytes: &[u8]) -> Frame<'_> {
    Frame {
        number: FrameNumber(7),
        at: Timestamp::from_nanos(1_000),
        link: LinkType(link),
        interface: CapturedOn::UNTOLD,
        original_len: bytes.len() as u32,
        captured: bytes,
    }
}

/// The segment that a frame must be.
#[track_caller]
fn segment(link: u32, bytes: &[u8]) -> Segment {
    match Decoder::new().decode(&frame(link, bytes)) {
        Decoded::Segment(segment) => segment,
        other => panic!("no segment: {other:?}"),
    }
}

/// The quote that a frame must be.
#[track_caller]
fn quote(link: u32, bytes: &[u8]) -> IcmpQuote {
    match Decoder::new().decode(&frame(link, bytes)) {
        Decoded::IcmpQuote(quote) => quote,
        other => panic!("no quote: {other:?}"),
    }
}

/// The reason for which a frame must be skipped.
#[track_caller]
fn skipped(link: u32, bytes: &[u8]) -> SkipReason {
    match Decoder::new().decode(&frame(link, bytes)) {
        Decoded::Skip(reason) => reason,
        other => panic!("not skipped: {other:?}"),
    }
}
