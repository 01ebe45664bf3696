//! Help as it is printed, so that a change of it is seen, and pages made from it.

use crate::command::idlescope;

fn help(words: &[&str]) -> String {
    let outcome = idlescope(&[words, &["--help"]].concat()).run();
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{words:?}");
    outcome.out
}

#[test]
fn help_of_every_command_is_as_last_agreed() {
    for (name, words) in [
        ("idlescope", &[][..]),
        ("analyze", &["analyze"]),
        ("tune", &["tune"]),
        ("annotate", &["annotate"]),
        ("extract", &["extract"]),
        ("live", &["live"]),
        ("path", &["path"]),
        ("path_check", &["path", "check"]),
        ("presets", &["presets"]),
        ("presets_list", &["presets", "list"]),
        ("presets_show", &["presets", "show"]),
        ("advise", &["advise"]),
        ("schema", &["schema"]),
        ("completions", &["completions"]),
        ("man", &["man"]),
    ] {
        insta::assert_snapshot!(name, help(words));
    }
}

#[test]
fn the_two_stories_stand_in_the_help() {
    for words in [&[][..], &["analyze"]] {
        let help = help(words);
        assert!(help.contains("--hop firewall=1h --hop mdm=50m --hop lb=40m --keepalive 30m"), "{help}");
        assert!(help.contains("--hop ms-isa-nat --keepalive windows-legacy"), "{help}");
    }
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = idlescope(&["completions", shell]).run();
        assert_eq!(outcome.code, 0);
        assert!(outcome.out.contains("max-flows-listed"), "{shell}");
        assert!(shell != "bash" || outcome.out.contains("sql-server"), "values of --for");
        // The generators of elvish and PowerShell complete no values.
        if ["bash", "zsh", "fish"].contains(&shell) {
            assert!(outcome.out.contains("aws-nat-gateway"), "{shell}: boxes, which --hop may name");
            assert!(outcome.out.contains("windows-legacy"), "{shell}: endpoints, which --keepalive may name");
        }
    }
    let outcome = idlescope(&["completions", "tcsh"]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("powershell"), "{}", outcome.err);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    assert!(idlescope(&["man"]).run().out.starts_with(".ie"), "roff");
    let directory = tempfile::tempdir().unwrap();
    let outcome = idlescope(&["man", "--dir", directory.path().to_str().unwrap()]).run();
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, "", ""));
    for page in
        ["idlescope", "idlescope-analyze", "idlescope-live", "idlescope-path-check", "idlescope-presets-show"]
    {
        let page = directory.path().join(format!("{page}.1"));
        let text =
            std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        assert!(text.contains(".SH SYNOPSIS"), "{}", page.display());
    }
    let analyze = shown_by_man(&directory.path().join("idlescope-analyze.1"));
    let words = analyze.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("[--filter EXPR]") && words.contains("[--hop SPEC]... ["), "{analyze}");
    assert!(analyze.contains("\nEXAMPLES\n") && analyze.contains("\nEXIT STATUS\n"), "{analyze}");
    let example =
        "idlescope analyze case.pcapng --hop firewall=1h --hop mdm=50m --hop lb=40m --keepalive 30m\n";
    assert!(analyze.contains(example), "on one line, to be pasted:\n{analyze}");
    let outcome = idlescope(&["man", "--dir", "no/such"]).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("--dir 'no/such'"), "{}", outcome.err);
}

#[test]
fn the_version_says_what_is_built_in_and_which_libpcap_is_there() {
    let version = idlescope(&["--version"]).run().out;
    for part in [env!("CARGO_PKG_VERSION"), "commit", "pcapng", "zstd", "libpcap version"] {
        assert!(version.contains(part), "{version}");
    }
    assert_eq!(idlescope(&["-V"]).run().out.lines().count(), 1);
}

/// A page as man shows it on a wide terminal.
fn shown_by_man(page: &std::path::Path) -> String {
    let man = std::process::Command::new("groff")
        .args(["-man", "-Tutf8", "-rLL=200n", "-P-cbou"])
        .arg(page)
        .output()
        .unwrap();
    assert!(man.status.success() && man.stderr.is_empty(), "{}", String::from_utf8_lossy(&man.stderr));
    String::from_utf8(man.stdout).unwrap()
}
