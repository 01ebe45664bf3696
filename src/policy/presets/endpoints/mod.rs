//! Table B of the catalogue, a file for each kind of endpoint, in catalogue order.

mod systems;
mod runtimes;
mod services;
mod tools;

use super::Endpoint;

/// The groups with their titles, in catalogue order.
pub(super) const GROUPS: &[(&str, &[Endpoint])] = &[
    ("Operating systems", systems::SYSTEMS),
    ("Language runtimes", runtimes::RUNTIMES),
    ("Databases, brokers and remote calls", services::SERVICES),
    ("Tools, web servers and browsers", tools::TOOLS),
];
