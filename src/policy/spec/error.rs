//! What can be wrong with the words for a hop or a keepalive setting.

use crate::policy::presets::{UnknownPreset, UnpublishedLimit, did_you_mean};
use crate::time::ParseSpanError;

/// What was being described.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A hop.
    Hop,
    /// A keepalive setting.
    Keepalive,
}

/// A word that cannot be used where it stands. Its message names the word and says what to write instead.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SpecError {
    /// Nothing was given.
    #[error("{}", match .subject {
        Subject::Hop => "nothing is given; write a duration (1h) or a preset id (aws-nat-gateway)",
        Subject::Keepalive => "nothing is given; write a time (30m), a preset id (linux) or off",
    })]
    Empty {
        /// What was being described.
        subject: Subject,
    },
    /// A duration cannot be read.
    #[error(transparent)]
    Duration(#[from] ParseSpanError),
    /// A length of zero, which vendors use for opposite things.
    #[error("{key} '{word}' is zero, which some boxes take for never and others for at once; {}",
        if *.key == "time" { "write off for no keepalive" }
        else if *.key == "interval" { "write the time between probes, for example 75s" }
        else { "write never for a timer that does not run out, else a duration such as 350s" })]
    Zero {
        /// The setting.
        key: &'static str,
        /// What was given.
        word: String,
    },
    /// No preset has that id, and it is no duration either.
    #[error("'{}' is neither a duration (350s, 1h) nor a preset{}; 'idlescope presets list' shows all",
        .0.id, did_you_mean(&.0.nearest))]
    UnknownPreset(UnknownPreset),
    /// An endpoint preset stands where a box belongs.
    #[error(
        "preset '{id}' is an endpoint, not a box on the path; give it as keepalive (--keepalive {id}, or \
        preset = \"{id}\" under [keepalive])"
    )]
    EndpointAsHop {
        /// Id of the preset.
        id: &'static str,
    },
    /// A box preset stands where an endpoint belongs.
    #[error(
        "preset '{id}' is a box on the path, not an endpoint; give it as a hop (--hop {id}, or \
        preset = \"{id}\" under [[hop]])"
    )]
    MiddleboxAsKeepalive {
        /// Id of the preset.
        id: &'static str,
    },
    /// A service preset stands where a box belongs.
    #[error(
        "preset '{id}' is a service that closes idle clients, not a box on the path; to try its timer as the \
        last hop write --hop {hop}"
    )]
    ServiceAsHop {
        /// Id of the preset.
        id: &'static str,
        /// Its timer as a hop.
        hop: String,
    },
    /// A service preset stands where an endpoint belongs.
    #[error(
        "preset '{id}' is a service that closes idle clients, not TCP keepalive; give the sockets' keepalive \
        as a time (30m), a system (linux) or off"
    )]
    ServiceAsKeepalive {
        /// Id of the preset.
        id: &'static str,
    },
    /// The preset's limit is not published.
    #[error(transparent)]
    UnpublishedLimit(#[from] UnpublishedLimit),
    /// The endpoint preset has no time of its own.
    #[error(
        "preset '{id}' leaves the keepalive time to the operating system; name that (linux, windows, \
        macos, freebsd) or give a time such as 30m"
    )]
    TimeOfSystem {
        /// Id of the preset.
        id: &'static str,
    },
    /// The endpoint preset is a heartbeat of the application, or none.
    #[error(
        "preset '{id}' is not TCP keepalive but a heartbeat or idle timer of the application; give the \
        sockets' keepalive as a time (30m), a system (linux) or off"
    )]
    NotTcpKeepalive {
        /// Id of the preset.
        id: &'static str,
    },
    /// There is no such setting.
    #[error("there is no setting '{key}'{}; a {} takes {}", did_you_mean(.nearest),
        match .subject { Subject::Hop => "hop", Subject::Keepalive => "keepalive" }, .known.join(", "))]
    UnknownKey {
        /// What was being described.
        subject: Subject,
        /// What was given.
        key: String,
        /// Settings that look like it.
        nearest: Vec<&'static str>,
        /// Every setting.
        known: &'static [&'static str],
    },
    /// The setting does not take that word.
    #[error("{key} cannot be '{word}'{}; it is one of {}", did_you_mean(.nearest), .known.join(", "))]
    UnknownWord {
        /// The setting.
        key: &'static str,
        /// What was given.
        word: String,
        /// Words that look like it.
        nearest: Vec<&'static str>,
        /// Every word.
        known: Vec<&'static str>,
    },
    /// A part after a comma has no `=`.
    #[error("'{word}' is not a setting; write KEY=VALUE, for example {}", match .subject {
        Subject::Hop => "refresh=payload",
        Subject::Keepalive => "interval=75s",
    })]
    NotASetting {
        /// What was being described.
        subject: Subject,
        /// What was given.
        word: String,
    },
    /// The hop begins with a setting instead of a duration or preset.
    #[error("'{word}' is a setting, but a hop begins with a duration or a preset; write 1h or NAME=1h first")]
    SettingFirst {
        /// What was given.
        word: String,
    },
    /// A setting is given twice.
    #[error("{key} is given twice, the second time as '{word}'; keep one")]
    RepeatedKey {
        /// The setting.
        key: &'static str,
        /// The second value.
        word: String,
    },
    /// The number of probes cannot be used.
    #[error("probes cannot be '{word}'; write a whole number from 1 to 255")]
    ProbeCount {
        /// What was given.
        word: String,
    },
    /// Too many parts between slashes.
    #[error("'{word}' is one too many; a keepalive is TIME/INTERVAL/PROBES, for example 30m/75s/9")]
    TooManyParts {
        /// The first part that has no place.
        word: String,
    },
    /// A hop's name cannot be used.
    #[error("'{name}' cannot be a hop's name: {problem}")]
    Name {
        /// What was given.
        name: String,
        /// Why not.
        problem: &'static str,
    },
    /// Two hops were given the same name.
    #[error("two hops are called '{name}'; reports could not tell them apart, so rename one")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A hop has neither a limit nor a preset.
    #[error("the hop has no idle limit; give idle (for example idle = \"1h\") or a preset")]
    MissingIdle,
    /// A keepalive setting has neither a time nor a preset.
    #[error("the keepalive has no time; give time (for example time = \"30m\") or a preset")]
    MissingTime,
    /// More hops than a packet can pass.
    #[error("a path has at most {max} hops, because a packet can pass no more (TTL); remove some", max = super::MAX_HOPS)]
    TooManyHops,
}

impl SpecError {
    /// The offending word as it was given; empty when the fault is that something is missing.
    pub fn word(&self) -> &str {
        match self {
            SpecError::Duration(error) => &error.text,
            SpecError::UnknownPreset(error) => &error.id,
            SpecError::EndpointAsHop { id }
            | SpecError::MiddleboxAsKeepalive { id }
            | SpecError::ServiceAsHop { id, .. }
            | SpecError::ServiceAsKeepalive { id }
            | SpecError::TimeOfSystem { id }
            | SpecError::NotTcpKeepalive { id } => id,
            SpecError::UnpublishedLimit(error) => error.preset,
            SpecError::UnknownKey { key, .. } => key,
            SpecError::Zero { word, .. }
            | SpecError::UnknownWord { word, .. }
            | SpecError::NotASetting { word, .. }
            | SpecError::SettingFirst { word }
            | SpecError::RepeatedKey { word, .. }
            | SpecError::ProbeCount { word }
            | SpecError::TooManyParts { word } => word,
            SpecError::Name { name, .. } | SpecError::DuplicateName { name } => name,
            SpecError::Empty { .. }
            | SpecError::MissingIdle
            | SpecError::MissingTime
            | SpecError::TooManyHops => "",
        }
    }
}
