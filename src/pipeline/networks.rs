//! Tells the workers' paths which VLANs and interfaces there are, as the reader meets them.

use crate::capture::Interfaces;
use crate::decode::Realms;
use crate::findings::Terms;
use crate::frame::CapturedOn;
use crate::segment::{FlowKey, Realm};
use std::sync::Arc;

/// Sorts flows by network, where paths ask for that.
#[derive(Clone, Debug)]
pub struct Networks {
    terms: Arc<Terms>,
    known: KnownInterfaces,
    /// By [`CapturedOn`]: the number of an interface that a path asks for; `None`: not looked up yet.
    numbers: Vec<Option<Option<u16>>>,
    /// Realms that the paths know.
    told: usize,
}

/// Where names of interfaces come from.
#[derive(Clone, Debug)]
pub(super) enum KnownInterfaces {
    /// The files say.
    OfFiles(Interfaces),
    /// All frames are of this one.
    One(String),
}

impl Networks {
    /// `None`: no path asks for networks.
    pub(super) fn of(terms: &Arc<Terms>, known: KnownInterfaces) -> Option<Networks> {
        let asked = terms.routes.ask_for_networks();
        asked.then(|| Networks { terms: Arc::clone(terms), known, numbers: Vec::new(), told: 0 })
    }

    /// The key of a flow whose frame was taken on `interface`: apart from those of other interfaces, where a path asks for
    /// this one.
    pub(super) fn sort(&mut self, key: FlowKey, interface: CapturedOn, realms: &mut Realms) -> FlowKey {
        let key = match self.number_of(interface) {
            Some(number) => key.within(realms.on_interface(key.realm(), number)),
            None => key,
        };
        self.tell(realms);
        key
    }

    fn number_of(&mut self, interface: CapturedOn) -> Option<u16> {
        let place = interface.0 as usize;
        if interface == CapturedOn::UNTOLD {
            return None;
        }
        if let Some(Some(known)) = self.numbers.get(place) {
            return *known;
        }
        let name = match &self.known {
            KnownInterfaces::OfFiles(interfaces) => {
                interfaces.get(interface).map(|it| it.name).unwrap_or_default()
            }
            KnownInterfaces::One(name) => name.clone(),
        };
        let number = self.terms.routes.interfaces().position(|asked| asked == name);
        let number = number.and_then(|number| u16::try_from(number).ok());
        if self.numbers.len() <= place {
            self.numbers.resize(place + 1, None);
        }
        self.numbers[place] = Some(number);
        number
    }

    /// Tells of realms that are new.
    fn tell(&mut self, realms: &Realms) {
        while self.told < realms.len() {
            self.told += 1;
            let realm = Realm(self.told as u32);
            let (vlans, interface) = realms.place_of(realm);
            let name = interface.and_then(|number| self.terms.routes.interfaces().nth(usize::from(number)));
            self.terms.routes.note_network(realm, &vlans, name);
        }
    }
}
