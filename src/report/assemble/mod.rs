//! From an [`Analysis`] to the words of the report. What is decided here is only what may be concluded from
//! the capture as a whole: what it cannot show, and whether it was stopped in between.

mod cannot_see;
mod findings;
mod flows;
mod histograms;
mod inferred;
mod intake;
mod next_captures;
mod pauses;
mod recommended;
mod services;
mod sides;
mod slots;
mod survey;
#[cfg(test)]
mod tests;
mod totals;
pub(super) mod tuning;

pub use sides::assemble_sides;

use super::{Listing, PathDescription, Report};
use crate::capture::CaptureSummary;
use crate::findings::beside;
use crate::pipeline::{Analysis, Origin};
use crate::recommend::recommend;
use crate::segment::Realm;
use crate::tuning::interval_log::IntervalLog;
use pauses::Pauses;

/// The report of a run.
pub fn assemble(analysis: &Analysis) -> Report {
    let mut report = assemble_for_people(analysis);
    for (service, line) in report.services.iter_mut().zip(&analysis.judgement.services) {
        service.histograms = histograms::of_service(analysis, &line.service);
    }
    report
}

/// The report of a run without the histograms of services, which the text page does not show: to make them for
/// forty services takes as long as to read a million frames.
pub fn assemble_for_people(analysis: &Analysis) -> Report {
    let judgement = &analysis.judgement;
    let pauses = Pauses::of(analysis);
    let recommendations = recommend(judgement);
    let numbers = &recommendations.of_findings;
    let (flows, findings) =
        beside(|| flows::list(analysis, &pauses), || findings::list(analysis, &pauses, numbers));
    let next_captures = next_captures::of(&flows);
    let mut report = Report {
        complete: is_complete(analysis),
        capture: intake::capture(analysis, &pauses),
        path: PathDescription::of(&judgement.terms, &judgement.by_route),
        totals: totals::of(analysis),
        survey: survey::rows(judgement),
        services: services::lines(analysis),
        services_total: judgement.services_total,
        stale_clients: services::stale_clients(analysis),
        stale_clients_total: judgement.stale_total,
        slots: slots::uses(analysis),
        slots_total: judgement.slots_total,
        histograms: histograms::whole(analysis),
        listing: Listing {
            flows: judgement.terms.listing.into(),
            flows_at_most: judgement.terms.flows_listed as u64,
            min_gap_s: judgement.terms.min_gap.into(),
        },
        flows,
        flows_total: judgement.flows_total,
        findings,
        findings_total: judgement.totals.findings.iter().sum(),
        inferred_timeouts: inferred::list(analysis),
        next_captures,
        recommendations: recommended::list(&recommendations, &judgement.terms.names),
        sides: None,
        tuning: None,
        interval_log: IntervalLog::default(),
    };
    report.capture.cannot_see = cannot_see::sentences(analysis, &report);
    report
}

fn is_complete(analysis: &Analysis) -> bool {
    match &analysis.origin {
        Origin::Files(summary) => summary.is_complete(),
        Origin::Interface { gone, .. } => gone.is_none(),
    }
}

fn files(analysis: &Analysis) -> Option<&CaptureSummary> {
    match &analysis.origin {
        Origin::Files(summary) => Some(summary),
        Origin::Interface { .. } => None,
    }
}

fn network(analysis: &Analysis, realm: Realm) -> Option<String> {
    analysis.reading.realms.name(realm)
}
