use super::hold;
use crate::make::cases::in_use as make;
use idlescope::findings::{Cause, CauseStanding};

#[test]
fn flows_that_die_in_use_at_one_age_did_not_idle() {
    hold(&make::dies_at_twenty_seconds(), |told| {
        told.clears_idling();
        assert_eq!(told.failed_in_use(), 3);
        assert!(told.has_errors());
    });
}

#[test]
fn a_box_s_reset_after_less_than_was_survived_is_one_in_use() {
    hold(&make::reset_on_content(), |told| {
        told.clears_idling();
        assert_eq!(told.flows(Cause::ResetInUse, CauseStanding::Possible), 1);
        told.bounds_nothing();
        told.never_says(&["raise its idle timeout", "raise the idle timeout"]);
    });
}

#[test]
fn a_silence_just_above_those_survived_is_no_limit_where_all_end_at_one_age() {
    hold(&make::age_limit_in_use(), |told| {
        told.clears_idling();
        assert_eq!(told.flows(Cause::AgeLimit, CauseStanding::Possible), 3);
    });
}

#[test]
fn idle_flows_closed_at_one_age_have_reached_a_limit_of_age() {
    hold(&make::age_limit_of_idle_flows(), |told| {
        told.clears_idling();
        assert_eq!(told.flows(Cause::AgeLimit, CauseStanding::Possible), 4);
    });
}
