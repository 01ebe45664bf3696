//! All presets as a person looks them up: a row each, by group. On a terminal rows are wrapped to its width;
//! in a pipe each is one line, for `grep`.

use super::heading;
use crate::cli::screen;
use crate::policy::presets::{
    CATALOGUE_DATE, Endpoint, Grounds, Limit, Middlebox, Preset, Service, endpoint_groups, middlebox_groups,
    service_groups,
};
use crate::report::Layout;
use crate::time::Span;
use comfy_table::{ContentArrangement, Table, presets};
use std::io::{self, Write};

/// Columns of ids, the same in all groups, so that they line up down the page.
const WIDEST_ID: u16 = 29;

/// Writes a table for each group of the presets that `wanted` has.
pub(super) fn write(wanted: impl Fn(Preset) -> bool, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "Presets as of {CATALOGUE_DATE}. Bare numbers are seconds. *: inferred from the class of device.\n\
         Verified: yes, the value was seen in its source; secondary, in a page that restates it;\n\
         unverified, in neither. 'idlescope presets show ID' has the sources."
    )?;
    let any = Preset::all().any(|preset| matches!(preset, Preset::Middlebox(_)) && wanted(preset));
    part("Boxes on the path (--hop ID)", any, layout, out)?;
    for (title, rows) in middlebox_groups() {
        let header = ["ID", "Idle limit", "Restarted by", "At expiry", "Verified", "Product"];
        let rows = rows.iter().filter(|row| wanted(Preset::Middlebox(row)));
        group(title, header, rows.map(box_row), layout, out)?;
    }
    let any = Preset::all().any(|preset| matches!(preset, Preset::Endpoint(_)) && wanted(preset));
    part("Endpoints (--keepalive ID)", any, layout, out)?;
    for (title, rows) in endpoint_groups() {
        let header = ["ID", "First probe", "Interval", "Probes", "On by default", "Verified", "Product"];
        let rows = rows.iter().filter(|row| wanted(Preset::Endpoint(row)));
        group(title, header, rows.map(endpoint_row), layout, out)?;
    }
    let any = Preset::all().any(|preset| matches!(preset, Preset::Service(_)) && wanted(preset));
    part("Services that close idle clients", any, layout, out)?;
    for (title, rows) in service_groups() {
        let header = ["ID", "Closes after", "Restarted by", "Closes by", "Ports", "Verified", "Product"];
        let rows = rows.iter().filter(|row| wanted(Preset::Service(row)));
        group(title, header, rows.map(service_row), layout, out)?;
    }
    Ok(())
}

/// The heading of a kind that has rows.
fn part(title: &str, any: bool, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    if any { writeln!(out, "\n{}", heading(title, layout)) } else { Ok(()) }
}

fn box_row(preset: &Middlebox) -> [String; 6] {
    [
        preset.id.to_owned(),
        limit(preset.limit, preset.timers.established),
        marked(preset.refresh.word(), preset.refresh_grounds),
        marked(preset.expiry.word(), preset.expiry_grounds),
        preset.verified.to_string(),
        preset.product.to_owned(),
    ]
}

/// The established limit in few words; the preset's card has all of them.
fn limit(limit: Limit, shortest: Span) -> String {
    let established = as_vendors_write(shortest);
    match limit {
        Limit::Never => "never".to_owned(),
        Limit::Unpublished => "not published".to_owned(),
        Limit::Exact => established,
        Limit::AtLeast => format!("at least {established}"),
        Limit::UpTo(longest) => format!("{established} to {}", as_vendors_write(longest)),
        Limit::PerSide { client, server } if client == server => as_vendors_write(client),
        Limit::PerSide { client, server } => {
            format!("{} client, {} server", as_vendors_write(client), as_vendors_write(server))
        }
    }
}

/// `350s`, not `5m 50s`; from ten minutes on as any length.
fn as_vendors_write(limit: Span) -> String {
    match limit.as_secs() {
        seconds @ 60..600 if !seconds.is_multiple_of(60) => format!("{seconds}s"),
        _ => limit.to_string(),
    }
}

fn endpoint_row(preset: &Endpoint) -> [String; 7] {
    let printed = &preset.printed;
    [
        preset.id.to_owned(),
        printed.time.to_owned(),
        printed.interval.to_owned(),
        printed.probes.to_owned(),
        printed.on_by_default.to_owned(),
        preset.verified.to_string(),
        preset.product.to_owned(),
    ]
}

fn service_row(preset: &Service) -> [String; 7] {
    // Longer lists would push the products off the line; the card has all.
    const MOST_PORTS: usize = 4;
    let mut ports: Vec<String> = preset.ports.iter().take(MOST_PORTS).map(u16::to_string).collect();
    if preset.ports.len() > MOST_PORTS {
        ports.push("…".to_owned());
    }
    [
        preset.id.to_owned(),
        limit(preset.limit, preset.idle),
        preset.clock.word().to_owned(),
        preset.close.word().to_owned(),
        if ports.is_empty() { "-".to_owned() } else { ports.join(",") },
        preset.verified.to_string(),
        preset.product.to_owned(),
    ]
}

fn marked(word: &str, grounds: Grounds) -> String {
    if grounds.is_inferred() { format!("{word}*") } else { word.to_owned() }
}

fn group<const COLUMNS: usize>(
    title: &str,
    header: [&str; COLUMNS],
    rows: impl Iterator<Item = [String; COLUMNS]>,
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", heading(title, layout))?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).force_no_tty().set_header(header);
    match screen::terminal_width() {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.saturating_sub(2))
        }
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if let Some(ids) = table.column_mut(0) {
        ids.set_constraint(comfy_table::ColumnConstraint::Absolute(comfy_table::Width::Fixed(WIDEST_ID)));
    }
    for line in table.lines() {
        writeln!(out, "  {}", line.trim_end())?;
    }
    Ok(())
}
