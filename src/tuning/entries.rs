//! Entries that boxes hold, under each refresh and limit.

use super::course::{Course, Level};
use super::flow_study::REFRESHES;
use super::study::Study;
use crate::policy::Refresh;
use crate::time::Timestamp;

/// By refresh, then by limit; of limits that nobody asked for, nothing.
pub(super) fn levels_of_each(study: &Study, from: Timestamp, to: Timestamp) -> Vec<Vec<Level>> {
    let mut never_forgets = Course::new(from, to);
    never_forgets.add(&study.base);
    let mut each: Vec<Vec<Level>> = Vec::with_capacity(REFRESHES.len());
    for (number, refresh) in REFRESHES.into_iter().enumerate() {
        // Both directions' silences overlap: entries are at most those of one timer for both.
        let alike = (refresh == Refresh::PayloadPerDirection)
            .then(|| REFRESHES.iter().position(|known| *known == Refresh::Payload))
            .flatten();
        let levels = match alike.and_then(|payload| each.get(payload)) {
            Some(of_payload) => of_payload.clone(),
            None => levels(study, number, &never_forgets),
        };
        each.push(levels);
    }
    each
}

/// A silence that exceeds a limit may exceed longer ones too, and is given back under the longest.
fn levels(study: &Study, refresh: usize, never_forgets: &Course) -> Vec<Level> {
    let limits = study.plan.limits();
    let (mut given_back, mut held) = (never_forgets.clone(), never_forgets.clone());
    let mut levels = vec![Level::default(); limits.len()];
    for (number, limit) in limits.iter().enumerate().rev() {
        given_back.add(&study.resumed[study.place(refresh, number)]);
        if study.plan.is_asked(*limit) {
            held.copy(&given_back);
            held.add(study.expired[refresh].of(number));
            levels[number] = held.level();
        }
    }
    levels
}
