//! What was read.

use super::{files, pauses::Pauses};
use crate::capture::{DamageKind, FileSummary};
use crate::pipeline::{Analysis, Origin};
use crate::report::{Capture, Damage, InputFile, Moment};
use std::fmt::Write;

/// Everything but `cannot_see`.
pub(super) fn capture(analysis: &Analysis, pauses: &Pauses) -> Capture {
    let reading = &analysis.reading;
    let (interface, interface_gone, dropped) = match &analysis.origin {
        Origin::Files(summary) => (None, None, summary.dropped()),
        Origin::Interface { name, stats, gone } => {
            let dropped = stats.dropped_by_kernel.saturating_add(stats.dropped_by_interface);
            (Some(name.clone()), gone.clone(), Some(dropped))
        }
    };
    let filtered = files(analysis).map_or(0, |summary| summary.filtered);
    let of_files = |count: fn(&FileSummary) -> u64| {
        let files = files(analysis).into_iter().flat_map(|summary| &summary.files);
        files.fold(0_u64, |sum, file| sum.saturating_add(count(file)))
    };
    let ends_at = reading.first_at.map(|_| analysis.end_at);
    Capture {
        files: files(analysis).map_or_else(Vec::new, |summary| summary.files.iter().map(file).collect()),
        interface,
        interface_gone,
        filter: analysis.filter.clone(),
        frames: reading.frames.saturating_add(filtered),
        filtered,
        tcp_segments: reading.tcp_segments,
        icmp_quotes: reading.icmp_quotes,
        icmp_strays: analysis.stray_icmp,
        skipped: reading.skipped.iter().map(|(reason, count)| (reason.name().to_owned(), count)).collect(),
        duplicates: analysis.duplicates,
        frames_without_time: of_files(|file| file.frames_without_time),
        frames_with_bad_time: of_files(|file| file.frames_with_bad_time),
        clock_steps_back: reading.disorder.clock_steps_back,
        clock_steps_forward: reading.disorder.clock_steps_forward,
        reordered: reading.disorder.reordered,
        dropped,
        first_at: reading.first_at.map(Moment::from),
        last_at: reading.last_at.map(Moment::from),
        ends_at: ends_at.map(Moment::from),
        span_s: reading.span().into(),
        recorded_s: reading.recorded.into(),
        pauses: pauses.list(),
        cannot_see: Vec::new(),
    }
}

fn file(summary: &FileSummary) -> InputFile {
    let mut format = summary.format.map_or_else(|| "unreadable".to_owned(), |format| format.to_string());
    for packed in &summary.packed {
        // Writing to a String cannot fail.
        let _ = write!(format, ", {packed}");
    }
    InputFile {
        name: summary.name.clone(),
        format,
        link_types: summary.link_types.iter().map(ToString::to_string).collect(),
        frames: summary.frames,
        dropped: summary.dropped,
        complete: summary.is_complete(),
        damage: summary.damage.as_ref().map(|damage| Damage {
            at_byte: match damage.kind {
                DamageKind::CouldNotOpen(_) => None,
                _ => Some(damage.offset),
            },
            what: damage.kind.to_string(),
        }),
        comments: summary.comments.clone(),
        comments_total: summary.comments_left_out.saturating_add(summary.comments.len() as u64),
    }
}
