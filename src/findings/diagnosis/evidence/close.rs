//! Closes: normal ones, and those of a program.

use super::super::cause::Cause;
use super::super::incident::{Close, How};
use super::{Bearing, Case, Row, Seen, row};

fn close<'a>(case: &'a Case<'_>) -> Option<&'a Close> {
    match &case.incident.how {
        How::Closed(close) => Some(close),
        _ => None,
    }
}

pub(super) const ROWS: &[Row] = &[
    row(
        Cause::NormalClose,
        Bearing::Refutes,
        |case| close(case).filter(|close| close.request_open).map(|close| Seen::at_frames([close.frame])),
        |seen| format!("a request was open when it was closed (frame {})", seen.frames[0]),
        "a client waits for the answer to what it asked last",
    ),
    row(
        Cause::NormalClose,
        Bearing::Refutes,
        |case| close(case)?.refused.map(|frame| Seen::at_frames([frame])),
        |seen| format!("it was used again and refused (frame {})", seen.frames[0]),
        "RFC 9293 3.10.7.1: data for a closed connection is reset",
    ),
    row(
        Cause::NormalClose,
        Bearing::Limits,
        |case| (close(case)?.kept_open || case.around.limit.is_some()).then(Seen::default),
        |_| "it was closed at a time that other flows share, or somebody kept it open".to_owned(),
        "programs that are done close at no particular time",
    ),
    row(
        Cause::ApplicationClose,
        Bearing::Refutes,
        |case| close(case).filter(|close| close.request_open).map(|close| Seen::at_frames([close.frame])),
        |seen| format!("a request was open when it was closed (frame {})", seen.frames[0]),
        "a program answers, or closes with an error, what it has read",
    ),
    row(
        Cause::ApplicationClose,
        Bearing::Limits,
        |case| case.around.limit.filter(|limit| limit.kept_open).map(|_| Seen::default()),
        |_| "somebody kept it open".to_owned(),
        "heartbeats and keepalive are there to keep a connection",
    ),
    row(
        Cause::ApplicationClose,
        Bearing::Supports,
        |case| {
            close(case)
                .filter(|close| !close.kept_open && !close.request_open)
                .map(|close| Seen::at_frames([close.frame]))
        },
        |seen| {
            format!(
                "everything was answered and nobody kept it open when it was closed (frame {})",
                seen.frames[0]
            )
        },
        "an orderly close by its own end",
    ),
    row(
        Cause::ApplicationClose,
        Bearing::Supports,
        |case| {
            let limit = case.around.limit.filter(|limit| !limit.kept_open)?;
            Some(Seen::of_limit(limit))
        },
        Seen::closed_alike,
        "idle limits of servers and pools",
    ),
    row(
        Cause::ApplicationClose,
        Bearing::Supports,
        |case| {
            let (How::Refused(reset) | How::ResetInUse(reset)) = &case.incident.how else { return None };
            reset.is_the_owners().then(|| Seen::at_frames([reset.frame]))
        },
        |seen| format!("the RST in frame {} bears what only the owner of the socket knows", seen.frames[0]),
        "a socket closed with data unread, or with linger 0, resets (Linux, lab)",
    ),
];
