//! The second pass: frames from the inputs to a pcapng.

use super::notes::Notes;
use super::selection::Selection;
use crate::capture::{FileSummary, FrameOrigins, InterfaceId, Interfaces, Labels, PcapngWriter, Source};
use crate::frame::{CapturedOn, Frame, FrameNumber, LinkType};
use crate::report::text::escape;
use hashbrown::HashMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Frames read at once.
const FILL: usize = 4096;

/// What is copied, and what is said about it.
pub struct Wanted<'a> {
    /// Comments.
    pub notes: &'a Notes,
    /// Frames to copy.
    pub selection: Selection<'a>,
    /// Frames that the first pass read: later ones were not analysed, and are left out.
    pub frames: u64,
    /// Where the frames came from.
    pub origins: &'a FrameOrigins,
    /// The files that [`Wanted::origins`] speaks of.
    pub files: &'a [FileSummary],
    /// About the whole, for the section header.
    pub about: &'a str,
    /// Raised when the copy is not wanted any more.
    pub stop: &'a AtomicBool,
}

/// What was copied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Copied {
    /// Frames written.
    pub frames: u64,
    /// Of them: those with a comment.
    pub commented: u64,
}

/// The copy could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] io::Error),
    /// It was not wanted any more.
    #[error("interrupted; nothing was written")]
    Stopped,
    /// An input is not what it was.
    #[error(
        "the captures changed while they were read: of {first} frames {second} are left; copy them first"
    )]
    Changed {
        /// Frames of the first pass.
        first: u64,
        /// Frames of the second.
        second: u64,
    },
}

/// Copies frames of `source`, which was opened as for the analysis, to `out`.
///
/// # Errors
/// [`CopyError`]; what was written until then is of no use.
pub fn copy(mut source: Source, mut wanted: Wanted<'_>, out: impl Write) -> Result<Copied, CopyError> {
    let writer = PcapngWriter::new(
        out,
        concat!("idlescope ", env!("CARGO_PKG_VERSION")),
        Some(&escape(wanted.about)),
    )?;
    let mut desk = Desk { writer, known: source.interfaces(), written: HashMap::new() };
    let mut copied = Copied::default();
    let mut failed = None;
    let mut seen = 0;
    loop {
        if wanted.stop.load(Ordering::Relaxed) {
            return Err(CopyError::Stopped);
        }
        let fill = source.fill(FILL, &mut |frame| {
            if failed.is_some() || frame.number.0 > wanted.frames {
                return;
            }
            seen = frame.number.0;
            if !wanted.selection.takes(&frame) {
                return;
            }
            // What Wireshark will call it.
            let place = FrameNumber(copied.frames + 1);
            let comment = wanted.notes.comment(frame.number);
            let comment = comment.map(|text| wanted.comment(frame.number, place, &text));
            match desk.write(&frame, comment.as_deref()) {
                Ok(()) => {
                    copied.frames += 1;
                    copied.commented += u64::from(comment.is_some());
                }
                Err(error) => failed = Some(error),
            }
        });
        if let Some(error) = failed.take() {
            return Err(error.into());
        }
        if fill == crate::capture::Fill::End || seen >= wanted.frames {
            break;
        }
    }
    let second = source.finish().frames;
    if second < wanted.frames {
        return Err(CopyError::Changed { first: wanted.frames, second });
    }
    desk.finish()?;
    Ok(copied)
}

impl Wanted<'_> {
    /// The comment, led by where the frame was before, if that is not where it is now.
    fn comment(&self, original: FrameNumber, place: FrameNumber, text: &str) -> String {
        let renumbered = if original == place { String::new() } else { format!("original frame {original}") };
        let origin = (self.files.len() > 1).then(|| self.origins.origin(original)).flatten();
        let file = origin.and_then(|origin| Some((self.files.get(origin.file)?, origin.number)));
        let file = file.map(|(file, number)| format!("{} frame {number}", escape(&file.name)));
        match (renumbered.is_empty(), file) {
            (true, None) => text.to_owned(),
            (false, None) => format!("[{renumbered}] {text}"),
            (true, Some(file)) => format!("[{file}] {text}"),
            (false, Some(file)) => format!("[{renumbered}, {file}] {text}"),
        }
    }
}

/// Writes frames on the interfaces that they came from.
struct Desk<W: Write> {
    writer: PcapngWriter<W>,
    known: Interfaces,
    written: HashMap<(CapturedOn, LinkType), InterfaceId>,
}

impl<W: Write> Desk<W> {
    fn write(&mut self, frame: &Frame<'_>, comment: Option<&str>) -> io::Result<()> {
        let id = match self.written.get(&(frame.interface, frame.link)) {
            Some(id) => *id,
            None => self.describe(frame)?,
        };
        self.writer.write_on(id, frame, &Labels { comment, original: Some(frame.number) })
    }

    /// Interfaces are described as their first frame comes: those without one are left out.
    fn describe(&mut self, frame: &Frame<'_>) -> io::Result<InterfaceId> {
        let known = self.known.get(frame.interface).unwrap_or_default();
        let id = self.writer.add_interface_as(frame.link, &known)?;
        self.written.insert((frame.interface, frame.link), id);
        Ok(id)
    }

    /// What was lost, and how long capturing lasted, belongs to the frames.
    fn finish(mut self) -> io::Result<()> {
        let mut written: Vec<(CapturedOn, InterfaceId)> =
            self.written.iter().map(|((interface, _), id)| (*interface, *id)).collect();
        written.sort_unstable();
        for (interface, id) in written {
            let stats = self.known.get(interface).unwrap_or_default().stats;
            if !stats.is_empty() {
                self.writer.write_stats(id, &stats)?;
            }
        }
        self.writer.finish().map(drop)
    }
}
