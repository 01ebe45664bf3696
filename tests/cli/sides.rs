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
    let text = std::fs::read_to_string(fixture(&format!("captures/{run}-client.expect.toml"))).unwrap();
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
            for kind in ["dropped", "reset-made-between"] {
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
    assert!(text.starts_with("BETWEEN inside AND outside: no connection is seen on both sides"), "{text}");
}

#[test]
fn one_side_is_refused() {
    let client = side("client", &recorded("silent-drop", "client"));
    let outcome = idlescope(&["analyze", "--side", &client]).run();
    assert!(outcome.code == 2 && outcome.err.contains("both sides"), "{}", outcome.err);
    let outcome = idlescope(&["analyze", "--side", "client"]).run();
    assert!(outcome.code == 2 && outcome.err.contains("NAME=FILE"), "{}", outcome.err);
}
