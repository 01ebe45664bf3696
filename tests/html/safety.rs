//! Nothing leaves the page, and nothing that a capture names does anything in it.

use crate::browser::{Browser, WIDTHS};
use crate::page;
use crate::traffic::{self, Plan};
use serde_json::json;
use std::fs;

/// As a file's name.
const HOSTILE: &str = "<img src=x onerror=pwned=1><script>pwned=1;\"'>";

/// As a hop's name, which cannot hold an equals sign.
const HOSTILE_HOP: &str = "\"'><script>pwned()</script><b>";

#[test]
fn no_page_says_a_word_to_the_console_or_the_network() {
    let Some(browser) = Browser::start() else { return };
    for (kind, page) in page::of_every_kind() {
        browser.open(&page.file, WIDTHS[1], "light");
        assert_eq!(browser.value("typeof document.querySelector('#theme').onclick"), "object", "{kind}");
        assert_eq!(browser.value("document.getElementById('theme').hidden"), false, "{kind}: the script ran");
        assert_eq!(browser.console(), [""; 0], "{kind}");
        let asked = browser.requests();
        assert_eq!(asked, [format!("file://{}", page.file.display())], "{kind}");
    }
}

#[test]
fn hostile_names_are_text() {
    let Some(browser) = Browser::start() else { return };
    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join(HOSTILE);
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/captures/silent-drop-client.pcap");
    fs::copy(original, &capture).unwrap();
    // A path file may name a hop as it likes.
    let path = directory.path().join("path.toml");
    fs::write(&path, format!("[[hop]]\nname = {HOSTILE_HOP:?}\nidle = \"6s\"\n")).unwrap();
    let words = ["--path", &path.to_string_lossy(), "--min-gap", "1s"];
    let page = page::analyzed(&capture.to_string_lossy(), &words);
    browser.open(&page.file, WIDTHS[1], "light");
    let harm = browser.value("[typeof pwned, document.images.length, document.scripts.length]");
    assert_eq!(harm, json!(["undefined", 0, 1]));
    assert_eq!(browser.console(), [""; 0]);
    let text = browser.value("document.body.textContent");
    let shown = |name| text.as_str().unwrap().matches(name).count();
    assert!(shown(HOSTILE) > 1 && shown(HOSTILE_HOP) > 5, "the names are shown as they are");
}

#[test]
fn a_script_that_got_in_would_not_run() {
    let Some(browser) = Browser::start() else { return };
    let page = page::silent_drop();
    let text = fs::read_to_string(&page.file).unwrap();
    let pierced = page.directory.path().join("pierced.html");
    let into = "<script>window.pwned = 1</script><img src=\"https://example.invalid/x\" ><b onclick=\"window.pwned = 1\">b</b></main>";
    fs::write(&pierced, text.replacen("</main>", into, 1)).unwrap();
    browser.open(&pierced, WIDTHS[1], "light");
    assert_eq!(browser.value("typeof window.pwned"), "undefined");
    let refused = browser.console();
    for what in ["script", "image", "event handler"] {
        let policy = |line: &&String| line.contains("Content Security Policy") && line.contains(what);
        assert!(refused.iter().any(|line| policy(&line)), "{what}: {refused:#?}");
    }
}

#[test]
fn a_page_of_many_flows_opens_and_stays_below_two_megabytes() {
    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join("many.pcap");
    let mut out = std::io::BufWriter::new(fs::File::create(&capture).unwrap());
    traffic::write(&Plan::HEADERS.scaled(60), &mut out).unwrap();
    drop(out);
    let page = page::analyzed(&capture.to_string_lossy(), &["--hop", "fw=30s", "--flows", "all"]);
    assert!(page.report["flows_total"].as_u64().unwrap() > 10_000);
    let size = fs::metadata(&page.file).unwrap().len();
    assert!(size < 2_000_000, "{size} bytes");
    let Some(browser) = Browser::start() else { return };
    browser.open(&page.file, WIDTHS[1], "light");
    let listed =
        browser.value("document.querySelectorAll('#findings-table tbody tr').length").as_u64().unwrap();
    let note = browser.value("document.querySelector('#findings .note').textContent");
    assert!(note.as_str().unwrap().starts_with(&format!("The worst {listed} of ")), "{note}");
}
