//! Numbers from the path as it is stated.

use super::{Grounds, Recommendation};
use crate::findings::Knob;
use crate::policy::{Change, Hop, Path, Pickup, keepalive_below, pause_of, propose};
use crate::time::Span;

/// What the path asks of all flows that take it.
pub(super) fn of(path: &Path) -> Vec<Recommendation> {
    let runs_out = |hop: &&Hop| hop.pickup != Pickup::Loose && hop.timers.established != Span::MAX;
    let shortest = |counts_packets: bool| {
        let counting = path.hops.iter().filter(runs_out);
        counting
            .filter(|hop| hop.refresh.counts_packets() == counts_packets)
            .min_by_key(|hop| hop.timers.established)
    };
    let stated = path.keepalive.filter(|keepalive| !keepalive.is_off());
    let grounds =
        |hop: &Hop, fits| Grounds::Stated { hop: hop.name.clone(), limit: hop.timers.established, fits };
    let mut found = Vec::new();
    // Below two seconds there is nothing that systems take.
    const SHORTEST: Span = Span::from_secs(2);
    if let Some(hop) = shortest(true).filter(|hop| hop.timers.established >= SHORTEST) {
        let fitting = keepalive_below(hop.timers.established, stated);
        let fits = stated == Some(fitting);
        // What the setting may be at most; systems that probe earlier are fine.
        let half = pause_of(hop.timers.established.divided_by(2));
        found.push(Recommendation {
            keepalive: Some(fitting),
            ..Recommendation::at_most(None, Knob::Keepalive, half, grounds(hop, fits))
        });
    }
    if let Some(hop) = shortest(false).filter(|hop| hop.timers.established >= SHORTEST) {
        let half = pause_of(hop.timers.established.divided_by(2));
        found.push(Recommendation::at_most(None, Knob::Heartbeat, half, grounds(hop, false)));
    }
    let changes = propose(path).map(|proposal| proposal.changes).unwrap_or_default();
    for change in changes {
        if let Change::Idle { hop, from, to } = change {
            let bare = Recommendation::bare(None, Knob::HopTimeout, Grounds::Order { is: from });
            let (at_most, at_least) = if to < from { (Some(to), None) } else { (None, Some(to)) };
            found.push(Recommendation { hop: Some(hop), at_most, at_least, ..bare });
        }
    }
    found
}
