//! Idle limits that the capture itself shows: between the longest silence that flows of a service survived and the
//! shortest at whose end one broke.
//!
//! Kept apart by what would mix timers: the service, who ended the silence (loose trackers forgive one side only),
//! whether one side had closed, and whether packets or payload restart the timer.

use super::finding::Certainty;
use super::observed::{Charge, CloseAtLimit, Outlived, Review, Suspect};
use crate::flow::{Role, SilenceClass};
use crate::frame::FrameNumber;
use crate::policy::presets::{self, Preset};
use crate::segment::{Endpoint, Realm};
use crate::time::Span;
use hashbrown::HashMap;

/// What restarts the timer, and in which state it runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InferredClock {
    /// Any packet, both ways open.
    Established,
    /// Any packet, one side closed.
    HalfClosed,
    /// Payload.
    Payload,
}

/// An idle limit, bracketed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InferredLimit {
    /// Service of the flows.
    pub service: Endpoint,
    /// Network its address is meant in.
    pub realm: Realm,
    /// Who ended the silences; of [`InferredClock::Payload`], who closed.
    pub speaker: Role,
    /// What restarts the timer.
    pub clock: InferredClock,
    /// The longest silence survived, its frames, and how many flows survived one.
    pub survived: Outlived,
    /// The shortest silence at whose end a flow broke, and its frames.
    pub cut: Span,
    /// Last activity before that silence, first after it.
    pub cut_frames: [FrameNumber; 2],
    /// Flows that broke, at least likely for being idle.
    pub cuts: u64,
    /// Flows that broke after a silence that others survived: no one timer explains both.
    pub contradictions: u64,
    /// Ids of the boxes whose limit lies between; empty where there are contradictions, or nothing was survived.
    pub boxes: Vec<&'static str>,
}

type Group = (Endpoint, Realm, InferredClock, Role);

/// Brackets limits; the most cuts first.
pub(super) fn infer(
    suspects: &[Suspect],
    reviews: &HashMap<FrameNumber, Review>,
    limits: &[CloseAtLimit],
    survived: impl Fn((Endpoint, Realm)) -> ([Outlived; 2], Span),
) -> Vec<InferredLimit> {
    let mut groups: HashMap<Group, InferredLimit> = HashMap::new();
    for suspect in suspects {
        let Charge::Idled { gap, class, frames, .. } = suspect.charge else { continue };
        let Some(review) = reviews.get(&suspect.first_frame) else { continue };
        let stands = review.certainty >= Some(Certainty::Likely);
        if !stands && !review.contradicted {
            continue;
        }
        let clock = InferredClock::of(class);
        let (by_speaker, _) = survived((suspect.service, suspect.realm));
        let outlived = clock.outlived(by_speaker[suspect.speaker.index()]);
        let group = (suspect.service, suspect.realm, clock, suspect.speaker);
        let limit = groups.entry(group).or_insert_with(|| InferredLimit::new(group, outlived));
        if stands {
            limit.note_cut(gap, frames);
        } else {
            limit.contradictions += 1;
        }
    }
    for closed in limits {
        let (service, realm) = closed.service;
        let group = (service, realm, InferredClock::Payload, closed.closer);
        let (_, longest) = survived(closed.service);
        let outlived = Outlived { length: longest, ..Outlived::default() };
        let limit = groups.entry(group).or_insert_with(|| InferredLimit::new(group, outlived));
        for closing in &closed.closings {
            limit.note_cut(closing.length, closing.frames);
        }
    }
    let mut inferred: Vec<InferredLimit> = groups.into_values().filter(|limit| limit.cuts > 0).collect();
    for limit in &mut inferred {
        limit.name_boxes();
    }
    sort(&mut inferred);
    inferred
}

/// The most cuts first.
fn sort(inferred: &mut [InferredLimit]) {
    inferred.sort_by_key(|limit| {
        (std::cmp::Reverse(limit.cuts), limit.service, limit.realm, limit.clock, limit.speaker)
    });
}

/// Adds a flow that is known afterwards to have broken for being idle.
pub(super) fn add_cut(
    inferred: &mut Vec<InferredLimit>,
    (service, realm): (Endpoint, Realm),
    (speaker, class): (Role, SilenceClass),
    survived: Outlived,
    (gap, frames): (Span, [FrameNumber; 2]),
) {
    let clock = InferredClock::of(class);
    let group = (service, realm, clock, speaker);
    let place = inferred
        .iter()
        .position(|limit| (limit.service, limit.realm, limit.clock, limit.speaker) == group)
        .unwrap_or_else(|| {
            inferred.push(InferredLimit::new(group, clock.outlived(survived)));
            inferred.len() - 1
        });
    let limit = &mut inferred[place];
    limit.note_cut(gap, frames);
    limit.name_boxes();
    sort(inferred);
}

/// Takes away a flow that may have broken for another reason. `left` is the shortest of the other silences that are
/// known.
pub(super) fn remove_cut(
    inferred: &mut Vec<InferredLimit>,
    (service, realm): (Endpoint, Realm),
    (speaker, class): (Role, SilenceClass),
    frames: [FrameNumber; 2],
    left: Option<(Span, [FrameNumber; 2])>,
) {
    let group = (service, realm, InferredClock::of(class), speaker);
    let mut limits = inferred.iter_mut();
    let found = limits.find(|limit| (limit.service, limit.realm, limit.clock, limit.speaker) == group);
    let Some(limit) = found else { return };
    limit.cuts = limit.cuts.saturating_sub(1);
    if limit.cut_frames == frames
        && let Some((gap, frames)) = left
    {
        (limit.cut, limit.cut_frames) = (gap, frames);
    }
    limit.name_boxes();
    inferred.retain(|limit| limit.cuts > 0);
    sort(inferred);
}

impl InferredClock {
    fn of(class: SilenceClass) -> Self {
        match class {
            SilenceClass::HalfClosed => InferredClock::HalfClosed,
            _ => InferredClock::Established,
        }
    }

    /// What is known to survive says nothing of half-closed flows: it was counted of established ones.
    fn outlived(self, established: Outlived) -> Outlived {
        if self == InferredClock::HalfClosed { Outlived::default() } else { established }
    }
}

impl InferredLimit {
    fn new((service, realm, clock, speaker): Group, survived: Outlived) -> Self {
        InferredLimit {
            service,
            realm,
            speaker,
            clock,
            survived,
            cut: Span::MAX,
            cut_frames: [FrameNumber(0); 2],
            cuts: 0,
            contradictions: 0,
            boxes: Vec::new(),
        }
    }

    fn note_cut(&mut self, gap: Span, frames: [FrameNumber; 2]) {
        self.cuts += 1;
        if (gap, frames) < (self.cut, self.cut_frames) {
            self.cut = gap;
            self.cut_frames = frames;
        }
    }

    fn name_boxes(&mut self) {
        self.boxes.clear();
        // A close is its timer's, exact but for the delay of a busy host; a silence only bounds one.
        let low = match self.clock {
            InferredClock::Payload => self.cut.times(99).divided_by(100),
            _ => self.survived.length,
        };
        if self.contradictions > 0 || low == Span::ZERO || low > self.cut {
            return;
        }
        let wanted = self.clock != InferredClock::Payload;
        let counts = |id: &&'static str| match presets::find(id) {
            Ok(Preset::Middlebox(middlebox)) => middlebox.refresh.counts_packets() == wanted,
            Ok(Preset::Endpoint(_)) | Err(_) => false,
        };
        // Half-closed timers are not in the catalogue's brackets.
        if self.clock != InferredClock::HalfClosed {
            self.boxes = presets::presets_within(low..=self.cut).into_iter().filter(counts).collect();
        }
    }
}
