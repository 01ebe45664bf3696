//! Sockets held without any sign of life, under all keepalive times at once.

use super::course::{Course, Level};
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

    /// Number of a period, which must be that of a keepalive asked for.
    pub fn number_of(&self, period: Span) -> usize {
        self.closed.limits().partition_point(|known| *known < period)
    }

    /// How many are held, by number of the keepalive's period.
    pub fn levels(&self, from: Timestamp, to: Timestamp) -> Vec<Level> {
        let mut without = Course::new(from, to);
        without.add(&self.begun);
        let mut held = without.clone();
        let level = |(number, ended)| {
            without.add(ended);
            held.copy(&without);
            held.add(self.closed.of(number));
            held.level()
        };
        self.ended.iter().enumerate().take(self.closed.limits().len()).map(level).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let levels = merged.levels(at(0), at(18_000));
            for (held, keepalive) in each.iter().zip(&keepalives) {
                let mut alone = Course::new(at(0), at(18_000));
                alone.add(held);
                prop_assert_eq!(levels[merged.number_of(keepalive.period())], alone.level());
            }
        }
    }
}
