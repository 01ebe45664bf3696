//! Instants and lengths of time, in integer nanoseconds, and the one parser of durations.
//!
//! Arithmetic saturates: captures are untrusted and may carry any timestamp.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// An instant: nanoseconds since 1970-01-01T00:00:00 UTC. Holds the years 1677 to 2262.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Timestamp(i64);

/// A length of time in nanoseconds, never negative. Holds 584 years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Span(u64);

impl Timestamp {
    /// Reads `2026-12-01T09:30:00Z`, with a blank instead of the `T`, without seconds, in UTC without a zone, or with an offset as
    /// `+01:00`. `None`: it is none.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let text = text.trim();
        let (local, offset) =
            match text.char_indices().rev().find(|(at, c)| *at > 10 && matches!(c, '+' | '-')) {
                Some((at, sign)) => {
                    let (hours, minutes) = text[at + 1..].split_once(':').unwrap_or((&text[at + 1..], "0"));
                    let minutes =
                        i64::from(hours.parse::<u8>().ok()?) * 60 + i64::from(minutes.parse::<u8>().ok()?);
                    let minutes = if minutes < 24 * 60 { minutes } else { return None };
                    (&text[..at], if sign == '-' { -minutes } else { minutes })
                }
                None => (text.trim_end_matches(['Z', 'z']), 0),
            };
        let is_short = local.matches(':').count() == 1;
        let local = if is_short { format!("{local}:00") } else { local.to_owned() };
        let at = humantime::parse_rfc3339_weak(&local).ok()?;
        let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
        let nanos = i64::try_from(since.as_nanos()).ok()?;
        Some(Timestamp(nanos.checked_sub(offset.checked_mul(60_000_000_000)?)?))
    }

    /// The earliest instant that can be held.
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    /// The latest instant that can be held.
    pub const MAX: Timestamp = Timestamp(i64::MAX);

    /// From nanoseconds since 1970 UTC.
    pub const fn from_nanos(nanos: i64) -> Self {
        Timestamp(nanos)
    }

    /// Nanoseconds since 1970 UTC.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The length of time since `earlier`; zero when `earlier` is not earlier.
    #[inline]
    pub fn since(self, earlier: Timestamp) -> Span {
        if self.0 <= earlier.0 { Span(0) } else { Span(self.0.wrapping_sub(earlier.0) as u64) }
    }

    /// RFC 3339 UTC with nanoseconds, as machine output has it.
    pub fn to_rfc3339(self) -> String {
        let nanos = self.0.rem_euclid(1_000_000_000) as u32;
        let seconds = self.0.div_euclid(1_000_000_000);
        if seconds < 0 {
            // The formatter knows no instants before 1970; a capture that has them is broken, and the
            // report should show the raw number rather than a wrong date.
            return format!("{seconds}.{nanos:09}s since 1970");
        }
        let at = std::time::UNIX_EPOCH + Duration::new(seconds as u64, nanos);
        humantime::format_rfc3339_nanos(at).to_string()
    }
}

impl Add<Span> for Timestamp {
    type Output = Timestamp;
    #[inline]
    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add_unsigned(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Timestamp;
    #[inline]
    fn sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub_unsigned(span.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest length that can be held: "never" for a timer.
    pub const MAX: Span = Span(u64::MAX);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Span(nanos)
    }

    /// From milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Span(millis.saturating_mul(1_000_000))
    }

    /// From whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Span(seconds.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// Seconds; from [`Span::fits_f64`] on without all of their nanoseconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Seconds as a decimal number with as many places as it takes, exactly: `7380`, `0.5`, `9007199.254740993`.
    pub fn to_decimal(self) -> String {
        let (seconds, nanos) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        let text = format!("{seconds}.{nanos:09}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// Whether a float tells the seconds to the nanosecond: below 48 days, where two neighbours differ by less.
    pub const fn fits_f64(self) -> bool {
        self.as_secs() < 1 << 22
    }

    /// This length times `factor`.
    pub const fn times(self, factor: u64) -> Span {
        Span(self.0.saturating_mul(factor))
    }

    /// This length divided by `divisor`, rounded down; `divisor` 0 gives zero.
    pub const fn divided_by(self, divisor: u64) -> Span {
        match self.0.checked_div(divisor) {
            Some(nanos) => Span(nanos),
            None => Span(0),
        }
    }

    /// This length less `other`; zero when `other` is longer.
    pub const fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }

    /// Parses a duration as the command line and path files write it: `350s`, `5m`, `2h4m`, `1d`.
    ///
    /// # Errors
    /// [`ParseSpanError`] holds the offending text and what is wrong with it.
    pub fn parse(text: &str) -> Result<Span, ParseSpanError> {
        let wrong = |problem: String| ParseSpanError { text: text.to_owned(), problem };
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong(format!("it has no unit; write {text}s for seconds")));
        }
        let duration = humantime::parse_duration(text).map_err(|e| wrong(e.to_string()))?;
        let nanos = u64::try_from(duration.as_nanos())
            .map_err(|_| wrong("it is longer than 584 years".to_owned()))?;
        Ok(Span(nanos))
    }
}

impl Add for Span {
    type Output = Span;
    #[inline]
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Span {
    /// Two leading units at the most, as a person says it: `2h 4m`, `6m 12s`, `61.2s`, `340ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            0 => "0s".to_owned(),
            n if n < 1_000_000 => format!("{}µs", n / 1000),
            n if n < 1_000_000_000 => format!("{}ms", n / 1_000_000),
            n if n < 120_000_000_000 => {
                let tenths = n / 100_000_000;
                if tenths.is_multiple_of(10) {
                    format!("{}s", tenths / 10)
                } else {
                    format!("{}.{}s", tenths / 10, tenths % 10)
                }
            }
            n => {
                let seconds = n / 1_000_000_000;
                let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
                let first = units.iter().position(|(size, _)| seconds >= *size).unwrap_or(3);
                let (size, name) = units[first];
                let rest = units.get(first + 1).map(|(next, label)| (seconds % size / next, *label));
                match rest {
                    Some((amount, label)) if amount > 0 => {
                        format!("{}{name} {amount}{label}", seconds / size)
                    }
                    _ => format!("{}{name}", seconds / size),
                }
            }
        };
        f.pad(&text)
    }
}

/// A duration that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a duration: {problem} (examples: 350s, 5m, 2h4m, 1d)")]
pub struct ParseSpanError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_people_write_them() {
        let at = Some(Timestamp::from_nanos(1_764_581_400_000_000_000));
        for text in [
            "2025-12-01T09:30:00Z",
            "2025-12-01 09:30",
            "2025-12-01T09:30:00",
            "2025-12-01T10:30:00+01:00",
            "2025-12-01 04:00-05:30",
        ] {
            assert_eq!(Timestamp::parse(text), at, "{text}");
        }
        for text in
            ["", "now", "2025-13-01 09:30", "09:30", "2025-12-01T09:30:00+99:00", "2025-12-01T09:30:00+-1:00"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn durations_of_the_command_line_are_read() {
        for (text, seconds) in [("350s", 350), ("5m", 300), ("2h4m", 7440), ("1d", 86_400), ("1h", 3600)] {
            assert_eq!(Span::parse(text), Ok(Span::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_refused_with_the_unit_to_write() {
        let error = Span::parse("350").unwrap_err().to_string();
        assert!(error.contains("'350'") && error.contains("350s"), "{error}");
    }

    #[test]
    fn lengths_read_as_a_person_says_them() {
        for (nanos, text) in [
            (7_440_000_000_000, "2h 4m"),
            (372_000_000_000, "6m 12s"),
            (61_200_000_000, "61.2s"),
            (340_000_000, "340ms"),
            (0, "0s"),
            (86_400_000_000_000, "1d"),
            (5_400_000_000_000, "1h 30m"),
        ] {
            assert_eq!(Span::from_nanos(nanos).to_string(), text);
        }
    }

    #[test]
    fn decimals_are_exact_and_no_longer_than_they_have_to_be() {
        for (nanos, text) in [
            (0, "0"),
            (1, "0.000000001"),
            (500_000_000, "0.5"),
            (7_380_000_000_000, "7380"),
            (9_007_199_254_740_993, "9007199.254740993"),
            (u64::MAX, "18446744073.709551615"),
        ] {
            assert_eq!(Span::from_nanos(nanos).to_decimal(), text);
        }
        for nanos in (0..2000).map(|below| 4_194_304_000_000_000 - 1 - below * 7).chain([1, 300_000_100]) {
            let span = Span::from_nanos(nanos);
            assert!(span.fits_f64());
            assert_eq!(span.as_secs_f64().to_string(), span.to_decimal());
        }
        assert!(!Span::from_secs(4_194_304).fits_f64());
    }

    #[test]
    fn instants_print_as_rfc3339_with_nanoseconds() {
        assert_eq!(
            Timestamp::from_nanos(1_700_000_000_000_000_001).to_rfc3339(),
            "2023-11-14T22:13:20.000000001Z"
        );
    }

    #[test]
    fn differences_never_go_negative_or_wrap() {
        assert_eq!(Timestamp::MIN.since(Timestamp::MAX), Span::ZERO);
        assert_eq!(Timestamp::MAX.since(Timestamp::MIN), Span::MAX);
    }
}
