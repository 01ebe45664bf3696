//! Sorting, filtering, copying and the theme, by mouse and by keyboard.

use crate::browser::{Browser, ENTER, WIDTHS};
use crate::page;
use serde_json::{Value, json};

const ROWS: &str =
    "Array.from(document.querySelectorAll('#findings-table tbody tr')).filter(row => row.checkVisibility())";

fn open(browser: &Browser) -> page::Page {
    let page = page::silent_drop();
    browser.open(&page.file, WIDTHS[1], "light");
    page
}

/// Keys of a column, from 1, as the rows stand.
fn keys(browser: &Browser, column: u32) -> Vec<f64> {
    let keys = browser.value(&format!("{ROWS}.map(row => Number(row.cells[{column} - 1].dataset.key))"));
    keys.as_array().unwrap().iter().map(|key| key.as_f64().unwrap()).collect()
}

fn count(browser: &Browser) -> u64 {
    browser.value(&format!("{ROWS}.length")).as_u64().unwrap()
}

fn sorted_as(browser: &Browser, column: u32) -> Value {
    browser.value(&format!(
        "document.querySelector('#findings-table th:nth-child({column})').getAttribute('aria-sort')"
    ))
}

#[test]
fn findings_are_sorted_by_mouse_and_by_keyboard() {
    let Some(browser) = Browser::start() else { return };
    open(&browser);
    assert!(keys(&browser, 1).is_sorted_by(|a, b| a >= b), "the worst first, before anybody sorts");
    browser.click("#findings-table th:nth-child(4) button");
    let lengths = keys(&browser, 4);
    assert_eq!(sorted_as(&browser, 4), "descending");
    assert!(lengths.is_sorted_by(|a, b| a >= b) && lengths.first() > lengths.last(), "{lengths:?}");
    browser.keys("#findings-table th:nth-child(4) button", ENTER);
    assert_eq!(sorted_as(&browser, 4), "ascending");
    assert!(keys(&browser, 4).is_sorted());
    browser.keys("#findings-table th:nth-child(3) button", " ");
    assert_eq!((sorted_as(&browser, 3), sorted_as(&browser, 4)), (json!("ascending"), Value::Null));
    assert!(keys(&browser, 3).is_sorted());
    let outline = "getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(browser.value(outline), "solid", "the focus is seen");
    assert_eq!(browser.value("document.getElementById('said').textContent"), "Sorted by Flow, ascending");
}

#[test]
fn findings_are_filtered_by_severity_rule_and_text() {
    let Some(browser) = Browser::start() else { return };
    let page = open(&browser);
    let findings = page.report["findings"].as_array().unwrap();
    let those = |key: &str, word: &str| findings.iter().filter(|finding| finding[key] == word).count() as u64;
    assert_eq!(count(&browser), findings.len() as u64);
    browser.click("#filters [value=error]");
    assert_eq!(count(&browser), findings.len() as u64 - those("severity", "error"));
    browser.keys("#filters [value=error]", " ");
    assert_eq!(count(&browser), findings.len() as u64);
    browser.run(
        "const select = document.querySelector('#filters select');
         select.value = arguments[0];
         select.dispatchEvent(new Event('input', { bubbles: true }));",
        json!("predicted-cut"),
    );
    let cuts = those("rule", "predicted-cut");
    assert_eq!(count(&browser), cuts);
    let said = browser.value("document.getElementById('shown').textContent");
    assert_eq!(said, format!("{cuts} of {} findings", findings.len()));
    browser.keys("#filters [type=search]", "10.1.0.2:40012");
    assert_eq!(count(&browser), 1);
    browser.click("#filters [type=reset]");
    let all = browser.awaited(&format!("new Promise(done => setTimeout(() => done({ROWS}.length), 50))"));
    assert_eq!(all, findings.len());
}

#[test]
fn a_display_filter_is_copied_or_marked() {
    let Some(browser) = Browser::start() else { return };
    let page = open(&browser);
    let findings = page.report["findings"].as_array().unwrap();
    let filter = &findings.iter().find(|finding| !finding["flow"].is_null()).unwrap()["display_filter"];
    browser.devtools(
        "Browser.grantPermissions",
        json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
    );
    browser.click("#happened .copy");
    let copied = browser
        .awaited("new Promise(done => setTimeout(done, 200)).then(() => navigator.clipboard.readText())");
    assert_eq!(&copied, filter);
    assert_eq!(browser.value("document.getElementById('said').textContent"), "Copied");
    // A browser that keeps its clipboard from pages.
    browser.run(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.execCommand = () => false;",
        Value::Null,
    );
    browser.keys("#happened .copy", ENTER);
    let marked = browser.awaited("new Promise(done => setTimeout(() => done(String(getSelection())), 200))");
    assert_eq!(&marked, filter);
    assert_eq!(browser.value("document.getElementById('said').textContent"), "Press Ctrl+C");
}

#[test]
fn the_theme_follows_the_system_until_the_reader_chooses() {
    let Some(browser) = Browser::start() else { return };
    let page = open(&browser);
    let paper = "getComputedStyle(document.body).backgroundColor";
    let light = browser.value(paper);
    browser.open(&page.file, WIDTHS[1], "dark");
    let dark = browser.value(paper);
    assert_ne!(light, dark);
    assert_eq!(browser.value("document.getElementById('theme').textContent"), "Light theme");
    browser.click("#theme");
    assert_eq!(browser.value(paper), light);
    browser.keys("#theme", ENTER);
    assert_eq!(browser.value(paper), dark);
}

#[test]
fn without_scripts_everything_is_there() {
    let Some(browser) = Browser::start() else { return };
    let page = page::silent_drop();
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    browser.open(&page.file, WIDTHS[1], "light");
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": false }));
    assert_eq!(count(&browser), page.report["findings"].as_array().unwrap().len() as u64);
    let controls =
        "Array.from(document.querySelectorAll('button, form')).filter(one => one.checkVisibility()).length";
    assert_eq!(browser.value(controls), 0, "nothing is offered that does not work");
    assert_eq!(browser.value("document.querySelector('#gaps .chart.wide').checkVisibility()"), true);
}
