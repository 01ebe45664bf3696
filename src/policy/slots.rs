//! How many connections a service allows one client.

use crate::segment::Endpoint;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::str::FromStr;

/// A limit on the connections of one client: `32`, or of one service only: `32@10.0.0.9:1225`, `32@:1225`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SlotLimit {
    /// Connections that one client address may hold.
    pub slots: NonZeroU32,
    /// Address of the service; `None`: any.
    pub address: Option<IpAddr>,
    /// Port of the service; `None`: any.
    pub port: Option<u16>,
}

/// A limit that cannot be read. The message says what to write instead.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SlotSpecError {
    /// The count is none, or zero.
    #[error(
        "'{0}' is no number of connections; write a whole number from 1 up, as in 32 or 32@10.0.0.9:1225"
    )]
    Count(String),
    /// What follows the `@` is no service.
    #[error(
        "'{0}' is no service; write ADDRESS:PORT or :PORT, as in 32@10.0.0.9:1225, 32@[2001:db8::9]:25 or 32@:1225"
    )]
    Service(String),
}

impl SlotLimit {
    /// Whether the limit is one of this service.
    pub fn covers(&self, service: &Endpoint) -> bool {
        self.address.is_none_or(|address| address == service.addr)
            && self.port.is_none_or(|port| port == service.port)
    }

    /// The limit of `service` among several: the one that names most of it, of equal ones the first.
    pub fn of(limits: &[SlotLimit], service: &Endpoint) -> Option<u32> {
        let named = |limit: &&SlotLimit| u8::from(limit.address.is_some()) + u8::from(limit.port.is_some());
        let covering = limits.iter().rev().filter(|limit| limit.covers(service));
        covering.max_by_key(named).map(|limit| limit.slots.get())
    }
}

impl FromStr for SlotLimit {
    type Err = SlotSpecError;

    fn from_str(text: &str) -> Result<Self, SlotSpecError> {
        let (count, service) = match text.split_once('@') {
            Some((count, service)) => (count, Some(service)),
            None => (text, None),
        };
        let slots = count.trim().parse().map_err(|_| SlotSpecError::Count(count.to_owned()))?;
        let Some(service) = service else { return Ok(SlotLimit { slots, address: None, port: None }) };
        let fault = || SlotSpecError::Service(service.to_owned());
        let (address, port) = service.rsplit_once(':').ok_or_else(fault)?;
        let port = port.parse().map_err(|_| fault())?;
        let address = match address.strip_prefix('[').and_then(|address| address.strip_suffix(']')) {
            Some(inner) => Some(IpAddr::V6(inner.parse::<Ipv6Addr>().map_err(|_| fault())?)),
            None if address.is_empty() || address == "*" => None,
            None => Some(IpAddr::V4(address.parse().map_err(|_| fault())?)),
        };
        Ok(SlotLimit { slots, address, port: Some(port) })
    }
}

impl fmt::Display for SlotLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.slots)?;
        match (self.address, self.port) {
            (Some(addr), Some(port)) => write!(f, "@{}", Endpoint { addr, port }),
            (None, Some(port)) => write!(f, "@:{port}"),
            (_, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_printed_alike() {
        for text in ["32", "32@10.0.0.9:1225", "8@:1225", "4@[2001:db8::9]:25"] {
            assert_eq!(text.parse::<SlotLimit>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for text in
            ["0", "", "many", "-3", "32@", "32@mail", "32@10.0.0.9", "32@10.0.0.9:x", "32@2001:db8::9:25"]
        {
            let error = text.parse::<SlotLimit>().unwrap_err().to_string();
            assert!(error.contains("32@10.0.0.9:1225"), "{text}: {error}");
        }
    }

    #[test]
    fn the_limit_that_names_most_of_a_service_counts() {
        let limits = ["32", "8@:25", "4@10.0.0.9:25"].map(|text| text.parse().unwrap());
        let of = |addr: [u8; 4], port| SlotLimit::of(&limits, &Endpoint { addr: addr.into(), port });
        assert_eq!(of([10, 0, 0, 9], 25), Some(4));
        assert_eq!(of([10, 0, 0, 8], 25), Some(8));
        assert_eq!(of([10, 0, 0, 9], 80), Some(32));
        assert_eq!(SlotLimit::of(&limits[1..], &Endpoint { addr: [10, 0, 0, 9].into(), port: 80 }), None);
    }
}
