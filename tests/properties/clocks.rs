//! Times that are none, and records of old versions: no frame is lost or moved, and nobody's number changes for it.

use crate::make::container::{ETHERNET, Pcap};
use crate::make::conversation::Seen;
use crate::run;
use crate::traffic::{START, config, frames, report, talks, terms};
use idlescope::report::{Flow, Report};
use proptest::prelude::*;
use std::time::Duration;

/// The report on `file`, by `workers`.
fn report_on(file: Pcap, workers: usize) -> Report {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("capture.pcap");
    std::fs::write(&path, file.into_bytes()).unwrap();
    run::report(&[path], &terms(), workers)
}

/// What the doubt about some times must not change of a flow.
fn essence(flow: &Flow) -> (u64, u64, u64, [u64; 4], Vec<u64>) {
    let (mine, theirs) = (&flow.keepalive.initiator, &flow.keepalive.responder);
    let gaps = flow.gaps.iter().map(|gap| gap.length_s.0.as_nanos());
    (
        flow.first_frame,
        flow.last_frame,
        flow.longest_gap_s.0.as_nanos(),
        [flow.segments.initiator, flow.segments.responder, mine.probes, theirs.probes],
        gaps.collect(),
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn noise_in_fractions_leaves_every_frame_at_its_place(
        talks in talks(),
        noisy in prop::collection::vec((any::<prop::sample::Index>(), 2_000_000_u32..), 1..6),
    ) {
        let sound = frames(&talks, 1);
        let mut noise = vec![None; sound.len()];
        for (index, fraction) in noisy {
            noise[index.index(sound.len())] = Some(fraction);
        }
        // Where they are to stand: at the begin of their second, or with the frame before them.
        let mut placed: Vec<Seen> = Vec::new();
        let mut file = Pcap::new(START);
        for (seen, fraction) in sound.iter().zip(&noise) {
            let mut at = seen.at;
            if let Some(fraction) = fraction {
                let seconds = Duration::from_secs(at.as_secs());
                at = placed.last().map_or(seconds, |before| seconds.max(before.at));
                file = file.record((START + seconds).as_secs() as u32, *fraction, &seen.bytes);
            } else {
                file = file.frames(std::slice::from_ref(seen));
            }
            placed.push(Seen { at, ..seen.clone() });
        }
        let (found, expected) = (report_on(file, 2), report(&placed, 2));
        let bad = noise.iter().flatten().count() as u64;
        prop_assert_eq!(found.capture.frames_with_bad_time, bad);
        prop_assert_eq!((found.capture.reordered, found.capture.clock_steps_back), (0, 0));
        prop_assert_eq!(found.capture.tcp_segments, expected.capture.tcp_segments);
        prop_assert_eq!(found.totals.flows, expected.totals.flows);
        let of = |report: &Report| report.flows.iter().map(essence).collect::<Vec<_>>();
        let sorted = |report: &Report| { let mut all = of(report); all.sort(); all };
        prop_assert_eq!(sorted(&found), sorted(&expected));
    }

    #[test]
    fn a_stray_year_moves_no_frame_and_workers_change_nothing(
        talks in talks(),
        stray in any::<prop::sample::Index>(),
        year in prop_oneof![Just(0_u32), Just(4_100_000_000)],
    ) {
        let sound = frames(&talks, 1);
        let stray = stray.index(sound.len());
        let file = || sound.iter().enumerate().fold(Pcap::new(START), |file, (number, seen)| match number {
            number if number == stray => file.record(year, 7, &seen.bytes),
            _ => file.frames(std::slice::from_ref(seen)),
        });
        let one = report_on(file(), 1);
        let inside = u64::from(stray > 0) + u64::from(stray + 1 < sound.len());
        prop_assert_eq!(one.capture.clock_steps_back + one.capture.clock_steps_forward, inside);
        prop_assert_eq!(one.capture.reordered, 0);
        prop_assert_eq!(one.capture.tcp_segments, sound.len() as u64);
        let span = sound[sound.len() - 1].at - sound[0].at;
        prop_assert!(one.capture.recorded_s.0.as_nanos() <= span.as_nanos() as u64);
        let longest = one.totals.longest_gap.as_ref().map_or(0, |gap| gap.length_s.0.as_nanos());
        prop_assert!(u128::from(longest) <= span.as_nanos());
        for workers in [2, 3] {
            let mut other = run::json_of(&report_on(file(), workers));
            let one = run::json_of(&one);
            other["capture"]["files"] = one["capture"]["files"].clone();
            prop_assert_eq!(&one, &other, "{} workers", workers);
        }
    }

    #[test]
    fn versions_of_pcap_give_the_same_report(talks in talks(), snap_len in prop_oneof![Just(68_u32), Just(262_144)]) {
        let frames = frames(&talks, 1);
        let of = |minor| {
            let mut json = run::json_of(&report_on(Pcap::of(START, ETHERNET, minor, snap_len).frames(&frames), 1));
            json["capture"]["files"].take();
            json
        };
        let now = of(4);
        prop_assert_eq!(&of(2), &now);
        prop_assert_eq!(&of(3), &now);
    }
}
