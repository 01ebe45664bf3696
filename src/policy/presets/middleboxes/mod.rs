//! Table A of the catalogue, a file for each group of vendors, in catalogue order.

mod linux;
mod aws;
mod azure;
mod google_oracle;
mod firewalls;
mod bsd;
mod balancers;
mod proxies;
mod microsoft;
mod access;

use super::Middlebox;

/// The groups with their titles, in catalogue order.
pub(super) const GROUPS: &[(&str, &[Middlebox])] = &[
    ("Linux and what runs on it", linux::LINUX),
    ("Amazon Web Services", aws::AWS),
    ("Microsoft Azure", azure::AZURE),
    ("Google Cloud and Oracle Cloud", google_oracle::GOOGLE_ORACLE),
    ("Firewalls and routers with a vendor", firewalls::FIREWALLS),
    ("Packet filters of the BSDs", bsd::BSD),
    ("Load balancers to buy", balancers::BALANCERS),
    ("Proxies that terminate TCP", proxies::PROXIES),
    ("Microsoft gateways and NATs", microsoft::MICROSOFT),
    ("NAT standards and access networks as measured", access::ACCESS),
];
