//! Idle limits that the capture itself shows.

use crate::findings::{InferredClock, InferredLimit};
use crate::frame::FrameNumber;
use crate::report::{InferredClockWord, InferredTimeout, Seconds};
use crate::time::Span;

/// Limits told: one for each service, side and clock, so a scan of many services may make many.
const LIMITS_LISTED: usize = 200;

pub(super) fn list(inferred: &[InferredLimit]) -> Vec<InferredTimeout> {
    inferred.iter().take(LIMITS_LISTED).map(line).collect()
}

fn line(limit: &InferredLimit) -> InferredTimeout {
    let speaker = limit.speaker.name();
    let of = match limit.clock {
        InferredClock::Established => format!("{speaker} speaks first"),
        InferredClock::HalfClosed => format!("half-closed, {speaker} speaks first"),
        InferredClock::Payload => format!("payload, closed by the {speaker}"),
    };
    let frames = |frames: [FrameNumber; 2]| match frames {
        [FrameNumber(0), _] => Vec::new(),
        frames => frames.map(|frame| frame.0).to_vec(),
    };
    let survived = &limit.survived;
    InferredTimeout {
        scope: format!("{}, {of}", limit.service),
        service: limit.service.to_string(),
        clock: match limit.clock {
            InferredClock::Established => InferredClockWord::Established,
            InferredClock::HalfClosed => InferredClockWord::HalfClosed,
            InferredClock::Payload => InferredClockWord::Payload,
        },
        speaker: Some(limit.speaker.into()),
        longest_survived_s: (survived.length > Span::ZERO).then(|| Seconds::from(survived.length)),
        survived_frames: frames(survived.frames),
        shortest_cut_s: Some(limit.cut.into()),
        cut_frames: frames(limit.cut_frames),
        survivors: survived.flows,
        cuts: limit.cuts,
        contradictions: limit.contradictions,
        nearest_presets: limit.boxes.iter().map(|id| (*id).to_owned()).collect(),
    }
}
