//! The two numberings of link types: LINKTYPE in files, DLT inside libpcap on one system.
//!
//! They agree except for a few old ones, where systems had given the same number to different things
//! (<https://www.tcpdump.org/linktypes.html>).

use crate::frame::LinkType;
use pcap::Linktype as Dlt;

/// (LINKTYPE, DLT on this system). OpenBSD alone has its own number for raw IP.
const DIFFERENT: [(u32, i32); 4] = [
    (100, 11),                                                // LINKTYPE_ATM_RFC1483
    (101, if cfg!(target_os = "openbsd") { 14 } else { 12 }), // LINKTYPE_RAW
    (102, 13),                                                // LINKTYPE_SLIP_BSDOS
    (103, 14),                                                // LINKTYPE_PPP_BSDOS
];

/// What libpcap calls the link type of a file.
pub(super) fn dlt_of(link: LinkType) -> Dlt {
    let different = DIFFERENT.iter().find(|(file, _)| *file == link.0);
    Dlt(different.map_or(i32::try_from(link.0).unwrap_or(i32::MAX), |(_, dlt)| *dlt))
}

/// What a file calls the link type that libpcap gave.
pub(super) fn link_of(dlt: Dlt) -> LinkType {
    let different = DIFFERENT.iter().find(|(_, number)| *number == dlt.0);
    LinkType(different.map_or(u32::try_from(dlt.0).unwrap_or(u32::MAX), |(file, _)| *file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_ip_has_another_number_in_files() {
        assert_eq!(link_of(Dlt(12)), LinkType(101));
        assert_eq!(dlt_of(LinkType(101)), Dlt(12));
        assert_eq!(dlt_of(LinkType(113)), Dlt(113));
    }

    /// Newer numbers are unknown to an older libpcap, and a few that libpcap has no name for have one here.
    #[test]
    fn names_are_those_of_the_installed_libpcap() {
        let known = (20..400).map(LinkType).filter_map(|link| Some((link, dlt_of(link).get_name().ok()?)));
        let mut compared = 0;
        for (link, theirs) in known {
            // The one that libpcap renamed.
            if theirs != "IPMB_LINUX" {
                assert_eq!(link.name(), Some(theirs.as_str()), "{}", link.0);
            }
            compared += 1;
        }
        assert!(compared > 100, "{compared}");
    }
}
