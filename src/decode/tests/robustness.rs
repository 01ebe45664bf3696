//! No bytes make it panic, and the short way agrees with the long one.

use super::build::*;
use super::{cases, frame};
use crate::decode::{Decoded, Decoder, Realms, UnreadLinks, is_read, plain, walk};
use crate::frame::{Frame, LinkType};
use proptest::prelude::*;

/// Every link type with a decoder, and one without.
fn links() -> Vec<u32> {
    (0..300).filter(|link| is_read(LinkType(*link))).chain([149, 9999]).collect()
}

#[test]
fn no_prefix_of_any_frame_panics_or_changes_its_length() {
    for case in cases::all(Way::There) {
        for kept in 0..=case.bytes.len() {
            let cut = Frame { captured: &case.bytes[..kept], ..frame(case.link, &case.bytes) };
            if let Decoded::Segment(segment) = Decoder::new().decode(&cut) {
                assert_eq!(segment.payload_len, PAYLOAD.len() as u32, "{} cut to {kept}", case.name);
            }
        }
    }
}

/// What both ways of decoding have to say; the text holds every field.
fn agree(frame: &Frame<'_>) -> Result<(), TestCaseError> {
    let (mut short, mut long) = (Realms::default(), Realms::default());
    if let Some(segment) = plain::segment(frame, &mut short) {
        let walked = walk::walk(frame, &mut long, &mut UnreadLinks::default());
        prop_assert_eq!(format!("{:?}", Decoded::Segment(segment)), format!("{walked:?}"));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_bytes_panic(
        link in prop::sample::select(links()),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        original_len in prop_oneof![Just(0_u32), any::<u32>(), 0..300_u32],
    ) {
        let frame = Frame { original_len, ..frame(link, &bytes) };
        Decoder::new().decode(&frame);
        agree(&frame)?;
    }

    #[test]
    fn no_damage_to_a_real_frame_panics_and_both_ways_agree(
        case in prop::sample::select((0..cases::all(Way::There).len()).collect::<Vec<_>>()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        kept in any::<prop::sample::Index>(),
        cut in any::<bool>(),
        original_len in prop_oneof![Just(None), any::<u32>().prop_map(Some)],
    ) {
        let mut case = cases::all(Way::There).swap_remove(case);
        for (at, value) in damage {
            let at = at.index(case.bytes.len());
            case.bytes[at] = value;
        }
        let whole = frame(case.link, &case.bytes);
        let kept = if cut { kept.index(case.bytes.len()) } else { case.bytes.len() };
        let frame = Frame {
            captured: &case.bytes[..kept],
            original_len: original_len.unwrap_or(whole.original_len),
            ..whole
        };
        Decoder::new().decode(&frame);
        agree(&frame)?;
    }
}

#[test]
fn the_short_way_is_taken_for_the_common_shapes() {
    let (four, six) = (tcp4(Way::There), tcp6(Way::There));
    for (link, bytes) in [
        (1, ethernet(0x0800, &four)),
        (1, ethernet(0x86dd, &six)),
        (1, ethernet(0x8100, &tag(10, 0x0800, &four))),
        (101, four),
        (101, six),
    ] {
        let mut realms = Realms::default();
        assert!(plain::segment(&frame(link, &bytes), &mut realms).is_some(), "{link}");
    }
}
