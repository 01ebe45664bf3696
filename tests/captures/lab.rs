//! The recordings made afresh, on this machine's kernel, conntrack, nft, haproxy and nginx, and held to the same claims
//! as the committed ones. Needs root for the namespaces; without the programs it needs it says `SKIPPED`, and fails
//! where `CI` is set, so that nobody takes a skip for a pass.

use crate::{accusations, inference, observed, recorded};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// What the recorder runs.
const PROGRAMS: [&str; 9] =
    ["python3", "ip", "nft", "conntrack", "tcpdump", "dumpcap", "tshark", "haproxy", "nginx"];

fn missing() -> Vec<&'static str> {
    let there = |program: &str| {
        Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success()
    };
    PROGRAMS.into_iter().filter(|program| !there(program)).collect()
}

/// Records every scenario into `folder`. A machine that stalls can spoil one: it is tried twice.
fn record(folder: &Path) {
    let recorder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/record/record.py");
    let mut told = String::new();
    for _ in 0..2 {
        let outcome =
            Command::new("python3").arg("-B").arg(&recorder).arg("--into").arg(folder).output().unwrap();
        if outcome.status.success() {
            return;
        }
        told.push_str(&String::from_utf8_lossy(&outcome.stderr));
    }
    panic!("the lab could not be recorded:\n{told}");
}

#[test]
#[ignore = "needs root: makes network namespaces"]
fn fresh_recordings_meet_the_claims_of_the_committed_ones() {
    let missing = missing();
    if !missing.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "the lab needs {}", missing.join(", "));
        // Straight to standard error: the harness holds back what tests that pass print.
        let _ = writeln!(std::io::stderr().lock(), "\nSKIPPED: the lab: needs {}\n", missing.join(", "));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    record(folder.path());
    assert!(recorded::expectations(folder.path()).len() >= 30);
    recorded::meet_their_expectations(folder.path());
    accusations::accuse_nobody(folder.path());
    observed::report_what_was_cut(folder.path());
    inference::hold_what_was_set(folder.path());
}
