//! Survival curves of idle silences.

use crate::flow::Basis;
use crate::report::{CurvePoint, SurvivalPlot};
use crate::time::Span;
use crate::tuning::{Confidence, IDLE_FROM, Measured, RiskTable, SurvivalCurve};

/// Points of a curve at the most.
const POINTS: usize = 200;

/// A curve for each reported basis on which there was an idle silence. `midstream`: flows that were there
/// before the capture, whose silence then, if there was one, tells nothing.
pub(super) fn of(measured: &Measured, span: Span, midstream: u64) -> Vec<SurvivalPlot> {
    let plot = |basis: Basis| {
        // Shorter silences are no idling, and would hide those that are.
        let ended = measured.of(basis).reaching(IDLE_FROM);
        let open = measured.open.get(basis.index()).map(|open| open.reaching(IDLE_FROM)).unwrap_or_default();
        if ended.is_empty() && open.is_empty() {
            return None;
        }
        let mut table = RiskTable::of_histograms(&ended, &open);
        table.leave_out(midstream);
        let curve = SurvivalCurve::of(&table, Confidence::default());
        let limits = curve.limits(span);
        Some(SurvivalPlot {
            basis: basis.name().to_owned(),
            followed: curve.followed(),
            firm_until_s: limits.firm_until.map(Into::into),
            limits: limits.to_string(),
            points: curve
                .outline(POINTS)
                .into_iter()
                .map(|step| CurvePoint {
                    age_s: step.at.into(),
                    survival: step.survival,
                    low: step.band.low,
                    high: step.band.high,
                    at_risk: step.at_risk,
                })
                .collect(),
        })
    };
    Basis::REPORTED.into_iter().filter_map(plot).collect()
}
