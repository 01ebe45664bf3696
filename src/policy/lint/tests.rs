use super::*;
use crate::policy::spec::parse_hops;

fn faults(hops: &[&str], keepalive: Option<&str>) -> Vec<PathFault> {
    let keepalive = keepalive.map(|spec| spec.parse().unwrap());
    lint(&Path { hops: parse_hops(hops).unwrap(), keepalive, by_end: None })
}

fn rules(hops: &[&str], keepalive: Option<&str>) -> Vec<(&'static str, String)> {
    faults(hops, keepalive).iter().map(|fault| (fault.rule(), fault.hop().to_owned())).collect()
}

#[test]
fn the_exchange_chain_with_its_keepalive_has_no_fault() {
    assert_eq!(rules(&["firewall=1h", "mdm=50m", "lb=40m"], Some("30m")), []);
}

#[test]
fn the_reversed_chain_is_named_pair_by_pair() {
    let found = faults(&["lb=40m", "mdm=50m", "firewall=1h"], Some("30m"));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        found[0].to_string(),
        "hop 'lb' gives up after 40m, before hop 'mdm' behind it (50m): 'mdm' keeps sessions that are \
         already cut; timeouts must grow from the server outward"
    );
    assert_eq!((found[1].rule(), found[1].hop()), ("hop-order", "mdm"));
}

#[test]
fn equal_limits_are_a_fault_of_order() {
    let found = faults(&["a=1h", "b=1h"], Some("30m"));
    assert_eq!(found.len(), 1);
    assert!(found[0].to_string().contains("both give up after 1h"), "{}", found[0]);
}

#[test]
fn hops_that_never_give_up_are_in_order_among_themselves_but_not_behind_one_that_does() {
    assert_eq!(rules(&["a=never", "b=never", "c=3h"], None), []);
    assert_eq!(rules(&["a=3h", "b=never"], None), [("hop-order", "a".to_owned())]);
}

#[test]
fn keepalive_at_or_above_a_hop_is_a_fault_for_hops_that_count_packets() {
    assert_eq!(
        rules(&["nat=2h"], Some("linux")),
        [("keepalive-above-hop", "nat".to_owned()), ("below-rfc5382", "nat".to_owned())]
    );
    assert_eq!(rules(&["fw=2h"], Some("linux")), [("keepalive-above-hop", "fw".to_owned())], "no NAT");
    assert_eq!(rules(&["fw=2h10m"], Some("linux")), []);
}

#[test]
fn keepalive_before_a_payload_hop_is_a_note() {
    let found = faults(&["aws-alb"], Some("20s"));
    assert_eq!(found.len(), 1);
    assert!(found[0].is_note() && found[0].rule() == "keepalive-not-counted");
}

#[test]
fn a_short_nat_is_below_rfc5382_unless_keepalive_comes_before() {
    assert_eq!(rules(&["nat=1h"], None), [("below-rfc5382", "nat".to_owned())]);
    assert_eq!(rules(&["nat=1h"], Some("off")), [("below-rfc5382", "nat".to_owned())]);
    assert_eq!(rules(&["nat=1h"], Some("59m59s")), []);
    assert_eq!(rules(&["nat=7440s"], None), []);
    assert_eq!(rules(&["fw=1h"], None), [], "RFC 5382 speaks of NATs only");
    let fixed = faults(&["aws-nat-gateway"], None);
    assert!(!fixed[0].to_string().contains("raise"), "{}", fixed[0]);
    assert_eq!(rules(&["envoy-tcp"], None), [], "a proxy is no NAT");
}

#[test]
fn transitory_timers_below_240_s_are_named_whatever_the_keepalive() {
    let found = faults(&["nat=3h,half-open=239s,half-closed=4m"], Some("10m"));
    assert_eq!(
        found,
        [PathFault::BelowRfc5382 {
            hop: "nat".to_owned(),
            timer: Rfc5382Timer::HalfOpen,
            limit: Span::from_secs(239),
            can_be_raised: true,
        }]
    );
    assert_eq!(faults(&["rfc5382-nat"], None), []);
}

#[test]
fn a_hop_whose_expiry_ends_no_flow_is_passed_over() {
    assert_eq!(rules(&["linux-flowtable", "fw=3h"], Some("2h")), []);
}
