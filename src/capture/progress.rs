//! How far reading has come, for whoever draws a bar elsewhere.

use super::window::Bytes;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A handle that may be cloned and watched from another thread while the capture is read.
#[derive(Clone, Debug)]
pub struct Progress {
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Progress {
    pub(super) fn new(total: Option<u64>) -> Progress {
        Progress { read: Arc::default(), total }
    }

    /// Bytes taken from files and pipes so far; of packed files, packed bytes.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Size of all inputs, packed as they are; `None` when one of them is a pipe.
    pub fn bytes_total(&self) -> Option<u64> {
        self.total
    }

    /// Counts what is read from `bytes`.
    pub(super) fn counting(&self, bytes: Bytes) -> Bytes {
        Box::new(Counted { bytes, read: Arc::clone(&self.read) })
    }
}

struct Counted {
    bytes: Bytes,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(room)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
