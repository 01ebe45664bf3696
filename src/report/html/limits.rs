//! Lines for limits, with their names.

use super::scale::{LengthAxis, Px, Size, width_of};
use super::tables;
use crate::report::wording::limit;
use crate::time::Span;

/// Class of a limit that is no hop's.
pub(super) const SUPPOSED: &str = "limit supposed";

/// A limit to draw.
pub(super) struct Limit {
    pub name: String,
    pub length: Span,
    pub title: String,
    pub class: &'static str,
    pub labelled: bool,
}

/// A line down for a limit.
pub(super) struct LimitMark {
    pub class: &'static str,
    pub x: Px,
    pub label_x: Px,
    pub label_y: Px,
    pub from_y: Px,
    pub anchor: &'static str,
    pub label: String,
    pub title: String,
}

/// Height of a row of labels.
const ROW: f64 = 17.0;

/// The lines, and how high their names are together. What they stand over begins below that.
pub(super) fn lines(axis: &LengthAxis, limits: &[Limit], size: Size) -> (Vec<LimitMark>, f64) {
    let mut marks = rows(axis, limits, size);
    let count = marks.iter().map(|mark| mark.label_y.0 + 1.0).fold(0.0, f64::max);
    for mark in &mut marks {
        let row = count - 1.0 - mark.label_y.0;
        mark.from_y = Px(if mark.label.is_empty() { count * ROW } else { 2.0 + row * ROW });
        mark.label_y = Px(13.0 + row * ROW);
    }
    (marks, count * ROW)
}

/// The lines, the shortest limit first; `label_y` holds the row of the label, from below.
///
/// Labels stand beside their lines, on the side with more room. One that reaches over another line stands in a row
/// above that line's own label, so that no line runs through a name.
fn rows(axis: &LengthAxis, limits: &[Limit], size: Size) -> Vec<LimitMark> {
    let mut limits: Vec<&Limit> = limits.iter().filter(|limit| limit.length <= axis.to).collect();
    limits.sort_by_key(|limit| limit.length);
    let letters = match size {
        Size::Wide => usize::MAX,
        Size::Narrow => 14,
    };
    let label = |of: &Limit| match (of.labelled, of.name.as_str()) {
        (false, _) => String::new(),
        (true, "") => limit(of.length),
        (true, name) => format!("{} {}", tables::cut(name, letters), limit(of.length)),
    };
    let middle = size.width() / 2.0;
    let mut marks: Vec<LimitMark> = limits
        .into_iter()
        .map(|of| {
            let x = axis.at(of.length);
            let before = x > middle;
            LimitMark {
                class: of.class,
                x: Px(x),
                label_x: Px(if before { x - 4.0 } else { x + 4.0 }),
                label_y: Px(0.0),
                from_y: Px(0.0),
                anchor: if before { "end" } else { "start" },
                label: label(of),
                title: of.title.clone(),
            }
        })
        .collect();
    let labelled = |at: &usize| !marks[*at].label.is_empty();
    let (after, before): (Vec<usize>, Vec<usize>) =
        (0..marks.len()).filter(labelled).partition(|at| marks[*at].anchor == "start");
    let mut placed: Vec<(f64, f64, f64)> = Vec::new();
    for at in after.into_iter().rev().chain(before) {
        let mark = &mut marks[at];
        let reach = width_of(&mark.label) + 10.0;
        let (left, right) =
            if mark.anchor == "end" { (mark.x.0 - reach, mark.x.0) } else { (mark.x.0, mark.x.0 + reach) };
        let touched =
            placed.iter().filter(|(their_left, their_right, _)| left < *their_right && *their_left < right);
        let row = touched.map(|(_, _, row)| row + 1.0).fold(0.0, f64::max);
        placed.push((left, right, row));
        mark.label_y = Px(row);
    }
    marks
}
