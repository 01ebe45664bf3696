//! Cable modems (DOCSIS, CM-SP-MULPI section 6.2).

use super::SkipReason;
use super::rest::Rest;
use super::walk::Layer;

/// Takes the MAC header of a packet, its extended header and its check sequence.
pub(super) fn packet(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const KIND: u8 = 0xc0;
    const PACKET: u8 = 0x00;
    const PACKET_FOR_NEWER_MODEMS: u8 = 0x80;
    const EXTENDED: u8 = 0x01;
    let (&[control, extended_len, _, _], rest) = rest.take::<4>()?;
    if !matches!(control & KIND, PACKET | PACKET_FOR_NEWER_MODEMS) {
        return Err(SkipReason::NotIp);
    }
    let extended_len = if control & EXTENDED == 0 { 0 } else { usize::from(extended_len) };
    let extended = rest.captured.get(..extended_len).ok_or(SkipReason::TruncatedHeaders)?;
    if is_encrypted(extended) {
        return Err(SkipReason::Encrypted);
    }
    Ok((Layer::Ethernet, rest.skip(extended_len + 2)?))
}

/// Whether an element of baseline privacy says that it is enabled.
fn is_encrypted(mut extended: &[u8]) -> bool {
    const UPSTREAM: u8 = 3;
    const DOWNSTREAM: u8 = 4;
    const ENABLED: u8 = 0x80;
    while let [head, rest @ ..] = extended {
        let (kind, len) = (head >> 4, usize::from(head & 0x0f));
        if let (UPSTREAM | DOWNSTREAM, [_, flags, ..]) = (kind, rest) {
            return flags & ENABLED != 0;
        }
        extended = rest.get(len..).unwrap_or_default();
    }
    false
}
