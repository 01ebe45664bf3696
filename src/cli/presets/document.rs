//! Presets as JSON. Lengths are seconds; null is "none" or "not stated", which `…_words` tells apart.

use super::trust::Trust;
use crate::policy::presets::{
    CATALOGUE_DATE, Endpoint, Mechanism, Middlebox, Preset, Service, endpoint_groups, middlebox_groups,
    service_groups,
};
use crate::policy::{Adjustable, Keepalive, SelfProbe};
use crate::report::json_text::{self, Spacing};
use crate::time::Span;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Name and version of the document.
const SCHEMA: &str = "idlescope.presets/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    /// The day on which the values were last held against their sources.
    catalogue_date: &'static str,
    presets: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Row<'a> {
    Box(BoxRow<'a>),
    Endpoint(EndpointRow<'a>),
    Service(ServiceRow<'a>),
}

#[derive(Serialize)]
struct BoxRow<'a> {
    id: &'a str,
    aliases: &'a [&'a str],
    group: &'a str,
    product: &'a str,
    established_s: Option<f64>,
    established_words: &'a str,
    other_timers_s: BTreeMap<&'static str, f64>,
    other_timers_words: &'a str,
    refresh: &'static str,
    refresh_words: &'a str,
    refresh_inferred: bool,
    expiry: &'static str,
    expiry_words: &'a str,
    expiry_inferred: bool,
    pickup: &'static str,
    self_probe: Option<ProbeRow>,
    own_keepalive: Option<ProbeRow>,
    adjustable: Settable,
    adjustable_words: &'a str,
    setting: &'a str,
    ports: &'a [u16],
    #[serde(flatten)]
    trust: Trust,
}

#[derive(Serialize)]
struct EndpointRow<'a> {
    id: &'a str,
    aliases: &'a [&'a str],
    group: &'a str,
    product: &'a str,
    mechanism: &'static str,
    on_by_default_words: &'a str,
    /// As `--keepalive ID` takes it: what the row leaves to the system is that of Linux.
    keepalive: Option<ProbeRow>,
    time_words: &'a str,
    interval_words: &'a str,
    probes_words: &'a str,
    dead_peer_after_s: Option<f64>,
    dead_peer_after_words: &'a str,
    other_timers_words: &'a str,
    setting: &'a str,
    #[serde(flatten)]
    trust: Trust,
}

/// A service that closes idle clients.
#[derive(Serialize)]
struct ServiceRow<'a> {
    id: &'a str,
    aliases: &'a [&'a str],
    group: &'a str,
    product: &'a str,
    ports: &'a [u16],
    idle_s: Option<f64>,
    idle_words: &'a str,
    /// What restarts the timer: any packet, or payload.
    clock: &'static str,
    close: &'static str,
    adjustable: Settable,
    adjustable_words: &'a str,
    setting: &'a str,
    #[serde(flatten)]
    trust: Trust,
}

/// Whether a limit can be set: `no`, `yes`, `within` two bounds, or `unstated`.
#[derive(Serialize)]
struct Settable {
    can: &'static str,
    min_s: Option<f64>,
    /// Null beside `within`: never is allowed too.
    max_s: Option<f64>,
}

#[derive(Serialize)]
struct ProbeRow {
    after_s: f64,
    interval_s: f64,
    probes: u32,
}

/// Writes the presets that `wanted` has, in catalogue order.
pub(super) fn write_all(wanted: impl Fn(Preset) -> bool, out: &mut dyn Write) -> io::Result<()> {
    write(rows(wanted), out)
}

/// Writes the same document with one preset.
pub(super) fn write_one(preset: &Preset, out: &mut dyn Write) -> io::Result<()> {
    write(rows(|other| other.id() == preset.id()), out)
}

fn rows(wanted: impl Fn(Preset) -> bool) -> Vec<Row<'static>> {
    let mut rows = Vec::new();
    for (group, boxes) in middlebox_groups() {
        let boxes = boxes.iter().filter(|row| wanted(Preset::Middlebox(row)));
        rows.extend(boxes.map(|row| Row::Box(box_row(row, group))));
    }
    for (group, endpoints) in endpoint_groups() {
        let endpoints = endpoints.iter().filter(|row| wanted(Preset::Endpoint(row)));
        rows.extend(endpoints.map(|row| Row::Endpoint(endpoint_row(row, group))));
    }
    for (group, services) in service_groups() {
        let services = services.iter().filter(|row| wanted(Preset::Service(row)));
        rows.extend(services.map(|row| Row::Service(service_row(row, group))));
    }
    rows
}

fn write(presets: Vec<Row<'_>>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document { schema: SCHEMA, catalogue_date: CATALOGUE_DATE, presets };
    json_text::write(&document, Spacing::Pretty, out)?;
    out.write_all(b"\n")
}

fn box_row(preset: &'static Middlebox, group: &'static str) -> BoxRow<'static> {
    let others = preset.timers.by_state();
    let established = preset.established();
    BoxRow {
        id: preset.id,
        aliases: preset.aliases,
        group,
        product: preset.product,
        established_s: established.and_then(seconds),
        established_words: preset.limit_words,
        other_timers_s: others
            .into_iter()
            .filter_map(|(state, timer)| Some((state, seconds(timer?)?)))
            .collect(),
        other_timers_words: preset.state_words,
        refresh: preset.refresh.word(),
        refresh_words: preset.refresh_words,
        refresh_inferred: preset.refresh_grounds.is_inferred(),
        expiry: preset.expiry.word(),
        expiry_words: preset.expiry_words,
        expiry_inferred: preset.expiry_grounds.is_inferred(),
        pickup: preset.pickup.word(),
        self_probe: preset.probe_schedule.zip(established).map(|(schedule, limit)| schedule.at(limit).into()),
        own_keepalive: preset.own_keepalive.map(|own| own.keepalive().into()),
        adjustable: preset.adjustable.into(),
        adjustable_words: preset.range_words,
        setting: preset.setting,
        ports: preset.ports,
        trust: Trust::of(Preset::Middlebox(preset)),
    }
}

fn endpoint_row(preset: &'static Endpoint, group: &'static str) -> EndpointRow<'static> {
    EndpointRow {
        id: preset.id,
        aliases: preset.aliases,
        group,
        product: preset.product,
        mechanism: match preset.mechanism {
            Mechanism::TcpKeepalive => "tcp-keepalive",
            Mechanism::Heartbeat => "heartbeat",
            Mechanism::IdleTimerOnly => "idle-timer-only",
        },
        on_by_default_words: preset.printed.on_by_default,
        keepalive: preset.keepalive().map(ProbeRow::from),
        time_words: preset.printed.time,
        interval_words: preset.printed.interval,
        probes_words: preset.printed.probes,
        dead_peer_after_s: preset.dead_peer_after.and_then(seconds),
        dead_peer_after_words: preset.printed.dead_peer_after,
        other_timers_words: preset.other_idle,
        setting: preset.setting,
        trust: Trust::of(Preset::Endpoint(preset)),
    }
}

fn service_row(preset: &'static Service, group: &'static str) -> ServiceRow<'static> {
    ServiceRow {
        id: preset.id,
        aliases: preset.aliases,
        group,
        product: preset.product,
        ports: preset.ports,
        idle_s: preset.closes_after().and_then(seconds),
        idle_words: preset.idle_words,
        clock: preset.clock.word(),
        close: preset.close.word(),
        adjustable: preset.adjustable.into(),
        adjustable_words: preset.range_words,
        setting: preset.setting,
        trust: Trust::of(Preset::Service(preset)),
    }
}

/// Seconds of a timer that runs out.
fn seconds(span: Span) -> Option<f64> {
    (span != Span::MAX).then(|| span.as_secs_f64())
}

impl From<Adjustable> for Settable {
    fn from(adjustable: Adjustable) -> Self {
        let (can, min, max) = match adjustable {
            Adjustable::Fixed => ("no", None, None),
            Adjustable::Within { min, max } => ("within", Some(min), Some(max)),
            Adjustable::Freely => ("yes", None, None),
            Adjustable::Unstated => ("unstated", None, None),
        };
        Settable { can, min_s: min.and_then(seconds), max_s: max.and_then(seconds) }
    }
}

impl From<SelfProbe> for ProbeRow {
    fn from(probe: SelfProbe) -> Self {
        ProbeRow {
            after_s: probe.after.as_secs_f64(),
            interval_s: probe.interval.as_secs_f64(),
            probes: probe.probes,
        }
    }
}

impl From<Keepalive> for ProbeRow {
    fn from(keepalive: Keepalive) -> Self {
        ProbeRow {
            after_s: keepalive.time.as_secs_f64(),
            interval_s: keepalive.interval.as_secs_f64(),
            probes: keepalive.probes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_every_preset_with_its_source() {
        let mut out = Vec::new();
        write_all(|_| true, &mut out).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let rows = document["presets"].as_array().unwrap();
        assert_eq!(rows.len(), Preset::all().count());
        for row in rows {
            assert!(row["source"].as_str().is_some_and(|source| !source.is_empty()), "{row}");
            assert!(row["verified"].is_string() && row["kind"].is_string() && row["group"] != "", "{row}");
        }
    }
}
