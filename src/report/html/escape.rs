//! Text from input made harmless to a browser, and to its reader.

use crate::report::text;
use askama::filters::Html;
use std::fmt;

/// Escapes for HTML text and quoted attributes. What would hide or reorder text becomes visible, as on a terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Escaper;

impl askama::filters::Escaper for Escaper {
    fn write_escaped_str<W: fmt::Write>(&self, dest: W, string: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &text::escape(string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use askama::filters::Escaper as _;

    #[test]
    fn markup_quotes_and_hidden_characters_are_only_text() {
        let mut page = String::new();
        Escaper.write_escaped_str(&mut page, "</script><b a=\"'\">\u{202e}\n&").unwrap();
        assert!(!page.contains(['<', '>', '"', '\'', '\u{202e}', '\n']), "{page}");
        assert!(page.contains("\\u{202e}") && page.contains("\\u{a}"), "{page}");
    }
}
