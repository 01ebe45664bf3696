//! The words in which people describe hops and keepalive: one grammar for the command line and for path
//! files.
//!
//! # Hops
//!
//! ```text
//! [NAME=]DURATION|PRESET[,idle=LIMIT][,half-open=LIMIT][,half-closed=LIMIT][,unacknowledged=LIMIT]
//!     [,refresh=any|payload|payload-per-direction|initiator|responder]
//!     [,expiry=drop|reset-on-next|reset-both|close][,pickup=strict|loose|unstated]
//! ```
//!
//! LIMIT is a duration with units (`350s`, `5m`, `2h4m`) or `never`. `0` is refused: some vendors mean
//! "never" by it, others "at once". A plain duration is a tracker: any packet refreshes it, expiry drops its
//! state in silence, and a forgotten flow is refused. `idle=` sets the established limit of a preset;
//! `half-open` both handshake timers, `half-closed` both timers after the first FIN.
//!
//! NAME tells hops apart in reports. Left out, it is the preset's id, or `hop1`, `hop2`, … by position; a
//! number is put behind it when it is taken. The same NAME given twice is an error.
//!
//! # Keepalive
//!
//! ```text
//! off | TIME[/INTERVAL[/PROBES]] | PRESET | [TIME|PRESET,]time=TIME,interval=INTERVAL,probes=PROBES
//! ```
//!
//! What is left out follows the preset, or else Linux (75 s, 9 probes).
//!
//! ```
//! use idlescope::policy::{Keepalive, spec::parse_hops};
//! let hops = parse_hops(&["firewall=1h", "mdm=50m", "aws-nlb-tcp,idle=40m"]).unwrap();
//! assert_eq!(hops[2].to_string(), "aws-nlb-tcp=aws-nlb-tcp,idle=40m");
//! let keepalive: Keepalive = "exchange".parse().unwrap();
//! assert_eq!(keepalive.to_string(), "30m/1s/10");
//! ```

mod error;
mod hop_draft;
mod hop_spec;
mod keepalive_spec;
mod limit;
mod words;

#[cfg(test)]
mod tests;

pub use error::{SpecError, Subject};
pub(super) use hop_draft::{HopDraft, name_hops};
pub use hop_spec::{HopSpecError, MAX_HOPS, parse_hops};
pub(super) use keepalive_spec::KeepaliveDraft;
pub(crate) use limit::ExactSpan;
pub(super) use limit::{parse_length, parse_limit};
