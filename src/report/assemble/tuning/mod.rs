//! What a study of the traffic comes to, in the words of the report.

mod curves;
mod distributions;
pub(in crate::report) mod shown;
pub(in crate::report) mod words;

use super::{network, recommended};
use crate::findings::Terms;
use crate::pipeline::Analysis;
use crate::policy::spec::ExactSpan;
use crate::policy::{Path, presets};
use crate::recommend::{of_tuning, shown_limit};
use crate::report::{
    ChainLink, Entries, KeepaliveRow, PathDescription, Recommendation, RecommendedKeepalive,
    RecommendedTimeout, Report, SavedBehind, Share, SlotsHeld, TimeoutRow, Tuning, TuningBasis,
};
use crate::time::Span;
use crate::tuning;
use crate::tuning::interval_log::IntervalLog;
use crate::tuning::{
    Confidence, IDLE_FROM, KeepaliveOutcome, Outcome, Plan, Proportion, TimeoutOutcome, reach, recommend,
};
use std::sync::Arc;

/// Groups listed: more than anyone reads.
const GROUPS_LISTED: usize = 50;

/// Puts what was studied into `report`, which is that of the same run.
pub fn add_tuning(report: &mut Report, analysis: &Analysis, outcome: &Outcome) {
    let mut log = interval_log(analysis, outcome);
    let names = &analysis.judgement.terms.names;
    log.recommended = recommended::for_log(&crate::recommend::recommend(&analysis.judgement), names);
    log.tally = Some(outcome.tally.clone());
    let shown = shown_limit(&analysis.judgement.inferred);
    put(report, outcome, (&log, shown), &analysis.judgement.terms);
    report.interval_log = log;
}

/// The report of logs that were laid together. `keep`: share of the reused flows that a timeout is to keep.
///
/// # Errors
/// [`NotTried`] when the logs do not say what the limit of a hop does.
pub fn of_interval_logs(
    log: &IntervalLog,
    files: Vec<String>,
    terms: &Terms,
    keep: f64,
) -> Result<Report, NotTried> {
    let path = &terms.path;
    let measured = log.measured();
    let mut report = Report {
        complete: true,
        path: PathDescription::of(terms, &[]),
        histograms: distributions::of(&measured, &[]).gaps,
        interval_log: log.clone(),
        ..Report::default()
    };
    match &log.tally {
        Some(tally) => {
            NotTried::check(&tally.plan, path)?;
            let mut tally = tally.clone();
            Arc::make_mut(&mut tally.plan).keep = keep;
            report.recommendations = recommended::of_logs(&log.recommended);
            let outcome = Outcome::of_tally(tally, path, measured);
            let shown = recommended::shown_by(&report.recommendations);
            put(&mut report, &outcome, (log, shown), terms);
        }
        None => {
            let curves = curves::of(&measured, log.span, 0);
            report.tuning = Some(Tuning {
                verdict: words::merged_verdict(&curves),
                basis: TuningBasis {
                    idle_from_s: IDLE_FROM.into(),
                    tells_up_to_s: log.span.divided_by(2).into(),
                    keep,
                    confidence: Confidence::default().share(),
                    ..TuningBasis::default()
                },
                curves,
                distributions: distributions::of(&measured, &[]),
                groups: distributions::listed(log, GROUPS_LISTED),
                groups_total: log.groups.len() as u64,
                cannot_tell: words::cannot_tell_merged(),
                ..Tuning::default()
            });
        }
    }
    if let Some(tuning) = &mut report.tuning {
        tuning.basis.merged = files;
    }
    Ok(report)
}

/// The logs were written without the limit of a hop.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error(
    "the logs do not say what '{hop}' ({}) does to their flows; write them again with this hop, or with \
     --candidates that have its limit",
    ExactSpan(*.limit)
)]
pub struct NotTried {
    hop: String,
    limit: Span,
}

impl NotTried {
    fn check(plan: &Plan, path: &Path) -> Result<(), NotTried> {
        let limits = path.hops.iter().map(|hop| (hop, hop.timers.established));
        match limits.filter(|(_, limit)| *limit != Span::MAX).find(|(_, limit)| !plan.is_asked(*limit)) {
            Some((hop, limit)) => Err(NotTried { hop: hop.name.clone(), limit }),
            None => Ok(()),
        }
    }
}

/// What an outcome says, and what to set.
/// `shown`: the shortest limit of packets that the captures show.
fn put(report: &mut Report, outcome: &Outcome, (log, shown): (&IntervalLog, Option<Span>), terms: &Terms) {
    let (path, names) = (&terms.path, &terms.names);
    let recommended = recommend(outcome, path, terms.routes.paths(), shown);
    if path.hops.is_empty() {
        let first = report.recommendations.len() as u64 + 1;
        let numbered = (first..).zip(of_tuning(&recommended));
        report.recommendations.extend(numbered.map(|(id, it)| recommended::line(id, &it, names)));
    }
    let midstream = outcome.tally.parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.midstream));
    report.tuning = Some(Tuning {
        verdict: words::verdict(outcome, &recommended),
        basis: TuningBasis {
            span_s: Some(outcome.span().into()),
            flows: Some(outcome.flows),
            idle_from_s: outcome.plan.idle_from().into(),
            tells_up_to_s: reach(outcome).into(),
            keep: outcome.plan.keep,
            bin_s: outcome.bin_width().into(),
            confidence: Confidence::default().share(),
            merged: Vec::new(),
        },
        timeouts: outcome.timeouts.iter().map(|row| timeout(row, path, outcome, &recommended)).collect(),
        keepalives: outcome
            .keepalives
            .iter()
            // A time that sends no probe within the capture does nothing in it.
            .filter(|row| row.probes > 0)
            .map(|row| keepalive(row, path, outcome, &recommended))
            .collect(),
        recommendation: recommendation(outcome, &recommended),
        curves: curves::of(&outcome.measured, outcome.tally.longest(), midstream),
        distributions: distributions::of(&outcome.measured, &limits(path)),
        groups: distributions::listed(log, GROUPS_LISTED),
        groups_total: log.groups.len() as u64,
        grouped_by: log.grouped_by.clone(),
        cannot_tell: words::cannot_tell(outcome),
    });
}

fn limits(path: &Path) -> Vec<Span> {
    path.hops.iter().map(|hop| hop.timers.established).collect()
}

fn share(proportion: &Proportion) -> Share {
    let Proportion { count, of, low, high } = *proportion;
    Share { count, of, share: proportion.share(), low, high }
}

fn timeout(
    row: &TimeoutOutcome,
    path: &Path,
    outcome: &Outcome,
    recommended: &tuning::Recommended,
) -> TimeoutRow {
    let hops = path.hops.iter();
    let is_there =
        |hop: &&crate::policy::Hop| hop.refresh == row.refresh && hop.timers.established == row.timeout;
    let known = presets::survey_limits();
    let boxes = known.iter().find(|known| known.limit == row.timeout).map(|known| known.boxes.as_slice());
    let counts_so = |id: &&&str| matches!(presets::find(id), Ok(presets::Preset::Middlebox(middlebox)) if middlebox.refresh == row.refresh);
    let chosen = recommended.timeout.as_ref().ok().map(|choice| &choice.outcome);
    TimeoutRow {
        timeout_s: row.timeout.into(),
        refresh: row.refresh.into(),
        hops: hops.filter(is_there).map(|hop| hop.name.clone()).collect(),
        presets: boxes.unwrap_or_default().iter().filter(counts_so).map(|id| (*id).to_owned()).collect(),
        recommended: chosen == Some(row),
        within_reach: row.timeout <= reach(outcome),
        gaps_cut: row.gaps_cut,
        flows_cut: row.cut,
        flows_used_again: row.used_again.count,
        flows_saved_by_keepalive: row.saved_by_keepalive,
        flows_unknown: row.unknown,
        used_again: share(&row.used_again),
        entries: Entries {
            mean: row.entries.mean,
            peak: row.entries.peak,
            p99: row.entries.p99,
            entry_seconds: row.entry_time,
            half_open_seconds: row.half_open,
            half_closed_seconds: row.half_closed,
        },
    }
}

fn keepalive(
    row: &KeepaliveOutcome,
    path: &Path,
    outcome: &Outcome,
    recommended: &tuning::Recommended,
) -> KeepaliveRow {
    let per_s = words::per_second(row.probes, outcome.recorded);
    let chosen = recommended.keepalive.as_ref().ok().map(|choice| choice.keepalive.time);
    KeepaliveRow {
        time_s: row.keepalive.time.into(),
        interval_s: row.keepalive.interval.into(),
        probes: row.keepalive.probes,
        recommended: chosen == Some(row.keepalive.time),
        saved: row
            .saved
            .iter()
            .map(|saved| SavedBehind {
                hop: saved.hop.and_then(|place| path.hops.get(place)).map(|hop| hop.name.clone()),
                limit_s: saved.limit.into(),
                refresh: saved.refresh.into(),
                at_risk: saved.at_risk,
                saved: saved.saved,
                saved_used_again: saved.saved_used_again,
                probes_to_spare: saved.probes_to_spare,
            })
            .collect(),
        probes_sent: row.probes,
        probes_per_s: per_s,
        bytes_per_s: per_s * words::BYTES_OF_PROBE_AND_REPLY,
        dead_peer_noticed_s: row.keepalive.period().into(),
        stale_mean: row.stale.mean,
        stale_peak: row.stale.peak,
        slots: row.slots.map(|slots| SlotsHeld {
            service: slots.service.map(|service| service.to_string()),
            allowed: slots.allowed,
            most: slots.most,
            clients_at_limit: slots.clients_at_limit,
        }),
    }
}

fn recommendation(outcome: &Outcome, recommended: &tuning::Recommended) -> Recommendation {
    Recommendation {
        timeout: recommended.timeout.as_ref().ok().map(|choice| RecommendedTimeout {
            timeout_s: choice.outcome.timeout.into(),
            reason: words::timeout_reason(choice, outcome),
            price: words::timeout_price(&choice.outcome, outcome),
            firm: choice.firm,
        }),
        keepalive: recommended.keepalive.as_ref().ok().map(|choice| RecommendedKeepalive {
            time_s: choice.keepalive.time.into(),
            interval_s: choice.keepalive.interval.into(),
            probes: choice.keepalive.probes,
            reason: words::keepalive_reason(choice),
            price: words::keepalive_price(choice, outcome),
        }),
        chain: recommended
            .chain
            .iter()
            .map(|link| ChainLink {
                hop: link.hop.clone(),
                from_s: words::finite(link.from),
                to_s: words::finite(link.to),
                reason: words::link_reason(link, outcome),
            })
            .collect(),
        why_not: words::why_not(outcome, recommended),
    }
}

/// All histograms: of the whole, and of groups of services.
fn interval_log(analysis: &Analysis, outcome: &Outcome) -> IntervalLog {
    let group_by = outcome.plan.group_by;
    let mut log =
        IntervalLog::of(&outcome.measured, outcome.tally.from(), outcome.span(), outcome.flows, group_by);
    let name = |service: &crate::flow::Service| {
        distributions::group_name(service, group_by, network(analysis, service.realm))
    };
    for (name, gathered) in distributions::gather(analysis, outcome, name) {
        gathered.put_into(&mut log, &name);
    }
    log
}
