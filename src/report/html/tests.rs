//! What the page holds, without a browser; `tests/html` opens it in one.

use super::*;
use crate::report::{Finding, Scope, samples};

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const HOSTILE: &str = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}";

#[test]
fn names_from_captures_are_text_wherever_they_stand() {
    let mut report = samples::cut_behind_three_hops();
    let clean = page(&report);
    report.capture.files[0].name = HOSTILE.to_owned();
    report.capture.files[0].comments = vec![HOSTILE.to_owned()];
    report.capture.interface = Some(HOSTILE.to_owned());
    report.capture.filter = Some(HOSTILE.to_owned());
    report.capture.cannot_see = vec![HOSTILE.to_owned()];
    report.path.hops[0].name = HOSTILE.to_owned();
    report.path.notes = vec![HOSTILE.to_owned()];
    report.services[0].network = Some(HOSTILE.to_owned());
    for flow in &mut report.flows {
        flow.initiator = HOSTILE.to_owned();
        flow.verdicts[0].hop = HOSTILE.to_owned();
        flow.verdicts[0].why = Some(HOSTILE.to_owned());
    }
    for finding in &mut report.findings {
        finding.rule = HOSTILE.to_owned();
        finding.summary = HOSTILE.to_owned();
        finding.advice = Some(HOSTILE.to_owned());
        finding.display_filter = Some(HOSTILE.to_owned());
    }
    let page = page(&report);
    let tags = |page: &str, tag: &str| page.matches(tag).count();
    assert_eq!(tags(&page, "<script"), tags(&clean, "<script"));
    assert_eq!((tags(&page, "<img"), tags(&page, "\u{202e}")), (0, 0));
    assert!(page.contains("&#60;img src=x onerror=alert(1)&#62;\\u{202e}"));
}

#[test]
fn nothing_outside_the_page_is_named() {
    for (name, report) in samples::all() {
        let page = page(&report);
        for outside in ["http://", "https://", "url(", "@import", " src=", "<link", "<base", "style=\""] {
            assert!(!page.contains(outside), "{name}: {outside}");
        }
    }
}

#[test]
fn the_page_says_what_the_headline_says() {
    for (name, report) in samples::all() {
        let headline = headline::of(&report).sentence;
        let (shout, _) = headline.split_once(": ").unwrap();
        assert!(page(&report).contains(&format!("<span class=\"shout\">{shout}</span>")), "{name}");
    }
}

#[test]
fn a_page_of_many_flows_stays_small_and_says_what_is_left_out() {
    let mut report = samples::cut_behind_three_hops();
    let (flow, finding) = (report.flows[0].clone(), report.findings[1].clone());
    let service = report.services[0].clone();
    report.findings.retain(|finding| finding.scope != Scope::Flow);
    report.flows.clear();
    for id in 0..10_000 {
        let mut flow = flow.clone();
        flow.id = id;
        flow.findings = vec![report.findings.len()];
        report.flows.push(flow);
        report.findings.push(Finding { flow: Some(id), ..finding.clone() });
    }
    report.services = vec![service; 10_000];
    report.flows_total = 850_000;
    report.services_total = 850_000;
    report.findings_total = 850_000;
    report.totals.findings.insert("predicted-cut".to_owned(), 850_000);
    report.totals.flows_by_severity.error = 850_000;
    let page = page(&report);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("The worst 300 of 850,000 are listed. All, by rule:"));
    assert!(page.contains("849,996 more are not."), "flows drawn");
    assert!(page.contains("… and 849,900 more services."));
}
