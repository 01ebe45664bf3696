//! What one hop would have done to one flow.

use crate::flow::{Basis, Ending, Goodbye, Standing, Trust};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};
use std::borrow::Cow;

/// A silence in which a hop's timer ran out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lapse {
    /// Which activities were missing.
    pub basis: Basis,
    /// Last activity of that basis.
    pub after_frame: FrameNumber,
    /// When it was.
    pub start_at: Timestamp,
    /// How long the silence was, or was so far when the capture ended.
    pub length: Span,
    /// What the hop allows.
    pub limit: Span,
    /// What held meanwhile.
    pub standing: Standing,
    /// What ended the silence; `None`: the capture's end.
    pub ending: Option<Ending>,
    /// Whether the ends exchanged new payload after the timer had run out. A proven goodbye is no use.
    pub used_again: bool,
    /// Whether the hop tells both ends when its timer runs out, so that no socket stays behind.
    pub ends_told: bool,
    /// The goodbye that was said after it: lost. Unless it is proven, it may have been a request.
    pub goodbye: Option<Goodbye>,
}

impl Lapse {
    /// When the timer ran out.
    pub fn at(&self) -> Timestamp {
        self.start_at + self.limit
    }

    /// Whether a socket may stay behind that nobody uses.
    pub fn leaves_behind(&self) -> bool {
        !self.used_again && !self.ends_told
    }

    /// First activity after the silence.
    pub fn before_frame(&self) -> Option<FrameNumber> {
        self.ending.map(|ending| ending.frame)
    }

    /// How long after the timer had run out the next activity came.
    pub fn late_by(&self) -> Option<Span> {
        self.ending.map(|ending| ending.at.since(self.at()))
    }
}

/// A silence that stayed within a hop's limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refreshed {
    /// Which activities were missing.
    pub basis: Basis,
    /// Last activity before it.
    pub after_frame: FrameNumber,
    /// The activity that refreshed the timer; `None`: the silence still lasted when the capture ended.
    pub before_frame: Option<FrameNumber>,
    /// How long the silence was.
    pub length: Span,
    /// What the hop allows.
    pub limit: Span,
}

impl Refreshed {
    /// What was left on the timer.
    pub fn margin(&self) -> Span {
        self.limit.saturating_sub(self.length)
    }
}

/// Why a flow lives on although a timer ran out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spared {
    /// The hop adopts a flow it does not know.
    AdoptedAgain,
    /// The box probes the ends by itself, and both spoke again later: they answered it.
    EndsAnswerProbes,
    /// Only the state of a handshake that was never finished, or of a finished close, ran out.
    NothingToLose,
}

/// Why a hop's deed cannot be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doubt {
    /// Segments are missing from the capture inside the silence.
    SegmentsMissing,
    /// The capture's clock stepped inside the silence, or a frame there has no sound time.
    ClockStepped,
    /// The timer ran out; whether the hop adopts the flow again is not known.
    PickupUnstated,
    /// The box probes the ends by itself, and the capture does not show whether both still answered.
    EndsMayAnswer,
}

impl Doubt {
    pub(super) fn of(trust: Trust) -> Option<Doubt> {
        match trust {
            Trust::Clean => None,
            Trust::SegmentsMissing => Some(Doubt::SegmentsMissing),
            Trust::ClockStepped => Some(Doubt::ClockStepped),
        }
    }
}

/// What weakens a cut without making it unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caveat {
    /// The capture shows one side only. The seen side would have had to answer payload and probes of
    /// the other, so little can hide, but it cannot be excluded.
    OneWay,
    /// The hop's timer looks at one side, and who opened the flow is a guess.
    RolesGuessed,
}

/// What one hop would have done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Its timer never ran out, or that did no harm.
    Survives {
        /// The silence that came closest to the limit; `None`: none was long enough to matter.
        closest: Option<Refreshed>,
        /// The expiry that did no harm, and why.
        spared: Option<(Lapse, Spared)>,
    },
    /// Its timer would have run out without the keepalive probes seen.
    SavedByKeepalive {
        /// The silence that came closest to the limit, probes counted.
        closest: Option<Refreshed>,
        /// The silence as it would have been without probes.
        unaided: Lapse,
    },
    /// Its timer ran out.
    Cut {
        /// Where.
        lapse: Lapse,
        /// What weakens that.
        caveat: Option<Caveat>,
    },
    /// The flow does not pass it.
    OffPath,
    /// Its timer may have run out.
    Unknown {
        /// Where.
        lapse: Lapse,
        /// Why it cannot be told.
        doubt: Doubt,
    },
}

/// Kinds of [`Outcome`], to count them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum OutcomeKind {
    /// [`Outcome::Survives`].
    Survives = 0,
    /// [`Outcome::SavedByKeepalive`].
    SavedByKeepalive = 1,
    /// [`Outcome::Cut`].
    Cut = 2,
    /// [`Outcome::Unknown`].
    Unknown = 3,
    /// [`Outcome::OffPath`].
    OffPath = 4,
}

impl OutcomeKind {
    /// All kinds, in order of their index.
    pub const ALL: [OutcomeKind; 5] = [
        OutcomeKind::Survives,
        OutcomeKind::SavedByKeepalive,
        OutcomeKind::Cut,
        OutcomeKind::Unknown,
        OutcomeKind::OffPath,
    ];

    /// The word of the report.
    pub const fn name(self) -> &'static str {
        match self {
            OutcomeKind::Survives => "survives",
            OutcomeKind::SavedByKeepalive => "saved-by-keepalive",
            OutcomeKind::Cut => "cut",
            OutcomeKind::Unknown => "unknown",
            OutcomeKind::OffPath => "off-path",
        }
    }

    /// 0 to 4, to index tables.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Judgement of one hop over one flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// What it would have done.
    pub outcome: Outcome,
    /// How often its timer ran out. Only the first is certain, the others hold if the flow had been
    /// opened again.
    pub expiries: u32,
}

impl Verdict {
    /// The verdict on a flow without a silence worth telling.
    pub const UNTOUCHED: Verdict =
        Verdict { outcome: Outcome::Survives { closest: None, spared: None }, expiries: 0 };

    /// The verdict on a flow that takes another path.
    pub const OFF_PATH: Verdict = Verdict { outcome: Outcome::OffPath, expiries: 0 };

    /// Kind of the outcome.
    pub fn kind(&self) -> OutcomeKind {
        match self.outcome {
            Outcome::Survives { .. } => OutcomeKind::Survives,
            Outcome::SavedByKeepalive { .. } => OutcomeKind::SavedByKeepalive,
            Outcome::Cut { .. } => OutcomeKind::Cut,
            Outcome::Unknown { .. } => OutcomeKind::Unknown,
            Outcome::OffPath => OutcomeKind::OffPath,
        }
    }

    /// The silence in which the timer ran out, may have, or would have without probes.
    pub fn lapse(&self) -> Option<&Lapse> {
        match &self.outcome {
            Outcome::Survives { spared, .. } => spared.as_ref().map(|(lapse, _)| lapse),
            Outcome::SavedByKeepalive { unaided, .. } => Some(unaided),
            Outcome::Cut { lapse, .. } | Outcome::Unknown { lapse, .. } => Some(lapse),
            Outcome::OffPath => None,
        }
    }

    /// The first certain expiry that did harm.
    pub fn cut(&self) -> Option<&Lapse> {
        match &self.outcome {
            Outcome::Cut { lapse, .. } => Some(lapse),
            _ => None,
        }
    }

    /// The silence that came closest to the limit without reaching it.
    pub fn closest(&self) -> Option<&Refreshed> {
        match &self.outcome {
            Outcome::Survives { closest, .. } | Outcome::SavedByKeepalive { closest, .. } => closest.as_ref(),
            Outcome::Cut { .. } | Outcome::Unknown { .. } | Outcome::OffPath => None,
        }
    }

    /// When the timer ran out, or may have, or would have without probes.
    pub fn at(&self) -> Option<Timestamp> {
        self.lapse().map(Lapse::at)
    }

    /// Last activity before the silence that decides.
    pub fn after_frame(&self) -> Option<FrameNumber> {
        self.lapse().map(|lapse| lapse.after_frame).or(self.closest().map(|closest| closest.after_frame))
    }

    /// First activity after it.
    pub fn before_frame(&self) -> Option<FrameNumber> {
        match self.lapse() {
            Some(lapse) => lapse.before_frame(),
            None => self.closest().and_then(|closest| closest.before_frame),
        }
    }

    /// What was left on the timer in the closest silence of a flow that survives.
    pub fn margin(&self) -> Option<Span> {
        self.closest().map(Refreshed::margin)
    }

    /// What weakens or explains the outcome, as a clause.
    pub fn why(&self) -> Option<Cow<'static, str>> {
        let text = match &self.outcome {
            Outcome::Survives { spared: Some((lapse, reason)), .. } => match reason {
                Spared::AdoptedAgain => {
                    "its timer runs out, but it adopts the flow again with the next segment"
                }
                Spared::EndsAnswerProbes => {
                    return Some(Cow::Owned(format!(
                        "silent for {}, but the box probes the ends by itself and both spoke again later, so both \
                         answered it",
                        lapse.length
                    )));
                }
                Spared::NothingToLose => {
                    "only the state of an unfinished handshake or a finished close ran out"
                }
            },
            Outcome::Survives { closest: Some(closest), .. } if closest.before_frame.is_none() => {
                "so far: the capture ends inside the silence"
            }
            Outcome::SavedByKeepalive { unaided, .. } => {
                return Some(Cow::Owned(format!(
                    "without keepalive probes it is silent for {}",
                    unaided.length
                )));
            }
            Outcome::Cut { caveat: Some(Caveat::OneWay), .. } => {
                "the capture shows one side only; the other may have sent something inside the silence"
            }
            Outcome::Cut { caveat: Some(Caveat::RolesGuessed), .. } => {
                "the flow was joined midway: which end opened it is a guess, and this timer looks at one side"
            }
            Outcome::Cut { lapse: Lapse { ending: None, .. }, .. } => "the capture ends inside the silence",
            Outcome::Unknown { doubt, .. } => match doubt {
                Doubt::SegmentsMissing => "segments are missing from the capture inside this gap",
                Doubt::ClockStepped => "the capture's clock is not sound inside this gap",
                Doubt::PickupUnstated => {
                    "its timer runs out; a router with tcp_loose=1 adopts the flow again, a NAT or a rule that \
                     drops unknown flows does not, and the path does not say which it is"
                }
                Doubt::EndsMayAnswer => {
                    "its timer runs out, but the box probes both ends by itself and live ends keep the flow; the \
                     capture does not show that one was gone"
                }
            },
            _ => return None,
        };
        Some(Cow::Borrowed(text))
    }
}

/// The hop that cuts first, as an index, of the verdicts of a path in its order. Of equal moments the
/// hop nearer the initiator.
pub fn first_cut(verdicts: &[Verdict]) -> Option<usize> {
    verdicts
        .iter()
        .enumerate()
        .filter_map(|(index, verdict)| verdict.cut().map(|lapse| (lapse.at(), index)))
        .min()
        .map(|(_, index)| index)
}
