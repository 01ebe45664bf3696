use super::*;
use crate::report::{FlowsBySeverity, Format, Moment, PathHop, Seconds, samples};
use crate::time::{Span, Timestamp};
use proptest::prelude::*;

fn page(report: &Report, layout: Layout) -> String {
    let mut out = Vec::new();
    write(report, layout, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[test]
fn typical_reports_read_well() {
    for (name, report) in samples::all() {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("text_{name}"), page(&report, Layout::default()));
        });
    }
}

#[test]
fn a_narrow_terminal_still_reads_well() {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        let layout = Layout { width: 80, ..Layout::default() };
        insta::assert_snapshot!("text_80_columns", page(&samples::cut_behind_three_hops(), layout));
    });
}

#[test]
fn the_verdict_comes_first_and_incompleteness_at_once() {
    for (name, report) in samples::all() {
        let text = page(&report, Layout::default());
        let sentence = headline::of(&report).sentence;
        let head = text.split_once("\n\n").unwrap().0.replace('\n', " ");
        assert!(head.starts_with(&sentence), "{name}: {head}");
        assert_eq!(head.contains("INCOMPLETE"), !report.complete, "{name}");
    }
}

#[test]
fn lines_fit_the_page_except_those_to_copy() {
    for width in [80, 100, 132] {
        for (name, report) in samples::all() {
            for line in page(&report, Layout { width, ..Layout::default() }).lines() {
                let fits = textwrap::core::display_width(line) <= usize::from(width);
                assert!(fits || line.trim_start().starts_with("Filter"), "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn colour_changes_no_word() {
    for (name, report) in samples::all() {
        let plain = page(&report, Layout::default());
        let coloured = page(&report, Layout { colour: Colour::Always, ..Layout::default() });
        assert_ne!(plain, coloured, "{name}");
        assert_eq!(without_colour(&coloured), plain, "{name}");
    }
}

/// Puts `text` into everything that comes from input.
fn poison(report: &mut Report, text: &str) {
    for file in &mut report.capture.files {
        file.name.push_str(text);
        file.comments.push(text.to_owned());
    }
    report.capture.filter = Some(text.to_owned());
    report.capture.cannot_see.push(text.to_owned());
    report.capture.skipped.insert(text.to_owned(), 1);
    for hop in &mut report.path.hops {
        hop.name.push_str(text);
        hop.preset = Some(text.to_owned());
    }
    for service in &mut report.services {
        service.responder.push_str(text);
        service.network = Some(text.to_owned());
    }
    for finding in &mut report.findings {
        finding.rule.push_str(text);
        finding.summary.push_str(text);
        finding.step = Some(text.to_owned());
        finding.display_filter = Some(text.to_owned());
        finding.initiator = Some(text.to_owned());
        finding.client = Some(text.to_owned());
    }
    for flow in &mut report.flows {
        flow.network = Some(text.to_owned());
        flow.keepalive.initiator.probes = 1;
        flow.keepalive.initiator.matches = vec![text.to_owned()];
    }
    for row in &mut report.survey {
        row.boxes.push(text.to_owned());
    }
}

#[test]
fn nothing_from_input_reaches_the_terminal_as_a_command() {
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\n\u{9b}31m\u{202e}evil";
    for (name, mut report) in samples::all() {
        poison(&mut report, hostile);
        for colour in [Colour::Never, Colour::Always] {
            let text = page(&report, Layout { colour, ..Layout::default() });
            let plain = if colour == Colour::Always { without_colour(&text) } else { text };
            let bad = plain.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
            assert_eq!(bad, None, "{name}");
            assert!(plain.contains("\\u{1b}]0;owned"), "{name}");
        }
    }
}

#[test]
fn what_is_not_shown_is_counted_exactly() {
    let mut report = samples::cut_behind_three_hops();
    report.totals.flows_by_severity.error = 50;
    let text = page(&report, Layout::default());
    assert!(text.contains("50 flows with findings") && text.contains("… and 47 more flows with"), "{text}");
    let text = page(&report, Layout { flows_alike: 1, ..Layout::default() });
    assert!(text.contains("… and 1 more flow with the same findings"), "{text}");
    let text = page(&report, Layout { flows_in_full: 0, ..Layout::default() });
    assert!(text.contains("… and 50 more flows with findings"), "{text}");
    report.services_total = 9;
    let text = page(&report, Layout { services: 1, ..Layout::default() });
    assert!(text.contains("… and 8 more services"), "{text}");
}

#[test]
fn findings_are_shown_even_when_no_flow_is_listed() {
    let mut report = samples::cut_behind_three_hops();
    report.flows.clear();
    let text = page(&report, Layout::default());
    assert!(text.contains("flow 4  10.1.2.3:51004 -> 10.9.8.7:443"), "{text}");
    assert!(text.contains("frames 1004, 1054"), "{text}");
}

#[test]
fn a_long_path_fits_in_lines_of_one_column() {
    let mut report = samples::cut_behind_three_hops();
    let names = ["edge", "wan", "core"];
    let more: Vec<PathHop> =
        names.iter().map(|&name| PathHop { name: name.to_owned(), ..report.path.hops[0].clone() }).collect();
    report.path.hops.extend(more);
    let text = page(&report, Layout::default());
    assert!(text.contains("lb 40m: 3 cut, 7 ok"), "{text}");
}

#[test]
fn a_live_finding_says_who_what_and_where() {
    let report = samples::cut_behind_three_hops();
    let finding = report.findings.iter().find(|finding| finding.rule == "predicted-cut").unwrap();
    let mut out = Vec::new();
    write_finding(finding, Layout::default(), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    ERROR predicted-cut: flow 4, 10.1.2.3:51004 -> 10.9.8.7:443: lb forgets the flow 40m into a silence
      of 2h 3m; then 10.1.2.3 sends data, which nobody answers.
      Proof    frames 1004, 1054; 2023-11-15 00:16:54 UTC
      Filter   tcp.stream eq 4 && frame.number in {1004, 1054}
    ");
}

/// Numbers of input are untrusted: a page of nonsense is better than none.
#[test]
fn the_largest_numbers_print() {
    for (name, mut report) in samples::all() {
        let longest = Seconds(Span::MAX);
        report.totals.findings.values_mut().for_each(|count| *count = u64::MAX);
        report
            .totals
            .findings
            .extend(["observed-reset", "observed-silent-drop"].map(|rule| (rule.to_owned(), u64::MAX)));
        report.totals.flows_by_severity =
            FlowsBySeverity { error: u64::MAX, warning: u64::MAX, notice: 1, info: 1 };
        report.totals.cuts.flows_used_again = u64::MAX;
        report.capture.skipped = (0..9).map(|reason| (reason.to_string(), u64::MAX)).collect();
        report.capture.span_s = longest;
        report.capture.recorded_s = longest;
        report.capture.first_at = Some(Moment(Timestamp::MIN));
        report.capture.last_at = Some(Moment(Timestamp::MAX));
        (report.services_total, report.flows_total) = (u64::MAX, u64::MAX);
        for row in &mut report.survey {
            (row.limit_s, row.used_again, row.unknown) = (longest, u64::MAX, u64::MAX);
        }
        for hop in &mut report.path.hops {
            hop.established_s = None;
        }
        let any = &mut report.histograms.any;
        (any.count, any.below_range, any.overflow) = (u64::MAX, Some(u64::MAX), u64::MAX);
        any.buckets.iter_mut().for_each(|bucket| bucket.count = u64::MAX);
        for format in Format::ALL {
            let mut out = Vec::new();
            crate::report::write(&report, format, Layout::default(), &mut out).unwrap();
            assert!(!out.is_empty(), "{name} as {format}");
        }
        let text = page(&report, Layout::default());
        assert!(text.lines().count() > 3, "{name}");
    }
}

proptest! {
    #[test]
    fn totals_of_the_text_are_those_of_the_json(
        fin in 0u64..1_000_000_000, rst in 0u64..5_000, open in 0u64..5_000, segments in 0u64..1_000_000_000,
        skipped in 0u64..1_000_000,
    ) {
        let mut report = samples::nothing_idle();
        report.totals.flows = fin + rst + open;
        report.totals.closed_fin = fin;
        report.totals.closed_rst = rst;
        report.totals.open_at_end = open;
        report.totals.opened_midstream = 0;
        report.capture.frames = segments + skipped;
        report.capture.tcp_segments = segments;
        report.capture.skipped = [("not-tcp".to_owned(), skipped)].into();
        let mut json = Vec::new();
        crate::report::json::write(&report, crate::report::json_text::Spacing::Compact, &mut json).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let text = page(&report, Layout::default());
        let numbers = |label: &str| -> Vec<u64> {
            let line = text.lines().find(|line| line.trim_start().starts_with(label)).unwrap().replace(',', "");
            line.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
        };
        let totals = &json["totals"];
        prop_assert_eq!(numbers("Flows  "), ["flows", "closed_fin", "closed_rst", "open_at_end"].map(|name| totals[name].as_u64().unwrap()).to_vec());
        let frames = numbers("Frames  ");
        prop_assert_eq!(frames[0], json["capture"]["frames"].as_u64().unwrap());
        prop_assert_eq!(frames[1], json["capture"]["tcp_segments"].as_u64().unwrap());
        if skipped > 0 {
            prop_assert_eq!(frames[2], json["capture"]["skipped"]["not-tcp"].as_u64().unwrap());
        }
    }
}
