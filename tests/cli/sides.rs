//! Captures of both sides of a box, held to what their sockets experienced.

use crate::command::{fixture, idlescope};
use std::collections::BTreeSet;
use std::path::Path;

fn side(name: &str, file: &str) -> String {
    format!("{name}={file}")
}

fn recorded(run: &str, side: &str) -> String {
    fixture(&format!("captures/{run}-{side}.pcap"))
}

fn compare(client: &str, server: &str) -> serde_json::Value {
    let (client, server) = (side("client", client), side("server", server));
    let words =
        ["analyze", "--side", &client, "--side", &server, "--min-gap=1s", "--format=json", "--hop=fw=6s"];
    idlescope(&words).run().report()
}

/// Ids of the first side's flows with a certain conclusion of a kind.
fn concluded(report: &serde_json::Value, kind: &str) -> BTreeSet<u64> {
    let crossings = report["sides"]["between"][0]["crossings"].as_array().unwrap();
    let certain = |crossing: &&serde_json::Value| {
        let conclusions = crossing["conclusions"].as_array().unwrap();
        conclusions.iter().any(|it| it["kind"] == kind && it["certainty"] == "certain")
    };
    crossings.iter().filter(certain).map(|crossing| crossing["flows"][0][0].as_u64().unwrap()).collect()
}

/// Ids of the flows that the gateway cut, as the sockets told.
fn cut(run: &str) -> BTreeSet<u64> {
    cut_on(run, "client")
}

fn cut_on(run: &str, side: &str) -> BTreeSet<u64> {
    let text = std::fs::read_to_string(fixture(&format!("captures/{run}-{side}.expect.toml"))).unwrap();
    let expect: toml::Table = text.parse().unwrap();
    let flows = expect["flow"].as_array().unwrap().iter();
    let cut = flows.filter(|flow| flow["fate"].as_str() == Some("cut"));
    cut.map(|flow| flow["id"].as_integer().unwrap().try_into().unwrap()).collect()
}

/// Records of a classic pcap in the machine's usual order, changed one by one; `None` leaves one out.
fn rewritten(file: &str, to: &Path, mut change: impl FnMut(usize, &mut Vec<u8>) -> bool) {
    let bytes = std::fs::read(file).unwrap();
    let mut out = bytes[..24].to_vec();
    let mut at = 24;
    let mut index = 0;
    while at < bytes.len() {
        let len = u32::from_le_bytes(bytes[at + 8..at + 12].try_into().unwrap()) as usize;
        let mut record = bytes[at..at + 16 + len].to_vec();
        if change(index, &mut record) {
            out.extend(record);
        }
        at += 16 + len;
        index += 1;
    }
    std::fs::write(to, out).unwrap();
}

#[test]
fn drops_of_the_box_are_proved_and_no_others() {
    let report = compare(&recorded("silent-drop", "client"), &recorded("silent-drop", "server"));
    let cut = cut("silent-drop");
    assert!(cut.len() >= 4, "{cut:?}");
    assert_eq!(concluded(&report, "dropped"), cut);
    assert_eq!(concluded(&report, "reset-made-between"), BTreeSet::new());
    let between = &report["sides"]["between"][0];
    assert_eq!(
        (between["matched"].as_u64(), between["unmatched"].to_string()),
        (Some(9), "[0,0]".to_owned())
    );
    // What one side supposes becomes certain.
    let drops =
        report["findings"].as_array().unwrap().iter().filter(|it| it["rule"] == "observed-silent-drop");
    for finding in drops.filter(|it| cut.contains(&it["flow"].as_u64().unwrap())) {
        assert_eq!(finding["certainty"], "certain", "{finding}");
    }
}

#[test]
fn resets_of_the_box_are_proved_and_no_others() {
    let report = compare(&recorded("reset-on-next", "client"), &recorded("reset-on-next", "server"));
    assert_eq!(concluded(&report, "reset-made-between"), cut("reset-on-next"));
    assert_eq!(concluded(&report, "reset-crossed"), BTreeSet::new());
}

#[test]
fn nat_and_other_clocks_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let server = directory.path().join("server.pcap");
    for run in ["silent-drop", "reset-on-next"] {
        rewritten(&recorded(run, "server"), &server, |_, record| {
            let seconds = u32::from_le_bytes(record[..4].try_into().unwrap()) - 7_200;
            record[..4].copy_from_slice(&seconds.to_le_bytes());
            // Ethernet, IPv4 without options: the gateway has another address, and gives other ports.
            for (address, port) in [(42, 50), (46, 52)] {
                if record.get(28..30) == Some(&[8, 0]) && record[address..address + 4] == [10, 2, 0, 1] {
                    record[address..address + 4].copy_from_slice(&[192, 0, 2, 9]);
                    record[port] ^= 0x11;
                }
            }
            true
        });
        let plain = compare(&recorded(run, "client"), &recorded(run, "server"));
        let report = compare(&recorded(run, "client"), server.to_str().unwrap());
        let between = &report["sides"]["between"][0];
        let ahead = between["clock_ahead_s"].as_f64().unwrap();
        assert!((ahead + 7_200.0).abs() < 0.001, "{ahead}");
        for kind in ["dropped", "reset-made-between"] {
            assert_eq!(concluded(&report, kind), concluded(&plain, kind), "{run} {kind}");
        }
        let ends = between["crossings"][0]["ends"].to_string();
        assert!(ends.contains("10.1.0.2") && ends.contains("192.0.2.9"), "{ends}");
    }
}

#[test]
fn directions_in_networks_of_their_own_on_one_side_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let server = directory.path().join("server.pcap");
    for run in ["silent-drop", "reset-on-next"] {
        rewritten(&recorded(run, "server"), &server, |_, record| {
            if record[28..30] == [8, 0] {
                let network = if record[42..46] < record[46..50] { 100 } else { 200 };
                record.splice(28..28, [0x81, 0, 0, network]);
                for at in [8, 12] {
                    let length = u32::from_le_bytes(record[at..at + 4].try_into().unwrap()) + 4;
                    record[at..at + 4].copy_from_slice(&length.to_le_bytes());
                }
            }
            true
        });
        let plain = compare(&recorded(run, "client"), &recorded(run, "server"));
        let report = compare(&recorded(run, "client"), server.to_str().unwrap());
        assert_eq!(report["sides"]["between"][0]["matched"], plain["sides"]["between"][0]["matched"]);
        for kind in ["dropped", "reset-made-between"] {
            assert_eq!(concluded(&report, kind), concluded(&plain, kind), "{run} {kind}");
        }
    }
}

/// What a firewall that draws initial sequence numbers anew leaves of the rest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    Nothing,
    IpId,
    IpIdAndTimestamps,
}

/// Changes a TCP segment of a capture as such a firewall does.
fn draw_numbers_anew(record: &mut [u8], left: Left) {
    if record.get(28..30) != Some(&[8, 0]) || record.get(39) != Some(&6) {
        return;
    }
    let port = |at: usize| u32::from(u16::from_be_bytes([record[at], record[at + 1]]));
    let from_server = port(50) == 17_000;
    let client = if from_server { port(52) } else { port(50) };
    let (of_client, of_server) = (client.wrapping_mul(0x9e37_79b1), client.wrapping_mul(0x85eb_ca6b));
    let (own, other) = if from_server { (of_server, of_client) } else { (of_client, of_server) };
    let has_ack = record[63] & 0x10 != 0;
    for (at, by) in [(54, own)].into_iter().chain(has_ack.then_some((58, other))) {
        let number = u32::from_be_bytes(record[at..at + 4].try_into().unwrap());
        record[at..at + 4].copy_from_slice(&number.wrapping_add(by).to_be_bytes());
    }
    if left == Left::Nothing {
        let id = u16::from_be_bytes([record[34], record[35]]).wrapping_mul(31_337).wrapping_add(1);
        record[34..36].copy_from_slice(&id.to_be_bytes());
    }
    if left < Left::IpIdAndTimestamps {
        let end = 50 + usize::from(record[62] >> 4) * 4;
        record[70..end].fill(1);
    }
}

#[test]
fn a_box_that_draws_sequence_numbers_anew_hides_nothing_that_timestamps_show() {
    for run in ["silent-drop", "reset-on-next", "half-closed"] {
        see_through(run, Left::IpIdAndTimestamps);
    }
}

#[test]
fn nor_what_the_first_payload_of_both_ends_shows_where_it_takes_timestamps_away() {
    // In the half-closed runs no server speaks before the client has closed.
    for run in ["silent-drop", "reset-on-next"] {
        see_through(run, Left::IpId);
    }
}

/// What both sides show of a run is told as well where a box between rewrites sequence numbers.
fn see_through(run: &str, left: Left) {
    let directory = tempfile::tempdir().unwrap();
    let server = directory.path().join("server.pcap");
    let plain = compare(&recorded(run, "client"), &recorded(run, "server"));
    rewritten(&recorded(run, "server"), &server, |_, record| {
        draw_numbers_anew(record, left);
        true
    });
    let report = compare(&recorded(run, "client"), server.to_str().unwrap());
    let between = &report["sides"]["between"][0];
    assert_eq!(between["rewritten"], between["matched"], "{run}");
    assert_eq!(between["matched"], plain["sides"]["between"][0]["matched"], "{run}");
    for kind in ["dropped", "reset-made-between", "mapping-lost", "reset-crossed"] {
        assert_eq!(concluded(&report, kind), concluded(&plain, kind), "{run} {kind}");
    }
    assert_eq!(report["headline"], plain["headline"], "{run}");
}

#[test]
fn what_a_box_rewrites_altogether_is_left_out_and_the_report_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let server = directory.path().join("server.pcap");
    rewritten(&recorded("silent-drop", "server"), &server, |_, record| {
        draw_numbers_anew(record, Left::Nothing);
        true
    });
    let report = compare(&recorded("silent-drop", "client"), server.to_str().unwrap());
    let between = &report["sides"]["between"][0];
    assert_eq!((between["matched"].as_u64(), between["crossings"].to_string()), (Some(0), "[]".to_owned()));
    let (client, server) =
        (side("client", &recorded("silent-drop", "client")), side("server", server.to_str().unwrap()));
    let text = idlescope(&["analyze", "--side", &client, "--side", &server]).run().out;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("the box rewrites sequence numbers, timestamps and IP identification"), "{text}");
}

#[test]
fn captures_of_different_traffic_have_no_connection_in_common() {
    let all = ["silent-drop-client", "reset-on-next-server", "busy-lossy", "slots", "reset-happy"];
    for (one, other) in all.iter().zip(all.iter().skip(1)) {
        let [one, other] = [one, other].map(|name| fixture(&format!("captures/{name}.pcap")));
        let report = compare(&one, &other);
        assert_eq!(report["sides"]["between"][0]["matched"], 0, "{one} {other}");
    }
}

#[test]
fn a_capture_that_lost_frames_or_ended_early_proves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let server = directory.path().join("server.pcap");
    for (run, every) in [("busy-lossy", 7), ("reset-happy", 7), ("keepalive-answered", 11)] {
        let whole = fixture(&format!("captures/{run}.pcap"));
        rewritten(&whole, &server, |index, _| index % every != 3);
        let thinned = compare(&whole, server.to_str().unwrap());
        rewritten(&whole, &server, |index, _| index < 20);
        let short = compare(&whole, server.to_str().unwrap());
        for report in [thinned, short] {
            for kind in ["dropped", "reset-made-between", "mapping-lost"] {
                assert_eq!(concluded(&report, kind), BTreeSet::new(), "{run} {kind}");
            }
        }
    }
}

#[test]
fn the_two_legs_of_a_proxy_match_nothing_and_the_report_says_so() {
    let report = compare(&recorded("haproxy", "client"), &recorded("haproxy", "server"));
    assert_eq!(report["sides"]["between"][0]["matched"], 0);
    let (client, server) =
        (side("inside", &recorded("haproxy", "client")), side("outside", &recorded("haproxy", "server")));
    let text = idlescope(&["analyze", "--side", &client, "--side", &server]).run().out;
    assert!(text.contains("BETWEEN inside AND outside: no connection is seen on both sides"), "{text}");
    let first = report["headline"]["sentence"].as_str().unwrap();
    assert!(first.contains("No connection is seen on both client and server."), "{first}");
}

#[test]
fn what_both_sides_prove_leads_the_report_and_is_counted_everywhere() {
    for (run, means) in [
        ("silent-drop", "by dropped packets"),
        ("reset-on-next", "by a RST made there"),
        ("nat-changes-port", "by a lost mapping"),
        ("nat-leaks", "by a lost mapping"),
    ] {
        let report = compare(&recorded(run, "client"), &recorded(run, "server"));
        let cut = cut(run).len() as u64;
        let sentence = report["headline"]["sentence"].as_str().unwrap();
        let said = format!("IDLING BROKE FLOWS: between client and server {cut} connections were cut after ");
        assert!(sentence.starts_with(&said) && sentence.contains(means), "{run}: {sentence}");
        assert_eq!(report["headline"]["answer"], "idling-broke-flows");
        let broken = &report["totals"]["broken"];
        // A box that lost its state once would explain them too, where no flow lived through all the time.
        let established = broken["certain"].as_u64().zip(broken["likely"].as_u64()).map(|(a, b)| a + b);
        assert_eq!(established, Some(cut), "{run}");
        assert_eq!(broken["possible"], 0, "{run}");
        assert_eq!(report["totals"]["flows_by_severity"]["error"].as_u64(), Some(cut), "{run}");
        let services = report["services"].as_array().unwrap().iter();
        let errors: u64 = services.map(|it| it["flows_by_severity"]["error"].as_u64().unwrap()).sum();
        assert_eq!(errors, cut, "{run}");
        assert_eq!(report["inferred_timeouts"][0]["cuts"].as_u64(), Some(cut), "{run}");
    }
}

#[test]
fn a_nat_that_maps_anew_or_leaks_is_proved_to_have_forgotten() {
    for (run, inside) in [("nat-changes-port", false), ("nat-leaks", true)] {
        let report = compare(&recorded(run, "client"), &recorded(run, "server"));
        assert_eq!(concluded(&report, "mapping-lost"), cut(run), "{run}");
        // The real server resets what it does not know: its RST is not the box's.
        assert_eq!(concluded(&report, "reset-crossed"), cut(run), "{run}");
        assert_eq!(concluded(&report, "reset-made-between"), BTreeSet::new(), "{run}");
        let crossings = report["sides"]["between"][0]["crossings"].as_array().unwrap();
        for crossing in crossings {
            let lost = crossing["conclusions"].as_array().unwrap().iter();
            let lost = lost.filter(|it| it["kind"] == "mapping-lost").collect::<Vec<_>>();
            let summary = lost[0]["summary"].as_str().unwrap();
            assert_eq!(summary.contains("its inside address"), inside, "{summary}");
            assert_eq!(crossing["flows"][1].as_array().unwrap().len(), 2, "{crossing}");
        }
        for finding in
            report["findings"].as_array().unwrap().iter().filter(|it| it["rule"] == "observed-reset")
        {
            assert_eq!((&finding["certainty"], &finding["severity"]), (&"certain".into(), &"error".into()));
            assert!(!finding["summary"].as_str().unwrap().contains("cannot"), "{finding}");
        }
    }
}

#[test]
fn silences_that_a_nat_forgives_accuse_nobody_and_the_server_s_are_proved_on_its_side() {
    let report = compare(&recorded("nat-picks-up", "client"), &recorded("nat-picks-up", "server"));
    let made = concluded(&report, "reset-made-between");
    assert!(!made.is_empty() && made.is_subset(&cut_on("nat-picks-up", "server")), "{made:?}");
    assert_eq!(concluded(&report, "mapping-lost"), BTreeSet::new());
    // The client's side alone shows nothing of it.
    assert_eq!(report["totals"]["broken"]["certain"], 0);
    let sentence = report["headline"]["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("IDLING BROKE FLOWS: between client and server "), "{sentence}");
    let server = &report["sides"]["others"][0];
    let established = |word: &str| server["broken"][word].as_u64().unwrap();
    assert_eq!(established("certain") + established("likely"), cut_on("nat-picks-up", "server").len() as u64);
}

#[test]
fn a_half_closed_connection_that_is_cut_is_proved_on_the_side_that_speaks() {
    let report = compare(&recorded("half-closed", "client"), &recorded("half-closed", "server"));
    assert_eq!(concluded(&report, "dropped"), cut_on("half-closed", "server"));
    let found = report["sides"]["others"][0]["findings"].as_array().unwrap();
    let proven = found.iter().filter(|it| {
        it["rule"] == "half-closed-idle"
            && it["summary"].as_str().unwrap().contains("as client does not have frame")
    });
    let proven: BTreeSet<u64> = proven.map(|it| it["flow"].as_u64().unwrap()).collect();
    assert_eq!(proven, cut_on("half-closed", "server"));
    let sentence = report["headline"]["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("IDLING BROKE FLOWS"), "{sentence}");
}

/// The records of a classic pcap of one port, with copies of a frame that is no TCP at the given seconds after the
/// first.
fn one_flow_and_others(file: &str, to: &Path, port: u16, seconds: &[u32]) {
    let bytes = std::fs::read(file).unwrap();
    let mut records: Vec<Vec<u8>> = Vec::new();
    let mut at = 24;
    while at < bytes.len() {
        let len = u32::from_le_bytes(bytes[at + 8..at + 12].try_into().unwrap()) as usize;
        records.push(bytes[at..at + 16 + len].to_vec());
        at += 16 + len;
    }
    let time = |record: &[u8]| {
        let number = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().unwrap());
        (number(0), number(4))
    };
    let is_tcp = |record: &[u8]| record.get(28..30) == Some(&[8, 0]) && record.get(39) == Some(&6);
    let begin = time(&records[0]).0;
    let other = records.iter().find(|record| !is_tcp(record)).unwrap().clone();
    records.retain(|record| {
        is_tcp(record) && [50, 52].iter().any(|at| record[*at..at + 2] == port.to_be_bytes())
    });
    records.extend(seconds.iter().map(|second| {
        let mut copy = other.clone();
        copy[..4].copy_from_slice(&(begin + second).to_le_bytes());
        copy[4..8].copy_from_slice(&[0; 4]);
        copy
    }));
    records.sort_by_key(|record| time(record));
    std::fs::write(to, [&bytes[..24], records.concat().as_slice()].concat()).unwrap();
}

#[test]
fn a_drop_is_certain_only_while_the_other_capture_is_known_to_run_and_idling_s_only_if_others_cross() {
    let directory = tempfile::tempdir().unwrap();
    let [client, server] = ["client.pcap", "server.pcap"].map(|name| directory.path().join(name));
    let alone = |heard: &[u32]| {
        one_flow_and_others(&recorded("silent-drop", "client"), &client, 40_012, &[]);
        one_flow_and_others(&recorded("silent-drop", "server"), &server, 40_012, heard);
        compare(client.to_str().unwrap(), server.to_str().unwrap())
    };
    let conclusions = |report: &serde_json::Value| {
        let crossings = report["sides"]["between"][0]["crossings"].as_array().unwrap().clone();
        let all = crossings.iter().flat_map(|it| it["conclusions"].as_array().unwrap().clone());
        all.map(|it| (it["kind"].to_string(), it["certainty"].to_string())).collect::<Vec<_>>()
    };
    let drop = |certainty: &str| vec![("\"dropped\"".to_owned(), format!("\"{certainty}\""))];
    // Its file ends before: nothing is known.
    assert_eq!(conclusions(&alone(&[])), []);
    // It goes on a minute later: it may have been stopped meanwhile.
    assert_eq!(conclusions(&alone(&[80])), drop("likely"));
    // It runs all the time, and nothing else crosses: the packets are lost, perhaps with the whole path.
    let report = alone(&[5, 10, 15, 20, 25]);
    assert_eq!(conclusions(&report), drop("certain"));
    assert_eq!(report["totals"]["broken"]["certain"], 0);
    assert_eq!(report["headline"]["answer"], "broken-between");
    let summary = report["sides"]["between"][0]["crossings"][0]["conclusions"][0]["summary"].to_string();
    assert!(summary.contains("the path itself may have been down"), "{summary}");
}

#[test]
fn what_crossed_unanswered_is_not_held_against_the_box_between() {
    // The drops lie beyond the second side: it sees what the first sees.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("alone.pcap");
    one_flow_and_others(&recorded("silent-drop", "client"), &file, 40_012, &[5, 10, 15, 20, 25]);
    let file = file.to_str().unwrap();
    let one = idlescope(&["analyze", file, "--min-gap=1s", "--format=json"]).run().report();
    assert_eq!(one["totals"]["broken"]["possible"], 1, "{}", one["headline"]);
    let report = compare(file, file);
    assert_eq!(concluded(&report, "unanswered"), BTreeSet::from([0]));
    assert_eq!(concluded(&report, "dropped"), BTreeSet::new());
    let broken = &report["totals"]["broken"];
    assert_eq!((&broken["likely"], &broken["possible"]), (&0.into(), &1.into()), "{broken}");
    assert_eq!(
        (&broken["shortest_s"], &broken["longest_s"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(report["inferred_timeouts"].as_array().unwrap().len(), 0);
    let finding =
        &report["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "failed-in-use").unwrap();
    assert_eq!(finding["certainty"], "certain");
    assert!(finding["summary"].as_str().unwrap().contains("where no answer came"), "{finding}");
    let sentence = report["headline"]["sentence"].as_str().unwrap();
    assert!(!sentence.starts_with("IDLING PROBABLY"), "{sentence}");
}

#[test]
fn a_reset_that_crossed_came_from_beyond_the_box() {
    // Without the server's side of the NAT: both captures on the client's.
    let file = recorded("nat-changes-port", "client");
    let report = compare(&file, &file);
    assert_eq!(concluded(&report, "reset-crossed"), cut("nat-changes-port"));
    let resets = report["findings"].as_array().unwrap().iter().filter(|it| it["rule"] == "observed-reset");
    let resets: Vec<&serde_json::Value> = resets.collect();
    assert_eq!(resets.len(), 2);
    for finding in resets {
        assert_eq!(finding["certainty"], "certain");
        let summary = finding["summary"].as_str().unwrap();
        assert!(
            summary.contains("the RST comes through server") && summary.contains("a box beyond server"),
            "{summary}"
        );
    }
    assert_eq!(report["totals"]["broken"]["certain"], 0);
}

#[test]
fn healthy_captures_accuse_nobody_on_both_sides() {
    for name in [
        "busy-lossy",
        "reset-happy",
        "keepalive-answered",
        "lossy-idle",
        "ipv6",
        "flushed",
        "rebooted",
        "reuse",
        "slots",
        "stale",
        "zero-window",
    ] {
        let file = fixture(&format!("captures/{name}.pcap"));
        let report = compare(&file, &file);
        for kind in ["dropped", "reset-made-between", "mapping-lost"] {
            assert_eq!(concluded(&report, kind), BTreeSet::new(), "{name} {kind}");
        }
        let sentence = report["headline"]["sentence"].as_str().unwrap();
        assert!(sentence.contains("Nothing is proved against what lies between"), "{name}: {sentence}");
    }
}

#[test]
fn rows_say_what_the_document_says() {
    let document = compare(&recorded("nat-leaks", "client"), &recorded("nat-leaks", "server"));
    let (client, server) =
        (side("client", &recorded("nat-leaks", "client")), side("server", &recorded("nat-leaks", "server")));
    let written = |format: &str| {
        let words = ["analyze", "--side", &client, "--side", &server, "--min-gap=1s", "--hop=fw=6s", format];
        idlescope(&words).run().out
    };
    let lines: Vec<serde_json::Value> =
        written("--format=ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_type = |kind: &str| lines.iter().filter(|line| line["type"] == kind).cloned().collect::<Vec<_>>();
    let crossings = document["sides"]["between"][0]["crossings"].as_array().unwrap();
    let told = of_type("crossing");
    assert_eq!(told.len(), crossings.len());
    for (told, crossing) in told.iter().zip(crossings) {
        assert_eq!(told["between"], document["sides"]["names"]);
        assert_eq!(told["conclusions"], crossing["conclusions"]);
    }
    assert_eq!(of_type("between")[0]["crossings_total"].as_u64(), Some(crossings.len() as u64));
    let other = &document["sides"]["others"][0];
    assert_eq!(of_type("side")[0]["broken"], other["broken"]);
    assert_eq!(of_type("side_finding").len(), other["findings"].as_array().unwrap().len());
    assert_eq!(lines.last().unwrap()["headline"], document["headline"]);

    let rows = written("--format=csv");
    let mut rows = csv::Reader::from_reader(rows.as_bytes());
    let column = rows.headers().unwrap().iter().position(|title| title == "between_sides").unwrap();
    let cells = rows.records().map(|row| row.unwrap()[column].to_owned());
    assert_eq!(cells.filter(|cell| cell == "mapping-lost=certain;reset-crossed=certain").count(), 2);
}

#[test]
fn damage_in_the_file_of_a_later_side_is_told_everywhere() {
    let directory = tempfile::tempdir().unwrap();
    let cut = directory.path().join("cut.pcap");
    let bytes = std::fs::read(recorded("silent-drop", "server")).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 10]).unwrap();
    let (client, server) =
        (side("client", &recorded("silent-drop", "client")), side("server", cut.to_str().unwrap()));
    let outcome = idlescope(&["analyze", "--side", &client, "--side", &server, "--min-gap=1s"]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("cut.pcap"), "{}", outcome.err);
    assert!(outcome.out.contains("INCOMPLETE: side server, file "), "{}", outcome.out);
    let report = compare(&recorded("silent-drop", "client"), cut.to_str().unwrap());
    assert_eq!(report["complete"], false);
    assert!(report["sides"]["others"][0]["files"][0]["damage"]["what"].is_string());
    // A capture that is not whole proves no absence.
    assert_eq!(concluded(&report, "dropped"), BTreeSet::new());
}

#[test]
fn one_side_is_refused() {
    let client = side("client", &recorded("silent-drop", "client"));
    let outcome = idlescope(&["analyze", "--side", &client]).run();
    assert!(outcome.code == 2 && outcome.err.contains("both sides"), "{}", outcome.err);
    let outcome = idlescope(&["analyze", "--side", "client"]).run();
    assert!(outcome.code == 2 && outcome.err.contains("NAME=FILE"), "{}", outcome.err);
}

/// The standing of an idle timer in each flow that was cut, by id of the first side.
fn idle_standings(report: &serde_json::Value, cut: &BTreeSet<u64>) -> Vec<(u64, usize)> {
    const STANDINGS: [&str; 4] = ["refuted", "possible", "likely", "shown"];
    let flows = report["flows"].as_array().unwrap().iter();
    let of = |flow: &serde_json::Value| {
        let id = flow["id"].as_u64().unwrap();
        let mut causes = flow["explanations"].as_array().into_iter().flatten();
        let idle = causes.find(|it| it["cause"] == "idle-timer")?;
        let standing = STANDINGS.iter().position(|known| idle["standing"] == *known).unwrap();
        cut.contains(&id).then_some((id, standing))
    };
    flows.filter_map(of).collect()
}

/// Rule 5 of the judgement: evidence only accumulates.
#[test]
fn the_second_side_never_weakens_the_true_cause_of_a_recorded_cut() {
    let mut looked_at = 0;
    for run in ["silent-drop", "reset-on-next", "half-closed"] {
        let words = ["--min-gap=1s", "--flows=all", "--format=json"];
        let (client, server) = (recorded(run, "client"), recorded(run, "server"));
        let alone = idlescope(&[&["analyze", &client][..], &words].concat()).run().report();
        let sides = [side("client", &client), side("server", &server)];
        let both = idlescope(&[&["analyze", "--side", &sides[0], "--side", &sides[1]][..], &words].concat())
            .run()
            .report();
        let cut = cut_on(run, "client");
        let (before, after) = (idle_standings(&alone, &cut), idle_standings(&both, &cut));
        for (id, standing) in &before {
            let with_both = after.iter().find(|(other, _)| other == id).map(|(_, standing)| *standing);
            assert!(
                with_both >= Some(*standing),
                "{run}, flow {id}: {standing} alone, {with_both:?} with both"
            );
        }
        looked_at += before.len();
    }
    assert!(looked_at >= 3, "only {looked_at} flows were cut");
}
