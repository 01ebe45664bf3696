//! Connections that a client held at a service over time, drawn against the limit.

use super::scale::{ClockAxis, Px, Size, Tick};
use super::tables;
use crate::report::wording::{counted, grouped, moment, period};
use crate::report::{Report, SlotLimitBasis, SlotUse};
use crate::time::Timestamp;
use std::fmt::Write;

/// Clients drawn, the worst first.
const CLIENTS: usize = 4;

/// Height of a drawing.
const PLOT: f64 = 130.0;

/// Room for numbers at the left.
const LEFT: f64 = 44.0;

/// Room at the right: half a label.
const RIGHT: f64 = 22.0;

/// One client at one service.
pub(super) struct SlotChart {
    pub id: String,
    pub title: String,
    pub description: String,
    pub drawings: Vec<Drawing>,
}

/// One drawing of it.
pub(super) struct Drawing {
    pub class: &'static str,
    pub width: Px,
    pub height: Px,
    pub left: Px,
    pub right: Px,
    pub base: Px,
    pub tick_y: Px,
    pub title_y: Px,
    pub middle: Px,
    /// All connections, and those whose client is not heard of again.
    pub taken: String,
    pub silent: String,
    pub levels: Vec<(Px, String)>,
    pub limit_y: Px,
    pub limit: String,
    pub ticks: Vec<Tick>,
    pub axis_title: String,
    pub refused: Vec<(Px, String)>,
}

pub(super) fn charts(report: &Report) -> Vec<SlotChart> {
    let to = report.capture.ends_at.map(|at| at.0);
    report
        .slots
        .iter()
        .filter(|used| !used.occupancy.is_empty())
        .take(CLIENTS)
        .enumerate()
        .filter_map(|(at, used)| chart(at, used, to))
        .collect()
}

fn chart(at: usize, used: &SlotUse, ends_at: Option<Timestamp>) -> Option<SlotChart> {
    let from = used.occupancy.first()?.at.0;
    let last = used.occupancy.last()?.at.0;
    let to = ends_at.unwrap_or(last).max(last);
    let refused = used.refused.reset_at_once + used.refused.refused + used.refused.unanswered;
    Some(SlotChart {
        id: format!("slots-{at}"),
        title: format!("Connections of {} at {}", tables::name(&used.client), tables::name(&used.responder)),
        description: format!(
            "At most {} at once, {} allowed; the limit was reached at {} UTC (frame {}), and {} refused.",
            grouped(used.peak),
            grouped(used.limit),
            moment(used.reached.at.0),
            used.reached.frame,
            match refused {
                0 => "nothing was".to_owned(),
                1 => "1 further attempt was".to_owned(),
                _ => format!("{} were", counted(refused, "further attempt")),
            }
        ),
        drawings: Size::BOTH.into_iter().map(|size| draw(size, used, from, to)).collect(),
    })
}

fn draw(size: Size, used: &SlotUse, from: Timestamp, to: Timestamp) -> Drawing {
    let width = size.width();
    let axis = ClockAxis { from, to, left: LEFT, right: width - RIGHT };
    let most = used.peak.max(used.limit).max(1) as f64;
    let base = 24.0 + PLOT;
    let y = |count: u64| base - count as f64 / most * PLOT;
    let area = |of: fn(&crate::report::SlotPoint) -> u64| {
        let mut path = format!("M{} {}", Px(axis.at(from)), Px(base));
        for point in &used.occupancy {
            // Writing to a String cannot fail.
            let _ = write!(path, " H{} V{}", Px(axis.at(point.at.0)), Px(y(of(point))));
        }
        let _ = write!(path, " H{} V{} Z", Px(axis.at(to)), Px(base));
        path
    };
    let about = match used.basis {
        SlotLimitBasis::Stated => "",
        SlotLimitBasis::Inferred => "about ",
    };
    let marks = [("first attempt refused", used.refused.first), ("last attempt refused", used.refused.last)];
    Drawing {
        class: size.class(),
        width: Px(width),
        height: Px(base + 42.0),
        left: Px(LEFT),
        right: Px(width - RIGHT),
        base: Px(base),
        tick_y: Px(base + 16.0),
        title_y: Px(base + 35.0),
        middle: Px((LEFT + width - RIGHT) / 2.0),
        taken: area(|point| point.taken),
        silent: area(|point| point.silent),
        levels: [0, used.limit / 2, used.limit].map(|count| (Px(y(count)), grouped(count))).to_vec(),
        limit_y: Px(y(used.limit)),
        limit: format!("limit: {about}{}", grouped(used.limit)),
        ticks: axis.ticks(),
        axis_title: format!("{} UTC", period(from, to)),
        refused: marks
            .into_iter()
            .filter_map(|(what, mark)| {
                let mark = mark?;
                let title = format!("{what}, frame {}, {} UTC", mark.frame, moment(mark.at.0));
                Some((Px(axis.at(mark.at.0)), title))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{CertaintyWord, Moment, SlotMark, SlotPoint, SlotRefusals, SlotReleases};
    use crate::time::Span;

    #[test]
    fn steps_reach_the_limit_when_it_is_met() {
        let at = |seconds: u64| Moment(Timestamp::from_nanos(0) + Span::from_secs(seconds));
        let mark = |seconds| Some(SlotMark { at: at(seconds), frame: 7 });
        let point = |seconds, taken| SlotPoint { at: at(seconds), taken, silent: taken / 2 };
        let used = SlotUse {
            client: "10.0.0.1".to_owned(),
            responder: "10.0.0.2:1225".to_owned(),
            network: None,
            limit: 4,
            basis: SlotLimitBasis::Stated,
            certainty: CertaintyWord::Certain,
            peak: 4,
            reached: SlotMark { at: at(100), frame: 5 },
            silent: 2,
            refused: SlotRefusals {
                reset_at_once: 1,
                refused: 0,
                unanswered: 0,
                first: mark(150),
                last: mark(150),
            },
            released: SlotReleases {
                keepalive: 0,
                fin: 0,
                server_reset: 0,
                client_reset: 0,
                replaced: 0,
                first: None,
                last: None,
            },
            succeeded: None,
            held_at_end: 4,
            occupancy: vec![point(0, 1), point(100, 4)],
        };
        let chart = chart(0, &used, Some(at(200).0)).unwrap();
        for drawing in &chart.drawings {
            let middle = Px((drawing.left.0 + drawing.right.0) / 2.0);
            let top = drawing.limit_y;
            assert!(
                drawing.taken.contains(&format!("H{middle} V{top} H{}", drawing.right)),
                "{}",
                drawing.taken
            );
            assert_eq!(drawing.refused[0].0, Px(drawing.left.0 + 0.75 * (drawing.right.0 - drawing.left.0)));
        }
        assert!(chart.description.ends_with("and 1 further attempt was refused."), "{}", chart.description);
    }
}
