//! What limits are read from: silences that broke flows, and those that others survived.

use super::bracket::of_service;
use super::{InferredClock, InferredLimit, InferredScope, InferredStand, Survivors, agreement, sort};
use crate::findings::finding::Certainty;
use crate::findings::observed::{Charge, CloseAtLimit, Outlived, Review, Suspect};
use crate::findings::rule::Rule;
use crate::flow::{Role, Service};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// How much a break says of a timer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::findings) enum Weight {
    /// At least likely for being idle.
    Stands,
    /// Others survived as long a silence; without them it would stand.
    Contradicted,
    /// The same, and it would be certain.
    ContradictedThoughCertain,
}

/// A flow that broke at the end of a silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::findings) struct Break {
    pub service: Service,
    pub clock: InferredClock,
    /// Who ended the silence.
    pub speaker: Role,
    pub length: Span,
    /// Last activity before it, first after it.
    pub frames: [FrameNumber; 2],
    pub began_at: Timestamp,
    /// By RST, not by silence.
    pub by_reset: bool,
    pub weight: Weight,
}

/// All of a capture: kept, so that what another capture proves can be laid beside it.
#[derive(Clone, Debug, Default)]
pub(in crate::findings) struct Witnesses {
    breaks: Vec<Break>,
    /// Of services that have breaks.
    survivors: BTreeMap<Service, Survivors>,
    /// Limits of payload, which closes show by themselves.
    closes: Vec<InferredLimit>,
}

impl Witnesses {
    pub fn of(
        suspects: &[Suspect],
        reviews: &HashMap<FrameNumber, Review>,
        limits: &[CloseAtLimit],
        survived: impl Fn(Service) -> (Survivors, Span),
    ) -> Witnesses {
        let mut breaks: Vec<Break> = suspects
            .iter()
            .filter_map(|suspect| Break::of(suspect, reviews.get(&suspect.first_frame)?))
            .collect();
        breaks.sort_unstable_by_key(|broke| (broke.began_at, broke.frames, broke.service));
        let mut survivors = BTreeMap::new();
        for broke in &breaks {
            survivors.entry(broke.service).or_insert_with(|| survived(broke.service).0);
        }
        let of_closes = |limit: &CloseAtLimit| {
            let (endpoint, realm) = limit.service;
            let (_, longest) = survived(Service { endpoint, realm });
            InferredLimit::of_closes(limit, longest)
        };
        let repeated = limits.iter().filter(|limit| !limit.is_single());
        Witnesses { breaks, survivors, closes: repeated.map(of_closes).collect() }
    }

    /// Adds a break that is proven afterwards.
    pub fn add(&mut self, broke: Break, survived: Survivors) {
        self.breaks.push(broke);
        self.survivors.entry(broke.service).or_insert(survived);
    }

    /// Takes away a break that may have another reason.
    pub fn remove(&mut self, service: Service, frames: [FrameNumber; 2]) {
        self.breaks.retain(|broke| (broke.service, broke.frames) != (service, frames));
    }

    /// Brackets limits; the most cuts first.
    pub fn infer(&self) -> Vec<InferredLimit> {
        let mut groups: BTreeMap<(Service, InferredClock), Vec<&Break>> = BTreeMap::new();
        for broke in &self.breaks {
            groups.entry((broke.service, broke.clock)).or_default().push(broke);
        }
        let mut limits: Vec<InferredLimit> = Vec::new();
        for ((service, clock), breaks) in groups {
            let survived = self.survivors.get(&service).copied().unwrap_or_default();
            limits.extend(of_service((service, clock), &survived, &breaks));
        }
        limits.extend(agreement::of(&limits));
        limits.extend_from_slice(&self.closes);
        for limit in &mut limits {
            limit.name_boxes();
        }
        sort(&mut limits);
        limits
    }
}

impl Break {
    fn of(suspect: &Suspect, review: &Review) -> Option<Break> {
        let Charge::Idled { rule, gap, class, frames, certainty, .. } = suspect.charge else { return None };
        let weight = if review.certainty >= Some(Certainty::Likely) {
            Weight::Stands
        } else if review.contradicted && review.certain_alone {
            Weight::ContradictedThoughCertain
        } else if review.contradicted && certainty >= Certainty::Likely {
            Weight::Contradicted
        } else {
            return None;
        };
        Some(Break {
            service: Service { endpoint: suspect.service, realm: suspect.realm },
            clock: InferredClock::of(class),
            speaker: suspect.speaker,
            length: gap,
            frames,
            began_at: suspect.between.0,
            by_reset: rule == Rule::ObservedReset,
            weight,
        })
    }

    pub fn ended_at(&self) -> Timestamp {
        self.began_at + self.length
    }
}

impl InferredLimit {
    /// The limit at which one side closes.
    fn of_closes(limit: &CloseAtLimit, longest_survived: Span) -> InferredLimit {
        let (endpoint, realm) = limit.service;
        let shortest = limit.closings.iter().min_by_key(|closing| (closing.length, closing.frames));
        InferredLimit {
            scope: InferredScope::Service(Service { endpoint, realm }),
            services: 1,
            speaker: Some(limit.closer),
            clock: InferredClock::Payload,
            stand: InferredStand::Exact,
            survived: Outlived { length: longest_survived, ..Outlived::default() },
            other_side: None,
            cut: limit.lengths.0,
            cut_frames: shortest.map_or_else(Default::default, |closing| closing.frames),
            cuts: limit.closings.len() as u64,
            contradictions: 0,
            boxes: Vec::new(),
        }
    }
}
