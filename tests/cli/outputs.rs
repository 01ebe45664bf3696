//! Files of `-o`.

use crate::command::{fixture, idlescope};
use std::fs;
use std::path::Path;

fn capture() -> String {
    fixture("captures/keepalive-answered.pcap")
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn several_formats_are_written_at_once_and_equal_those_of_standard_output() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).into_os_string().into_string().unwrap();
    let formats = ["text", "json", "ndjson", "csv", "html"];
    let mut words = vec!["analyze".to_owned(), capture(), "--hop=fw=10s".to_owned()];
    for format in formats {
        words.extend(["-o".to_owned(), format!("{format}={}", file(format))]);
    }
    words.extend(["--output".to_owned(), format!("hgrm={}", file("gaps.hgrm"))]);
    let outcome = idlescope(&words).run();
    assert_eq!(outcome.err, "");
    for format in formats {
        let alone = idlescope(&["analyze", &capture(), "--hop=fw=10s", "--format", format]).run();
        assert_eq!(fs::read_to_string(file(format)).unwrap(), alone.out, "{format}");
    }
    assert_eq!(
        names(directory.path()),
        [
            "csv",
            "gaps.hgrm",
            "gaps.initiator.hgrm",
            "gaps.payload.hgrm",
            "gaps.responder.hgrm",
            "html",
            "json",
            "ndjson",
            "text"
        ]
    );
    let hgrm = idlescope(&["analyze", &capture(), "--hop=fw=10s", "--format=hgrm"]).run().out;
    assert_eq!(fs::read_to_string(file("gaps.hgrm")).unwrap(), hgrm);
}

#[test]
fn hgrm_in_a_directory_has_the_services_too() {
    let directory = tempfile::tempdir().unwrap();
    let outcome =
        idlescope(&["analyze", &capture(), "-o", &format!("hgrm={}", directory.path().display())]).run();
    assert_eq!(outcome.err, "");
    let names = names(directory.path());
    assert!(names.contains(&"any.hgrm".to_owned()), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("10.1.0.1_17000.")), "{names:?}");
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_the_work() {
    let directory = tempfile::tempdir().unwrap();
    let good = directory.path().join("good.json");
    let outcome = idlescope(&[
        "analyze",
        &capture(),
        "-o",
        &format!("json={}", good.display()),
        "-o",
        "csv=no/such/directory/report.csv",
    ])
    .run();
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    assert!(outcome.err.contains("-o csv=no/such/directory/report.csv: "), "{}", outcome.err);
    assert!(outcome.err.contains("create its directory first"), "{}", outcome.err);
    assert!(names(directory.path()).is_empty(), "nothing is left behind");
}

#[test]
fn a_capture_is_never_overwritten_by_its_report() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("case.pcap");
    fs::copy(capture(), &file).unwrap();
    let file = file.to_str().unwrap();
    let winding = format!("{}/./case.pcap", directory.path().display());
    let outcome = idlescope(&["analyze", file, "-o", &format!("json={winding}")]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("one of the captures to be read"), "{}", outcome.err);
    assert_eq!(fs::read(file).unwrap(), fs::read(capture()).unwrap());
}

#[test]
fn two_reports_in_one_file_are_refused() {
    let outcome = idlescope(&["analyze", &capture(), "-o", "json=x.out", "-o", "csv=./x.out"]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("-o json and -o csv both write"), "{}", outcome.err);
    let outcome = idlescope(&["analyze", &capture(), "-o", "hgrm=x.hgrm", "-o", "csv=x.payload.hgrm"]).run();
    assert!(outcome.err.contains("both write"), "{}", outcome.err);
}

#[test]
fn a_damaged_capture_still_fills_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.json");
    let damaged = fixture("captures/keepalive-answered-cut-mid-frame.pcap");
    let outcome = idlescope(&["analyze", &damaged, "-o", &format!("json={}", file.display())]).run();
    assert_eq!(outcome.code, 2);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(report["complete"], false);
    assert_eq!(report["capture"]["frames"], 56);
}
