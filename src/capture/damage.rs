//! What was wrong with a capture that could be opened but not read to its end.

use super::classic::MAX_CAPTURED;
use super::compression::Compression;
use super::error::OpenError;
use std::fmt;

/// Where and why reading of one file stopped before its end. All frames before it were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file, as the user named it.
    pub file: String,
    /// Offset of the record or block that could not be read, in bytes of the uncompressed capture.
    pub offset: u64,
    /// How the file is packed, outermost first; when not empty, `offset` counts unpacked bytes.
    pub packed: Vec<Compression>,
    /// Frames of this file read before it.
    pub frames_before: u64,
    /// What was wrong.
    pub kind: DamageKind,
}

/// What was wrong at an offset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DamageKind {
    /// The file ends inside the header of a pcap record.
    #[error("the file ends inside a record header ({had} of {needed} bytes)")]
    CutInHeader {
        /// Bytes that a header has.
        needed: usize,
        /// Bytes that are there.
        had: usize,
    },
    /// The file ends inside the bytes of a frame.
    #[error("the file ends inside a frame ({had} of {needed} captured bytes)")]
    CutInFrame {
        /// Bytes that the record claims.
        needed: usize,
        /// Bytes that are there.
        had: usize,
    },
    /// The file ends inside a pcapng block.
    #[error("the file ends inside a block ({had} of {needed} bytes)")]
    CutInBlock {
        /// Bytes that the block claims.
        needed: u64,
        /// Bytes that are there.
        had: u64,
    },
    /// A record claims more captured bytes than any capture tool writes.
    #[error("a frame claims {claimed} captured bytes, more than the {MAX_CAPTURED} that a frame can have")]
    FrameTooLong {
        /// The claim.
        claimed: u32,
    },
    /// Zeros where a pcap record should begin: space reserved but never written.
    #[error("zeros where a frame should begin (the writer reserved space, or the machine stopped)")]
    Zeros,
    /// A pcapng block is shorter than its fixed fields.
    #[error("a block of type {block:#x} claims {length} bytes, but has at least {least}")]
    BlockTooShort {
        /// Block type.
        block: u32,
        /// Block total length, as claimed.
        length: u32,
        /// The least that such a block has.
        least: u32,
    },
    /// A pcapng block whose length is not a multiple of four, as its padding demands.
    #[error("a block of type {block:#x} claims {length} bytes, which is not a multiple of 4")]
    BlockUnaligned {
        /// Block type.
        block: u32,
        /// Block total length, as claimed.
        length: u32,
    },
    /// A pcapng block that would have to be held in memory and is too long for that.
    #[error("a block of type {block:#x} claims {length} bytes, more than the {limit} accepted")]
    BlockTooLong {
        /// Block type.
        block: u32,
        /// Block total length, as claimed.
        length: u32,
        /// The bound.
        limit: u32,
    },
    /// The two length fields of a pcapng block differ.
    #[error("a block says {leading} bytes at its begin and {trailing} at its end")]
    LengthsDiffer {
        /// Block total length before the body.
        leading: u32,
        /// Block total length after the body.
        trailing: u32,
    },
    /// A packet claims more captured bytes than its block has.
    #[error("a frame claims {captured} captured bytes in a block that has room for {room}")]
    FrameBeyondBlock {
        /// Captured length, as claimed.
        captured: u32,
        /// Bytes of the block left for it.
        room: u32,
    },
    /// A packet of an interface that no block has described.
    #[error("a frame of interface {interface}, but the section has described {known}")]
    UnknownInterface {
        /// The interface named.
        interface: u32,
        /// Interfaces described so far.
        known: usize,
    },
    /// A section whose byte order cannot be told.
    #[error("a section begins with byte-order magic {found:#010x} instead of 0x1a2b3c4d")]
    ByteOrderUnknown {
        /// The four bytes, read as little endian.
        found: u32,
    },
    /// A section of a pcapng version that has another layout.
    #[error("a section of pcapng version {major}.{minor}; only version 1 is known")]
    VersionUnknown {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// More interfaces than a section can sensibly have.
    #[error("more than {limit} interfaces in one section")]
    TooManyInterfaces {
        /// The bound.
        limit: usize,
    },
    /// A packed file that ends before its stream does.
    #[error("the {compression} stream is cut short")]
    PackedStreamCut {
        /// Which stream.
        compression: Compression,
    },
    /// A packed file that cannot be unpacked further.
    #[error("the {compression} stream cannot be unpacked further: {problem}")]
    PackedStreamBroken {
        /// Which stream.
        compression: Compression,
        /// The decoder's words.
        problem: String,
    },
    /// The system refused to read on.
    #[error("reading failed: {problem}")]
    Unreadable {
        /// The system's words.
        problem: String,
    },
    /// One of several files could not be opened at all.
    #[error("{0}")]
    CouldNotOpen(OpenError),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damage { file, offset, packed, frames_before, kind } = self;
        if let DamageKind::CouldNotOpen(error) = kind {
            return write!(f, "{error}; the other files were read");
        }
        write!(f, "{file}: at byte {offset}")?;
        if !packed.is_empty() {
            f.write_str(" of the unpacked data")?;
        }
        write!(f, ": {kind}; ")?;
        match frames_before {
            0 => f.write_str("no frame of this file could be read"),
            1 => f.write_str("the frame before it was read, what follows is missing"),
            n => write!(f, "the {n} frames before it were read, what follows is missing"),
        }
    }
}

impl std::error::Error for Damage {}

/// A damage before it is known which file it belongs to.
#[derive(Clone, Debug)]
pub(super) struct Flaw {
    pub(super) offset: u64,
    pub(super) kind: DamageKind,
}
