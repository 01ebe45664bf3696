//! A flow that broke, as far as other flows are compared with it.

use super::broken_flow::BreakFacts;
use crate::findings::finding::Certainty;
use crate::findings::rule::{Rule, Severity};
use crate::findings::rules::{Claim, Statement};
use crate::flow::{FlowView, Role, SilenceClass};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};
use std::net::IpAddr;

/// Flows that broke, compared with each other at the most: the first ones of the capture. More say nothing new.
pub(in crate::findings) const SUSPECTS_KEPT: usize = 1 << 16;

/// One flow that broke.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Suspect {
    /// Names the flow.
    pub first_frame: FrameNumber,
    pub client: IpAddr,
    pub service: Endpoint,
    pub realm: Realm,
    /// Who spoke before it was known to be broken.
    pub speaker: Role,
    /// The last moment that all was well, and the first that it was not: whatever broke it lies between.
    pub between: (Timestamp, Timestamp),
    /// Until when it was tried.
    pub over_at: Timestamp,
    pub charge: Charge,
    /// Severity of the flow's worst other claim.
    pub otherwise: Option<Severity>,
}

/// What it is suspected of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::findings) enum Charge {
    /// Cut for being idle this long.
    Idled {
        rule: Rule,
        gap: Span,
        class: SilenceClass,
        /// Last activity before the silence, first after it.
        frames: [FrameNumber; 2],
        certainty: Certainty,
        /// Nothing but probes says so.
        only_probes: bool,
        /// A RST that the host itself may have sent.
        by_its_own_reset: bool,
    },
    /// It broke in use.
    InUse,
}

impl Suspect {
    /// What the claims of a flow make of it.
    pub fn of(flow: &FlowView<'_>, claims: &[Claim]) -> Option<Suspect> {
        let (own, speaker, between, over_at, charge) = claims.iter().find_map(|claim| match claim {
            Claim::Break(facts) => {
                let (speaker, between, over_at, charge) = idled(facts);
                Some((facts.rule(), speaker, between, over_at, charge))
            }
            Claim::NotIdle(facts) => {
                let between = facts.between();
                Some((Rule::NotIdle, facts.mute.peer(), between, between.1, Charge::InUse))
            }
            _ => None,
        })?;
        let others = claims.iter().filter(|claim| claim.rule() != own);
        Some(Suspect {
            first_frame: flow.first_frame(),
            client: flow.endpoint(Role::Initiator).addr,
            service: flow.endpoint(Role::Responder),
            realm: flow.realm(),
            speaker,
            between,
            over_at,
            charge,
            otherwise: others.map(Claim::severity).max(),
        })
    }

    /// The address that did not answer, or in whose name the flow was reset.
    pub fn mute(&self) -> IpAddr {
        match self.speaker {
            Role::Initiator => self.service.addr,
            Role::Responder => self.client,
        }
    }

    /// Who opened it, and to whom.
    pub fn pair(&self) -> (IpAddr, Endpoint, Realm) {
        (self.client, self.service, self.realm)
    }
}

fn idled(facts: &BreakFacts) -> (Role, (Timestamp, Timestamp), Timestamp, Charge) {
    let gap = facts.sequel.gap;
    let charge = Charge::Idled {
        rule: facts.rule(),
        gap: gap.length,
        class: facts.sequel.class(),
        frames: [gap.start_frame, gap.end_frame],
        certainty: facts.certainty,
        only_probes: facts.rests_on_probes(),
        by_its_own_reset: facts.sequel.reset().is_some() && facts.certainty < Certainty::Certain,
    };
    (facts.sequel.speaker, (gap.start_at, facts.spoke_at()), facts.over_at(), charge)
}
