//! What a capture on the other side of a box shows of a flow: facts that are added before anything is judged.

use crate::frame::FrameNumber;

/// One fact of another side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FarFact {
    /// First frame of the flow, in this side's numbers.
    pub flow: FrameNumber,
    /// What was seen.
    pub what: FarSight,
    /// Frames that it speaks of, in this side's numbers.
    pub frames: Vec<FrameNumber>,
    /// As a clause: `the capture at server does not have frame 12`.
    pub says: String,
}

/// What another side shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FarSight {
    /// Packets of the flow were dropped on the way there, while other connections crossed.
    Dropped,
    /// A RST under an address of that side was not sent there.
    ResetMadeBetween,
    /// The box between gave the sender another address or port: it had forgotten the connection.
    MappingLost,
    /// Packets arrived there, and no answer came.
    ArrivedUnanswered,
    /// A RST came from there.
    ResetCrossed,
}

impl FarSight {
    /// Whether it proves that something between the sides broke the flow.
    pub const fn accuses_between(self) -> bool {
        matches!(self, FarSight::Dropped | FarSight::ResetMadeBetween | FarSight::MappingLost)
    }
}
