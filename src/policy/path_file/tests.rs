use std::collections::BTreeSet;
use std::path::{Path as FsPath, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::policy::{Expiry, PathFault, Refresh, lint};
use crate::time::Span;

fn fixtures(folder: &str) -> PathBuf {
    FsPath::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder)
}

/// Names without ending of the files in a folder that end so.
fn stems(folder: &FsPath, ending: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|e| e == ending));
    files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_mistake_has_its_message() {
    let folder = fixtures("bad/paths");
    let (files, messages) = (stems(&folder, "toml"), stems(&folder, "message"));
    assert_eq!(files, messages, "each NAME.toml needs a NAME.message and the other way round");
    assert_eq!(files.len(), std::fs::read_dir(&folder).unwrap().count() / 2, "a file of another kind");
    let mut wrong = Vec::new();
    for stem in files {
        let expected = std::fs::read_to_string(folder.join(format!("{stem}.message"))).unwrap();
        let said = match read_path_file(&folder.join(format!("{stem}.toml"))) {
            Ok(path) => format!("no error: {path:?}"),
            Err(error) => error.to_string().replace(&format!("{}/", folder.display()), ""),
        };
        if said != expected.trim_end() {
            wrong.push(format!("{stem}\n  says    {said}\n  expects {}", expected.trim_end()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_good_path_file_is_read() {
    let files = stems(&fixtures("paths"), "toml");
    assert_eq!(
        files.iter().map(String::as_str).collect::<Vec<_>>(),
        ["by-destination", "cloud", "every-setting", "exchange", "exchange-reversed", "isa", "isa-hotfix"]
    );
    for stem in files {
        let path = read_path_file(&fixtures("paths").join(format!("{stem}.toml")));
        assert!(path.is_ok_and(|file| !file.path.hops.is_empty()), "{stem}");
    }
}

#[test]
fn a_file_has_paths_for_some_flows_keepalive_by_end_and_names() {
    let file = read_path_file(&fixtures("paths").join("by-destination.toml")).unwrap();
    let [erp] = &file.routes[..] else { panic!("{:?}", file.routes) };
    let matches: Vec<String> = erp.matches.iter().map(ToString::to_string).collect();
    assert_eq!(
        (erp.name.as_str(), &matches[..]),
        ("erp", &["10.0.0.0/8:443".to_owned(), ":8443,vlan=12".to_owned()][..])
    );
    let setting = erp.path.setting().unwrap();
    assert_eq!(setting.to_string(), "initiator=off,responder=10m/30s/3");
    assert_eq!((erp.path.hops.len(), erp.path.keepalive.unwrap().time.as_secs()), (2, 600));
    assert_eq!(file.names.of_word("10.0.0.9:1225"), Some("exchange"));
    assert_eq!(file.path.hops.len(), 1);
    let by_table =
        parse_path_file(b"[[hop]]\nidle = \"1h\"\n[keepalive]\nresponder = \"10m/30s/3\"\n").unwrap();
    assert_eq!(by_table.path.setting(), Some(setting));
}

fn good(stem: &str) -> Path {
    read_path_file(&fixtures("paths").join(format!("{stem}.toml"))).unwrap().path
}

#[test]
fn slots_of_a_file_arrive_as_those_of_the_command_line() {
    let read = |slots: &str| parse_path_file(format!("slots = {slots}\n[[hop]]\nidle = \"1h\"\n").as_bytes());
    let words =
        |slots: &str| -> Vec<String> { read(slots).unwrap().slots.iter().map(ToString::to_string).collect() };
    assert_eq!(words("32"), ["32"]);
    assert_eq!(words("\"32@10.0.0.9:1225\""), ["32@10.0.0.9:1225"]);
    assert_eq!(words("[32, \"8@:25\"]"), ["32", "8@:25"]);
    for (slots, said) in
        [("0", "no number of connections"), ("1.5", "slots = 32"), ("[\"8@\"]", "no service")]
    {
        let PathFileFault::Content { line: 1, problem, .. } = read(slots).unwrap_err() else {
            panic!("{slots}")
        };
        assert!(problem.to_string().contains(said), "{problem}");
    }
}

#[test]
fn the_exchange_file_says_what_the_command_line_says() {
    let hops = ["firewall=1h", "device-manager=50m", "load-balancer=40m"];
    let path = Path::from_specs(&hops, Some("30m".parse().unwrap())).unwrap();
    assert_eq!(good("exchange"), path);
    assert_eq!(lint(&good("exchange")), []);
    let reversed = lint(&good("exchange-reversed"));
    assert!(matches!(reversed[..], [PathFault::HopOrder { .. }, PathFault::HopOrder { .. }]), "{reversed:?}");
}

#[test]
fn every_setting_of_a_file_arrives() {
    let path = good("every-setting");
    let specs = [
        "edge=1h,half-open=30s,half-closed=10m,unacknowledged=5m,refresh=responder,expiry=reset-both,pickup=loose",
        "aws-nlb-tcp,idle=50m",
        "aws-nlb-tcp",
    ];
    let keepalive = "exchange,time=2m,probes=4".parse().unwrap();
    assert_eq!(path, Path::from_specs(&specs, Some(keepalive)).unwrap());
    let names: Vec<&str> = path.hops.iter().map(|hop| hop.name.as_str()).collect();
    assert_eq!(names, ["edge", "aws-nlb-tcp", "aws-nlb-tcp-2"]);
    assert_eq!((path.hops[0].refresh, path.hops[0].expiry), (Refresh::Responder, Expiry::ResetBoth));
}

#[test]
fn the_isa_files_hold_both_states_of_the_seed_story() {
    let limit = |stem| good(stem).hops[0].timers.established;
    assert_eq!((limit("isa"), limit("isa-hotfix")), (Span::from_secs(86_400), Span::from_secs(10_800)));
}

#[test]
fn keepalive_may_be_one_word_as_on_the_command_line() {
    for spec in ["off", "30m/75s/9", "windows"] {
        let text = format!("keepalive = '{spec}'\nhop = [{{ idle = '1h' }}]");
        assert_eq!(parse_path_file(text.as_bytes()).unwrap().path.keepalive, Some(spec.parse().unwrap()));
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = read_path_file(FsPath::new("no/such/path.toml")).unwrap_err();
    assert!(matches!(*error.fault, PathFileFault::Unreadable(_)));
    assert!(error.to_string().starts_with("no/such/path.toml: cannot be read: "), "{error}");
}

#[test]
fn a_folder_is_refused_as_unreadable() {
    let error = read_path_file(&fixtures("paths")).unwrap_err();
    assert!(matches!(*error.fault, PathFileFault::Unreadable(_)), "{error}");
}

#[test]
fn a_long_file_is_refused_before_it_fills_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.toml");
    std::fs::write(&file, "#".repeat(LONGEST_FILE as usize + 1)).unwrap();
    assert!(matches!(*read_path_file(&file).unwrap_err().fault, PathFileFault::TooLong));
    std::fs::write(&file, "#".repeat(LONGEST_FILE as usize)).unwrap();
    let fault = read_path_file(&file).unwrap_err().fault;
    assert!(matches!(*fault, PathFileFault::Content { problem: ContentFault::NoHop, .. }), "{fault}");
}

#[test]
fn columns_count_characters_not_bytes() {
    let fault = parse_path_file("hop = [{ name = 'é', idle = 'x' }]".as_bytes()).unwrap_err();
    assert!(matches!(fault, PathFileFault::Content { line: 1, column: 29, .. }), "{fault:?}");
}

#[test]
fn more_hops_than_a_packet_can_pass_are_refused() {
    let fault = parse_path_file("[[hop]]\nidle='1h'\n".repeat(MAX_HOPS + 1).as_bytes()).unwrap_err();
    let place = (fault.to_string().contains("at most 255 hops"), place(&fault));
    assert_eq!(place, (true, format!(":{}:1", 2 * MAX_HOPS + 1)));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_path_file(&bytes).map_err(|fault| fault.to_string());
    }

    #[test]
    fn words_of_path_files_in_any_order_are_read_or_refused_without_panic(
        text in r#"(\[\[hop\]\]|\[keepalive\]|hop|keepalive|idle|name|preset|probes|time|=|"1h"|"linux"|"aws-alb"|9|1\.5|true|\[|\]|\{|\}|,|\n|'é'|x){0,24}"#,
    ) {
        let _ = parse_path_file(text.as_bytes()).map_err(|fault| fault.to_string());
    }

    #[test]
    fn a_damaged_path_file_is_read_or_refused_without_panic(
        at in 0..400_usize,
        with in any::<u8>(),
        cut in 0..400_usize,
    ) {
        let mut bytes = std::fs::read(fixtures("paths").join("every-setting.toml")).unwrap();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = with;
        }
        bytes.truncate(cut);
        let _ = parse_path_file(&bytes).map_err(|fault| fault.to_string());
    }
}
