//! Flows that broke, laid side by side: what one flow cannot show, others do.
//!
//! A silent end is proven to live by a later packet in another flow. Flows of one host that broke in use at the moment
//! that all its others broke at tell of lost state or a restart, and a longer silence that another flow of the same
//! service survived tells that no timer of that length is there: such claims are withdrawn. The result depends on the
//! set of flows alone, not on the workers that followed them.

use super::distance::AllDistances;
use super::heard::AllHeard;
use super::outlived::Outlived;
use super::reconnect::{ReconnectFacts, SOON};
use super::start::AllStarts;
use super::suspect::{Charge, Suspect};
use crate::findings::finding::Certainty;
use crate::findings::phrase;
use crate::findings::rule::Rule;
use crate::flow::{Role, SilenceClass};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};
use hashbrown::HashMap;
use std::net::IpAddr;

/// What other flows add to a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::findings) enum Ground {
    /// Nothing.
    Alone,
    /// The silent end was heard in another flow at this time, while it should have answered here.
    PeerLivesOn(Timestamp),
    /// The same, but several hosts answer under its address: another may have been heard.
    AddressLivesOn(Timestamp),
    /// The silent end's address opened a flow itself.
    PeerReconnected(FrameNumber),
    /// Several flows of the service broke like this, and none did after a shorter silence.
    Others {
        flows: u64,
        /// The longest silence that any flow of the service survived.
        survived: Span,
    },
}

impl Ground {
    /// As a clause about the silent address; `None`: nothing to say.
    pub fn words(&self, mute: IpAddr) -> Option<String> {
        match self {
            Ground::Alone => None,
            Ground::PeerLivesOn(at) => Some(format!(
                "meanwhile {mute} was heard in another flow (last at {}), so the path had forgotten this one",
                phrase::clock(*at)
            )),
            Ground::AddressLivesOn(at) => Some(format!(
                "meanwhile {mute} was heard in another flow (last at {}), but answers come from it over different numbers \
                 of hops: several hosts share that address, and it may have been another; a capture on its side of the box \
                 would tell",
                phrase::clock(*at)
            )),
            Ground::PeerReconnected(frame) => Some(format!(
                "{mute} opened a new flow in frame {frame}, so its host lives, unless several share that address"
            )),
            Ground::Others { flows, survived } => Some(format!(
                "{flows} flows of this service broke like this, all after longer silences than the {survived} that \
                 others survived: a box's timer, probably"
            )),
        }
    }

    pub fn frame(&self) -> Option<FrameNumber> {
        match self {
            Ground::PeerReconnected(frame) => Some(*frame),
            _ => None,
        }
    }
}

/// What becomes of one flow's claim.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Review {
    /// As it stands now; `None`: withdrawn.
    pub certainty: Option<Certainty>,
    pub ground: Ground,
    /// The flow that followed.
    pub reconnect: Option<ReconnectFacts>,
    /// The longest silence that any flow of its service survived when the same side ended it.
    pub survived: Span,
    /// Withdrawn because of that.
    pub contradicted: bool,
    /// Certain, had nothing contradicted it.
    pub certain_alone: bool,
}

/// The longest silence that flows of each service survived, established, by who ended it.
pub(in crate::findings) type SurvivedSilences = HashMap<(Endpoint, Realm), [Outlived; 2]>;

/// What tells whether a host lived.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Lives<'a> {
    pub heard: &'a AllHeard,
    pub starts: &'a AllStarts,
    pub distances: &'a AllDistances,
}

/// Reviews the claims of flows that broke; by the first frame of each.
pub(in crate::findings) fn review(
    suspects: &[Suspect],
    services: &SurvivedSilences,
    known: &Lives<'_>,
) -> HashMap<FrameNumber, Review> {
    let mut by_mute: HashMap<(IpAddr, Realm), Vec<&Suspect>> = HashMap::new();
    let mut alike = Alike::new();
    for suspect in suspects {
        by_mute.entry((suspect.mute(), suspect.realm)).or_default().push(suspect);
        if let Charge::Idled { rule, gap, .. } = suspect.charge
            && gap > survived_beside(services, suspect)
        {
            *alike.entry((suspect.service, suspect.realm, suspect.speaker, rule)).or_default() += 1;
        }
    }
    let mut reviews = HashMap::new();
    for group in by_mute.into_values().map(Group::of) {
        for suspect in &group.suspects {
            let survived = survived_beside(services, suspect);
            let kin = match suspect.charge {
                Charge::Idled { rule, .. } => {
                    alike.get(&(suspect.service, suspect.realm, suspect.speaker, rule)).copied().unwrap_or(0)
                }
                Charge::InUse => 0,
            };
            let lives = lives_on(suspect, known);
            if let Some((certainty, ground)) = weigh(suspect, &group, survived, kin, lives) {
                let alone = weigh(suspect, &group, Span::ZERO, 0, lives);
                reviews.insert(
                    suspect.first_frame,
                    Review {
                        survived,
                        certain_alone: alone.is_some_and(|(alone, _)| alone == Some(Certainty::Certain)),
                        contradicted: is_contradicted(suspect, survived) && !group.together,
                        ..conclude(suspect, certainty, ground, known.starts)
                    },
                );
            }
        }
    }
    reviews
}

/// The longest silence that any flow of the suspect's service survived when the same side ended it.
fn survived_beside(services: &SurvivedSilences, suspect: &Suspect) -> Span {
    let service = services.get(&(suspect.service, suspect.realm));
    service.map_or(Span::ZERO, |survived| survived[suspect.speaker.index()].length)
}

/// Whether the silent end was heard while it should have answered. Of a client its address says so, which hosts
/// behind a NAT share.
fn lives_on(suspect: &Suspect, known: &Lives<'_>) -> Option<Ground> {
    match suspect.speaker {
        Role::Initiator => {
            let host = (suspect.mute(), suspect.realm);
            let at = known.heard.last_within(host, suspect.between.1, suspect.over_at)?;
            let shared = known.distances.differ(host);
            Some(if shared { Ground::AddressLivesOn(at) } else { Ground::PeerLivesOn(at) })
        }
        Role::Responder => known
            .starts
            .first_within(suspect.pair(), suspect.between.1, suspect.over_at + SOON)
            .map(|(frame, _)| Ground::PeerReconnected(frame)),
    }
}

/// Whether another flow survived as long a silence.
fn is_contradicted(suspect: &Suspect, survived: Span) -> bool {
    let Charge::Idled { gap, class, .. } = suspect.charge else { return false };
    class == SilenceClass::Established && survived >= gap
}

/// What the claim is worth beside the others; the certainty is `None` when it is withdrawn.
fn weigh(
    suspect: &Suspect,
    group: &Group<'_>,
    survived: Span,
    kin: u64,
    lives: Option<Ground>,
) -> Option<(Option<Certainty>, Ground)> {
    let Charge::Idled { certainty, only_probes, by_its_own_reset, .. } = suspect.charge else {
        return None;
    };
    let outlived = is_contradicted(suspect, survived);
    Some(if group.together || outlived {
        (None, Ground::Alone)
    } else if certainty == Certainty::Certain {
        (Some(certainty), Ground::Alone)
    } else if by_its_own_reset {
        // A restart resets whatever was open; a timer only what was silent for long, at different times.
        if kin >= 2 && survived > Span::ZERO && !group.one_instant {
            (Some(Certainty::Likely), Ground::Others { flows: kin, survived })
        } else {
            (Some(certainty), Ground::Alone)
        }
    } else {
        match lives {
            Some(ground @ Ground::PeerLivesOn(_)) => (Some(Certainty::Certain), ground),
            _ if only_probes => (None, Ground::Alone),
            Some(Ground::AddressLivesOn(_)) if group.one_instant && !group.is_alone() => {
                (Some(Certainty::Possible), Ground::Alone)
            }
            Some(ground) => (Some(certainty), ground),
            None if group.one_instant && !group.is_alone() => (Some(Certainty::Possible), Ground::Alone),
            None => (Some(certainty), Ground::Alone),
        }
    })
}

fn conclude(suspect: &Suspect, certainty: Option<Certainty>, ground: Ground, starts: &AllStarts) -> Review {
    let (spoke_at, who) = (suspect.between.1, suspect.pair());
    let successor = starts.first_within(who, spoke_at, suspect.over_at + SOON);
    let reconnect = successor.filter(|_| certainty.is_some()).map(|(frame, at)| {
        let window = suspect.over_at.since(spoke_at) + SOON;
        let usual = starts.count_within(who, spoke_at - window, window);
        let certainty = if usual > 0 { Certainty::Possible } else { Certainty::Likely };
        ReconnectFacts { frame, at, spoke_at, certainty }
    });
    Review { certainty, ground, reconnect, survived: Span::ZERO, contradicted: false, certain_alone: false }
}

/// Flows that broke under one silent address.
struct Group<'a> {
    suspects: Vec<&'a Suspect>,
    /// One instant may have broken them all: the last moment that any was well is before the first that any was known
    /// to be broken.
    one_instant: bool,
    /// One that broke in use is among them, and one instant may have broken it with all others: lost state, a
    /// restart, a dead path.
    together: bool,
}

impl<'a> Group<'a> {
    fn of(suspects: Vec<&'a Suspect>) -> Self {
        let last_well = suspects.iter().map(|suspect| suspect.between.0).max().unwrap_or_default();
        let first_broken = suspects.iter().map(|suspect| suspect.between.1).min().unwrap_or_default();
        let spans = |suspect: &&&Suspect| suspect.between.0 <= first_broken && last_well <= suspect.between.1;
        let together = suspects.iter().filter(spans).any(|suspect| suspect.charge == Charge::InUse);
        Group { one_instant: last_well <= first_broken, together, suspects }
    }

    fn is_alone(&self) -> bool {
        self.suspects.len() == 1
    }
}

/// How many flows of a service broke after a silence of a kind that was longer than any survived.
type Alike = HashMap<(Endpoint, Realm, Role, Rule), u64>;
