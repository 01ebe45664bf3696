//! An open-addressed index: slots by a part of a hash.
//!
//! Eight bytes a bucket: 32 bits of the hash, and the slot. Several slots may be entered under one tag; who looks for
//! one says by which it is known.

use crate::memory::{huge_pages, prefetch};

/// Where a flow lies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Slot(pub(super) u32);

/// 32 bits of a hash, in the upper half.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tag(u64);

impl Tag {
    /// Of the lower half of a hash.
    #[inline(always)]
    pub fn of_lower(hash: u64) -> Tag {
        Tag(hash << 32)
    }

    /// Of the upper half of a hash.
    #[inline(always)]
    pub fn of_upper(hash: u64) -> Tag {
        Tag(hash & 0xffff_ffff_0000_0000)
    }

    /// The same tag with one of three marks. It lies in the same bucket, unless there are 2³⁰ of them.
    #[inline(always)]
    pub fn marked(self, mark: u8) -> Tag {
        Tag(self.0 ^ u64::from(mark & 3) << 62)
    }

    #[inline(always)]
    fn entry(self, slot: Slot) -> u64 {
        self.0 | u64::from(slot.0 + 1)
    }

    #[inline(always)]
    fn is_of(self, entry: u64) -> bool {
        entry & 0xffff_ffff_0000_0000 == self.0
    }

    /// Whether it is that of `entry`, marks left out.
    #[inline(always)]
    fn may_be_of(self, entry: u64) -> bool {
        (entry ^ self.0) & 0x3fff_ffff_0000_0000 == 0
    }
}

#[inline(always)]
fn slot_of(entry: u64) -> Slot {
    Slot(entry as u32 - 1)
}

/// Slots by tag.
#[derive(Debug)]
pub(super) struct Index {
    /// Upper half: the tag. Lower half: slot + 1; 0 is an empty bucket.
    buckets: Vec<u64>,
    entries: usize,
}

impl Index {
    /// An index with room for half as many entries as `buckets`, a power of two.
    pub fn new(buckets: usize) -> Self {
        Index { buckets: vec![0; buckets], entries: 0 }
    }

    #[inline(always)]
    fn mask(&self) -> usize {
        self.buckets.len() - 1
    }

    #[inline(always)]
    fn home(&self, tag: Tag) -> usize {
        (tag.0 >> 32) as usize & self.mask()
    }

    /// First step of an early look-up: the bucket.
    #[inline]
    pub fn prefetch(&self, tag: Tag) {
        prefetch::line(&self.buckets[self.home(tag)]);
    }

    /// Second step, once the bucket has come: the slot that is most likely meant.
    #[inline(always)]
    pub fn foresee(&self, tag: Tag) -> Option<Slot> {
        let mut bucket = self.home(tag);
        // A collision in the first buckets is rare; looking further here would cost more than it saves.
        for _ in 0..4 {
            let entry = self.buckets[bucket];
            if entry == 0 {
                return None;
            }
            if tag.may_be_of(entry) {
                return Some(slot_of(entry));
            }
            bucket = (bucket + 1) & self.mask();
        }
        None
    }

    /// The slot under this tag of which `is` says that it is the one.
    #[inline(always)]
    pub fn find(&self, tag: Tag, mut is: impl FnMut(Slot) -> bool) -> Option<Slot> {
        let mut bucket = self.home(tag);
        loop {
            let entry = self.buckets[bucket];
            if entry == 0 {
                return None;
            }
            if tag.is_of(entry) {
                let slot = slot_of(entry);
                if is(slot) {
                    return Some(slot);
                }
            }
            bucket = (bucket + 1) & self.mask();
        }
    }

    /// Enters a slot that is not there yet.
    pub fn enter(&mut self, tag: Tag, slot: Slot) {
        // At most half full: what is looked for mostly lies in its home bucket's cache line.
        if self.is_full() {
            self.grow();
        }
        self.entries += 1;
        self.put(tag.entry(slot));
    }

    /// Whether the next entry makes it grow.
    pub fn is_full(&self) -> bool {
        (self.entries + 1) * 2 > self.buckets.len()
    }

    fn put(&mut self, entry: u64) {
        let mut bucket = self.home(Tag::of_upper(entry));
        while self.buckets[bucket] != 0 {
            bucket = (bucket + 1) & self.mask();
        }
        self.buckets[bucket] = entry;
    }

    fn grow(&mut self) {
        let mut doubled = vec![0; self.buckets.len() * 2];
        huge_pages::prefer(&mut doubled);
        let old = std::mem::replace(&mut self.buckets, doubled);
        for entry in old.into_iter().filter(|entry| *entry != 0) {
            self.put(entry);
        }
    }

    /// Makes room before it would grow: removes the slots of which `keep` does not say that they stay.
    pub fn make_room(&mut self, mut keep: impl FnMut(Slot) -> bool) {
        let buckets = self.buckets.len();
        let old = std::mem::replace(&mut self.buckets, vec![0; buckets]);
        self.entries = 0;
        for entry in old.into_iter().filter(|entry| *entry != 0) {
            if keep(slot_of(entry)) {
                self.entries += 1;
                self.put(entry);
            }
        }
        // Else it would be full again before as many were entered as were looked at here.
        if self.entries * 4 > buckets {
            self.grow();
        }
    }

    /// Removes a slot; whether it was there under this tag.
    pub fn remove(&mut self, tag: Tag, slot: Slot) -> bool {
        let wanted = tag.entry(slot);
        let mut bucket = self.home(tag);
        while self.buckets[bucket] != wanted {
            if self.buckets[bucket] == 0 {
                return false;
            }
            bucket = (bucket + 1) & self.mask();
        }
        self.entries -= 1;
        // Closes the hole by moving back what probed past it (Knuth, TAOCP 3, 6.4, algorithm R).
        let mut hole = bucket;
        let mut next = bucket;
        loop {
            self.buckets[hole] = 0;
            loop {
                next = (next + 1) & self.mask();
                let entry = self.buckets[next];
                if entry == 0 {
                    return true;
                }
                let home = self.home(Tag::of_upper(entry));
                let from_home = next.wrapping_sub(home) & self.mask();
                let from_hole = next.wrapping_sub(hole) & self.mask();
                if from_home >= from_hole {
                    break;
                }
            }
            self.buckets[hole] = self.buckets[next];
            hole = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Hashes of which many share a bucket, and some a tag.
    fn hash_of(number: u32) -> u64 {
        u64::from(number / 2 % 7) | u64::from(number / 28) << 8
    }

    #[test]
    fn what_was_entered_and_not_removed_is_found() {
        let mut index = Index::new(8);
        let mut there = BTreeSet::new();
        for round in 0..3u32 {
            for number in 0..600 {
                if there.insert(number) {
                    index.enter(Tag::of_lower(hash_of(number)), Slot(number));
                }
            }
            for number in (round..600).step_by(3) {
                assert_eq!(index.remove(Tag::of_lower(hash_of(number)), Slot(number)), there.remove(&number));
            }
            for number in 0..600 {
                let found = index.find(Tag::of_lower(hash_of(number)), |slot| slot == Slot(number));
                assert_eq!(found.is_some(), there.contains(&number), "{number}");
            }
        }
        index.make_room(|slot| slot.0 < 100);
        let found = (0..600).filter(|n| index.find(Tag::of_lower(hash_of(*n)), |s| s == Slot(*n)).is_some());
        assert_eq!(found.collect::<BTreeSet<_>>(), there.range(..100).copied().collect());
    }

    #[test]
    fn a_marked_tag_is_another_one_in_the_same_bucket() {
        let mut index = Index::new(8);
        let tag = Tag::of_lower(0x1234_5678);
        index.enter(tag.marked(1), Slot(5));
        assert_eq!(index.find(tag, |_| true), None);
        assert_eq!(index.find(tag.marked(2), |_| true), None);
        assert_eq!(index.find(tag.marked(1), |_| true), Some(Slot(5)));
        assert_eq!(index.foresee(tag), Some(Slot(5)));
        assert!(!index.remove(tag, Slot(5)) && index.remove(tag.marked(1), Slot(5)));
    }
}
