//! A list of millions of small items, one for every flow.

use super::huge_pages;

/// Bytes of a chunk: a few huge pages.
const CHUNK_BYTES: usize = 4 << 20;

/// Grows by chunks that stay where they are: a vector that doubles is copied, or at least touches twice the memory.
#[derive(Clone, Debug)]
pub(crate) struct LongList<T> {
    /// All but the last are full. The first grows as a vector does: most captures need no more.
    chunks: Vec<Vec<T>>,
}

impl<T> Default for LongList<T> {
    fn default() -> Self {
        LongList { chunks: Vec::new() }
    }
}

impl<T> LongList<T> {
    const CHUNK: usize = CHUNK_BYTES / size_of::<T>();

    #[inline(always)]
    pub fn push(&mut self, item: T) {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < Self::CHUNK => chunk.push(item),
            _ => self.push_into_another(item),
        }
    }

    #[cold]
    #[inline(never)]
    fn push_into_another(&mut self, item: T) {
        let mut chunk = Vec::new();
        if !self.chunks.is_empty() {
            chunk.reserve_exact(Self::CHUNK);
            huge_pages::prefer(chunk.spare_capacity_mut());
        }
        chunk.push(item);
        self.chunks.push(chunk);
    }

    /// Items.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum()
    }

    /// In the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// In the order in which they came.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.chunks.iter_mut().flatten()
    }
}

impl<T> FromIterator<T> for LongList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = LongList::default();
        items.into_iter().for_each(|item| list.push(item));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_back_in_order_from_all_chunks() {
        let count = 2 * LongList::<u64>::CHUNK as u64 + 3;
        let mut list: LongList<u64> = (0..count).collect();
        assert_eq!((list.chunks.len(), list.len() as u64), (3, count));
        assert!(list.iter().copied().eq(0..count));
        list.iter_mut().for_each(|item| *item += 1);
        assert!(list.iter().copied().eq(1..=count));
    }
}
