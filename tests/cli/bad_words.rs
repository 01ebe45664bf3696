//! Every mistake on the command line has its message: it names the option, the word, and what to do.

use crate::command::{fixture, idlescope};

/// Words behind `analyze FILE`, and what the message must contain.
const MISTAKES: &[(&[&str], &[&str])] = &[
    (&["--hop", ""], &["--hop: hop 1 ''", "write a duration (1h) or a preset id"]),
    (&["--hop", "350"], &["hop 1 '350'", "350s"]),
    (&["--hop", "fw=1h", "--hop", "fw=2h"], &["hop 2 'fw=2h'", "fw"]),
    (&["--hop", "fw=0s"], &["zero", "never"]),
    (&["--hop", "aws-nbl-tcp"], &["'aws-nbl-tcp'", "aws-nlb-tcp", "idlescope presets list"]),
    (&["--hop", "fw=1h,refesh=any"], &["'refesh'", "refresh"]),
    (&["--hop", "fw=1h,refresh=payloads"], &["'payloads'", "payload-per-direction"]),
    (&["--hop", "fw=1h,expiry=explode"], &["'explode'", "reset-on-next"]),
    (&["--hop", "fw=1h,idle"], &["'idle' is not a setting", "KEY=VALUE"]),
    (&["--hop", "idle=1h"], &["'idle=1h'", "begins with a duration or a preset"]),
    (&["--hop", "fw=1h,idle=2h"], &["given twice"]),
    (&["--hop", "linux"], &["endpoint", "--keepalive linux"]),
    (&["--keepalive", ""], &["--keepalive"]),
    (&["--keepalive", "30"], &["--keepalive", "'30'", "30s"]),
    (&["--keepalive", "0s"], &["--keepalive", "write off"]),
    (&["--keepalive", "aws-alb"], &["--keepalive", "--hop aws-alb"]),
    (&["--keepalive", "30m/75s/0"], &["--keepalive", "probes cannot be '0'", "1 to 255"]),
    (&["--keepalive", "30m/75s/9/1"], &["--keepalive", "one too many"]),
    (&["--min-gap", "10"], &["--min-gap", "write 10s for seconds"]),
    (&["--min-gap", "0s"], &["--min-gap", "longer than zero"]),
    (&["--min-gap", "soon"], &["--min-gap", "'soon' is not a duration", "350s, 5m, 2h4m, 1d"]),
    (&["--min-gap", "-1s"], &["--min-gap", "'-1s' is not a duration"]),
    (&["--format", "yaml"], &["--format", "'yaml'", "ndjson"]),
    (&["-o", "report"], &["--output", "FORMAT=FILE"]),
    (&["-o", "case.pcapng"], &["--output", "idlescope annotate"]),
    (&["-i", "eth0"], &["--interface", "idlescope live -i eth0"]),
    (&["--timeout", "soon"], &["--timeout", "--hop firewall=1h"]),
    (&["-o", "yaml=x"], &["--output", "'yaml' is not a report format"]),
    (&["-o", "json="], &["--output", "names no file"]),
    (&["-o", "json=-"], &["--output", "--format json"]),
    (&["-o", "json=/"], &["-o json=/", "name a file in it"]),
    (&["--flows", "some"], &["--flows", "findings, all, none"]),
    (&["--max-flows-listed", "-1"], &["--max-flows-listed", "whole number"]),
    (&["--max-flows-listed", "many"], &["--max-flows-listed", "whole number"]),
    (&["--fail-on", "fatal"], &["--fail-on", "info, notice, warning, error, never"]),
    (&["--workers", "0"], &["--workers", "from 1 to 64"]),
    (&["--workers", "65"], &["--workers", "from 1 to 64"]),
    (&["--max-flows", "0"], &["--max-flows", "from 1 up"]),
    (&["--color", "blue"], &["--color", "auto, always, never"]),
    (&["--filter", "tcp.port == 443"], &["--filter: ", "display filter of Wireshark", "tcp port 443"]),
    (&["--from", "yesterday"], &["--from", "'yesterday' is no time", "2026-12-01T09:30:00Z"]),
    (&["--filter", "port http and"], &["--filter: ", "'port http and'", "man pcap-filter"]),
    (&["--filter", "colour blue"], &["--filter: ", "'colour blue'"]),
    (&["--path", "no/such.toml"], &["no/such.toml", "check the name"]),
    (&["--hops", "fw=1h"], &["--hops", "--hop"]),
    (&["--format", "json", "--format", "csv"], &["--format", "multiple times"]),
];

#[test]
fn every_bad_word_is_named_with_what_to_write_instead() {
    let capture = fixture("captures/keepalive-answered.pcap");
    for (mistake, says) in MISTAKES {
        let mut words = vec!["analyze", &capture];
        words.extend(*mistake);
        let outcome = idlescope(&words).run();
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{mistake:?}: {}", outcome.err);
        assert!(outcome.err.starts_with("error: "), "{mistake:?}: {}", outcome.err);
        for part in *says {
            assert!(outcome.err.contains(part), "{mistake:?} should say '{part}': {}", outcome.err);
        }
    }
}

#[test]
fn hops_of_a_file_and_of_the_command_line_are_not_mixed() {
    let file = fixture("paths/exchange.toml");
    let capture = fixture("captures/keepalive-answered.pcap");
    let outcome = idlescope(&["analyze", &capture, "--path", &file, "--hop", "fw=1h"]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("--hop 'fw=1h' and --path"), "{}", outcome.err);
    assert!(outcome.err.contains("add the hop to the file"), "{}", outcome.err);
}

#[test]
fn every_bad_path_file_is_refused_with_its_message_and_place() {
    let capture = fixture("captures/keepalive-answered.pcap");
    let mut seen = 0;
    for entry in std::fs::read_dir(fixture("bad/paths")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let file = path.to_str().unwrap();
        for words in [&["analyze", &capture, "--path", file][..], &["path", "check", file]] {
            let outcome = idlescope(words).run();
            assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{file}: {}", outcome.err);
            assert!(outcome.err.starts_with(&format!("error: path file {file}:")), "{file}: {}", outcome.err);
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn live_refuses_bad_words_before_it_opens_anything() {
    for (mistake, says) in [
        (&[][..], &["--interface"][..]),
        (&["-i", "lo", "--duration", "6"], &["--duration", "6s"]),
        (&["-i", "lo", "--duration", "0s"], &["--duration", "longer than zero"]),
        (&["-i", "lo", "--snaplen", "53"], &["--snaplen", "54..=262144"]),
        (&["-i", "lo", "--buffer", "lots"], &["--buffer", "32M"]),
        (&["-i", "lo", "--buffer", "0"], &["--buffer", "larger than zero"]),
        (&["-i", "lo", "--write", "-"], &["--write '-'", "name a file"]),
        (&["-i", "lo", "--write", "x.out", "-o", "json=x.out"], &["-o json 'x.out'"]),
        (&["-i", "lo", "--hop", "350"], &["--hop", "350s"]),
        (&["-i", "no-such-interface"], &["--interface: ", "no-such-interface"]),
    ] {
        let mut words = vec!["live"];
        words.extend(mistake);
        let outcome = idlescope(&words).run();
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{mistake:?}: {}", outcome.err);
        for part in says {
            assert!(outcome.err.contains(part), "{mistake:?} should say '{part}': {}", outcome.err);
        }
    }
}
