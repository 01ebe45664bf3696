//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers, down to the transport header.

use super::SkipReason;
use super::rest::Rest;
use crate::segment::SegmentTraits;
use etherparse::{IpAuthHeaderSlice, Ipv6FragmentHeaderSlice, Ipv6RawExtHeaderSlice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Protocol numbers (IANA "Assigned Internet Protocol Numbers") that lead further.
pub(super) mod protocol {
    pub const HOP_BY_HOP: u8 = 0;
    pub const ICMP: u8 = 1;
    pub const IPV4: u8 = 4;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
    pub const IPV6: u8 = 41;
    pub const ROUTING: u8 = 43;
    pub const FRAGMENT: u8 = 44;
    pub const GRE: u8 = 47;
    pub const ESP: u8 = 50;
    pub const AH: u8 = 51;
    pub const ICMPV6: u8 = 58;
    pub const DESTINATION: u8 = 60;
    pub const ETHER_IP: u8 = 97;
    pub const MOBILITY: u8 = 135;
    pub const MPLS: u8 = 137;
    pub const HIP: u8 = 139;
    pub const SHIM6: u8 = 140;
}

/// What the IP header says about the packet it carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct IpFacts {
    /// Source address; IPv4 is IPv4-mapped.
    pub src: [u8; 16],
    /// Destination address; IPv4 is IPv4-mapped.
    pub dst: [u8; 16],
    /// Protocol of the payload, after extension headers.
    pub protocol: u8,
    /// TTL or hop limit.
    pub ttl: u8,
    /// Identification, or the low half of the flow label.
    pub id: u16,
    /// `IPV6` and `FRAGMENT`.
    pub traits: SegmentTraits,
}

impl IpFacts {
    /// The source as an address.
    pub fn source(&self) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from(self.src)).to_canonical()
    }
}

/// Whether the payload must be as long as the header says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The packet itself.
    Whole,
    /// The start of a packet, quoted by ICMP: its length field speaks of what is not there, and some
    /// stacks changed it before quoting.
    Quoted,
}

/// Takes the IP header, and the extension headers, of whichever version the first nibble says. What
/// remains begins with the transport header and ends with the datagram.
#[inline]
pub(super) fn header(rest: Rest<'_>, extent: Extent) -> Result<(IpFacts, Rest<'_>), SkipReason> {
    match rest.peek::<1>()?[0] >> 4 {
        4 => v4(rest, extent),
        6 => v6(rest, extent),
        _ => Err(SkipReason::BadIpHeader),
    }
}

#[inline]
fn v4(rest: Rest<'_>, extent: Extent) -> Result<(IpFacts, Rest<'_>), SkipReason> {
    let fixed = rest.peek::<20>()?;
    let header_len = usize::from(fixed[0] & 0x0f) * 4;
    let total_len = u32::from(u16::from_be_bytes([fixed[2], fixed[3]]));
    if header_len < 20 {
        return Err(SkipReason::BadIpHeader);
    }
    let datagram = match (extent, total_len) {
        // Segmentation offload: the length does not fit, or the hardware will fill it in.
        (Extent::Quoted, _) | (Extent::Whole, 0) => rest,
        (Extent::Whole, len) if (len as usize) < header_len => return Err(SkipReason::BadIpHeader),
        (Extent::Whole, len) => rest.limit(len),
    };
    let fragmentation = u16::from_be_bytes([fixed[6], fixed[7]]);
    if fragmentation & 0x1fff != 0 {
        return Err(SkipReason::LaterFragment);
    }
    let more_fragments = fragmentation & 0x2000 != 0;
    let mapped = |a, b, c, d| Ipv4Addr::new(a, b, c, d).to_ipv6_mapped().octets();
    let facts = IpFacts {
        src: mapped(fixed[12], fixed[13], fixed[14], fixed[15]),
        dst: mapped(fixed[16], fixed[17], fixed[18], fixed[19]),
        protocol: fixed[9],
        ttl: fixed[8],
        id: u16::from_be_bytes([fixed[4], fixed[5]]),
        traits: if more_fragments { SegmentTraits::FRAGMENT } else { SegmentTraits::default() },
    };
    let payload = datagram.skip(header_len)?;
    match facts.protocol {
        protocol::AH => extensions(facts, payload),
        _ => Ok((facts, payload)),
    }
}

fn v6(rest: Rest<'_>, extent: Extent) -> Result<(IpFacts, Rest<'_>), SkipReason> {
    let (fixed, after) = rest.take::<8>()?;
    let (&src, after) = after.take::<16>()?;
    let (&dst, after) = after.take::<16>()?;
    let payload_len = u32::from(u16::from_be_bytes([fixed[4], fixed[5]]));
    let facts = IpFacts {
        src,
        dst,
        protocol: fixed[6],
        ttl: fixed[7],
        id: u16::from_be_bytes([fixed[2], fixed[3]]),
        traits: SegmentTraits::IPV6,
    };
    let payload = match (extent, payload_len) {
        (Extent::Quoted, _) => after,
        (Extent::Whole, 0) => match jumbo_len(facts.protocol, after) {
            Some(len) => after.limit(len),
            // "BIG TCP" and segmentation offload: as for IPv4.
            None => after,
        },
        (Extent::Whole, len) => after.limit(len),
    };
    extensions(facts, payload)
}

/// Payload length of the jumbo payload option (RFC 2675 section 2), in bytes.
fn jumbo_len(protocol: u8, payload: Rest<'_>) -> Option<u32> {
    const JUMBO_PAYLOAD: u8 = 0xc2;
    const PAD1: u8 = 0;
    if protocol != protocol::HOP_BY_HOP {
        return None;
    }
    let header = Ipv6RawExtHeaderSlice::from_slice(payload.captured).ok()?;
    let mut options = header.payload();
    loop {
        match *options {
            [JUMBO_PAYLOAD, 4, a, b, c, d, ..] => return Some(u32::from_be_bytes([a, b, c, d])),
            [PAD1, ..] => options = &options[1..],
            [_, len, ref after @ ..] => options = after.get(usize::from(len)..)?,
            _ => return None,
        }
    }
}

/// Steps over extension headers. Each takes at least 8 bytes, so their number is bounded.
fn extensions(mut facts: IpFacts, mut rest: Rest<'_>) -> Result<(IpFacts, Rest<'_>), SkipReason> {
    use SkipReason::TruncatedHeaders as Truncated;
    loop {
        let (next, len) = match facts.protocol {
            protocol::AH => match IpAuthHeaderSlice::from_slice(rest.captured) {
                Ok(header) => (header.next_header(), header.slice().len()),
                Err(etherparse::err::ip_auth::HeaderSliceError::Len(_)) => return Err(Truncated),
                Err(etherparse::err::ip_auth::HeaderSliceError::Content(_)) => {
                    return Err(SkipReason::BadIpHeader);
                }
            },
            protocol::FRAGMENT => {
                let header = Ipv6FragmentHeaderSlice::from_slice(rest.captured).map_err(|_| Truncated)?;
                if header.fragment_offset().value() != 0 {
                    return Err(SkipReason::LaterFragment);
                }
                // Without more to follow it is a whole datagram (RFC 8200 section 4.5, "atomic").
                if header.more_fragments() {
                    facts.traits = facts.traits.with(SegmentTraits::FRAGMENT);
                }
                (header.next_header(), header.slice().len())
            }
            protocol::HOP_BY_HOP
            | protocol::ROUTING
            | protocol::DESTINATION
            | protocol::MOBILITY
            | protocol::HIP
            | protocol::SHIM6
                if facts.traits.contains(SegmentTraits::IPV6) =>
            {
                let header = Ipv6RawExtHeaderSlice::from_slice(rest.captured).map_err(|_| Truncated)?;
                (header.next_header(), header.slice().len())
            }
            _ => return Ok((facts, rest)),
        };
        facts.protocol = next.0;
        rest = rest.skip(len)?;
    }
}
