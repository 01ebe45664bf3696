//! Findings with their proof.

use crate::report::text::affected::{Case, seen};
use crate::report::text::evidence::{self, Files};
use crate::report::wording::{counted, grouped};
use crate::report::{CertaintyWord, Finding, Report, Scope, Severity};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Flows named under one with the same findings.
const ALIKE: usize = 12;

/// One finding as the page shows it.
pub(super) struct FindingRow {
    pub severity: Severity,
    pub rule: String,
    pub certainty: Option<&'static str>,
    pub who: String,
    pub flow: Option<u64>,
    pub gap: Option<String>,
    pub gap_s: f64,
    pub at: Option<String>,
    pub summary: String,
    pub proof: Option<String>,
    pub flows: Option<String>,
    pub filter: Option<String>,
    pub todo: Vec<String>,
}

/// Flows with the same findings, the worst in full.
pub(super) struct Story {
    pub severity: Severity,
    pub flow: u64,
    pub who: String,
    pub seen: Option<String>,
    pub findings: Vec<FindingRow>,
    pub filters: Vec<String>,
    pub todo: Vec<String>,
    /// `The same holds for 31 more flows: 1, 2, 3 and 28 more.`
    pub alike: Option<String>,
}

impl FindingRow {
    /// By which severities sort.
    pub fn rank(&self) -> u8 {
        self.severity as u8
    }
}

fn row(report: &Report, finding: &Finding) -> FindingRow {
    let files = Files::of(report);
    let named = |end: &Option<String>| end.as_ref().map(|end| report.path.names.put_into(end));
    let who = match (named(&finding.initiator), named(&finding.responder), named(&finding.client)) {
        (Some(initiator), Some(responder), _) => format!("{initiator} → {responder}"),
        (_, Some(responder), Some(client)) => format!("{client} → {responder}"),
        (_, one, other) => one.or(other).unwrap_or_default(),
    };
    FindingRow {
        severity: finding.severity,
        rule: finding.rule.clone(),
        certainty: match finding.certainty {
            CertaintyWord::Certain => None,
            weaker => Some(weaker.word()),
        },
        who,
        flow: finding.flow,
        gap: finding.gap_s.map(|gap| gap.0.to_string()),
        gap_s: finding.gap_s.map_or(-1.0, |gap| gap.0.as_secs_f64()),
        at: finding.at.map(|at| crate::report::wording::moment(at.0)),
        summary: super::capitalised(&finding.summary),
        proof: evidence::proof(finding, files),
        flows: evidence::flows(finding),
        filter: finding.display_filter.clone(),
        todo: to_do(report, &[finding]),
    }
}

fn to_do(report: &Report, findings: &[&Finding]) -> Vec<String> {
    evidence::to_do(report, findings).iter().map(|todo| super::capitalised(todo)).collect()
}

/// The worst findings, each in a row.
pub(super) fn rows(report: &Report, at_most: usize) -> Vec<FindingRow> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| (Reverse(finding.severity), Reverse(finding.gap_s)));
    findings.into_iter().take(at_most).map(|finding| row(report, finding)).collect()
}

/// How many there are, and of what.
pub(super) fn note(report: &Report, shown: usize) -> String {
    let more = report.findings_total.saturating_sub(shown as u64);
    if more == 0 {
        return String::new();
    }
    let by_rule: Vec<String> =
        report.totals.findings.iter().map(|(rule, count)| format!("{} {rule}", grouped(*count))).collect();
    format!(
        "The worst {} of {} are listed. All, by rule: {}.",
        grouped(shown as u64),
        grouped(report.findings_total),
        by_rule.join(", ")
    )
}

/// Rules among `rows`, with how many rows have each.
pub(super) fn rules(rows: &[FindingRow]) -> BTreeMap<&str, usize> {
    let mut rules = BTreeMap::new();
    for row in rows {
        *rules.entry(row.rule.as_str()).or_insert(0) += 1;
    }
    rules
}

/// Findings about several flows at once, and about the path: first the errors of flows, then the rest.
pub(super) fn across(report: &Report) -> (Vec<FindingRow>, Vec<FindingRow>) {
    let mut findings: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.scope != Scope::Flow).collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let (foremost, rest): (Vec<&Finding>, Vec<&Finding>) = findings
        .into_iter()
        .take(super::tables::ROWS)
        .partition(|finding| finding.scope == Scope::Flows && finding.severity == Severity::Error);
    let told = |findings: Vec<&Finding>| findings.into_iter().map(|finding| row(report, finding)).collect();
    (told(foremost), told(rest))
}

/// The worst case of each group of flows with the same findings.
pub(super) fn stories(report: &Report, stories: &[Vec<Case<'_>>], at_most: usize) -> Vec<Story> {
    stories
        .iter()
        .take(at_most)
        .filter_map(|story| story.split_first())
        .map(|(first, alike)| Story {
            severity: first.worst(),
            flow: first.flow,
            who: first.who(&report.path.names).replace(" -> ", " → "),
            seen: report
                .flows
                .iter()
                .find(|flow| flow.id == first.flow)
                .map(|flow| super::capitalised(&seen(flow))),
            findings: first.findings.iter().map(|finding| row(report, finding)).collect(),
            filters: evidence::once(&first.findings, |finding| finding.display_filter.as_deref())
                .map(str::to_owned)
                .collect(),
            todo: to_do(report, &first.findings),
            alike: same(alike),
        })
        .collect()
}

fn same(alike: &[Case<'_>]) -> Option<String> {
    if alike.is_empty() {
        return None;
    }
    let more = match alike.len() {
        1 => "1 more flow".to_owned(),
        more => format!("{} more flows", grouped(more as u64)),
    };
    let named: Vec<String> = alike.iter().take(ALIKE).map(|case| case.flow.to_string()).collect();
    let rest = alike.len().saturating_sub(ALIKE) as u64;
    let rest = if rest == 0 { String::new() } else { format!(" and {}", counted(rest, "other")) };
    Some(format!("The same holds for {more}: {}{rest}.", named.join(", ")))
}
