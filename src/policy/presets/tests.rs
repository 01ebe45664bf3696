use std::collections::HashSet;

use super::*;
use crate::policy::{Expiry, Keepalive, Pickup, Refresh, SelfProbe};
use crate::time::Span;

fn middlebox(id: &str) -> &'static Middlebox {
    middleboxes().iter().find(|m| m.id == id).unwrap_or_else(|| panic!("no {id}"))
}

fn endpoint(id: &str) -> &'static Endpoint {
    endpoints().iter().find(|e| e.id == id).unwrap_or_else(|| panic!("no {id}"))
}

fn seconds(n: u64) -> Span {
    Span::from_secs(n)
}

fn secs(n: u64) -> Option<Span> {
    Some(seconds(n))
}

#[test]
fn the_catalogue_holds_every_row() {
    assert_eq!((middleboxes().len(), endpoints().len(), DOMAIN_RULES.len()), (218, 79, 33));
    assert_eq!(services().len(), 86);
    let numbers: Vec<u8> = DOMAIN_RULES.iter().map(|rule| rule.number).collect();
    assert_eq!(numbers, (1..=33).collect::<Vec<u8>>());
    assert!(DOMAIN_RULES.iter().all(|rule| !rule.says.is_empty() && !rule.source.is_empty()));
    assert_eq!(domain_rule(22).map(|rule| rule.source), Some("RFC 5382 REQ-5"));
}

#[test]
fn ids_are_unique_and_cannot_be_taken_for_a_duration_or_a_word_of_the_grammar() {
    let mut seen = HashSet::new();
    for id in Preset::all().map(Preset::id) {
        assert!(seen.insert(id), "{id} twice");
        assert!(id.starts_with(|c: char| c.is_ascii_lowercase()), "{id}");
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{id}");
        assert!(!["never", "off", "on"].contains(&id), "{id}");
    }
}

#[test]
fn every_row_has_a_source_and_refers_to_rules_that_exist() {
    let rows = middleboxes()
        .iter()
        .map(|m| (m.id, m.product, m.source, m.rules, m.exceptions))
        .chain(endpoints().iter().map(|e| (e.id, e.product, e.source, e.rules, e.exceptions)))
        .chain(services().iter().map(|s| (s.id, s.product, s.source, s.rules, s.exceptions)));
    for (id, product, source, rules, exceptions) in rows {
        assert!(!product.is_empty() && !source.is_empty(), "{id}");
        assert!(rules.iter().all(|number| domain_rule(*number).is_some()), "{id}: {rules:?}");
        assert!(rules.is_sorted(), "{id}: {rules:?}");
        assert!(exceptions.iter().all(|(part, _)| !part.is_empty()), "{id}");
    }
    for m in middleboxes() {
        for words in [m.limit_words, m.refresh_words, m.expiry_words] {
            assert!(!words.is_empty(), "{}", m.id);
        }
    }
}

/// Rows whose refresh and expiry were both seen in the source; a `*` stands for any ending.
const SOURCED_BOTH: &[&str] = &[
    "linux-conntrack",
    "linux-flowtable",
    "linux-ipvs",
    "docker-swarm-vip",
    "aws-nlb-tcp",
    "aws-nlb-tls",
    "aws-alb",
    "aws-clb",
    "aws-global-accelerator",
    "aws-network-firewall",
    "azure-lb",
    "azure-lb-tcp-reset",
    "azure-nat-gateway",
    "azure-firewall-ns",
    "azure-firewall-ew",
    "gcp-vpc-firewall",
    "cisco-asa-dcd",
    "juniper-ms-pic",
    "haproxy-tcp",
    "nginx-*",
    "envoy-*",
    "traefik-*",
    "apache-proxy",
    "ms-isa-nat",
    "rfc5382-nat",
];
const SOURCED_EXPIRY: &[&str] =
    &["aws-nat-gateway", "aws-sg-conntrack*", "cisco-asa", "checkpoint", "f5-fastl4"];
const SOURCED_REFRESH: &[&str] = &["gcp-psc-nat", "freebsd-ipfw", "netscaler-*"];

fn listed(id: &str, lists: &[&[&str]]) -> bool {
    lists.iter().copied().flatten().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => id.starts_with(prefix),
        None => id == *pattern,
    })
}

#[test]
fn cells_are_labelled_inferred_unless_the_source_says_them() {
    // Rows that came later, with the day on which their sources were read, name in the row what is inferred.
    for m in middleboxes().iter().filter(|m| m.sources.iter().all(|source| source.read.is_none())) {
        let sourced = (!m.refresh_grounds.is_inferred(), !m.expiry_grounds.is_inferred());
        let expected =
            (listed(m.id, &[SOURCED_BOTH, SOURCED_REFRESH]), listed(m.id, &[SOURCED_BOTH, SOURCED_EXPIRY]));
        assert_eq!(sourced, expected, "{} (refresh, expiry)", m.id);
    }
}

#[test]
fn how_far_rows_are_verified_adds_up() {
    let count = |verified| {
        (
            middleboxes().iter().filter(|m| m.verified == verified).count(),
            endpoints().iter().filter(|e| e.verified == verified).count(),
            services().iter().filter(|s| s.verified == verified).count(),
        )
    };
    let all = [count(Verified::Yes), count(Verified::Secondary), count(Verified::Unverified)];
    assert_eq!(all, [(188, 64, 82), (15, 5, 4), (15, 10, 0)]);
}

#[test]
fn every_box_becomes_a_hop_that_says_what_the_row_says() {
    for m in middleboxes() {
        let hop = match m.hop("x") {
            Ok(hop) => hop,
            Err(error) => {
                assert_eq!((m.limit, error.preset), (Limit::Unpublished, m.id));
                m.hop_with_idle("x", seconds(300))
            }
        };
        assert_eq!((hop.name.as_str(), hop.preset), ("x", Some(m.id)));
        assert_eq!((hop.refresh, hop.expiry, hop.pickup), (m.refresh, m.expiry, m.pickup), "{}", m.id);
        assert!(hop.timers.shortest() > Span::ZERO, "{}", m.id);
    }
    let unpublished: Vec<&str> =
        middleboxes().iter().filter(|m| m.limit == Limit::Unpublished).map(|m| m.id).collect();
    assert_eq!(unpublished, ["gcp-cloud-run", "avi-flowtable", "starlink-cgnat"]);
}

#[test]
fn the_established_limit_and_how_it_stands_agree() {
    for m in middleboxes() {
        let shortest = m.timers.established;
        match m.limit {
            Limit::Never | Limit::Unpublished => assert_eq!(shortest, Span::MAX, "{}", m.id),
            Limit::PerSide { client, server } => assert_eq!(shortest, client.min(server), "{}", m.id),
            Limit::UpTo(longest) => assert!(shortest < longest, "{}", m.id),
            Limit::Exact | Limit::AtLeast => assert!(shortest < Span::MAX, "{}", m.id),
        }
        if matches!(m.limit, Limit::Exact | Limit::PerSide { .. }) && m.adjustable != Adjustable::Fixed {
            assert!(m.adjustable.allows(shortest), "{}: its default is out of its range", m.id);
        }
        if m.limit == Limit::Exact {
            let printed = m.limit_words.replace('_', "");
            assert!(printed.contains(&shortest.as_secs().to_string()), "{}: {printed}", m.id);
        }
    }
}

#[test]
fn limits_are_those_of_their_sources() {
    for (id, limit) in [
        ("linux-conntrack", 432_000),
        ("kube-proxy-conntrack", 86_400),
        ("linux-ipvs", 900),
        ("aws-nlb-tcp", 350),
        ("aws-alb", 60),
        ("aws-global-accelerator", 340),
        ("azure-lb", 240),
        ("azure-front-door", 30),
        ("gcp-vpc-firewall", 600),
        ("gcp-cloud-nat", 1200),
        ("cisco-asa", 3600),
        ("juniper-srx", 1800),
        ("pf-aggressive", 18_000),
        ("netscaler-http", 180),
        ("envoy-tcp", 3600),
        ("ms-isa-nat", 86_400),
        ("rfc5382-nat", 7440),
        ("home-gateway-min", 239),
        ("cellular-typical-bad", 300),
    ] {
        assert_eq!(middlebox(id).established(), Some(seconds(limit)), "{id}");
    }
    assert_eq!(middlebox("haproxy-tcp").established(), Some(Span::MAX));
    assert_eq!(middlebox("starlink-cgnat").established(), None);
}

#[test]
fn conntrack_has_its_state_timers_and_its_caps() {
    let t = middlebox("linux-conntrack").timers;
    let states = [t.syn_sent, t.syn_recv, t.fin_wait, t.close_wait, t.last_ack];
    assert_eq!(states, [secs(120), secs(60), secs(120), secs(60), secs(30)]);
    assert_eq!([t.unacknowledged, t.retransmitting, t.zero_window], [secs(300); 3]);
    assert_eq!(middlebox("kube-proxy-conntrack").timers.close_wait, secs(3600));
}

#[test]
fn behaviour_is_that_of_the_sources() {
    for (id, refresh, expiry, pickup) in [
        ("linux-conntrack", Refresh::AnyPacket, Expiry::Drop, Pickup::Unstated),
        ("linux-flowtable", Refresh::AnyPacket, Expiry::Drop, Pickup::Loose),
        ("aws-nlb-tls", Refresh::AnyPacket, Expiry::ResetOnNext, Pickup::Strict),
        ("aws-clb", Refresh::Payload, Expiry::Close, Pickup::Strict),
        ("azure-lb-tcp-reset", Refresh::AnyPacket, Expiry::ResetBoth, Pickup::Strict),
        ("azure-firewall-ew", Refresh::AnyPacket, Expiry::Drop, Pickup::Unstated),
        ("haproxy-tcp", Refresh::PayloadPerDirection, Expiry::Close, Pickup::Strict),
        ("nginx-stream", Refresh::Payload, Expiry::Close, Pickup::Strict),
        ("f5-fastl4", Refresh::AnyPacket, Expiry::ResetBoth, Pickup::Strict),
    ] {
        let m = middlebox(id);
        assert_eq!((m.refresh, m.expiry, m.pickup), (refresh, expiry, pickup), "{id}");
    }
}

#[test]
fn boxes_that_probe_do_so_when_their_sources_say() {
    let probe = |id: &str| middlebox(id).hop("x").unwrap().self_probe;
    let expect = |after, interval, probes| {
        Some(SelfProbe { after: seconds(after), interval: seconds(interval), probes })
    };
    assert_eq!(probe("freebsd-ipfw"), expect(280, 5, 4));
    assert_eq!(probe("cisco-asa-dcd"), expect(3600, 15, 5));
    assert_eq!(probe("juniper-ms-pic"), expect(30, 30, 4));
    assert_eq!(probe("ms-isa-nat-hotfix"), expect(5400, 1080, 5));
    assert_eq!(middlebox("ms-isa-nat-hotfix").established(), Some(seconds(2 * 5400)));
    assert_eq!(probe("cisco-asa"), None);
    let own = |id: &str| middlebox(id).hop("x").unwrap().own_keepalive.map(|keepalive| keepalive.time);
    assert_eq!(own("f5-tcp"), Some(seconds(1800)));
    assert_eq!(own("traefik-tcp"), Some(seconds(180)));
}

#[test]
fn a_changed_limit_moves_the_probes_of_the_box_with_it() {
    let hop = middlebox("ms-isa-nat-hotfix").hop_with_idle("isa", seconds(7200));
    let expected = SelfProbe { after: seconds(3600), interval: seconds(720), probes: 5 };
    assert_eq!(hop.self_probe, Some(expected));
}

#[test]
fn endpoints_are_those_of_their_sources() {
    for (id, time, interval, probes) in [
        ("linux", 7200, 75, 9),
        ("windows", 7200, 1, 10),
        ("windows-legacy", 7200, 1, 5),
        ("freebsd", 7200, 75, 8),
        ("exchange", 1800, 1, 10),
        ("go-net", 15, 15, 9),
        ("redis-server", 300, 100, 3),
        ("curl-tool", 60, 60, 9),
        ("mongodb-server", 300, 1, 9),
        ("chrome", 45, 45, 9),
    ] {
        let keepalive = Keepalive { time: seconds(time), interval: seconds(interval), probes };
        assert_eq!(endpoint(id).keepalive(), Some(keepalive), "{id}");
    }
    for id in ["libpq", "rabbitmq", "iis", "grpc-client"] {
        assert_eq!(endpoint(id).keepalive(), None, "{id} has no TCP keepalive time of its own");
    }
    let on = |id: &str| endpoint(id).on_by_default;
    assert_eq!((on("freebsd"), on("linux")), (OnByDefault::Yes, OnByDefault::No));
    assert_eq!(endpoint("libpq").time, Setting::System);
}

#[test]
fn the_stated_time_to_a_dead_peer_is_that_of_the_settings() {
    // The catalogue states these otherwise: back-off, a count that the source does not give, "about".
    let apart = ["solaris", "hpux", "mssql-server", "mssql-odbc"];
    let mut compared = 0;
    for e in endpoints().iter().filter(|e| !apart.contains(&e.id)) {
        if let (Some(keepalive), Some(stated)) = (e.keepalive(), e.dead_peer_after) {
            assert_eq!(keepalive.period(), stated, "{}", e.id);
            compared += 1;
        }
    }
    assert_eq!(compared, 22);
}

#[test]
fn a_miss_names_the_ids_that_look_like_it() {
    let nearest = |id: &str| find(id).unwrap_err().nearest;
    assert_eq!(nearest("aws-nat-gatway"), ["aws-nat-gateway"]);
    assert_eq!(nearest("AWS-ALB")[0], "aws-alb");
    assert!(nearest("conntrack").contains(&"linux-conntrack"));
    assert_eq!(nearest("entirely-unlike-anything"), Vec::<&str>::new());
    assert_eq!(nearest(&"x".repeat(100_000)), Vec::<&str>::new());
    let message = find("linus").unwrap_err().to_string();
    assert_eq!(
        message,
        "no preset is called 'linus'; did you mean linux?; 'idlescope presets list' shows all"
    );
    assert!(matches!(find("linux"), Ok(Preset::Endpoint(_))));
    assert!(matches!(find("aws-alb"), Ok(Preset::Middlebox(_))));
}

#[test]
fn the_survey_holds_distinct_limits_ascending_without_boxes_that_cut_nothing() {
    let survey = survey_limits();
    assert!(survey.windows(2).all(|pair| pair[0].limit < pair[1].limit));
    assert!(survey.iter().all(|limit| !limit.boxes.is_empty() && limit.limit < Span::MAX));
    let limits: Vec<u64> = survey.iter().map(|limit| limit.limit.as_secs()).collect();
    for known in [60, 240, 300, 350, 600, 900, 1800, 3600, 7440, 86_400, 432_000] {
        assert!(limits.contains(&known), "{known} in {limits:?}");
    }
    let at = |n: u64| survey.iter().find(|limit| limit.limit == seconds(n)).unwrap();
    assert!(at(350).boxes.contains(&"aws-nat-gateway"));
    assert!(at(180).boxes.contains(&"netscaler-http") && at(360).boxes.contains(&"netscaler-http"));
    assert_eq!(
        at(60).boxes_that_count_packets(true),
        ["gcp-nlb-passthrough", "draytek-vigor-www", "ucloud-ulb-packet"]
    );
    assert!(at(60).boxes_that_count_packets(false).contains(&"aws-alb"));
    assert!(!at(30).boxes.contains(&"linux-flowtable"), "its expiry ends no flow");
}

#[test]
fn a_measured_keepalive_names_the_stacks_it_fits() {
    let near = |low, high| seconds(low)..=seconds(high);
    assert_eq!(
        nearest_endpoints(near(7199, 7201), Some(near(74, 76))),
        ["linux", "macos", "freebsd", "openbsd", "solaris", "aix", "hpux"]
    );
    assert_eq!(
        nearest_endpoints(near(7199, 7201), Some(near(1, 1))),
        ["windows", "windows-legacy", "solaris"]
    );
    assert_eq!(nearest_endpoints(near(1795, 1805), None), ["exchange"]);
    assert_eq!(nearest_endpoints(near(179, 181), Some(near(15, 15))), ["traefik-entry"]);
    let heartbeat = nearest_endpoints(near(30, 30), Some(near(30, 30)));
    assert!(!heartbeat.contains(&"rabbitmq"), "a heartbeat is no TCP keepalive");
}

#[test]
fn a_bracket_names_the_boxes_with_a_limit_inside() {
    let within = |low, high| presets_within(seconds(low)..=seconds(high));
    assert_eq!(within(341, 349), ["cellular-typical-bad"], "a range that overlaps counts");
    let nlb = within(345, 355);
    assert!(nlb.contains(&"aws-nlb-tcp") && !nlb.contains(&"azure-lb"), "{nlb:?}");
    assert!(within(355, 365).contains(&"netscaler-http"), "either side's timer counts");
    assert!(!within(0, u64::MAX).contains(&"haproxy-tcp"), "no timer, no bracket");
}

#[test]
fn what_is_typed_leads_to_what_is_meant() {
    for (word, id) in [
        ("k8s", "kube-proxy-conntrack"),
        ("postgres", "postgresql"),
        ("nlb", "aws-nlb-tcp"),
        ("ldap", "active-directory-ldap"),
    ] {
        assert_eq!(find(word).map(Preset::id), Ok(id));
    }
    let nearest = |id: &str| find(id).unwrap_err().nearest;
    assert_eq!(
        nearest("natgatway"),
        ["aws-nat-gateway", "azure-nat-gateway", "huawei-nat-gateway"],
        "without its vendor"
    );
    assert!(nearest("awsnlb").contains(&"aws-nlb-tcp"), "how it begins, without its hyphens");
    assert_eq!(nearest("gcp-nat")[..2], ["gcp-psc-nat", "gcp-cloud-nat"], "all its parts");
    assert!(nearest("BIG IP").contains(&"f5-fastl4"), "its alias or product");
    assert_eq!(nearest("-"), Vec::<&str>::new());
}

#[test]
fn a_word_finds_presets_by_id_alias_product_source_and_port() {
    let all = |word: &str| -> Vec<&str> {
        Preset::all().filter(|preset| preset.mentions(word)).map(Preset::id).collect()
    };
    assert!(all("AZURE").contains(&"azure-lb"));
    assert_eq!(all("k8s"), ["kube-proxy-conntrack"]);
    assert!(all("RFC 5382").contains(&"rfc5382-nat"));
    assert!(all("learn.microsoft.com").contains(&"active-directory-ldap"));
    assert!(all("3268").contains(&"active-directory-ldap"));
    assert!(!all("389").contains(&"lighttpd"), "a hash in an address is no port");
    assert!(services_at(5432).any(|service| service.id == "postgresql"));
}

#[test]
fn the_catalogue_has_the_boxes_and_services_that_it_should_with_sources_of_their_own() {
    let boxes = middleboxes().iter().filter(|m| m.verified != Verified::Unverified).count();
    let closing = services().iter().filter(|s| s.verified != Verified::Unverified).count();
    assert!(boxes >= 120, "{boxes} boxes");
    assert!(closing >= 40, "{closing} services");
    for service in services() {
        for source in service.sources {
            assert!(source.address.is_some() && source.read.is_some(), "{}: {}", service.id, source.title);
        }
    }
}
