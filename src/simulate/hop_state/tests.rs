//! Timelines: each line is a silence or what became of the flow.

use super::*;
use crate::flow::{Ending, Standing};
use crate::policy::{Expiry, SelfProbe, TimerTable};
use crate::simulate::{Caveat, OutcomeKind, first_cut};
use proptest::prelude::*;

pub(in crate::simulate) fn hop(limit: u64) -> Hop {
    Hop::tracker("firewall".to_owned(), Span::from_secs(limit))
}

pub(in crate::simulate) fn conntrack() -> Hop {
    let timers = TimerTable {
        established: Span::from_secs(432_000),
        syn_sent: Some(Span::from_secs(120)),
        syn_recv: Some(Span::from_secs(60)),
        fin_wait: Some(Span::from_secs(120)),
        close_wait: Some(Span::from_secs(60)),
        last_ack: Some(Span::from_secs(30)),
        unacknowledged: Some(Span::from_secs(300)),
        retransmitting: Some(Span::from_secs(300)),
        zero_window: Some(Span::from_secs(300)),
    };
    Hop { name: "gateway".to_owned(), timers, ..hop(432_000) }
}

fn isa(hotfix: bool) -> Hop {
    if !hotfix {
        return Hop { preset: Some("ms-isa-nat"), ..hop(86_400) };
    }
    let probe = SelfProbe { after: Span::from_secs(5400), interval: Span::from_secs(1080), probes: 5 };
    Hop { preset: Some("ms-isa-nat-hotfix"), self_probe: Some(probe), ..hop(10_800) }
}

pub(in crate::simulate) fn secs(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

pub(in crate::simulate) fn quiet() -> Standing {
    Standing { phase: Phase::Established, unacknowledged: false, retransmissions: 0, zero_window: false }
}

/// A silence from second `start`, ended after `length` seconds by the initiator. Frames count seconds.
pub(in crate::simulate) fn ended(basis: Basis, start: i64, length: i64, by: EndedBy) -> Silence {
    let end = start + length;
    let ending = Ending { frame: FrameNumber(end as u64 + 1), at: secs(end), by, sender: Role::Initiator };
    Silence { ending: Some(ending), ..open(basis, start, length) }
}

/// A silence from second `start` that lasted `length` seconds until the capture ended.
pub(in crate::simulate) fn open(basis: Basis, start: i64, length: i64) -> Silence {
    Silence {
        basis,
        start_frame: FrameNumber(start as u64 + 1),
        start_at: secs(start),
        length: Span::from_secs(length as u64),
        standing: quiet(),
        ending: None,
        trust: Trust::Clean,
    }
}

/// Both ends spoke last, and with payload, at second `last`.
pub(in crate::simulate) fn aftermath(last: i64) -> Aftermath {
    Aftermath {
        last_use_at: secs(last),
        goodbye: None,
        last_at: [secs(last); 2],
        two_way: true,
        roles_known: true,
        probes_unanswered: false,
    }
}

fn verdict(hop: &Hop, silences: &[Silence], after: &Aftermath) -> Verdict {
    let mut state = HopState::default();
    for silence in silences {
        state.note(hop, silence);
    }
    state.verdict(hop, after)
}

#[test]
fn two_idle_hours_behind_a_one_hour_firewall_are_cut_after_one() {
    let verdict = verdict(&hop(3600), &[ended(Basis::Any, 100, 7380, EndedBy::Data)], &aftermath(7480));
    let lapse = verdict.cut().unwrap();
    assert_eq!(
        (lapse.at(), lapse.after_frame, lapse.before_frame()),
        (secs(3700), FrameNumber(101), Some(FrameNumber(7481)))
    );
    assert_eq!(lapse.late_by(), Some(Span::from_secs(3780)));
    assert!(lapse.used_again);
    assert_eq!(verdict.expiries, 1);
}

#[test]
fn a_silence_of_exactly_the_limit_survives_with_no_margin() {
    let verdict = verdict(&hop(3600), &[ended(Basis::Any, 0, 3600, EndedBy::Data)], &aftermath(3600));
    assert_eq!((verdict.kind(), verdict.margin()), (OutcomeKind::Survives, Some(Span::ZERO)));
}

#[test]
fn the_margin_is_what_the_narrowest_silence_left() {
    let silences = [
        ended(Basis::Any, 0, 1000, EndedBy::Data),
        ended(Basis::Any, 1000, 3000, EndedBy::Data),
        ended(Basis::Any, 4000, 2000, EndedBy::Data),
    ];
    let verdict = verdict(&hop(3600), &silences, &aftermath(6000));
    assert_eq!(verdict.margin(), Some(Span::from_secs(600)));
    assert_eq!(
        (verdict.after_frame(), verdict.before_frame()),
        (Some(FrameNumber(1001)), Some(FrameNumber(4001)))
    );
}

#[test]
fn only_the_first_of_several_expiries_is_the_cut_and_all_are_counted() {
    let silences = [ended(Basis::Any, 0, 4000, EndedBy::Data), ended(Basis::Any, 4000, 9000, EndedBy::Data)];
    let verdict = verdict(&hop(3600), &silences, &aftermath(13_000));
    assert_eq!((verdict.at(), verdict.expiries), (Some(secs(3600)), 2));
}

#[test]
fn payload_after_the_expiry_tells_use_from_a_socket_left_behind() {
    let silences = [ended(Basis::Any, 0, 4000, EndedBy::Probe)];
    let used = |after: &Aftermath| verdict(&hop(3600), &silences, after).cut().unwrap().used_again;
    assert!(used(&aftermath(5000)));
    assert!(!used(&Aftermath { last_use_at: secs(0), ..aftermath(5000) }));
}

#[test]
fn a_silence_until_the_end_of_the_capture_is_cut_with_nothing_after() {
    let verdict = verdict(&hop(3600), &[open(Basis::Any, 0, 4000)], &aftermath(0));
    let lapse = verdict.cut().unwrap();
    assert_eq!((lapse.at(), lapse.before_frame(), lapse.used_again), (secs(3600), None, false));
}

#[test]
fn a_silence_below_the_limit_at_the_end_survives_so_far() {
    let verdict = verdict(&hop(3600), &[open(Basis::Any, 0, 3000)], &aftermath(0));
    assert_eq!((verdict.kind(), verdict.margin()), (OutcomeKind::Survives, Some(Span::from_secs(600))));
    assert!(verdict.why().unwrap().starts_with("so far"));
}

#[test]
fn probes_refresh_a_tracker_and_are_named_as_what_saved_the_flow() {
    let silences = [
        ended(Basis::Any, 0, 1800, EndedBy::Probe),
        ended(Basis::Any, 1800, 1800, EndedBy::Probe),
        ended(Basis::Any, 3600, 1800, EndedBy::Data),
        ended(Basis::Unaided, 0, 5400, EndedBy::Data),
    ];
    let verdict = verdict(&hop(3600), &silences, &aftermath(5400));
    assert_eq!(verdict.kind(), OutcomeKind::SavedByKeepalive);
    assert_eq!((verdict.at(), verdict.margin()), (Some(secs(3600)), Some(Span::from_secs(1800))));
}

#[test]
fn probes_never_reach_the_timer_of_a_proxy() {
    let silences = [
        ended(Basis::Any, 0, 1800, EndedBy::Probe),
        ended(Basis::Any, 1800, 3600, EndedBy::Data),
        ended(Basis::Payload, 0, 5400, EndedBy::Data),
        ended(Basis::Unaided, 0, 5400, EndedBy::Data),
    ];
    let proxy = Hop { refresh: Refresh::Payload, expiry: Expiry::Close, ..hop(3600) };
    assert_eq!(verdict(&proxy, &silences, &aftermath(5400)).at(), Some(secs(3600)));
}

#[test]
fn a_timer_per_direction_is_cut_by_the_side_that_runs_out_first() {
    let proxy = Hop { refresh: Refresh::PayloadPerDirection, ..hop(50) };
    let silences = [
        ended(Basis::PayloadResponder, 20, 80, EndedBy::Data),
        ended(Basis::PayloadInitiator, 0, 200, EndedBy::Data),
    ];
    let verdict = verdict(&proxy, &silences, &aftermath(200));
    assert_eq!((verdict.at(), verdict.expiries), (Some(secs(50)), 1), "one death, not two");
}

#[test]
fn missing_segments_inside_a_long_silence_leave_the_verdict_unknown() {
    let suspect = Silence { trust: Trust::SegmentsMissing, ..ended(Basis::Any, 0, 4000, EndedBy::Data) };
    assert_eq!(verdict(&hop(3600), &[suspect], &aftermath(4000)).kind(), OutcomeKind::Unknown);
    let clean = ended(Basis::Any, 4000, 4000, EndedBy::Data);
    let both = verdict(&hop(3600), &[suspect, clean], &aftermath(8000));
    assert_eq!((both.kind(), both.at()), (OutcomeKind::Cut, Some(secs(7600))));
    assert_eq!(verdict(&hop(7200), &[suspect], &aftermath(4000)).kind(), OutcomeKind::Survives);
}

#[test]
fn a_loose_router_does_no_harm_and_an_unstated_one_is_unknown() {
    let silences = [ended(Basis::Any, 0, 4000, EndedBy::Data)];
    let loose = verdict(&Hop { pickup: Pickup::Loose, ..hop(3600) }, &silences, &aftermath(4000));
    assert_eq!(loose.kind(), OutcomeKind::Survives);
    assert!(loose.why().unwrap().contains("adopts"));
    let unstated = verdict(&Hop { pickup: Pickup::Unstated, ..hop(3600) }, &silences, &aftermath(4000));
    assert_eq!(unstated.kind(), OutcomeKind::Unknown);
    assert!(unstated.why().unwrap().contains("tcp_loose"));
}

#[test]
fn a_reset_at_the_limit_of_a_hop_that_tells_both_ends_is_its_own_and_leaves_nothing_behind() {
    let telling = |expiry| Hop { expiry, ..hop(240) };
    let at = |length, by| [ended(Basis::Any, 0, length, by)];
    for (expiry, by) in [(Expiry::ResetBoth, EndedBy::Rst), (Expiry::Close, EndedBy::Fin)] {
        for length in [239, 240, 242] {
            let told = verdict(&telling(expiry), &at(length, by), &aftermath(0));
            let lapse = told.cut().unwrap_or_else(|| panic!("{expiry:?} {length}"));
            assert!(!lapse.leaves_behind(), "{expiry:?} {length}");
        }
        let sooner = verdict(&telling(expiry), &at(200, by), &aftermath(0));
        assert_eq!(sooner.kind(), OutcomeKind::Survives, "that was somebody else");
        let used = verdict(&telling(expiry), &at(240, EndedBy::Data), &aftermath(0));
        assert_eq!(used.kind(), OutcomeKind::Survives, "data came in time");
    }
    let silent = verdict(&telling(Expiry::Drop), &at(240, EndedBy::Rst), &aftermath(0));
    assert_eq!(silent.kind(), OutcomeKind::Survives, "it tells nobody");
    assert!(verdict(&hop(240), &[open(Basis::Any, 0, 300)], &aftermath(0)).cut().unwrap().leaves_behind());
}

#[test]
fn a_half_closed_flow_is_cut_by_the_half_closed_timer() {
    let standing = Standing { phase: Phase::CloseWait, ..quiet() };
    let silence = Silence { standing, ..ended(Basis::Any, 0, 90, EndedBy::Data) };
    assert_eq!(verdict(&conntrack(), &[silence], &aftermath(90)).at(), Some(secs(60)));
}

#[test]
fn an_unanswered_handshake_loses_nothing_when_its_state_runs_out() {
    let standing = Standing { phase: Phase::SynSent, ..quiet() };
    let verdict = verdict(&conntrack(), &[Silence { standing, ..open(Basis::Any, 0, 500) }], &aftermath(0));
    assert_eq!(verdict.kind(), OutcomeKind::Survives);
}

#[test]
fn a_closed_flow_has_nothing_left_to_cut() {
    let standing = Standing { phase: Phase::Closed, ..quiet() };
    let verdict = verdict(&hop(60), &[Silence { standing, ..open(Basis::Any, 0, 500) }], &aftermath(0));
    assert_eq!(verdict, Verdict::UNTOUCHED);
}

#[test]
fn isa_holds_a_dead_socket_for_a_day() {
    let verdict = verdict(&isa(false), &[open(Basis::Any, 0, 100_000)], &aftermath(0));
    assert_eq!(verdict.cut().map(Lapse::at), Some(secs(86_400)));
}

#[test]
fn isa_with_hotfix_releases_a_vanished_client_after_twice_5400_seconds() {
    let standing = Standing { unacknowledged: true, retransmissions: 5, ..quiet() };
    let gone = Silence { standing, ..open(Basis::Any, 0, 100_000) };
    let verdict = verdict(&isa(true), &[gone], &aftermath(0));
    assert_eq!(verdict.cut().map(Lapse::at), Some(secs(10_800)));
}

#[test]
fn isa_with_hotfix_leaves_silence_of_unknown_cause_unknown() {
    let verdict = verdict(&isa(true), &[open(Basis::Any, 0, 100_000)], &aftermath(0));
    assert_eq!((verdict.kind(), verdict.at()), (OutcomeKind::Unknown, Some(secs(10_800))));
}

#[test]
fn isa_with_hotfix_keeps_a_flow_whose_ends_are_both_alive() {
    let silences = [ended(Basis::Any, 0, 20_000, EndedBy::Data)];
    assert_eq!(verdict(&isa(true), &silences, &aftermath(20_001)).kind(), OutcomeKind::Survives);
    let only_initiator = Aftermath { last_at: [secs(20_100), secs(0)], ..aftermath(20_100) };
    assert_eq!(verdict(&isa(true), &silences, &only_initiator).at(), Some(secs(10_800)));
}

#[test]
fn a_one_way_capture_weakens_the_cut() {
    let after = Aftermath { two_way: false, ..aftermath(4000) };
    let verdict = verdict(&hop(3600), &[ended(Basis::Any, 0, 4000, EndedBy::Data)], &after);
    assert!(matches!(verdict.outcome, Outcome::Cut { caveat: Some(Caveat::OneWay), .. }));
}

#[test]
fn a_lasting_silence_is_announced_once_and_a_later_one_again() {
    let (hop, mut state) = (hop(60), HopState::default());
    let announced: Vec<bool> = [open(Basis::Any, 0, 50), open(Basis::Any, 0, 70), open(Basis::Any, 0, 90)]
        .iter()
        .map(|silence| state.announce(&hop, silence).is_some())
        .collect();
    assert_eq!(announced, [false, true, false]);
    assert!(state.announce(&hop, &open(Basis::Any, 500, 61)).is_some());
    assert_eq!(state.verdict(&hop, &aftermath(0)).kind(), OutcomeKind::Survives, "announcing judges nothing");
}

#[test]
fn of_several_hops_the_shortest_remaining_time_acts_first() {
    let silences = [ended(Basis::Any, 0, 4000, EndedBy::Data)];
    let verdicts = [3600, 2400, 5000, 2400].map(|limit| verdict(&hop(limit), &silences, &aftermath(4000)));
    assert_eq!(first_cut(&verdicts), Some(1));
}

/// Silences in a row, as a flow without keepalive has them: (length, whether payload ended it). The
/// payload silences are those between the ends that carried payload.
fn timeline(steps: &[(u16, bool)]) -> (Vec<Silence>, Aftermath) {
    let (mut silences, mut now, mut payload_at) = (Vec::new(), 0i64, 0i64);
    for &(length, payload) in steps {
        let length = i64::from(length);
        let by = if payload { EndedBy::Data } else { EndedBy::Ack };
        silences.push(ended(Basis::Any, now, length, by));
        now += length;
        if payload {
            silences.push(ended(Basis::Payload, payload_at, now - payload_at, by));
            payload_at = now;
        }
    }
    silences.push(open(Basis::Payload, payload_at, now - payload_at));
    (silences, Aftermath { last_use_at: secs(payload_at), ..aftermath(now) })
}

proptest! {
    #[test]
    fn a_longer_timeout_never_cuts_earlier_or_more_often(
        steps in prop::collection::vec((1u16..5000, any::<bool>()), 1..20),
        limit in 1u64..5000,
        more in 0u64..5000,
    ) {
        let (silences, after) = timeline(&steps);
        for refresh in [Refresh::AnyPacket, Refresh::Payload] {
            let short = verdict(&Hop { refresh, ..hop(limit) }, &silences, &after);
            let long = verdict(&Hop { refresh, ..hop(limit + more) }, &silences, &after);
            prop_assert!(long.expiries <= short.expiries);
            if let Some(at) = long.at() {
                prop_assert!(short.at().is_some_and(|earlier| earlier <= at));
            }
        }
    }

    #[test]
    fn a_proxy_cuts_whatever_a_tracker_with_the_same_limit_cuts(
        steps in prop::collection::vec((1u16..5000, any::<bool>()), 1..20),
        limit in 1u64..5000,
    ) {
        let (silences, after) = timeline(&steps);
        let tracker = verdict(&hop(limit), &silences, &after);
        let proxy = verdict(&Hop { refresh: Refresh::Payload, ..hop(limit) }, &silences, &after);
        if let Some(at) = tracker.at() {
            prop_assert!(proxy.at().is_some_and(|earlier| earlier <= at));
        }
    }
}
