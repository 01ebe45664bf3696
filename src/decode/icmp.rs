//! ICMP (RFC 792) and ICMPv6 (RFC 4443) errors, which quote the packet they are about.

use super::ip::{self, Extent, IpFacts, protocol};
use super::rest::Rest;
use super::{Decoded, SkipReason};
use crate::frame::Frame;
use crate::segment::{FlowKey, IcmpQuote, Realm, SeqNumber};

/// Decodes the ICMP message that begins `rest`: a quote of a TCP header, or a skip.
pub(super) fn message(
    frame: &Frame<'_>,
    realm: Realm,
    ip: &IpFacts,
    rest: Rest<'_>,
) -> Result<Decoded, SkipReason> {
    let (&[icmp_type, icmp_code, ..], quoted) = rest.take::<8>()?;
    let is_error = match ip.protocol {
        // Unreachable, source quench, redirect, time exceeded, parameter problem.
        protocol::ICMP => matches!(icmp_type, 3 | 4 | 5 | 11 | 12),
        // Unreachable, packet too big, time exceeded, parameter problem.
        _ => matches!(icmp_type, 1..=4),
    };
    if !is_error {
        return Err(SkipReason::NotTcp);
    }
    let was_cut = (quoted.captured.len() as u64) < u64::from(quoted.on_wire);
    // Whoever sent the error chose what to quote: a quote that makes no sense says nothing about TCP.
    let unreadable = |reason| match reason {
        SkipReason::TruncatedHeaders if was_cut => SkipReason::TruncatedHeaders,
        _ => SkipReason::NotTcp,
    };
    let (about, transport) = ip::header(quoted, Extent::Quoted).map_err(unreadable)?;
    if about.protocol != protocol::TCP {
        return Err(SkipReason::NotTcp);
    }
    // RFC 792 asks for no more than the first 8 bytes: ports and sequence number.
    let &[s0, s1, d0, d1, q0, q1, q2, q3] = transport.peek::<8>().map_err(unreadable)?;
    let (src_port, dst_port) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    let (key, sender) = FlowKey::of(about.src, src_port, about.dst, dst_port, realm);
    Ok(Decoded::IcmpQuote(IcmpQuote {
        at: frame.at,
        frame: frame.number,
        key,
        sender,
        reporter: ip.source(),
        icmp_type,
        icmp_code,
        seq: SeqNumber(u32::from_be_bytes([q0, q1, q2, q3])),
    }))
}
