//! The report as one HTML file: no other file, no network, with or without scripts, on paper too.
//!
//! The page is `page.html`, filled by `Page`, or `tuning.html`; both stand in `base.html`, and the other templates are
//! parts of them. Drawings are
//! plain SVG whose places are computed here: charting crates write colours into each mark, or need a browser to
//! draw, where this page has to follow the reader's theme, print, and be read aloud. Two drawings of each chart stand
//! in the file, a wide one and one for phones, and the style shows the one that fits.
//!
//! What comes from captures and users is escaped by [`Escaper`] wherever a template prints it. Should that ever
//! fail, the page's policy admits no script but its own, by hash.
//!
//! Every list has a bound, named beside its rest, so that the page stays readable and below 2 MB: see [`FINDINGS`],
//! `timeline::FLOWS`, `tables::ROWS`, `STORIES`.

mod escape;
mod evidence;
mod histogram;
mod limits;
mod policy;
mod scale;
mod sides;
mod slots;
mod survival;
mod tables;
mod timeline;
mod tuning;

pub use escape::Escaper;

use super::headline::{self, Answer};
use super::text::{affected, intake};
use super::wording::{capitalised, counted, grouped, period};
use super::{Recommended, Report, Severity};
use askama::Template;
use evidence::{FindingRow, Story};
use histogram::GapChart;
use slots::SlotChart;
use std::io::{self, Write};
use tables::Table;
use timeline::Timeline;

/// Findings listed in the table, the worst first.
pub const FINDINGS: usize = 300;

/// Groups of flows with the same findings told in full.
const STORIES: usize = 3;

/// The page's own style and script.
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// How bad the answer is, as the page shows it beside the words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mood {
    Bad,
    Doubtful,
    Good,
}

impl Mood {
    const fn of(answer: Answer) -> Self {
        match answer {
            Answer::IdlingBrokeFlows
            | Answer::BrokenBetween
            | Answer::IdlingBreaksFlows
            | Answer::Trouble => Mood::Bad,
            Answer::IdlingProbablyBrokeFlows
            | Answer::ClosedAtLimit
            | Answer::SocketsLeftBehind
            | Answer::NearMiss
            | Answer::NotRuledOut
            | Answer::SurveyFindsCuts
            | Answer::NothingCanBeSaid => Mood::Doubtful,
            Answer::KeepaliveHolds | Answer::IdlingIsNotTheCause | Answer::SurveyFindsNothing => Mood::Good,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Mood::Bad => "bad",
            Mood::Doubtful => "doubtful",
            Mood::Good => "good",
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Mood::Bad => "\u{2716}",
            Mood::Doubtful => "\u{25b2}",
            Mood::Good => "\u{2714}",
        }
    }
}

/// A number at the top, with what it counts.
struct Figure {
    number: String,
    what: &'static str,
}

/// A line of what was read.
struct Fact {
    name: &'static str,
    text: String,
}

/// Choice of the filter by rule.
struct RuleChoice {
    rule: String,
    count: usize,
}

/// The head of every page: the answer, and what it rests on.
struct Top {
    policy: String,
    title: String,
    version: &'static str,
    mood: Mood,
    shout: String,
    rest: String,
    warnings: Vec<String>,
    read: String,
    figures: Vec<Figure>,
}

impl Top {
    fn new(report: &Report, sentence: &str, mood: Mood, figures: Vec<Figure>) -> Self {
        let (shout, rest) = sentence.split_once(": ").unwrap_or((sentence, ""));
        Top {
            policy: policy::of(STYLE, SCRIPT),
            title: shout.to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            mood,
            shout: shout.to_owned(),
            rest: capitalised(rest),
            warnings: if report.complete { Vec::new() } else { intake::incomplete(report) },
            read: read(report),
            figures,
        }
    }

    fn style(&self) -> &'static str {
        STYLE
    }

    fn script(&self) -> &'static str {
        SCRIPT
    }
}

/// Recommendations shown.
const RECOMMENDED: usize = 30;

/// Everything that `page.html` prints.
#[derive(Template)]
#[template(path = "page.html")]
struct Page<'r> {
    top: Top,
    pairs: Vec<sides::Pair>,
    other_sides: Vec<Table>,
    sides_rest: String,
    /// The first ones.
    recommended: &'r [Recommended],
    recommended_more: String,
    stories: Vec<Story>,
    stories_more: String,
    /// Errors of several flows at once.
    foremost: Vec<FindingRow>,
    wide: Vec<FindingRow>,
    path: Option<Table>,
    path_notes: Vec<Fact>,
    timeline: Option<Timeline>,
    charts: Vec<GapChart>,
    percentiles: Option<Table>,
    services: Option<Table>,
    heartbeats: Option<Table>,
    stale: Option<Table>,
    slots: Option<Table>,
    slot_charts: Vec<SlotChart>,
    survey: Option<Table>,
    inferred: Option<Table>,
    findings: Vec<FindingRow>,
    findings_note: String,
    rules: Vec<RuleChoice>,
    facts: Vec<Fact>,
    files: Option<Table>,
    cannot_see: &'r [String],
}

/// Writes the page; that of `tune` when the report has what it says.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = out;
    match &report.tuning {
        Some(tuning) => tuning::Page::of(report, tuning).write_into(&mut out).map(drop),
        None => Page::of(report).write_into(&mut out).map(drop),
    }
}

impl<'r> Page<'r> {
    fn of(report: &'r Report) -> Self {
        let headline = headline::of(report);
        let stories = affected::stories(report);
        let findings = evidence::rows(report, FINDINGS);
        let (foremost, wide) = evidence::across(report);
        Page {
            top: Top::new(report, &headline.sentence, Mood::of(headline.answer), figures(report)),
            pairs: sides::pairs(report),
            other_sides: sides::others(report),
            sides_rest: sides::rest(report),
            recommended: report.recommendations.get(..RECOMMENDED).unwrap_or(&report.recommendations),
            recommended_more: match report.recommendations.len().saturating_sub(RECOMMENDED) {
                0 => String::new(),
                more => format!("{} more are in the JSON report.", grouped(more as u64)),
            },
            stories_more: stories_more(report, &stories),
            stories: evidence::stories(report, &stories, STORIES),
            foremost,
            wide,
            path: tables::path(report),
            path_notes: tables::path_notes(report),
            timeline: timeline::of(report),
            charts: histogram::charts(report),
            percentiles: tables::percentiles(report),
            services: tables::services(report),
            heartbeats: tables::heartbeats(report),
            stale: tables::stale(report),
            slots: tables::slots(report),
            slot_charts: slots::charts(report),
            survey: tables::survey(report),
            inferred: tables::inferred(report),
            findings_note: evidence::note(report, findings.len()),
            rules: evidence::rules(&findings)
                .into_iter()
                .map(|(rule, count)| RuleChoice { rule: rule.to_owned(), count })
                .collect(),
            findings,
            facts: facts(report),
            files: tables::files(report),
            cannot_see: &report.capture.cannot_see,
        }
    }

    fn severities(&self) -> [Severity; 4] {
        [Severity::Error, Severity::Warning, Severity::Notice, Severity::Info]
    }
}

/// `case.pcap: 149 frames in 23.7s, 2026-11-21 22:32:40 to 22:33:04 UTC`.
fn read(report: &Report) -> String {
    let capture = &report.capture;
    let source = match (&capture.interface, capture.files.as_slice()) {
        (Some(interface), _) => format!("interface {interface}"),
        (None, [file]) => tables::name(&file.name),
        (None, files) => counted(files.len() as u64, "file"),
    };
    let frames = counted(capture.frames, "frame");
    match (capture.first_at, capture.last_at) {
        (Some(first), Some(last)) => {
            format!("{source}: {frames} in {}, {} UTC", capture.span_s.0, period(first.0, last.0))
        }
        _ => format!("{source}: {frames}"),
    }
}

fn figures(report: &Report) -> Vec<Figure> {
    let totals = &report.totals;
    let mut figures = vec![Figure { number: grouped(totals.flows), what: "flows" }];
    let mut add = |count: u64, what: &'static str| {
        if count > 0 {
            figures.push(Figure { number: grouped(count), what });
        }
    };
    add(totals.broken.certain, "seen to break");
    add(totals.broken.likely, "likely seen to break");
    add(totals.cuts.flows_used_again, "predicted cut, used again");
    add(totals.cuts.flows_left_behind, "predicted cut, left behind");
    add(totals.saved_by_keepalive, "saved by keepalive");
    add(totals.unknown, "not known");
    add(totals.of_rule("stale"), "stale");
    add(totals.flows_by_severity.total(), "with findings");
    let lengths =
        [(&totals.longest_gap, "longest gap"), (&totals.longest_open_gap, "longest silence to the end")];
    for (gap, what) in lengths {
        if let Some(gap) = gap {
            figures.push(Figure { number: gap.length_s.0.to_string(), what });
        }
    }
    figures
}

fn stories_more(report: &Report, stories: &[Vec<affected::Case<'_>>]) -> String {
    let told: usize = stories.iter().take(STORIES).map(Vec::len).sum();
    match report.totals.flows_by_severity.total().saturating_sub(told as u64) {
        0 => String::new(),
        1 => "1 more flow has findings of another kind.".to_owned(),
        more => format!("{} more flows have findings of other kinds.", grouped(more)),
    }
}

fn facts(report: &Report) -> Vec<Fact> {
    let capture = &report.capture;
    let mut facts = Vec::new();
    let mut add = |name: &'static str, text: Option<String>| {
        if let Some(text) = text {
            facts.push(Fact { name, text });
        }
    };
    add("Live", capture.interface.as_deref().map(tables::name));
    add("Ended early", capture.interface_gone.clone());
    add("Filter", capture.filter.as_deref().map(tables::name));
    add("Frames", Some(intake::frames(capture)));
    add("Flows", Some(intake::flows(report)));
    add("Silence", intake::longest(report));
    add("Losses", Some(intake::losses(report)));
    facts
}

#[cfg(test)]
mod tests;
