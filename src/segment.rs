//! One TCP packet as decoded facts, and the key that says which flow it belongs to.

use crate::frame::FrameNumber;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Address and port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    /// Address.
    pub addr: IpAddr,
    /// TCP port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    /// `10.0.0.1:443`, `[2001:db8::1]:443`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::net::SocketAddr::new(self.addr, self.port).fmt(f)
    }
}

/// The network an address is meant in: 0 is the plain one; others are VLANs and tunnels, which keep
/// overlapping inner networks apart. [`crate::decode`] hands them out and can name them. The directions of one
/// connection may come in different ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Realm(pub u32);

impl Realm {
    /// What lies beyond the realms that can be told apart: addresses there may be of different networks.
    pub const OVERFLOW: Realm = Realm(65_536);

    /// What a realm adds to the hash of a key. Different realms differ in the lowest 30 bits already, and no bit of the
    /// upper half is touched.
    #[inline]
    fn scatter(self) -> u64 {
        // Odd, so that multiplication maps no two numbers to the same one (Knuth, TAOCP 3, 6.4).
        u64::from(self.0.wrapping_mul(0x9e37_79b1))
    }
}

/// Undirected key of a flow: both endpoints in a fixed order, and the realm. IPv4 addresses are
/// stored IPv4-mapped (RFC 4291 2.5.5.2), so that one shape serves both families.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FlowKey {
    low: Address,
    high: Address,
    low_port: u16,
    high_port: u16,
    realm: Realm,
}

/// Which endpoint of a [`FlowKey`] sent a segment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Sender {
    /// The endpoint that sorts first.
    Low = 0,
    /// The endpoint that sorts last.
    High = 1,
}

impl Sender {
    /// The other one.
    #[inline]
    pub const fn peer(self) -> Sender {
        match self {
            Sender::Low => Sender::High,
            Sender::High => Sender::Low,
        }
    }

    /// 0 or 1, to index pairs.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The 16 bytes of an address as two numbers, the first bytes first: they order as the bytes do, and stay in
/// registers where an array of bytes would go through memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Address(u64, u64);

impl Address {
    #[inline]
    fn of(bytes: [u8; 16]) -> Address {
        let wide = u128::from_be_bytes(bytes);
        Address((wide >> 64) as u64, wide as u64)
    }

    #[inline]
    fn of_v4(v4: u32) -> Address {
        Address(0, 0xffff_0000_0000 | u64::from(v4))
    }

    #[inline]
    fn ip(self) -> IpAddr {
        let Address(first, last) = self;
        if first == 0 && last >> 32 == 0xffff {
            IpAddr::V4(Ipv4Addr::from_bits(last as u32))
        } else {
            IpAddr::V6(Ipv6Addr::from_bits(u128::from(first) << 64 | u128::from(last)))
        }
    }
}

impl FlowKey {
    /// Key and sender of a segment from `src` to `dst`, both as 16 bytes.
    #[inline]
    pub fn of(src: [u8; 16], src_port: u16, dst: [u8; 16], dst_port: u16, realm: Realm) -> (FlowKey, Sender) {
        let (src, dst) = (Address::of(src), Address::of(dst));
        FlowKey::ordered((src, src_port), (dst, dst_port), (src, src_port) <= (dst, dst_port), realm)
    }

    /// [`FlowKey::of`] for IPv4 addresses.
    #[inline(always)]
    pub fn of_v4(
        src: [u8; 4],
        src_port: u16,
        dst: [u8; 4],
        dst_port: u16,
        realm: Realm,
    ) -> (FlowKey, Sender) {
        let (src, dst) = (u32::from_be_bytes(src), u32::from_be_bytes(dst));
        let src_first =
            u64::from(src) << 16 | u64::from(src_port) <= u64::from(dst) << 16 | u64::from(dst_port);
        let (src, dst) = (Address::of_v4(src), Address::of_v4(dst));
        FlowKey::ordered((src, src_port), (dst, dst_port), src_first, realm)
    }

    #[inline(always)]
    fn ordered(src: (Address, u16), dst: (Address, u16), src_first: bool, realm: Realm) -> (FlowKey, Sender) {
        let ((low, low_port), (high, high_port)) = if src_first { (src, dst) } else { (dst, src) };
        let sender = if src_first { Sender::Low } else { Sender::High };
        (FlowKey { low, high, low_port, high_port, realm }, sender)
    }

    /// Key and sender for a segment between two endpoints.
    pub fn between(src: Endpoint, dst: Endpoint, realm: Realm) -> (FlowKey, Sender) {
        let address = |addr: IpAddr| match addr {
            IpAddr::V4(v4) => Address::of_v4(v4.to_bits()),
            IpAddr::V6(v6) => Address::of(v6.octets()),
        };
        let (src, dst) = ((address(src.addr), src.port), (address(dst.addr), dst.port));
        FlowKey::ordered(src, dst, src <= dst, realm)
    }

    /// One of the two endpoints.
    pub fn endpoint(&self, which: Sender) -> Endpoint {
        let (addr, port) = match which {
            Sender::Low => (self.low, self.low_port),
            Sender::High => (self.high, self.high_port),
        };
        Endpoint { addr: addr.ip(), port }
    }

    /// One of the two ports.
    #[inline]
    pub fn port(&self, which: Sender) -> u16 {
        match which {
            Sender::Low => self.low_port,
            Sender::High => self.high_port,
        }
    }

    /// The network the addresses are meant in.
    pub fn realm(&self) -> Realm {
        self.realm
    }

    /// The same ends in another realm.
    #[inline]
    pub fn within(self, realm: Realm) -> FlowKey {
        FlowKey { realm, ..self }
    }

    /// Whether both are between the same ends, in whichever realms.
    #[inline]
    pub fn has_ends_of(&self, other: &FlowKey) -> bool {
        *self == other.within(self.realm)
    }

    /// Hash of the key under a secret seed. Captures are untrusted: without the seed an attacker could
    /// choose addresses that all fall into one bucket. The upper half is the same in all realms, so that whoever goes by
    /// it sees both directions of a flow also where they travel in different ones.
    #[inline]
    pub fn hash(&self, seed: HashSeed) -> u64 {
        // Folded 64×64→128 multiplication (the construction of wyhash / foldhash): one multiply per 16
        // bytes, each half keyed by the seed before it is multiplied.
        #[inline]
        fn fold(a: u64, b: u64) -> u64 {
            let wide = u128::from(a) * u128::from(b);
            (wide as u64) ^ ((wide >> 64) as u64)
        }
        let (Address(l0, l1), Address(h0, h1)) = (self.low, self.high);
        let ports = u64::from(self.low_port) | u64::from(self.high_port) << 16;
        let a = fold(l0 ^ seed.0[0], l1 ^ seed.0[1]);
        let b = fold(h0 ^ seed.0[2], h1 ^ seed.0[3]);
        fold(a ^ ports ^ seed.0[1], b ^ seed.0[0].rotate_left(32)) ^ self.realm.scatter()
    }

    /// `hash`, which is that of this key, for the same ends in another realm.
    #[inline]
    pub fn hash_within(&self, hash: u64, realm: Realm) -> u64 {
        hash ^ self.realm.scatter() ^ realm.scatter()
    }
}

/// Secret of a run's hashes.
#[derive(Clone, Copy, Debug)]
pub struct HashSeed(pub [u64; 4]);

impl HashSeed {
    /// A seed from the operating system's randomness.
    pub fn random() -> Self {
        use std::hash::{BuildHasher, RandomState};
        HashSeed(std::array::from_fn(|i| RandomState::new().hash_one(i)))
    }
}

/// Flags of the TCP header (RFC 9293 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: TcpFlags = TcpFlags(0x01);
    /// Opens a connection.
    pub const SYN: TcpFlags = TcpFlags(0x02);
    /// Ends a connection at once.
    pub const RST: TcpFlags = TcpFlags(0x04);
    /// Push.
    pub const PSH: TcpFlags = TcpFlags(0x08);
    /// The acknowledgment number counts.
    pub const ACK: TcpFlags = TcpFlags(0x10);

    /// Whether all of `other` are set.
    #[inline]
    pub const fn contains(self, other: TcpFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is set.
    #[inline]
    pub const fn intersects(self, other: TcpFlags) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets together.
    #[inline]
    pub const fn with(self, other: TcpFlags) -> TcpFlags {
        TcpFlags(self.0 | other.0)
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (bit, name) in [(0x02, 'S'), (0x01, 'F'), (0x04, 'R'), (0x08, 'P'), (0x10, 'A')] {
            if self.0 & bit != 0 {
                write!(f, "{name}")?;
            }
        }
        Ok(())
    }
}

/// A sequence number; comparison wraps (RFC 9293 3.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SeqNumber(pub u32);

impl SeqNumber {
    /// This number moved forward by `bytes`.
    #[inline]
    pub const fn plus(self, bytes: u32) -> SeqNumber {
        SeqNumber(self.0.wrapping_add(bytes))
    }

    /// Signed distance from `earlier` to this; positive when this is ahead.
    #[inline]
    pub const fn ahead_of(self, earlier: SeqNumber) -> i32 {
        self.0.wrapping_sub(earlier.0) as i32
    }

    /// Whether this is ahead of `other` modulo 2³².
    #[inline]
    pub const fn is_after(self, other: SeqNumber) -> bool {
        self.ahead_of(other) > 0
    }
}

/// What a segment carries beside the fixed header, as bits of [`Segment::traits`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SegmentTraits(pub u8);

impl SegmentTraits {
    /// `ts_val` and `ts_ecr` are real (RFC 7323).
    pub const TIMESTAMPS: SegmentTraits = SegmentTraits(1);
    /// Carries a SACK block (RFC 2018).
    pub const SACK: SegmentTraits = SegmentTraits(2);
    /// First fragment of a fragmented datagram: `payload_len` is only what this fragment has.
    pub const FRAGMENT: SegmentTraits = SegmentTraits(4);
    /// IPv6: `ip_id` is the low 16 bits of the flow label.
    pub const IPV6: SegmentTraits = SegmentTraits(8);

    /// Whether all of `other` are set.
    #[inline]
    pub const fn contains(self, other: SegmentTraits) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[inline]
    pub const fn with(self, other: SegmentTraits) -> SegmentTraits {
        SegmentTraits(self.0 | other.0)
    }
}

/// One TCP segment. `payload_len` comes from the headers, never from how much was captured.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// When its frame was captured.
    pub at: Timestamp,
    /// Which frame.
    pub frame: FrameNumber,
    /// Which flow.
    pub key: FlowKey,
    /// Sequence number.
    pub seq: SeqNumber,
    /// Acknowledgment number; meaningful only with [`TcpFlags::ACK`].
    pub ack: SeqNumber,
    /// Payload bytes.
    pub payload_len: u32,
    /// TSval of the timestamp option, else 0.
    pub ts_val: u32,
    /// TSecr of the timestamp option, else 0.
    pub ts_ecr: u32,
    /// Receive window as on the wire, not scaled.
    pub window: u16,
    /// IPv4 identification, or the low half of the IPv6 flow label.
    pub ip_id: u16,
    /// TTL or hop limit.
    pub ttl: u8,
    /// TCP flags.
    pub flags: TcpFlags,
    /// Which end of `key` sent it.
    pub sender: Sender,
    /// What else it carries.
    pub traits: SegmentTraits,
}

/// A TCP header quoted in an ICMP error: an event of that flow, never a segment of it.
#[derive(Clone, Copy, Debug)]
pub struct IcmpQuote {
    /// When its frame was captured.
    pub at: Timestamp,
    /// Which frame.
    pub frame: FrameNumber,
    /// Flow of the quoted segment.
    pub key: FlowKey,
    /// Who had sent the quoted segment.
    pub sender: Sender,
    /// Who sent the ICMP error.
    pub reporter: IpAddr,
    /// ICMP or ICMPv6 type.
    pub icmp_type: u8,
    /// ICMP or ICMPv6 code.
    pub icmp_code: u8,
    /// Sequence number of the quoted segment.
    pub seq: SeqNumber,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_share_a_key_and_differ_in_sender() {
        let a = Endpoint { addr: "10.0.0.1".parse().unwrap(), port: 40000 };
        let b = Endpoint { addr: "10.0.0.2".parse().unwrap(), port: 443 };
        let (there, from_a) = FlowKey::between(a, b, Realm(0));
        let (back, from_b) = FlowKey::between(b, a, Realm(0));
        assert_eq!(there, back);
        assert_eq!(from_a.peer(), from_b);
        assert_eq!(there.endpoint(from_a), a);
        assert_eq!(there.endpoint(from_b), b);
    }

    #[test]
    fn a_connection_to_oneself_is_told_apart_by_port() {
        let addr = "127.0.0.1".parse().unwrap();
        let (key, sender) =
            FlowKey::between(Endpoint { addr, port: 9 }, Endpoint { addr, port: 8 }, Realm(0));
        assert_eq!((sender, key.port(Sender::Low)), (Sender::High, 8));
    }

    #[test]
    fn realms_keep_equal_addresses_apart() {
        let addr = "10.0.0.1".parse().unwrap();
        let (a, b) = (Endpoint { addr, port: 1 }, Endpoint { addr, port: 2 });
        assert_ne!(FlowKey::between(a, b, Realm(0)).0, FlowKey::between(a, b, Realm(7)).0);
    }

    #[test]
    fn hashes_of_equal_ends_differ_by_realm_in_the_lower_half_only() {
        let addr = "10.0.0.1".parse().unwrap();
        let (a, b) = (Endpoint { addr, port: 1 }, Endpoint { addr, port: 2 });
        let seed = HashSeed([1, 2, 3, 4]);
        let plain = FlowKey::between(a, b, Realm(0)).0;
        let hash = plain.hash(seed);
        let mut seen = std::collections::HashSet::new();
        for realm in (0..=Realm::OVERFLOW.0).map(Realm) {
            let other = plain.within(realm);
            assert!(other.has_ends_of(&plain));
            assert_eq!(other.hash(seed), plain.hash_within(hash, realm));
            assert_eq!(other.hash(seed) >> 32, hash >> 32);
            assert!(seen.insert(other.hash(seed) & 0x3fff_ffff), "{realm:?}");
        }
    }

    #[test]
    fn sequence_numbers_compare_across_the_wrap() {
        assert!(SeqNumber(5).is_after(SeqNumber(u32::MAX - 5)));
        assert!(!SeqNumber(u32::MAX - 5).is_after(SeqNumber(5)));
    }

    #[test]
    fn a_segment_stays_within_two_cache_lines() {
        assert!(std::mem::size_of::<Segment>() <= 88, "{}", std::mem::size_of::<Segment>());
    }
}
