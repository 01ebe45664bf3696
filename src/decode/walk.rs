//! Takes one layer after the other off a frame, until it is a segment, a quote or a skip.

use super::ethertype;
use super::ip::{self, Extent, IpFacts, protocol};
use super::lan;
use super::realm::{Enclosure, Ends};
use super::rest::Rest;
use super::unread::UnreadLinks;
use super::{Decoded, Realms, SkipReason, icmp, link, serial, tcp, tunnel, wifi};
use crate::frame::{Frame, LinkType};
use crate::segment::{Realm, SegmentTraits};

/// Tunnels inside each other that are followed.
pub const MAX_TUNNELS: u8 = 4;

/// VLAN tags of one frame that are followed, in all its tunnels together.
pub const MAX_TAGS: u8 = 8;

/// What the rest of a frame begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layer {
    /// Whatever this link type begins with.
    Link(u32),
    /// Ethernet II or IEEE 802.3.
    Ethernet,
    /// The payload of an EtherType.
    EtherType(u16),
    /// IEEE 802.2.
    Llc,
    /// PPP, from address and control (if present) on.
    Ppp,
    /// PPPoE session.
    Pppoe,
    /// Label stack.
    Mpls,
    /// IPv4 or IPv6, as its first nibble says.
    Ip,
    /// IEEE 802.11.
    Wifi(wifi::Shape),
    /// Ethernet as switch chips hand it on.
    SwitchTag(lan::SwitchTag),
}

/// Where in its nested networks the walk has come.
pub(super) struct Place<'r> {
    realms: &'r mut Realms,
    unread: &'r mut UnreadLinks,
    realm: Realm,
    tunnels: u8,
    tags: u8,
    /// Came through a UDP port number, which anybody may use for anything.
    by_port: bool,
}

impl Place<'_> {
    /// Goes into a VLAN. Identifier 0 is a priority tag, not a network (IEEE 802.1Q table 9-2).
    pub fn enter_vlan(&mut self, id: u16) -> Result<(), SkipReason> {
        self.tags += 1;
        if self.tags > MAX_TAGS {
            return Err(SkipReason::TooDeep);
        }
        if id != 0 {
            self.realm = self.realms.vlan(self.realm, id);
        }
        Ok(())
    }

    /// Goes into a tunnel.
    pub fn enter_tunnel(&mut self, enclosure: Enclosure) -> Result<(), SkipReason> {
        self.tunnels += 1;
        if self.tunnels > MAX_TUNNELS {
            return Err(SkipReason::TooDeep);
        }
        self.realm = self.realms.within(self.realm, enclosure);
        Ok(())
    }
}

/// Decodes any frame.
#[inline(never)]
pub(super) fn walk(frame: &Frame<'_>, realms: &mut Realms, unread: &mut UnreadLinks) -> Decoded {
    let mut place = Place { realms, unread, realm: Realm(0), tunnels: 0, tags: 0, by_port: false };
    let reason = match descend(frame, &mut place) {
        Ok(decoded) => return decoded,
        Err(reason) => reason,
    };
    let was_cut = (frame.captured.len() as u64) < u64::from(frame.original_len);
    Decoded::Skip(match reason {
        SkipReason::TruncatedHeaders if was_cut => reason,
        // What does not parse behind a tunnel's port was not that tunnel, but some other use of UDP.
        SkipReason::BadIpHeader | SkipReason::BadTcpHeader | SkipReason::TruncatedHeaders
            if place.by_port =>
        {
            SkipReason::NotTcp
        }
        _ => reason,
    })
}

fn descend(frame: &Frame<'_>, place: &mut Place<'_>) -> Result<Decoded, SkipReason> {
    let (mut layer, mut rest) = (Layer::Link(frame.link.0), Rest::of(frame.captured, frame.original_len));
    // Ends: every two turns take at least one byte off the rest.
    loop {
        (layer, rest) = match layer {
            Layer::Link(number) => match link::first_layer(number, rest) {
                Err(SkipReason::UnknownLinkType) => {
                    place.unread.add(LinkType(number));
                    return Err(SkipReason::UnknownLinkType);
                }
                taken => taken?,
            },
            Layer::Ethernet => ethertype::ethernet(rest)?,
            Layer::EtherType(number) => ethertype::payload(number, rest, place)?,
            Layer::Llc => ethertype::llc(rest)?,
            Layer::Ppp => serial::ppp(rest)?,
            Layer::Pppoe => serial::pppoe(rest)?,
            Layer::Mpls => ethertype::mpls(rest)?,
            Layer::Wifi(shape) => wifi::data(rest, shape)?,
            Layer::SwitchTag(tag) => lan::inside_switch(tag, rest, place)?,
            Layer::Ip => {
                let (ip, payload) = ip::header(rest, Extent::Whole)?;
                match ip.protocol {
                    protocol::TCP => {
                        return tcp::segment(frame, place.realm, &ip, payload).map(Decoded::Segment);
                    }
                    protocol::ICMP | protocol::ICMPV6 => {
                        return icmp::message(frame, place.realm, &ip, payload);
                    }
                    _ => inside(&ip, payload, place)?,
                }
            }
        };
    }
}

/// What another protocol over IP carries, if it carries anything.
fn inside<'a>(
    ip: &IpFacts,
    payload: Rest<'a>,
    place: &mut Place<'_>,
) -> Result<(Layer, Rest<'a>), SkipReason> {
    let ends = Ends::between(ip.src, ip.dst);
    let (enclosure, layer, rest) = match ip.protocol {
        protocol::IPV6 if !ip.traits.contains(SegmentTraits::IPV6) => tunnel::six_in_four(ends, payload),
        protocol::IPV4 | protocol::IPV6 => (Enclosure::IpInIp(ends), Layer::Ip, payload),
        protocol::GRE => tunnel::gre(ends, payload)?,
        // RFC 3378: a version and twelve zero bits.
        protocol::ETHER_IP => (Enclosure::IpInIp(ends), Layer::Ethernet, payload.skip(2)?),
        // RFC 4023: told apart by the ends alone, as labels differ per direction.
        protocol::MPLS => (Enclosure::IpInIp(ends), Layer::Mpls, payload),
        protocol::UDP => {
            place.by_port = true;
            tunnel::over_udp(ends, payload)?
        }
        protocol::ESP => return Err(SkipReason::Encrypted),
        _ => return Err(SkipReason::NotTcp),
    };
    place.enter_tunnel(enclosure)?;
    Ok((layer, rest))
}
