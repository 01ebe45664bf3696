//! What comes of silences, on timelines.

use super::timeline::{play, play_until};
use super::{Basis, EndedBy, Fate, GaveUp, Role, Sequel, ShownBy, SilenceClass, WhyUndecided};
use crate::time::Span;

const OPEN: &str = "
    0     > S   seq=100
    0.01  < SA  seq=500 ack=101
    0.02  > A   seq=101 ack=501
    0.03  > PA  seq=101 ack=501 len=20
    0.04  < A   seq=501 ack=121
";

fn sequels(rest: &str, end: f64) -> Vec<Sequel> {
    let told = play_until(&format!("{OPEN}{rest}"), Some(end)).sequels;
    told.into_iter().filter(|sequel| sequel.gap.basis == Basis::Any).collect()
}

fn only(rest: &str, end: f64) -> Sequel {
    let told = sequels(rest, end);
    assert_eq!(told.len(), 1, "{told:#?}");
    told[0]
}

#[test]
fn data_that_is_acknowledged_survived_its_silence() {
    let sequel = only("60 > PA seq=121 ack=501 len=5\n 60.01 < A seq=501 ack=126", 100.0);
    let Fate::Answered(answer) = sequel.fate else { panic!("{sequel:?}") };
    assert_eq!((answer.frame.0, answer.sends, answer.shown_by), (7, 1, ShownBy::Acknowledgment));
    assert_eq!((sequel.speaker, sequel.class()), (Role::Initiator, SilenceClass::Established));
    assert_eq!(sequel.gap.length, Span::from_millis(59_960));
}

#[test]
fn loss_that_heals_is_an_answer() {
    let sequel = only(
        "60   > PA seq=121 ack=501 len=5
         60.2 > PA seq=121 ack=501 len=5
         60.6 > PA seq=121 ack=501 len=5
         61.4 > PA seq=121 ack=501 len=5
         61.5 < A  seq=501 ack=126",
        100.0,
    );
    let Fate::Answered(answer) = sequel.fate else { panic!("{sequel:?}") };
    assert_eq!(answer.sends, 4);
}

#[test]
fn retransmissions_without_answer_fail_and_their_back_off_is_no_silence_of_its_own() {
    let sequel = only(
        "60   > PA seq=121 ack=501 len=5
         60.2 > PA seq=121 ack=501 len=5
         60.6 > PA seq=121 ack=501 len=5
         61.4 > PA seq=121 ack=501 len=5
         68   > PA seq=121 ack=501 len=5",
        100.0,
    );
    let Fate::Unanswered(unanswered) = sequel.fate else { panic!("{sequel:?}") };
    assert_eq!((unanswered.sends, unanswered.repeats, unanswered.last_frame.0), (5, 4, 10));
    assert_eq!(unanswered.gave_up, Some(GaveUp::Silently));
    assert!(sequel.failed());
}

#[test]
fn one_repetition_may_be_loss_and_the_capture_ends_too_early_to_know() {
    let sequel = only("60 > PA seq=121 ack=501 len=5\n 60.2 > PA seq=121 ack=501 len=5", 60.5);
    assert_eq!(sequel.fate, Fate::Undecided(WhyUndecided::Ended));
}

#[test]
fn a_sender_that_stops_after_one_send_was_told_something_that_the_capture_lacks() {
    let sequel = only("60 > PA seq=121 ack=501 len=5", 100.0);
    let Fate::Unanswered(unanswered) = sequel.fate else { panic!("{sequel:?}") };
    assert_eq!((unanswered.sends, unanswered.gave_up), (1, Some(GaveUp::Silently)));
    assert!(!sequel.failed());
}

#[test]
fn probes_without_reply_fail_at_their_reset() {
    let sequel = only(
        "30    > A  seq=120 ack=501
         31.01 > A  seq=120 ack=501
         32.03 > A  seq=120 ack=501
         33.05 > RA seq=121 ack=501",
        100.0,
    );
    let Fate::Unanswered(unanswered) = sequel.fate else { panic!("{sequel:?}") };
    assert_eq!((unanswered.probes, unanswered.sends), (3, 3));
    assert!(matches!(unanswered.gave_up, Some(GaveUp::Reset(frame)) if frame.0 == 9));
}

#[test]
fn a_reply_to_a_probe_is_an_answer() {
    let sequel = only("30 > A seq=120 ack=501\n 30.01 < A seq=501 ack=121", 31.0);
    assert!(sequel.survived());
    assert_eq!(sequel.gap.ended_by, EndedBy::Probe);
}

#[test]
fn a_moving_echo_answers_probes_whose_replies_were_not_captured() {
    let told = sequels(
        "30 > A seq=120 ack=501 ts=30 ecr=1
         60 > A seq=120 ack=501 ts=60 ecr=2",
        61.0,
    );
    assert!(
        matches!(told[0].fate, Fate::Answered(answer) if answer.shown_by == ShownBy::Progress),
        "{told:?}"
    );
}

#[test]
fn the_other_end_s_own_probes_answer_nothing() {
    let sequel = only(
        "30    > PA seq=121 ack=501 len=5
         30.2  > PA seq=121 ack=501 len=5
         30.6  > PA seq=121 ack=501 len=5
         31    < A  seq=500 ack=121",
        40.0,
    );
    assert_eq!(sequel.fate, Fate::Undecided(WhyUndecided::PeerHeard));
}

#[test]
fn one_direction_alone_fails_nobody() {
    let told = play(
        "0    > PA seq=101 ack=501 len=20
         60   > PA seq=121 ack=501 len=5
         60.2 > PA seq=121 ack=501 len=5
         60.6 > PA seq=121 ack=501 len=5
         61.4 > PA seq=121 ack=501 len=5",
    )
    .sequels;
    assert_eq!(told[0].fate, Fate::Undecided(WhyUndecided::OneWay));
}

#[test]
fn a_reset_that_answers_the_first_data_refuses_it() {
    let sequel = only("60 > PA seq=121 ack=501 len=5\n 60.005 < R seq=501 ttl=60", 100.0);
    let Fate::Refused(reset) = sequel.fate else { panic!("{sequel:?}") };
    assert_eq!((reset.sender, reset.ttl, reset.usual_ttl), (Role::Responder, 60, Some(64)));
    let trigger = reset.trigger.unwrap();
    assert_eq!((trigger.frame.0, trigger.latency), (6, Span::from_millis(5)));
    assert_eq!(reset.rtt, Some(Span::from_millis(10)));
    assert!(reset.exact && reset.in_flight && reset.is_prompted());
}

#[test]
fn a_reset_with_a_wrong_number_refuses_nothing_while_the_flow_lives() {
    let sequel = only(
        "60     > PA seq=121 ack=501 len=5
         60.005 < R  seq=401
         60.01  < A  seq=501 ack=126",
        100.0,
    );
    assert!(sequel.survived(), "{sequel:?}");
}

#[test]
fn an_unprompted_reset_ends_the_silence_itself() {
    let told = play_until(&format!("{OPEN}60.04 < R seq=501\n 60.0401 > R seq=121"), Some(100.0)).sequels;
    let [any, payload] = [Basis::Any, Basis::Payload].map(|basis| {
        let of_basis: Vec<_> = told.iter().filter(|sequel| sequel.gap.basis == basis).collect();
        assert_eq!(of_basis.len(), 1, "{told:#?}");
        *of_basis[0]
    });
    for sequel in [any, payload] {
        assert!(matches!(sequel.fate, Fate::ClosedUnprompted { reset: Some(_), .. }), "{sequel:?}");
        assert_eq!(sequel.speaker, Role::Responder);
    }
    assert_eq!((any.gap.length, payload.gap.length), (Span::from_secs(60), Span::from_millis(60_010)));
}

#[test]
fn a_fin_after_probes_shows_the_clock_of_payload() {
    let told = play_until(
        &format!(
            "{OPEN}20    > A  seq=120 ack=501
             20.01 < A  seq=501 ack=121
             30.03 < FA seq=501 ack=121
             30.04 > FA seq=121 ack=502
             30.05 < A  seq=502 ack=122"
        ),
        Some(100.0),
    )
    .sequels;
    let closed: Vec<_> = told.iter().filter(|sequel| sequel.gap.basis == Basis::Payload).collect();
    assert_eq!(closed.len(), 1, "{told:#?}");
    assert_eq!((closed[0].gap.length, closed[0].speaker), (Span::from_secs(30), Role::Responder));
    assert!(closed[0].ended_by_fin());
}

#[test]
fn silence_while_the_window_is_closed_is_nobody_s_idleness() {
    let sequel = only(
        "0.05 < A seq=501 ack=121 win=0
         20   > A seq=120 ack=501
         20.1 < A seq=501 ack=121 win=0",
        21.0,
    );
    assert_eq!(sequel.class(), SilenceClass::Busy);
}
