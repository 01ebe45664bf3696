//! What a person should know.

use super::{CertaintyWord, Moment, Seconds};
use crate::findings;
use schemars::JsonSchema;
use serde::Serialize;

/// How bad it is; the worst compares greatest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For completeness: something works, or idling is ruled out.
    Info,
    /// Close to trouble.
    Notice,
    /// Resources are held, or the set-up is risky.
    Warning,
    /// Users notice.
    Error,
}

impl From<findings::Severity> for Severity {
    fn from(severity: findings::Severity) -> Self {
        match severity {
            findings::Severity::Info => Severity::Info,
            findings::Severity::Notice => Severity::Notice,
            findings::Severity::Warning => Severity::Warning,
            findings::Severity::Error => Severity::Error,
        }
    }
}

impl Severity {
    /// The word of machine output.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One flow.
    #[default]
    Flow,
    /// Several flows of one client, of one service, or of both.
    Flows,
    /// The path itself, whatever the capture holds.
    Path,
}

/// One thing that a person should know, complete in itself.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// Stable id of the rule: `predicted-cut`.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// How far the capture proves it.
    pub certainty: CertaintyWord,
    /// What it is about.
    pub scope: Scope,
    /// The flow, of a finding about one flow.
    pub flow: Option<u64>,
    /// `ip:port` of who opened the flow.
    pub initiator: Option<String>,
    /// `ip:port` of the service.
    pub responder: Option<String>,
    /// Flows, of a finding about several; the first ones.
    pub flows: Vec<u64>,
    /// How many flows it is about.
    pub flows_total: u64,
    /// Address of the client, of a finding about its flows.
    pub client: Option<String>,
    /// The hop that it is about.
    pub hop: Option<String>,
    /// The silence that it is about.
    pub gap_s: Option<Seconds>,
    /// Frames that prove it, numbered as Wireshark numbers them (of several files: as `mergecap` writes
    /// them), in order.
    pub frames: Vec<u64>,
    /// With several input files, where each frame is found; else empty. Empty too when one of them lies where
    /// the files alternate too often to remember (`capture.cannot_see` says so then).
    pub files: Vec<FramePlace>,
    /// When it happened.
    pub at: Option<Moment>,
    /// What happened, in whole sentences.
    pub summary: String,
    /// Numbers of the recommendations that cure it.
    pub recommendations: Vec<u64>,
    /// What to do or to look for besides, in whole sentences.
    pub step: Option<String>,
    /// Shows the evidence in Wireshark.
    pub display_filter: Option<String>,
}

/// Where one frame of a capture made of several files is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct FramePlace {
    /// Place of the file in `capture.files`, from 1.
    pub file: u32,
    /// Number of the frame in that file, from 1.
    pub frame: u64,
}

impl Finding {
    /// A finding without evidence yet: fill in what is known.
    pub fn new(rule: &str, severity: Severity, scope: Scope, summary: String) -> Self {
        Finding {
            rule: rule.to_owned(),
            severity,
            certainty: CertaintyWord::Certain,
            scope,
            flow: None,
            initiator: None,
            responder: None,
            flows: Vec::new(),
            flows_total: 0,
            client: None,
            hop: None,
            gap_s: None,
            frames: Vec::new(),
            files: Vec::new(),
            at: None,
            summary,
            recommendations: Vec::new(),
            step: None,
            display_filter: None,
        }
    }
}
