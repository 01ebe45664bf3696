//! What to set: one number for each service, setting and side, made in one place.
//!
//! Where breaks were observed: at most half of the shortest silence that broke a flow, and not above the longest comparable
//! one that was survived. Where a limit is only stated: at most half of it, with all probes over before it. In whole
//! seconds, which every system takes. Where nothing was survived, or less than a second, there is no number, but what
//! would give one. Findings point to recommendations by number; whoever prints or applies one takes it from here.

mod observed;
mod stated;
#[cfg(test)]
mod tests;
mod words;

use crate::findings::{Finding, InferredLimit, Judgement, Knob, Routes, Rule};
use crate::flow::{Role, Service};
use crate::policy::{Keepalive, keepalive_below};
use crate::segment::Endpoint;
use crate::time::Span;
use crate::tuning;
use std::collections::BTreeMap;

pub use observed::{NoNumber, safe_pause};

/// One thing to set, or to find out.
#[derive(Clone, PartialEq, Debug)]
pub struct Recommendation {
    /// For which service; `None`: for all that take the path.
    pub service: Option<Service>,
    /// What to set.
    pub knob: Knob,
    /// At which end; `None`: either.
    pub side: Option<Role>,
    /// For which path, where flows take several; `None`: the default one, or that of the service.
    pub path: Option<String>,
    /// Of a hop's timeout: its name.
    pub hop: Option<String>,
    /// Not longer than this.
    pub at_most: Option<Span>,
    /// Not shorter than this.
    pub at_least: Option<Span>,
    /// Of a keepalive: all three values, with its probes over in time.
    pub keepalive: Option<Keepalive>,
    /// What it rests on.
    pub grounds: Grounds,
    /// Indices of the findings that it cures.
    pub because: Vec<usize>,
}

/// What a recommendation rests on.
#[derive(Clone, PartialEq, Debug)]
pub enum Grounds {
    /// Silences that flows survived and that broke them.
    Observed(Box<InferredLimit>),
    /// The limit of a hop of the path.
    Stated {
        /// The hop.
        hop: String,
        /// Its limit.
        limit: Span,
        /// Whether the stated keepalive fits already.
        fits: bool,
    },
    /// Connections that nobody uses fill what a service allows a client.
    Slots,
    /// Limits have to grow from the server outward.
    Order {
        /// What the hop's limit is.
        is: Span,
    },
    /// What `tune` measured.
    Measured,
    /// There is no number, and why.
    NoNumber(NoNumber),
}

/// All recommendations of a run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Recommendations {
    /// In order of their numbers, which begin with 1.
    pub list: Vec<Recommendation>,
    /// Numbers for each finding.
    pub of_findings: Vec<Vec<usize>>,
}

/// Keepalive that frees a slot within minutes, where nothing is stated.
const PROMPT: Keepalive = Keepalive { time: Span::from_secs(300), interval: Span::from_secs(30), probes: 4 };

/// Of one service (or path), setting and side there is one.
type Key = (Option<Service>, Option<String>, Knob, Option<Role>, Option<String>);

#[derive(Default)]
struct Draft(BTreeMap<Key, Recommendation>);

impl Draft {
    /// Adds one, or narrows the one that is there: the shorter of two bounds from above holds.
    fn add(&mut self, new: Recommendation) {
        let key = (new.service, new.path.clone(), new.knob, new.side, new.hop.clone());
        match self.0.get_mut(&key) {
            None => {
                self.0.insert(key, new);
            }
            Some(known) => {
                let is_tighter = match (new.at_most, known.at_most) {
                    (Some(new), Some(known)) => new < known,
                    (Some(_), None) => true,
                    (None, _) => false,
                };
                if is_tighter {
                    *known = new;
                }
            }
        }
    }
}

/// Recommends, for all findings and limits of a judgement.
pub fn recommend(judgement: &Judgement) -> Recommendations {
    let routes = &judgement.terms.routes;
    let names = std::iter::once(None).chain(routes.list().iter().map(|route| Some(route.name.clone())));
    // By path, the default one first.
    let stated: Vec<Vec<Recommendation>> = names
        .zip(routes.paths())
        .map(|(name, path)| {
            let of_path = stated::of(path).into_iter();
            of_path.map(|it| Recommendation { path: name.clone(), ..it }).collect()
        })
        .collect();
    let of_service = |service: Service| &stated[routes.route(service.endpoint, service.realm).index()];
    let mut draft = Draft::default();
    for recommendation in observed::of(&judgement.inferred) {
        draft.add(recommendation);
    }
    // What is observed of a service and what its path asks for hold together.
    let observed: Vec<(Service, Knob, Option<Role>)> =
        draft.0.keys().filter_map(|(service, _, knob, side, _)| Some(((*service)?, *knob, *side))).collect();
    for (service, knob, side) in observed {
        // Payload restarts every timer, so it must come before all of them.
        let holds = |of_path: &&Recommendation| {
            of_path.knob == knob || knob == Knob::Heartbeat && of_path.knob == Knob::Keepalive
        };
        for of_path in of_service(service).iter().filter(holds).filter(|of_path| of_path.at_most.is_some()) {
            let keepalive = of_path.keepalive.filter(|_| knob == Knob::Keepalive);
            draft.add(Recommendation {
                service: Some(service),
                path: None,
                knob,
                side,
                keepalive,
                ..of_path.clone()
            });
        }
    }
    for used in judgement.slots.iter().filter(|used| used.silent > 0) {
        let route = routes.route(used.service.endpoint, used.service.realm);
        let base = routes.keepalive_of(route).unwrap_or(PROMPT);
        let key = (Some(used.service), None, Knob::Keepalive, None, None);
        let own = draft.0.get(&key).and_then(|known| known.at_most);
        let of_path = of_service(used.service).iter().filter(|of_path| of_path.knob == Knob::Keepalive);
        let most = own.into_iter().chain(of_path.filter_map(|of_path| of_path.at_most)).min();
        let keepalive = most.map_or(base, |most| keepalive_below(most.times(2), Some(base)));
        draft.add(Recommendation {
            side: Some(Role::Responder),
            keepalive: Some(keepalive),
            ..Recommendation::at_most(Some(used.service), Knob::Keepalive, keepalive.time, Grounds::Slots)
        });
    }
    // A path that no flow takes asks for nothing.
    let is_taken =
        |route: usize| routes.is_one() || judgement.by_route.get(route).is_some_and(|flows| *flows > 0);
    let stated = stated.into_iter().enumerate().filter(|(route, _)| is_taken(*route));
    for of_path in stated.flat_map(|(_, of_path)| of_path) {
        // Where every service has its own, there is no other that takes the path.
        let own = draft.0.keys().filter(|(service, _, knob, side, _)| {
            service.is_some() && side.is_none() && *knob == of_path.knob
        });
        let has_all = judgement.services_total > 0 && own.count() as u64 == judgement.services_total;
        if !has_all || of_path.knob == Knob::HopTimeout {
            draft.add(of_path);
        }
    }
    number(draft, &judgement.findings, routes)
}

/// The shortest limit that packets restart, as far as a capture shows: twice the pause that is safe before it.
pub fn shown_limit(limits: &[InferredLimit]) -> Option<Span> {
    let counts_packets = |it: &Recommendation| it.knob == Knob::Keepalive;
    observed::of(limits).filter(counts_packets).filter_map(|it| it.at_most).min().map(|pause| pause.times(2))
}

/// What the silences of traffic ask for where no box of the path is known.
pub fn of_tuning(recommended: &tuning::Recommended) -> Vec<Recommendation> {
    let timeout = recommended.timeout.as_ref().ok().map(|choice| Recommendation {
        at_least: Some(choice.outcome.timeout),
        ..Recommendation::bare(None, Knob::HopTimeout, Grounds::Measured)
    });
    let keepalive = recommended.keepalive.as_ref().ok().map(|choice| Recommendation {
        keepalive: Some(choice.keepalive),
        ..Recommendation::at_most(None, Knob::Keepalive, choice.keepalive.time, Grounds::Measured)
    });
    timeout.into_iter().chain(keepalive).collect()
}

impl Recommendation {
    fn at_most(service: Option<Service>, knob: Knob, most: Span, grounds: Grounds) -> Self {
        Recommendation { at_most: Some(most), ..Recommendation::bare(service, knob, grounds) }
    }

    fn bare(service: Option<Service>, knob: Knob, grounds: Grounds) -> Self {
        Recommendation {
            service,
            knob,
            side: None,
            path: None,
            hop: None,
            at_most: None,
            at_least: None,
            keepalive: None,
            grounds,
            because: Vec::new(),
        }
    }

    /// Whether it cures a finding about this service and hop.
    fn cures(&self, finding: &Finding, knob: Knob, routes: &Routes) -> bool {
        let service = service_of(finding);
        let takes_it = self.service.is_some() || self.path == path_of(finding, routes);
        let of_service = self.service.is_none_or(|of| service.is_none_or(|service| service == of.endpoint));
        let of_slots = matches!(self.grounds, Grounds::Slots);
        let of_hop = self.hop.is_none() || finding.hop.is_none() || self.hop == finding.hop;
        self.knob == knob
            && of_service
            && of_hop
            && takes_it
            && (finding.rule == Rule::SlotExhaustion) == of_slots
    }
}

fn service_of(finding: &Finding) -> Option<Endpoint> {
    let of_group = || finding.group.as_ref().and_then(|group| group.service);
    finding.flow.map(|flow| flow.responder).or_else(of_group)
}

/// The path that a finding is about, where flows take several; `None`: the default one.
fn path_of(finding: &Finding, routes: &Routes) -> Option<String> {
    let of_flow = finding.flow.map(|flow| (flow.responder, flow.realm));
    let of_group = || {
        let first = finding.group.as_ref().and_then(|group| group.flows.first());
        first.map(|flow| (flow.responder, flow.realm))
    };
    let name = match of_flow.or_else(of_group) {
        Some((responder, realm)) => {
            let place = routes.route(responder, realm).index().checked_sub(1)?;
            routes.list().get(place)
        }
        // Hops are named after their path.
        None => routes.list().iter().find(|route| {
            finding.hop.as_ref().is_some_and(|hop| route.path.hops.iter().any(|known| known.name == *hop))
        }),
    };
    name.map(|route| route.name.clone())
}

/// Gives them numbers, those of services first, and tells which cure which findings.
fn number(draft: Draft, findings: &[Finding], routes: &Routes) -> Recommendations {
    let mut list: Vec<Recommendation> = draft.0.into_values().collect();
    list.sort_by_key(|it| {
        (it.service.is_none(), it.service, it.path.clone(), it.knob, it.side, it.hop.clone())
    });
    let mut of_findings: Vec<Vec<usize>> = findings
        .iter()
        .map(|finding| {
            let knobs = finding.remedy.knobs.iter();
            let of_knob = |knob: &Knob| {
                let cures = |of_service: bool| {
                    let fits = move |it: &Recommendation| {
                        it.service.is_some() == of_service && it.cures(finding, *knob, routes)
                    };
                    list.iter().position(fits)
                };
                cures(true).or_else(|| cures(false))
            };
            let mut numbers: Vec<usize> = knobs.filter_map(of_knob).collect();
            // Where there is no number, what would give one.
            if numbers.is_empty() && !finding.remedy.knobs.is_empty() {
                let of_service = |it: &Recommendation| {
                    it.knob == Knob::Investigate
                        && it.service.is_some_and(|of| Some(of.endpoint) == service_of(finding))
                };
                numbers.extend(list.iter().position(of_service));
            }
            numbers
        })
        .collect();
    for (index, numbers) in of_findings.iter_mut().enumerate() {
        for number in numbers.iter_mut() {
            list[*number].because.push(index);
            *number += 1;
        }
    }
    Recommendations { list, of_findings }
}
