//! Captures that cannot be analysed because their frames cannot be looked into.

use super::deliver::warn_of_damage;
use crate::decode::SkipReason;
use crate::pipeline::{Origin, Reading, Run};

/// Files and link types named in one message.
const NAMED: usize = 4;

/// Nothing in a capture says whether there is TCP in it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{whose}: {found}; {advice}")]
pub(super) struct Undecoded {
    whose: String,
    /// What was found, as a clause.
    found: String,
    /// What to do, as a clause.
    advice: String,
}

/// Refuses an analysis of frames that could not be looked into. What is damaged beside it is still said.
///
/// # Errors
/// [`Undecoded`] with what was found.
pub(super) fn refuse<J>(analysis: &Run<J>) -> Result<(), Undecoded> {
    let Some(failed) = analysis.reading.not_looked_into() else { return Ok(()) };
    warn_of_damage(analysis);
    Err(Undecoded {
        whose: whose(analysis),
        found: found(&analysis.reading, failed),
        advice: advice(&analysis.reading),
    })
}

/// Refuses an interface whose link type is not read, before anything is captured.
///
/// # Errors
/// [`Undecoded`].
pub(super) fn refuse_interface(name: &str, link: crate::frame::LinkType) -> Result<(), Undecoded> {
    if crate::decode::is_read(link) {
        return Ok(());
    }
    let found = format!("its frames have link type {}, which is not read", link.described());
    Err(Undecoded { whose: format!("interface '{name}'"), found, advice: ELSEWHERE.to_owned() })
}

/// What to do about a link type.
const ELSEWHERE: &str =
    "capture on an interface that IP packets pass (tcpdump -i any), not on the bus or radio below it";

fn whose<J>(analysis: &Run<J>) -> String {
    match &analysis.origin {
        Origin::Interface { name, .. } => format!("interface '{name}'"),
        Origin::Files(summary) => {
            let mut names: Vec<&str> =
                summary.files.iter().map(|file| file.name.as_str()).take(NAMED).collect();
            if summary.files.len() > NAMED {
                names.push("…");
            }
            names.join(", ")
        }
    }
}

fn found(reading: &Reading, failed: u64) -> String {
    let mut skipped: Vec<_> = reading.skipped.iter().collect();
    skipped.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let skipped: Vec<String> = skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let frames = match (failed, reading.frames) {
        (1, 1) => "its only frame could not be decoded".to_owned(),
        (failed, frames) if failed == frames => format!("not one of its {frames} frames could be decoded"),
        (failed, frames) => {
            format!("{failed} of its {frames} frames could not be decoded, and the others are no TCP")
        }
    };
    let mut links: Vec<String> = reading
        .unread_links
        .by_frames()
        .iter()
        .take(NAMED)
        .map(|(link, frames)| format!("{} ({frames})", link.described()))
        .collect();
    // What each link type has is told only where there are several.
    if let [(link, _)] = reading.unread_links.by_frames().as_slice() {
        links = vec![link.described()];
    }
    let links = match links.len() {
        0 => String::new(),
        1 => format!(": link type {} is not read", links[0]),
        _ => format!(": link types {} are not read", links.join(", ")),
    };
    format!("{frames} ({}){links}", skipped.join(", "))
}

fn advice(reading: &Reading) -> String {
    let count = |reason| reading.skipped.of(reason);
    let worst =
        SkipReason::ALL.into_iter().filter(|reason| reason.is_failure()).max_by_key(|reason| count(*reason));
    match worst {
        Some(SkipReason::UnknownLinkType)
            if reading.unread_links.by_frames().iter().all(|(link, _)| link.is_damaged()) =>
        {
            "the file header is damaged: capture or copy it again".to_owned()
        }
        Some(SkipReason::UnknownLinkType) => ELSEWHERE.to_owned(),
        Some(SkipReason::TruncatedHeaders) => {
            "they end inside their headers: capture at least 128 bytes of each frame (tcpdump -s 128)".to_owned()
        }
        Some(SkipReason::BadFcs) => "they were received with errors: capture nearer to the sender".to_owned(),
        _ => "what stands where their headers should be are none: check that the link type that the file states is \
              that of its frames (capinfos FILE), and set it right (editcap -T ether IN OUT)"
            .to_owned(),
    }
}
