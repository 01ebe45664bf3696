//! Names for the networks that addresses are meant in: VLANs and tunnels.

use crate::segment::Realm;
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Realms kept apart; later ones share one overflow realm. Bounds memory to some 8 MiB when a hostile
/// capture makes up a new tunnel in every frame; real ones hold a few hundred.
const MAX_REALMS: u32 = 65_535;

/// Where all realms beyond [`MAX_REALMS`] go.
const OVERFLOW: Realm = Realm::OVERFLOW;

const _: () = assert!(OVERFLOW.0 == MAX_REALMS + 1);

/// Slots of the cache before the table: interleaved flows of a handful of VLANs or tunnels hit it.
const RECENT: usize = 16;

/// The two ends of a tunnel without direction; IPv4 addresses IPv4-mapped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Ends {
    low: [u8; 16],
    high: [u8; 16],
}

impl Ends {
    /// The ends of a packet's tunnel, in either direction.
    pub fn between(a: [u8; 16], b: [u8; 16]) -> Self {
        if a <= b { Ends { low: a, high: b } } else { Ends { low: b, high: a } }
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addr = |octets: [u8; 16]| IpAddr::V6(Ipv6Addr::from(octets)).to_canonical();
        write!(f, "{}-{}", addr(self.low), addr(self.high))
    }
}

/// One VLAN or tunnel around a packet, told by what both directions of a flow have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Enclosure {
    /// IEEE 802.1Q VLAN identifier.
    Vlan(u16),
    /// VXLAN network identifier (RFC 7348). Outer addresses stay out: one network spans many.
    Vxlan(u32),
    /// Geneve network identifier (RFC 8926).
    Geneve(u32),
    /// NVGRE virtual subnet (RFC 7637).
    Nvgre(u32),
    /// ERSPAN session; the mirrored directions of a flow may come from two switches.
    Erspan(u16),
    /// Service of a provider's backbone (802.1ah).
    ServiceInstance(u32),
    /// IPv6 in IPv4 between addresses that mean the same everywhere. Relays differ per direction.
    SixInFour,
    /// IP in IP, of whichever families.
    IpInIp(Ends),
    /// GRE, with its key if it has one (RFC 2890).
    Gre(Ends, Option<u32>),
    /// PPTP (RFC 2637). Call identifiers differ per direction.
    Pptp(Ends),
    /// GTP-U (3GPP TS 29.281). Tunnel endpoint identifiers differ per direction.
    Gtp(Ends),
    /// TZSP, in which routers send what they sniff to a collector.
    Tzsp(Ends),
    /// CAPWAP (RFC 5415).
    Capwap(Ends),
    /// L2TP (RFC 2661). Tunnel and session identifiers differ per direction.
    L2tp(Ends),
    /// An interface that a path asks for, by number among those.
    Interface(u16),
}

impl Enclosure {
    /// Which cache slot to try. Poor spread costs a look-up in the table, nothing else.
    #[inline]
    fn slot(self, outer: Realm) -> usize {
        let low_bits = |ends: Ends| usize::from(ends.low[15]) ^ usize::from(ends.high[15]);
        let spread = match self {
            Enclosure::Vlan(id) | Enclosure::Erspan(id) | Enclosure::Interface(id) => usize::from(id),
            Enclosure::Vxlan(id)
            | Enclosure::Geneve(id)
            | Enclosure::Nvgre(id)
            | Enclosure::ServiceInstance(id) => id as usize,
            Enclosure::SixInFour => 0,
            Enclosure::IpInIp(ends)
            | Enclosure::Pptp(ends)
            | Enclosure::Gtp(ends)
            | Enclosure::Tzsp(ends)
            | Enclosure::Capwap(ends)
            | Enclosure::L2tp(ends) => low_bits(ends),
            Enclosure::Gre(ends, key) => low_bits(ends) ^ key.unwrap_or(0) as usize,
        };
        (spread ^ outer.0 as usize) % RECENT
    }
}

impl fmt::Display for Enclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Enclosure::Vlan(id) => write!(f, "vlan {id}"),
            Enclosure::Vxlan(id) => write!(f, "vxlan {id}"),
            Enclosure::Geneve(id) => write!(f, "geneve {id}"),
            Enclosure::Nvgre(id) => write!(f, "nvgre {id}"),
            Enclosure::Erspan(id) => write!(f, "erspan {id}"),
            Enclosure::ServiceInstance(id) => write!(f, "i-sid {id}"),
            Enclosure::SixInFour => write!(f, "6in4"),
            Enclosure::IpInIp(ends) => write!(f, "ip-in-ip {ends}"),
            Enclosure::Gre(ends, None) => write!(f, "gre {ends}"),
            Enclosure::Gre(ends, Some(key)) => write!(f, "gre {ends} key {key}"),
            Enclosure::Pptp(ends) => write!(f, "pptp {ends}"),
            Enclosure::Gtp(ends) => write!(f, "gtp {ends}"),
            Enclosure::Tzsp(ends) => write!(f, "tzsp {ends}"),
            Enclosure::Capwap(ends) => write!(f, "capwap {ends}"),
            Enclosure::L2tp(ends) => write!(f, "l2tp {ends}"),
            Enclosure::Interface(number) => write!(f, "interface {number}"),
        }
    }
}

/// A realm is an enclosure within another realm.
type Nesting = (Realm, Enclosure);

/// The realms met so far. [`Realm`] 0 is the plain network, outside every VLAN and tunnel.
#[derive(Debug, Default)]
pub struct Realms {
    /// `nestings[n - 1]` is realm `n`.
    nestings: Vec<Nesting>,
    numbers: HashMap<Nesting, Realm>,
    recent: [Option<(Nesting, Realm)>; RECENT],
    /// Realms of VLANs that are in nothing else, by identifier; [`Realm`] 0 where not met yet.
    vlans: Vec<Realm>,
    /// Names of the interfaces that paths ask for.
    interfaces: Vec<String>,
    overflowed: u64,
}

impl Realms {
    /// How many realms were told apart, the plain one not counted.
    pub fn len(&self) -> usize {
        self.nestings.len()
    }

    /// Whether every frame so far was outside VLANs and tunnels.
    pub fn is_empty(&self) -> bool {
        self.nestings.is_empty()
    }

    /// How often a VLAN or tunnel was met that fell into the shared overflow realm, because 65 535
    /// realms were already known. Flows there may be mixed up with flows of other networks.
    pub fn overflowed(&self) -> u64 {
        self.overflowed
    }

    /// Name of a realm, outermost first: `vlan 10.20 > vxlan 42`. `None` for the plain network, and for
    /// a realm that another decoder gave out.
    pub fn name(&self, realm: Realm) -> Option<String> {
        if realm == OVERFLOW {
            return Some("overflow".to_owned());
        }
        let mut inward = Vec::new();
        let mut at = realm;
        // An outer realm is always known before what is within it, so numbers fall on the way out.
        while let Some(&(outer, enclosure)) = self.nesting(at) {
            inward.push(enclosure);
            at = outer;
        }
        inward.reverse();
        let mut name = String::new();
        let mut before = None;
        for enclosure in inward {
            use fmt::Write;
            if let Enclosure::Interface(number) = enclosure
                && let Some(interface) = self.interfaces.get(usize::from(number))
            {
                let _ = write!(name, "{}interface {interface}", if before.is_some() { " > " } else { "" });
                before = Some(enclosure);
                continue;
            }
            // Writing to a string cannot fail.
            let _ = match (before, enclosure) {
                (None, _) => write!(name, "{enclosure}"),
                (Some(Enclosure::Vlan(_)), Enclosure::Vlan(id)) => write!(name, ".{id}"),
                (Some(_), _) => write!(name, " > {enclosure}"),
            };
            before = Some(enclosure);
        }
        before.map(|_| name)
    }

    /// Names the interfaces that paths ask for, in the order of their numbers.
    pub fn name_interfaces(&mut self, names: impl Iterator<Item = String>) {
        self.interfaces = names.collect();
    }

    /// `realm` on an interface that a path asks for.
    pub fn on_interface(&mut self, realm: Realm, number: u16) -> Realm {
        self.within(realm, Enclosure::Interface(number))
    }

    /// The VLANs around a realm, from the outside in up to the first tunnel, and its interface if a path asks for that.
    pub fn place_of(&self, realm: Realm) -> (Vec<u16>, Option<u16>) {
        let (mut vlans, mut interface, mut at) = (Vec::new(), None, realm);
        while let Some(&(outer, enclosure)) = self.nesting(at) {
            match enclosure {
                Enclosure::Vlan(id) => vlans.push(id),
                Enclosure::Interface(number) => interface = Some(number),
                // What is inside a tunnel is another network.
                _ => vlans.clear(),
            }
            at = outer;
        }
        vlans.reverse();
        (vlans, interface)
    }

    fn nesting(&self, realm: Realm) -> Option<&Nesting> {
        self.nestings.get((realm.0 as usize).checked_sub(1)?)
    }

    /// The realm of a VLAN within `outer`.
    #[inline]
    pub(super) fn vlan(&mut self, outer: Realm, id: u16) -> Realm {
        match self.vlans.get(usize::from(id)) {
            Some(&known) if outer == Realm(0) && known != Realm(0) => known,
            _ => self.look_up_vlan(outer, id),
        }
    }

    #[inline(never)]
    fn look_up_vlan(&mut self, outer: Realm, id: u16) -> Realm {
        let realm = self.within(outer, Enclosure::Vlan(id));
        if outer == Realm(0) && realm != OVERFLOW {
            self.vlans.resize(1 << 12, Realm(0));
            if let Some(place) = self.vlans.get_mut(usize::from(id)) {
                *place = realm;
            }
        }
        realm
    }

    /// The realm of `enclosure` within `outer`; the same question always has the same answer.
    #[inline]
    pub(super) fn within(&mut self, outer: Realm, enclosure: Enclosure) -> Realm {
        let nesting = (outer, enclosure);
        let slot = enclosure.slot(outer);
        match self.recent[slot] {
            Some((known, realm)) if known == nesting => realm,
            _ => self.look_up(nesting, slot),
        }
    }

    #[inline(never)]
    fn look_up(&mut self, nesting: Nesting, slot: usize) -> Realm {
        let realm = match self.numbers.get(&nesting) {
            Some(&realm) => realm,
            None => {
                let next = self.nestings.len() as u32 + 1;
                if next > MAX_REALMS || nesting.0 == OVERFLOW {
                    self.overflowed = self.overflowed.saturating_add(1);
                    return OVERFLOW;
                }
                self.nestings.push(nesting);
                self.numbers.insert(nesting, Realm(next));
                Realm(next)
            }
        };
        self.recent[slot] = Some((nesting, realm));
        realm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(last: u8) -> [u8; 16] {
        std::net::Ipv4Addr::new(10, 0, 0, last).to_ipv6_mapped().octets()
    }

    #[test]
    fn names_read_from_the_outside_in() {
        let mut realms = Realms::default();
        let outer = realms.within(Realm(0), Enclosure::Vlan(10));
        let inner = realms.within(outer, Enclosure::Vlan(20));
        let tunnel = realms.within(inner, Enclosure::Gre(Ends::between(v4(2), v4(1)), Some(7)));
        let last = realms.within(tunnel, Enclosure::Vlan(3));
        assert_eq!(realms.name(Realm(0)), None);
        assert_eq!(realms.name(outer).unwrap(), "vlan 10");
        assert_eq!(realms.name(inner).unwrap(), "vlan 10.20");
        assert_eq!(realms.name(last).unwrap(), "vlan 10.20 > gre 10.0.0.1-10.0.0.2 key 7 > vlan 3");
        assert_eq!(realms.len(), 4);
    }

    #[test]
    fn ends_have_no_direction() {
        assert_eq!(Ends::between(v4(1), v4(2)), Ends::between(v4(2), v4(1)));
    }

    #[test]
    fn a_realm_keeps_its_number_after_its_cache_slot_was_taken() {
        let mut realms = Realms::default();
        let first = realms.within(Realm(0), Enclosure::Vxlan(1));
        let same_slot = realms.within(Realm(0), Enclosure::Vxlan(1 + RECENT as u32));
        assert_ne!(first, same_slot);
        assert_eq!(realms.within(Realm(0), Enclosure::Vxlan(1)), first);
    }

    #[test]
    fn realms_beyond_the_bound_share_one_and_are_counted() {
        let mut realms = Realms::default();
        for vni in 0..MAX_REALMS {
            realms.within(Realm(0), Enclosure::Vxlan(vni));
        }
        assert_eq!(realms.overflowed(), 0);
        let a = realms.within(Realm(0), Enclosure::Vxlan(MAX_REALMS));
        let b = realms.within(a, Enclosure::Vlan(7));
        assert_eq!((a, b, realms.overflowed()), (OVERFLOW, OVERFLOW, 2));
        assert_eq!(realms.name(a).unwrap(), "overflow");
        assert_eq!(realms.within(Realm(0), Enclosure::Vxlan(5)), Realm(6), "known ones stay known");
    }
}
