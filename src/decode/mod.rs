//! A frame becomes a segment, an ICMP quote, or a counted skip. Decoding cannot fail and cannot panic.
//!
//! ```text
//! Frame ─▶ plain ──────────────────────────────────────────────▶ Segment
//!            └─ anything unusual ─▶ walk: link ▸ ethertype ▸ ip ▸ tunnel ▸ … ▸ tcp | icmp | skip
//! ```
//!
//! `plain` knows the few shapes that make up nearly every capture and gives up on everything else;
//! `walk` knows every layer, one at a time, in a loop. What `plain` decodes, `walk` decodes to the same
//! segment: a property test holds them together, so `plain` is only ever a shorter way.
//!
//! # What the numbers mean
//!
//! - Lengths come from IP headers, never from how much was captured or how long the frame was: Ethernet
//!   pads, snap lengths cut. Where the IP header says 0 because the segment was captured before (or
//!   after) segmentation offload, the length on the wire less the headers before it is used.
//! - Checksums are never judged: with offload every locally captured frame has a wrong one.
//! - Of a tunnel the inner flow counts; the tunnel and the VLAN are part of the segment's
//!   [`Realm`](crate::segment::Realm), which both directions mostly share; [`flow`](crate::flow) joins those that do not.
//! - Of a fragmented datagram the first fragment carries the flow, if it reaches to the window of the TCP header.
//!
//! # Limits
//!
//! No reassembly of IP fragments; nothing is decrypted or decompressed (ESP, MACsec, protected 802.11,
//! PPP compression). At most [`MAX_TUNNELS`] tunnels and [`MAX_TAGS`] VLAN tags are followed. Tunnels
//! over UDP are known by their registered destination port; L2TP, Teredo, CAPWAP and AYIYA by either port. MPLS labels,
//! PPPoE sessions, Cisco metadata, FabricPath trees and service paths are stepped over and do not keep overlapping networks
//! apart: they differ between the two directions of a flow. Link types that carry no IP are not looked into; [`UnreadLinks`] counts them.

mod ayiya;
mod capwap;
mod docsis;
mod ethertype;
mod icmp;
mod ip;
mod juniper;
mod lan;
mod link;
mod named;
mod nflog;
mod plain;
mod realm;
mod rest;
mod serial;
mod skip;
mod tcp;
mod tunnel;
mod unread;
mod walk;
mod wifi;

#[cfg(test)]
mod tests;

pub use realm::Realms;
pub use skip::{SkipCounts, SkipReason};
pub use unread::UnreadLinks;
pub use walk::{MAX_TAGS, MAX_TUNNELS};

use crate::frame::{Frame, LinkType};
use crate::segment::{IcmpQuote, Segment};

/// What a frame turned out to be.
#[derive(Clone, Copy, Debug)]
pub enum Decoded {
    /// A TCP segment, or the first fragment of one.
    Segment(Segment),
    /// An ICMP error that quotes a TCP header: an event of that flow, never a segment of it.
    IcmpQuote(IcmpQuote),
    /// Neither; the reason is to be counted.
    Skip(SkipReason),
}

/// Decodes frames of any link type, and remembers the realms it met.
///
/// Realm numbers are given out in order of appearance: segments that go into one flow table must come
/// from one decoder.
#[derive(Debug, Default)]
pub struct Decoder {
    realms: Realms,
    unread: UnreadLinks,
}

impl Decoder {
    /// A decoder that has met no realm yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The segment of a frame of the commonest shape: Ethernet without tags, IPv4 without options. `None` says
    /// nothing about the frame: ask [`Decoder::decode`].
    #[inline(always)]
    pub fn common_segment(frame: &Frame<'_>) -> Option<Segment> {
        plain::common_segment(frame)
    }

    /// Decodes one frame. Allocates only when a realm appears for the first time.
    #[inline]
    pub fn decode(&mut self, frame: &Frame<'_>) -> Decoded {
        match plain::segment(frame, &mut self.realms) {
            Some(segment) => Decoded::Segment(segment),
            None => walk::walk(frame, &mut self.realms, &mut self.unread),
        }
    }

    /// The realms met so far, with their names.
    pub fn realms(&self) -> &Realms {
        &self.realms
    }

    /// The same, to sort them further.
    pub fn realms_mut(&mut self) -> &mut Realms {
        &mut self.realms
    }

    /// The realms met, and the link types that are not read, once all is decoded.
    pub fn into_parts(self) -> (Realms, UnreadLinks) {
        (self.realms, self.unread)
    }
}

/// Whether frames of this link type are looked into; of the others only the name is known.
pub fn is_read(link: LinkType) -> bool {
    link::is_read(link.0)
}
