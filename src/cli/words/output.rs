//! `-o FORMAT=FILE`.

use crate::report::{Format, UnknownFormat};
use std::path::PathBuf;
use std::str::FromStr;

/// A file to write the report to, in one format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputWord {
    /// How.
    pub format: Format,
    /// Where to.
    pub file: PathBuf,
}

/// An output that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OutputWordError {
    /// There is no `=`.
    #[error("it names no {}; write FORMAT=FILE, as in json=report.json", if .0.parse::<Format>().is_ok() { "file" } else { "format" })]
    NoSeparator(String),
    /// The word before `=` is no format.
    #[error(transparent)]
    UnknownFormat(#[from] UnknownFormat),
    /// Nothing stands behind `=`.
    #[error("it names no file behind '{0}='; write FORMAT=FILE, as in {0}=report.{0}")]
    NoFile(Format),
    /// Standard output is not a file.
    #[error("'-' is no file; choose the format of standard output with --format {0}")]
    StandardOutput(Format),
}

impl FromStr for OutputWord {
    type Err = OutputWordError;

    fn from_str(word: &str) -> Result<Self, OutputWordError> {
        let (format, file) =
            word.split_once('=').ok_or_else(|| OutputWordError::NoSeparator(word.to_owned()))?;
        let format = format.parse()?;
        match file {
            "" => Err(OutputWordError::NoFile(format)),
            "-" => Err(OutputWordError::StandardOutput(format)),
            file => Ok(OutputWord { format, file: file.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_equals_sign_separates() {
        let word: OutputWord = "json=a=b.json".parse().unwrap();
        assert_eq!((word.format, word.file), (Format::Json, PathBuf::from("a=b.json")));
    }

    #[test]
    fn each_mistake_has_its_message() {
        for (word, says) in [
            ("json", "names no file"),
            ("out.json", "names no format"),
            ("yaml=out", "'yaml' is not a report format"),
            ("json=", "json=report.json"),
            ("csv=-", "--format csv"),
        ] {
            let error = word.parse::<OutputWord>().unwrap_err().to_string();
            assert!(error.contains(says), "{word}: {error}");
        }
    }
}
