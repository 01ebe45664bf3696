//! A flow that one side closed for no reason but the silence before.

use crate::findings::flow_record::FlowRef;
use crate::flow::{FlowView, Gap, ProbeLog, Role, Sequel, SilenceClass};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};

/// A flow that one side closed after a silence of payload.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct Closing {
    pub flow: FlowRef,
    pub closer: Role,
    pub by_reset: bool,
    /// It said goodbye first: a RST behind that breaks nothing off.
    pub with_goodbye: bool,
    /// Keepalive probes went on during the silence.
    pub probed: bool,
    pub start_at: Timestamp,
    pub length: Span,
    pub frames: [FrameNumber; 2],
    /// The client used it once more, and this RST refused that.
    pub refused: Option<FrameNumber>,
}

impl Closing {
    pub fn of(flow: &FlowView<'_>) -> Option<Closing> {
        let closed = flow.sequels().closed()?;
        let gap = closed.gap;
        let idle =
            matches!(closed.class(), SilenceClass::Established) && closed.is_clean() && flow.is_two_way();
        // Payload that waits for an answer makes it another matter.
        let ended_by_answer = flow.last_payload_frame_of(Role::Responder) == gap.start_frame;
        let (used_at, used) = flow.last_payload();
        let farewell = used >= gap.end_frame && used_at.since(gap.start_at + gap.length) < FAREWELL;
        let unused = used == gap.start_frame || farewell;
        let refused = refusal(flow, closed);
        let probes = Role::BOTH.map(|role| flow.probes(role));
        (idle && ended_by_answer && (unused || refused.is_some())).then(|| Closing {
            flow: FlowRef::of(flow),
            closer: closed.speaker,
            by_reset: closed.reset().is_some(),
            with_goodbye: closed.goodbye().is_some(),
            probed: probes.iter().any(|log| probed_within(log, &gap)),
            start_at: gap.start_at,
            length: gap.length,
            frames: [gap.start_frame, gap.end_frame],
            refused,
        })
    }

    pub fn group(&self) -> (Endpoint, Realm, Role) {
        (self.flow.responder, self.flow.realm, self.closer)
    }
}

/// Whether a side probed between the beginning of a silence and its end. Probes of a socket that stays half-closed
/// come later, and say nothing of it.
fn probed_within(log: &ProbeLog, gap: &Gap) -> bool {
    let within = |at: Timestamp| gap.start_at < at && at < gap.start_at + gap.length;
    log.times().iter().copied().chain(log.last_probe_at()).any(within)
}

/// From a close on, what the client's stack and TLS library say to it has come; what comes later is use.
const FAREWELL: Span = Span::from_secs(1);

/// The RST with which the server refused what the client sent after the server's close. Not what followed the close at
/// once, nor of a client that then closed too: that was its farewell.
fn refusal(flow: &FlowView<'_>, closed: &Sequel) -> Option<FrameNumber> {
    let used = flow.last_payload_frame_of(Role::Initiator);
    let by_server = closed.speaker == Role::Responder && closed.ended_by_fin();
    let (used_at, last) = flow.last_payload();
    let closed_at = closed.gap.start_at + closed.gap.length;
    let used_again = used == last && used_at.since(closed_at) >= FAREWELL && !flow.has_fin(Role::Initiator);
    let reset = flow.reset(Role::Responder)?;
    (by_server && used_again && reset.frame > used).then_some(reset.frame)
}
