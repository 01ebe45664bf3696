//! Paths for some flows only: which those are.

use super::Path;
use crate::segment::Endpoint;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Paths of one file at the most.
pub const MOST_ROUTES: usize = 32;

/// Matches of one path at the most: each is held against those of all others, and against flows.
pub const MOST_MATCHES: usize = 256;

/// A path that holds for the flows that it matches.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Route {
    /// What the user calls it.
    pub name: String,
    /// It holds for flows that one of these matches.
    pub matches: Vec<Match>,
    /// Hops and keepalive.
    pub path: Path,
}

/// Which flows: `10.0.0.0/8:443`, `:443`, `vlan=12`, `interface=eth1`, or several of these with commas between.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Match {
    /// Network of the responder.
    network: Option<Network>,
    /// Port of the responder.
    port: Option<u16>,
    /// VLANs around the flow, from the outside in.
    pub vlans: Option<Vec<u16>>,
    /// Interface that saw it first.
    pub interface: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Network {
    addr: IpAddr,
    prefix: u8,
}

/// A match that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "'{word}' is no match: {problem}; write ADDRESS, NETWORK/PREFIX, :PORT, ADDRESS:PORT, vlan=ID or interface=NAME, as in 10.0.0.0/8:443"
)]
pub struct MatchError {
    /// As given.
    pub word: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Route {
    /// What reports call a hop of it.
    pub fn hop_name(&self, hop: &str) -> String {
        format!("{}/{hop}", self.name)
    }
}

/// A number without a sign.
fn number<N: FromStr>(text: &str) -> Option<N> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

impl Network {
    fn covers(self, addr: IpAddr) -> bool {
        let differ = match (self.addr, addr) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => {
                (mine.to_bits() ^ other.to_bits()).checked_shr(32 - u32::from(self.prefix)).unwrap_or(0) != 0
            }
            (IpAddr::V6(mine), IpAddr::V6(other)) => {
                (mine.to_bits() ^ other.to_bits()).checked_shr(128 - u32::from(self.prefix)).unwrap_or(0) != 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => true,
        };
        !differ
    }

    fn parse(text: &str) -> Result<Network, &'static str> {
        let (addr, prefix) = match text.split_once('/') {
            Some((addr, prefix)) => (addr, Some(prefix)),
            None => (text, None),
        };
        let addr = addr.strip_prefix('[').and_then(|addr| addr.strip_suffix(']')).unwrap_or(addr);
        let addr: IpAddr = addr.parse().map_err(|_| "there is no such address")?;
        let longest = if addr.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = match prefix {
            None => longest,
            Some(prefix) => number(prefix)
                .filter(|bits| *bits <= longest)
                .ok_or("a prefix has 0 to 32 bits, of IPv6 128")?,
        };
        // Flows of IPv4-mapped addresses are those of IPv4.
        Ok(match addr.to_canonical() {
            mapped @ IpAddr::V4(_) if addr.is_ipv6() && prefix >= 96 => {
                Network { addr: mapped, prefix: prefix - 96 }
            }
            _ => Network { addr, prefix },
        })
    }
}

impl Match {
    /// Whether it asks for a VLAN or interface.
    pub fn asks_for_network(&self) -> bool {
        self.vlans.is_some() || self.interface.is_some()
    }

    /// Whether a flow to `responder` has the address and port that it asks for.
    pub fn covers(&self, responder: Endpoint) -> bool {
        self.network.is_none_or(|network| network.covers(responder.addr))
            && self.port.is_none_or(|port| port == responder.port)
    }

    /// Whether a flow inside these VLANs, from the outside in, captured on `interface`, has what it asks for.
    pub fn covers_network(&self, vlans: &[u16], interface: Option<&str>) -> bool {
        self.vlans.as_ref().is_none_or(|asked| vlans.starts_with(asked))
            && self.interface.as_deref().is_none_or(|asked| interface == Some(asked))
    }

    /// Whether a flow can have what both ask for.
    pub fn overlaps(&self, other: &Match) -> bool {
        let networks = match (self.network, other.network) {
            (Some(a), Some(b)) => {
                if a.prefix <= b.prefix {
                    a.covers(b.addr)
                } else {
                    b.covers(a.addr)
                }
            }
            _ => true,
        };
        let vlans = match (&self.vlans, &other.vlans) {
            (Some(a), Some(b)) => a.starts_with(b) || b.starts_with(a),
            _ => true,
        };
        fn alike<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        networks && vlans && alike(&self.port, &other.port) && alike(&self.interface, &other.interface)
    }

    fn set_destination(&mut self, word: &str) -> Result<(), &'static str> {
        if self.network.is_some() || self.port.is_some() {
            return Err(
                "it has two destinations; give a list of matches where either will do: [\":443\", \":444\"]",
            );
        }
        // Of an IPv6 address without brackets no part is a port.
        let bare_v6 = !word.contains('[') && word.matches(':').count() > 1;
        // Eight groups, or a gap: else the last part was meant as a port.
        if bare_v6 && word.split('/').next().is_some_and(|addr| addr.parse::<IpAddr>().is_err()) {
            return Err("an IPv6 address with a port is written in brackets, [2001:db8::9]:443");
        }
        let (network, port) = match word.rsplit_once(':') {
            Some((network, port)) if !bare_v6 => (network, Some(port)),
            _ => (word, None),
        };
        if let Some(port) = port {
            self.port = Some(number(port).ok_or("a port is a number from 0 to 65535")?);
        }
        if !network.is_empty() && network != "*" {
            self.network = Some(Network::parse(network)?);
        }
        Ok(())
    }

    fn set(&mut self, word: &str) -> Result<(), &'static str> {
        match word.split_once('=') {
            None => self.set_destination(word),
            Some(("vlan", ids)) if self.vlans.is_none() => {
                let id = |id: &str| number(id).filter(|id| (1..=4094).contains(id));
                let vlans: Option<Vec<u16>> = ids.split('.').map(id).collect();
                self.vlans = Some(
                    vlans.ok_or("a VLAN is a number from 1 to 4094, and of a VLAN in another one 10.20")?,
                );
                Ok(())
            }
            Some(("interface", name)) if self.interface.is_none() && !name.is_empty() => {
                self.interface = Some(name.to_owned());
                Ok(())
            }
            Some(("vlan" | "interface", _)) => Err("it has no value, or stands there twice"),
            Some(_) => Err("there is no such key"),
        }
    }
}

impl FromStr for Match {
    type Err = MatchError;

    fn from_str(text: &str) -> Result<Self, MatchError> {
        let mut it = Match::default();
        for word in text.split(',').map(str::trim) {
            it.set(word).map_err(|problem| MatchError { word: word.to_owned(), problem })?;
        }
        if it == Match::default() {
            return Err(MatchError { word: text.to_owned(), problem: "it matches every flow" });
        }
        Ok(it)
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let network = self.network.map(|Network { addr, prefix }| {
            let whole = prefix == if addr.is_ipv4() { 32 } else { 128 };
            let addr =
                if addr.is_ipv6() && self.port.is_some() { format!("[{addr}]") } else { addr.to_string() };
            if whole { addr } else { format!("{addr}/{prefix}") }
        });
        match (network, self.port) {
            (network, Some(port)) => parts.push(format!("{}:{port}", network.unwrap_or_default())),
            (Some(network), None) => parts.push(network),
            (None, None) => {}
        }
        if let Some(vlans) = &self.vlans {
            parts.push(format!("vlan={}", vlans.iter().map(u16::to_string).collect::<Vec<_>>().join(".")));
        }
        if let Some(interface) = &self.interface {
            parts.push(format!("interface={interface}"));
        }
        f.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matched(text: &str) -> Match {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn end(text: &str) -> Endpoint {
        let socket: std::net::SocketAddr = text.parse().unwrap();
        Endpoint { addr: socket.ip(), port: socket.port() }
    }

    #[test]
    fn matches_are_read_and_printed_alike() {
        for text in [
            "10.0.0.0/8:443",
            "10.0.0.9",
            ":443",
            "2001:db8::/32",
            "[2001:db8::9]:25",
            "vlan=12",
            "vlan=10.20",
            "interface=eth1",
            "10.0.0.0/8:443,vlan=12,interface=eth1",
            "0.0.0.0/0",
        ] {
            assert_eq!(matched(text).to_string(), text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0.300",
            ":99999",
            "vlan=0",
            "vlan=x",
            "interface=",
            "port=443",
            ":1,:2",
            "mail:25",
        ] {
            let error = text.parse::<Match>().unwrap_err().to_string();
            assert!(error.contains("10.0.0.0/8:443"), "{text}: {error}");
        }
    }

    #[test]
    fn a_flow_is_matched_by_its_destination_and_network() {
        let it = matched("10.0.0.0/8:443,vlan=10");
        assert!(
            it.covers(end("10.200.0.1:443"))
                && !it.covers(end("11.0.0.1:443"))
                && !it.covers(end("10.0.0.1:80"))
        );
        assert!(
            it.covers_network(&[10, 20], None)
                && !it.covers_network(&[20, 10], None)
                && !it.covers_network(&[], None)
        );
        assert!(
            matched("0.0.0.0/0").covers(end("1.2.3.4:1")) && !matched("0.0.0.0/0").covers(end("[::1]:1"))
        );
    }

    #[test]
    fn two_matches_overlap_when_one_flow_can_have_both() {
        for (a, b, overlap) in [
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.0.0.0/8:443", "10.1.0.0/16:80", false),
            ("10.0.0.0/8", ":443", true),
            ("10.0.0.0/8", "11.0.0.0/8", false),
            ("10.0.0.0/8", "2001:db8::/32", false),
            ("vlan=10", "vlan=10.20", true),
            ("vlan=10", "vlan=11", false),
            ("interface=a", "interface=b", false),
            ("interface=a", ":80", true),
        ] {
            assert_eq!(matched(a).overlaps(&matched(b)), overlap, "{a} {b}");
            assert_eq!(matched(b).overlaps(&matched(a)), overlap, "{b} {a}");
        }
    }

    proptest! {
        #[test]
        fn a_flow_that_two_cover_is_found_as_an_overlap(
            a in any::<u32>(), b in any::<u32>(), flow in any::<u32>(), p in 0u8..=32, q in 0u8..=32, port in any::<bool>(),
        ) {
            let of = |addr: u32, prefix: u8| matched(&format!("{}/{prefix}{}", std::net::Ipv4Addr::from(addr), if port { ":7" } else { "" }));
            // Near each other, so that they often overlap.
            let (a, b) = (of(a & 0xff00_00ff, p), of(b & 0xff00_00ff, q));
            let end = Endpoint { addr: std::net::Ipv4Addr::from(flow & 0xff00_00ff).into(), port: 7 };
            prop_assert!(!(a.covers(end) && b.covers(end)) || a.overlaps(&b));
        }
    }
}
