//! Every way of wrapping leads to the same segment.

use super::build::*;
use super::{cases, frame, segment};
use crate::decode::{Decoded, Decoder};
use crate::segment::{FlowKey, Realm, SegmentTraits, SeqNumber, TcpFlags};
use etherparse::{IpNumber, Ipv6RawExtHeader, PacketBuilder, TcpOptionElement};

#[test]
fn every_wrapping_gives_the_segment_inside_and_names_its_realm() {
    for case in cases::all(Way::There) {
        let mut decoder = Decoder::new();
        let Decoded::Segment(segment) = decoder.decode(&frame(case.link, &case.bytes)) else {
            panic!("{}: no segment", case.name);
        };
        let name = case.name;
        let src = segment.key.endpoint(segment.sender);
        let dst = segment.key.endpoint(segment.sender.peer());
        if segment.traits.contains(SegmentTraits::IPV6) {
            assert_eq!(src.to_string(), "[2001:db8::1]:40000", "{name}");
            assert_eq!(dst.to_string(), "[2001:db8::2]:443", "{name}");
            assert_eq!(segment.ip_id, 0x4321, "{name}");
        } else {
            assert_eq!(src.to_string(), "10.0.0.1:40000", "{name}");
            assert_eq!(dst.to_string(), "10.0.0.2:443", "{name}");
        }
        assert_eq!((segment.seq, segment.ack), (SeqNumber(SEQ), SeqNumber(ACK)), "{name}");
        assert_eq!(segment.payload_len, PAYLOAD.len() as u32, "{name}");
        assert_eq!((segment.ts_val, segment.ts_ecr), TS, "{name}");
        assert!(segment.traits.contains(SegmentTraits::TIMESTAMPS), "{name}");
        assert_eq!((segment.ttl, segment.window), (TTL, WINDOW), "{name}");
        assert_eq!(segment.flags, TcpFlags::ACK.with(TcpFlags::PSH), "{name}");
        let realm = decoder.realms().name(segment.key.realm());
        assert_eq!(realm.as_deref(), case.realm, "{name}");
    }
}

#[test]
fn number_and_time_of_the_frame_go_with_the_segment() {
    let bytes = ethernet(0x0800, &tcp4(Way::There));
    let given = frame(1, &bytes);
    let segment = segment(1, &bytes);
    assert_eq!((segment.at, segment.frame), (given.at, given.number));
}

#[test]
fn ipv4_options_are_stepped_over() {
    let mut packet = tcp4(Way::There);
    packet.splice(20..20, [7, 7, 4, 0, 0, 0, 0, 0]);
    packet[0] = 0x47;
    packet[3] += 8;
    assert_eq!(segment(101, &packet).payload_len, PAYLOAD.len() as u32);
}

#[test]
fn ipv6_extension_headers_are_stepped_over() {
    use etherparse::{Ipv6Extensions, Ipv6Header, Ipv6RoutingExtensions};
    let raw = || Ipv6RawExtHeader::new_raw(IpNumber(59), &[0; 6]).unwrap();
    let extensions = Ipv6Extensions {
        hop_by_hop_options: Some(raw()),
        destination_options: Some(raw()),
        routing: Some(Ipv6RoutingExtensions { routing: raw(), final_destination_options: Some(raw()) }),
        auth: Some(etherparse::IpAuthHeader::new(IpNumber(59), 1, 2, &[0; 12]).unwrap()),
        fragment: None,
    };
    let header =
        Ipv6Header { source: v6_addr(1), destination: v6_addr(2), hop_limit: TTL, ..Ipv6Header::default() };
    let ip = PacketBuilder::ip(etherparse::IpHeaders::Ipv6(header, extensions));
    let packet = tcp(ip, Way::There, PAYLOAD);
    assert_eq!(packet[6], 0, "a hop-by-hop header comes first");
    let segment = segment(101, &packet);
    assert_eq!((segment.payload_len, segment.ts_val), (PAYLOAD.len() as u32, TS.0));
    assert!(!segment.traits.contains(SegmentTraits::FRAGMENT));
}

#[test]
fn authentication_header_over_ipv4_is_stepped_over() {
    let mut packet = tcp4(Way::There);
    packet.splice(20..20, [6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    packet[9] = 51;
    packet[3] += 24;
    assert_eq!(segment(101, &packet).payload_len, PAYLOAD.len() as u32);
}

#[test]
fn ports_of_zero_are_ports() {
    let mut packet = tcp4(Way::There);
    packet[20..24].fill(0);
    let segment = segment(101, &packet);
    assert_eq!(segment.key.port(segment.sender), 0);
}

fn with_options(options: &[TcpOptionElement]) -> Vec<u8> {
    let mut packet = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], TTL)
        .tcp(CLIENT_PORT, SERVER_PORT, SEQ, WINDOW)
        .options(options)
        .unwrap()
        .write(&mut packet, &[])
        .unwrap();
    packet
}

fn with_raw_options(options: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], TTL)
        .tcp(CLIENT_PORT, SERVER_PORT, SEQ, WINDOW)
        .options_raw(options)
        .unwrap()
        .write(&mut packet, &[])
        .unwrap();
    packet
}

#[test]
fn sack_blocks_and_timestamps_are_found_in_any_order() {
    use TcpOptionElement::*;
    let both = SegmentTraits::SACK.with(SegmentTraits::TIMESTAMPS);
    let sack = SelectiveAcknowledgement((1, 2), [None; 3]);
    for options in [vec![sack.clone(), Timestamp(5, 6)], vec![Noop, Timestamp(5, 6), Noop, sack]] {
        let segment = segment(101, &with_options(&options));
        assert_eq!((segment.traits, segment.ts_val, segment.ts_ecr), (both, 5, 6));
    }
}

#[test]
fn permission_to_sack_is_no_sack() {
    use TcpOptionElement::*;
    let options = [MaximumSegmentSize(1460), SelectiveAcknowledgementPermitted, WindowScale(7)];
    assert_eq!(segment(101, &with_options(&options)).traits, SegmentTraits::default());
}

#[test]
fn timestamps_behind_an_unknown_option_are_found() {
    let mptcp_first = [30, 4, 0x20, 0, 8, 10, 0, 0, 0, 5, 0, 0, 0, 6, 1, 1];
    assert_eq!(segment(101, &with_raw_options(&mptcp_first)).ts_val, 5);
}

#[test]
fn a_malformed_option_ends_the_options_and_nothing_else() {
    for broken in [[8, 0, 1, 1], [8, 1, 1, 1], [8, 40, 1, 1], [1, 1, 1, 8]] {
        let segment = segment(101, &with_raw_options(&broken));
        assert_eq!((segment.traits, segment.payload_len), (SegmentTraits::default(), 0), "{broken:?}");
    }
}

#[test]
fn both_directions_have_one_key() {
    let (there, back) = (segment(101, &tcp4(Way::There)), segment(101, &tcp4(Way::Back)));
    assert_eq!(there.key, back.key);
    assert_eq!(there.sender, back.sender.peer());
    let addr = |last| std::net::IpAddr::from([10, 0, 0, last]);
    let endpoint = |addr, port| crate::segment::Endpoint { addr, port };
    let (client, server) = (endpoint(addr(1), CLIENT_PORT), endpoint(addr(2), SERVER_PORT));
    assert_eq!((there.key, there.sender), FlowKey::between(client, server, Realm(0)));
}
