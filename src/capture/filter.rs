//! Capture filters in tcpdump syntax, compiled by libpcap, applied to frames of files.

use super::error::OpenError;
use super::link_number::dlt_of;
use crate::frame::{Frame, LinkType};
use pcap::{BpfProgram, Capture};

const ETHERNET: LinkType = LinkType(1);

/// A filter, compiled once for each link type that comes up.
///
/// `len`, `less` and `greater` compare the captured length, not the length on the wire: the `pcap`
/// crate hands libpcap no other. For all else a frame cut by the snap length behaves as in tcpdump:
/// what reads beyond the captured bytes does not match.
pub(super) struct Filter {
    text: String,
    programs: Vec<(LinkType, Option<BpfProgram>)>,
    unfilterable: Vec<(LinkType, String)>,
}

impl Filter {
    /// Compiles `text` for the link types known at the start; for Ethernet when none is.
    ///
    /// # Errors
    /// [`OpenError::BadFilter`] when libpcap accepts it for none of them.
    pub(super) fn compile(text: &str, links: &[LinkType]) -> Result<Filter, OpenError> {
        let mut filter = Filter { text: text.to_owned(), programs: Vec::new(), unfilterable: Vec::new() };
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
        let program = self.programs.get(index).and_then(|(_, program)| program.as_ref());
        program.is_some_and(|program| program.filter(frame.captured))
    }

    /// Link types that the filter cannot be compiled for, with libpcap's words.
    pub(super) fn into_unfilterable(self) -> Vec<(LinkType, String)> {
        self.unfilterable
    }

    #[cold]
    fn add(&mut self, link: LinkType) -> usize {
        let compiled = Capture::dead(dlt_of(link)).and_then(|dead| dead.compile(&self.text, true));
        let program = match compiled {
            Ok(program) => Some(program),
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
