//! When which client opened a flow to which service: kept of every flow with a handshake, in sixteen bytes.

use crate::flow::{FlowView, Opened, Role};
use crate::frame::FrameNumber;
use crate::memory::LongList;
use crate::segment::{Endpoint, FlowKey, HashSeed, Realm};
use crate::time::{Span, Timestamp};
use hashbrown::HashSet;
use std::net::IpAddr;

/// A flow's opening: who, as a hash; when, in milliseconds; and its first frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Start {
    who: u32,
    at_millis: [u16; 3],
    frame: [u16; 3],
}

/// Openings of flows. Pairs are told apart by 32 bits of a hash: one in four thousand million strangers is taken for
/// the same client.
#[derive(Debug, Default)]
pub(in crate::findings) struct Starts {
    list: LongList<Start>,
}

/// Fixed on purpose: the same in every worker and every run. Who crafts addresses that collide gains a notice.
const SEED: HashSeed =
    HashSeed([0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8_6659_fd93]);

fn who(client: IpAddr, service: Endpoint, realm: Realm) -> u32 {
    FlowKey::between(Endpoint { addr: client, port: 0 }, service, realm).0.hash(SEED) as u32
}

/// 48 bits, the highest first, so that they sort as numbers do.
fn packed(number: u64) -> [u16; 3] {
    [(number >> 32) as u16, (number >> 16) as u16, number as u16]
}

fn unpacked(parts: [u16; 3]) -> u64 {
    parts.iter().fold(0, |number, part| number << 16 | u64::from(*part))
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanos() / 1_000_000).unwrap_or(0)
}

impl Starts {
    /// Notes the opening of a flow, when the capture has it.
    #[inline(always)]
    pub fn note(&mut self, flow: &FlowView<'_>) {
        if flow.opened() == Opened::Handshake {
            self.list.push(Start {
                who: who(flow.endpoint(Role::Initiator).addr, flow.endpoint(Role::Responder), flow.realm()),
                at_millis: packed(millis(flow.first_at())),
                frame: packed(flow.first_frame().0),
            });
        }
    }
}

/// Openings of those who are asked for, sorted.
#[derive(Debug)]
struct Sorted(Vec<Start>);

impl Sorted {
    fn first_within(
        &self,
        (client, service, realm): (IpAddr, Endpoint, Realm),
        after: Timestamp,
        until: Timestamp,
    ) -> Option<(FrameNumber, Timestamp)> {
        let who = who(client, service, realm);
        let from = (who, packed(millis(after) + 1));
        let first = self.0.partition_point(|start| (start.who, start.at_millis) < from);
        let start = self.0.get(first)?;
        let at =
            Timestamp::from_nanos(i64::try_from(unpacked(start.at_millis)).ok()?.saturating_mul(1_000_000));
        (start.who == who && at <= until).then_some((FrameNumber(unpacked(start.frame)), at))
    }

    fn count_within(
        &self,
        (client, service, realm): (IpAddr, Endpoint, Realm),
        from: Timestamp,
        length: Span,
    ) -> usize {
        let who = who(client, service, realm);
        let place = |at: Timestamp| {
            let key = (who, packed(millis(at)));
            self.0.partition_point(|start| (start.who, start.at_millis) < key)
        };
        place(from + length).saturating_sub(place(from))
    }
}

/// Who is asked for. Few are: a bit for each says so of nearly all others, and takes no search.
struct Asked {
    bits: Vec<u64>,
    exactly: HashSet<u32>,
}

impl Asked {
    const BITS: u32 = 20;

    fn of(asked: impl Iterator<Item = u32>) -> Self {
        let exactly: HashSet<u32> = asked.collect();
        let mut bits = vec![0; 1 << (Self::BITS - u64::BITS.ilog2())];
        for who in &exactly {
            let (word, bit) = Self::place(*who);
            bits[word] |= bit;
        }
        Asked { bits, exactly }
    }

    fn place(who: u32) -> (usize, u64) {
        let place = who >> (u32::BITS - Self::BITS);
        ((place / u64::BITS) as usize, 1 << (place % u64::BITS))
    }

    fn has(&self, who: u32) -> bool {
        let (word, bit) = Self::place(who);
        self.bits[word] & bit != 0 && self.exactly.contains(&who)
    }
}

/// The openings that all workers noted, of those who are asked for.
#[derive(Debug)]
pub(in crate::findings) struct AllStarts(Vec<Sorted>);

impl AllStarts {
    /// Keeps the openings of these clients to these services. Few flows break, so few are left to sort.
    pub fn by(starts: &[Starts], asked: impl Iterator<Item = (IpAddr, Endpoint, Realm)>) -> Self {
        let asked = Asked::of(asked.map(|(client, service, realm)| who(client, service, realm)));
        let of_each = starts.iter().map(|Starts { list }| {
            let mut kept: Vec<Start> = list.iter().filter(|start| asked.has(start.who)).copied().collect();
            kept.sort_unstable();
            Sorted(kept)
        });
        AllStarts(of_each.collect())
    }

    /// The first opening of this client to this service after `after`, not later than `until`; to the millisecond.
    pub fn first_within(
        &self,
        who: (IpAddr, Endpoint, Realm),
        after: Timestamp,
        until: Timestamp,
    ) -> Option<(FrameNumber, Timestamp)> {
        let of_each = self.0.iter().filter_map(|starts| starts.first_within(who, after, until));
        of_each.min_by_key(|(frame, at)| (*at, *frame))
    }

    /// How many openings of this client to this service lie within a time.
    pub fn count_within(&self, who: (IpAddr, Endpoint, Realm), from: Timestamp, length: Span) -> usize {
        self.0.iter().map(|starts| starts.count_within(who, from, length)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_costs_sixteen_bytes() {
        assert_eq!(size_of::<Start>(), 16);
    }

    #[test]
    fn packed_numbers_sort_as_numbers() {
        let numbers = [0, 1, 0xffff, 0x1_0000, 0xabcd_ef01_2345];
        assert!(numbers.windows(2).all(|pair| packed(pair[0]) < packed(pair[1])));
        assert!(numbers.iter().all(|number| unpacked(packed(*number)) == *number));
    }
}
