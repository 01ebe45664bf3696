//! Integers in the byte order of the machine that wrote a capture.

/// The four bytes of `bytes` at `at`; zero where there are none, which no caller asks for.
#[inline(always)]
pub(super) fn word<const BIG: bool>(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    if BIG { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
}

/// The two bytes of `bytes` at `at`; zero where there are none, which no caller asks for.
#[inline(always)]
pub(super) fn half<const BIG: bool>(bytes: &[u8], at: usize) -> u16 {
    let two = bytes.get(at..).and_then(|rest| rest.first_chunk::<2>()).copied().unwrap_or_default();
    if BIG { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }
}
