//! `idlescope tune` from the words to the page.

use crate::command::{fixture, idlescope};
use serde_json::{Value, json};
use std::process::Command;

fn words<'w>(words: &[&'w str]) -> Vec<&'w str> {
    [&["tune"], words].concat()
}

#[test]
fn a_capture_of_twenty_minutes_says_nothing_above_ten() {
    let story = fixture("stories/heartbeat-30s.pcap");
    let outcome = idlescope(&words(&[&story, "--hop", "lb=40m"])).run();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.out.starts_with("TOO FEW FLOWS TO NAME A TIMEOUT"), "{}", outcome.out);
    assert!(outcome.out.replace('\n', " ").contains("nothing can be said above 10m"), "{}", outcome.out);
}

#[test]
fn limits_of_the_hops_are_marked_among_the_candidates() {
    let story = fixture("stories/exchange-keepalive-2h.pcap");
    let outcome =
        idlescope(&words(&[&story, "--hop", "fw=1h", "--hop", "px=20m,refresh=payload", "--format", "json"]))
            .run();
    let report = outcome.report();
    let rows = report["tuning"]["timeouts"].as_array().unwrap();
    let marked: Vec<_> = rows
        .iter()
        .filter(|row| row["hops"].as_array().is_some_and(|hops| !hops.is_empty()))
        .map(|row| {
            (
                row["hops"][0].as_str().unwrap(),
                row["refresh"].as_str().unwrap(),
                row["timeout_s"].as_f64().unwrap(),
            )
        })
        .collect();
    assert_eq!(marked, [("fw", "any", 3600.0), ("px", "payload", 1200.0)]);
}

#[test]
fn histogram_logs_merge_to_the_distributions_of_both() {
    let directory = tempfile::tempdir().unwrap();
    let captures = ["stories/heartbeat-30s.pcap", "stories/exchange-keepalive-2h.pcap"].map(fixture);
    let mut logs = Vec::new();
    for (number, capture) in captures.iter().enumerate() {
        let log = directory.path().join(format!("{number}.hlog")).display().to_string();
        assert_eq!(idlescope(&words(&[capture, "-o", &format!("hlog={log}")])).run().code, 0);
        logs.push(log);
    }
    let merged = idlescope(&words(&["--merge", &logs[0], &logs[1], "--format", "json"])).run();
    assert_eq!(merged.code, 0, "{}", merged.err);
    let (merged, both) = (
        merged.report(),
        idlescope(&words(&[&captures[0], &captures[1], "--format", "json"])).run().report(),
    );
    for part in ["gaps", "gaps_by_end", "first_probe_delays", "lifetimes"] {
        assert_eq!(merged["tuning"]["distributions"][part], both["tuning"]["distributions"][part], "{part}");
    }
    let names = |report: &Value| report["tuning"]["groups"].clone();
    assert_eq!(names(&merged), names(&both));
    let rows = |report: &Value| report["tuning"]["timeouts"].as_array().unwrap().len();
    assert_eq!(rows(&merged), rows(&both));
    let cannot_tell = merged["tuning"]["cannot_tell"].to_string();
    assert!(cannot_tell.contains("Some captures overlap in time"), "{cannot_tell}");
}

#[test]
fn logs_are_laid_together_only_where_they_tried_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let story = fixture("stories/heartbeat-30s.pcap");
    let log = |name: &str, more: &[&str]| {
        let log = directory.path().join(name).display().to_string();
        let output = format!("hlog={log}");
        assert_eq!(idlescope(&words(&[&[&story, "-o", &output], more].concat())).run().code, 0);
        log
    };
    let (plain, short) = (log("a.hlog", &[]), log("b.hlog", &["--candidates", "5s,1m"]));
    let apart = idlescope(&words(&["--merge", &plain, &short])).run();
    assert_eq!(apart.code, 2);
    assert!(apart.err.contains("b.hlog") && apart.err.contains("it tried other timeouts"), "{}", apart.err);
    let twice = idlescope(&words(&["--merge", &plain, &plain])).run();
    assert!(twice.err.contains("of the same capture as a log before it"), "{}", twice.err);
    let unknown = idlescope(&words(&["--merge", &plain, "--hop", "fw=1234s"])).run();
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("do not say what 'fw' (20m34s)"), "{}", unknown.err);
    let known = idlescope(&words(&["--merge", &plain, "--hop", "fw=1h", "--format", "json"])).run();
    assert_eq!(known.code, 0, "{}", known.err);
    assert_eq!(known.report()["tuning"]["recommendation"]["chain"][0]["hop"], "fw");
}

#[test]
fn tables_that_are_damaged_are_refused_with_their_line() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.hlog");
    let story = fixture("stories/heartbeat-30s.pcap");
    assert_eq!(idlescope(&words(&[&story, "-o", &format!("hlog={}", log.display())])).run().code, 0);
    let text = std::fs::read_to_string(&log).unwrap();
    let line = text.lines().position(|line| line.starts_with("#[Idlescope-Tables: ")).unwrap() + 1;
    let cut: String = text.lines().take(line + 2).map(|line| format!("{line}\n")).collect();
    std::fs::write(&log, cut).unwrap();
    let outcome = idlescope(&words(&["--merge", log.to_str().unwrap()])).run();
    assert!(outcome.err.contains("it is cut off"), "{}", outcome.err);
    for (from, to) in [("Tables: ", "Tables: AAAA"), ("Tables: 7", "Tables: 8"), ("Tables: ", "Tables: %")] {
        std::fs::write(&log, text.replacen(from, to, 1)).unwrap();
        let outcome = idlescope(&words(&["--merge", log.to_str().unwrap()])).run();
        if outcome.code == 0 {
            assert_eq!(text.replacen(from, to, 1), text);
            continue;
        }
        assert!(outcome.err.contains(&format!("line {line}: its tables are damaged")), "{}", outcome.err);
    }
}

#[test]
fn what_is_no_histogram_log_is_refused_with_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("x.hlog");
    for (text, says) in [
        ("#[Histogram log format version 1.3]\n", "holds no histograms of idlescope"),
        ("hello\n", "line 1 is none of an interval log"),
        ("#[Idlescope-Capture: grouped-by=port]\nTag=a,0.000,1.000,1.000,AAAA\n", "line 2 is damaged"),
    ] {
        std::fs::write(&file, text).unwrap();
        let outcome = idlescope(&words(&["--merge", file.to_str().unwrap()])).run();
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains("x.hlog") && outcome.err.contains(says), "{}", outcome.err);
    }
}

#[test]
fn only_tune_writes_histogram_logs() {
    let story = fixture("stories/heartbeat-30s.pcap");
    let outcome = idlescope(&["analyze", &story, "--format", "hlog"]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("'idlescope tune'"), "{}", outcome.err);
}

#[test]
fn the_long_table_has_every_part() {
    let story = fixture("stories/isa-left-behind.pcap");
    let outcome = idlescope(&words(&[&story, "--format", "csv"])).run();
    let mut rows = csv::Reader::from_reader(outcome.out.as_bytes());
    let tables: std::collections::BTreeSet<String> =
        rows.records().map(|row| row.unwrap()[0].to_owned()).collect();
    for table in ["timeout", "keepalive", "saved", "survival", "gaps", "gaps-by-end", "open-gaps"] {
        assert!(tables.contains(table), "{tables:?}");
    }
}

/// Lines of one type, without it.
fn lines_of(kind: &str, lines: &[Value]) -> Vec<Value> {
    let of_type = lines.iter().filter(|line| line["type"] == kind).cloned();
    of_type
        .map(|mut line| {
            line.as_object_mut().unwrap().remove("type");
            line
        })
        .collect()
}

#[test]
fn the_lines_together_are_the_tuning_of_the_document() {
    let story = fixture("stories/isa-left-behind.pcap");
    let tune = |format| idlescope(&words(&[&story, "--hop", "isa=1h", "--format", format])).run();
    let (document, lines) = (tune("json").report(), tune("ndjson"));
    assert_eq!((lines.code, lines.err.as_str()), (0, ""));
    let lines: Vec<Value> = lines.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["type"], &lines.last().unwrap()["type"]), (&json!("capture"), &json!("totals")));
    let [mut whole] = <[Value; 1]>::try_from(lines_of("tuning", &lines)).unwrap();
    for (part, kind) in
        [("timeouts", "timeout"), ("keepalives", "keepalive"), ("curves", "curve"), ("groups", "group")]
    {
        assert!(!document["tuning"][part].as_array().unwrap().is_empty(), "{part}");
        whole[part] = Value::Array(lines_of(kind, &lines));
    }
    for part in ["recommendation", "distributions"] {
        whole[part] = lines_of(part, &lines).swap_remove(0);
    }
    assert_eq!(whole, document["tuning"]);
}

/// The log without the line that names the version of the program.
/// Without what this program's version and its tables put in comments, which other readers pass over.
fn of_other_readers(log: &str) -> Vec<&str> {
    let own =
        ["#[Written by ", "#[Idlescope-Histograms: ", "#[Idlescope-Tables: ", "#[Idlescope-Recommended: "];
    log.lines().filter(|line| !own.iter().any(|own| line.starts_with(own))).collect()
}

/// `fixtures/hlog/expected.txt` is another implementation's reading of these very bytes.
#[test]
fn the_log_is_byte_for_byte_the_one_that_another_implementation_read() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.hlog");
    let story = fixture("stories/exchange-keepalive-2h.pcap");
    assert_eq!(idlescope(&words(&[&story, "-o", &format!("hlog={}", log.display())])).run().code, 0);
    let (written, read) = (
        std::fs::read_to_string(&log).unwrap(),
        std::fs::read_to_string(fixture("hlog/exchange-keepalive-2h.hlog")).unwrap(),
    );
    assert_eq!(
        of_other_readers(&written),
        of_other_readers(&read),
        "have it read again: fixtures/hlog/expect.py"
    );
    let expected = std::fs::read_to_string(fixture("hlog/expected.txt")).unwrap();
    // Two probes two hours after what came before them (tshark: tcp.analysis.keep_alive).
    assert!(expected.lines().any(|line| line == "gaps.any.probe 2 7196672 7200767"), "{expected}");
    let tags = written.lines().filter_map(|line| line.strip_prefix("Tag=")?.split(',').next());
    let read_tags = expected.lines().filter_map(|line| line.rsplitn(4, ' ').last());
    assert!(tags.eq(read_tags), "{expected}");
}

#[test]
fn another_implementation_reads_the_log() {
    let python = std::env::var("HDRH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import hdrh.log"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no Python with the package hdrhistogram (HDRH_PYTHON names one)");
        return;
    }
    let words = [fixture("hlog/expect.py"), fixture("hlog/exchange-keepalive-2h.hlog")];
    let read = Command::new(python).args(&words).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let expected = std::fs::read_to_string(fixture("hlog/expected.txt")).unwrap();
    assert_eq!(String::from_utf8(read.stdout).unwrap(), expected);
}

#[test]
fn advise_takes_the_keepalive_that_tune_recommends() {
    let story = fixture("stories/exchange-keepalive-2h.pcap");
    let hops = ["--hop", "firewall=1h", "--hop", "mdm=50m", "--hop", "lb=40m"];
    // 30m protects, but nine probes 75 s apart do not end before 40m.
    let tune = [&["tune", &story, "--keepalive", "30m", "--format", "json"], &hops[..]].concat();
    let report = idlescope(&tune).run();
    assert_eq!(report.code, 0, "{}", report.err);
    assert_eq!(report.report()["tuning"]["recommendation"]["keepalive"]["time_s"], 1200.0);
    let advice = ["advise", "--for", "linux", "--report", "-"];
    let of_report = idlescope(&advice).input(report.out.into_bytes()).run();
    let of_words =
        idlescope(&[&["advise", "--for", "linux", "--keepalive", "20m/75s/9"], &hops[..]].concat()).run();
    assert_eq!((of_report.code, of_report.err.as_str()), (0, ""));
    assert!(of_report.out.contains("net.ipv4.tcp_keepalive_time = 1200"), "{}", of_report.out);
    assert_eq!(of_report.out, of_words.out);
}

/// The groups of a report, and how many flows each has.
fn groups(by: &str) -> Vec<(String, u64)> {
    let captures = ["stories/overlapping-networks.pcap", "stories/exchange-keepalive-2h.pcap"].map(fixture);
    let tune = words(&[&captures[0], &captures[1], "--group-by", by, "--format", "json"]);
    let outcome = idlescope(&tune).run();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let report = outcome.report();
    let rows = report["tuning"]["groups"].as_array().unwrap().iter();
    let mut groups: Vec<(String, u64)> =
        rows.map(|row| (row["name"].as_str().unwrap().to_owned(), row["flows"].as_u64().unwrap())).collect();
    groups.sort();
    groups
}

#[test]
fn services_are_laid_together_by_port_subnet_and_vlan() {
    let named = |names: &[(&str, u64)]| -> Vec<(String, u64)> {
        names.iter().map(|(name, flows)| ((*name).to_owned(), *flows)).collect()
    };
    // The same addresses and ports in two VLANs and two VXLANs are four services of one port.
    assert_eq!(groups("port"), named(&[("3306", 4), ("443", 1)]));
    let vlans = [("none", 1), ("vlan 10", 1), ("vlan 20", 1), ("vxlan 10", 1), ("vxlan 20", 1)];
    assert_eq!(groups("vlan"), named(&vlans));
    let of = |network: &str, end: &str| -> Vec<(String, u64)> {
        let inside = vlans.iter().filter(|(name, _)| *name != "none");
        let mut groups: Vec<_> =
            inside.map(|(name, flows)| (format!("{network} ({name})"), *flows)).collect();
        groups.push((end.to_owned(), 1));
        groups.sort();
        groups
    };
    assert_eq!(groups("subnet"), of("192.168.0.0/24", "10.30.0.0/24"));
    assert_eq!(groups("service"), of("192.168.0.20:3306", "10.30.0.25:443"));
}

#[test]
fn gaps_of_a_group_by_what_ended_them_are_its_gaps() {
    let captures = ["stories/heartbeat-30s.pcap", "stories/exchange-keepalive-2h.pcap"].map(fixture);
    let report = idlescope(&words(&[&captures[0], &captures[1], "--format", "json"])).run().report();
    let groups = report["tuning"]["groups"].as_array().unwrap();
    let count = |gaps: &Value| gaps["count"].as_u64().unwrap();
    for group in groups {
        let all = &group["distributions"];
        let ended = all["gaps_by_end"].as_object().unwrap();
        assert_eq!(ended.values().map(count).sum::<u64>(), count(&all["gaps"]["any"]), "{}", group["name"]);
    }
    // Two probes, each after two hours, and what the user did before and after.
    let exchange = groups.iter().find(|group| group["name"] == "10.30.0.25:443").unwrap();
    let ended = &exchange["distributions"]["gaps_by_end"];
    let kinds = ["probe", "data", "fin"].map(|kind| count(&ended[kind]));
    assert_eq!((groups.len(), kinds), (2, [2, 1, 1]));
    // The bucket of two hours, to three digits.
    assert_eq!(ended["probe"]["percentiles"]["max_s"], 7200.767);
}

#[test]
fn slots_of_one_service_are_counted_there_and_nowhere_else() {
    let story = fixture("stories/isa-left-behind.pcap");
    let held = |limits: &[&str]| {
        let slots = limits.iter().flat_map(|limit| ["--slots", limit]);
        let tune: Vec<&str> =
            ["tune", &story, "--keepalives", "2h", "--format", "json"].into_iter().chain(slots).collect();
        let outcome = idlescope(&tune).run();
        assert_eq!(outcome.code, 0, "{}", outcome.err);
        outcome.report()["tuning"]["keepalives"][0]["slots"].clone()
    };
    let all = |allowed: u64, clients: u64| json!({ "service": "10.20.0.9:1225", "allowed": allowed, "most": 32, "clients_at_limit": clients });
    assert_eq!(held(&["32"]), all(32, 1));
    assert_eq!(held(&["33@:1225"]), all(33, 0));
    assert_eq!(held(&["8", "33@10.20.0.9:1225"]), all(33, 0), "the limit that names the service counts");
    let none = json!({ "service": null, "allowed": 32, "most": 0, "clients_at_limit": 0 });
    assert_eq!(held(&["32@:80"]), none);
    assert_eq!(held(&[]), Value::Null);
}

#[test]
fn the_page_of_tune_begins_with_what_the_text_begins_with() {
    let story = fixture("stories/exchange-keepalive-2h.pcap");
    let tune = |format| idlescope(&words(&[&story, "--hop", "lb=40m", "--format", format])).run();
    let (text, page) = (tune("text"), tune("html"));
    assert_eq!((page.code, page.err.as_str()), (0, ""));
    let said = text.out.split("\n\n").next().unwrap().replace('\n', " ");
    let (shout, reason) = said.split_once(": only ").unwrap();
    assert_eq!(shout, "TOO FEW FLOWS TO NAME A TIMEOUT");
    assert!(page.out.contains(&format!("<span class=\"shout\">{shout}</span></h1>")), "{said}");
    let reason = reason.split("; ").next().unwrap();
    assert!(page.out.contains(&format!("<p class=\"rest\">Only {reason};")), "{reason}");
    assert!(page.out.contains("<svg"), "no chart");
}
