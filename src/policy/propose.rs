//! A path put right: with as few changes as possible, none of which ends a connection that lives now, and each stated.

use std::fmt;

use super::lint::{ESTABLISHED_FLOOR, is_judged, outlasts};
use super::presets::{self, Adjustable, Middlebox, Preset};
use super::spec::ExactSpan;
use super::{EndKeepalives, Hop, Keepalive, KeepaliveSetting, Path, PathFault, lint};
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

/// Whether connections whose ends live meet none of the limits, whatever their order.
pub fn is_protected_by_keepalive(path: &Path) -> bool {
    let probes = path.keepalive.is_some_and(|keepalive| !keepalive.is_off());
    let harmful = |fault: &PathFault| {
        matches!(
            fault,
            PathFault::KeepaliveAboveHop { .. }
                | PathFault::KeepaliveDoesNotReach { .. }
                | PathFault::KeepaliveNotCounted { .. }
        )
    };
    probes && !lint(path).iter().any(harmful)
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
        from: Option<KeepaliveSetting>,
        /// What it should be.
        to: KeepaliveSetting,
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
/// are fine stay, and no limit is lowered: that would end connections that live now. What does not outlast the hop
/// behind it is raised, as far as its maker allows. Where that does not put them in order, all limits stay, and one
/// keepalive below the shortest makes up for it: a connection whose ends live then meets none of them.
pub fn propose(path: &Path) -> Option<Proposal> {
    let faults = lint(path);
    let mut proposed = path.clone();
    let in_disorder = faults.iter().any(|fault| matches!(fault, PathFault::HopOrder { .. }));
    if in_disorder {
        raise(&mut proposed);
    }
    // Without keepalive, ends probe after two hours at the earliest.
    let probes = proposed.keepalive.is_some_and(|keepalive| !keepalive.is_off());
    let too_late = |fault: &PathFault| {
        matches!(fault, PathFault::KeepaliveAboveHop { .. } | PathFault::KeepaliveDoesNotReach { .. })
    };
    // It holds while the boxes are being set, and where one cannot be.
    let shortest = [path, &proposed].into_iter().filter_map(shortest_counting_packets).min();
    // Below two seconds there is nothing that systems take.
    const SHORTEST: Span = Span::from_secs(2);
    if let Some(limit) = shortest.filter(|limit| *limit >= SHORTEST)
        && (in_disorder || lint(&proposed).iter().any(too_late) || !probes && limit < ESTABLISHED_FLOOR)
    {
        probe_before(&mut proposed, limit);
    }
    let changes = changes(path, &proposed);
    (!changes.is_empty()).then(|| Proposal { remaining: lint(&proposed), path: proposed, changes })
}

/// Sets keepalive below `limit`. Where the ends differ, that of an end that is off stays off unless a proxy keeps the other's
/// probes away from a hop on its side.
fn probe_before(path: &mut Path, limit: Span) {
    let Some(ends) = path.by_end else {
        path.keepalive = Some(keepalive_below(limit, path.keepalive));
        return;
    };
    let is_unreached =
        lint(path).iter().any(|fault| matches!(fault, PathFault::KeepaliveDoesNotReach { .. }));
    let both_off = ends.initiator.is_off() && ends.responder.is_off();
    let set = |end: Keepalive| match end.is_off() && !is_unreached && !both_off {
        true => end,
        false => keepalive_below(limit, Some(end)),
    };
    path.state(KeepaliveSetting::ByEnd(EndKeepalives {
        initiator: set(ends.initiator),
        responder: set(ends.responder),
    }));
}

fn changes(before: &Path, after: &Path) -> Vec<Change> {
    let hops = before.hops.iter().zip(&after.hops).map(|(before, after)| (before, after.timers.established));
    let mut changes: Vec<Change> = hops
        .filter(|(hop, to)| hop.timers.established != *to)
        .map(|(hop, to)| Change::Idle { hop: hop.name.clone(), from: hop.timers.established, to })
        .collect();
    if let Some(to) = after.setting().filter(|_| before.setting() != after.setting()) {
        changes.push(Change::Keepalive { from: before.setting(), to });
    }
    changes
}

/// The keepalive as stated, the one that fits the path, and the hop that asks for it. `None`: none is stated, or no hop counts
/// packets.
pub fn keepalive_for(path: &Path) -> Option<(Keepalive, Keepalive, &Hop)> {
    let stated = path.keepalive.filter(|keepalive| !keepalive.is_off())?;
    let counting = path.hops.iter().filter(|hop| is_judged(hop) && hop.refresh.counts_packets());
    let hop = counting
        .filter(|hop| hop.timers.established != Span::MAX)
        .min_by_key(|hop| hop.timers.established)?;
    Some((stated, keepalive_below(hop.timers.established, Some(stated)), hop))
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
    let fits = base.interval.times(u64::from(base.probes)) < rest;
    let interval = if fits {
        base.interval
    } else {
        round_down(rest.saturating_sub(Span::from_nanos(1)).divided_by(u64::from(base.probes)))
    };
    if interval < SHORTEST_INTERVAL {
        let probes = u32::try_from(rest.as_secs()).unwrap_or(u32::MAX).clamp(1, base.probes);
        return Keepalive { time, interval: SHORTEST_INTERVAL, probes };
    }
    Keepalive { time, interval, probes: base.probes }
}

/// No limit is raised above this: a table of a busy box would fill with connections that are long gone.
const RAISED_AT_MOST: Span = Span::from_secs(86_400);

/// Puts the limits of the judged hops in order by raising some, where that is possible.
fn raise(path: &mut Path) {
    let mut hops: Vec<&mut Hop> = path.hops.iter_mut().filter(|hop| is_judged(hop)).collect();
    let limits: Vec<Span> = hops.iter().map(|hop| hop.timers.established).collect();
    let bounds: Vec<Adjustable> = hops.iter().map(|hop| bounds(hop)).collect();
    let Some(raised) = raised(&limits, &bounds) else { return };
    for (hop, to) in hops.iter_mut().zip(raised) {
        if hop.timers.established != to {
            hop.timers.established = to;
            hop.self_probe = preset_of(hop).and_then(|preset| preset.probe_schedule).map(|s| s.at(to));
        }
    }
}

/// The limits in order, from the responder outward: one that does not outlast the hop behind it becomes a quarter more
/// than that, or less where a hop further out leaves less room. `None`: a box does not go so far.
fn raised(limits: &[Span], bounds: &[Adjustable]) -> Option<Vec<Span>> {
    let mut raised = limits.to_vec();
    for index in (0..limits.len().saturating_sub(1)).rev() {
        let behind = raised[index + 1];
        if outlasts(limits[index], behind) {
            continue;
        }
        let quarter = round_up(behind + behind.divided_by(4));
        let outer = limits[..index].iter().rposition(|limit| *limit > behind && *limit != Span::MAX);
        let room = outer.map(|outer| step_between(behind, limits[outer], (index - outer) as u64 + 1));
        let wanted = room.map_or(quarter, |room| room.min(quarter));
        raised[index] = match bounds[index] {
            Adjustable::Fixed => return None,
            Adjustable::Within { min, max } => wanted.clamp(min, max),
            Adjustable::Freely | Adjustable::Unstated => wanted,
        };
        if raised[index] <= behind || raised[index] > RAISED_AT_MOST {
            return None;
        }
    }
    Some(raised)
}

/// The first of `steps` even steps from `low` up to `high`, rounded where that stays strictly between.
fn step_between(low: Span, high: Span, steps: u64) -> Span {
    let exact = low + high.saturating_sub(low).divided_by(steps);
    let rounded = round_up(exact);
    if low < rounded && rounded < high { rounded } else { exact }
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
