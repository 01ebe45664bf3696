//! Packed captures: recognised by their first bytes, unpacked while they are read.

use super::window::Bytes;
use lz4_flex::frame::FrameDecoder;
use std::fmt;
use std::io::{self, ErrorKind, Read};

/// How a capture is packed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Compression {
    /// RFC 1952, several members allowed.
    Gzip,
    /// RFC 8878, several frames allowed.
    Zstd,
    /// LZ4 frame format 1.6, several frames allowed.
    Lz4,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Lz4 => "lz4",
        })
    }
}

impl Compression {
    /// Which compression begins with these bytes.
    pub(super) fn of(first: &[u8]) -> Option<Compression> {
        match first {
            [0x1f, 0x8b, ..] => Some(Compression::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Compression::Zstd),
            // A skippable frame first: pzstd writes its index so (RFC 8878 3.1.2).
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Compression::Lz4),
            _ => None,
        }
    }

    /// Unpacks `packed`.
    ///
    /// # Errors
    /// When the decoder cannot be set up.
    pub(super) fn unpack(self, packed: Bytes) -> io::Result<Bytes> {
        Ok(match self {
            Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(packed)?),
            Compression::Lz4 => Box::new(Lz4Frames::new(packed)),
        })
    }
}

/// `lz4_flex` answers "end" both after a whole frame and when the stream stops where a block should
/// begin. This reader tells them apart and goes on with the next frame.
struct Lz4Frames {
    decoder: FrameDecoder<WatchedEnd>,
    between_frames: bool,
}

/// Notes whether the stream below has ended, and how much it gave.
struct WatchedEnd {
    packed: Bytes,
    ended: bool,
    taken: u64,
}

impl Read for WatchedEnd {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.packed.read(room)?;
        self.ended |= count == 0 && !room.is_empty();
        self.taken += count as u64;
        Ok(count)
    }
}

impl Lz4Frames {
    fn new(packed: Bytes) -> Lz4Frames {
        // The decoder reads block by block with small reads for the headers.
        let packed = Box::new(io::BufReader::with_capacity(64 * 1024, packed));
        let decoder = FrameDecoder::new(WatchedEnd { packed, ended: false, taken: 0 });
        Lz4Frames { decoder, between_frames: true }
    }
}

impl Read for Lz4Frames {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if room.is_empty() {
            return Ok(0);
        }
        loop {
            let taken_before = self.decoder.get_ref().taken;
            let count = self.decoder.read(room)?;
            if count > 0 {
                self.between_frames = false;
                return Ok(count);
            }
            let below = self.decoder.get_ref();
            let took_nothing = below.taken == taken_before;
            match (below.ended, self.between_frames && took_nothing) {
                (true, true) => return Ok(0),
                (true, false) => return Err(ErrorKind::UnexpectedEof.into()),
                (false, _) => self.between_frames = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::tests::samples::{packed_gzip, packed_lz4, packed_zstd};
    use std::io::Cursor;

    fn unpacked(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let compression = Compression::of(&bytes).expect("recognised");
        compression.unpack(Box::new(Cursor::new(bytes)))?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn concatenated_streams_are_one_stream() {
        for pack in [packed_gzip, packed_zstd, packed_lz4] {
            let twice = [pack(b"first "), pack(b"second")].concat();
            assert_eq!(unpacked(twice).unwrap(), b"first second");
        }
    }

    #[test]
    fn every_cut_of_a_packed_stream_is_noticed() {
        let text: Vec<u8> = (0..3_000u32).flat_map(|n| n.to_le_bytes()).collect();
        for pack in [packed_gzip, packed_zstd, packed_lz4] {
            let whole = pack(&text);
            for len in 6..whole.len() {
                assert!(unpacked(whole[..len].to_vec()).is_err(), "{len} of {} bytes", whole.len());
            }
        }
    }
}
