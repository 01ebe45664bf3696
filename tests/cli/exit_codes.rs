//! The codes of `idlescope::cli::exit`, each by what leads to it.

use crate::command::{fixture, idlescope};
use idlescope::cli::exit::{NOT_OR_IN_PART, NOTHING_FOUND, SOMETHING_FOUND};

fn analyze(capture: &str, more: &[&str]) -> u8 {
    let mut words = vec!["analyze".to_owned(), fixture(capture)];
    words.extend(more.iter().map(|word| (*word).to_owned()));
    idlescope(&words).run().code as u8
}

const CUT: &str = "captures/silent-drop-client.pcap";
const SAVED: &str = "captures/keepalive-answered.pcap";

#[test]
fn numbers_never_change() {
    assert_eq!((NOTHING_FOUND, SOMETHING_FOUND, NOT_OR_IN_PART), (0, 1, 2));
}

#[test]
fn nothing_found_is_0() {
    assert_eq!(analyze(SAVED, &["--hop", "fw=1h"]), NOTHING_FOUND);
}

#[test]
fn an_error_is_1() {
    assert_eq!(analyze(CUT, &["--hop", "fw=4s"]), SOMETHING_FOUND);
}

#[test]
fn fail_on_decides_from_which_severity_on() {
    // Saved by keepalive is an info.
    let hop = ["--hop", "fw=10s,pickup=strict", "--fail-on"];
    let with = |severity| analyze(SAVED, &[&hop[..], &[severity]].concat());
    assert_eq!(with("info"), SOMETHING_FOUND);
    assert_eq!(with("error"), NOTHING_FOUND);
    assert_eq!(analyze(CUT, &["--hop", "fw=4s", "--fail-on", "never"]), NOTHING_FOUND);
}

#[test]
fn a_damaged_capture_is_2_whatever_was_found() {
    let cut = "captures/keepalive-answered-cut-mid-frame.pcap";
    assert_eq!(analyze(cut, &["--hop", "fw=1h"]), NOT_OR_IN_PART);
    assert_eq!(analyze(cut, &["--hop", "fw=1s", "--fail-on", "info"]), NOT_OR_IN_PART);
    assert_eq!(analyze(cut, &["--hop", "fw=1h", "--fail-on", "never"]), NOT_OR_IN_PART);
}

#[test]
fn a_missing_file_beside_a_good_one_is_2() {
    let outcome = idlescope(&["analyze", &fixture(SAVED), "no/such.pcap", "--format", "json"]).run();
    assert_eq!(outcome.code as u8, NOT_OR_IN_PART);
    assert_eq!(outcome.report()["complete"], false);
}

#[test]
fn what_cannot_be_analysed_at_all_is_2() {
    assert_eq!(idlescope(&["analyze", "no/such.pcap"]).run().code as u8, NOT_OR_IN_PART);
    assert_eq!(idlescope(&["analyze"]).run().code as u8, NOT_OR_IN_PART);
    assert_eq!(idlescope(&["dance"]).run().code as u8, NOT_OR_IN_PART);
    assert_eq!(idlescope::<&str>(&[]).run().code as u8, NOT_OR_IN_PART);
}

#[cfg(target_os = "linux")] // /dev/full
#[test]
fn an_output_that_fails_late_is_2() {
    let outcome = idlescope(&["analyze", &fixture(SAVED), "--hop", "fw=1h", "-o", "json=/dev/full"]).run();
    assert_eq!(outcome.code as u8, NOT_OR_IN_PART, "{}", outcome.err);
    assert!(outcome.err.contains("-o json=/dev/full: "), "{}", outcome.err);
    assert!(!outcome.out.is_empty(), "the report is still printed");
}

#[test]
fn help_and_version_are_0() {
    for words in [&["--help"][..], &["-h"], &["--version"], &["analyze", "--help"]] {
        let outcome = idlescope(words).run();
        assert_eq!((outcome.code as u8, outcome.err.as_str()), (NOTHING_FOUND, ""), "{words:?}");
    }
}
