//! One flow around its break: what happened when, each cause with what speaks for and against it, what the other flows of its
//! hosts did meanwhile, and what would settle what is open.

use super::json::{TOOL, Tool};
use super::json_text::{self, Spacing};
use super::model::{
    BasisWord, ClockWord, EvidenceTold, Explanation, FailureWord, Flow, FlowClose, FlowGap, FlowOpening,
    Moment, NextCapture, PlaceWord, ProbesSeen, Report, RoleWord, Seconds,
};
use super::schema::schema_of;
use super::text::page::{Align, Page, Rows, Tone};
use super::text::{Layout, next_captures};
use super::wording::{counted, moment};
use crate::time::{Span, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the document.
pub const SCHEMA: &str = "idlescope.explain/1";

/// Other flows told.
const OTHERS: usize = 8;

/// Probes told one by one.
const PROBES: usize = 12;

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
    let mut events = events(flow);
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
        next_capture: report.next_captures.iter().find(|next| next.service == flow.responder),
    })
}

fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    if to >= from { to.since(from).as_secs_f64() } else { -from.since(to).as_secs_f64() }
}

type Told = (Timestamp, Option<u64>, String);

fn events(flow: &Flow) -> Vec<Told> {
    let opened = match flow.opened {
        FlowOpening::Handshake => "opened by a handshake",
        FlowOpening::Midstream => "first seen; it is older than the capture",
    };
    let mut events = vec![(flow.first_at.0, Some(flow.first_frame), opened.to_owned())];
    // A silence of all packets is one of payload too; it is told once.
    let of_all = |end_frame: u64| {
        flow.gaps.iter().any(|gap| gap.basis == BasisWord::Any && gap.end_frame == end_frame)
    };
    let is_told = |gap: &&FlowGap| match gap.basis {
        BasisWord::Any => true,
        BasisWord::Payload => !of_all(gap.end_frame),
        _ => false,
    };
    for gap in flow.gaps.iter().filter(is_told) {
        let kind = if gap.basis == BasisWord::Any { "silent" } else { "no payload" };
        let end =
            format!("{} until frame {}, ended by {}", gap.length_s.0, gap.end_frame, gap.ended_by.word());
        events.push((gap.start_at.0, Some(gap.start_frame), format!("{kind} from here for {end}")));
    }
    for (probes, who) in [(&flow.keepalive.initiator, "client"), (&flow.keepalive.responder, "server")] {
        events.extend(probes_of(probes, who));
    }
    for broke in [&flow.observed.failed, &flow.observed.closed].into_iter().flatten() {
        let who = role(broke.speaker);
        let what = match broke.how {
            FailureWord::Unanswered => {
                let sends = broke
                    .sends
                    .map_or(String::new(), |sends| format!(", {}", counted(u64::from(sends), "time")));
                format!("the {who} sends and gets no answer{sends}")
            }
            FailureWord::Refused => format!("the {who} sends and is answered by RST"),
            FailureWord::Closed => format!("the {who} closes, which nothing had prompted"),
        };
        let at = broke.start_at.0 + broke.length_s.0;
        events.push((
            at,
            Some(broke.end_frame),
            format!("BREAK after {} of silence: {what}", broke.length_s.0),
        ));
    }
    for reset in &flow.observed.resets {
        // It is told with the frame; only its own frame has no time of its own in the report.
        let at = if flow.reset_frame == Some(reset.frame) { flow.last_at.0 } else { continue };
        let ttl =
            reset.usual_ttl.map_or(String::new(), |usual| format!(", TTL {} (usually {usual})", reset.ttl));
        let origin = match reset.origin {
            super::ResetOriginWord::Box => "sent by a box between",
            super::ResetOriginWord::Owner => "sent by the owner of the socket, or a proxy in its place",
            super::ResetOriginWord::NoConnection => {
                "sent by a host without the connection, or a box that looks like it"
            }
            super::ResetOriginWord::Unknown => "whose sender does not show",
        };
        events.push((
            at,
            Some(reset.frame),
            format!("RST in the name of the {}, {origin}{ttl}", role(reset.sender)),
        ));
    }
    let last = match flow.closed_by {
        FlowClose::Fin => "closed by FIN".to_owned(),
        FlowClose::Rst => "ended by RST".to_owned(),
        FlowClose::None => match flow.open_gap_s {
            Some(open) => format!("last frame; then silent for {} to the end of the capture", open.0),
            None => "last frame; open at the end of the capture".to_owned(),
        },
    };
    events.push((flow.last_at.0, Some(flow.last_frame), last));
    events
}

const fn role(role: RoleWord) -> &'static str {
    match role {
        RoleWord::Initiator => "client",
        RoleWord::Responder => "server",
    }
}

fn probes_of(probes: &ProbesSeen, who: &str) -> Vec<Told> {
    let told = probes.frames.iter().zip(&probes.times).take(PROBES);
    let mut events: Vec<Told> =
        told.map(|(frame, at)| (at.0, Some(*frame), format!("keepalive probe of the {who}"))).collect();
    let more = probes.probes.saturating_sub(events.len() as u64);
    if let (Some((at, ..)), true) = (events.last(), more > 0) {
        events.push((*at, None, format!("and {} of the {who} later", counted(more, "keepalive probe"))));
    }
    events
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

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write_text(
    report: &Report,
    explained: &Explained<'_>,
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(layout, out);
    let flow = explained.flow;
    let named = |end: &str| report.path.names.put_into(end);
    let lead = format!("flow {}: ", flow.id);
    let sure = flow.failed.map_or(String::new(), |failed| format!("; that it failed is {}", failed.word()));
    page.led(
        0,
        2,
        (Tone::Heading, &lead),
        &format!("{} -> {}{sure}", named(&flow.initiator), named(&flow.responder)),
    )?;
    page.labelled_verbatim(2, "Filter", &flow.display_filter)?;
    page.heading("What happened (UTC; + since the last activity before the break)")?;
    let mut table = Rows::default();
    for (title, align) in
        [("When", Align::Left), ("+", Align::Right), ("Frame", Align::Right), ("What", Align::Left)]
    {
        table.column(title, align);
    }
    for event in &explained.events {
        table.row(vec![
            moment(event.at.0),
            event.since_idle_s.map_or(String::new(), relative),
            event.frame.map_or(String::new(), |frame| frame.to_string()),
            event.what.clone(),
        ]);
    }
    page.table(2, table)?;
    if !flow.explanations.is_empty() {
        page.heading("Causes, the best established first")?;
        for cause in &flow.explanations {
            cause_of(cause, &mut page)?;
        }
    }
    if !explained.others.is_empty() {
        page.heading("Other flows of its hosts")?;
        for other in &explained.others {
            let lead = format!("flow {} ", other.flow);
            let shares = if other.shares == "both" {
                "same client and server".to_owned()
            } else {
                format!("same {}", other.shares)
            };
            let text = format!(
                "({shares}) {} -> {}: {}",
                named(&other.initiator),
                named(&other.responder),
                other.meanwhile
            );
            page.led(2, 4, (Tone::Plain, &lead), &text)?;
        }
    }
    if let Some(next) = explained.next_capture {
        page.heading("What would settle it")?;
        page.paragraph(2, &next_captures::sentence(report, next))?;
        page.labelled_verbatim(4, "tcpdump", &next.commands.tcpdump)?;
    }
    Ok(())
}

fn cause_of(cause: &Explanation, page: &mut Page<'_>) -> io::Result<()> {
    let clock = match cause.clock {
        Some(ClockWord::Any) => ", any packet restarts it",
        Some(ClockWord::Payload) => ", only payload restarts it",
        Some(ClockWord::Unknown) => ", what restarts it is not shown",
        None => "",
    };
    let place = match cause.place {
        Some(PlaceWord::Box) => ", in a box between",
        Some(PlaceWord::EndpointOrProxy) => ", at the end that closed or in a proxy",
        Some(PlaceWord::Unknown) | None => "",
    };
    let lead = format!("{}: {}{clock}{place}", cause.cause.replace('-', " "), cause.standing.word());
    page.led(2, 4, (Tone::Heading, &lead), "")?;
    for (label, supports) in [("for", true), ("against", false)] {
        for evidence in cause.evidence.iter().filter(|evidence| evidence.supports == supports) {
            page.labelled(4, label, &evidence_of(evidence))?;
        }
    }
    Ok(())
}

fn evidence_of(evidence: &EvidenceTold) -> String {
    let frames: Vec<String> = evidence.frames.iter().take(6).map(u64::to_string).collect();
    match frames.len() {
        0 => evidence.says.clone(),
        1 => format!("{} (frame {})", evidence.says, frames[0]),
        _ => format!("{} (frames {})", evidence.says, frames.join(", ")),
    }
}

/// `+15m 12s`, `-3s`.
fn relative(seconds: f64) -> String {
    let length = Span::from_nanos((seconds.abs() * 1e9).round() as u64);
    let rounded = Seconds(length).0;
    if seconds < 0.0 { format!("-{rounded}") } else { format!("+{rounded}") }
}

/// The report on this flow alone, for a page that tells of nothing else.
pub fn only(report: &Report, id: u64) -> Report {
    let mut alone = report.clone();
    let findings: Vec<super::Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.flow == Some(id) || finding.flows.contains(&id))
        .cloned()
        .collect();
    alone.flows.retain(|flow| flow.id == id);
    for flow in &mut alone.flows {
        let is_of_it = |(_, finding): &(usize, &super::Finding)| finding.flow == Some(id);
        flow.findings = findings.iter().enumerate().filter(is_of_it).map(|(index, _)| index).collect();
    }
    alone.findings = findings;
    alone.flows_total = alone.flows.len() as u64;
    alone.findings_total = alone.findings.len() as u64;
    let responder = alone.flows.first().map(|flow| flow.responder.clone());
    alone.services.retain(|service| Some(&service.responder) == responder.as_ref());
    alone.services_total = alone.services.len() as u64;
    alone
}
