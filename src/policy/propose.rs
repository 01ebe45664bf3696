//! A path put right: with as few changes as possible, and each change stated.

use std::fmt;

use super::lint::{ESTABLISHED_FLOOR, is_judged, outlasts};
use super::presets::{self, Adjustable, Middlebox, Preset};
use super::spec::ExactSpan;
use super::{Hop, Keepalive, Path, PathFault, lint};
use crate::time::Span;

/// A corrected path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// The path with every change made.
    pub path: Path,
    /// What was changed, hops first, from the initiator.
    pub changes: Vec<Change>,
    /// Faults that no change allowed by the boxes' makers mends (a fixed limit in the wrong place), and notes.
    pub remaining: Vec<PathFault>,
}

/// One setting to change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// The established limit of a hop.
    Idle {
        /// The hop.
        hop: String,
        /// What it is.
        from: Span,
        /// What it should be.
        to: Span,
    },
    /// The endpoints' keepalive.
    Keepalive {
        /// What it is, when the user said so.
        from: Option<Keepalive>,
        /// What it should be.
        to: Keepalive,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Idle { hop, from, to } => {
                write!(f, "set the idle limit of hop '{hop}' to {} (is {})", ExactSpan(*to), ExactSpan(*from))
            }
            Change::Keepalive { from, to } => {
                write!(f, "set keepalive to {to} (time/interval/probes; ")?;
                match from {
                    Some(from) => write!(f, "is {from})"),
                    None => f.write_str("not stated)"),
                }
            }
        }
    }
}

/// The path put right, or `None` when nothing has to change.
///
/// Limits end up growing from the responder outward, with keepalive below all that count packets. Values that
/// are fine stay. When the same limits in another order do it, they are reordered; otherwise the most hops
/// keep theirs (the ones nearer the responder where that ties, so that timers rather rise than fall) and the
/// rest get a quarter more than the hop behind them, or even steps between their neighbours. Limits that a
/// box's maker fixes, or bounds, are respected.
pub fn propose(path: &Path) -> Option<Proposal> {
    let faults = lint(path);
    let mut proposed = path.clone();
    if faults.iter().any(|fault| matches!(fault, PathFault::HopOrder { .. })) {
        reorder(&mut proposed);
    }
    // Without keepalive, ends probe after two hours at the earliest.
    let probes = proposed.keepalive.is_some_and(|keepalive| !keepalive.is_off());
    let too_late = |fault: &PathFault| matches!(fault, PathFault::KeepaliveAboveHop { .. });
    if let Some(limit) = shortest_counting_packets(&proposed)
        && (lint(&proposed).iter().any(too_late) || !probes && limit < ESTABLISHED_FLOOR)
    {
        proposed.keepalive = Some(keepalive_below(limit, path.keepalive));
    }
    let changes = changes(path, &proposed);
    (!changes.is_empty()).then(|| Proposal { remaining: lint(&proposed), path: proposed, changes })
}

fn changes(before: &Path, after: &Path) -> Vec<Change> {
    let hops = before.hops.iter().zip(&after.hops).map(|(before, after)| (before, after.timers.established));
    let mut changes: Vec<Change> = hops
        .filter(|(hop, to)| hop.timers.established != *to)
        .map(|(hop, to)| Change::Idle { hop: hop.name.clone(), from: hop.timers.established, to })
        .collect();
    if let Some(to) = after.keepalive.filter(|_| before.keepalive != after.keepalive) {
        changes.push(Change::Keepalive { from: before.keepalive, to });
    }
    changes
}

/// The shortest limit that keepalive has to undercut.
fn shortest_counting_packets(path: &Path) -> Option<Span> {
    let limits = path.hops.iter().filter(|hop| is_judged(hop) && hop.refresh.counts_packets());
    limits.map(|hop| hop.timers.established).filter(|limit| *limit != Span::MAX).min()
}

/// `TCP_KEEPINTVL` counts whole seconds (Linux tcp(7)).
const SHORTEST_INTERVAL: Span = Span::from_secs(1);

/// A pause of at most `bound`, as people write it and systems take it: in whole seconds from one on.
pub(crate) fn pause_of(bound: Span) -> Span {
    let pause = round_down(bound);
    let whole = Span::from_secs(pause.as_secs());
    if whole == Span::ZERO { pause } else { whole }
}

/// A keepalive whose first probe comes after half of `limit` at the latest, and whose probes are all over
/// before the limit, so that one lost probe does no harm (domain rule 27). Keeps of `before` what fits.
pub(crate) fn keepalive_below(limit: Span, before: Option<Keepalive>) -> Keepalive {
    let base = before.filter(|keepalive| !keepalive.is_off()).unwrap_or(Keepalive::LINUX_DEFAULT);
    let half = limit.divided_by(2);
    let time = if base.time <= half { base.time } else { pause_of(half) };
    let rest = limit.saturating_sub(time);
    let fits = base.interval.times(u64::from(base.probes)) <= rest;
    let interval = if fits { base.interval } else { round_down(rest.divided_by(u64::from(base.probes))) };
    if interval < SHORTEST_INTERVAL {
        let probes = u32::try_from(rest.as_secs()).unwrap_or(u32::MAX).clamp(1, base.probes);
        return Keepalive { time, interval: SHORTEST_INTERVAL, probes };
    }
    Keepalive { time, interval, probes: base.probes }
}

/// Puts the limits of the judged hops in order.
fn reorder(path: &mut Path) {
    let mut hops: Vec<&mut Hop> = path.hops.iter_mut().filter(|hop| is_judged(hop)).collect();
    let limits: Vec<Span> = hops.iter().map(|hop| hop.timers.established).collect();
    let bounds: Vec<Adjustable> = hops.iter().map(|hop| bounds(hop)).collect();
    let grown = grow(&limits, &bounds);
    let count = |to: &[Span]| limits.iter().zip(to).filter(|(from, to)| from != to).count();
    let to = match sorted(&limits, &bounds) {
        Some(sorted) if count(&sorted) <= count(&grown) => sorted,
        _ => grown,
    };
    for (hop, to) in hops.iter_mut().zip(to) {
        if hop.timers.established != to {
            hop.timers.established = to;
            hop.self_probe = preset_of(hop).and_then(|preset| preset.probe_schedule).map(|s| s.at(to));
        }
    }
}

/// The same limits, longest first, when they are distinct and every box takes its new one.
fn sorted(limits: &[Span], bounds: &[Adjustable]) -> Option<Vec<Span>> {
    let mut sorted = limits.to_vec();
    sorted.sort_by(|a, b| b.cmp(a));
    let descending = sorted.windows(2).all(|pair| pair[0] > pair[1]);
    let mut settings = limits.iter().zip(&sorted).zip(bounds);
    (descending && settings.all(|((from, to), bounds)| from == to || bounds.allows(*to))).then_some(sorted)
}

/// The limits with as many kept as possible and the others fitted around them.
fn grow(limits: &[Span], bounds: &[Adjustable]) -> Vec<Span> {
    let kept = longest_kept(limits, bounds);
    let mut grown = limits.to_vec();
    let mut outer: Option<usize> = None;
    for inner in kept.iter().copied().map(Some).chain([None]) {
        let first = outer.map_or(0, |index| index + 1);
        let end = inner.unwrap_or(limits.len());
        // From the responder's side outward, as each limit rests on the one behind it.
        let mut below = inner.map(|index| limits[index]);
        let above = outer.map(|index| limits[index]).filter(|limit| *limit != Span::MAX);
        if below.is_none() {
            // Nothing kept behind: steps down from the hop before instead.
            let mut above = above;
            for index in first..end {
                let wanted = above
                    .map_or(limits[index], |above| round_down(above.saturating_sub(above.divided_by(5))));
                grown[index] = within(bounds[index], wanted, limits[index]);
                above = Some(grown[index]);
            }
            break;
        }
        for index in (first..end).rev() {
            let steps = (index - first) as u64 + 2;
            if let Some(behind) = below {
                let wanted = match above {
                    Some(above) => step_between(behind, above, steps),
                    None => round_up(behind + behind.divided_by(4)),
                };
                grown[index] = within(bounds[index], wanted, limits[index]);
                below = Some(grown[index]);
            }
        }
        outer = inner;
    }
    grown
}

/// The first of `steps` even steps from `low` up to `high`, rounded where that stays strictly between.
fn step_between(low: Span, high: Span, steps: u64) -> Span {
    let exact = low + high.saturating_sub(low).divided_by(steps);
    let rounded = round_up(exact);
    if low < rounded && rounded < high { rounded } else { exact }
}

/// `wanted` as far as the box goes; `now` when it cannot be set.
fn within(bounds: Adjustable, wanted: Span, now: Span) -> Span {
    match bounds {
        Adjustable::Fixed => now,
        Adjustable::Within { min, max } => wanted.clamp(min, max),
        Adjustable::Freely | Adjustable::Unstated => wanted,
    }
}

/// Indices of the hops that keep their limits, ascending: the heaviest chain in which each outlasts the next
/// and leaves room for those between. A fixed limit outweighs all others; one that never runs out weighs
/// least, because it cannot be outlasted.
fn longest_kept(limits: &[Span], bounds: &[Adjustable]) -> Vec<usize> {
    /// Heaviest chain from a hop to the responder: its weight, its last hop, the next one.
    #[derive(Clone, Copy)]
    struct Chain {
        weight: usize,
        last: usize,
        next: Option<usize>,
    }
    let weight = |index: usize| match bounds[index] {
        Adjustable::Fixed => 2 * limits.len() + 1,
        _ if limits[index] == Span::MAX => 1,
        _ => 2,
    };
    let mut chains: Vec<Chain> =
        (0..limits.len()).map(|index| Chain { weight: weight(index), last: index, next: None }).collect();
    for index in (0..limits.len()).rev() {
        for next in index + 1..limits.len() {
            if !leaves_room(limits[index], limits[next], next - index - 1) {
                continue;
            }
            let (longer, own) = (chains[next], weight(index));
            let candidate = Chain { weight: own + longer.weight, last: longer.last, next: Some(next) };
            if (candidate.weight, candidate.last) > (chains[index].weight, chains[index].last) {
                chains[index] = candidate;
            }
        }
    }
    let mut at = (0..limits.len()).max_by_key(|index| (chains[*index].weight, chains[*index].last));
    let mut kept = Vec::new();
    while let Some(index) = at {
        kept.push(index);
        at = chains[index].next;
    }
    kept
}

/// Whether `outer` outlasts `inner` with at least a twentieth for each hop between them.
fn leaves_room(outer: Span, inner: Span, between: usize) -> bool {
    let room = match between {
        0 => Span::ZERO,
        between => inner.divided_by(20).max(Span::from_secs(1)).times(between as u64 + 1),
    };
    outlasts(outer, inner) && (outer == Span::MAX || outer >= inner + room)
}

/// The row of the catalogue that a hop was made from.
pub(crate) fn preset_of(hop: &Hop) -> Option<&'static Middlebox> {
    match presets::find(hop.preset?) {
        Ok(Preset::Middlebox(middlebox)) => Some(middlebox),
        Ok(Preset::Endpoint(_) | Preset::Service(_)) | Err(_) => None,
    }
}

pub(super) fn bounds(hop: &Hop) -> Adjustable {
    preset_of(hop).map_or(Adjustable::Freely, |preset| preset.adjustable)
}

/// The unit that people round a limit of this length to.
fn unit(span: Span) -> Span {
    Span::from_secs(match span.as_secs() {
        600.. => 60,
        60..600 => 5,
        _ => 1,
    })
}

fn round_down(span: Span) -> Span {
    let unit = unit(span);
    if span < unit { span } else { unit.times(span.as_nanos() / unit.as_nanos()) }
}

fn round_up(span: Span) -> Span {
    let unit = unit(span);
    unit.times(span.as_nanos().div_ceil(unit.as_nanos()))
}

#[cfg(test)]
mod tests;
