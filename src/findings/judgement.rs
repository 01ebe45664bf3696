//! All workers' case files as one result.

use super::beside::beside;
use super::broken::Broken;
use super::case_file::{CaseFile, Listed, bound_closings, bound_suspects};
use super::finding::Finding;
use super::flow_record::{FlowRecord, FlowRef};
use super::inferred::{InferredLimit, Witnesses};
use super::observed::{
    AllDistances, AllHeard, AllStarts, Charge, CloseAtLimit, Heard, Lives, Review, SUSPECTS_KEPT, Starts,
    SurvivedSilences, Suspect, find_limits, review, tell_crossings, tell_off_pace,
};
use super::rule::Rule;
use super::rules::{Claim, Statement, Telling};
use super::service::{SERVICES_LISTED, ServiceLine, ServiceTally, StaleLine};
use super::slots::{self, SlotUse};
use super::terms::{Listing, Terms};
use super::totals::Totals;
use super::worst::Worst;
use crate::flow::Service;
use crate::frame::FrameNumber;
use crate::policy::Refresh;
use crate::simulate::{SurveyLimit, SurveyRow};
use crate::time::Span;
use hashbrown::HashMap;
use std::sync::Arc;

/// The longest silence of a capture, and whose it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LongestSilence {
    /// How long.
    pub length: Span,
    /// Whose.
    pub flow: FlowRef,
    /// Last activity before it; `None`: too short for the tracker to have kept it.
    pub after_frame: Option<FrameNumber>,
    /// First activity after it.
    pub before_frame: Option<FrameNumber>,
}

/// One limit of the survey with its counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SurveyLine {
    /// What restarts the timer.
    pub refresh: Refresh,
    /// The limit, and the boxes that have it.
    pub limit: SurveyLimit,
    /// What it would have done.
    pub row: SurveyRow,
}

/// What all flows of a capture come to.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What they were judged by.
    pub terms: Arc<Terms>,
    /// Exact counts over all flows.
    pub totals: Totals,
    /// The longest ended silence.
    pub longest_gap: Option<LongestSilence>,
    /// The longest ended silence of payload.
    pub longest_payload_gap: Option<LongestSilence>,
    /// The longest silence that the capture's end cut short, of those long enough to be told.
    pub longest_open_gap: Option<LongestSilence>,
    /// Flows that were seen to break after a silence.
    pub broken: Broken,
    /// Idle limits that the capture itself shows, the most cuts first.
    pub inferred: Vec<InferredLimit>,
    pub(super) witnesses: Witnesses,
    /// Listed flows, worst first.
    pub flows: Vec<FlowRecord>,
    /// Flows that the listing asks for, listed or not.
    pub flows_total: u64,
    /// Findings about the path, then those of the listed flows in their order; counts of all are in
    /// [`Totals::findings`].
    pub findings: Vec<Finding>,
    /// Services, worst first.
    pub services: Vec<ServiceLine>,
    /// How many services there are.
    pub services_total: u64,
    /// Clients with stale flows and their services, most first.
    pub stale: Vec<StaleLine>,
    /// How many such pairs there are.
    pub stale_total: u64,
    /// Clients that came to a service's limit of connections, worst first.
    pub slots: Vec<SlotUse>,
    /// How many such pairs there are.
    pub slots_total: u64,
    /// Connections beyond the bound of what is noted for them.
    pub slots_left_out: u64,
    /// Limits surveyed: those that count packets, then those that count payload, each ascending; empty
    /// when there is a path.
    pub survey: Vec<SurveyLine>,
}

impl Judgement {
    /// Lays the case files of all workers together, with the findings about the path. The result does not
    /// depend on how flows were spread over files, nor on their order.
    pub fn of(terms: Arc<Terms>, files: Vec<CaseFile>, about_path: Vec<Finding>) -> Judgement {
        let hops = terms.path.hops.len();
        let mut totals = Totals::new(hops);
        let mut survey = vec![SurveyRow::default(); terms.survey.len()];
        let mut worst: Worst<Box<Listed>> = Worst::new(terms.flows_listed);
        let mut services: HashMap<Service, ServiceLine> = HashMap::new();
        let mut ledgers = Vec::new();
        let (mut crossings, mut off_pace) = (Vec::new(), Vec::new());
        let (mut longest_gap, mut longest_payload_gap, mut longest_open_gap) = (None, None, None);
        let (mut suspects, mut closings, mut heard, mut starts) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for file in files {
            totals.add(&file.totals);
            totals.hops.iter_mut().for_each(|hop| hop.note_untouched(file.untouched));
            for (mine, theirs) in survey.iter_mut().zip(&file.survey) {
                mine.add(theirs);
            }
            ledgers.push((
                file.slots,
                file.services.iter().map(|tally| tally.as_ref().map(ServiceTally::service)).collect(),
            ));
            for tally in file.services.into_iter().flatten() {
                let key = tally.service();
                let line = tally.line(hops);
                services.entry(key).and_modify(|known| known.add(&line)).or_insert(line);
            }
            longest_gap = LongestSilence::longer(longest_gap, file.longest);
            longest_payload_gap = LongestSilence::longer(longest_payload_gap, file.longest_payload);
            longest_open_gap = LongestSilence::longer(longest_open_gap, file.longest_open);
            worst.absorb(file.worst);
            suspects.extend(file.suspects);
            closings.extend(file.closings);
            crossings.extend(file.crossings);
            off_pace.extend(file.off_pace);
            heard.push(file.heard);
            starts.push(file.starts);
        }
        bound_suspects(&mut suspects, SUSPECTS_KEPT);
        let worst = worst.into_sorted();
        let asked = worst.iter().map(|listed| listed.flow.slot_holder()).collect();
        // Both go over all that was noted of all flows, and neither needs the other.
        let (reviews, slots) = beside(
            || {
                if suspects.is_empty() {
                    HashMap::new()
                } else {
                    reviewed(&suspects, &services, (heard, starts))
                }
            },
            || slots::judge(&terms, ledgers, &asked),
        );
        let mut broken = Broken::default();
        for suspect in &suspects {
            if let Some(review) = reviews.get(&suspect.first_frame) {
                let service = Service { endpoint: suspect.service, realm: suspect.realm };
                revise(suspect, review, &mut totals, services.get_mut(&service));
                broken.note(suspect, review);
            }
        }

        bound_closings(&mut closings, SUSPECTS_KEPT);
        let line_of = |(endpoint, realm)| services.get(&Service { endpoint, realm });
        let limits = find_limits(closings, |service| {
            line_of(service).map_or_else(Default::default, |line| (line.outlived_payload, line.alive_at))
        });
        let witnesses = Witnesses::of(&suspects, &reviews, &limits, |service| {
            services
                .get(&service)
                .map_or_else(Default::default, |line| (line.survived, line.outlived_payload))
        });

        let mut findings = about_path;
        findings.extend(slots.findings);
        findings.extend(tell_crossings(crossings));
        findings.extend(tell_off_pace(off_pace, &terms.path.hops));
        findings.extend(limits.iter().take(SERVICES_LISTED).map(CloseAtLimit::tell));
        for finding in &findings {
            totals.note_finding(finding.rule, finding.severity);
        }
        let mut listed = Vec::with_capacity(worst.len());
        for mut one in worst {
            if let Some(review) = reviews.get(&one.flow.first_frame) {
                apply(review, &mut one.claims);
                if one.claims.is_empty() && terms.listing == Listing::Findings {
                    continue;
                }
            }
            listed.push(one);
        }
        let tell_all = |listed: &[Box<Listed>]| -> Vec<Vec<Finding>> {
            let told = listed.iter().map(|one| {
                let stale = slots.stale_of.get(&one.flow.slot_holder()).copied().unwrap_or(0);
                let telling = Telling { terms: &terms, flow: &one.flow, stale };
                one.claims.iter().map(|claim| claim.tell(&telling)).collect()
            });
            told.collect()
        };
        let (one_half, other_half) = listed.split_at(listed.len() / 2);
        let (told, others_told) = beside(|| tell_all(one_half), || tell_all(other_half));
        let mut flows = Vec::with_capacity(listed.len());
        for (one, told) in listed.into_iter().zip(told.into_iter().chain(others_told)) {
            let mut flow = one.flow;
            flow.findings.extend(findings.len()..findings.len() + told.len());
            findings.extend(told);
            flows.push(flow);
        }
        let flows_total = match terms.listing {
            Listing::Findings => totals.with_findings(),
            Listing::All => totals.flows,
            Listing::None => 0,
        };

        let services_total = services.len() as u64;
        let mut services: Vec<ServiceLine> = services.into_values().collect();
        if services.len() > SERVICES_LISTED {
            services.select_nth_unstable_by(SERVICES_LISTED, ServiceLine::worse_first);
            services.truncate(SERVICES_LISTED);
        }
        services.sort_unstable_by(ServiceLine::worse_first);

        let survey = if terms.path.hops.is_empty() {
            let limits = terms.survey.limits().map(|(refresh, limit)| (refresh, limit.clone()));
            limits.zip(survey).map(|((refresh, limit), row)| SurveyLine { refresh, limit, row }).collect()
        } else {
            Vec::new()
        };
        Judgement {
            terms,
            totals,
            longest_gap,
            longest_payload_gap,
            longest_open_gap,
            broken,
            inferred: witnesses.infer(),
            witnesses,
            flows,
            flows_total,
            findings,
            services,
            services_total,
            stale: slots.stale,
            stale_total: slots.stale_total,
            slots: slots.uses,
            slots_total: slots.uses_total,
            slots_left_out: slots.left_out,
            survey,
        }
    }
}

/// Lays the flows that broke side by side.
fn reviewed(
    suspects: &[Suspect],
    services: &HashMap<Service, ServiceLine>,
    (mut heard, starts): (Vec<Heard>, Vec<Starts>),
) -> HashMap<FrameNumber, Review> {
    heard.iter_mut().for_each(Heard::tidy_up);
    let starts = AllStarts::by(&starts, suspects.iter().map(Suspect::pair));
    let survived: SurvivedSilences =
        services.iter().map(|(key, line)| ((key.endpoint, key.realm), line.survived.established)).collect();
    let distances =
        AllDistances::of(services.iter().map(|(key, line)| ((key.endpoint.addr, key.realm), line.distance)));
    review(suspects, &survived, &Lives { heard: &AllHeard(heard), starts: &starts, distances: &distances })
}

/// Brings the counts from the claim that one flow made to what became of it.
fn revise(suspect: &Suspect, review: &Review, totals: &mut Totals, service: Option<&mut ServiceLine>) {
    let Charge::Idled { rule, certainty, .. } = suspect.charge else { return };
    let (before, now) = (certainty.weigh(rule), review.certainty.map(|certainty| certainty.weigh(rule)));
    let reconnect = review.reconnect.map(|facts| facts.severity());
    let worst = (Some(before).max(suspect.otherwise), now.max(reconnect).max(suspect.otherwise));
    totals.revise(rule, (before, now), worst);
    if let Some(severity) = reconnect {
        totals.note_finding(Rule::ReconnectAfterCut, severity);
    }
    if let Some(service) = service {
        service.revise(rule, now.is_some(), reconnect.is_some(), worst);
    }
}

/// Brings the claims of a flow to what became of them.
fn apply(review: &Review, claims: &mut Vec<Claim>) {
    claims.retain_mut(|claim| {
        let Claim::Break(facts) = claim else { return true };
        facts.ground = review.ground;
        match review.certainty {
            Some(certainty) => facts.certainty = certainty,
            None => return false,
        }
        true
    });
    claims.extend(review.reconnect.map(Claim::Reconnect));
}

impl LongestSilence {
    /// The longer one; of equal ones that of the flow that came first.
    fn longer(a: Option<LongestSilence>, b: Option<LongestSilence>) -> Option<LongestSilence> {
        match (a, b) {
            (Some(a), Some(b)) => {
                let later_is_longer = (b.length, a.flow.first_frame) > (a.length, b.flow.first_frame);
                Some(if later_is_longer { b } else { a })
            }
            (known, None) | (None, known) => known,
        }
    }
}
