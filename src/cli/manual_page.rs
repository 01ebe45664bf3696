//! One manual page: as clap_mangen writes it, with values in the synopsis and with examples to paste.

use clap::{Arg, Command};
use clap_mangen::Man;
use roff::{Roff, roman};
use std::io::{self, Write};

/// Writes the page of `command`, which has been built.
///
/// # Errors
/// Those of `out`, unchanged.
pub(super) fn write(command: &Command, mut out: &mut dyn Write) -> io::Result<()> {
    let man = Man::new(command.clone().override_usage(synopsis(command)));
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    if let Some(further) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        out.write_all(further_sections(&further.to_string()).to_roff().as_bytes())?;
    }
    if command.get_version().is_some() {
        man.render_version_section(&mut out)?;
    }
    Ok(())
}

/// Every option with the name of its value, what has to be there without brackets.
fn synopsis(command: &Command) -> String {
    let shown = || command.get_arguments().filter(|arg| !arg.is_hide_set());
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let options = shown().filter(|arg| !arg.is_positional()).map(option);
    let files = shown().filter(|arg| arg.is_positional()).map(|arg| bracketed(arg, values(arg)));
    let inner = command.has_subcommands().then(|| "COMMAND".to_owned());
    std::iter::once(name).chain(options).chain(files).chain(inner).collect::<Vec<_>>().join(" ")
}

fn option(arg: &Arg) -> String {
    let long = arg.get_long().map(|long| format!("--{long}"));
    let flag = match (arg.get_short(), long) {
        (Some(short), Some(long)) => format!("-{short}|{long}"),
        (Some(short), None) => format!("-{short}"),
        (None, long) => long.unwrap_or_default(),
    };
    bracketed(arg, if arg.get_action().takes_values() { format!("{flag} {}", values(arg)) } else { flag })
}

fn values(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ")
}

fn bracketed(arg: &Arg, word: String) -> String {
    let repeats = matches!(arg.get_action(), clap::ArgAction::Append);
    let word = if arg.is_required_set() { word } else { format!("[{word}]") };
    if repeats { format!("{word}...") } else { word }
}

/// What stands behind the help: a line that ends in a colon begins a section. Lines are kept, so that they can be pasted.
fn further_sections(text: &str) -> Roff {
    let mut roff = Roff::new();
    let mut has_lines = false;
    for line in text.lines() {
        let heading = line.strip_suffix(':').filter(|heading| !heading.starts_with(' '));
        if let Some(heading) = heading {
            if has_lines {
                roff.control("fi", []);
            }
            roff.control("SH", [heading.to_uppercase().as_str()]);
            roff.control("nf", []);
        } else {
            roff.text([roman(line)]);
        }
        has_lines = true;
    }
    if has_lines {
        roff.control("fi", []);
    }
    roff
}
