//! Hops in order from the initiator to the responder, and the endpoints' keepalive.

use super::{EndKeepalives, Hop, Keepalive, KeepaliveSetting};

/// A path as the user describes it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Path {
    /// From the initiator to the responder. Empty: the survey over known limits is made instead.
    pub hops: Vec<Hop>,
    /// What the endpoints' sockets are set to, when the user said so; of two different ends the one that probes first.
    pub keepalive: Option<Keepalive>,
    /// What each end is set to, when the user said so for each.
    pub by_end: Option<EndKeepalives>,
}

impl Path {
    /// States the keepalive of the ends.
    pub fn state(&mut self, setting: KeepaliveSetting) {
        (self.keepalive, self.by_end) = match setting {
            KeepaliveSetting::Same(keepalive) => (Some(keepalive), None),
            KeepaliveSetting::ByEnd(ends) => (Some(ends.first()), Some(ends)),
        };
    }

    /// The keepalive as it was stated.
    pub fn setting(&self) -> Option<KeepaliveSetting> {
        let by_end = self.by_end.map(KeepaliveSetting::ByEnd);
        by_end.or(self.keepalive.map(KeepaliveSetting::Same))
    }

    /// The keepalive whose probes pass the hop with this index first, and the proxy that keeps those of the other end away. A hop
    /// that counts payload ends TCP: probes of the end behind it do not pass it.
    pub fn keepalive_at(&self, hop: usize) -> (Option<Keepalive>, Option<&Hop>) {
        let Some(ends) = self.by_end else { return (self.keepalive, None) };
        let ends_tcp = |hop: &&Hop| !hop.refresh.counts_packets();
        let outside = self.hops.get(..hop).and_then(|outside| outside.iter().find(ends_tcp));
        let inside = self.hops.get(hop + 1..).and_then(|inside| inside.iter().find(ends_tcp));
        match (outside, inside) {
            (None, None) => (Some(ends.first()), None),
            (None, Some(proxy)) => (Some(ends.initiator), Some(proxy)),
            (Some(proxy), None) => (Some(ends.responder), Some(proxy)),
            (Some(proxy), Some(_)) => (Some(Keepalive::OFF), Some(proxy)),
        }
    }
}
