//! What one worker knows about its flows: counts of all, facts of the worst.

use super::annex::{Annex, Trial};
use super::case::Case;
use super::diagnosis::{INCIDENTS_KEPT, Incident};
use super::finding::{Certainty, Finding};
use super::flow_record::{FlowRecord, FlowRef};
use super::judgement::LongestSilence;
use super::others::{Heard, Starts};
use super::routes::RouteId;
use super::rule::{Rule, Severity};
use super::rules::{
    Claim, Crossing, ExpiryFacts, OffPace, Telling, bound_crossings, bound_off_pace, examine,
};
use super::service::ServiceTally;
use super::slots::Ledger;
use super::terms::{Listing, Terms};
use super::totals::Totals;
use super::worst::{Rank, Worst};
use crate::flow::{
    Basis, CLOCK_LEAP, ClosedBy, Fate, FlowFacts, FlowView, Phase, Role, Sequel, Silence, SilenceClass, Trust,
};
use crate::frame::FrameNumber;
use crate::policy::Pickup;
use crate::segment::{Endpoint, Realm};
use crate::simulate::{Aftermath, OutcomeKind, SurveyRow, Verdict, first_cut};
use crate::time::Span;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

/// A client and the service it left stale flows at.
pub(super) type SlotHolder = (IpAddr, Endpoint, Realm);

/// A listed flow with its claims as facts.
#[derive(Debug)]
pub(super) struct Listed {
    pub flow: FlowRecord,
    pub claims: Vec<Claim>,
}

/// An incident, with what else its flow's findings weigh.
#[derive(Clone, Debug)]
pub(super) struct Suspicion {
    pub incident: Incident,
    /// Severity of the flow's worst claim.
    pub otherwise: Option<Severity>,
}

/// A finding told while its silence still lasts.
pub type Announcement = Finding;

/// Listens to one worker's flows. Its methods are those of [`crate::flow::Watcher`] that concern silences;
/// the worker's watcher calls them.
#[derive(Debug)]
pub struct CaseFile {
    pub(super) terms: Arc<Terms>,
    pub(super) totals: Totals,
    /// Flows by their path.
    pub(super) by_route: Vec<u64>,
    /// Flows that no hop could have touched, by their path; not among those of [`Totals::hops`].
    pub(super) untouched: Vec<u64>,
    pub(super) survey: Vec<SurveyRow>,
    /// By `ServiceId`.
    pub(super) services: Vec<Option<ServiceTally>>,
    pub(super) slots: Ledger,
    pub(super) longest: Option<LongestSilence>,
    pub(super) longest_payload: Option<LongestSilence>,
    pub(super) longest_open: Option<LongestSilence>,
    pub(super) worst: Worst<Box<Listed>>,
    /// Flows that failed.
    pub(super) failures: Vec<Suspicion>,
    /// Flows that one side closed after a silence of payload.
    pub(super) closes: Vec<Suspicion>,
    /// Incidents beyond the bound: failures are counted, and not explained.
    pub(super) unexplained: u64,
    /// Flows in which a server's FIN and a request crossed.
    pub(super) crossings: Vec<Crossing>,
    /// Flows with a heartbeat at the wrong pace.
    pub(super) off_pace: Vec<OffPace>,
    pub(super) starts: Starts,
    pub(super) heard: Heard,
    /// Silences below it were not told of.
    floor: Span,
    outbox: Vec<Announcement>,
    verdicts: Vec<Verdict>,
    claims: Vec<Claim>,
}

/// Flows of clients that say for less time that their host lived are not kept: there are too many.
const LONG_LIFE: Span = Span::from_secs(10);

impl CaseFile {
    /// An empty file.
    pub fn new(terms: Arc<Terms>) -> Self {
        let listed = if terms.listing == Listing::None { 0 } else { terms.flows_listed };
        CaseFile {
            totals: Totals::new(terms.path.hops.len()),
            by_route: vec![0; terms.routes.count()],
            untouched: vec![0; terms.routes.count()],
            survey: vec![SurveyRow::default(); terms.survey.len()],
            services: Vec::new(),
            slots: Ledger::default(),
            longest: None,
            longest_payload: None,
            longest_open: None,
            worst: Worst::new(listed),
            failures: Vec::new(),
            closes: Vec::new(),
            unexplained: 0,
            crossings: Vec::new(),
            off_pace: Vec::new(),
            starts: Starts::default(),
            heard: Heard::default(),
            floor: terms.silence_floor(),
            outbox: Vec::new(),
            verdicts: Vec::new(),
            claims: Vec::new(),
            terms,
        }
    }

    /// A silence has ended.
    pub fn silence(&mut self, flow: &FlowView<'_>, annex: &mut Annex, silence: &Silence) {
        annex.note(&self.terms, self.hops_of(flow), silence);
    }

    /// It is known what came of a silence.
    pub fn sequel(&mut self, flow: &FlowView<'_>, _annex: &mut Annex, sequel: &Sequel) {
        if let Fate::Answered(answer) = sequel.fate {
            let at = sequel.gap.start_at + sequel.gap.length + answer.after;
            self.heard.note(flow.endpoint(sequel.speaker.peer()).addr, flow.realm(), at, flow.first_at());
        }
    }

    /// The hops on the path of a flow.
    #[inline]
    fn hops_of(&self, flow: &FlowView<'_>) -> Range<usize> {
        self.terms.routes.hops_on(self.route_of(flow))
    }

    #[inline]
    fn route_of(&self, flow: &FlowView<'_>) -> RouteId {
        self.terms.routes.route(flow.endpoint(Role::Responder), flow.realm())
    }

    /// Counts a flow, and notes what it shows of its service and of others.
    #[inline(always)]
    fn note(&mut self, flow: &FlowView<'_>, open: &[Silence]) {
        self.totals.note_flow(flow);
        if !self.terms.routes.is_one() {
            let route = self.route_of(flow).index();
            self.by_route[route] += 1;
        }
        self.note_longest(flow, open);
        self.starts.note(flow);
        let index = flow.service().0 as usize;
        if index >= self.services.len() {
            self.services.resize(index + 1, None);
        }
        let service = self.services[index].get_or_insert_with(|| ServiceTally::of(flow));
        service.note(flow);
        service.note_life(flow, self.terms.path.hops.len());
        // It shows that its service's host lived. A RST may be a box's.
        if flow.segments(Role::Responder) > 0 && flow.closed_by() != ClosedBy::Rst {
            let longest = flow.gaps(Basis::Responder).kept().first().map(|gap| gap.length);
            let silence = longest.unwrap_or(self.floor);
            let until = flow.last_at_of(Role::Responder);
            self.heard.note_span(&mut service.host, flow.first_at(), until, silence);
        }
        // A client that spoke on and on lived, too.
        let spoke_for = flow.last_at_of(Role::Initiator).since(flow.first_at());
        if spoke_for > LONG_LIFE && flow.closed_by() != ClosedBy::Rst {
            let longest = flow.gaps(Basis::Initiator).kept().first().map(|gap| gap.length);
            let client = (flow.endpoint(Role::Initiator).addr, flow.realm());
            let until = flow.last_at_of(Role::Initiator);
            self.heard.note_client(client, flow.first_at(), until, longest.unwrap_or(self.floor));
        }
    }

    /// A silence goes on. Puts a finding into the outbox the first time that it exceeds a
    /// hop's limit; the judgement is not touched.
    pub fn still_silent(&mut self, flow: &FlowView<'_>, annex: &mut Annex, silence: &Silence) {
        let terms = Arc::clone(&self.terms);
        let on = self.hops_of(flow);
        for (index, (state, hop)) in annex.hop_states(&terms).iter_mut().zip(&terms.path.hops).enumerate() {
            if !on.contains(&index) {
                continue;
            }
            let Some(lapse) = state.announce(hop, silence) else { continue };
            let transitory = matches!(lapse.standing.phase, Phase::SynSent | Phase::SynRecv | Phase::LastAck);
            if transitory || hop.pickup == Pickup::Loose {
                continue;
            }
            let certainty = if hop.pickup == Pickup::Unstated || hop.self_probe.is_some() {
                Certainty::Possible
            } else if flow.is_two_way() {
                Certainty::Certain
            } else {
                Certainty::Likely
            };
            let claim = Claim::Expiry(ExpiryFacts { hop: index, lapse, certainty, expiries: 1 });
            let record = FlowRecord::of(flow, &[], &[], terms.min_gap);
            self.outbox.push(claim.tell(&Telling { terms: &terms, flow: &record, stale: 0 }));
        }
    }

    /// Expiries announced since the last call, in the order in which they were found.
    pub fn take_announcements(&mut self) -> Vec<Announcement> {
        std::mem::take(&mut self.outbox)
    }

    /// A flow has ended, or the capture has.
    pub fn retire(&mut self, flow: &FlowView<'_>, annex: Option<&mut Annex>, open: &[Silence]) {
        self.verdicts.clear();
        self.claims.clear();
        // Most flows: nothing but counts.
        if annex.is_none()
            && open.is_empty()
            && let Some(flow) = flow.without_history()
        {
            self.note(&flow, open);
            self.slots.note(&flow, false);
            return self.leave_untouched(&flow, open);
        }
        self.note(flow, open);
        for log in Role::BOTH.map(|role| flow.probes(role)) {
            let undecided = log.probe_or_reply();
            self.totals.probe_or_reply += undecided;
            self.totals.probe_or_reply_one_ip_id += undecided * u64::from(log.probe_or_reply_has_one_ip_id());
        }
        let incident =
            flow.may_have_failed().then(|| FlowFacts::of(flow)).and_then(|facts| Incident::of(&facts));
        let probed = Role::BOTH.iter().any(|role| flow.probes(*role).probes() > 0);
        match annex {
            Some(annex) => self.judge(flow, annex, open, incident.as_ref()),
            None if probed || !open.is_empty() || incident.is_some() => {
                self.judge(flow, &mut Annex::default(), open, incident.as_ref());
            }
            None => {
                self.slots.note(flow, false);
                return self.leave_untouched(flow, open);
            }
        }
        self.slots.note(flow, self.claims.iter().any(|claim| claim.rule() == Rule::Stale));
        self.list(flow, open, incident.as_ref());
        if let Some(incident) = incident {
            self.keep(incident);
        }
    }

    /// Keeps an incident, to be explained when all flows are known.
    fn keep(&mut self, incident: Incident) {
        let otherwise = self.claims.iter().map(Claim::severity).max();
        let list = if incident.is_failure() { &mut self.failures } else { &mut self.closes };
        list.push(Suspicion { incident, otherwise });
        self.unexplained += bound_incidents(list, 2 * INCIDENTS_KEPT);
    }

    /// No hop can have touched this flow.
    #[inline(always)]
    fn leave_untouched(&mut self, flow: &FlowView<'_>, open: &[Silence]) {
        let route = self.route_of(flow);
        if let Some(untouched) = self.untouched.get_mut(route.index()) {
            *untouched += 1;
        }
        if self.terms.listing == Listing::All {
            self.untouched_by(&self.terms.routes.hops_on(route));
            self.list(flow, open, None);
        }
    }

    /// No hop on the flow's path did anything to it.
    fn untouched_by(&mut self, on: &Range<usize>) {
        let verdict = |hop| if on.contains(&hop) { Verdict::UNTOUCHED } else { Verdict::OFF_PATH };
        self.verdicts.extend((0..self.terms.path.hops.len()).map(verdict));
    }

    /// All flows are retired: puts in order what is laid together with that of other workers.
    pub fn close(&mut self) {
        self.heard.tidy_up();
    }

    fn judge(
        &mut self,
        flow: &FlowView<'_>,
        annex: &mut Annex,
        open: &[Silence],
        incident: Option<&Incident>,
    ) {
        let on = self.hops_of(flow);
        for silence in open {
            annex.note(&self.terms, on.clone(), silence);
        }
        let after = Aftermath::of(flow);
        let terms = Arc::clone(&self.terms);
        match annex.trial() {
            Trial::Hops(states) => {
                let hops = states.iter().zip(&terms.path.hops).enumerate();
                self.verdicts.extend(hops.map(|(index, (state, hop))| {
                    if on.contains(&index) { state.verdict(hop, &after) } else { Verdict::OFF_PATH }
                }));
            }
            Trial::Survey(state) => state.count(&terms.survey, &mut self.survey, &after),
            Trial::Untried => self.untouched_by(&on),
        }
        let terms = &*terms;
        for (hop, verdict) in self.totals.hops.iter_mut().zip(&self.verdicts) {
            hop.note(verdict);
        }
        if let Some(survived) = flow.sequels().longest_survived(SilenceClass::Established) {
            let counts = self.totals.hops.get_mut(on.clone()).into_iter().flatten();
            for (hop, counts) in terms.path.hops.get(on).into_iter().flatten().zip(counts) {
                let longer = survived.gap.length > hop.timers.established;
                counts.outlived += u64::from(hop.refresh.counts_packets() && longer);
            }
        }
        let first = first_cut(&self.verdicts);
        if let Some(first) = first {
            self.totals.cut += 1;
            self.totals.hops[first].cuts_first += 1;
            let lapse = self.verdicts[first].cut();
            self.totals.used_again += u64::from(lapse.is_some_and(|lapse| lapse.used_again));
            self.totals.left_behind += u64::from(lapse.is_some_and(|lapse| lapse.leaves_behind()));
        }
        let case = Case::of(terms, flow, &self.verdicts, open, annex.half_closed());
        examine(&case, &mut self.claims);
        if incident.is_some_and(Incident::is_failure) {
            // What was seen says more than what a timer would have done.
            self.claims.retain(|claim| claim.rule() != Rule::HalfClosedIdle);
        }
        if let Some(crossing) = Crossing::of(flow) {
            self.crossings.push(crossing);
            bound_crossings(&mut self.crossings, 2 * INCIDENTS_KEPT);
        }
        if let Some(off_pace) = OffPace::of(flow, terms, &self.verdicts, first) {
            self.off_pace.push(off_pace);
            bound_off_pace(&mut self.off_pace, 2 * INCIDENTS_KEPT);
        }
        self.count(flow, first, incident.is_some());
    }

    /// `undecided`: what is found of the flow is known when all flows are.
    fn count(&mut self, flow: &FlowView<'_>, first: Option<usize>, undecided: bool) {
        let has = |kind| self.verdicts.iter().any(|verdict| verdict.kind() == kind);
        let saved = first.is_none() && has(OutcomeKind::SavedByKeepalive);
        let unknown = first.is_none() && has(OutcomeKind::Unknown);
        self.totals.saved_by_keepalive += u64::from(saved);
        self.totals.unknown += u64::from(unknown);
        for claim in &self.claims {
            self.totals.note_finding(claim.rule(), claim.severity());
        }
        let worst = self.claims.iter().map(Claim::severity).max().filter(|_| !undecided);
        if let Some(severity) = worst {
            self.totals.flows_by_severity[severity as usize] += 1;
        }
        let probed = Role::BOTH.iter().any(|role| flow.probes(*role).probes() > 0);
        let heartbeats = Role::BOTH.map(|role| flow.heartbeat(role));
        let beats = heartbeats.iter().any(Option::is_some);
        if first.is_none() && self.claims.is_empty() && !probed && !beats && !saved && !unknown {
            return;
        }
        let on = self.hops_of(flow);
        let Some(Some(service)) = self.services.get_mut(flow.service().0 as usize) else { return };
        let trouble = service.trouble(self.verdicts.len());
        trouble.note_flow(flow, &self.verdicts, first, saved);
        for heartbeat in heartbeats.iter().flatten() {
            trouble.note_heartbeat(heartbeat, &self.terms.path.hops, &on);
        }
        for claim in &self.claims {
            trouble.note_finding(claim.rule());
        }
        if let Some(severity) = worst {
            trouble.note_worst(severity);
        }
    }

    fn list(&mut self, flow: &FlowView<'_>, open: &[Silence], incident: Option<&Incident>) {
        let failure = incident.filter(|incident| incident.may_be_told());
        if self.claims.is_empty() && failure.is_none() && self.terms.listing != Listing::All {
            return;
        }
        let failed = failure.filter(|incident| incident.is_failure());
        let severity: Option<Severity> = self
            .claims
            .iter()
            .map(Claim::severity)
            .chain(failed.map(|incident| incident.certainty.weigh(Rule::FailedInUse)))
            .max();
        let longest =
            flow.longest_gap().max(open_any(open).map(|silence| silence.length).unwrap_or_default());
        let used_again = self.claims.iter().any(|claim| claim.rule() == Rule::PredictedCut);
        let rank = Rank::new(severity, used_again, longest, flow.first_frame());
        if self.worst.would_keep(rank) {
            let record = FlowRecord::of(flow, open, &self.verdicts, self.terms.min_gap);
            self.worst.offer(rank, Box::new(Listed { flow: record, claims: self.claims.clone() }));
        }
    }

    #[inline(always)]
    fn note_longest(&mut self, flow: &FlowView<'_>, open: &[Silence]) {
        for (known, basis) in [(&mut self.longest, Basis::Any), (&mut self.longest_payload, Basis::Payload)] {
            let (length, gap) = flow.longest_idle(basis);
            LongestSilence::keep(known, length, flow, || {
                (gap.map(|gap| gap.start_frame), gap.map(|gap| gap.end_frame))
            });
        }
        let opening = |silence: &&Silence| matches!(silence.standing.phase, Phase::SynSent | Phase::SynRecv);
        if let Some(silence) = open_any(open).filter(|silence| !opening(silence))
            && (silence.trust != Trust::ClockStepped || silence.length <= CLOCK_LEAP)
        {
            LongestSilence::keep(&mut self.longest_open, silence.length, flow, || {
                (Some(silence.start_frame), None)
            });
        }
    }

    /// Terms it judges by.
    pub fn terms(&self) -> &Arc<Terms> {
        &self.terms
    }
}

/// Keeps the incidents of the flows that began first, when there are more than `bound`; how many go.
pub(super) fn bound_incidents(incidents: &mut Vec<Suspicion>, bound: usize) -> u64 {
    if incidents.len() <= bound {
        return 0;
    }
    incidents.sort_unstable_by_key(|suspicion| suspicion.incident.flow.first_frame);
    let gone = incidents.len() - INCIDENTS_KEPT;
    incidents.truncate(INCIDENTS_KEPT);
    gone as u64
}

/// The open silence of all packets.
fn open_any(open: &[Silence]) -> Option<&Silence> {
    open.iter().find(|silence| silence.basis == Basis::Any)
}

impl LongestSilence {
    /// Keeps the longer one; of equal ones that of the flow that came first.
    #[inline(always)]
    fn keep(
        known: &mut Option<LongestSilence>,
        length: Span,
        flow: &FlowView<'_>,
        frames: impl FnOnce() -> (Option<FrameNumber>, Option<FrameNumber>),
    ) {
        let longer = known
            .as_ref()
            .is_none_or(|known| (length, known.flow.first_frame) > (known.length, flow.first_frame()));
        if longer && length > Span::ZERO {
            let (after_frame, before_frame) = frames();
            *known = Some(LongestSilence { length, flow: FlowRef::of(flow), after_frame, before_frame });
        }
    }
}
