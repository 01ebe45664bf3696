use super::*;
use crate::policy::Path;
use crate::policy::presets::{Preset, find as find_preset};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn plan(hops: &[&str], keepalive: Option<&str>) -> Plan {
    let keepalive = keepalive.map(|spec| spec.parse().unwrap());
    Plan::of(&Path::from_specs(hops, keepalive).unwrap())
}

/// A chain in which the hop next to the responder is the target's, where it is a box.
fn chain_with(target: &Target) -> Plan {
    let lb = match target.presets.first() {
        Some(preset) if target.kind == Kind::Timeout => format!("lb={preset},idle=40m,refresh=any"),
        _ => "lb=40m".to_owned(),
    };
    plan(&["firewall=1h", "mdm=50m", &lb], Some("30m"))
}

fn all_text(id: &str, plan: &Plan) -> String {
    let blocks = find(id).unwrap().blocks(plan);
    blocks.iter().flat_map(|block| &block.settings).map(|snippet| snippet.text.as_str()).collect()
}

#[test]
fn no_target_is_half_added() {
    let mut ids = BTreeSet::new();
    for target in targets() {
        assert!(ids.insert(target.id), "{} is there twice", target.id);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(target.id.chars().all(plain) && target.id != "all", "{}", target.id);
        assert!(!target.sources.is_empty() && !target.title.is_empty(), "{}", target.id);
        for preset in target.presets {
            assert!(matches!(find_preset(preset), Ok(Preset::Middlebox(_))), "{}: {preset}", target.id);
        }
        assert!(target.presets.is_empty() || target.kind == Kind::Timeout, "{}", target.id);
        for block in target.blocks(&chain_with(target)) {
            for text in [&block.changes[..], block.apply, block.check] {
                assert!(!text.is_empty() && !text.contains("  "), "{}: '{text}'", target.id);
            }
            assert!(block.mind.iter().all(|mind| !mind.is_empty() && !mind.contains("  ")), "{}", target.id);
            assert!(!block.settings.is_empty(), "{}", target.id);
            for snippet in block.settings {
                assert!(snippet.text.ends_with('\n') && !snippet.text.ends_with("\n\n"), "{}", target.id);
            }
        }
    }
    assert!(ids.len() >= 20, "{} targets", ids.len());
}

#[test]
fn every_file_of_templates_is_a_target_and_leaves_no_gap() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/advice/targets/templates");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let files: BTreeSet<_> =
        files.filter_map(|file| file.into_string().ok()).filter(|file| file.ends_with(".toml")).collect();
    let mut read = BTreeSet::new();
    for (file, target) in template::read_all() {
        let target = target.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(file, format!("{}.toml", target.id));
        for block in target.blocks(&plan(&["fw=1h", "lb=40m"], None)) {
            let texts =
                block.settings.iter().map(|snippet| &snippet.text).chain([&block.changes]).chain(&block.mind);
            for text in texts {
                let rest = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
                for (name, _) in rest {
                    assert!(
                        !name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                        "{file}: {{{name}}} in {text}"
                    );
                }
            }
        }
        read.insert(file.to_owned());
    }
    assert_eq!(read, files);
}

#[test]
fn a_number_that_a_product_does_not_take_is_said() {
    let short = plan(&["fw=4s"], None);
    let block = find("rabbitmq").unwrap().blocks(&short).remove(0);
    assert!(
        block.mind[0].starts_with("Less than 5s cannot be set there, and this path asks for 4s"),
        "{:?}",
        block.mind
    );
    assert!(block.settings.is_empty(), "a number that is too long is not written");
}

#[test]
fn where_keepalive_does_nothing_clients_still_close_in_time() {
    let payload = plan(&["proxy=5m,refresh=payload"], None);
    for (id, says) in [
        ("kafka", "connections.max.idle.ms=150000\n"),
        ("mongodb", "maxIdleTimeMS=150000\n"),
        ("ldap", "ldap_connection_idle_timeout = 150\n"),
    ] {
        let text = all_text(id, &payload);
        assert!(text.contains(says) && !text.contains("keepalive"), "{id}: {text}");
    }
    assert!(!all_text("smb", &payload).contains("TCP_KEEPIDLE"));
    let both = plan(&["azure-lb", "aws-alb"], None);
    assert!(all_text("kafka", &both).contains("connections.max.idle.ms=30000\n"), "the shorter of both");
}

#[test]
fn targets_stand_by_group() {
    assert!(targets().is_sorted_by_key(|target| target.group));
}

#[test]
fn units_are_those_of_the_target() {
    for (id, says) in [
        ("linux", "net.ipv4.tcp_keepalive_time = 1200\n"),
        ("linux", "idle = 1200, interval = 75, probes = 9"),
        ("windows", "\"KeepAliveTime\"=dword:00124f80\n"),
        ("windows", "-Name KeepAliveTime -PropertyType DWord -Value 1200000 "),
        ("windows", "{ 1, 1200000, 75000 }"),
        ("haproxy", "timeout client  2400s"),
        ("haproxy", "clitcpka-idle   1200s"),
        ("nginx", "so_keepalive=1200s:75s:9;"),
        ("envoy", "keepalive_time: 1200\n"),
        ("envoy", "idle_timeout: 2400s"),
        ("conntrack", "nf_conntrack_tcp_timeout_established = 2400\n"),
        ("aws-nlb", "Key=tcp.idle_timeout.seconds,Value=2400"),
        ("aws-nlb", "TcpEstablishedTimeout=2400"),
        ("aws-alb", "Key=idle_timeout.timeout_seconds,Value=2400"),
        ("azure-lb", "--idle-timeout 40 "),
        ("gcp", "--tcp-established-idle-timeout=2400s"),
        ("kubernetes", "tcpTimeout: 2400s"),
        ("libpq", "keepalives_idle=1200 keepalives_interval=75 keepalives_count=9"),
        ("jdbc", "keepaliveTime=900000\nmaxLifetime=1800000"),
        ("redis", "tcp-keepalive 300"),
        ("grpc", "(\"grpc.keepalive_time_ms\", 1200000)"),
        ("ssh", "ServerAliveInterval 1200"),
        ("go", "Idle:     1200 * time.Second"),
        ("java", "TCP_KEEPIDLE, 1200)"),
        ("node", "setKeepAlive(true, 1200000)"),
        ("dotnet", "TcpKeepAliveTime, 1200)"),
        ("oracle", "SQLNET.EXPIRE_TIME = 20\n"),
        ("oracle", "(ENABLE = BROKEN)"),
        ("oracle", "oracle.net.TCP_KEEPIDLE=1200\n"),
        ("mongodb", "maxIdleTimeMS=1200000\n"),
        ("kafka", "connections.max.idle.ms=540000\n"),
        ("rabbitmq", "heartbeat = 60\n"),
        ("ldap", "KEEPALIVE_IDLE 1200\n"),
        ("ldap", "ldap_connection_idle_timeout = 600\n"),
        ("smb", "echo_interval=60\n"),
        ("smb", "TCP_KEEPIDLE=1200 TCP_KEEPINTVL=75 TCP_KEEPCNT=9\n"),
        ("python", "idle, 1200)\n"),
        ("sql-server", "-Name KeepAlive -Value 30000"),
    ] {
        let text = all_text(id, &chain_with(find(id).unwrap()));
        assert!(text.contains(says), "{id} should say '{says}':\n{text}");
    }
}

#[test]
fn a_box_of_the_path_gets_the_limit_of_its_hop() {
    let plan = plan(&["edge=haproxy-tcp,idle=1h", "aws-nlb-tcp"], None);
    let blocks = find("haproxy").unwrap().blocks(&plan);
    assert_eq!(blocks.len(), 1);
    assert_eq!(blocks[0].hop.as_deref(), Some("edge"));
    assert!(blocks[0].settings[0].text.contains("timeout client  3600s"), "{:?}", blocks[0]);
    assert!(all_text("aws-nlb", &plan).contains("Value=350"), "nothing asks for more than it has");
}

#[test]
fn a_box_that_the_path_does_not_name_is_left_alone() {
    let plan = plan(&["aws-nat-gateway"], None);
    for target in targets().iter().filter(|target| target.kind == Kind::Timeout && !target.is_on(&plan)) {
        let block = target.blocks(&plan).remove(0);
        assert!(block.settings.is_empty(), "{}: {block:?}", target.id);
        assert!(block.changes.contains("Leave it as it is"), "{}", block.changes);
    }
    let by_name = self::plan(&["conntrack=1h"], None);
    assert!(all_text("conntrack", &by_name).contains("= 3600"), "named so on the path");
}

#[test]
fn what_counts_payload_only_gets_no_keepalive() {
    let plan = plan(&["aws-alb"], Some("30s"));
    let only_probes = |target: &&&Target| {
        let helps = matches!(target.write, Write::Template(it) if it.helps_without_keepalive());
        target.kind == Kind::Probes && !helps
    };
    for target in targets().iter().filter(only_probes) {
        let block = target.blocks(&plan).remove(0);
        assert!(block.settings.is_empty(), "{}", target.id);
        assert!(block.changes.contains("Nothing: TCP keepalive carries no payload"), "{}", block.changes);
        assert!(block.changes.contains("at least every 30s"), "{}", block.changes);
    }
    assert!(all_text("ssh", &plan).contains("ServerAliveInterval 30\n"));
    let beside = self::plan(&["fw=1h", "aws-alb"], None);
    let linux = find("linux").unwrap().blocks(&beside).remove(0);
    assert!(!linux.settings.is_empty());
    assert!(
        linux.mind.iter().any(|mind| mind.contains("does not reach the timer of 'aws-alb' (60s)")),
        "{linux:?}"
    );
}

#[test]
fn a_box_of_the_path_gets_its_own_command_and_no_other() {
    let plan = plan(&["azure-nat-gateway", "gcp-vpc-firewall", "haproxy-tcp,idle=1h"], None);
    let azure = all_text("azure-lb", &plan);
    assert!(azure.contains("nat gateway update") && !azure.contains("lb rule"), "{azure}");
    let firewall = find("gcp").unwrap().blocks(&plan).remove(0);
    assert!(firewall.settings.is_empty() && firewall.changes.contains("cannot be set"), "{firewall:?}");
    let linux = find("linux").unwrap().blocks(&plan).remove(0);
    assert!(
        linux.mind.iter().any(|mind| mind.contains("send something, each way, at least every")),
        "{linux:?}"
    );
}

#[test]
fn a_range_that_ends_before_the_plan_is_said() {
    let plan = plan(&["fw=1d", "alb=aws-alb,idle=30h"], None);
    let block = find("aws-alb").unwrap().blocks(&plan).remove(0);
    assert!(block.settings[0].text.contains("Value=4000"));
    assert!(block.mind.iter().any(|mind| mind.contains("It takes 1s to 1h 6m")), "{:?}", block.mind);
}

#[test]
fn grpc_says_that_a_server_must_permit_what_a_short_limit_needs() {
    let block = find("grpc").unwrap().blocks(&plan(&["azure-lb"], None)).remove(0);
    assert!(block.settings[0].text.contains("keepalive_time_ms\", 120000)"), "{:?}", block.settings);
    assert!(block.settings[0].text.contains("without_data_ms\", 108000)"));
    assert!(block.mind.iter().any(|mind| mind.contains("not optional")));
}

#[test]
fn isa_follows_from_its_parameter_and_gives_way_to_a_shorter_hop() {
    let alone = find("isa").unwrap().blocks(&plan(&["ms-isa-nat"], None)).remove(0);
    assert!(alone.settings[0].text.contains("Const Seconds = 5400\n"));
    assert!(
        alone.changes.contains("1h 30m")
            && alone.changes.contains("every 18m")
            && alone.changes.contains("3h")
    );
    let behind = find("isa").unwrap().blocks(&plan(&["fw=1h", "ms-isa-nat"], None)).remove(0);
    assert!(behind.settings[0].text.contains("Const Seconds = 1800\n"), "{:?}", behind.settings);
}

#[test]
fn an_unknown_target_is_answered_with_those_like_it() {
    let error = find("ngnix").unwrap_err().to_string();
    assert!(error.contains("'ngnix'; did you mean nginx?") && error.contains("haproxy"), "{error}");
}

proptest! {
    #[test]
    fn every_target_has_words_for_every_path(
        limits in prop::collection::vec((1u64..3_000_000, any::<bool>()), 0..5),
        keepalive in prop::option::of((1u64..100_000_000_000, 1u64..1_000_000, 1u32..255)),
    ) {
        let hops: Vec<String> = limits
            .iter()
            .enumerate()
            .map(|(i, (s, payload))| format!("h{i}={s}ms{}", if *payload { ",refresh=payload" } else { "" }))
            .collect();
        let hops: Vec<&str> = hops.iter().map(String::as_str).collect();
        let keepalive = keepalive.map(|(time, interval, probes)| format!("{time}ms/{interval}ms/{probes}"));
        let plan = plan(&hops, keepalive.as_deref());
        for target in targets() {
            for block in target.blocks(&plan) {
                prop_assert!(!block.changes.is_empty());
                // A number that a product does not take is left out.
                if matches!(target.write, Write::Template(_)) {
                    continue;
                }
                let nothing = target.kind == Kind::Timeout || target.kind == Kind::Probes && plan.keepalive_is_useless();
                prop_assert_eq!(block.settings.is_empty(), nothing);
            }
        }
    }
}
