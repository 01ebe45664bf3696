//! The worst flows on one axis of time: activity, silences, probes, and the moments at which timers ran out.

use super::scale::{ClockAxis, Px, Size, Tick, width_of};
use super::tables::{self, Cell, Kind, Table};
use crate::flow::GAPS_KEPT;
use crate::report::wording::{counted, grouped, limit, moment, period};
use crate::report::{
    BasisWord, FailedSilence, FailureWord, Flow, FlowClose, FlowGap, FlowOpening, FlowVerdict, Outcome,
    ProbesSeen, Report, TrustWord,
};
use crate::time::{Span, Timestamp};
use std::collections::HashMap;

/// Flows drawn.
pub(super) const FLOWS: usize = 16;

/// Flows drawn of those that have the same findings: more would show the same again.
const ALIKE: usize = 4;

/// Room above the first flow.
const TOP: f64 = 14.0;

/// The drawings, and all that is in them as a table.
pub(super) struct Timeline {
    pub description: String,
    pub rest: String,
    pub drawings: Vec<Drawing>,
    pub table: Table,
}

pub(super) struct Drawing {
    pub class: &'static str,
    pub width: Px,
    pub height: Px,
    pub left: Px,
    pub right: Px,
    pub top: Px,
    pub base: Px,
    pub tick_y: Px,
    pub title_y: Px,
    pub middle: Px,
    pub axis_title: String,
    pub ticks: Vec<Tick>,
    pub lanes: Vec<Lane>,
}

/// One flow.
pub(super) struct Lane {
    pub flow: u64,
    pub y: Px,
    pub rule_y: Px,
    pub labels: Vec<Label>,
    pub bars: Vec<Bar>,
    pub silences: Vec<Line>,
    pub marks: Vec<Mark>,
}

pub(super) struct Label {
    pub class: &'static str,
    pub x: Px,
    pub y: Px,
    pub text: String,
}

/// A time with packets.
pub(super) struct Bar {
    pub class: &'static str,
    pub x: Px,
    pub y: Px,
    pub width: Px,
    pub height: Px,
    pub title: String,
}

/// A silence.
pub(super) struct Line {
    pub class: &'static str,
    pub from: Px,
    pub to: Px,
    pub middle: Px,
    pub label_y: Px,
    pub label: Option<String>,
    pub title: String,
}

/// A moment.
pub(super) struct Mark {
    pub class: &'static str,
    pub shape: &'static str,
    pub x: Px,
    pub y: Px,
    pub title: String,
    pub label: Option<String>,
    pub label_y: Px,
}

/// What a time with packets holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Packets {
    Any,
    WithoutPayload,
}

/// What happens to a flow, whatever the drawing's size.
struct Story<'r> {
    flow: &'r Flow,
    /// Ended silences of any packet, in order.
    gaps: Vec<&'r FlowGap>,
    /// Ended silences of payload.
    quiet: Vec<(Timestamp, Timestamp)>,
    open: Option<Span>,
    /// Where it was seen to break, when a finding says so.
    broke: Option<&'r FailedSilence>,
}

impl<'r> Story<'r> {
    fn of(flow: &'r Flow, report: &Report) -> Self {
        let observed = flow
            .findings
            .iter()
            .filter_map(|at| report.findings.get(*at))
            .any(|finding| finding.rule.starts_with("observed-"));
        let broke = flow.observed.failed.as_ref().or(flow.observed.closed.as_ref());
        let on = |basis: BasisWord| flow.gaps.iter().filter(move |gap| gap.basis == basis);
        let mut gaps: Vec<&FlowGap> = on(BasisWord::Any).collect();
        gaps.sort_by_key(|gap| gap.start_at);
        let mut quiet: Vec<_> = on(BasisWord::Payload).map(|gap| (gap.start_at.0, end_of(gap))).collect();
        quiet.sort_unstable();
        Story { flow, gaps, quiet, open: flow.open_gap_s.map(|gap| gap.0), broke: broke.filter(|_| observed) }
    }

    fn ends(&self) -> Timestamp {
        self.flow.last_at.0 + self.open.unwrap_or(Span::ZERO)
    }

    /// Times between the silences, with packets, and whether they have new payload. Those without have
    /// acknowledgments and probes.
    fn busy(&self) -> Vec<(Timestamp, Timestamp, Packets)> {
        let mut busy = Vec::new();
        let mut add = |from: Timestamp, to: Timestamp| {
            if from >= to {
                let quiet = self.quiet.iter().any(|(start, end)| *start < from && from < *end);
                busy.push((from, from, if quiet { Packets::WithoutPayload } else { Packets::Any }));
                return;
            }
            let mut from = from;
            for (start, end) in &self.quiet {
                let (start, end) = ((*start).max(from), (*end).min(to));
                if start < end {
                    if start > from {
                        busy.push((from, start, Packets::Any));
                    }
                    busy.push((start, end, Packets::WithoutPayload));
                    from = end;
                }
            }
            if from < to {
                busy.push((from, to, Packets::Any));
            }
        };
        let mut from = self.flow.first_at.0;
        for gap in &self.gaps {
            add(from, gap.start_at.0.max(from));
            from = end_of(gap).max(from);
        }
        add(from, self.flow.last_at.0.max(from));
        busy
    }

    /// The longest silence that may be in there without being drawn; `None`: none of those listed.
    fn undrawn(&self) -> Option<Span> {
        let shortest = self.gaps.iter().map(|gap| gap.length_s.0).min()?;
        (self.gaps.len() >= GAPS_KEPT).then_some(shortest)
    }
}

fn end_of(gap: &FlowGap) -> Timestamp {
    gap.start_at.0 + gap.length_s.0
}

/// `None` when no flow is listed.
pub(super) fn of(report: &Report) -> Option<Timeline> {
    let stories = chosen(report);
    let from = stories.iter().map(|story| story.flow.first_at.0).min()?;
    let to = stories.iter().map(Story::ends).max()?;
    let more = report.flows_total.saturating_sub(stories.len() as u64);
    let rest = match more {
        0 => String::new(),
        _ => format!(
            "The worst flows are drawn, at most {ALIKE} with the same findings; {} more {} not.",
            grouped(more),
            if more == 1 { "is" } else { "are" }
        ),
    };
    Some(Timeline {
        description: format!(
            "{} from {} UTC. Of each, its {GAPS_KEPT} longest silences of at least {} are drawn; shorter ones look like activity.",
            counted(stories.len() as u64, "flow"),
            period(from, to),
            report.listing.min_gap_s.0
        ),
        rest,
        drawings: Size::BOTH.into_iter().map(|size| draw(size, &stories, from, to)).collect(),
        table: table(&stories),
    })
}

/// The worst flows, not too many of one kind.
fn chosen(report: &Report) -> Vec<Story<'_>> {
    let mut alike: HashMap<Vec<(&str, Option<&str>)>, usize> = HashMap::new();
    report
        .flows
        .iter()
        .filter(|flow| {
            let found = flow.findings.iter().filter_map(|at| report.findings.get(*at));
            let kind = found.map(|finding| (finding.rule.as_str(), finding.hop.as_deref())).collect();
            let count = alike.entry(kind).or_insert(0);
            *count += 1;
            *count <= ALIKE
        })
        .take(FLOWS)
        .map(|flow| Story::of(flow, report))
        .collect()
}

/// How lanes are laid out.
struct Layout {
    left: f64,
    right: f64,
    lane: f64,
    /// From a lane's upper edge to its line.
    line: f64,
}

impl Layout {
    const fn of(size: Size) -> Self {
        match size {
            Size::Wide => Layout { left: 190.0, right: 938.0, lane: 46.0, line: 22.0 },
            Size::Narrow => Layout { left: 18.0, right: 320.0, lane: 62.0, line: 38.0 },
        }
    }
}

fn draw(size: Size, stories: &[Story<'_>], from: Timestamp, to: Timestamp) -> Drawing {
    let layout = Layout::of(size);
    let axis = ClockAxis { from, to, left: layout.left, right: layout.right };
    let base = TOP + stories.len() as f64 * layout.lane;
    Drawing {
        class: size.class(),
        width: Px(size.width()),
        height: Px(base + 42.0),
        left: Px(layout.left),
        right: Px(layout.right),
        top: Px(TOP),
        base: Px(base),
        tick_y: Px(base + 16.0),
        title_y: Px(base + 35.0),
        middle: Px((layout.left + layout.right) / 2.0),
        axis_title: format!("{} UTC", period(from, to)),
        ticks: axis.ticks(),
        lanes: stories
            .iter()
            .enumerate()
            .map(|(at, story)| lane(size, story, &axis, TOP + at as f64 * layout.lane, &layout))
            .collect(),
    }
}

fn lane(size: Size, story: &Story<'_>, axis: &ClockAxis, top: f64, layout: &Layout) -> Lane {
    let flow = story.flow;
    let y = top + layout.line;
    let label = |class, dx: f64, dy: f64, text: String| Label { class, x: Px(dx), y: Px(top + dy), text };
    let labels = match size {
        Size::Wide => vec![
            label("lane-name", 4.0, 12.0, format!("flow {}", flow.id)),
            label("lane-who", 4.0, 25.0, tables::short(&flow.initiator)),
            label("lane-who", 4.0, 38.0, format!("→ {}", tables::short(&flow.responder))),
        ],
        Size::Narrow => vec![label(
            "lane-name",
            4.0,
            12.0,
            format!(
                "flow {}: {} → {}",
                flow.id,
                tables::short(&flow.initiator),
                tables::short(&flow.responder)
            ),
        )],
    };
    Lane {
        flow: flow.id,
        y: Px(y),
        rule_y: Px(top + layout.lane),
        labels,
        bars: story
            .busy()
            .into_iter()
            .map(|(from, to, packets)| bar(story, axis, y, (from, to), packets))
            .collect(),
        silences: silences(story, axis, y),
        marks: marks(story, axis, y),
    }
}

fn bar(
    story: &Story<'_>,
    axis: &ClockAxis,
    y: f64,
    (from, to): (Timestamp, Timestamp),
    packets: Packets,
) -> Bar {
    let (left, right) = (axis.at(from), axis.at(to));
    let (class, half, what) = match packets {
        Packets::Any => ("busy", 5.0, "activity"),
        Packets::WithoutPayload => ("busy quiet", 1.5, "packets without new payload"),
    };
    let undrawn = story
        .undrawn()
        .map_or(String::new(), |length| format!("; silences of up to {length} in it are not drawn"));
    Bar {
        class,
        x: Px(left - 1.0),
        y: Px(y - half),
        width: Px((right - left + 1.0).max(2.0)),
        height: Px(2.0 * half),
        title: format!("{what}, {} UTC, {}{undrawn}", period(from, to), to.since(from)),
    }
}

fn silences(story: &Story<'_>, axis: &ClockAxis, y: f64) -> Vec<Line> {
    let line = |class, from: Timestamp, to: Timestamp, length: Span, title| {
        let (left, right) = (axis.at(from), axis.at(to));
        let text = length.to_string();
        Line {
            class,
            from: Px(left),
            to: Px(right),
            middle: Px((left + right) / 2.0),
            label_y: Px(y - 9.0),
            label: (right - left > width_of(&text) + 4.0).then_some(text),
            title,
        }
    };
    let mut lines: Vec<Line> = story
        .gaps
        .iter()
        .map(|gap| {
            let class = if gap.trust == TrustWord::Clean { "silence" } else { "silence suspect" };
            line(class, gap.start_at.0, end_of(gap), gap.length_s.0, told(gap))
        })
        .collect();
    if let Some(open) = story.open {
        let title = format!("silent for {open} after frame {}, to the capture's end", story.flow.last_frame);
        lines.push(line("silence open", story.flow.last_at.0, story.ends(), open, title));
    }
    lines
}

fn told(gap: &FlowGap) -> String {
    let doubt = gap.why.as_ref().map_or(String::new(), |why| format!("; suspect: {why}"));
    format!(
        "silent for {} from frame {} to {}, ended by {}{doubt}",
        gap.length_s.0,
        gap.start_frame,
        gap.end_frame,
        gap.ended_by.word()
    )
}

const UP: &str = "M-4.5 0 L4.5 0 L0 -8 Z";
const DOWN: &str = "M-4.5 0 L4.5 0 L0 8 Z";
const CROSS: &str = "M-5 -5 L5 5 M5 -5 L-5 5";
const RING: &str = "M-5 0 A5 5 0 1 0 5 0 A5 5 0 1 0 -5 0 Z";
const DIAMOND: &str = "M-6 0 L0 -6 L6 0 L0 6 Z";
const SQUARE: &str = "M-4.5 -4.5 H4.5 V4.5 H-4.5 Z";
const FLAG: &str = "M0 0 V-15 L9 -11 L1.5 -7 V0 Z";
const STROKE: &str = "M0 -8 V8";

/// The shapes, for the legend.
pub(super) const LEGEND: [(&str, &str, &str); 8] = [
    ("mark probe", UP, "keepalive probe of the initiator"),
    ("mark probe", DOWN, "keepalive probe of the responder"),
    ("mark cut", CROSS, "a hop's timer runs out: the flow is cut"),
    ("mark saved", RING, "it would have run out without the probes"),
    ("mark unknown", DIAMOND, "it may have run out"),
    ("mark failed", FLAG, "seen to break: nobody answers, or a RST does"),
    ("mark reset", SQUARE, "reset (RST)"),
    ("mark fin", STROKE, "closed (FIN)"),
];

fn marks(story: &Story<'_>, axis: &ClockAxis, y: f64) -> Vec<Mark> {
    let flow = story.flow;
    let mark = |class, shape, at: Timestamp, dy: f64, title: String| Mark {
        class,
        shape,
        x: Px(axis.at(at)),
        y: Px(y + dy),
        title,
        label: None,
        label_y: Px(y + 19.0),
    };
    let mut marks = Vec::new();
    for (side, shape, dy, who) in [
        (&flow.keepalive.initiator, UP, -5.0, "initiator"),
        (&flow.keepalive.responder, DOWN, 5.0, "responder"),
    ] {
        for (frame, at) in side.frames.iter().zip(&side.times) {
            let title = format!("keepalive probe of the {who}, frame {frame}, {} UTC", moment(at.0));
            marks.push(mark("mark probe", shape, at.0, dy, title));
        }
    }
    if let Some(failed) = story.broke {
        let at = failed.start_at.0 + failed.length_s.0;
        marks.push(mark("mark failed", FLAG, at, 0.0, broke(failed)));
    }
    match flow.closed_by {
        FlowClose::Rst if flow.reset_frame == Some(flow.last_frame) => {
            let title = format!("reset by frame {}, {} UTC", flow.last_frame, moment(flow.last_at.0));
            marks.push(mark("mark reset", SQUARE, flow.last_at.0, 0.0, title));
        }
        FlowClose::Fin => {
            let title = format!("closed by FIN, {} UTC", moment(flow.last_at.0));
            marks.push(mark("mark fin", STROKE, flow.last_at.0, 0.0, title));
        }
        _ => {}
    }
    let mut free_from = f64::MIN;
    let mut verdicts: Vec<(&FlowVerdict, Timestamp)> =
        flow.verdicts.iter().filter_map(|verdict| Some((verdict, verdict.at?.0))).collect();
    verdicts.sort_by_key(|(_, at)| *at);
    for (verdict, at) in verdicts {
        let (class, shape) = match verdict.outcome {
            Outcome::Cut => ("mark cut", CROSS),
            Outcome::SavedByKeepalive => ("mark saved", RING),
            Outcome::Unknown => ("mark unknown", DIAMOND),
            Outcome::Survives | Outcome::OffPath => continue,
        };
        let mut mark = mark(class, shape, at, 0.0, said(verdict, at));
        let name = tables::short(&verdict.hop);
        let half = width_of(&name) / 2.0;
        if mark.x.0 - half >= free_from && mark.x.0 + half <= axis.right + 8.0 {
            free_from = mark.x.0 + half + 6.0;
            mark.label = Some(name);
        }
        marks.push(mark);
    }
    marks
}

fn broke(failed: &FailedSilence) -> String {
    let what = match failed.how {
        FailureWord::Unanswered => "nobody answers",
        FailureWord::Refused => "a RST answers",
        FailureWord::Closed => "closed unprompted",
    };
    let sends = failed
        .sends
        .map_or(String::new(), |sends| format!(", sent {} in vain", counted(u64::from(sends), "time")));
    format!("after {} of silence, frame {}: {what}{sends}", failed.length_s.0, failed.end_frame)
}

fn said(verdict: &FlowVerdict, at: Timestamp) -> String {
    let hop = tables::short(&verdict.hop);
    let length = verdict.limit_s.map_or(String::new(), |length| format!(" ({})", limit(length.0)));
    let what = match verdict.outcome {
        Outcome::Cut => "runs out",
        Outcome::SavedByKeepalive => "would have run out without the probes",
        Outcome::Unknown => "may have run out",
        Outcome::Survives | Outcome::OffPath => "does not run out",
    };
    let why = verdict.why.as_ref().map_or(String::new(), |why| format!("; {why}"));
    format!("the timer of {hop}{length} {what}, {} UTC{why}", moment(at))
}

/// Everything that is drawn, in words.
fn table(stories: &[Story<'_>]) -> Table {
    let mut table = Table::new("timeline-data", "What happens in each flow");
    table.column("Flow", Kind::Number);
    table.column("When (UTC)", Kind::Text);
    table.column("What", Kind::Text);
    for story in stories {
        let flow = story.flow;
        let mut events: Vec<(Timestamp, String)> = Vec::new();
        let opened = match flow.opened {
            FlowOpening::Handshake => "opened",
            FlowOpening::Midstream => "first seen, older than the capture",
        };
        events.push((
            flow.first_at.0,
            format!("{opened}, frame {}: {} → {}", flow.first_frame, flow.initiator, flow.responder),
        ));
        events.extend(story.gaps.iter().map(|gap| (gap.start_at.0, told(gap))));
        for (side, who) in
            [(&flow.keepalive.initiator, "initiator"), (&flow.keepalive.responder, "responder")]
        {
            events.extend(probes(side, who));
        }
        if let Some(failed) = story.broke {
            events.push((failed.start_at.0 + failed.length_s.0, broke(failed)));
        }
        let verdicts = flow.verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Survives);
        events.extend(verdicts.filter_map(|verdict| Some((verdict.at?.0, said(verdict, verdict.at?.0)))));
        let closed = match (flow.closed_by, story.open) {
            (FlowClose::Fin, _) => format!("closed by FIN, last frame {}", flow.last_frame),
            (FlowClose::Rst, _) => format!("reset, last frame {}", flow.last_frame),
            (FlowClose::None, Some(open)) => {
                format!("last frame {}, then silent for {open} to the end", flow.last_frame)
            }
            (FlowClose::None, None) => format!("last frame {}, open at the end", flow.last_frame),
        };
        events.push((flow.last_at.0, closed));
        events.sort_by_key(|(at, _)| *at);
        for (at, what) in events {
            table.row(vec![
                Cell::count(flow.id),
                Cell::keyed(moment(at), at.as_nanos() as f64),
                Cell::text(what),
            ]);
        }
    }
    table
}

fn probes(side: &ProbesSeen, who: &str) -> Option<(Timestamp, String)> {
    let first = side.times.first()?;
    let frames: Vec<String> = side.frames.iter().map(u64::to_string).collect();
    let kept = if side.probes > frames.len() as u64 { "first frames" } else { "frames" };
    let text = format!(
        "{} of the {who} begin, {kept} {}",
        counted(side.probes, "keepalive probe"),
        frames.join(", ")
    );
    Some((first.0, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn every_cut_gap_and_bar_of_a_flow_stands_at_its_time() {
        let report = samples::cut_behind_three_hops();
        let timeline = of(&report).unwrap();
        for drawing in &timeline.drawings {
            assert_eq!(drawing.lanes.len(), 3);
            for (lane, flow) in drawing.lanes.iter().zip(&report.flows) {
                assert_eq!(lane.flow, flow.id);
                let cuts = lane.marks.iter().filter(|mark| mark.class == "mark cut").count();
                assert_eq!(cuts, 3, "one for each hop");
                let [silence, open] = &lane.silences[..] else { panic!("an ended and an open one") };
                assert_eq!((silence.class, open.class), ("silence", "silence open"));
                for mark in lane.marks.iter().filter(|mark| mark.class == "mark cut") {
                    assert!(mark.x > silence.from && mark.x < silence.to, "{}", mark.title);
                }
            }
        }
    }

    #[test]
    fn a_story_told_often_is_drawn_a_few_times_and_the_rest_counted() {
        let report = samples::sockets_left_behind();
        let timeline = of(&report).unwrap();
        assert!(timeline.drawings[0].lanes.len() <= ALIKE.max(1) * 2);
        if report.flows_total > timeline.drawings[0].lanes.len() as u64 {
            assert!(timeline.rest.contains("more"), "{}", timeline.rest);
        }
    }

    #[test]
    fn packets_in_a_silence_of_payload_are_no_activity() {
        let mut report = samples::cut_behind_three_hops();
        let flow = &mut report.flows[0];
        let (gap, last) = (flow.gaps[0].clone(), flow.last_at);
        // The gap between any packets ends in the middle of that of payload.
        flow.gaps.push(FlowGap {
            basis: BasisWord::Payload,
            length_s: last.0.since(gap.start_at.0).into(),
            ..gap
        });
        let story = Story::of(&report.flows[0], &report);
        let packets: Vec<Packets> = story.busy().into_iter().map(|(_, _, packets)| packets).collect();
        assert_eq!(packets, [Packets::Any, Packets::WithoutPayload]);
    }

    #[test]
    fn without_listed_flows_there_is_nothing_to_draw() {
        assert!(of(&samples::no_tcp()).is_none());
    }
}
