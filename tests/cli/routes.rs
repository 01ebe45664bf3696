//! Flows that take a path of their own, and names for addresses.

use crate::command::{fixture, idlescope};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn file(directory: &Path, text: &str) -> PathBuf {
    let file = directory.join("paths.toml");
    std::fs::write(&file, text).unwrap();
    file
}

fn analyzed(capture: &str, paths: &str, format: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path(), paths);
    let words = ["analyze", capture, "--path", path.to_str().unwrap(), "--flows", "all", "--format", format];
    let outcome = idlescope(&words).run();
    assert!(outcome.code < 2, "{}", outcome.err);
    outcome.out
}

fn report(capture: &str, paths: &str) -> Value {
    serde_json::from_str(&analyzed(capture, paths, "json")).unwrap()
}

/// A default hop and one path of its own.
fn two_paths(matched: &str) -> String {
    format!(
        "[[hop]]\nname = \"wan\"\nidle = \"5s\"\n\n[[path]]\nname = \"own\"\nmatch = {matched}\n[[path.hop]]\nname = \"fw\"\nidle = \"3s\"\n"
    )
}

/// Flows that each hop was asked about.
fn asked(report: &Value, hop: &str) -> u64 {
    let counts = &report["totals"]["verdicts"][hop];
    ["survives", "cut", "saved-by-keepalive", "unknown"].iter().map(|it| counts[it].as_u64().unwrap()).sum()
}

fn flows(report: &Value) -> u64 {
    report["totals"]["flows"].as_u64().unwrap()
}

#[test]
fn each_flow_is_judged_by_the_hops_of_its_path_only() {
    let capture = fixture("captures/reset-happy.pcap");
    let all = report(&capture, &two_paths("\"192.0.2.1\""));
    let service = all["services"][0]["responder"].as_str().unwrap().to_owned();
    let port = service.rsplit(':').next().unwrap();
    assert_eq!((asked(&all, "wan"), asked(&all, "own/fw")), (flows(&all), 0));
    for matched in [format!("\":{port}\""), format!("[\":1\", \"0.0.0.0/0:{port}\"]")] {
        let own = report(&capture, &two_paths(&matched));
        let listed = own["flows"].as_array().unwrap();
        let to_port =
            listed.iter().filter(|flow| flow["responder"].as_str().unwrap().ends_with(&format!(":{port}")));
        let to_port = to_port.count() as u64;
        assert_eq!(
            (asked(&own, "wan"), asked(&own, "own/fw")),
            (flows(&own) - to_port, to_port),
            "{matched}"
        );
        let hops: Vec<&str> = own["flows"][0]["verdicts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["hop"].as_str().unwrap())
            .collect();
        assert_eq!(hops, ["own/fw"]);
        assert_eq!(own["path"]["routes"][0]["hops"][0], "own/fw");
    }
}

#[test]
fn verdicts_on_a_path_are_those_of_the_same_hops_for_all_flows() {
    let capture = fixture("captures/reset-happy.pcap");
    let alone = report(&capture, "[[hop]]\nname = \"fw\"\nidle = \"3s\"\n");
    let own = report(&capture, &two_paths("\"0.0.0.0/0\""));
    assert!(asked(&alone, "fw") > 0);
    assert_eq!(alone["totals"]["verdicts"]["fw"], own["totals"]["verdicts"]["own/fw"]);
    assert_eq!(alone["totals"]["cuts"]["by_hop"]["fw"], own["totals"]["cuts"]["by_hop"]["own/fw"]);
    assert_eq!(alone["services"][0]["cuts"]["fw"], own["services"][0]["cuts"]["own/fw"]);
}

#[test]
fn a_path_can_be_that_of_a_vlan() {
    for (capture, matched) in [
        ("captures/keepalive-answered-vlan.pcap", "\"vlan=42\""),
        ("captures/keepalive-answered-vlan.pcap", "[\"vlan=7\", \"vlan=42,:17000\"]"),
    ] {
        let own = report(&fixture(capture), &two_paths(matched));
        assert_eq!((asked(&own, "wan"), asked(&own, "own/fw")), (0, flows(&own)), "{matched}");
    }
    let other = report(&fixture("captures/keepalive-answered-vlan.pcap"), &two_paths("\"vlan=43\""));
    assert_eq!(asked(&other, "wan"), flows(&other));
    let untagged = report(&fixture("captures/keepalive-answered.pcap"), &two_paths("\"vlan=42\""));
    assert_eq!(asked(&untagged, "wan"), flows(&untagged));
}

#[test]
fn a_path_can_be_that_of_an_interface() {
    let capture = fixture("captures/two-interfaces.pcapng");
    let inside = report(&capture, &two_paths("\"interface=inside\""));
    assert!(
        inside["flows"].as_array().unwrap().iter().all(|flow| flow["network"] == "interface inside"),
        "{inside}"
    );
    assert_eq!((asked(&inside, "own/fw"), asked(&inside, "wan")), (flows(&inside), 0));
    // Forwarded copies belong to the flow, and the interface that saw it first counts.
    let outside = report(&capture, &two_paths("\"interface=outside\""));
    assert_eq!((asked(&outside, "own/fw"), asked(&outside, "wan")), (0, flows(&outside)));
    assert_eq!(flows(&inside), flows(&outside));
}

#[test]
fn flows_of_an_interface_are_found_again_when_their_frames_are_extracted() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path(), &two_paths("\"interface=inside\""));
    let (out, capture) = (directory.path().join("out.pcapng"), fixture("captures/two-interfaces.pcapng"));
    let words = [
        "extract",
        &capture,
        "--path",
        path.to_str().unwrap(),
        "--flow",
        "0",
        "--write",
        out.to_str().unwrap(),
    ];
    let outcome = idlescope(&words).run();
    assert!(outcome.code < 2, "{}", outcome.err);
    let copied = idlescope(&["analyze", out.to_str().unwrap(), "--format", "json"]).run().report();
    assert_eq!(copied["totals"]["flows"], 1);
    assert!(copied["capture"]["frames"].as_u64().unwrap() > 5);
}

#[test]
fn names_stand_in_every_output() {
    let capture = fixture("captures/silent-drop-client.pcap");
    let plain = report(&capture, &two_paths("\":1\""));
    let service = plain["services"][0]["responder"].as_str().unwrap().to_owned();
    let (address, _) = service.rsplit_once(':').unwrap();
    let named = format!(
        "{}\n[names]\n\"{service}\" = \"orders\"\n\"{address}\" = \"erp-host\"\n",
        two_paths("\":1\"")
    );
    let json = report(&capture, &named);
    assert_eq!(json["path"]["names"][&service], "orders");
    assert_eq!(json["services"][0]["responder"], service, "machines keep the address");
    let told = |report: &Value| report["recommendations"].to_string() + &report["findings"].to_string();
    assert!(told(&json).contains(&format!("orders ({service})")), "{}", told(&json));
    for format in ["text", "html"] {
        assert!(analyzed(&capture, &named, format).contains("orders"), "{format}");
    }
    let csv = analyzed(&capture, &named, "csv");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let at = rows.headers().unwrap().iter().position(|title| title == "responder_name").unwrap();
    assert!(rows.records().all(|row| &row.unwrap()[at] == "orders"));
    assert!(analyzed(&capture, &named, "ndjson").contains("\"names\":{"));
}

#[test]
fn advice_and_check_take_one_path_of_a_file_by_its_name() {
    let paths = fixture("paths/by-destination.toml");
    let both = idlescope(&["path", "check", &paths, "--format", "json"]).run();
    let document: Value = serde_json::from_str(&both.out).unwrap();
    assert_eq!(document["routes"][0]["name"], "erp");
    assert_eq!(document["path"]["hops"][0]["name"], "firewall");
    let several = idlescope(&["advise", "--path", &paths]).run();
    assert_eq!(several.code, 2);
    assert!(several.err.contains("by-destination.toml#erp"), "{}", several.err);
    let one = idlescope(&["advise", "--path", &format!("{paths}#erp"), "--for", "linux"]).run();
    assert_eq!(one.code, 0, "{}", one.err);
    assert!(one.out.contains("net.ipv4.tcp_keepalive_time = 175"), "{}", one.out);
    let none = idlescope(&["advise", "--path", &format!("{paths}#shop")]).run();
    assert!(none.err.contains("no path 'shop'; it has 'erp'"), "{}", none.err);
}

#[test]
fn keepalive_can_be_stated_for_each_end() {
    let capture = fixture("captures/silent-drop-client.pcap");
    let words =
        ["analyze", &capture, "--hop", "fw=1h", "--keepalive", "responder=30m/75s/9", "--format", "json"];
    let report = idlescope(&words).run().report();
    let keepalive = &report["path"]["keepalive"];
    assert_eq!(keepalive["time_s"], 1800.0);
    assert_eq!(keepalive["by_end"]["initiator"]["time_s"], Value::Null);
    let wrong = idlescope(&["analyze", &capture, "--keepalive", "server=30m"]).run();
    assert_eq!(wrong.code, 2);
    let behind =
        ["path", "check", "--hop", "fw=1h", "--hop", "aws-alb,idle=50m", "--keepalive", "responder=10m"];
    let checked = idlescope(&behind).run();
    assert!(
        checked.out.replace('\n', " ").contains("the proxy 'aws-alb'   ends TCP")
            || checked.out.contains("ends TCP"),
        "{}",
        checked.out
    );
}
