//! `observed-silent-drop`, `observed-reset`, and the observed form of `half-closed-idle`: the flow broke at the end
//! of a silence.
//!
//! Claims that the flow was silent longer than it ever survived, and that what ended the silence was sent again and
//! again without answer, was refused by a RST that its claimed sender need not have sent, or was itself the RST of a
//! box's timer. Never from one direction alone, across lost segments, after an ICMP error, or while payload was
//! under way or the window closed: then timers of TCP paced the silence, and nobody idled.
//!
//! | certainty | when |
//! | --- | --- |
//! | certain | the RST is proven to be a box's, or the silent host answered other flows meanwhile |
//! | likely | nothing else explains it in this flow |
//! | possible | a RST that the host itself may have sent |

use super::culprit;
use super::review::Ground;
use crate::findings::case::Case;
use crate::findings::finding::Certainty;
use crate::findings::phrase;
use crate::findings::rule::Rule;
use crate::findings::rules::{Statement, Telling};
use crate::flow::{
    Fate, GaveUp, Goodbye, ResetOrigin, ResetSeen, Role, Sequel, SilenceClass, Survived, Unanswered,
};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

/// A flow that broke at the end of a silence.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct BreakFacts {
    pub sequel: Sequel,
    /// The longest silence of this kind that it had survived.
    pub survived: Option<Survived>,
    pub certainty: Certainty,
    /// What other flows add.
    pub ground: Ground,
    /// What was lost may have been a goodbye.
    goodbye: Option<Goodbye>,
}

pub(super) fn judge(case: &Case<'_>) -> Option<BreakFacts> {
    let sequel = *case.sequels.failed()?;
    let class = sequel.class();
    let comparable = matches!(class, SilenceClass::Established | SilenceClass::HalfClosed);
    if !comparable || !sequel.is_clean() || !sequel.failed() {
        return None;
    }
    let survived = case.sequels.longest_survived(class).copied();
    if survived.is_some_and(|survived| as_long(survived.gap.length, sequel.gap.length)) {
        return None;
    }
    let certainty = match &sequel.fate {
        Fate::Unanswered(unanswered) => certainty_unanswered(case, &sequel, unanswered)?,
        Fate::Refused(reset) => match reset.origin() {
            ResetOrigin::Box(_) => Certainty::Certain,
            // It was being closed: no state was lost.
            _ if sequel.refused_after_fin().is_some() => return None,
            ResetOrigin::NoConnection | ResetOrigin::Unknown(_) => Certainty::Possible,
            // The socket was there: the path had let the segment through.
            ResetOrigin::Owner(_) => return None,
        },
        // The first of a pair shows alone; the second knows of both.
        Fate::ClosedUnprompted { reset: Some(first), .. } => {
            let second = case.resets[first.sender.peer().index()]?;
            matches!(second.origin(), ResetOrigin::Box(_)).then_some(Certainty::Certain)?
        }
        Fate::ClosedUnprompted { reset: None, .. } | Fate::Answered(_) | Fate::Undecided(_) => return None,
    };
    let goodbye = case
        .sequels
        .goodbye()
        .map(|(_, goodbye)| *goodbye)
        .filter(|goodbye| goodbye.said_at >= spoke_at(&sequel));
    Some(BreakFacts { sequel, survived, certainty, ground: Ground::Alone, goodbye })
}

/// Timers are late, never early, and by some percent (Linux, timer wheel: at most 12.5): a silence survived is as long
/// as one that failed when the difference lies within that.
fn as_long(survived: Span, failed: Span) -> bool {
    survived.times(8) >= failed.times(7)
}

fn certainty_unanswered(case: &Case<'_>, sequel: &Sequel, unanswered: &Unanswered) -> Option<Certainty> {
    // A router says that the host or the network is not there.
    if case.unreachable.is_some_and(|at| at >= sequel.gap.start_at) {
        return None;
    }
    // Probes alone are for `dead-peer`, unless other flows show that the peer lives.
    let only_probes = unanswered.probes > 0 && unanswered.repeats == 0;
    Some(if only_probes { Certainty::Possible } else { Certainty::Likely })
}

fn spoke_at(sequel: &Sequel) -> Timestamp {
    sequel.gap.start_at + sequel.gap.length
}

impl BreakFacts {
    /// The end that did not answer, or in whose name it was refused.
    pub fn mute(&self) -> Role {
        self.sequel.speaker.peer()
    }

    /// Whether nothing but keepalive probes says so: without another flow's word the peer may as well be dead.
    pub fn rests_on_probes(&self) -> bool {
        matches!(self.sequel.fate, Fate::Unanswered(unanswered) if unanswered.probes > 0 && unanswered.repeats == 0)
    }

    /// When the first segment after the silence was sent.
    pub fn spoke_at(&self) -> Timestamp {
        spoke_at(&self.sequel)
    }

    /// Until when the flow was tried.
    pub fn over_at(&self) -> Timestamp {
        match &self.sequel.fate {
            Fate::Unanswered(unanswered) => match unanswered.gave_up {
                // Until then it waited for the answer to the last one.
                Some(GaveUp::Reset(_)) => unanswered.last_at + unanswered.listened,
                Some(GaveUp::Silently) | None => unanswered.last_at,
            },
            Fate::Refused(reset) => reset.at,
            _ => self.spoke_at(),
        }
    }

    fn happened(&self, told: &Telling<'_>) -> String {
        let gap = &self.sequel.gap;
        let (speaker, mute) = (self.sequel.speaker, self.mute());
        let what = phrase::kind(gap.ended_by);
        let address = told.flow.endpoint(mute);
        match &self.sequel.fate {
            Fate::Unanswered(unanswered) => {
                let within = unanswered.last_at.since(self.spoke_at());
                let times = match (unanswered.sends, unanswered.probes) {
                    (sends, 0) => format!("was sent {sends} times in {within}"),
                    (sends, probes) if sends == probes => format!("was the first of {probes} in {within}"),
                    (sends, probes) => format!(
                        "was the first of {probes} probes and {} more segments in {within}",
                        sends.saturating_sub(probes)
                    ),
                };
                let gave_up = match unanswered.gave_up {
                    Some(GaveUp::Reset(frame)) => {
                        format!(", until the {} gave up with RST in frame {frame}", speaker.name())
                    }
                    Some(GaveUp::Silently) => format!(", until the {} gave up", speaker.name()),
                    None => String::new(),
                };
                format!(
                    "the {}'s {what} (frame {}) {times} without an answer from {address}{gave_up}",
                    speaker.name(),
                    gap.end_frame
                )
            }
            Fate::Refused(reset) => {
                let latency =
                    reset.trigger.map_or(String::new(), |trigger| format!(" after {}", trigger.latency));
                format!(
                    "the {}'s {what} (frame {}) was answered{latency} by a RST under the address of {address} (frame {})",
                    speaker.name(),
                    gap.end_frame,
                    reset.frame
                )
            }
            _ => format!("a RST to each end came at once (frame {}), prompted by nothing", gap.end_frame),
        }
    }

    /// The RST that shows who did it: of a pair the second.
    fn telling_reset(&self, told: &Telling<'_>) -> Option<ResetSeen> {
        match &self.sequel.fate {
            Fate::Refused(reset) => Some(*reset),
            Fate::ClosedUnprompted { reset: Some(first), .. } => {
                told.flow.resets[first.sender.peer().index()]
            }
            _ => None,
        }
    }

    /// What the claim rests on, and what would make it certain.
    fn rests_on(&self, told: &Telling<'_>) -> String {
        let mute = told.flow.endpoint(self.mute()).addr;
        let by_others = self.ground.words(mute);
        if let Some(reset) = self.telling_reset(told) {
            return match by_others {
                Some(words) => format!("{}; {words}", culprit::words(&reset)),
                None => culprit::words(&reset),
            };
        }
        by_others.unwrap_or_else(|| {
            format!(
                "the capture does not show whether {mute} still lived: a later answer of it to any other flow, or a \
                 capture on its side of the box without frame {}, would prove the cut",
                self.sequel.gap.end_frame
            )
        })
    }
}

impl Statement for BreakFacts {
    fn rule(&self) -> Rule {
        match (self.sequel.class(), &self.sequel.fate) {
            (SilenceClass::HalfClosed, _) => Rule::HalfClosedIdle,
            (_, Fate::Unanswered(_)) => Rule::ObservedSilentDrop,
            _ => Rule::ObservedReset,
        }
    }

    fn certainty(&self) -> Certainty {
        self.certainty
    }

    fn gap(&self) -> Option<Span> {
        Some(self.sequel.gap.length)
    }

    fn frames(&self, told: &Telling<'_>) -> Vec<FrameNumber> {
        let gap = &self.sequel.gap;
        let mut frames = vec![gap.start_frame, gap.end_frame];
        match &self.sequel.fate {
            Fate::Unanswered(unanswered) => {
                frames.push(unanswered.last_frame);
                if let Some(GaveUp::Reset(frame)) = unanswered.gave_up {
                    frames.push(frame);
                }
            }
            _ => frames.extend(self.telling_reset(told).map(|reset| reset.frame)),
        }
        frames.extend(self.ground.frame());
        frames
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.spoke_at())
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let gap = &self.sequel.gap;
        let state = match self.sequel.class() {
            SilenceClass::HalfClosed => "half-closed and ",
            _ => "",
        };
        let before = match self.survived {
            Some(survived) => format!(" (it had survived {})", survived.gap.length),
            None => String::new(),
        };
        let goodbye =
            self.goodbye.as_ref().map_or(String::new(), |goodbye| format!("; {}", phrase::goodbye(goodbye)));
        format!(
            "{state}idle {} between frames {} and {}{before}, then {}{goodbye}; {}",
            gap.length,
            gap.start_frame,
            gap.end_frame,
            self.happened(told),
            self.rests_on(told)
        )
    }

    fn grounds(&self, told: &Telling<'_>) -> Option<String> {
        Some(self.rests_on(told))
    }

    fn advice(&self, told: &Telling<'_>) -> String {
        let gap = self.sequel.gap.length;
        let below = match self.survived {
            Some(survived) => format!("between {} and {gap}", survived.gap.length),
            None => format!("below {gap}"),
        };
        let half = gap.divided_by(2);
        let mute = told.flow.endpoint(self.mute());
        // Who may have sent the RST itself has no socket left.
        let by_itself =
            self.telling_reset(told).is_some_and(|reset| !matches!(reset.origin(), ResetOrigin::Box(_)));
        let speaker = told.flow.endpoint(self.sequel.speaker);
        let left_behind = match by_itself {
            true => format!(" If it was a box, {mute} was not told, and still has a socket for {speaker}."),
            false => {
                format!(" {mute} was not told: look there for a socket that is still open with {speaker}.")
            }
        };
        if self.sequel.class() == SilenceClass::HalfClosed {
            return format!(
                "Close the connection within {half} after the other end has closed, or raise the box's timer for \
                 half-closed connections; it lies {below}.{left_behind}"
            );
        }
        format!(
            "Send something at least every {half} on either end (TCP keepalive, or a heartbeat where a proxy is on the \
             path), or raise the idle timeout of the box between; it lies {below}.{left_behind}"
        )
    }
}
