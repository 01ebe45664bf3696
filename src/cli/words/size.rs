//! Amounts of memory.

use std::fmt;
use std::str::FromStr;

/// Bytes, as `4096`, `512K`, `32M` or `1G` (times 1024).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ByteSize(pub u32);

/// A size that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{text}' is not a size: {problem} (examples: 4096, 512K, 32M, 1G)")]
pub struct ParseSizeError {
    text: String,
    problem: &'static str,
}

const UNITS: [(&str, u64); 3] = [("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)];

impl FromStr for ByteSize {
    type Err = ParseSizeError;

    fn from_str(text: &str) -> Result<Self, ParseSizeError> {
        let wrong = |problem| ParseSizeError { text: text.to_owned(), problem };
        let upper = text.to_ascii_uppercase();
        let short = upper.strip_suffix("IB").or_else(|| upper.strip_suffix('B')).unwrap_or(&upper);
        let unit = UNITS.iter().find_map(|(unit, factor)| Some((short.strip_suffix(unit)?, *factor)));
        let (digits, factor) = unit.unwrap_or((short, 1));
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong("write a whole number and K, M or G"));
        }
        let bytes = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(factor));
        match bytes {
            Some(0) => Err(wrong("it must be larger than zero")),
            // libpcap counts in a signed 32-bit integer.
            Some(bytes) if bytes <= i32::MAX as u64 => Ok(ByteSize(bytes as u32)),
            _ => Err(wrong("it must be less than 2G")),
        }
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = u64::from(self.0);
        match UNITS.iter().find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor)) {
            Some((unit, factor)) => write!(f, "{}{unit}", bytes / factor),
            None => write!(f, "{bytes}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_the_ways_people_write_them() {
        for (text, bytes) in
            [("4096", 4096), ("512K", 524_288), ("32M", 33_554_432), ("32MiB", 33_554_432), ("1g", 1 << 30)]
        {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
        assert_eq!(ByteSize(33_554_432).to_string(), "32M");
        assert_eq!(ByteSize(1000).to_string(), "1000");
    }

    #[test]
    fn what_is_no_size_is_named_with_examples() {
        for (text, says) in [
            ("", "whole number"),
            ("M", "whole number"),
            ("-1", "whole number"),
            ("1.5M", "whole number"),
            ("0", "larger than zero"),
            ("2G", "less than 2G"),
            ("99999999999999999999", "less than 2G"),
        ] {
            let error = text.parse::<ByteSize>().unwrap_err().to_string();
            assert!(error.contains(says) && error.contains("32M"), "{text}: {error}");
        }
    }
}
