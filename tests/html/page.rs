//! Pages to open.

use crate::traffic::{self, Plan};
use serde_json::Value;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// A page in a directory of its own, and the same report as JSON.
pub struct Page {
    pub file: PathBuf,
    pub report: Value,
    pub directory: TempDir,
}

/// What `idlescope analyze` makes of a capture of `fixtures`.
pub fn of(capture: &str, words: &[&str]) -> Page {
    let capture = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(capture);
    analyzed(&capture.to_string_lossy(), words)
}

pub fn analyzed(capture: &str, words: &[&str]) -> Page {
    told("analyze", capture, words)
}

fn told(command: &str, capture: &str, words: &[&str]) -> Page {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.html");
    let output = Command::new(env!("CARGO_BIN_EXE_idlescope"))
        .args([command, capture, "--format", "json", "-o"])
        .arg(format!("html={}", file.display()))
        .args(words)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    Page { file, report, directory }
}

/// Connections behind a gateway that forgets them silently: cuts, probes that save, probes that come too late, a RST.
pub fn silent_drop() -> Page {
    of("captures/silent-drop-client.pcap", &["--hop", "gateway=6s", "--min-gap", "1s"])
}

/// What `idlescope tune` makes of a thousand flows of hours: enough to name a timeout and a keepalive.
pub fn tuned_many() -> Page {
    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join("many.pcap");
    let mut out = BufWriter::new(File::create(&capture).unwrap());
    traffic::write(&Plan::HEADERS.scaled(600), &mut out).unwrap();
    drop(out);
    told("tune", &capture.to_string_lossy(), &["--hop", "near=1m", "--hop", "far=2h", "--slots", "8"])
}

/// What it makes of three flows, of which it can say little.
fn tuned_few() -> Page {
    let story = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/stories/exchange-keepalive-2h.pcap");
    told("tune", story, &["--hop", "firewall=1h", "--hop", "mdm=50m", "--hop", "lb=40m"])
}

/// Pages of every kind of answer.
pub fn of_every_kind() -> Vec<(&'static str, Page)> {
    vec![
        ("cuts", silent_drop()),
        ("left behind", of("stories/isa-left-behind.pcap", &["--hop", "ms-isa-nat", "--slots", "32"])),
        (
            "saved",
            of(
                "stories/exchange-keepalive-30m.pcap",
                &["--hop", "firewall=1h", "--hop", "mdm=50m", "--hop", "lb=40m", "--keepalive", "30m"],
            ),
        ),
        ("healthy", of("stories/longest-gap-61s.pcap", &["--hop", "firewall=1h"])),
        ("survey", of("captures/silent-drop-client.pcap", &[])),
        ("tune", tuned_many()),
        ("tune of few", tuned_few()),
        ("damaged", of("bad/captures/cut-in-frame.pcap", &[])),
    ]
}
