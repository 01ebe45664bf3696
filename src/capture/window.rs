//! The bytes of one stream, seen through a reused buffer: frames borrow from it, and only the tail that
//! straddles a refill is ever moved.

use super::compression::Compression;
use super::damage::{DamageKind, Flaw};
use std::io::{self, Cursor, ErrorKind, Read};

/// Bytes asked of the system at a time: few enough to lie in the processor's nearer caches until they are decoded, with
/// what else passes through them. Plain `read` measured as fast as a memory map, works on pipes, and cannot fault when
/// the file shrinks.
pub(super) const READ_SIZE: usize = 64 * 1024;

/// What a stream is read from.
pub(super) type Bytes = Box<dyn Read + Send>;

/// A sliding view of a stream.
pub(super) struct Window {
    reader: Bytes,
    /// The innermost compression, to name what went wrong when reading fails.
    unpacks: Option<Compression>,
    buffer: Vec<u8>,
    // start <= end <= buffer.len(), kept by every method.
    start: usize,
    end: usize,
    offset: u64,
    /// What made reading fail: it is told again, and not tried.
    failed: Option<Flaw>,
}

impl Window {
    /// A window of `capacity` bytes at the begin of `reader`; nothing is read yet.
    pub(super) fn new(reader: Bytes, unpacks: Option<Compression>, capacity: usize) -> Window {
        Window { reader, unpacks, buffer: vec![0; capacity], start: 0, end: 0, offset: 0, failed: None }
    }

    /// The bytes at hand, from the current position on.
    #[inline]
    pub(super) fn filled(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Position of the first byte of [`Window::filled`] in the (uncompressed) stream.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes of memory that the buffer takes.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// Moves the position by `count` bytes, at most to the end of what is at hand.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset = self.offset.saturating_add(count as u64);
    }

    /// Gets at least `need` bytes at hand; `false` when the stream ends before. The buffer grows to
    /// `need` if it must, so the caller bounds `need` before it asks.
    ///
    /// # Errors
    /// A [`Flaw`] at the first byte that could not be read; what is at hand stays.
    pub(super) fn ensure(&mut self, need: usize) -> Result<bool, Flaw> {
        if self.end - self.start >= need {
            return Ok(true);
        }
        if let Some(flaw) = &self.failed {
            return Err(flaw.clone());
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if need > self.buffer.len() {
            self.buffer.resize(need, 0);
        }
        while self.end < need {
            let room = &mut self.buffer[self.end..];
            match self.reader.read(room) {
                Ok(0) => return Ok(false),
                // A reader that claims more than it was given room for must not break the window.
                Ok(count) => self.end += count.min(room.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    let flaw = self.reading_failed(&error);
                    self.failed = Some(flaw.clone());
                    return Err(flaw);
                }
            }
        }
        Ok(true)
    }

    /// Moves the position by `count` bytes, reading and dropping what is not at hand; says how many of
    /// them the stream had.
    ///
    /// # Errors
    /// As [`Window::ensure`].
    pub(super) fn skip(&mut self, count: u64) -> Result<u64, Flaw> {
        let mut left = count;
        loop {
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.end - self.start);
            self.consume(here);
            left -= here as u64;
            if left == 0 || !self.ensure(1)? {
                return Ok(count - left);
            }
        }
    }

    /// The stream from the current position on, to be unpacked by another reader.
    pub(super) fn into_bytes(self) -> Bytes {
        let at_hand = self.buffer.get(self.start..self.end).unwrap_or_default().to_vec();
        Box::new(Cursor::new(at_hand).chain(self.reader))
    }

    fn reading_failed(&self, error: &io::Error) -> Flaw {
        let offset = self.offset.saturating_add((self.end - self.start) as u64);
        let kind = match self.unpacks {
            Some(compression) if error.kind() == ErrorKind::UnexpectedEof => {
                DamageKind::PackedStreamCut { compression }
            }
            Some(compression) if error.raw_os_error().is_none() => {
                DamageKind::PackedStreamBroken { compression, problem: error.to_string() }
            }
            _ => DamageKind::Unreadable { problem: error.to_string() },
        };
        Flaw { offset, kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_larger_than_the_buffer_grows_it_and_keeps_the_tail() {
        let bytes: Vec<u8> = (0..200u8).collect();
        let mut window = Window::new(Box::new(Cursor::new(bytes)), None, 16);
        assert!(window.ensure(10).unwrap());
        window.consume(10);
        assert!(window.ensure(100).unwrap());
        assert_eq!(window.filled()[..3], [10, 11, 12]);
        assert_eq!((window.offset(), window.capacity()), (10, 100));
        assert!(!window.ensure(191).unwrap(), "only 190 bytes are left");
    }

    #[test]
    fn skipping_takes_no_memory_and_tells_how_far_it_came() {
        let mut window = Window::new(Box::new(io::repeat(7).take(5_000)), None, 16);
        assert_eq!(window.skip(4_000).unwrap(), 4_000);
        assert_eq!(window.offset(), 4_000);
        assert_eq!(window.skip(4_000).unwrap(), 1_000);
        assert_eq!(window.capacity(), 16);
    }
}
