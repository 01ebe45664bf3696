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
    /// It is a capture.
    #[error(
        "'{0}' is a capture and holds no report; 'idlescope annotate … --write {0}' writes one with comments on the frames that prove the report"
    )]
    Capture(String),
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
        let Some((format, file)) = word.split_once('=') else {
            let format = by_ending(word)?;
            return Ok(OutputWord { format, file: word.into() });
        };
        let format = format.parse()?;
        match file {
            "" => Err(OutputWordError::NoFile(format)),
            "-" => Err(OutputWordError::StandardOutput(format)),
            file => Ok(OutputWord { format, file: file.into() }),
        }
    }
}

/// The format that a file's ending names.
fn by_ending(file: &str) -> Result<Format, OutputWordError> {
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "txt" | "log" => Ok(Format::Text),
        "htm" => Ok(Format::Html),
        "jsonl" => Ok(Format::Ndjson),
        "pcap" | "pcapng" | "cap" => Err(OutputWordError::Capture(file.to_owned())),
        other => other.parse().map_err(|_| OutputWordError::NoSeparator(file.to_owned())),
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
    fn the_ending_of_a_file_names_its_format() {
        for (word, format) in [
            ("report.json", Format::Json),
            ("a/b.HTML", Format::Html),
            ("x.htm", Format::Html),
            ("x.jsonl", Format::Ndjson),
            ("x.csv", Format::Csv),
            ("x.txt", Format::Text),
        ] {
            let read: OutputWord = word.parse().unwrap();
            assert_eq!((read.format, read.file), (format, PathBuf::from(word)));
        }
    }

    #[test]
    fn each_mistake_has_its_message() {
        for (word, says) in [
            ("json", "names no file"),
            ("out", "names no format"),
            ("out.xml", "names no format"),
            ("case.pcapng", "idlescope annotate … --write case.pcapng"),
            ("yaml=out", "'yaml' is not a report format"),
            ("json=", "json=report.json"),
            ("csv=-", "--format csv"),
        ] {
            let error = word.parse::<OutputWord>().unwrap_err().to_string();
            assert!(error.contains(says), "{word}: {error}");
        }
    }
}
