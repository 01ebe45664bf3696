//! Juniper routers: a header of theirs before what the interface has.

use super::SkipReason;
use super::link::{bare_ip, number};
use super::rest::Rest;
use super::serial;
use super::walk::Layer;

/// Takes the header of a router, and what the card of this link type puts behind it.
pub(super) fn packet(link: u32, rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const MAGIC: [u8; 3] = *b"MGC";
    const WITHOUT_LINK_HEADER: u8 = 0x02;
    const EXTENSIONS: u8 = 0x80;
    let (&[m0, m1, m2, flags], mut rest) = rest.take::<4>()?;
    if [m0, m1, m2] != MAGIC {
        return Err(SkipReason::NotIp);
    }
    if flags & EXTENSIONS != 0 {
        let (&len, after) = rest.take::<2>()?;
        rest = after.skip(usize::from(u16::from_be_bytes(len)))?;
    }
    if flags & WITHOUT_LINK_HEADER != 0 {
        return bare_ip(rest.skip(4)?);
    }
    match link {
        number::JUNIPER_ETHER | number::JUNIPER_PPPOE => Ok((Layer::Ethernet, rest)),
        number::JUNIPER_PPP => Ok((Layer::Ppp, rest)),
        number::JUNIPER_FRELAY => Ok((Layer::Link(number::FRELAY), rest)),
        number::JUNIPER_CHDLC => Ok((Layer::Link(number::C_HDLC), rest)),
        number::JUNIPER_PPPOE_ATM => {
            let (&ethertype, rest) = rest.take::<2>()?;
            Ok((Layer::EtherType(u16::from_be_bytes(ethertype)), rest))
        }
        number::JUNIPER_ATM1 => cells(rest.skip(4)?),
        number::JUNIPER_ATM2 => cells(rest.skip(8)?),
        // 8 bytes of the service card.
        number::JUNIPER_GGSN | number::JUNIPER_SERVICES | number::JUNIPER_MONITOR => bare_ip(rest.skip(8)?),
        _ => Err(SkipReason::UnknownLinkType),
    }
}

/// What an ATM circuit carries is not announced: LLC, Cisco's protocol identifier, PPP or IP alone.
fn cells(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    match *rest.peek::<3>()? {
        [0xaa, 0xaa, 0x03] | [0xfe, 0xfe, 0x03] => Ok((Layer::Llc, rest)),
        [0x03, ..] => serial::protocol(rest.skip(1)?),
        [0x00, 0x21 | 0x57, _] | [0xff, 0x03, _] => Ok((Layer::Ppp, rest)),
        _ => bare_ip(rest),
    }
}
