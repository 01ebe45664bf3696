//! What the page holds, without a browser; `tests/html` opens it in one.

use super::*;
use crate::report::{
    ChainLink, CurvePoint, Entries, Finding, InferredTimeout, Recommendation, RecommendedTimeout,
    RefreshWord, Scope, Seconds, Share, SurvivalPlot, TimeoutRow, Tuning, TuningBasis, samples,
};
use crate::time::Span;

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const HOSTILE: &str = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}";

#[test]
fn names_from_captures_are_text_wherever_they_stand() {
    let mut report = samples::both_sides();
    let clean = page(&report);
    for side in report.sides.as_mut().unwrap().others.iter_mut() {
        side.name = HOSTILE.to_owned();
        side.findings[0].rule = HOSTILE.to_owned();
        side.findings[0].summary = HOSTILE.to_owned();
    }
    for between in report.sides.as_mut().unwrap().between.iter_mut() {
        between.names = [HOSTILE.to_owned(), HOSTILE.to_owned()];
        let crossing = &mut between.crossings[0];
        crossing.ends[0] = Some([HOSTILE.to_owned(), HOSTILE.to_owned()]);
        crossing.last_crossed[0].towards = HOSTILE.to_owned();
        crossing.conclusions[0].side = HOSTILE.to_owned();
        crossing.conclusions[0].summary = HOSTILE.to_owned();
    }
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
        finding.step = Some(HOSTILE.to_owned());
        finding.display_filter = Some(HOSTILE.to_owned());
    }
    let page = page(&report);
    let tags = |page: &str, tag: &str| page.matches(tag).count();
    assert_eq!(tags(&page, "<script"), tags(&clean, "<script"));
    assert_eq!((tags(&page, "<img"), tags(&page, "\u{202e}")), (0, 0));
    assert!(page.contains("&#60;img src=x onerror=alert(1)&#62;\\u{202e}"));
}

#[test]
fn limits_seen_say_what_they_mean() {
    let mut report = samples::nothing_idle();
    report.inferred_timeouts = vec![InferredTimeout {
        meaning: "silences of <5s> did no harm".to_owned(),
        survived_frames: vec![12, 40],
        display_filter: "frame.number in {12, 40}".to_owned(),
        ..InferredTimeout::default()
    }];
    let page = page(&report);
    for part in
        ["Silences of &#60;5s&#62; did no harm.", "survived: frames 12 and 40 (frame.number in {12, 40})"]
    {
        assert!(page.contains(part), "{part}");
    }
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
fn what_crossed_stands_in_a_table_with_proof_for_each_side() {
    let page = page(&samples::both_sides());
    for part in [
        "<a href=\"#sides\">Both sides</a>",
        "Between inside and outside",
        "7200.000120 s behind that of inside",
        "<table id=\"crossings-0\"",
        "certain: 3 packets from frame 1054 on",
        "likely: the RST in frame 1060",
        "1054, 1055, 1057 of inside",
        "Findings of outside by itself",
        "The rest of this page is the report of inside by itself.",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!super::tests::page(&samples::survey()).contains("id=\"sides\""));
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

/// What `tune` could say of flows that idle for a minute to two hours behind three hops.
fn tuned() -> Report {
    let mut report = samples::cut_behind_three_hops();
    let secs = |seconds: u64| Seconds(Span::from_secs(seconds));
    let point = |age: u64, survival: f64| CurvePoint {
        age_s: secs(age),
        survival,
        low: (survival - 0.1).max(0.0),
        high: (survival + 0.1).min(1.0),
        at_risk: 40,
    };
    let timeout = |length: u64, cut: u64| TimeoutRow {
        timeout_s: secs(length),
        refresh: RefreshWord::Any,
        hops: if length == 2400 { vec!["lb".to_owned()] } else { Vec::new() },
        presets: Vec::new(),
        recommended: length == 7800,
        within_reach: true,
        gaps_cut: cut,
        flows_cut: cut,
        flows_used_again: cut,
        flows_saved_by_keepalive: 0,
        flows_unknown: 0,
        used_again: Share { count: cut, of: 9, share: Some(cut as f64 / 9.0), low: 0.0, high: 0.5 },
        entries: Entries { mean: 4.5, peak: 9.0, ..Entries::default() },
    };
    report.tuning = Some(Tuning {
        verdict: "SET THE IDLE TIMEOUT TO 2h 10m: it keeps all 9 flows that were used again.".to_owned(),
        basis: TuningBasis {
            span_s: Some(secs(9000)),
            flows: Some(12),
            idle_from_s: secs(15),
            tells_up_to_s: secs(8000),
            keep: 0.999,
            bin_s: secs(10),
            confidence: 0.95,
            merged: Vec::new(),
        },
        recommendation: Recommendation {
            timeout: Some(RecommendedTimeout {
                timeout_s: secs(7800),
                reason: "no reused flow was silent for longer.".to_owned(),
                price: "5 entries more".to_owned(),
                firm: false,
            }),
            chain: vec![ChainLink {
                hop: HOSTILE.to_owned(),
                from_s: Some(secs(2400)),
                to_s: Some(secs(7800)),
                reason: "the flows behind it".to_owned(),
            }],
            ..Recommendation::default()
        },
        timeouts: vec![timeout(60, 9), timeout(2400, 6), timeout(7800, 0)],
        curves: vec![SurvivalPlot {
            basis: "any".to_owned(),
            followed: 67,
            firm_until_s: Some(secs(3300)),
            limits: "the curve ends where the longest silence does".to_owned(),
            points: vec![point(61, 0.7), point(400, 0.4), point(2700, 0.2), point(7380, 0.0)],
        }],
        cannot_tell: vec!["Nothing can be said above 2h 13m.".to_owned()],
        ..Tuning::default()
    });
    report
}

#[test]
fn what_to_set_comes_first_with_its_price() {
    let page = page(&tuned());
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(place("SET THE IDLE TIMEOUT TO 2h 10m</span>") < place("Price:</strong> 5 entries more."));
    assert!(place("Price:") < place("id=\"survival\""));
    assert!(page.contains("<tr class=\"marked\"><td class=\"number\" data-key=\"7800\">2h 10m</td>"));
    assert!(
        page.contains("Nothing can be said above 2h 13m.") && !page.contains("..<"),
        "each sentence ends once"
    );
    assert!(!page.contains("<img"), "names of hops are text here too");
}

#[test]
fn the_curve_has_its_band_and_a_line_for_each_timeout() {
    let report = tuned();
    let [chart] = survival::charts(&report, report.tuning.as_ref().unwrap()).try_into().ok().unwrap();
    for drawing in &chart.drawings {
        let labels: Vec<&str> = drawing.limits.iter().map(|limit| limit.label.as_str()).collect();
        assert_eq!(labels, ["lb 40m", "mdm 50m", "firewall 1h", "set 2h 10m"]);
        assert_eq!(drawing.curve.matches('V').count(), 5, "the start and each step: {}", drawing.curve);
        assert!(drawing.band.ends_with('Z') && drawing.beyond.is_some());
    }
    assert!(chart.table.rows.iter().any(|row| row[0].text == "40m" && row[1].text == "40 %"));
}
