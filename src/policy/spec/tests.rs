use proptest::prelude::*;

use super::*;
use crate::policy::presets::middleboxes;
use crate::policy::{Expiry, Hop, Keepalive, Pickup, Refresh};
use crate::time::Span;

fn hop(spec: &str) -> Hop {
    spec.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn names(specs: &[&str]) -> Vec<String> {
    parse_hops(specs).unwrap().into_iter().map(|hop| hop.name).collect()
}

fn hop_error(spec: &str) -> SpecError {
    spec.parse::<Hop>().unwrap_err().problem
}

#[test]
fn a_plain_duration_is_a_strict_tracker_that_drops() {
    let hop = hop("1h");
    assert_eq!((hop.refresh, hop.expiry, hop.pickup), (Refresh::AnyPacket, Expiry::Drop, Pickup::Strict));
    assert_eq!((hop.name.as_str(), hop.timers.established), ("hop1", Span::from_secs(3600)));
    assert_eq!(hop.preset, None);
}

#[test]
fn settings_override_those_of_a_preset() {
    let hop = hop("edge=aws-nlb-tcp,idle=10m,expiry=drop,pickup=loose,refresh=initiator");
    assert_eq!((hop.name.as_str(), hop.preset), ("edge", Some("aws-nlb-tcp")));
    assert_eq!(hop.timers.established, Span::from_secs(600));
    assert_eq!((hop.refresh, hop.expiry, hop.pickup), (Refresh::Initiator, Expiry::Drop, Pickup::Loose));
}

#[test]
fn timers_of_other_states_are_set_by_their_words() {
    let timers = hop("1h,half-open=30s,half-closed=10m,unacknowledged=5m").timers;
    let seconds = |n| Some(Span::from_secs(n));
    assert_eq!((timers.syn_sent, timers.syn_recv), (seconds(30), seconds(30)));
    assert_eq!((timers.fin_wait, timers.close_wait, timers.last_ack), (seconds(600), seconds(600), None));
    assert_eq!((timers.unacknowledged, timers.retransmitting), (seconds(300), None));
    let conntrack = hop("linux-conntrack,half-closed=1h").timers;
    assert_eq!((conntrack.close_wait, conntrack.syn_recv), (seconds(3600), seconds(60)));
}

#[test]
fn never_is_a_limit_and_zero_is_refused_with_the_word_to_write() {
    assert_eq!(hop("never").timers.established, Span::MAX);
    assert_eq!(hop("aws-alb,idle=never").timers.established, Span::MAX);
    for zero in ["0", "0s", "00", "fw=0m"] {
        assert!(matches!(hop_error(zero), SpecError::Zero { key: "idle", .. }), "{zero}");
        assert!(hop_error(zero).to_string().contains("write never"), "{zero}");
    }
}

#[test]
fn hops_are_named_by_the_user_else_by_preset_else_by_position() {
    assert_eq!(
        names(&["fw=1h", "aws-alb", "5m", "aws-alb", "aws-alb"]),
        ["fw", "aws-alb", "hop3", "aws-alb-2", "aws-alb-3"]
    );
}

#[test]
fn a_given_name_goes_before_a_default_wherever_it_stands() {
    assert_eq!(names(&["aws-alb", "aws-alb=5m"]), ["aws-alb-2", "aws-alb"]);
    assert_eq!(names(&["1h", "hop1=5m"]), ["hop1-2", "hop1"]);
}

#[test]
fn mistakes_in_a_hop_name_the_word_and_what_to_write() {
    for (spec, word, message) in [
        ("", "", "nothing is given; write a duration (1h) or a preset id (aws-nat-gateway)"),
        ("fw=", "", "nothing is given; write a duration (1h) or a preset id (aws-nat-gateway)"),
        (
            "fw=350",
            "350",
            "'350' is not a duration: it has no unit; write 350s for seconds (examples: 350s, 5m, 2h4m, 1d)",
        ),
        (
            "aws-nat-gatway",
            "aws-nat-gatway",
            "'aws-nat-gatway' is neither a duration (350s, 1h) nor a preset; did you mean aws-nat-gateway?; \
             'idlescope presets list' shows all",
        ),
        (
            "linux",
            "linux",
            "preset 'linux' is an endpoint, not a box on the path; give it as keepalive (--keepalive linux, \
             or preset = \"linux\" under [keepalive])",
        ),
        (
            "starlink-cgnat",
            "starlink-cgnat",
            "preset 'starlink-cgnat' publishes no idle limit; give the one in use (idle=5m, in a path file \
             idle = \"5m\")",
        ),
        (
            "1h,refresh=paylod",
            "paylod",
            "refresh cannot be 'paylod'; did you mean payload?; it is one of any, payload, \
             payload-per-direction, initiator, responder",
        ),
        (
            "1h,refesh=any",
            "refesh",
            "there is no setting 'refesh'; did you mean refresh?; a hop takes idle, half-open, half-closed, \
             unacknowledged, refresh, expiry, pickup",
        ),
        ("1h,drop", "drop", "'drop' is not a setting; write KEY=VALUE, for example refresh=payload"),
        (
            "idle=1h",
            "idle=1h",
            "'idle=1h' is a setting, but a hop begins with a duration or a preset; write 1h or NAME=1h first",
        ),
        ("1h,idle=2h", "2h", "idle is given twice, the second time as '2h'; keep one"),
        ("=1h", "", "'' cannot be a hop's name: it is empty; write a word such as firewall"),
        ("name=1h", "name", "'name' cannot be a hop's name: it is the name of a setting; choose another"),
    ] {
        let problem = hop_error(spec);
        assert_eq!((problem.word(), problem.to_string().as_str()), (word, message), "{spec}");
    }
}

#[test]
fn a_path_error_says_which_hop_and_repeats_it() {
    let error = parse_hops(&["fw=1h", "fw=2h"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hop 2 'fw=2h': two hops are called 'fw'; reports could not tell them apart, so rename one"
    );
    let too_many = vec!["1h"; MAX_HOPS + 1];
    assert_eq!(parse_hops(&too_many).unwrap_err().problem, SpecError::TooManyHops);
    assert_eq!(parse_hops(&too_many[1..]).map(|hops| hops.len()), Ok(MAX_HOPS));
}

#[test]
fn keepalive_is_read_in_all_its_forms() {
    let set = |time, interval, probes| {
        Ok(Keepalive { time: Span::from_secs(time), interval: Span::from_secs(interval), probes })
    };
    for (spec, keepalive) in [
        ("30m", set(1800, 75, 9)),
        ("30m/10s", set(1800, 10, 9)),
        ("30m/75s/9", set(1800, 75, 9)),
        ("linux", set(7200, 75, 9)),
        ("windows", set(7200, 1, 10)),
        ("exchange", set(1800, 1, 10)),
        ("mssql-server", set(30, 1, 9)),
        ("time=20m,interval=5s,probes=3", set(1200, 5, 3)),
        ("probes=3,time=20m", set(1200, 75, 3)),
        ("exchange,time=15m", set(900, 1, 10)),
        ("off", Ok(Keepalive::OFF)),
    ] {
        // A preset's time cannot be given twice by accident, but may be replaced on purpose.
        assert_eq!(spec.parse::<Keepalive>(), keepalive, "{spec}");
    }
}

#[test]
fn keepalive_that_is_off_never_probes_and_never_gives_up() {
    assert!(Keepalive::OFF.is_off() && !Keepalive::LINUX_DEFAULT.is_off());
    assert_eq!(Keepalive::OFF.period(), Span::MAX);
    assert_eq!(Keepalive::OFF.to_string(), "off");
}

#[test]
fn mistakes_in_keepalive_name_the_word_and_what_to_write() {
    for (spec, word, message) in [
        ("", "", "nothing is given; write a time (30m), a preset id (linux) or off"),
        (
            "0",
            "0",
            "time '0' is zero, which some boxes take for never and others for at once; write off for no \
             keepalive",
        ),
        ("30m/75s/0", "0", "probes cannot be '0'; write a whole number from 1 to 255"),
        ("30m/75s/x", "x", "probes cannot be 'x'; write a whole number from 1 to 255"),
        (
            "30m/75s/9/1",
            "1",
            "'1' is one too many; a keepalive is TIME/INTERVAL/PROBES, for example 30m/75s/9",
        ),
        (
            "windws",
            "windws",
            "'windws' is neither a duration (350s, 1h) nor a preset; did you mean windows?; 'idlescope \
             presets list' shows all",
        ),
        (
            "aws-alb",
            "aws-alb",
            "preset 'aws-alb' is a box on the path, not an endpoint; give it as a hop (--hop aws-alb, or \
             preset = \"aws-alb\" under [[hop]])",
        ),
        (
            "libpq",
            "libpq",
            "preset 'libpq' leaves the keepalive time to the operating system; name that (linux, windows, \
             macos, freebsd) or give a time such as 30m",
        ),
        (
            "rabbitmq",
            "rabbitmq",
            "preset 'rabbitmq' is not TCP keepalive but a heartbeat or idle timer of the application; give \
             the sockets' keepalive as a time (30m), a system (linux) or off",
        ),
        ("interval=5s", "", "the keepalive has no time; give time (for example time = \"30m\") or a preset"),
        (
            "30m,count=5",
            "count",
            "there is no setting 'count'; a keepalive takes time, interval, probes, initiator, responder",
        ),
        ("30m,5", "5", "'5' is not a setting; write KEY=VALUE, for example interval=75s"),
        ("30m,time=20m", "20m", "time is given twice, the second time as '20m'; keep one"),
    ] {
        let problem = spec.parse::<Keepalive>().unwrap_err();
        assert_eq!((problem.word(), problem.to_string().as_str()), (word, message), "{spec}");
    }
}

#[test]
fn words_are_read_back_as_they_are_written() {
    for (value, word) in Refresh::WORDS {
        assert_eq!((value.to_string().as_str(), word.parse()), (*word, Ok(*value)));
    }
    for (value, word) in Expiry::WORDS {
        assert_eq!((value.to_string().as_str(), word.parse()), (*word, Ok(*value)));
    }
    for (value, word) in Pickup::WORDS {
        assert_eq!((value.to_string().as_str(), word.parse()), (*word, Ok(*value)));
    }
}

#[test]
fn every_preset_hop_is_written_by_its_id_alone_and_read_back() {
    for preset in middleboxes() {
        let Ok(hop) = preset.hop(preset.id) else { continue };
        assert_eq!(hop.to_string(), format!("{0}={0}", preset.id));
        assert_eq!(hop.to_string().parse(), Ok(hop));
    }
}

#[test]
fn limits_are_written_without_loss() {
    for (text, written) in [
        ("75s", "75s"),
        ("60s", "1m"),
        ("350s", "5m50s"),
        ("1500ms", "1s500ms"),
        ("2h4m", "2h4m"),
        ("1d1ns", "1d1ns"),
        ("never", "never"),
    ] {
        assert_eq!(hop(text).to_string(), format!("hop1={written}"));
    }
}

/// A limit as the grammar takes it, of any length.
fn a_limit() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..100_000_u64).prop_map(|n| format!("{n}s")),
        (1..u64::MAX).prop_map(|n| format!("{n}ns")),
        (1..9_u64, 1..59_u64).prop_map(|(h, m)| format!("{h}h{m}m")),
        Just("never".to_owned()),
    ]
}

fn a_setting() -> impl Strategy<Value = (usize, String)> {
    let word = |words: Vec<&'static str>| prop::sample::select(words);
    let words = |words: &[(Refresh, &'static str)]| words.iter().map(|(_, w)| *w).collect::<Vec<_>>();
    prop_oneof![
        a_limit().prop_map(|l| (0, format!("half-open={l}"))),
        a_limit().prop_map(|l| (1, format!("half-closed={l}"))),
        a_limit().prop_map(|l| (2, format!("unacknowledged={l}"))),
        word(words(Refresh::WORDS)).prop_map(|w| (3, format!("refresh={w}"))),
        word(Expiry::WORDS.iter().map(|(_, w)| *w).collect()).prop_map(|w| (4, format!("expiry={w}"))),
        word(Pickup::WORDS.iter().map(|(_, w)| *w).collect()).prop_map(|w| (5, format!("pickup={w}"))),
        a_limit().prop_map(|l| (6, format!("idle={l}"))),
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_panic(text in ".{0,80}") {
        let _ = text.parse::<Hop>();
        let _ = text.parse::<Keepalive>();
    }

    #[test]
    fn words_of_the_grammar_in_any_order_are_read_or_refused_without_panic(
        text in "([a-z-]{0,6}|=|,|/|[0-9]{1,30}|h|m|s|never|idle|linux|aws-alb| ){0,12}",
    ) {
        let _ = text.parse::<Hop>();
        let _ = text.parse::<Keepalive>();
    }

    #[test]
    fn a_hop_is_read_back_as_it_is_written(
        name in "[a-z][a-z0-9 _é-]{0,10}[a-z0-9]",
        preset in prop::option::of(0..middleboxes().len()),
        limit in a_limit(),
        settings in prop::collection::vec(a_setting(), 0..6),
    ) {
        let mut spec = match preset {
            Some(index) => format!("{name}={}", middleboxes()[index].id),
            None => format!("{name}={limit}"),
        };
        let mut used = Vec::new();
        for (kind, setting) in settings {
            // A plain duration is its idle limit already.
            if !(used.contains(&kind) || kind == 6 && preset.is_none()) {
                used.push(kind);
                spec = format!("{spec},{setting}");
            }
        }
        match spec.parse::<Hop>() {
            Ok(hop) => prop_assert_eq!(hop.to_string().parse::<Hop>(), Ok(hop), "{}", spec),
            Err(error) => prop_assert!(
                matches!(error.problem, SpecError::UnpublishedLimit(_) | SpecError::Name { .. }),
                "{}", error
            ),
        }
    }

    #[test]
    fn keepalive_is_read_back_as_it_is_written(
        time in 1..u64::MAX,
        interval in 1..u64::MAX,
        probes in 1..=255_u32,
    ) {
        let keepalive = Keepalive {
            time: Span::from_nanos(time),
            interval: Span::from_nanos(interval),
            probes,
        };
        prop_assert_eq!(keepalive.to_string().parse(), Ok(keepalive));
    }
}
