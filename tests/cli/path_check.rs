//! `idlescope path check`.

use crate::command::{fixture, idlescope};

#[test]
fn a_good_chain_is_0_and_says_so() {
    let outcome = idlescope(&["path", "check", &fixture("paths/exchange.toml"), "--fail-on=warning"]).run();
    assert!(
        !outcome.out.contains("hop-order") && !outcome.out.contains("keepalive-above-hop"),
        "{}",
        outcome.out
    );
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{}", outcome.out);
    assert!(outcome.out.contains("No fault."), "{}", outcome.out);
}

#[test]
fn the_wrong_order_is_1_names_the_hops_and_proposes_a_chain_without_fault() {
    let outcome = idlescope(&["path", "check", &fixture("paths/exchange-reversed.toml")]).run();
    assert_eq!((outcome.code, outcome.err.as_str()), (1, ""));
    assert!(outcome.out.contains("warning hop-order: "), "{}", outcome.out);
    assert!(outcome.out.contains("'load-balancer'"), "{}", outcome.out);

    let (_, rest) = outcome.out.split_once("as a path file:\n").unwrap();
    let (file, options) = rest.split_once("As options:\n").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let corrected = directory.path().join("corrected.toml");
    std::fs::write(&corrected, file).unwrap();
    let again = idlescope(&["path", "check", corrected.to_str().unwrap()]).run();
    assert_eq!(again.code, 0, "{}", again.out);

    let words: Vec<&str> = options.split_whitespace().collect();
    let same = idlescope(&[&["path", "check"][..], &words].concat()).run();
    assert_eq!((same.code, same.out), (0, again.out));
}

#[test]
fn the_document_satisfies_its_schema_and_says_what_the_text_says() {
    let schema = idlescope(&["schema", "path"]).run().report();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let file = fixture("paths/exchange-reversed.toml");
    let json = idlescope(&["path", "check", &file, "--format", "json"]).run();
    assert_eq!((json.code, json.err.as_str()), (1, ""), "as of the text");
    let document = json.report();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");

    let text = idlescope(&["path", "check", &file]).run().out;
    let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let faults = document["faults"].as_array().unwrap();
    assert_eq!(faults.iter().filter(|fault| fault["rule"] == "hop-order").count(), 2);
    for fault in faults {
        let [severity, rule, summary] =
            ["severity", "rule", "summary"].map(|part| fault[part].as_str().unwrap());
        assert!(unwrapped.contains(&format!("{severity} {rule}: {summary}")), "{fault}\n{text}");
    }
    assert_eq!(faults[0]["hop"], "load-balancer");
    for part in ["file", "options"] {
        assert!(text.contains(document["corrected"][part].as_str().unwrap()), "{part}");
    }

    let good = idlescope(&["path", "check", &fixture("paths/exchange.toml"), "--format", "json"]).run();
    assert!(validator.is_valid(&good.report()));
    assert_eq!((good.code, &good.report()["corrected"]), (0, &serde_json::Value::Null));
}

#[test]
fn keepalive_above_a_hop_is_found_with_hops_as_options() {
    let words = ["path", "check", "--hop", "fw=30m", "--keepalive", "linux"];
    let outcome = idlescope(&words).run();
    assert_eq!(outcome.code, 1);
    assert!(outcome.out.contains("keepalive-above-hop"), "{}", outcome.out);
    assert!(outcome.out.contains("--keepalive 15m/"), "{}", outcome.out);
}

#[test]
fn fail_on_decides_what_counts() {
    let with = |severity: &str| {
        idlescope(&["path", "check", "--hop", "a=1h", "--hop", "b=2h", "--fail-on", severity]).run().code
    };
    assert_eq!((with("notice"), with("warning"), with("error"), with("never")), (1, 1, 0, 0));
}

#[test]
fn keepalive_replaces_that_of_the_file() {
    let file = fixture("paths/exchange.toml");
    let outcome = idlescope(&["path", "check", &file, "--keepalive", "2h"]).run();
    assert_eq!(outcome.code, 1);
    assert!(outcome.out.contains("keepalive-above-hop"), "{}", outcome.out);
}

#[test]
fn a_path_is_needed_and_only_one() {
    let outcome = idlescope(&["path", "check"]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("name a path file, or the hops by --hop"), "{}", outcome.err);
    let outcome = idlescope(&["path", "check", &fixture("paths/exchange.toml"), "--hop", "fw=1h"]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("--hop"), "{}", outcome.err);
}
