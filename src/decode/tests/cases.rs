//! One frame for each way a segment can be wrapped. Every one must decode to the same segment, no prefix
//! of any may panic, and tshark must see the same.

use super::build::*;
use super::{carried, rarer};

/// A frame that carries [`tcp4`] or [`tcp6`].
pub struct Case {
    pub name: &'static str,
    pub link: u32,
    pub bytes: Vec<u8>,
    /// `None` for the plain network.
    pub realm: Option<&'static str>,
}

pub fn plain(name: &'static str, link: u32, bytes: Vec<u8>) -> Case {
    Case { name, link, bytes, realm: None }
}

pub fn within(name: &'static str, realm: &'static str, packet: Vec<u8>) -> Case {
    Case { name, link: 1, bytes: ethernet(0x0800, &packet), realm: Some(realm) }
}

/// Those that tshark 4.0 sees too.
pub fn seen_by_tshark(way: Way) -> Vec<Case> {
    let mut cases = links(way);
    cases.extend(wifi(way));
    cases.extend(encapsulations(way));
    cases.extend(tunnels(way));
    cases.extend(rarer::seen_by_tshark(way));
    cases.extend(carried::seen_by_tshark(way));
    cases
}

pub fn all(way: Way) -> Vec<Case> {
    let mut cases = seen_by_tshark(way);
    cases.extend(rarer::beyond_tshark(way));
    cases.extend(carried::beyond_tshark(way));
    cases
}

fn links(way: Way) -> Vec<Case> {
    let (four, six) = (tcp4(way), tcp6(way));
    let sll = |protocol: u16, inner: &[u8]| {
        let [p0, p1] = protocol.to_be_bytes();
        before(&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, p0, p1], inner)
    };
    let sll2 = |protocol: u16, inner: &[u8]| {
        let [p0, p1] = protocol.to_be_bytes();
        before(&[p0, p1, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], inner)
    };
    let addresses = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    let snapped = snap(0x0800, &four);
    vec![
        plain("ethernet, IPv4", 1, ethernet(0x0800, &four)),
        plain("ethernet, IPv6", 1, ethernet(0x86dd, &six)),
        plain("ethernet with LLC/SNAP", 1, ethernet(snapped.len() as u16, &snapped)),
        plain("cooked v1, IPv4", 113, sll(0x0800, &four)),
        plain("cooked v1, IPv6", 113, sll(0x86dd, &six)),
        plain("cooked v1, LLC", 113, sll(0x0004, &snapped)),
        plain("cooked v2, IPv4", 276, sll2(0x0800, &four)),
        plain("cooked v2, IPv6", 276, sll2(0x86dd, &six)),
        Case {
            name: "cooked v1, tagged",
            link: 113,
            bytes: sll(0x8100, &tag(10, 0x0800, &four)),
            realm: Some("vlan 10"),
        },
        Case {
            name: "cooked v2, tagged",
            link: 276,
            bytes: sll2(0x8100, &tag(10, 0x0800, &four)),
            realm: Some("vlan 10"),
        },
        plain("raw IPv4", 101, four.clone()),
        plain("raw IPv6", 101, six.clone()),
        plain("raw, number of other systems", 12, four.clone()),
        plain("raw, number of OpenBSD", 14, four.clone()),
        plain("IPv4", 228, four.clone()),
        plain("IPv6", 229, six.clone()),
        plain("null, little-endian", 0, before(&[2, 0, 0, 0], &four)),
        plain("null, big-endian", 0, before(&[0, 0, 0, 2], &four)),
        plain("null, IPv6 of macOS", 0, before(&[30, 0, 0, 0], &six)),
        plain("null, IPv6 of FreeBSD", 0, before(&[28, 0, 0, 0], &six)),
        plain("loop", 108, before(&[0, 0, 0, 2], &four)),
        plain("enc", 109, before(&[2, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0], &four)),
        plain("pf log", 117, {
            let mut header = [0; 64];
            header[..2].copy_from_slice(&[61, 2]);
            before(&header, &four)
        }),
        plain("PPP", 9, before(&[0x00, 0x21], &four)),
        plain("PPP with address and control", 9, before(&[0xff, 0x03, 0x00, 0x21], &four)),
        plain("PPP with compressed protocol", 9, before(&[0x21], &four)),
        plain("PPP, IPv6", 9, before(&[0xff, 0x03, 0x00, 0x57], &six)),
        plain("PPP in HDLC framing", 50, before(&[0xff, 0x03, 0x00, 0x21], &four)),
        plain("Cisco HDLC as PPP", 50, before(&[0x0f, 0x00, 0x08, 0x00], &four)),
        plain("PPP with direction", 204, before(&[0x01, 0xff, 0x03, 0x00, 0x21], &four)),
        plain("Cisco HDLC", 104, before(&[0x0f, 0x00, 0x08, 0x00], &four)),
        plain("PPPoE", 51, pppoe(&four)),
        plain("FDDI", 10, [&[0x50][..], &addresses, &snapped].concat()),
        plain("token ring", 6, [&[0x10, 0x40][..], &addresses, &snapped].concat()),
        plain("token ring with route", 6, {
            let mut frame = [&[0x10, 0x40][..], &addresses, &[6, 0x30, 0, 1, 0, 2], &snapped].concat();
            frame[8] |= 0x80;
            frame
        }),
    ]
}

fn pppoe(packet: &[u8]) -> Vec<u8> {
    let [l0, l1] = (packet.len() as u16 + 2).to_be_bytes();
    before(&[0x11, 0, 0x12, 0x34, l0, l1, 0x00, 0x21], packet)
}

/// A header of an 802.11 data frame towards the access point.
pub fn wifi_header(subtype: u8, flags: u8, after_addresses: &[u8]) -> Vec<u8> {
    let addresses = [2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    [&[0x08 | subtype << 4, flags, 0, 0][..], &addresses, &[0x10, 0], after_addresses].concat()
}

fn wifi(way: Way) -> Vec<Case> {
    let snapped = snap(0x0800, &tcp4(way));
    let data = before(&wifi_header(0, 0x01, &[]), &snapped);
    let fourth_address = [2, 0, 0, 0, 0, 4];
    // Present: time (8 bytes, aligned) and flags.
    let radiotap =
        |flags: u8, inner: &[u8]| before(&[0, 0, 17, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, flags], inner);
    let padded = [&wifi_header(8, 0x01, &[0, 0])[..], &[0, 0], &snapped].concat();
    let mut prism = vec![0; 144];
    prism[..8].copy_from_slice(&[0x44, 0, 0, 0, 144, 0, 0, 0]);
    let mut avs = vec![0; 64];
    avs[..8].copy_from_slice(&[0x80, 0x21, 0x10, 0x01, 0, 0, 0, 64]);
    let [l0, l1] = (snapped.len() as u16).to_be_bytes();
    let member = [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, l0, l1][..], &snapped].concat();
    vec![
        plain("802.11", 105, data.clone()),
        plain("802.11 QoS", 105, before(&wifi_header(8, 0x02, &[0, 0]), &snapped)),
        plain("802.11, four addresses", 105, before(&wifi_header(0, 0x03, &fourth_address), &snapped)),
        plain("802.11 QoS with HT control", 105, {
            before(&wifi_header(8, 0x81, &[0, 0, 0, 0, 0, 0]), &snapped)
        }),
        plain("802.11, aggregate of one", 105, before(&wifi_header(8, 0x02, &[0x80, 0]), &member)),
        plain("radiotap", 127, radiotap(0, &data)),
        plain("radiotap without fields", 127, before(&[0, 0, 8, 0, 0, 0, 0, 0], &data)),
        plain("radiotap, padded header", 127, radiotap(0x20, &padded)),
        plain("prism", 119, before(&prism, &data)),
        plain("AVS", 163, before(&avs, &data)),
        plain("AVS as prism", 119, before(&avs, &data)),
        plain("PPI", 192, before(&[0, 0, 8, 0, 105, 0, 0, 0], &data)),
    ]
}

fn encapsulations(way: Way) -> Vec<Case> {
    let (four, six) = (tcp4(way), tcp6(way));
    // Told of the sender, so each direction has its own.
    let group = if way == Way::There { 7_u16 } else { 9 };
    let case = |name, realm, bytes| Case { name, link: 1, bytes, realm };
    vec![
        case("one tag", Some("vlan 10"), ethernet(0x8100, &tag(10, 0x0800, &four))),
        case("one tag, IPv6", Some("vlan 10"), ethernet(0x8100, &tag(10, 0x86dd, &six))),
        case("QinQ", Some("vlan 10.20"), ethernet(0x88a8, &tag(10, 0x8100, &tag(20, 0x0800, &four)))),
        case(
            "QinQ as before 802.1ad",
            Some("vlan 10.20"),
            ethernet(0x9100, &tag(10, 0x8100, &tag(20, 0x0800, &four))),
        ),
        case("priority tag", None, ethernet(0x8100, &tag(0, 0x0800, &four))),
        case(
            "priority tag around a tag",
            Some("vlan 20"),
            ethernet(0x8100, &tag(0, 0x8100, &tag(20, 0x0800, &four))),
        ),
        case("MPLS", None, ethernet(0x8847, &before(&[0, 1, 0, 64, 0, 1, 1, 64], &four))),
        case("MPLS, IPv6", None, ethernet(0x8847, &before(&[0, 1, 1, 64], &six))),
        case("Cisco metadata", None, {
            ethernet(0x8909, &before(&[1, 1, 0, 1, group as u8, 3, 0x08, 0x00], &four))
        }),
        case("Cisco metadata, tagged outside", Some("vlan 10"), {
            ethernet(0x8100, &tag(10, 0x8909, &before(&[1, 1, 0, 1, 0, group as u8, 0x86, 0xdd], &six)))
        }),
        case("Cisco metadata, tagged inside", Some("vlan 10"), {
            ethernet(0x8909, &before(&[1, 1, 0, 1, 0, group as u8, 0x81, 0], &tag(10, 0x0800, &four)))
        }),
        case("MACsec without encryption", None, {
            ethernet(0x88e5, &before(&[0x00, 0, 0, 0, 0, 7, 0x08, 0x00], &[&four[..], &[0; 16]].concat()))
        }),
        case("MACsec without encryption, with channel", None, {
            let tag = [0x20, 0, 0, 0, 0, 7, 2, 0, 0, 0, 0, 1, 0, 1, 0x08, 0x00];
            ethernet(0x88e5, &before(&tag, &[&four[..], &[0; 16]].concat()))
        }),
        case("service chain", None, {
            ethernet(0x894f, &before(&[0x0f, 0xc2, 2, 1, 0, 0, group as u8, 255], &four))
        }),
        case("PPPoE session", None, ethernet(0x8864, &pppoe(&four))),
        case("PPPoE in a VLAN", Some("vlan 7"), ethernet(0x8100, &tag(7, 0x8864, &pppoe(&four)))),
    ]
}

const L2TP: &str = "l2tp 192.0.2.1-192.0.2.2";

fn tunnels(way: Way) -> Vec<Case> {
    let (four, six) = (tcp4(way), tcp6(way));
    let inner_ethernet = ethernet(0x0800, &four);
    let geneve = |protocol: u16, inner: &[u8]| {
        let [p0, p1] = protocol.to_be_bytes();
        udp(way, 6081, &[&[2, 0, p0, p1, 0, 0, 42, 0, 0, 1, 2, 1, 9, 9, 9, 9][..], inner].concat())
    };
    let gre_all_fields = [&[0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1][..], &four].concat();
    let pptp = {
        let call = match way {
            Way::There => 5,
            Way::Back => 900,
        };
        let [l0, l1] = (four.len() as u16 + 4).to_be_bytes();
        let header = [0x30, 0x81, 0x88, 0x0b, l0, l1, 0, call as u8, 0, 0, 0, 3, 0, 0, 0, 2];
        outer4(way, 47, &[&header[..], &[0xff, 0x03, 0x00, 0x21], &four].concat())
    };
    let erspan2 = [&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 10, 0, 99, 0, 0, 0, 0][..], &inner_ethernet];
    let erspan3 =
        [&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 10, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0][..], &inner_ethernet];
    let tunnel = if way == Way::There { 3 } else { 9 };
    let teid = match way {
        Way::There => 0x1111,
        Way::Back => 0x2222,
    };
    vec![
        within("IPv4 in IPv4", "ip-in-ip 192.0.2.1-192.0.2.2", outer4(way, 4, &four)),
        within("IPv6 in IPv4", "ip-in-ip 192.0.2.1-192.0.2.2", outer4(way, 41, &six)),
        Case {
            name: "IPv4 in IPv6",
            link: 1,
            bytes: ethernet(0x86dd, &outer6(way, 4, &four)),
            realm: Some("ip-in-ip 2001:db8::11-2001:db8::12"),
        },
        Case {
            name: "IPv6 in IPv6",
            link: 1,
            bytes: ethernet(0x86dd, &outer6(way, 41, &six)),
            realm: Some("ip-in-ip 2001:db8::11-2001:db8::12"),
        },
        within("GRE", "gre 192.0.2.1-192.0.2.2", gre(way, 0x0800, None, &four)),
        within("GRE, IPv6", "gre 192.0.2.1-192.0.2.2", gre(way, 0x86dd, None, &six)),
        within("GRE with key", "gre 192.0.2.1-192.0.2.2 key 7", gre(way, 0x0800, Some(7), &four)),
        within(
            "GRE with checksum, key and sequence",
            "gre 192.0.2.1-192.0.2.2 key 7",
            outer4(way, 47, &gre_all_fields),
        ),
        within("Ethernet in GRE", "gre 192.0.2.1-192.0.2.2", gre(way, 0x6558, None, &inner_ethernet)),
        within("NVGRE", "nvgre 20000", gre(way, 0x6558, Some(20_000 << 8), &inner_ethernet)),
        within("MPLS in GRE", "gre 192.0.2.1-192.0.2.2", {
            gre(way, 0x8847, None, &before(&[0, 1, 1, 64], &four))
        }),
        within("PPTP", "pptp 192.0.2.1-192.0.2.2", pptp),
        within("ERSPAN type I", "erspan 0", gre(way, 0x88be, None, &inner_ethernet)),
        within("ERSPAN type II", "erspan 99", outer4(way, 47, &erspan2.concat())),
        within("ERSPAN type III", "erspan 99", outer4(way, 47, &erspan3.concat())),
        within("VXLAN", "vxlan 42", vxlan(way, 42, &inner_ethernet)),
        within("VXLAN, tagged inside", "vxlan 42 > vlan 3", {
            vxlan(way, 42, &ethernet(0x8100, &tag(3, 0x0800, &four)))
        }),
        Case {
            name: "VXLAN in a VLAN",
            link: 1,
            bytes: ethernet(0x8100, &tag(10, 0x0800, &vxlan(way, 42, &inner_ethernet))),
            realm: Some("vlan 10 > vxlan 42"),
        },
        within("VXLAN on Linux's port", "vxlan 42", {
            udp(way, 8472, &before(&[8, 0, 0, 0, 0, 0, 42, 0], &inner_ethernet))
        }),
        within("Geneve, Ethernet", "geneve 42", geneve(0x6558, &inner_ethernet)),
        within("Geneve, IPv4", "geneve 42", geneve(0x0800, &four)),
        within("GTP-U", "gtp 192.0.2.1-192.0.2.2", gtp(way, teid, &four)),
        within("GTP-U, IPv6", "gtp 192.0.2.1-192.0.2.2", gtp(way, teid, &six)),
        within(
            "L2TP",
            L2TP,
            l2tp(way, &[0x00, 0x02, 0, tunnel, 0, 1], &before(&[0xff, 0x03, 0x00, 0x21], &four)),
        ),
        within(
            "L2TP, IPv6, compressed",
            L2TP,
            l2tp(way, &[0x00, 0x02, 0, tunnel, 0, 1], &before(&[0x57], &six)),
        ),
        within("L2TP with length, sequence and offset", L2TP, {
            let len = (16 + 2 + four.len()) as u8;
            let header = [0x4a, 0x02, 0, len, 0, tunnel, 0, 1, 0, 3, 0, 0, 0, 2, 0xee, 0xee];
            l2tp(way, &header, &[&[0x00, 0x21][..], &four, &[0; 6]].concat())
        }),
        within("multilink PPP in L2TP", L2TP, {
            let ppp = [0xff, 0x03, 0x00, 0x3d, 0xc0, 0, 0, 7, 0x00, 0x21];
            l2tp(way, &[0x00, 0x02, 0, tunnel, 0, 1], &before(&ppp, &four))
        }),
        within("Ethernet in IPv4", "ip-in-ip 192.0.2.1-192.0.2.2", {
            outer4(way, 97, &before(&[0x30, 0], &inner_ethernet))
        }),
        within("VXLAN that says what it carries", "vxlan 42", {
            udp(way, 4790, &before(&[0x0c, 0, 0, 3, 0, 0, 42, 0], &inner_ethernet))
        }),
        within("Teredo", "ip-in-ip 192.0.2.1-192.0.2.2", udp(way, 3544, &six)),
        within("Teredo with origin", "ip-in-ip 192.0.2.1-192.0.2.2", {
            udp(way, 3544, &before(&[0, 0, 0x3f, 0xf0, 1, 2, 3, 4], &six))
        }),
        within("sniffed by a router", "tzsp 192.0.2.1-192.0.2.2", {
            udp(way, 37_008, &before(&[1, 0, 0, 1, 1], &inner_ethernet))
        }),
        within("VXLAN in GRE", "gre 192.0.2.1-192.0.2.2 > vxlan 42", {
            gre(way, 0x0800, None, &vxlan(way, 42, &inner_ethernet))
        }),
    ]
}
