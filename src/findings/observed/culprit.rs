//! Who sent a RST, in words: which sign spoke, and what stays undecidable.

use crate::findings::phrase;
use crate::flow::{BoxProof, Obscurity, OwnersReason, ResetOrigin, ResetSeen};

/// Who sent it, as a clause.
pub(super) fn words(reset: &ResetSeen) -> String {
    let sender = reset.sender.name();
    let mut text = match reset.origin() {
        ResetOrigin::Box(BoxProof::TooSoon { latency, rtt }) => format!(
            "a box before the {sender} sent the RST: it came in {latency}, and a packet needs {rtt} to the {sender} and \
             back"
        ),
        ResetOrigin::Box(BoxProof::OtherDistance { ttl, usual }) => format!(
            "a box sent the RST, not the {sender}: its TTL is {ttl}, that of the {sender}'s own segments {usual}"
        ),
        ResetOrigin::Box(BoxProof::RefusesNoSyn { ttl, usual, copied_ip_id }) => {
            let mut signs = Vec::new();
            if copied_ip_id {
                signs.push("its IP identification is that of the SYN itself".to_owned());
            }
            if let Some(usual) = usual.filter(|usual| *usual != ttl) {
                signs.push(format!("its TTL is {ttl}, that of the {sender}'s own segments {usual}"));
            }
            format!(
                "a box sent the RST, not the {sender}: it does not acknowledge the SYN, as every refusal does, and {}",
                phrase::listed(&signs)
            )
        }
        ResetOrigin::Box(BoxProof::BothEnds { apart }) => {
            format!(
                "a box's timer sent the RSTs: both ends were told within {apart} and neither had sent anything"
            )
        }
        ResetOrigin::Owner(OwnersReason::KeepaliveFailed(probes)) => {
            format!("the {sender} itself sent the RST, after {probes} of its keepalive probes had no reply")
        }
        ResetOrigin::Owner(OwnersReason::Unprompted) => format!(
            "the {sender} itself (or a proxy in its place) sent the RST, prompted by nothing: its application, an idle \
             limit, or an administrator"
        ),
        ResetOrigin::Owner(OwnersReason::InAnswer) => {
            format!(
                "the {sender} itself sent the RST: it still had the socket, and its application had closed it"
            )
        }
        ResetOrigin::NoConnection => format!(
            "the RST has the form and the TTL of a {sender} that has no such connection: it was closed or its host \
             restarted, or a NAT lost the mapping; a capture at the {sender} would tell"
        ),
        ResetOrigin::Unknown(Obscurity::NothingToCompare) => {
            format!(
                "who sent the RST stays open: the capture shows no other segment of the {sender} to compare with"
            )
        }
        ResetOrigin::Unknown(Obscurity::RouteOrBox) => format!(
            "who sent the RST stays open: its TTL ({}) is not that of the {sender}'s segments, but it bears what only \
             the owner of the socket knows; the route may have changed",
            reset.ttl
        ),
        ResetOrigin::Unknown(Obscurity::OtherInitialTtl) => format!(
            "who sent the RST stays open: its TTL ({}) counts from another start than the {sender}'s segments, over as \
             many hops",
            reset.ttl
        ),
        ResetOrigin::Unknown(Obscurity::OddForm) => format!(
            "who sent the RST stays open: it has the {sender}'s TTL, but neither the form of a socket's owner nor that \
             of a host without the connection"
        ),
    };
    if reset.lacks_flow_label() {
        text.push_str("; it lacks the flow's IPv6 label, which the host would keep");
    }
    text
}
