//! Interfaces that a capture's frames were taken on, over all its files and their sections.

use crate::frame::{CapturedOn, LinkType};
use crate::time::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

/// Interfaces kept of one capture; frames of later ones are [`CapturedOn::UNTOLD`]. Files hold a handful, those of
/// `any` hundreds, a broken one may hold nothing else.
const INTERFACES_KEPT: usize = 65_536;
/// Bytes kept of a name or a description.
const NAME_LEN_KEPT: usize = 256;

/// What a capture says of one interface.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CaptureInterface {
    /// Which header its frames begin with.
    pub link: Option<LinkType>,
    /// `if_name`, else empty.
    pub name: String,
    /// `if_description`, else empty.
    pub description: String,
    /// Bytes of a frame that were kept; 0: all.
    pub snap_len: u32,
    /// From the latest statistics.
    pub stats: InterfaceStats,
}

/// What is known of an interface once capturing has ended; `None`: it is not said.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct InterfaceStats {
    /// When capturing began.
    pub start: Option<Timestamp>,
    /// When capturing ended: silence after the last frame counts until here.
    pub end: Option<Timestamp>,
    /// Frames received.
    pub received: Option<u64>,
    /// Frames that the interface dropped (`isb_ifdrop`).
    pub dropped_by_interface: Option<u64>,
    /// Frames that the system dropped because they were not fetched in time (`isb_osdrop`).
    pub dropped_by_system: Option<u64>,
}

impl InterfaceStats {
    /// Whether nothing is said at all.
    pub fn is_empty(&self) -> bool {
        *self == InterfaceStats::default()
    }
}

/// The interfaces met so far, shared by all files of a capture.
#[derive(Clone, Debug, Default)]
pub struct Interfaces(Arc<Mutex<Vec<CaptureInterface>>>);

impl Interfaces {
    /// The interface of a frame.
    pub fn get(&self, CapturedOn(index): CapturedOn) -> Option<CaptureInterface> {
        self.with(|known| known.get(index as usize).cloned())
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        // Bounded by INTERFACES_KEPT.
        self.with(|known| known.len() as u32)
    }

    pub(super) fn add(&self, interface: CaptureInterface) -> CapturedOn {
        self.with(|known| {
            if known.len() >= INTERFACES_KEPT {
                return CapturedOn::UNTOLD;
            }
            known.push(interface);
            CapturedOn((known.len() - 1) as u32)
        })
    }

    pub(super) fn note_stats(&self, CapturedOn(index): CapturedOn, stats: InterfaceStats) {
        self.with(|known| {
            if let Some(interface) = known.get_mut(index as usize) {
                interface.stats = stats;
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<CaptureInterface>) -> T) -> T {
        // Nothing that holds the lock can panic half-way.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An option's text, bounded.
pub(super) fn text_of(option: &[u8]) -> String {
    let kept = option.get(..NAME_LEN_KEPT).unwrap_or(option);
    String::from_utf8_lossy(kept).trim_end_matches('\0').to_owned()
}
