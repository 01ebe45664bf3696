//! The same traffic on both sides of a box.

use super::{Broken, CertaintyWord, Finding, InputFile, Moment, Seconds};
use schemars::JsonSchema;
use serde::Serialize;

/// What captures on both sides of one or more boxes say together. The rest of the report is that of the first side.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Sides {
    /// Names of the sides, in path order.
    pub names: Vec<String>,
    /// Neighbouring sides laid beside each other.
    pub between: Vec<SidesBetween>,
    /// What the other sides say by themselves.
    pub others: Vec<SideAlone>,
}

/// What one side says by itself.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SideAlone {
    /// Its name.
    pub name: String,
    /// Whether all of it was read.
    pub complete: bool,
    /// Its files, in the order given.
    pub files: Vec<InputFile>,
    /// Flows in it.
    pub flows: u64,
    /// Of them: those that were seen to break at the end of a silence.
    pub broken: Broken,
    /// Findings about its listed flows. Frames and flow ids are those of this side.
    pub findings: Vec<Finding>,
    /// How many findings there were.
    pub findings_total: u64,
}

/// Two neighbouring sides.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SidesBetween {
    /// Their names, in path order.
    pub names: [String; 2],
    /// Connections seen on both sides.
    pub matched: u64,
    /// Of them: those whose address or port changed midway.
    pub joined: u64,
    /// Of them: those whose sequence numbers the box between rewrites; they were matched by timestamps.
    pub rewritten: u64,
    /// Flows of each side that the other does not have.
    pub unmatched: [u64; 2],
    /// How far the second side's clock is ahead of the first's; null: packets crossed one way only.
    pub clock_ahead_s: Option<SignedSeconds>,
    /// How far the true value may be from it.
    pub clock_within_s: Option<Seconds>,
    /// Seconds a second by which the second clock gains, in parts per billion; null: too little to be told.
    pub clock_drift_ppb: Option<i64>,
    /// Connections whose packets were compared: those with findings, and some others.
    pub compared: u64,
    /// Connections of which something follows.
    pub crossings: Vec<FlowCrossing>,
}

/// Seconds, negative too.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct SignedSeconds(pub f64);

/// One connection on both sides.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct FlowCrossing {
    /// Ids of its flows on each side.
    pub flows: [Vec<u64>; 2],
    /// `ip:port` of both ends on each side, of the first of these flows, the initiator first; null where no packet of it was kept.
    pub ends: [Option<[String; 2]>; 2],
    /// Packets compared that both sides saw.
    pub crossed: u64,
    /// Packets compared that one side saw only.
    pub one_side_only: [u64; 2],
    /// The last packet that crossed each way.
    pub last_crossed: Vec<LastPacket>,
    /// What follows.
    pub conclusions: Vec<SideConclusion>,
}

/// A packet that crossed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct LastPacket {
    /// Name of the side it went to.
    pub towards: String,
    /// Its frame on each side.
    pub frames: [u64; 2],
}

/// Kinds of conclusion.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConclusionWord {
    /// The box between dropped packets, and nothing of their sender crosses any more.
    Dropped,
    /// The box between made the RST.
    ResetMadeBetween,
    /// The RST crossed: the box between did not make it.
    ResetCrossed,
    /// The RST of an end did not cross.
    ResetStopped,
    /// Packets crossed again and again and were not answered: the box between did not drop them.
    Unanswered,
    /// The connection went on behind the box under another address or port: the box had forgotten it.
    MappingLost,
}

impl ConclusionWord {
    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            ConclusionWord::Dropped => "dropped",
            ConclusionWord::ResetMadeBetween => "reset-made-between",
            ConclusionWord::ResetCrossed => "reset-crossed",
            ConclusionWord::ResetStopped => "reset-stopped",
            ConclusionWord::Unanswered => "unanswered",
            ConclusionWord::MappingLost => "mapping-lost",
        }
    }
}

/// One conclusion.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SideConclusion {
    /// What.
    pub kind: ConclusionWord,
    /// How far the captures prove it.
    pub certainty: CertaintyWord,
    /// Name of the side on which the packets are.
    pub side: String,
    /// Frames to look at, the first ones: of that side; of `reset-crossed` and `mapping-lost` the sender's
    /// side and then the other.
    pub frames: Vec<u64>,
    /// How many there are.
    pub frames_total: u64,
    /// When, by that side's clock.
    pub at: Moment,
    /// The silence at whose end the connection broke, where this proves a finding of that side that says so.
    pub broke_after_s: Option<Seconds>,
    /// In one sentence.
    pub summary: String,
}
