//! Which flows of two sides are the same.

use super::mark::{Base, Shift};
use super::roster::{Identity, Roster, each_segment};
use crate::capture::Source;
use crate::pipeline::Unjudged;
use crate::segment::Segment;
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// Segments of a flow without handshake that must be found again.
const VOTES: u32 = 2;

/// One connection with its flows on either side: several where a box gave it a new address or port midway.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Group {
    /// Ids, ascending.
    pub flows: [BTreeSet<u64>; 2],
    /// What the box does to its sequence numbers.
    pub shift: Shift,
}

/// Groups of flows that are the same on both sides, in order of the first side's ids.
pub(super) fn groups(
    rosters: [&Roster; 2],
    analyses: [&Unjudged; 2],
    reopen: &mut dyn FnMut(usize) -> Option<Source>,
) -> Vec<Group> {
    let mut pairs = by_handshake(rosters);
    let mut votes: HashMap<(u64, u64), u32> = HashMap::new();
    for side in [0, 1] {
        let other = 1 - side;
        if rosters[other].heads.is_empty() {
            continue;
        }
        let Some(source) = reopen(side) else { continue };
        let _ = each_segment(source, analyses[side], &mut |id, segment: &Segment, _| {
            if let Some(headed) = rosters[other].heads.get(&Base::of(segment)) {
                let pair = if side == 0 { (id, *headed) } else { (*headed, id) };
                *votes.entry(pair).or_default() += 1;
            }
        });
    }
    // A segment with payload would be enough; two of any kind are not equal by chance.
    pairs.extend(votes.into_iter().filter(|(_, count)| *count >= VOTES).map(|(pair, _)| pair));
    let mut groups = joined(pairs);
    for group in &mut groups {
        group.shift = shift(rosters, group).unwrap_or_default();
    }
    groups
}

/// How far apart the initial sequence numbers of the connection are.
fn shift(rosters: [&Roster; 2], group: &Group) -> Option<Shift> {
    let first = |side: usize| {
        let flow = rosters[side].flows.get(usize::try_from(*group.flows[side].first()?).ok()?)?;
        Some((flow.syn?.0, flow.syn_ack?))
    };
    let ((syn, answer), (moved_syn, moved_answer)) = (first(0)?, first(1)?);
    Some(Shift([moved_syn.wrapping_sub(syn), moved_answer.wrapping_sub(answer)]))
}

/// What of a handshake is the same on both sides.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Numbers(u32, u32),
    FirstNumber(u32),
    /// Timestamps of both ends, where a box draws sequence numbers anew.
    Clocks(u32, u32),
    /// First payload of both ends, where a box takes timestamps away too.
    Words(u64, u64),
}

/// Pairs of flows with equal handshakes: by the most telling sign that they have.
fn by_handshake(rosters: [&Roster; 2]) -> BTreeSet<(u64, u64)> {
    let index = |roster: &Roster, key: fn(&Identity) -> Option<Key>| {
        let mut found: HashMap<Key, Vec<u64>> = HashMap::new();
        for (id, flow) in (0u64..).zip(&roster.flows) {
            if let Some(key) = key(flow) {
                found.entry(key).or_default().push(id);
            }
        }
        found
    };
    let signs: [fn(&Identity) -> Option<Key>; 4] = [
        |flow| Some(Key::Numbers(flow.syn?.0, flow.syn_ack?)),
        |flow| Some(Key::FirstNumber(flow.syn?.0)),
        |flow| {
            let [syn, answer] = flow.clocks;
            // A clock that begins with 0 is that of many hosts.
            Some(Key::Clocks(syn.filter(|clock| *clock != 0)?, answer.filter(|clock| *clock != 0)?))
        },
        |flow| {
            let [opener, other] = flow.first_words;
            Some(Key::Words(opener?, other?))
        },
    ];
    let mut pairs = BTreeSet::new();
    let mut done = [BTreeSet::new(), BTreeSet::new()];
    for sign in signs {
        let [here, there] = rosters.map(|roster| index(roster, sign));
        for (key, a) in &here {
            // Equal numbers of several flows say nothing.
            let (&[a], Some(&[b])) = (a.as_slice(), there.get(key).map(Vec::as_slice)) else { continue };
            if !done[0].contains(&a) && !done[1].contains(&b) {
                done[0].insert(a);
                done[1].insert(b);
                pairs.insert((a, b));
            }
        }
    }
    pairs
}

/// Pairs that share a flow become one group.
fn joined(pairs: BTreeSet<(u64, u64)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: [HashMap<u64, usize>; 2] = [HashMap::new(), HashMap::new()];
    for (a, b) in pairs {
        let sharing = [places[0].get(&a).copied(), places[1].get(&b).copied()];
        let place = match sharing {
            [Some(place), _] | [None, Some(place)] => place,
            [None, None] => {
                groups.push(Group::default());
                groups.len() - 1
            }
        };
        let mut more = Group { flows: [BTreeSet::from([a]), BTreeSet::from([b])], ..Group::default() };
        if let [Some(_), Some(other)] = sharing
            && other != place
        {
            let moved = std::mem::take(&mut groups[other]);
            for (mine, theirs) in more.flows.iter_mut().zip(moved.flows) {
                mine.extend(theirs);
            }
        }
        for (side, ids) in more.flows.into_iter().enumerate() {
            places[side].extend(ids.iter().map(|id| (*id, place)));
            groups[place].flows[side].extend(ids);
        }
    }
    // What was moved away left nothing behind.
    groups.retain(|group| !group.flows[0].is_empty());
    groups.sort_by_key(|group| group.flows[0].first().copied());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_with_two_tuples_on_the_other_side_is_one_group() {
        let groups = joined(BTreeSet::from([(0, 0), (1, 1), (1, 7), (2, 3)]));
        let flows: Vec<_> =
            groups.iter().map(|group| group.flows[1].iter().copied().collect::<Vec<_>>()).collect();
        assert_eq!(flows, [vec![0], vec![1, 7], vec![3]]);
    }
}
