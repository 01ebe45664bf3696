//! Distributions of gaps, with the limits of the path as edges.

use crate::flow::{Basis, Service};
use crate::pipeline::Analysis;
use crate::report::{GapHistogram, GapHistograms, Told};
use crate::time::Span;

pub(super) fn whole(analysis: &Analysis) -> GapHistograms {
    let limits = limits(analysis);
    let judgement = &analysis.judgement;
    by_basis(|basis| {
        let longest = match basis {
            Basis::Any => judgement.longest_gap,
            Basis::Payload => judgement.longest_payload_gap,
            _ => None,
        };
        let longest = longest.map(|silence| silence.length);
        analysis.gaps.whole.get(basis.index()).map(|gaps| GapHistogram::of(gaps, Told::All, longest, &limits))
    })
}

/// `None` when no gap of the service was as long as a second.
pub(super) fn of_service(analysis: &Analysis, service: &Service) -> Option<GapHistograms> {
    let limits = limits(analysis);
    let gaps = analysis.gaps.services.get(service)?;
    Some(by_basis(|basis| {
        let gaps = gaps.of(basis)?;
        Some(GapHistogram::of(&gaps.packed(), Told::FromOneSecond, Some(gaps.longest()), &limits))
    }))
}

fn by_basis(page: impl Fn(Basis) -> Option<GapHistogram>) -> GapHistograms {
    let of = |basis| page(basis).unwrap_or_default();
    GapHistograms {
        any: of(Basis::Any),
        payload: of(Basis::Payload),
        initiator: of(Basis::Initiator),
        responder: of(Basis::Responder),
    }
}

fn limits(analysis: &Analysis) -> Vec<Span> {
    analysis.judgement.terms.path.hops.iter().map(|hop| hop.timers.established).collect()
}
