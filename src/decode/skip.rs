//! Why a frame is no segment, and how many were not.

use std::fmt;

/// Why a frame is neither a segment nor an ICMP quote.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum SkipReason {
    /// Carries no IP: ARP, LLDP, spanning tree, 802.11 management and control, PPP negotiation.
    NotIp,
    /// Carries IP but no TCP: UDP, ICMP that quotes no TCP, IGMP.
    NotTcp,
    /// Carries something encrypted: ESP, MACsec, protected 802.11, encrypted or compressed PPP.
    Encrypted,
    /// A fragment after the first: its ports are elsewhere.
    LaterFragment,
    /// Cut before the end of the fixed TCP header, by the snap length or by the sender.
    TruncatedHeaders,
    /// An IP header that contradicts itself: version, header length or total length.
    BadIpHeader,
    /// A TCP header whose data offset is below 5 or beyond the end of the datagram.
    BadTcpHeader,
    /// 802.11: the receiver saw a wrong frame check sequence, so any byte may be wrong.
    BadFcs,
    /// 802.11: several packets aggregated into one frame (A-MSDU).
    Aggregate,
    /// More tunnels or VLAN tags inside each other than are followed.
    TooDeep,
    /// A link type that this program does not know.
    UnknownLinkType,
}

impl SkipReason {
    /// Every reason, in the order of their indexes.
    pub const ALL: [SkipReason; 11] = [
        SkipReason::NotIp,
        SkipReason::NotTcp,
        SkipReason::Encrypted,
        SkipReason::LaterFragment,
        SkipReason::TruncatedHeaders,
        SkipReason::BadIpHeader,
        SkipReason::BadTcpHeader,
        SkipReason::BadFcs,
        SkipReason::Aggregate,
        SkipReason::TooDeep,
        SkipReason::UnknownLinkType,
    ];

    /// Name in machine output; never changes.
    pub const fn name(self) -> &'static str {
        match self {
            SkipReason::NotIp => "not-ip",
            SkipReason::NotTcp => "not-tcp",
            SkipReason::Encrypted => "encrypted",
            SkipReason::LaterFragment => "later-fragment",
            SkipReason::TruncatedHeaders => "truncated-headers",
            SkipReason::BadIpHeader => "bad-ip-header",
            SkipReason::BadTcpHeader => "bad-tcp-header",
            SkipReason::BadFcs => "bad-fcs",
            SkipReason::Aggregate => "aggregate",
            SkipReason::TooDeep => "too-deep",
            SkipReason::UnknownLinkType => "unknown-link-type",
        }
    }

    /// Whether it says that the frame could not be looked into; the others say what it is.
    pub const fn is_failure(self) -> bool {
        match self {
            SkipReason::TruncatedHeaders
            | SkipReason::BadIpHeader
            | SkipReason::BadTcpHeader
            | SkipReason::BadFcs
            | SkipReason::UnknownLinkType => true,
            SkipReason::NotIp
            | SkipReason::NotTcp
            | SkipReason::Encrypted
            | SkipReason::LaterFragment
            | SkipReason::Aggregate
            | SkipReason::TooDeep => false,
        }
    }

    /// Position in [`SkipReason::ALL`].
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Skipped frames by reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SkipCounts([u64; SkipReason::ALL.len()]);

impl SkipCounts {
    /// Counts one frame.
    #[inline]
    pub fn add(&mut self, reason: SkipReason) {
        // The enum has as many variants as the array has places, so the index is within it.
        self.0[reason.index()] += 1;
    }

    /// Adds the counts of another run over other frames.
    pub fn merge(&mut self, other: &SkipCounts) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// How many frames were skipped for one reason.
    pub fn of(&self, reason: SkipReason) -> u64 {
        self.0[reason.index()]
    }

    /// How many frames were skipped.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The reasons that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (SkipReason, u64)> + '_ {
        SkipReason::ALL.into_iter().zip(self.0).filter(|&(_, count)| count != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_index_and_a_kebab_case_name() {
        let mut names = std::collections::HashSet::new();
        for (index, reason) in SkipReason::ALL.into_iter().enumerate() {
            assert_eq!(reason.index(), index);
            assert!(names.insert(reason.name()));
            assert!(reason.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{reason}");
        }
    }

    #[test]
    fn counts_merge_and_list_only_what_occurred() {
        let (mut a, mut b) = (SkipCounts::default(), SkipCounts::default());
        a.add(SkipReason::NotTcp);
        b.add(SkipReason::NotTcp);
        b.add(SkipReason::UnknownLinkType);
        a.merge(&b);
        let listed: Vec<_> = a.iter().collect();
        assert_eq!(listed, [(SkipReason::NotTcp, 2), (SkipReason::UnknownLinkType, 1)]);
        assert_eq!((a.total(), a.of(SkipReason::NotIp)), (3, 0));
    }
}
