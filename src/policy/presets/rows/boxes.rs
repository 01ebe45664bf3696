//! `[[box]]`: a row of the boxes on the path.

use super::super::{Grounds, Middlebox, Origin, OwnKeepalive, ProbeSchedule};
use super::identity::{Identity, ports};
use super::idle::{Idle, in_seconds, range_words};
use super::table::{Located, RowTable, choice};
use crate::policy::{Expiry, Pickup, Refresh, TimerTable};

/// Settings of a box.
pub(super) const KEYS: &[&str] = &[
    "id",
    "aliases",
    "product",
    "idle",
    "idle-words",
    "half-open",
    "half-closed",
    "time-wait",
    "unacknowledged",
    "syn-sent",
    "syn-recv",
    "fin-wait",
    "close-wait",
    "last-ack",
    "retransmitting",
    "zero-window",
    "state-words",
    "refresh",
    "refresh-words",
    "expiry",
    "expiry-words",
    "inferred",
    "pickup",
    "probes-itself",
    "own-keepalive",
    "settable",
    "setting",
    "printed",
    "ports",
    "sources",
    "verified",
    "exceptions",
    "rules",
    "notes",
];

/// Reads a box.
///
/// # Errors
/// The first fault.
pub(super) fn read(row: &RowTable<'_>, origin: Origin) -> Result<Middlebox, Located> {
    let Identity { id, aliases, product, source, sources, verified, exceptions, rules, notes } =
        Identity::of(row)?;
    let idle = Idle::of(row)?;
    let (timers, state_words) = timers(row, &idle)?;
    let (refresh, refresh_words, refresh_grounds) = refresh(row)?;
    let (expiry, expiry_words, expiry_grounds) = expiry(row)?;
    // A proxy has lost its socket, and a box that answers by RST refuses what it has forgotten.
    let forgets = !refresh.counts_packets() || expiry != Expiry::Drop;
    let otherwise = if forgets { Pickup::Strict } else { Pickup::Unstated };
    let adjustable = idle.settable(row)?;
    let setting = row.text("setting")?.unwrap_or_default();
    let printed = row.table("printed", "printed", &["idle", "states", "settable"], PRINTED)?;
    let cell = |key| printed.as_ref().map_or(Ok(None), |cells| cells.text(key));
    Ok(Middlebox {
        id,
        aliases,
        product,
        ports: ports(row)?,
        timers,
        limit: idle.limit,
        limit_words: cell("idle")?.unwrap_or_else(|| idle.words.leak()),
        state_words: cell("states")?.unwrap_or_else(|| state_words.leak()),
        refresh,
        refresh_words,
        refresh_grounds,
        expiry,
        expiry_words,
        expiry_grounds,
        pickup: row.word("pickup")?.unwrap_or(otherwise),
        probe_schedule: probe_schedule(row)?,
        own_keepalive: own_keepalive(row)?,
        adjustable,
        setting,
        range_words: cell("settable")?.unwrap_or_else(|| range_words(adjustable, setting).leak()),
        source,
        sources,
        verified,
        exceptions,
        rules,
        notes,
        origin,
    })
}

const PRINTED: &str = "the cells that are printed otherwise than their values, printed.idle = \"…\"";

/// Timers of all states, and those of other states than the established one in words.
fn timers(row: &RowTable<'_>, idle: &Idle) -> Result<(TimerTable, String), Located> {
    let mut timers = TimerTable::established(idle.shortest);
    let mut words = Vec::new();
    let both = [
        ("half-open", &mut timers.syn_sent, &mut timers.syn_recv),
        ("half-closed", &mut timers.fin_wait, &mut timers.close_wait),
    ];
    for (key, first, second) in both {
        if let Some(limit) = row.limit(key)? {
            (*first, *second) = (Some(limit), Some(limit));
            words.push(format!("{key} {}", in_seconds(limit)));
        }
    }
    let single = [
        ("syn-sent", &mut timers.syn_sent),
        ("syn-recv", &mut timers.syn_recv),
        ("fin-wait", &mut timers.fin_wait),
        ("close-wait", &mut timers.close_wait),
        ("last-ack", &mut timers.last_ack),
        ("unacknowledged", &mut timers.unacknowledged),
        ("retransmitting", &mut timers.retransmitting),
        ("zero-window", &mut timers.zero_window),
        // Nothing that a flow in use could meet: it is only told.
        ("time-wait", &mut None),
    ];
    for (key, timer) in single {
        if let Some(limit) = row.limit(key)? {
            *timer = Some(limit);
            words.push(format!("{key} {}", in_seconds(limit)));
        }
    }
    let numbers = words.join(", ");
    let words = match row.text("state-words")? {
        Some(more) if numbers.is_empty() => more.to_owned(),
        Some(more) => format!("{numbers}; {more}"),
        None => numbers,
    };
    Ok((timers, words))
}

/// Whether the row says a cell by itself, or its reader concludes it from the kind of device.
fn grounds(row: &RowTable<'_>, cell: &'static str) -> Result<Grounds, Located> {
    let cells = [("refresh", "refresh"), ("expiry", "expiry")];
    let inferred = row.list("inferred", "inferred = [\"refresh\", \"expiry\"]", |value| {
        choice("inferred", value, &cells)
    })?;
    let said = row.value(cell).is_some() && !inferred.contains(&cell);
    Ok(if said { Grounds::Source } else { Grounds::DeviceClass })
}

fn refresh(row: &RowTable<'_>) -> Result<(Refresh, &'static str, Grounds), Located> {
    let refresh = row.word("refresh")?.unwrap_or(Refresh::AnyPacket);
    let words = row.text("refresh-words")?.unwrap_or(match refresh {
        Refresh::AnyPacket => "any-packet",
        Refresh::Payload => "payload",
        Refresh::PayloadPerDirection => "payload-per-dir",
        Refresh::Initiator => "packets of the initiator",
        Refresh::Responder => "packets of the responder",
    });
    Ok((refresh, words, grounds(row, "refresh")?))
}

fn expiry(row: &RowTable<'_>) -> Result<(Expiry, &'static str, Grounds), Located> {
    let expiry = row.word("expiry")?.unwrap_or(Expiry::Drop);
    let words = row.text("expiry-words")?.unwrap_or(match expiry {
        Expiry::Drop => "silent-drop",
        Expiry::ResetOnNext => "rst-on-next-packet",
        Expiry::ResetBoth => "rst-both-at-expiry",
        Expiry::Close => "close",
    });
    Ok((expiry, words, grounds(row, "expiry")?))
}

/// When a box that probes by itself does so.
#[derive(Clone, Copy)]
enum When {
    BeforeExpiry,
    AtExpiry,
    EachTimeout,
    Halfway,
}

fn probe_schedule(row: &RowTable<'_>) -> Result<Option<ProbeSchedule>, Located> {
    const WORDS: [(When, &str); 4] = [
        (When::BeforeExpiry, "before-expiry"),
        (When::AtExpiry, "at-expiry"),
        (When::EachTimeout, "each-timeout"),
        (When::Halfway, "halfway"),
    ];
    const FORM: &str = "probes-itself = { when = \"at-expiry\", interval = \"15s\", probes = 5 }";
    let keys = &["when", "lead", "interval", "probes"];
    let Some(said) = row.table("probes-itself", "probes-itself", keys, FORM)? else { return Ok(None) };
    let when = said.required("when", said.choice("when", &WORDS)?, "\"at-expiry\"")?;
    let probes = said.required("probes", said.probes("probes")?, "5")?;
    let interval = || said.required("interval", said.length("interval")?, "\"15s\"");
    Ok(Some(match when {
        When::BeforeExpiry => {
            let lead = said.required("lead", said.length("lead")?, "\"20s\"")?;
            ProbeSchedule::BeforeExpiry { lead, interval: interval()?, probes }
        }
        When::AtExpiry => ProbeSchedule::AtExpiry { interval: interval()?, probes },
        When::EachTimeout => ProbeSchedule::EachTimeout { probes },
        When::Halfway => ProbeSchedule::Halfway { probes },
    }))
}

fn own_keepalive(row: &RowTable<'_>) -> Result<Option<OwnKeepalive>, Located> {
    const FORM: &str = "own-keepalive = { time = \"30m\" }";
    let keys = &["time", "interval", "probes"];
    let Some(said) = row.table("own-keepalive", "own-keepalive", keys, FORM)? else { return Ok(None) };
    Ok(Some(OwnKeepalive {
        time: said.required("time", said.length("time")?, "\"30m\"")?,
        interval: said.length("interval")?,
        probes: said.probes("probes")?,
    }))
}
