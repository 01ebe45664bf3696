//! Clients that came to the limit of their connections at a service.

use super::{CertaintyWord, Moment};
use schemars::JsonSchema;
use serde::Serialize;

/// How a limit is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SlotLimitBasis {
    /// By `--slots`, or the path file.
    Stated,
    /// Attempts were refused at this count of connections and at no other.
    Inferred,
}

/// A moment and the frame that shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct SlotMark {
    /// When.
    pub at: Moment,
    /// Frame to look at.
    pub frame: u64,
}

/// Slots taken from a moment on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct SlotPoint {
    /// From when.
    pub at: Moment,
    /// Slots taken.
    pub taken: u64,
    /// Of them by connections whose client is not heard of again.
    pub silent: u64,
}

/// Attempts refused while the limit was met.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct SlotRefusals {
    /// Accepted and reset at once.
    pub reset_at_once: u64,
    /// Answered by RST.
    pub refused: u64,
    /// Not answered.
    pub unanswered: u64,
    /// The first of all.
    pub first: Option<SlotMark>,
    /// The last of all.
    pub last: Option<SlotMark>,
}

/// How slots came free that were taken when attempts were refused, until one succeeded again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct SlotReleases {
    /// The server's keepalive gave up on the client.
    pub keepalive: u64,
    /// FIN of both sides.
    pub fin: u64,
    /// RST by the server.
    pub server_reset: u64,
    /// RST by the client.
    pub client_reset: u64,
    /// The client opened a new connection from the same port.
    pub replaced: u64,
    /// The first of all.
    pub first: Option<SlotMark>,
    /// The last of all.
    pub last: Option<SlotMark>,
}

/// A client that came to the limit of its connections at a service. Connections that lived for less than a second
/// are not counted.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SlotUse {
    /// Address of the client.
    pub client: String,
    /// `ip:port` of the service.
    pub responder: String,
    /// VLANs and tunnels around them; null: none.
    pub network: Option<String>,
    /// Connections that the service allows one client; an inferred one is about right.
    pub limit: u64,
    /// How that is known.
    pub basis: SlotLimitBasis,
    /// How sure it is that the limit was met.
    pub certainty: CertaintyWord,
    /// Most connections at once.
    pub peak: u64,
    /// The connection that took the last slot, for the first time.
    pub reached: SlotMark,
    /// Slots taken, when the first attempt was refused (none: before the first came free), by connections whose
    /// client was not heard of again.
    pub silent: u64,
    /// Attempts refused.
    pub refused: SlotRefusals,
    /// How slots came free.
    pub released: SlotReleases,
    /// The first connection that got a slot after one had come free.
    pub succeeded: Option<SlotMark>,
    /// Slots still held when the capture ended.
    pub held_at_end: u64,
    /// Slots over time, each change; of more than 128, the highest of each stretch.
    pub occupancy: Vec<SlotPoint>,
}
