//! The marks of the charts are those of the data, at their places.

use crate::browser::{Browser, WIDTHS};
use crate::page;
use serde_json::{Value, json};

/// The drawing that is shown at this width.
fn shown(width: u32) -> &'static str {
    if width < 760 { "narrow" } else { "wide" }
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn the_histogram_has_every_gap_on_the_right_side_of_the_limit() {
    let Some(browser) = Browser::start() else { return };
    let page = page::silent_drop();
    let any = &page.report["histograms"]["any"];
    let buckets = any["buckets"].as_array().unwrap();
    let past: u64 = buckets
        .iter()
        .filter(|bucket| bucket["from_s"].as_f64().unwrap() >= 6.0)
        .map(|bucket| bucket["count"].as_u64().unwrap())
        .sum();
    let all = any["count"].as_u64().unwrap() + any["below_range"].as_u64().unwrap();
    for width in WIDTHS {
        browser.open(&page.file, width, "light");
        let marks = browser.run(
            "const chart = document.querySelector(`#gaps .chart.${arguments[0]}`);
             const line = chart.querySelector('.limit line').getBoundingClientRect();
             const bars = Array.from(chart.querySelectorAll('.bar'), bar => {
                 const box = bar.querySelector('rect').getBoundingClientRect();
                 return [Number(bar.dataset.count), box.left - line.left, box.height];
             });
             return [chart.checkVisibility(), bars, chart.querySelector('.limit text').textContent];",
            json!(shown(width)),
        );
        assert_eq!((&marks[0], &marks[2]), (&json!(true), &json!("gateway 6s")));
        let bars: Vec<Vec<f64>> = marks[1].as_array().unwrap().iter().map(numbers).collect();
        assert_eq!(bars.iter().map(|bar| bar[0] as u64).sum::<u64>(), all);
        let behind = bars.iter().filter(|bar| bar[1] > -1.5).map(|bar| bar[0] as u64).sum::<u64>();
        assert_eq!(behind, past, "gaps of at least 6 s stand to the right of the line");
        assert!(bars.iter().all(|bar| bar[2] > 2.0), "one gap is seen too: {bars:?}");
    }
}

#[test]
fn the_timeline_has_every_cut_and_probe_at_its_time() {
    let Some(browser) = Browser::start() else { return };
    let page = page::silent_drop();
    browser.open(&page.file, WIDTHS[1], "light");
    let lanes = browser.value(
        "Array.from(document.querySelectorAll('#timeline .chart.wide .lane'), lane => ({
             flow: Number(lane.dataset.flow),
             cuts: Array.from(lane.querySelectorAll('.mark.cut path'), path => {
                 const box = path.getBoundingClientRect();
                 return box.left + box.width / 2;
             }),
             probes: lane.querySelectorAll('.mark.probe').length,
             silences: lane.querySelectorAll('.silence').length,
             open: lane.querySelectorAll('.silence.open').length,
             resets: lane.querySelectorAll('.mark.reset').length,
             broken: lane.querySelectorAll('.mark.failed').length,
             from: lane.querySelector('.busy').getBoundingClientRect().left,
         }))",
    );
    let flows = page.report["flows"].as_array().unwrap();
    let lanes = lanes.as_array().unwrap();
    assert_eq!(lanes.len(), flows.len());
    let at = |moment: &Value| humantime::parse_rfc3339(moment.as_str().unwrap()).unwrap();
    let first = flows.iter().map(|flow| at(&flow["first_at"])).min().unwrap();
    let mut places: Vec<(f64, f64)> = Vec::new();
    for (lane, flow) in lanes.iter().zip(flows) {
        assert_eq!(lane["flow"], flow["id"]);
        let cut = |verdict: &&Value| verdict["outcome"] == "cut";
        let cuts: Vec<&Value> = flow["verdicts"].as_array().unwrap().iter().filter(cut).collect();
        let drawn = numbers(&lane["cuts"]);
        assert_eq!(drawn.len(), cuts.len(), "flow {}", flow["id"]);
        for (place, verdict) in drawn.into_iter().zip(cuts) {
            places.push((at(&verdict["at"]).duration_since(first).unwrap().as_secs_f64(), place));
        }
        let probes =
            ["initiator", "responder"].map(|side| flow["keepalive"][side]["probes"].as_u64().unwrap());
        assert_eq!(lane["probes"], probes.iter().sum::<u64>(), "flow {}", flow["id"]);
        let gaps = flow["gaps"].as_array().unwrap().iter().filter(|gap| gap["basis"] == "any").count();
        let open = usize::from(!flow["open_gap_s"].is_null());
        assert_eq!((&lane["silences"], &lane["open"]), (&json!(gaps + open), &json!(open)));
        let findings = flow["findings"].as_array().unwrap().iter();
        let rules = findings.map(|at| &page.report["findings"][at.as_u64().unwrap() as usize]["rule"]);
        let broken = rules.into_iter().any(|rule| rule.as_str().unwrap().starts_with("observed-"));
        assert_eq!(lane["broken"], u64::from(broken), "flow {}", flow["id"]);
        assert_eq!(lane["resets"], u64::from(!flow["reset_frame"].is_null()), "flow {}", flow["id"]);
    }
    // One axis for all: places are proportional to time.
    let left = lanes.iter().map(|lane| lane["from"].as_f64().unwrap()).fold(f64::MAX, f64::min);
    let (seconds, place) = places[0];
    let scale = (place - left) / seconds;
    assert!(scale > 1.0, "{places:?}");
    for (seconds, place) in places {
        assert!((left + seconds * scale - place).abs() < 3.0, "{seconds} s at {place}");
    }
}

#[test]
fn what_the_charts_show_stands_in_tables_too() {
    let Some(browser) = Browser::start() else { return };
    let page = page::silent_drop();
    browser.open(&page.file, WIDTHS[1], "light");
    let charts = browser.value(
        "Array.from(document.querySelectorAll('svg.chart'), chart => [chart.getAttribute('role'),
             ...chart.getAttribute('aria-labelledby').split(' ').map(id => document.getElementById(id).textContent)])",
    );
    for chart in charts.as_array().unwrap() {
        assert_eq!(chart[0], "img");
        assert!(chart[1].as_str().unwrap().len() > 5 && chart[2].as_str().unwrap().len() > 20, "{chart}");
    }
    browser.click("#timeline summary");
    let cells = browser.value("document.getElementById('timeline-data').innerText");
    let cells = cells.as_str().unwrap();
    assert!(
        cells.contains("the timer of gateway (6s) runs out") && cells.contains("frame 45 to 126"),
        "{cells}"
    );
    browser.click("#gaps summary");
    let gaps = browser.value("document.getElementById('gaps-any-data').innerText");
    assert!(gaps.as_str().unwrap().contains("6s to 10s"), "{gaps}");
}
