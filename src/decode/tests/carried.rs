//! Frames between access points and controllers, of providers' backbones, and tunnels in UDP, for the list of
//! [`cases`](super::cases).

use super::build::*;
use super::cases::{Case, plain, wifi_header, within};

const CAPWAP: &str = "capwap 192.0.2.1-192.0.2.2";
const GRE: &str = "gre 192.0.2.1-192.0.2.2";
const IP_IN_IP: &str = "ip-in-ip 192.0.2.1-192.0.2.2";

/// tshark 4.0 sees the segment in each of these.
pub fn seen_by_tshark(way: Way) -> Vec<Case> {
    let (four, six) = (tcp4(way), tcp6(way));
    let inner = ethernet(0x0800, &four);
    let labels = [0, 1, 0, 64, 0, 1, 1, 64];
    let air = before(&wifi_header(0, 0x01, &[]), &snap(0x0800, &four));
    vec![
        within("CAPWAP, Ethernet", CAPWAP, capwap(way, &[0x00, 0x10, 0x42, 0, 0, 0, 0, 0], &inner)),
        within("CAPWAP, 802.11 with its control swapped", CAPWAP, {
            capwap(way, &[0x00, 0x10, 0x43, 0, 0, 0, 0, 0], &swapped(&air))
        }),
        within("CAPWAP with radio and signal", CAPWAP, {
            let radio = [6, 2, 0, 0, 0, 0, 7, 0];
            let signal = [4, 0xc4, 30, 0, 54, 0, 0, 0];
            let header = [&[0x00, 0x30, 0x43, 0x30, 0, 0, 0, 0][..], &radio, &signal].concat();
            capwap(way, &header, &swapped(&air))
        }),
        within("AYIYA", IP_IN_IP, ayiya(way, 1, 41, &six)),
        within("MPLS in UDP", IP_IN_IP, udp(way, 6635, &before(&labels, &four))),
        within("GRE in UDP", GRE, udp(way, 4754, &before(&[0, 0, 0x08, 0x00], &four))),
        within("GRE in UDP with key", "gre 192.0.2.1-192.0.2.2 key 7", {
            udp(way, 4754, &before(&[0x20, 0, 0x65, 0x58, 0, 0, 0, 7], &inner))
        }),
        within("between Aruba's access point and controller", GRE, gre(way, 0x8210, None, &air)),
        plain("FabricPath", 1, ethernet(0x8903, &[&[0x00, 0x60][..], &inner, &[0; 4]].concat())),
        Case {
            name: "FabricPath, tagged inside",
            link: 1,
            bytes: {
                // tshark 4.0 takes the last four bytes for a check sequence.
                let tagged = ethernet(0x8100, &tag(10, 0x0800, &four));
                ethernet(0x8903, &[&[0x00, 0x60][..], &tagged, &[0; 4]].concat())
            },
            realm: Some("vlan 10"),
        },
        Case {
            name: "MAC in MAC",
            link: 1,
            bytes: ethernet(0x88e7, &before(&[0, 0, 0x12, 0x34], &inner)),
            realm: Some("i-sid 4660"),
        },
        Case {
            name: "MAC in MAC in a VLAN, tagged inside",
            link: 1,
            bytes: ethernet(
                0x88a8,
                &tag(9, 0x88e7, &{
                    before(&[0x08, 0, 0x12, 0x34], &ethernet(0x8100, &tag(10, 0x86dd, &six)))
                }),
            ),
            realm: Some("vlan 9 > i-sid 4660 > vlan 10"),
        },
        within("VXLAN with all that is reserved", "vxlan 42", {
            udp(way, 4789, &before(&[0x7b, 0xff, 0xff, 0xff, 0, 0, 42, 0xff], &inner))
        }),
    ]
}

/// And these, which tshark leaves alone, reads only when told how, or puts together.
pub fn beyond_tshark(way: Way) -> Vec<Case> {
    let four = tcp4(way);
    let inner = ethernet(0x0800, &four);
    let air = before(&wifi_header(8, 0x02, &[0, 0]), &snap(0x0800, &four));
    vec![
        within("CAPWAP, 802.11", CAPWAP, capwap(way, &[0x00, 0x10, 0x43, 0, 0, 0, 0, 0], &air)),
        within("CAPWAP, first fragment", CAPWAP, {
            capwap(way, &[0x00, 0x10, 0x42, 0x80, 0, 7, 0, 0], &inner)
        }),
        within("Ethernet behind labels in UDP", IP_IN_IP, {
            udp(way, 6635, &before(&[0, 1, 1, 64, 0, 0, 0, 0], &inner))
        }),
        within("AYIYA, IPv4, with echo", IP_IN_IP, ayiya(way, 3, 4, &four)),
        within("between Aruba's access point and controller, Ethernet", GRE, gre(way, 0x8370, None, &inner)),
        within("between Aruba's access point and controller, last number", GRE, gre(way, 0x9000, None, &air)),
        within("VXLAN that says what it carries, with what is reserved", "vxlan 42", {
            udp(way, 4790, &before(&[0xce, 0xff, 0xff, 1, 0, 0, 42, 0xff], &four))
        }),
    ]
}

/// CAPWAP data: only the controller's port is known.
pub fn capwap(way: Way, header: &[u8], inner: &[u8]) -> Vec<u8> {
    let (src_port, dst_port) = way.order(0xc001, 5247);
    udp_between(way, src_port, dst_port, &before(header, inner))
}

/// AYIYA with an IPv6 address as identity, and a signature of SHA-1.
pub fn ayiya(way: Way, operation: u8, next: u8, inner: &[u8]) -> Vec<u8> {
    // tshark takes further packets of a port from which L2TP came for that.
    let (src_port, dst_port) = way.order(0xc002, 5072);
    let header = [&[0x41, 0x52, 0x10 | operation, next, 0x5f, 0, 0, 0][..], &v6_addr(9), &[0xee; 20]];
    udp_between(way, src_port, dst_port, &before(&header.concat(), inner))
}

fn swapped(frame: &[u8]) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    bytes.swap(0, 1);
    bytes
}
