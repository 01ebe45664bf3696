//! Histograms of gaps: by basis for the whole capture, and by basis for each service.
//!
//! Only ended gaps enter; a gap that is still open when the capture ends has no length yet.

mod counts;
mod ended;
mod figures;
mod histogram;
mod packed;
mod service;
mod sparse_counts;
mod times;

pub use ended::{EndedGaps, LengthCounts};
pub use figures::QuantilePoint;
pub use histogram::{GapHistogram, LONGEST, SHORTEST};
pub use packed::{PackedHistogram, Place};
pub use service::{ServiceGaps, SparseGaps};
pub use times::ServiceTimes;

use counts::DenseCounts;
use sparse_counts::Counter;

use crate::flow::{Basis, EndedBy, Service, ServiceId};
use crate::time::Span;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Gap counts of one worker while it runs.
#[derive(Debug)]
pub struct GapStats {
    whole: [DenseCounts; 4],
    services: Vec<ServiceGaps>,
    /// Gaps of services that are not counted yet. Their counters are many and get pushed out of the cache by the
    /// flows between; counted thousands at a time, they are fetched side by side and stay.
    waiting: Vec<Waiting>,
}

/// A gap of a service that is not counted yet.
#[derive(Debug)]
struct Waiting {
    length: Span,
    service: ServiceId,
    counter: Counter,
    basis: Basis,
    ended_by: Option<EndedBy>,
}

/// Gaps of services counted at a time.
const COUNTED_AT_ONCE: usize = 4096;

/// How many gaps before its turn the counter of one is asked for.
const ASKED_AHEAD: usize = 12;

/// Gap counts of a whole capture.
#[derive(Debug)]
pub struct GapSummary {
    /// By [`Basis::index`], reported bases.
    pub whole: [PackedHistogram; 4],
    /// Gaps of at least a second, by service.
    pub services: BTreeMap<Service, ServiceGaps>,
}

impl Default for GapStats {
    fn default() -> Self {
        GapStats {
            whole: std::array::from_fn(|_| DenseCounts::new()),
            services: Vec::new(),
            waiting: Vec::with_capacity(COUNTED_AT_ONCE),
        }
    }
}

impl GapStats {
    /// Counts a gap of a reported basis.
    #[inline(always)]
    pub fn gap(&mut self, basis: Basis, length: Span) {
        if let Some(histogram) = self.whole.get_mut(basis.index()) {
            histogram.count(length);
        }
    }

    /// Counts a gap of at least a second for its service. By itself, so that the many shorter gaps pay nothing for it.
    #[inline(never)]
    pub fn service_gap(&mut self, service: ServiceId, basis: Basis, length: Span) {
        self.wait(service, basis, length, None);
    }

    /// Counts a gap of at least a second for its service, those between any packets by what ended them too.
    #[inline(never)]
    pub fn service_gap_by_end(&mut self, service: ServiceId, basis: Basis, length: Span, ended_by: EndedBy) {
        self.wait(service, basis, length, (basis == Basis::Any).then_some(ended_by));
    }

    #[inline]
    fn wait(&mut self, service: ServiceId, basis: Basis, length: Span, ended_by: Option<EndedBy>) {
        self.waiting.push(Waiting { length, service, counter: Counter::of(length), basis, ended_by });
        if self.waiting.len() >= COUNTED_AT_ONCE {
            self.count_waiting();
        }
    }

    #[inline(never)]
    fn count_waiting(&mut self) {
        for (i, gap) in self.waiting.iter().enumerate() {
            if let Some(ahead) = self.waiting.get(i + ASKED_AHEAD)
                && let Some(gaps) = self.services.get(ahead.service.0 as usize)
            {
                gaps.prefetch(ahead.basis, ahead.ended_by, ahead.counter);
            }
            let place = gap.service.0 as usize;
            if self.services.len() <= place {
                self.services.resize_with(place + 1, ServiceGaps::default);
            }
            let gaps = &mut self.services[place];
            match gap.ended_by {
                Some(kind) => gaps.record_ended(kind, gap.length, gap.counter),
                None => gaps.record(gap.basis, gap.length, gap.counter),
            }
        }
        self.waiting.clear();
    }

    /// Brings the counts of all workers together; `names` are each worker's services by number.
    pub fn merge(parts: Vec<(GapStats, Vec<Service>)>) -> GapSummary {
        let mut summary = GapSummary { whole: Default::default(), services: BTreeMap::new() };
        for (mut stats, names) in parts {
            stats.count_waiting();
            for (total, part) in summary.whole.iter_mut().zip(&stats.whole) {
                total.add(&part.packed());
            }
            for (name, mut gaps) in names.into_iter().zip(stats.services) {
                gaps.sum_up();
                if gaps.is_empty() {
                    continue;
                }
                match summary.services.entry(name) {
                    Entry::Vacant(place) => {
                        place.insert(gaps);
                    }
                    Entry::Occupied(mut known) => known.get_mut().add(&gaps),
                }
            }
        }
        summary
    }
}
