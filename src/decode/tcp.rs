//! The TCP header (RFC 9293 section 3.1) and the options that matter here.

use super::SkipReason;
use super::ip::IpFacts;
use super::rest::Rest;
use crate::frame::Frame;
use crate::segment::{FlowKey, Realm, Segment, SegmentTraits, SeqNumber, TcpFlags};

/// Length of the header without options, in bytes.
pub(super) const FIXED_LEN: usize = 20;

/// How much of it a first fragment must have: up to flags and window.
const TELLING_LEN: usize = 16;

/// Decodes the segment whose TCP header begins `rest`.
pub(super) fn segment(
    frame: &Frame<'_>,
    realm: Realm,
    ip: &IpFacts,
    rest: Rest<'_>,
) -> Result<Segment, SkipReason> {
    if rest.on_wire < FIXED_LEN as u32 && !ip.traits.contains(SegmentTraits::FRAGMENT) {
        return Err(SkipReason::BadTcpHeader);
    }
    let mut padded = [0; FIXED_LEN];
    let fixed = match rest.peek::<FIXED_LEN>() {
        Ok(fixed) => fixed,
        // Checksum and urgent pointer are in the next fragment.
        Err(_) if rest.on_wire < FIXED_LEN as u32 => {
            let (telling, _) = padded.split_at_mut(TELLING_LEN);
            telling.copy_from_slice(rest.peek::<TELLING_LEN>()?);
            &padded
        }
        Err(cut) => return Err(cut),
    };
    let header_len = header_len(fixed);
    let payload_len = match rest.on_wire.checked_sub(header_len as u32) {
        Some(len) => len,
        // Its options go on in the next fragment, and all payload is there.
        None if ip.traits.contains(SegmentTraits::FRAGMENT) => 0,
        None => return Err(SkipReason::BadTcpHeader),
    };
    if header_len < FIXED_LEN {
        return Err(SkipReason::BadTcpHeader);
    }
    let (key, sender) = FlowKey::of(ip.src, port(fixed, 0), ip.dst, port(fixed, 2), realm);
    let options = options_of(rest.captured, header_len);
    Ok(assemble(frame, (key, sender), fixed, options, payload_len, (ip.id, ip.ttl, ip.traits)))
}

/// Header length with options, in bytes, as the data offset claims.
#[inline(always)]
pub(super) fn header_len(fixed: &[u8; FIXED_LEN]) -> usize {
    usize::from(fixed[12] >> 4) * 4
}

/// Port at byte `at` of the header.
#[inline(always)]
pub(super) fn port(fixed: &[u8; FIXED_LEN], at: usize) -> u16 {
    u16::from_be_bytes([fixed[at], fixed[at + 1]])
}

/// What was captured of the options.
#[inline(always)]
pub(super) fn options_of(captured: &[u8], header_len: usize) -> &[u8] {
    captured.get(FIXED_LEN..header_len.min(captured.len())).unwrap_or(&[])
}

/// A segment from a header known to be whole.
#[inline(always)]
pub(super) fn assemble(
    frame: &Frame<'_>,
    (key, sender): (FlowKey, crate::segment::Sender),
    fixed: &[u8; FIXED_LEN],
    options: &[u8],
    payload_len: u32,
    (ip_id, ttl, traits): (u16, u8, SegmentTraits),
) -> Segment {
    let found = Options::of(options);
    Segment {
        at: frame.at,
        frame: frame.number,
        key,
        seq: SeqNumber(u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]])),
        ack: SeqNumber(u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]])),
        payload_len,
        ts_val: found.ts_val(),
        ts_ecr: found.ts_ecr(),
        window: u16::from_be_bytes([fixed[14], fixed[15]]),
        ip_id,
        ttl,
        flags: TcpFlags(fixed[13]),
        sender,
        traits: traits.with(found.traits),
    }
}

#[derive(Clone, Copy, Default)]
struct Options {
    /// TSval in the upper half, TSecr in the lower: together they stay in a register on the way to the segment.
    stamps: u64,
    traits: SegmentTraits,
}

impl Options {
    const END: u8 = 0;
    const NO_OPERATION: u8 = 1;
    const SACK: u8 = 5;
    const TIMESTAMPS: u8 = 8;
    /// Two no-operations, and kind and length of the timestamps.
    const PADDED_TIMESTAMPS: [u8; 4] = [1, 1, Self::TIMESTAMPS, 10];

    fn ts_val(self) -> u32 {
        (self.stamps >> 32) as u32
    }

    fn ts_ecr(self) -> u32 {
        self.stamps as u32
    }

    /// Reads as far as the options make sense; a cut or malformed one ends the walk, and what was found
    /// before it stands.
    #[inline(always)]
    fn of(options: &[u8]) -> Options {
        // The layout RFC 7323 appendix A recommends, of nearly every segment that has timestamps.
        if let Some((head, &stamps)) = options.split_first_chunk::<4>().and_then(|(head, rest)| {
            let stamps: &[u8; 8] = rest.try_into().ok()?;
            Some((head, stamps))
        }) && *head == Self::PADDED_TIMESTAMPS
        {
            return Options { stamps: u64::from_be_bytes(stamps), traits: SegmentTraits::TIMESTAMPS };
        }
        if options.is_empty() { Options::default() } else { Options::walk(options) }
    }

    // etherparse's iterator ends at the first option it does not know, and would lose the timestamps
    // behind an MPTCP, MD5 or Fast Open option.
    #[inline(never)]
    fn walk(mut options: &[u8]) -> Options {
        let mut found = Options::default();
        loop {
            options = match options {
                [Self::END, ..] => return found,
                [Self::NO_OPERATION, after @ ..] => after,
                &[kind, len, ref body @ ..] if len >= 2 => {
                    let Some((body, after)) = body.split_at_checked(usize::from(len) - 2) else {
                        return found;
                    };
                    match (kind, body) {
                        (Self::TIMESTAMPS, &[a, b, c, d, e, f, g, h]) => {
                            found.stamps = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
                            found.traits = found.traits.with(SegmentTraits::TIMESTAMPS);
                        }
                        (Self::SACK, block) if block.len() >= 8 => {
                            found.traits = found.traits.with(SegmentTraits::SACK);
                        }
                        _ => {}
                    }
                    after
                }
                _ => return found,
            };
        }
    }
}
