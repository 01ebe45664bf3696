//! `[[endpoint]]`: a row of the ends that probe.

use toml::de::DeValue;

use super::super::{Endpoint, Mechanism, OnByDefault, Origin, Printed, Setting};
use super::RowFault;
use super::identity::Identity;
use super::idle::{in_seconds, upwards};
use super::table::{Located, Placed, RowTable, length, probes, wrong_type};

/// Settings of an endpoint.
pub(super) const KEYS: &[&str] = &[
    "id",
    "aliases",
    "product",
    "mechanism",
    "on-by-default",
    "time",
    "interval",
    "probes",
    "dead-peer-after",
    "other-idle",
    "setting",
    "printed",
    "sources",
    "verified",
    "exceptions",
    "rules",
    "notes",
];

const MECHANISMS: [(Mechanism, &str); 3] = [
    (Mechanism::TcpKeepalive, "tcp-keepalive"),
    (Mechanism::Heartbeat, "heartbeat"),
    (Mechanism::IdleTimerOnly, "idle-timer"),
];

const PRINTED: &str = "the cells that are printed otherwise than their values, printed.time = \"…\"";

/// Reads an endpoint.
///
/// # Errors
/// The first fault.
pub(super) fn read(row: &RowTable<'_>, origin: Origin) -> Result<Endpoint, Located> {
    let Identity { id, aliases, product, source, sources, verified, exceptions, rules, notes } =
        Identity::of(row)?;
    let time = setting(row, "time", length)?;
    let interval = setting(row, "interval", length)?;
    let probes = setting(row, "probes", probes)?;
    for (key, setting) in [("time", time), ("interval", interval)] {
        if let Setting::Between(from, to) = setting {
            upwards(key, row.offset, from, to)?;
        }
    }
    if let Setting::Between(from, to) = probes
        && from > to
    {
        let fault = RowFault::Downwards { key: "probes", low: from.to_string(), high: to.to_string() };
        return Err((row.offset, fault));
    }
    let on_by_default = on_by_default(row)?;
    let dead_peer_after = row.length("dead-peer-after")?;
    let mechanism = row.choice("mechanism", &MECHANISMS)?;
    let known = &["on-by-default", "time", "interval", "probes", "dead-peer-after"];
    let printed = row.table("printed", "printed", known, PRINTED)?;
    let cell = |key, value: String| {
        let said = printed.as_ref().map_or(Ok(None), |cells| cells.text(key))?;
        Ok(said.unwrap_or_else(|| value.leak()))
    };
    let gives_up = match (dead_peer_after, time) {
        (Some(span), _) => in_seconds(span),
        (None, Setting::System) => "OS".to_owned(),
        (None, _) => "-".to_owned(),
    };
    Ok(Endpoint {
        id,
        aliases,
        product,
        mechanism: row.required("mechanism", mechanism, "\"tcp-keepalive\"")?,
        on_by_default,
        time,
        interval,
        probes,
        dead_peer_after,
        printed: Printed {
            on_by_default: cell("on-by-default", in_words(on_by_default).to_owned())?,
            time: cell("time", as_printed(time, in_seconds))?,
            interval: cell("interval", as_printed(interval, in_seconds))?,
            probes: cell("probes", as_printed(probes, |count: u32| count.to_string()))?,
            dead_peer_after: cell("dead-peer-after", gives_up)?,
        },
        other_idle: row.text("other-idle")?.unwrap_or_default(),
        setting: row.text("setting")?.unwrap_or_default(),
        source,
        sources,
        verified,
        exceptions,
        rules,
        notes,
        origin,
    })
}

/// A value, `{ from, to }`, `"system"`, or nothing.
fn setting<'t, T: Copy>(
    row: &RowTable<'t>,
    key: &'static str,
    read: impl Fn(&'static str, Placed<'t>) -> Result<T, Located>,
) -> Result<Setting<T>, Located> {
    let Some(value) = row.value(key) else { return Ok(Setting::Absent) };
    match value.get_ref() {
        DeValue::String(word) if word == "system" => Ok(Setting::System),
        DeValue::Table(_) => {
            let form = format!("{key} = {{ from = …, to = … }}, one value, or \"system\"");
            let ends = row.table(key, "a range", &["from", "to"], &form)?;
            let ends = ends.as_ref().and_then(|ends| Some((ends.value("from")?, ends.value("to")?)));
            let (from, to) = ends.ok_or_else(|| wrong_type(key, value, &form))?;
            Ok(Setting::Between(read(key, from)?, read(key, to)?))
        }
        _ => read(key, value).map(Setting::Is),
    }
}

fn as_printed<T: Copy>(setting: Setting<T>, one: impl Fn(T) -> String) -> String {
    match setting {
        Setting::Is(value) => one(value),
        Setting::Between(from, to) => format!("{}-{}", one(from), one(to)),
        Setting::System => "OS".to_owned(),
        Setting::Absent => "-".to_owned(),
    }
}

fn on_by_default(row: &RowTable<'_>) -> Result<OnByDefault, Located> {
    let Some(value) = row.value("on-by-default") else { return Ok(OnByDefault::Unstated) };
    match value.get_ref() {
        DeValue::Boolean(true) => Ok(OnByDefault::Yes),
        DeValue::Boolean(false) => Ok(OnByDefault::No),
        DeValue::String(word) if word == "not-applicable" => Ok(OnByDefault::NotApplicable),
        _ => Err(wrong_type("on-by-default", value, "on-by-default = true, false or \"not-applicable\"")),
    }
}

const fn in_words(on: OnByDefault) -> &'static str {
    match on {
        OnByDefault::Yes => "yes",
        OnByDefault::No => "no",
        OnByDefault::NotApplicable | OnByDefault::Unstated => "-",
    }
}
