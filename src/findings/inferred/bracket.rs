//! The limit of one service.

use super::witnesses::{Break, Weight};
use super::{InferredClock, InferredLimit, InferredScope, InferredStand, LimitChange, Survivors};
use crate::findings::others::Outlived;
use crate::flow::{Role, Service};
use crate::time::Span;

/// Breaks from which on they show a box, or a limit, of their own.
const BREAKS_OF_A_BOX: usize = 2;

/// One limit whoever speaks first; one for each side where that explains what would contradict.
pub(super) fn of_service(
    (service, clock): (Service, InferredClock),
    survived: &Survivors,
    breaks: &[&Break],
) -> Vec<InferredLimit> {
    let side = |speaker: Option<Role>| of_side((service, clock), speaker, survived, breaks);
    let joined = side(None);
    if joined.as_ref().is_none_or(InferredLimit::has_number) {
        return joined.into_iter().collect();
    }
    let sides: Vec<InferredLimit> = Role::BOTH.into_iter().filter_map(|role| side(Some(role))).collect();
    if sides.iter().any(InferredLimit::has_number) { sides } else { joined.into_iter().collect() }
}

fn of_side(
    (service, clock): (Service, InferredClock),
    speaker: Option<Role>,
    survivors: &Survivors,
    breaks: &[&Break],
) -> Option<InferredLimit> {
    let theirs = |broke: &&&Break| speaker.is_none_or(|speaker| broke.speaker == speaker);
    let (sound, doubted): (Vec<&Break>, Vec<&Break>) =
        breaks.iter().filter(theirs).partition(|broke| broke.weight == Weight::Stands);
    let survived = survivors.of(clock, speaker);
    let outlived = |broke: &&&Break| broke.length <= survived.length;
    let against: Vec<&Break> = sound.iter().chain(&doubted).filter(outlived).copied().collect();
    let refuted = sound.iter().any(|broke| outlived(&broke));

    // Clients vanish at any time: only a break that is sure speaks up against what others survived.
    let sure = against.iter().any(|broke| broke.weight == Weight::ContradictedThoughCertain);
    let conflict = refuted || sure && against.len() > sound.len();
    if sound.is_empty() && !conflict {
        return None;
    }
    let shortest = shortest(if conflict { &against } else { &sound })?;
    let stand = if conflict {
        InferredStand::Conflict(change(&survived, &against))
    } else {
        second_box(&sound).unwrap_or(InferredStand::Bracket)
    };
    let other = speaker.map(|speaker| survivors.of(clock, Some(speaker.peer())));
    Some(InferredLimit {
        scope: InferredScope::Service(service),
        services: 1,
        speaker,
        clock,
        stand,
        survived,
        other_side: other.filter(|other| other.length > Span::ZERO),
        cut: shortest.length,
        cut_frames: shortest.frames,
        cuts: sound.len() as u64,
        contradictions: against.len() as u64,
        members: sound.iter().map(|broke| broke.flow).take(super::MEMBERS_KEPT).collect(),
        is_unwanted: true,
        is_clock_shown: sound.iter().any(|broke| broke.is_clock_shown),
        boxes: Vec::new(),
    })
}

fn shortest<'a>(breaks: &[&'a Break]) -> Option<&'a Break> {
    breaks.iter().min_by_key(|broke| (broke.length, broke.frames)).copied()
}

/// Silences without an answer, all shorter than those that a RST ended.
fn second_box(sound: &[&Break]) -> Option<InferredStand> {
    let (resets, silent): (Vec<&Break>, Vec<&Break>) = sound.iter().partition(|broke| broke.by_reset);
    let first = shortest(&resets)?;
    let longest_silent = silent.iter().map(|broke| broke.length).max()?;
    let several = silent.len() >= BREAKS_OF_A_BOX && resets.len() >= BREAKS_OF_A_BOX;
    (several && longest_silent < first.length)
        .then_some(InferredStand::TwoBoxes { reset_from: first.length, frames: first.frames })
}

/// Whether one moment, and not chance, parts the longest survived silence from all that contradict it.
fn change(survived: &Outlived, against: &[&Break]) -> Option<LimitChange> {
    if against.len() < BREAKS_OF_A_BOX {
        return None;
    }
    let first_began = against.iter().map(|broke| broke.began_at).min()?;
    let last_ended = against.iter().map(|broke| broke.ended_at()).max()?;
    if first_began >= survived.ended_at {
        Some(LimitChange::Lowered { after: survived.ended_at })
    } else if last_ended <= survived.began_at() {
        Some(LimitChange::Raised { after: last_ended })
    } else {
        None
    }
}
