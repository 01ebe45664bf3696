//! A page of text: wrapped, indented, coloured when that is wanted. Everything written through it is
//! escaped here, so no section can forget it.

use super::escape::escape;
use super::{Colour, Layout};
use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::io::{self, Write};
use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

/// How a piece of text stands out. Never the only carrier of its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) enum Tone {
    Plain,
    Heading,
    Faint,
    Error,
    Warning,
    Good,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Heading => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Error => AnsiColor::Red.on_default().bold(),
            Tone::Warning => AnsiColor::Yellow.on_default().bold(),
            Tone::Good => AnsiColor::Green.on_default().bold(),
        }
    }
}

/// Columns of the labels in front of paragraphs.
const LABEL_WIDTH: usize = 9;

/// Spaces between the columns of a table.
const COLUMN_GAP: u16 = 2;

/// Narrower than this nothing can be laid out; a terminal that claims less gets long lines.
const MIN_WIDTH: usize = 40;

pub(in crate::report) struct Page<'w> {
    out: &'w mut dyn Write,
    width: usize,
    colour: Colour,
}

impl<'w> Page<'w> {
    pub fn new(layout: Layout, out: &'w mut dyn Write) -> Self {
        Page { out, width: usize::from(layout.width).max(MIN_WIDTH), colour: layout.colour }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    fn styled(&self, tone: Tone, text: &str) -> String {
        let style = tone.style();
        match self.colour {
            Colour::Always if tone != Tone::Plain => {
                format!("{}{text}{}", style.render(), style.render_reset())
            }
            _ => text.to_owned(),
        }
    }

    pub fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A blank line and a heading.
    pub fn heading(&mut self, title: &str) -> io::Result<()> {
        self.blank()?;
        let title = self.styled(Tone::Heading, &escape(title));
        writeln!(self.out, "{title}")
    }

    /// One line that is never wrapped: for what readers copy.
    pub fn verbatim(&mut self, indent: usize, text: &str) -> io::Result<()> {
        writeln!(self.out, "{:indent$}{}", "", escape(text))
    }

    /// A paragraph behind `lead`, which stands out; wrapped lines are indented by `hang`.
    pub fn led(&mut self, indent: usize, hang: usize, lead: (Tone, &str), text: &str) -> io::Result<()> {
        let (tone, lead) = (lead.0, escape(lead.1));
        let whole = tied(&format!("{lead}{}", escape(text)));
        let (first, rest) = (" ".repeat(indent), " ".repeat(hang));
        let options = Options::new(self.width)
            .initial_indent(&first)
            .subsequent_indent(&rest)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        for (number, line) in textwrap::wrap(&whole, options).iter().enumerate() {
            let line = line.replace(TIE, " ");
            match line.strip_prefix(&format!("{first}{lead}")) {
                Some(tail) if number == 0 && !lead.is_empty() => {
                    let lead = self.styled(tone, &lead);
                    writeln!(self.out, "{first}{lead}{tail}")?;
                }
                _ => writeln!(self.out, "{}", line.trim_end())?,
            }
        }
        Ok(())
    }

    /// A paragraph.
    pub fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.led(indent, indent, (Tone::Plain, ""), text)
    }

    /// A paragraph behind a label of fixed width.
    pub fn labelled(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let lead = format!("{label:<LABEL_WIDTH$}");
        self.led(indent, indent + LABEL_WIDTH, (Tone::Faint, &lead), text)
    }

    /// A label, and behind it text that is never wrapped.
    pub fn labelled_verbatim(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let label = self.styled(Tone::Faint, &format!("{label:<LABEL_WIDTH$}"));
        writeln!(self.out, "{:indent$}{label}{}", "", escape(text))
    }

    /// A table that fits the page.
    pub fn table(&mut self, indent: usize, table: Rows) -> io::Result<()> {
        let mut drawn = Table::new();
        drawn
            .load_style(presets::NOTHING)
            .force_no_tty()
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(self.width.saturating_sub(indent)).unwrap_or(u16::MAX))
            .set_header(table.header.iter().map(|(title, _)| escape(title).into_owned()));
        for row in &table.rows {
            drawn.add_row(row.iter().map(|cell| {
                // A line feed separates lines within a cell; each is escaped by itself.
                cell.iter().map(|line| escape(line)).collect::<Vec<_>>().join("\n")
            }));
        }
        for (at, (column, (_, align))) in drawn.column_iter_mut().zip(&table.header).enumerate() {
            column.set_padding((0, COLUMN_GAP));
            // Addresses are copied: a word is never broken, rather the table becomes too wide.
            let word = u16::try_from(table.longest_piece(at)).unwrap_or(u16::MAX);
            let least = Width::Fixed(word.saturating_add(COLUMN_GAP));
            column.set_constraint(ColumnConstraint::LowerBoundary(least));
            if *align == Align::Right {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for (number, line) in drawn.lines().enumerate() {
            let line = line.trim_end().replace(TIE, " ");
            // The header is styled only while it is one line: of a wrapped one the end is not known.
            let line = if number == 0 { self.styled(Tone::Faint, &line) } else { line };
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }
}

/// Stands for a space at which no line is broken; none of it reaches the output.
pub(super) const TIE: char = '\u{a0}';

/// Ties the two parts of a length of time, `2h 3m`, which read badly on two lines.
fn tied(text: &str) -> String {
    let is_length = |word: &str, units: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        match word.split_at_checked(word.len().saturating_sub(1)) {
            Some((digits, unit)) => {
                !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && units.contains(unit)
            }
            None => false,
        }
    };
    let mut whole = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        whole.push_str(word);
        if let Some(next) = words.peek() {
            let one_length = is_length(word, "dhm") && is_length(next, "hms");
            whole.push(if one_length { TIE } else { ' ' });
        }
    }
    whole
}

/// On which side the contents of a column line up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) enum Align {
    Left,
    Right,
}

/// A table before it is laid out. A cell is a list of lines.
#[derive(Default)]
pub(in crate::report) struct Rows {
    header: Vec<(String, Align)>,
    rows: Vec<Vec<Vec<String>>>,
}

impl Rows {
    pub fn column(&mut self, title: impl Into<String>, align: Align) {
        self.header.push((title.into(), align));
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|cell| vec![cell]).collect());
    }

    pub fn row_of_lines(&mut self, cells: Vec<Vec<String>>) {
        self.rows.push(cells);
    }

    /// Columns that the longest piece of a column takes: a word, or what numbers say, which is no text to wrap.
    fn longest_piece(&self, column: usize) -> usize {
        let Some((title, align)) = self.header.get(column) else { return 0 };
        let lines = self.rows.iter().filter_map(|row| row.get(column)).flatten();
        let wide = |piece: &str| display_width(&escape(piece));
        let words = |line: &str| line.split(' ').map(wide).max().unwrap_or(0);
        let line = |line: &String| if *align == Align::Right { wide(line) } else { words(line) };
        lines.map(line).chain([words(title)]).max().unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_length_stay_on_one_line() {
        assert_eq!(tied("gap 2h 3m; 5 m 3 s, a 40m lb"), "gap 2h\u{a0}3m; 5 m 3 s, a 40m lb");
        assert_eq!(tied("(6m 12s) é"), "(6m\u{a0}12s) é");
        let mut out = Vec::new();
        let layout = Layout { width: 40, ..Layout::default() };
        let text = "the longest gap that was seen lasted 2h 3m";
        Page::new(layout, &mut out).paragraph(0, text).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "the longest gap that was seen lasted\n2h 3m\n");
    }
}
