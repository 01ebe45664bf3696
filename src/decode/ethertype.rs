//! What EtherTypes lead to: Ethernet, LLC/SNAP, VLAN tags, MPLS, and what switches put before a packet.

use super::SkipReason;
use super::realm::Enclosure;
use super::rest::Rest;
use super::serial;
use super::walk::{Layer, Place};

/// EtherTypes that lead further (IEEE registry).
pub(super) mod number {
    pub const IPV4: u16 = 0x0800;
    pub const IPV6: u16 = 0x86dd;
    /// 802.1Q tag.
    pub const C_TAG: u16 = 0x8100;
    /// 802.1ad tag.
    pub const S_TAG: u16 = 0x88a8;
    /// Tags of QinQ before 802.1ad.
    pub const OLD_S_TAGS: [u16; 2] = [0x9100, 0x9200];
    /// Cisco VN-Tag.
    pub const VN_TAG: u16 = 0x8926;
    /// 802.1BR E-Tag.
    pub const E_TAG: u16 = 0x893f;
    pub const MPLS_UNICAST: u16 = 0x8847;
    pub const MPLS_MULTICAST: u16 = 0x8848;
    pub const PPPOE_SESSION: u16 = 0x8864;
    pub const PPP: u16 = 0x880b;
    pub const MACSEC: u16 = 0x88e5;
    /// Ethernet inside GRE or Geneve.
    pub const TRANSPARENT_ETHERNET: u16 = 0x6558;
    /// Types I and II.
    pub const ERSPAN: u16 = 0x88be;
    pub const ERSPAN_III: u16 = 0x22eb;
    pub const WCCP: u16 = 0x883e;
    /// Cisco metadata: the security group of the sender.
    pub const CISCO_METADATA: u16 = 0x8909;
    /// LLC in frames longer than a length can say.
    pub const JUMBO_LLC: u16 = 0x8870;
    /// Cisco FabricPath.
    pub const FABRIC_PATH: u16 = 0x8903;
    /// I-TAG of provider backbone bridges (802.1ah).
    pub const SERVICE_INSTANCE: u16 = 0x88e7;
    /// Network service header (RFC 8300).
    pub const SERVICE_CHAIN: u16 = 0x894f;
    /// Smaller numbers in the place of an EtherType are lengths (IEEE 802.3 3.2.6).
    pub const SMALLEST: u16 = 0x0600;
}

/// What carries an EtherType's payload, for those that hold IP sooner or later.
pub(super) fn layer_of(ethertype: u16) -> Option<Layer> {
    match ethertype {
        number::IPV4 | number::IPV6 => Some(Layer::Ip),
        number::MPLS_UNICAST | number::MPLS_MULTICAST => Some(Layer::Mpls),
        number::PPPOE_SESSION => Some(Layer::Pppoe),
        number::PPP => Some(Layer::Ppp),
        number::TRANSPARENT_ETHERNET => Some(Layer::Ethernet),
        number::JUMBO_LLC => Some(Layer::Llc),
        _ => None,
    }
}

/// Takes the two addresses and the EtherType or length.
pub(super) fn ethernet(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let (&[.., t0, t1], rest) = rest.take::<14>()?;
    Ok((Layer::EtherType(u16::from_be_bytes([t0, t1])), rest))
}

/// Steps into what an EtherType announces.
pub(super) fn payload<'a>(
    ethertype: u16,
    rest: Rest<'a>,
    place: &mut Place<'_>,
) -> Result<(Layer, Rest<'a>), SkipReason> {
    if let Some(layer) = layer_of(ethertype) {
        return Ok((layer, rest));
    }
    match ethertype {
        ..number::SMALLEST => Ok((Layer::Llc, rest)),
        tag if matches!(tag, number::C_TAG | number::S_TAG) || number::OLD_S_TAGS.contains(&tag) => {
            let (&[id0, id1, t0, t1], rest) = rest.take::<4>()?;
            place.enter_vlan(u16::from_be_bytes([id0, id1]) & 0x0fff)?;
            Ok((Layer::EtherType(u16::from_be_bytes([t0, t1])), rest))
        }
        // Ports of a fabric extender, not networks: the two directions differ.
        number::VN_TAG => {
            let (&[.., t0, t1], rest) = rest.take::<6>()?;
            Ok((Layer::EtherType(u16::from_be_bytes([t0, t1])), rest))
        }
        number::E_TAG => {
            let (&[.., t0, t1], rest) = rest.take::<8>()?;
            Ok((Layer::EtherType(u16::from_be_bytes([t0, t1])), rest))
        }
        // Version, number of words with options, EtherType. Of the sender alone: the two directions differ.
        number::CISCO_METADATA => {
            let (&[_, words], rest) = rest.take::<2>()?;
            let (&ethertype, rest) = rest.skip(usize::from(words) * 4)?.take::<2>()?;
            Ok((Layer::EtherType(u16::from_be_bytes(ethertype)), rest))
        }
        // Behind it are tree and hops to live; then the frame with its own addresses (Wireshark's packet-cisco-fp-mim.c).
        number::FABRIC_PATH => Ok((Layer::Ethernet, rest.skip(2)?)),
        number::SERVICE_INSTANCE => service_instance(rest, place),
        number::SERVICE_CHAIN => service_chain(rest),
        number::MACSEC => macsec(rest),
        _ => Err(SkipReason::NotIp),
    }
}

/// MAC in MAC: the customer's service (IEEE 802.1Q 9.7), and his frame with its own addresses.
fn service_instance<'a>(rest: Rest<'a>, place: &mut Place<'_>) -> Result<(Layer, Rest<'a>), SkipReason> {
    let (&[_, i0, i1, i2], rest) = rest.take::<4>()?;
    place.enter_tunnel(Enclosure::ServiceInstance(u32::from_be_bytes([0, i0, i1, i2])))?;
    Ok((Layer::Ethernet, rest))
}

/// MACsec (IEEE 802.1AE 9.3): tag control, length, packet number, perhaps the channel; then what it protects, which is
/// in the clear where nothing but its integrity matters.
fn macsec(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const CHANNEL_FOLLOWS: u8 = 0x20;
    const CHANGED: u8 = 0x0c;
    let (&[control, ..], rest) = rest.take::<6>()?;
    if control & CHANGED != 0 {
        return Err(SkipReason::Encrypted);
    }
    let channel_len = if control & CHANNEL_FOLLOWS == 0 { 0 } else { 8 };
    let (&ethertype, rest) = rest.skip(channel_len)?.take::<2>()?;
    Ok((Layer::EtherType(u16::from_be_bytes(ethertype)), rest))
}

/// Network service header: the path through services is not a network, and differs per direction.
fn service_chain(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const VERSION: u8 = 0xc0;
    let &[first, second, _, next] = rest.peek::<4>()?;
    let words = usize::from(second & 0x3f);
    // Base and service path header are two words.
    if first & VERSION != 0 || words < 2 {
        return Err(SkipReason::NotIp);
    }
    let layer = match next {
        1 | 2 => Layer::Ip,
        3 => Layer::Ethernet,
        5 => Layer::Mpls,
        _ => return Err(SkipReason::NotIp),
    };
    Ok((layer, rest.skip(words * 4)?))
}

/// IEEE 802.2 LLC, with SNAP (RFC 1042), a network layer protocol identifier (RFC 2684) or, as some token rings had
/// it, IP directly (RFC 948).
pub(super) fn llc(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const UNNUMBERED: u8 = 0x03;
    const SNAP: u8 = 0xaa;
    const ISO: u8 = 0xfe;
    const IP: u8 = 0x06;
    match rest.take::<3>()? {
        (&[SNAP, SNAP, UNNUMBERED], rest) => snap(rest),
        (&[ISO, ISO, UNNUMBERED], rest) => serial::protocol(rest),
        (&[IP, IP, UNNUMBERED], rest) => Ok((Layer::Ip, rest)),
        _ => Err(SkipReason::NotIp),
    }
}

/// Organisation and protocol.
pub(super) fn snap(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match rest.take::<5>()? {
        // Organisation code 0 holds EtherTypes; 0x0000f8 does so for bridges (802.1H).
        (&[0, 0, 0 | 0xf8, t0, t1], rest) => Ok((Layer::EtherType(u16::from_be_bytes([t0, t1])), rest)),
        // Bridged Ethernet with and without its check sequence, behind two bytes (RFC 2684 section 5.2).
        (&[0, 0x80, 0xc2, 0, 1 | 7], rest) => Ok((Layer::Ethernet, rest.skip(2)?)),
        _ => Err(SkipReason::NotIp),
    }
}

/// Steps over an MPLS label stack (RFC 3032). What follows is not announced: the first nibble tells IP
/// from the rest (RFC 4928).
pub(super) fn mpls(mut rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const BOTTOM_OF_STACK: u8 = 0x01;
    loop {
        let (&[_, _, bottom, _], after) = rest.take::<4>()?;
        rest = after;
        if bottom & BOTTOM_OF_STACK != 0 {
            break;
        }
    }
    match rest.peek::<1>()?[0] >> 4 {
        4 | 6 => Ok((Layer::Ip, rest)),
        _ => pseudowire(rest),
    }
}

/// An Ethernet frame behind labels (RFC 4448), with or without a control word of four bytes. Nothing announces it either,
/// so its EtherType has to lead further.
fn pseudowire(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match rest.captured {
        [0, 0, ..] if leads_further(rest.skip(4)?) => Ok((Layer::Ethernet, rest.skip(4)?)),
        _ if leads_further(rest) => Ok((Layer::Ethernet, rest)),
        _ => Err(SkipReason::NotIp),
    }
}

/// Whether an Ethernet header begins here, by its EtherType: for where nothing announces one.
pub(super) fn leads_further(rest: Rest<'_>) -> bool {
    rest.peek::<14>().is_ok_and(|&[.., t0, t1]| {
        let ethertype = u16::from_be_bytes([t0, t1]);
        matches!(ethertype, number::C_TAG | number::S_TAG) || layer_of(ethertype).is_some()
    })
}
