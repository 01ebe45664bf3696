//! What is left of a frame while its layers are taken off.

use super::SkipReason;

/// The bytes not yet decoded, and how many of them there were on the wire. The two differ where the
/// capture was cut; only headers are read from the first, only lengths are taken from the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest<'a> {
    /// What was kept of the rest.
    pub captured: &'a [u8],
    /// How long the rest was on the wire, in bytes; never less than what was kept.
    pub on_wire: u32,
}

impl<'a> Rest<'a> {
    /// A whole frame.
    pub fn of(captured: &'a [u8], original_len: u32) -> Self {
        // A file may claim less on the wire than it holds.
        let kept = u32::try_from(captured.len()).unwrap_or(u32::MAX);
        Rest { captured, on_wire: original_len.max(kept) }
    }

    /// Takes a header of `N` bytes.
    pub fn take<const N: usize>(self) -> Result<(&'a [u8; N], Rest<'a>), SkipReason> {
        let (header, captured) = self.captured.split_first_chunk().ok_or(SkipReason::TruncatedHeaders)?;
        Ok((header, Rest { captured, on_wire: self.on_wire.saturating_sub(N as u32) }))
    }

    /// The first `N` bytes, without taking them.
    pub fn peek<const N: usize>(self) -> Result<&'a [u8; N], SkipReason> {
        self.captured.first_chunk().ok_or(SkipReason::TruncatedHeaders)
    }

    /// Steps over `count` bytes.
    pub fn skip(self, count: usize) -> Result<Rest<'a>, SkipReason> {
        let captured = self.captured.get(count..).ok_or(SkipReason::TruncatedHeaders)?;
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Rest { captured, on_wire: self.on_wire.saturating_sub(count) })
    }

    /// Says that the rest is `len` bytes long on the wire, as an inner header claims: what comes after
    /// is padding or a trailer.
    pub fn limit(self, len: u32) -> Rest<'a> {
        let captured = self.captured.get(..len as usize).unwrap_or(self.captured);
        Rest { captured, on_wire: len }
    }
}
