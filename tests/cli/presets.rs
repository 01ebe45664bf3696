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
    for part in ["ms-isa-nat: ", "--hop ms-isa-nat", "source", "verified", "[inferred]"] {
        assert!(out.contains(part), "{part}: {out}");
    }
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
    let outcome = idlescope(&["presets", "show", "aws-nbl"]).run();
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    assert!(outcome.err.contains("'aws-nbl'") && outcome.err.contains("aws-nlb"), "{}", outcome.err);
}
