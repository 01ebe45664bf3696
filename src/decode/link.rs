//! Link types: which header a frame begins with.

use super::SkipReason;
use super::rest::Rest;
use super::walk::Layer;
use super::wifi::{self, Padding};
use crate::frame::LinkType;

/// Numbers of <https://www.tcpdump.org/linktypes.html>.
pub(super) mod number {
    pub const NULL: u32 = 0;
    pub const ETHERNET: u32 = 1;
    pub const TOKEN_RING: u32 = 6;
    pub const PPP: u32 = 9;
    pub const FDDI: u32 = 10;
    /// As systems other than OpenBSD number raw IP inside.
    pub const RAW_DLT: u32 = 12;
    /// As OpenBSD numbers raw IP inside.
    pub const RAW_OPENBSD: u32 = 14;
    pub const PPP_HDLC: u32 = 50;
    pub const PPP_ETHER: u32 = 51;
    pub const RAW: u32 = 101;
    pub const C_HDLC: u32 = 104;
    pub const IEEE802_11: u32 = 105;
    pub const LOOP: u32 = 108;
    pub const ENC: u32 = 109;
    pub const LINUX_SLL: u32 = 113;
    pub const PFLOG: u32 = 117;
    pub const IEEE802_11_PRISM: u32 = 119;
    pub const IEEE802_11_RADIOTAP: u32 = 127;
    pub const IEEE802_11_AVS: u32 = 163;
    pub const PPP_PPPD: u32 = 166;
    pub const PPI: u32 = 192;
    pub const PPP_WITH_DIR: u32 = 204;
    pub const IPV4: u32 = 228;
    pub const IPV6: u32 = 229;
    pub const LINUX_SLL2: u32 = 276;
}

/// Takes the link type's own header, and says what follows it.
#[inline]
pub(super) fn first_layer(link: LinkType, rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match link.0 {
        number::ETHERNET => Ok((Layer::Ethernet, rest)),
        number::LINUX_SLL => {
            let (&[.., p0, p1], rest) = rest.take::<16>()?;
            cooked(u16::from_be_bytes([p0, p1]), rest)
        }
        number::LINUX_SLL2 => {
            let (&[p0, p1, ..], rest) = rest.take::<20>()?;
            cooked(u16::from_be_bytes([p0, p1]), rest)
        }
        number::RAW | number::RAW_DLT | number::RAW_OPENBSD | number::IPV4 | number::IPV6 => {
            Ok((Layer::Ip, rest))
        }
        number::NULL | number::LOOP => family(rest, 4),
        number::ENC => family(rest, 12),
        number::PFLOG => pflog(rest),
        number::PPP | number::PPP_HDLC => serial(rest),
        // Direction and control stand in the place of address and control.
        number::PPP_PPPD => Ok((Layer::Ppp, rest.skip(2)?)),
        number::PPP_WITH_DIR => Ok((Layer::Ppp, rest.skip(1)?)),
        number::PPP_ETHER => Ok((Layer::Pppoe, rest)),
        number::C_HDLC => cisco_hdlc(rest),
        number::FDDI => fddi(rest),
        number::TOKEN_RING => token_ring(rest),
        number::IEEE802_11 => Ok((Layer::Wifi(Padding::None), rest)),
        number::IEEE802_11_RADIOTAP => wifi::radiotap(rest),
        number::IEEE802_11_PRISM | number::IEEE802_11_AVS => wifi::prism_or_avs(rest),
        number::PPI => ppi(rest),
        _ => Err(SkipReason::UnknownLinkType),
    }
}

/// Linux cooked capture: its protocol is an EtherType, or one of Linux's own numbers below them.
fn cooked(protocol: u16, rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const LLC: u16 = 0x0004;
    match protocol {
        LLC => Ok((Layer::Llc, rest)),
        ..super::ethertype::number::SMALLEST => Err(SkipReason::NotIp),
        ethertype => Ok((Layer::EtherType(ethertype), rest)),
    }
}

/// A header of `len` bytes that begins with an address family in the byte order of the machine that
/// captured; the numbers of IPv6 differ between systems, so the packet itself says its version.
fn family(rest: Rest<'_>, len: usize) -> Result<(Layer, Rest<'_>), SkipReason> {
    let &bytes = rest.peek::<4>()?;
    let family = u32::from_le_bytes(bytes).min(u32::from_be_bytes(bytes));
    is_ip(family).then_some((Layer::Ip, rest.skip(len)?)).ok_or(SkipReason::NotIp)
}

/// Whether an address family is IPv4, or IPv6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
fn is_ip(family: u32) -> bool {
    matches!(family, 2 | 10 | 23 | 24 | 28 | 30)
}

/// OpenBSD pf log: the header says its length, padded to 4 bytes, and the address family.
fn pflog(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let &[len, family] = rest.peek::<2>()?;
    let rest = rest.skip(usize::from(len).next_multiple_of(4))?;
    is_ip(u32::from(family)).then_some((Layer::Ip, rest)).ok_or(SkipReason::NotIp)
}

/// PPP on a serial line: plain, in HDLC-like framing, or Cisco's HDLC under the same link type.
fn serial(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match *rest.peek::<2>()? {
        [0x0f | 0x8f, 0] => cisco_hdlc(rest),
        _ => Ok((Layer::Ppp, rest)),
    }
}

/// Cisco HDLC (RFC 1547 section 4.3.1): address, control, EtherType.
fn cisco_hdlc(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let (&[_, _, t0, t1], rest) = rest.take::<4>()?;
    Ok((Layer::EtherType(u16::from_be_bytes([t0, t1])), rest))
}

/// PPP (RFC 1661, RFC 1662), with or without address and control, with or without a compressed
/// protocol field: even first bytes have a second one.
pub(super) fn ppp(mut rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    if let [0xff, 0x03, ..] = rest.captured {
        rest = rest.skip(2)?;
    }
    let &[first] = rest.peek::<1>()?;
    let (protocol, rest) = if first & 1 == 1 {
        (u16::from(first), rest.skip(1)?)
    } else {
        let (&bytes, rest) = rest.take::<2>()?;
        (u16::from_be_bytes(bytes), rest)
    };
    match protocol {
        0x0021 | 0x0057 => Ok((Layer::Ip, rest)),
        0x0281 | 0x0283 => Ok((Layer::Mpls, rest)),
        // Encrypted (RFC 1968), compressed or MPPE-encrypted (RFC 1962, RFC 3078).
        0x0053 | 0x00fd => Err(SkipReason::Encrypted),
        _ => Err(SkipReason::NotIp),
    }
}

/// PPPoE session header (RFC 2516 section 4).
pub(super) fn pppoe(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const VERSION_1_TYPE_1: u8 = 0x11;
    const SESSION_DATA: u8 = 0;
    match rest.take::<6>()? {
        (&[VERSION_1_TYPE_1, SESSION_DATA, ..], rest) => Ok((Layer::Ppp, rest)),
        _ => Err(SkipReason::NotIp),
    }
}

/// FDDI: frame control, two addresses, LLC.
fn fddi(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let (&[control, ..], rest) = rest.take::<13>()?;
    // Asynchronous or synchronous LLC frames; tokens, management and void frames carry no packets.
    if matches!(control & 0xf0, 0x50 | 0xd0) { Ok((Layer::Llc, rest)) } else { Err(SkipReason::NotIp) }
}

/// Token ring: access and frame control, two addresses, a route if the source says so, LLC.
fn token_ring(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const LLC_FRAME: u8 = 0x40;
    const ROUTE_FOLLOWS: u8 = 0x80;
    let (header, rest) = rest.take::<14>()?;
    if header[1] & 0xc0 != LLC_FRAME {
        return Err(SkipReason::NotIp);
    }
    let route_len = match header[8] & ROUTE_FOLLOWS {
        0 => 0,
        _ => usize::from(rest.peek::<1>()?[0] & 0x1f),
    };
    Ok((Layer::Llc, rest.skip(route_len)?))
}

/// Per-packet information: a header that names the link type after it. It is used before 802.11, and
/// by some writers before Ethernet and IP.
fn ppi(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let &[_, _, l0, l1, d0, d1, d2, d3] = rest.peek::<8>()?;
    let header_len = usize::from(u16::from_le_bytes([l0, l1])).max(8);
    let layer = match u32::from_le_bytes([d0, d1, d2, d3]) {
        number::IEEE802_11 => Layer::Wifi(Padding::None),
        number::ETHERNET => Layer::Ethernet,
        number::RAW | number::RAW_DLT | number::RAW_OPENBSD => Layer::Ip,
        _ => return Err(SkipReason::UnknownLinkType),
    };
    Ok((layer, rest.skip(header_len)?))
}
