//! Local networks: those other than Ethernet and 802.11, and Ethernet with something before or inside its header.

use super::SkipReason;
use super::ethertype;
use super::rest::Rest;
use super::walk::{Layer, Place};

/// FDDI: frame control, two addresses, LLC.
pub(super) fn fddi(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let (&[control, ..], rest) = rest.take::<13>()?;
    // Asynchronous or synchronous LLC frames; tokens, management and void frames carry no packets.
    if matches!(control & 0xf0, 0x50 | 0xd0) { Ok((Layer::Llc, rest)) } else { Err(SkipReason::NotIp) }
}

/// Token ring: access and frame control, two addresses, a route if the source says so, LLC.
pub(super) fn token_ring(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
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

/// ARCNET from its protocol on: IP of RFC 1051, or IP and IPv6 with a split flag (RFC 1201, RFC 2497).
pub(super) fn arcnet(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const OLD_IP: u8 = 240;
    const IP: u8 = 212;
    const IPV6: u8 = 196;
    /// A short frame: the header comes once more.
    const EXCEPTION: u8 = 0xff;
    let (&[protocol], rest) = rest.take::<1>()?;
    match protocol {
        OLD_IP => Ok((Layer::Ip, rest)),
        IP | IPV6 => {
            let (&[mut flag, _, _], mut rest) = rest.take::<3>()?;
            if flag == EXCEPTION {
                let (&[_, again, _, _], after) = rest.take::<4>()?;
                (flag, rest) = (again, after);
            }
            // 0: not split; odd: the first part, and how many there are; even: a later one.
            if flag == 0 || flag & 1 == 1 { Ok((Layer::Ip, rest)) } else { Err(SkipReason::LaterFragment) }
        }
        _ => Err(SkipReason::NotIp),
    }
}

/// IP over InfiniBand (RFC 4391 section 6): an EtherType and two bytes, behind a global route header where the capture
/// has that.
pub(super) fn infiniband(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const GLOBAL_ROUTE_LEN: usize = 40;
    let encapsulated = |rest: Rest<'_>| {
        let &[t0, t1, 0, 0] = rest.peek::<4>().ok()? else { return None };
        ethertype::layer_of(u16::from_be_bytes([t0, t1]))
    };
    if let Some(layer) = encapsulated(rest) {
        return Ok((layer, rest.skip(4)?));
    }
    let behind = rest.skip(GLOBAL_ROUTE_LEN)?;
    behind.peek::<4>()?;
    Ok((encapsulated(behind).ok_or(SkipReason::NotIp)?, behind.skip(4)?))
}

/// Passive optical network (IEEE 802.3 65.1.3.2): the end of a preamble that says for which link the frame is.
pub(super) fn passive_optical(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    // Writers keep all eight bytes of the preamble, or the last six.
    match rest.peek::<8>()? {
        [0x55, 0x55, 0xd5, ..] | [_, _, 0xd5, ..] => Ok((Layer::Ethernet, rest.skip(8)?)),
        _ => Ok((Layer::Ethernet, rest.skip(6)?)),
    }
}

/// Ethernet from its preamble on (IEEE 802.3 99.3): the byte behind that tells a frame, or the first part of one, from a
/// later part.
pub(super) fn with_preamble(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const PREAMBLE: u8 = 0x55;
    const MOST: usize = 8;
    let len = rest.captured.iter().take(MOST).take_while(|byte| **byte == PREAMBLE).count();
    let (&[delimiter], rest) = rest.skip(len)?.take::<1>()?;
    match delimiter {
        // A whole frame; one that may be interrupted.
        0xd5 | 0xe6 | 0x4c | 0x7f | 0xb3 => Ok((Layer::Ethernet, rest)),
        0x61 | 0x52 | 0x9e | 0x2a => Err(SkipReason::LaterFragment),
        _ => Err(SkipReason::NotIp),
    }
}

/// What a switch chip puts between the addresses and the EtherType on its way to the processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SwitchTag {
    Broadcom,
    /// Stands in the place of a VLAN tag.
    Marvell,
    /// The same behind an EtherType and two bytes.
    MarvellWithEtherType,
}

/// Takes addresses and tag of a frame inside a switch.
pub(super) fn inside_switch<'a>(
    tag: SwitchTag,
    rest: Rest<'a>,
    place: &mut Place<'_>,
) -> Result<(Layer, Rest<'a>), SkipReason> {
    const TAGGED: u8 = 0x20;
    let rest = rest.skip(12)?;
    let rest = if tag == SwitchTag::MarvellWithEtherType { rest.skip(4)? } else { rest };
    let (&[first, _, id0, id1, t0, t1], rest) = rest.take::<6>()?;
    if tag != SwitchTag::Broadcom && first & TAGGED != 0 {
        place.enter_vlan(u16::from_be_bytes([id0, id1]) & 0x0fff)?;
    }
    Ok((Layer::EtherType(u16::from_be_bytes([t0, t1])), rest))
}
