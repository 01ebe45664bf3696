//! How every JSON document and line is written: as serde_json does, and harmless to a terminal.

use super::text::is_unsafe;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use std::io::{self, Write};

/// How a document is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spacing {
    /// Indented.
    Pretty,
    /// On one line.
    Compact,
}

/// Writes `value`. Characters that a terminal acts on or hides (C1 controls, bidirectional ones) are escaped as `\u202e`:
/// any reader of JSON gets them back.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write<T: Serialize + ?Sized>(value: &T, spacing: Spacing, out: &mut dyn Write) -> io::Result<()> {
    match spacing {
        Spacing::Pretty => with(value, Inert(PrettyFormatter::new()), out),
        Spacing::Compact => with(value, Inert(CompactFormatter), out),
    }
}

fn with<T: Serialize + ?Sized>(value: &T, formatter: impl Formatter, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, formatter);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// A formatter whose strings no terminal acts on.
struct Inert<F>(F);

impl<F: Formatter> Formatter for Inert<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all are: serde_json has escaped the controls below a blank itself.
        if fragment.bytes().all(|byte| byte < 0x7f) {
            return self.0.write_string_fragment(out, fragment);
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
            self.0.write_string_fragment(out, &rest[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        self.0.write_string_fragment(out, rest)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_key(out)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn no_terminal_acts_on_a_string_and_every_reader_gets_it_back() {
        let said =
            json!({ "a\u{9b}": ["\u{202e}cba", "tag \u{e0041}", "\u{1b}[31m", "plain é 日本"], "n": 1.5 });
        for spacing in [Spacing::Pretty, Spacing::Compact] {
            let mut out = Vec::new();
            write(&said, spacing, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), said);
            assert!(!text.contains(|c| is_unsafe(c) && c != '\n'), "{text:?}");
            assert!(text.contains("plain é 日本") && text.contains("\\u202ecba"), "{text}");
        }
    }

    #[test]
    fn harmless_values_are_laid_out_as_serde_json_lays_them_out() {
        let said = json!({ "empty": [], "none": {}, "list": [1, { "a": null }], "text": "a\"b" });
        let mut out = Vec::new();
        write(&said, Spacing::Pretty, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string_pretty(&said).unwrap());
    }
}
