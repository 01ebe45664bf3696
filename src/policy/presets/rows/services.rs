//! `[[service]]`: a row of the services that close idle clients.

use super::super::{Limit, Origin, Service, ServiceClose};
use super::identity::{Identity, ports};
use super::idle::{Idle, range_words};
use super::table::{Located, RowTable, wrong_type};
use crate::policy::Refresh;

/// Settings of a service.
pub(super) const KEYS: &[&str] = &[
    "id",
    "aliases",
    "product",
    "ports",
    "idle",
    "idle-words",
    "clock",
    "close",
    "settable",
    "setting",
    "sources",
    "verified",
    "exceptions",
    "rules",
    "notes",
];

const CLOCKS: [(Refresh, &str); 2] =
    [(Refresh::AnyPacket, Refresh::AnyPacket.word()), (Refresh::Payload, Refresh::Payload.word())];

const CLOSES: [(ServiceClose, &str); 3] = [
    (ServiceClose::Fin, ServiceClose::Fin.word()),
    (ServiceClose::Rst, ServiceClose::Rst.word()),
    (ServiceClose::FinOrRst, ServiceClose::FinOrRst.word()),
];

/// Reads a service.
///
/// # Errors
/// The first fault.
pub(super) fn read(row: &RowTable<'_>, origin: Origin) -> Result<Service, Located> {
    let Identity { id, aliases, product, source, sources, verified, exceptions, rules, notes } =
        Identity::of(row)?;
    let idle = Idle::of(row)?;
    if let (Limit::PerSide { .. }, Some(value)) = (idle.limit, row.value("idle")) {
        return Err(wrong_type("idle", value, "the one idle time of a service, idle = \"15m\""));
    }
    let adjustable = idle.settable(row)?;
    let setting = row.text("setting")?.unwrap_or_default();
    Ok(Service {
        id,
        aliases,
        product,
        ports: ports(row)?,
        idle: idle.shortest,
        limit: idle.limit,
        idle_words: idle.words.leak(),
        clock: row.choice("clock", &CLOCKS)?.unwrap_or(Refresh::Payload),
        close: row.choice("close", &CLOSES)?.unwrap_or(ServiceClose::Unstated),
        adjustable,
        setting,
        range_words: range_words(adjustable, setting).leak(),
        source,
        sources,
        verified,
        exceptions,
        rules,
        notes,
        origin,
    })
}
