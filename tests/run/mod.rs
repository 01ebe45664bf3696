//! Runs of the whole analysis over files, with the usual terms.

use idlescope::capture::{Input, OpenOptions, Source};
use idlescope::findings::Terms;
use idlescope::pipeline::{RunOptions, analyze};
use idlescope::policy::{Path, spec::parse_hops};
use idlescope::report::{Report, assemble, json, json_text};
use idlescope::simulate::Survey;
use std::path::PathBuf;

/// A directory or file of the package.
pub fn in_package(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Terms for hops in the words of the command line; without any, those of the survey.
pub fn terms(hops: &[&str], keepalive: Option<&str>) -> Terms {
    let hops = parse_hops(hops).unwrap();
    let keepalive = keepalive.map(|spec| spec.parse().unwrap());
    Terms::new(Path { hops, keepalive, by_end: None }, Survey::of_catalogue())
}

/// The report on `files`.
pub fn report(files: &[PathBuf], terms: &Terms, workers: usize) -> Report {
    let inputs: Vec<Input> = files.iter().cloned().map(Input::File).collect();
    let source = Source::open(&inputs, &OpenOptions::default()).unwrap();
    let options = RunOptions { workers, ..RunOptions::default() };
    assemble(&analyze(source, None, terms.clone(), &options))
}

/// The machine output.
pub fn json_of(report: &Report) -> serde_json::Value {
    let mut page = Vec::new();
    json::write(report, json_text::Spacing::Compact, &mut page).unwrap();
    serde_json::from_slice(&page).unwrap()
}
