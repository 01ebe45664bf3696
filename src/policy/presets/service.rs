//! One row of the third table: a service that closes clients which ask nothing of it.

use std::fmt;

use super::{Adjustable, Limit, Origin, Source, Verified};
use crate::policy::Refresh;
use crate::time::Span;

/// A server that closes idle clients, as its maker ships it. It stands at the end of a path, not on it: its
/// timer explains closes that look like those of a box.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Service {
    /// What the user writes: lower case, digits and hyphens, begins with a letter.
    pub id: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// Product, in words.
    pub product: &'static str,
    /// Server ports by convention; empty when none is its own.
    pub ports: &'static [u16],
    /// Idle time after which it closes a client's connection; the shortest where it varies. [`Span::MAX`] when
    /// there is none or it is not published: `limit` says which.
    pub idle: Span,
    /// How `idle` stands to what the source says.
    pub limit: Limit,
    /// The idle time as the catalogue prints it; bare numbers are seconds.
    pub idle_words: &'static str,
    /// What restarts the timer: any packet, or payload only.
    pub clock: Refresh,
    /// How it closes.
    pub close: ServiceClose,
    /// Whether and how far the idle time can be set.
    pub adjustable: Adjustable,
    /// Where it is set. Empty: not stated.
    pub setting: &'static str,
    /// Both in words; bare numbers are seconds.
    pub range_words: &'static str,
    /// Documents and files that the values come from.
    pub source: &'static str,
    /// The same, each with its address and the day on which it was read, as far as known.
    pub sources: &'static [Source],
    /// Whether the values were seen there.
    pub verified: Verified,
    /// Parts of the row that stand otherwise than `verified`: (the part, how it stands).
    pub exceptions: &'static [(&'static str, Verified)],
    /// Numbers of the [domain rules](super::DOMAIN_RULES) that a reader of this row should know.
    pub rules: &'static [u8],
    /// Contradictions between sources, and choices made in this row.
    pub notes: &'static [&'static str],
    /// Where the row is from.
    pub origin: Origin,
}

/// How a service ends the connection of an idle client.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ServiceClose {
    /// By FIN.
    Fin,
    /// By RST.
    Rst,
    /// By either.
    FinOrRst,
    /// The source does not say.
    Unstated,
}

impl ServiceClose {
    /// The word of preset files and of machine output.
    pub const fn word(self) -> &'static str {
        match self {
            ServiceClose::Fin => "fin",
            ServiceClose::Rst => "rst",
            ServiceClose::FinOrRst => "fin-or-rst",
            ServiceClose::Unstated => "unstated",
        }
    }
}

impl fmt::Display for ServiceClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Service {
    /// The idle time, or `None` when it closes nobody or its time is not published.
    pub fn closes_after(&self) -> Option<Span> {
        (self.idle != Span::MAX).then_some(self.idle)
    }
}
