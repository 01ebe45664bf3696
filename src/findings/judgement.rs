//! All workers' case files as one result.

use super::beside::beside;
use super::broken::Broken;
use super::case_file::{CaseFile, Listed, Suspicion, bound_incidents};
use super::diagnosis::{
    Accident, AtLimit, Cause, CauseStanding, Explanation, FarFact, INCIDENTS_KEPT, IdleClock, Incident,
    KnownService, SINGLES_TOLD, Surroundings, diagnose, rule_of, tell_limit, tell_single,
};
use super::finding::{Certainty, Finding};
use super::flow_record::{FlowRecord, FlowRef};
use super::inferred::{Break, ByClient, Closes, InferredLimit, MEMBERS_KEPT, infer};
use super::others::{AllDistances, AllHeard, AllStarts, Heard, Starts};
use super::rule::{Rule, Severity};
use super::rules::{Claim, Statement, Telling};
use super::rules::{Crossing, OffPace, ReconnectFacts, SOON, tell_crossings, tell_off_pace};
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
use hashbrown::{HashMap, HashSet};
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
    /// Flows by path, the default one first; zeros where all flows take one.
    pub by_route: Vec<u64>,
    /// The longest ended silence.
    pub longest_gap: Option<LongestSilence>,
    /// The longest ended silence of payload.
    pub longest_payload_gap: Option<LongestSilence>,
    /// The longest silence that the capture's end cut short, of those long enough to be told.
    pub longest_open_gap: Option<LongestSilence>,
    /// Flows that failed after a silence, and that an idle timer may have ended.
    pub broken: Broken,
    /// Idle limits that the capture itself shows, the most cuts first.
    pub inferred: Vec<InferredLimit>,
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

/// All workers' case files laid together, and not judged yet: captures of other sides may add facts.
#[derive(Debug)]
pub struct Gathered {
    terms: Arc<Terms>,
    totals: Totals,
    by_route: Vec<u64>,
    survey: Vec<SurveyRow>,
    worst: Worst<Box<Listed>>,
    services: HashMap<Service, ServiceLine>,
    ledgers: Vec<(slots::Ledger, Vec<Option<Service>>)>,
    crossings: Vec<Crossing>,
    off_pace: Vec<OffPace>,
    longest_gap: Option<LongestSilence>,
    longest_payload_gap: Option<LongestSilence>,
    longest_open_gap: Option<LongestSilence>,
    /// In order of their flows.
    incidents: Vec<Incident>,
    /// Severity of the worst other finding of each incident's flow.
    otherwise: Vec<Option<Severity>>,
    heard: Vec<Heard>,
    starts: Vec<Starts>,
}

impl Gathered {
    /// Lays the case files of all workers together. The result does not depend on how flows were spread over files,
    /// nor on their order.
    pub fn of(terms: Arc<Terms>, files: Vec<CaseFile>) -> Gathered {
        let hops = terms.path.hops.len();
        let mut all = Gathered {
            totals: Totals::new(hops),
            by_route: vec![0; terms.routes.count()],
            survey: vec![SurveyRow::default(); terms.survey.len()],
            worst: Worst::new(terms.flows_listed),
            services: HashMap::new(),
            ledgers: Vec::new(),
            crossings: Vec::new(),
            off_pace: Vec::new(),
            longest_gap: None,
            longest_payload_gap: None,
            longest_open_gap: None,
            incidents: Vec::new(),
            otherwise: Vec::new(),
            heard: Vec::new(),
            starts: Vec::new(),
            terms,
        };
        let (mut failures, mut closes) = (Vec::new(), Vec::new());
        for file in files {
            all.totals.add(&file.totals);
            for (mine, theirs) in all.by_route.iter_mut().zip(&file.by_route) {
                *mine += theirs;
            }
            for (hop, counts) in all.totals.hops.iter_mut().enumerate() {
                let of_path = all.terms.routes.of_hop(hop).index();
                counts.note_untouched(file.untouched.get(of_path).copied().unwrap_or(0));
            }
            all.totals.unexplained += file.unexplained;
            for (mine, theirs) in all.survey.iter_mut().zip(&file.survey) {
                mine.add(theirs);
            }
            all.ledgers.push((
                file.slots,
                file.services.iter().map(|tally| tally.as_ref().map(ServiceTally::service)).collect(),
            ));
            for tally in file.services.into_iter().flatten() {
                let key = tally.service();
                let on = all.terms.routes.hops_on(all.terms.routes.route(key.endpoint, key.realm));
                let line = tally.line(hops, &on);
                all.services.entry(key).and_modify(|known| known.add(&line)).or_insert(line);
            }
            all.longest_gap = LongestSilence::longer(all.longest_gap, file.longest);
            all.longest_payload_gap = LongestSilence::longer(all.longest_payload_gap, file.longest_payload);
            all.longest_open_gap = LongestSilence::longer(all.longest_open_gap, file.longest_open);
            all.worst.absorb(file.worst);
            failures.extend(file.failures);
            closes.extend(file.closes);
            all.crossings.extend(file.crossings);
            all.off_pace.extend(file.off_pace);
            all.heard.push(file.heard);
            all.starts.push(file.starts);
        }
        all.totals.unexplained += bound_incidents(&mut failures, INCIDENTS_KEPT);
        all.totals.unexplained += bound_incidents(&mut closes, INCIDENTS_KEPT);
        failures.append(&mut closes);
        failures.sort_unstable_by_key(|suspicion| suspicion.incident.flow.first_frame);
        for Suspicion { incident, otherwise } in failures {
            all.incidents.push(incident);
            all.otherwise.push(otherwise);
        }
        all
    }

    /// What flows are judged by.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Flows in all.
    pub fn flows(&self) -> u64 {
        self.totals.flows
    }

    /// First frames of the flows that failed, as far as they are explained.
    pub fn failed(&self) -> impl Iterator<Item = FrameNumber> + '_ {
        let failed = self.incidents.iter().filter(|incident| incident.may_be_told());
        failed.map(|incident| incident.flow.first_frame)
    }

    /// Judges, once: with the findings about the path, and what captures of other sides show.
    pub fn judge(mut self, about_path: Vec<Finding>, far: &[FarFact]) -> Judgement {
        let terms = Arc::clone(&self.terms);
        let worst = std::mem::replace(&mut self.worst, Worst::new(0)).into_sorted();
        let asked = worst.iter().map(|listed| listed.flow.slot_holder()).collect();
        let ledgers = std::mem::take(&mut self.ledgers);
        let is_listed = worst.iter().map(|listed| listed.flow.first_frame).collect();
        // Both go over all that was noted of all flows, and neither needs the other.
        let (explained, slots) =
            beside(|| self.explained(far, &is_listed), || slots::judge(&terms, ledgers, &asked));
        let Explained { mut accidents, broken, inferred, limits } = explained;
        let mut findings = about_path;
        findings.extend(slots.findings);
        findings.extend(tell_crossings(std::mem::take(&mut self.crossings)));
        findings.extend(tell_off_pace(std::mem::take(&mut self.off_pace), &terms.path.hops));
        findings.extend(limits);
        let Gathered { mut totals, services, survey, .. } = self;
        for finding in &findings {
            totals.note_finding(finding.rule, finding.severity);
        }
        let mut listed = Vec::with_capacity(worst.len());
        for mut one in worst {
            let known = accidents.remove(&one.flow.first_frame);
            let has_findings = known.as_ref().is_some_and(|known| known.accident.rules().next().is_some());
            if one.claims.is_empty() && !has_findings && terms.listing == Listing::Findings {
                continue;
            }
            if let Some(Known { accident, reconnect }) = known {
                one.claims.extend(reconnect.map(Claim::Reconnect));
                listed.push((one, Some(accident)));
            } else {
                listed.push((one, None));
            }
        }
        let tell_all = |listed: &[(Box<Listed>, Option<Accident>)]| -> Vec<Vec<Finding>> {
            let told = listed.iter().map(|(one, accident)| {
                let stale = slots.stale_of.get(&one.flow.slot_holder()).copied().unwrap_or(0);
                let telling = Telling { terms: &terms, flow: &one.flow, stale };
                let seen = accident.iter().flat_map(|accident| accident.tell(&one.flow));
                seen.chain(one.claims.iter().map(|claim| claim.tell(&telling))).collect()
            });
            told.collect()
        };
        let (one_half, other_half) = listed.split_at(listed.len() / 2);
        let (told, others_told) = beside(|| tell_all(one_half), || tell_all(other_half));
        let mut flows = Vec::with_capacity(listed.len());
        for ((one, accident), told) in listed.into_iter().zip(told.into_iter().chain(others_told)) {
            let mut flow = one.flow;
            flow.failed = accident.as_ref().and_then(Accident::failed);
            flow.explanations = accident.map(|accident| accident.explanations).unwrap_or_default();
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
            by_route: self.by_route,
            totals,
            longest_gap: self.longest_gap,
            longest_payload_gap: self.longest_payload_gap,
            longest_open_gap: self.longest_open_gap,
            broken,
            inferred,
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

    /// Explains all incidents and counts what is found of them, once.
    fn explained(&mut self, far: &[FarFact], is_listed: &HashSet<FrameNumber>) -> Explained {
        let mut result = Explained::default();
        if self.incidents.is_empty() {
            return result;
        }
        let mut heard = std::mem::take(&mut self.heard);
        heard.iter_mut().for_each(Heard::tidy_up);
        let (heard, incidents) = (AllHeard(heard), std::mem::take(&mut self.incidents));
        let pair = |incident: &Incident| {
            (incident.flow.initiator.addr, incident.flow.responder, incident.flow.realm)
        };
        let failed = incidents.iter().filter(|incident| incident.is_failure());
        let starts = AllStarts::by(&self.starts, failed.map(pair));
        let distances = AllDistances::of(
            self.services.iter().map(|(key, line)| ((key.endpoint.addr, key.realm), line.distance)),
        );
        let known: HashMap<Service, KnownService> = incidents
            .iter()
            .map(|incident| {
                let (endpoint, realm) = incident.service();
                let service = Service { endpoint, realm };
                (service, self.services.get(&service).map(ServiceLine::known).unwrap_or_default())
            })
            .collect();
        let by_client: HashMap<Service, ByClient> = known
            .keys()
            .filter_map(|service| Some((*service, self.services.get(service)?.by_client.clone())))
            .collect();
        let of_client = |service: &Service, client| {
            by_client.get(service).map(|by_client| by_client.of(client)).unwrap_or_default()
        };
        let around = Surroundings {
            heard: &heard,
            starts: &starts,
            distances: &distances,
            same_client: &|incident| {
                let (endpoint, realm) = incident.service();
                of_client(&Service { endpoint, realm }, incident.flow.initiator.addr)
            },
            services: &|(endpoint, realm)| {
                known.get(&Service { endpoint, realm }).copied().unwrap_or_default()
            },
            far,
        };
        let mut breaks = Vec::new();
        let mut idle_of_close: HashMap<usize, Explanation> = HashMap::new();
        let limits = diagnose(&incidents, &around, |index, explanations, comparable| {
            let incident = &incidents[index];
            for explanation in &explanations {
                self.totals.explanations.add(explanation.cause, explanation.standing);
            }
            let (endpoint, realm) = incident.service();
            let service = Service { endpoint, realm };
            result.broken.note(incident, &explanations, comparable.survived);
            breaks.extend(Break::of(incident, &explanations, comparable.is_outlived));
            if let Some(idle) = explanations.iter().find(|it| it.cause == Cause::IdleTimer)
                && incident.is_closed()
            {
                idle_of_close.insert(index, idle.clone());
            }
            let idle = explanations.iter().find(|it| it.cause == Cause::IdleTimer).map(|it| it.standing);
            let reconnect = reconnect(incident, &explanations, &starts);
            let accident = Accident { incident: incident.clone(), explanations };
            let otherwise = self.otherwise.get(index).copied().flatten();
            let reconnected = reconnect.map(|facts| (Rule::ReconnectAfterCut, facts.severity()));
            let rules =
                || accident.rules().map(|(rule, certainty)| (rule, certainty.weigh(rule))).chain(reconnected);
            for (rule, severity) in rules() {
                self.totals.note_finding(rule, severity);
            }
            let worst = rules().map(|(_, severity)| severity).max().max(otherwise);
            if let Some(severity) = worst {
                self.totals.flows_by_severity[severity as usize] += 1;
            }
            if incident.is_failure() {
                self.totals.note_failure(incident.certainty);
            }
            if let Some(line) = self.services.get_mut(&service) {
                line.note_flow(rules().map(|(rule, _)| rule), worst);
                if let Some(idle) = idle.filter(|_| incident.is_failure()) {
                    line.note_broken(idle);
                }
            }
            if is_listed.contains(&incident.flow.first_frame) {
                result.accidents.insert(incident.flow.first_frame, Known { accident, reconnect });
            }
        });
        let idle_of = |limit: &AtLimit| idle_of_close.get(limit.members.first()?);
        let told = limits.iter().filter_map(|limit| tell_limit(limit, &incidents, idle_of(limit)?));
        result.limits = told.take(SERVICES_LISTED).collect();
        let in_limit: HashSet<usize> =
            limits.iter().flat_map(|limit| limit.members.iter().copied()).collect();
        let mut closes_of: HashMap<_, u64> = HashMap::new();
        for incident in incidents.iter().filter(|incident| incident.is_closed()) {
            *closes_of.entry((incident.service(), incident.mute)).or_default() += 1;
        }
        let open = |index: &usize| {
            let incident = &incidents[*index];
            if closes_of.get(&(incident.service(), incident.mute)) != Some(&1) {
                return false;
            }
            let idle = idle_of_close.get(index).map(|idle| idle.standing);
            idle > Some(CauseStanding::Refuted)
                && !in_limit.contains(index)
                && !incidents[*index].is_failure()
        };
        let singles = (0..incidents.len()).filter(open).filter_map(|index| tell_single(&incidents[index]));
        result.limits.extend(singles.take(SINGLES_TOLD));
        let closes: Vec<Closes<'_>> = limits
            .iter()
            .filter_map(|limit| {
                let idle = idle_of(limit).filter(|idle| idle.standing > CauseStanding::Refuted)?;
                let of = |index: &usize| incidents.get(*index)?.payload;
                let shortest = limit
                    .members
                    .iter()
                    .filter_map(of)
                    .min_by_key(|silence| (silence.length, silence.frames))?;
                let members =
                    limit.members.iter().map(|index| incidents[*index].flow.first_frame).take(MEMBERS_KEPT);
                Some(Closes {
                    limit,
                    clock: idle.clock.unwrap_or(IdleClock::Unknown),
                    frames: shortest.frames,
                    members: members.collect(),
                    by_reset: limit.members.iter().any(|index| incidents[*index].reset().is_some()),
                })
            })
            .collect();
        result.inferred = infer(
            breaks,
            &closes,
            |service| known.get(&service).copied().unwrap_or_default(),
            |service, client| of_client(&service, client),
        );
        result
    }
}

/// What the incidents come to.
#[derive(Default)]
struct Explained {
    /// Of listed flows, by first frame.
    accidents: HashMap<FrameNumber, Known>,
    broken: Broken,
    inferred: Vec<InferredLimit>,
    /// Findings about limits at which services close.
    limits: Vec<Finding>,
}

/// A listed flow's incident.
struct Known {
    accident: Accident,
    reconnect: Option<ReconnectFacts>,
}

/// The flow that the client opened to the same service after one that an idle timer may have ended.
fn reconnect(
    incident: &Incident,
    explanations: &[Explanation],
    starts: &AllStarts,
) -> Option<ReconnectFacts> {
    let rule = rule_of(incident, explanations)?;
    if !matches!(rule, Rule::ObservedSilentDrop | Rule::ObservedReset | Rule::HalfClosedIdle) {
        return None;
    }
    let pair = (incident.flow.initiator.addr, incident.flow.responder, incident.flow.realm);
    let (frame, at) = starts.first_within(pair, incident.failed_at, incident.over_at + SOON)?;
    let window = incident.over_at.since(incident.failed_at) + SOON;
    let usual = starts.count_within(pair, incident.failed_at - window, window);
    let certainty = if usual > 0 { Certainty::Possible } else { Certainty::Likely };
    Some(ReconnectFacts { frame, at, spoke_at: incident.failed_at, certainty })
}

impl Judgement {
    /// Lays the case files of all workers together and judges them, with the findings about the path.
    pub fn of(terms: Arc<Terms>, files: Vec<CaseFile>, about_path: Vec<Finding>) -> Judgement {
        Gathered::of(terms, files).judge(about_path, &[])
    }
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
