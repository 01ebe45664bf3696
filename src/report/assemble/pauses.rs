//! Was nobody speaking, or was nobody recording?
//!
//! A pause of the whole capture is held against the recording when three things come together: the capture
//! has many flows, at its usual rate a great many frames were due in that time, and no other pause comes
//! near it. A quiet capture, a nightly job and a regular heartbeat each fail one of them. Verdicts stay as
//! they are: the frames say what they say, and the reader is told what to check.

use crate::pipeline::{Analysis, Pause};
use crate::report::{CapturePause, FlowGap, TrustWord};
use crate::time::{Span, Timestamp};

/// Fewer flows may well be silent together.
const FLOWS: u64 = 64;

/// Frames that were due: even bursty traffic does not miss so many by chance.
const FRAMES_DUE: u128 = 1000;

/// How much longer than the next longest one a pause must be.
const TIMES_THE_NEXT: u64 = 4;

/// The pauses of a capture.
pub(super) struct Pauses {
    /// Longest first.
    all: Vec<Pause>,
    suspect: Option<Pause>,
}

impl Pauses {
    pub fn of(analysis: &Analysis) -> Self {
        let reading = &analysis.reading;
        let span = reading.span();
        let all = reading.pauses.clone();
        let suspect = suspect(&all, analysis.judgement.totals.flows, reading.frames, span);
        Pauses { all, suspect }
    }

    /// As the report lists them.
    pub fn list(&self) -> Vec<CapturePause> {
        let page = |pause: &Pause| CapturePause {
            from: pause.from.into(),
            to: pause.to.into(),
            end_frame: pause.end_frame.0,
            length_s: pause.length().into(),
            trust: if self.suspect == Some(*pause) { TrustWord::Suspect } else { TrustWord::Clean },
        };
        self.all.iter().map(page).collect()
    }

    /// Why a silence may be none, as a clause.
    pub fn doubt(&self, start: Timestamp, length: Span) -> Option<String> {
        let pause = self.suspect.filter(|pause| length > Span::ZERO && pause.fills(start, length))?;
        let common = pause.to.min(start + length).since(pause.from.max(start));
        Some(format!("no frame of any flow was captured for {common} of this gap: was the capture stopped?"))
    }

    /// Marks a gap that such a pause fills.
    pub fn weigh(&self, gap: FlowGap) -> FlowGap {
        match self.doubt(gap.start_at.0, gap.length_s.0) {
            Some(why) if gap.trust == TrustWord::Clean => {
                FlowGap { trust: TrustWord::Suspect, why: Some(why), ..gap }
            }
            _ => gap,
        }
    }
}

fn suspect(pauses: &[Pause], flows: u64, frames: u64, span: Span) -> Option<Pause> {
    let longest = pauses.first().copied()?;
    let next = pauses.get(1).map_or(Pause::SHORTEST, Pause::length);
    let busy = span.saturating_sub(longest.length());
    let due = u128::from(frames) * u128::from(longest.length().as_nanos());
    let unlike_the_rest = longest.length() >= next.times(TIMES_THE_NEXT)
        && flows >= FLOWS
        && due >= FRAMES_DUE * u128::from(busy.as_nanos());
    unlike_the_rest.then_some(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FrameNumber;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_nanos(0) + Span::from_secs(seconds)
    }

    fn pause(from: u64, to: u64) -> Pause {
        Pause { from: at(from), to: at(to), end_frame: FrameNumber(7) }
    }

    fn hour() -> Span {
        Span::from_secs(3600)
    }

    #[test]
    fn half_an_hour_without_a_frame_in_a_busy_hour_is_suspect() {
        let long = pause(600, 2400);
        assert_eq!(suspect(&[long], 200, 50_000, hour()), Some(long));
        assert_eq!(suspect(&[long, pause(2500, 2600)], 200, 50_000, hour()), Some(long));
    }

    #[test]
    fn few_flows_few_frames_and_pauses_like_others_are_not() {
        let long = pause(600, 2400);
        assert_eq!(suspect(&[long], 63, 50_000, hour()), None);
        assert_eq!(suspect(&[long], 200, 500, hour()), None);
        assert_eq!(suspect(&[long, pause(2500, 3100)], 200, 50_000, hour()), None);
        assert_eq!(suspect(&[pause(600, 700)], 200, 50_000, hour()), None, "others of 29 s may be there");
        assert_eq!(suspect(&[], 200, 50_000, hour()), None);
    }

    #[test]
    fn only_silences_that_the_pause_fills_are_doubted() {
        let pauses = Pauses { all: vec![pause(600, 2400)], suspect: Some(pause(600, 2400)) };
        let doubt = pauses.doubt(at(550), Span::from_secs(1860)).unwrap();
        assert_eq!(doubt, "no frame of any flow was captured for 30m of this gap: was the capture stopped?");
        assert_eq!(pauses.doubt(at(0), hour()), None);
        assert_eq!(pauses.list()[0].trust, TrustWord::Suspect);
    }
}
