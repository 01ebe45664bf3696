//! The house, as `src/lib.rs` describes it: its table of rooms is read, and the code is held to it.
//!
//! Sources are read as tokens, from `src/lib.rs` along the `mod` lines. What only tests see
//! (`#[cfg(test)]`) is left out: a test may use any room.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Files that may read a clock, and why.
const CLOCK_READERS: [(&str, &str); 3] = [
    ("src/capture/live.rs", "an interface that stays silent is told from one that is gone"),
    ("src/pipeline/run.rs", "silences are looked for while no packet comes"),
    ("src/live", "the running screen"),
];

/// Names that say nothing about what a file holds.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "types", "helpers", "helper", "common", "misc"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Rooms of the table in `src/lib.rs`, left to right.
fn table() -> Vec<String> {
    let rooms: Vec<String> = text_of("src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | ")?.split_once(" |"))
        .map(|(room, _)| room.trim_matches(['[', ']', '`']).to_owned())
        .filter(|room| room != "room" && !room.starts_with('-'))
        .collect();
    assert!(rooms.len() > 3, "no table of rooms in src/lib.rs");
    rooms
}

/// A module of the program, without what its inline modules hold.
struct Module {
    file: String,
    /// Names from the crate's root: `["flow", "gap"]`.
    path: Vec<String>,
    tokens: Vec<TokenTree>,
}

/// What was found in a file, with its place.
struct Place<T> {
    file: String,
    line: usize,
    what: T,
}

/// All modules that the program is built from, tests left out.
fn modules() -> Vec<Module> {
    let mut found = Vec::new();
    read_file(Path::new("src/lib.rs"), Vec::new(), PathBuf::from("src"), &mut found);
    found
}

fn read_file(file: &Path, path: Vec<String>, inside: PathBuf, found: &mut Vec<Module>) {
    let file = file.to_string_lossy().into_owned();
    let source = text_of(&file).parse().unwrap_or_else(|error| panic!("{file}: {error}"));
    read_module(source, Module { file, path, tokens: Vec::new() }, &inside, found);
}

/// Reads `source` into `module`, and the modules that it declares into `found`. Files of those are in the
/// folder `inside`.
fn read_module(source: TokenStream, mut module: Module, inside: &Path, found: &mut Vec<Module>) {
    let mut tokens = without_tests(source).into_iter().peekable();
    while let Some(token) = tokens.next() {
        let declares = matches!(&token, TokenTree::Ident(word) if word == "mod");
        module.tokens.push(token);
        let Some(TokenTree::Ident(name)) = tokens.next_if(|next| declares && name(Some(next)).is_some())
        else {
            continue;
        };
        let name = name.to_string();
        let (path, inside) = ([&module.path[..], std::slice::from_ref(&name)].concat(), inside.join(name));
        match tokens.next() {
            Some(TokenTree::Group(body)) => {
                let inner = Module { file: module.file.clone(), path, tokens: Vec::new() };
                read_module(body.stream(), inner, &inside, found);
            }
            _ => {
                let flat = inside.with_extension("rs");
                let file = if root().join(&flat).exists() { flat } else { inside.join("mod.rs") };
                read_file(&file, path, inside, found);
            }
        }
    }
    found.push(module);
}

/// Leaves out each item under an attribute that contains `cfg(test)`, to its `;` or closing brace.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = match (&token, tokens.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(group))) if hash.as_char() == '#' => Some(group),
            _ => None,
        };
        if !attribute.is_some_and(|group| group.stream().to_string().replace(' ', "").contains("cfg(test)")) {
            kept.push(token);
            continue;
        }
        tokens.next();
        for token in tokens.by_ref() {
            match token {
                TokenTree::Punct(end) if end.as_char() == ';' => break,
                TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => break,
                _ => {}
            }
        }
    }
    kept
}

/// The name that `token` is.
fn name(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(name)) => Some(name.to_string()),
        _ => None,
    }
}

/// Whether `::` stands at `at`.
fn colons(tokens: &[TokenTree], at: usize) -> bool {
    (at..at + 2).all(|at| matches!(tokens.get(at), Some(TokenTree::Punct(colon)) if colon.as_char() == ':'))
}

/// Rooms that `module` names: through `crate::`, or through as many `super::` as lead to the root.
fn rooms_named(module: &Module) -> Vec<Place<String>> {
    fn walk(tokens: &[TokenTree], module: &Module, found: &mut Vec<Place<String>>) {
        let mut at = 0;
        while at < tokens.len() {
            if let TokenTree::Group(group) = &tokens[at] {
                walk(&without_tests(group.stream()), module, found);
            }
            let mut next = at;
            let mut supers = 0;
            while name(tokens.get(next)).as_deref() == Some("super") && colons(tokens, next + 1) {
                supers += 1;
                next += 3;
            }
            let from_root = match name(tokens.get(at)).as_deref() {
                Some("crate") if colons(tokens, at + 1) => {
                    next = at + 3;
                    true
                }
                _ => supers > 0 && supers == module.path.len(),
            };
            if from_root {
                let line = tokens[at].span().start().line;
                let place = |what| Place { file: module.file.clone(), line, what };
                match tokens.get(next) {
                    Some(TokenTree::Ident(room)) => found.push(place(room.to_string())),
                    Some(TokenTree::Group(group)) => {
                        found.extend(heads(group.stream()).into_iter().map(place));
                    }
                    _ => {}
                }
            }
            at = next.max(at + 1);
        }
    }
    let mut found = Vec::new();
    walk(&module.tokens, module, &mut found);
    found
}

/// The first name of each branch of `{a::x, b::{y, z}, c}`.
fn heads(group: TokenStream) -> Vec<String> {
    let tokens: Vec<_> = group.into_iter().collect();
    tokens
        .split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
        .filter_map(|branch| name(branch.first()))
        .collect()
}

/// Faults, each as `file:line: sentence`.
fn told(faults: Vec<Place<String>>) -> String {
    faults.iter().map(|fault| format!("\n{}:{}: {}", fault.file, fault.line, fault.what)).collect()
}

#[test]
fn a_room_imports_only_from_rooms_to_its_left() {
    let table = table();
    let column = |room: &str| table.iter().position(|other| other == room);
    let (mut imports, mut faults) = (0, Vec::new());
    for module in modules() {
        let Some(room) = module.path.first() else { continue };
        let here = column(room).unwrap_or_else(|| panic!("{room} has no row in the table of src/lib.rs"));
        for Place { file, line, what: other } in rooms_named(&module) {
            imports += 1;
            let what = match column(&other) {
                None => format!("crate::{other} is no room of the table in src/lib.rs"),
                Some(there) if there > here => format!("{room} imports from {other}, a room to its right"),
                Some(_) => continue,
            };
            faults.push(Place { file, line, what });
        }
    }
    assert!(imports > 100, "only {imports} imports found: the reader of sources is broken");
    assert!(faults.is_empty(), "{}", told(faults));
}

#[test]
fn the_table_and_the_house_have_the_same_rooms() {
    let rooms: BTreeSet<String> =
        modules().into_iter().filter_map(|module| module.path.into_iter().next()).collect();
    let rows: BTreeSet<String> = table().into_iter().collect();
    assert_eq!(rows, rooms, "left: rows of the table in src/lib.rs; right: its modules");
}

#[test]
fn time_is_data_outside_live_runs() {
    let mut faults = Vec::new();
    let mut readers = BTreeSet::new();
    for module in modules() {
        let reads = clock_reads(&module.tokens);
        let allowed = CLOCK_READERS.iter().find(|(place, _)| Path::new(&module.file).starts_with(place));
        match allowed {
            Some((place, _)) if !reads.is_empty() => drop(readers.insert(*place)),
            Some(_) => {}
            None => faults.extend(reads.into_iter().map(|(line, word)| Place {
                file: module.file.clone(),
                line,
                what: format!("reads a clock ({word}); take a Timestamp from the caller"),
            })),
        }
    }
    assert!(faults.is_empty(), "{}", told(faults));
    assert!(readers.len() > 1, "only {readers:?} read a clock: the reader of sources is broken");
}

/// Where tokens name a clock of the standard library, or `now` of any other.
fn clock_reads(tokens: &[TokenTree]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                found.extend(clock_reads(&without_tests(group.stream())));
            }
            TokenTree::Ident(word) => {
                let word = word.to_string();
                let called = word == "now" && at >= 2 && colons(tokens, at - 2);
                if called || word == "Instant" || word == "SystemTime" {
                    found.push((token.span().start().line, word));
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn names_of_files_say_what_they_hold() {
    let mut folders = vec![root().join("src"), root().join("tests"), root().join("benches")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            assert!(!EMPTY_NAMES.contains(&stem.as_str()), "{} does not say what it holds", path.display());
            seen += 1;
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    assert!(seen > 50, "only {seen} files found");
}

/// The modules that `source` makes when it is the file of the module `path`.
fn modules_of(path: &[&str], source: &str) -> Vec<Module> {
    let path = path.iter().map(|&name| name.to_owned()).collect();
    let module = Module { file: "src/made-up.rs".to_owned(), path, tokens: Vec::new() };
    let mut found = Vec::new();
    read_module(source.parse().unwrap(), module, Path::new("src"), &mut found);
    found
}

fn rooms_in(path: &[&str], source: &str) -> Vec<String> {
    modules_of(path, source).iter().flat_map(rooms_named).map(|place| place.what).collect()
}

#[test]
fn every_way_to_name_a_room_is_found() {
    assert_eq!(
        rooms_in(&["flow"], "use crate::time::Span; fn f(s: crate::segment::Segment) {}"),
        ["time", "segment"]
    );
    assert_eq!(rooms_in(&["flow"], "pub use crate::{time::{Span, Timestamp}, frame}; "), ["time", "frame"]);
    assert_eq!(rooms_in(&["flow", "gap"], "use super::super::report; use super::life;"), ["report"]);
    assert_eq!(rooms_in(&["flow"], "fn f() { vec![g(crate::report::write)] }"), ["report"]);
    assert_eq!(rooms_in(&["flow"], "mod inner { use super::life; use super::super::report; }"), ["report"]);
}

#[test]
fn what_only_tests_comments_and_strings_name_is_no_import() {
    let source = r#"
        //! [`crate::report`]
        #[cfg(test)]
        mod tests { use crate::report; }
        #[cfg(test)]
        use crate::report::samples;
        mod inner { #[cfg(all(test, unix))] use crate::live; #[cfg(test)] use crate::live; }
        /* use crate::report; */
        const TEXT: &str = "crate::report";
    "#;
    assert_eq!(rooms_in(&["flow"], source), ["live"], "only cfg(test) by itself hides an item");
}

#[test]
fn every_way_to_read_a_clock_is_found() {
    let lines = |source| clock_reads(&modules_of(&["flow"], source)[0].tokens).len();
    assert_eq!(lines("fn f() { let t = std::time::Instant::now(); }"), 2);
    assert_eq!(lines("fn f(t: SystemTime) {}"), 1);
    assert_eq!(lines("fn f() { g(other::Zoned::now()) }"), 1);
    assert_eq!(lines("fn f(now: Timestamp) { now.since(now) }"), 0);
}
