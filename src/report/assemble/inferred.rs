//! Idle limits that the capture itself shows.

use crate::findings::{InferredClock, InferredLimit, InferredScope, InferredStand, Outlived};
use crate::frame::FrameNumber;
use crate::pipeline::Analysis;
use crate::report::{
    ClockWord, InferredScopeWord, InferredStandWord, InferredStateWord, InferredTimeout, Seconds,
};
use crate::time::Span;

/// Limits told: one for each service, side and clock, so a scan of many services may make many.
const LIMITS_LISTED: usize = 200;

pub(super) fn list(analysis: &Analysis) -> Vec<InferredTimeout> {
    analysis.judgement.inferred.iter().take(LIMITS_LISTED).map(|limit| line(analysis, limit)).collect()
}

fn line(analysis: &Analysis, limit: &InferredLimit) -> InferredTimeout {
    let survived = &limit.survived;
    let (of, service) = match limit.scope {
        InferredScope::Service(service) => (service.endpoint.to_string(), service.endpoint.to_string()),
        InferredScope::Server(address, _) => {
            (format!("{address}, {} ports that agree", limit.services), address.to_string())
        }
        InferredScope::Services => (format!("{} services that agree", limit.services), String::new()),
    };
    InferredTimeout {
        scope: [Some(of), which(limit)].into_iter().flatten().collect::<Vec<_>>().join(", "),
        scope_kind: match limit.scope {
            InferredScope::Service(_) => InferredScopeWord::Service,
            InferredScope::Server(..) => InferredScopeWord::Server,
            InferredScope::Services => InferredScopeWord::Services,
        },
        service,
        services: limit.services,
        state: match limit.clock {
            InferredClock::HalfClosed => InferredStateWord::HalfClosed,
            InferredClock::Established | InferredClock::Payload => InferredStateWord::Established,
        },
        clock: Some(clock_of(limit)),
        members: limit.members.iter().map(|first_frame| analysis.id_of(*first_frame)).collect(),
        speaker: limit.speaker.map(Into::into),
        stand: match limit.stand {
            InferredStand::Bracket => InferredStandWord::Bracket,
            InferredStand::Exact => InferredStandWord::Exact,
            InferredStand::TwoBoxes { .. } => InferredStandWord::TwoBoxes,
            InferredStand::Conflict(_) => InferredStandWord::Conflict,
        },
        longest_survived_s: (survived.length > Span::ZERO).then(|| Seconds::from(survived.length)),
        survived_frames: frames(survived.frames),
        shortest_cut_s: Some(limit.cut.into()),
        cut_frames: frames(limit.cut_frames),
        reset_from_s: match limit.stand {
            InferredStand::TwoBoxes { reset_from, .. } => Some(reset_from.into()),
            _ => None,
        },
        other_side_survived_s: limit.other_side.map(|Outlived { length, .. }| length.into()),
        survivors: survived.flows,
        cuts: limit.cuts,
        contradictions: limit.contradictions,
        nearest_presets: limit.boxes.iter().map(|id| (*id).to_owned()).collect(),
        meaning: limit.meaning(),
        display_filter: limit.display_filter(),
    }
}

/// What restarts the timer, as far as the capture shows.
pub(super) fn clock_of(limit: &InferredLimit) -> ClockWord {
    match limit.clock {
        _ if !limit.is_clock_shown => ClockWord::Unknown,
        InferredClock::Payload => ClockWord::Payload,
        InferredClock::Established | InferredClock::HalfClosed => ClockWord::Any,
    }
}

/// Which of their silences.
fn which(limit: &InferredLimit) -> Option<String> {
    let speaker = limit.speaker.map(|speaker| speaker.name());
    match (limit.clock, speaker) {
        (InferredClock::Established, None) => None,
        (InferredClock::Established, Some(speaker)) => Some(format!("{speaker} speaks first")),
        (InferredClock::HalfClosed, None) => Some("half-closed".to_owned()),
        (InferredClock::HalfClosed, Some(speaker)) => Some(format!("half-closed, {speaker} speaks first")),
        (InferredClock::Payload, None) => Some("payload".to_owned()),
        (InferredClock::Payload, Some(speaker)) => Some(format!("payload, closed by the {speaker}")),
    }
}

fn frames(frames: [FrameNumber; 2]) -> Vec<u64> {
    match frames {
        [FrameNumber(0), _] => Vec::new(),
        frames => frames.map(|frame| frame.0).to_vec(),
    }
}
