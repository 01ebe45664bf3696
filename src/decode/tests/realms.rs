//! Networks that overlap stay apart, and both directions of a flow stay together.

use super::build::*;
use super::{cases, frame};
use crate::decode::{Decoded, Decoder};
use crate::segment::{FlowKey, Realm};

#[track_caller]
fn key(decoder: &mut Decoder, link: u32, bytes: &[u8]) -> FlowKey {
    match decoder.decode(&frame(link, bytes)) {
        Decoded::Segment(segment) => segment.key,
        other => panic!("no segment: {other:?}"),
    }
}

#[test]
fn both_directions_share_a_key_in_every_wrapping() {
    let mut decoder = Decoder::new();
    // Tunnel endpoints swap places, and GTP and PPTP identifiers differ, between the two.
    for (there, back) in cases::all(Way::There).iter().zip(cases::all(Way::Back)) {
        let there_key = key(&mut decoder, there.link, &there.bytes);
        assert_eq!(there_key, key(&mut decoder, back.link, &back.bytes), "{}", there.name);
    }
}

#[test]
fn overlapping_networks_stay_apart() {
    let four = tcp4(Way::There);
    let inner = ethernet(0x0800, &four);
    let packets = [
        ("plain", four.clone()),
        ("vxlan 1", vxlan(Way::There, 1, &inner)),
        ("vxlan 2", vxlan(Way::There, 2, &inner)),
        ("vxlan 1, inner vlan", vxlan(Way::There, 1, &ethernet(0x8100, &tag(5, 0x0800, &four)))),
        ("gre", gre(Way::There, 0x0800, None, &four)),
        ("gre key 0", gre(Way::There, 0x0800, Some(0), &four)),
        ("gre key 1", gre(Way::There, 0x0800, Some(1), &four)),
        ("gretap key 2", gre(Way::There, 0x6558, Some(2), &inner)),
        ("gretap key 3", gre(Way::There, 0x6558, Some(3), &inner)),
        ("ip in ip", outer4(Way::There, 4, &four)),
        ("gtp", gtp(Way::There, 9, &four)),
    ];
    let mut decoder = Decoder::new();
    let mut seen = std::collections::HashMap::new();
    for (name, packet) in &packets {
        for vlan in [None, Some(10), Some(11)] {
            let bytes = match vlan {
                None => ethernet(0x0800, packet),
                Some(id) => ethernet(0x8100, &tag(id, 0x0800, packet)),
            };
            let key = key(&mut decoder, 1, &bytes);
            let other = seen.insert(key, (name, vlan));
            assert_eq!(other, None, "{name} in {vlan:?} has the same key as {other:?}");
        }
    }
}

#[test]
fn nvgre_flow_identifiers_do_not_split_a_flow() {
    let mut decoder = Decoder::new();
    let there = gre(Way::There, 0x6558, Some(5001 << 8 | 0x11), &ethernet(0x0800, &tcp4(Way::There)));
    let back = gre(Way::Back, 0x6558, Some(5001 << 8 | 0x99), &ethernet(0x0800, &tcp4(Way::Back)));
    assert_eq!(key(&mut decoder, 101, &there), key(&mut decoder, 101, &back));
}

#[test]
fn relays_of_6in4_do_not_split_a_flow_between_global_addresses() {
    let six = |way, first: u16| {
        let mut packet = tcp6(way);
        for at in [8, 24] {
            packet[at..at + 2].copy_from_slice(&first.to_be_bytes());
        }
        packet
    };
    let through = |relay: u8, way, packet: &[u8]| {
        let mut outer = outer4(way, 41, packet);
        outer[if way == Way::There { 19 } else { 15 }] = relay;
        outer
    };
    // 6to4 and a prefix of a provider; private ones, and those for documentation.
    for (first, joined) in [(0x2002, true), (0x2a00, true), (0xfd00, false), (0x2001, false)] {
        let mut decoder = Decoder::new();
        let there = key(&mut decoder, 101, &through(7, Way::There, &six(Way::There, first)));
        let back = key(&mut decoder, 101, &through(8, Way::Back, &six(Way::Back, first)));
        assert_eq!(there == back, joined, "{first:x}");
        assert!(there.has_ends_of(&back));
        let name = decoder.realms().name(there.realm()).unwrap();
        assert_eq!(name, if joined { "6in4" } else { "ip-in-ip 192.0.2.1-192.0.2.7" });
    }
}

#[test]
fn the_plain_network_is_realm_zero_and_costs_no_entry() {
    let mut decoder = Decoder::new();
    let realm = key(&mut decoder, 1, &ethernet(0x0800, &tcp4(Way::There))).realm();
    assert_eq!((realm, decoder.realms().len()), (Realm(0), 0));
}

#[test]
fn a_quote_in_a_vlan_belongs_to_the_flow_in_that_vlan() {
    let mut decoder = Decoder::new();
    let tagged = |packet: &[u8]| ethernet(0x8100, &tag(10, 0x0800, packet));
    let flow = key(&mut decoder, 1, &tagged(&tcp4(Way::There)));
    let bytes = tagged(&icmp(3, 1, &tcp4(Way::There)[..28]));
    let Decoded::IcmpQuote(quote) = decoder.decode(&frame(1, &bytes)) else { panic!("no quote") };
    assert_eq!(quote.key, flow);
}
