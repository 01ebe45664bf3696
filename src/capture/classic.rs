//! Framing of pcap files (draft-ietf-opsawg-pcap): a file header, then records.
//!
//! Own code, because a frame has a budget of 40 ns from disk to verdict; this walk takes a few of them.

use super::bytes::word;
use super::damage::{DamageKind, Flaw};
use super::interfaces::{CaptureInterface, Interfaces};
use super::pass::{Pass, Pause};
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

/// Which pcap it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Flavour {
    Micros,
    Nanos,
    Modified,
}

/// How the records of one file are laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) flavour: Flavour,
    pub(super) link: LinkType,
    /// Its one interface.
    pub(super) interface: CapturedOn,
    big_endian: bool,
}

impl Layout {
    /// Reads the magic number of a file header: flavour, and whether it is big endian.
    pub(super) fn sniff(first: &[u8]) -> Option<(Flavour, bool)> {
        let magic = *first.first_chunk::<4>()?;
        let flavour = |magic| match magic {
            MAGIC_MICROS => Some(Flavour::Micros),
            MAGIC_NANOS => Some(Flavour::Nanos),
            MAGIC_MODIFIED => Some(Flavour::Modified),
            _ => None,
        };
        let little = flavour(u32::from_le_bytes(magic)).map(|found| (found, false));
        little.or_else(|| flavour(u32::from_be_bytes(magic)).map(|found| (found, true)))
    }

    /// Reads a file header; `None` when its magic is none of pcap.
    pub(super) fn read(header: &[u8; HEADER_LEN], interfaces: &Interfaces) -> Option<Layout> {
        let (flavour, big_endian) = Layout::sniff(header)?;
        let number = |at| if big_endian { word::<true>(header, at) } else { word::<false>(header, at) };
        // The upper bits tell of a frame check sequence (libpcap's LT_LINKTYPE).
        let link = LinkType(number(20) & 0x03ff_ffff);
        let described =
            CaptureInterface { link: Some(link), snap_len: number(16), ..CaptureInterface::default() };
        Some(Layout { flavour, link, interface: interfaces.add(described), big_endian })
    }

    /// Hands frames on until `pass` has enough, a later frame comes, or the file ends.
    ///
    /// # Errors
    /// The first [`Flaw`]; frames before it were handed on.
    pub(super) fn walk<S: FnMut(Frame<'_>)>(
        &self,
        window: &mut Window,
        pass: &mut Pass<'_, S>,
    ) -> Result<Pause, Flaw> {
        if self.big_endian {
            self.walk_as::<true, S>(window, pass)
        } else {
            self.walk_as::<false, S>(window, pass)
        }
    }

    fn walk_as<const BIG: bool, S: FnMut(Frame<'_>)>(
        &self,
        window: &mut Window,
        pass: &mut Pass<'_, S>,
    ) -> Result<Pause, Flaw> {
        let (link, interface) = (self.link, self.interface);
        let nanos_per_fraction = if self.flavour == Flavour::Nanos { 1 } else { 1_000 };
        let extra = if self.flavour == Flavour::Modified { 8 } else { 0 };
        let header_len = 16 + extra;
        loop {
            let filled = window.filled();
            let mut rest = filled;
            let stop = loop {
                if pass.left == 0 {
                    break Stop::Pause(Pause::Full);
                }
                let Some((header, body)) = rest.split_first_chunk::<16>() else {
                    break Stop::Need(header_len);
                };
                let captured_len = word::<BIG>(header, 8);
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
                let fraction = i64::from(word::<BIG>(header, 4));
                // Cannot overflow: both are below 2^32.
                let at = Timestamp::from_nanos(seconds * 1_000_000_000 + fraction * nanos_per_fraction);
                if at > pass.until {
                    break Stop::Pause(Pause::Later(at));
                }
                // Where a frame begins shows only in the one before it, so no processor foresees it.
                prefetch::bytes_from(&body[end..]);
                let original_len = word::<BIG>(header, 12);
                let number = FrameNumber(pass.number);
                (pass.sink)(Frame { number, at, link, interface, original_len, captured });
                pass.number += 1;
                pass.left -= 1;
                rest = &body[end..];
            };
            let walked = filled.len() - rest.len();
            window.consume(walked);
            match stop {
                Stop::Pause(pause) => return Ok(pause),
                Stop::Flaw(kind) => return Err(Flaw { offset: window.offset(), kind }),
                Stop::Need(need) if window.ensure(need)? => {}
                Stop::Need(_) => {
                    // The stream ended: what is at hand now is all there is.
                    let had = window.filled().len();
                    return match window.filled().first_chunk::<16>() {
                        _ if had == 0 => Ok(Pause::End),
                        Some(header) if had >= header_len => {
                            let needed = word::<BIG>(header, 8);
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
}

/// Why the walk over the bytes at hand stopped.
enum Stop {
    Pause(Pause),
    Need(usize),
    Flaw(DamageKind),
}
