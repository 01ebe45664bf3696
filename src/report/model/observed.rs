//! What was seen to come of a flow's silences.

use super::{EndedByWord, Moment, RoleWord, Seconds};
use crate::flow::{Fate, GaveUp, ResetOrigin, ResetSeen, Role, Sequel, Sequels, SilenceClass, Survived};
use schemars::JsonSchema;
use serde::Serialize;

/// Which clock a silence belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SilenceClassWord {
    /// Both ways open and nothing under way.
    Established,
    /// One side had closed.
    HalfClosed,
    /// Payload was under way or the window closed.
    Busy,
    /// Within the handshake or the close.
    Transitory,
}

impl From<SilenceClass> for SilenceClassWord {
    fn from(class: SilenceClass) -> Self {
        match class {
            SilenceClass::Established => SilenceClassWord::Established,
            SilenceClass::HalfClosed => SilenceClassWord::HalfClosed,
            SilenceClass::Busy => SilenceClassWord::Busy,
            SilenceClass::Transitory => SilenceClassWord::Transitory,
        }
    }
}

/// How a flow failed at the end of a silence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureWord {
    /// Nothing came back.
    Unanswered,
    /// A RST answered.
    Refused,
    /// The silence was ended by a close that nothing had prompted.
    Closed,
}

/// Who sent a RST.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResetOriginWord {
    /// A box between.
    Box,
    /// The owner of the socket, or a proxy in its place.
    Owner,
    /// A host without the connection, or a box that looks like it.
    NoConnection,
    /// It does not show.
    Unknown,
}

/// What came of a flow's silences.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Observed {
    /// The last silence at whose end the flow failed.
    pub failed: Option<FailedSilence>,
    /// The silence of payload that the first unprompted close ended.
    pub closed: Option<FailedSilence>,
    /// The longest silence that it survived, for each class and each side that ended one.
    pub survived: Vec<SurvivedSilence>,
    /// The first RST of each side.
    pub resets: Vec<ResetTold>,
}

/// A silence at whose end a flow failed.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct FailedSilence {
    /// How.
    pub how: FailureWord,
    /// Which clock it belongs to.
    pub class: SilenceClassWord,
    /// Last activity before it.
    pub start_frame: u64,
    /// What ended it.
    pub end_frame: u64,
    /// When it began.
    pub start_at: Moment,
    /// How long it was.
    pub length_s: Seconds,
    /// What ended it.
    pub ended_by: EndedByWord,
    /// Who ended it.
    pub speaker: RoleWord,
    /// How often something was sent that asks for an answer; null: unless unanswered.
    pub sends: Option<u32>,
    /// Of them: keepalive probes.
    pub probes: Option<u32>,
    /// Last segment sent in vain.
    pub last_frame: Option<u64>,
    /// RST with which its sender gave up.
    pub gave_up_frame: Option<u64>,
    /// The RST that answered or closed.
    pub reset_frame: Option<u64>,
}

/// A silence that a flow survived.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SurvivedSilence {
    /// Which clock it belongs to.
    pub class: SilenceClassWord,
    /// Who ended it.
    pub speaker: RoleWord,
    /// Last activity before it.
    pub start_frame: u64,
    /// What ended it.
    pub end_frame: u64,
    /// How long it was.
    pub length_s: Seconds,
    /// The frame that shows that its end arrived.
    pub shown_in_frame: u64,
}

/// A RST and what speaks of its sender.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ResetTold {
    /// Its frame.
    pub frame: u64,
    /// Whose address it bears.
    pub sender: RoleWord,
    /// Who sent it.
    pub origin: ResetOriginWord,
    /// Its TTL or hop limit.
    pub ttl: u8,
    /// That of the sender's own segments.
    pub usual_ttl: Option<u8>,
    /// From the segment that it answers.
    pub latency_s: Option<Seconds>,
    /// Round-trip time to the sender, from the handshake.
    pub rtt_s: Option<Seconds>,
    /// The segment that it answers.
    pub answers_frame: Option<u64>,
    /// Whether it bears what only the owner of the socket knows.
    pub stateful: bool,
    /// Whether its sequence number is the one that its receiver expects.
    pub exact: bool,
}

impl From<&Sequel> for FailedSilence {
    fn from(sequel: &Sequel) -> Self {
        let unanswered = match &sequel.fate {
            Fate::Unanswered(unanswered) => Some(*unanswered),
            _ => None,
        };
        let gave_up = unanswered.and_then(|unanswered| unanswered.gave_up);
        FailedSilence {
            how: match &sequel.fate {
                Fate::Refused(_) => FailureWord::Refused,
                Fate::ClosedUnprompted { .. } => FailureWord::Closed,
                Fate::Unanswered(_) | Fate::Answered(_) | Fate::Undecided(_) => FailureWord::Unanswered,
            },
            class: sequel.class().into(),
            start_frame: sequel.gap.start_frame.0,
            end_frame: sequel.gap.end_frame.0,
            start_at: sequel.gap.start_at.into(),
            length_s: sequel.gap.length.into(),
            ended_by: sequel.gap.ended_by.into(),
            speaker: sequel.speaker.into(),
            sends: unanswered.map(|unanswered| unanswered.sends),
            probes: unanswered.map(|unanswered| unanswered.probes),
            last_frame: unanswered.map(|unanswered| unanswered.last_frame.0),
            gave_up_frame: match gave_up {
                Some(GaveUp::Reset(frame)) => Some(frame.0),
                Some(GaveUp::Silently) | None => None,
            },
            reset_frame: sequel.reset().map(|reset| reset.frame.0),
        }
    }
}

impl From<&Survived> for SurvivedSilence {
    fn from(survived: &Survived) -> Self {
        SurvivedSilence {
            class: survived.class.into(),
            speaker: survived.speaker.into(),
            start_frame: survived.gap.start_frame.0,
            end_frame: survived.gap.end_frame.0,
            length_s: survived.gap.length.into(),
            shown_in_frame: survived.shown_in.0,
        }
    }
}

impl From<&ResetSeen> for ResetTold {
    fn from(reset: &ResetSeen) -> Self {
        ResetTold {
            frame: reset.frame.0,
            sender: reset.sender.into(),
            origin: match reset.origin() {
                ResetOrigin::Box(_) => ResetOriginWord::Box,
                ResetOrigin::Owner(_) => ResetOriginWord::Owner,
                ResetOrigin::NoConnection => ResetOriginWord::NoConnection,
                ResetOrigin::Unknown(_) => ResetOriginWord::Unknown,
            },
            ttl: reset.ttl,
            usual_ttl: reset.usual_ttl,
            latency_s: reset.trigger.map(|trigger| trigger.latency.into()),
            rtt_s: reset.rtt.map(Seconds::from),
            answers_frame: reset.trigger.map(|trigger| trigger.frame.0),
            stateful: reset.is_the_owners(),
            exact: reset.exact,
        }
    }
}

impl Observed {
    pub(in crate::report) fn of(sequels: &Sequels, resets: &[Option<ResetSeen>; 2]) -> Self {
        let mut survived: Vec<&Survived> = sequels.survived().iter().collect();
        survived.sort_by_key(|survived| (survived.class, survived.speaker));
        Observed {
            failed: sequels.failed().map(FailedSilence::from),
            closed: sequels.closed().map(FailedSilence::from),
            survived: survived.into_iter().map(SurvivedSilence::from).collect(),
            resets: Role::BOTH
                .iter()
                .filter_map(|role| resets[role.index()].as_ref())
                .map(ResetTold::from)
                .collect(),
        }
    }
}
