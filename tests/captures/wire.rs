//! What lives of connections and their ends look like on the wire, as the report tells it.

use crate::run;
use idlescope::findings::{Listing, Terms};
use idlescope::report::{Report, headline};

fn story(name: &str, hops: &[&str]) -> Report {
    let terms = Terms { listing: Listing::All, ..run::terms(hops, None) };
    run::report(&[run::in_package("fixtures/stories").join(name)], &terms, 2)
}

fn said<'a>(report: &'a Report, rule: &str) -> Vec<&'a str> {
    let of_rule = report.findings.iter().filter(|finding| finding.rule == rule);
    of_rule.map(|finding| finding.summary.as_str()).collect()
}

#[test]
fn a_rst_that_refuses_no_syn_shows_a_box_by_each_of_its_signs() {
    let report = story("strays.pcap", &[]);
    let [said] = said(&report, "middlebox-reset")[..] else { panic!("{:?}", report.findings) };
    for sign in ["does not acknowledge the SYN", "is that of the SYN itself", "its TTL is 46"] {
        assert!(said.contains(sign), "{said}");
    }
}

#[test]
fn what_a_box_would_have_lost_was_a_goodbye() {
    let report = story("goodbyes.pcap", &["fw=200s"]);
    let lost = said(&report, "predicted-expiry");
    assert_eq!(lost.len(), 6);
    assert!(
        lost.iter().all(|said| said.contains("that was a goodbye, and all that is lost (24 bytes")),
        "{lost:#?}"
    );
    let [used] = said(&report, "predicted-cut")[..] else { panic!("{:?}", report.findings) };
    assert!(!used.contains("goodbye"), "{used}");
}

#[test]
fn a_goodbye_that_nobody_is_seen_to_get_may_be_a_request() {
    for hops in [&[][..], &["fw=200s"]] {
        let report = story("goodbye-or-request.pcap", hops);
        let rule = if hops.is_empty() { "observed-silent-drop" } else { "predicted-cut" };
        let [said] = said(&report, rule)[..] else { panic!("{:?}", report.findings) };
        assert!(said.contains("that was a goodbye, or a request that was lost (24 bytes"), "{said}");
    }
}

#[test]
fn flows_that_were_closed_are_not_called_open() {
    for name in ["goodbyes.pcap", "isa-left-behind.pcap", "half-closed.pcap"] {
        let report = story(name, &[]);
        let sentence = headline::of(&report).sentence;
        assert!(!sentence.contains(" open"), "{name}: {sentence}");
    }
}
