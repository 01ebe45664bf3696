//! More evidence weakens nothing that is true, and shows nothing that is false.

use super::{Told, told};
use crate::make::cases::{closes, cuts, hosts, in_use, transfer};
use crate::make::container::in_time_order;
use crate::make::conversation::{Client, Conversation, Seen, secs};
use crate::make::packet::SYN;
use crate::make::rng::Rng;
use idlescope::findings::{Cause, CauseStanding};
use std::collections::BTreeSet;
use std::net::SocketAddrV4;

/// Captures with their true cause.
fn known() -> Vec<(&'static str, Vec<Seen>, Cause)> {
    vec![
        ("share", closes::share_closed_despite_probes(), Cause::IdleTimer),
        ("queue", closes::queue_closed_despite_probes(), Cause::IdleTimer),
        ("pings", closes::pings_as_slow_as_the_limit(), Cause::IdleTimer),
        ("expiry", closes::reset_at_expiry_but_for_probing_flows(), Cause::IdleTimer),
        ("offload", cuts::probes_that_the_box_does_not_count(), Cause::IdleTimer),
        ("queries", cuts::long_queries_at_the_server(), Cause::IdleTimer),
        ("pool", cuts::pooled_flow_cut(), Cause::IdleTimer),
        ("balancer", cuts::forgotten_flows_reset(), Cause::IdleTimer),
        ("streams", cuts::long_streams_reset(), Cause::IdleTimer),
        ("instant", cuts::three_cut_flows_used_again_at_once(3), Cause::IdleTimer),
        ("challenge", cuts::challenged_after_a_cut(Client), Cause::IdleTimer),
        ("node", hosts::node_dies(), Cause::HostGone),
        ("restart", hosts::service_restarts(), Cause::ServiceRestart),
        ("flush", hosts::state_flushed_under_a_flow_in_use(), Cause::StateFlush),
        ("content", in_use::reset_on_content(), Cause::ResetInUse),
        ("age", in_use::age_limit_in_use(), Cause::AgeLimit),
        ("old", in_use::age_limit_of_idle_flows(), Cause::AgeLimit),
        ("window", transfer::window_stays_closed(), Cause::WindowStall),
        ("mtu", transfer::full_segments_do_not_pass(), Cause::Mtu),
    ]
}

/// Unrelated flows of another service: one in use, one idle for long, one that is closed.
fn another_service(frames: &[Seen]) -> Vec<Seen> {
    let until = frames.iter().map(|seen| seen.at).max().unwrap_or_default();
    let mut rng = Rng(7);
    let mut make = |n: u64| Conversation::new(&mut rng, &format!("10.99.0.7:4100{n}"), "10.99.9.9:8080");
    let mut flows = Vec::new();
    for n in 0..3u64 {
        let mut flow = make(n);
        flow.open(secs(2 + n));
        let pause = [11, 700, 5][n as usize];
        let end = if n == 2 { 60 } else { until.as_secs() };
        for at in (3 + n..end).step_by(pause) {
            flow.ask(secs(at), 100, 200);
        }
        if n == 2 {
            flow.close(secs(61));
        }
        flows.push(flow.into_frames());
    }
    in_time_order(flows)
}

/// New connections to every server that the capture has would not be unrelated; a client of none of them is: it leaves a
/// service alone that was gone already, and is told so.
fn another_host_that_is_gone(frames: &[Seen]) -> Vec<Seen> {
    let until = frames.iter().map(|seen| seen.at).max().unwrap_or_default();
    let mut rng = Rng(8);
    let mut flow = Conversation::new(&mut rng, "10.98.0.7:41000", "10.98.9.9:8080");
    flow.open(secs(1));
    flow.ask(secs(2), 100, 200);
    flow.ask(secs(32), 100, 200);
    flow.say_in_vain(until / 2, Client, 100, 6);
    flow.into_frames()
}

/// New connections to every service of the capture after all else, each with one answered request: not what shows that
/// a host lived while something failed.
fn later_flows(frames: &[Seen]) -> Vec<Seen> {
    let until = frames.iter().map(|seen| seen.at).max().unwrap_or_default();
    let mut rng = Rng(9);
    // Ethernet, then IPv4 without options: the first SYN names client and service.
    let services: BTreeSet<([u8; 4], u16)> = frames
        .iter()
        .filter(|seen| seen.bytes[12..14] == [8, 0] && seen.bytes[47] == SYN)
        .map(|seen| {
            let address = seen.bytes[30..34].try_into().unwrap();
            (address, u16::from_be_bytes([seen.bytes[36], seen.bytes[37]]))
        })
        .collect();
    let flows = services.into_iter().map(|(address, port)| {
        let server = SocketAddrV4::new(address.into(), port).to_string();
        let mut flow = Conversation::new(&mut rng, "10.97.0.7:42000", &server).distances(64, 59);
        flow.open(until + secs(60));
        flow.ask(until + secs(61), 100, 200);
        flow.close(until + secs(62));
        flow.into_frames()
    });
    in_time_order(flows)
}

fn standings(told: &Told, cause: Cause) -> Vec<(String, CauseStanding)> {
    let of = |flow: &idlescope::findings::FlowRecord| {
        let standing = flow.explanations.iter().find(|it| it.cause == cause)?.standing;
        Some((format!("{} {}", flow.initiator, flow.first_at.as_nanos()), standing))
    };
    told.judgement.flows.iter().filter_map(of).collect()
}

fn holds_with(added: impl Fn(&[Seen]) -> Vec<Seen>) {
    let mut wrong = Vec::new();
    for (name, frames, truth) in known() {
        let before = told(&frames, &[]);
        let more = added(&frames);
        let after = told(&in_time_order([frames, more]), &[]);
        let later = standings(&after, truth);
        for (flow, standing) in standings(&before, truth) {
            match later.iter().find(|(other, _)| *other == flow) {
                Some((_, now)) if *now >= standing => {}
                now => wrong.push(format!("{name}: {truth} of {flow} was {standing:?}, is {now:?}")),
            }
        }
        for cause in Cause::ALL.iter().filter(|cause| **cause != truth) {
            let shown = after.flows(*cause, CauseStanding::Shown);
            if shown > before.flows(*cause, CauseStanding::Shown) {
                wrong.push(format!("{name}: {cause} is shown of {shown} flows"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn flows_of_another_service_weaken_no_true_cause_and_show_no_false_one() {
    holds_with(another_service);
}

#[test]
fn a_host_that_goes_elsewhere_weakens_no_true_cause_and_shows_no_false_one() {
    holds_with(another_host_that_is_gone);
}

#[test]
fn later_flows_of_the_same_services_weaken_no_true_cause_and_show_no_false_one() {
    holds_with(later_flows);
}

#[test]
fn nothing_false_is_shown_of_any_known_capture() {
    for (name, frames, truth) in known() {
        let told = told(&frames, &[]);
        for cause in Cause::ALL.iter().filter(|cause| **cause != truth) {
            assert_eq!(told.flows(*cause, CauseStanding::Shown), 0, "{name}: {cause}");
        }
    }
}
