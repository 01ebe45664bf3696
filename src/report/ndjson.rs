//! The report as lines of JSON, for streams and `jq`: `capture`, `path`, `service`…, `survey`…,
//! `finding`…, `flow`…, `inferred_timeout`…, `recommended`…, `totals`. Each line is an object with its `type` in front
//! and makes sense without the others: findings carry who they are about, flows the rules found on them.
//! Objects are those of the JSON document; services are without their histograms.
//!
//! Before `totals`, `idlescope tune` adds `tuning`, `recommendation`, `timeout`…, `keepalive`…, `curve`…,
//! `distributions`, `group`…: together the `tuning` of the document. Of several sides `between` comes for each pair of
//! neighbours with its `crossing`…, and for each further side `side` with its `side_finding`….

use super::json::{SCHEMA_ID, TOOL, Tool};
use super::json_text::{self, Spacing};
use super::schema::schema_of_lines;
use super::{
    Capture, Distributions, Finding, Flow, FlowCrossing, Headline, InferredTimeout, KeepaliveRow,
    PathDescription, Recommendation, Recommended, Report, Service, SideAlone, Sides, SidesBetween, SurveyRow,
    SurvivalPlot, TimeoutRow, Totals, Tuning, TuningBasis, TuningGroup, headline,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// A line.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "a line of an idlescope report", rename = "Line")]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Capture {
        schema: &'static str,
        tool: Tool,
        complete: bool,
        #[serde(flatten)]
        capture: &'a Capture,
    },
    Path(&'a PathDescription),
    Service(&'a Service),
    Survey(&'a SurveyRow),
    Finding {
        /// Place in the report's list, which the flows' `findings` name; null while the run goes on.
        index: Option<usize>,
        #[serde(flatten)]
        finding: &'a Finding,
    },
    Flow {
        rules: Vec<&'a str>,
        #[serde(flatten)]
        flow: &'a Flow,
    },
    InferredTimeout(&'a InferredTimeout),
    Recommended(&'a Recommended),
    Tuning {
        verdict: &'a str,
        basis: &'a TuningBasis,
        groups_total: u64,
        grouped_by: &'a str,
        cannot_tell: &'a [String],
    },
    Recommendation(&'a Recommendation),
    Timeout(&'a TimeoutRow),
    Keepalive(&'a KeepaliveRow),
    Curve(&'a SurvivalPlot),
    Distributions(&'a Distributions),
    Group(&'a TuningGroup),
    Between {
        crossings_total: u64,
        #[serde(flatten)]
        between: &'a SidesBetween,
    },
    Crossing {
        between: &'a [String; 2],
        #[serde(flatten)]
        crossing: &'a FlowCrossing,
    },
    Side {
        #[serde(flatten)]
        side: &'a SideAlone,
    },
    SideFinding {
        side: &'a str,
        #[serde(flatten)]
        finding: &'a Finding,
    },
    Totals {
        headline: Headline,
        complete: bool,
        services_total: u64,
        flows_total: u64,
        findings_total: u64,
        #[serde(flatten)]
        totals: &'a Totals,
    },
}

/// JSON Schema (draft 2020-12) of a line.
pub fn schema() -> serde_json::Value {
    schema_of_lines::<Line<'static>>("urn:idlescope:line:2")
}

fn line(content: &Line<'_>, out: &mut dyn Write) -> io::Result<()> {
    json_text::write(content, Spacing::Compact, out)?;
    out.write_all(b"\n")
}

/// Writes the line of a finding of a run that goes on.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write_finding(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    line(&Line::Finding { index: None, finding }, out)
}

/// Writes the lines.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Report { complete, capture, totals, .. } = report;
    let complete = *complete;
    line(&Line::Capture { schema: SCHEMA_ID, tool: TOOL, complete, capture }, out)?;
    line(&Line::Path(&report.path), out)?;
    for service in &report.services {
        // Four distributions a line would bury the rest; the document and the .hgrm files have them.
        let without = Service { histograms: None, ..service.clone() };
        line(&Line::Service(&without), out)?;
    }
    for row in &report.survey {
        line(&Line::Survey(row), out)?;
    }
    for (index, finding) in report.findings.iter().enumerate() {
        line(&Line::Finding { index: Some(index), finding }, out)?;
    }
    for flow in &report.flows {
        let rule = |index: &usize| report.findings.get(*index).map(|finding| finding.rule.as_str());
        line(&Line::Flow { rules: flow.findings.iter().filter_map(rule).collect(), flow }, out)?;
    }
    for inferred in &report.inferred_timeouts {
        line(&Line::InferredTimeout(inferred), out)?;
    }
    for recommended in &report.recommendations {
        line(&Line::Recommended(recommended), out)?;
    }
    if let Some(studied) = &report.tuning {
        tuning(studied, out)?;
    }
    if let Some(sides) = &report.sides {
        write_sides(sides, out)?;
    }
    let last = Line::Totals {
        headline: headline::of(report),
        complete,
        services_total: report.services_total,
        flows_total: report.flows_total,
        findings_total: report.findings_total,
        totals,
    };
    line(&last, out)
}

fn tuning(studied: &Tuning, out: &mut dyn Write) -> io::Result<()> {
    let Tuning { verdict, basis, recommendation, timeouts, keepalives, curves, distributions, .. } = studied;
    let Tuning { groups, groups_total, grouped_by, cannot_tell, .. } = studied;
    let groups_total = *groups_total;
    line(&Line::Tuning { verdict, basis, groups_total, grouped_by, cannot_tell }, out)?;
    line(&Line::Recommendation(recommendation), out)?;
    timeouts.iter().try_for_each(|row| line(&Line::Timeout(row), out))?;
    keepalives.iter().try_for_each(|row| line(&Line::Keepalive(row), out))?;
    curves.iter().try_for_each(|plot| line(&Line::Curve(plot), out))?;
    line(&Line::Distributions(distributions), out)?;
    groups.iter().try_for_each(|group| line(&Line::Group(group), out))
}

fn write_sides(sides: &Sides, out: &mut dyn Write) -> io::Result<()> {
    for pair in &sides.between {
        let without = SidesBetween { crossings: Vec::new(), ..pair.clone() };
        line(&Line::Between { crossings_total: pair.crossings.len() as u64, between: &without }, out)?;
        for crossing in &pair.crossings {
            line(&Line::Crossing { between: &pair.names, crossing }, out)?;
        }
    }
    for side in &sides.others {
        let without = SideAlone { findings: Vec::new(), ..side.clone() };
        line(&Line::Side { side: &without }, out)?;
        for finding in &side.findings {
            line(&Line::SideFinding { side: &side.name, finding }, out)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use serde_json::Value;

    fn lines(report: &Report) -> Vec<Value> {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn every_line_is_an_object_with_its_type() {
        for (name, report) in samples::all() {
            let lines = lines(&report);
            assert!(lines.iter().all(|line| line["type"].is_string()), "{name}");
            assert_eq!(lines.first().unwrap()["type"], "capture", "{name}");
            assert_eq!(lines.last().unwrap()["type"], "totals", "{name}");
            let of_type = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
            assert_eq!(of_type("finding"), report.findings.len(), "{name}");
            assert_eq!(of_type("flow"), report.flows.len(), "{name}");
        }
    }

    #[test]
    fn every_line_satisfies_the_schema_and_no_other_object_does() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for (name, report) in samples::all() {
            for line in lines(&report) {
                let errors: Vec<String> =
                    validator.iter_errors(&line).map(|error| error.to_string()).collect();
                assert!(errors.is_empty(), "{name}: {line}: {errors:#?}");
            }
        }
        let mut of_no_kind = lines(&samples::cut_behind_three_hops())[0].clone();
        of_no_kind["type"] = "rumour".into();
        assert!(!validator.is_valid(&of_no_kind));
        let mut without = lines(&samples::cut_behind_three_hops()).pop().unwrap();
        without.as_object_mut().unwrap().remove("flows");
        assert!(!validator.is_valid(&without));
    }

    #[test]
    fn a_flow_line_names_the_rules_found_on_it() {
        let lines = lines(&samples::cut_behind_three_hops());
        let flow = lines.iter().find(|line| line["type"] == "flow").unwrap();
        assert!(flow["rules"].as_array().unwrap().iter().any(|rule| rule == "predicted-cut"), "{flow}");
    }
}
