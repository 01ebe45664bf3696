//! Framing of pcap files (draft-ietf-opsawg-pcap): a file header, then records.
//!
//! Own code, because a frame has a budget of 40 ns from disk to verdict; this walk takes a few of them.
//!
//! Files of version 2.2 and before have the two lengths of a record in the other order, and of 2.3 some do, as libpcap
//! (`sf-pcap.c`) and Wireshark (`wiretap/libpcap.c`) know.

use super::bytes::{half, word};
use super::damage::{DamageKind, Flaw};
use super::interfaces::{CaptureInterface, Interfaces};
use super::pass::{Pass, Pause};
use super::summary::{FileSummary, Format};
use super::window::Window;
use crate::frame::{CapturedOn, Frame, FrameNumber, LinkType};
use crate::memory::prefetch;
use crate::time::Timestamp;

/// The most captured bytes that a frame may have: the 262 144 that libpcap (`MAXIMUM_SNAPLEN`) and
/// Wireshark (`WTAP_MAX_PACKET_SIZE_STANDARD`) allow, and some for writers that prepend a header of
/// their own to a full frame. A record that claims more is damage, not a reason to take memory.
pub const MAX_CAPTURED: u32 = 262_144 + 1_024;

/// Length of the file header.
pub(super) const HEADER_LEN: usize = 24;

const MAGIC_MICROS: u32 = 0xa1b2_c3d4;
const MAGIC_NANOS: u32 = 0xa1b2_3c4d;
/// Alexey Kuznetzov's patched libpcap: records carry interface index, protocol and packet type.
const MAGIC_MODIFIED: u32 = 0xa1b2_cd34;
/// Ixia's `lcap` of hardware and of software: the file header is longer by the size of what follows it.
const MAGIC_IXIA_NANOS: u32 = 0x1c00_01ac;
const MAGIC_IXIA_MICROS: u32 = 0x1c00_01ab;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// What the first four bytes say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Magic {
    format: Format,
    big_endian: bool,
    ixia: bool,
}

impl Magic {
    /// Reads the first bytes of a file; `None`: it is no pcap.
    pub(super) fn sniff(first: &[u8]) -> Option<Magic> {
        let bytes = *first.first_chunk::<4>()?;
        let known = |magic, big_endian| {
            let (format, ixia) = match magic {
                MAGIC_MICROS => (Format::Pcap, false),
                MAGIC_NANOS => (Format::PcapNanos, false),
                MAGIC_MODIFIED => (Format::PcapModified, false),
                MAGIC_IXIA_MICROS => (Format::Pcap, true),
                MAGIC_IXIA_NANOS => (Format::PcapNanos, true),
                _ => return None,
            };
            Some(Magic { format, big_endian, ixia })
        };
        known(u32::from_le_bytes(bytes), false).or_else(|| known(u32::from_be_bytes(bytes), true))
    }

    /// Length of the file header.
    pub(super) fn header_len(self) -> usize {
        if self.ixia { HEADER_LEN + 4 } else { HEADER_LEN }
    }
}

/// The order of a record's two lengths: captured and on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lengths {
    AsNow,
    /// On the wire, then captured.
    Exchanged,
    /// Exchanged where more would have been captured than there was.
    PerhapsExchanged,
}

/// How the records of one file are laid out, and how far its clock has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) format: Format,
    pub(super) link: LinkType,
    /// Its one interface.
    pub(super) interface: CapturedOn,
    big_endian: bool,
    lengths: Lengths,
    /// Time of the frame before.
    last_at: Timestamp,
}

impl Layout {
    /// Reads a file header.
    pub(super) fn read(magic: Magic, header: &[u8; HEADER_LEN], interfaces: &Interfaces) -> Layout {
        let big = magic.big_endian;
        let number = |at| if big { word::<true>(header, at) } else { word::<false>(header, at) };
        let part = |at| if big { half::<true>(header, at) } else { half::<false>(header, at) };
        let version = (part(4), part(6));
        // The upper bits tell of a frame check sequence (libpcap's LT_LINKTYPE).
        let stated = number(20) & 0x03ff_ffff;
        let (format, link) = match (magic.format, version, stated) {
            // AIX counts nanoseconds, and numbers links as RFC 1573 does: Ethernet, token ring, loopback.
            (Format::Pcap, (2, 2), 6) => (Format::PcapAix, 1),
            (Format::Pcap, (2, 2), 9) => (Format::PcapAix, 6),
            (Format::Pcap, (2, 2), 24) => (Format::PcapAix, 0),
            (format, ..) => (format, stated),
        };
        let lengths = match version {
            // DG/UX numbers its versions otherwise.
            (2, 0..=2) | (543, 0) => Lengths::Exchanged,
            (2, 3) => Lengths::PerhapsExchanged,
            _ => Lengths::AsNow,
        };
        let link = LinkType(link);
        let described =
            CaptureInterface { link: Some(link), snap_len: number(16), ..CaptureInterface::default() };
        let interface = interfaces.add(described);
        Layout { format, link, interface, big_endian: big, lengths, last_at: Timestamp::MIN }
    }

    /// Hands frames on until `pass` has enough, a later frame comes, one without a sound time was among them, or the
    /// file ends.
    ///
    /// # Errors
    /// The first [`Flaw`]; frames before it were handed on.
    pub(super) fn walk<S: FnMut(Frame<'_>)>(
        &mut self,
        window: &mut Window,
        pass: &mut Pass<'_, S>,
        summary: &mut FileSummary,
    ) -> Result<Pause, Flaw> {
        match (self.big_endian, self.lengths) {
            (true, Lengths::AsNow) => self.walk_as::<true, false, S>(window, pass, summary),
            (false, Lengths::AsNow) => self.walk_as::<false, false, S>(window, pass, summary),
            (true, _) => self.walk_as::<true, true, S>(window, pass, summary),
            (false, _) => self.walk_as::<false, true, S>(window, pass, summary),
        }
    }

    /// Nanoseconds of a fraction.
    fn nanos_per_fraction(&self) -> i64 {
        match self.format {
            Format::PcapNanos | Format::PcapAix => 1,
            _ => 1_000,
        }
    }

    /// Bytes of a record between its four words and the frame.
    fn extra(&self) -> usize {
        if self.format == Format::PcapModified { 8 } else { 0 }
    }

    /// Captured and original length of a record. `OLD`: they may have changed places.
    #[inline(always)]
    fn lengths_of<const BIG: bool, const OLD: bool>(&self, header: &[u8; 16]) -> (u32, u32) {
        let (first, second) = (word::<BIG>(header, 8), word::<BIG>(header, 12));
        match self.lengths {
            Lengths::Exchanged if OLD => (second, first),
            Lengths::PerhapsExchanged if OLD && first > second => (second, first),
            _ => (first, second),
        }
    }

    fn walk_as<const BIG: bool, const OLD: bool, S: FnMut(Frame<'_>)>(
        &mut self,
        window: &mut Window,
        pass: &mut Pass<'_, S>,
        summary: &mut FileSummary,
    ) -> Result<Pause, Flaw> {
        let (link, interface) = (self.link, self.interface);
        let nanos_per_fraction = self.nanos_per_fraction();
        let fractions = (NANOS_PER_SECOND / nanos_per_fraction) as u32;
        let extra = self.extra();
        let header_len = 16 + extra;
        loop {
            let filled = window.filled();
            let mut rest = filled;
            let mut last_at = self.last_at;
            let stop = loop {
                if pass.left == 0 {
                    break Stop::Pause(Pause::Full);
                }
                let Some((header, body)) = rest.split_first_chunk::<16>() else {
                    break Stop::Need(header_len);
                };
                let (captured_len, original_len) = self.lengths_of::<BIG, OLD>(header);
                if captured_len > MAX_CAPTURED {
                    break Stop::Flaw(DamageKind::FrameTooLong { claimed: captured_len });
                }
                if captured_len == 0 && *header == [0; 16] {
                    break Stop::Flaw(DamageKind::Zeros);
                }
                let end = extra + captured_len as usize;
                let Some(captured) = body.get(extra..end) else {
                    break Stop::Need(16 + end);
                };
                let seconds = i64::from(word::<BIG>(header, 0));
                let fraction = word::<BIG>(header, 4);
                if fraction >= fractions {
                    break Stop::BeyondItsUnit(16 + end);
                }
                // Cannot overflow: both are below 2^32.
                let nanos = seconds * NANOS_PER_SECOND + i64::from(fraction) * nanos_per_fraction;
                let at = Timestamp::from_nanos(nanos);
                if at > pass.until {
                    break Stop::Pause(Pause::Later(at));
                }
                // Where a frame begins shows only in the one before it, so no processor foresees it.
                prefetch::bytes_from(&body[end..]);
                let number = FrameNumber(pass.number);
                (pass.sink)(Frame { number, at, link, interface, original_len, captured });
                pass.number += 1;
                pass.left -= 1;
                last_at = at;
                rest = &body[end..];
            };
            self.last_at = last_at;
            let walked = filled.len() - rest.len();
            window.consume(walked);
            match stop {
                Stop::Pause(pause) => return Ok(pause),
                Stop::Flaw(kind) => return Err(Flaw { offset: window.offset(), kind }),
                Stop::BeyondItsUnit(len) => {
                    return self.take_beyond_unit::<BIG, OLD, S>(window, len, pass, summary);
                }
                Stop::Need(need) if window.ensure(need)? => {}
                Stop::Need(_) => {
                    // The stream ended: what is at hand now is all there is.
                    let had = window.filled().len();
                    return match window.filled().first_chunk::<16>() {
                        _ if had == 0 => Ok(Pause::End),
                        Some(header) if had >= header_len => {
                            let (needed, _) = self.lengths_of::<BIG, OLD>(header);
                            let kind = if needed > MAX_CAPTURED {
                                DamageKind::FrameTooLong { claimed: needed }
                            } else {
                                DamageKind::CutInFrame { needed: needed as usize, had: had - header_len }
                            };
                            Err(Flaw { offset: window.offset(), kind })
                        }
                        _ => Err(Flaw {
                            offset: window.offset(),
                            kind: DamageKind::CutInHeader { needed: header_len, had },
                        }),
                    };
                }
            }
        }
    }

    /// Hands on the one frame at the window's begin, `len` bytes with its header, whose fraction is a second or more.
    ///
    /// A second too much is a fraction that was rounded or added up and not carried: that is made good, as all readers
    /// do, where the next frame is not earlier. Anything else is noise, and only the seconds are believed: the frame
    /// has their begin, or the time of the frame before it where that is later. So the order of the file stays.
    #[cold]
    fn take_beyond_unit<const BIG: bool, const OLD: bool, S: FnMut(Frame<'_>)>(
        &mut self,
        window: &mut Window,
        len: usize,
        pass: &mut Pass<'_, S>,
        summary: &mut FileSummary,
    ) -> Result<Pause, Flaw> {
        let time_of = |header: &[u8; 16]| (i64::from(word::<BIG>(header, 0)), word::<BIG>(header, 4));
        let nanos_per_fraction = self.nanos_per_fraction();
        let carried = |(seconds, fraction): (i64, u32)| {
            let nanos = i64::from(fraction) * nanos_per_fraction;
            (nanos < 2 * NANOS_PER_SECOND).then(|| Timestamp::from_nanos(seconds * NANOS_PER_SECOND + nanos))
        };
        // Where reading fails behind this frame, it is still whole.
        let after = window.ensure(len + 16);
        let filled = window.filled();
        let (Some(header), Some(captured)) = (filled.first_chunk::<16>(), filled.get(16 + self.extra()..len))
        else {
            return after.map(|_| Pause::End);
        };
        let next = filled
            .get(len..)
            .and_then(|rest| rest.first_chunk::<16>())
            .and_then(|next| carried(time_of(next)));
        let stated = time_of(header);
        let begin = Timestamp::from_nanos(stated.0 * NANOS_PER_SECOND);
        let last = Timestamp::from_nanos((stated.0 + 1) * NANOS_PER_SECOND - 1);
        let at = carried(stated)
            .filter(|at| next.is_none_or(|next| *at <= next))
            .unwrap_or(begin.max(self.last_at.min(last)));
        if at > pass.until {
            return Ok(Pause::Later(at));
        }
        let (_, original_len) = self.lengths_of::<BIG, OLD>(header);
        let (number, link, interface) = (FrameNumber(pass.number), self.link, self.interface);
        (pass.sink)(Frame { number, at, link, interface, original_len, captured });
        self.last_at = at;
        pass.number += 1;
        pass.left -= 1;
        summary.frames_with_bad_time += 1;
        window.consume(len);
        after.map(|_| Pause::TimeInDoubt)
    }
}

/// Why the walk over the bytes at hand stopped.
enum Stop {
    Pause(Pause),
    Need(usize),
    Flaw(DamageKind),
    /// A record of this length whose fraction of a second is one or more.
    BeyondItsUnit(usize),
}
