//! What was read, and what was lost on the way.

use super::page::Page;
use crate::report::wording::{counted, grouped, listed, period};
use crate::report::{Capture, Damage, InputFile, LongestGap, Report};
use crate::time::Span;
use std::io;

/// Files named; of a ring of hundreds the rest is counted. Damaged ones are always named.
const FILES_NAMED: usize = 6;

/// Skip reasons named, the most frequent first.
const REASONS_NAMED: usize = 5;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let capture = &report.capture;
    page.heading("Read")?;
    files(capture, page)?;
    if let Some(filter) = &capture.filter {
        page.labelled(2, "Filter", filter)?;
    }
    if let (Some(first), Some(last)) = (capture.first_at, capture.last_at) {
        let text = format!("{} UTC: {}{}", period(first.0, last.0), capture.span_s.0, recorded(capture));
        page.labelled(2, "Time", &text)?;
    }
    page.labelled(2, "Frames", &frames(capture))?;
    page.labelled(2, "Flows", &flows(report))?;
    if let Some(line) = longest(report) {
        page.labelled(2, "Silence", &line)?;
    }
    page.labelled(2, "Losses", &losses(report))
}

/// How long was recorded, where that is another length: beyond the last frame, or not across a leap of the clock.
fn recorded(capture: &Capture) -> String {
    let (span, recorded) = (capture.span_s.0, capture.recorded_s.0);
    let same = span.saturating_sub(recorded).max(recorded.saturating_sub(span)) < Span::from_secs(1);
    if same { String::new() } else { format!(", recorded for {recorded}") }
}

fn place(number: usize, of: usize) -> String {
    if of > 1 { format!("#{number} ") } else { String::new() }
}

fn files(capture: &Capture, page: &mut Page<'_>) -> io::Result<()> {
    if let Some(interface) = &capture.interface {
        page.labelled(2, "Live", interface)?;
    }
    let of = capture.files.len();
    let mut label = if of > 1 { "Files" } else { "File" };
    let mut unnamed = 0u64;
    for (at, file) in capture.files.iter().enumerate() {
        if at >= FILES_NAMED && file.complete {
            unnamed += 1;
            continue;
        }
        let links = match file.link_types.is_empty() {
            true => String::new(),
            false => format!(", {}", listed(&file.link_types, 3, 0)),
        };
        let text = format!(
            "{}{} ({}{links}): {}{}",
            place(at + 1, of),
            file.name,
            file.format,
            counted(file.frames, "frame"),
            if file.complete { "" } else { ", INCOMPLETE" }
        );
        page.labelled(2, label, &text)?;
        label = "";
        for comment in &file.comments {
            page.labelled(2, "", &format!("  comment: {comment}"))?;
        }
    }
    if unnamed > 0 {
        page.labelled(2, "", &format!("… and {} more", counted(unnamed, "file")))?;
    }
    if of > 1 {
        let text = "Frames are numbered through all files, as mergecap would write them; in brackets behind, the file \
                    and the number there.";
        page.labelled(2, "", text)?;
    }
    Ok(())
}

/// One sentence for each file that was not read to its end; one in general when no file is to blame.
pub(in crate::report) fn incomplete(report: &Report) -> Vec<String> {
    let mut sentences = unread(&report.capture.files);
    for side in report.sides.iter().flat_map(|sides| &sides.others) {
        let of_side = |sentence: String| format!("side {}, {sentence}", side.name);
        sentences.extend(unread(&side.files).into_iter().map(of_side));
    }
    if sentences.is_empty() {
        return vec!["the input was not read to its end; what was read was judged.".to_owned()];
    }
    sentences
}

fn unread(files: &[InputFile]) -> Vec<String> {
    let of = files.len();
    let sentence = |(at, file): (usize, &InputFile)| match &file.damage {
        Some(Damage { at_byte: None, what }) => format!("file {}{}: {what}.", place(at + 1, of), file.name),
        Some(Damage { at_byte: Some(at_byte), what }) => format!(
            "file {}{} is damaged at byte {at_byte}: {what}. The {} before that were judged.",
            place(at + 1, of),
            file.name,
            counted(file.frames, "frame")
        ),
        None => format!(
            "file {}{} was not read to its end; the {} that were read were judged.",
            place(at + 1, of),
            file.name,
            counted(file.frames, "frame")
        ),
    };
    files.iter().enumerate().filter(|(_, file)| !file.complete).map(sentence).collect()
}

pub(in crate::report) fn frames(capture: &Capture) -> String {
    let mut text = format!("{}: {}", grouped(capture.frames), counted(capture.tcp_segments, "TCP segment"));
    if capture.icmp_quotes > 0 {
        text.push_str(&format!(", {} about TCP", counted(capture.icmp_quotes, "ICMP error")));
    }
    if capture.filtered > 0 {
        text.push_str(&format!(", {} left out by --filter, --from or --to", grouped(capture.filtered)));
    }
    let skipped = capture.skipped_total();
    if skipped > 0 {
        let mut reasons: Vec<_> = capture.skipped.iter().filter(|(_, count)| **count > 0).collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let unnamed =
            reasons.iter().skip(REASONS_NAMED).fold(0u64, |sum, (_, count)| sum.saturating_add(**count));
        let mut named: Vec<String> = reasons
            .iter()
            .take(REASONS_NAMED)
            .map(|(reason, count)| format!("{} {reason}", grouped(**count)))
            .collect();
        if unnamed > 0 {
            named.push(format!("{} for other reasons", grouped(unnamed)));
        }
        text.push_str(&format!(", {} skipped ({})", grouped(skipped), named.join(", ")));
    }
    text
}

pub(in crate::report) fn flows(report: &Report) -> String {
    let totals = &report.totals;
    let mut text = format!(
        "{}: {} closed by FIN, {} by RST, {} open at the end",
        grouped(totals.flows),
        grouped(totals.closed_fin),
        grouped(totals.closed_rst),
        grouped(totals.open_at_end)
    );
    if totals.opened_midstream > 0 {
        text.push_str(&format!("; {} older than the capture", grouped(totals.opened_midstream)));
    }
    if totals.evicted > 0 {
        text.push_str(&format!("; {} given up at the memory bound", grouped(totals.evicted)));
    }
    text
}

pub(in crate::report) fn longest(report: &Report) -> Option<String> {
    let totals = &report.totals;
    let place = |gap: &LongestGap| match (gap.start_frame, gap.end_frame) {
        (Some(start), Some(end)) => {
            format!("{} (flow {}, frames {start} to {end})", gap.length_s.0, gap.flow)
        }
        (Some(start), None) => format!("{} (flow {}, since frame {start})", gap.length_s.0, gap.flow),
        (None, _) => format!("{} (flow {})", gap.length_s.0, gap.flow),
    };
    // Without acknowledgments or probes in between, both are the same silence: told once.
    let same = totals.longest_gap == totals.longest_payload_gap;
    let (between, payload) = match same {
        true => ("longest between packets, and between payload,", &None),
        false => ("longest between packets", &totals.longest_payload_gap),
    };
    let parts: Vec<String> = [
        (between, &totals.longest_gap),
        ("longest between payload", payload),
        ("longest that lasts to the end", &totals.longest_open_gap),
    ]
    .into_iter()
    .filter_map(|(what, gap)| Some(format!("{what} {}", place(gap.as_ref()?))))
    .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

pub(in crate::report) fn losses(report: &Report) -> String {
    let capture = &report.capture;
    let mut parts = vec![match capture.dropped {
        Some(0) => "no frame dropped while capturing".to_owned(),
        Some(dropped) => format!("{} DROPPED while capturing", counted(dropped, "frame")),
        None => "the capture does not say whether frames were dropped".to_owned(),
    }];
    if capture.duplicates > 0 {
        parts.push(format!("{} of segments left out", copies(capture.duplicates)));
    }
    if capture.clock_steps_back > 0 {
        let times = match capture.clock_steps_back {
            1 => "once".to_owned(),
            times => counted(times, "time"),
        };
        parts.push(format!("the clock went BACK {times}"));
    }
    if capture.clock_steps_forward > 0 {
        let times = match capture.clock_steps_forward {
            1 => "once".to_owned(),
            times => counted(times, "time"),
        };
        parts.push(format!("the clock went FORWARD by more than a year {times}"));
    }
    if capture.frames_with_bad_time > 0 {
        parts.push(format!(
            "{} with a BAD fraction of a second",
            counted(capture.frames_with_bad_time, "frame")
        ));
    }
    if capture.reordered > 0 {
        parts.push(format!("{} sorted back into time order", counted(capture.reordered, "late frame")));
    }
    parts.join("; ")
}

fn copies(count: u64) -> String {
    if count == 1 { "1 copy".to_owned() } else { format!("{} copies", grouped(count)) }
}
