//! What a reader sees: on a phone and a desktop, in both themes, on paper, and by a screen reader.

use crate::browser::{Browser, WIDTHS};
use crate::page;
use serde_json::Value;

/// axe-core 4.14.1, MPL-2.0, unchanged from <https://registry.npmjs.org/axe-core>: rules of accessibility (WCAG 2).
const AXE: &str = include_str!("axe.min.js");

/// Screens and themes.
const WAYS: [(u32, &str); 4] = [(375, "dark"), (375, "light"), (1280, "dark"), (1280, "light")];

#[test]
fn nothing_is_cut_off_on_a_phone_or_a_desktop() {
    let Some(browser) = Browser::start() else { return };
    for (kind, page) in page::of_every_kind() {
        for width in WIDTHS {
            browser.open(&page.file, width, "light");
            let wide = browser.value("document.documentElement.scrollWidth");
            assert!(wide.as_u64().unwrap() <= u64::from(width), "{kind} at {width}: {wide}");
            // Text of a drawing that reaches out of it.
            let outside = browser.value(
                "Array.from(document.querySelectorAll('svg.chart text')).filter(text => text.checkVisibility()).filter(text => {
                     const [box, all] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
                     return box.left < all.left - 2 || box.right > all.right + 2 || box.top < all.top - 2 || box.bottom > all.bottom + 2;
                 }).map(text => text.textContent)",
            );
            assert_eq!(outside.as_array().unwrap(), &[] as &[Value], "{kind} at {width}");
        }
    }
}

#[test]
fn pages_are_accessible_in_both_themes() {
    let Some(browser) = Browser::start() else { return };
    for (kind, page) in page::of_every_kind() {
        // The page with the most in it in every way, the others in one.
        let ways = if kind == "cuts" { &WAYS[..] } else { &WAYS[..1] };
        for (width, theme) in ways {
            browser.open(&page.file, *width, theme);
            browser.run(
                "document.querySelectorAll('details').forEach(details => { details.open = true; });",
                Value::Null,
            );
            browser.run(AXE, Value::Null);
            let faults = browser.awaited(
                "axe.run().then(result => result.violations.map(fault =>
                     fault.id + ': ' + fault.help + ': ' + fault.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')))",
            );
            let faults = faults.as_array().unwrap_or_else(|| panic!("{faults}"));
            assert!(faults.is_empty(), "{kind}, {theme}, {width}: {faults:#?}");
        }
    }
}

#[test]
fn on_paper_there_is_everything_but_the_controls() {
    let Some(browser) = Browser::start() else { return };
    let page = page::silent_drop();
    browser.open(&page.file, WIDTHS[0], "dark");
    // As a reader prints it: the browser chooses the medium.
    browser.media("", "dark");
    let pdf = browser.printed();
    assert!(pdf.starts_with("JVBERi0") && pdf.len() > 20_000, "a PDF, in base64: {} letters", pdf.len());
    browser.media("print", "dark");
    let seen = |selector: &str| {
        browser.value(&format!(
            "Array.from(document.querySelectorAll('{selector}')).filter(one => one.checkVisibility()).length"
        ))
    };
    for selector in ["#filters", "button.copy", "#theme", "nav", ".chart.narrow"] {
        assert_eq!(seen(selector), 0, "{selector}");
    }
    assert_eq!(seen("#findings-table tbody tr"), page.report["findings"].as_array().unwrap().len());
    assert!(seen("svg.chart.wide").as_u64().unwrap() >= 2);
    assert_eq!(browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
}
