use super::*;
use crate::findings::diagnosis::KnownService;
use crate::findings::inferred::witnesses::Weight::{ContradictedThoughCertain, Stands};
use crate::segment::Endpoint;
use Role::{Initiator, Responder};

fn service(host: u8, port: u16) -> Service {
    let endpoint = Endpoint { addr: IpAddr::from([10, 0, 0, host]), port };
    Service { endpoint, realm: Realm::default() }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_nanos(i64::try_from(seconds).unwrap() * 1_000_000_000)
}

/// A silence of so many seconds, with frames named by them, that a flow of service 10.0.0.1:1 did not survive.
fn broke(speaker: Role, seconds: u64, by_reset: bool) -> Break {
    Break {
        flow: FrameNumber(seconds),
        is_clock_shown: false,
        service: service(1, 1),
        client: CLIENT,
        clock: InferredClock::Established,
        speaker,
        length: Span::from_secs(seconds),
        frames: [FrameNumber(seconds), FrameNumber(seconds + 1)],
        began_at: at(1000),
        by_reset,
        weight: Stands,
    }
}

fn survived(speaker: Role, seconds: u64) -> Survivors {
    let mut survivors = Survivors::default();
    survivors.established[speaker.index()] = Outlived {
        length: Span::from_secs(seconds),
        frames: [FrameNumber(seconds), FrameNumber(seconds + 1)],
        ended_at: at(1000),
        flows: 1,
    };
    survivors.flows[0] = 1;
    survivors
}

fn inferred(known: &[(Break, Survivors)]) -> Vec<InferredLimit> {
    let breaks = known.iter().map(|(broke, _)| *broke).collect();
    let of = |service: Service| {
        let survived = known.iter().find(|(broke, _)| broke.service == service);
        survived.map(|(_, survived)| *survived).unwrap_or_default()
    };
    let service = |service| KnownService { survived: of(service), ..KnownService::default() };
    infer(
        breaks,
        &[],
        service,
        |service, client| if client == CLIENT { of(service) } else { Survivors::default() },
    )
}

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 9, 9));

#[test]
fn what_another_client_survived_narrows_a_limit_and_contradicts_none() {
    let limit = |survived_by_others: u64| {
        let others = survived(Initiator, survived_by_others);
        let known = |_| KnownService { survived: others, ..KnownService::default() };
        infer(vec![broke(Initiator, 300, false)], &[], known, |_, _| survived(Initiator, 100))
    };
    assert_eq!(bounds(only(&limit(200))), (200, 300));
    let other_way = limit(600);
    assert_eq!(
        (bounds(only(&other_way)), only(&other_way).stand.clone()),
        ((100, 300), InferredStand::Bracket)
    );
}

fn only(limits: &[InferredLimit]) -> &InferredLimit {
    let [limit] = limits else { panic!("{limits:#?}") };
    limit
}

fn bounds(limit: &InferredLimit) -> (u64, u64) {
    (limit.survived.length.as_secs(), limit.cut.as_secs())
}

#[test]
fn who_speaks_first_makes_no_difference_where_one_limit_explains_both_sides() {
    let mut both = survived(Initiator, 300);
    both.add(&survived(Responder, 340));
    let limits = inferred(&[(broke(Initiator, 400, false), both), (broke(Responder, 360, false), both)]);
    let limit = only(&limits);
    assert_eq!((limit.speaker, limit.stand.clone()), (None, InferredStand::Bracket));
    assert_eq!((bounds(limit), limit.cuts), ((340, 360), 2));
    assert!(limit.boxes.contains(&"aws-nlb-tcp"), "{:?}", limit.boxes);
    assert_eq!(limit.display_filter(), "frame.number in {340, 341, 360, 361}");
}

#[test]
fn a_box_that_takes_flows_up_again_for_one_side_has_a_limit_for_the_other() {
    let mut both = survived(Initiator, 11);
    both.add(&survived(Responder, 4));
    let limits = inferred(&[(broke(Responder, 9, true), both), (broke(Responder, 12, true), both)]);
    let limit = only(&limits);
    assert_eq!((limit.speaker, bounds(limit)), (Some(Responder), (4, 9)));
    assert!(
        limit.meaning().contains("where the initiator speaks first, 11s did no harm"),
        "{}",
        limit.meaning()
    );
    assert_eq!(limit.frames().len(), 6);
}

#[test]
fn a_silence_cut_that_was_shorter_than_one_survived_is_a_conflict_and_no_number() {
    let limits = inferred(&[(broke(Initiator, 8, true), survived(Initiator, 9))]);
    let limit = only(&limits);
    assert_eq!((limit.stand.clone(), bounds(limit)), (InferredStand::Conflict(None), (9, 8)));
    assert!(!limit.has_number() && limit.boxes.is_empty());
    let meaning = limit.meaning();
    assert!(
        meaning.starts_with("a silence of 9s did no harm, after one of 8s a flow broke: no single"),
        "{meaning}"
    );
    assert_eq!(limit.display_filter(), "frame.number in {8, 9, 10}");
}

#[test]
fn a_limit_that_was_changed_parts_what_contradicts_by_time() {
    let later = Break { began_at: at(2000), ..broke(Initiator, 8, true) };
    let limits = inferred(&[(later, survived(Initiator, 9)); 2]);
    let lowered = InferredStand::Conflict(Some(LimitChange::Lowered { after: at(1000) }));
    assert_eq!(only(&limits).stand, lowered);
    let earlier = Break { began_at: at(900), ..broke(Initiator, 8, true) };
    let limits = inferred(&[(earlier, survived(Initiator, 9)); 2]);
    let raised = InferredStand::Conflict(Some(LimitChange::Raised { after: at(908) }));
    assert_eq!(only(&limits).stand, raised);
    let both = inferred(&[(earlier, survived(Initiator, 9)), (later, survived(Initiator, 9))]);
    assert_eq!(only(&both).stand, InferredStand::Conflict(None));
}

#[test]
fn a_break_that_others_contradict_is_told_only_where_it_is_sure() {
    let doubted = |weight| Break { weight, ..broke(Initiator, 8, false) };
    let known = survived(Initiator, 9);
    let vanished = doubted(Weight::Contradicted);
    assert_eq!(inferred(&[(vanished, known), (vanished, known), (vanished, known)]), []);
    let limits = inferred(&[(doubted(ContradictedThoughCertain), known)]);
    assert!(!only(&limits).has_number());
}

#[test]
fn a_few_contradictions_are_counted_beside_a_number_and_no_box_is_named() {
    let known = survived(Initiator, 340);
    let doubted = Break { weight: Weight::Contradicted, ..broke(Initiator, 8, false) };
    let limits = inferred(&[
        (broke(Initiator, 360, false), known),
        (broke(Initiator, 370, false), known),
        (doubted, known),
    ]);
    let limit = only(&limits);
    assert_eq!((bounds(limit), limit.cuts, limit.contradictions), ((340, 360), 2, 1));
    assert!(limit.boxes.is_empty());
    assert!(limit.meaning().ends_with("so for another reason"), "{}", limit.meaning());
}

#[test]
fn no_answer_first_and_resets_after_longer_silences_are_two_boxes() {
    let known = survived(Initiator, 50);
    let all = [60, 70].map(|seconds| (broke(Initiator, seconds, false), known));
    let longer = [100, 120].map(|seconds| (broke(Initiator, seconds, true), known));
    let limits = inferred(&[all, longer].concat());
    let InferredStand::TwoBoxes { reset_from, frames } = only(&limits).stand else { panic!("{limits:#?}") };
    assert_eq!((reset_from, frames[0]), (Span::from_secs(100), FrameNumber(100)));
    let mixed = inferred(&[all, longer, [(broke(Initiator, 65, true), known); 2]].concat());
    assert_eq!(only(&mixed).stand, InferredStand::Bracket);
}

/// Services with what each survived and what broke it.
fn services(of: &[(u8, u16, u64, u64)]) -> Vec<InferredLimit> {
    let known: Vec<(Break, Survivors)> = of
        .iter()
        .map(|(host, port, low, high)| {
            let broke = Break { service: service(*host, *port), ..broke(Initiator, *high, false) };
            (broke, survived(Initiator, *low))
        })
        .collect();
    let mut limits = inferred(&known);
    limits.retain(|limit| !matches!(limit.scope, InferredScope::Service(_)));
    limits
}

#[test]
fn ports_with_limits_that_overlap_narrow_them_together() {
    let limits = services(&[(1, 1, 30, 60), (1, 2, 50, 100)]);
    let limit = only(&limits);
    assert_eq!(limit.scope, InferredScope::Server(IpAddr::from([10, 0, 0, 1]), Realm::default()));
    assert_eq!((bounds(limit), limit.services, limit.cuts), ((50, 60), 2, 2));
    assert!(limit.meaning().starts_with("if one box is before all 2 services: "), "{}", limit.meaning());
}

#[test]
fn what_is_no_narrower_or_does_not_overlap_is_told_of_each_service_only() {
    assert_eq!(services(&[(1, 1, 30, 40), (1, 2, 90, 100)]), [], "limits of their own");
    assert_eq!(services(&[(1, 1, 50, 60), (1, 2, 30, 100)]), [], "one says it all");
}

#[test]
fn services_of_several_addresses_are_laid_together_where_that_is_narrower_still() {
    let limits = services(&[(1, 1, 30, 60), (1, 2, 50, 100), (2, 1, 55, 200)]);
    let scopes: Vec<InferredScope> = limits.iter().map(|limit| limit.scope).collect();
    assert_eq!(scopes.len(), 2, "{limits:#?}");
    let all = limits.iter().find(|limit| limit.scope == InferredScope::Services).expect("all");
    assert_eq!((bounds(all), all.services), ((55, 60), 3));
    let apart = services(&[(1, 1, 30, 60), (1, 2, 50, 100), (2, 1, 500, 900)]);
    assert_eq!(only(&apart).services, 2, "the third has a limit of its own");
}
