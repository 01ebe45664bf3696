//! `NAME.expect.toml` as `fixtures/INDEX.toml` describes it. Unknown keys are refused, so that no claim is
//! left unread.

use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Where its files are.
    #[serde(skip)]
    pub folder: PathBuf,
    pub files: Vec<String>,
    pub frames: u64,
    pub tcp_segments: u64,
    pub copies: u64,
    pub tcp_in_icmp: u64,
    pub in_time_order: bool,
    pub flows: u64,
    /// For the test of agreement with tshark.
    #[serde(rename = "tshark_right_on_probes")]
    pub _tshark_right_on_probes: bool,
    #[serde(default = "yes")]
    pub complete: bool,
    #[serde(default = "yes")]
    pub idle: bool,
    pub hop: Option<String>,
    #[serde(rename = "flow")]
    pub listed: Vec<Flow>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    pub id: u64,
    pub initiator: String,
    pub responder: String,
    pub opened: String,
    pub label: Option<String>,
    /// What the socket experienced.
    pub fate: Option<String>,
    pub closed_by: Option<String>,
    pub first_frame: u64,
    pub last_frame: u64,
    pub segments: [u64; 2],
    pub longest_gap_s: Option<f64>,
    pub longest_gap_frames: Option<[u64; 2]>,
    pub longest_gap_ended_by: Option<String>,
    pub longest_payload_gap_s: Option<f64>,
    pub longest_payload_gap_frames: Option<[u64; 2]>,
    pub payload_idle_at_close_s: Option<f64>,
    #[serde(rename = "payload_idle_at_close_frames")]
    pub _payload_idle_at_close_frames: Option<[u64; 2]>,
    pub open_gap_s: Option<f64>,
    pub hop_outcome: Option<String>,
    pub initiator_side: Side,
    pub responder_side: Side,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Side {
    pub probes: Vec<u64>,
    pub replies: Vec<u64>,
    pub zero_window_probes: Vec<u64>,
    pub set: Option<KeepaliveSet>,
}

/// Keepalive options that a socket had.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct KeepaliveSet {
    pub time_s: u64,
    pub interval_s: u64,
    pub count: u32,
    pub user_timeout_s: Option<u64>,
}

fn yes() -> bool {
    true
}

pub fn read(file: &Path) -> Expectation {
    let text = std::fs::read_to_string(file).unwrap();
    let mut expectation: Expectation =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    expectation.folder = file.parent().unwrap().to_owned();
    expectation
}
