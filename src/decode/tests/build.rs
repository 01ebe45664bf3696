//! Bytes of frames, from the inside out.

use etherparse::{PacketBuilder, TcpOptionElement};

pub const CLIENT_PORT: u16 = 40_000;
pub const SERVER_PORT: u16 = 443;
pub const SEQ: u32 = 0x8123_4567;
pub const ACK: u32 = 0x7654_3210;
pub const WINDOW: u16 = 502;
pub const TTL: u8 = 63;
pub const PAYLOAD: &[u8] = b"hello";
pub const TS: (u32, u32) = (0xdead_0001, 0xbeef_0002);

/// Which way a packet goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// From 10.0.0.1 or 2001:db8::1.
    There,
    /// To it.
    Back,
}

impl Way {
    pub fn order<T>(self, first: T, second: T) -> (T, T) {
        match self {
            Way::There => (first, second),
            Way::Back => (second, first),
        }
    }
}

pub fn v6_addr(last: u8) -> [u8; 16] {
    [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
}

/// IPv4 and TCP with timestamps and [`PAYLOAD`].
pub fn tcp4(way: Way) -> Vec<u8> {
    let (src, dst) = way.order([10, 0, 0, 1], [10, 0, 0, 2]);
    tcp(PacketBuilder::ipv4(src, dst, TTL), way, PAYLOAD)
}

/// IPv6 and TCP with timestamps and [`PAYLOAD`]; flow label 0x54321.
pub fn tcp6(way: Way) -> Vec<u8> {
    let (src, dst) = way.order(v6_addr(1), v6_addr(2));
    let mut packet = tcp(PacketBuilder::ipv6(src, dst, TTL), way, PAYLOAD);
    packet[1..4].copy_from_slice(&[0x05, 0x43, 0x21]);
    packet
}

pub fn tcp(ip: etherparse::PacketBuilderStep<etherparse::IpHeaders>, way: Way, payload: &[u8]) -> Vec<u8> {
    use TcpOptionElement::{Noop, Timestamp};
    let (src_port, dst_port) = way.order(CLIENT_PORT, SERVER_PORT);
    let builder = ip
        .tcp(src_port, dst_port, SEQ, WINDOW)
        .ack(ACK)
        .psh()
        .options(&[Noop, Noop, Timestamp(TS.0, TS.1)])
        .unwrap();
    let mut bytes = Vec::new();
    builder.write(&mut bytes, payload).unwrap();
    bytes
}

/// `header` before `inner`.
pub fn before(header: &[u8], inner: &[u8]) -> Vec<u8> {
    [header, inner].concat()
}

pub fn ethernet(ethertype: u16, inner: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    bytes.extend(ethertype.to_be_bytes());
    before(&bytes, inner)
}

/// A VLAN tag and the EtherType after it.
pub fn tag(id: u16, ethertype: u16, inner: &[u8]) -> Vec<u8> {
    let [i0, i1] = (id | 0xe000).to_be_bytes();
    let [t0, t1] = ethertype.to_be_bytes();
    before(&[i0, i1, t0, t1], inner)
}

pub fn snap(ethertype: u16, inner: &[u8]) -> Vec<u8> {
    let [t0, t1] = ethertype.to_be_bytes();
    before(&[0xaa, 0xaa, 3, 0, 0, 0, t0, t1], inner)
}

/// An outer IPv4 header, between 192.0.2.1 and 192.0.2.2.
pub fn outer4(way: Way, protocol: u8, inner: &[u8]) -> Vec<u8> {
    let (src, dst) = way.order(1, 2);
    let [l0, l1] = (20 + inner.len() as u16).to_be_bytes();
    let header = [0x45, 0, l0, l1, 0, 9, 0x40, 0, 64, protocol, 0, 0, 192, 0, 2, src, 192, 0, 2, dst];
    before(&header, inner)
}

/// An outer IPv6 header, between 2001:db8::11 and 2001:db8::12.
pub fn outer6(way: Way, next_header: u8, inner: &[u8]) -> Vec<u8> {
    let (src, dst) = way.order(v6_addr(0x11), v6_addr(0x12));
    let [l0, l1] = (inner.len() as u16).to_be_bytes();
    let fixed = [0x60, 0, 0, 0, l0, l1, next_header, 64];
    [&fixed[..], &src, &dst, inner].concat()
}

/// UDP over [`outer4`], from a port that is no tunnel's.
pub fn udp(way: Way, dst_port: u16, inner: &[u8]) -> Vec<u8> {
    udp_between(way, 0xc001, dst_port, inner)
}

pub fn udp_between(way: Way, src_port: u16, dst_port: u16, inner: &[u8]) -> Vec<u8> {
    let ([s0, s1], [d0, d1]) = (src_port.to_be_bytes(), dst_port.to_be_bytes());
    let [l0, l1] = (8 + inner.len() as u16).to_be_bytes();
    outer4(way, 17, &before(&[s0, s1, d0, d1, l0, l1, 0, 0], inner))
}

/// L2TP: answers go to the port that asked, which may be any (RFC 2661 section 8.1).
pub fn l2tp(way: Way, header: &[u8], ppp: &[u8]) -> Vec<u8> {
    let (src_port, dst_port) = way.order(0xc001, 1701);
    udp_between(way, src_port, dst_port, &before(header, ppp))
}

pub fn vxlan(way: Way, vni: u32, inner: &[u8]) -> Vec<u8> {
    let [_, v0, v1, v2] = vni.to_be_bytes();
    udp(way, 4789, &before(&[8, 0, 0, 0, v0, v1, v2, 0], inner))
}

/// GTP-U with the sequence number present and one extension header (PDU session container).
pub fn gtp(way: Way, teid: u32, inner: &[u8]) -> Vec<u8> {
    let [l0, l1] = (8 + inner.len() as u16).to_be_bytes();
    let [t0, t1, t2, t3] = teid.to_be_bytes();
    let header = [0x36, 255, l0, l1, t0, t1, t2, t3, 0, 1, 0, 0x85, 1, 0, 9, 0];
    udp(way, 2152, &before(&header, inner))
}

/// GRE version 0 with optional key.
pub fn gre(way: Way, protocol: u16, key: Option<u32>, inner: &[u8]) -> Vec<u8> {
    let [p0, p1] = protocol.to_be_bytes();
    let header = match key {
        None => vec![0, 0, p0, p1],
        Some(key) => [&[0x20, 0, p0, p1][..], &key.to_be_bytes()].concat(),
    };
    outer4(way, 47, &before(&header, inner))
}

/// ICMP error of `reporter` 198.51.100.9, quoting `quoted`.
pub fn icmp(icmp_type: u8, icmp_code: u8, quoted: &[u8]) -> Vec<u8> {
    let mut packet = outer4(Way::There, 1, &before(&[icmp_type, icmp_code, 0, 0, 0, 0, 0, 0], quoted));
    packet[12..16].copy_from_slice(&[198, 51, 100, 9]);
    packet
}
