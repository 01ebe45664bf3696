//! Path files: hops and keepalive in TOML, with the words of the [command line](super::spec).
//!
//! ```toml
//! [[hop]]                 # from the initiator to the responder
//! name = "firewall"
//! idle = "1h"
//!
//! [[hop]]
//! preset = "aws-nlb-tcp"
//! idle = "40m"            # every setting of --hop may follow
//!
//! [keepalive]             # or: keepalive = "30m/75s/9", keepalive = "off"
//! preset = "exchange"     # or time, interval, probes
//! ```
//!
//! `slots = 32` above the first table, or `slots = ["32@10.0.0.9:1225", "8@:25"]`, states how many connections
//! services allow one client. Where only one end probes: `keepalive = "initiator=off,responder=30m"`, or
//! `initiator` and `responder` below `[keepalive]`.
//!
//! Flows that take another path than the rest have one of their own:
//!
//! ```toml
//! [[path]]
//! name = "erp"
//! match = "10.0.0.0/8:443"    # also ":443", "vlan=12", "interface=eth1", or a list of such
//! keepalive = "10m"
//!
//! [[path.hop]]
//! idle = "30m"
//!
//! [names]                     # what people call addresses and services
//! "10.0.0.9" = "mail"
//! "10.0.0.9:1225" = "exchange"
//! ```

use std::collections::HashSet;
use std::io::Read;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::names::{Named, Names};
use super::presets::{did_you_mean, nearest};
use super::route::{MOST_MATCHES, MOST_ROUTES, Match, MatchError, Route};
use super::slots::{SlotLimit, SlotSpecError};
use super::spec::{HopDraft, KeepaliveDraft, MAX_HOPS, SpecError, Subject, name_hops};
use super::toml_text::{NotToml, NotUtf8, in_file_order, in_words, line_and_column, table_of, text_of};
use super::{EndKeepalives, Hop, Keepalive, KeepaliveSetting, Path};

/// Longest path file that is read, in bytes: a path of [`MAX_HOPS`] hops takes a tenth of it, and a capture
/// given by mistake must not fill the memory.
const LONGEST_FILE: u64 = 1 << 20;

/// A path file that cannot be used. The message begins with `file:line:column: `.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {fault}", .file.display(), place(.fault))]
pub struct PathFileError {
    /// The file, as it was named.
    pub file: PathBuf,
    /// What is wrong with it.
    pub fault: Box<PathFileFault>,
}

/// What is wrong with a path file. Lines and columns count from 1, columns in characters.
#[derive(Debug, thiserror::Error)]
pub enum PathFileFault {
    /// The file cannot be read.
    #[error("cannot be read: {0}; check the name and its permissions")]
    Unreadable(#[source] std::io::Error),
    /// The file is too long to be a path file.
    #[error("is longer than {LONGEST_FILE} bytes, so it is no path file; captures are given without --path")]
    TooLong,
    /// The file is not text.
    #[error("the byte 0x{byte:02x} is not UTF-8; save the file as UTF-8 (captures are given without --path)")]
    NotUtf8 {
        /// Line of the byte.
        line: usize,
        /// Column of the byte.
        column: usize,
        /// The byte.
        byte: u8,
    },
    /// The text is not TOML.
    #[error("not TOML: {problem}, in '{excerpt}'; a setting is written as idle = \"1h\"")]
    Syntax {
        /// Line of the mistake.
        line: usize,
        /// Column of the mistake.
        column: usize,
        /// What the TOML parser says.
        problem: String,
        /// The line, cut when it is long.
        excerpt: String,
    },
    /// The TOML does not describe a path.
    #[error("{problem}")]
    Content {
        /// Line of the word at fault.
        line: usize,
        /// Column of the word at fault.
        column: usize,
        /// What is wrong with it.
        problem: ContentFault,
    },
}

/// What is wrong with the content of a path file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ContentFault {
    /// A word that cannot be used.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// There are no hops.
    #[error("the file has no hop; add [[hop]] with idle (for example idle = \"1h\") or preset")]
    NoHop,
    /// What a path of its own matches cannot be read.
    #[error("match: {0}")]
    Match(#[from] MatchError),
    /// A path of its own without what it needs.
    #[error("this [[path]] has no {missing}; {instead}")]
    Incomplete {
        /// Which key.
        missing: &'static str,
        /// What to write.
        instead: &'static str,
    },
    /// Two paths of one name.
    #[error("there are two paths called '{name}'; give each a name of its own")]
    SamePath {
        /// The name.
        name: String,
    },
    /// A path with a name that would be mistaken in reports.
    #[error("path '{}' cannot be called so: {problem}", .name.escape_debug())]
    PathName {
        /// The name.
        name: String,
        /// Why.
        problem: &'static str,
    },
    /// Two hops that reports would call the same.
    #[error("two hops would be called '{name}' in reports; give one of them another name")]
    SameHop {
        /// The name.
        name: String,
    },
    /// Too many matches.
    #[error("a [[path]] has at most {MOST_MATCHES} matches; use networks instead of single addresses")]
    TooManyMatches,
    /// Two paths that one flow would take.
    #[error(
        "path '{second}' ({by}) and path '{first}' ({known}) match the same flows; narrow one of them, so that no flow has two paths"
    )]
    Overlap {
        /// The path that stands first.
        first: String,
        /// By which match of it.
        known: String,
        /// The other.
        second: String,
        /// By which match of that.
        by: String,
    },
    /// Too many paths.
    #[error("a file has at most {MOST_ROUTES} [[path]]")]
    TooManyPaths,
    /// A key of a path that means nothing.
    #[error("a [[path]] has no '{key}'{}; it has name, match, keepalive and [[path.hop]]", did_you_mean(.nearest))]
    UnknownOfPath {
        /// The key.
        key: String,
        /// Keys that look like it.
        nearest: Vec<&'static str>,
    },
    /// What is to have a name is no address.
    #[error(
        "'{0}' is neither an address nor a service; write \"10.0.0.9\" = \"mail\" or \"10.0.0.9:1225\" = \"exchange\""
    )]
    Unnamed(String),
    /// A limit on connections that cannot be read.
    #[error("slots: {0}")]
    Slots(#[from] SlotSpecError),
    /// A key at the top of the file that means nothing.
    #[error("there is no '{key}' at the top of a path file{}; it has [[hop]], [[path]], [keepalive], [names] and slots",
        did_you_mean(.nearest))]
    UnknownTop {
        /// The key.
        key: String,
        /// Keys that look like it.
        nearest: Vec<&'static str>,
    },
    /// A value has the wrong type of TOML.
    #[error("{key} is {found}; write {instead}")]
    WrongType {
        /// The key.
        key: String,
        /// What the file has.
        found: String,
        /// What to write.
        instead: String,
    },
}

/// What a path file says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PathFile {
    /// Hops and keepalive.
    pub path: Path,
    /// Connections that services allow one client.
    pub slots: Vec<SlotLimit>,
    /// Paths for some flows only, which are not of `path` then.
    pub routes: Vec<Route>,
    /// What people call addresses and services.
    pub names: Names,
}

/// Reads the path file `file`.
///
/// # Errors
/// [`PathFileError`] with file, line and column, the offending word, and what to write instead.
pub fn read_path_file(file: &std::path::Path) -> Result<PathFile, PathFileError> {
    let fail = |fault| PathFileError { file: file.to_owned(), fault: Box::new(fault) };
    let read = || {
        let mut bytes = Vec::new();
        std::fs::File::open(file)?.take(LONGEST_FILE + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| fail(PathFileFault::Unreadable(error)))?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(fail(PathFileFault::TooLong));
    }
    parse_path_file(&bytes).map_err(fail)
}

/// Reads the content of a path file.
///
/// # Errors
/// [`PathFileFault`] for the first mistake.
pub fn parse_path_file(bytes: &[u8]) -> Result<PathFile, PathFileFault> {
    let text = text_of(bytes).map_err(|NotUtf8 { line, column, byte }| PathFileFault::NotUtf8 {
        line,
        column,
        byte,
    })?;
    let table = table_of(text).map_err(|NotToml { line, column, problem, excerpt }| {
        PathFileFault::Syntax { line, column, problem, excerpt }
    })?;
    content(table.get_ref()).map_err(|(offset, problem)| {
        let (line, column) = line_and_column(text, offset);
        PathFileFault::Content { line, column, problem }
    })
}

/// A mistake and the byte at which it stands.
type Located = (usize, ContentFault);

fn content(table: &DeTable<'_>) -> Result<PathFile, Located> {
    const TOP: [&str; 5] = ["hop", "keepalive", "slots", "path", "names"];
    let mut file = PathFile::default();
    for (key, value) in in_file_order(table) {
        let offset = value.span().start;
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("hop", value) => file.path.hops = hops(value, offset, "[[hop]]")?,
            ("keepalive", value) => file.path.state(keepalive(value, offset)?),
            ("slots", DeValue::Array(list)) => {
                for limit in list {
                    file.slots.push(slots(limit.get_ref(), limit.span().start)?);
                }
            }
            ("slots", limit) => file.slots.push(slots(limit, offset)?),
            ("path", DeValue::Array(list)) => {
                for value in list {
                    let route = route(value)?;
                    known_once(&file.routes, &route).map_err(|problem| (value.span().start, problem))?;
                    file.routes.push(route);
                }
            }
            ("path", value) => {
                return Err((offset, wrong_type("path", value, "[[path]] with two brackets for each path")));
            }
            ("names", DeValue::Table(table)) => file.names = names(table)?,
            ("names", value) => {
                return Err((offset, wrong_type("names", value, "\"10.0.0.9\" = \"mail\" below [names]")));
            }
            (unknown, _) => {
                let nearest = nearest(unknown, TOP.into_iter());
                let problem = ContentFault::UnknownTop { key: unknown.to_owned(), nearest };
                return Err((key.span().start, problem));
            }
        }
    }
    let of_routes =
        file.routes.iter().flat_map(|route| route.path.hops.iter().map(|hop| route.hop_name(&hop.name)));
    let mut called = HashSet::new();
    if let Some(name) = file
        .path
        .hops
        .iter()
        .map(|hop| hop.name.clone())
        .chain(of_routes)
        .find(|name| !called.insert(name.clone()))
    {
        return Err((0, ContentFault::SameHop { name }));
    }
    let is_empty = file.path.hops.is_empty() && file.routes.is_empty() && file.names.is_empty();
    if is_empty { Err((0, ContentFault::NoHop)) } else { Ok(file) }
}

fn hops(value: &DeValue<'_>, offset: usize, instead: &str) -> Result<Vec<Hop>, Located> {
    let DeValue::Array(hops) = value else {
        return Err((offset, wrong_type("hop", value, &format!("{instead} with two brackets for each hop"))));
    };
    if hops.len() > MAX_HOPS {
        return Err((hops[MAX_HOPS].span().start, SpecError::TooManyHops.into()));
    }
    let drafts = hops.iter().map(hop).collect::<Result<Vec<_>, Located>>()?;
    name_hops(&drafts).map_err(|(index, problem)| {
        let table = &hops[index];
        let word = problem.word();
        (offset_of(table, word).unwrap_or(table.span().start), problem.into())
    })
}

fn route(value: &Spanned<DeValue<'_>>) -> Result<Route, Located> {
    const KEYS: [&str; 4] = ["name", "match", "keepalive", "hop"];
    let start = value.span().start;
    let DeValue::Table(table) = value.get_ref() else {
        return Err((start, wrong_type("path", value.get_ref(), "[[path]] with settings below it")));
    };
    let mut route = Route::default();
    for (key, value) in in_file_order(table) {
        let offset = value.span().start;
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("name", DeValue::String(name)) => {
                route.name = path_name(name.as_ref()).map_err(|problem| (offset, problem))?;
            }
            ("name", other) => return Err((offset, wrong_type("name", other, "name = \"erp\""))),
            ("match", DeValue::Array(list)) => {
                if list.len() > MOST_MATCHES {
                    return Err((list[MOST_MATCHES].span().start, ContentFault::TooManyMatches));
                }
                for one in list {
                    route.matches.push(matched(one.get_ref(), one.span().start)?);
                }
            }
            ("match", one) => route.matches.push(matched(one, offset)?),
            ("keepalive", value) => route.path.state(keepalive(value, offset)?),
            ("hop", value) => route.path.hops = hops(value, offset, "[[path.hop]]")?,
            (unknown, _) => {
                let nearest = nearest(unknown, KEYS.into_iter());
                let problem = ContentFault::UnknownOfPath { key: unknown.to_owned(), nearest };
                return Err((key.span().start, problem));
            }
        }
    }
    let incomplete = |missing, instead| Err((start, ContentFault::Incomplete { missing, instead }));
    if route.name.is_empty() {
        return incomplete("name", "write name = \"erp\"");
    }
    if route.matches.is_empty() {
        return incomplete(
            "match",
            "write match = \"10.0.0.0/8:443\", or give its hops as [[hop]] for all flows",
        );
    }
    if route.path.hops.is_empty() {
        return incomplete("hop", "add [[path.hop]] with idle (for example idle = \"1h\") or preset");
    }
    Ok(route)
}

/// Reports call the hops of a path after it: `erp/firewall`.
fn path_name(name: &str) -> Result<String, ContentFault> {
    let problem = match name {
        _ if name.trim().is_empty() => "it is blank",
        _ if name.contains('/') => "reports write hops as PATH/HOP, so a path has no '/' in its name",
        _ if name.chars().any(char::is_control) => "it has control characters",
        _ => return Ok(name.to_owned()),
    };
    Err(ContentFault::PathName { name: name.to_owned(), problem })
}

fn matched(value: &DeValue<'_>, offset: usize) -> Result<Match, Located> {
    match value {
        DeValue::String(text) => text.parse().map_err(|problem: MatchError| (offset, problem.into())),
        other => Err((offset, wrong_type("match", other, "match = \"10.0.0.0/8:443\", or a list of such"))),
    }
}

/// No flow may have two paths: which one counted would be chance.
fn known_once(known: &[Route], new: &Route) -> Result<(), ContentFault> {
    if known.len() >= MOST_ROUTES {
        return Err(ContentFault::TooManyPaths);
    }
    for route in known {
        if route.name == new.name {
            return Err(ContentFault::SamePath { name: new.name.clone() });
        }
        for known in &route.matches {
            if let Some(by) = new.matches.iter().find(|by| by.overlaps(known)) {
                return Err(ContentFault::Overlap {
                    first: route.name.clone(),
                    known: known.to_string(),
                    second: new.name.clone(),
                    by: by.to_string(),
                });
            }
        }
    }
    Ok(())
}

fn names(table: &DeTable<'_>) -> Result<Names, Located> {
    let mut pairs = Vec::new();
    for (key, value) in in_file_order(table) {
        let text = key.get_ref().as_ref();
        let named =
            Named::parse(text).ok_or_else(|| (key.span().start, ContentFault::Unnamed(text.to_owned())))?;
        match value.get_ref() {
            DeValue::String(name) if !name.trim().is_empty() => pairs.push((named, name.trim().to_owned())),
            other => return Err((value.span().start, wrong_type(text, other, "a name in quotes"))),
        }
    }
    Ok(Names::of(pairs))
}

fn slots(value: &DeValue<'_>, offset: usize) -> Result<SlotLimit, Located> {
    let word = match value {
        DeValue::Integer(count) => count.to_string(),
        DeValue::String(word) => word.as_ref().to_owned(),
        other => {
            return Err((
                offset,
                wrong_type("slots", other, "slots = 32, or slots = [\"32@10.0.0.9:1225\"]"),
            ));
        }
    };
    word.parse().map_err(|problem: SlotSpecError| (offset, problem.into()))
}

fn hop(value: &Spanned<DeValue<'_>>) -> Result<HopDraft, Located> {
    let DeValue::Table(table) = value.get_ref() else {
        let problem = wrong_type("hop", value.get_ref(), "[[hop]] with settings below it");
        return Err((value.span().start, problem));
    };
    let mut draft = HopDraft::default();
    settings(table, |key, word| draft.set(key, word, HopDraft::FILE_KEYS), HopDraft::FILE_KEYS)?;
    Ok(draft)
}

fn keepalive(value: &DeValue<'_>, offset: usize) -> Result<KeepaliveSetting, Located> {
    match value {
        DeValue::String(spec) => spec.parse().map_err(|problem: SpecError| (offset, problem.into())),
        DeValue::Table(table) if ["initiator", "responder"].iter().any(|end| table.contains_key(*end)) => {
            let mut ends = EndKeepalives { initiator: Keepalive::OFF, responder: Keepalive::OFF };
            for (key, value) in in_file_order(table) {
                let end = match key.get_ref().as_ref() {
                    "initiator" => &mut ends.initiator,
                    "responder" => &mut ends.responder,
                    other => {
                        let problem = SpecError::UnknownKey {
                            subject: Subject::Keepalive,
                            key: other.to_owned(),
                            nearest: Vec::new(),
                            known: &["initiator", "responder"],
                        };
                        return Err((key.span().start, problem.into()));
                    }
                };
                let DeValue::String(spec) = value.get_ref() else {
                    let name = key.get_ref().as_ref();
                    return Err((
                        value.span().start,
                        wrong_type(name, value.get_ref(), "responder = \"30m\""),
                    ));
                };
                *end = spec.parse().map_err(|problem: SpecError| (value.span().start, problem.into()))?;
            }
            Ok(KeepaliveSetting::ByEnd(ends))
        }
        DeValue::Table(table) => {
            let mut draft = KeepaliveDraft::default();
            let keys = KeepaliveDraft::FILE_KEYS;
            settings(table, |key, word| draft.set(key, word, keys), keys)?;
            let built = draft.build().map_err(|problem| (offset, problem.into()))?;
            Ok(KeepaliveSetting::Same(built))
        }
        other => Err((
            offset,
            wrong_type("keepalive", other, "keepalive = \"30m\", or settings under one [keepalive]"),
        )),
    }
}

/// Hands each setting of a table to `set`, in the order of the file. A mistake of `set` stands at the key
/// when the key is unknown, else at the value.
fn settings(
    table: &DeTable<'_>,
    mut set: impl FnMut(&str, &str) -> Result<(), SpecError>,
    known: &[&str],
) -> Result<(), Located> {
    for (key, value) in in_file_order(table) {
        let name = key.get_ref().as_ref();
        let word = match value.get_ref() {
            DeValue::String(word) => word.as_ref().to_owned(),
            DeValue::Integer(count) if name == "probes" => count.to_string(),
            // An unknown key is the first thing to say, whatever its value.
            _ if !known.contains(&name) => String::new(),
            other => {
                let instead = match (name, other) {
                    ("name" | "preset" | "refresh" | "expiry" | "pickup", _) => {
                        format!("a word in quotes, {name} = \"…\"")
                    }
                    ("probes", _) => "a whole number, probes = 9".to_owned(),
                    (_, DeValue::Integer(seconds)) => {
                        format!("the unit too, in quotes: {name} = \"{seconds}s\" for seconds")
                    }
                    _ => format!("a duration in quotes, {name} = \"1h\""),
                };
                return Err((value.span().start, wrong_type(name, other, &instead)));
            }
        };
        set(name, &word).map_err(|problem| match problem {
            SpecError::UnknownKey { .. } => (key.span().start, problem.into()),
            _ => (value.span().start, problem.into()),
        })?;
    }
    Ok(())
}

fn wrong_type(key: &str, value: &DeValue<'_>, instead: &str) -> ContentFault {
    ContentFault::WrongType { key: key.to_owned(), found: in_words(value), instead: instead.to_owned() }
}

/// Where the value `word` stands in the table of a hop.
fn offset_of(hop: &Spanned<DeValue<'_>>, word: &str) -> Option<usize> {
    let DeValue::Table(table) = hop.get_ref() else { return None };
    let value = table.values().find(|value| matches!(value.get_ref(), DeValue::String(s) if s == word))?;
    Some(value.span().start)
}

/// `:line:column`, for faults that have a place.
fn place(fault: &PathFileFault) -> String {
    match fault {
        PathFileFault::Unreadable(_) | PathFileFault::TooLong => String::new(),
        PathFileFault::NotUtf8 { line, column, .. }
        | PathFileFault::Syntax { line, column, .. }
        | PathFileFault::Content { line, column, .. } => format!(":{line}:{column}"),
    }
}

#[cfg(test)]
mod tests;
