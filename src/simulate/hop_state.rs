//! One flow past one hop: told every silence, asked at the end.

use super::limit::{limit_of, listens};
use super::verdict::{Caveat, Doubt, Lapse, Outcome, Refreshed, Spared, Verdict};
use crate::flow::{Basis, EndedBy, FlowView, Goodbye, Opened, Phase, Role, Silence, Trust};
use crate::frame::FrameNumber;
use crate::policy::{Expiry, Hop, Pickup, Refresh};
use crate::time::{Span, Timestamp};

/// What a flow did by its end, which decides what an expiry meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Aftermath {
    /// Last new payload of either side with which somebody used the connection: a goodbye is none.
    pub last_use_at: Timestamp,
    /// The goodbye that ended it, proven or not.
    pub goodbye: Option<Goodbye>,
    /// Last segment of each side, by [`Role::index`].
    pub last_at: [Timestamp; 2],
    /// Whether the capture shows both sides.
    pub two_way: bool,
    /// Whether the handshake says who opened it.
    pub roles_known: bool,
    /// Keepalive probes of one side were without answer at the end.
    pub probes_unanswered: bool,
}

impl Aftermath {
    /// What `flow` shows now.
    pub fn of(flow: &FlowView<'_>) -> Self {
        Aftermath {
            last_use_at: flow.last_use_at(),
            goodbye: flow.sequels().goodbye().map(|(_, goodbye)| *goodbye),
            last_at: Role::BOTH.map(|role| flow.last_at_of(role)),
            two_way: flow.is_two_way(),
            roles_known: flow.opened() == Opened::Handshake,
            probes_unanswered: Role::BOTH.iter().any(|role| flow.probes(*role).unanswered_now() >= 2),
        }
    }
}

/// State of one hop for one flow.
#[derive(Clone, Debug, Default)]
pub struct HopState {
    closest: Option<Refreshed>,
    trouble: Option<Box<Trouble>>,
}

/// What only flows with a silence beyond the limit keep.
#[derive(Clone, Debug, Default)]
struct Trouble {
    lapse: Option<Lapse>,
    // Rare beside a lapse, so boxed: a capture may have as many troubles as flows.
    doubtful: Option<Box<(Lapse, Doubt)>>,
    unaided: Option<Box<Lapse>>,
    expiries: u32,
    /// End of the last counted lapse: timers of both directions that run out inside one are one death.
    counted_until: Timestamp,
    /// Start of the last silence announced while it lasted.
    announced: FrameNumber,
}

impl HopState {
    /// Takes in an ended silence of any basis, or one that lasts until the capture's end. Silences of one
    /// basis must come in order.
    #[inline]
    pub fn note(&mut self, hop: &Hop, silence: &Silence) {
        // A probe of one side is answered by the other, so either side's keepalive serves a timer that looks
        // at one side.
        let unaided = silence.basis == Basis::Unaided && hop.refresh.counts_packets();
        if !unaided && !listens(hop.refresh, silence.basis) {
            return;
        }
        self.note_measured(hop, silence, unaided);
    }

    fn note_measured(&mut self, hop: &Hop, silence: &Silence, unaided: bool) {
        let Some(limit) = limit_of(hop, silence.standing) else { return };
        let limit = if ended_by(hop, silence, limit) { limit.min(silence.length) } else { limit };
        let is_over = silence.length > limit || (silence.length == limit && ended_by(hop, silence, limit));
        if !is_over {
            if !unaided {
                self.note_refreshed(silence, limit);
            }
            return;
        }
        let lapse = lapse_of(hop, silence, limit);
        let trouble = self.trouble.get_or_insert_default();
        match Doubt::of(silence.trust) {
            None if unaided => {
                trouble.unaided.get_or_insert_with(|| Box::new(lapse));
            }
            None => trouble.note_lapse(lapse, hop),
            Some(_) if unaided => {}
            Some(doubt) => {
                trouble.doubtful.get_or_insert_with(|| Box::new((lapse, doubt)));
            }
        }
    }

    fn note_refreshed(&mut self, silence: &Silence, limit: Span) {
        let refreshed = Refreshed {
            basis: silence.basis,
            after_frame: silence.start_frame,
            before_frame: silence.ending.map(|ending| ending.frame),
            length: silence.length,
            limit,
        };
        if self.closest.is_none_or(|closest| refreshed.margin() < closest.margin()) {
            self.closest = Some(refreshed);
        }
    }

    /// The expiry in a silence that still lasts, once for each silence; the verdict is not touched.
    pub fn announce(&mut self, hop: &Hop, silence: &Silence) -> Option<Lapse> {
        if !listens(hop.refresh, silence.basis) || silence.trust != Trust::Clean {
            return None;
        }
        let limit = limit_of(hop, silence.standing).filter(|limit| silence.length > *limit)?;
        let trouble = self.trouble.get_or_insert_default();
        // Of two timers, that of the silence which began first runs out first, so later starts are new.
        if silence.start_frame <= trouble.announced {
            return None;
        }
        trouble.announced = silence.start_frame;
        Some(lapse_of(hop, silence, limit))
    }

    /// What the hop would have done to a flow that ended with `after`. Silences that lasted until then
    /// must have been noted.
    pub fn verdict(&self, hop: &Hop, after: &Aftermath) -> Verdict {
        let Some(trouble) = &self.trouble else {
            return Verdict {
                outcome: Outcome::Survives { closest: self.closest, spared: None },
                expiries: 0,
            };
        };
        let outcome = if let Some(lapse) = trouble.lapse {
            self.after_lapse(hop, lapse, after)
        } else if let Some((lapse, doubt)) = trouble.doubtful.as_deref().copied()
            && hop.pickup != Pickup::Loose
        {
            Outcome::Unknown { lapse: seen_later(lapse, after), doubt }
        } else if let Some(unaided) = trouble.unaided.as_deref().copied() {
            Outcome::SavedByKeepalive { closest: self.closest, unaided: seen_later(unaided, after) }
        } else {
            Outcome::Survives { closest: self.closest, spared: None }
        };
        Verdict { outcome, expiries: trouble.expiries }
    }

    fn after_lapse(&self, hop: &Hop, lapse: Lapse, after: &Aftermath) -> Outcome {
        let lapse = seen_later(lapse, after);
        let spared = |reason| Outcome::Survives { closest: self.closest, spared: Some((lapse, reason)) };
        let transitory =
            matches!(lapse.standing.phase, Phase::SynSent | Phase::SynRecv | Phase::LastAck | Phase::Closed);
        if transitory && !lapse.used_again {
            return spared(Spared::NothingToLose);
        }
        if hop.pickup == Pickup::Loose {
            return spared(Spared::AdoptedAgain);
        }
        if hop.self_probe.is_some() && lapse.standing.phase == Phase::Established {
            match ends_alive(&lapse, after) {
                Alive::Both => return spared(Spared::EndsAnswerProbes),
                Alive::Untold => return Outcome::Unknown { lapse, doubt: Doubt::EndsMayAnswer },
                Alive::OneGone => {}
            }
        }
        if hop.pickup == Pickup::Unstated {
            return Outcome::Unknown { lapse, doubt: Doubt::PickupUnstated };
        }
        let looks_at_one_side = matches!(hop.refresh, Refresh::Initiator | Refresh::Responder);
        let caveat = match (after.two_way, after.roles_known) {
            (false, _) => Some(Caveat::OneWay),
            (true, false) if looks_at_one_side => Some(Caveat::RolesGuessed),
            _ => None,
        };
        Outcome::Cut { lapse, caveat }
    }
}

impl Trouble {
    fn note_lapse(&mut self, lapse: Lapse, hop: &Hop) {
        let keep = match &self.lapse {
            None => true,
            // Live ends answer a box that probes, so only the last silence can be one it gave up in.
            Some(_) if hop.self_probe.is_some() => true,
            // Timers of two directions are told in the order in which their silences end.
            Some(known) => lapse.at() < known.at(),
        };
        if self.expiries == 0 || lapse.start_at >= self.counted_until {
            self.expiries = self.expiries.saturating_add(1);
            self.counted_until = lapse.start_at + lapse.length;
        }
        if keep {
            self.lapse = Some(lapse);
        }
    }
}

/// Whether the hop itself can have ended the silence: it closes or resets at expiry, and a RST or FIN came at its limit. Timers
/// and clocks differ by some milliseconds.
fn ended_by(hop: &Hop, silence: &Silence, limit: Span) -> bool {
    let Some(ending) = silence.ending.filter(|_| limit != Span::MAX) else { return false };
    let by_it = match hop.expiry {
        Expiry::ResetBoth => ending.by == EndedBy::Rst,
        Expiry::Close => matches!(ending.by, EndedBy::Fin | EndedBy::Rst),
        Expiry::Drop | Expiry::ResetOnNext => false,
    };
    let (length, limit) = (silence.length.times(100), limit);
    by_it && limit.times(99) <= length && length <= limit.times(101)
}

fn lapse_of(hop: &Hop, silence: &Silence, limit: Span) -> Lapse {
    Lapse {
        basis: silence.basis,
        after_frame: silence.start_frame,
        start_at: silence.start_at,
        length: silence.length,
        limit,
        standing: silence.standing,
        ending: silence.ending,
        used_again: false,
        ends_told: matches!(hop.expiry, Expiry::ResetBoth | Expiry::Close),
        goodbye: None,
    }
}

fn seen_later(lapse: Lapse, after: &Aftermath) -> Lapse {
    let goodbye = after.goodbye.filter(|goodbye| goodbye.said_at > lapse.at());
    Lapse { used_again: after.last_use_at > lapse.at(), goodbye, ..lapse }
}

enum Alive {
    Both,
    OneGone,
    Untold,
}

/// Whether both ends were there to answer a box that probed them during the silence.
fn ends_alive(lapse: &Lapse, after: &Aftermath) -> Alive {
    let Some(ending) = lapse.ending else {
        let unheard = lapse.standing.unacknowledged && lapse.standing.retransmissions > 0;
        return if (unheard || after.probes_unanswered) && after.two_way {
            Alive::OneGone
        } else {
            Alive::Untold
        };
    };
    let spoke = Role::BOTH.map(|role| after.last_at[role.index()] >= ending.at);
    match spoke {
        [true, true] => Alive::Both,
        // A RST is not answered, so the silence of its receiver says nothing.
        _ if !after.two_way || ending.by == EndedBy::Rst => Alive::Untold,
        _ => Alive::OneGone,
    }
}

#[cfg(test)]
pub(super) mod tests;
