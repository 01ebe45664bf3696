//! The check of a path as JSON.

use super::{Checked, chain, severity};
use crate::policy::{Path, PathFault, Route, propose};
use crate::report::json_text::{self, Spacing};
use crate::report::{PathDescription, Severity, schema_of};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the document.
const SCHEMA: &str = "idlescope.path/1";

/// Faults of a path, and the path put right.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "idlescope path check", rename = "PathCheck")]
struct Document<'a> {
    /// Always `idlescope.path/1`.
    schema: &'static str,
    /// What made it.
    tool: ToolRow,
    /// The path as in the report, with the proposal.
    path: PathDescription,
    /// First those of the order of the hops, then hop by hop from the initiator.
    faults: Vec<FaultRow<'a>>,
    /// The proposed path to paste; null: nothing has to change, or nothing can.
    corrected: Option<Corrected>,
    /// The paths that only some flows take.
    routes: Vec<RouteRow<'a>>,
}

/// A path that only some flows take.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RouteCheck")]
struct RouteRow<'a> {
    /// What the file calls it.
    name: &'a str,
    /// As of the document.
    path: PathDescription,
    /// As of the document.
    faults: Vec<FaultRow<'a>>,
    /// As of the document.
    corrected: Option<Corrected>,
}

/// Name and version of the program.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tool")]
struct ToolRow {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fault")]
struct FaultRow<'a> {
    /// Stable id.
    rule: &'static str,
    /// What `--fail-on` compares; `info`: a note, nothing is set wrong.
    severity: Severity,
    /// The hop at fault; of two in the wrong order, the one nearer the initiator.
    hop: &'a str,
    /// One sentence.
    summary: String,
}

#[derive(Serialize, JsonSchema)]
struct Corrected {
    /// A path file (TOML).
    file: String,
    /// Options of the command line, quoted for a POSIX shell.
    options: String,
}

/// Writes the document.
///
/// # Errors
/// Those of `out`.
pub(super) fn write(paths: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let default = paths.iter().find(|checked| checked.route.name.is_empty());
    let document = Document {
        schema: SCHEMA,
        tool: ToolRow { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        path: default.map(|checked| PathDescription::from(&checked.route.path)).unwrap_or_default(),
        faults: default.map(|checked| rows(&checked.faults)).unwrap_or_default(),
        corrected: default.map(|checked| proposed(&checked.route.path)).transpose()?.flatten(),
        routes: paths.iter().filter_map(route).collect::<io::Result<_>>()?,
    };
    json_text::write(&document, Spacing::Pretty, out)?;
    out.write_all(b"\n")
}

/// The row of a path that has a name.
fn route(checked: &Checked) -> Option<io::Result<RouteRow<'_>>> {
    let name = Some(checked.route.name.as_str()).filter(|name| !name.is_empty())?;
    Some(proposed_route(checked).map(|corrected| RouteRow {
        name,
        path: PathDescription::from(&checked.route.path),
        faults: rows(&checked.faults),
        corrected,
    }))
}

fn rows(faults: &[PathFault]) -> Vec<FaultRow<'_>> {
    faults.iter().map(row).collect()
}

fn row(fault: &PathFault) -> FaultRow<'_> {
    FaultRow {
        rule: fault.rule(),
        severity: severity(fault).into(),
        hop: fault.hop(),
        summary: fault.to_string(),
    }
}

fn proposed(path: &Path) -> io::Result<Option<Corrected>> {
    propose(path).map(|proposal| corrected(&proposal.path)).transpose()
}

fn proposed_route(checked: &Checked) -> io::Result<Option<Corrected>> {
    let Some(proposal) = propose(&checked.route.path) else { return Ok(None) };
    let mut file = Vec::new();
    chain::write_route(&Route { path: proposal.path.clone(), ..checked.route.clone() }, &mut file)?;
    let file = String::from_utf8(file).map_err(io::Error::other)?;
    Ok(Some(Corrected { file, options: chain::options(&proposal.path) }))
}

fn corrected(path: &Path) -> io::Result<Corrected> {
    let mut file = Vec::new();
    chain::write_file(path, &mut file)?;
    let file = String::from_utf8(file).map_err(io::Error::other)?;
    Ok(Corrected { file, options: chain::options(path) })
}

/// JSON Schema (draft 2020-12) of the document.
pub(in crate::cli) fn schema() -> serde_json::Value {
    schema_of::<Document<'static>>("urn:idlescope:path:1", SCHEMA)
}
