//! TOML with the place of every word: what path files and preset files are read through.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Line and column, from 1, of the character at byte `offset` of `text`.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A byte that is no UTF-8.
pub(super) struct NotUtf8 {
    /// Line of the byte.
    pub line: usize,
    /// Column of the byte.
    pub column: usize,
    /// The byte.
    pub byte: u8,
}

/// The bytes as text.
///
/// # Errors
/// The first byte that is none.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, NotUtf8> {
    std::str::from_utf8(bytes).map_err(|error| {
        let (before, after) = bytes.split_at(error.valid_up_to());
        let (line, column) = line_and_column(&String::from_utf8_lossy(before), before.len());
        NotUtf8 { line, column, byte: after.first().copied().unwrap_or_default() }
    })
}

/// Text that is no TOML.
pub(super) struct NotToml {
    /// Line of the mistake.
    pub line: usize,
    /// Column of the mistake.
    pub column: usize,
    /// What the TOML parser says, in one line.
    pub problem: String,
    /// The line, cut when it is long.
    pub excerpt: String,
}

/// The text as a table.
///
/// # Errors
/// The first mistake.
pub(super) fn table_of(text: &str) -> Result<Spanned<DeTable<'_>>, NotToml> {
    DeTable::parse(text).map_err(|error| {
        let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
        // One line, as every other message.
        let problem = error.message().lines().collect::<Vec<_>>().join("; ");
        // Longer lines would hide the message.
        const LONGEST_EXCERPT: usize = 60;
        let excerpt = text.lines().nth(line - 1).unwrap_or_default().trim();
        let excerpt = excerpt.chars().take(LONGEST_EXCERPT).collect();
        NotToml { line, column, problem, excerpt }
    })
}

/// The entries of a table as the file has them; the table itself is sorted by key.
pub(super) fn in_file_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// What a value is, for a message that it should be something else.
pub(super) fn in_words(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text '{text}'"),
        DeValue::Integer(number) => format!("the bare number {number}"),
        DeValue::Float(number) => format!("the bare number {}", number.as_str()),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(moment) => format!("the date or time {moment}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
