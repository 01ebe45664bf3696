//! Hops in order from the initiator to the responder, and the endpoints' keepalive.

use super::{Hop, Keepalive};

/// A path as the user describes it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Path {
    /// From the initiator to the responder. Empty: the survey over known limits is made instead.
    pub hops: Vec<Hop>,
    /// What the endpoints' sockets are set to, when the user said so.
    pub keepalive: Option<Keepalive>,
}
