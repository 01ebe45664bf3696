//! Boxes and the path between: lost state, outages, resets in use, limits of age.

use super::super::cause::Cause;
use super::super::incident::How;
use super::{Bearing, Case, Row, Seen, row};
use crate::findings::phrase;

pub(super) const ROWS: &[Row] = &[
    row(
        Cause::StateFlush,
        Bearing::Refutes,
        |case| case.around.lived_through.then(Seen::default),
        |_| "another connection to the same host lived through that time".to_owned(),
        "a box that loses its state loses all flows (conntrack -F, lab)",
    ),
    row(
        Cause::StateFlush,
        Bearing::Supports,
        |case| case.around.together.in_use.map(|frame| Seen::at_frames([frame])),
        |seen| format!("a flow in use broke in the same moment (frame {})", seen.frames[0]),
        "conntrack -F ends busy and idle flows at once (lab)",
    ),
    row(
        Cause::StateFlush,
        Bearing::Supports,
        |case| {
            (case.incident.any.is_none() && case.around.together.flows >= 2)
                .then(|| Seen { count: case.around.together.flows, ..Seen::default() })
        },
        |seen| format!("{} flows may have broken at the same moment, this one in use", seen.count),
        "conntrack -F ends busy and idle flows at once (lab)",
    ),
    row(
        Cause::PathOutage,
        Bearing::Refutes,
        |case| {
            case.around
                .heard
                .filter(|heard| heard.in_older_connection)
                .map(|heard| Seen { at: Some(heard.at), ..Seen::default() })
        },
        |seen| {
            format!(
                "other connections crossed meanwhile (last at {})",
                seen.at.map(phrase::clock).unwrap_or_default()
            )
        },
        "an outage stops all flows of a path",
    ),
    row(
        Cause::PathOutage,
        Bearing::Supports,
        |case| {
            (case.around.together.hosts >= 2)
                .then(|| Seen { count: case.around.together.hosts, ..Seen::default() })
        },
        |seen| format!("{} hosts fell silent at the same moment", seen.count),
        "an outage stops all flows of a path",
    ),
    row(
        Cause::ResetInUse,
        Bearing::Supports,
        |case| {
            let reset =
                case.incident.reset().filter(|_| case.incident.is_reset_by_box() && case.is_idle_refuted)?;
            Some(Seen { words: phrase::reset_origin(reset), ..Seen::at_frames([reset.frame]) })
        },
        |seen| seen.words.clone(),
        "inline inspection and policies reset flows in use",
    ),
    row(
        Cause::ResetInUse,
        Bearing::Limits,
        |case| (!case.is_idle_refuted).then(Seen::default),
        |_| "a silence came before".to_owned(),
        "a RST after a silence may be that of an idle timer",
    ),
    row(
        Cause::AgeLimit,
        Bearing::Refutes,
        |case| {
            let age = case.incident.age?;
            let older = case.around.oldest.times(100) > age.times(102);
            older.then(|| Seen { spans: [case.around.oldest, age], ..Seen::default() })
        },
        |seen| format!("a flow of the service grew {} old, this one {}", seen.spans[0], seen.spans[1]),
        "a limit of age spares no flow",
    ),
    row(
        Cause::AgeLimit,
        Bearing::Supports,
        |case| {
            let alike = case.around.together.of_one_age >= 3 && case.is_idle_refuted;
            alike.then(|| Seen {
                count: case.around.together.of_one_age,
                spans: [case.incident.age.unwrap_or_default(); 2],
                ..Seen::default()
            })
        },
        |seen| {
            format!(
                "{} flows, opened at different moments, ended at the same age of {}",
                seen.count, seen.spans[0]
            )
        },
        "limits of age: Envoy max_connection_duration, session lifetimes of firewalls",
    ),
];

/// Whether a loss of state may have ended the flow.
pub(in crate::findings::diagnosis) fn may_have_been_flushed(case: &Case<'_>) -> bool {
    let by_owner = case.incident.reset().is_some_and(|reset| reset.is_the_owners());
    matches!(case.incident.how, How::Unanswered(_) | How::Refused(_) | How::ResetInUse(_) | How::ResetIdle(_))
        && !by_owner
        && (case.incident.any.is_some() || case.around.together.flows >= 2 || case.incident.is_reset_by_box())
}

/// Whether an outage may have ended the flow.
pub(in crate::findings::diagnosis) fn may_have_been_cut_off(case: &Case<'_>) -> bool {
    matches!(case.incident.how, How::Unanswered(_)) && case.around.together.hosts >= 2
}
