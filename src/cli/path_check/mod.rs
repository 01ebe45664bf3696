//! `idlescope path check`: the lint of a path, and the path put right.

pub(super) mod chain;
mod document;

use super::exit::{self, Done, Found};
use super::failure::Failure;
use super::page;
use super::settings::{self, SettingsError};
use super::words::{PathCheckFormat, PathCheckWords};
use crate::findings::{Rule, Severity};
use crate::policy::{Path, PathFault, lint, propose};
use crate::report::Colour;
use crate::report::text::escape;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

pub(super) use document::schema;

/// Runs the command and gives its exit code.
///
/// # Errors
/// [`Failure`] when the path cannot be read.
pub(super) fn run(words: &PathCheckWords) -> Result<u8, Failure> {
    if words.file.is_none() && words.hop.is_empty() {
        return Err(SettingsError::NoPath.into());
    }
    let path =
        settings::path(&words.hop, words.file.as_deref(), settings::keepalive(words.keepalive.as_ref())?)?;
    let faults = lint(&path);
    let layout = settings::layout(words.color);
    page::print(|out| match words.format {
        PathCheckFormat::Text => write(&path, &faults, layout.colour, usize::from(layout.width), out),
        PathCheckFormat::Json => document::write(&path, &faults, out),
    })?;
    let worst = faults.iter().map(severity).max();
    let counts = words.fail_on.severity().is_some_and(|threshold| worst >= Some(threshold));
    Ok(exit::code(Done::Entirely, if counts { Found::Something } else { Found::Nothing }))
}

/// Severity of a fault: that of its rule; of what is only a note, the mildest.
fn severity(fault: &PathFault) -> Severity {
    match Rule::from_id(fault.rule()) {
        Some(rule) if !fault.is_note() => rule.severity(),
        _ => Severity::Info,
    }
}

fn write(
    path: &Path,
    faults: &[PathFault],
    colour: Colour,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "Path, from the initiator to the responder:")?;
    chain::write_table(path, out)?;
    writeln!(out)?;
    if faults.is_empty() {
        return writeln!(out, "No fault.");
    }
    for fault in faults {
        write_fault(fault, colour, width, out)?;
    }
    let Some(proposal) = propose(path) else {
        return writeln!(out, "\nThere is no other setting of these boxes that mends it.");
    };
    writeln!(out, "\nProposed:")?;
    for change in &proposal.changes {
        writeln!(out, "  {}", escape(&change.to_string()))?;
    }
    let unmended: Vec<&PathFault> = proposal.remaining.iter().filter(|fault| !fault.is_note()).collect();
    if !unmended.is_empty() {
        writeln!(out, "\nThat remains, because a box cannot be set otherwise:")?;
        for fault in unmended {
            write_fault(fault, colour, width, out)?;
        }
    }
    writeln!(out, "\nThe corrected chain as a path file:\n")?;
    chain::write_file(&proposal.path, out)?;
    writeln!(out, "\nAs options:\n")?;
    writeln!(out, "{}", chain::options(&proposal.path))
}

fn write_fault(fault: &PathFault, colour: Colour, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let severity = severity(fault);
    let lead = format!("{severity} {}:", fault.rule());
    let text = format!("{lead} {}", escape(&fault.to_string()));
    let options = textwrap::Options::new(width)
        .subsequent_indent("  ")
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    for (number, line) in textwrap::wrap(&text, options).iter().enumerate() {
        match line.strip_prefix(&lead) {
            Some(rest) if number == 0 && colour == Colour::Always => {
                let style = style(severity);
                writeln!(out, "{}{lead}{}{rest}", style.render(), style.render_reset())?;
            }
            _ => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Notice | Severity::Info => Style::new().bold(),
    }
}
