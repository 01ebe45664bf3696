//! What pages for people show of the tables of `tune`, and how they explain it; the document has all.

use super::words::of_hundred;
use crate::report::wording::{grouped, limit};
use crate::report::{GapHistogram, KeepaliveRow, RefreshWord, Tuning};
use crate::time::Span;
use std::collections::BTreeMap;

/// `98.5 (91.8-99.73)`: of a hundred, with the band.
pub(in crate::report) fn banded(share: f64, low: f64, high: f64) -> String {
    format!("{} ({}-{})", of_hundred(share), of_hundred(low), of_hundred(high))
}

/// `data 70, fin 33`: how many gaps segments of each kind ended, the most first.
pub(in crate::report) fn kinds(gaps_by_end: &BTreeMap<String, GapHistogram>, most: usize) -> String {
    let mut kinds: Vec<(&str, u64)> = gaps_by_end
        .iter()
        .map(|(kind, gaps)| (kind.as_str(), gaps.all()))
        .filter(|(_, gaps)| *gaps > 0)
        .collect();
    kinds.sort_by_key(|(_, gaps)| std::cmp::Reverse(*gaps));
    let told = kinds.iter().take(most).map(|(kind, gaps)| format!("{kind} {}", grouped(*gaps)));
    let more = (kinds.len() > most).then(|| "…".to_owned());
    told.chain(more).collect::<Vec<_>>().join(", ")
}

/// Places of the limits that a table of keepalive has columns for: all hops; of known limits the recommended
/// timeout, and some that are spread over those behind which any keepalive tried saves anything.
pub(in crate::report) fn limits(tuning: &Tuning, most: usize) -> Vec<usize> {
    let Some(first) = tuning.keepalives.first() else { return Vec::new() };
    let count = first.saved.len();
    if first.saved.iter().any(|saved| saved.hop.is_some()) {
        return (0..count).collect();
    }
    let saves = |at: &usize| {
        let behind = tuning.keepalives.iter().filter_map(|row| row.saved.get(*at));
        behind.map(|saved| saved.saved).max().is_some_and(|saved| saved > 0)
    };
    let set = tuning.recommendation.timeout.as_ref().map(|timeout| timeout.timeout_s);
    let is_set = |at: &usize| first.saved.get(*at).is_some_and(|saved| Some(saved.limit_s) == set);
    let within =
        |at: &usize| first.saved.get(*at).is_some_and(|saved| saved.limit_s <= tuning.basis.tells_up_to_s);
    let (chosen, others): (Vec<usize>, Vec<usize>) =
        (0..count).filter(|at| within(at) && (saves(at) || is_set(at))).partition(is_set);
    let room = most.saturating_sub(chosen.len()).min(others.len());
    let spread =
        (0..room).filter_map(|at| others.get(at * (others.len() - 1) / room.saturating_sub(1).max(1)));
    let mut limits: Vec<usize> = chosen.iter().chain(spread).copied().collect();
    limits.sort_unstable();
    limits
}

/// What is counted as entries of a flow table.
pub(in crate::report) fn entries_explained(refresh: RefreshWord, bin: Span) -> String {
    let most = match refresh {
        RefreshWord::PayloadPerDirection => ", at most: the two directions' silences overlap",
        _ => "",
    };
    format!(
        "entries: those that the box's flow table holds{most}, on average over the capture; peak: the highest \
         average of any {bin}"
    )
}

/// Whose sockets are counted as slots; `row` is that of the longest keepalive time. `None`: nobody asked.
pub(in crate::report) fn slots_explained(row: &KeepaliveRow) -> Option<String> {
    let held = row.slots.as_ref()?;
    Some(match &held.service {
        Some(service) => format!(
            " Most slots: stale sockets of one client at one service, where they come nearest to what it allows; \
             with {} at {service}.",
            limit(row.time_s.0)
        ),
        None => {
            " Most slots: no client holds stale sockets at a service for which a limit is stated.".to_owned()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{RecommendedTimeout, SavedBehind, Seconds};

    /// What one keepalive time saves behind limits of so many seconds.
    fn tuning(saved: &[(u64, u64)], set: Option<u64>) -> Tuning {
        let seconds = |seconds| Seconds(Span::from_secs(seconds));
        let behind = |(limit, saved): &(u64, u64)| SavedBehind {
            hop: None,
            limit_s: seconds(*limit),
            refresh: RefreshWord::Any,
            at_risk: 9,
            saved: *saved,
            saved_used_again: 0,
            probes_to_spare: None,
        };
        let mut tuning = Tuning::default();
        tuning.basis.tells_up_to_s = seconds(1000);
        tuning.keepalives =
            vec![KeepaliveRow { saved: saved.iter().map(behind).collect(), ..KeepaliveRow::default() }];
        tuning.recommendation.timeout =
            set.map(|set| RecommendedTimeout { timeout_s: seconds(set), ..RecommendedTimeout::default() });
        tuning
    }

    #[test]
    fn columns_are_those_behind_which_something_is_saved_and_the_recommended_one() {
        let saved = [(5, 0), (60, 2), (120, 3), (300, 2), (600, 0), (900, 1), (5000, 1)];
        assert_eq!(limits(&tuning(&saved, None), 3), [1, 2, 5]);
        assert_eq!(limits(&tuning(&saved, Some(600)), 3), [1, 4, 5]);
        assert_eq!(limits(&tuning(&saved, None), 6), [1, 2, 3, 5], "5000 s is beyond reach");
        assert_eq!(limits(&tuning(&saved[..1], None), 3), Vec::<usize>::new());
    }

    #[test]
    fn kinds_are_told_the_most_first_and_the_rest_is_marked() {
        let gaps = |count: u64| GapHistogram { count, ..GapHistogram::default() };
        let by_end = BTreeMap::from([
            ("ack".to_owned(), gaps(2)),
            ("data".to_owned(), gaps(1_500)),
            ("fin".to_owned(), gaps(7)),
        ]);
        assert_eq!(kinds(&by_end, 2), "data 1,500, fin 7, …");
        assert_eq!(kinds(&by_end, 3), "data 1,500, fin 7, ack 2");
    }
}
