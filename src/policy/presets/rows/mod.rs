//! Preset files: rows of the catalogue in TOML, with the words of the [command line](crate::policy::spec)
//! wherever they mean the same. The catalogue that is compiled in is made of such files, and `--presets FILE`
//! adds others.
//!
//! ```toml
//! [[box]]                          # a box on the path
//! id = "my-firewall"               # what --hop takes
//! product = "Firewall of the east branch"
//! idle = "30m"                     # or "never", "unpublished", { from = "5m", to = "10m" }, …
//! refresh = "any"                  # left out: any; it and expiry are then labelled as inferred
//! expiry = "drop"
//! settable = { min = "60s", max = "1h" }
//! setting = "set session timeout"
//!
//! [[endpoint]]                     # an end that probes
//! id = "my-agent"
//! product = "Agent of the backup"
//! mechanism = "tcp-keepalive"
//! time = "10m"
//!
//! [[service]]                      # a server that closes idle clients
//! id = "my-service"
//! product = "Order service"
//! ports = [8443]
//! idle = "15m"
//! ```
//!
//! To add a kind of setting: a key in the list of its row, and where it is read; the key is refused until then.

mod boxes;
mod endpoints;
mod fault;
mod identity;
mod idle;
mod services;
mod table;

pub use fault::{PresetFileError, PresetFileFault, RowFault};

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::{Endpoint, Middlebox, Origin, Service, nearest};
use crate::policy::toml_text::{NotToml, NotUtf8, in_file_order, line_and_column, table_of, text_of};
use fault::LONGEST_FILE;
use table::{Located, Placed, RowTable, wrong_type};

/// The rows of a preset file, each kind in the order of the file.
#[derive(Debug, Default)]
pub struct Rows {
    /// `[[box]]`.
    pub boxes: Vec<Middlebox>,
    /// `[[endpoint]]`.
    pub endpoints: Vec<Endpoint>,
    /// `[[service]]`.
    pub services: Vec<Service>,
}

/// Reads the preset file `file` of a user.
///
/// # Errors
/// [`PresetFileError`] with file, line and column, the offending word, and what to write instead.
pub fn read_preset_file(file: &Path) -> Result<Rows, PresetFileError> {
    let fail = |fault| PresetFileError { file: file.to_owned(), fault: Box::new(fault) };
    let read = || {
        let mut bytes = Vec::new();
        std::fs::File::open(file)?.take(LONGEST_FILE + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| fail(PresetFileFault::Unreadable(error)))?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(fail(PresetFileFault::TooLong));
    }
    let name: &'static str = file.display().to_string().leak();
    parse_preset_file(&bytes, |line| Origin::File { file: name, line, replaces: false }).map_err(fail)
}

/// Reads the content of a preset file. `origin` says where the row of a line is from.
///
/// # Errors
/// [`PresetFileFault`] for the first mistake.
pub fn parse_preset_file(bytes: &[u8], origin: impl Fn(usize) -> Origin) -> Result<Rows, PresetFileFault> {
    let text = text_of(bytes).map_err(|NotUtf8 { line, column, byte }| PresetFileFault::NotUtf8 {
        line,
        column,
        byte,
    })?;
    let table = table_of(text).map_err(|NotToml { line, column, problem, excerpt }| {
        PresetFileFault::Syntax { line, column, problem, excerpt }
    })?;
    let breaks: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let lines = |offset| breaks.partition_point(|at| *at < offset) + 1;
    rows(table.get_ref(), lines, origin).map_err(|(offset, problem)| {
        let (line, column) = line_and_column(text, offset);
        PresetFileFault::Content { line, column, problem }
    })
}

fn rows(
    table: &DeTable<'_>,
    line_of: impl Fn(usize) -> usize,
    origin: impl Fn(usize) -> Origin,
) -> Result<Rows, Located> {
    const TOP: [&str; 3] = ["box", "endpoint", "service"];
    let mut rows = Rows::default();
    let mut taken: HashMap<&'static str, usize> = HashMap::new();
    for (key, value) in in_file_order(table) {
        let name = key.get_ref().as_ref();
        if !TOP.contains(&name) {
            let fault =
                RowFault::UnknownTop { key: name.to_owned(), nearest: nearest(name, TOP.into_iter()) };
            return Err((key.span().start, fault));
        }
        let instead = format!("[[{name}]] with two brackets for each row");
        let DeValue::Array(list) = value.get_ref() else { return Err(wrong_type(name, value, &instead)) };
        for row in list {
            let line = line_of(row.span().start);
            let (id, aliases) = match name {
                "box" => {
                    let read = boxes::read(&row_table(row, "a box", boxes::KEYS)?, origin(line))?;
                    rows.boxes.push(read);
                    (read.id, read.aliases)
                }
                "endpoint" => {
                    let table = row_table(row, "an endpoint", endpoints::KEYS)?;
                    let read = endpoints::read(&table, origin(line))?;
                    rows.endpoints.push(read);
                    (read.id, read.aliases)
                }
                _ => {
                    let read = services::read(&row_table(row, "a service", services::KEYS)?, origin(line))?;
                    rows.services.push(read);
                    (read.id, read.aliases)
                }
            };
            for word in aliases.iter().copied().chain([id]) {
                if let Some(first) = taken.insert(word, line) {
                    let at = place_of(row, word);
                    return Err((at, RowFault::Repeated { id: word.to_owned(), first }));
                }
            }
        }
    }
    if taken.is_empty() { Err((0, RowFault::NoRow)) } else { Ok(rows) }
}

fn row_table<'t>(
    row: Placed<'t>,
    within: &'static str,
    known: &'static [&'static str],
) -> Result<RowTable<'t>, Located> {
    match row.get_ref() {
        DeValue::Table(table) => RowTable::new(table, row.span().start, within, known),
        _ => Err(wrong_type("a row", row, "settings below [[box]], [[endpoint]] or [[service]]")),
    }
}

/// Where an id or alias stands in its row.
fn place_of(row: Placed<'_>, word: &str) -> usize {
    let DeValue::Table(table) = row.get_ref() else { return row.span().start };
    let is_it =
        |value: &&toml::Spanned<DeValue<'_>>| matches!(value.get_ref(), DeValue::String(s) if s == word);
    let lists = table.values().filter_map(|value| match value.get_ref() {
        DeValue::Array(list) => list.iter().find(is_it),
        _ => None,
    });
    table
        .values()
        .find(is_it)
        .or_else(|| lists.into_iter().next())
        .map_or(row.span().start, |value| value.span().start)
}

#[cfg(test)]
mod tests;
