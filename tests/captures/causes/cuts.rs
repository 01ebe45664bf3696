use super::{hold, told};
use crate::make::cases::cuts as make;
use crate::make::conversation::{Client, Server};
use idlescope::findings::{Cause, CauseStanding, IdleClock, Rule, TimerPlace};

#[test]
fn a_box_that_does_not_count_probes_is_found_though_they_were_answered() {
    hold(&make::probes_that_the_box_does_not_count(), |told| {
        let payload = told.count(|it| {
            it.cause == Cause::IdleTimer
                && it.standing >= CauseStanding::Likely
                && it.clock == Some(IdleClock::Payload)
        });
        assert_eq!(payload, 3);
        told.bounds(240, 540);
        told.never_says(&["idling did not", "idling is not"]);
        assert!(told.has_errors());
    });
}

#[test]
fn answers_that_took_too_long_are_cut_and_quicker_ones_bound_the_limit() {
    hold(&make::long_queries_at_the_server(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 2);
        told.bounds(379, 506);
        told.never_says(&["recovers by itself"]);
        assert!(told.has_errors());
    });
}

#[test]
fn questions_that_are_never_answered_accuse_nobody_at_the_client() {
    hold(&make::long_queries_at_the_client(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Shown), 0);
    });
}

#[test]
fn a_pool_that_goes_on_as_always_does_not_recover_the_flow_that_was_cut() {
    hold(&make::pooled_flow_cut(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 1);
        told.bounds(169, 281);
        told.never_says(&["recovers by itself"]);
        assert!(told.has_errors());
    });
}

#[test]
fn pauses_just_below_a_limit_do_not_refute_it() {
    hold(&make::pauses_just_below_the_limit(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 5);
        told.bounds(58, 65);
        told.never_says(&["idling is not"]);
    });
}

#[test]
fn a_client_that_takes_another_way_clears_no_box() {
    hold(&make::a_client_that_takes_another_way(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 3);
        told.bounds(150, 391);
        told.never_says(&["idling is not"]);
    });
}

#[test]
fn a_reset_from_one_hop_nearer_is_that_of_a_box() {
    hold(&make::forgotten_flows_reset(), |told| {
        assert_eq!(
            told.count(|it| it.cause == Cause::IdleTimer
                && it.place == Some(TimerPlace::Box)
                && it.standing >= CauseStanding::Likely),
            3
        );
        told.bounds(654, 673);
        assert_eq!(told.of(Rule::MiddleboxReset), 3);
    });
}

#[test]
fn a_reset_sooner_than_the_server_can_answer_is_that_of_a_box() {
    hold(&make::reset_sooner_than_the_server_can(), |told| {
        assert_eq!(
            told.idle(IdleClock::Unknown, TimerPlace::Box) + told.idle(IdleClock::Any, TimerPlace::Box),
            1
        );
        told.bounds(2949, 3101);
    });
}

#[test]
fn long_streams_bound_the_limit_from_both_sides() {
    hold(&make::long_streams_reset(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 3);
        told.bounds(37, 76);
    });
}

#[test]
fn a_wide_bracket_is_told_as_wide() {
    hold(&make::short_pauses_or_long_ones(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 3);
        told.bounds(14, 301);
    });
}

#[test]
fn a_home_router_is_found_over_ipv6() {
    hold(&make::home_router_resets_ipv6(), |told| {
        assert_eq!(
            told.count(|it| it.cause == Cause::IdleTimer
                && it.place == Some(TimerPlace::Box)
                && it.standing >= CauseStanding::Likely),
            3
        );
        told.bounds(164, 182);
    });
}

#[test]
fn three_flows_lost_in_one_instant_are_no_weaker_than_one() {
    let standing = |flows| {
        let told = told(&make::three_cut_flows_used_again_at_once(flows), &[]);
        told.print();
        let found = told.judgement.flows.iter().flat_map(|flow| &flow.explanations);
        found.filter(|it| it.cause == Cause::IdleTimer).map(|it| it.standing).max().unwrap()
    };
    let (one, three) = (standing(1), standing(3));
    assert!(one >= CauseStanding::Likely && three >= one, "{one:?}, {three:?}");
}

#[test]
fn a_box_s_unprompted_reset_at_the_end_of_a_silence_cuts_and_bounds() {
    hold(&make::unprompted_resets_of_a_box(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 3);
        told.bounds(59, 91);
        assert!(told.has_errors());
    });
}

#[test]
fn sends_after_a_forged_reset_that_ended_nothing_are_a_failure() {
    hold(&make::forged_reset_off_the_window(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 1);
        told.bounds(29, 161);
        assert!(told.has_errors());
    });
}

#[test]
fn probes_of_a_server_in_vain_are_a_cut_where_the_client_answers_elsewhere() {
    hold(&make::probes_of_the_server_in_vain(14), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 1);
        assert!(told.of(Rule::ObservedSilentDrop) >= 1);
    });
    let alone = told(&make::probes_of_the_server_in_vain(0), &[]);
    alone.print();
    alone.clears_idling();
}

#[test]
fn a_challenge_for_the_old_life_proves_that_the_server_lives_and_erases_no_cut() {
    hold(&make::challenged_after_a_cut(Client), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 1);
        told.bounds(59, 601);
        assert!(told.has_errors());
    });
}

#[test]
fn at_the_server_the_client_s_reset_of_a_challenge_is_explained_by_its_own_syn() {
    hold(&make::challenged_after_a_cut(Server), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 1);
        assert!(told.has_errors());
    });
}
