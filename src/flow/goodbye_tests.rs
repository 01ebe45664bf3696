//! Data on a FIN, and what programs say before they close, on timelines.

use super::timeline::{Scribe, play_until};
use super::{Basis, EndedBy, Goodbye, Role, Sequel};
use crate::time::{Span, Timestamp};

/// A round trip is 20 ms: 10 ms to each side.
const OPEN: &str = "
    0     > S   seq=100
    0.01  < SA  seq=500 ack=101
    0.02  > A   seq=101 ack=501
    0.03  > PA  seq=101 ack=501 len=20
    0.04  < PA  seq=501 ack=121 len=30
    0.05  > A   seq=121 ack=531
";

fn told(rest: &str) -> Scribe {
    play_until(&format!("{OPEN}{rest}"), Some(1000.0))
}

fn closed(scribe: &Scribe) -> Option<Sequel> {
    let of_payload: Vec<_> =
        scribe.sequels.iter().filter(|sequel| sequel.gap.basis == Basis::Payload).collect();
    assert!(of_payload.len() <= 1, "{of_payload:#?}");
    of_payload.first().copied().copied()
}

fn goodbye(rest: &str) -> Option<(Sequel, Goodbye)> {
    let sequel = closed(&told(rest))?;
    Some((sequel, *sequel.goodbye()?))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_nanos(millis * 1_000_000)
}

#[test]
fn data_on_a_fin_is_new_payload_for_every_clock() {
    let scribe = told(
        "300.04 > FPA seq=121 ack=531 len=900\n 300.05 < FA seq=531 ack=1022\n 300.06 > A seq=1022 ack=532",
    );
    assert_eq!(
        scribe.silences,
        [
            "any 4m 59s fin 6-7",
            "initiator 4m 59s fin 6-7",
            "payload 5m data 5-7",
            "payload-initiator 5m data 4-7",
            "payload-responder 5m fin 5-7",
            "responder 5m fin 5-8",
            "payload-responder 5m fin 5-8",
        ]
    );
    assert!(scribe.gaps.contains(&(Basis::Payload, Span::from_secs(300), EndedBy::Data)));
    assert_eq!(
        (scribe.flows[0].longest_payload, scribe.flows[0].last_use),
        (Span::from_secs(300), at(300_040))
    );
    assert!(closed(&scribe).is_none(), "900 bytes are work");
}

#[test]
fn data_that_a_fin_repeats_is_not_new() {
    let scribe = told(
        "9    > PA  seq=121 ack=531 len=20
         20   > FPA seq=121 ack=531 len=20
         20.1 < A   seq=531 ack=142",
    );
    assert_eq!(scribe.flows[0].last_use, at(9000));
}

#[test]
fn a_few_bytes_and_a_fin_at_once_are_a_close() {
    for answer in
        ["< A  seq=531 ack=146", "< FA seq=531 ack=146", "< RA seq=531 ack=146", "< A seq=531 ack=145"]
    {
        let rest =
            format!("300.04 > PA seq=121 ack=531 len=24\n 300.0403 > FA seq=145 ack=531\n 300.06 {answer}");
        let (sequel, goodbye) = goodbye(&rest).unwrap();
        assert_eq!((sequel.gap.length, sequel.speaker), (Span::from_secs(300), Role::Initiator), "{answer}");
        assert_eq!(
            (sequel.gap.ended_by, sequel.closed_in().0, sequel.ended_by_fin()),
            (EndedBy::Data, 8, true)
        );
        assert_eq!((goodbye.bytes, goodbye.heard_in.unwrap().0), (24, 9));
        assert_eq!(told(&rest).flows[0].last_use, at(40), "nobody used it again");
    }
}

#[test]
fn a_goodbye_may_come_in_parts_on_the_fin_or_before_a_rst() {
    for close in [
        "300.04 > PA seq=121 ack=531 len=40\n 300.0401 > PA seq=161 ack=531 len=24\n 300.0402 > FA seq=185 ack=531",
        "300.04 > FPA seq=121 ack=531 len=64",
        "300.04 > PA seq=121 ack=531 len=40\n 300.0401 > FPA seq=161 ack=531 len=24",
        "300.04 > PA seq=121 ack=531 len=64\n 300.0401 > RA seq=185 ack=531",
    ] {
        let (sequel, goodbye) = goodbye(&format!("{close}\n 300.06 < A seq=531 ack=185")).unwrap();
        assert_eq!((goodbye.bytes, goodbye.is_proven()), (64, true), "{close}");
        assert_eq!(sequel.reset().is_some(), close.contains("RA"), "{close}");
    }
}

#[test]
fn a_fin_that_crosses_the_rst_that_a_goodbye_draws_is_a_close() {
    // A directory server drops its socket at the unbind, while the client's FIN is under way.
    let (sequel, goodbye) = goodbye(
        "300.04 > PA seq=121 ack=531 len=24\n 300.0401 < RA seq=531 ack=145\n 300.0402 > FA seq=145 ack=531",
    )
    .unwrap();
    assert_eq!((sequel.speaker, goodbye.heard_in.unwrap().0), (Role::Initiator, 8));
}

#[test]
fn a_server_says_goodbye_as_well() {
    let (sequel, goodbye) = goodbye(
        "60.04  < PA seq=531 ack=121 len=31
         60.041 < FA seq=562 ack=121
         60.05  > A  seq=121 ack=563
         60.06  > FA seq=121 ack=563",
    )
    .unwrap();
    assert_eq!((sequel.speaker, sequel.gap.length), (Role::Responder, Span::from_secs(60)));
    assert!(goodbye.is_proven());
}

#[test]
fn probes_that_went_on_do_not_shorten_what_the_goodbye_ended() {
    let (sequel, _) = goodbye(
        "100    > A  seq=120 ack=531
         100.01 < A  seq=531 ack=121
         300.04 > PA seq=121 ack=531 len=24
         300.05 > FA seq=145 ack=531
         300.06 < FA seq=531 ack=146",
    )
    .unwrap();
    assert_eq!(sequel.gap.length, Span::from_secs(300));
}

#[test]
fn what_may_be_work_is_no_goodbye() {
    for (why, rest) in [
        (
            "large",
            "300.04 > PA seq=121 ack=531 len=257\n 300.041 > FA seq=378 ack=531\n 300.06 < A seq=531 ack=379",
        ),
        (
            "large in all",
            "300.04 > PA seq=121 ack=531 len=200\n 300.041 > FPA seq=321 ack=531 len=57\n 300.06 < A seq=531 ack=379",
        ),
        (
            "closed later",
            "300.04 > PA seq=121 ack=531 len=24\n 300.07 > FA seq=145 ack=531\n 300.08 < A seq=531 ack=146",
        ),
        (
            "answered",
            "300.04 > FPA seq=121 ack=531 len=24
             300.05 < PA  seq=531 ack=146 len=90
             300.06 > A   seq=146 ack=621",
        ),
        (
            "answered at length before the close",
            "300.04  > PA seq=121 ack=531 len=24
             300.045 < PA seq=531 ack=145 len=90
             300.046 > FA seq=145 ack=621",
        ),
        ("not closed", "300.04 > PA seq=121 ack=531 len=24\n 300.05 < A seq=531 ack=145"),
        (
            "in answer to a close",
            "300.03  < FA seq=531 ack=121
             300.04  > PA seq=121 ack=532 len=24
             300.041 > FA seq=145 ack=532
             300.05  < R  seq=532",
        ),
        (
            "the other side closes in answer, and this one then",
            "300.04  > PA seq=121 ack=531 len=24
             300.05  < FA seq=531 ack=145
             300.051 > FA seq=145 ack=532",
        ),
        (
            "both close at once",
            "300.04   > PA seq=121 ack=531 len=24
             300.0401 < FA seq=531 ack=145
             300.0402 > FA seq=145 ack=531",
        ),
        (
            "said while an answer is awaited",
            "100    > PA seq=121 ack=531 len=20
             100.3  > PA seq=121 ack=531 len=20
             300.04 > FPA seq=141 ack=531 len=24",
        ),
    ] {
        assert!(goodbye(rest).is_none(), "{why}");
    }
}

#[test]
fn where_the_other_side_is_not_seen_to_get_it_a_goodbye_may_be_a_lost_request() {
    let silent = "300.04 > PA seq=121 ack=531 len=24\n 300.041 > FA seq=145 ack=531";
    for answer in
        ["", "\n 301 > FPA seq=121 ack=531 len=24", "\n 300.05 < R seq=531", "\n 300.05 < A seq=530 ack=121"]
    {
        let rest = format!("{silent}{answer}");
        let (_, goodbye) = goodbye(&rest).unwrap();
        assert!(!goodbye.is_proven(), "{answer}");
        assert_eq!(told(&rest).flows[0].last_use, at(300_040), "{answer}");
    }
}

#[test]
fn payload_that_a_closed_side_refuses_does_not_make_a_request_of_its_goodbye() {
    // The other TLS library says close_notify too; a pool sends its next request much later.
    for (reply, used) in [(300.06, at(40)), (320.0, at(320_000))] {
        let rest = format!(
            "300.04  > PA seq=121 ack=531 len=24
             300.041 > FA seq=145 ack=531
             300.05  < A  seq=531 ack=146
             {reply} < PA seq=531 ack=146 len=24
             {} < FA seq=555 ack=146
             {} > R  seq=146",
            reply + 0.001,
            reply + 0.01
        );
        let (_, goodbye) = goodbye(&rest).unwrap();
        assert!(goodbye.refused.is_some());
        assert_eq!(told(&rest).flows[0].last_use, used);
    }
}

#[test]
fn in_a_flow_joined_midway_a_close_must_follow_at_once() {
    let midway = |pause: u32| {
        let scribe = play_until(
            &format!(
                "0      > PA seq=101 ack=501 len=20
                 0.01   < PA seq=501 ack=121 len=30
                 60.000 > PA seq=121 ack=531 len=24
                 60.0{pause} > FA seq=145 ack=531
                 60.09  < A  seq=531 ack=146"
            ),
            Some(100.0),
        );
        closed(&scribe).is_some()
    };
    assert!(midway(10) && !midway(11));
}

#[test]
fn a_rst_that_its_receiver_may_refuse_closes_nothing() {
    let scribe = told(
        "60 < R seq=401\n 60.01 > A seq=121 ack=531\n 70 > PA seq=121 ack=531 len=5\n 70.01 < A seq=531 ack=126",
    );
    assert!(closed(&scribe).is_none());
    assert!(scribe.sequels.iter().all(|sequel| !sequel.failed()), "{:#?}", scribe.sequels);
}
