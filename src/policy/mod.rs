//! What boxes and endpoints are set to: hops with their timers, keepalive settings, paths, and the
//! catalogue of presets. Data only: nothing here looks at a packet.

mod hop;
mod keepalive;
mod lint;
mod names;
mod path;
mod path_file;
pub mod presets;
mod propose;
mod route;
mod slots;
pub mod spec;
mod toml_text;

pub use hop::{Expiry, Hop, Pickup, Refresh, SelfProbe, TimerTable};
pub use keepalive::{EndKeepalives, Keepalive, KeepaliveSetting};
pub use lint::{PathFault, Rfc5382Timer, lint};
pub use names::{Named, Names};
pub use path::Path;
pub use path_file::{ContentFault, PathFile, PathFileError, PathFileFault, parse_path_file, read_path_file};
pub use presets::Adjustable;
pub use propose::{Change, Proposal, is_protected_by_keepalive, keepalive_for, propose};
pub(crate) use propose::{keepalive_below, pause_of, preset_of};
pub use route::{MOST_ROUTES, Match, MatchError, Route};
pub use slots::{SlotLimit, SlotSpecError};
