//! Sockets held without any sign of life, under all keepalive times at once.

use super::expiries::Expiries;
use super::occupancy::Occupancy;
use crate::policy::Keepalive;
use crate::time::{Span, Timestamp};

/// Sockets that nothing came from until the end. Keepalive would have closed each a period after its last
/// sign of life, had its peer been gone.
#[derive(Debug)]
pub(super) struct StaleSockets {
    pub flows: u64,
    begun: Occupancy,
    /// By period: closed before the end.
    closed: Expiries,
    /// By number of periods over before it: ended.
    ended: Vec<Occupancy>,
}

impl StaleSockets {
    pub fn new(keepalives: &[Keepalive]) -> Self {
        let mut periods: Vec<Span> = keepalives.iter().map(Keepalive::period).collect();
        periods.sort_unstable();
        periods.dedup();
        StaleSockets {
            flows: 0,
            begun: Occupancy::default(),
            ended: vec![Occupancy::default(); periods.len() + 1],
            closed: Expiries::new(periods),
        }
    }

    /// One was held from `start` until `end`.
    pub fn held(&mut self, start: Timestamp, end: Timestamp) {
        self.flows += 1;
        if end <= start {
            return;
        }
        let length = end.since(start);
        let over = self.closed.limits().partition_point(|period| *period < length);
        self.begun.more(start);
        self.closed.silence(start, over);
        self.ended[over].fewer(end);
    }

    /// Counts the sockets that wait.
    pub fn close(&mut self) {
        self.closed.count_waiting();
    }

    pub fn merge(&mut self, other: StaleSockets) {
        self.flows += other.flows;
        self.begun.merge(other.begun);
        self.closed.merge(other.closed);
        for (mine, theirs) in self.ended.iter_mut().zip(other.ended) {
            mine.merge(theirs);
        }
    }

    /// How many are held by a keepalive with this period, which must be that of one asked for.
    pub fn held_with(&self, period: Span) -> Occupancy {
        let number = self.closed.limits().partition_point(|known| *known < period);
        let mut held = self.begun.clone();
        for ended in self.ended.iter().take(number + 1) {
            held.merge(ended.clone());
        }
        held.merge(self.closed.of(number).clone());
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuning::course::Course;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_period_holds_what_it_holds_alone(
            sockets in prop::collection::vec((0i64..9_000, 0i64..9_000), 1..60),
            times in prop::collection::vec(1u64..9_000, 1..6)
        ) {
            let keepalives: Vec<Keepalive> = times
                .iter()
                .map(|time| Keepalive { time: Span::from_secs(*time), ..Keepalive::LINUX_DEFAULT })
                .collect();
            let at = |seconds: i64| Timestamp::from_nanos(seconds * 1_000_000_000);
            let mut all = StaleSockets::new(&keepalives);
            let mut each = vec![Occupancy::default(); keepalives.len()];
            for (start, length) in &sockets {
                let (start, end) = (at(*start), at(start + length));
                all.held(start, end);
                for (held, keepalive) in each.iter_mut().zip(&keepalives) {
                    held.add(start, (start + keepalive.period()).min(end));
                }
            }
            let mut merged = StaleSockets::new(&keepalives);
            merged.merge(all);
            for (held, keepalive) in each.iter().zip(&keepalives) {
                let level = |of: &Occupancy| {
                    let mut course = Course::new(at(0), at(18_000), 0);
                    course.add(of);
                    course.level()
                };
                prop_assert_eq!(level(&merged.held_with(keepalive.period())), level(held));
            }
        }
    }
}
