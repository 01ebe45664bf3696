//! Live runs on the loopback interface, with real sockets. They need root or CAP_NET_RAW: without it each
//! says `SKIPPED` on standard error, and fails where `CI` is set, so that nobody takes a skip for a pass.

#![cfg(target_os = "linux")]

mod announcing;
mod lab;
mod recording;
