//! Kinds of failures from the field, held to what happened: which causes, how far established, on which clock and where,
//! whatever is stated about the path.

mod bystanders;
mod closes;
mod cuts;
mod hosts;
mod in_use;
mod transfer;

use crate::make::container::pcap;
use crate::make::conversation::Seen;
use idlescope::capture::{Input, OpenOptions, Source};
use idlescope::findings::{
    Cause, CauseStanding, Explanation, IdleClock, InferredStand, Judgement, Listing, Rule, Severity, Terms,
    TimerPlace,
};
use idlescope::pipeline::{RunOptions, analyze};
use idlescope::policy::{Path, spec::parse_hops};
use idlescope::report::{assemble, text};
use idlescope::simulate::Survey;
use idlescope::time::Span;
use std::time::Duration;

/// 2026-03-02 08:00 UTC.
const START: Duration = Duration::from_secs(1_772_438_400);

/// What is said of one capture.
struct Told {
    judgement: Judgement,
    /// The text page in one line, in lower case.
    page: String,
}

fn told(frames: &[Seen], hops: &[&str]) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made.pcap");
    std::fs::write(&file, pcap(START, frames)).unwrap();
    let source = Source::open(&[Input::File(file)], &OpenOptions::default()).unwrap();
    let path = Path { hops: parse_hops(hops).unwrap(), keepalive: None, by_end: None };
    let survey = if hops.is_empty() { Survey::of_catalogue() } else { Survey::default() };
    let terms = Terms { listing: Listing::All, flows_listed: 10_000, ..Terms::new(path, survey) };
    let analysis = analyze(source, None, terms, &RunOptions { workers: 2, ..RunOptions::default() });
    let mut page = Vec::new();
    text::write(&assemble(&analysis), text::Layout::default(), &mut page).unwrap();
    let words: Vec<String> =
        String::from_utf8(page).unwrap().split_whitespace().map(str::to_lowercase).collect();
    Told { judgement: analysis.judgement, page: words.join(" ") }
}

/// Holds what is told of a capture to claims: without a hop, and with one that has nothing to do with it.
fn hold(frames: &[Seen], claims: impl Fn(&Told)) {
    for hops in [&[][..], &["far=7d"]] {
        let told = told(frames, hops);
        println!("hops: {hops:?}");
        told.print();
        claims(&told);
    }
}

impl Told {
    fn print(&self) {
        for flow in &self.judgement.flows {
            let causes: Vec<String> = flow
                .explanations
                .iter()
                .map(|it| {
                    format!(
                        "{} {}{}",
                        it.cause,
                        it.standing.id(),
                        it.clock.map_or(String::new(), |c| format!(" {}", c.id()))
                    )
                })
                .collect();
            println!("  {} {:?}: {}", flow.initiator, flow.failed, causes.join(", "));
        }
        for limit in &self.judgement.inferred {
            println!(
                "  limit {:?} {:?} survived {} cut {}",
                limit.scope, limit.clock, limit.survived.length, limit.cut
            );
        }
        println!("  {}", &self.page[..self.page.len().min(1500)]);
    }

    /// How many flows have a cause at least so far established.
    fn flows(&self, cause: Cause, standing: CauseStanding) -> usize {
        self.count(|it| it.cause == cause && it.standing >= standing)
    }

    /// How many flows an idle timer of that clock and place likely cut or closed.
    fn idle(&self, clock: IdleClock, place: TimerPlace) -> usize {
        self.count(|it| {
            it.cause == Cause::IdleTimer
                && it.standing >= CauseStanding::Likely
                && (it.clock, it.place) == (Some(clock), Some(place))
        })
    }

    fn count(&self, fits: impl Fn(&Explanation) -> bool) -> usize {
        self.judgement.flows.iter().filter(|flow| flow.explanations.iter().any(&fits)).count()
    }

    /// Nothing that idled is blamed.
    fn clears_idling(&self) {
        assert_eq!(self.flows(Cause::IdleTimer, CauseStanding::Likely), 0, "idling is blamed");
    }

    /// An inferred limit lies between the two, in seconds.
    fn bounds(&self, survived: u64, cut: u64) {
        let half = Span::from_millis(500);
        let fits = self.judgement.inferred.iter().any(|limit| {
            !matches!(limit.stand, InferredStand::Conflict(_))
                && limit.survived.length + half >= Span::from_secs(survived)
                && limit.cut <= Span::from_secs(cut) + half
        });
        assert!(fits, "no limit within {survived} s and {cut} s");
    }

    /// How many flows that failed did so for another reason than idling, as far as is shown.
    fn failed_in_use(&self) -> usize {
        let refuted =
            |it: &Explanation| it.cause == Cause::IdleTimer && it.standing == CauseStanding::Refuted;
        let failed = self.judgement.flows.iter().filter(|flow| flow.failed.is_some());
        failed.filter(|flow| flow.explanations.iter().any(refuted)).count()
    }

    fn has_errors(&self) -> bool {
        self.judgement.totals.at_or_above(Severity::Error) > 0
    }

    /// No limit has a number.
    fn bounds_nothing(&self) {
        let conflict = |stand: &InferredStand| matches!(stand, InferredStand::Conflict(_));
        assert!(self.judgement.inferred.iter().all(|limit| conflict(&limit.stand)), "a limit is told");
    }

    fn of(&self, rule: Rule) -> u64 {
        self.judgement.totals.of(rule)
    }

    fn says(&self, words: &str) -> bool {
        self.page.contains(words)
    }

    fn never_says(&self, sentences: &[&str]) {
        for words in sentences {
            assert!(!self.says(words), "says: {words}");
        }
    }
}

/// Where the clock is not shown, none of these is.
const AGAINST_KEEPALIVE: [&str; 6] = [
    "keepalive does not help",
    "keepalive will not help",
    "keepalive cannot help",
    "keepalive does not restart",
    "keepalive will not restart",
    "keepalive cannot restart",
];
