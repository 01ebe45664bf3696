//! Generated captures, in real time, against the reports that their stories call for.
//!
//! `NAME.expect.toml` holds what the machine output must say: under each `[case.report]` the words of the
//! report, of which all that is written must be there as written. A list is named by its places
//! (`flows.0.id`) and its length (`flows.len`); numbers may differ by a microsecond.

use crate::make;
use crate::run;
use flate2::read::GzDecoder;
use idlescope::findings::{Listing, Terms};
use idlescope::policy::read_path_file;
use idlescope::simulate::Survey;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    /// What happens, and how it is known.
    #[serde(rename = "purpose")]
    _purpose: String,
    file: String,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    hops: Vec<String>,
    keepalive: Option<String>,
    #[serde(default)]
    slots: Vec<String>,
    /// A path file in `fixtures/paths`, in place of hops and keepalive.
    path: Option<String>,
    /// Flows without findings are listed too.
    #[serde(default)]
    all_flows: bool,
    report: toml::Table,
}

fn directory() -> PathBuf {
    run::in_package("fixtures/stories")
}

fn stories() -> Vec<(String, Story)> {
    let mut all: Vec<(String, Story)> = std::fs::read_dir(directory())
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name()?.to_str()?.strip_suffix(".expect.toml")?.to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let story = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            Some((name, story))
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

impl Case {
    fn terms(&self) -> Terms {
        let terms = self.usual_terms();
        if self.all_flows { Terms { listing: Listing::All, ..terms } } else { terms }
    }

    fn usual_terms(&self) -> Terms {
        match &self.path {
            Some(file) => {
                let file = read_path_file(&run::in_package("fixtures/paths").join(file)).unwrap();
                Terms { slots: file.slots, ..Terms::new(file.path, Survey::of_catalogue()) }
            }
            None => {
                let hops: Vec<&str> = self.hops.iter().map(String::as_str).collect();
                let slots = self.slots.iter().map(|limit| limit.parse().unwrap()).collect();
                Terms { slots, ..run::terms(&hops, self.keepalive.as_deref()) }
            }
        }
    }
}

/// Where `found` is not as `expected`.
fn differences(place: &str, expected: &toml::Value, found: Option<&Value>, into: &mut Vec<String>) {
    let same = match (expected, found) {
        (toml::Value::Table(table), Some(found)) => {
            for (key, expected) in table {
                let place = format!("{place}.{key}");
                let part = match found {
                    Value::Array(list) if key == "len" => Some(Value::from(list.len())),
                    Value::Array(list) => key.parse::<usize>().ok().and_then(|at| list.get(at)).cloned(),
                    other => other.get(key).cloned(),
                };
                differences(&place, expected, part.as_ref(), into);
            }
            true
        }
        (toml::Value::Array(wanted), Some(Value::Array(list))) => {
            for (at, expected) in wanted.iter().enumerate() {
                differences(&format!("{place}.{at}"), expected, list.get(at), into);
            }
            wanted.len() == list.len()
        }
        (toml::Value::String(wanted), Some(Value::String(found))) => wanted == found,
        // "null" says that there is nothing, which TOML cannot.
        (toml::Value::String(wanted), Some(Value::Null) | None) => wanted == "null",
        (toml::Value::Boolean(wanted), Some(Value::Bool(found))) => wanted == found,
        (toml::Value::Integer(wanted), Some(Value::Number(found))) => found.as_f64() == Some(*wanted as f64),
        (toml::Value::Float(wanted), Some(Value::Number(found))) => {
            found.as_f64().is_some_and(|found| (found - wanted).abs() < 1e-6)
        }
        _ => false,
    };
    if !same {
        let found = found.map_or("absent".to_owned(), Value::to_string);
        into.push(format!("{place} is {found}, expected {expected}"));
    }
}

#[test]
fn every_story_is_told_by_the_report() {
    let mut all = Vec::new();
    for (name, story) in stories() {
        for case in &story.case {
            let report = run::report(&[directory().join(&story.file)], &case.terms(), 2);
            let place = format!("{name}, {}: report", case.name);
            let expected = toml::Value::Table(case.report.clone());
            differences(&place, &expected, Some(&run::json_of(&report)), &mut all);
        }
    }
    assert!(all.is_empty(), "{} differences:\n{}", all.len(), all.join("\n"));
}

#[test]
fn every_story_has_a_capture_and_every_capture_a_story() {
    let told: BTreeSet<String> = stories().into_iter().map(|(_, story)| story.file).collect();
    let made: BTreeSet<String> = make::stories::all().into_iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(made, told);
}

/// Packed files are compared unpacked: another version of the packer may pack better.
fn unpacked(bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    let mut content = Vec::new();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut content).unwrap();
    content
}

#[test]
fn the_generator_makes_the_committed_captures_byte_for_byte() {
    for (name, bytes) in make::stories::all() {
        let committed = std::fs::read(directory().join(name)).unwrap_or_default();
        assert!(unpacked(committed) == unpacked(bytes), "{name}: run cargo run --example fixtures");
    }
}

#[test]
fn a_difference_is_noticed_at_any_depth() {
    let expected: toml::Value = toml::from_str("a.1.b = 2\na.len = 2\nc = 'null'\nd = [1]").unwrap();
    let check = |json: Value| {
        let mut all = Vec::new();
        differences("", &expected, Some(&json), &mut all);
        all
    };
    assert_eq!(check(serde_json::json!({"a": [0, {"b": 2}], "d": [1]})), Vec::<String>::new());
    let wrong = serde_json::json!({"a": [0, {"b": 3}, 4], "c": 1, "d": [1, 2]});
    assert_eq!(check(wrong).len(), 4);
}
