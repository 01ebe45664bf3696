//! Why a capture could not be opened.

use super::compression::Compression;
use std::io;

/// Why reading could not begin. Each names the input and says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The list of inputs is empty.
    #[error("no capture given; name at least one file, or '-' for standard input")]
    NoInput,
    /// Standard input can be read only once.
    #[error("'-' (standard input) is given twice; name it once")]
    StdinTwice,
    /// Standard input is a keyboard.
    #[error("standard input is a terminal; pipe a capture into it, as in 'tcpdump -w - | …'")]
    StdinIsTerminal,
    /// There is no such file.
    #[error("{name}: no such file; check the path")]
    NotFound {
        /// The input, as given.
        name: String,
    },
    /// A folder was named.
    #[error("{name}: is a directory; name the capture files in it, as in {name}/*.pcap*")]
    Directory {
        /// The input, as given.
        name: String,
    },
    /// The user may not read the file.
    #[error("{name}: permission denied; make it readable, or run as a user who may read it")]
    PermissionDenied {
        /// The input, as given.
        name: String,
    },
    /// Nothing in it, not even a file header.
    #[error("{name}: is empty; the capture was never written, or not yet flushed")]
    Empty {
        /// The input, as given.
        name: String,
    },
    /// Something else than a capture, or one in another format.
    #[error("{name}: is not a pcap or pcapng capture: {looks_like}")]
    NotACapture {
        /// The input, as given.
        name: String,
        /// What it seems to be and what to do about it.
        looks_like: String,
    },
    /// The file ends before its own header does.
    #[error("{name}: ends inside its file header ({had} of {needed} bytes); capture or copy it again")]
    HeaderCut {
        /// The input, as given.
        name: String,
        /// Bytes that the header has.
        needed: usize,
        /// Bytes that are there.
        had: usize,
    },
    /// The file header contradicts itself.
    #[error("{name}: has a broken file header: {problem}; capture or copy it again")]
    HeaderBroken {
        /// The input, as given.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// Packed, and broken before the first byte of a capture came out.
    #[error("{name}: cannot be unpacked as {compression}: {problem}; copy it again, or unpack it by hand")]
    Packed {
        /// The input, as given.
        name: String,
        /// The compression its first bytes show.
        compression: Compression,
        /// The decoder's words.
        problem: String,
    },
    /// The system refused to open or read it.
    #[error("{name}: cannot be read: {problem}")]
    Unreadable {
        /// The input, as given.
        name: String,
        /// The system's words.
        problem: String,
    },
    /// libpcap does not accept the capture filter.
    #[error("the filter '{filter}' is not valid: {problem} (syntax: man pcap-filter){}", display_filter(.filter))]
    BadFilter {
        /// The filter, as given.
        filter: String,
        /// libpcap's words.
        problem: String,
    },
}

impl OpenError {
    /// From an error of the system on `name`.
    pub(super) fn from_io(name: &str, error: &io::Error) -> OpenError {
        let name = name.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => OpenError::NotFound { name },
            io::ErrorKind::PermissionDenied => OpenError::PermissionDenied { name },
            io::ErrorKind::IsADirectory => OpenError::Directory { name },
            _ => OpenError::Unreadable { name, problem: error.to_string() },
        }
    }
}

/// What a file is that begins with `first` and is no capture, and what to do about it.
pub(super) fn looks_like(first: &[u8]) -> String {
    let known = match first {
        [b's', b'n', b'o', b'o', b'p', 0, ..] => "a snoop capture; convert it: editcap -F pcapng IN OUT",
        [b'G', b'M', b'B', b'U', ..] | [b'R', b'T', b'S', b'S', ..] => {
            "a Network Monitor capture; convert it: editcap -F pcapng IN OUT"
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => "packed with xz; pipe it: xz -dc FILE | idlescope … -",
        [b'B', b'Z', b'h', ..] => "packed with bzip2; pipe it: bzip2 -dc FILE | idlescope … -",
        [b'P', b'K', 3, 4, ..] => "a zip archive; unpack it first",
        [b'7', b'z', 0xbc, 0xaf, ..] => "a 7z archive; unpack it first",
        _ if Compression::of(first).is_some() => "packed more than twice; unpack it first",
        _ if first.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) => {
            "it is text; save the packets themselves (tcpdump -w FILE, or 'Save as' in Wireshark)"
        }
        _ => {
            let shown: Vec<String> = first.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            return format!(
                "it begins with the bytes {}; if Wireshark opens it, convert it: editcap -F pcapng IN OUT",
                shown.join(" ")
            );
        }
    };
    known.to_owned()
}

/// What to write instead of a display filter of Wireshark, whose fields have dots.
fn display_filter(filter: &str) -> &'static str {
    const FIELDS: [&str; 6] = ["tcp.", "ip.", "ipv6.", "frame.", "eth.", "vlan."];
    let words = filter.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'));
    let has_field = words.into_iter().any(|word| FIELDS.iter().any(|field| word.starts_with(field)));
    match has_field || filter.contains("==") {
        true => {
            "; it looks like a display filter of Wireshark, and this takes tcpdump's words: host 10.0.0.1 and tcp port 443"
        }
        false => "",
    }
}
