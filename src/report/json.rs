//! The report as one JSON document, and its schema.

use super::{Headline, Report, headline};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the document's schema. The number changes when a name or a meaning does, not when
/// names are added.
pub const SCHEMA_ID: &str = "idlescope.report/1";

/// The document: the report behind what identifies it.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "idlescope report", rename = "Document")]
pub(super) struct Document<'a> {
    /// Always `idlescope.report/1`.
    schema: &'static str,
    /// What made it.
    tool: Tool,
    /// The first sentence of the text report.
    headline: Headline,
    #[serde(flatten)]
    report: &'a Report,
}

/// Name and version of the program.
#[derive(Clone, Copy, Serialize, JsonSchema)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// This program.
pub(super) const TOOL: Tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

/// How the document is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spacing {
    /// Indented.
    Pretty,
    /// On one line.
    Compact,
}

/// Writes the document and a line feed.
pub fn write(report: &Report, spacing: Spacing, out: &mut dyn Write) -> io::Result<()> {
    let document = Document { schema: SCHEMA_ID, tool: TOOL, headline: headline::of(report), report };
    match spacing {
        Spacing::Pretty => serde_json::to_writer_pretty(&mut *out, &document)?,
        Spacing::Compact => serde_json::to_writer(&mut *out, &document)?,
    }
    out.write_all(b"\n")
}

/// JSON Schema (draft 2020-12) of the document.
pub fn schema() -> serde_json::Value {
    let mut schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document<'static>>();
    schema.insert("$id".to_owned(), "urn:idlescope:report:1".into());
    if let Some(name) = schema.pointer_mut("/properties/schema") {
        *name = serde_json::json!({ "const": SCHEMA_ID, "description": "Name and version of this schema." });
    }
    schema.to_value()
}
