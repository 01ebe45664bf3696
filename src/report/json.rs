//! The report as one JSON document, and its schema.

use super::json_text::{self, Spacing};
use super::schema::schema_of;
use super::{Headline, Report, headline};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the document's schema. The number changes when a name or a meaning does, not when
/// names are added.
pub const SCHEMA_ID: &str = "idlescope.report/2";

/// The document: the report behind what identifies it.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "idlescope report", rename = "Document")]
pub(super) struct Document<'a> {
    /// Always `idlescope.report/2`.
    schema: &'static str,
    /// What made it.
    tool: Tool,
    /// The first sentence of the text report.
    headline: Headline,
    #[serde(flatten)]
    report: &'a Report,
}

/// Name and version of the program.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

/// This program.
pub(super) const TOOL: Tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

/// Writes the document and a line feed.
pub fn write(report: &Report, spacing: Spacing, out: &mut dyn Write) -> io::Result<()> {
    let document = Document { schema: SCHEMA_ID, tool: TOOL, headline: headline::of(report), report };
    json_text::write(&document, spacing, out)?;
    out.write_all(b"\n")
}

/// JSON Schema (draft 2020-12) of the document.
pub fn schema() -> serde_json::Value {
    schema_of::<Document<'static>>("urn:idlescope:report:2", SCHEMA_ID)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use serde_json::Value;
    use std::path::Path;

    fn document(report: &Report, spacing: Spacing) -> Value {
        let mut out = Vec::new();
        write(report, spacing, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    /// `UPDATE_SCHEMA=1 cargo test the_committed_schema` writes it anew.
    #[test]
    fn the_committed_schema_is_the_generated_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema/idlescope.report.2.json");
        let generated = format!("{:#}\n", schema());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert!(committed == generated, "run: UPDATE_SCHEMA=1 cargo test the_committed_schema");
    }

    #[test]
    fn every_report_satisfies_the_schema() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for (name, report) in samples::all() {
            for spacing in [Spacing::Pretty, Spacing::Compact] {
                let document = document(&report, spacing);
                let errors: Vec<String> = validator
                    .iter_errors(&document)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert!(errors.is_empty(), "{name}: {errors:#?}");
            }
        }
    }

    #[test]
    fn the_schema_refuses_what_is_no_report() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let good = document(&samples::cut_behind_three_hops(), Spacing::Compact);
        let breakages: [fn(&mut Value); 5] = [
            |document| document["schema"] = "idlescope.report/3".into(),
            |document| document["findings"][0]["severity"] = "fatal".into(),
            |document| document["flows"][0]["gaps"][0]["length_s"] = "7380".into(),
            |document| document["flows"][0]["verdicts"][0]["outcome"] = "lost".into(),
            |document| drop(document["totals"].as_object_mut().unwrap().remove("flows")),
        ];
        for (number, breakage) in breakages.into_iter().enumerate() {
            let mut bad = good.clone();
            breakage(&mut bad);
            assert!(!validator.is_valid(&bad), "breakage {number} is accepted");
        }
    }

    #[test]
    fn names_are_those_that_consumers_rely_on() {
        let document = document(&samples::cut_behind_three_hops(), Spacing::Compact);
        for pointer in [
            "/schema",
            "/tool/name",
            "/tool/version",
            "/complete",
            "/headline/answer",
            "/capture/files/0/link_types",
            "/capture/cannot_see",
            "/path/hops/0/established_s",
            "/path/keepalive/interval_s",
            "/totals/verdicts/lb/cut",
            "/totals/findings/predicted-cut",
            "/flows/0/segments/initiator",
            "/flows/0/gaps/0/ended_by",
            "/flows/0/keepalive/responder/matches",
            "/flows/0/verdicts/0/margin_s",
            "/flows/0/findings/0",
            "/findings/0/display_filter",
            "/inferred_timeouts",
        ] {
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        assert_eq!(document["flows"][0]["longest_gap_s"], 7380.0);
        assert_eq!(document["flows"][0]["first_at"], "2023-11-14T22:13:24.000000000Z");
        assert_eq!(document["flows"][0]["closed_by"], "none");
    }
}
