//! `idlescope presets`.

use crate::command::idlescope;

#[test]
fn the_list_has_every_preset_by_group_with_how_far_it_can_be_trusted() {
    let outcome = idlescope(&["presets", "list"]).run();
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert_eq!(idlescope(&["presets"]).run().out, outcome.out, "list is the default");
    for preset in idlescope::policy::presets::middleboxes() {
        let row = outcome.out.lines().find(|line| line.split_whitespace().next() == Some(preset.id));
        let row = row.unwrap_or_else(|| panic!("{} is missing", preset.id));
        assert!(row.contains(preset.verified.word()), "{row}");
        assert!(row.contains(preset.refresh.word()), "{row}");
        assert_eq!(
            row.contains(&format!("{}*", preset.refresh.word())),
            preset.refresh_grounds.is_inferred(),
            "{row}"
        );
    }
    for preset in idlescope::policy::presets::services() {
        let row = outcome.out.lines().find(|line| line.split_whitespace().next() == Some(preset.id));
        assert!(row.is_some_and(|row| row.contains(preset.clock.word())), "{}: {row:?}", preset.id);
    }
    for preset in idlescope::policy::presets::endpoints() {
        assert!(
            outcome.out.lines().any(|line| line.split_whitespace().next() == Some(preset.id)),
            "{}",
            preset.id
        );
    }
    assert!(outcome.out.contains(idlescope::policy::presets::CATALOGUE_DATE));
}

#[test]
fn a_preset_is_shown_with_source_date_and_what_is_inferred() {
    let out = idlescope(&["presets", "show", "ms-isa-nat"]).run().out;
    for part in ["ms-isa-nat: ", "--hop ms-isa-nat", "86400 s (1d)", "source", "verified", "[sourced]"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let out = idlescope(&["presets", "show", "kube-proxy-conntrack"]).run().out;
    assert!(out.contains("[inferred]"), "{out}");
    let out = idlescope(&["presets", "show", "linux"]).run().out;
    assert!(out.contains("--keepalive linux") && out.contains("7200 s"), "{out}");
}

#[test]
fn a_preset_as_json_is_the_same_row_as_in_the_list() {
    let json =
        |words: &[&str]| -> serde_json::Value { serde_json::from_str(&idlescope(words).run().out).unwrap() };
    let list = json(&["presets", "list", "--format", "json"]);
    let one = json(&["presets", "show", "aws-nlb-tcp", "--format", "json"]);
    let row = &one["presets"][0];
    assert_eq!((row["established_s"].as_f64(), row["verified"].as_str()), (Some(350.0), Some("yes")));
    assert!(list["presets"].as_array().unwrap().contains(row));
}

#[test]
fn an_unknown_preset_is_2_with_those_that_look_like_it() {
    let outcome = idlescope(&["presets", "show", "aws-nbl-tcp"]).run();
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    assert!(outcome.err.contains("'aws-nbl-tcp'") && outcome.err.contains("aws-nlb-tcp"), "{}", outcome.err);
}

#[test]
fn the_list_can_be_narrowed_to_a_word_or_a_port() {
    let ids = |words: &[&str]| -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(&idlescope(words).run().out).unwrap();
        let rows = document["presets"].as_array().unwrap().iter();
        rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["presets", "list", "k8s", "--format", "json"]), ["kube-proxy-conntrack"]);
    assert!(ids(&["presets", "list", "5432", "--format", "json"]).contains(&"postgresql".to_owned()));
    let azure = idlescope(&["presets", "list", "Azure"]).run().out;
    assert!(azure.contains("\n  azure-lb ") && !azure.contains("\n  aws-alb "), "{azure}");
    let outcome = idlescope(&["presets", "list", "natgatway"]).run();
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    assert!(
        outcome.err.contains("'natgatway'") && outcome.err.contains("aws-nat-gateway"),
        "{}",
        outcome.err
    );
}

#[test]
fn a_service_says_when_it_closes_whom_and_where_that_is_set() {
    let out = idlescope(&["presets", "show", "active-directory-ldap"]).run().out;
    for part in ["389, 636", "900 s (15m)", "payload", "MaxConnIdleTime", "https://"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let json = idlescope(&["presets", "show", "ldap", "--format", "json"]).run().out;
    let row = &serde_json::from_str::<serde_json::Value>(&json).unwrap()["presets"][0];
    assert_eq!((row["kind"].as_str(), row["idle_s"].as_f64()), (Some("service"), Some(900.0)));
    assert!(row["sources"][0]["read"].is_string(), "{row}");
}

#[test]
fn a_service_is_no_hop_and_no_keepalive_but_its_timer_can_be_tried() {
    let outcome = idlescope(&["path", "check", "--hop", "active-directory-ldap"]).run();
    assert_eq!(outcome.code, 2);
    let hop = "active-directory-ldap=15m,refresh=payload,expiry=close";
    assert!(outcome.err.contains("is a service") && outcome.err.contains(hop), "{}", outcome.err);
    assert_eq!(idlescope(&["path", "check", "--hop", hop]).run().err, "");
    let outcome = idlescope(&["path", "check", "--hop", "1h", "--keepalive", "active-directory-ldap"]).run();
    assert!(outcome.code == 2 && outcome.err.contains("is a service"), "{}", outcome.err);
}

const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/presets/own.toml");

#[test]
fn own_presets_are_shown_with_their_file_and_what_they_replace() {
    let show = |id: &str| idlescope(&["presets", "show", id, "--presets", OWN]).run().out;
    let east = show("east");
    assert!(east.contains("east-firewall: ") && east.contains("own.toml, line 3\n"), "{east}");
    assert!(east.contains("set session timeout"), "{east}");
    let alb = show("aws-alb");
    assert!(alb.contains("600 s (10m)") && alb.contains("line 14, in place of the row"), "{alb}");
    let list = idlescope(&["presets", "list", "--presets", OWN]).run().out;
    let rows = |id: &str| list.lines().filter(|l| l.split_whitespace().next() == Some(id)).count();
    assert_eq!((rows("aws-alb"), rows("east-firewall"), rows("backup-agent"), rows("orders")), (1, 1, 1, 1));
    assert_eq!(idlescope(&["presets", "show", "east"]).run().code, 2, "only with its file");
}

#[test]
fn own_presets_are_hops_and_keepalive_of_every_command_that_takes_a_path() {
    let words = ["--hop", "east", "--keepalive", "backup-agent", "--presets", OWN];
    let checked = idlescope(&[&["path", "check"][..], &words].concat()).run();
    assert!(checked.out.contains("30m") && checked.out.contains("10m/30s/5"), "{}", checked.out);
    let advised = idlescope(&[&["advise"][..], &words].concat()).run();
    assert!(advised.code == 0 && advised.out.contains("east-firewall"), "{}", advised.err);
    let story = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/stories/exchange-keepalive-30m.pcap");
    for command in ["analyze", "tune"] {
        let outcome = idlescope(&[&[command, story][..], &words].concat()).run();
        assert!(outcome.code != 2 && outcome.out.contains("east-firewall"), "{command}: {}", outcome.err);
    }
    let outcome = idlescope(&["path", "check", "--hop", "1h", "--keepalive", "backup-agent"]).run();
    assert!(outcome.code == 2 && outcome.err.contains("'backup-agent'"), "{}", outcome.err);
}

#[test]
fn a_preset_file_that_cannot_be_used_is_2_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let own = OWN.to_owned();
    for (text, part) in [
        ("[[box]]\nid = \"x\"\nproduct = \"X\"\nidle = 350\n", "own.toml:4:8: idle is the bare number 350"),
        ("[[box]]\nid = \"linux\"\nproduct = \"X\"\nidle = \"1h\"\n", "'linux' is an endpoint already"),
        (
            "[[box]]\nid = \"x\"\naliases = [\"nlb\"]\nproduct = \"X\"\nidle = \"1h\"\n",
            "'nlb' leads to 'aws-nlb-tcp' already",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let outcome = idlescope(&["presets", "--presets", &own, "--presets", file.to_str().unwrap()]).run();
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
        assert!(
            outcome.err.contains("preset file ") && outcome.err.contains(part),
            "{part}: {}",
            outcome.err
        );
    }
}
