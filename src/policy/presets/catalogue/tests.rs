use super::*;
use crate::policy::presets::{Adjustable, Limit, Preset, Verified, find};

fn catalogue_folder() -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy/presets/catalogue")
}

#[test]
fn every_file_of_the_catalogue_is_listed_and_read() {
    let mut files = Vec::new();
    for kind in ["boxes", "endpoints", "services"] {
        for entry in std::fs::read_dir(catalogue_folder().join(kind)).unwrap() {
            files.push(format!("{kind}/{}", entry.unwrap().file_name().to_string_lossy()));
        }
    }
    files.sort();
    let mut listed: Vec<&str> = CHAPTERS.iter().map(|chapter| chapter.file).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
    for chapter in &CHAPTERS {
        let rows = parse_preset_file(chapter.text.as_bytes(), |_| Origin::Catalogue);
        let rows = rows.unwrap_or_else(|fault| {
            let file = catalogue_folder().join(chapter.file);
            panic!("{}", PresetFileError { file, fault: Box::new(fault) })
        });
        let counts = [rows.boxes.len(), rows.endpoints.len(), rows.services.len()];
        let folder = chapter.file.split('/').next().unwrap();
        let kinds = ["boxes", "endpoints", "services"];
        for (kind, count) in kinds.into_iter().zip(counts) {
            assert_eq!(count > 0, kind == folder, "{}: {count} {kind}", chapter.file);
        }
    }
}

#[test]
fn no_id_or_alias_leads_to_two_rows() {
    let mut owners = std::collections::HashMap::new();
    for preset in Preset::all() {
        for name in preset.aliases().iter().chain([&preset.id()]) {
            if let Some(other) = owners.insert(*name, preset.id()) {
                panic!("{name} is both {other} and {}", preset.id());
            }
            assert_eq!(find(name), Ok(preset));
        }
    }
}

/// The bounds within which a preset can be set, and its default.
fn settable(preset: Preset) -> (Adjustable, Limit, crate::time::Span) {
    match preset {
        Preset::Middlebox(row) => (row.adjustable, row.limit, row.timers.established),
        Preset::Service(row) => (row.adjustable, row.limit, row.idle),
        Preset::Endpoint(_) => (Adjustable::Unstated, Limit::Unpublished, crate::time::Span::MAX),
    }
}

#[test]
fn no_range_is_upside_down_and_defaults_can_be_set() {
    for preset in Preset::all() {
        let (adjustable, limit, idle) = settable(preset);
        if let Adjustable::Within { min, max } = adjustable {
            assert!(min <= max, "{}", preset.id());
            assert!(limit != Limit::Exact || adjustable.allows(idle), "{}", preset.id());
        }
        if let Limit::UpTo(longest) = limit {
            assert!(idle < longest, "{}", preset.id());
        }
    }
}

#[test]
fn what_was_verified_says_where() {
    for preset in Preset::all() {
        let verified = match preset {
            Preset::Middlebox(row) => row.verified,
            Preset::Endpoint(row) => row.verified,
            Preset::Service(row) => row.verified,
        };
        let sources = preset.sources();
        assert!(verified == Verified::Unverified || !sources.is_empty(), "{}", preset.id());
        // Rows of the first catalogue have titles only; whatever came later says what was read, and when.
        for source in sources.iter().filter(|source| source.read.is_some()) {
            assert!(source.address.is_some(), "{}: {}", preset.id(), source.title);
        }
    }
}

fn own(text: &str) -> Rows {
    parse_preset_file(text.as_bytes(), |line| Origin::File { file: "own.toml", line, replaces: false })
        .unwrap()
}

#[test]
fn an_own_row_takes_the_place_of_a_known_one_and_says_so() {
    let text = "[[box]]\nid = \"aws-alb\"\nproduct = \"Ours\"\nidle = \"10m\"\n\
                [[box]]\nid = \"ours\"\nproduct = \"Ours too\"\nidle = \"10m\"\n";
    let with = COMPILED_IN.with("own.toml", own(text)).unwrap();
    assert_eq!(with.boxes.rows.len(), COMPILED_IN.boxes.rows.len() + 1);
    assert_eq!(with.boxes.rows.iter().filter(|row| row.id == "aws-alb").count(), 1);
    let (title, rows) = with.boxes.groups.last().unwrap();
    let origins: Vec<Origin> = rows.iter().map(|row| row.origin).collect();
    assert_eq!(*title, "own.toml");
    assert_eq!(
        origins,
        [
            Origin::File { file: "own.toml", line: 1, replaces: true },
            Origin::File { file: "own.toml", line: 5, replaces: false }
        ]
    );
    assert_eq!(with.services.rows.len(), COMPILED_IN.services.rows.len());
}

#[test]
fn an_own_row_cannot_change_what_a_known_word_means() {
    let fault = |text: &str| COMPILED_IN.with("own.toml", own(text)).err().map(|(_, fault)| fault);
    let row = |id: &str, alias: &str| {
        format!("[[box]]\nid = \"{id}\"\naliases = [\"{alias}\"]\nproduct = \"Ours\"\nidle = \"1h\"\n")
    };
    assert!(matches!(fault(&row("linux", "x")), Some(RowFault::OtherKind { .. })));
    assert!(matches!(fault(&row("x", "nlb")), Some(RowFault::AliasTaken { owner: "aws-nlb-tcp", .. })));
    assert!(matches!(fault(&row("x", "aws-alb")), Some(RowFault::AliasTaken { owner: "aws-alb", .. })));
    assert_eq!(fault(&row("aws-nlb-tcp", "nlb")), None, "a row that is replaced gives its aliases up");
}
