//! What is known of a capture once it has been read.

use super::compression::Compression;
use super::damage::Damage;
use super::origins::FrameOrigins;
use crate::frame::LinkType;
use crate::time::Timestamp;
use std::fmt;

/// Comments kept of one file, and bytes kept of one comment: a broken file may hold nothing else.
const COMMENTS_KEPT: usize = 64;
const COMMENT_LEN_KEPT: usize = 2_048;
/// Different link types listed of one file; real ones have a handful.
const LINK_TYPES_LISTED: usize = 64;

/// How frames are framed in a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// pcap with microseconds.
    Pcap,
    /// pcap with nanoseconds.
    PcapNanos,
    /// pcap with the longer records of Kuznetzov's patch, microseconds.
    PcapModified,
    /// pcap of AIX, nanoseconds.
    PcapAix,
    /// pcapng.
    Pcapng,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Pcap => "pcap",
            Format::PcapNanos => "pcap-nanoseconds",
            Format::PcapModified => "pcap-modified",
            Format::PcapAix => "pcap-aix",
            Format::Pcapng => "pcapng",
        })
    }
}

/// How far a file was read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Extent {
    /// Its turn never came: reading was ended before.
    NotBegun,
    /// Reading was ended, or stopped at damage, inside the file.
    Partway,
    /// To its end.
    Whole,
}

/// One file (or standard input) of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSummary {
    /// As the user named it.
    pub name: String,
    /// `None` when it could not be opened.
    pub format: Option<Format>,
    /// How it is packed, outermost first; empty when it is not.
    pub packed: Vec<Compression>,
    /// Link types that the file declares, in order of appearance, at most 64.
    pub link_types: Vec<LinkType>,
    /// Frames read, those refused by the filter included.
    pub frames: u64,
    /// How far it was read.
    pub extent: Extent,
    /// What stopped reading before its end.
    pub damage: Option<Damage>,
    /// Frames that the capturing machine says it lost: of each interface the last statistics
    /// (`isb_ifdrop` and `isb_osdrop`); where there are none, the drop counts of single packets. `None`: the
    /// file does not say.
    pub dropped: Option<u64>,
    /// Frames of a block without timestamp (simple packets), given the time of the frame before.
    pub frames_without_time: u64,
    /// Frames whose fraction of a second is one or more (pcap).
    pub frames_with_bad_time: u64,
    /// Comments on sections, interfaces and statistics; at most 64, each at most 2048 bytes.
    pub comments: Vec<String>,
    /// Comments beyond those.
    pub comments_left_out: u64,
    /// When capturing ended (the latest `isb_endtime`): silence after the last frame counts until here.
    pub end_at: Option<Timestamp>,
}

impl FileSummary {
    /// A file of which nothing is known yet.
    pub(super) fn of(name: &str) -> FileSummary {
        FileSummary {
            name: name.to_owned(),
            format: None,
            packed: Vec::new(),
            link_types: Vec::new(),
            frames: 0,
            extent: Extent::NotBegun,
            damage: None,
            dropped: None,
            frames_without_time: 0,
            frames_with_bad_time: 0,
            comments: Vec::new(),
            comments_left_out: 0,
            end_at: None,
        }
    }

    /// Was everything in the file read?
    pub fn is_complete(&self) -> bool {
        self.extent == Extent::Whole && self.damage.is_none()
    }

    pub(super) fn note_link(&mut self, link: LinkType) {
        if self.link_types.len() < LINK_TYPES_LISTED && !self.link_types.contains(&link) {
            self.link_types.push(link);
        }
    }

    pub(super) fn note_dropped(&mut self, dropped: Option<u64>) {
        self.dropped = sum(self.dropped, dropped);
    }

    pub(super) fn note_comment(&mut self, comment: &[u8]) {
        if self.comments.len() >= COMMENTS_KEPT {
            self.comments_left_out = self.comments_left_out.saturating_add(1);
            return;
        }
        let kept = comment.get(..COMMENT_LEN_KEPT).unwrap_or(comment);
        self.comments.push(String::from_utf8_lossy(kept).trim_end_matches('\0').to_owned());
    }

    pub(super) fn note_end(&mut self, end: Timestamp) {
        self.end_at = Some(self.end_at.map_or(end, |known| known.max(end)));
    }
}

/// The whole capture, after [`crate::capture::Source::finish`].
#[derive(Clone, Debug)]
pub struct CaptureSummary {
    /// Every input, in the order given.
    pub files: Vec<FileSummary>,
    /// Frames read of all files, those refused by the filter included.
    pub frames: u64,
    /// Frames that the filter refused. They have a number, as in Wireshark's view of the file.
    pub filtered: u64,
    /// Link types for which libpcap cannot compile the filter, with its words; their frames count as
    /// filtered.
    pub unfilterable: Vec<(LinkType, String)>,
    /// Which file each frame came from.
    pub origins: FrameOrigins,
}

impl CaptureSummary {
    /// Was everything in all files read?
    pub fn is_complete(&self) -> bool {
        self.files.iter().all(FileSummary::is_complete)
    }

    /// When capturing ended, as far as any file says.
    pub fn end_at(&self) -> Option<Timestamp> {
        self.files.iter().filter_map(|file| file.end_at).max()
    }

    /// Frames that the capturing machines say they lost; `None`: no file says.
    pub fn dropped(&self) -> Option<u64> {
        self.files.iter().fold(None, |known, file| sum(known, file.dropped))
    }
}

/// What is known of both.
fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (known, None) | (None, known) => known,
    }
}
