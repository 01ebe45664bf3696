//! Durations that must not be zero.

use crate::time::{ParseSpanError, Span};

/// Reads a duration longer than zero.
///
/// # Errors
/// [`ParseSpanError`], also for zero.
pub(super) fn longer_than_zero(text: &str) -> Result<Span, ParseSpanError> {
    let span = Span::parse(text)?;
    if span == Span::ZERO {
        let problem = "it must be longer than zero".to_owned();
        return Err(ParseSpanError { text: text.to_owned(), problem });
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_refused_in_every_unit() {
        assert!(longer_than_zero("0s").unwrap_err().to_string().contains("longer than zero"));
        assert!(longer_than_zero("0h").is_err());
        assert_eq!(longer_than_zero("1ms"), Ok(Span::from_millis(1)));
    }
}
