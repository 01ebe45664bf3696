//! Framing of pcapng files (draft-ietf-opsawg-pcapng): sections of blocks.
//!
//! Own code: a generic block parser took 60 ns a frame, this walk over enhanced packets a few. It goes
//! straight from packet to packet; every other block takes the slow way in [`super::blocks`].

use super::bytes::word;
use super::classic::MAX_CAPTURED;
use super::clock::Clock;
use super::damage::{DamageKind, Flaw};
use super::interfaces::Interfaces;
use super::pass::{Pass, Pause};
use super::summary::FileSummary;
use super::window::Window;
use crate::frame::{CapturedOn, Frame, FrameNumber, LinkType};
use crate::memory::prefetch;
use crate::time::Timestamp;

pub(super) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE_DESCRIPTION: u32 = 1;
pub(super) const OBSOLETE_PACKET: u32 = 2;
pub(super) const SIMPLE_PACKET: u32 = 3;
pub(super) const INTERFACE_STATISTICS: u32 = 5;
pub(super) const ENHANCED_PACKET: u32 = 6;

/// The longest block that is held in memory: a full frame and 64 KiB options of several kinds. Longer
/// blocks of kinds that are not needed are skipped at any length.
pub(super) const MAX_BLOCK: u32 = 1024 * 1024;

/// Fixed bytes of an enhanced packet, both length fields included.
pub(super) const ENHANCED_LEAST: usize = 32;

/// One capturing interface of a section.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    pub(super) link: LinkType,
    pub(super) id: CapturedOn,
    pub(super) clock: Clock,
    /// 0: whole frames.
    pub(super) snap_len: u32,
    /// From the latest statistics.
    pub(super) dropped: Option<u64>,
}

/// The section that is being read: byte order, and what its packets refer to.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) big_endian: bool,
    pub(super) interfaces: Vec<Interface>,
    /// Those of the whole capture.
    pub(super) known: Interfaces,
    /// Drops told by single packets of this section.
    pub(super) dropped_by_packets: u64,
    /// Time of the frame before, for packets that carry none; of the epoch for the first.
    pub(super) last_at: Timestamp,
}

impl Section {
    /// A section before its first header.
    pub(super) fn before_first(known: Interfaces) -> Section {
        Section {
            big_endian: false,
            interfaces: Vec::new(),
            known,
            dropped_by_packets: 0,
            last_at: Timestamp::from_nanos(0),
        }
    }

    /// Drops of this section: statistics where there are any, else what single packets tell.
    pub(super) fn dropped(&self) -> Option<u64> {
        let by_statistics = self.interfaces.iter().filter_map(|interface| interface.dropped);
        let by_packets = (self.dropped_by_packets > 0).then_some(self.dropped_by_packets);
        by_statistics.reduce(u64::saturating_add).or(by_packets)
    }

    /// Hands frames on until `pass` has enough, a later frame comes, or the file ends. What other
    /// blocks tell goes to `summary`.
    ///
    /// # Errors
    /// The first [`Flaw`]; frames before it were handed on.
    pub(super) fn walk<S: FnMut(Frame<'_>)>(
        &mut self,
        window: &mut Window,
        pass: &mut Pass<'_, S>,
        summary: &mut FileSummary,
    ) -> Result<Pause, Flaw> {
        loop {
            let stop = match self.big_endian {
                true => self.walk_packets::<true, S>(window, pass),
                false => self.walk_packets::<false, S>(window, pass),
            };
            let offset = window.offset();
            match stop {
                Stop::Pause(pause) => return Ok(pause),
                Stop::Flaw(kind) => return Err(Flaw { offset, kind }),
                Stop::Need(need) => {
                    if !window.ensure(need)? {
                        return self.at_end_of_stream(window, need).map_err(|kind| Flaw { offset, kind });
                    }
                }
                Stop::OtherBlock => {
                    if let Some(pause) = self.take_block(window, pass, summary)? {
                        return Ok(pause);
                    }
                }
            }
        }
    }

    fn walk_packets<const BIG: bool, S: FnMut(Frame<'_>)>(
        &mut self,
        window: &mut Window,
        pass: &mut Pass<'_, S>,
    ) -> Stop {
        let filled = window.filled();
        let mut rest = filled;
        let stop = loop {
            if pass.left == 0 {
                break Stop::Pause(Pause::Full);
            }
            let Some(header) = rest.first_chunk::<28>() else {
                break Stop::of_short_rest::<BIG>(rest);
            };
            let kind = word::<BIG>(header, 0);
            if kind != ENHANCED_PACKET {
                break Stop::OtherBlock;
            }
            let length = word::<BIG>(header, 4);
            let captured_len = word::<BIG>(header, 20);
            // One branch for all that a sound packet is not; which it was is found out in the cold.
            let room = length.wrapping_sub(ENHANCED_LEAST as u32);
            if room > MAX_BLOCK - ENHANCED_LEAST as u32
                || !length.is_multiple_of(4)
                || captured_len > room.min(MAX_CAPTURED)
            {
                break Stop::Flaw(wrong_lengths(length, captured_len));
            }
            let Some((block, after)) = rest.split_at_checked(length as usize) else {
                break Stop::Need(length as usize);
            };
            let trailing = word::<BIG>(block, length as usize - 4);
            if trailing != length {
                break Stop::Flaw(DamageKind::LengthsDiffer { leading: length, trailing });
            }
            let named = word::<BIG>(header, 8);
            let Some(interface) = self.interfaces.get(named as usize) else {
                break Stop::Flaw(DamageKind::UnknownInterface {
                    interface: named,
                    known: self.interfaces.len(),
                });
            };
            // Where a block begins shows only in the one before it, so no processor foresees it.
            prefetch::bytes_from(after);
            let at = interface.clock.instant(word::<BIG>(header, 12), word::<BIG>(header, 16));
            if at > pass.until {
                break Stop::Pause(Pause::Later(at));
            }
            let options_at = 28 + captured_len.next_multiple_of(4) as usize;
            if options_at + 4 < length as usize {
                let options = &block[options_at..length as usize - 4];
                let dropped = super::blocks::dropped_before_packet::<BIG>(options);
                self.dropped_by_packets = self.dropped_by_packets.saturating_add(dropped);
            }
            let captured = &block[28..28 + captured_len as usize];
            let (number, link, interface) = (FrameNumber(pass.number), interface.link, interface.id);
            let original_len = word::<BIG>(header, 24);
            (pass.sink)(Frame { number, at, link, interface, original_len, captured });
            self.last_at = at;
            pass.number += 1;
            pass.left -= 1;
            rest = after;
        };
        let walked = filled.len() - rest.len();
        window.consume(walked);
        stop
    }

    /// What it means that the stream ended with less than `need` bytes at hand.
    fn at_end_of_stream(&self, window: &Window, need: usize) -> Result<Pause, DamageKind> {
        let had = window.filled().len();
        if had == 0 {
            return Ok(Pause::End);
        }
        Err(DamageKind::CutInBlock { needed: need as u64, had: had as u64 })
    }
}

/// Why the walk over the packets at hand stopped.
enum Stop {
    Pause(Pause),
    /// More bytes are needed at hand.
    Need(usize),
    /// A block that is no enhanced packet, with at least its type and length at hand.
    OtherBlock,
    Flaw(DamageKind),
}

impl Stop {
    /// Fewer bytes are at hand than an enhanced packet has: perhaps it is a short other block.
    fn of_short_rest<const BIG: bool>(rest: &[u8]) -> Stop {
        if rest.len() < 12 {
            return Stop::Need(12);
        }
        match word::<BIG>(rest, 0) {
            ENHANCED_PACKET => Stop::Need(ENHANCED_LEAST),
            _ => Stop::OtherBlock,
        }
    }
}

#[cold]
fn wrong_lengths(length: u32, captured: u32) -> DamageKind {
    let block = ENHANCED_PACKET;
    let least = ENHANCED_LEAST as u32;
    if length < least {
        DamageKind::BlockTooShort { block, length, least }
    } else if !length.is_multiple_of(4) {
        DamageKind::BlockUnaligned { block, length }
    } else if captured > MAX_CAPTURED {
        DamageKind::FrameTooLong { claimed: captured }
    } else if captured > length - least {
        DamageKind::FrameBeyondBlock { captured, room: length - least }
    } else {
        DamageKind::BlockTooLong { block, length, limit: MAX_BLOCK }
    }
}
