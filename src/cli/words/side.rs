//! `--side NAME=FILE`.

use std::path::PathBuf;
use std::str::FromStr;

/// A capture on one side of a box.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SideWord {
    /// A free word.
    pub name: String,
    /// The capture.
    pub file: PathBuf,
}

/// A side that cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("write NAME=FILE, as in client=a.pcapng")]
pub struct ParseSideError;

impl FromStr for SideWord {
    type Err = ParseSideError;

    fn from_str(word: &str) -> Result<Self, ParseSideError> {
        match word.split_once('=') {
            Some((name, file)) if !name.is_empty() && !file.is_empty() => {
                Ok(SideWord { name: name.to_owned(), file: file.into() })
            }
            _ => Err(ParseSideError),
        }
    }
}
