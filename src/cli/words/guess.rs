//! What is meant by a command line that leaves the command out, or names it in another tool's words.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Where standard input comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StandardInput {
    /// Somebody types.
    Terminal,
    /// A file or a pipe.
    Data,
}

/// The command line with its command: `idlescope FILE`, `idlescope -r FILE` and `idlescope < FILE` are `analyze`, and
/// `idlescope check FILE` is `path check FILE`. `commands`: words that are commands.
pub fn meant(words: Vec<OsString>, commands: &[String], input: StandardInput) -> Vec<OsString> {
    let Some(first) = words.get(1) else {
        return match input {
            StandardInput::Data => with_command(words, &["analyze", "-"]),
            StandardInput::Terminal => words,
        };
    };
    let text = first.to_string_lossy();
    if commands.iter().any(|command| *command == text) {
        return words;
    }
    if text == "check" {
        return with_command(words, &["path"]);
    }
    let asks = ["-h", "--help", "-V", "--version", "help"].contains(&text.as_ref());
    let is_input = text == "-" || names_a_file(first) || has_capture_name(&text);
    // Options without a command can only be those of an analysis.
    let is_option = text.starts_with('-') && text.len() > 1;
    let mentions_input =
        || words.iter().skip(1).any(|word| word == "-r" || word == "-" || names_a_file(word));
    match (asks, is_input, is_option) {
        (false, true, _) => with_command(words, &["analyze"]),
        (false, false, true) if mentions_input() => with_command(words, &["analyze"]),
        (false, false, true) if input == StandardInput::Data => {
            let mut words = with_command(words, &["analyze"]);
            words.push("-".into());
            words
        }
        _ => words,
    }
}

fn with_command(mut words: Vec<OsString>, command: &[&str]) -> Vec<OsString> {
    let at = words.len().min(1);
    words.splice(at..at, command.iter().map(OsString::from));
    words
}

fn names_a_file(word: &OsStr) -> bool {
    Path::new(word).exists()
}

/// A file that does not exist is named as one, rather than as a command that there is not.
fn has_capture_name(word: &str) -> bool {
    const ENDINGS: [&str; 5] = [".pcap", ".pcapng", ".cap", ".dmp", ".etl"];
    const PACKED: [&str; 4] = [".gz", ".zst", ".lz4", ".xz"];
    let word = PACKED.iter().find_map(|packed| word.strip_suffix(packed)).unwrap_or(word);
    ENDINGS.iter().any(|ending| word.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(line: &str, input: StandardInput) -> String {
        let commands = ["analyze", "tune", "path"].map(str::to_owned);
        let words = line.split(' ').map(OsString::from).collect();
        let meant = meant(words, &commands, input);
        meant.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_capture_without_a_command_is_analysed() {
        for (line, is_meant) in [
            ("idlescope case.pcapng", "idlescope analyze case.pcapng"),
            ("idlescope case.pcap.zst --hop fw=1h", "idlescope analyze case.pcap.zst --hop fw=1h"),
            ("idlescope -r case.pcap", "idlescope analyze -r case.pcap"),
            ("idlescope -", "idlescope analyze -"),
            ("idlescope tune case.pcap", "idlescope tune case.pcap"),
            ("idlescope check chain.toml", "idlescope path check chain.toml"),
            ("idlescope --help", "idlescope --help"),
            ("idlescope frobnicate", "idlescope frobnicate"),
            ("idlescope", "idlescope"),
        ] {
            assert_eq!(guessed(line, StandardInput::Terminal), is_meant);
        }
    }

    #[test]
    fn data_on_standard_input_is_analysed() {
        assert_eq!(guessed("idlescope", StandardInput::Data), "idlescope analyze -");
        assert_eq!(guessed("idlescope --hop fw=1h", StandardInput::Data), "idlescope analyze --hop fw=1h -");
        assert_eq!(guessed("idlescope --version", StandardInput::Data), "idlescope --version");
    }
}
