//! Pages to open.

use serde_json::Value;
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
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.html");
    let output = Command::new(env!("CARGO_BIN_EXE_idlescope"))
        .args(["analyze", capture, "--format", "json", "-o"])
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
        ("damaged", of("bad/captures/cut-in-frame.pcap", &[])),
    ]
}
