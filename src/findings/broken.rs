//! Flows that were seen to break after a silence, counted.

use super::finding::Certainty;
use super::observed::{Charge, Review, Suspect};
use super::rule::Rule;
use crate::time::Span;

/// Flows that broke at the end of a silence, as reviewed beside all others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Broken {
    /// By [`Certainty`], the weakest first.
    pub flows: [u64; 3],
    /// Of those that are at least likely: the shortest silence after which one broke.
    pub shortest: Option<Span>,
    /// And the longest.
    pub longest: Option<Span>,
    /// Of those that are at least likely: the ones that a RST told, not silence.
    pub by_reset: u64,
    /// The longest silence that flows of the same services survived when the same side ended it.
    pub survived: Span,
}

impl Broken {
    /// Flows whose break is at least this certain.
    pub fn at_least(&self, certainty: Certainty) -> u64 {
        self.flows[certainty as usize..].iter().sum()
    }

    /// A flow that was counted as one that broke did so certainly.
    pub(super) fn make_certain(&mut self, before: Certainty, (rule, gap): (Rule, Span), survived: Span) {
        self.flows[before as usize] -= 1;
        self.flows[Certainty::Certain as usize] += 1;
        if before < Certainty::Likely {
            self.add(rule, gap, survived);
        }
    }

    /// A flow that was counted as likely may have broken otherwise. `left` are silences of those that stand.
    pub(super) fn make_possible(&mut self, rule: Rule, left: impl Iterator<Item = Span>) {
        self.flows[Certainty::Likely as usize] -= 1;
        self.flows[Certainty::Possible as usize] += 1;
        self.by_reset -= u64::from(rule == Rule::ObservedReset);
        let left: Vec<Span> = left.collect();
        // Where not all are listed, the others may hold the extremes.
        if left.len() as u64 == self.at_least(Certainty::Likely) {
            (self.shortest, self.longest) = (left.iter().min().copied(), left.iter().max().copied());
        }
    }

    pub(super) fn note(&mut self, suspect: &Suspect, review: &Review) {
        let (Charge::Idled { rule, gap, .. }, Some(certainty)) = (suspect.charge, review.certainty) else {
            return;
        };
        self.flows[certainty as usize] += 1;
        if certainty >= Certainty::Likely {
            self.add(rule, gap, review.survived);
        }
    }

    fn add(&mut self, rule: Rule, gap: Span, survived: Span) {
        self.shortest = Some(self.shortest.map_or(gap, |known| known.min(gap)));
        self.longest = Some(self.longest.map_or(gap, |known| known.max(gap)));
        self.by_reset += u64::from(rule == Rule::ObservedReset);
        self.survived = self.survived.max(survived);
    }
}
