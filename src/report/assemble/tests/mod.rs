//! Reports of the captured fixtures, and of captures made for one purpose.

mod counts;
mod made;
mod same;
mod sentences;

use super::*;
use crate::capture::{Input, OpenOptions, Source};
use crate::findings::{self, Terms};
use crate::pipeline::{RunOptions, analyze};
use crate::policy::Path;
use crate::policy::spec::parse_hops;
use crate::simulate::Survey;
use serde_json::Value;
use std::path::PathBuf;

fn fixture(name: &str) -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/captures").join(name)
}

/// Every capture of the fixtures: one file each, the ring as one.
fn captures() -> Vec<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(fixture(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !matches!(path.extension().and_then(|e| e.to_str()), Some("toml" | "json")))
        .collect();
    files.sort();
    let (ring, mut captures): (Vec<PathBuf>, Vec<Vec<PathBuf>>) = (
        files.iter().filter(|path| is_ring(path)).cloned().collect(),
        files.iter().filter(|path| !is_ring(path)).map(|path| vec![path.clone()]).collect(),
    );
    assert_eq!(ring.len(), 5);
    captures.push(ring);
    assert!(captures.len() > 30, "{}", captures.len());
    captures
}

fn is_ring(path: &std::path::Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ring-"))
}

/// How to make a report.
#[derive(Clone)]
struct Run {
    files: Vec<PathBuf>,
    hops: &'static [&'static str],
    keepalive: Option<&'static str>,
    filter: Option<&'static str>,
    listing: findings::Listing,
    workers: usize,
}

impl Run {
    fn of(files: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Run {
            files: files.into_iter().map(Into::into).collect(),
            hops: &[],
            keepalive: None,
            filter: None,
            listing: findings::Listing::All,
            workers: 2,
        }
    }

    /// Limits in the scale of the fixtures: seconds that stand for hours.
    fn behind(self, hops: &'static [&'static str]) -> Self {
        Run { hops, ..self }
    }

    fn analysis(&self) -> Analysis {
        let inputs: Vec<Input> = self.files.iter().cloned().map(Input::File).collect();
        let filter = self.filter.map(str::to_owned);
        let source =
            Source::open(&inputs, &OpenOptions { filter: filter.clone(), ..OpenOptions::default() }).unwrap();
        let path = Path {
            hops: parse_hops(self.hops).unwrap(),
            keepalive: self.keepalive.map(|text| text.parse().unwrap()),
            by_end: None,
        };
        let terms = Terms {
            listing: self.listing,
            min_gap: crate::time::Span::from_secs(1),
            ..Terms::new(path, Survey::of_catalogue())
        };
        analyze(source, filter, terms, &RunOptions { workers: self.workers, ..RunOptions::default() })
    }

    fn report(&self) -> Report {
        assemble(&self.analysis())
    }
}

const HOPS: &[&str] = &["firewall=8s", "lb=6s", "proxy=5s,refresh=payload,expiry=close"];

/// Every capture of the fixtures behind three hops, and without.
fn runs() -> impl Iterator<Item = Run> {
    captures().into_iter().flat_map(|files| [Run::of(files.clone()).behind(HOPS), Run::of(files)])
}

fn document(report: &Report) -> Value {
    let mut out = Vec::new();
    crate::report::json::write(report, crate::report::json_text::Spacing::Compact, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}
