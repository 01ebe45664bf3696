//! One connection on both sides: what crossed, and what did not.

use crate::findings::Certainty;
use crate::frame::FrameNumber;
use crate::segment::Endpoint;
use crate::time::{Span, Timestamp};

/// What is concluded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConclusionKind {
    /// Packets reach one side and not the other, and nothing of their sender crosses any more.
    Dropped,
    /// A RST is seen behind the box only, not where its claimed sender is.
    ResetMadeBetween,
    /// A RST is seen on both sides: it came from its sender's side, and the box let it through.
    ResetCrossed,
    /// A RST of its claimed sender did not reach the other side.
    ResetStopped,
    /// Packets crossed, again and again, and were not answered: what lies between did not drop them.
    Unanswered,
    /// A connection that crossed goes on behind the box under another address or port: the box had forgotten it.
    MappingLost,
}

/// One conclusion about a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conclusion {
    /// What.
    pub kind: ConclusionKind,
    /// How sure it is: a capture that lost frames, or is not known to have run then, makes it no more than likely.
    pub certainty: Certainty,
    /// Side (0 or 1) on which the packets were seen; where both saw them, the sender's.
    pub side: usize,
    /// The first of these packets, in that side's numbers; where both sides saw one, its number on each.
    pub frames: Vec<FrameNumber>,
    /// How many there are.
    pub frames_total: u64,
    /// When the first was seen.
    pub at: Timestamp,
    /// How long the connection had been silent in this direction's own side before it.
    pub silent: Span,
    /// Whether another connection crossed later: then the path itself was there.
    pub others_crossed: bool,
    /// Of [`ConclusionKind::MappingLost`]: what became of the sender's name.
    pub renamed: Option<Renamed>,
}

/// A sender that came out of the box under another name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Renamed {
    /// As the far side knew it.
    pub before: Endpoint,
    /// As it came then.
    pub then: Endpoint,
    /// Whether that is its name on its own side: the box let it through untranslated.
    pub untranslated: bool,
}

/// The last packet that crossed one way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastCrossed {
    /// Its frame on either side.
    pub frames: [FrameNumber; 2],
    /// Whether it went from the first side to the second.
    pub forward: bool,
}

/// One connection on both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Crossing {
    /// Ids of its flows on either side, ascending: several where its addresses or ports changed midway.
    pub flows: [Vec<u64>; 2],
    /// Who opened it and where to, on either side, of the first of these flows.
    pub ends: [Option<[Endpoint; 2]>; 2],
    /// Packets compared that both sides saw.
    pub crossed: u64,
    /// Packets compared that one side saw only.
    pub one_side_only: [u64; 2],
    /// The last that crossed, one for each way.
    pub last_crossed: Vec<LastCrossed>,
    /// What follows.
    pub conclusions: Vec<Conclusion>,
}
