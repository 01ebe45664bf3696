//! What boxes and endpoints are set to: hops with their timers, keepalive settings, paths, and the
//! catalogue of presets. Data only: nothing here looks at a packet.

mod hop;
mod keepalive;
mod path;

pub use hop::{Expiry, Hop, Pickup, Refresh, SelfProbe, TimerTable};
pub use keepalive::Keepalive;
pub use path::Path;
