//! What was recorded gives the report of the live run, and so does what tcpdump recorded meanwhile.

use crate::lab::{Beside, Service, may_capture, say_skipped, wait_for};
use serde_json::{Value, json};
use socket2::{SockRef, TcpKeepalive};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const PATH: [&str; 4] = ["--hop=box=2s", "--keepalive=1s/1s/5", "--flows=all", "--min-gap=1s"];

/// `idlescope analyze` of `capture`, as JSON.
fn analyzed(capture: &Path, filter: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_idlescope"))
        .arg("analyze")
        .arg(capture)
        .args(["--format=json", "--filter", filter])
        .args(PATH)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A report without what tells where its frames came from.
fn without_origin(mut report: Value) -> Value {
    for key in ["files", "interface"] {
        report["capture"][key] = Value::Null;
    }
    report
}

/// Where two documents differ, and how.
fn differences(here: &Value, there: &Value, at: &str, found: &mut Vec<String>) {
    match (here, there) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                differences(a, b, &format!("{at}/{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(a, b, &format!("{at}/{index}"), found);
            }
        }
        _ if here != there => found.push(format!("{at}: {here} and {there}")),
        _ => {}
    }
}

/// tcpdump on the same traffic, when it is installed and has begun.
fn tcpdump(filter: &str, file: &Path) -> Option<Beside> {
    let words = ["-i", "lo", "-s", "512", "-U", "--immediate-mode", "-Z", "root", "-w"];
    let child = Command::new("tcpdump").args(words).arg(file).arg(filter).stderr(Stdio::null()).spawn();
    match child {
        Ok(child) => {
            let beside = Beside(child);
            wait_for(file);
            Some(beside)
        }
        Err(_) => {
            say_skipped("comparison with tcpdump", "it is not installed");
            None
        }
    }
}

/// Five seconds in which one flow is cut and used again, one is left behind, one is saved by keepalive, and
/// one is never idle and speaks last.
fn converse(service: &Service) {
    let mut cut = service.connect();
    let left_behind = service.connect();
    let saved = service.connect();
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(1))
        .with_interval(Duration::from_secs(1))
        .with_retries(5);
    SockRef::from(&saved.client).set_tcp_keepalive(&keepalive).unwrap();
    let mut busy = service.connect();
    for tenth in 0..50 {
        std::thread::sleep(Duration::from_millis(100));
        if tenth == 32 {
            cut.speak();
        }
        if tenth % 5 == 4 {
            busy.speak();
        }
    }
    busy.speak();
    // Those that are open stay so beyond the end of the capture: nobody says goodbye.
    let open = [cut, left_behind, saved, busy];
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(30));
        drop(open);
    });
}

#[test]
fn a_recording_gives_the_report_of_the_live_run_and_of_tcpdump() {
    if !may_capture("a_recording_gives_the_report_of_the_live_run_and_of_tcpdump") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let service = Service::start();
    let filter = format!("tcp port {}", service.port);
    let mut live = Beside(
        Command::new(env!("CARGO_BIN_EXE_idlescope"))
            .args(["live", "-i", "lo", "--duration=6s", "--format=json", "--filter", &filter])
            .args(PATH)
            .arg("--write")
            .arg(file("rec.pcapng"))
            .arg("-o")
            .arg(format!("json={}", file("live.json").display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let tcpdump = tcpdump(&filter, &file("tcpdump.pcap"));
    // The file appears when the interface is open and frames are kept for it.
    wait_for(&file("rec.pcapng"));
    converse(&service);
    assert!(live.code_within(Duration::from_secs(10)) < 2);
    let live: Value = serde_json::from_slice(&std::fs::read(file("live.json")).unwrap()).unwrap();

    assert_eq!(live["complete"], true, "{live:#}");
    assert_eq!(live["capture"]["interface"], "lo");
    let verdicts = json!({ "box": { "survives": 1, "cut": 2, "saved-by-keepalive": 1, "unknown": 0 } });
    assert_eq!(live["totals"]["verdicts"], verdicts, "{live:#}");

    let recorded = analyzed(&file("rec.pcapng"), &filter);
    assert_eq!(recorded["capture"]["files"][0]["complete"], true);
    let mut found = Vec::new();
    differences(&without_origin(live), &without_origin(recorded), "", &mut found);
    assert!(found.is_empty(), "live and recorded differ: {found:#?}");

    if let Some(mut tcpdump) = tcpdump {
        tcpdump.signal("INT");
        tcpdump.code_within(Duration::from_secs(5));
        assert_eq!(analyzed(&file("tcpdump.pcap"), &filter)["totals"]["verdicts"], verdicts);
    }
}
