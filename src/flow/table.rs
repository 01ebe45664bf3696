//! The flow table: an open-addressed index over flows that stay where they were put.
//!
//! Why not hashbrown: a look-up costs two or three dependent cache misses, and only a table whose
//! buckets can be addressed before the look-up lets a batch start all of its misses at once. The index
//! holds eight bytes a bucket (half of the hash, and the slot), so growing it touches no flow; flows lie
//! in chunks that are never moved, so there is no moment at which two copies of the table exist.

use super::history::Record;
use super::life::{Flow, Life, flow_mark};
use crate::memory::{huge_pages, prefetch};
use crate::segment::FlowKey;

/// Flows of one chunk: 12 MiB, most of which can lie on huge pages. Untouched parts cost nothing.
const CHUNK: usize = 1 << 16;

/// Where a flow lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Slot(u32);

/// Flows by key.
pub(super) struct FlowTable<A> {
    /// Upper half: the hash's upper half. Lower half: slot + 1; 0 is an empty bucket.
    index: Vec<u64>,
    chunks: Vec<Vec<Flow<A>>>,
    vacant: Vec<Slot>,
    len: usize,
}

#[inline]
fn tag_of(hash: u64) -> u64 {
    hash & 0xffff_ffff_0000_0000
}

impl<A> FlowTable<A> {
    pub fn new() -> Self {
        FlowTable { index: vec![0; 1024], chunks: Vec::new(), vacant: Vec::new(), len: 0 }
    }

    /// Flows held.
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn mask(&self) -> usize {
        self.index.len() - 1
    }

    #[inline]
    fn home(&self, tag: u64) -> usize {
        (tag >> 32) as usize & self.mask()
    }

    /// First step of an early look-up: the bucket.
    #[inline]
    pub fn prefetch_bucket(&self, hash: u64) {
        prefetch::line(&self.index[self.home(tag_of(hash))]);
    }

    /// Second step, once the bucket has come: the flow it most likely means, and where that lies. Its key is not
    /// looked at, so ask [`Flow::holds`].
    #[inline(always)]
    pub fn prefetch_flow(&self, hash: u64) -> Option<Slot> {
        let tag = tag_of(hash);
        let mut bucket = self.home(tag);
        // A collision in the first buckets is rare; looking further here would cost more than it saves.
        for _ in 0..4 {
            let entry = self.index[bucket];
            if entry == 0 {
                return None;
            }
            if tag_of(entry) == tag {
                let slot = Slot(entry as u32 - 1);
                prefetch::whole(self.flow(slot));
                return Some(slot);
            }
            bucket = (bucket + 1) & self.mask();
        }
        None
    }

    /// The flow with this key.
    #[inline]
    pub fn find(&self, hash: u64, key: &FlowKey) -> Option<Slot> {
        let tag = tag_of(hash);
        let mut bucket = self.home(tag);
        loop {
            let entry = self.index[bucket];
            if entry == 0 {
                return None;
            }
            if tag_of(entry) == tag {
                let slot = Slot(entry as u32 - 1);
                if self.flow(slot).life.key == *key {
                    return Some(slot);
                }
            }
            bucket = (bucket + 1) & self.mask();
        }
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
    pub fn insert(&mut self, hash: u64, life: Life, record: Option<Box<Record<A>>>) -> Slot {
        // At most half full: what is looked for mostly lies in its home bucket's cache line.
        if (self.len + 1) * 2 > self.index.len() {
            self.grow();
        }
        let flow = Flow { life, record };
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
        self.enter(tag_of(hash) | u64::from(slot.0 + 1));
        self.len += 1;
        slot
    }

    fn enter(&mut self, entry: u64) {
        let mut bucket = self.home(tag_of(entry));
        while self.index[bucket] != 0 {
            bucket = (bucket + 1) & self.mask();
        }
        self.index[bucket] = entry;
    }

    fn grow(&mut self) {
        let mut doubled = vec![0; self.index.len() * 2];
        huge_pages::prefer(&mut doubled);
        let old = std::mem::replace(&mut self.index, doubled);
        for entry in old.into_iter().filter(|entry| *entry != 0) {
            self.enter(entry);
        }
    }

    /// Takes a flow out. `hash` must be that of its key.
    pub fn remove(&mut self, hash: u64, slot: Slot) -> (Life, Option<Box<Record<A>>>) {
        let flow = self.flow_mut(slot);
        let taken = (flow.life, flow.record.take());
        self.vacate(hash, slot);
        taken
    }

    /// Removes a flow where it lies. `hash` must be that of its key.
    pub fn vacate(&mut self, hash: u64, slot: Slot) {
        let wanted = tag_of(hash) | u64::from(slot.0 + 1);
        let mut bucket = self.home(wanted);
        while self.index[bucket] != wanted {
            if self.index[bucket] == 0 {
                // Not indexed: only a wrong hash leads here, and then the flow stays found by its own.
                debug_assert!(false, "removed a flow under a hash that is not its own");
                break;
            }
            bucket = (bucket + 1) & self.mask();
        }
        // Closes the hole by moving back what probed past it (Knuth, TAOCP 3, 6.4, algorithm R).
        let mut hole = bucket;
        let mut next = bucket;
        loop {
            self.index[hole] = 0;
            loop {
                next = (next + 1) & self.mask();
                let entry = self.index[next];
                if entry == 0 {
                    let flow = self.flow_mut(slot);
                    flow.life.marks |= flow_mark::VACANT;
                    flow.record = None;
                    self.vacant.push(slot);
                    self.len -= 1;
                    return;
                }
                let home = self.home(tag_of(entry));
                let from_home = next.wrapping_sub(home) & self.mask();
                let from_hole = next.wrapping_sub(hole) & self.mask();
                if from_home >= from_hole {
                    break;
                }
            }
            self.index[hole] = self.index[next];
            hole = next;
        }
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
