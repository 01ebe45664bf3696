//! Tunnels: IPv6 in IPv4, GRE with its many payloads, and those over UDP.

use super::SkipReason;
use super::ethertype::{self, number};
use super::realm::{Enclosure, Ends};
use super::rest::Rest;
use super::walk::Layer;
use super::wifi::{self, Shape};
use super::{ayiya, capwap, named};

/// A tunnel's identity, what it carries, and the carried bytes.
type Inside<'a> = (Enclosure, Layer, Rest<'a>);

/// IPv6 in IPv4 (RFC 4213). Each direction may go through a relay of its own: 6to4 (RFC 3056 section 5), 6rd. Global
/// unicast addresses (RFC 4291 section 2.4) mean the same everywhere, so that no relays need to tell them apart; those for
/// documentation (RFC 3849), which laboratories use, are none.
pub(super) fn six_in_four(ends: Ends, packet: Rest<'_>) -> Inside<'_> {
    let is_global =
        |address: &[u8]| address[0] >> 5 == 0b001 && !address.starts_with(&[0x20, 0x01, 0x0d, 0xb8]);
    let enclosure = match packet.captured.get(8..40) {
        Some(addresses) if addresses.chunks(16).all(is_global) => Enclosure::SixInFour,
        _ => Enclosure::IpInIp(ends),
    };
    (enclosure, Layer::Ip, packet)
}

const GRE_CHECKSUM: u16 = 0x8000;
const GRE_ROUTING: u16 = 0x4000;
const GRE_KEY: u16 = 0x2000;
const GRE_SEQUENCE: u16 = 0x1000;
const GRE_ACKNOWLEDGMENT: u16 = 0x0080;
const GRE_VERSION: u16 = 0x0007;

/// GRE version 0 (RFC 2784, RFC 2890) and 1 (PPTP, RFC 2637).
pub(super) fn gre(ends: Ends, rest: Rest<'_>) -> Result<Inside<'_>, SkipReason> {
    let (&[f0, f1, p0, p1], mut rest) = rest.take::<4>()?;
    let flags = u16::from_be_bytes([f0, f1]);
    let protocol = u16::from_be_bytes([p0, p1]);
    if flags & GRE_VERSION == 1 {
        return pptp(ends, flags, protocol, rest);
    }
    if flags & (GRE_VERSION | GRE_ROUTING) != 0 {
        return Err(SkipReason::NotTcp);
    }
    let mut key = None;
    if flags & GRE_CHECKSUM != 0 {
        rest = rest.skip(4)?;
    }
    if flags & GRE_KEY != 0 {
        let (&bytes, after) = rest.take::<4>()?;
        key = Some(u32::from_be_bytes(bytes));
        rest = after;
    }
    if flags & GRE_SEQUENCE != 0 {
        rest = rest.skip(4)?;
    }
    let plain = Enclosure::Gre(ends, key);
    match protocol {
        number::TRANSPARENT_ETHERNET => {
            let enclosure = match key {
                Some(key) => bridged(ends, key, flags),
                None => plain,
            };
            Ok((enclosure, Layer::Ethernet, rest))
        }
        number::ERSPAN => match flags & GRE_SEQUENCE {
            // Type I has no header of its own, and no sequence number.
            0 => Ok((Enclosure::Erspan(0), Layer::Ethernet, rest)),
            _ => {
                let (&[_, _, s0, s1, ..], rest) = rest.take::<8>()?;
                Ok((Enclosure::Erspan(erspan_session(s0, s1)), Layer::Ethernet, rest))
            }
        },
        number::ERSPAN_III => {
            let (&[_, _, s0, s1, .., last], rest) = rest.take::<12>()?;
            let subheader_len = if last & 1 == 1 { 8 } else { 0 };
            Ok((Enclosure::Erspan(erspan_session(s0, s1)), Layer::Ethernet, rest.skip(subheader_len)?))
        }
        number::WCCP => {
            // WCCPv2 puts a redirect header of 4 bytes before the packet, WCCPv1 none.
            let redirect_len = if rest.peek::<1>()?[0] >> 4 == 4 { 0 } else { 4 };
            Ok((plain, Layer::Ip, rest.skip(redirect_len)?))
        }
        aruba if is_arubas(aruba) => Ok((plain, of_station(rest)?, rest)),
        // Keepalives among them; GRE knows no lengths in the place of an EtherType (RFC 2784 section 2.4).
        ..number::SMALLEST => Err(SkipReason::NotIp),
        other => Ok((plain, Layer::EtherType(other), rest)),
    }
}

/// Whether GRE goes between an access point of Aruba and its controller: each network of the access point has a number
/// (Wireshark's packet-gre.h).
fn is_arubas(protocol: u16) -> bool {
    matches!(protocol, 0x8200..=0x8370 | 0x9000) && protocol & 0x000f == 0
}

/// What a station sent or gets: 802.11, or Ethernet where the access point takes the other's place. Nothing tells which,
/// but of the two only 802.11 has LLC behind it.
fn of_station(frame: Rest<'_>) -> Result<Layer, SkipReason> {
    const SHORTEST: u32 = 24;
    const SNAP: [u8; 3] = [0xaa, 0xaa, 0x03];
    if frame.on_wire < SHORTEST {
        // A heartbeat.
        return Err(SkipReason::NotIp);
    }
    let on_air = wifi::data(frame, Shape::AsOnAir).is_ok_and(|(_, body)| body.captured.starts_with(&SNAP));
    let bridged = !on_air && ethertype::leads_further(frame);
    Ok(if bridged { Layer::Ethernet } else { Layer::Wifi(Shape::AsOnAir) })
}

/// Session of an ERSPAN header: the low 10 bits of its second half-word.
fn erspan_session(s0: u8, s1: u8) -> u16 {
    u16::from_be_bytes([s0, s1]) & 0x03ff
}

/// Ethernet over GRE with a key: NVGRE, or a bridge that keys its tunnels.
///
/// NVGRE's key is a 24-bit subnet and an 8-bit flow identifier that may differ per direction; subnets
/// below 0x1000 are reserved, and checksum and sequence number are forbidden (RFC 7637 section 3.2).
fn bridged(ends: Ends, key: u32, flags: u16) -> Enclosure {
    let subnet = key >> 8;
    if subnet >= 0x1000 && flags & (GRE_CHECKSUM | GRE_SEQUENCE) == 0 {
        Enclosure::Nvgre(subnet)
    } else {
        Enclosure::Gre(ends, Some(key))
    }
}

fn pptp(ends: Ends, flags: u16, protocol: u16, rest: Rest<'_>) -> Result<Inside<'_>, SkipReason> {
    // Without a sequence number it is an acknowledgment alone.
    if protocol != number::PPP || flags & GRE_KEY == 0 || flags & GRE_SEQUENCE == 0 {
        return Err(SkipReason::NotTcp);
    }
    let acknowledgment_len = if flags & GRE_ACKNOWLEDGMENT == 0 { 0 } else { 4 };
    Ok((Enclosure::Pptp(ends), Layer::Ppp, rest.skip(4 + 4 + acknowledgment_len)?))
}

/// The tunnel over UDP that a port announces: the destination's, or where answers go to any port the source's. Not TCP
/// when the ports announce none, or the bytes behind them are something else.
pub(super) fn over_udp(ends: Ends, rest: Rest<'_>) -> Result<Inside<'_>, SkipReason> {
    const L2TP: u16 = 1701;
    const TEREDO: u16 = 3544;
    const AYIYA: u16 = 5072;
    const CAPWAP_DATA: u16 = 5247;
    let (&[s0, s1, d0, d1, l0, l1, _, _], payload) = rest.take::<8>().or(Err(SkipReason::NotTcp))?;
    let udp_len = u32::from(u16::from_be_bytes([l0, l1]));
    // 0 where segmentation offload left the length open.
    let payload = match udp_len.checked_sub(8) {
        Some(len) if len < payload.on_wire => payload.limit(len),
        _ => payload,
    };
    let not_ip = |reason| if reason == SkipReason::NotIp { SkipReason::NotTcp } else { reason };
    let (from, to) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    let known = match to {
        L2TP => l2tp(ends, payload),
        TEREDO => teredo(ends, payload),
        // 8472 was Linux's port before 4789 was registered, and still is its default.
        4789 | 8472 => vxlan(payload),
        6081 => geneve(payload),
        4790 => vxlan_gpe(payload),
        2152 => gtp(ends, payload),
        // Where MikroTik's routers send what they sniff.
        37_008 => named::tzsp(payload).ok().map(|(layer, rest)| (Enclosure::Tzsp(ends), layer, rest)),
        // RFC 8086, RFC 7510. The source port spreads flows over links; the ports beside these two are encrypted.
        4754 => return gre(ends, payload).map_err(not_ip),
        6635 => {
            let (layer, rest) = ethertype::mpls(payload).map_err(not_ip)?;
            Some((Enclosure::IpInIp(ends), layer, rest))
        }
        _ => match from {
            L2TP => l2tp(ends, payload),
            TEREDO => teredo(ends, payload),
            _ if [from, to].contains(&CAPWAP_DATA) => {
                let (layer, rest) = capwap::data(payload)?;
                Some((Enclosure::Capwap(ends), layer, rest))
            }
            _ if [from, to].contains(&AYIYA) => {
                let (layer, rest) = ayiya::forwarded(payload)?;
                Some((Enclosure::IpInIp(ends), layer, rest))
            }
            _ => None,
        },
    };
    known.ok_or(SkipReason::NotTcp)
}

/// VXLAN that says what it carries (draft-ietf-nvo3-vxlan-gpe section 3): version 0, no message of its own.
fn vxlan_gpe(rest: Rest<'_>) -> Option<Inside<'_>> {
    const VNI_AND_PROTOCOL: u8 = 0x0c;
    const VERSION_OR_OAM: u8 = 0x31;
    let (&[flags, _, _, next, v0, v1, v2, _], rest) = rest.take::<8>().ok()?;
    if flags & (VNI_AND_PROTOCOL | VERSION_OR_OAM) != VNI_AND_PROTOCOL {
        return None;
    }
    let layer = match next {
        1 | 2 => Layer::Ip,
        3 => Layer::Ethernet,
        4 => Layer::EtherType(number::SERVICE_CHAIN),
        5 => Layer::Mpls,
        _ => return None,
    };
    Some((Enclosure::Vxlan(u32::from_be_bytes([0, v0, v1, v2])), layer, rest))
}

/// Teredo (RFC 4380 section 5.1.1): IPv6, behind authentication and origin where there are any.
fn teredo(ends: Ends, mut rest: Rest<'_>) -> Option<Inside<'_>> {
    const ORIGIN_LEN: usize = 8;
    if let [0, 1, id_len, authentication_len, ..] = rest.captured {
        // With a nonce and a confirmation.
        rest = rest.skip(4 + usize::from(*id_len) + usize::from(*authentication_len) + 9).ok()?;
    }
    if let [0, 0, ..] = rest.captured {
        rest = rest.skip(ORIGIN_LEN).ok()?;
    }
    (rest.peek::<1>().ok()?[0] >> 4 == 6).then_some((Enclosure::IpInIp(ends), Layer::Ip, rest))
}

/// L2TP version 2 (RFC 2661 section 3.1): a data message. Control messages set up tunnels and sessions.
fn l2tp(ends: Ends, message: Rest<'_>) -> Option<Inside<'_>> {
    const CONTROL: u16 = 0x8000;
    const LENGTH: u16 = 0x4000;
    const SEQUENCE: u16 = 0x0800;
    const OFFSET: u16 = 0x0200;
    const VERSION: u16 = 0x000f;
    let (&flags, mut rest) = message.take::<2>().ok()?;
    let flags = u16::from_be_bytes(flags);
    if flags & VERSION != 2 || flags & CONTROL != 0 {
        return None;
    }
    if flags & LENGTH != 0 {
        let (&len, after) = rest.take::<2>().ok()?;
        // It counts from the first byte of the message.
        let len = u32::from(u16::from_be_bytes(len)).checked_sub(4)?;
        rest = if len < after.on_wire { after.limit(len) } else { after };
    }
    // Tunnel and session.
    rest = rest.skip(4).ok()?;
    if flags & SEQUENCE != 0 {
        rest = rest.skip(4).ok()?;
    }
    if flags & OFFSET != 0 {
        let (&padding, after) = rest.take::<2>().ok()?;
        rest = after.skip(usize::from(u16::from_be_bytes(padding))).ok()?;
    }
    Some((Enclosure::L2tp(ends), Layer::Ppp, rest))
}

/// VXLAN (RFC 7348 section 5): the other flags and reserved fields are ignored on receipt, and extensions use them.
fn vxlan(rest: Rest<'_>) -> Option<Inside<'_>> {
    const VNI_PRESENT: u8 = 0x08;
    let (&[flags, _, _, _, v0, v1, v2, _], rest) = rest.take::<8>().ok()?;
    if flags & VNI_PRESENT == 0 {
        return None;
    }
    Some((Enclosure::Vxlan(u32::from_be_bytes([0, v0, v1, v2])), Layer::Ethernet, rest))
}

/// Geneve (RFC 8926 section 3.4).
fn geneve(rest: Rest<'_>) -> Option<Inside<'_>> {
    let (&[first, _, p0, p1, v0, v1, v2, _], rest) = rest.take::<8>().ok()?;
    let (version, options_len) = (first >> 6, usize::from(first & 0x3f) * 4);
    let layer = ethertype::layer_of(u16::from_be_bytes([p0, p1]))?;
    let vni = u32::from_be_bytes([0, v0, v1, v2]);
    (version == 0).then_some((Enclosure::Geneve(vni), layer, rest.skip(options_len).ok()?))
}

/// GTP-U version 1 (3GPP TS 29.281 section 5.1): the message that carries a user's packet.
fn gtp(ends: Ends, rest: Rest<'_>) -> Option<Inside<'_>> {
    const G_PDU: u8 = 255;
    const OPTIONAL_FIELDS: u8 = 0x07;
    const EXTENSION: u8 = 0x04;
    let (&[flags, message, ..], mut rest) = rest.take::<8>().ok()?;
    if flags >> 4 != 0b0011 || message != G_PDU {
        return None;
    }
    if flags & OPTIONAL_FIELDS != 0 {
        let (&[_, _, _, mut next], mut after) = rest.take::<4>().ok()?;
        while flags & EXTENSION != 0 && next != 0 {
            // Length counts words of 4 bytes, itself and the next type included.
            let len = usize::from(after.peek::<1>().ok()?[0]) * 4;
            next = *after.captured.get(len.checked_sub(1)?)?;
            after = after.skip(len).ok()?;
        }
        rest = after;
    }
    // The header does not say what it carries; a session may carry Ethernet instead.
    let version = rest.peek::<1>().ok()?[0] >> 4;
    matches!(version, 4 | 6).then_some((Enclosure::Gtp(ends), Layer::Ip, rest))
}
