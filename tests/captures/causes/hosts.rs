use super::hold;
use crate::make::cases::hosts as make;
use idlescope::findings::{Cause, CauseStanding, Rule};

#[test]
fn a_node_that_dies_takes_busy_and_quiet_flows_and_idling_is_cleared() {
    hold(&make::node_dies(), |told| {
        told.clears_idling();
        assert!(told.flows(Cause::HostGone, CauseStanding::Likely) >= 4);
        assert!(told.has_errors());
    });
}

#[test]
fn a_beat_that_ends_unanswered_is_a_failure_that_idling_did_not_cause() {
    hold(&make::beats_end_unanswered(), |told| {
        told.clears_idling();
        assert_eq!(told.failed_in_use(), 1);
        assert_eq!(told.of(Rule::FailedInUse), 1);
        assert!(told.has_errors());
    });
}

#[test]
fn a_tunnel_that_wakes_with_the_first_probe_has_no_idle_limit() {
    hold(&make::first_probe_wakes_the_tunnel(), |told| told.clears_idling());
}

#[test]
fn laptops_asleep_are_dead_peers() {
    hold(&make::laptops_asleep(), |told| {
        told.clears_idling();
        assert!(told.flows(Cause::HostGone, CauseStanding::Possible) >= 3);
    });
}

#[test]
fn a_service_that_restarts_leaves_a_timer_possible_and_no_more() {
    hold(&make::service_restarts(), |told| {
        told.clears_idling();
        assert_eq!(told.flows(Cause::ServiceRestart, CauseStanding::Possible), 8);
        told.bounds_nothing();
    });
}

#[test]
fn another_port_of_the_host_that_lives_through_it_makes_no_timer_of_a_restart() {
    hold(&make::service_restarts_beside_another(), |told| {
        told.clears_idling();
        assert_eq!(told.flows(Cause::ServiceRestart, CauseStanding::Possible), 8);
        told.bounds_nothing();
    });
}

#[test]
fn a_flush_that_takes_a_flow_in_use_too_is_no_idle_cut() {
    hold(&make::state_flushed_under_a_flow_in_use(), |told| {
        told.clears_idling();
        assert!(told.flows(Cause::StateFlush, CauseStanding::Likely) >= 3);
        assert!(told.has_errors());
    });
}

#[test]
fn sockets_left_behind_are_the_headline_without_a_hop_too() {
    hold(&make::sockets_left_behind(), |told| {
        let first = &told.page[..told.page.len().min(300)];
        assert!(first.contains("32"), "{first}");
    });
}

#[test]
fn a_ttl_that_varies_among_the_host_s_own_segments_accuses_no_box() {
    hold(&make::host_with_two_distances(), |told| {
        assert_eq!(told.of(Rule::MiddleboxReset), 0);
        told.never_says(&["a box sent the rst"]);
    });
}

#[test]
fn probes_of_one_flow_say_nothing_about_another_server() {
    hold(&make::probing_peer_beside_one_that_died(), |told| {
        told.clears_idling();
        assert_eq!(told.flows(Cause::HostGone, CauseStanding::Possible), 1);
    });
}
