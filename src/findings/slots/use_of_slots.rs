//! How a client ran out of slots, in numbers.

use super::holder::{Mark, SlotPoint, Tenancy};
use super::ledger::{Fact, Refusal, Release};
use crate::findings::finding::{Certainty, GROUP_FLOWS_KEPT};
use crate::findings::flow_record::FlowRef;
use crate::flow::Service;
use crate::frame::FrameNumber;
use crate::time::Timestamp;
use std::net::IpAddr;

/// Frames of one kind that go into the evidence.
const FRAMES_OF_A_KIND: usize = 4;

/// How the limit is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LimitBasis {
    /// The user said so.
    Stated,
    /// Attempts were refused at this occupancy and at no other.
    Inferred,
}

/// Attempts refused while all slots were taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Refusals {
    /// Accepted and reset at once.
    pub reset_at_once: u64,
    /// RST in answer to the SYN.
    pub refused: u64,
    /// SYN without answer.
    pub unanswered: u64,
    /// The first.
    pub first: Option<Mark>,
    /// The last.
    pub last: Option<Mark>,
}

impl Refusals {
    /// Of all kinds.
    pub fn total(&self) -> u64 {
        self.reset_at_once + self.refused + self.unanswered
    }
}

/// Slots that were taken when attempts began to be refused, and came free before one succeeded again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Releases {
    /// The server's keepalive gave up on the client.
    pub keepalive: u64,
    /// FIN of both sides.
    pub fin: u64,
    /// RST by the server.
    pub server_reset: u64,
    /// RST by the client.
    pub client_reset: u64,
    /// A new connection from the same port.
    pub replaced: u64,
    /// The first.
    pub first: Option<Mark>,
    /// The last.
    pub last: Option<Mark>,
}

impl Releases {
    /// Of all kinds.
    pub fn total(&self) -> u64 {
        self.keepalive + self.fin + self.server_reset + self.client_reset + self.replaced
    }
}

/// A client that came to the limit of its connections at a service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotUse {
    /// The client.
    pub client: IpAddr,
    /// The service.
    pub service: Service,
    /// Connections that it allows one client.
    pub limit: u64,
    /// How that is known.
    pub basis: LimitBasis,
    /// How sure it is that the limit was met.
    pub certainty: Certainty,
    /// Most slots taken at once.
    pub peak: u64,
    /// The connection that took the last slot, for the first time.
    pub reached: Mark,
    /// Slots taken, when the first attempt was refused (none: before the first came free), by connections whose
    /// client was not heard of again.
    pub silent: u64,
    /// When the clients of these were last heard of: the first, the last.
    pub silent_since: Option<(Timestamp, Timestamp)>,
    /// Attempts refused while the limit was met.
    pub refused: Refusals,
    /// How the slots came free.
    pub released: Releases,
    /// The first connection that got a slot after one had come free.
    pub succeeded: Option<Mark>,
    /// Slots still held when the capture ended.
    pub held_at_end: u64,
    /// Slots over time; of long stories the highest of each stretch.
    pub curve: Vec<SlotPoint>,
    /// Frames to look at, in order.
    pub frames: Vec<FrameNumber>,
    /// Connections that held the silent slots; the first ones.
    pub flows: Vec<FlowRef>,
}

/// What other clients got from the service while this one was refused.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Witness {
    first: Option<(Timestamp, FrameNumber)>,
}

impl Witness {
    pub fn note(&mut self, fact: &Fact) {
        let seen = (fact.start, fact.first_frame);
        self.first = Some(self.first.map_or(seen, |known| known.min(seen)));
    }
}

impl SlotUse {
    /// `None`: the limit is not known, was not met, or nothing but the refusals speaks for it.
    pub(super) fn of(
        tenancy: &Tenancy<'_>,
        service: Service,
        stated: Option<u32>,
        witness: Witness,
    ) -> Option<SlotUse> {
        let stated = stated.map(u64::from).filter(|limit| tenancy.peak >= *limit);
        let (limit, basis) = match (stated, tenancy.inferred_limit()) {
            (Some(limit), _) => (limit, LimitBasis::Stated),
            (None, Some(limit)) => (limit, LimitBasis::Inferred),
            (None, None) => return None,
        };
        let reached = tenancy.reached(limit)?;
        let refused = refusals(tenancy, limit);
        let moment = refused.first.map_or_else(|| tenancy.free_again(reached.at), |mark| mark.at);
        let silent: Vec<&Fact> = tenancy.silent_at(moment).collect();
        let mut freed = tenancy.freed_after(moment);
        let succeeded = freed.first().and_then(|freed| tenancy.succeeded_after(freed.mark.at));
        if let Some(succeeded) = succeeded {
            freed.retain(|freed| freed.mark.at <= succeeded.at);
        }
        let released = releases(&freed);
        let told = refused.reset_at_once + refused.refused > 0;
        let certainty = match basis {
            // Silence may be a lost SYN.
            LimitBasis::Stated if told => Certainty::Certain,
            LimitBasis::Stated => Certainty::Likely,
            LimitBasis::Inferred if silent.is_empty() => return None,
            LimitBasis::Inferred => match (succeeded, witness.first) {
                (Some(_), Some(_)) => Certainty::Certain,
                (None, Some(_)) => Certainty::Likely,
                // The service may have been away for a while.
                (Some(_), None) => Certainty::Possible,
                (None, None) => return None,
            },
        };
        if silent.is_empty() && refused.total() == 0 {
            return None;
        }
        let silent_since = silent.iter().map(|fact| fact.heard_at()).fold(None, |known, at| {
            known.map_or(Some((at, at)), |(low, high)| Some((at.min(low), at.max(high))))
        });

        let mut frames = vec![reached.frame];
        let attempts = tenancy.attempts.iter().filter(|attempt| attempt.taken >= limit);
        frames.extend(attempts.take(FRAMES_OF_A_KIND).map(|attempt| attempt.mark.frame));
        frames.extend(refused.last.map(|mark| mark.frame));
        frames.extend(freed.iter().take(FRAMES_OF_A_KIND).map(|freed| freed.mark.frame));
        frames.extend(silent.iter().take(FRAMES_OF_A_KIND).map(|fact| fact.last_frame()));
        frames.extend(succeeded.map(|mark| mark.frame));
        frames.extend(witness.first.filter(|_| basis == LimitBasis::Inferred).map(|(_, frame)| frame));
        frames.sort_unstable();
        frames.dedup();
        let flows = silent.iter().map(|fact| fact.reference(service.endpoint, service.realm));
        Some(SlotUse {
            client: tenancy.client()?,
            service,
            limit,
            basis,
            certainty,
            peak: tenancy.peak,
            reached,
            silent: silent.len() as u64,
            silent_since,
            refused,
            released,
            succeeded,
            held_at_end: tenancy.held_at_end(),
            curve: tenancy.thinned_curve(),
            frames,
            flows: flows.take(GROUP_FLOWS_KEPT).collect(),
        })
    }

    /// Worst first, a total order.
    pub(super) fn worse_first(a: &SlotUse, b: &SlotUse) -> std::cmp::Ordering {
        let graver = |used: &SlotUse| (used.certainty, used.refused.total(), used.silent, used.peak);
        graver(b).cmp(&graver(a)).then_with(|| (a.service, a.client).cmp(&(b.service, b.client)))
    }
}

fn refusals(tenancy: &Tenancy<'_>, limit: u64) -> Refusals {
    let mut refused = Refusals::default();
    for attempt in tenancy.attempts.iter().filter(|attempt| attempt.taken >= limit) {
        match attempt.kind {
            Refusal::ResetAtOnce => refused.reset_at_once += 1,
            Refusal::Refused => refused.refused += 1,
            Refusal::Unanswered => refused.unanswered += 1,
        }
        refused.first.get_or_insert(attempt.mark);
        refused.last = Some(attempt.mark);
    }
    refused
}

fn releases(freed: &[super::holder::Freed]) -> Releases {
    let mut released = Releases::default();
    for slot in freed {
        match slot.by {
            Release::Keepalive => released.keepalive += 1,
            Release::Fin => released.fin += 1,
            Release::ServerReset => released.server_reset += 1,
            Release::ClientReset => released.client_reset += 1,
            Release::Replaced => released.replaced += 1,
        }
        released.first.get_or_insert(slot.mark);
        released.last = Some(slot.mark);
    }
    released
}
