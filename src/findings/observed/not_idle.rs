//! `not-idle`: the flow failed, and no silence precedes it.
//!
//! Claims that the flow broke while it was in use: its segments went unanswered until the sender slowed down or gave
//! up, or the service reset it while it owed an acknowledgment. Clears idling, names no other cause. Real traffic is
//! full of resets by which a client leaves; those are no failures and are not told.

use super::culprit;
use crate::findings::case::Case;
use crate::findings::phrase;
use crate::findings::rule::Rule;
use crate::findings::rules::{Statement, Telling};
use crate::flow::{Fate, Phase, ResetSeen, Role, Sequel, SilenceClass};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

/// Retransmissions without progress from which loss no longer explains it.
const TRIES: u32 = 3;

/// A flow that failed in use.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct NotIdleFacts {
    pub failure: Failure,
    /// The end that did not answer, or in whose name it was reset.
    pub mute: Role,
    /// When that end was last heard.
    heard_at: Timestamp,
    /// No silence of at least this length came before.
    floor: Span,
    /// The longest that it had survived.
    survived: Option<Span>,
}

/// How it failed.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) enum Failure {
    /// Payload under way had no answer.
    Unanswered(Sequel),
    /// Reset with payload under way.
    Reset(ResetSeen),
}

pub(super) fn judge(case: &Case<'_>) -> Option<NotIdleFacts> {
    let failure = dead_path(case).or_else(|| reset(case))?;
    let survived = case.sequels.longest_survived(SilenceClass::Established);
    let mute = match &failure {
        Failure::Unanswered(sequel) => sequel.speaker.peer(),
        Failure::Reset(reset) => reset.sender,
    };
    Some(NotIdleFacts {
        failure,
        mute,
        heard_at: case.last_heard[mute.index()],
        floor: case.terms.silence_floor(),
        survived: survived.map(|survived| survived.gap.length),
    })
}

fn dead_path(case: &Case<'_>) -> Option<Failure> {
    let sequel = case.sequels.failed()?;
    let Fate::Unanswered(unanswered) = &sequel.fate else { return None };
    let tries = u32::from(sequel.standing.retransmissions).saturating_add(unanswered.repeats);
    let dead = sequel.class() == SilenceClass::Busy && !sequel.standing.zero_window && tries >= TRIES;
    (dead && sequel.is_clean()).then_some(Failure::Unanswered(*sequel))
}

fn reset(case: &Case<'_>) -> Option<Failure> {
    let reset = case.resets[Role::Responder.index()]?;
    let in_use = reset.phase == Phase::Established && reset.in_flight && reset.is_prompted();
    // A silence that it ended, or that what it answers had ended, is not in use.
    let after_silence = case.sequels.failed().is_some_and(|sequel| sequel.reset().is_some());
    (in_use && reset.exact && reset.fins == [false, false] && !after_silence)
        .then_some(Failure::Reset(*reset))
}

impl NotIdleFacts {
    /// Last time that all was well, and when it was known not to be.
    pub fn between(&self) -> (Timestamp, Timestamp) {
        match &self.failure {
            Failure::Unanswered(sequel) => (self.heard_at, sequel.gap.start_at),
            Failure::Reset(reset) => (reset.heard_at.unwrap_or(reset.at), reset.at),
        }
    }
}

impl Statement for NotIdleFacts {
    fn rule(&self) -> Rule {
        Rule::NotIdle
    }

    fn gap(&self) -> Option<Span> {
        self.survived
    }

    fn frames(&self, _: &Telling<'_>) -> Vec<FrameNumber> {
        match &self.failure {
            Failure::Unanswered(sequel) => {
                let mut frames = vec![sequel.gap.start_frame, sequel.gap.end_frame];
                if let Fate::Unanswered(unanswered) = sequel.fate {
                    frames.push(unanswered.last_frame);
                }
                frames
            }
            Failure::Reset(reset) => {
                reset.trigger.iter().map(|trigger| trigger.frame).chain([reset.frame]).collect()
            }
        }
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.between().1)
    }

    fn summary(&self, _: &Telling<'_>) -> String {
        let what = match &self.failure {
            Failure::Unanswered(sequel) => format!(
                "the {}'s payload went unanswered while the flow was in use (retransmitted since before frame {})",
                sequel.speaker.name(),
                sequel.gap.end_frame
            ),
            Failure::Reset(reset) => {
                format!("reset in frame {} while the flow was in use; {}", reset.frame, culprit::words(reset))
            }
        };
        let longest = match self.survived {
            Some(survived) => format!("its longest silence, {survived}, it survived"),
            None => format!("no silence of {} or more came before", self.floor),
        };
        format!("{what}: {longest}, so idling is not the cause")
    }

    fn advice(&self, told: &Telling<'_>) -> String {
        match &self.failure {
            Failure::Unanswered(sequel) => format!(
                "Look for what happened to {} or to the path at {}.",
                told.flow.endpoint(sequel.speaker.peer()),
                phrase::clock(self.between().0)
            ),
            Failure::Reset(reset) => format!(
                "Look into the log of {} at {}: timeouts and keepalive will not cure this.",
                told.flow.endpoint(reset.sender),
                phrase::clock(reset.at)
            ),
        }
    }
}
