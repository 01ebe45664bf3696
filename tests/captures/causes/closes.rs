use super::{AGAINST_KEEPALIVE, hold};
use crate::make::cases::closes as make;
use idlescope::findings::{Cause, CauseStanding, IdleClock, Rule, TimerPlace};

#[test]
fn a_share_that_closes_though_its_probes_were_answered_counts_payload_and_no_box_is_blamed() {
    hold(&make::share_closed_despite_probes(), |told| {
        assert_eq!(told.idle(IdleClock::Payload, TimerPlace::EndpointOrProxy), 5);
        assert_eq!(told.idle(IdleClock::Payload, TimerPlace::Box), 0);
        told.bounds(0, 1200);
        assert_eq!(told.of(Rule::MiddleboxReset), 0);
    });
}

#[test]
fn closes_without_a_probe_leave_the_clock_open() {
    hold(&make::directory_closed_without_probes(), |told| {
        let open = told.count(|it| {
            it.cause == Cause::IdleTimer
                && it.standing >= CauseStanding::Possible
                && it.clock == Some(IdleClock::Unknown)
        });
        assert_eq!(open, 5);
        told.never_says(&AGAINST_KEEPALIVE);
    });
}

#[test]
fn a_broker_that_closes_despite_the_clients_probes_counts_payload() {
    hold(&make::queue_closed_despite_probes(), |told| {
        assert_eq!(told.idle(IdleClock::Payload, TimerPlace::EndpointOrProxy), 4);
        told.bounds(0, 480);
    });
}

#[test]
fn survivors_a_few_milliseconds_past_the_limit_are_a_race_with_it() {
    hold(&make::pings_as_slow_as_the_limit(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Likely), 4);
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Possible), 4, "the five that lived are none");
        assert!(told.of(Rule::ObservedCloseAtLimit) >= 1);
    });
}

#[test]
fn flows_reset_at_one_age_of_their_silence_leave_the_clock_open_without_probes() {
    hold(&make::reset_at_expiry_without_probes(), |told| {
        let open = told.count(|it| {
            it.cause == Cause::IdleTimer
                && it.standing >= CauseStanding::Possible
                && it.clock == Some(IdleClock::Unknown)
        });
        assert_eq!(open, 5);
        told.never_says(&AGAINST_KEEPALIVE);
    });
}

#[test]
fn flows_that_probes_carry_past_the_limit_show_that_any_packet_counts() {
    hold(&make::reset_at_expiry_but_for_probing_flows(), |told| {
        let any = told.count(|it| {
            it.cause == Cause::IdleTimer
                && it.standing >= CauseStanding::Likely
                && it.clock == Some(IdleClock::Any)
        });
        assert_eq!(any, 5);
        told.never_says(&AGAINST_KEEPALIVE);
    });
}

#[test]
fn a_close_while_a_query_runs_is_an_error() {
    hold(&make::closed_while_a_query_runs(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Possible), 3);
        assert_eq!(told.flows(Cause::NormalClose, CauseStanding::Possible), 3, "those that were answered");
        assert!(told.has_errors());
        told.never_says(&["without a word"]);
    });
}

#[test]
fn one_hop_more_or_less_accuses_no_box_while_the_ip_identification_goes_on() {
    hold(&make::own_resets_over_another_route(), |told| {
        told.clears_idling();
        assert_eq!(told.of(Rule::MiddleboxReset), 0);
        told.never_says(&["a box sent the rst"]);
    });
}

#[test]
fn a_goodbye_that_a_reset_acknowledges_is_a_normal_close() {
    hold(&make::goodbyes_answered_by_reset(), |told| {
        told.clears_idling();
        assert!(!told.has_errors());
        assert_eq!(told.judgement.flows.iter().filter(|flow| flow.failed.is_some()).count(), 0);
    });
}

#[test]
fn a_limit_that_each_client_sets_is_found_for_each_client() {
    hold(&make::keep_alive_of_each_client(), |told| {
        assert_eq!(told.flows(Cause::IdleTimer, CauseStanding::Possible), 6);
        told.bounds(0, 45);
        told.bounds(0, 120);
    });
}
