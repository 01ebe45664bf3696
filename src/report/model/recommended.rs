//! What to set.

use super::{PathKeepalive, RoleWord, Seconds};
use crate::findings::Knob;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a recommendation sets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KnobWord {
    /// TCP keepalive of an end's sockets: its time.
    Keepalive,
    /// How often the application sends payload.
    Heartbeat,
    /// The idle timeout of a hop.
    HopTimeout,
    /// After which silence an end closes connections that nobody uses.
    CloseEarlier,
    /// Nothing yet: there is something to find out first.
    Investigate,
}

impl From<Knob> for KnobWord {
    fn from(knob: Knob) -> Self {
        match knob {
            Knob::Keepalive => KnobWord::Keepalive,
            Knob::Heartbeat => KnobWord::Heartbeat,
            Knob::HopTimeout => KnobWord::HopTimeout,
            Knob::CloseEarlier => KnobWord::CloseEarlier,
            Knob::Investigate => KnobWord::Investigate,
        }
    }
}

/// One recommendation: there is one for each service, setting and side.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Recommended {
    /// Its number, from 1: findings name it.
    pub id: u64,
    /// `ip:port` of the service; null: all that take the path.
    pub service: Option<String>,
    /// What to set.
    pub knob: KnobWord,
    /// At which end; null: either.
    pub side: Option<RoleWord>,
    /// The path, where flows take several; null: the default one, or that of the service.
    pub path: Option<String>,
    /// Of a hop's timeout: its name.
    pub hop: Option<String>,
    /// Not longer than this.
    pub at_most_s: Option<Seconds>,
    /// Not shorter than this.
    pub at_least_s: Option<Seconds>,
    /// Of a keepalive: all three values, with all probes over in time.
    pub keepalive: Option<PathKeepalive>,
    /// Findings that it cures: indexes into `findings`.
    pub because: Vec<u64>,
    /// What to do, and why, in whole sentences.
    pub sentence: String,
}

impl Recommended {
    /// Its number and what it sets: `1 (keepalive 30s)`.
    pub fn named(&self) -> String {
        let knob = match self.knob {
            KnobWord::Keepalive => "keepalive",
            KnobWord::Heartbeat => "payload every",
            KnobWord::HopTimeout => "idle limit",
            KnobWord::CloseEarlier => "close after",
            KnobWord::Investigate => return format!("{} (no value yet)", self.id),
        };
        match self.at_most_s.or(self.at_least_s) {
            Some(length) => format!("{} ({knob} {})", self.id, length.0),
            None => self.id.to_string(),
        }
    }
}
