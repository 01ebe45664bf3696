//! Heartbeats of applications, by service: how many flows keep one up, how regular it is, which hops it holds.
//!
//! A heartbeat is payload, so it also restarts the timers of proxies, which TCP keepalive never reaches. A timer for each
//! direction needs an answer besides.

use crate::flow::{Heartbeat, Phase, Standing};
use crate::policy::{Hop, Refresh};
use crate::simulate::limit_of;
use crate::time::Span;
use std::ops::Range;

/// Two-way, nothing under way: how a flow stands between two beats.
pub(super) const BETWEEN_BEATS: Standing =
    Standing { phase: Phase::Established, unacknowledged: false, retransmissions: 0, zero_window: false };

/// What a heartbeat does for a flow at one hop.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reach {
    /// It comes before the timer runs out.
    Holds,
    /// It comes after.
    TooSlow,
    /// It comes in time, but nobody answers, and the hop has a timer for the other direction.
    OneDirection,
}

/// What `heartbeat` does at `hop`.
pub fn reach(heartbeat: &Heartbeat, hop: &Hop) -> Reach {
    let in_time = limit_of(hop, BETWEEN_BEATS).is_none_or(|limit| heartbeat.longest <= limit);
    match hop.refresh {
        _ if !in_time => Reach::TooSlow,
        Refresh::PayloadPerDirection if !heartbeat.answered => Reach::OneDirection,
        // A beat is acknowledged: packets go both ways.
        Refresh::PayloadPerDirection
        | Refresh::AnyPacket
        | Refresh::Payload
        | Refresh::Initiator
        | Refresh::Responder => Reach::Holds,
    }
}

/// Flows by what their heartbeat does for them at one hop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReachCounts {
    /// [`Reach::Holds`].
    pub held: u64,
    /// [`Reach::TooSlow`].
    pub too_slow: u64,
    /// [`Reach::OneDirection`].
    pub one_direction: u64,
}

/// Heartbeats that one side of a service's flows keeps up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ServiceHeartbeats {
    /// Flows with one.
    pub flows: u64,
    /// Of them, those in which the peer answers with payload.
    pub answered: u64,
    /// Beats in all of them.
    pub beats: u64,
    /// Shortest and longest interval.
    pub intervals: (Span, Span),
    /// The largest standard deviation of the intervals of one flow.
    pub jitter: Span,
    /// Smallest and largest payload, in bytes.
    pub size: (u32, u32),
    /// By hop, in path order.
    pub hops: Vec<ReachCounts>,
    periods: Periods,
}

/// Periods of many flows, to the hundredth part: enough for a median, and bounded (two thousand steps from a second to
/// three years).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Periods(Vec<Step>);

/// Flows whose period differs by less than a hundredth part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Step {
    index: u16,
    shortest: Span,
    flows: u64,
}

impl Periods {
    fn note(&mut self, step: Step) {
        match self.0.binary_search_by_key(&step.index, |known| known.index) {
            Ok(at) => {
                self.0[at].shortest = self.0[at].shortest.min(step.shortest);
                self.0[at].flows += step.flows;
            }
            Err(at) => self.0.insert(at, step),
        }
    }

    /// The period that as many flows are above as below.
    fn median(&self) -> Span {
        let flows: u64 = self.0.iter().map(|step| step.flows).sum();
        let mut below = 0;
        let middle = self.0.iter().find(|step| {
            below += step.flows;
            2 * below >= flows
        });
        middle.map_or(Span::ZERO, |step| step.shortest)
    }
}

impl ServiceHeartbeats {
    /// Of one flow. `on`: the hops on its path, by their place among all.
    pub(super) fn of(heartbeat: &Heartbeat, hops: &[Hop], on: &Range<usize>) -> Self {
        // 1.01ⁿ nanoseconds.
        let index = ((heartbeat.period.as_nanos().max(1) as f64).ln() / 1.01_f64.ln()).round() as u16;
        let counts = |(index, hop)| {
            let mut counts = ReachCounts::default();
            if !on.contains(&index) {
                return counts;
            }
            match reach(heartbeat, hop) {
                Reach::Holds => counts.held = 1,
                Reach::TooSlow => counts.too_slow = 1,
                Reach::OneDirection => counts.one_direction = 1,
            }
            counts
        };
        ServiceHeartbeats {
            flows: 1,
            answered: u64::from(heartbeat.answered),
            beats: heartbeat.beats,
            intervals: (heartbeat.shortest, heartbeat.longest),
            jitter: heartbeat.jitter,
            size: heartbeat.size,
            hops: hops.iter().enumerate().map(counts).collect(),
            periods: Periods(vec![Step { index, shortest: heartbeat.period, flows: 1 }]),
        }
    }

    /// Median of the flows' periods, to the hundredth part.
    pub fn period(&self) -> Span {
        self.periods.median()
    }

    pub(super) fn add(&mut self, other: &ServiceHeartbeats) {
        self.flows += other.flows;
        self.answered += other.answered;
        self.beats += other.beats;
        self.intervals = (self.intervals.0.min(other.intervals.0), self.intervals.1.max(other.intervals.1));
        self.jitter = self.jitter.max(other.jitter);
        self.size = (self.size.0.min(other.size.0), self.size.1.max(other.size.1));
        for (mine, theirs) in self.hops.iter_mut().zip(&other.hops) {
            mine.held += theirs.held;
            mine.too_slow += theirs.too_slow;
            mine.one_direction += theirs.one_direction;
        }
        for step in &other.periods.0 {
            self.periods.note(*step);
        }
    }

    /// Adds to what is known, or begins it.
    pub(super) fn join(known: &mut Option<Box<ServiceHeartbeats>>, more: Option<&ServiceHeartbeats>) {
        match (known.as_deref_mut(), more) {
            (Some(known), Some(more)) => known.add(more),
            (None, Some(more)) => *known = Some(Box::new(more.clone())),
            (_, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Role;
    use crate::frame::FrameNumber;
    use crate::time::Timestamp;

    fn heartbeat(period: u64, answered: bool) -> Heartbeat {
        let period = Span::from_secs(period);
        Heartbeat {
            sender: Role::Initiator,
            beats: 10,
            period,
            jitter: Span::ZERO,
            shortest: period,
            longest: period,
            size: (8, 8),
            answered,
            frames: [FrameNumber(4), FrameNumber(40)],
            last_at: Timestamp::from_nanos(0),
        }
    }

    #[test]
    fn a_heartbeat_is_payload_so_it_holds_timers_of_payload_and_of_packets() {
        for refresh in [Refresh::AnyPacket, Refresh::Payload, Refresh::Initiator, Refresh::Responder] {
            let hop = Hop { refresh, ..Hop::tracker("box", Span::from_secs(60)) };
            assert_eq!(reach(&heartbeat(30, false), &hop), Reach::Holds, "{refresh:?}");
            assert_eq!(reach(&heartbeat(61, true), &hop), Reach::TooSlow, "{refresh:?}");
        }
    }

    #[test]
    fn a_timer_for_each_direction_needs_the_answer() {
        let hop =
            Hop { refresh: Refresh::PayloadPerDirection, ..Hop::tracker("haproxy", Span::from_secs(60)) };
        assert_eq!(reach(&heartbeat(30, true), &hop), Reach::Holds);
        assert_eq!(reach(&heartbeat(30, false), &hop), Reach::OneDirection);
    }

    #[test]
    fn the_median_period_does_not_depend_on_the_order() {
        let hops = [Hop::tracker("box", Span::from_secs(60))];
        let of = |period| ServiceHeartbeats::of(&heartbeat(period, true), &hops, &(0..hops.len()));
        let joined = |periods: &[u64]| {
            let mut all = of(periods[0]);
            periods[1..].iter().for_each(|period| all.add(&of(*period)));
            all
        };
        let one = joined(&[30, 30, 45, 90, 30, 45]);
        assert_eq!(one, joined(&[90, 45, 30, 45, 30, 30]));
        assert_eq!((one.period(), one.flows), (Span::from_secs(30), 6));
        assert_eq!(one.intervals, (Span::from_secs(30), Span::from_secs(90)));
        assert_eq!(one.hops, [ReachCounts { held: 5, too_slow: 1, one_direction: 0 }]);
    }
}
