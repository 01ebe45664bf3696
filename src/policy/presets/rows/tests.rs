use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::policy::presets::{Adjustable, Grounds, Limit, ProbeSchedule, ServiceClose, Setting, Verified};
use crate::policy::{Expiry, Pickup, Refresh};
use crate::time::Span;

fn read(text: &str) -> Rows {
    parse_preset_file(text.as_bytes(), |_| Origin::Catalogue)
        .unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

fn a_box(settings: &str) -> Middlebox {
    read(&format!("[[box]]\nid = \"x\"\nproduct = \"X\"\n{settings}\n")).boxes[0]
}

fn seconds(n: u64) -> Span {
    Span::from_secs(n)
}

/// Names without ending of the files in a folder that end so.
fn stems(folder: &Path, ending: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|e| e == ending));
    files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_mistake_has_its_message() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/bad/presets");
    let (files, messages) = (stems(&folder, "toml"), stems(&folder, "message"));
    assert_eq!(files, messages, "each NAME.toml needs a NAME.message and the other way round");
    assert_eq!(files.len(), std::fs::read_dir(&folder).unwrap().count() / 2, "a file of another kind");
    let mut wrong = Vec::new();
    for stem in files {
        let expected = std::fs::read_to_string(folder.join(format!("{stem}.message"))).unwrap();
        let said = match read_preset_file(&folder.join(format!("{stem}.toml"))) {
            Ok(rows) => format!("no error: {rows:?}"),
            Err(error) => error.to_string().replace(&format!("{}/", folder.display()), ""),
        };
        if said != expected.trim_end() {
            wrong.push(format!("{stem}\n  says    {said}\n  expects {}", expected.trim_end()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_box_of_which_little_is_said_is_a_tracker_that_drops_and_says_what_it_infers() {
    let row = a_box("idle = \"30m\"");
    assert_eq!((row.timers.established, row.limit, row.limit_words), (seconds(1800), Limit::Exact, "1800"));
    assert_eq!((row.refresh, row.refresh_grounds), (Refresh::AnyPacket, Grounds::DeviceClass));
    assert_eq!((row.expiry, row.expiry_grounds), (Expiry::Drop, Grounds::DeviceClass));
    assert_eq!((row.pickup, row.adjustable, row.range_words), (Pickup::Unstated, Adjustable::Unstated, ""));
    assert_eq!((row.verified, row.source), (Verified::Unverified, ""));
}

#[test]
fn limits_are_read_in_all_their_forms() {
    for (idle, shortest, limit, words) in [
        ("\"never\"", Span::MAX, Limit::Never, "none"),
        ("\"unpublished\"", Span::MAX, Limit::Unpublished, "not published"),
        ("{ at-least = \"2h4m\" }", seconds(7440), Limit::AtLeast, ">= 7440"),
        ("{ from = \"5m\", to = \"10m\" }", seconds(300), Limit::UpTo(seconds(600)), "300-600"),
        (
            "{ client = \"60s\", server = \"50s\" }",
            seconds(50),
            Limit::PerSide { client: seconds(60), server: seconds(50) },
            "60 client, 50 server",
        ),
    ] {
        let row = a_box(&format!("idle = {idle}"));
        assert_eq!((row.timers.established, row.limit, row.limit_words), (shortest, limit, words), "{idle}");
    }
    assert_eq!(a_box("idle = \"5m\"\nidle-words = \"per listener\"").limit_words, "300; per listener");
    assert_eq!(a_box("idle = \"5m\"\nprinted.idle = \"about 300\"").limit_words, "about 300");
}

#[test]
fn timers_of_other_states_are_those_of_hops_and_are_printed() {
    let row = a_box(
        "idle = \"1h\"\nhalf-open = \"30s\"\nhalf-closed = \"10m\"\ntime-wait = \"15s\"\nstate-words = \"reset 5\"",
    );
    assert_eq!((row.timers.syn_sent, row.timers.syn_recv), (Some(seconds(30)), Some(seconds(30))));
    assert_eq!((row.timers.fin_wait, row.timers.close_wait), (Some(seconds(600)), Some(seconds(600))));
    assert_eq!(row.state_words, "half-open 30, half-closed 600, time-wait 15; reset 5");
    let row = a_box("idle = \"1h\"\nhalf-closed = \"10m\"\nclose-wait = \"60s\"");
    assert_eq!((row.timers.fin_wait, row.timers.close_wait), (Some(seconds(600)), Some(seconds(60))));
}

#[test]
fn what_a_box_forgets_follows_from_its_other_cells() {
    for (cells, pickup) in [
        ("refresh = \"payload\"", Pickup::Strict),
        ("expiry = \"reset-on-next\"", Pickup::Strict),
        ("expiry = \"drop\"", Pickup::Unstated),
        ("expiry = \"drop\"\npickup = \"loose\"", Pickup::Loose),
    ] {
        assert_eq!(a_box(&format!("idle = \"1h\"\n{cells}")).pickup, pickup, "{cells}");
    }
}

#[test]
fn whether_and_where_a_limit_is_set_is_said() {
    let within = Adjustable::Within { min: seconds(60), max: seconds(6000) };
    for (settings, adjustable, words) in [
        ("settable = \"no\"", Adjustable::Fixed, "no"),
        ("settable = \"yes\"\nsetting = \"idle_timeout\"", Adjustable::Freely, "yes, idle_timeout"),
        ("settable = { min = \"60s\", max = \"6000s\" }", within, "yes 60-6000"),
        (
            "settable = { min = \"60s\", max = \"6000s\" }\nsetting = \"the listener\"",
            within,
            "yes 60-6000, the listener",
        ),
        ("setting = \"the listener\"", Adjustable::Unstated, "the listener"),
    ] {
        let row = a_box(&format!("idle = \"350s\"\n{settings}"));
        assert_eq!((row.adjustable, row.range_words), (adjustable, words), "{settings}");
    }
}

#[test]
fn boxes_that_probe_are_read() {
    let row = a_box(
        "idle = \"5m\"\nprobes-itself = { when = \"before-expiry\", lead = \"20s\", interval = \"5s\", probes = 4 }\n\
         own-keepalive = { time = \"3m\" }",
    );
    let expected = ProbeSchedule::BeforeExpiry { lead: seconds(20), interval: seconds(5), probes: 4 };
    assert_eq!(row.probe_schedule, Some(expected));
    assert_eq!(row.own_keepalive.map(|own| (own.time, own.interval)), Some((seconds(180), None)));
}

#[test]
fn endpoints_and_services_are_read() {
    let rows = read(
        "[[endpoint]]\nid = \"agent\"\nproduct = \"Agent\"\nmechanism = \"tcp-keepalive\"\non-by-default = true\n\
         time = { from = \"1m\", to = \"10m\" }\ninterval = \"system\"\nprobes = 3\n\
         [[service]]\nid = \"orders\"\nproduct = \"Orders\"\nports = [8443]\nidle = \"15m\"\nclose = \"fin\"\n",
    );
    let (agent, orders) = (rows.endpoints[0], rows.services[0]);
    assert_eq!(agent.time, Setting::Between(seconds(60), seconds(600)));
    assert_eq!((agent.printed.time, agent.printed.interval, agent.printed.probes), ("60-600", "OS", "3"));
    assert_eq!((agent.printed.on_by_default, agent.printed.dead_peer_after), ("yes", "-"));
    assert_eq!((orders.closes_after(), orders.clock), (Some(seconds(900)), Refresh::Payload));
    assert_eq!((orders.ports, orders.close), (&[8443][..], ServiceClose::Fin));
}

#[test]
fn a_row_knows_its_line() {
    let origin = |line| Origin::File { file: "own.toml", line, replaces: false };
    let text = "\n[[box]]\nid = \"a\"\nproduct = \"A\"\nidle = \"1h\"\n\n[[box]]\nid = \"b\"\nproduct = \"B\"\nidle = \"1h\"\n";
    let rows = parse_preset_file(text.as_bytes(), origin).unwrap();
    let lines = rows.boxes.iter().map(|row| row.origin);
    assert_eq!(lines.collect::<Vec<_>>(), [origin(2), origin(7)]);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_panic(text in "(\\[\\[box\\]\\]|id|idle|product|=|\"|never|5m|\n|\\{|\\}|,| ){0,40}") {
        let _ = parse_preset_file(text.as_bytes(), |_| Origin::Catalogue);
    }
}
