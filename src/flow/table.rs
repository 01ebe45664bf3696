//! The flow table: an open-addressed index over flows that stay where they were put.
//!
//! Why not hashbrown: a look-up costs two or three dependent cache misses, and only a table whose
//! buckets can be addressed before the look-up lets a batch start all of its misses at once. Growing the
//! index touches no flow; flows lie in chunks that are never moved, so there is no moment at which two
//! copies of the table exist.

use super::index::{Index, Slot, Tag};
use super::life::{Flow, Life, flow_mark};
use crate::memory::{huge_pages, prefetch};
use crate::segment::{FlowKey, Realm, Sender};
use hashbrown::HashMap;

/// Flows of one chunk: 12 MiB, most of which can lie on huge pages. Untouched parts cost nothing.
const CHUNK: usize = 1 << 16;

/// Flows by key, and by the other realms in which their directions come.
pub(super) struct FlowTable<A> {
    index: Index,
    chunks: Vec<Vec<Flow<A>>>,
    vacant: Vec<Slot>,
    len: usize,
    /// Realms other than their key's in which segments of flows come, by sender. In the index such a flow has an entry
    /// more for each.
    elsewhere: HashMap<Slot, [Option<Realm>; 2]>,
}

/// What tells the entry of a direction in another realm from that of a flow.
#[inline]
fn mark_of(sender: Sender) -> u8 {
    sender as u8 + 1
}

impl<A> FlowTable<A> {
    pub fn new() -> Self {
        FlowTable {
            index: Index::new(1024),
            chunks: Vec::new(),
            vacant: Vec::new(),
            len: 0,
            elsewhere: HashMap::new(),
        }
    }

    /// Flows held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// First step of an early look-up: the bucket.
    #[inline]
    pub fn prefetch_bucket(&self, hash: u64) {
        self.index.prefetch(Tag::of_lower(hash));
    }

    /// Second step, once the bucket has come: the flow it most likely means, and where that lies. Its key is not
    /// looked at, so ask [`Flow::holds`].
    #[inline(always)]
    pub fn prefetch_flow(&self, hash: u64) -> Option<Slot> {
        let slot = self.index.foresee(Tag::of_lower(hash))?;
        prefetch::whole(self.flow(slot));
        Some(slot)
    }

    /// The flow with this key.
    #[inline]
    pub fn find(&self, hash: u64, key: &FlowKey) -> Option<Slot> {
        self.index.find(Tag::of_lower(hash), |slot| self.flow(slot).life.key == *key)
    }

    #[inline]
    pub fn flow(&self, slot: Slot) -> &Flow<A> {
        &self.chunks[slot.0 as usize / CHUNK][slot.0 as usize % CHUNK]
    }

    #[inline]
    pub fn flow_mut(&mut self, slot: Slot) -> &mut Flow<A> {
        &mut self.chunks[slot.0 as usize / CHUNK][slot.0 as usize % CHUNK]
    }

    /// Puts in a flow whose key is not there yet.
    pub fn insert(&mut self, hash: u64, life: Life) -> Slot {
        let flow = Flow { life, record: None };
        let slot = match self.vacant.pop() {
            Some(slot) => {
                *self.flow_mut(slot) = flow;
                // Long left, and a store that has to wait for its line holds up those behind it.
                if let Some(next) = self.vacant.last() {
                    prefetch::whole(self.flow(*next));
                }
                slot
            }
            None => {
                if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
                    let mut chunk = Vec::with_capacity(CHUNK);
                    huge_pages::prefer(chunk.spare_capacity_mut());
                    self.chunks.push(chunk);
                }
                let chunk = self.chunks.len() - 1;
                self.chunks[chunk].push(flow);
                prefetch::next_to_write(&self.chunks[chunk], 1);
                Slot((chunk * CHUNK + self.chunks[chunk].len() - 1) as u32)
            }
        };
        self.index.enter(Tag::of_lower(hash), slot);
        self.len += 1;
        slot
    }

    /// Removes a flow where it lies, in whichever realms its segments come. `hash` must be that of its key.
    pub fn vacate(&mut self, hash: u64, slot: Slot) {
        for sender in [Sender::Low, Sender::High] {
            self.leave_elsewhere(hash, slot, sender);
        }
        let removed = self.index.remove(Tag::of_lower(hash), slot);
        // Only a wrong hash leads here, and then the flow stays found by its own.
        debug_assert!(removed, "removed a flow under a hash that is not its own");
        let flow = self.flow_mut(slot);
        flow.life.marks |= flow_mark::VACANT;
        flow.record = None;
        self.vacant.push(slot);
        self.len -= 1;
    }

    /// The flow that a segment of `sender` with this key belongs to although its own key has another realm.
    #[inline]
    pub fn find_elsewhere(&self, hash: u64, key: &FlowKey, sender: Sender) -> Option<Slot> {
        if self.elsewhere.is_empty() {
            return None;
        }
        let tag = Tag::of_lower(hash).marked(mark_of(sender));
        self.index.find(tag, |slot| self.flow(slot).life.key.has_ends_of(key))
    }

    /// The realm other than that of its key in which segments of `sender` come.
    pub fn realm_elsewhere(&self, slot: Slot, sender: Sender) -> Option<Realm> {
        self.elsewhere.get(&slot)?[sender.index()]
    }

    /// From now on segments of `sender` in `realm` belong to this flow, and not to whichever they did. `hash` must be that
    /// of the flow's key.
    pub fn enter_elsewhere(&mut self, hash: u64, slot: Slot, sender: Sender, realm: Realm) {
        let key = self.flow(slot).life.key;
        let hash_there = key.hash_within(hash, realm);
        if let Some(other) = self.find_elsewhere(hash_there, &key, sender) {
            if other == slot {
                return;
            }
            let other_key = self.flow(other).life.key;
            self.leave_elsewhere(key.hash_within(hash, other_key.realm()), other, sender);
        }
        self.leave_elsewhere(hash, slot, sender);
        self.elsewhere.entry(slot).or_default()[sender.index()] = Some(realm);
        self.index.enter(Tag::of_lower(hash_there).marked(mark_of(sender)), slot);
    }

    /// Segments of `sender` belong to this flow no more if they come in another realm. `hash` must be that of its key.
    pub fn leave_elsewhere(&mut self, hash: u64, slot: Slot, sender: Sender) {
        let Some(realms) = self.elsewhere.get_mut(&slot) else { return };
        let Some(realm) = realms[sender.index()].take() else { return };
        if *realms == [None; 2] {
            self.elsewhere.remove(&slot);
        }
        let hash_there = self.flow(slot).life.key.hash_within(hash, realm);
        let removed = self.index.remove(Tag::of_lower(hash_there).marked(mark_of(sender)), slot);
        debug_assert!(removed, "a direction was not entered where it comes");
    }

    /// Gives a flow a key in another realm, of which no flow is. `hash` must be that of its key; that of the new one comes
    /// back.
    pub fn move_to(&mut self, hash: u64, slot: Slot, realm: Realm) -> u64 {
        let key = self.flow(slot).life.key;
        let moved = key.hash_within(hash, realm);
        self.index.remove(Tag::of_lower(hash), slot);
        self.index.enter(Tag::of_lower(moved), slot);
        self.flow_mut(slot).life.key = key.within(realm);
        moved
    }

    /// The flow in the `n`th place, counting vacant ones; `None` where no flow is.
    pub fn nth(&mut self, n: usize) -> Option<(Slot, &mut Flow<A>)> {
        let flow = self.chunks.get_mut(n / CHUNK)?.get_mut(n % CHUNK)?;
        (flow.life.marks & flow_mark::VACANT == 0).then_some((Slot(n as u32), flow))
    }

    /// Hands all flows to `take`, in the order of their places, and lets go of them. Memory is given back as they go:
    /// what is made of them needs some.
    pub fn drain(self, mut take: impl FnMut(&mut Flow<A>)) {
        const RECORD_AHEAD: usize = 8;
        drop(self.index);
        for mut chunk in self.chunks {
            for place in 0..chunk.len() {
                if let Some(record) = chunk.get(place + RECORD_AHEAD).and_then(|flow| flow.record.as_deref())
                {
                    prefetch::whole(record);
                }
                let flow = &mut chunk[place];
                if !flow.life.is(flow_mark::VACANT) {
                    take(flow);
                    flow.record = None;
                }
            }
        }
    }

    /// Places there are, vacant ones included: the bound of [`Self::nth`].
    pub fn places(&self) -> usize {
        match self.chunks.last() {
            Some(last) => (self.chunks.len() - 1) * CHUNK + last.len(),
            None => 0,
        }
    }
}
