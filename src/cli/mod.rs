//! The command line: words in, settings out; results in, exit code out.
//!
//! [`words`] are what can be typed, read without any work. `settings` settles what they mean together, in
//! one place. One file for each command does the work. Reports go to standard output and to the files of
//! `-o`; everything else to standard error. [`exit`] has the codes.
//!
//! To add a command: its words in `words`, a variant of [`words::Command`], a file with `run`, one arm in
//! `obey`, and its help in the snapshots.

pub mod exit;
pub mod words;

mod advise;
mod analyze;
mod bar;
mod deliver;
mod explain;
mod failure;
mod live;
mod manual;
mod manual_page;
mod outputs;
mod page;
mod pager;
mod path_check;
mod presets;
mod proof;
mod say;
mod screen;
mod settings;
mod sides;
mod tune;
mod undecoded;

use crate::policy::presets::add_preset_files;
use clap::{CommandFactory, Parser};
use failure::Failure;
use settings::SettingsError;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use words::{Command, PathCommand, StandardInput, Words, meant};

/// Runs the program with the words of its command line.
pub fn run() -> ExitCode {
    let code = match Words::try_parse_from(words_as_meant()) {
        Ok(words) => obey(&words.command).unwrap_or_else(|failure| {
            say::error(&failure);
            exit::NOT_OR_IN_PART
        }),
        Err(refusal) => {
            // Help and version come this way too; where nobody reads them, nothing is lost.
            let _ = refusal.print();
            if refusal.use_stderr() { exit::NOT_OR_IN_PART } else { exit::NOTHING_FOUND }
        }
    };
    ExitCode::from(code)
}

/// What was typed, with the command that was left out.
fn words_as_meant() -> Vec<OsString> {
    let known = Words::command();
    let commands: Vec<String> = known
        .get_subcommands()
        .flat_map(|command| std::iter::once(command.get_name()).chain(command.get_all_aliases()))
        .map(str::to_owned)
        .collect();
    let input = if io::stdin().is_terminal() || is_nothing_on_stdin() {
        StandardInput::Terminal
    } else {
        StandardInput::Data
    };
    meant(std::env::args_os().collect(), &commands, input)
}

/// Whether standard input is neither a file nor a pipe, as `/dev/null` of a service.
fn is_nothing_on_stdin() -> bool {
    std::fs::metadata("/dev/stdin").is_ok_and(|it| {
        use std::os::unix::fs::FileTypeExt;
        !it.is_file() && !it.file_type().is_fifo()
    })
}

fn obey(command: &Command) -> Result<u8, Failure> {
    add_preset_files(command.preset_files()).map_err(SettingsError::from)?;
    match command {
        Command::Analyze(words) => return analyze::run(words),
        Command::Tune(words) => return tune::run(words),
        Command::Annotate(words) => return proof::annotate(words),
        Command::Extract(words) => return proof::extract(words),
        Command::Explain(words) => return explain::run(words),
        Command::Live(words) => return live::run(words),
        Command::Path(PathCommand::Check(words)) => return path_check::run(words),
        Command::Presets(words) => presets::run(words)?,
        Command::Advise(words) => advise::run(words)?,
        Command::Schema(words) => manual::schema(words)?,
        Command::Completions(words) => manual::completions(words)?,
        Command::Man(words) => manual::man(words)?,
    }
    Ok(exit::NOTHING_FOUND)
}
