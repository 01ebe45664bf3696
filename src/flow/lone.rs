//! Flows of which only one direction was seen, by their ends alone: where the other one may belong that comes in
//! another VLAN or tunnel.
//!
//! Nothing is kept as long as all flows are of one realm.

use super::index::{Index, Slot, Tag};
use super::life::{Life, flow_mark};
use super::table::FlowTable;
use crate::segment::{FlowKey, Realm, Sender};

/// Flows kept between the same two ends: so many networks overlap at the most in an answer's choice. Real ones are two
/// or three; without a bound, a capture made for it could make every look-up as long as itself.
const KEPT_BETWEEN_ENDS: usize = 16;

/// One-way flows.
#[derive(Debug, Default)]
pub(super) struct LoneFlows {
    /// The realm of the first flow.
    first: Option<Realm>,
    /// There once flows of two realms were met. Those that have become two-way stay until they are in the way.
    index: Option<Index>,
}

fn is_lone(life: &Life) -> bool {
    !life.is(flow_mark::VACANT)
        && life.key.realm() != Realm::OVERFLOW
        && life.sides.iter().any(|side| side.segments == 0)
}

impl LoneFlows {
    /// Whether flows of several realms were met.
    #[inline(always)]
    pub fn are_kept(&self) -> bool {
        self.index.is_some()
    }

    /// Notes that a segment of a flow in `realm` came.
    #[inline]
    pub fn meet<A>(&mut self, realm: Realm, table: &mut FlowTable<A>, hash_of: impl Fn(&Life) -> u64) {
        match self.first {
            Some(first) if first == realm || self.index.is_some() => {}
            Some(_) => self.begin_keeping(table, hash_of),
            None => self.first = Some(realm),
        }
    }

    #[cold]
    fn begin_keeping<A>(&mut self, table: &mut FlowTable<A>, hash_of: impl Fn(&Life) -> u64) {
        self.index = Some(Index::new(1024));
        for place in 0..table.places() {
            let Some((slot, flow)) = table.nth(place) else { continue };
            let hash = hash_of(&flow.life);
            self.enter(hash, slot, table);
        }
    }

    /// Keeps a flow if it is one-way. `hash` must be that of its key, or of its ends in any realm.
    pub fn enter<A>(&mut self, hash: u64, slot: Slot, table: &FlowTable<A>) {
        let Some(index) = &mut self.index else { return };
        if !is_lone(&table.flow(slot).life) {
            return;
        }
        if index.is_full() {
            index.make_room(|kept| is_lone(&table.flow(kept).life));
        }
        let tag = Tag::of_upper(hash);
        let (mut kept, mut over) = (0, [None; KEPT_BETWEEN_ENDS]);
        let there = index.find(tag, |known| {
            let life = &table.flow(known).life;
            if known != slot && life.key.has_ends_of(&table.flow(slot).life.key) {
                over[kept % KEPT_BETWEEN_ENDS] = (!is_lone(life)).then_some(known);
                kept += 1;
            }
            known == slot
        });
        for known in over.into_iter().flatten() {
            index.remove(tag, known);
            kept -= 1;
        }
        if there.is_none() && kept < KEPT_BETWEEN_ENDS {
            index.enter(tag, slot);
        }
    }

    /// Forgets a flow that is let go.
    #[inline]
    pub fn leave(&mut self, hash: u64, slot: Slot) {
        if let Some(index) = &mut self.index {
            index.remove(Tag::of_upper(hash), slot);
        }
    }

    /// Of the flows between the ends of `key` in other realms of which `silent` was not heard, the one that `rank` ranks
    /// highest; `None` ranks those that are no choice. `hash` must be that of `key`.
    pub fn best<A, R: Ord>(
        &self,
        (key, silent): (&FlowKey, Sender),
        hash: u64,
        table: &FlowTable<A>,
        rank: impl Fn(&Life) -> Option<R>,
    ) -> Option<(R, Slot)> {
        let index = self.index.as_ref().filter(|_| key.realm() != Realm::OVERFLOW)?;
        let mut best: Option<(R, Slot)> = None;
        index.find(Tag::of_upper(hash), |slot| {
            let life = &table.flow(slot).life;
            if is_lone(life)
                && life.sides[silent.index()].segments == 0
                && life.key.has_ends_of(key)
                && life.key.realm() != key.realm()
                && let Some(rank) = rank(life)
                && best.as_ref().is_none_or(|(highest, _)| rank > *highest)
            {
                best = Some((rank, slot));
            }
            false
        });
        best
    }
}
