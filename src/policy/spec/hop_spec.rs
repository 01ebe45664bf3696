//! `--hop`: one hop in one word.

use std::fmt;
use std::str::FromStr;

use super::hop_draft::{HopDraft, name_hops};
use super::limit::{ExactSpan, looks_like_length};
use super::{SpecError, Subject};
use crate::policy::presets::{self, Preset};
use crate::policy::{Hop, Path};
use crate::time::Span;

/// Most hops of a path: a packet's TTL lets it pass no more.
pub const MAX_HOPS: usize = 255;

/// A `--hop` that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("hop {position} '{spec}': {problem}")]
pub struct HopSpecError {
    /// Which hop, counted from 1.
    pub position: usize,
    /// The whole text as it was given.
    pub spec: String,
    /// What is wrong with it.
    pub problem: SpecError,
}

/// Reads hops in order from the initiator to the responder, each as `[NAME=]DURATION|PRESET[,KEY=VALUE]…`
/// (the [grammar](super)).
///
/// # Errors
/// [`HopSpecError`] for the first hop that cannot be read.
pub fn parse_hops<S: AsRef<str>>(specs: &[S]) -> Result<Vec<Hop>, HopSpecError> {
    let at = |index: usize, problem: SpecError| HopSpecError {
        position: index + 1,
        spec: specs.get(index).map(|spec| spec.as_ref().to_owned()).unwrap_or_default(),
        problem,
    };
    if specs.len() > MAX_HOPS {
        return Err(at(MAX_HOPS, SpecError::TooManyHops));
    }
    let mut drafts = Vec::with_capacity(specs.len());
    for (index, spec) in specs.iter().enumerate() {
        drafts.push(draft(spec.as_ref()).map_err(|problem| at(index, problem))?);
    }
    name_hops(&drafts).map_err(|(index, problem)| at(index, problem))
}

fn draft(spec: &str) -> Result<HopDraft, SpecError> {
    let mut draft = HopDraft::default();
    let mut parts = spec.split(',').map(str::trim);
    let head = parts.next().unwrap_or_default();
    let value = match head.split_once('=') {
        Some((name, _)) if HopDraft::KEYS.contains(&name.trim()) => {
            return Err(SpecError::SettingFirst { word: head.to_owned() });
        }
        Some((name, value)) => {
            draft.set("name", name.trim(), HopDraft::FILE_KEYS)?;
            value.trim()
        }
        None => head,
    };
    if value.is_empty() {
        return Err(SpecError::Empty { subject: Subject::Hop });
    }
    let key = if looks_like_length(value) || value == "never" { "idle" } else { "preset" };
    draft.set(key, value, HopDraft::FILE_KEYS)?;
    for part in parts {
        let (key, word) = part
            .split_once('=')
            .ok_or_else(|| SpecError::NotASetting { subject: Subject::Hop, word: part.to_owned() })?;
        draft.set(key.trim(), word.trim(), HopDraft::KEYS)?;
    }
    Ok(draft)
}

impl FromStr for Hop {
    type Err = HopSpecError;

    /// Reads one hop as [`parse_hops`] reads the first of a path.
    fn from_str(spec: &str) -> Result<Self, HopSpecError> {
        // One spec makes one hop.
        parse_hops(&[spec]).map(|mut hops| hops.remove(0))
    }
}

impl fmt::Display for Hop {
    /// As `--hop` takes it, name first: `fw=1h,expiry=reset-both`. Reading it back gives the same hop, when
    /// the hop was made by the grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = self.timers.established;
        write!(f, "{}=", self.name)?;
        let base = match self.preset.map(presets::find) {
            Some(Ok(Preset::Middlebox(middlebox))) => {
                f.write_str(middlebox.id)?;
                if middlebox.established() != Some(idle) {
                    write!(f, ",idle={}", ExactSpan(idle))?;
                }
                middlebox.hop_with_idle("", idle)
            }
            _ => {
                write!(f, "{}", ExactSpan(idle))?;
                Hop::tracker("", idle)
            }
        };
        let changed = |given: Option<Span>, before: Option<Span>| given.filter(|_| given != before);
        for (key, timer) in [
            ("half-open", changed(self.timers.syn_sent, base.timers.syn_sent)),
            ("half-open", {
                let second = changed(self.timers.syn_recv, base.timers.syn_recv);
                second.filter(|_| self.timers.syn_sent == base.timers.syn_sent)
            }),
            ("half-closed", changed(self.timers.fin_wait, base.timers.fin_wait)),
            ("half-closed", {
                let second = changed(self.timers.close_wait, base.timers.close_wait);
                second.filter(|_| self.timers.fin_wait == base.timers.fin_wait)
            }),
            ("unacknowledged", changed(self.timers.unacknowledged, base.timers.unacknowledged)),
        ] {
            if let Some(timer) = timer {
                write!(f, ",{key}={}", ExactSpan(timer))?;
            }
        }
        if self.refresh != base.refresh {
            write!(f, ",refresh={}", self.refresh)?;
        }
        if self.expiry != base.expiry {
            write!(f, ",expiry={}", self.expiry)?;
        }
        if self.pickup != base.pickup {
            write!(f, ",pickup={}", self.pickup)?;
        }
        Ok(())
    }
}

impl Path {
    /// A path of hops as `--hop` gives them, with the keepalive that `--keepalive` gives.
    ///
    /// # Errors
    /// [`HopSpecError`] for the first hop that cannot be read.
    pub fn from_specs<S: AsRef<str>>(
        hops: &[S],
        keepalive: Option<crate::policy::Keepalive>,
    ) -> Result<Path, HopSpecError> {
        Ok(Path { hops: parse_hops(hops)?, keepalive, by_end: None })
    }
}
