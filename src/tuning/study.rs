//! What one worker gathers for all limits and keepalive times at once, while the capture is read.

use super::expiries::Expiries;
use super::flow_study::{Fate, FlowStudy, Pending, REFRESHES, exceeded, is_probeable, refresh_of};
use super::limit_counts::{CountChanges, LimitCounts};
use super::occupancy::Occupancy;
use super::plan::Plan;
use super::stale::StaleSockets;
use crate::flow::{Basis, ClosedBy, EndedBy, FlowView, Opened, Phase, Role, ServiceId, Silence, Trust};
use crate::policy::Refresh;
use crate::segment::{Endpoint, Realm};
use crate::stats::{LengthCounts, ServiceTimes};
use crate::time::{Span, Timestamp};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;

/// Lifetimes counted at a time.
const COUNTED_AT_ONCE: usize = 1024;

/// A client and the service that it holds sockets at.
type SlotHolder = (IpAddr, Endpoint, Realm);

/// Long silences of one state of the connection: their number and sum by how many limits they exceed.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(super) struct StateTime {
    /// Silences with a timer of their own, as long as it lets them count.
    pub fixed_nanos: u128,
    pub by_exceeded: Vec<(u64, u128)>,
}

impl StateTime {
    fn of(limits: usize) -> Self {
        StateTime { fixed_nanos: 0, by_exceeded: vec![(0, 0); limits + 1] }
    }

    fn note(&mut self, length: Span, exceeded: usize, timer: Option<Span>) {
        match timer {
            Some(timer) => self.fixed_nanos += u128::from(length.min(timer).as_nanos()),
            None => {
                if let Some((count, sum)) = self.by_exceeded.get_mut(exceeded) {
                    *count += 1;
                    *sum += u128::from(length.as_nanos());
                }
            }
        }
    }

    pub fn add(&mut self, other: &StateTime) {
        self.fixed_nanos = self.fixed_nanos.saturating_add(other.fixed_nanos);
        for ((count, sum), (more, length)) in self.by_exceeded.iter_mut().zip(&other.by_exceeded) {
            *count = count.saturating_add(*more);
            *sum = sum.saturating_add(*length);
        }
    }

    /// Time for which a box with this limit holds an entry during them.
    pub fn held_nanos(&self, limit: Span, number: usize) -> u128 {
        let times = self.by_exceeded.iter().enumerate().map(|(exceeded, (count, sum))| {
            if exceeded > number { u128::from(*count) * u128::from(limit.as_nanos()) } else { *sum }
        });
        times.fold(self.fixed_nanos, u128::saturating_add)
    }
}

/// What one worker gathers.
#[derive(Debug)]
pub struct Study {
    pub(super) plan: Arc<Plan>,
    pub(super) flows: u64,
    /// Flows without a close.
    pub(super) open_flows: u64,
    /// Flows that were there before the capture.
    pub(super) midstream: u64,
    /// Refresh by refresh.
    pub(super) counts: Vec<CountChanges>,
    /// Entries of a box that never forgets.
    pub(super) base: Occupancy,
    /// What each limit takes from these; refresh by refresh. Each silence is taken from where the limit ran
    /// out, and given back at its end under the longest limit that it exceeds: that is one instant for all.
    pub(super) expired: Vec<Expiries>,
    /// Refresh by refresh, each limit.
    pub(super) resumed: Vec<Occupancy>,
    pub(super) half_open: StateTime,
    pub(super) half_closed: StateTime,
    /// Probes by keepalive time.
    pub(super) probes: Vec<u64>,
    /// Sockets held without any sign of life.
    pub(super) stale: StaleSockets,
    pub(super) slots: HashMap<SlotHolder, Vec<Timestamp>>,
    /// Silences that the capture's end cut short, by reported basis.
    pub(super) open: [LengthCounts; 4],
    /// From handshake to close, of flows of which both were seen.
    pub(super) lifetimes: LengthCounts,
    pub(super) probe_delays: LengthCounts,
    /// By `ServiceId`.
    pub(super) services: Vec<ServiceTimes>,
    /// Lifetimes that are not yet counted for their service: counted many at a time, their counters are fetched
    /// side by side.
    waiting: Vec<(ServiceId, Span)>,
    /// Of the last silence, its length, the limits that it exceeds and the timer of its state: one silence is
    /// told on several bases.
    latest: (Span, usize, Option<Span>),
    /// For flows that nothing is kept of while they live.
    scratch: FlowStudy,
}

impl Study {
    /// An empty one.
    pub fn new(plan: Arc<Plan>) -> Self {
        let (limits, refreshes) = (plan.limits().len(), REFRESHES.len());
        Study {
            flows: 0,
            open_flows: 0,
            midstream: 0,
            counts: vec![CountChanges::new(limits); refreshes],
            base: Occupancy::default(),
            expired: vec![Expiries::new(plan.limits().to_vec()); refreshes],
            resumed: vec![Occupancy::default(); limits * refreshes],
            half_open: StateTime::of(limits),
            half_closed: StateTime::of(limits),
            probes: vec![0; plan.keepalives.len()],
            stale: StaleSockets::new(&plan.keepalives),
            slots: HashMap::new(),
            open: std::array::from_fn(|_| LengthCounts::default()),
            lifetimes: LengthCounts::default(),
            probe_delays: LengthCounts::default(),
            services: Vec::new(),
            waiting: Vec::with_capacity(COUNTED_AT_ONCE),
            latest: (Span::ZERO, 0, None),
            scratch: FlowStudy::default(),
            plan,
        }
    }

    /// Place of a limit under a refresh.
    pub(super) fn place(&self, refresh: usize, limit: usize) -> usize {
        refresh * self.plan.limits().len() + limit
    }

    /// A silence has ended.
    pub fn silence(&mut self, study: &mut FlowStudy, silence: &Silence) {
        self.note(study, silence);
        self.idle_time(study, silence);
    }

    fn note(&mut self, study: &mut FlowStudy, silence: &Silence) {
        if silence.standing.phase == Phase::Closed {
            return;
        }
        let plan = &*self.plan;
        let end = silence.start_at + silence.length;
        let state = plan.state_timer(silence.standing.phase);
        if self.latest.0 != silence.length || state.is_some() || self.latest.2.is_some() {
            self.latest = (silence.length, exceeded(plan, silence), state);
        }
        let exceeded = self.latest.1;
        if silence.basis == Basis::Any && silence.trust == Trust::Clean {
            match silence.standing.phase {
                Phase::SynSent | Phase::SynRecv => self.half_open.note(silence.length, exceeded, state),
                Phase::FinWait | Phase::CloseWait => self.half_closed.note(silence.length, exceeded, state),
                Phase::Established | Phase::LastAck | Phase::Closed => {}
            }
        }
        if exceeded == 0 {
            return;
        }
        study.note(silence, exceeded);
        let Some(number) = refresh_of(silence.basis).filter(|_| silence.trust == Trust::Clean) else {
            return;
        };
        let refresh = REFRESHES[number];
        // What a close ends is no gap between payload and payload.
        let between = |by| refresh.counts_packets() || by == EndedBy::Data;
        if silence.ending.is_some_and(|ending| between(ending.by)) {
            self.counts[number].gap(exceeded);
        }
        // A flow cut in one direction is opened again at the next payload of either, so what both
        // timers take is at least what a timer of both takes; their silences overlap.
        if refresh == Refresh::PayloadPerDirection {
            return;
        }
        let taken_to = study.payload_taken_to.filter(|_| silence.basis == Basis::Payload);
        let expired = &mut self.expired[number];
        if state.is_none() && taken_to.is_none_or(|taken| taken <= silence.start_at) {
            expired.silence(silence.start_at, exceeded);
        } else {
            for (limit, length) in plan.limits().iter().enumerate().take(exceeded) {
                let ran_out = silence.start_at + state.unwrap_or(*length);
                expired.took(limit, taken_to.map_or(ran_out, |taken| taken.max(ran_out)).min(end));
            }
        }
        let place = self.place(number, exceeded - 1);
        self.resumed[place].more(end);
        if silence.basis == Basis::Payload {
            study.payload_taken_to = Some(end);
        }
    }

    /// Counts the probes that keepalive would have sent in a time without any. A silence of all packets
    /// that follows a probe lies within a longer one, which is told right after it.
    fn idle_time(&mut self, study: &mut FlowStudy, silence: &Silence) {
        let end = silence.ending.map(|ending| ending.at);
        let time = Pending { length: silence.length, end, probeable: is_probeable(silence) };
        match silence.basis {
            Basis::Any => {
                self.settle(study);
                let probed = silence.ending.is_some_and(|ending| ending.by == EndedBy::Probe);
                study.pending = (!probed).then_some(time);
            }
            Basis::Unaided => {
                if study.pending.is_some_and(|pending| pending.end != end) {
                    self.settle(study);
                }
                study.pending = Some(time);
                self.settle(study);
            }
            _ => {}
        }
    }

    fn settle(&mut self, study: &mut FlowStudy) {
        let Some(idle) = study.pending.take().filter(|idle| idle.probeable) else { return };
        for (probes, keepalive) in self.probes.iter_mut().zip(&self.plan.keepalives) {
            match idle.length.as_nanos().checked_div(keepalive.time.as_nanos()) {
                None | Some(0) => break,
                Some(times) => *probes += times,
            }
        }
    }

    /// A flow has ended, or the capture has.
    pub fn retire(&mut self, flow: &FlowView<'_>, study: Option<&mut FlowStudy>, open: &[Silence]) {
        self.flows += 1;
        self.open_flows += u64::from(flow.closed_by() == ClosedBy::Nothing);
        self.midstream += u64::from(flow.opened() == Opened::Midstream);
        let lasts = open.iter().find(|silence| silence.basis == Basis::Any);
        let end = lasts.map_or(flow.last_at(), |silence| silence.start_at + silence.length);
        self.base.add(flow.first_at(), end);
        self.note_times(flow);
        if open.is_empty() && study.is_none() {
            return;
        }
        // Nothing is kept of most flows: one memory serves them all.
        let mut own = std::mem::take(&mut self.scratch);
        own.clear();
        self.conclude(flow, study.unwrap_or(&mut own), open, end);
        self.scratch = own;
    }

    fn conclude(&mut self, flow: &FlowView<'_>, study: &mut FlowStudy, open: &[Silence], end: Timestamp) {
        for silence in open {
            self.note(study, silence);
            self.idle_time(study, silence);
            if let Some(histogram) = self.open.get_mut(silence.basis.index())
                && silence.trust == Trust::Clean
            {
                histogram.count(silence.length);
            }
        }
        self.settle(study);
        self.note_stale(flow, open, end);
        self.judge(study, flow.last_use_at());
    }

    fn judge(&mut self, study: &FlowStudy, last_use: Timestamp) {
        for (refresh, changes) in REFRESHES.into_iter().zip(&mut self.counts) {
            let touched = study.touched(refresh);
            let mut limit = 0;
            while limit < touched {
                let alike = study.alike_from(&self.plan, refresh, limit, last_use);
                let mut counts = LimitCounts::default();
                match alike.fate {
                    Fate::Untouched => {}
                    Fate::Cut { used_again } => (counts.cut, counts.used_again) = (1, u64::from(used_again)),
                    Fate::SavedByKeepalive => counts.saved_by_keepalive = 1,
                    Fate::Unknown => counts.unknown = 1,
                }
                if let Some(unaided) = alike.unaided {
                    counts.at_risk = 1;
                    counts.saveable = u64::from(unaided.saveable);
                    counts.saveable_used_again = u64::from(unaided.saveable && unaided.used_again);
                }
                changes.add(limit..alike.until, &counts);
                limit = alike.until;
            }
        }
    }

    /// A socket that nothing came from until the end: keepalive would have closed it if its peer is gone.
    fn note_stale(&mut self, flow: &FlowView<'_>, open: &[Silence], end: Timestamp) {
        let of = |basis| open.iter().find(|silence| silence.basis == basis);
        let Some(silence) = of(Basis::Unaided).or_else(|| of(Basis::Any)) else { return };
        if matches!(silence.standing.phase, Phase::SynSent | Phase::SynRecv | Phase::Closed) {
            return;
        }
        self.stale.held(silence.start_at, end);
        if self.plan.slots.is_some() {
            let holder = (flow.endpoint(Role::Initiator).addr, flow.endpoint(Role::Responder), flow.realm());
            self.slots.entry(holder).or_default().push(silence.start_at);
        }
    }

    fn note_times(&mut self, flow: &FlowView<'_>) {
        let place = flow.service().0 as usize;
        if self.services.len() <= place {
            self.services.resize_with(place + 1, ServiceTimes::default);
        }
        let whole = flow.opened() == Opened::Handshake && flow.closed_by() != ClosedBy::Nothing;
        let lifetime = whole.then(|| flow.last_at().since(flow.first_at()));
        let delays = Role::BOTH.map(|role| flow.probes(role).first_delay());
        self.services[place].note(delays);
        if let Some(length) = lifetime {
            self.lifetimes.count(length);
            self.waiting.push((flow.service(), length));
            if self.waiting.len() >= COUNTED_AT_ONCE {
                self.count_waiting();
            }
        }
        delays.into_iter().flatten().for_each(|length| self.probe_delays.count(length));
    }

    #[inline(never)]
    fn count_waiting(&mut self) {
        for (service, lifetime) in self.waiting.drain(..) {
            self.services[service.0 as usize].note_lifetime(lifetime);
        }
    }

    /// All flows are retired: what waits is counted, by each worker for itself.
    pub fn close(&mut self) {
        self.expired.iter_mut().for_each(Expiries::count_waiting);
        self.stale.close();
        self.count_waiting();
    }

    /// Adds what another worker gathered, its services left out.
    pub(super) fn merge(&mut self, other: Study) {
        self.flows += other.flows;
        self.open_flows += other.open_flows;
        self.midstream += other.midstream;
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            mine.merge(theirs);
        }
        self.base.merge(other.base);
        for (mine, theirs) in self.expired.iter_mut().zip(other.expired) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.resumed.iter_mut().zip(other.resumed) {
            mine.merge(theirs);
        }
        self.half_open.add(&other.half_open);
        self.half_closed.add(&other.half_closed);
        for (mine, theirs) in self.probes.iter_mut().zip(other.probes) {
            *mine += theirs;
        }
        self.stale.merge(other.stale);
        for (holder, starts) in other.slots {
            self.slots.entry(holder).or_default().extend(starts);
        }
        for (mine, theirs) in self.open.iter_mut().zip(&other.open) {
            mine.add(theirs);
        }
        self.lifetimes.add(&other.lifetimes);
        self.probe_delays.add(&other.probe_delays);
    }
}
