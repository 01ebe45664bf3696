//! Which hops are on the path of a flow, where flows take different paths.

use crate::policy::{Keepalive, Path, Route};
use crate::segment::{Endpoint, Realm};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Matches that ask for a VLAN or interface at the most: each has a bit for every network.
const MOST_BITS: usize = u64::BITS as usize;

/// The path of a flow: 0 is that of all that no match covers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct RouteId(usize);

impl RouteId {
    /// The path of all flows that no match covers.
    pub const DEFAULT: RouteId = RouteId(0);

    /// Its place among all, the default one first.
    pub const fn index(self) -> usize {
        self.0
    }
}

/// The paths of a run. Their hops stand one behind the other in [`super::Terms::path`], those of the default first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Routes {
    default: Path,
    routes: Vec<Route>,
    /// By [`RouteId`].
    hops: Vec<Range<usize>>,
    /// By route and match: the bit of those that ask for a network.
    bits: Vec<Vec<Option<u32>>>,
    networks: Networks,
}

/// Which matches cover a network, by number of its realm. Filled by the thread that meets the networks, before it hands on
/// anything of them.
#[derive(Clone, Debug, Default)]
struct Networks(Option<Arc<[AtomicU64]>>);

impl PartialEq for Networks {
    /// What was met while reading is no part of what was stated.
    fn eq(&self, _: &Networks) -> bool {
        true
    }
}

impl Eq for Networks {}

/// More matches of VLANs and interfaces than can be told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("at most {MOST_BITS} matches may ask for a VLAN or interface")]
pub struct TooManyNetworks;

impl Routes {
    /// All flows take one path.
    pub fn one(path: &Path) -> Routes {
        Routes {
            default: path.clone(),
            hops: std::iter::once(0..path.hops.len()).collect(),
            ..Routes::default()
        }
    }

    /// Flows that a route matches take it, all others the default path. Hops of routes are named after them: `erp/firewall`.
    ///
    /// # Errors
    /// [`TooManyNetworks`].
    pub fn of(default: &Path, mut routes: Vec<Route>) -> Result<Routes, TooManyNetworks> {
        let mut hops: Vec<Range<usize>> = std::iter::once(0..default.hops.len()).collect();
        let (mut bits, mut used) = (Vec::with_capacity(routes.len()), 0u32);
        for route in &mut routes {
            let names: Vec<String> = route.path.hops.iter().map(|hop| route.hop_name(&hop.name)).collect();
            for (hop, name) in route.path.hops.iter_mut().zip(names) {
                hop.name = name;
            }
            let begin = hops.last().map_or(0, |before| before.end);
            hops.push(begin..begin + route.path.hops.len());
            let bit = |asks: bool| {
                asks.then(|| {
                    used += 1;
                    used - 1
                })
            };
            bits.push(route.matches.iter().map(|it| it.asks_for_network()).map(bit).collect());
        }
        if used as usize > MOST_BITS {
            return Err(TooManyNetworks);
        }
        let realms = Realm::OVERFLOW.0 as usize + 1;
        let networks = (used > 0).then(|| (0..realms).map(|_| AtomicU64::new(0)).collect());
        Ok(Routes { default: default.clone(), routes, hops, bits, networks: Networks(networks) })
    }

    /// Whether all flows take one path.
    pub fn is_one(&self) -> bool {
        self.routes.is_empty()
    }

    /// The path of all flows that no match covers.
    pub fn default_path(&self) -> &Path {
        &self.default
    }

    /// The paths that only some flows take.
    pub fn list(&self) -> &[Route] {
        &self.routes
    }

    /// All paths, the default one first.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(&self.default).chain(self.routes.iter().map(|route| &route.path))
    }

    /// All hops, in the order of the paths, with the keepalive of the default one.
    pub fn all_hops(&self) -> Path {
        let hops = self.paths().flat_map(|path| &path.hops).cloned().collect();
        Path { hops, ..self.default.clone() }
    }

    /// Whether any match asks for a VLAN or interface.
    pub fn ask_for_networks(&self) -> bool {
        self.networks.0.is_some()
    }

    /// Interfaces that matches ask for.
    pub fn interfaces(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().flat_map(|route| &route.matches).filter_map(|it| it.interface.as_deref())
    }

    /// A network was met: VLANs from the outside in, and the interface where one is asked for.
    pub fn note_network(&self, realm: Realm, vlans: &[u16], interface: Option<&str>) {
        let Some(of_realm) = self.networks.0.as_ref().and_then(|all| all.get(realm.0 as usize)) else {
            return;
        };
        let mut covered = 0;
        for (route, bits) in self.routes.iter().zip(&self.bits) {
            for (it, bit) in route.matches.iter().zip(bits) {
                if let Some(bit) = bit.filter(|_| it.covers_network(vlans, interface)) {
                    covered |= 1 << bit;
                }
            }
        }
        of_realm.store(covered, Ordering::Release);
    }

    /// The path of flows to `responder`.
    #[inline]
    pub fn route(&self, responder: Endpoint, realm: Realm) -> RouteId {
        if self.routes.is_empty() { RouteId::DEFAULT } else { self.look_up(responder, realm) }
    }

    fn look_up(&self, responder: Endpoint, realm: Realm) -> RouteId {
        let of_realm = self.networks.0.as_ref().and_then(|all| all.get(realm.0 as usize));
        let covered = of_realm.map_or(0, |bits| bits.load(Ordering::Acquire));
        let matches = |(route, bits): (&Route, &Vec<Option<u32>>)| {
            let mut both = route.matches.iter().zip(bits);
            both.any(|(it, bit)| it.covers(responder) && bit.is_none_or(|bit| covered >> bit & 1 == 1))
        };
        self.routes
            .iter()
            .zip(&self.bits)
            .position(matches)
            .map_or(RouteId::DEFAULT, |place| RouteId(place + 1))
    }

    /// The hops on a path, by their place among all.
    pub fn hops_on(&self, route: RouteId) -> Range<usize> {
        self.hops.get(route.0).cloned().unwrap_or_default()
    }

    /// Number of paths, the default one among them.
    pub fn count(&self) -> usize {
        self.routes.len() + 1
    }

    /// Hops and keepalive of a path.
    pub fn path_of(&self, route: RouteId) -> &Path {
        match route.0.checked_sub(1).and_then(|place| self.routes.get(place)) {
            Some(route) => &route.path,
            None => &self.default,
        }
    }

    /// The path of a hop, by the hop's place among all.
    pub fn of_hop(&self, hop: usize) -> RouteId {
        RouteId(self.hops.iter().position(|hops| hops.contains(&hop)).unwrap_or(0))
    }

    /// Keepalive that a path states and that ever probes.
    pub fn keepalive_of(&self, route: RouteId) -> Option<Keepalive> {
        self.path_of(route).keepalive.filter(|keepalive| !keepalive.is_off())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let path = |hop: &str| Path::from_specs(&[hop], None).unwrap();
        let route = |name: &str, matched: &str, hop: &str| Route {
            name: name.to_owned(),
            matches: vec![matched.parse().unwrap()],
            path: path(hop),
        };
        let list = vec![
            route("erp", "10.0.0.0/8:443", "fw=30m"),
            route("guests", "vlan=12,10.9.0.0/16:80", "nat=5m"),
        ];
        Routes::of(&path("fw=1h"), list).unwrap()
    }

    fn end(text: &str) -> Endpoint {
        let socket: std::net::SocketAddr = text.parse().unwrap();
        Endpoint { addr: socket.ip(), port: socket.port() }
    }

    #[test]
    fn a_flow_takes_the_path_that_matches_it_and_all_others_the_default() {
        let routes = routes();
        let of = |responder: &str, realm: u32| routes.route(end(responder), Realm(realm)).index();
        assert_eq!([of("10.1.2.3:443", 0), of("10.1.2.3:80", 0), of("192.0.2.1:443", 0)], [1, 0, 0]);
        assert_eq!(of("10.9.0.1:80", 7), 0, "its network is not met yet");
        routes.note_network(Realm(7), &[12], None);
        routes.note_network(Realm(8), &[13], None);
        assert_eq!([of("10.9.0.1:80", 7), of("10.9.0.1:80", 8), of("10.1.0.1:80", 7)], [2, 0, 0]);
    }

    #[test]
    fn hops_of_all_paths_stand_one_behind_the_other() {
        let routes = routes();
        let names: Vec<String> = routes.all_hops().hops.into_iter().map(|hop| hop.name).collect();
        assert_eq!(names, ["fw", "erp/fw", "guests/nat"]);
        assert_eq!((routes.hops_on(RouteId(1)), routes.of_hop(2)), (1..2, RouteId(2)));
    }
}
