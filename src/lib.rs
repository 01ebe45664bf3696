//! `idlescope` reads TCP from captures or a live interface and says which flows a middlebox's idle
//! timeout would cut, which are left stale, what keepalive saved, and what to set.
//!
//! # The house
//!
//! Bytes enter on the left, pages leave on the right, nothing flows back. A room imports only from
//! rooms to its left; `tests/house.rs` reads the `use` lines and holds them to this table
//! (left to right):
//!
//! | room | holds |
//! | --- | --- |
//! | [`time`] | instants and lengths of time, in integer nanoseconds |
//! | [`frame`] | a frame as captured |
//! | [`segment`] | one TCP packet as decoded facts, and the key of its flow |
//! | [`memory`] | how memory is laid out and asked for, where that decides the speed |
//! | [`policy`] | hops, presets, keepalive settings, paths: data, no behaviour over packets |
//! | [`capture`] | frames from files, pipes and interfaces |
//! | [`decode`] | a frame becomes a segment, an ICMP quote or a counted skip |
//! | [`flow`] | lives of TCP connections: gaps, probes, keepalive estimates |
//! | [`stats`] | histograms of gaps |
//! | [`simulate`] | what each hop would have done to each flow |
//! | [`tuning`] | what the silences of real traffic say about timeouts |
//! | [`advice`] | settings to paste for a path |
//! | [`findings`] | rules over flows and verdicts, with evidence and advice |
//! | [`pipeline`] | threads and channels from a source to an analysis |
//! | [`sides`] | the same traffic on both sides of a box: what crossed |
//! | [`recommend`] | what to set, one number for each service, setting and side |
//! | [`report`] | text, HTML, JSON, NDJSON, CSV and `.hgrm` pages |
//! | [`proof`] | captures with comments on the frames that prove something |
//! | [`live`] | a running capture as the user sees it |
//! | [`cli`] | words in, settings out; results in, exit code out |
//!
//! # Invariants
//!
//! Time is data: only live sources read a clock. Silence never ends a flow. One worker at a
//! time has a flow, which it sees in capture order, so worker count never changes a report. Decoding cannot fail:
//! a frame is a segment, an ICMP quote or a counted skip. Nothing is lost in silence.

pub mod time;
pub mod frame;
pub mod segment;
pub mod memory;
pub mod policy;
pub mod capture;
pub mod decode;
pub mod flow;
pub mod stats;
pub mod simulate;
pub mod tuning;
pub mod advice;
pub mod findings;
pub mod pipeline;
pub mod sides;
pub mod recommend;
pub mod report;
pub mod proof;
pub mod live;
pub mod cli;
