//! Expiries are told when they happen, by time alone; signals end the run with its report.

use crate::lab::{Beside, Service, may_capture, wait_for};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The hop's limit.
const LIMIT: Duration = Duration::from_secs(2);

/// How long after the limit an expiry may be told: a look each half second, and a busy machine.
const GRACE: Duration = Duration::from_secs(3);

fn live(service: &Service, record: &Path, format: &str) -> Beside {
    let child = Command::new(env!("CARGO_BIN_EXE_idlescope"))
        .args(["live", "-i", "lo", "--duration=60s", "--hop=box=2s", "--fail-on=warning", "--format", format])
        .args(["--filter", &format!("tcp port {}", service.port)])
        .arg("--write")
        .arg(record)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let beside = Beside(child);
    wait_for(record);
    beside
}

/// Lines as they come.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            if send.send(line.unwrap()).is_err() {
                break;
            }
        }
    });
    receive
}

#[test]
fn an_expiry_is_told_by_time_alone_and_ctrl_c_ends_with_the_report() {
    if !may_capture("an_expiry_is_told_by_time_alone_and_ctrl_c_ends_with_the_report") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let service = Service::start();
    let mut live = live(&service, &directory.path().join("rec.pcapng"), "text");
    let told = lines(live.0.stderr.take().unwrap());
    let page = lines(live.0.stdout.take().unwrap());

    let connection = service.connect();
    let silent_since = Instant::now();
    let line = told.recv_timeout(LIMIT + GRACE).expect("no packet comes, but time goes on");
    assert!(silent_since.elapsed() >= LIMIT, "told after {:?}: {line}", silent_since.elapsed());
    let client = connection.client.local_addr().unwrap();
    assert!(line.contains("predicted-expiry") && line.contains(&client.to_string()), "{line}");
    assert!(told.recv_timeout(Duration::from_millis(1500)).is_err(), "an expiry is told once");
    assert!(page.try_recv().is_err(), "standard output is for the report");

    live.signal("INT");
    assert_eq!(live.code_within(Duration::from_secs(5)), 1, "a socket left behind is a warning");
    let page: Vec<String> = page.iter().collect();
    assert!(page.iter().any(|line| line.contains("predicted-expiry")), "{page:#?}");
}

#[test]
fn programs_read_expiries_as_lines_of_json_and_sigterm_ends_with_the_report() {
    if !may_capture("programs_read_expiries_as_lines_of_json_and_sigterm_ends_with_the_report") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let service = Service::start();
    let mut live = live(&service, &directory.path().join("rec.pcapng"), "ndjson");
    let lines = lines(live.0.stdout.take().unwrap());

    let _connection = service.connect();
    let line = lines.recv_timeout(LIMIT + GRACE).expect("an announcement");
    let object: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(object["type"], "announcement");
    assert_eq!(object["rule"], "predicted-expiry");
    assert_eq!(object["hop"], "box");
    assert_eq!(object["responder"], format!("127.0.0.1:{}", service.port));

    live.signal("TERM");
    assert_eq!(live.code_within(Duration::from_secs(5)), 1);
    let types: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str::<Value>(&line).unwrap()["type"].clone()).collect();
    assert_eq!(types.first(), Some(&Value::from("capture")), "the report follows");
    assert_eq!(types.last(), Some(&Value::from("totals")));
    let mut said = String::new();
    live.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

#[test]
fn a_reader_that_leaves_ends_the_run() {
    if !may_capture("a_reader_that_leaves_ends_the_run") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let service = Service::start();
    let mut live = live(&service, &directory.path().join("rec.pcapng"), "ndjson");
    drop(live.0.stdout.take());
    let _connection = service.connect();
    assert_eq!(live.code_within(LIMIT + GRACE), 1, "the code is that of the analysis");
    let mut said = String::new();
    live.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "", "that is no failure");
}
