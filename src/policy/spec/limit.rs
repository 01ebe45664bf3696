//! Idle limits as the grammar writes them: durations, or `never`.

use std::fmt;

use super::SpecError;
use crate::time::Span;

/// The word for a timer that does not run out.
const NEVER: &str = "never";

/// Reads a limit of setting `key`: a duration longer than zero, or `never` ([`Span::MAX`]).
///
/// # Errors
/// [`SpecError::Duration`], and [`SpecError::Zero`] also for a bare `0`.
pub(in crate::policy) fn parse_limit(key: &'static str, word: &str) -> Result<Span, SpecError> {
    if word == NEVER {
        return Ok(Span::MAX);
    }
    parse_length(key, word)
}

/// Reads a duration longer than zero.
///
/// # Errors
/// As [`parse_limit`].
pub(in crate::policy) fn parse_length(key: &'static str, word: &str) -> Result<Span, SpecError> {
    let zero = || SpecError::Zero { key, word: word.to_owned() };
    if !word.is_empty() && word.bytes().all(|b| b == b'0') {
        return Err(zero());
    }
    let span = Span::parse(word)?;
    if span == Span::ZERO { Err(zero()) } else { Ok(span) }
}

/// Whether `word` was meant as a duration rather than a preset id, all of which begin with a letter.
pub(super) fn looks_like_length(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
}

/// A limit as the grammar writes it, without loss: `1h30m`, `350s`, `1500ms`, `never`.
pub(crate) struct ExactSpan(pub Span);

impl fmt::Display for ExactSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 7] = [
            (86_400_000_000_000, "d"),
            (3_600_000_000_000, "h"),
            (60_000_000_000, "m"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        match self.0 {
            Span::MAX => return f.write_str(NEVER),
            Span::ZERO => return f.write_str("0s"),
            // Seconds up to two minutes read better as vendors print them: 75s, not 1m15s.
            span if span.as_nanos() < 120 * UNITS[3].0
                && span.as_nanos().is_multiple_of(UNITS[3].0)
                && !span.as_nanos().is_multiple_of(UNITS[2].0) =>
            {
                return write!(f, "{}s", span.as_secs());
            }
            _ => {}
        }
        let mut rest = self.0.as_nanos();
        for (size, unit) in UNITS {
            if rest >= size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}
