//! What a capture cannot show: one sentence each, only those that apply, the gravest first.

use super::files;
use crate::capture::{DamageKind, Extent, FileSummary};
use crate::decode::SkipReason;
use crate::pipeline::{Analysis, WINDOW_FRAMES};
use crate::policy::{Hop, Keepalive};
use crate::report::wording::{counted, grouped, joined, limit, moment};
use crate::report::{Report, TrustWord};
use crate::time::Span;

/// Hops named in one sentence.
const HOPS_NAMED: usize = 4;

pub(super) fn sentences(analysis: &Analysis, report: &Report) -> Vec<String> {
    let mut said = Vec::new();
    missing(analysis, report, &mut said);
    clocks(analysis, report, &mut said);
    skipped(analysis, &mut said);
    if report.totals.flows > 0 {
        edges(analysis, report, &mut said);
        said.push(
            "A capture shows its own place on the path: what a box beyond it dropped in silence or sent to the \
             far side only, and a proxy's other leg with the keepalive on it, are not in it."
                .to_owned(),
        );
    }
    said
}

/// `1 flow was`, `12 flows were`.
fn were(count: u64, noun: &str) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { "was" } else { "were" })
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", grouped(count)) }
}

/// Frames that are not there.
fn missing(analysis: &Analysis, report: &Report, said: &mut Vec<String>) {
    let capture = &report.capture;
    for file in files(analysis).iter().flat_map(|summary| &summary.files) {
        said.extend(missing_of(file));
    }
    if let (Some(interface), Some(reason)) = (&capture.interface, &capture.interface_gone) {
        said.push(format!("{interface} went away ({reason}): what came after was not captured."));
    }
    if let Some(pause) = capture.pauses.iter().find(|pause| pause.trust == TrustWord::Suspect) {
        said.push(format!(
            "There is no frame at all from {} to {} UTC ({}, before frame {}): if the capture was stopped, or a \
             file is missing, silences across it are none.",
            moment(pause.from.0),
            moment(pause.to.0),
            pause.length_s.0,
            pause.end_frame
        ));
    }
    if let Some(dropped) = capture.dropped.filter(|dropped| *dropped > 0) {
        said.push(format!(
            "{} dropped while capturing: gaps may be shorter than they look.",
            were(dropped, "frame")
        ));
    }
    if report.totals.evicted > 0 {
        said.push(format!(
            "{} given up at the memory bound before the end: what became of them is not known.",
            were(report.totals.evicted, "flow")
        ));
    }
    let left_out = analysis.judgement.slots_left_out;
    if left_out > 0 {
        said.push(format!(
            "{} beyond the bound of what is noted for the slots of clients: these may be incomplete.",
            were(left_out, "closed connection")
        ));
    }
    if capture.filter.is_some() {
        said.push("Silences are those of the frames that the filter lets through.".to_owned());
    }
    for (link, problem) in files(analysis).iter().flat_map(|summary| &summary.unfilterable) {
        said.push(format!(
            "Frames of {link} were left out, because libpcap cannot apply the filter to them: {problem}."
        ));
    }
}

fn missing_of(file: &FileSummary) -> Option<String> {
    let name = &file.name;
    match (&file.damage, file.extent) {
        (Some(damage), _) => Some(match damage.kind {
            DamageKind::CouldNotOpen(_) => format!("{name} could not be opened: its frames are missing."),
            _ => format!("{name} was read up to byte {}: what follows is missing.", damage.offset),
        }),
        (None, Extent::Whole) => None,
        (None, Extent::Partway) => Some(format!("{name} was not read to its end: reading was interrupted.")),
        (None, Extent::NotBegun) => {
            Some(format!("{name} was not read: reading was interrupted before its turn."))
        }
    }
}

/// Times and numbers that are not what they seem.
fn clocks(analysis: &Analysis, report: &Report, said: &mut Vec<String>) {
    let capture = &report.capture;
    if capture.clock_steps_back > 0 {
        said.push(format!(
            "The clock of the capture went back {}: how long a silence across that was is not known.",
            times(capture.clock_steps_back)
        ));
    }
    if capture.clock_steps_forward > 0 {
        said.push(format!(
            "The clock of the capture went forward by more than a year {}, as where recordings are joined or a frame has \
             a stray time: how long a silence across that was is not known.",
            times(capture.clock_steps_forward)
        ));
    }
    if capture.frames_with_bad_time > 0 {
        let (have, their, they) = match capture.frames_with_bad_time {
            1 => ("has", "its", "it"),
            _ => ("have", "their", "they"),
        };
        said.push(format!(
            "{} {have} a fraction of a second that is a second or more: {they} came in {their} place in the file, and gaps \
             that touch or cross {their} time are not sure.",
            counted(capture.frames_with_bad_time, "frame")
        ));
    }
    if capture.reordered > 0 {
        said.push(format!(
            "{} late and sorted into place by time (window: {} frames): if the clocks that stamped them differ, gaps \
             are off by as much.",
            were(capture.reordered, "frame"),
            grouped(WINDOW_FRAMES as u64)
        ));
    }
    let timeless = capture.frames_without_time;
    if timeless > 0 {
        let carry = if timeless == 1 { "carries" } else { "carry" };
        said.push(format!(
            "{} {carry} no time (simple packet blocks) and took that of the frame before: gaps around them are not \
             known.",
            counted(timeless, "frame")
        ));
    }
    if capture.duplicates > 0 {
        let (copies, them) = match capture.duplicates {
            1 => ("1 copy of a segment was".to_owned(), "it"),
            many => (format!("{} copies of segments were", grouped(many)), "them"),
        };
        said.push(format!(
            "{copies} left out, because the capture saw {them} more than once; frame numbers name the first."
        ));
    }
    if let Some(frame) = files(analysis).and_then(|summary| summary.origins.covered_until()) {
        said.push(format!(
            "The files alternate so often that from frame {frame} on no finding names the file."
        ));
    }
}

/// Frames in which there may have been TCP.
fn skipped(analysis: &Analysis, said: &mut Vec<String>) {
    let counts = &analysis.reading.skipped;
    let mut say = |reason: SkipReason, one: &str, many: &str, what: &str| match counts.of(reason) {
        0 => {}
        1 => said.push(format!("1 frame {one}: {what}.")),
        count => said.push(format!("{} frames {many}: {what}.", grouped(count))),
    };
    say(SkipReason::Encrypted, "is encrypted", "are encrypted", "TCP inside is not seen");
    say(
        SkipReason::LaterFragment,
        "is a later fragment",
        "are later fragments",
        "they carry no ports, so they count for no flow; their first fragments do",
    );
    say(
        SkipReason::TruncatedHeaders,
        "is cut inside its headers",
        "are cut inside their headers",
        "capture at least 128 bytes of each frame (tcpdump -s 128)",
    );
    say(
        SkipReason::BadFcs,
        "was received with errors",
        "were received with errors",
        "the radio that captured missed what the station may have got",
    );
    say(
        SkipReason::Aggregate,
        "is an aggregate",
        "are aggregates",
        "what is inside an A-MSDU is not taken apart",
    );
    say(
        SkipReason::TooDeep,
        "has too many tunnels",
        "have too many tunnels",
        "what is inside the innermost is not seen",
    );
    for (link, frames) in analysis.reading.unread_links.by_frames() {
        let (frames, what) = (counted(frames, "frame"), link.described());
        said.push(format!("{frames} of link type {what}, which is not read: nothing in them is seen."));
    }
    let overflowed = analysis.reading.realms.overflowed();
    if overflowed > 0 {
        said.push(format!(
            "{} in networks beyond the 65,535th VLAN or tunnel: their flows may be mixed up.",
            were(overflowed, "frame")
        ));
    }
}

/// What lies before the capture, after it, and on the side that it does not show.
fn edges(analysis: &Analysis, report: &Report, said: &mut Vec<String>) {
    let totals = &report.totals;
    let span = report.capture.recorded_s.0;
    said.extend(too_short(&analysis.judgement.terms.path.hops, span));
    if totals.open_at_end > 0 {
        let their = if totals.open_at_end == 1 { "its" } else { "their" };
        said.push(format!(
            "{} open when the capture ended: how long {their} last silence went on, and what came then, is not \
             shown.",
            were(totals.open_at_end, "flow")
        ));
    }
    if totals.opened_midstream > 0 {
        let (are, them) = if totals.opened_midstream == 1 { ("is", "it") } else { ("are", "them") };
        said.push(format!(
            "{} {are} older than the capture: silences before it are not shown, and which end opened {them} is a \
             guess (the higher port).",
            counted(totals.opened_midstream, "flow")
        ));
    }
    if totals.one_way > 0 {
        let shows = if totals.one_way == 1 { "shows" } else { "show" };
        said.push(format!(
            "{} {shows} one direction only: what the other end sent, probes and answers included, is not there.",
            counted(totals.one_way, "flow")
        ));
    }
    if totals.probe_or_reply > 0 {
        let repeated = match totals.probe_or_reply_one_ip_id {
            0 => String::new(),
            all if all == totals.probe_or_reply => {
                "; their IP identification never moves: a frame sent again by a device?".to_owned()
            }
            some => format!(
                "; the IP identification of {} never moves: a frame sent again by a device?",
                grouped(some)
            ),
        };
        said.push(format!(
            "{} without payload, evenly spaced, are each probe or reply, one side only{repeated}.",
            counted(totals.probe_or_reply, "segment")
        ));
    }
    let linux = Keepalive::LINUX_DEFAULT.time;
    if span < linux {
        said.push(format!(
            "That no probe was seen does not mean that keepalive is off: Linux sends the first one after {}, and \
             the capture spans {span}.",
            limit(linux)
        ));
    }
}

/// Limits that cannot run out within the capture.
fn too_short(hops: &[Hop], span: Span) -> Option<String> {
    if hops.is_empty() {
        return Some(format!("The capture spans {span}: limits above that are not tested by it."));
    }
    let limited = |hop: &&Hop| hop.timers.established != Span::MAX;
    let longer: Vec<&Hop> =
        hops.iter().filter(limited).filter(|hop| hop.timers.established >= span).collect();
    let names: Vec<String> = longer
        .iter()
        .take(HOPS_NAMED)
        .map(|hop| format!("{}'s {}", hop.name, limit(hop.timers.established)))
        .collect();
    let which = match longer.len() {
        0 => return None,
        many if many > HOPS_NAMED => format!("{} of the {} limits", many, hops.len()),
        _ => joined(&names),
    };
    Some(format!("The capture spans {span}: {which} cannot run out within it."))
}
