//! Lifetimes of flows and delays of first probes: of one service, or of a whole capture.

use super::service::SparseGaps;
use crate::time::Span;

/// Times that each flow has once.
#[derive(Clone, Debug, Default)]
pub struct ServiceTimes {
    flows: u64,
    lifetimes: SparseGaps,
    probe_delays: SparseGaps,
}

impl ServiceTimes {
    /// Counts a flow, and how long each of its ends was silent before its first probe.
    pub fn note(&mut self, probe_delays: [Option<Span>; 2]) {
        self.flows += 1;
        for delay in probe_delays.into_iter().flatten() {
            self.probe_delays.record(delay);
        }
    }

    /// Counts how long a flow lived that was seen from begin to end.
    pub fn note_lifetime(&mut self, lifetime: Span) {
        self.lifetimes.record(lifetime);
    }

    /// Adds the times of others.
    pub fn add(&mut self, other: &ServiceTimes) {
        self.flows += other.flows;
        self.lifetimes.add(&other.lifetimes);
        self.probe_delays.add(&other.probe_delays);
    }

    /// Flows counted.
    pub fn flows(&self) -> u64 {
        self.flows
    }

    /// From the handshake to the close, of flows of which both were seen.
    pub fn lifetimes(&self) -> &SparseGaps {
        &self.lifetimes
    }

    /// From the last segment that an end received to its first probe, the shortest of each.
    pub fn probe_delays(&self) -> &SparseGaps {
        &self.probe_delays
    }
}
