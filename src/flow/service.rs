//! Services: what flows lead to.

use super::watcher::ServiceId;
use crate::segment::{Endpoint, Realm};
use hashbrown::HashMap;

/// Responder address and port, in the network they are meant in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Service {
    /// Address and port.
    pub endpoint: Endpoint,
    /// Network.
    pub realm: Realm,
}

/// Numbers services, so that flows need only carry a number.
#[derive(Debug, Default)]
pub(super) struct Services {
    /// Its hash is seeded: addresses are an attacker's to choose.
    ids: HashMap<Service, ServiceId>,
    list: Vec<Service>,
}

impl Services {
    pub fn id_of(&mut self, service: Service) -> ServiceId {
        let list = &mut self.list;
        *self.ids.entry(service).or_insert_with(|| {
            list.push(service);
            ServiceId(list.len() as u32 - 1)
        })
    }

    pub fn into_list(self) -> Vec<Service> {
        self.list
    }
}
