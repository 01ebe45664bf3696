//! `idlescope explain`: one flow around its break.

use crate::command::{fixture, idlescope};
use serde_json::Value;

fn capture() -> String {
    fixture("captures/reset-on-next-client.pcap")
}

/// The first flow that failed.
fn failed() -> u64 {
    let report = idlescope(&["analyze", &capture(), "--format", "json"]).run().report();
    let flows = report["flows"].as_array().unwrap();
    flows.iter().find(|flow| !flow["failed"].is_null()).unwrap()["id"].as_u64().unwrap()
}

#[test]
fn the_timeline_of_a_broken_flow_is_as_last_agreed() {
    let outcome = idlescope(&["explain", &capture(), "--flow", &failed().to_string()]).run();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    insta::assert_snapshot!("explained", outcome.out);
}

#[test]
fn the_document_satisfies_its_schema_and_its_events_are_in_order_of_time() {
    let flow = failed().to_string();
    let out = idlescope(&["explain", &capture(), "--flow", &flow, "--format", "json"]).run().out;
    let document: Value = serde_json::from_str(&out).unwrap();
    let schema: Value = serde_json::from_str(&idlescope(&["schema", "explain"]).run().out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    let times: Vec<f64> = document["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["since_idle_s"].as_f64().unwrap())
        .collect();
    assert!(times.is_sorted() && times.len() >= 4, "{times:?}");
    let broke = document["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["what"].as_str().unwrap().starts_with("BREAK"));
    assert_eq!(broke.count(), 1);
    assert!(!document["flow"]["explanations"].as_array().unwrap().is_empty());
}

#[test]
fn flows_between_two_ends_are_explained_one_after_the_other() {
    let report = idlescope(&["analyze", &capture(), "--flows", "all", "--format", "json"]).run().report();
    let flow = &report["flows"][0];
    let host = |end: &str| flow[end].as_str().unwrap().rsplit_once(':').unwrap().0.to_owned();
    let pair = format!("{},{}", host("initiator"), host("responder"));
    let outcome = idlescope(&["explain", &capture(), "--between", &pair]).run();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.out.matches("What happened").count() > 1, "{}", outcome.out);
}

#[test]
fn a_page_tells_of_that_flow_only() {
    let flow = failed();
    let page = idlescope(&["explain", &capture(), "--flow", &flow.to_string(), "--format", "html"]).run().out;
    assert!(page.contains(&format!("flow {flow}")), "{page:.200}");
    let report = idlescope(&["analyze", &capture(), "--format", "json"]).run().report();
    let others = report["flows"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["id"].as_u64())
        .filter(|id| *id != flow);
    for other in others {
        assert!(!page.contains(&format!(">flow {other}<")), "{other}");
    }
}

#[test]
fn a_page_of_several_flows_has_them_all_and_a_flow_named_twice_is_told_once() {
    let report = idlescope(&["analyze", &capture(), "--format", "json"]).run().report();
    let ids: Vec<String> = report["flows"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|flow| Some(flow["id"].as_u64()?.to_string()))
        .collect();
    let [first, second, ..] = &ids[..] else { panic!("{ids:?}") };
    let words = |format: &str| {
        let words =
            ["explain", &capture(), "--flow", first, "--flow", second, "--flow", first, "--format", format];
        idlescope(&words).run().out
    };
    let page = words("html");
    for id in [first, second] {
        assert!(page.contains(&format!("flow {id}")), "{id}");
    }
    assert_eq!(words("text").matches("What happened").count(), 2);
}

#[test]
fn a_flow_that_ended_well_leaves_nothing_to_settle() {
    let report = idlescope(&["analyze", &capture(), "--flows", "all", "--format", "json"]).run().report();
    let flows = report["flows"].as_array().unwrap();
    let of = |is_wanted: fn(&&Value) -> bool| {
        let id = flows.iter().find(is_wanted).unwrap()["id"].to_string();
        idlescope(&["explain", &capture(), "--flow", &id]).run().out
    };
    let well = of(|flow| flow["closed_by"] == "fin" && flow["explanations"].as_array().unwrap().is_empty());
    assert!(!well.contains("What would settle it"), "{well}");
    let broken = of(|flow| !flow["failed"].is_null());
    assert!(broken.contains("What would settle it"), "{broken}");
}

#[test]
fn what_cannot_be_explained_is_named() {
    for (words, says) in [
        (&["--flow", "99999"][..], "there is no such flow; the capture has those from 0 to"),
        (&["--between", "192.0.2.1,192.0.2.2"], "no flow of the capture has these two ends"),
        (&[], "--flow"),
    ] {
        let outcome = idlescope(&[&["explain", &capture()], words].concat()).run();
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains(says), "{words:?}: {}", outcome.err);
    }
}
