//! `idlescope path check`: the lint of a path, and the path put right.

pub(super) mod chain;
mod document;

use super::exit::{self, Done, Found};
use super::failure::Failure;
use super::page;
use super::settings::{self, SettingsError};
use super::words::{PathCheckFormat, PathCheckWords};
use crate::findings::{Rule, Severity};
use crate::policy::{Path, PathFault, Route, is_protected_by_keepalive, keepalive_for, lint, propose};
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
    let keepalive = settings::keepalive(words.keepalive.as_ref())?;
    let paths: Vec<Checked> = settings::paths(&words.hop, words.file.as_deref(), keepalive)?
        .into_iter()
        .map(|route| Checked { faults: lint(&route.path), route })
        .collect();
    let layout = settings::layout(words.color);
    page::print(|out| match words.format {
        PathCheckFormat::Text => {
            for (index, checked) in paths.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                write(checked, layout.colour, usize::from(layout.width), out)?;
            }
            Ok(())
        }
        PathCheckFormat::Json => document::write(&paths, out),
    })?;
    let worst = paths.iter().flat_map(|checked| &checked.faults).map(severity).max();
    let counts = words.fail_on.severity().is_some_and(|threshold| worst >= Some(threshold));
    Ok(exit::code(Done::Entirely, if counts { Found::Something } else { Found::Nothing }))
}

/// One path of a file, with what is wrong with it.
struct Checked {
    /// Without a name: that of the flows that no match covers.
    route: Route,
    faults: Vec<PathFault>,
}

/// Severity of a fault: that of its rule; of what is only a note, the mildest.
fn severity(fault: &PathFault) -> Severity {
    match Rule::from_id(fault.rule()) {
        Some(rule) if !fault.is_note() => rule.severity(),
        _ => Severity::Info,
    }
}

fn write(checked: &Checked, colour: Colour, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let Checked { route, faults } = checked;
    let (path, is_named) = (&route.path, !route.name.is_empty());
    let called = if is_named { format!(" '{}'", escape(&route.name)) } else { String::new() };
    writeln!(out, "Path{called}, from the initiator to the responder:")?;
    chain::write_table(path, out)?;
    writeln!(out)?;
    for fault in faults {
        write_fault(fault, colour, width, out)?;
    }
    let proposal = propose(path);
    if faults.iter().all(PathFault::is_note) {
        writeln!(out, "No fault.")?;
        if proposal.is_none() {
            return match safer(path) {
                Some(safer) => {
                    let options = textwrap::Options::new(width).break_words(false);
                    textwrap::wrap(&safer, options).iter().try_for_each(|line| writeln!(out, "{line}"))
                }
                None => Ok(()),
            };
        }
    }
    let Some(proposal) = proposal else {
        return writeln!(
            out,
            "\n{}",
            if is_protected_by_keepalive(path) {
                "Nothing has to be set: with the keepalive as stated every connection stays alive as long as both ends are up. The \
                 order cannot be mended by raising limits, and no box is lowered for it."
            } else {
                "There is no other setting of these boxes that mends it."
            }
        );
    };
    writeln!(out, "\nProposed:")?;
    for change in &proposal.changes {
        writeln!(out, "  {}", escape(&change.to_string()))?;
    }
    let unmended: Vec<&PathFault> = proposal.remaining.iter().filter(|fault| !fault.is_note()).collect();
    if !unmended.is_empty() {
        let why = if is_protected_by_keepalive(&proposal.path) {
            "Raising limits cannot mend this; with the keepalive above it does no harm:"
        } else {
            "That remains, because a box cannot be set otherwise:"
        };
        writeln!(out, "\n{why}")?;
        for fault in unmended {
            write_fault(fault, colour, width, out)?;
        }
    }
    writeln!(out, "\nThe corrected chain as a path file:\n")?;
    if is_named {
        return chain::write_route(&Route { path: proposal.path, ..route.clone() }, out);
    }
    chain::write_file(&proposal.path, out)?;
    writeln!(out, "\nAs options:\n")?;
    writeln!(out, "{}", chain::options(&proposal.path))
}

/// What a keepalive that fits would do better than the one that is stated.
fn safer(path: &Path) -> Option<String> {
    let (stated, fitting, hop) = keepalive_for(path)?;
    (fitting != stated).then(|| {
        format!(
            "Safer: keepalive {fitting} instead of {stated}. Then a lost probe does no harm, as all are over before hop '{}' gives \
             up after {}.",
            escape(&hop.name),
            hop.timers.established
        )
    })
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
