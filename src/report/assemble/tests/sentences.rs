//! What captures cannot show, as told.

use super::*;

fn said(run: &Run) -> Vec<String> {
    run.report().capture.cannot_see
}

fn said_of(name: &str) -> Vec<String> {
    said(&Run::of([fixture(name)]).behind(HOPS))
}

fn has(said: &[String], part: &str) -> bool {
    said.iter().any(|sentence| sentence.contains(part))
}

#[test]
fn a_damaged_file_says_up_to_which_byte_it_was_read() {
    let name = "keepalive-answered-cut-mid-frame.pcap";
    let report = Run::of([fixture(name)]).behind(HOPS).report();
    assert!(!report.complete);
    let damage = report.capture.files[0].damage.as_ref().unwrap();
    let byte = damage.at_byte.unwrap();
    assert!(has(&report.capture.cannot_see, &format!("was read up to byte {byte}: what follows is missing")));
    assert!(!has(&said_of("keepalive-answered.pcap"), "was read up to byte"));
}

#[test]
fn a_file_that_cannot_be_opened_is_told_beside_the_others() {
    let report = Run::of([fixture("stale.pcap"), fixture("missing.pcap")]).behind(HOPS).report();
    assert!(!report.complete);
    assert_eq!(report.capture.files[1].damage.as_ref().unwrap().at_byte, None);
    assert!(has(&report.capture.cannot_see, "missing.pcap could not be opened"));
    assert!(report.totals.flows > 0);
}

#[test]
fn limits_that_the_capture_is_too_short_for_are_named() {
    let run = Run::of([fixture("stale.pcap")]).behind(&["firewall=1h", "lb=6s"]);
    assert!(has(&said(&run), "firewall's 1h cannot run out within it"));
    assert!(!has(&said(&run), "lb's"));
    assert!(has(&said(&Run::of([fixture("stale.pcap")])), "limits above that are not tested"));
}

#[test]
fn flows_older_than_the_capture_and_one_way_flows_are_counted() {
    assert!(has(&said_of("midstream-keepalive.pcap"), "older than the capture"));
    assert!(!has(&said_of("stale.pcap"), "older than the capture"));
    assert!(has(&said_of("one-way-prober.pcap"), "one direction only"));
    assert!(!has(&said_of("stale.pcap"), "one direction only"));
    assert!(has(&said_of("stale.pcap"), "7 flows were open when the capture ended"));
}

#[test]
fn copies_and_filters_are_told() {
    assert!(has(&said_of("any-interface.pcap"), "left out, because the capture saw them more than once"));
    let filtered = Run { filter: Some("tcp port 17000"), ..Run::of([fixture("stale.pcap")]) };
    assert!(has(&said(&filtered), "that the filter lets through"));
    assert!(!has(&said_of("stale.pcap"), "filter"));
}

#[test]
fn every_sentence_is_one() {
    for run in runs() {
        for sentence in said(&run) {
            assert!(sentence.ends_with('.') && !sentence.contains("  "), "{sentence}");
            assert!(sentence.chars().next().is_some_and(|c| !c.is_lowercase() || sentence.contains(".pcap")));
        }
    }
}
