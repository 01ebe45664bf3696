//! Capture filters in tcpdump syntax, compiled by libpcap, applied to frames of files.

use super::error::OpenError;
use super::link_number::dlt_of;
use crate::frame::{Frame, LinkType};
use pcap::{BpfProgram, Capture};

const ETHERNET: LinkType = LinkType(1);

/// The most bytes that a frame cut by the snap length is filled up to: no frame on a wire is longer.
const LONGEST_FRAME: usize = 262_144;

/// A filter, compiled once for each link type that comes up.
///
/// A frame cut by the snap length behaves as in tcpdump: a test of bytes that were not captured does
/// not match. With one exception: a filter that tests the length (`len`, `less`, `greater`) sees the
/// length on the wire, as it must, but zeros where bytes were not captured. The `pcap` crate hands
/// libpcap one length only.
pub(super) struct Filter {
    text: String,
    programs: Vec<(LinkType, Option<Program>)>,
    unfilterable: Vec<(LinkType, String)>,
    filled_up: Vec<u8>,
}

struct Program {
    compiled: BpfProgram,
    tests: Tests,
}

/// What a program looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tests {
    BytesOnly,
    LengthToo,
}

impl Program {
    fn of(compiled: BpfProgram) -> Program {
        // Of an instruction the crate shows only its text, "code jt jf k". Codes 0x80 and 0x81 load the
        // length into the accumulator or the index register (BPF_LD or BPF_LDX, with BPF_LEN).
        let loads_length = |line: String| line.starts_with("128 ") || line.starts_with("129 ");
        let mut lines = compiled.get_instructions().iter().map(ToString::to_string);
        let tests = if lines.any(loads_length) { Tests::LengthToo } else { Tests::BytesOnly };
        Program { compiled, tests }
    }
}

impl Filter {
    /// Compiles `text` for the link types known at the start; for Ethernet when none is.
    ///
    /// # Errors
    /// [`OpenError::BadFilter`] when libpcap accepts it for none of them.
    pub(super) fn compile(text: &str, links: &[LinkType]) -> Result<Filter, OpenError> {
        let mut filter = Filter {
            text: text.to_owned(),
            programs: Vec::new(),
            unfilterable: Vec::new(),
            filled_up: Vec::new(),
        };
        let links = if links.is_empty() { &[ETHERNET] } else { links };
        for link in links {
            filter.add(*link);
        }
        match filter.unfilterable.first() {
            Some((_, problem)) if filter.programs.iter().all(|(_, program)| program.is_none()) => {
                Err(OpenError::BadFilter { filter: text.to_owned(), problem: problem.clone() })
            }
            _ => Ok(filter),
        }
    }

    /// Does the frame match?
    #[inline]
    pub(super) fn admits(&mut self, frame: &Frame<'_>) -> bool {
        let known = self.programs.iter().position(|(link, _)| *link == frame.link);
        let index = known.unwrap_or_else(|| self.add(frame.link));
        let Some((_, Some(program))) = self.programs.get(index) else {
            return false;
        };
        let original_len = (frame.original_len as usize).min(LONGEST_FRAME);
        if program.tests == Tests::BytesOnly || original_len <= frame.captured.len() {
            return program.compiled.filter(frame.captured);
        }
        self.filled_up.clear();
        self.filled_up.extend_from_slice(frame.captured);
        self.filled_up.resize(original_len, 0);
        program.compiled.filter(&self.filled_up)
    }

    /// Link types that the filter cannot be compiled for, with libpcap's words.
    pub(super) fn into_unfilterable(self) -> Vec<(LinkType, String)> {
        self.unfilterable
    }

    #[cold]
    fn add(&mut self, link: LinkType) -> usize {
        let compiled = Capture::dead(dlt_of(link)).and_then(|dead| dead.compile(&self.text, true));
        let program = match compiled {
            Ok(compiled) => Some(Program::of(compiled)),
            Err(error) => {
                self.unfilterable.push((link, libpcap_words(&error)));
                None
            }
        };
        self.programs.push((link, program));
        self.programs.len() - 1
    }
}

/// libpcap's own message, without the crate's prefix.
pub(super) fn libpcap_words(error: &pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(words) => words.clone(),
        other => other.to_string(),
    }
}

/// Which libpcap is linked, in its own words.
pub fn libpcap_version() -> String {
    unsafe extern "C" {
        fn pcap_lib_version() -> *const std::ffi::c_char;
    }
    // SAFETY: it takes nothing and returns a static string that ends with NUL (pcap_lib_version(3PCAP)).
    let version = unsafe { std::ffi::CStr::from_ptr(pcap_lib_version()) };
    version.to_string_lossy().into_owned()
}
