//! Parts of the recorded captures: joined later, or with one direction only, a capture shows no probe that there was
//! none of.

use crate::expectation::{Expectation, Flow};
use crate::recorded::{analysis_with, committed, expectations};
use idlescope::policy::Path;
use std::collections::BTreeSet;
use std::net::SocketAddrV4;

/// Length of the header of a pcap file, and of that before each frame.
const FILE_HEADER: usize = 24;
const FRAME_HEADER: usize = 16;

/// Parts of one capture and direction.
const PARTS: usize = 10;

/// The header of a pcap file, and its frames with theirs; `None`: not little-endian, or not Ethernet.
fn frames(bytes: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    let known = matches!(bytes.get(..4)?, [0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1]);
    if !known || bytes.get(20..24)? != [1, 0, 0, 0] {
        return None;
    }
    let (header, mut rest) = bytes.split_at(FILE_HEADER);
    let mut frames = Vec::new();
    while let Some(length) = rest.get(8..12) {
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let (frame, after) = rest.split_at_checked(FRAME_HEADER + length)?;
        frames.push(frame);
        rest = after;
    }
    Some((header, frames))
}

fn comes_from(frame: &[u8], source: Option<[u8; 4]>) -> bool {
    let ip = &frame[FRAME_HEADER + 14..];
    source.is_none_or(|source| ip.first() == Some(&0x45) && ip.get(12..16) == Some(&source[..]))
}

/// Frames of a capture from one on, of both directions or of those that come from `source`: which of them there are, and
/// which of them are probes, by their numbers in the whole.
fn part(
    expected: &Expectation,
    bytes: &[u8],
    from: usize,
    source: Option<[u8; 4]>,
) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let (header, frames) = frames(bytes).unwrap();
    let kept = (1..).zip(frames).skip(from).filter(|(_, frame)| comes_from(frame, source));
    let (numbers, kept): (Vec<u64>, Vec<&[u8]>) = kept.unzip();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("part.pcap"), [header, &kept.concat()].concat()).unwrap();
    let part = Expectation {
        folder: directory.path().to_owned(),
        files: vec!["part.pcap".to_owned()],
        hop: None,
        listed: Vec::new(),
        ..*expected
    };
    let flows =
        analysis_with(&part, Path { hops: Vec::new(), keepalive: None, by_end: None }).judgement.flows;
    let probes = flows.iter().flat_map(|flow| &flow.keepalive).flat_map(|side| &side.frames);
    let probes = probes.map(|frame| numbers[frame.0 as usize - 1]).collect();
    (numbers.into_iter().collect(), probes)
}

fn probes_of(flows: &[Flow]) -> BTreeSet<u64> {
    let sides = flows.iter().flat_map(|flow| [&flow.initiator_side, &flow.responder_side]);
    sides.flat_map(|side| &side.probes).copied().collect()
}

fn addresses_of(flows: &[Flow]) -> BTreeSet<[u8; 4]> {
    let ends = flows.iter().flat_map(|flow| [&flow.initiator, &flow.responder]);
    ends.filter_map(|end| Some(end.parse::<SocketAddrV4>().ok()?.ip().octets())).collect()
}

#[test]
fn a_part_of_a_recording_shows_no_probe_that_is_none() {
    let (mut parts, mut found, mut missed) = (0, 0, 0);
    for (name, expected) in expectations(&committed()) {
        let [file] = expected.files.as_slice() else { continue };
        let bytes = std::fs::read(expected.folder.join(file)).unwrap();
        // Which of two copies a part begins with is not told.
        let Some((_, all)) = frames(&bytes).filter(|_| expected.copies == 0) else { continue };
        let truth = probes_of(&expected.listed);
        let mut sources = vec![None];
        // That a window is closed, its owner says.
        if name != "zero-window" {
            sources.extend(addresses_of(&expected.listed).into_iter().map(Some));
        }
        for source in sources {
            for from in (0..all.len()).step_by(all.len().div_ceil(PARTS).max(1)) {
                let (numbers, shown) = part(&expected, &bytes, from, source);
                let wrong: Vec<_> = shown.difference(&truth).collect();
                assert!(
                    wrong.is_empty(),
                    "{name} from frame {}, {source:?}: {wrong:?} are no probes",
                    from + 1
                );
                if source.is_none() {
                    found += shown.len();
                    missed += truth.intersection(&numbers).filter(|frame| !shown.contains(frame)).count();
                }
                parts += 1;
            }
        }
    }
    // Of a part that begins with the only byte of a flow, or where only some frames are kept.
    assert!(parts > 300 && found > 30 * missed, "{parts} parts: {found} probes found, {missed} missed");
}
