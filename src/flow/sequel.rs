//! What came of a silence: who spoke first after it, and whether the other end showed that it got it.
//!
//! A silence survives when what ended it is shown to have arrived: acknowledged, answered as a probe, or known
//! from what its sender does next. It fails when nothing comes back however often it is sent, when a RST
//! answers it, or when the silence itself is ended by a close that nothing prompted. Everything else is
//! undecided, and says why. These are facts of one flow; whether a box is to blame is for the rooms on the right.

use super::gap::{Basis, EndedBy, Gap, Role, Trust};
use super::goodbye::Goodbye;
use super::reset::ResetSeen;
use super::watcher::{Phase, Standing};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// One silence of at least [`super::Settings::silence_floor`] with what came of it.
///
/// Of [`super::Basis::Any`], one for each silence that a segment ended, told when its fate is known, at the latest
/// just before the flow retires. Later silences of a flow whose question is still open (back-off of the same
/// retransmissions, further probes of one run) belong to it and have none of their own.
///
/// Of [`super::Basis::Payload`], one for each silence of payload that an unprompted close ended: the clock of a
/// proxy or an application. Its fate is always [`Fate::ClosedUnprompted`], told at once, or with a [`Goodbye`] just before
/// the flow retires.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sequel {
    /// The silence. Look at its `trust`: where segments are missing nothing follows from it.
    pub gap: Gap,
    /// What held while it lasted.
    pub standing: Standing,
    /// Who ended it.
    pub speaker: Role,
    /// What came of that.
    pub fate: Fate,
}

/// What came of the first segment after a silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Fate {
    /// The other end got it: the silence did no harm.
    Answered(Answer),
    /// It was sent again and again, or probed, and nothing came back.
    Unanswered(Unanswered),
    /// A RST under the other end's address answers it. Who really sent it is another question: see [`ResetSeen`].
    Refused(ResetSeen),
    /// The silence itself was ended by a FIN ([`Gap::ended_by`]) or RST that nothing had prompted: the gap is the
    /// closer's timer, exact to milliseconds. With a goodbye, which ended the silence, the close came right behind it.
    ClosedUnprompted {
        /// The RST, when it was one.
        reset: Option<ResetSeen>,
        /// The last words before the close.
        goodbye: Option<Goodbye>,
    },
    /// The capture does not show it.
    Undecided(WhyUndecided),
}

/// How the other end showed that it got what was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The frame that shows it.
    pub frame: FrameNumber,
    /// How long after the end of the silence.
    pub after: Span,
    /// How often something was sent until then; 1: at the first try.
    pub sends: u32,
    /// What shows it.
    pub shown_by: ShownBy,
}

/// Kinds of answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum ShownBy {
    /// Acknowledged, cumulatively (a reply to a probe is one).
    Acknowledgment,
    /// Acknowledged selectively (RFC 2018).
    Sack,
    /// The other end spoke, and what ended the silence asked for no acknowledgment.
    Speech,
    /// The sender's later segments echo a newer timestamp (RFC 7323 4.3), or acknowledge more than before: it
    /// has received something that the capture does not show.
    Progress,
}

/// Sent again and again, and nothing came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unanswered {
    /// Segments sent since the silence that asked for an answer, all kinds.
    pub sends: u32,
    /// Of them: keepalive probes.
    pub probes: u32,
    /// Of them: repetitions of what had been sent before.
    pub repeats: u32,
    /// Last segment sent.
    pub last_frame: FrameNumber,
    /// When it was sent.
    pub last_at: Timestamp,
    /// How long the capture went on after it.
    pub listened: Span,
    /// Whether the sender was seen to give up. ICMP errors are in [`super::FlowView::icmp`].
    pub gave_up: Option<GaveUp>,
}

/// How a sender gave up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum GaveUp {
    /// It sent a RST, as a keepalive that failed does. (Linux sends none when retransmissions fail.)
    Reset(FrameNumber),
    /// The next retransmission or probe was overdue when the capture ended. After a single send, that its sender
    /// was told in a way that the capture does not show.
    Silently,
}

/// Why nothing can be said.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum WhyUndecided {
    /// The flow ended, or the capture did, before there was an answer or enough tries.
    Ended,
    /// The capture shows one direction only, so no answer can be missed.
    OneWay,
    /// The other end spoke, but never of what was sent: the path carries its packets.
    PeerHeard,
    /// Nothing was sent that asks for an answer.
    NothingAsked,
}

/// Silences that must not be measured by the same clock: boxes have a timer for each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[repr(u8)]
pub enum SilenceClass {
    /// Both ways open and nothing under way.
    Established,
    /// One side had closed.
    HalfClosed,
    /// Payload was under way or the window closed: retransmission or persist timers paced it, nobody idled.
    Busy,
    /// Before the handshake was done, or between both FINs and the last acknowledgment.
    Transitory,
}

impl SilenceClass {
    /// How many there are.
    pub const COUNT: usize = 4;

    /// 0 and up, to index tables.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// By what held during a silence.
    pub const fn of(standing: &Standing) -> SilenceClass {
        match standing.phase {
            Phase::SynSent | Phase::SynRecv | Phase::LastAck | Phase::Closed => SilenceClass::Transitory,
            _ if standing.unacknowledged || standing.zero_window => SilenceClass::Busy,
            Phase::Established => SilenceClass::Established,
            Phase::FinWait | Phase::CloseWait => SilenceClass::HalfClosed,
        }
    }
}

impl Unanswered {
    /// Sends of one segment, or probes, from which silence is no longer read as loss: one lost segment is
    /// ordinary, and Linux leaves out an answer now and then (one per half second).
    pub const SENDS: u32 = 3;
    /// The same for probes, which are seconds apart.
    pub const PROBES: u32 = 2;

    /// Whether it was tried often enough that loss does not explain it.
    pub fn is_convincing(&self) -> bool {
        self.probes >= Self::PROBES || self.repeats + 1 >= Self::SENDS
    }
}

impl Sequel {
    /// Which clock the silence belongs to.
    pub fn class(&self) -> SilenceClass {
        SilenceClass::of(&self.standing)
    }

    /// Whether the capture shows the silence whole.
    pub fn is_clean(&self) -> bool {
        self.gap.trust == Trust::Clean
    }

    /// Whether the flow lived on after it: a lower bound of every timer that it restarts.
    pub fn survived(&self) -> bool {
        matches!(self.fate, Fate::Answered(_))
    }

    /// Whether the flow broke at it: unanswered often enough, refused, or closed by nothing but the silence.
    pub fn failed(&self) -> bool {
        match &self.fate {
            Fate::Unanswered(unanswered) => unanswered.is_convincing(),
            Fate::Refused(_) => true,
            Fate::ClosedUnprompted { .. } => true,
            Fate::Answered(_) | Fate::Undecided(_) => false,
        }
    }

    /// The RST in it.
    pub fn reset(&self) -> Option<&ResetSeen> {
        match &self.fate {
            Fate::Refused(reset) | Fate::ClosedUnprompted { reset: Some(reset), .. } => Some(reset),
            _ => None,
        }
    }

    /// The RST that answered it after a FIN of the same end, sent before that end had got what ended the silence:
    /// the connection was being closed while the other end used it again.
    pub fn refused_after_fin(&self) -> Option<&ResetSeen> {
        let Fate::Refused(reset) = &self.fate else { return None };
        let spoke_at = self.gap.start_at + self.gap.length;
        let closed_meanwhile = self.class() == SilenceClass::Established
            && reset.fins[reset.sender.index()]
            && reset.heard_at.is_some_and(|fin_at| fin_at >= spoke_at);
        (closed_meanwhile && reset.in_flight).then_some(reset)
    }

    /// The last words with which a side closed after the silence.
    pub fn goodbye(&self) -> Option<&Goodbye> {
        match &self.fate {
            Fate::ClosedUnprompted { goodbye, .. } => goodbye.as_ref(),
            _ => None,
        }
    }

    /// Whether a FIN ended the silence, by itself or behind a goodbye.
    pub fn ended_by_fin(&self) -> bool {
        self.goodbye().map_or(self.gap.ended_by, |goodbye| goodbye.closed_by) == EndedBy::Fin
    }

    /// The frame that closed, where one did.
    pub fn closed_in(&self) -> FrameNumber {
        self.goodbye().map_or(self.gap.end_frame, |goodbye| goodbye.closed_in)
    }
}

/// A silence that a flow survived.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Survived {
    /// Which clock it belongs to.
    pub class: SilenceClass,
    /// Who ended it.
    pub speaker: Role,
    /// The silence.
    pub gap: Gap,
    /// The frame that shows that its end arrived.
    pub shown_in: FrameNumber,
    /// How often silences about as long were survived: within an eighth, by which timers may be late.
    pub times: u32,
}

/// What is kept of a flow's sequels: those that bound a timer. Bounded, however long the flow lives.
#[derive(Clone, Debug, Default)]
pub struct Sequels {
    /// The longest for each class and speaker.
    survived: Vec<Survived>,
    failed: Option<Box<Sequel>>,
    closed: Option<Box<Sequel>>,
    total: u64,
}

impl Sequels {
    pub(super) const fn new() -> Self {
        Sequels { survived: Vec::new(), failed: None, closed: None, total: 0 }
    }

    pub(super) fn note(&mut self, sequel: &Sequel) {
        if sequel.gap.basis == Basis::Payload {
            if self.closed.is_none() {
                self.closed = Some(Box::new(*sequel));
            }
            return;
        }
        self.total += 1;
        match sequel.fate {
            Fate::Answered(answer) if sequel.is_clean() => self.note_survived(Survived {
                class: sequel.class(),
                speaker: sequel.speaker,
                gap: sequel.gap,
                shown_in: answer.frame,
                times: 1,
            }),
            Fate::Answered(_) | Fate::Undecided(_) => {}
            Fate::Unanswered(_) | Fate::Refused(_) | Fate::ClosedUnprompted { .. } => {
                self.failed = Some(Box::new(*sequel));
            }
        }
    }

    fn note_survived(&mut self, new: Survived) {
        let same = |kept: &&mut Survived| kept.class == new.class && kept.speaker == new.speaker;
        match self.survived.iter_mut().find(same) {
            Some(kept) if kept.gap.length >= new.gap.length => {
                let alike = new.gap.length.times(8) >= kept.gap.length.times(7);
                kept.times = kept.times.saturating_add(u32::from(alike));
            }
            Some(kept) => {
                let alike = kept.gap.length.times(8) >= new.gap.length.times(7);
                let times = if alike { kept.times.saturating_add(1) } else { 1 };
                *kept = Survived { times, ..new };
            }
            None => {
                self.survived.reserve_exact(1);
                self.survived.push(new);
            }
        }
    }

    /// The longest silence that the flow survived, for each class and speaker that has one, in no order; only those
    /// that the capture shows whole.
    pub fn survived(&self) -> &[Survived] {
        &self.survived
    }

    /// The longest silence of a class that the flow survived, whoever ended it; of equal ones the earlier.
    pub fn longest_survived(&self, class: SilenceClass) -> Option<&Survived> {
        let of_class = self.survived.iter().filter(|kept| kept.class == class);
        of_class.max_by_key(|kept| (kept.gap.length, std::cmp::Reverse(kept.gap.start_frame)))
    }

    /// The last silence of all packets that was unanswered, refused, or ended by an unprompted RST.
    pub fn failed(&self) -> Option<&Sequel> {
        self.failed.as_deref()
    }

    /// The silence of payload that the first unprompted close ended. Not one behind a goodbye that may be a lost request:
    /// see [`Self::goodbye`].
    pub fn closed(&self) -> Option<&Sequel> {
        self.closed.as_deref().filter(|closed| closed.goodbye().is_none_or(Goodbye::is_proven))
    }

    /// The silence of payload that a goodbye ended, and the goodbye. Unless that [is proven](Goodbye::is_proven), it may
    /// as well be a request that was lost.
    pub fn goodbye(&self) -> Option<(&Sequel, &Goodbye)> {
        let closed = self.closed.as_deref()?;
        Some((closed, closed.goodbye()?))
    }

    /// How many silences of all packets were told of.
    pub fn total(&self) -> u64 {
        self.total
    }
}
