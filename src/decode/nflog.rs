//! Linux netfilter log (iptables `NFLOG`, nftables `log group`).

use super::SkipReason;
use super::link::is_ip;
use super::rest::Rest;
use super::walk::Layer;

/// Attributes that matter (linux/netfilter/nfnetlink_log.h).
mod attribute {
    pub const PACKET_HEADER: u16 = 1;
    pub const PAYLOAD: u16 = 9;
}

/// Address family, version and group, then attributes, of which one is the packet.
pub(super) fn payload(rest: Rest<'_>) -> Result<(Layer, Rest<'_>), SkipReason> {
    const HEADER_LEN: u16 = 4;
    let (&[family, version, _, _], mut rest) = rest.take::<4>()?;
    if version != 0 {
        return Err(SkipReason::NotIp);
    }
    let mut ethertype = None;
    while rest.on_wire > 0 {
        let &[l0, l1, t0, t1] = rest.peek::<4>()?;
        // Both are in the byte order of the machine that captured; types are small, so one byte of them is zero.
        let number = |bytes| if t1 == 0 { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
        let (len, attribute) = (number([l0, l1]), number([t0, t1]));
        let Some(content_len) = len.checked_sub(HEADER_LEN) else { return Err(SkipReason::NotIp) };
        let (_, content) = rest.take::<{ HEADER_LEN as usize }>()?;
        match attribute {
            attribute::PACKET_HEADER => {
                let (&bytes, _) = content.take::<2>()?;
                ethertype = Some(u16::from_be_bytes(bytes));
            }
            attribute::PAYLOAD => {
                let layer = match ethertype {
                    _ if is_ip(u32::from(family)) => Layer::Ip,
                    // Bridges and network devices have a family of their own.
                    Some(ethertype) => Layer::EtherType(ethertype),
                    None => return Err(SkipReason::NotIp),
                };
                return Ok((layer, content.limit(u32::from(content_len))));
            }
            _ => {}
        }
        rest = rest.skip(usize::from(len).next_multiple_of(4))?;
    }
    Err(SkipReason::NotIp)
}
