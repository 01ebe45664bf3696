use proptest::prelude::*;

use super::*;
use crate::policy::Path;

fn path(hops: &[&str], keepalive: Option<&str>) -> Path {
    Path::from_specs(hops, keepalive.map(|spec| spec.parse().unwrap())).unwrap()
}

fn proposal(hops: &[&str], keepalive: Option<&str>) -> Proposal {
    propose(&path(hops, keepalive)).expect("a proposal")
}

fn limits(proposal: &Proposal) -> Vec<String> {
    proposal.path.hops.iter().map(|hop| ExactSpan(hop.timers.established).to_string()).collect()
}

#[test]
fn a_good_chain_is_left_alone() {
    assert_eq!(propose(&path(&["firewall=1h", "mdm=50m", "lb=40m"], Some("30m"))), None);
    assert_eq!(propose(&Path::default()), None);
}

#[test]
fn the_reversed_chain_is_raised_from_the_server_outward_and_nothing_is_lowered() {
    let proposal = proposal(&["lb=40m", "mdm=50m", "firewall=1h"], Some("20m"));
    assert_eq!(limits(&proposal), ["1h34m", "1h15m", "1h"]);
    assert_eq!(proposal.remaining, []);
    let said: Vec<String> = proposal.changes.iter().map(Change::to_string).collect();
    assert_eq!(
        said,
        [
            "set the idle limit of hop 'lb' to 1h34m (is 40m)",
            "set the idle limit of hop 'mdm' to 1h15m (is 50m)",
        ]
    );
}

#[test]
fn one_hop_out_of_line_is_the_one_that_changes() {
    assert_eq!(limits(&proposal(&["a=1h", "b=40m", "c=50m"], Some("30m"))), ["1h", "55m", "50m"]);
    assert_eq!(limits(&proposal(&["a=20m", "b=50m", "c=40m"], Some("10m"))), ["1h3m", "50m", "40m"]);
}

#[test]
fn one_keepalive_is_preferred_to_lowering_a_box_and_to_raising_another_beyond_a_day() {
    let fits = path(&["a=1h", "b=50m", "c=24h"], Some("20m"));
    assert_eq!(propose(&fits), None, "nothing has to be set");
    assert!(is_protected_by_keepalive(&fits));
    let fixed = proposal(&["aws-nat-gateway", "fw=1h"], Some("30m"));
    assert_eq!(limits(&fixed), ["5m50s", "1h"]);
    assert_eq!(fixed.changes.len(), 1, "{:?}", fixed.changes);
    assert_eq!(fixed.path.keepalive.map(|it| it.to_string()), Some("2m55s/19s/9".to_owned()));
    assert!(is_protected_by_keepalive(&fixed.path));
    assert!(fixed.remaining.iter().all(|fault| fault.rule() == "hop-order"), "{:?}", fixed.remaining);
}

#[test]
fn keepalive_of_one_end_does_not_pass_a_proxy() {
    let mut stated = path(&["fw=1h", "haproxy-tcp,idle=50m", "nat=40m"], None);
    stated.state("initiator=off,responder=10m/30s/3".parse().unwrap());
    let faults = lint(&stated);
    assert!(
        matches!(&faults[..], [PathFault::KeepaliveDoesNotReach { hop, proxy, .. }, ..] if hop == "fw" && proxy == "haproxy-tcp"),
        "{faults:?}"
    );
    let put_right = propose(&stated).unwrap();
    assert!(!lint(&put_right.path).iter().any(|fault| fault.rule() == "keepalive-above-hop"));
    assert!(put_right.changes[0].to_string().contains("responder=10m/30s/3"), "what fits stays");
}

#[test]
fn equal_limits_rise_outward_by_a_quarter() {
    assert_eq!(limits(&proposal(&["a=1h", "b=1h", "c=1h"], Some("30m"))), ["1h34m", "1h15m", "1h"]);
}

#[test]
fn a_hop_that_never_gives_up_keeps_that_and_keepalive_makes_up_for_it() {
    let proposal = proposal(&["a=3h", "b=never"], None);
    assert_eq!(limits(&proposal), ["3h", "never"]);
    assert_eq!(proposal.path.keepalive.map(|it| it.time), Some(Span::from_secs(5400)));
}

#[test]
fn a_limit_that_the_maker_fixes_stays_and_the_others_fit_around_it() {
    let around = proposal(&["edge=240s", "aws-nat-gateway"], Some("1m"));
    assert_eq!(limits(&around), ["7m20s", "5m50s"]);
    let stuck = proposal(&["azure-firewall-ew", "aws-nat-gateway", "fw=1h"], Some("2h"));
    assert_eq!(limits(&stuck)[..2], ["5m", "5m50s"]);
    assert!(stuck.remaining.iter().any(|fault| fault.rule() == "hop-order"), "{:?}", stuck.remaining);
}

#[test]
fn a_limit_stays_within_what_the_box_takes() {
    let within = proposal(&["aws-nlb-tcp", "fw=1h30m"], Some("2m"));
    assert_eq!(limits(&within)[0], "1h40m", "6000 s is the most that the balancer takes");
    assert_eq!(
        propose(&path(&["aws-nlb-tcp", "fw=3h"], Some("2m/10s/9"))),
        None,
        "keepalive makes up for it"
    );
}

#[test]
fn keepalive_goes_to_half_of_the_shortest_limit_with_its_probes_inside_the_rest() {
    let proposal = proposal(&["fw=30m"], Some("linux"));
    let keepalive = proposal.path.keepalive.unwrap();
    assert_eq!(keepalive.to_string(), "15m/75s/9");
    assert!(keepalive.period() <= Span::from_secs(1800));
    assert_eq!(
        proposal.changes[0].to_string(),
        "set keepalive to 15m/75s/9 (time/interval/probes; is 2h/75s/9)"
    );
    let tight = super::tests::proposal(&["aws-nlb-tcp"], None).path.keepalive.unwrap();
    assert_eq!(tight.to_string(), "2m55s/19s/9");
}

#[test]
fn a_short_tracker_without_keepalive_gets_one_rather_than_another_limit() {
    let proposal = proposal(&["fw=1h"], None);
    assert_eq!(limits(&proposal), ["1h"]);
    assert_eq!(proposal.path.keepalive.map(|k| k.to_string()), Some("30m/75s/9".to_owned()));
    assert_eq!(proposal.remaining, []);
}

#[test]
fn probes_of_the_box_move_with_a_proposed_limit() {
    let proposal = proposal(&["ms-isa-nat-hotfix", "b=4h"], Some("1h"));
    let hop = &proposal.path.hops[0];
    assert_eq!(hop.self_probe.map(|probe| probe.after), Some(hop.timers.established.divided_by(2)));
}

proptest! {
    #[test]
    fn a_proposal_for_boxes_that_can_be_set_leaves_nothing_but_notes(
        limits in prop::collection::vec(2..100_000_u64, 1..8),
        keepalive in prop::option::of(1..20_000_u64),
    ) {
        let hops: Vec<String> = limits.iter().map(|limit| format!("{limit}s")).collect();
        let keepalive = keepalive.map(|time| format!("{time}s").parse().unwrap());
        let path = Path::from_specs(&hops, keepalive).unwrap();
        match propose(&path) {
            None => prop_assert!(lint(&path).is_empty() || is_protected_by_keepalive(&path)),
            Some(proposal) => {
                let order = |fault: &PathFault| matches!(fault, PathFault::HopOrder { .. });
                prop_assert!(proposal.remaining.iter().all(order), "{:?}", &proposal);
                prop_assert!(proposal.remaining.is_empty() || is_protected_by_keepalive(&proposal.path));
                for (before, after) in path.hops.iter().zip(&proposal.path.hops) {
                    prop_assert!(before.timers.established <= after.timers.established, "{:?}", &proposal);
                }
                prop_assert_eq!(propose(&proposal.path), None, "a second proposal changes nothing");
                prop_assert!(!proposal.changes.is_empty());
            }
        }
    }

    #[test]
    fn any_path_has_a_proposal_or_none_without_panic(
        hops in prop::collection::vec((0..120_usize, 1..u64::MAX), 0..12),
        time in any::<u64>(),
        probes in any::<u32>(),
    ) {
        let boxes = presets::middleboxes();
        let hops = hops.into_iter().map(|(index, idle)| match boxes.get(index) {
            Some(preset) => preset.hop("x").unwrap_or(Hop::tracker("x", Span::MAX)),
            None => Hop::tracker("x", Span::from_nanos(idle)),
        });
        let keepalive = Keepalive { time: Span::from_nanos(time), interval: Span::from_nanos(time), probes };
        let path = Path { hops: hops.collect(), keepalive: Some(keepalive), by_end: None };
        let said = lint(&path).iter().map(PathFault::to_string).count();
        prop_assert!(said >= propose(&path).map_or(0, |_| 1));
    }
}
