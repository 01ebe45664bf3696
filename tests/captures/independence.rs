//! What was seen does not depend on what is stated: failures, their causes and the limits that follow are the same
//! whatever path, keepalive and shortest gap a user gives.

use crate::run;
use idlescope::findings::{Listing, Terms};
use idlescope::time::Span;
use serde_json::Value;
use std::path::PathBuf;

/// Paths, the keepalive and the shortest gap that are stated.
const STATED: [(&[&str], Option<&str>, u64); 4] = [
    (&["fw=4m"], None, 10),
    (&["near=30s", "far=2h"], Some("5m"), 10),
    (&["cisco-asa", "azure-lb"], None, 60),
    (&[], None, 1),
];

fn captures() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = ["fixtures/captures", "fixtures/stories"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(run::in_package(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "pcap" || ext == "pcapng"))
        .collect();
    all.sort();
    all
}

/// What was seen in a capture: counts, limits, and each flow's failure with its causes.
fn seen(file: &PathBuf, (hops, keepalive, min_gap): (&[&str], Option<&str>, u64)) -> Value {
    let terms = Terms {
        listing: Listing::All,
        flows_listed: 10_000,
        min_gap: Span::from_secs(min_gap),
        ..run::terms(hops, keepalive)
    };
    let report = run::json_of(&run::report(std::slice::from_ref(file), &terms, 2));
    let totals = &report["totals"];
    // The list has the worst first, which depends on what is predicted.
    let mut flows: Vec<(u64, Value)> = report["flows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flow| (flow["id"].as_u64().unwrap(), serde_json::json!([flow["failed"], flow["explanations"]])))
        .collect();
    flows.sort_by_key(|(id, _)| *id);
    serde_json::json!({
        "failed": totals["failed"],
        "broken": totals["broken"],
        "explanations": totals["explanations"],
        "limits": report["inferred_timeouts"],
        "flows": flows,
    })
}

#[test]
fn what_was_seen_is_the_same_whatever_is_stated() {
    let mut differences = Vec::new();
    let files = captures();
    assert!(files.len() > 60, "{} captures", files.len());
    for file in &files {
        let alone = seen(file, (&[], None, 10));
        for stated in STATED {
            let beside = seen(file, stated);
            for what in ["failed", "broken", "explanations", "limits", "flows"] {
                if alone[what] != beside[what] {
                    differences.push(format!("{}: {what} with {stated:?}", file.display()));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
