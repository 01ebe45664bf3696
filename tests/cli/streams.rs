//! What goes to standard output, and what to standard error.

use crate::command::{fixture, idlescope};

const CAPTURE: &str = "captures/keepalive-answered.pcap";
const ESCAPE: char = '\u{1b}';

#[test]
fn the_report_is_on_standard_output_and_nothing_else_anywhere() {
    let outcome = idlescope(&["analyze", &fixture(CAPTURE), "--hop", "fw=1h"]).run();
    assert!(outcome.out.contains("fw"), "{}", outcome.out);
    assert_eq!(outcome.err, "");
}

#[test]
fn damage_is_told_on_standard_error_with_file_and_offset() {
    let capture = fixture("captures/keepalive-answered-cut-mid-frame.pcap");
    let outcome = idlescope(&["analyze", &capture, "--format", "json"]).run();
    let report = outcome.report();
    assert_eq!(report["complete"], false);
    let at_byte = report["capture"]["files"][0]["damage"]["at_byte"].as_u64().unwrap();
    let size = std::fs::metadata(&capture).unwrap().len();
    assert!(at_byte > 24 && at_byte < size, "{at_byte} of {size}");
    assert!(outcome.err.starts_with("warning: "), "{}", outcome.err);
    assert!(outcome.err.contains(&capture) && outcome.err.contains(&format!("at byte {at_byte}")));
}

#[test]
fn without_a_report_standard_output_is_empty() {
    let outcome = idlescope(&["analyze", "no/such.pcap"]).run();
    assert_eq!(outcome.out, "");
    assert_eq!(outcome.err, "error: no/such.pcap: no such file; check the path\n");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    for format in ["text", "json", "ndjson", "csv", "html"] {
        let words = ["analyze", &fixture(CAPTURE), "--hop", "fw=1h", "--format", format];
        let outcome = idlescope(&words).run_unread();
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{format}");
    }
    let found = ["analyze", &fixture("captures/silent-drop-client.pcap"), "--hop", "fw=4s"];
    let outcome = idlescope(&found).run_unread();
    assert_eq!((outcome.code, outcome.err.as_str()), (1, ""), "the code is that of the analysis");
    for words in [&["presets", "--format", "json"][..], &["schema"], &["completions", "bash"], &["man"]] {
        let outcome = idlescope(words).run_unread();
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{words:?}");
    }
}

#[cfg(target_os = "linux")] // /dev/full
#[test]
fn a_full_standard_output_is_a_failure() {
    // A shell, because the test cannot give away /dev/full as a pipe.
    let command = format!(
        "'{}' analyze '{}' --hop fw=1h > /dev/full",
        env!("CARGO_BIN_EXE_idlescope"),
        fixture(CAPTURE)
    );
    let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.starts_with("error: standard output: "), "{err}");
}

#[test]
fn there_are_no_colour_codes_in_a_pipe() {
    for words in [
        &["analyze", &fixture("captures/silent-drop-client.pcap"), "--hop", "fw=4s"][..],
        &["path", "check", "--hop", "a=1h", "--hop", "b=2h"],
        &["presets"],
        &["presets", "show", "aws-alb"],
    ] {
        let outcome = idlescope(words).env("TERM", "xterm-256color").run();
        assert!(!outcome.out.contains(ESCAPE) && !outcome.err.contains(ESCAPE), "{words:?}");
    }
}

#[test]
fn colour_is_asked_for_by_the_option_over_the_environment() {
    let capture = fixture("captures/silent-drop-client.pcap");
    let words = |color| ["analyze", &capture, "--hop=fw=4s", "--color", color];
    assert!(idlescope(&words("always")).env("NO_COLOR", "1").run().out.contains(ESCAPE));
    assert!(!idlescope(&words("never")).env("CLICOLOR_FORCE", "1").run().out.contains(ESCAPE));
    assert!(idlescope(&words("auto")).env("CLICOLOR_FORCE", "1").run().out.contains(ESCAPE));
    let both = idlescope(&words("auto")).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").run();
    assert!(!both.out.contains(ESCAPE), "NO_COLOR is honoured");
}

#[test]
fn no_terminal_acts_on_what_a_file_is_called() {
    let outcome = idlescope(&["analyze", "no\u{1b}[31msuch.pcap"]).run();
    assert!(!outcome.err.contains(ESCAPE), "{}", outcome.err);
    assert!(outcome.err.contains("\\u{1b}"), "{}", outcome.err);
}
