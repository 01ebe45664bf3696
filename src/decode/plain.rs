//! The short way for the shapes that make up nearly every capture: Ethernet with at most one VLAN tag,
//! Linux cooked or raw IP; IPv4 without options or IPv6 without extension headers; TCP.
//!
//! Gives up (`None`) on everything else, and on anything odd. It never decides that a frame is to be
//! skipped: that is left to the walk over all layers.

use super::ethertype::number as ethertype;
use super::link::number as link;
use super::{Realms, ip, tcp};
use crate::frame::Frame;
use crate::segment::{FlowKey, Realm, Segment, SegmentTraits};

/// The segment of a frame of the plainest shape. By itself, because where ways meet a segment has to be put into
/// memory and copied from there; here it stays in registers until it is where it belongs.
#[inline(always)]
pub(super) fn common_segment(frame: &Frame<'_>) -> Option<Segment> {
    let (&[.., t0, t1], packet) = frame.captured.split_first_chunk::<14>()?;
    if frame.link.0 != link::ETHERNET || u16::from_be_bytes([t0, t1]) != ethertype::IPV4 {
        return None;
    }
    over_v4(frame, packet, Realm(0))
}

/// The segment of a plain frame.
// Out of line, the segment would be copied once more on its way out: 3 ns of 18.
#[inline(always)]
pub(super) fn segment(frame: &Frame<'_>, realms: &mut Realms) -> Option<Segment> {
    let bytes = frame.captured;
    let (number, packet, realm) = match frame.link.0 {
        link::ETHERNET => {
            let (&[.., t0, t1], packet) = bytes.split_first_chunk::<14>()?;
            match u16::from_be_bytes([t0, t1]) {
                ethertype::C_TAG => {
                    let (&[id0, id1, t0, t1], packet) = packet.split_first_chunk()?;
                    let realm = match u16::from_be_bytes([id0, id1]) & 0x0fff {
                        0 => Realm(0),
                        id => realms.vlan(Realm(0), id),
                    };
                    (u16::from_be_bytes([t0, t1]), packet, realm)
                }
                number => (number, packet, Realm(0)),
            }
        }
        link::LINUX_SLL => {
            let (&[.., t0, t1], packet) = bytes.split_first_chunk::<16>()?;
            (u16::from_be_bytes([t0, t1]), packet, Realm(0))
        }
        link::LINUX_SLL2 => {
            let (&[t0, t1, ..], packet) = bytes.split_first_chunk::<20>()?;
            (u16::from_be_bytes([t0, t1]), packet, Realm(0))
        }
        link::RAW | link::RAW_DLT | link::RAW_OPENBSD | link::IPV4 | link::IPV6 => {
            match bytes.first()? >> 4 {
                4 => (ethertype::IPV4, bytes, Realm(0)),
                6 => (ethertype::IPV6, bytes, Realm(0)),
                _ => return None,
            }
        }
        _ => return None,
    };
    match number {
        ethertype::IPV4 => over_v4(frame, packet, realm),
        ethertype::IPV6 => over_v6(frame, packet, realm),
        _ => None,
    }
}

#[inline(always)]
fn over_v4(frame: &Frame<'_>, packet: &[u8], realm: Realm) -> Option<Segment> {
    const VERSION_4_NO_OPTIONS: u8 = 0x45;
    const IP_LEN: usize = 20;
    let (ip, captured) = packet.split_first_chunk::<IP_LEN>()?;
    let fixed = captured.first_chunk::<{ tcp::FIXED_LEN }>()?;
    let total_len = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
    let fragmentation = u16::from_be_bytes([ip[6], ip[7]]) & 0x3fff;
    let header_len = tcp::header_len(fixed);
    // A total length of 0 falls out here too.
    let payload_len = total_len.checked_sub(IP_LEN + header_len)?;
    if ip[0] != VERSION_4_NO_OPTIONS
        || ip[9] != ip::protocol::TCP
        || fragmentation != 0
        || header_len < tcp::FIXED_LEN
    {
        return None;
    }
    let flow = FlowKey::of_v4(
        [ip[12], ip[13], ip[14], ip[15]],
        tcp::port(fixed, 0),
        [ip[16], ip[17], ip[18], ip[19]],
        tcp::port(fixed, 2),
        realm,
    );
    let about = (u16::from_be_bytes([ip[4], ip[5]]), ip[8], SegmentTraits::default());
    let options = tcp::options_of(captured, header_len);
    Some(tcp::assemble(frame, flow, fixed, options, payload_len as u32, about))
}

#[inline(always)]
fn over_v6(frame: &Frame<'_>, packet: &[u8], realm: Realm) -> Option<Segment> {
    let (ip, after) = packet.split_first_chunk::<8>()?;
    let (&src, after) = after.split_first_chunk::<16>()?;
    let (&dst, captured) = after.split_first_chunk::<16>()?;
    let fixed = captured.first_chunk::<{ tcp::FIXED_LEN }>()?;
    let header_len = tcp::header_len(fixed);
    // A payload length of 0 falls out here too.
    let payload_len = usize::from(u16::from_be_bytes([ip[4], ip[5]])).checked_sub(header_len)?;
    if ip[0] >> 4 != 6 || ip[6] != ip::protocol::TCP || header_len < tcp::FIXED_LEN {
        return None;
    }
    let flow = FlowKey::of(src, tcp::port(fixed, 0), dst, tcp::port(fixed, 2), realm);
    let about = (u16::from_be_bytes([ip[2], ip[3]]), ip[7], SegmentTraits::IPV6);
    let options = tcp::options_of(captured, header_len);
    Some(tcp::assemble(frame, flow, fixed, options, payload_len as u32, about))
}
