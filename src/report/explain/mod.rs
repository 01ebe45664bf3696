//! One flow around its break: what happened when, each cause with what speaks for and against it, what the other flows of its
//! hosts did meanwhile, and what would settle what is open.

mod events;
mod text;

pub use text::write_text;

use super::json::{TOOL, Tool};
use super::json_text::{self, Spacing};
use super::model::{Flow, Moment, NextCapture, Report};
use super::schema::schema_of;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the document.
pub const SCHEMA: &str = "idlescope.explain/1";

/// Other flows told.
const OTHERS: usize = 8;

/// Something that happened to a flow.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// Since the last activity before the break; negative before it, null of a flow that did not break.
    pub since_idle_s: Option<f64>,
    /// The frame that shows it.
    pub frame: Option<u64>,
    /// What, as a clause.
    pub what: String,
}

/// Another flow of one of the hosts.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct OtherFlow {
    /// Its number.
    pub flow: u64,
    /// Which host it shares: the client, the server, or both.
    pub shares: &'static str,
    /// `ip:port` of who opened it.
    pub initiator: String,
    /// `ip:port` of the service.
    pub responder: String,
    /// What it did while the explained flow was silent or failing, as a clause.
    pub meanwhile: String,
}

/// One flow, explained.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[schemars(title = "idlescope explain")]
pub struct Explained<'r> {
    /// Always `idlescope.explain/1`.
    pub schema: &'static str,
    /// What made it.
    pub tool: Tool,
    /// The flow as the report has it, with its causes (`explanations`).
    pub flow: &'r Flow,
    /// What is told of it and of several flows that it is one of.
    pub findings: Vec<&'r super::Finding>,
    /// What happened, in order of time.
    pub events: Vec<Event>,
    /// Other flows of its hosts that were there when it broke.
    pub others: Vec<OtherFlow>,
    /// Which capture would settle what is open; null: nothing is, or none would.
    pub next_capture: Option<&'r NextCapture>,
}

/// Explains the flow with this number. `None`: the report does not list it.
pub fn explain(report: &Report, id: u64) -> Option<Explained<'_>> {
    let flow = report.flows.iter().find(|flow| flow.id == id)?;
    let broke = flow.observed.failed.as_ref().or(flow.observed.closed.as_ref());
    let idle_from = broke.map(|broke| broke.start_at.0);
    let mut events = events::of(flow);
    events.sort_by_key(|(at, frame, _)| (*at, *frame));
    events.dedup();
    let is_of_it = |finding: &&super::Finding| finding.flow == Some(id) || finding.flows.contains(&id);
    Some(Explained {
        schema: SCHEMA,
        tool: TOOL,
        flow,
        findings: report.findings.iter().filter(is_of_it).collect(),
        events: events
            .into_iter()
            .map(|(at, frame, what)| Event {
                at: Moment(at),
                since_idle_s: idle_from.map(|from| seconds_between(from, at)),
                frame,
                what,
            })
            .collect(),
        others: others(report, flow),
        // What is open for others of its service says nothing about a flow that ended well.
        next_capture: (report.next_captures.iter())
            .find(|next| next.service == flow.responder && !flow.explanations.is_empty()),
    })
}

fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    if to >= from { to.since(from).as_secs_f64() } else { -from.since(to).as_secs_f64() }
}

/// Flows that share a host and were there when it broke.
fn others(report: &Report, flow: &Flow) -> Vec<OtherFlow> {
    let broke = flow.observed.failed.as_ref().or(flow.observed.closed.as_ref());
    let Some((from, to)) = broke.map(|broke| (broke.start_at.0, broke.start_at.0 + broke.length_s.0)) else {
        return Vec::new();
    };
    let host = |end: &str| end.rsplit_once(':').map_or(end, |(host, _)| host).to_owned();
    let (client, server) = (host(&flow.initiator), host(&flow.responder));
    let shares = |other: &Flow| {
        let of_client = host(&other.initiator) == client || host(&other.responder) == client;
        let of_server = host(&other.responder) == server || host(&other.initiator) == server;
        match (of_client, of_server) {
            (true, true) => Some("both"),
            (true, false) => Some("client"),
            (false, true) => Some("server"),
            (false, false) => None,
        }
    };
    let mut others: Vec<(bool, OtherFlow)> = report
        .flows
        .iter()
        .filter(|other| other.id != flow.id && other.first_at.0 <= to && other.last_at.0 >= from)
        .filter_map(|other| {
            let spoke_after = other.last_at.0 >= to;
            let failed = other.failed.is_some();
            let meanwhile = match (spoke_after, failed) {
                (_, true) => "failed too".to_owned(),
                (true, false) => {
                    format!("went on; last heard of {} after the break", other.last_at.0.since(to))
                }
                (false, false) => format!("was last heard of {} before the break", to.since(other.last_at.0)),
            };
            Some((
                spoke_after && !failed,
                OtherFlow {
                    flow: other.id,
                    shares: shares(other)?,
                    initiator: other.initiator.clone(),
                    responder: other.responder.clone(),
                    meanwhile,
                },
            ))
        })
        .collect();
    // Those that lived on tell most.
    others.sort_by_key(|(lived, other)| (!lived, other.flow));
    others.into_iter().map(|(_, other)| other).take(OTHERS).collect()
}

/// Writes the document.
///
/// # Errors
/// Those of `out`.
pub fn write_json(explained: &[Explained<'_>], out: &mut dyn Write) -> io::Result<()> {
    for one in explained {
        json_text::write(one, Spacing::Pretty, out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// JSON Schema (draft 2020-12) of the document.
pub fn schema() -> serde_json::Value {
    schema_of::<Explained<'static>>("urn:idlescope:explain:1", SCHEMA)
}

/// The report on these flows alone, for a page that tells of nothing else.
pub fn only(report: &Report, ids: &[u64]) -> Report {
    let mut alone = report.clone();
    let findings: Vec<super::Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.flow.iter().chain(&finding.flows).any(|id| ids.contains(id)))
        .cloned()
        .collect();
    alone.flows.retain(|flow| ids.contains(&flow.id));
    for flow in &mut alone.flows {
        let is_of_it = |(_, finding): &(usize, &super::Finding)| finding.flow == Some(flow.id);
        flow.findings = findings.iter().enumerate().filter(is_of_it).map(|(index, _)| index).collect();
    }
    alone.findings = findings;
    alone.flows_total = alone.flows.len() as u64;
    alone.findings_total = alone.findings.len() as u64;
    let flows = &alone.flows;
    alone.services.retain(|service| flows.iter().any(|flow| flow.responder == service.responder));
    alone.services_total = alone.services.len() as u64;
    alone
}
