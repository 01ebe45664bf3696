//! IEEE 802.11 data frames, and the radio headers before them.

use super::SkipReason;
use super::rest::Rest;
use super::walk::Layer;

/// How whoever wrote an 802.11 header down changed it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// As on the air.
    AsOnAir,
    /// Padded to a multiple of 4 bytes, as Atheros hardware does.
    PaddedToWord,
    /// The two bytes of its frame control may have changed places, as Cisco's access points do (Wireshark's
    /// packet-capwap.c has a preference for it).
    ControlEitherWay,
}

/// Radiotap (<https://www.radiotap.org>): its flags say whether the frame is damaged or padded.
pub(super) fn radiotap(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const PAD_AFTER_HEADER: u8 = 0x20;
    const BAD_FCS: u8 = 0x40;
    let &[_, _, l0, l1] = rest.peek::<4>()?;
    let header_len = usize::from(u16::from_le_bytes([l0, l1])).max(8);
    let inner = rest.skip(header_len)?;
    let flags = rest.captured.get(..header_len).and_then(radiotap_flags).unwrap_or(0);
    if flags & BAD_FCS != 0 {
        return Err(SkipReason::BadFcs);
    }
    let shape = if flags & PAD_AFTER_HEADER != 0 { Shape::PaddedToWord } else { Shape::AsOnAir };
    Ok((Layer::Wifi(shape), inner))
}

/// The flags field of a radiotap header, if it has one. Only the time before it (8 bytes, aligned) can
/// shift it.
fn radiotap_flags(header: &[u8]) -> Option<u8> {
    const HAS_TIME: u32 = 1 << 0;
    const HAS_FLAGS: u32 = 1 << 1;
    const MORE_BITMAPS: u32 = 1 << 31;
    let bitmap = |at: usize| header.get(at..)?.first_chunk().map(|&bytes| u32::from_le_bytes(bytes));
    let first = bitmap(4)?;
    let mut at = 8;
    let mut latest = first;
    while latest & MORE_BITMAPS != 0 {
        latest = bitmap(at)?;
        at += 4;
    }
    if first & HAS_FLAGS == 0 {
        return None;
    }
    if first & HAS_TIME != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    header.get(at).copied()
}

/// Prism and AVS monitor headers, found under each other's link type; both say their length.
pub(super) fn prism_or_avs(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let &[m0, m1, m2, m3, l0, l1, l2, l3] = rest.peek::<8>()?;
    // AVS is big-endian and begins with its version; Prism has the order of the machine that captured.
    let big_endian = u32::from_be_bytes([l0, l1, l2, l3]);
    let header_len = match [m0, m1, m2, m3] {
        [0x80, 0x21, 0x10, _] => big_endian,
        _ => big_endian.min(u32::from_le_bytes([l0, l1, l2, l3])),
    };
    if header_len < 8 {
        return Err(SkipReason::NotIp);
    }
    let header_len = usize::try_from(header_len).unwrap_or(usize::MAX);
    Ok((Layer::Wifi(Shape::AsOnAir), rest.skip(header_len)?))
}

/// Takes the header of a data frame (IEEE 802.11 section 9.3.2.1).
pub(super) fn data(rest: Rest<'_>, shape: Shape) -> Result<(Layer, Rest<'_>), SkipReason> {
    const NULL: u8 = 0x4;
    const QOS: u8 = 0x8;
    const BOTH_DIRECTIONS: u8 = 0x03;
    const PROTECTED: u8 = 0x40;
    const HT_CONTROL: u8 = 0x80;
    const AGGREGATED: u8 = 0x80;

    let (control, flags) = match (*rest.peek::<2>()?, shape) {
        // No flags of a data frame that travels between access point and controller look like the other byte: such a
        // frame goes to the wireless network or comes from it.
        ([flags, control], Shape::ControlEitherWay) if is_data(control) && !is_data(flags) => {
            (control, flags)
        }
        ([control, flags], _) => (control, flags),
    };
    let subtype = control >> 4;
    if !is_data(control) || subtype & NULL != 0 {
        return Err(SkipReason::NotIp);
    }
    let fixed = rest.peek::<24>()?;
    if flags & PROTECTED != 0 {
        return Err(SkipReason::Encrypted);
    }
    let fragment = fixed[22] & 0x0f;
    if fragment != 0 {
        return Err(SkipReason::LaterFragment);
    }
    // With both direction bits there is a fourth address.
    let mut header_len = if flags & BOTH_DIRECTIONS == BOTH_DIRECTIONS { 30 } else { 24 };
    let mut is_aggregate = false;
    if subtype & QOS != 0 {
        let (&[qos, _], _) = rest.skip(header_len)?.take::<2>()?;
        is_aggregate = qos & AGGREGATED != 0;
        header_len += 2;
        if flags & HT_CONTROL != 0 {
            header_len += 4;
        }
    }
    if shape == Shape::PaddedToWord {
        header_len = header_len.next_multiple_of(4);
    }
    let body = rest.skip(header_len)?;
    if is_aggregate { only_member(body) } else { Ok((Layer::Llc, body)) }
}

/// Whether the first byte of a frame control is that of data, and of version 0.
fn is_data(control: u8) -> bool {
    const VERSION_AND_TYPE: u8 = 0x0f;
    const DATA: u8 = 0x08;
    control & VERSION_AND_TYPE == DATA
}

/// The packet of an aggregate of one. A frame stands for one segment; more cannot be told from here.
fn only_member(body: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    // Two addresses and a length before each member, padding to 4 bytes between them, and perhaps a
    // frame check sequence at the end.
    const NEXT_MEMBER: u32 = 14;
    const PADDING_AND_FCS: u32 = 3 + 4;
    let (&[.., l0, l1], rest) = body.take::<14>()?;
    let len = u32::from(u16::from_be_bytes([l0, l1]));
    if rest.on_wire > len.saturating_add(NEXT_MEMBER + PADDING_AND_FCS) {
        return Err(SkipReason::Aggregate);
    }
    Ok((Layer::Llc, rest.limit(len)))
}
