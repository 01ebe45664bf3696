//! pcapng blocks other than the enhanced packet: rare, so read with more care than haste.

use super::bytes::{half, word};
use super::classic::MAX_CAPTURED;
use super::clock::Clock;
use super::damage::{DamageKind, Flaw};
use super::interfaces::{CaptureInterface, InterfaceStats, text_of};
use super::pass::{Pass, Pause};
use super::pcapng::{
    ENHANCED_PACKET, INTERFACE_DESCRIPTION, INTERFACE_STATISTICS, Interface, MAX_BLOCK, OBSOLETE_PACKET,
    SECTION_HEADER, SIMPLE_PACKET, Section,
};
use super::summary::FileSummary;
use super::window::Window;
use crate::frame::{Frame, FrameNumber, LinkType};

/// Interfaces that one section may have. `any`-style captures of large hosts have hundreds; without a
/// bound a broken file could fill memory with 20-byte blocks.
const MAX_INTERFACES: usize = 65_536;

const OPTION_END: u16 = 0;
const OPTION_COMMENT: u16 = 1;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;
const ISB_STARTTIME: u16 = 2;
const ISB_ENDTIME: u16 = 3;
const ISB_IFRECV: u16 = 4;
const ISB_IFDROP: u16 = 5;
const ISB_OSDROP: u16 = 7;
const EPB_DROPCOUNT: u16 = 4;

impl Section {
    /// Takes the one block at the window's begin; at least 12 of its bytes are at hand. `Some` when the
    /// pass must pause: before it if it is later, else behind it.
    pub(super) fn take_block<S: FnMut(Frame<'_>)>(
        &mut self,
        window: &mut Window,
        pass: &mut Pass<'_, S>,
        summary: &mut FileSummary,
    ) -> Result<Option<Pause>, Flaw> {
        // The type of a section header reads the same in both byte orders.
        if word::<false>(window.filled(), 0) == SECTION_HEADER {
            let offset = window.offset();
            let found = word::<false>(window.filled(), 8);
            summary.note_dropped(self.dropped());
            let (last_at, known) = (self.last_at, self.known.clone());
            *self = Section { last_at, ..Section::before_first(known) };
            self.big_endian = match found {
                0x1a2b_3c4d => false,
                0x4d3c_2b1a => true,
                _ => return Err(Flaw { offset, kind: DamageKind::ByteOrderUnknown { found } }),
            };
        }
        match self.big_endian {
            true => self.take_block_as::<true, S>(window, pass, summary),
            false => self.take_block_as::<false, S>(window, pass, summary),
        }
    }

    fn take_block_as<const BIG: bool, S: FnMut(Frame<'_>)>(
        &mut self,
        window: &mut Window,
        pass: &mut Pass<'_, S>,
        summary: &mut FileSummary,
    ) -> Result<Option<Pause>, Flaw> {
        let offset = window.offset();
        let flaw = |kind| Flaw { offset, kind };
        let block = word::<BIG>(window.filled(), 0);
        let length = word::<BIG>(window.filled(), 4);
        let (least, needed) = match block {
            SECTION_HEADER => (28, Needed::InMemory),
            INTERFACE_DESCRIPTION => (20, Needed::InMemory),
            OBSOLETE_PACKET => (32, Needed::InMemory),
            SIMPLE_PACKET => (16, Needed::InMemory),
            INTERFACE_STATISTICS => (24, Needed::InMemory),
            ENHANCED_PACKET => (32, Needed::InMemory),
            _ => (12, Needed::NotAtAll),
        };
        if length < least {
            return Err(flaw(DamageKind::BlockTooShort { block, length, least }));
        }
        if !length.is_multiple_of(4) {
            return Err(flaw(DamageKind::BlockUnaligned { block, length }));
        }
        if needed == Needed::NotAtAll {
            skip_block::<BIG>(window, length)?;
            return Ok(None);
        }
        if length > MAX_BLOCK {
            return Err(flaw(DamageKind::BlockTooLong { block, length, limit: MAX_BLOCK }));
        }
        if !window.ensure(length as usize)? {
            let had = window.filled().len() as u64;
            return Err(flaw(DamageKind::CutInBlock { needed: length.into(), had }));
        }
        let bytes = &window.filled()[..length as usize];
        let trailing = word::<BIG>(bytes, length as usize - 4);
        if trailing != length {
            return Err(flaw(DamageKind::LengthsDiffer { leading: length, trailing }));
        }
        // Between the first length field and the last; at least `least - 12` bytes.
        let body = &bytes[8..length as usize - 4];
        let pause = match block {
            SECTION_HEADER => self.begin::<BIG>(body, summary).map(|()| None),
            INTERFACE_DESCRIPTION => self.describe_interface::<BIG>(body, summary).map(|()| None),
            INTERFACE_STATISTICS => {
                self.take_statistics::<BIG>(body, summary);
                Ok(None)
            }
            SIMPLE_PACKET => self.simple_packet::<BIG, S>(body, pass, summary),
            OBSOLETE_PACKET => self.obsolete_packet::<BIG, S>(body, pass),
            // An enhanced packet: the packet walk takes it.
            _ => return Ok(None),
        };
        let pause = pause.map_err(flaw)?;
        if !matches!(pause, Some(Pause::Later(_))) {
            window.consume(length as usize);
        }
        Ok(pause)
    }

    fn begin<const BIG: bool>(&mut self, body: &[u8], summary: &mut FileSummary) -> Result<(), DamageKind> {
        let (major, minor) = (half::<BIG>(body, 4), half::<BIG>(body, 6));
        if major != 1 {
            return Err(DamageKind::VersionUnknown { major, minor });
        }
        for (code, value) in options::<BIG>(&body[16..]) {
            if code == OPTION_COMMENT {
                summary.note_comment(value);
            }
        }
        Ok(())
    }

    fn describe_interface<const BIG: bool>(
        &mut self,
        body: &[u8],
        summary: &mut FileSummary,
    ) -> Result<(), DamageKind> {
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(DamageKind::TooManyInterfaces { limit: MAX_INTERFACES });
        }
        let link = LinkType(half::<BIG>(body, 0).into());
        let snap_len = word::<BIG>(body, 4);
        let mut described = CaptureInterface { link: Some(link), snap_len, ..CaptureInterface::default() };
        let mut clock = Clock::default();
        for (code, value) in options::<BIG>(&body[8..]) {
            match (code, value) {
                (IF_NAME, name) => described.name = text_of(name),
                (IF_DESCRIPTION, description) => described.description = text_of(description),
                (OPTION_COMMENT, comment) => summary.note_comment(comment),
                (IF_TSRESOL, [resolution, ..]) => clock.set_resolution(*resolution),
                (IF_TSOFFSET, value) if value.len() >= 8 => clock.set_offset(double::<BIG>(value) as i64),
                _ => {}
            }
        }
        summary.note_link(link);
        let id = self.known.add(described);
        self.interfaces.push(Interface { link, id, clock, snap_len, dropped: None });
        Ok(())
    }

    fn take_statistics<const BIG: bool>(&mut self, body: &[u8], summary: &mut FileSummary) {
        let Some(interface) = self.interfaces.get_mut(word::<BIG>(body, 0) as usize) else {
            return; // Statistics of nobody say nothing that could be used, and cost no frame.
        };
        let mut stats = InterfaceStats::default();
        for (code, value) in options::<BIG>(&body[12..]) {
            match (code, value.len()) {
                (OPTION_COMMENT, _) => summary.note_comment(value),
                (ISB_IFRECV, 8) => stats.received = Some(double::<BIG>(value)),
                (ISB_IFDROP, 8) => stats.dropped_by_interface = Some(double::<BIG>(value)),
                (ISB_OSDROP, 8) => stats.dropped_by_system = Some(double::<BIG>(value)),
                (ISB_STARTTIME | ISB_ENDTIME, 8) => {
                    let at = interface.clock.instant(word::<BIG>(value, 0), word::<BIG>(value, 4));
                    if code == ISB_ENDTIME {
                        stats.end = Some(at);
                        summary.note_end(at);
                    } else {
                        stats.start = Some(at);
                    }
                }
                _ => {}
            }
        }
        // Counters run from the begin of the capture: the latest block replaces the one before.
        let dropped = [stats.dropped_by_interface, stats.dropped_by_system];
        let dropped = dropped.into_iter().flatten().reduce(u64::saturating_add);
        interface.dropped = dropped.or(interface.dropped);
        self.known.note_stats(interface.id, stats);
    }

    fn simple_packet<const BIG: bool, S: FnMut(Frame<'_>)>(
        &mut self,
        body: &[u8],
        pass: &mut Pass<'_, S>,
        summary: &mut FileSummary,
    ) -> Result<Option<Pause>, DamageKind> {
        let Some(interface) = self.interfaces.first() else {
            return Err(DamageKind::UnknownInterface { interface: 0, known: 0 });
        };
        let (original_len, padded) = (word::<BIG>(body, 0), &body[4..]);
        // The block does not say how much was captured: what the interface keeps, and no more than fits.
        let kept = if interface.snap_len == 0 { original_len } else { original_len.min(interface.snap_len) };
        let captured = padded.get(..kept as usize).unwrap_or(padded);
        if captured.len() > MAX_CAPTURED as usize {
            return Err(DamageKind::FrameTooLong { claimed: kept });
        }
        let at = self.last_at;
        if at > pass.until {
            return Ok(Some(Pause::Later(at)));
        }
        let (number, link, interface) = (FrameNumber(pass.number), interface.link, interface.id);
        (pass.sink)(Frame { number, at, link, interface, original_len, captured });
        pass.number += 1;
        pass.left -= 1;
        summary.frames_without_time += 1;
        Ok(Some(Pause::TimeInDoubt))
    }

    fn obsolete_packet<const BIG: bool, S: FnMut(Frame<'_>)>(
        &mut self,
        body: &[u8],
        pass: &mut Pass<'_, S>,
    ) -> Result<Option<Pause>, DamageKind> {
        let named = half::<BIG>(body, 0);
        let Some(interface) = self.interfaces.get(usize::from(named)) else {
            let known = self.interfaces.len();
            return Err(DamageKind::UnknownInterface { interface: named.into(), known });
        };
        let captured_len = word::<BIG>(body, 12);
        if captured_len > MAX_CAPTURED {
            return Err(DamageKind::FrameTooLong { claimed: captured_len });
        }
        let Some(captured) = body[20..].get(..captured_len as usize) else {
            let room = (body.len() - 20) as u32;
            return Err(DamageKind::FrameBeyondBlock { captured: captured_len, room });
        };
        let at = interface.clock.instant(word::<BIG>(body, 4), word::<BIG>(body, 8));
        if at > pass.until {
            return Ok(Some(Pause::Later(at)));
        }
        // 0xffff: not known.
        let drops = half::<BIG>(body, 2);
        if drops != u16::MAX {
            self.dropped_by_packets = self.dropped_by_packets.saturating_add(drops.into());
        }
        let (number, link, interface) = (FrameNumber(pass.number), interface.link, interface.id);
        (pass.sink)(Frame { number, at, link, interface, original_len: word::<BIG>(body, 16), captured });
        self.last_at = at;
        pass.number += 1;
        pass.left -= 1;
        Ok(None)
    }
}

/// Is the body of a block needed?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    InMemory,
    NotAtAll,
}

fn skip_block<const BIG: bool>(window: &mut Window, length: u32) -> Result<(), Flaw> {
    let offset = window.offset();
    let flaw = |kind| Flaw { offset, kind };
    let body = u64::from(length) - 4;
    let skipped = window.skip(body)?;
    if skipped < body || !window.ensure(4)? {
        let had = skipped + window.filled().len() as u64;
        return Err(flaw(DamageKind::CutInBlock { needed: length.into(), had }));
    }
    let trailing = word::<BIG>(window.filled(), 0);
    if trailing != length {
        return Err(flaw(DamageKind::LengthsDiffer { leading: length, trailing }));
    }
    window.consume(4);
    Ok(())
}

/// Frames lost right before a packet, as its options tell.
#[cold]
pub(super) fn dropped_before_packet<const BIG: bool>(bytes: &[u8]) -> u64 {
    options::<BIG>(bytes)
        .filter(|(code, value)| *code == EPB_DROPCOUNT && value.len() == 8)
        .fold(0, |sum, (_, value)| double::<BIG>(value).saturating_add(sum))
}

/// Walks options as (code, value); ends at the end mark or where one does not fit.
fn options<const BIG: bool>(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (header, body) = rest.split_first_chunk::<4>()?;
        let (code, len) = (half::<BIG>(header, 0), usize::from(half::<BIG>(header, 2)));
        if code == OPTION_END {
            return None;
        }
        let value = body.get(..len)?;
        rest = body.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    })
}

fn double<const BIG: bool>(bytes: &[u8]) -> u64 {
    let (first, second) = (u64::from(word::<BIG>(bytes, 0)), u64::from(word::<BIG>(bytes, 4)));
    if BIG { first << 32 | second } else { second << 32 | first }
}
