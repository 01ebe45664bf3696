//! CAPWAP data (RFC 5415 section 4): frames of stations between an access point and its controller.

use super::SkipReason;
use super::rest::Rest;
use super::walk::Layer;
use super::wifi::Shape;

/// Takes preamble and header (sections 4.2 and 4.3); behind them is Ethernet, or 802.11 (RFC 5416).
pub(super) fn data(packet: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const IEEE_802_11: u8 = 1;
    const NATIVE: u8 = 0x01;
    const FRAGMENT: u8 = 0x80;
    const KEEPALIVE: u8 = 0x08;
    match packet.captured {
        [0, ..] => {}
        // Version 0, DTLS: three reserved bytes, and a record of DTLS 1.0 or later.
        [1, 0, 0, 0, 20..=26, 0xfe, ..] => return Err(SkipReason::Encrypted),
        _ => return Err(SkipReason::NotTcp),
    }
    let &[_, len_and_radio, binding, flags, _, _, o0, o1] = packet.peek::<8>()?;
    // It counts words, the preamble's among them; address of the radio and what it measured make it longer.
    let header_len = usize::from(len_and_radio >> 3) * 4;
    if header_len < 8 || flags & KEEPALIVE != 0 {
        return Err(SkipReason::NotTcp);
    }
    if flags & FRAGMENT != 0 && u16::from_be_bytes([o0, o1]) >> 3 != 0 {
        return Err(SkipReason::LaterFragment);
    }
    let layer = match (binding & NATIVE, binding >> 1 & 0x1f) {
        (0, _) => Layer::Ethernet,
        (_, IEEE_802_11) => Layer::Wifi(Shape::ControlEitherWay),
        _ => return Err(SkipReason::NotTcp),
    };
    Ok((layer, packet.skip(header_len)?))
}
