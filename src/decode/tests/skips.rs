//! What is no segment, and why.

use super::build::*;
use super::{carried, cases, frame, lengths, quote, segment, skipped};
use crate::decode::{Decoded, Decoder, MAX_TAGS, MAX_TUNNELS, SkipReason, is_read};
use crate::frame::{Frame, LinkType};
use crate::segment::SeqNumber;

#[test]
fn a_quoted_segment_is_an_event_of_its_flow_and_never_a_segment() {
    let sent = tcp4(Way::There);
    for (icmp_type, icmp_code) in [(3, 1), (3, 4), (5, 0), (11, 0), (12, 0)] {
        // All of it, and as little as RFC 792 asks for.
        for quoted in [&sent[..], &sent[..28]] {
            let quote = quote(101, &icmp(icmp_type, icmp_code, quoted));
            let flow = segment(101, &sent);
            assert_eq!((quote.key, quote.sender), (flow.key, flow.sender));
            assert_eq!((quote.icmp_type, quote.icmp_code), (icmp_type, icmp_code));
            assert_eq!(quote.seq, SeqNumber(SEQ));
            assert_eq!(quote.reporter.to_string(), "198.51.100.9");
        }
    }
}

#[test]
fn icmpv6_errors_quote_too() {
    let sent = tcp6(Way::There);
    for icmp_type in 1..=4 {
        let message = before(&[icmp_type, 0, 0, 0, 0, 0, 0, 0], &sent[..48]);
        let quote = quote(101, &outer6(Way::Back, 58, &message));
        assert_eq!(quote.key, segment(101, &sent).key);
        assert_eq!(quote.reporter.to_string(), "2001:db8::12");
    }
}

#[test]
fn a_quote_with_a_total_length_changed_by_its_sender_still_counts() {
    let mut sent = tcp4(Way::There);
    sent[2..4].copy_from_slice(&[0, 1]);
    quote(101, &icmp(3, 1, &sent[..28]));
}

#[test]
fn other_icmp_is_not_tcp() {
    let sent = tcp4(Way::There);
    let udp_quoted = udp(Way::There, 53, &[0; 12]);
    for (message, why) in [
        (icmp(8, 0, &sent), "echo request with a payload that looks like a packet"),
        (icmp(3, 3, &udp_quoted), "quotes UDP"),
        (icmp(3, 1, &sent[..20]), "quotes no ports"),
        (icmp(3, 1, &[0xff; 40]), "quotes garbage"),
    ] {
        assert_eq!(skipped(101, &message), SkipReason::NotTcp, "{why}");
    }
}

#[test]
fn a_quote_cut_by_the_snap_length_is_truncated() {
    let bytes = icmp(3, 1, &tcp4(Way::There));
    let cut = Frame { captured: &bytes[..50], ..frame(101, &bytes) };
    let decoded = Decoder::new().decode(&cut);
    assert!(matches!(decoded, Decoded::Skip(SkipReason::TruncatedHeaders)), "{decoded:?}");
}

#[test]
fn later_fragments_are_counted_apart() {
    let mut packet = tcp4(Way::There);
    packet[7] = 1;
    assert_eq!(skipped(101, &packet), SkipReason::LaterFragment);
    assert_eq!(skipped(101, &lengths::fragment6(1, true)), SkipReason::LaterFragment);
    assert_eq!(skipped(101, &lengths::fragment6(8, false)), SkipReason::LaterFragment);
}

#[test]
fn a_cut_tcp_header_is_truncated() {
    let bytes = ethernet(0x0800, &tcp4(Way::There));
    for kept in 0..54 {
        let cut = Frame { captured: &bytes[..kept], ..frame(1, &bytes) };
        let decoded = Decoder::new().decode(&cut);
        assert!(matches!(decoded, Decoded::Skip(SkipReason::TruncatedHeaders)), "{kept}: {decoded:?}");
    }
}

#[test]
fn a_data_offset_that_cannot_be_is_a_bad_tcp_header() {
    for offset in [0, 4, 15] {
        let mut packet = tcp4(Way::There);
        packet[32] = offset << 4;
        assert_eq!(skipped(101, &packet), SkipReason::BadTcpHeader, "{offset}");
    }
    let mut too_short = tcp4(Way::There);
    too_short[3] = 30;
    assert_eq!(skipped(101, &too_short), SkipReason::BadTcpHeader);
}

#[test]
fn an_ip_header_that_cannot_be_is_a_bad_ip_header() {
    for (at, value) in [(0, 0x44), (0, 0x55), (3, 19)] {
        let mut packet = tcp4(Way::There);
        packet[2] = 0;
        packet[at] = value;
        assert_eq!(skipped(101, &packet), SkipReason::BadIpHeader, "byte {at} = {value}");
    }
}

#[test]
fn frames_without_ip_are_not_ip() {
    for (name, link, bytes) in [
        ("ARP", 1, ethernet(0x0806, &[0; 28])),
        ("spanning tree", 1, ethernet(38, &[0x42, 0x42, 3, 0, 0])),
        ("PPPoE discovery", 1, ethernet(0x8863, &[0x11, 9, 0, 0, 0, 0])),
        ("LCP", 9, vec![0xff, 3, 0xc0, 0x21, 1, 1]),
        ("beacon", 105, vec![0x80; 40]),
        ("null data", 105, cases::wifi_header(4, 1, &[])),
        ("Appletalk on loopback", 0, vec![16, 0, 0, 0, 1, 2]),
    ] {
        assert_eq!(skipped(link, &bytes), SkipReason::NotIp, "{name}");
    }
}

#[test]
fn encrypted_frames_are_counted_apart() {
    let snapped = snap(0x0800, &tcp4(Way::There));
    for (name, link, bytes) in [
        ("802.11", 105, before(&cases::wifi_header(0, 0x41, &[]), &snapped)),
        ("ESP", 101, outer4(Way::There, 50, &[0; 40])),
        ("MACsec", 1, ethernet(0x88e5, &before(&[0x2c], &[0; 40]))),
        ("MPPE", 9, vec![0x00, 0xfd, 1, 2, 3]),
    ] {
        assert_eq!(skipped(link, &bytes), SkipReason::Encrypted, "{name}");
    }
}

#[test]
fn damaged_and_aggregated_802_11_frames_are_counted_apart() {
    let data = before(&cases::wifi_header(0, 1, &[]), &snap(0x0800, &tcp4(Way::There)));
    let damaged = before(&[0, 0, 9, 0, 2, 0, 0, 0, 0x40], &data);
    assert_eq!(skipped(127, &damaged), SkipReason::BadFcs);

    let snapped = snap(0x0800, &tcp4(Way::There));
    let member = [&[0; 12][..], &(snapped.len() as u16).to_be_bytes(), &snapped].concat();
    let header = cases::wifi_header(8, 2, &[0x80, 0]);
    assert_eq!(skipped(105, &[&header[..], &member, &[0; 3], &member].concat()), SkipReason::Aggregate);
}

#[test]
fn udp_on_a_tunnel_port_that_is_no_tunnel_is_not_tcp() {
    for port in [4754, 4789, 4790, 5072, 5247, 6635, 8472, 6081, 2152, 1701, 3544, 37_008] {
        for content in [&[][..], &[0; 7], &[0; 60], &[0xf7; 60], b"GET / HTTP/1.1 0123456789012345678"] {
            assert_eq!(skipped(101, &udp(Way::There, port, content)), SkipReason::NotTcp, "{port}");
        }
    }
    // Right as far as the tunnel's own header goes, nonsense behind it.
    let nonsense = vxlan(Way::There, 1, &ethernet(0x0800, &[0x99; 40]));
    assert_eq!(skipped(101, &nonsense), SkipReason::NotTcp);
    let short = vxlan(Way::There, 1, &[1, 2, 3]);
    assert_eq!(skipped(101, &short), SkipReason::NotTcp);
}

#[test]
fn a_tunnel_cut_by_the_snap_length_is_truncated() {
    let bytes = vxlan(Way::There, 1, &ethernet(0x0800, &tcp4(Way::There)));
    let cut = Frame { captured: &bytes[..80], ..frame(101, &bytes) };
    let decoded = Decoder::new().decode(&cut);
    assert!(matches!(decoded, Decoded::Skip(SkipReason::TruncatedHeaders)), "{decoded:?}");
}

#[test]
fn tunnels_and_tags_are_followed_to_their_limit_and_no_further() {
    let nested = |depth| (0..depth).fold(tcp4(Way::There), |inner, _| outer4(Way::There, 4, &inner));
    segment(101, &nested(MAX_TUNNELS));
    assert_eq!(skipped(101, &nested(MAX_TUNNELS + 1)), SkipReason::TooDeep);

    let tagged = |tags| {
        let innermost = tag(1, 0x0800, &tcp4(Way::There));
        ethernet(0x8100, &(1..tags).fold(innermost, |inner, id| tag(u16::from(id), 0x8100, &inner)))
    };
    segment(1, &tagged(MAX_TAGS));
    assert_eq!(skipped(1, &tagged(MAX_TAGS + 1)), SkipReason::TooDeep);
}

#[test]
fn control_messages_of_l2tp_are_not_tcp_and_its_ppp_negotiation_is_not_ip() {
    let control = [0xc8, 0x02, 0, 20, 0, 3, 0, 0, 0, 1, 0, 1];
    assert_eq!(skipped(101, &l2tp(Way::There, &control, &[0; 8])), SkipReason::NotTcp);
    let version_3 = [0x00, 0x03, 0, 0, 0, 0, 0, 1];
    assert_eq!(skipped(101, &l2tp(Way::There, &version_3, &[0; 8])), SkipReason::NotTcp);
    let data = [0x00, 0x02, 0, 3, 0, 1];
    let negotiation = [0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4];
    assert_eq!(skipped(101, &l2tp(Way::There, &data, &negotiation)), SkipReason::NotIp);
    let later_part = [0xff, 0x03, 0x00, 0x3d, 0x40, 0, 0, 8, 1, 2, 3, 4];
    assert_eq!(skipped(101, &l2tp(Way::There, &data, &later_part)), SkipReason::LaterFragment);
}

#[test]
fn what_access_points_and_controllers_tell_each_other_is_no_frame_of_a_station() {
    use SkipReason::*;
    let inner = ethernet(0x0800, &tcp4(Way::There));
    let capwap = |header: &[u8]| carried::capwap(Way::There, header, &inner);
    let swapped_beacon = before(&[0x00, 0x10, 0x43, 0, 0, 0, 0, 0, 0x00, 0x80], &[0; 40]);
    for (name, packet, why) in [
        ("keepalive", capwap(&[0x00, 0x10, 0x42, 0x08, 0, 0, 0, 0]), NotTcp),
        ("later fragment", capwap(&[0x00, 0x10, 0x42, 0xc0, 0, 7, 0x05, 0x40]), LaterFragment),
        ("DTLS", capwap(&[0x01, 0, 0, 0, 23, 0xfe, 0xfd, 0, 1]), Encrypted),
        ("header shorter than itself", capwap(&[0x00, 0x08, 0x42, 0, 0, 0, 0, 0]), NotTcp),
        ("tags", capwap(&[0x00, 0x10, 0x07, 0, 0, 0, 0, 0]), NotTcp),
        ("beacon", carried::capwap(Way::There, &swapped_beacon, &[]), NotIp),
        ("Aruba, heartbeat", gre(Way::There, 0x8200, None, &[0; 4]), NotIp),
        ("Aruba, protected", gre(Way::There, 0x8200, None, &cases::wifi_header(0, 0x41, &[0; 9])), Encrypted),
        ("AYIYA, heartbeat", carried::ayiya(Way::There, 0, 59, &[]), NotTcp),
        ("GRE, keepalive", gre(Way::There, 0, None, &[]), NotIp),
    ] {
        assert_eq!(skipped(101, &packet), why, "{name}");
    }
}

#[test]
fn a_vxlan_without_its_network_flag_is_none() {
    let inner = ethernet(0x0800, &tcp4(Way::There));
    for flags in [0x00, 0xf7, 0x80] {
        let packet = udp(Way::There, 4789, &before(&[flags, 0, 0, 0, 0, 0, 42, 0], &inner));
        assert_eq!(skipped(101, &packet), SkipReason::NotTcp, "{flags:x}");
    }
}

#[test]
fn headers_of_rarer_link_types_that_lead_nowhere_are_counted_by_what_they_are() {
    use SkipReason::*;
    let four = tcp4(Way::There);
    for (name, link, bytes, why) in [
        ("netfilter log without packet", 239, vec![2, 0, 0, 5, 8, 0, 1, 0, 8, 0, 3, 0], NotIp),
        ("netfilter log with an attribute of no length", 239, vec![2, 0, 0, 5, 0, 0, 9, 0, 0x45], NotIp),
        ("Frame Relay management", 107, vec![0, 1, 0x03, 0x08, 0, 0x75], NotIp),
        (
            "later part of an Ethernet frame",
            274,
            [&[0x55, 0x55, 0x61, 0x01][..], &[0; 40]].concat(),
            LaterFragment,
        ),
        ("later part of an ARCNET packet", 129, before(&[1, 2, 0, 0, 212, 2, 0, 9], &four), LaterFragment),
        (
            "encrypted cable modem",
            143,
            [&[1, 5, 0, 60, 0, 0x44, 0, 0x80, 0, 0, 0, 0][..], &four].concat(),
            Encrypted,
        ),
        ("compressed header", 9, vec![0x00, 0x2d, 1, 2, 3, 4], Encrypted),
        ("compressed SLIP", 8, vec![1, 0x80, 0, 0, 0, 0], Encrypted),
        ("Juniper without its magic", 178, ethernet(0x0800, &four), NotIp),
        ("private use that is not Apple's", 149, ethernet(0x0800, &four), UnknownLinkType),
        ("exported PDU of TLS", 252, vec![0, 12, 0, 4, b't', b'l', b's', 0, 0, 0, 0, 0, 1, 2], NotIp),
    ] {
        assert_eq!(skipped(link, &bytes), why, "{name}");
    }
}

#[test]
fn an_unknown_link_type_is_said_so_and_counted_by_its_number() {
    let (usb, four) = ([0; 64], tcp4(Way::There));
    let mut decoder = Decoder::new();
    let in_ppi = before(&[0, 0, 8, 0, 195, 0, 0, 0], &four);
    for (link, bytes) in [(9999, &four[..]), (189, &usb), (192, &in_ppi), (189, &usb), (1, &four)] {
        let decoded = decoder.decode(&frame(link, bytes));
        let unknown = matches!(decoded, Decoded::Skip(SkipReason::UnknownLinkType));
        assert_eq!(unknown, link != 1, "{link}: {decoded:?}");
    }
    let unread = decoder.into_parts().1.by_frames();
    assert_eq!(unread, [(LinkType(189), 2), (LinkType(195), 1), (LinkType(9999), 1)]);
}

/// What the documentation lists as read, and what it says is refused.
#[test]
fn link_types_without_ip_are_refused() {
    let read: Vec<u32> = (0..400).filter(|link| is_read(LinkType(*link))).collect();
    for case in cases::all(Way::There) {
        assert!(read.contains(&case.link) || case.link == 149, "{}", case.name);
    }
    for refused in [147, 162, 186, 187, 189, 190, 195, 201, 220, 227, 230, 249, 251, 253, 266, 271, 283, 288]
    {
        assert!(!read.contains(&refused), "{refused}");
    }
    assert!(read.iter().all(|link| LinkType(*link).name().is_some()), "{read:?}");
    assert_eq!(read.len(), 70, "{read:?}");
}
