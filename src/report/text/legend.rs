//! What the words of verdict tables mean.

use super::page::Page;
use std::io;

/// Which words a table uses and so have to be explained.
#[derive(Clone, Copy, Default)]
pub(super) struct Legend {
    pub cut: bool,
    pub left: bool,
    pub saved: bool,
    pub unknown: bool,
}

impl Legend {
    pub fn write(self, page: &mut Page<'_>) -> io::Result<()> {
        let words = [
            (self.cut, "cut: used again after the limit ran out"),
            (self.left, "left: the limit ran out and the flow was not used again"),
            (self.saved, "saved: would be cut without the probes seen"),
            (self.unknown, "unknown: may have been cut; the capture or the path does not settle it"),
        ];
        let used: Vec<&str> = words.iter().filter(|(used, _)| *used).map(|(_, text)| *text).collect();
        if used.is_empty() { Ok(()) } else { page.paragraph(2, &format!("({})", used.join("; "))) }
    }
}
