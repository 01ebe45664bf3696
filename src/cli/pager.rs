//! A pager for a page that is longer than the terminal, as git has it: `IDLESCOPE_PAGER`, else `PAGER`, else `less`, with
//! `LESS=FRX` unless that is set; `cat` or nothing turns it off.

use super::failure::Failure;
use super::page;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// Writes a page through the pager when standard output is a terminal, else straight to it.
///
/// # Errors
/// [`Failure::StandardOutput`].
pub(super) fn print(write: impl Fn(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    if let Some(pager) = pager() {
        let mut command = Command::new("sh");
        command.arg("-c").arg(pager).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        if let Ok(mut running) = command.spawn() {
            if let Some(mut out) = running.stdin.take() {
                // Whoever leaves the pager has seen enough.
                let _ = write(&mut out).and_then(|()| out.flush());
            }
            let _ = running.wait();
            return Ok(());
        }
    }
    page::print(|out| write(out))
}

/// The command; `None`: no pager.
fn pager() -> Option<String> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let set = ["IDLESCOPE_PAGER", "PAGER"].iter().find_map(|name| std::env::var(name).ok());
    let pager = set.unwrap_or_else(|| "less".to_owned());
    let is_none = matches!(pager.trim(), "" | "cat") || (pager == "less" && !is_installed("less"));
    (!is_none).then_some(pager)
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
