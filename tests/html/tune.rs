//! The page of `tune`: what to set is what one sees first, and the curve and the tables are those of the report.

use crate::browser::{Browser, ENTER, WIDTHS};
use crate::page;
use serde_json::{Value, json};

/// Where the numbers of the report lie on the drawing, asked of the browser's own geometry. The scale is taken from
/// the lines of two hops and from the levels, so that a curve that is drawn by another scale than they are is found.
const ON_THE_CURVE: &str = r"
    const { width, near, far, points, recommended } = arguments[0];
    const chart = document.querySelector(`#survival .chart.${width}`);
    const number = (element, name) => Number(element.getAttribute(name));
    const limits = Array.from(chart.querySelectorAll('.limit'), limit =>
        ({ x: number(limit.querySelector('line'), 'x1'), label: limit.querySelector('text').textContent,
           recommended: limit.classList.contains('recommended') }));
    const at = label => limits.find(limit => limit.label.startsWith(label)).x;
    const [from, to] = [at('near '), at('far ')];
    const x = age => from + (to - from) * Math.log(age / near) / Math.log(far / near);
    const levels = chart.querySelectorAll('line.grid');
    const [none, all] = [number(levels[0], 'y1'), number(levels[levels.length - 1], 'y1')];
    const y = share => none + (all - none) * share;
    const [curve, band] = [chart.querySelector('.curve'), chart.querySelector('.band')];
    const point = (x, y) => { const p = chart.createSVGPoint(); p.x = x; p.y = y; return p; };
    const on = (age, share) => curve.isPointInStroke(point(x(age), y(share)));
    const within = (age, share) => band.isPointInFill(point(x(age), y(share)));
    const wrong = [];
    let steps = 0;
    let bands = 0;
    points.forEach((step, index) => {
        if (!on(step.age_s, step.survival)) wrong.push(['no corner', step]);
        const next = points[index + 1];
        // Between two steps that are well apart: on it, and nowhere near.
        if (!next || x(next.age_s) - x(step.age_s) < 4) return;
        const middle = Math.sqrt(step.age_s * next.age_s);
        steps += 1;
        if (!on(middle, step.survival)) wrong.push(['no step', step]);
        if (on(middle, step.survival + 0.05) || on(middle, step.survival - 0.05)) wrong.push(['too thick', step]);
        if (step.high - step.low < 0.03) return;
        bands += 1;
        if (!within(middle, step.low + 0.01) || !within(middle, step.high - 0.01)) wrong.push(['no band', step]);
        if (within(middle, step.low - 0.02) || within(middle, step.high + 0.02)) wrong.push(['band too wide', step]);
    });
    return { shown: chart.checkVisibility(), wrong, steps, bands, limits,
             off: recommended && Math.abs(limits.find(limit => limit.recommended).x - x(recommended)) };
";

/// The curve of silences between any packets.
fn curve(report: &Value) -> &Value {
    let curves = report["tuning"]["curves"].as_array().unwrap();
    curves.iter().find(|curve| curve["basis"] == "any").unwrap()
}

/// Keys of a column, from 1, of the rows as they stand.
fn keys(browser: &Browser, table: &str, column: usize) -> Vec<f64> {
    let keys = browser.value(&format!(
        "Array.from(document.querySelectorAll('#{table} tbody tr'), row => Number(row.cells[{column} - 1].dataset.key))"
    ));
    keys.as_array().unwrap().iter().map(|key| key.as_f64().unwrap()).collect()
}

#[test]
fn the_curve_its_band_and_the_lines_of_the_timeouts_lie_where_the_report_says() {
    let Some(browser) = Browser::start() else { return };
    let page = page::tuned_many();
    let recommended = &page.report["tuning"]["recommendation"]["timeout"]["timeout_s"];
    assert!(recommended.is_number(), "{}", page.report["tuning"]["verdict"]);
    for width in WIDTHS {
        browser.open(&page.file, width, "light");
        let told = browser.run(
            ON_THE_CURVE,
            json!({
                "width": if width < 760 { "narrow" } else { "wide" },
                "near": 60.0,
                "far": 7200.0,
                "points": curve(&page.report)["points"],
                "recommended": recommended,
            }),
        );
        assert_eq!((&told["shown"], &told["wrong"]), (&json!(true), &json!([])), "at {width}");
        assert!(told["steps"].as_u64().unwrap() > 5 && told["bands"].as_u64().unwrap() > 5, "{told}");
        assert!(told["off"].as_f64().unwrap() < 0.5, "the recommended timeout stands in its place: {told}");
        let labels = told["limits"].as_array().unwrap().iter().map(|limit| limit["label"].as_str().unwrap());
        let labels: Vec<&str> = labels.collect();
        assert!(labels.contains(&"near 60s") && labels.contains(&"far 2h"), "{labels:?}");
    }
}

#[test]
fn the_table_of_the_curve_has_its_steps() {
    let Some(browser) = Browser::start() else { return };
    let page = page::tuned_many();
    browser.open(&page.file, WIDTHS[1], "light");
    browser.click("#survival summary");
    let ages = keys(&browser, "survival-any-data", 1);
    let shares = keys(&browser, "survival-any-data", 2);
    assert!(ages.contains(&60.0) && ages.len() > 5, "{ages:?}");
    let points = curve(&page.report)["points"].as_array().unwrap();
    for (age, share) in ages.into_iter().zip(shares) {
        let step = points.iter().rfind(|point| point["age_s"].as_f64().unwrap() <= age).unwrap();
        assert!((step["survival"].as_f64().unwrap() - share).abs() < 1e-9, "{age} s: {share}, {step}");
    }
}

#[test]
fn what_to_set_is_seen_first_with_reason_and_price() {
    let Some(browser) = Browser::start() else { return };
    let page = page::tuned_many();
    let tuning = &page.report["tuning"];
    for width in WIDTHS {
        browser.open(&page.file, width, "dark");
        let first = browser.value(
            "(() => { const one = document.querySelector('h1'); const box = one.getBoundingClientRect();
                      return [one.textContent, box.top >= 0 && box.bottom <= innerHeight && one.checkVisibility()]; })()",
        );
        let said = first[0].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        let said = said.trim_start_matches(|letter: char| !letter.is_alphanumeric());
        assert!(tuning["verdict"].as_str().unwrap().contains(said.trim_end_matches(['.', ':'])), "{said}");
        assert_eq!(first[1], true, "at {width}");
        let set = browser.value("document.getElementById('set').innerText");
        let set = set.as_str().unwrap();
        for part in ["timeout", "keepalive"] {
            let part = &tuning["recommendation"][part];
            for word in ["reason", "price"] {
                // The page begins sentences with a capital and ends them once.
                let text = part[word].as_str().unwrap().trim_end_matches('.');
                assert!(set.contains(&text[1..]), "{word}: {text}\n{set}");
            }
        }
    }
}

#[test]
fn the_what_if_tables_are_those_of_the_report_and_are_sorted_by_mouse_and_by_keyboard() {
    let Some(browser) = Browser::start() else { return };
    let page = page::tuned_many();
    let tuning = &page.report["tuning"];
    browser.open(&page.file, WIDTHS[1], "light");
    let rows: Vec<&Value> =
        tuning["timeouts"].as_array().unwrap().iter().filter(|row| row["refresh"] == "any").collect();
    let column = |name: &str| rows.iter().map(|row| row[name].as_f64().unwrap()).collect::<Vec<_>>();
    assert!(rows.len() > 5);
    for (at, name) in ["timeout_s", "gaps_cut", "flows_cut", "flows_used_again"].into_iter().enumerate() {
        assert_eq!(keys(&browser, "timeouts-any", at + 1), column(name), "{name}");
    }
    let marked = browser.value("document.querySelector('#timeouts-any tr.marked').cells[0].dataset.key");
    let recommended = tuning["recommendation"]["timeout"]["timeout_s"].as_f64().unwrap();
    assert_eq!(marked.as_str().unwrap().parse(), Ok(recommended));
    for table in ["timeouts-any", "keepalives-table"] {
        let before = keys(&browser, table, 1);
        assert!(before.is_sorted() && before.len() > 5, "{table}: {before:?}");
        let button = format!("#{table} th:nth-child(1) button");
        let sorted =
            || browser.value(&format!("document.querySelector('#{table} th').getAttribute('aria-sort')"));
        browser.click(&button);
        let once = (sorted(), keys(&browser, table, 1));
        browser.keys(&button, ENTER);
        let twice = (sorted(), keys(&browser, table, 1));
        let falling: Vec<f64> = before.iter().rev().copied().collect();
        let ways = [(json!("descending"), falling), (json!("ascending"), before)];
        assert_eq!([once, twice], ways, "{table}");
    }
    // Flows cut fall as timeouts grow: a click that left them so would look like a broken one.
    let falling = keys(&browser, "timeouts-any", 3);
    browser.click("#timeouts-any th:nth-child(3) button");
    let rising = keys(&browser, "timeouts-any", 3);
    assert!(falling.is_sorted_by(|a, b| a >= b) && falling.first() > falling.last(), "{falling:?}");
    assert!(rising.is_sorted() && rising.first() < rising.last(), "{rising:?}");
}
