//! A hop while its settings are being read, in whatever order and from whatever place they come.

use std::collections::HashSet;

use super::limit::{ExactSpan, parse_limit};
use super::{SpecError, Subject};
use crate::policy::presets::{self, Middlebox, Preset, nearest};
use crate::policy::{Expiry, Hop, Pickup, Refresh, TimerTable};
use crate::time::Span;

/// Settings of a hop that have not been made into one yet.
#[derive(Clone, Debug, Default)]
pub(in crate::policy) struct HopDraft {
    name: Option<String>,
    preset: Option<&'static Middlebox>,
    idle: Option<Span>,
    half_open: Option<Span>,
    half_closed: Option<Span>,
    unacknowledged: Option<Span>,
    refresh: Option<Refresh>,
    expiry: Option<Expiry>,
    pickup: Option<Pickup>,
}

impl HopDraft {
    /// Settings that may follow the duration or preset on the command line.
    pub(super) const KEYS: &'static [&'static str] =
        &["idle", "half-open", "half-closed", "unacknowledged", "refresh", "expiry", "pickup"];

    /// Settings of a path file's `[[hop]]`: the same, and those that the command line puts first.
    pub(in crate::policy) const FILE_KEYS: &'static [&'static str] = &[
        "name",
        "preset",
        "idle",
        "half-open",
        "half-closed",
        "unacknowledged",
        "refresh",
        "expiry",
        "pickup",
    ];

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
            subject: Subject::Hop,
            key: key.to_owned(),
            nearest: nearest(key, known.iter().copied()),
            known,
        };
        let key = known.iter().copied().find(|known| *known == key).ok_or_else(unknown)?;
        match key {
            "name" => set_once(&mut self.name, key, word, check_name(word)?),
            "preset" => set_once(&mut self.preset, key, word, middlebox(word)?),
            "idle" => set_once(&mut self.idle, key, word, parse_limit(key, word)?),
            "half-open" => set_once(&mut self.half_open, key, word, parse_limit(key, word)?),
            "half-closed" => set_once(&mut self.half_closed, key, word, parse_limit(key, word)?),
            "unacknowledged" => set_once(&mut self.unacknowledged, key, word, parse_limit(key, word)?),
            "refresh" => set_once(&mut self.refresh, key, word, word.parse()?),
            "expiry" => set_once(&mut self.expiry, key, word, word.parse()?),
            "pickup" => set_once(&mut self.pickup, key, word, word.parse()?),
            _ => Err(unknown()),
        }
    }

    /// The hop, called `name`.
    fn build(&self, name: String) -> Result<Hop, SpecError> {
        let mut hop = match (self.preset, self.idle) {
            (Some(preset), Some(idle)) => preset.hop_with_idle(name, idle),
            (Some(preset), None) => preset.hop(name)?,
            (None, Some(idle)) => Hop::tracker(name, idle),
            (None, None) => return Err(SpecError::MissingIdle),
        };
        let TimerTable { syn_sent, syn_recv, fin_wait, close_wait, unacknowledged, .. } = &mut hop.timers;
        for (timer, given) in [
            (syn_sent, self.half_open),
            (syn_recv, self.half_open),
            (fin_wait, self.half_closed),
            (close_wait, self.half_closed),
            (unacknowledged, self.unacknowledged),
        ] {
            *timer = given.or(*timer);
        }
        hop.refresh = self.refresh.unwrap_or(hop.refresh);
        hop.expiry = self.expiry.unwrap_or(hop.expiry);
        hop.pickup = self.pickup.unwrap_or(hop.pickup);
        Ok(hop)
    }

    /// What the hop is called when the user gives no name: its preset's id, or its place on the path.
    fn default_name(&self, position: usize) -> String {
        match self.preset {
            Some(preset) => preset.id.to_owned(),
            None => format!("hop{position}"),
        }
    }
}

/// Makes hops of drafts in path order, each with a name of its own: given names as they are, others by
/// preset or position with a number behind when taken.
///
/// # Errors
/// The index of the draft at fault, and what is wrong with it.
pub(in crate::policy) fn name_hops(drafts: &[HopDraft]) -> Result<Vec<Hop>, (usize, SpecError)> {
    let mut taken: HashSet<String> = HashSet::new();
    for (index, draft) in drafts.iter().enumerate() {
        if let Some(name) = &draft.name
            && !taken.insert(name.clone())
        {
            return Err((index, SpecError::DuplicateName { name: name.clone() }));
        }
    }
    let mut hops = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.iter().enumerate() {
        let name = match &draft.name {
            Some(name) => name.clone(),
            None => {
                let wanted = draft.default_name(index + 1);
                let mut name = wanted.clone();
                let mut number = 2;
                while !taken.insert(name.clone()) {
                    name = format!("{wanted}-{number}");
                    number += 1;
                }
                name
            }
        };
        hops.push(draft.build(name).map_err(|error| (index, error))?);
    }
    Ok(hops)
}

/// Puts `value` where nothing has been put before.
pub(super) fn set_once<T>(
    place: &mut Option<T>,
    key: &'static str,
    word: &str,
    value: T,
) -> Result<(), SpecError> {
    match place {
        Some(_) => Err(SpecError::RepeatedKey { key, word: word.to_owned() }),
        None => {
            *place = Some(value);
            Ok(())
        }
    }
}

/// A name that reports can print and the grammar can read back.
fn check_name(name: &str) -> Result<String, SpecError> {
    // Wider names would push the verdicts off a terminal's line.
    const LONGEST: usize = 64;
    let problem = if name.is_empty() {
        "it is empty; write a word such as firewall"
    } else if name.contains([',', '=']) {
        "it holds a comma or an equals sign, which separate settings; leave them out"
    } else if name.contains(char::is_control) || name.trim() != name {
        "it holds control characters or begins or ends with a space; leave them out"
    } else if name.chars().count() > LONGEST {
        "it is longer than 64 characters; shorten it"
    } else if HopDraft::FILE_KEYS.contains(&name) {
        "it is the name of a setting; choose another"
    } else {
        return Ok(name.to_owned());
    };
    Err(SpecError::Name { name: name.to_owned(), problem })
}

/// The box preset with that id.
fn middlebox(id: &str) -> Result<&'static Middlebox, SpecError> {
    match presets::find(id).map_err(SpecError::UnknownPreset)? {
        Preset::Middlebox(middlebox) => Ok(middlebox),
        Preset::Endpoint(endpoint) => Err(SpecError::EndpointAsHop { id: endpoint.id }),
        Preset::Service(service) => {
            let id = service.id;
            let idle =
                service.closes_after().map_or("DURATION".to_owned(), |idle| ExactSpan(idle).to_string());
            let hop = format!("{id}={idle},refresh={},expiry={}", service.clock, Expiry::Close);
            Err(SpecError::ServiceAsHop { id, hop })
        }
    }
}
