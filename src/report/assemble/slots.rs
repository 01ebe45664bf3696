//! Clients that came to the limit of their connections at a service.

use super::network;
use crate::findings;
use crate::pipeline::Analysis;
use crate::report::{SlotLimitBasis, SlotMark, SlotPoint, SlotRefusals, SlotReleases, SlotUse};

/// Worst first.
pub(super) fn uses(analysis: &Analysis) -> Vec<SlotUse> {
    analysis.judgement.slots.iter().map(|used| page(analysis, used)).collect()
}

fn page(analysis: &Analysis, used: &findings::SlotUse) -> SlotUse {
    let (refused, released) = (&used.refused, &used.released);
    SlotUse {
        client: used.client.to_string(),
        responder: used.service.endpoint.to_string(),
        network: network(analysis, used.service.realm),
        limit: used.limit,
        basis: match used.basis {
            findings::LimitBasis::Stated => SlotLimitBasis::Stated,
            findings::LimitBasis::Inferred => SlotLimitBasis::Inferred,
        },
        certainty: used.certainty.into(),
        peak: used.peak,
        reached: mark(used.reached),
        silent: used.silent,
        refused: SlotRefusals {
            reset_at_once: refused.reset_at_once,
            refused: refused.refused,
            unanswered: refused.unanswered,
            first: refused.first.map(mark),
            last: refused.last.map(mark),
        },
        released: SlotReleases {
            keepalive: released.keepalive,
            fin: released.fin,
            server_reset: released.server_reset,
            client_reset: released.client_reset,
            replaced: released.replaced,
            first: released.first.map(mark),
            last: released.last.map(mark),
        },
        succeeded: used.succeeded.map(mark),
        held_at_end: used.held_at_end,
        occupancy: used
            .curve
            .iter()
            .map(|point| SlotPoint { at: point.at.into(), taken: point.taken, silent: point.silent })
            .collect(),
    }
}

fn mark(mark: findings::Mark) -> SlotMark {
    SlotMark { at: mark.at.into(), frame: mark.frame.0 }
}
