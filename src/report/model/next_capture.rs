//! Which capture would settle what this one leaves open.

use super::{RoleWord, Seconds};
use schemars::JsonSchema;
use serde::Serialize;

/// One capture to take next.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct NextCapture {
    /// `ip:port` of the service whose connections failed.
    pub service: String,
    /// How many of its listed flows failed for a reason that is open.
    pub flows: u64,
    /// At which end to capture.
    pub side: RoleWord,
    /// Address of that host.
    pub host: String,
    /// The causes that it tells apart.
    pub settles: Vec<String>,
    /// What it shows, in one sentence.
    pub why: String,
    /// Which frames, in tcpdump syntax.
    pub filter: String,
    /// Bytes of a frame that are enough.
    pub snap_len: u32,
    /// For how long at the least: three times the shortest silence after which a connection failed.
    pub at_least_s: Seconds,
    /// The same as commands.
    pub commands: CaptureCommands,
    /// What to do with it.
    pub then: String,
}

/// Commands that take a capture, ready to paste.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct CaptureCommands {
    /// Linux, macOS, BSD.
    pub tcpdump: String,
    /// Windows 10 2004 or later, Windows Server 2019 or later.
    pub pktmon: String,
    /// Any Windows; `etl2pcapng` makes a capture file of it.
    pub netsh: String,
    /// A container of a Kubernetes pod.
    pub kubectl: String,
}
