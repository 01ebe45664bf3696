//! Finds the flow of each frame when a capture is read once more.

use super::analysis::Run;
use super::networks::Networks;
use crate::decode::{Decoded, Realms};
use crate::frame::{CapturedOn, FrameNumber};
use crate::segment::{FlowKey, IcmpQuote, Realm, Segment, Sender};
use hashbrown::HashMap;

/// Gives segments the key of their flow: directions that came in another VLAN or tunnel than their flow have one of their
/// own. To be asked of all frames, in order.
pub struct Retracing<'a, J> {
    analysis: &'a Run<J>,
    /// Directions met so far that belong to a flow in another realm.
    elsewhere: HashMap<(FlowKey, Sender), Realm>,
    networks: Option<Networks>,
}

impl<'a, J> Retracing<'a, J> {
    /// For another reading of what `analysis` is of.
    pub fn new(analysis: &'a Run<J>) -> Self {
        Retracing { analysis, elsewhere: HashMap::new(), networks: analysis.reading.networks.clone() }
    }

    /// What was decoded of a frame, with its key as the flow table had it.
    pub fn sort(&mut self, decoded: Decoded, interface: CapturedOn, realms: &mut Realms) -> Decoded {
        let Some(networks) = &mut self.networks else { return decoded };
        match decoded {
            Decoded::Segment(segment) => {
                let key = networks.sort(segment.key, interface, realms);
                Decoded::Segment(Segment { key, ..segment })
            }
            Decoded::IcmpQuote(quote) => {
                let key = networks.sort(quote.key, interface, realms);
                Decoded::IcmpQuote(IcmpQuote { key, ..quote })
            }
            skipped @ Decoded::Skip(_) => skipped,
        }
    }

    /// Key of the flow of a segment.
    pub fn key_of(&mut self, segment: &Segment) -> FlowKey {
        if self.analysis.joined.is_empty() {
            return segment.key;
        }
        let direction = (segment.key, segment.sender);
        if let Some(realm) = self.analysis.joined_at(segment.frame) {
            self.elsewhere.insert(direction, realm);
        } else if self.analysis.begins_flow(segment.frame) {
            self.elsewhere.remove(&direction);
        }
        self.elsewhere.get(&direction).map_or(segment.key, |realm| segment.key.within(*realm))
    }

    /// Key of the flow of a segment that an ICMP error quotes.
    pub fn key_of_quoted(&self, quote: &IcmpQuote) -> FlowKey {
        // Errors travel as the segments of the peer do.
        let realm = [quote.sender.peer(), quote.sender]
            .iter()
            .find_map(|sender| self.elsewhere.get(&(quote.key, *sender)));
        realm.map_or(quote.key, |realm| quote.key.within(*realm))
    }
}

impl<J> Run<J> {
    /// The realm of the flow to which the direction belongs that came elsewhere from this frame on.
    fn joined_at(&self, frame: FrameNumber) -> Option<Realm> {
        let place = self.joined.binary_search_by_key(&frame, |joined| joined.frame).ok()?;
        Some(self.joined[place].realm)
    }
}
