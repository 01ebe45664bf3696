//! The flows with findings, the worst first. Flows with the same findings are told once in full and then
//! a line each: thirty sockets left behind by one client are one story.

use super::Layout;
use super::evidence::{self, Files};
use super::page::{Align, Page, Rows, Tone};
use crate::policy::Names;
use crate::report::wording::{counted, grouped, moment};
use crate::report::{Finding, Flow, FlowClose, FlowOpening, ProbesSeen, Report, Scope, Severity};
use crate::time::Span;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io;

/// One flow and all that was found about it.
pub(in crate::report) struct Case<'r> {
    pub(in crate::report) flow: u64,
    pub(in crate::report) findings: Vec<&'r Finding>,
}

impl Case<'_> {
    pub(in crate::report) fn worst(&self) -> Severity {
        self.findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Info)
    }

    pub(in crate::report) fn gap(&self) -> Span {
        self.findings.iter().filter_map(|finding| finding.gap_s).max().map_or(Span::ZERO, |gap| gap.0)
    }

    pub(in crate::report) fn who(&self, names: &Names) -> String {
        let named = |end: fn(&Finding) -> Option<&String>| {
            self.findings.iter().find_map(|finding| end(finding)).map_or("?", String::as_str)
        };
        let ends = [named(|f| f.initiator.as_ref()), named(|f| f.responder.as_ref())];
        ends.map(|end| names.put_into(end)).join(" -> ")
    }
}

/// What makes two cases the same story: rules and hops.
type Story<'r> = Vec<(&'r str, Option<&'r str>)>;

fn story<'r>(findings: &[&'r Finding]) -> Story<'r> {
    findings.iter().map(|finding| (finding.rule.as_str(), finding.hop.as_deref())).collect()
}

/// Cases by their story, each story's worst case first, the stories by their worst case.
pub(in crate::report) fn stories(report: &Report) -> Vec<Vec<Case<'_>>> {
    let mut by_flow: BTreeMap<u64, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.scope == Scope::Flow) {
        if let Some(flow) = finding.flow {
            by_flow.entry(flow).or_default().push(finding);
        }
    }
    let mut cases: Vec<Case<'_>> = by_flow
        .into_iter()
        .map(|(flow, mut findings)| {
            findings.sort_by_key(|finding| Reverse(finding.severity));
            Case { flow, findings }
        })
        .collect();
    cases.sort_by_key(|case| (Reverse(case.worst()), Reverse(case.gap()), case.flow));
    let mut stories: Vec<Vec<Case<'_>>> = Vec::new();
    let mut known: HashMap<Story<'_>, usize> = HashMap::new();
    for case in cases {
        match known.get(&story(&case.findings)) {
            Some(at) => stories[*at].push(case),
            None => {
                known.insert(story(&case.findings), stories.len());
                stories.push(vec![case]);
            }
        }
    }
    stories
}

pub(super) fn write(report: &Report, layout: Layout, page: &mut Page<'_>) -> io::Result<()> {
    let stories = stories(report);
    let total = report.totals.flows_by_severity.total();
    if stories.is_empty() && total == 0 {
        return Ok(());
    }
    page.heading(&format!("{} with findings, the worst first", counted(total, "flow")))?;
    let listed: BTreeMap<u64, &Flow> = report.flows.iter().map(|flow| (flow.id, flow)).collect();
    let mut accounted = 0u64;
    for (at, story) in stories.iter().take(layout.flows_in_full).enumerate() {
        let Some((first, alike)) = story.split_first() else { continue };
        if at > 0 {
            page.blank()?;
        }
        let heading = format!("flow {}  {}", first.flow, first.who(&report.path.names));
        page.led(2, 4, (Tone::Heading, &heading), "")?;
        if let Some(flow) = listed.get(&first.flow) {
            page.labelled(4, "Seen", &seen(flow))?;
        }
        evidence::write(report, &first.findings, 4, page)?;
        same_story(alike, layout, report, page)?;
        accounted += story.len() as u64;
    }
    let more = total.saturating_sub(accounted);
    if more > 0 {
        page.blank()?;
        page.paragraph(2, &format!("… and {} with findings", counted_more(more)))?;
    }
    Ok(())
}

fn counted_more(count: u64) -> String {
    if count == 1 { "1 more flow".to_owned() } else { format!("{} more flows", grouped(count)) }
}

/// One line for each further flow with the same findings.
fn same_story(alike: &[Case<'_>], layout: Layout, report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if alike.is_empty() {
        return Ok(());
    }
    page.paragraph(4, &format!("The same holds for {}:", counted_more(alike.len() as u64)))?;
    let mut table = Rows::default();
    table.column("Flow", Align::Right);
    table.column("Who", Align::Left);
    table.column("Silence", Align::Right);
    table.column("Frames", Align::Left);
    for case in alike.iter().take(layout.flows_alike) {
        let gap = case.gap();
        table.row(vec![
            case.flow.to_string(),
            case.who(&report.path.names),
            if gap == Span::ZERO { "-".to_owned() } else { gap.to_string() },
            case.findings
                .iter()
                .find_map(|finding| evidence::frames(finding, Files::of(report)))
                .unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    if !table.is_empty() {
        page.table(4, table)?;
    }
    let unlisted = alike.len().saturating_sub(layout.flows_alike) as u64;
    if unlisted > 0 {
        page.paragraph(4, &format!("… and {} with the same findings", counted_more(unlisted)))?;
    }
    Ok(())
}

/// How the flow lived, in one line.
pub(in crate::report) fn seen(flow: &Flow) -> String {
    let opened = match flow.opened {
        FlowOpening::Handshake => format!("opened {} UTC", moment(flow.first_at.0)),
        FlowOpening::Midstream => "older than the capture".to_owned(),
    };
    let closed = match flow.closed_by {
        FlowClose::Fin => format!("closed by FIN {}", moment(flow.last_at.0)),
        FlowClose::Rst => format!("reset {}", moment(flow.last_at.0)),
        FlowClose::None => match flow.open_gap_s {
            Some(gap) => format!("open at the end, silent for {}", gap.0),
            None => "open at the end".to_owned(),
        },
    };
    let network = flow.network.as_ref().map_or(String::new(), |network| format!("in {network}, "));
    format!("{network}{opened}, {closed}; {}", keepalive(flow))
}

/// ` first after 2m, then every 2s`: how a side probes, as far as it shows.
fn rhythm(probes: &ProbesSeen) -> String {
    match (probes.time_s, probes.interval_s) {
        (Some(time), Some(interval)) if time != interval => {
            format!(" first after {}, then every {}", time.0, interval.0)
        }
        (Some(time), None) if probes.probes == 1 => format!(" after {}", time.0),
        (Some(time), _) => format!(" every {}", time.0),
        (None, Some(interval)) => format!(" every {}", interval.0),
        (None, None) => String::new(),
    }
}

fn keepalive(flow: &Flow) -> String {
    let side = |name: &str, probes: &ProbesSeen| {
        (probes.probes > 0).then(|| {
            let rhythm = rhythm(probes);
            let fits = match probes.matches.as_slice() {
                [] => String::new(),
                [one] => format!(", as {one}"),
                [first, others @ ..] => {
                    format!(", as {first} or {}", counted(others.len() as u64, "other preset"))
                }
            };
            let sent = counted(probes.probes, "probe");
            format!("{sent} by the {name}{rhythm}{fits}, {} answered", grouped(probes.replies))
        })
    };
    let undecided = |name: &str, probes: &ProbesSeen| {
        let remark = match probes.probe_or_reply_one_ip_id {
            true => " (the IP identification never moves: a frame sent again by a device?)",
            false => "",
        };
        (probes.probe_or_reply > 0).then(|| {
            let sent = counted(probes.probe_or_reply, "segment");
            format!("{sent} of the {name}, each probe or reply, one side only{remark}")
        })
    };
    let ends = [("initiator", &flow.keepalive.initiator), ("responder", &flow.keepalive.responder)];
    let sides: Vec<String> = ends
        .into_iter()
        .flat_map(|(name, probes)| [side(name, probes), undecided(name, probes)])
        .flatten()
        .collect();
    if sides.is_empty() { "no keepalive from either side".to_owned() } else { sides.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn probing_is_told_as_first_delay_and_interval() {
        let report = samples::saved_by_keepalive();
        let flow = report.flows.iter().find(|flow| flow.keepalive.responder.probes > 0).unwrap();
        let told = |probes, time: Option<u64>, interval: Option<u64>| {
            let seconds = |of: Option<u64>| of.map(|seconds| Span::from_secs(seconds).into());
            let known = flow.keepalive.responder.clone();
            rhythm(&ProbesSeen { probes, time_s: seconds(time), interval_s: seconds(interval), ..known })
        };
        assert_eq!(told(9, Some(120), Some(2)), " first after 2m, then every 2s");
        assert_eq!(told(9, Some(30), Some(30)), " every 30s");
        assert_eq!(told(9, Some(30), None), " every 30s");
        assert_eq!(told(1, Some(120), None), " after 2m");
        assert_eq!(told(3, None, Some(2)), " every 2s");
        assert_eq!(told(1, None, None), "");
    }
}
