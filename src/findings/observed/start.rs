//! When which client opened a flow to which service: kept of every flow with a handshake, in sixteen bytes.

use crate::flow::{FlowView, Opened, Role};
use crate::frame::FrameNumber;
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
    list: Vec<Start>,
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

    fn first_within(
        &self,
        (client, service, realm): (IpAddr, Endpoint, Realm),
        after: Timestamp,
        until: Timestamp,
    ) -> Option<(FrameNumber, Timestamp)> {
        let who = who(client, service, realm);
        let from = (who, packed(millis(after) + 1));
        let first = self.list.partition_point(|start| (start.who, start.at_millis) < from);
        let start = self.list.get(first)?;
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
            self.list.partition_point(|start| (start.who, start.at_millis) < key)
        };
        place(from + length).saturating_sub(place(from))
    }
}

/// The openings that all workers noted, of those who are asked for, sorted.
#[derive(Debug)]
pub(in crate::findings) struct AllStarts(Vec<Starts>);

impl AllStarts {
    /// Keeps the openings of these clients to these services. Few flows break, so few are left to sort.
    pub fn by(mut starts: Vec<Starts>, asked: impl Iterator<Item = (IpAddr, Endpoint, Realm)>) -> Self {
        let asked: HashSet<u32> = asked.map(|(client, service, realm)| who(client, service, realm)).collect();
        for Starts { list } in &mut starts {
            list.retain(|start| asked.contains(&start.who));
            list.sort_unstable();
        }
        AllStarts(starts)
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
