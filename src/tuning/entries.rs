//! Entries that boxes hold, under each refresh and limit.

use super::course::Level;
use super::flow_study::REFRESHES;
use super::tally::{Tally, entries_of};

/// By refresh, then by limit; of limits that nobody asked for, nothing.
pub(super) fn levels_of_each(tally: &Tally) -> Vec<Vec<Level>> {
    let mut never_forgets = tally.course();
    never_forgets.add(&tally.base);
    let mut held = never_forgets.clone();
    let own: Vec<Vec<Level>> = tally
        .taken
        .iter()
        .map(|by_limit| {
            let level = |(limit, taken)| {
                if !tally.plan.is_asked(limit) {
                    return Level::default();
                }
                held.copy(&never_forgets);
                held.add(taken);
                held.level()
            };
            tally.plan.limits().iter().copied().zip(by_limit).map(level).collect()
        })
        .collect();
    REFRESHES.into_iter().map(|refresh| own[entries_of(refresh)].clone()).collect()
}
