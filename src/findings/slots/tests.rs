use super::ledger::Hold;
use super::*;
use crate::findings::finding::Certainty;
use crate::findings::rule::{Rule, Severity};
use crate::policy::{Hop, Keepalive, Path};
use crate::segment::{Endpoint, Realm};
use crate::simulate::Survey;
use crate::time::Span;

const CLIENT: [u8; 4] = [10, 0, 0, 1];
const OTHER: [u8; 4] = [10, 0, 0, 7];

fn service(port: u16) -> Service {
    Service { endpoint: Endpoint { addr: [10, 0, 0, 9].into(), port }, realm: Realm(0) }
}

fn terms(slots: Option<&str>) -> Terms {
    let slots = slots.map(|text| text.parse().unwrap());
    Terms { slots: slots.into_iter().collect(), ..Terms::new(Path::default(), Survey::default()) }
}

fn held(client: [u8; 4], port: u16, start: u64, until: Option<(u64, Release)>, heard: u64) -> Fact {
    let part = Part::Held(until.map_or(Hold::Open, |(_, release)| Hold::Freed(release)));
    Fact::made(client, port, start, until.map(|(second, _)| second), heard, part)
}

fn refused(port: u16, at: u64, kind: Refusal) -> Fact {
    Fact::made(CLIENT, port, at, Some(at), at, Part::Refused(kind))
}

fn judged(terms: &Terms, facts: Vec<Fact>) -> Slots {
    let mut ledger = Ledger::default();
    ledger.facts = facts.into_iter().collect();
    judge(terms, vec![(ledger, vec![Some(service(1225))])], &HashSet::new())
}

/// Six sockets that fall silent after ten seconds, until keepalive frees them at 100.
fn left_behind() -> Vec<Fact> {
    (0..6).map(|port| held(CLIENT, port, u64::from(port), Some((100, Release::Keepalive)), 10)).collect()
}

/// Refused at 20, 30 and 40.
fn three_refused(kind: Refusal) -> Vec<Fact> {
    (2..5).map(|n| refused(50 + n, u64::from(n) * 10, kind)).collect()
}

fn neighbour() -> Fact {
    held(OTHER, 1, 25, None, 200)
}

fn success() -> Fact {
    held(CLIENT, 60, 110, None, 200)
}

#[test]
fn a_limit_is_inferred_from_refusals_at_one_occupancy_a_neighbour_and_a_success() {
    let facts = [left_behind(), three_refused(Refusal::ResetAtOnce), vec![neighbour(), success()]].concat();
    let slots = judged(&terms(None), facts);
    let [used] = &slots.uses[..] else { panic!("{:?}", slots.uses) };
    assert_eq!((used.limit, used.basis, used.certainty), (6, LimitBasis::Inferred, Certainty::Certain));
    assert_eq!((used.peak, used.silent, used.refused.reset_at_once), (6, 6, 3));
    assert_eq!((used.released.keepalive, used.released.total()), (6, 6));
    assert_eq!(used.succeeded.map(|mark| mark.frame.0), Some(110 * 100 + 60));
    let [finding] = &slots.findings[..] else { panic!("{:?}", slots.findings) };
    assert_eq!((finding.rule, finding.severity), (Rule::SlotExhaustion, Severity::Error));
    assert!(
        finding.summary.contains("6 connections, about what 10.0.0.9:1225 seems to allow"),
        "{}",
        finding.summary
    );
    assert!(finding.summary.contains("keepalive gave up"), "{}", finding.summary);
    assert!(finding.display_filter.contains("ip.addr==10.0.0.1"));
}

#[test]
fn refusals_alone_may_be_a_service_that_is_away() {
    let certainty = |more: Vec<Fact>| {
        let facts = [left_behind(), three_refused(Refusal::Refused), more].concat();
        judged(&terms(None), facts).uses.first().map(|used| used.certainty)
    };
    assert_eq!(certainty(vec![]), None);
    assert_eq!(certainty(vec![success()]), Some(Certainty::Possible));
    assert_eq!(certainty(vec![neighbour()]), Some(Certainty::Likely));
    // Accepted before and after is not accepted meanwhile.
    assert_eq!(certainty(vec![held(OTHER, 1, 5, None, 200), held(OTHER, 2, 45, None, 200)]), None);
}

#[test]
fn refusals_below_the_peak_show_no_limit() {
    let mut facts =
        [left_behind(), three_refused(Refusal::ResetAtOnce), vec![neighbour(), success()]].concat();
    facts.push(refused(59, 3, Refusal::ResetAtOnce));
    assert_eq!(judged(&terms(None), facts).uses, []);
}

#[test]
fn unanswered_attempts_show_no_limit_and_hardly_confirm_one() {
    let facts = [left_behind(), three_refused(Refusal::Unanswered), vec![neighbour(), success()]].concat();
    assert_eq!(judged(&terms(None), facts.clone()).uses, []);
    let slots = judged(&terms(Some("6")), facts);
    assert_eq!(slots.uses[0].certainty, Certainty::Likely);
    assert_eq!(slots.uses[0].refused.unanswered, 3);
    assert_eq!(slots.findings[0].severity, Severity::Warning);
}

#[test]
fn connections_in_use_fill_slots_but_are_no_finding() {
    let in_use: Vec<Fact> = (0..6).map(|port| held(CLIENT, port, u64::from(port), None, 300)).collect();
    let facts = [in_use, three_refused(Refusal::ResetAtOnce), vec![neighbour()]].concat();
    let slots = judged(&terms(Some("6@10.0.0.9:1225")), facts.clone());
    assert_eq!((slots.uses[0].silent, slots.uses[0].refused.total()), (0, 3));
    assert_eq!(slots.findings, []);
    assert_eq!(judged(&terms(None), facts).uses, []);
}

#[test]
fn a_stated_limit_that_is_not_met_is_not_told() {
    assert_eq!(judged(&terms(Some("7")), left_behind()).uses, []);
    assert_eq!(judged(&terms(Some("6@:25")), left_behind()).uses, []);
    let slots = judged(&terms(Some("6")), left_behind());
    assert_eq!((slots.uses[0].silent, slots.uses[0].certainty), (6, Certainty::Likely));
    assert!(slots.findings[0].summary.contains("nothing more was tried"), "{}", slots.findings[0].summary);
}

#[test]
fn a_port_used_again_frees_its_old_slot() {
    let facts = vec![held(CLIENT, 1, 0, None, 1), held(CLIENT, 2, 0, None, 1), held(CLIENT, 1, 10, None, 11)];
    let tenancy = Tenancy::of(&facts);
    assert_eq!((tenancy.peak, tenancy.held_at_end()), (2, 2));
    assert_eq!(tenancy.freed_after(facts[0].start + Span::from_secs(1))[0].by, Release::Replaced);
}

#[test]
fn what_will_free_the_slots_is_told_with_dates() {
    let forever: Vec<Fact> = (0..6).map(|port| held(CLIENT, port, u64::from(port), None, 10)).collect();
    let keepalive = Keepalive { time: Span::from_secs(5400), interval: Span::from_secs(1080), probes: 5 };
    let isa = Hop { preset: Some("ms-isa-nat"), ..Hop::tracker("isa", Span::from_secs(86_400)) };
    let mut terms = terms(Some("6"));
    let path = Path { hops: vec![isa], keepalive: Some(keepalive), by_end: None };
    terms = Terms { slots: terms.slots, ..Terms::new(path, Survey::default()) };
    let slots = judged(&terms, [forever, three_refused(Refusal::ResetAtOnce)].concat());
    let finding = &slots.findings[0];
    assert!(finding.summary.contains("isa lets go of them at 1970-01-02T00:00:10Z"), "{}", finding.summary);
    assert!(finding.summary.contains("would free them at 1970-01-01T03:00:10Z"), "{}", finding.summary);
    assert!(finding.remedy.step.contains("KeepAliveTimeout = 5400"), "{}", finding.remedy.step);
}

/// Dealt out to workers whose services are numbered in another order, the story is the same.
#[test]
fn the_story_does_not_depend_on_how_flows_are_dealt_out() {
    let all = [left_behind(), three_refused(Refusal::ResetAtOnce), vec![neighbour(), success()]].concat();
    let terms = terms(None);
    let whole = judged(&terms, all.clone());
    for workers in 2..5 {
        let mut ledgers: Vec<(Ledger, Vec<Option<Service>>)> = (0..workers)
            .map(|worker| {
                let mut services = vec![Some(service(25)), None, Some(service(80))];
                services.insert(worker, Some(service(1225)));
                (Ledger::default(), services)
            })
            .collect();
        for (index, fact) in all.iter().rev().enumerate() {
            let worker = index % workers;
            let mut fact = *fact;
            fact.service = worker as u32;
            ledgers[worker].0.facts.push(fact);
        }
        let dealt = judge(&terms, ledgers, &HashSet::new());
        assert_eq!(dealt.uses, whole.uses);
        assert_eq!(dealt.findings, whole.findings);
    }
}

#[test]
fn clients_with_a_connection_each_cost_no_second_look() {
    let crowd: LongList<Fact> = (0..50_000_u32)
        .map(|number| held([10, 1, (number >> 8) as u8, number as u8], 1, 0, None, 1))
        .collect();
    assert!(worth_a_look(&[crowd], &[None]).len() < 50);
}

#[test]
fn a_long_story_is_thinned_to_its_peaks() {
    let facts: Vec<Fact> = (0..5000)
        .map(|n| held(CLIENT, n, u64::from(n), Some((u64::from(n) + 3, Release::Fin)), u64::from(n) + 3))
        .collect();
    let curve = Tenancy::of(&facts).thinned_curve();
    assert!(curve.len() <= 128 && curve.iter().all(|point| point.taken <= 3));
    assert!(curve.iter().any(|point| point.taken == 3));
}
