//! Causes that TCP itself shows: reused ports, closed windows, segments too large for the path.

use super::super::cause::Cause;
use super::super::incident::How;
use super::{Bearing, Row, Seen, row};

/// Payload from which on a segment is large: the smallest that IPv6 and most tunnels carry, less headers.
const LARGE: u32 = 1000;

pub(super) const ROWS: &[Row] = &[
    row(
        Cause::PortReuse,
        Bearing::Proves,
        |case| {
            let How::Attempt(challenged) = case.incident.how else { return None };
            Some(Seen::at_frames([challenged.frame]))
        },
        |seen| {
            format!(
                "the SYN was answered with the numbers of an earlier connection (challenge ACK in frame {})",
                seen.frames[0]
            )
        },
        "RFC 5961 4: challenge ACK; RFC 9293 3.6.1: TIME-WAIT",
    ),
    row(
        Cause::WindowStall,
        Bearing::Supports,
        |case| case.incident.window_closed.then(|| Seen::at_frames([case.incident.failed_frame()])),
        |_| "the receiver's last window was zero".to_owned(),
        "RFC 9293 3.8.6.1: zero windows are probed",
    ),
    row(
        Cause::Mtu,
        Bearing::Supports,
        |case| {
            let How::Stuck { stuck, .. } = case.incident.how else { return None };
            let large = stuck.length >= LARGE;
            let frames = [stuck.first_frame, stuck.last_frame];
            large.then(|| Seen { count: u64::from(stuck.length), ..Seen::at_frames(frames) })
        },
        |seen| {
            format!(
                "a segment of {} bytes never arrived (frames {} to {}), while smaller ones passed both ways",
                seen.count, seen.frames[0], seen.frames[1]
            )
        },
        "RFC 2923 2.1: path MTU discovery black holes",
    ),
    row(
        Cause::Mtu,
        Bearing::Limits,
        |case| {
            let How::Stuck { stuck, .. } = case.incident.how else { return None };
            (stuck.length < LARGE)
                .then(|| Seen { count: u64::from(stuck.length), ..Seen::at_frames([stuck.first_frame]) })
        },
        |seen| format!("the segment that never arrived has {} bytes only", seen.count),
        "every path carries 576 bytes (RFC 791), IPv6 1280 (RFC 8200)",
    ),
];
