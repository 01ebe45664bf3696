//! Link types: which header a frame begins with.
//!
//! Those of <https://www.tcpdump.org/linktypes.html> that carry IP are read, as far as a header of theirs leads there.
//! The others are refused by their name ([`LinkType::name`](crate::frame::LinkType::name)), among them some that do
//! carry IP, but behind a state or a format of their own: `SLIP_BSDOS`, `PPP_BSDOS`, multilink Frame Relay and the cards
//! of Juniper routers that bundle links, `ERF_ETH` and `ERF_POS`, `USB`, `IEEE802_15_4`, `GPRS_LLC`, `VPP_DISPATCH`.

use super::SkipReason;
use super::rest::Rest;
use super::walk::Layer;
use super::wifi::{self, Shape};
use super::{docsis, juniper, lan, named, nflog, serial};

/// Numbers of <https://www.tcpdump.org/linktypes.html>.
pub(super) mod number {
    pub const NULL: u32 = 0;
    pub const ETHERNET: u32 = 1;
    pub const AX25: u32 = 3;
    pub const TOKEN_RING: u32 = 6;
    pub const ARCNET_BSD: u32 = 7;
    pub const SLIP: u32 = 8;
    pub const PPP: u32 = 9;
    pub const FDDI: u32 = 10;
    /// As systems number ATM inside, which old files have.
    pub const ATM_DLT: u32 = 11;
    /// As systems other than OpenBSD number raw IP inside.
    pub const RAW_DLT: u32 = 12;
    /// As OpenBSD numbers raw IP inside.
    pub const RAW_OPENBSD: u32 = 14;
    /// As Linux numbers Classical IP over ATM inside.
    pub const ATM_CLIP_DLT: u32 = 19;
    pub const PPP_HDLC: u32 = 50;
    pub const PPP_ETHER: u32 = 51;
    pub const SYMANTEC_FIREWALL: u32 = 99;
    pub const ATM_RFC1483: u32 = 100;
    pub const RAW: u32 = 101;
    pub const C_HDLC: u32 = 104;
    pub const IEEE802_11: u32 = 105;
    pub const ATM_CLIP: u32 = 106;
    pub const FRELAY: u32 = 107;
    pub const LOOP: u32 = 108;
    pub const ENC: u32 = 109;
    pub const LINUX_SLL: u32 = 113;
    pub const PFLOG: u32 = 117;
    pub const IEEE802_11_PRISM: u32 = 119;
    pub const IP_OVER_FC: u32 = 122;
    pub const SUNATM: u32 = 123;
    pub const IEEE802_11_RADIOTAP: u32 = 127;
    pub const TZSP: u32 = 128;
    pub const ARCNET_LINUX: u32 = 129;
    pub const JUNIPER_GGSN: u32 = 133;
    pub const JUNIPER_ATM2: u32 = 135;
    pub const JUNIPER_SERVICES: u32 = 136;
    pub const JUNIPER_ATM1: u32 = 137;
    pub const APPLE_IP_OVER_IEEE1394: u32 = 138;
    pub const DOCSIS: u32 = 143;
    /// Private use, and PKTAP on Apple's systems before it had a number.
    pub const USER2: u32 = 149;
    pub const IEEE802_11_AVS: u32 = 163;
    pub const JUNIPER_MONITOR: u32 = 164;
    pub const PPP_PPPD: u32 = 166;
    pub const JUNIPER_PPPOE: u32 = 167;
    pub const JUNIPER_PPPOE_ATM: u32 = 168;
    pub const JUNIPER_ETHER: u32 = 178;
    pub const JUNIPER_PPP: u32 = 179;
    pub const JUNIPER_FRELAY: u32 = 180;
    pub const JUNIPER_CHDLC: u32 = 181;
    pub const PPI: u32 = 192;
    pub const ERF: u32 = 197;
    pub const AX25_KISS: u32 = 202;
    pub const PPP_WITH_DIR: u32 = 204;
    pub const C_HDLC_WITH_DIR: u32 = 205;
    pub const FRELAY_WITH_DIR: u32 = 206;
    pub const MPLS: u32 = 219;
    pub const IPNET: u32 = 226;
    pub const IPV4: u32 = 228;
    pub const IPV6: u32 = 229;
    pub const NFLOG: u32 = 239;
    pub const NETANALYZER: u32 = 240;
    pub const NETANALYZER_TRANSPARENT: u32 = 241;
    pub const IPOIB: u32 = 242;
    pub const WIRESHARK_UPPER_PDU: u32 = 252;
    pub const PKTAP: u32 = 258;
    pub const EPON: u32 = 259;
    pub const ETHERNET_MPACKET: u32 = 274;
    pub const LINUX_SLL2: u32 = 276;
    pub const DSA_TAG_BRCM: u32 = 281;
    pub const DSA_TAG_BRCM_PREPEND: u32 = 282;
    pub const DSA_TAG_DSA: u32 = 284;
    pub const DSA_TAG_EDSA: u32 = 285;
    pub const NETANALYZER_NG: u32 = 291;
}

/// Takes the link type's own header, and says what follows it.
#[inline]
pub(super) fn first_layer(link: u32, rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match link {
        // What the netANALYZER NG adds stands behind the frame.
        number::ETHERNET | number::NETANALYZER_NG => Ok((Layer::Ethernet, rest)),
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
        _ => rarer(link, rest),
    }
}

#[inline(never)]
fn rarer(link: u32, rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match link {
        number::NULL | number::LOOP => family(rest, 4),
        number::ENC => family(rest, 12),
        number::PFLOG => pflog(rest),
        number::IPNET => ipnet(rest),
        number::NFLOG => nflog::payload(rest),
        number::PPP | number::PPP_HDLC => serial::line(rest),
        // Direction and control stand in the place of address and control.
        number::PPP_PPPD => Ok((Layer::Ppp, rest.skip(2)?)),
        number::PPP_WITH_DIR => Ok((Layer::Ppp, rest.skip(1)?)),
        number::PPP_ETHER => Ok((Layer::Pppoe, rest)),
        number::C_HDLC => serial::cisco_hdlc(rest),
        number::C_HDLC_WITH_DIR => serial::cisco_hdlc(rest.skip(1)?),
        number::FRELAY => serial::frame_relay(rest),
        number::FRELAY_WITH_DIR => serial::frame_relay(rest.skip(1)?),
        number::SLIP => serial::slip(rest),
        number::AX25 => serial::ax25(rest),
        number::AX25_KISS => serial::ax25(rest.skip(1)?),
        number::MPLS => Ok((Layer::Mpls, rest)),
        number::ATM_RFC1483 | number::ATM_DLT => Ok((Layer::Llc, rest)),
        number::ATM_CLIP | number::ATM_CLIP_DLT => serial::classical_ip(rest),
        number::SUNATM => serial::sun_atm(rest),
        number::FDDI => lan::fddi(rest),
        number::TOKEN_RING => lan::token_ring(rest),
        number::ARCNET_BSD => lan::arcnet(rest.skip(2)?),
        number::ARCNET_LINUX => lan::arcnet(rest.skip(4)?),
        // Two addresses of 8 bytes (RFC 4338 section 4).
        number::IP_OVER_FC => Ok((Layer::Llc, rest.skip(16)?)),
        number::APPLE_IP_OVER_IEEE1394 => {
            let (&[.., t0, t1], rest) = rest.take::<18>()?;
            Ok((Layer::EtherType(u16::from_be_bytes([t0, t1])), rest))
        }
        number::IPOIB => lan::infiniband(rest),
        number::EPON => lan::passive_optical(rest),
        number::ETHERNET_MPACKET => lan::with_preamble(rest),
        number::NETANALYZER => Ok((Layer::Ethernet, rest.skip(4)?)),
        number::NETANALYZER_TRANSPARENT => lan::with_preamble(rest.skip(4)?),
        number::DSA_TAG_BRCM => Ok((Layer::SwitchTag(lan::SwitchTag::Broadcom), rest)),
        number::DSA_TAG_BRCM_PREPEND => Ok((Layer::Ethernet, rest.skip(4)?)),
        number::DSA_TAG_DSA => Ok((Layer::SwitchTag(lan::SwitchTag::Marvell), rest)),
        number::DSA_TAG_EDSA => Ok((Layer::SwitchTag(lan::SwitchTag::MarvellWithEtherType), rest)),
        number::DOCSIS => docsis::packet(rest),
        number::SYMANTEC_FIREWALL => {
            let (&[_, _, _, _, _, _, t0, t1, ..], rest) = rest.take::<44>()?;
            Ok((Layer::EtherType(u16::from_be_bytes([t0, t1])), rest))
        }
        number::JUNIPER_GGSN
        | number::JUNIPER_ATM2
        | number::JUNIPER_SERVICES
        | number::JUNIPER_ATM1
        | number::JUNIPER_MONITOR
        | number::JUNIPER_PPPOE
        | number::JUNIPER_PPPOE_ATM
        | number::JUNIPER_ETHER
        | number::JUNIPER_PPP
        | number::JUNIPER_FRELAY
        | number::JUNIPER_CHDLC => juniper::packet(link, rest),
        number::IEEE802_11 => Ok((Layer::Wifi(Shape::AsOnAir), rest)),
        number::IEEE802_11_RADIOTAP => wifi::radiotap(rest),
        number::IEEE802_11_PRISM | number::IEEE802_11_AVS => wifi::prism_or_avs(rest),
        number::PPI => named::ppi(rest),
        number::PKTAP => named::pktap(rest),
        number::USER2 => named::pktap(rest).or(Err(SkipReason::UnknownLinkType)),
        number::ERF => named::erf(rest),
        number::TZSP => named::tzsp(rest),
        number::WIRESHARK_UPPER_PDU => named::exported(rest),
        _ => Err(SkipReason::UnknownLinkType),
    }
}

/// Whether frames of this link type are looked into.
pub fn is_read(link: u32) -> bool {
    let nothing = Rest::of(&[], 0);
    link != number::USER2 && !matches!(first_layer(link, nothing), Err(SkipReason::UnknownLinkType))
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

/// Whether an address family is IPv4, or IPv6 of Linux, Windows, NetBSD and OpenBSD, Solaris, FreeBSD, macOS.
pub(super) fn is_ip(family: u32) -> bool {
    matches!(family, 2 | 10 | 23 | 24 | 26 | 28 | 30)
}

/// OpenBSD pf log: the header says its length, padded to 4 bytes, and the address family.
fn pflog(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let &[len, family] = rest.peek::<2>()?;
    let rest = rest.skip(usize::from(len).next_multiple_of(4))?;
    is_ip(u32::from(family)).then_some((Layer::Ip, rest)).ok_or(SkipReason::NotIp)
}

/// Solaris: version, address family, and 22 bytes about interfaces and zones.
fn ipnet(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let (&[_, family, ..], rest) = rest.take::<24>()?;
    is_ip(u32::from(family)).then_some((Layer::Ip, rest)).ok_or(SkipReason::NotIp)
}

/// IP, if the first nibble says so: behind headers that do not tell what they carry.
pub(super) fn bare_ip(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match rest.peek::<1>()?[0] >> 4 {
        4 | 6 => Ok((Layer::Ip, rest)),
        _ => Err(SkipReason::NotIp),
    }
}
