//! A table of a preset file: its keys, each read as what it must be, or a fault with its place.

use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::nearest;
use super::RowFault;
use crate::policy::spec::{SpecError, parse_length, parse_limit};
use crate::policy::toml_text::{in_file_order, in_words};
use crate::time::Span;

/// A fault and the byte at which it stands.
pub(super) type Located = (usize, RowFault);

/// A table of which every key is known.
pub(super) struct RowTable<'t> {
    table: &'t DeTable<'t>,
    /// What the table describes, for messages: `a box`.
    within: &'static str,
    /// Where it begins.
    pub offset: usize,
}

/// A value with its place.
pub(super) type Placed<'t> = &'t Spanned<DeValue<'t>>;

impl<'t> RowTable<'t> {
    /// Takes a table that describes `within`.
    ///
    /// # Errors
    /// The first key that is not `known`.
    pub fn new(
        table: &'t DeTable<'t>,
        offset: usize,
        within: &'static str,
        known: &'static [&'static str],
    ) -> Result<Self, Located> {
        for (key, _) in in_file_order(table) {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let nearest = nearest(name, known.iter().copied());
                let fault = RowFault::UnknownKey { within, key: name.to_owned(), nearest, known };
                return Err((key.span().start, fault));
            }
        }
        Ok(RowTable { table, within, offset })
    }

    /// The value of `key`.
    pub fn value(&self, key: &str) -> Option<Placed<'t>> {
        self.table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
    }

    /// `read`, which the table must have.
    ///
    /// # Errors
    /// [`RowFault::Missing`], with `example` as what to write.
    pub fn required<T>(
        &self,
        key: &'static str,
        read: Option<T>,
        example: &'static str,
    ) -> Result<T, Located> {
        read.ok_or((self.offset, RowFault::Missing { within: self.within, key, example }))
    }

    /// Words that live as long as the catalogue, which is as long as the program.
    pub fn text(&self, key: &'static str) -> Result<Option<&'static str>, Located> {
        self.value(key).map(|value| text(key, value)).transpose()
    }

    /// A word of the grammar of hops, or another that reads itself.
    pub fn word<T: FromStr<Err = SpecError>>(&self, key: &'static str) -> Result<Option<T>, Located> {
        self.value(key).map(|value| located(value, string(key, value)?.parse())).transpose()
    }

    /// One of `words`.
    pub fn choice<T: Copy>(
        &self,
        key: &'static str,
        words: &[(T, &'static str)],
    ) -> Result<Option<T>, Located> {
        self.value(key).map(|value| choice(key, value, words)).transpose()
    }

    /// A duration, or `never`.
    pub fn limit(&self, key: &'static str) -> Result<Option<Span>, Located> {
        self.value(key).map(|value| limit(key, value)).transpose()
    }

    /// A duration.
    pub fn length(&self, key: &'static str) -> Result<Option<Span>, Located> {
        self.value(key).map(|value| length(key, value)).transpose()
    }

    /// A number of probes.
    pub fn probes(&self, key: &'static str) -> Result<Option<u32>, Located> {
        self.value(key).map(|value| probes(key, value)).transpose()
    }

    /// A list, each of its values as `read` has it; empty when the key is left out.
    pub fn list<T>(
        &self,
        key: &'static str,
        instead: &str,
        read: impl FnMut(Placed<'t>) -> Result<T, Located>,
    ) -> Result<&'static [T], Located> {
        let Some(value) = self.value(key) else { return Ok(&[]) };
        let DeValue::Array(list) = value.get_ref() else { return Err(wrong_type(key, value, instead)) };
        let rows = list.iter().map(read).collect::<Result<Vec<T>, Located>>()?;
        Ok(rows.leak())
    }

    /// A table within, that describes `within`.
    pub fn table(
        &self,
        key: &'static str,
        within: &'static str,
        known: &'static [&'static str],
        instead: &str,
    ) -> Result<Option<RowTable<'t>>, Located> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.get_ref() {
            DeValue::Table(table) => RowTable::new(table, value.span().start, within, known).map(Some),
            _ => Err(wrong_type(key, value, instead)),
        }
    }
}

/// `result`, whose fault stands at `value`.
pub(super) fn located<T, E: Into<RowFault>>(value: Placed<'_>, result: Result<T, E>) -> Result<T, Located> {
    result.map_err(|fault| (value.span().start, fault.into()))
}

pub(super) fn wrong_type(key: &str, value: Placed<'_>, instead: &str) -> Located {
    let fault = RowFault::WrongType {
        key: key.to_owned(),
        found: in_words(value.get_ref()),
        instead: instead.to_owned(),
    };
    (value.span().start, fault)
}

pub(super) fn string<'t>(key: &str, value: Placed<'t>) -> Result<&'t str, Located> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.as_ref()),
        DeValue::Integer(seconds) if !matches!(key, "id" | "product" | "read") => Err(wrong_type(
            key,
            value,
            &format!("the unit too, in quotes: {key} = \"{seconds}s\" for seconds"),
        )),
        _ => Err(wrong_type(key, value, &format!("words in quotes, {key} = \"…\""))),
    }
}

pub(super) fn text(key: &'static str, value: Placed<'_>) -> Result<&'static str, Located> {
    match string(key, value)?.trim() {
        "" => Err((value.span().start, RowFault::Empty { key })),
        words => Ok(words.to_owned().leak()),
    }
}

pub(super) fn choice<T: Copy>(
    key: &'static str,
    value: Placed<'_>,
    words: &[(T, &'static str)],
) -> Result<T, Located> {
    let word = string(key, value)?;
    let known = || words.iter().map(|(_, known)| *known);
    let found = words.iter().find(|(_, known)| *known == word).map(|(meaning, _)| *meaning);
    let unknown = || SpecError::UnknownWord {
        key,
        word: word.to_owned(),
        nearest: nearest(word, known()),
        known: known().collect(),
    };
    located(value, found.ok_or_else(unknown))
}

pub(super) fn limit(key: &'static str, value: Placed<'_>) -> Result<Span, Located> {
    located(value, parse_limit(key, string(key, value)?))
}

pub(super) fn length(key: &'static str, value: Placed<'_>) -> Result<Span, Located> {
    located(value, parse_length(key, string(key, value)?))
}

pub(super) fn probes(key: &'static str, value: Placed<'_>) -> Result<u32, Located> {
    let DeValue::Integer(count) = value.get_ref() else {
        return Err(wrong_type(key, value, &format!("a whole number, {key} = 9")));
    };
    let word = count.to_string();
    let count = word.parse().ok().filter(|count| *count > 0);
    located(value, count.ok_or(SpecError::ProbeCount { word }))
}
