//! What an end said first, to know its connection where a box rewrites sequence numbers and takes timestamps away.
//!
//! Payload alone would also match the two legs of a proxy, whose packets are not the same ones: conclusions from them
//! would accuse it of dropping every acknowledgment. With its IP identification it is the same packet: a proxy draws
//! its own.

use crate::frame::Frame;
use crate::segment::{Segment, SegmentTraits};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Bytes of payload that are compared; captures often hold no more.
const COMPARED: usize = 64;

/// Print of a segment's payload and IP identification. `None` where the capture does not hold enough of the payload,
/// or the packet is not numbered.
pub(super) fn print_of(segment: &Segment, frame: &Frame<'_>) -> Option<u64> {
    if segment.ip_id == 0 || segment.traits.contains(SegmentTraits::IPV6) {
        return None;
    }
    let compared = COMPARED.min(usize::try_from(segment.payload_len).ok()?);
    let payload = payload_of(segment, frame.captured)?.get(..compared)?;
    let mut hasher = DefaultHasher::new();
    (segment.ip_id, segment.payload_len, payload).hash(&mut hasher);
    Some(hasher.finish())
}

/// The payload of a decoded segment, found by what its TCP header begins with (RFC 9293 3.1).
fn payload_of<'a>(segment: &Segment, captured: &'a [u8]) -> Option<&'a [u8]> {
    let mut begins = [0; 12];
    begins[..2].copy_from_slice(&segment.key.port(segment.sender).to_be_bytes());
    begins[2..4].copy_from_slice(&segment.key.port(segment.sender.peer()).to_be_bytes());
    begins[4..8].copy_from_slice(&segment.seq.0.to_be_bytes());
    begins[8..].copy_from_slice(&segment.ack.0.to_be_bytes());
    let header = captured.windows(begins.len()).position(|bytes| bytes == begins)?;
    let words = usize::from(captured.get(header + 12)? >> 4);
    captured.get(header + words * 4..)
}
