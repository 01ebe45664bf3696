//! Words on standard error. Nobody may be listening, so a failure to speak is none.

use crate::report::text::escape;
use std::error::Error;
use std::io::{self, Write};

/// Why nothing more can be done, on one line: the error, and what caused it where its words do not tell.
pub(super) fn error(error: &dyn Error) {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let words = deeper.to_string();
        if !sentence.contains(&words) {
            sentence = format!("{sentence}: {words}");
        }
        cause = deeper.source();
    }
    line("error", &sentence);
}

/// What the user should know although the work goes on.
pub(super) fn warning(sentence: &str) {
    line("warning", sentence);
}

/// What was done beside the report.
pub(super) fn note(sentence: &str) {
    line("note", sentence);
}

fn line(kind: &str, sentence: &str) {
    // File names and filters are not ours: no terminal is to act on them.
    let safe: Vec<_> = sentence.lines().map(escape).collect();
    let _ = writeln!(io::stderr().lock(), "{kind}: {}", safe.join("\n"));
}
