//! How far away an address answers from: over several distances, several hosts answer under it.

use crate::segment::Realm;
use hashbrown::HashMap;
use std::net::IpAddr;

/// TTLs or hop limits that came from one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::findings) enum Distance {
    /// None is known.
    #[default]
    Unknown,
    /// Always the same.
    One(u8),
    /// Not always: hosts behind a balancer, or routes of different length.
    Several,
}

impl Distance {
    pub fn note(&mut self, ttl: u8) {
        self.add(Distance::One(ttl));
    }

    /// What other flows show.
    pub fn add(&mut self, other: Distance) {
        *self = match (*self, other) {
            (Distance::Unknown, known) | (known, Distance::Unknown) => known,
            (mine, theirs) if mine == theirs => mine,
            _ => Distance::Several,
        };
    }
}

/// Those of all addresses, over all of their services.
#[derive(Debug, Default)]
pub(in crate::findings) struct AllDistances(HashMap<(IpAddr, Realm), Distance>);

impl AllDistances {
    pub fn of(services: impl Iterator<Item = ((IpAddr, Realm), Distance)>) -> Self {
        let mut all = AllDistances::default();
        for (host, distance) in services {
            all.0.entry(host).or_default().add(distance);
        }
        all
    }

    /// Whether one host may live while another under the same address does not.
    pub fn differ(&self, host: (IpAddr, Realm)) -> bool {
        self.0.get(&host) == Some(&Distance::Several)
    }
}
