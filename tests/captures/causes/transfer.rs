use super::hold;
use crate::make::cases::transfer as make;
use idlescope::findings::{Cause, CauseStanding, Rule};

#[test]
fn attempts_on_a_port_in_time_wait_accuse_nobody() {
    hold(&make::port_in_time_wait(), |told| {
        told.clears_idling();
        assert!(told.flows(Cause::PortReuse, CauseStanding::Possible) >= 1);
    });
}

#[test]
fn a_window_that_stays_closed_is_no_silence_of_an_idle_flow() {
    hold(&make::window_stays_closed(), |told| {
        told.clears_idling();
        assert_eq!(told.flows(Cause::WindowStall, CauseStanding::Possible), 1);
        told.never_says(&["2 flows were open", "1 flow was open"]);
    });
}

#[test]
fn full_segments_that_do_not_pass_after_a_pause_are_no_idle_cut() {
    hold(&make::full_segments_do_not_pass(), |told| {
        told.clears_idling();
        assert_eq!(told.flows(Cause::Mtu, CauseStanding::Likely), 1);
        assert!(told.has_errors());
    });
}

#[test]
fn retransmitting_is_no_silence_of_payload() {
    hold(&make::given_up_after_a_user_timeout(), |told| {
        told.clears_idling();
        assert_eq!(told.of(Rule::ObservedCloseAtLimit), 0);
        assert_eq!(told.judgement.flows.iter().filter(|flow| flow.failed.is_some()).count(), 3);
        told.bounds_nothing();
        assert!(told.has_errors());
    });
}
