//! The table of evidence: what speaks for or against each cause.
//!
//! One row is one observation: a predicate over an incident and what is known around it, what it does to a cause, and
//! where the knowledge comes from. To add one, write a [`Row`] into the file of its cause. Rows decide nothing together;
//! [`super::explain`] weighs them by the rules stated there.

mod capture;
mod close;
mod host;
mod idle;
mod path;
mod transfer;

pub(super) use host::may_have_restarted;
pub(super) use path::{may_have_been_cut_off, may_have_been_flushed};

use super::at_limit::AtLimit;
use super::cause::{Cause, IdleClock};
use super::far::FarFact;
use super::incident::{Idle, Incident};
use super::kin::Kin;
use super::together::Together;
use crate::findings::others::HeardAt;
use crate::findings::phrase;
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

/// What an observation does to its cause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(in crate::findings) enum Bearing {
    /// It cannot be so.
    Refutes,
    /// It is no more than possible.
    Limits,
    /// Worth knowing; it decides nothing.
    Notes,
    /// It speaks for it.
    Supports,
    /// Only this cause predicts it.
    Proves,
}

/// One row of the table.
pub(in crate::findings) struct Row {
    pub cause: Cause,
    pub bearing: Bearing,
    /// Whether and where it is seen.
    pub seen: fn(&Case<'_>) -> Option<Seen>,
    /// The observation as a clause.
    pub says: fn(&Seen) -> String,
    /// Where it is known from.
    pub source: &'static str,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} ({})", self.cause, self.bearing, self.source)
    }
}

/// What was seen, with the numbers of its sentence.
#[derive(Clone, Debug, Default)]
pub(in crate::findings) struct Seen {
    pub frames: Vec<FrameNumber>,
    pub spans: [Span; 2],
    pub count: u64,
    pub at: Option<Timestamp>,
    pub words: String,
}

impl Seen {
    pub fn at_frames(frames: impl IntoIterator<Item = FrameNumber>) -> Seen {
        Seen { frames: frames.into_iter().collect(), ..Seen::default() }
    }

    /// Flows that one side closed after one length of silence.
    fn of_limit(limit: &AtLimit) -> Seen {
        let spans = [limit.lengths.0, limit.lengths.1];
        Seen { count: limit.members.len() as u64, spans, ..Seen::default() }
    }

    fn closed_alike(&self) -> String {
        let after = phrase::between(self.spans);
        format!("{} flows were closed by the same side after {after} of silence", self.count)
    }
}

/// A row of a table, written in one line each.
const fn row(
    cause: Cause,
    bearing: Bearing,
    seen: fn(&Case<'_>) -> Option<Seen>,
    says: fn(&Seen) -> String,
    source: &'static str,
) -> Row {
    Row { cause, bearing, seen, says, source }
}

/// What other flows, and other sides, show around one incident.
pub(in crate::findings) struct Around<'a> {
    /// The longest silence that comparable flows survived, of all packets and of payload.
    pub survived: [Option<Idle>; 2],
    /// The same of all clients, who may take other ways.
    pub survived_by_others: [Option<Idle>; 2],
    /// Age of the oldest flow of the service.
    pub oldest: Span,
    /// The mute host was heard in another flow while it should have answered.
    pub heard: Option<HeardAt>,
    /// The same, or soon after.
    pub heard_soon: Option<HeardAt>,
    /// Its address opened a new flow, or accepted one, meanwhile.
    pub opened: Option<FrameNumber>,
    /// Several hosts answer under the mute address.
    pub is_shared_address: bool,
    /// A flow of the mute host that was open before lived on.
    pub lived_through: bool,
    /// Flows that can have broken in the same moment.
    pub together: &'a Together,
    /// Flows that broke after longer silences than any survived.
    pub kin: Kin,
    /// Flows of the service that broke after longer silences of payload than any survived, while those of all packets were
    /// survived.
    pub payload_kin: u64,
    /// The limit at which it was closed, with others.
    pub limit: Option<&'a AtLimit>,
    /// What captures of other sides show.
    pub far: &'a [FarFact],
}

/// One question: an incident, a clock, and what is known around it.
pub(in crate::findings) struct Case<'a> {
    pub incident: &'a Incident,
    /// The clock that is asked about; of causes without a clock [`IdleClock::Unknown`].
    pub clock: IdleClock,
    /// The silence on that clock.
    pub idle: Option<Idle>,
    /// The longest silence on that clock that comparable flows survived.
    pub survived: Option<Idle>,
    /// The longest silence of payload that comparable flows survived.
    pub survived_payload: Option<Idle>,
    pub around: &'a Around<'a>,
    /// Every clock of an idle timer is refuted.
    pub is_idle_refuted: bool,
}

impl Case<'_> {
    /// Whether the mute host lived, as far as anything shows.
    pub fn is_alive(&self) -> bool {
        self.around.heard_soon.is_some()
            || self.around.together.heard.is_some()
            || self.around.opened.is_some()
            || self.around.far.iter().any(|fact| fact.what.accuses_between())
    }

    /// The facts of another side that fit.
    fn far_fact(&self, fits: impl Fn(&FarFact) -> bool) -> Option<Seen> {
        let fact = self.around.far.iter().find(|fact| fits(fact))?;
        Some(Seen { frames: fact.frames.clone(), words: fact.says.clone(), ..Seen::default() })
    }
}

/// All rows, by cause.
pub(in crate::findings) fn rows(cause: Cause) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().copied().flatten().filter(move |row| row.cause == cause)
}

const TABLE: [&[Row]; 6] = [idle::ROWS, host::ROWS, path::ROWS, transfer::ROWS, close::ROWS, capture::ROWS];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_but_the_unknown_has_evidence_and_every_row_a_source() {
        for cause in Cause::ALL.iter().filter(|cause| **cause != Cause::Unknown) {
            assert!(rows(*cause).count() > 0, "{cause}");
        }
        for row in TABLE.iter().copied().flatten() {
            assert!(row.source.len() > 5, "{row:?}");
        }
    }
}
