//! Machine output against its schema.

use crate::command::{fixture, idlescope};

fn schema() -> serde_json::Value {
    serde_json::from_str(&idlescope(&["schema"]).run().out).unwrap()
}

#[test]
fn the_report_of_every_capture_is_valid_against_the_published_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(fixture("captures")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension == "toml" || extension == "json") {
            continue;
        }
        let path = path.into_os_string().into_string().unwrap();
        for terms in [&["--hop=ms-isa-nat", "--hop=lb=2s", "--keepalive=linux"][..], &[]] {
            let mut words = vec!["analyze", &path, "--format=json", "--flows=all", "--min-gap=1s"];
            words.extend(terms);
            let report = idlescope(&words).run().report();
            let errors: Vec<String> = validator
                .iter_errors(&report)
                .map(|error| format!("{error} at {}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{path}: {errors:?}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut report = idlescope(&["analyze", &fixture("captures/stale.pcap"), "--format=json"]).run().report();
    assert!(validator.is_valid(&report));
    report["complete"] = "yes".into();
    assert!(!validator.is_valid(&report));
}

#[test]
fn every_line_of_ndjson_is_an_object_with_its_type() {
    let outcome =
        idlescope(&["analyze", &fixture("captures/stale.pcap"), "--hop=fw=2s", "--format=ndjson"]).run();
    let types: Vec<String> = outcome
        .out
        .lines()
        .map(|line| {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            object["type"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(types.first().map(String::as_str), Some("capture"));
    assert_eq!(types.last().map(String::as_str), Some("totals"));
}

#[test]
fn every_line_of_every_command_that_writes_lines_follows_the_schema_of_lines() {
    let schema = idlescope(&["schema", "lines"]).run().report();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let capture = |name: &str| fixture(&format!("captures/{name}"));
    let client = format!("client={}", capture("silent-drop-client.pcap"));
    let server = format!("server={}", capture("silent-drop-server.pcap"));
    for words in [
        &["analyze", &capture("stale.pcap"), "--hop=fw=2s", "--flows=all"][..],
        &["analyze", &capture("slots.pcap")],
        &["tune", &capture("keepalive-answered.pcap"), "--hop=fw=2s"],
        &["analyze", "--side", &client, "--side", &server],
    ] {
        let lines = idlescope(&[words, &["--format=ndjson"]].concat()).run().out;
        assert!(lines.lines().count() > 3, "{words:?}");
        for line in lines.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let errors: Vec<String> = validator.iter_errors(&line).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{words:?}: {line}: {errors:?}");
        }
    }
}

#[test]
fn listing_options_bound_the_list_and_keep_the_totals() {
    let with = |more: &[&str]| {
        let capture = fixture("captures/stale.pcap");
        let mut words = vec!["analyze", &capture, "--hop=fw=2s", "--format=json"];
        words.extend(more);
        idlescope(&words).run().report()
    };
    let (all, none, two) =
        (with(&["--flows=all"]), with(&["--flows=none"]), with(&["--flows=all", "--max-flows-listed=2"]));
    let listed = |report: &serde_json::Value| report["flows"].as_array().unwrap().len() as u64;
    assert_eq!(Some(listed(&all)), all["totals"]["flows"].as_u64());
    assert_eq!((listed(&none), listed(&two)), (0, 2));
    assert_eq!(all["totals"], none["totals"]);
    assert_eq!(two["flows_total"], all["flows_total"]);
}

#[test]
fn min_gap_decides_which_gaps_are_listed() {
    let gaps = |min_gap: &str| -> Vec<f64> {
        let capture = fixture("captures/keepalive-answered.pcap");
        let words = ["analyze", &capture, "--hop=fw=1h", "--format=json", "--flows=all", min_gap];
        let report = idlescope(&words).run().report();
        let flows = report["flows"].as_array().unwrap();
        let gaps = flows.iter().flat_map(|flow| flow["gaps"].as_array().unwrap());
        gaps.map(|gap| gap["length_s"].as_f64().unwrap()).collect()
    };
    let (long, short) = (gaps("--min-gap=10s"), gaps("--min-gap=2s"));
    assert!(long.iter().all(|gap| *gap >= 10.0) && short.iter().all(|gap| *gap >= 2.0), "{long:?} {short:?}");
    assert!(short.len() > long.len() && !long.is_empty());
}
