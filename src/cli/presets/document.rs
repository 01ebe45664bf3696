//! Presets as JSON. Lengths are seconds; null is "none" or "not stated", which `…_words` tells apart.

use crate::policy::presets::{
    CATALOGUE_DATE, Endpoint, Mechanism, Middlebox, Preset, Verified, domain_rule, endpoint_groups,
    middlebox_groups,
};
use crate::policy::{Keepalive, SelfProbe};
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
}

#[derive(Serialize)]
struct BoxRow<'a> {
    id: &'a str,
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
    adjustable_words: &'a str,
    #[serde(flatten)]
    trust: Trust<'a>,
}

#[derive(Serialize)]
struct EndpointRow<'a> {
    id: &'a str,
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
    #[serde(flatten)]
    trust: Trust<'a>,
}

#[derive(Serialize)]
struct ProbeRow {
    after_s: f64,
    interval_s: f64,
    probes: u32,
}

#[derive(Serialize)]
struct Trust<'a> {
    source: &'a str,
    verified: &'static str,
    exceptions: Vec<Exception<'a>>,
    notes: &'a [&'a str],
    rules: Vec<RuleRow>,
}

#[derive(Serialize)]
struct Exception<'a> {
    part: &'a str,
    verified: &'static str,
}

#[derive(Serialize)]
struct RuleRow {
    number: u8,
    says: &'static str,
    source: &'static str,
}

/// Writes the whole catalogue.
pub(super) fn write_all(out: &mut dyn Write) -> io::Result<()> {
    write(
        middlebox_groups()
            .iter()
            .flat_map(|(group, rows)| rows.iter().map(|row| Row::Box(box_row(row, group))))
            .chain(
                endpoint_groups()
                    .iter()
                    .flat_map(|(group, rows)| rows.iter().map(|row| Row::Endpoint(endpoint_row(row, group)))),
            )
            .collect(),
        out,
    )
}

/// Writes the same document with one preset.
pub(super) fn write_one(preset: &Preset, out: &mut dyn Write) -> io::Result<()> {
    let row = match preset {
        Preset::Middlebox(preset) => {
            let group =
                middlebox_groups().iter().find(|(_, rows)| rows.iter().any(|row| row.id == preset.id));
            Row::Box(box_row(preset, group.map_or("", |(title, _)| title)))
        }
        Preset::Endpoint(preset) => {
            let group = endpoint_groups().iter().find(|(_, rows)| rows.iter().any(|row| row.id == preset.id));
            Row::Endpoint(endpoint_row(preset, group.map_or("", |(title, _)| title)))
        }
    };
    write(vec![row], out)
}

fn write(presets: Vec<Row<'_>>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document { schema: SCHEMA, catalogue_date: CATALOGUE_DATE, presets };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn box_row<'a>(preset: &'a Middlebox, group: &'a str) -> BoxRow<'a> {
    let others = preset.timers.by_state();
    let established = preset.established();
    BoxRow {
        id: preset.id,
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
        adjustable_words: preset.range_words,
        trust: trust(preset.source, preset.verified, preset.exceptions, preset.notes, preset.rules),
    }
}

fn endpoint_row<'a>(preset: &'a Endpoint, group: &'a str) -> EndpointRow<'a> {
    EndpointRow {
        id: preset.id,
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
        trust: trust(preset.source, preset.verified, preset.exceptions, preset.notes, preset.rules),
    }
}

fn trust<'a>(
    source: &'a str,
    verified: Verified,
    exceptions: &'a [(&'a str, Verified)],
    notes: &'a [&'a str],
    rules: &[u8],
) -> Trust<'a> {
    let exceptions =
        exceptions.iter().map(|(part, verified)| Exception { part, verified: verified.word() }).collect();
    let rules = rules
        .iter()
        .filter_map(|number| domain_rule(*number))
        .map(|rule| RuleRow { number: rule.number, says: rule.says, source: rule.source })
        .collect();
    Trust { source, verified: verified.word(), exceptions, notes, rules }
}

/// Seconds of a timer that runs out.
fn seconds(span: Span) -> Option<f64> {
    (span != Span::MAX).then(|| span.as_secs_f64())
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
    use crate::policy::presets::{endpoints, middleboxes};

    #[test]
    fn the_document_has_every_preset_with_its_source() {
        let mut out = Vec::new();
        write_all(&mut out).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let rows = document["presets"].as_array().unwrap();
        assert_eq!(rows.len(), middleboxes().len() + endpoints().len());
        for row in rows {
            assert!(row["source"].as_str().is_some_and(|source| !source.is_empty()), "{row}");
            assert!(row["verified"].is_string() && row["kind"].is_string() && row["group"] != "", "{row}");
        }
    }
}
