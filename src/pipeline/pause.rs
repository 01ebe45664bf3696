//! Times in which the whole capture was silent: was nobody speaking, or was nobody recording?

use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

/// Shorter silences of the whole capture say nothing about the recording.
const SHORTEST: Span = Span::from_secs(30);

/// Pauses kept: the longest.
const KEPT: usize = 32;

/// A time without any frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pause {
    /// Last frame before it.
    pub from: Timestamp,
    /// First frame after it.
    pub to: Timestamp,
    /// That frame.
    pub end_frame: FrameNumber,
}

impl Pause {
    /// Shorter ones are not kept.
    pub const SHORTEST: Span = SHORTEST;

    /// How long it was.
    pub fn length(&self) -> Span {
        self.to.since(self.from)
    }

    /// Whether it fills nearly all (nine tenths) of a silence.
    pub fn fills(&self, start: Timestamp, length: Span) -> bool {
        let end = start + length;
        let common = self.to.min(end).since(self.from.max(start));
        u128::from(common.as_nanos()) * 10 >= u128::from(length.as_nanos()) * 9
    }
}

/// The longest pauses.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    longest: Vec<Pause>,
}

impl Pauses {
    /// Takes note of the time between the latest frame so far and the next one.
    pub fn frame(&mut self, last_at: Timestamp, at: Timestamp, number: FrameNumber) {
        if last_at != Timestamp::MIN && at.since(last_at) >= SHORTEST {
            self.note(Pause { from: last_at, to: at, end_frame: number });
        }
    }

    #[cold]
    fn note(&mut self, pause: Pause) {
        let at = self.longest.partition_point(|kept| kept.length() >= pause.length());
        if at < KEPT {
            self.longest.truncate(KEPT - 1);
            self.longest.insert(at, pause);
        }
    }

    /// Longest first.
    pub fn into_list(self) -> Vec<Pause> {
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_fills_a_gap_only_when_it_covers_nine_tenths() {
        let at = |seconds: i64| Timestamp::from_nanos(seconds * 1_000_000_000);
        let pause = Pause { from: at(100), to: at(200), end_frame: FrameNumber(7) };
        assert!(pause.fills(at(100), Span::from_secs(100)));
        assert!(pause.fills(at(95), Span::from_secs(110)));
        assert!(!pause.fills(at(50), Span::from_secs(150)));
        assert!(!pause.fills(at(300), Span::from_secs(10)));
    }
}
