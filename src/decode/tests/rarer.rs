//! Frames of the rarer link types, for the list of [`cases`](super::cases).

use super::build::*;
use super::cases::{Case, plain, wifi_header};

/// tshark 4.0 sees the segment in each of these.
pub fn seen_by_tshark(way: Way) -> Vec<Case> {
    let (four, six) = (tcp4(way), tcp6(way));
    let inner = ethernet(0x0800, &four);
    let with_fcs = [&inner[..], &fcs(&inner)].concat();
    let snapped = snap(0x0800, &four);
    let attribute = |kind: u16, content: &[u8]| {
        let [l0, l1] = (4 + content.len() as u16).to_le_bytes();
        let [k0, k1] = kind.to_le_bytes();
        let mut bytes = before(&[l0, l1, k0, k1], content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    let nflog = |family: u8, packet: &[u8]| {
        let header = attribute(1, &[8, 0, 3, 0]);
        let prefix = attribute(10, b"to be cut\0");
        [&[family, 0, 0, 5][..], &header, &prefix, &attribute(5, &[0, 0, 0, 2]), &attribute(9, packet)]
            .concat()
    };
    let mut firewire = vec![2; 16];
    firewire.extend([0x08, 0x00]);
    let mut symantec = vec![0; 44];
    symantec[6..8].copy_from_slice(&[0x08, 0x00]);
    let mut ipnet = vec![0; 24];
    ipnet[..2].copy_from_slice(&[1, 2]);
    ipnet[7] = four.len() as u8;
    let mut infiniband = vec![0; 44];
    infiniband[40..42].copy_from_slice(&[0x08, 0x00]);
    let erf = |record: u8, more: &[u8], inner: &[u8]| {
        let len = (16 + more.len() + inner.len()) as u16;
        let [r0, r1] = len.to_be_bytes();
        let [w0, w1] = (inner.len() as u16).to_be_bytes();
        [&[0, 0, 0, 0, 0, 241, 83, 101, record, 4, r0, r1, 0, 0, w0, w1][..], more, inner].concat()
    };
    let tag = |name: &[u8]| {
        let mut value = name.to_vec();
        value.resize(name.len().next_multiple_of(4), 0);
        [&[0, 12, 0, value.len() as u8][..], &value, &[0, 0, 0, 0]].concat()
    };
    vec![
        plain("NFLOG", 239, nflog(2, &four)),
        plain("NFLOG, IPv6", 239, nflog(10, &six)),
        plain("Frame Relay", 107, before(&[0x18, 0x41, 0x03, 0xcc], &four)),
        plain("Frame Relay, IPv6", 107, before(&[0x18, 0x41, 0x03, 0x8e], &six)),
        plain("Frame Relay with SNAP", 107, before(&[0x18, 0x41, 0x03, 0x00, 0x80, 0, 0, 0, 8, 0], &four)),
        plain("Frame Relay, as Cisco has it", 107, before(&[0x18, 0x41, 0x08, 0x00], &four)),
        plain("ATM", 100, snapped.clone()),
        plain("ATM, bridged", 100, before(&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0], &inner)),
        plain("ATM, protocol identifier", 100, before(&[0xfe, 0xfe, 3, 0xcc], &four)),
        plain("SunATM", 123, before(&[0x82, 0, 0, 40], &snapped)),
        plain("SunATM, emulated LAN", 123, before(&[0x81, 0, 0, 40, 0, 2], &inner)),
        plain("AX.25", 3, {
            before(&[&[0x98; 6][..], &[0xe0], &[0x9a; 6], &[0x61], &[0x03, 0xcc]].concat(), &four)
        }),
        plain("AX.25 with KISS header", 202, {
            before(&[&[0][..], &[0x98; 6], &[0xe0], &[0x9a; 6], &[0x61], &[0x03, 0xcc]].concat(), &four)
        }),
        plain("ARCNET of BSD", 7, before(&[1, 2, 240], &four)),
        plain("ARCNET of BSD, not split", 7, before(&[1, 2, 212, 0, 0, 9], &four)),
        plain("ARCNET of Linux", 129, before(&[1, 2, 0, 0, 212, 0, 0, 9], &four)),
        plain("IP over Fibre Channel", 122, before(&[0x10; 16], &snapped)),
        plain("FireWire", 138, before(&firewire, &four)),
        plain("Symantec firewall", 99, before(&symantec, &four)),
        plain("ipnet", 226, before(&ipnet, &four)),
        plain("InfiniBand", 242, before(&infiniband, &four)),
        plain("Ethernet with preamble", 274, [&PREAMBLE[..], &with_fcs].concat()),
        plain("DOCSIS", 143, docsis(0x00, &[], &with_fcs)),
        plain("DOCSIS, extended header", 143, docsis(0x01, &[0x44, 0x10, 0x00, 0x01, 0x00], &with_fcs)),
        plain("TZSP", 128, [&[1, 0, 0, 1, 0, 10, 1, 0xc4, 1][..], &inner].concat()),
        plain("ERF, Ethernet", 197, erf(2, &[0, 0], &[&inner[..], &[0; 4]].concat())),
        plain("ERF, Ethernet, extended", 197, {
            erf(
                0x82,
                &[0x83, 0, 0, 0, 0, 0, 0, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                &[&inner[..], &[0; 4]].concat(),
            )
        }),
        plain("ERF, IPv4", 197, erf(22, &[], &four)),
        plain("PKTAP", 258, pktap(1, &inner)),
        plain("PPI, Ethernet", 192, before(&[0, 0, 8, 0, 1, 0, 0, 0], &inner)),
        plain("exported PDU, IPv4", 252, before(&tag(b"ip"), &four)),
        plain("exported PDU, Ethernet", 252, before(&tag(b"eth_withoutfcs"), &inner)),
        plain("Juniper, Ethernet", 178, juniper(0x01, &[], &inner)),
        plain("Juniper, Ethernet with extensions", 178, juniper(0x81, &[0, 6, 1, 1, 4, 4, 1, 3], &inner)),
        plain("Juniper, Ethernet without header", 178, juniper(0x03, &[2, 0, 0, 0], &four)),
        plain("Juniper, PPPoE", 167, juniper(0x01, &[], &inner)),
        plain("Juniper, PPP", 179, juniper(0x01, &[], &before(&[0xff, 0x03, 0x00, 0x21], &four))),
        plain("Juniper, Frame Relay", 180, juniper(0x01, &[], &before(&[0x18, 0x41, 0x03, 0xcc], &four))),
        plain("Juniper, Cisco HDLC", 181, juniper(0x01, &[], &before(&[0x0f, 0x00, 0x08, 0x00], &four))),
        plain("Juniper, ATM1", 137, juniper(0x01, &[0, 0, 0, 0], &snapped)),
        plain("Juniper, ATM2", 135, juniper(0x01, &[0; 8], &snapped)),
    ]
}

/// Those that it does not know, or reads otherwise than the tools that write them.
pub fn beyond_tshark(way: Way) -> Vec<Case> {
    let (four, six) = (tcp4(way), tcp6(way));
    let inner = ethernet(0x0800, &four);
    let snapped = snap(0x0800, &four);
    let data = before(&wifi_header(0, 0x01, &[]), &snapped);
    let in_switch = |tag: &[u8]| [&inner[..12], tag, &inner[12..]].concat();
    // Told of the sender, so each direction has its own.
    let group = if way == Way::There { 7_u8 } else { 9 };
    vec![
        plain("Ethernet behind MPLS", 1, ethernet(0x8847, &before(&[0, 1, 1, 64, 0, 0, 0, 0], &inner))),
        plain("Ethernet behind MPLS without control word", 1, {
            ethernet(0x8847, &before(&[0, 1, 1, 64], &inner))
        }),
        // tshark 4.0 takes one word for granted.
        plain("Cisco metadata, two words", 1, {
            ethernet(0x8909, &before(&[1, 2, 0, 1, 0, group, 0, 2, 0, 9, 0x08, 0x00], &four))
        }),
        plain("Frame Relay with direction", 206, before(&[1, 0x18, 0x41, 0x03, 0xcc], &four)),
        plain("Cisco HDLC with direction", 205, before(&[1, 0x0f, 0x00, 0x08, 0x00], &four)),
        plain("Classical IP over ATM", 106, snapped.clone()),
        plain("MPLS alone", 219, before(&[0, 1, 0, 64, 0, 1, 1, 64], &four)),
        plain("netANALYZER", 240, [&[0, 0, 0, 0][..], &inner, &[0; 4]].concat()),
        plain("netANALYZER with preamble", 241, [&[0, 0, 0, 0][..], &PREAMBLE, &inner, &[0; 4]].concat()),
        plain("Broadcom tag", 281, in_switch(&[0, 0, 0, 5])),
        plain("Broadcom tag in front", 282, before(&[0, 0, 0, 5], &inner)),
        plain("Marvell tag", 284, in_switch(&[0x00, 0x08, 0x00, 0x01])),
        plain("Marvell tag with EtherType", 285, in_switch(&[0xda, 0xda, 0, 0, 0x00, 0x08, 0x00, 0x01])),
        plain("Juniper, GGSN", 133, juniper(0x01, &[1, 0, 2, 0, 0, 0, 0, 0], &four)),
        // Its length and type are in the byte order of the machine that captured.
        plain("NFLOG, big-endian", 239, [&[2, 0, 0, 5, 0, 4 + four.len() as u8, 0, 9][..], &four].concat()),
        plain("NFLOG of a bridge", 239, {
            let header = [7, 0, 0, 5, 8, 0, 1, 0, 0x86, 0xdd, 0, 0];
            [&header[..], &[4 + six.len() as u8, 0, 9, 0], &six].concat()
        }),
        plain("direction in the place of the PPP address", 166, before(&[0x01, 0x03, 0x00, 0x21], &four)),
        plain("SLIP", 8, before(&[0; 16], &four)),
        plain("SLIP with direction alone", 8, before(&[1], &four)),
        plain("Classical IP over ATM without LLC", 106, four.clone()),
        plain("InfiniBand without route", 242, before(&[0x08, 0x00, 0, 0], &four)),
        plain("optical network", 259, before(&[0x55, 0x55, 0xd5, 0x55, 0x55, 0x12, 0x34, 0x56], &inner)),
        plain(
            "optical network, end of the preamble",
            259,
            before(&[0xd5, 0x55, 0x55, 0x12, 0x34, 0x56], &inner),
        ),
        plain("TZSP, 802.11", 128, before(&[1, 0, 0, 18, 1], &data)),
        plain("PKTAP under a private number", 149, pktap(12, &four)),
        plain("PKTAP, PPI, 802.11", 258, pktap(192, &before(&[0, 0, 8, 0, 105, 0, 0, 0], &data))),
        plain("netANALYZER NG", 291, [&inner[..], &[0; 20]].concat()),
        plain("Juniper, monitor", 164, juniper(0x01, &[0; 8], &four)),
        plain("Juniper, services", 136, juniper(0x01, &[0; 8], &four)),
        plain("Juniper, PPPoE over ATM", 168, juniper(0x01, &[0x08, 0x00], &four)),
        Case {
            name: "Marvell tag, tagged",
            link: 284,
            bytes: [&inner[..12], &[0x20, 0x08, 0x00, 0x0a], &inner[12..]].concat(),
            realm: Some("vlan 10"),
        },
    ]
}

const PREAMBLE: [u8; 8] = [0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5];

/// Frame check sequence of Ethernet.
fn fcs(frame: &[u8]) -> [u8; 4] {
    let mut check = flate2::Crc::new();
    check.update(frame);
    check.sum().to_le_bytes()
}

/// A packet of a cable modem, with the check sequence of its header (CRC of X.25).
fn docsis(control: u8, extended: &[u8], inner: &[u8]) -> Vec<u8> {
    let [l0, l1] = ((extended.len() + inner.len()) as u16).to_be_bytes();
    let header = [&[control, extended.len() as u8, l0, l1][..], extended].concat();
    let check = header.iter().fold(0xffff_u16, |check, byte| {
        (0..8).fold(check ^ u16::from(*byte), |check, _| check >> 1 ^ if check & 1 == 1 { 0x8408 } else { 0 })
    });
    [&header[..], &(!check).to_le_bytes(), inner].concat()
}

fn pktap(link: u32, inner: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 108];
    header[..4].copy_from_slice(&108_u32.to_le_bytes());
    header[4..8].copy_from_slice(&1_u32.to_le_bytes());
    header[8..12].copy_from_slice(&link.to_le_bytes());
    before(&header, inner)
}

fn juniper(flags: u8, more: &[u8], inner: &[u8]) -> Vec<u8> {
    [&[b'M', b'G', b'C', flags][..], more, inner].concat()
}
