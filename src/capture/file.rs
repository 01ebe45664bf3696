//! One file or pipe: what it is, told by its content, and its frames.

use super::classic::{self, Layout, Magic};
use super::compression::Compression;
use super::damage::{Damage, DamageKind, Flaw};
use super::error::{OpenError, looks_like};
use super::interfaces::Interfaces;
use super::pass::{Pass, Pause};
use super::pcapng::{MAX_BLOCK, SECTION_HEADER, Section};
use super::summary::{Extent, FileSummary, Format};
use super::window::{Bytes, Window};
use crate::frame::{Frame, LinkType};
use crate::time::Timestamp;

/// How often a capture may be packed: `capture.pcap.gz` once more inside a `.zst` does happen, more is a
/// bomb or a mistake.
const PACKED_AT_MOST: usize = 2;

/// A capture file that is being read.
pub(super) struct CaptureFile {
    window: Window,
    framing: Framing,
    summary: FileSummary,
}

enum Framing {
    Records(Layout),
    Blocks(Box<Section>),
}

impl CaptureFile {
    /// Recognises what `bytes` hold. `capacity` is the size of the read buffer; the file's interfaces are added
    /// to `interfaces`.
    ///
    /// # Errors
    /// [`OpenError`] when no capture begins here.
    pub(super) fn open(
        name: &str,
        bytes: Bytes,
        capacity: usize,
        interfaces: &Interfaces,
    ) -> Result<CaptureFile, OpenError> {
        let mut summary = FileSummary::of(name);
        let mut window = Window::new(bytes, None, capacity);
        let framing = loop {
            let read = window.ensure(4).map_err(|flaw| open_error(name, flaw, &window))?;
            if !read && window.filled().is_empty() && summary.packed.is_empty() {
                return Err(OpenError::Empty { name: name.to_owned() });
            }
            if let Some(compression) = Compression::of(window.filled())
                && summary.packed.len() < PACKED_AT_MOST
            {
                summary.packed.push(compression);
                let unpacked = compression.unpack(window.into_bytes());
                let unpacked = unpacked.map_err(|error| OpenError::Packed {
                    name: name.to_owned(),
                    compression,
                    problem: error.to_string(),
                })?;
                window = Window::new(unpacked, Some(compression), capacity);
                continue;
            }
            break recognise(name, &mut window, &mut summary, interfaces)?;
        };
        Ok(CaptureFile { window, framing, summary })
    }

    /// The link types known so far.
    pub(super) fn link_types(&self) -> &[LinkType] {
        &self.summary.link_types
    }

    /// Frames read so far.
    pub(super) fn frames(&self) -> u64 {
        self.summary.frames
    }

    /// The time of the next frame, read up to but not handed on; `None` at the end or at damage.
    pub(super) fn peek(&mut self) -> Option<Timestamp> {
        let sink = &mut |_: Frame<'_>| {};
        match self.read(&mut Pass { left: 1, until: Timestamp::MIN, number: 1, sink }) {
            Pause::Later(at) => Some(at),
            Pause::Full | Pause::TimeInDoubt | Pause::End => None,
        }
    }

    /// Hands frames on until `pass` has enough, a later frame comes, or there are no more: the file is
    /// at its end or damaged, which the summary tells.
    pub(super) fn read<S: FnMut(Frame<'_>)>(&mut self, pass: &mut Pass<'_, S>) -> Pause {
        if self.summary.extent == Extent::Whole || self.summary.damage.is_some() {
            return Pause::End;
        }
        self.summary.extent = Extent::Partway;
        let first = pass.number;
        let walked = match &mut self.framing {
            Framing::Records(layout) => layout.walk(&mut self.window, pass, &mut self.summary),
            Framing::Blocks(section) => section.walk(&mut self.window, pass, &mut self.summary),
        };
        self.summary.frames += pass.number - first;
        match walked {
            Ok(Pause::End) => self.summary.extent = Extent::Whole,
            Ok(pause) => return pause,
            Err(Flaw { offset, kind }) => {
                self.summary.damage = Some(Damage {
                    file: self.summary.name.clone(),
                    offset,
                    packed: self.summary.packed.clone(),
                    frames_before: self.summary.frames,
                    kind,
                });
            }
        }
        Pause::End
    }

    /// What is known of the file by now.
    pub(super) fn into_summary(self) -> FileSummary {
        let mut summary = self.summary;
        if let Framing::Blocks(section) = self.framing {
            summary.note_dropped(section.dropped());
        }
        summary
    }

    /// Bytes that the read buffer takes.
    #[cfg(test)]
    pub(super) fn buffer_len(&self) -> usize {
        self.window.capacity()
    }
}

/// Reads the file header.
fn recognise(
    name: &str,
    window: &mut Window,
    summary: &mut FileSummary,
    interfaces: &Interfaces,
) -> Result<Framing, OpenError> {
    let named = || name.to_owned();
    if let Some(magic) = Magic::sniff(window.filled()) {
        let needed = magic.header_len();
        let whole = window.ensure(needed).map_err(|flaw| open_error(name, flaw, window))?;
        let Some(header) = window.filled().first_chunk::<{ classic::HEADER_LEN }>().filter(|_| whole) else {
            return Err(OpenError::HeaderCut { name: named(), needed, had: window.filled().len() });
        };
        let layout = Layout::read(magic, header, interfaces);
        window.consume(needed);
        summary.format = Some(layout.format);
        summary.note_link(layout.link);
        return Ok(Framing::Records(layout));
    }
    if window.filled().starts_with(&SECTION_HEADER.to_le_bytes()) {
        let whole = window.ensure(12).map_err(|flaw| open_error(name, flaw, window))?;
        if !whole {
            return Err(OpenError::HeaderCut { name: named(), needed: 28, had: window.filled().len() });
        }
        summary.format = Some(Format::Pcapng);
        let mut section = Section::before_first(interfaces.clone());
        let sink = &mut |_: Frame<'_>| {};
        let mut nothing = Pass { left: 0, until: Timestamp::MIN, number: 1, sink };
        return match section.take_block(window, &mut nothing, summary) {
            Ok(_) => Ok(Framing::Blocks(Box::new(section))),
            Err(flaw) => Err(open_error(name, flaw, window)),
        };
    }
    // Enough to tell text from something else.
    let _ = window.ensure(32);
    let first = &window.filled()[..window.filled().len().min(32)];
    let looks_like = if first.is_empty() { "it unpacks to nothing".to_owned() } else { looks_like(first) };
    Err(OpenError::NotACapture { name: named(), looks_like })
}

fn open_error(name: &str, flaw: Flaw, window: &Window) -> OpenError {
    let name = name.to_owned();
    match flaw.kind {
        DamageKind::PackedStreamCut { compression } => {
            OpenError::Packed { name, compression, problem: "its stream is cut short".to_owned() }
        }
        DamageKind::PackedStreamBroken { compression, problem } => {
            OpenError::Packed { name, compression, problem }
        }
        DamageKind::Unreadable { problem } => OpenError::Unreadable { name, problem },
        DamageKind::CutInBlock { needed, .. } => {
            // Bounded by the longest block that is held in memory.
            let needed = usize::try_from(needed).unwrap_or(MAX_BLOCK as usize);
            OpenError::HeaderCut { name, needed, had: window.filled().len() }
        }
        kind => OpenError::HeaderBroken { name, problem: kind.to_string() },
    }
}
