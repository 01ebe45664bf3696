//! `--keepalive`: what the endpoints' sockets are set to, in one word.

use std::fmt;
use std::str::FromStr;

use super::hop_draft::set_once;
use super::limit::{ExactSpan, looks_like_length, parse_length};
use super::{SpecError, Subject};
use crate::policy::presets::{self, Mechanism, Preset, nearest};
use crate::policy::{EndKeepalives, Keepalive, KeepaliveSetting};
use crate::time::Span;

/// Keepalive settings that have not been made into one yet.
#[derive(Clone, Debug, Default)]
pub(in crate::policy) struct KeepaliveDraft {
    preset: Option<Keepalive>,
    time: Option<Span>,
    interval: Option<Span>,
    probes: Option<u32>,
}

impl KeepaliveDraft {
    /// Settings on the command line.
    const KEYS: &'static [&'static str] = &["time", "interval", "probes"];

    /// What may be meant by an unknown setting on the command line.
    const MEANT: &'static [&'static str] = &["time", "interval", "probes", "initiator", "responder"];

    /// Settings of a path file's `[keepalive]`.
    pub(in crate::policy) const FILE_KEYS: &'static [&'static str] =
        &["preset", "time", "interval", "probes"];

    /// Sets `key` to what `word` says. `known` are the keys that the place of the setting allows.
    ///
    /// # Errors
    /// [`SpecError`] for an unknown key, a key set before, or a word that the key does not take.
    pub(in crate::policy) fn set(
        &mut self,
        key: &str,
        word: &str,
        known: &'static [&'static str],
    ) -> Result<(), SpecError> {
        let unknown = || SpecError::UnknownKey {
            subject: Subject::Keepalive,
            key: key.to_owned(),
            nearest: nearest(key, known.iter().copied()),
            known: if known == Self::KEYS { Self::MEANT } else { known },
        };
        let key = known.iter().copied().find(|known| *known == key).ok_or_else(unknown)?;
        match key {
            "preset" => set_once(&mut self.preset, key, word, endpoint(word)?),
            "time" => set_once(&mut self.time, key, word, parse_length(key, word)?),
            "interval" => set_once(&mut self.interval, key, word, parse_length(key, word)?),
            "probes" => set_once(&mut self.probes, key, word, parse_probes(word)?),
            _ => Err(unknown()),
        }
    }

    /// The setting; what was left out follows the preset, or else Linux.
    ///
    /// # Errors
    /// [`SpecError::MissingTime`].
    pub(in crate::policy) fn build(&self) -> Result<Keepalive, SpecError> {
        let base = self.preset.unwrap_or(Keepalive::LINUX_DEFAULT);
        let time = self.time.or(self.preset.map(|preset| preset.time)).ok_or(SpecError::MissingTime)?;
        Ok(Keepalive {
            time,
            interval: self.interval.unwrap_or(base.interval),
            probes: self.probes.unwrap_or(base.probes),
        })
    }
}

impl FromStr for Keepalive {
    type Err = SpecError;

    /// Reads `off`, `TIME[/INTERVAL[/PROBES]]`, a preset id, or settings (the [grammar](super)).
    fn from_str(spec: &str) -> Result<Self, SpecError> {
        let spec = spec.trim();
        if matches!(spec, "off" | "never") {
            return Ok(Keepalive::OFF);
        }
        if spec.is_empty() {
            return Err(SpecError::Empty { subject: Subject::Keepalive });
        }
        let mut draft = KeepaliveDraft::default();
        for (index, part) in spec.split(',').map(str::trim).enumerate() {
            match part.split_once('=') {
                Some((key, word)) => draft.set(key.trim(), word.trim(), KeepaliveDraft::KEYS)?,
                None if index == 0 && looks_like_length(part) => {
                    let mut keys = KeepaliveDraft::KEYS.iter();
                    for word in part.split('/').map(str::trim) {
                        let key =
                            keys.next().ok_or_else(|| SpecError::TooManyParts { word: word.to_owned() })?;
                        draft.set(key, word, KeepaliveDraft::KEYS)?;
                    }
                }
                None if index == 0 => draft.set("preset", part, KeepaliveDraft::FILE_KEYS)?,
                None => {
                    let subject = Subject::Keepalive;
                    return Err(SpecError::NotASetting { subject, word: part.to_owned() });
                }
            }
        }
        draft.build()
    }
}

impl fmt::Display for Keepalive {
    /// As `--keepalive` takes it: `30m/75s/9`, `off`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_off() {
            return f.pad("off");
        }
        f.pad(&format!("{}/{}/{}", ExactSpan(self.time), ExactSpan(self.interval), self.probes))
    }
}

/// A number of probes that some system can be set to (Linux takes up to 127, Windows 255).
fn parse_probes(word: &str) -> Result<u32, SpecError> {
    match word.parse() {
        Ok(probes @ 1..=255) => Ok(probes),
        _ => Err(SpecError::ProbeCount { word: word.to_owned() }),
    }
}

/// The keepalive of the endpoint preset with that id.
fn endpoint(id: &str) -> Result<Keepalive, SpecError> {
    match presets::find(id).map_err(SpecError::UnknownPreset)? {
        Preset::Middlebox(middlebox) => Err(SpecError::MiddleboxAsKeepalive { id: middlebox.id }),
        Preset::Service(service) => Err(SpecError::ServiceAsKeepalive { id: service.id }),
        Preset::Endpoint(endpoint) => match endpoint.mechanism {
            Mechanism::Heartbeat | Mechanism::IdleTimerOnly => {
                Err(SpecError::NotTcpKeepalive { id: endpoint.id })
            }
            Mechanism::TcpKeepalive => {
                endpoint.keepalive().ok_or(SpecError::TimeOfSystem { id: endpoint.id })
            }
        },
    }
}

impl FromStr for KeepaliveSetting {
    type Err = SpecError;

    /// Reads what a [`Keepalive`] is read from, or one for each end: `initiator=2h,responder=30m/75s/9`. An end that is left
    /// out does not probe.
    fn from_str(spec: &str) -> Result<Self, SpecError> {
        const ENDS: &[&str] = &["initiator", "responder"];
        let key_of = |part: &'_ str| part.split_once('=').map(|(key, _)| key.trim().to_owned());
        if !spec.split(',').filter_map(key_of).any(|key| ENDS.contains(&key.as_str())) {
            return Ok(KeepaliveSetting::Same(spec.parse()?));
        }
        let (mut initiator, mut responder) = (None, None);
        for part in spec.split(',').map(str::trim) {
            match part.split_once('=').map(|(key, word)| (key.trim(), word.trim())) {
                Some(("initiator", word)) => set_once(&mut initiator, "initiator", word, word.parse()?)?,
                Some(("responder", word)) => set_once(&mut responder, "responder", word, word.parse()?)?,
                _ => {
                    return Err(SpecError::NotASetting {
                        subject: Subject::Keepalive,
                        word: part.to_owned(),
                    });
                }
            }
        }
        let or_off = |end: Option<Keepalive>| end.unwrap_or(Keepalive::OFF);
        Ok(KeepaliveSetting::ByEnd(EndKeepalives {
            initiator: or_off(initiator),
            responder: or_off(responder),
        }))
    }
}
