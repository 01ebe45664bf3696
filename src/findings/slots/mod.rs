//! `slot-exhaustion`: the connections that a server allows one client are taken by sockets that nobody uses.
//!
//! Workers note connections in a [`Ledger`]; one client's flows lie with several of them, so nothing is
//! decided before all are laid together. Then only clients that were refused, or that come near a stated
//! limit, are looked at. The limit is stated by the user or shown by the capture: attempts refused at one
//! occupancy, the highest there was. That alone may be a service that has gone away; it takes an attempt
//! that succeeds once slots are free, or another client that is accepted meanwhile, to say so.

mod holder;
mod ledger;
mod statement;
mod use_of_slots;

pub use holder::{Mark, SlotPoint};
pub(super) use ledger::Ledger;
pub use ledger::{Refusal, Release};
pub use use_of_slots::{LimitBasis, Refusals, Releases, SlotUse};

use super::case_file::SlotHolder;
use super::finding::Finding;
use super::service::{SERVICES_LISTED, StaleLine};
use super::terms::Terms;
use crate::flow::Service;
use crate::memory::LongList;
use crate::policy::SlotLimit;
use hashbrown::{HashMap, HashSet};
use holder::{FEWEST_SLOTS, INFERRED_FROM, Tenancy};
use ledger::{Fact, Holder, Part, client_at};
use use_of_slots::Witness;

/// What all ledgers come to.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// Clients with stale flows, most first, at most [`SERVICES_LISTED`].
    pub stale: Vec<StaleLine>,
    pub stale_total: u64,
    /// Stale flows by client and service where there are several, for the sentences of the listed flows.
    pub stale_of: HashMap<SlotHolder, u64>,
    /// Clients that ran out of slots, worst first, at most [`SERVICES_LISTED`].
    pub uses: Vec<SlotUse>,
    pub uses_total: u64,
    pub findings: Vec<Finding>,
    /// Connections that could not be noted.
    pub left_out: u64,
}

/// Lays the ledgers together, each with its worker's services by `ServiceId`. The result does not depend on how
/// flows were spread over workers. `asked`: of whom to count stale flows for sentences.
pub(super) fn judge(
    terms: &Terms,
    ledgers: Vec<(Ledger, Vec<Option<Service>>)>,
    asked: &HashSet<SlotHolder>,
) -> Slots {
    let mut services: Vec<Service> =
        ledgers.iter().flat_map(|(_, services)| services.iter().flatten().copied()).collect();
    services.sort_unstable();
    services.dedup();
    let mut slots = Slots::default();
    // Left where they are: together they may be large.
    let mut shares: Vec<LongList<Fact>> = Vec::with_capacity(ledgers.len());
    for (mut ledger, known) in ledgers {
        slots.left_out += ledger.left_out;
        let ranks: Vec<u32> = known
            .iter()
            .map(|service| match service.as_ref().map(|service| services.binary_search(service)) {
                Some(Ok(rank)) => rank as u32,
                _ => u32::MAX,
            })
            .collect();
        for fact in ledger.facts.iter_mut() {
            fact.service = ranks.get(fact.service as usize).copied().unwrap_or(u32::MAX);
        }
        shares.push(ledger.facts);
    }
    slots.count_stale(&shares, &services, asked);

    let limits: Vec<Option<u32>> =
        services.iter().map(|service| SlotLimit::of(&terms.slots, &service.endpoint)).collect();
    let mut chosen = worth_a_look(&shares, &limits);
    chosen.sort_unstable_by_key(|fact| (fact.holder(), fact.start, fact.first_frame));
    let mut tenancies: Vec<(Service, Option<u32>, Tenancy<'_>)> = Vec::new();
    for facts in chosen.chunk_by(|a, b| a.holder() == b.holder()) {
        let Some(first) = facts.first() else { continue };
        let Some(service) = services.get(first.service as usize) else { continue };
        let limit = limits.get(first.service as usize).copied().flatten();
        if may_be_full(facts, limit) {
            tenancies.push((*service, limit, Tenancy::of(facts)));
        }
    }

    let witnesses = witnesses(&shares, &services, &tenancies);
    slots.uses = tenancies
        .iter()
        .zip(witnesses)
        .filter_map(|((service, limit, tenancy), witness)| SlotUse::of(tenancy, *service, *limit, witness))
        .collect();
    slots.uses.sort_by(SlotUse::worse_first);
    slots.uses_total = slots.uses.len() as u64;
    slots.uses.truncate(SERVICES_LISTED);
    slots.findings = slots.uses.iter().filter_map(|used| statement::tell(terms, used)).collect();
    slots
}

impl Slots {
    fn count_stale(&mut self, shares: &[LongList<Fact>], services: &[Service], asked: &HashSet<SlotHolder>) {
        let stale = shares.iter().flat_map(LongList::iter).filter(|fact| fact.is_stale());
        let mut holders: Vec<Holder> = stale.map(Fact::holder).collect();
        holders.sort_unstable();
        for same in holders.chunk_by(|a, b| a == b) {
            let Some((rank, address)) = same.first() else { continue };
            let Some(service) = services.get(*rank as usize) else { continue };
            let (client, stale) = (client_at(*address), same.len() as u64);
            let holder = (client, service.endpoint, service.realm);
            // One by itself goes without saying.
            if stale > 1 && asked.contains(&holder) {
                self.stale_of.insert(holder, stale);
            }
            self.stale_total += 1;
            self.stale.push(StaleLine { client, service: service.endpoint, realm: service.realm, stale });
            if self.stale.len() >= 64 * SERVICES_LISTED {
                self.bound_stale();
            }
        }
        self.bound_stale();
    }

    fn bound_stale(&mut self) {
        // A total order: no two lines are of one client at one service.
        let order = |a: &StaleLine, b: &StaleLine| {
            let names = || (a.client, a.service, a.realm).cmp(&(b.client, b.service, b.realm));
            b.stale.cmp(&a.stale).then_with(names)
        };
        if self.stale.len() > SERVICES_LISTED {
            self.stale.select_nth_unstable_by(SERVICES_LISTED, order);
            self.stale.truncate(SERVICES_LISTED);
        }
        self.stale.sort_unstable_by(order);
    }
}

/// Small counters by holder. Two holders may share one; what that lets through is sorted out later.
struct Counters(Vec<u8>);

impl Counters {
    fn of(facts: &[&Fact]) -> Self {
        let mut counters = Counters(vec![0; (2 * facts.len()).next_power_of_two().max(1 << 10)]);
        for fact in facts {
            let place = counters.place(fact.holder());
            counters.0[place] = counters.0[place].saturating_add(1);
        }
        counters
    }

    fn place(&self, (service, client): Holder) -> usize {
        // Fibonacci hashing of the folded address (Knuth 6.4).
        let wide = u128::from_be_bytes(client);
        let folded = (wide ^ (wide >> 64)) as u64 ^ (u64::from(service) << 32);
        (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (self.0.len() - 1)
    }

    fn at(&self, holder: Holder) -> usize {
        usize::from(self.0[self.place(holder)])
    }
}

/// Facts of clients that may have run out of slots: refused several times, or near a stated limit. Few passes, and
/// over small counters, because most captures have no such client.
fn worth_a_look(shares: &[LongList<Fact>], limits: &[Option<u32>]) -> Vec<Fact> {
    let facts = || shares.iter().flat_map(LongList::iter);
    let limit_of = |fact: &Fact| limits.get(fact.service as usize).copied().flatten();
    let is_held_within_limit = |fact: &&Fact| matches!(fact.part, Part::Held(_)) && limit_of(fact).is_some();
    let refused: Vec<&Fact> = facts().filter(|fact| matches!(fact.part, Part::Refused(_))).collect();
    let held: Vec<&Fact> = if limits.iter().any(Option::is_some) {
        facts().filter(is_held_within_limit).collect()
    } else {
        Vec::new()
    };
    let (refusals, holds) = (Counters::of(&refused), Counters::of(&held));
    let near = |fact: &Fact| {
        let reached = |limit: u32| holds.at(fact.holder()) >= (limit as usize).min(usize::from(u8::MAX));
        limit_of(fact).is_some_and(reached)
    };
    let full = |fact: &Fact| near(fact) || refusals.at(fact.holder()) >= INFERRED_FROM;
    if !refused.iter().chain(&held).any(|fact| full(fact)) {
        return Vec::new();
    }
    facts().filter(|fact| full(fact)).copied().collect()
}

/// Whether a client's connections can have come to the limit, or show one.
fn may_be_full(facts: &[Fact], limit: Option<u32>) -> bool {
    let held = facts.iter().filter(|fact| matches!(fact.part, Part::Held(_))).count();
    let refused = facts.len() - held;
    limit.is_some_and(|limit| held >= limit as usize) || held >= FEWEST_SLOTS && refused >= INFERRED_FROM
}

/// For each tenancy, whether the service took another client's connection while it refused this one's.
fn witnesses(
    shares: &[LongList<Fact>],
    services: &[Service],
    tenancies: &[(Service, Option<u32>, Tenancy<'_>)],
) -> Vec<Witness> {
    let mut found = vec![Witness::default(); tenancies.len()];
    let mut of_service: HashMap<u32, Vec<usize>> = HashMap::new();
    for (index, (service, _, tenancy)) in tenancies.iter().enumerate() {
        if let (Ok(rank), false) = (services.binary_search(service), tenancy.attempts.is_empty()) {
            of_service.entry(rank as u32).or_default().push(index);
        }
    }
    if of_service.is_empty() {
        return found;
    }
    for fact in shares.iter().flat_map(LongList::iter).filter(|fact| matches!(fact.part, Part::Held(_))) {
        for &index in of_service.get(&fact.service).into_iter().flatten() {
            let tenancy = &tenancies[index].2;
            if tenancy.refuses_at(fact.start) && !tenancy.is_of(fact.holder()) {
                found[index].note(fact);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
