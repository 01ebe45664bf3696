//! How far a value of the catalogue can be trusted.

use std::fmt;

/// Whether the values of a row were seen where the row says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verified {
    /// Seen in the named source.
    Yes,
    /// Seen in a third-party page that restates the vendor.
    Secondary,
    /// Known, but not found in any source at hand.
    Unverified,
}

/// Why a cell says what it says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Grounds {
    /// The named source says it.
    Source,
    /// Inferred: boxes of this class (tracker of L3/L4 state, or proxy) behave so.
    DeviceClass,
}

impl Verified {
    /// The word of machine output: `yes`, `secondary`, `unverified`.
    pub const fn word(self) -> &'static str {
        match self {
            Verified::Yes => "yes",
            Verified::Secondary => "secondary",
            Verified::Unverified => "unverified",
        }
    }
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Grounds {
    /// Whether the cell is not from the source; pages must label it so.
    pub const fn is_inferred(self) -> bool {
        matches!(self, Grounds::DeviceClass)
    }
}

impl fmt::Display for Grounds {
    /// `sourced` or `inferred`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_inferred() { "inferred" } else { "sourced" })
    }
}

/// A document or file that values of a row come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Source {
    /// As the document calls itself, or repository and path.
    pub title: &'static str,
    /// Where it is read; `None`: the row gives only its title.
    pub address: Option<&'static str>,
    /// The day on which it was read, `2026-12-01`; `None`: by [`UNDATED_READ_BY`](super::UNDATED_READ_BY).
    pub read: Option<&'static str>,
}

/// Where a row is from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Compiled in.
    Catalogue,
    /// A preset file of the user.
    File {
        /// As it was named.
        file: &'static str,
        /// Line of the row.
        line: usize,
        /// Whether it took the place of another row.
        replaces: bool,
    },
}
