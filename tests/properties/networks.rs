//! VLANs and tunnels in which the directions of a connection come change nothing but the name of its network.

use crate::make::conversation::Seen;
use crate::make::packet::Wrapping;
use crate::run;
use crate::traffic::{Talk, config, frames_between, json_without_files, report, talks};
use idlescope::report::{Flow, Report};
use proptest::prelude::*;
use serde_json::Value;

fn network() -> impl Strategy<Value = Wrapping> {
    prop_oneof![
        Just(Wrapping::Plain),
        (1u16..4).prop_map(Wrapping::Vlan),
        (1u32..4).prop_map(Wrapping::Vxlan),
        (1u16..3).prop_map(Wrapping::Erspan),
        (1u32..3).prop_map(Wrapping::Gre),
    ]
}

/// Each conversation in networks of its own, with a client of its own.
fn apart(talks: &[Talk], networks: [Wrapping; 2]) -> Vec<Seen> {
    let client = |number| format!("10.0.0.{}:{}", 1 + number / 2, 40_000 + number);
    frames_between(talks, client, |_| networks)
}

/// All conversations between the same ends, or two such pairs, in whichever networks; the first frames are missing.
fn overlapping(talks: &[Talk], networks: &[[Wrapping; 2]], missing: usize) -> Vec<Seen> {
    let client = |number| format!("10.0.0.1:{}", 40_000 + number % 2);
    let mut frames = frames_between(talks, client, |number| networks[number % networks.len()]);
    frames.drain(..missing.min(frames.len()));
    frames
}

/// Each frame and the same with a tag, one after the other.
fn with_copies(frames: &[Seen], tagged_first: bool) -> Vec<Seen> {
    let twice = frames.iter().flat_map(|Seen { at, bytes }| {
        let tagged = [&bytes[..12], &[0x81, 0x00, 0, 10], &bytes[12..]].concat();
        let mut both = [bytes.clone(), tagged].map(|bytes| Seen { at: *at, bytes });
        if tagged_first {
            both.swap(0, 1);
        }
        both
    });
    twice.collect()
}

/// The report without what says how large frames are, and in which network.
fn without_networks(report: &Report) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| name != "network" && !name.contains("bytes_read"));
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut json = json_without_files(report);
    strip(&mut json);
    json
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn directions_in_networks_of_their_own_change_no_more_than_names(
        talks in talks(),
        client in network(),
        server in network(),
    ) {
        let together = report(&apart(&talks, [Wrapping::Plain; 2]), 2);
        // What a server sends long after a close is a flow of the server's network until the client answers.
        prop_assume!(together.totals.opened_midstream == 0);
        let together = without_networks(&together);
        for workers in [1, 2, 3] {
            let split = report(&apart(&talks, [client, server]), workers);
            prop_assert_eq!(&together, &without_networks(&split), "{:?}, {:?}", client, server);
        }
    }

    #[test]
    fn workers_never_change_what_is_joined(
        talks in talks(),
        networks in prop::collection::vec([network(), network()], 1..6),
        missing in 0usize..8,
    ) {
        let frames = overlapping(&talks, &networks, missing);
        prop_assume!(!frames.is_empty());
        let one = run::json_of(&report(&frames, 1));
        // Each run draws another seed for its hashes.
        for workers in [1, 2, 3, 5] {
            let mut other = run::json_of(&report(&frames, workers));
            other["capture"]["files"] = one["capture"]["files"].clone();
            prop_assert_eq!(&one, &other, "{} workers", workers);
        }
    }

    #[test]
    fn every_packet_once_more_with_a_tag_or_without_changes_no_flow(
        talks in talks(),
        tagged_first in any::<bool>(),
        missing in 0usize..8,
    ) {
        let mut once = apart(&talks, [Wrapping::Plain; 2]);
        once.drain(..missing.min(once.len()));
        prop_assume!(!once.is_empty());
        let told = |report: &Report| {
            let flow = |flow: &Flow| {
                (flow.opened, flow.closed_by, flow.segments, flow.longest_gap_s, flow.gaps_total)
            };
            (report.totals.flows, report.flows.iter().map(flow).collect::<Vec<_>>())
        };
        let alone = report(&once, 2);
        for workers in [1, 2, 3] {
            let twice = report(&with_copies(&once, tagged_first), workers);
            prop_assert_eq!(told(&alone), told(&twice));
            prop_assert_eq!(twice.capture.duplicates, once.len() as u64 + alone.capture.duplicates);
        }
    }
}
