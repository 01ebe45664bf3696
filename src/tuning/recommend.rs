//! Which timeout and which keepalive to set, or why the capture cannot say.
//!
//! A silence as long as a timeout is seen whole only when it begins so long before the capture's end. So
//! nothing is recommended beyond half of the capture: of silences that long at least half would be missing.

use super::outcome::{KeepaliveOutcome, Outcome, TimeoutOutcome};
use super::survival::Confidence;
use super::wilson::Proportion;
use crate::policy::presets::{self, Adjustable, Preset};
use crate::policy::{Hop, Keepalive, Path, Pickup, Refresh, keepalive_below, propose};
use crate::time::Span;

/// Reused flows without which no share is worth a name: of fewer, one more or less moves it by three of a
/// hundred.
pub const ENOUGH_REUSED: u64 = 30;

/// What to set.
#[derive(Clone, PartialEq, Debug)]
pub struct Recommended {
    /// The timeout of a box that counts any packet.
    pub timeout: Result<TimeoutChoice, NoTimeout>,
    /// The keepalive of the endpoints.
    pub keepalive: Result<KeepaliveChoice, NoKeepalive>,
    /// The path's hops, from the initiator.
    pub chain: Vec<Link>,
}

/// A timeout that keeps the goal.
#[derive(Clone, PartialEq, Debug)]
pub struct TimeoutChoice {
    /// Its row.
    pub outcome: TimeoutOutcome,
    /// Whether so many flows would show the goal if none were cut.
    pub firm: bool,
}

/// Why no timeout can be named.
#[derive(Clone, PartialEq, Debug)]
pub enum NoTimeout {
    /// No flow was used again after idling.
    NothingReused,
    /// Too few flows were.
    TooFew {
        /// How many.
        reused: u64,
        /// The shortest timeout tried that would have cut none of them.
        cuts_none: Option<Span>,
    },
    /// No timeout tried within the capture's reach keeps the goal.
    OutOfReach {
        /// The longest that was tried within reach.
        longest: Option<Box<TimeoutOutcome>>,
    },
}

/// A keepalive that protects flows behind a limit.
#[derive(Clone, PartialEq, Debug)]
pub struct KeepaliveChoice {
    /// The setting.
    pub keepalive: Keepalive,
    /// The shortest limit that it has to undercut.
    pub limit: Span,
    /// The hop that has it; `None`: it is the recommended timeout, or one that the capture shows.
    pub hop: Option<String>,
    /// Whether it is twice what connections are seen to survive.
    pub is_shown: bool,
    /// What it costs and saves, of the nearest time tried that is not longer. `None`: all that were tried are longer.
    pub outcome: Option<KeepaliveOutcome>,
}

/// Why no keepalive can be named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoKeepalive {
    /// There is neither a hop nor a timeout to stay below.
    NoLimit,
    /// Every hop counts payload only.
    NotCounted,
    /// Half of this limit is less than a second, and systems take whole ones.
    TooShort(Span),
}

/// What a hop should be set to.
#[derive(Clone, PartialEq, Debug)]
pub struct Link {
    /// The hop's name.
    pub hop: String,
    /// Its limit.
    pub from: Span,
    /// The limit it should have.
    pub to: Span,
    /// Why.
    pub reason: LinkReason,
}

/// Why a hop should be set as it should be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum LinkReason {
    /// It keeps the goal as it is.
    Keeps,
    /// The capture does not say whether it does.
    Untold,
    /// It cut too many flows that were used again.
    CutsTooMany(Proportion),
    /// It must outlast the hop behind it.
    Order,
    /// It cuts too many, and its maker allows no longer limit.
    CannotBeSet(Proportion),
    /// Its expiry ends no flow.
    Harmless,
}

/// The longest timeout that a capture can say anything about.
pub fn reach(outcome: &Outcome) -> Span {
    outcome.tally.longest().divided_by(2)
}

/// What to set on `path`, or on a box of which nothing is known when it has no hops. `shown`: the shortest limit of packets that
/// the capture itself shows; keepalive stays below it too. `chains`: the paths whose hops those of `path` are, each of which
/// is put in order by itself.
pub fn recommend<'p>(
    outcome: &Outcome,
    path: &Path,
    chains: impl Iterator<Item = &'p Path>,
    shown: Option<Span>,
) -> Recommended {
    let timeout = choose(outcome, Refresh::AnyPacket);
    let keepalive = keepalive(outcome, path, timeout.as_ref().ok(), shown);
    Recommended { keepalive, chain: chains.flat_map(|path| chain(outcome, path)).collect(), timeout }
}

fn choose(outcome: &Outcome, refresh: Refresh) -> Result<TimeoutChoice, NoTimeout> {
    let rows: Vec<&TimeoutOutcome> = outcome.timeouts.iter().filter(|row| row.refresh == refresh).collect();
    let reused = rows.iter().map(|row| row.used_again.of).max().unwrap_or(0);
    let within = || rows.iter().filter(|row| row.timeout <= reach(outcome));
    if reused == 0 {
        return Err(NoTimeout::NothingReused);
    }
    if reused < ENOUGH_REUSED {
        let cuts_none = within().find(|row| row.used_again.count == 0).map(|row| row.timeout);
        return Err(NoTimeout::TooFew { reused, cuts_none });
    }
    let loss = 1.0 - outcome.plan.keep;
    let keeps = |row: &&&TimeoutOutcome| row.used_again.count as f64 <= loss * row.used_again.of as f64;
    match within().find(keeps) {
        Some(row) => {
            let best = Proportion::new(0, row.used_again.of, Confidence::default());
            Ok(TimeoutChoice { outcome: (*row).clone(), firm: best.high <= loss })
        }
        None => {
            Err(NoTimeout::OutOfReach { longest: within().next_back().map(|row| Box::new((*row).clone())) })
        }
    }
}

fn keepalive(
    outcome: &Outcome,
    path: &Path,
    timeout: Option<&TimeoutChoice>,
    shown: Option<Span>,
) -> Result<KeepaliveChoice, NoKeepalive> {
    let judged = || path.hops.iter().filter(|hop| hop.pickup != Pickup::Loose);
    let counting = judged().filter(|hop| hop.refresh.counts_packets() && hop.timers.established != Span::MAX);
    let shortest = counting.min_by_key(|hop| hop.timers.established);
    let (limit, hop) = match (shortest, timeout) {
        (Some(hop), _) => (hop.timers.established, Some(hop.name.clone())),
        (None, _) if judged().next().is_some() => return Err(NoKeepalive::NotCounted),
        (None, Some(choice)) => (choice.outcome.timeout, None),
        (None, None) => match shown {
            Some(shown) => (shown, None),
            None => return Err(NoKeepalive::NoLimit),
        },
    };
    let (limit, hop, is_shown) = match shown.filter(|shown| *shown <= limit) {
        Some(shown) => (shown, None, true),
        None => (limit, hop, false),
    };
    let stated = path.keepalive.filter(|keepalive| !keepalive.is_off());
    if limit < Span::from_secs(2) {
        return Err(NoKeepalive::TooShort(limit));
    }
    let keepalive = keepalive_below(limit, stated);
    let tried = outcome.keepalives.iter().rfind(|row| row.keepalive.time <= keepalive.time);
    Ok(KeepaliveChoice { keepalive, limit, hop, is_shown, outcome: tried.cloned() })
}

fn chain(outcome: &Outcome, path: &Path) -> Vec<Link> {
    let mut raised = path.clone();
    let mut reasons = Vec::with_capacity(path.hops.len());
    for hop in &mut raised.hops {
        let (to, reason) = wanted(outcome, hop);
        if hop.timers.established < to {
            hop.timers.established = to;
            hop.self_probe = None;
        }
        reasons.push(reason);
    }
    let ordered = propose(&raised).map_or(raised, |proposal| proposal.path);
    let hops = path.hops.iter().zip(&ordered.hops).zip(reasons);
    hops.map(|((before, after), reason)| {
        let (from, to) = (before.timers.established, after.timers.established);
        let reason = match reason {
            LinkReason::Keeps | LinkReason::Untold if from != to => LinkReason::Order,
            other => other,
        };
        Link { hop: before.name.clone(), from, to, reason }
    })
    .collect()
}

/// The limit that a hop needs by itself, and why.
fn wanted(outcome: &Outcome, hop: &Hop) -> (Span, LinkReason) {
    let now = hop.timers.established;
    if hop.pickup == Pickup::Loose {
        return (now, LinkReason::Harmless);
    }
    let row = |timeout: Span| {
        let rows = outcome.timeouts.iter().filter(|row| row.refresh == hop.refresh);
        rows.filter(|row| row.timeout == timeout).map(|row| row.used_again).next()
    };
    match choose(outcome, hop.refresh) {
        Err(_) => (now, LinkReason::Untold),
        Ok(choice) if choice.outcome.timeout <= now => (now, LinkReason::Keeps),
        Ok(choice) => {
            let cut = row(now).unwrap_or_default();
            if bounds(hop).allows(choice.outcome.timeout) {
                (choice.outcome.timeout, LinkReason::CutsTooMany(cut))
            } else {
                (now, LinkReason::CannotBeSet(cut))
            }
        }
    }
}

fn bounds(hop: &Hop) -> Adjustable {
    match hop.preset.map(presets::find) {
        Some(Ok(Preset::Middlebox(middlebox))) => middlebox.adjustable,
        _ => Adjustable::Freely,
    }
}
