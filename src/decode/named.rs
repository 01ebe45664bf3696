//! Headers that name what follows them: of capture tools, capture cards and remote captures.

use super::SkipReason;
use super::link::number;
use super::rest::Rest;
use super::walk::Layer;

/// Per-packet information: a header that names the link type after it. It is used before 802.11, and
/// by some writers before Ethernet and IP.
pub(super) fn ppi(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    let &[_, _, l0, l1, d0, d1, d2, d3] = rest.peek::<8>()?;
    let header_len = usize::from(u16::from_le_bytes([l0, l1])).max(8);
    Ok((Layer::Link(u32::from_le_bytes([d0, d1, d2, d3])), rest.skip(header_len)?))
}

/// Apple PKTAP: length, record type, link type, and 96 bytes or more about interface and process.
pub(super) fn pktap(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const SHORTEST: u32 = 108;
    const LONGEST: u32 = 1024;
    const PACKET: u32 = 1;
    let &[l0, l1, l2, l3, r0, r1, r2, r3, d0, d1, d2, d3] = rest.peek::<12>()?;
    let header_len = u32::from_le_bytes([l0, l1, l2, l3]);
    let record = u32::from_le_bytes([r0, r1, r2, r3]);
    if !(SHORTEST..=LONGEST).contains(&header_len) || record != PACKET {
        return Err(SkipReason::NotIp);
    }
    Ok((Layer::Link(u32::from_le_bytes([d0, d1, d2, d3])), rest.skip(header_len as usize)?))
}

/// Endace ERF: 16 bytes, extension headers of 8, and what the record type has before the frame.
pub(super) fn erf(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const EXTENDED: u8 = 0x80;
    let (header, mut rest) = rest.take::<16>()?;
    let mut record = header[8];
    while record & EXTENDED != 0 {
        let (extension, after) = rest.take::<8>()?;
        // Only the first one's mark is in the record type; each tells of the next.
        record = record & !EXTENDED | extension[0] & EXTENDED;
        rest = after;
    }
    match record {
        // Ethernet in its variants, behind two bytes.
        2 | 11 | 16 | 20 => Ok((Layer::Ethernet, rest.skip(2)?)),
        // HDLC over SONET in its variants: PPP or Cisco's.
        1 | 10 | 15 | 17 => Ok((Layer::Link(number::PPP_HDLC), rest)),
        22 | 23 => Ok((Layer::Ip, rest)),
        _ => Err(SkipReason::NotIp),
    }
}

/// Tazmen sniffer protocol: protocol of the frame, tags, the frame.
pub(super) fn tzsp(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const VERSION: u8 = 1;
    const RECEIVED: u8 = 0;
    const TO_BE_SENT: u8 = 1;
    const PADDING: u8 = 0;
    const END: u8 = 1;
    let (&[version, kind, p0, p1], mut rest) = rest.take::<4>()?;
    if version != VERSION || !matches!(kind, RECEIVED | TO_BE_SENT) {
        return Err(SkipReason::NotIp);
    }
    loop {
        let (&[tag], after) = rest.take::<1>()?;
        rest = match tag {
            END => {
                rest = after;
                break;
            }
            PADDING => after,
            _ => {
                let (&[len], after) = after.take::<1>()?;
                after.skip(usize::from(len))?
            }
        };
    }
    let link = match u16::from_be_bytes([p0, p1]) {
        1 => number::ETHERNET,
        18 => number::IEEE802_11,
        119 => number::IEEE802_11_PRISM,
        127 => number::IEEE802_11_AVS,
        _ => return Err(SkipReason::NotIp),
    };
    Ok((Layer::Link(link), rest))
}

/// PDUs exported from Wireshark: tags, of which one names the dissector for what follows them.
pub(super) fn exported(mut rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const END: u16 = 0;
    const DISSECTOR: u16 = 12;
    let mut layer = Err(SkipReason::NotIp);
    loop {
        let (&[t0, t1, l0, l1], after) = rest.take::<4>()?;
        let (tag, len) = (u16::from_be_bytes([t0, t1]), usize::from(u16::from_be_bytes([l0, l1])));
        let value = after.captured.get(..len).ok_or(SkipReason::TruncatedHeaders)?;
        rest = after.skip(len)?;
        match tag {
            END => return Ok((layer?, rest)),
            DISSECTOR => {
                let name = value.iter().position(|byte| *byte == 0).map_or(value, |end| &value[..end]);
                layer = match name {
                    b"ip" | b"ipv6" => Ok(Layer::Ip),
                    b"eth" | b"eth_withoutfcs" | b"eth_withfcs" | b"eth_maybefcs" => Ok(Layer::Ethernet),
                    b"llc" => Ok(Layer::Llc),
                    b"ppp" | b"ppp_hdlc" => Ok(Layer::Ppp),
                    b"mpls" => Ok(Layer::Mpls),
                    _ => Err(SkipReason::NotIp),
                };
            }
            _ => {}
        }
    }
}
