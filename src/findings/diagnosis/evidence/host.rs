//! The host that does not answer, or the service on it.

use super::super::cause::Cause;
use super::super::far::FarSight;
use super::super::incident::How;
use super::{Bearing, Case, Row, Seen};
use crate::findings::phrase;

const fn gone(
    bearing: Bearing,
    seen: fn(&Case<'_>) -> Option<Seen>,
    says: fn(&Seen) -> String,
    source: &'static str,
) -> Row {
    Row { cause: Cause::HostGone, bearing, seen, says, source }
}

const fn restart(
    bearing: Bearing,
    seen: fn(&Case<'_>) -> Option<Seen>,
    says: fn(&Seen) -> String,
    source: &'static str,
) -> Row {
    Row { cause: Cause::ServiceRestart, bearing, seen, says, source }
}

pub(super) const ROWS: &[Row] = &[
    gone(
        Bearing::Refutes,
        |case| {
            let heard = case
                .around
                .heard
                .filter(|heard| heard.in_older_connection && !case.around.is_shared_address)?;
            Some(Seen { at: Some(heard.at), ..Seen::default() })
        },
        |seen| {
            format!(
                "it was heard meanwhile in a connection that was open before (last at {})",
                seen.at.map(phrase::clock).unwrap_or_default()
            )
        },
        "an address may be taken over, a connection may not",
    ),
    gone(
        Bearing::Limits,
        |case| {
            let heard = case
                .around
                .heard
                .filter(|heard| heard.in_older_connection && case.around.is_shared_address)?;
            Some(Seen { at: Some(heard.at), ..Seen::default() })
        },
        |_| {
            "its address was heard meanwhile, but answers come from it over different numbers of hops: several hosts share it".to_owned()
        },
        "an address is not a host: balancers, failover, pods",
    ),
    gone(
        Bearing::Limits,
        |case| {
            let heard = case.around.heard.filter(|heard| !heard.in_older_connection);
            let heard = heard.or(case.around.together.heard)?;
            Some(Seen { at: Some(heard.at), ..Seen::default() })
        },
        |seen| {
            format!(
                "its address was heard while this flow, or one that can have fallen silent in the same moment, failed (last at {})",
                seen.at.map(phrase::clock).unwrap_or_default()
            )
        },
        "a host that has gone answers nobody; its address may have been taken over",
    ),
    gone(
        Bearing::Refutes,
        |case| case.far_fact(|fact| fact.what == FarSight::Dropped),
        |seen| seen.words.clone(),
        "what never arrived cannot be answered",
    ),
    gone(
        Bearing::Supports,
        |case| {
            (case.around.together.flows >= 2)
                .then(|| Seen { count: case.around.together.flows, ..Seen::default() })
        },
        |seen| format!("{} flows of this host may have fallen silent at the same moment", seen.count),
        "a host that goes takes all of its flows with it",
    ),
    gone(
        Bearing::Supports,
        |case| case.incident.unreachable.map(|frame| Seen::at_frames([frame])),
        |seen| format!("a router says that it cannot be reached (ICMP in frame {})", seen.frames[0]),
        "RFC 792, RFC 4443: destination unreachable",
    ),
    gone(
        Bearing::Supports,
        |case| case.far_fact(|fact| fact.what == FarSight::ArrivedUnanswered),
        |seen| seen.words.clone(),
        "captures on both sides of a box",
    ),
    restart(
        Bearing::Refutes,
        |case| case.far_fact(|fact| fact.what == FarSight::ResetMadeBetween),
        |seen| seen.words.clone(),
        "captures on both sides of a box",
    ),
    restart(
        Bearing::Limits,
        |case| case.around.lived_through.then(Seen::default),
        |_| "another connection of its address lived through that time".to_owned(),
        "behind one address there may be many servers",
    ),
    restart(
        Bearing::Supports,
        |case| {
            case.around
                .together
                .in_use
                .or(case.around.together.outlived)
                .map(|frame| Seen::at_frames([frame]))
        },
        |seen| {
            format!(
                "a flow was refused in the same moment that no idle timer explains (frame {})",
                seen.frames[0]
            )
        },
        "a restart refuses busy and idle connections alike",
    ),
    restart(
        Bearing::Supports,
        |case| {
            (case.is_idle_refuted && case.around.together.flows >= 2)
                .then(|| Seen { count: case.around.together.flows, ..Seen::default() })
        },
        |seen| format!("{} flows may have been lost at the same moment", seen.count),
        "a restart refuses all connections that were open before",
    ),
];

/// Whether a restart may have refused the flow.
pub(in crate::findings::diagnosis) fn may_have_restarted(case: &Case<'_>) -> bool {
    let refused = matches!(case.incident.how, How::Refused(_) | How::ResetInUse(_));
    let by_owner = case.incident.reset().is_some_and(|reset| reset.is_the_owners());
    refused && !case.incident.is_reset_by_box() && !by_owner
}
