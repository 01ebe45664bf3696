//! AYIYA, "anything in anything" (draft-massar-v6ops-ayiya-02 section 3): IP behind who sent it, and his signature.

use super::SkipReason;
use super::ip::protocol;
use super::rest::Rest;
use super::walk::Layer;

/// Takes the header of a packet that is to be forwarded.
pub(super) fn forwarded(packet: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const FORWARD: u8 = 1;
    const ECHO_AND_FORWARD: u8 = 3;
    let (&[identity, signature, operation, next, ..], rest) = packet.take::<8>()?;
    let forwards = matches!(operation & 0x0f, FORWARD | ECHO_AND_FORWARD);
    if !forwards || !matches!(next, protocol::IPV4 | protocol::IPV6) {
        return Err(SkipReason::NotTcp);
    }
    // One is told by its power of two, the other in words.
    let (identity_len, signature_len) = (1_usize << (identity >> 4), usize::from(signature >> 4) * 4);
    Ok((Layer::Ip, rest.skip(identity_len + signature_len)?))
}
