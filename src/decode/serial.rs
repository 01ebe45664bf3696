//! Lines between two ends: PPP, HDLC, Frame Relay, ATM, SLIP, amateur radio.

use super::SkipReason;
use super::ethertype;
use super::link::bare_ip;
use super::rest::Rest;
use super::walk::Layer;

/// PPP on a serial line: plain, in HDLC-like framing, or Cisco's HDLC under the same link type.
pub(super) fn line(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match *rest.peek::<2>()? {
        [0x0f | 0x8f, 0] => cisco_hdlc(rest),
        _ => Ok((Layer::Ppp, rest)),
    }
}

/// Cisco HDLC (RFC 1547 section 4.3.1): address, control, EtherType.
pub(super) fn cisco_hdlc(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
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
        0x0031 => bridged(rest),
        0x003d => multilink(rest),
        // Headers compressed (RFC 1144, RFC 2508, RFC 3241), encrypted (RFC 1968), compressed or
        // MPPE-encrypted (RFC 1962, RFC 3078).
        0x0003 | 0x0005 | 0x002d | 0x002f | 0x0061 | 0x0063 | 0x0065 | 0x0067 | 0x0069 => {
            Err(SkipReason::Encrypted)
        }
        0x0053 | 0x0055 | 0x00fb | 0x00fd => Err(SkipReason::Encrypted),
        _ => Err(SkipReason::NotIp),
    }
}

/// Bridging over PPP (RFC 3518 section 4.2): flags, MAC type, perhaps padding, then the frame.
fn bridged(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const ETHERNET: u8 = 1;
    const LAN_ID_FOLLOWS: u8 = 0x40;
    let (&[flags, mac_type], rest) = rest.take::<2>()?;
    let lan_id_len = if flags & LAN_ID_FOLLOWS == 0 { 0 } else { 4 };
    if mac_type != ETHERNET {
        return Err(SkipReason::NotIp);
    }
    Ok((Layer::Ethernet, rest.skip(lan_id_len)?))
}

/// Multilink PPP (RFC 1990 section 3): what begins in this fragment, if a packet does. Both lengths of the sequence
/// number are in use; of the longer one the bits behind the flags are zero.
fn multilink(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const BEGINS: u8 = 0x80;
    const BITS_OF_THE_LONGER: u8 = 0x3f;
    let &[flags] = rest.peek::<1>()?;
    if flags & BEGINS == 0 {
        return Err(SkipReason::LaterFragment);
    }
    let header_len = if flags & BITS_OF_THE_LONGER == 0 { 4 } else { 2 };
    Ok((Layer::Ppp, rest.skip(header_len)?))
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

/// Frame Relay (RFC 2427 section 3): an address of 2 to 4 bytes, the last with its lowest bit set, then control and
/// protocol, or an EtherType as Cisco has it.
pub(super) fn frame_relay(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const LAST: u8 = 1;
    const UNNUMBERED: u8 = 0x03;
    const PADDING: u8 = 0;
    let address = rest.peek::<2>()?;
    let address_len = match (address[0] & LAST, address[1] & LAST) {
        (LAST, _) => return Err(SkipReason::NotIp),
        (_, LAST) => 2,
        _ if rest.peek::<3>()?[2] & LAST == LAST => 3,
        _ if rest.peek::<4>()?[3] & LAST == LAST => 4,
        _ => return Err(SkipReason::NotIp),
    };
    let rest = rest.skip(address_len)?;
    match *rest.peek::<2>()? {
        [UNNUMBERED, PADDING] => protocol(rest.skip(2)?),
        [UNNUMBERED, _] => protocol(rest.skip(1)?),
        bytes => {
            let layer = ethertype::layer_of(u16::from_be_bytes(bytes)).ok_or(SkipReason::NotIp)?;
            Ok((layer, rest.skip(2)?))
        }
    }
}

/// A network layer protocol identifier (ISO/IEC TR 9577) and what it announces.
pub(super) fn protocol(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let (&[identifier], rest) = rest.take::<1>()?;
    match identifier {
        0xcc | 0x8e => Ok((Layer::Ip, rest)),
        0x80 => ethertype::snap(rest),
        0xcf => Ok((Layer::Ppp, rest)),
        _ => Err(SkipReason::NotIp),
    }
}

/// Classical IP over ATM of Linux: with LLC, or with nothing at all.
pub(super) fn classical_ip(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match rest.captured {
        [0xaa, 0xaa, 0x03, ..] => Ok((Layer::Llc, rest)),
        _ => bare_ip(rest),
    }
}

/// SunATM: traffic type, virtual path and channel.
pub(super) fn sun_atm(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const LAN_EMULATION: u8 = 1;
    const LLC: u8 = 2;
    let (&[flags, ..], rest) = rest.take::<4>()?;
    match flags & 0x0f {
        LLC => Ok((Layer::Llc, rest)),
        // Behind two bytes of its own.
        LAN_EMULATION => Ok((Layer::Ethernet, rest.skip(2)?)),
        _ => Err(SkipReason::NotIp),
    }
}

/// SLIP: a direction, and on most systems 15 more bytes, for the header before it was decompressed (RFC 1144).
pub(super) fn slip(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const COMPRESSED_TCP: u8 = 0x80;
    let after = |len| rest.skip(len).and_then(bare_ip);
    after(16).or_else(|_| after(1)).map_err(|reason| match rest.captured {
        [_, first, ..] if first & COMPRESSED_TCP != 0 => SkipReason::Encrypted,
        _ => reason,
    })
}

/// AX.25: 2 to 10 addresses of 7 bytes, the last with its lowest bit set, then control and protocol.
pub(super) fn ax25(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const ADDRESS_LEN: usize = 7;
    const UNNUMBERED: u8 = 0x03;
    const IP: u8 = 0xcc;
    let is_last =
        |place: &usize| rest.captured.get(place * ADDRESS_LEN - 1).is_some_and(|byte| byte & 1 == 1);
    let whole = rest.captured.len() >= 10 * ADDRESS_LEN;
    let cut = if whole { SkipReason::NotIp } else { SkipReason::TruncatedHeaders };
    let addresses = (2..=10).find(is_last).ok_or(cut)?;
    match rest.skip(addresses * ADDRESS_LEN)?.take::<2>()? {
        (&[control, IP], rest) if control & !0x10 == UNNUMBERED => Ok((Layer::Ip, rest)),
        _ => Err(SkipReason::NotIp),
    }
}
