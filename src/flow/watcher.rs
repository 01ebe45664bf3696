//! The seam between flows and everything to their right: what a tracker tells, and to whom.

use super::gap::{Basis, EndedBy, Gap, Role, Trust};
use super::sequel::Sequel;
use super::view::FlowView;
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// State of a connection as a tracker on the path would keep it. Names follow nf_conntrack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Phase {
    /// SYN, no answer.
    SynSent,
    /// SYN-ACK, handshake not finished.
    SynRecv,
    /// Both ways open.
    Established,
    /// One FIN, not acknowledged.
    FinWait,
    /// One FIN, acknowledged: half-closed.
    CloseWait,
    /// Both FINs, the last not acknowledged.
    LastAck,
    /// Closed by both FINs or by RST.
    Closed,
}

/// What held while a flow was silent, taken at the start of the silence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// State of the connection.
    pub phase: Phase,
    /// Payload that the capture shows sent and not acknowledged.
    pub unacknowledged: bool,
    /// Retransmissions in a row, without progress, up to the silence.
    pub retransmissions: u8,
    /// The last window advertised was zero.
    pub zero_window: bool,
}

/// What ended a silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// The segment's frame.
    pub frame: FrameNumber,
    /// When it came.
    pub at: Timestamp,
    /// What it was.
    pub by: EndedBy,
    /// Who sent it.
    pub sender: Role,
}

/// A silence long enough to matter to a watcher.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Silence {
    /// Which activities were missing.
    pub basis: Basis,
    /// Last activity of that basis.
    pub start_frame: FrameNumber,
    /// When it was.
    pub start_at: Timestamp,
    /// How long nothing came.
    pub length: Span,
    /// What held meanwhile.
    pub standing: Standing,
    /// What ended it; `None`: the capture ended, or the watcher is asked before anything came.
    pub ending: Option<Ending>,
    /// Whether the capture shows all of it.
    pub trust: Trust,
}

impl Silence {
    /// As an ended gap; `None` while it is open.
    pub fn as_gap(&self) -> Option<Gap> {
        let ending = self.ending?;
        Some(Gap {
            basis: self.basis,
            start_frame: self.start_frame,
            end_frame: ending.frame,
            start_at: self.start_at,
            length: self.length,
            ended_by: ending.by,
            trust: self.trust,
        })
    }
}

/// Listens to one tracker. All calls for one flow come in its own order; calls of different flows
/// interleave. `Annex` is what the watcher keeps per flow; it exists only for flows that had a silence
/// of at least [`super::Settings::silence_floor`].
pub trait Watcher {
    /// What is kept per flow.
    type Annex: Default + Send;

    /// Every ended gap of a reported basis, however short, with its flow's service. Called two or three times a
    /// segment: must be cheap.
    fn gap(&mut self, service: ServiceId, basis: Basis, length: Span, ended_by: EndedBy);

    /// A silence of at least the floor has ended, on any basis.
    fn silence(&mut self, flow: &FlowView<'_>, annex: &mut Self::Annex, silence: &Silence);

    /// It is known what came of a silence of at least the floor: see [`Sequel`]. After [`Watcher::silence`] of the
    /// same silence; at the latest just before [`Watcher::retire`]. [`FlowView::sequels`] does not hold it yet.
    fn sequel(&mut self, flow: &FlowView<'_>, annex: &mut Self::Annex, sequel: &Sequel);

    /// Live only: a silence of at least the floor goes on at `now` (`ending` is `None`). Called again
    /// and again while it lasts.
    fn still_silent(&mut self, flow: &FlowView<'_>, annex: &mut Self::Annex, silence: &Silence);

    /// The flow's life is over, or the capture is. `open` holds the silences of all bases that still lasted
    /// when it was last known, if they are at least the floor long: at the capture's end, when another life
    /// took over its key, or at its eviction. Empty for a closed flow.
    fn retire(&mut self, flow: &FlowView<'_>, annex: Option<&mut Self::Annex>, open: &[Silence]);

    /// All flows are retired. What can be put in order before the workers' results are laid together is best done
    /// here, where the workers do it side by side.
    fn close(&mut self) {}
}

/// Number of a service (responder address, port and realm) within one tracker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ServiceId(pub u32);
