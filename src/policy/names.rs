//! What people call addresses and services.

use crate::segment::Endpoint;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Names by address and by service.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Names {
    addresses: Arc<BTreeMap<IpAddr, String>>,
    services: Arc<BTreeMap<Endpoint, String>>,
}

/// What has a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    /// A host.
    Address(IpAddr),
    /// An address with a port.
    Service(Endpoint),
}

impl Named {
    /// `10.0.0.9`, `10.0.0.9:1225`, `[2001:db8::9]:25`.
    pub fn parse(text: &str) -> Option<Named> {
        if let Ok(addr) = text.parse() {
            let addr: IpAddr = addr;
            return Some(Named::Address(addr.to_canonical()));
        }
        let socket: SocketAddr = text.parse().ok()?;
        Some(Named::Service(Endpoint { addr: socket.ip().to_canonical(), port: socket.port() }))
    }
}

impl Names {
    /// Of pairs; the last name of a thing counts.
    pub fn of(pairs: impl IntoIterator<Item = (Named, String)>) -> Names {
        let (mut addresses, mut services) = (BTreeMap::new(), BTreeMap::new());
        for (named, name) in pairs {
            match named {
                Named::Address(addr) => addresses.insert(addr, name),
                Named::Service(service) => services.insert(service, name),
            };
        }
        Names { addresses: Arc::new(addresses), services: Arc::new(services) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.services.is_empty()
    }

    /// All, as they are written.
    pub fn all(&self) -> BTreeMap<String, String> {
        let addresses = self.addresses.iter().map(|(addr, name)| (addr.to_string(), name.clone()));
        let services = self.services.iter().map(|(service, name)| (service.to_string(), name.clone()));
        addresses.chain(services).collect()
    }

    /// The name of a service, or else of its host.
    pub fn of_end(&self, end: Endpoint) -> Option<&str> {
        self.services.get(&end).or_else(|| self.addresses.get(&end.addr)).map(String::as_str)
    }

    /// The name of what a word stands for, if that is an address or a service.
    pub fn of_word(&self, word: &str) -> Option<&str> {
        match Named::parse(word)? {
            Named::Address(addr) => self.addresses.get(&addr).map(String::as_str),
            Named::Service(service) => self.of_end(service),
        }
    }

    /// A sentence with the names of its addresses and services: `mail (10.0.0.9:25)`.
    pub fn put_into(&self, sentence: &str) -> String {
        if self.is_empty() {
            return sentence.to_owned();
        }
        let mut named = String::with_capacity(sentence.len());
        for word in sentence.split_inclusive(' ') {
            let of_address = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '[' | ']');
            let begin = word.find(of_address).unwrap_or(0);
            let (before, rest) = word.split_at(begin);
            let end = rest.find(|c| !of_address(c)).unwrap_or(rest.len());
            // What closes a sentence or opens a list is no part of an address.
            let address = rest[..end].trim_end_matches(['.', ':']);
            match self.of_word(address) {
                Some(name) => {
                    let after = &rest[address.len()..];
                    named.push_str(&format!("{before}{name} ({address}){after}"));
                }
                None => named.push_str(word),
            }
        }
        named
    }
}

impl Serialize for Names {
    /// An object: address or service, and name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.all())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_its_own_name_or_that_of_its_host() {
        let named = |text: &str| Named::parse(text).unwrap();
        let names = Names::of([
            (named("10.0.0.9"), "mail".to_owned()),
            (named("10.0.0.9:1225"), "exchange".to_owned()),
        ]);
        let end = |port| Endpoint { addr: "10.0.0.9".parse().unwrap(), port };
        assert_eq!((names.of_end(end(1225)), names.of_end(end(25))), (Some("exchange"), Some("mail")));
        assert_eq!(names.all().len(), 2);
        assert_eq!((Named::parse("mail"), Named::parse(":25")), (None, None));
    }

    #[test]
    fn names_stand_before_the_addresses_of_a_sentence() {
        let named = |text: &str| Named::parse(text).unwrap();
        let names = Names::of([
            (named("10.0.0.9"), "mail".to_owned()),
            (named("[2001:db8::9]:25"), "relay".to_owned()),
        ]);
        for (plain, with_names) in [
            ("flows to 10.0.0.9:25: two of 10.0.0.8.", "flows to mail (10.0.0.9:25): two of 10.0.0.8."),
            ("(10.0.0.9), [2001:db8::9]:25.", "(mail (10.0.0.9)), relay ([2001:db8::9]:25)."),
            ("10.0.0.99 at 10:00:09.5 in 1h", "10.0.0.99 at 10:00:09.5 in 1h"),
            ("", ""),
        ] {
            assert_eq!(names.put_into(plain), with_names);
        }
    }
}
