//! What the words of verdict tables mean.

use super::page::Page;
use std::io;

/// Which words a table uses and so have to be explained.
#[derive(Clone, Copy, Default)]
pub(in crate::report) struct Legend {
    pub cut: bool,
    pub left: bool,
    pub saved: bool,
    pub unknown: bool,
}

impl Legend {
    pub(super) fn write(self, page: &mut Page<'_>) -> io::Result<()> {
        let used = self.sentences();
        if used.is_empty() { Ok(()) } else { page.paragraph(2, &format!("({})", used.join("; "))) }
    }

    /// What the words that are used mean, each in a line.
    pub fn sentences(self) -> Vec<&'static str> {
        let words = [
            (self.cut, "cut: used again after the limit ran out"),
            (self.left, "left: the limit ran out and the flow was not used again"),
            (self.saved, "saved: would be cut without the probes seen"),
            (self.unknown, "unknown: may have been cut; the capture or the path does not settle it"),
        ];
        words.into_iter().filter(|(used, _)| *used).map(|(_, text)| text).collect()
    }
}
