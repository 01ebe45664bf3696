//! What is recommended holds what it promises.

use super::*;
use crate::findings::{InferredClock, InferredScope, InferredStand, Outlived};
use crate::frame::FrameNumber;
use crate::policy::Path;
use crate::segment::Realm;
use proptest::prelude::*;

fn service(port: u16) -> Service {
    Service { endpoint: Endpoint { addr: "10.0.0.9".parse().unwrap(), port }, realm: Realm(0) }
}

fn limit(port: u16, survived: Span, cut: Span, stand: InferredStand, is_clock_shown: bool) -> InferredLimit {
    InferredLimit {
        scope: InferredScope::Service(service(port)),
        services: 1,
        speaker: None,
        clock: InferredClock::Established,
        stand,
        survived: Outlived { length: survived, flows: 3, ..Outlived::default() },
        other_side: None,
        cut,
        cut_frames: [FrameNumber(1), FrameNumber(2)],
        cuts: 3,
        contradictions: 0,
        members: Vec::new(),
        is_clock_shown,
        is_unwanted: true,
        boxes: Vec::new(),
    }
}

fn bracket(survived: u64, cut: u64) -> InferredLimit {
    limit(443, Span::from_secs(survived), Span::from_secs(cut), InferredStand::Bracket, true)
}

#[test]
fn a_pause_is_half_of_what_broke_and_not_above_what_was_survived() {
    assert_eq!(safe_pause(&bracket(58, 106)), Ok(Span::from_secs(53)));
    assert_eq!(safe_pause(&bracket(20, 401)), Ok(Span::from_secs(20)), "nothing longer is shown to be safe");
    assert_eq!(safe_pause(&bracket(3300, 3900)), Ok(Span::from_secs(1920)), "as people write it");
}

#[test]
fn where_nothing_was_survived_there_is_no_number() {
    assert!(matches!(safe_pause(&bracket(0, 400)), Err(NoNumber::NothingSurvived { .. })));
    let close = InferredLimit { stand: InferredStand::Exact, ..bracket(0, 900) };
    assert_eq!(safe_pause(&close), Ok(Span::from_secs(450)), "a close shows its own timer");
    let short = limit(443, Span::from_millis(900), Span::from_secs(9), InferredStand::Bracket, true);
    assert!(matches!(safe_pause(&short), Err(NoNumber::NothingSurvived { .. })));
    let conflict = InferredLimit { stand: InferredStand::Conflict(None), ..bracket(70, 60) };
    assert!(matches!(safe_pause(&conflict), Err(NoNumber::Conflict(_))));
}

#[test]
fn a_clock_that_is_not_shown_asks_for_keepalive_first_and_payload_else_with_one_number() {
    let unknown = InferredLimit { is_clock_shown: false, ..bracket(58, 106) };
    let found: Vec<Recommendation> = observed::of(&[unknown]).collect();
    let told: Vec<(Knob, Option<Span>)> = found.iter().map(|it| (it.knob, it.at_most)).collect();
    let pause = Some(Span::from_secs(53));
    assert_eq!(told, [(Knob::Keepalive, pause), (Knob::Heartbeat, pause)]);
    assert!(found[0].sentence().contains("try it first"), "{}", found[0].sentence());
    assert!(found[1].sentence().contains("did not help"), "{}", found[1].sentence());
}

#[test]
fn a_server_that_closes_by_design_asks_clients_to_close_sooner_and_a_client_that_closes_asks_nothing() {
    let by = |speaker: Role, is_unwanted: bool| {
        let close = InferredLimit {
            stand: InferredStand::Exact,
            speaker: Some(speaker),
            is_unwanted,
            is_clock_shown: false,
            ..bracket(20, 60)
        };
        observed::of(&[close]).map(|it| it.knob).collect::<Vec<_>>()
    };
    assert_eq!(by(Role::Responder, false), [Knob::CloseEarlier]);
    assert_eq!(by(Role::Responder, true), [Knob::Keepalive, Knob::Heartbeat, Knob::CloseEarlier]);
    assert_eq!(by(Role::Initiator, true), []);
}

#[test]
fn a_path_alone_asks_for_half_of_its_shortest_limit_with_all_probes_before_it() {
    let path = Path::from_specs(&["firewall=1h", "mdm=50m", "lb=40m"], None).unwrap();
    let [keepalive] = &stated::of(&path)[..] else { panic!("one number") };
    assert_eq!(keepalive.keepalive.unwrap().to_string(), "20m/75s/9");
    let payload = Path::from_specs(&["aws-alb"], None).unwrap();
    let [heartbeat] = &stated::of(&payload)[..] else { panic!("one number") };
    assert_eq!((heartbeat.knob, heartbeat.at_most), (Knob::Heartbeat, Some(Span::from_secs(30))));
}

proptest! {
    #[test]
    fn no_number_is_above_what_survived_or_half_of_what_broke_and_probes_are_over_before_the_limit(
        survived in 0u64..100_000, cut in 1u64..200_000, shown in any::<bool>(), exact in any::<bool>(),
    ) {
        let stand = if exact { InferredStand::Exact } else { InferredStand::Bracket };
        let limit = limit(443, Span::from_millis(survived * 100), Span::from_millis(cut * 100), stand, shown);
        for it in observed::of(std::slice::from_ref(&limit)) {
            prop_assert!(!it.sentence().contains("  ") && it.sentence().ends_with('.'), "{}", it.sentence());
            let Some(most) = it.at_most else { continue };
            prop_assert!(most.times(2) <= limit.cut && most.as_nanos() % 1_000_000_000 == 0);
            prop_assert!(limit.survived.length == Span::ZERO || most <= limit.survived.length);
            if let Some(keepalive) = it.keepalive {
                prop_assert!(keepalive.time <= most && keepalive.period() <= limit.cut, "{keepalive}");
            }
        }
    }

    #[test]
    fn a_stated_path_never_gets_two_numbers_for_one_knob(
        limits in prop::collection::vec((2u64..100_000, any::<bool>()), 1..6), time in 1u64..20_000,
    ) {
        let specs: Vec<String> = limits
            .iter()
            .enumerate()
            .map(|(i, (s, payload))| format!("h{i}={s}s{}", if *payload { ",refresh=payload" } else { "" }))
            .collect();
        let path = Path::from_specs(&specs, Some(format!("{time}s/1s/3").parse().unwrap())).unwrap();
        let found = stated::of(&path);
        let shortest = limits.iter().filter(|(_, payload)| !payload).map(|(s, _)| *s).min();
        let keepalives: Vec<_> = found.iter().filter_map(|it| it.keepalive).collect();
        prop_assert_eq!(keepalives.len(), usize::from(shortest.is_some()));
        for (keepalive, shortest) in keepalives.iter().zip(shortest) {
            prop_assert!(keepalive.time.times(2) <= Span::from_secs(shortest));
            prop_assert!(keepalive.period() <= Span::from_secs(shortest), "{keepalive}");
        }
    }
}
