//! `idlescope explain`: one flow around its break.

use super::bar::Bar;
use super::exit;
use super::failure::Failure;
use super::page;
use super::pager;
use super::say;
use super::settings::{self, NoSuchFlow, SettingsError};
use super::undecoded;
use super::words::{ExplainFormat, ExplainWords};
use crate::capture::{OpenOptions, Source};
use crate::findings::{Listing, Terms};
use crate::pipeline;
use crate::proof::EndPattern;
use crate::report::explain::{Explained, explain, only, write_json, write_text};
use crate::report::{self, Flow, Format, Report};
use crate::segment::Endpoint;
use std::collections::HashSet;
use std::net::SocketAddr;

/// Flows listed, so that the one to explain is among them: a kilobyte each.
const LISTED: usize = 500_000;

/// Flows explained at once.
const MOST: usize = 20;

/// Runs the command and gives its exit code.
///
/// # Errors
/// [`Failure`] when there is nothing to explain.
pub(super) fn run(words: &ExplainWords) -> Result<u8, Failure> {
    let terms = Terms { listing: Listing::All, flows_listed: LISTED, ..settings::terms_of(&words.path)? };
    let inputs = settings::inputs(&words.files)?;
    let source =
        Source::open(&inputs, &OpenOptions { filter: words.filter.clone(), ..OpenOptions::default() })?;
    let bar = Bar::watch(source.progress());
    let analysis = pipeline::analyze(source, words.filter.clone(), terms, &words.run.options());
    drop(bar);
    undecoded::refuse(&analysis)?;
    let report = report::assemble_for_people(&analysis);
    let ids = chosen(&report, words)?;
    let layout = settings::layout(words.color);
    let explained: Vec<Explained<'_>> = ids.iter().filter_map(|id| explain(&report, *id)).collect();
    match words.format {
        ExplainFormat::Json => page::print(|out| write_json(&explained, out))?,
        ExplainFormat::Html => {
            let alone = only(&report, &ids);
            page::print(|out| report::write(&alone, Format::Html, layout, out))?;
        }
        ExplainFormat::Text => pager::print(|out| {
            for (index, one) in explained.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                write_text(&report, one, layout, out)?;
            }
            Ok(())
        })?,
    }
    Ok(exit::NOTHING_FOUND)
}

/// Numbers of the flows to explain, each once.
fn chosen(report: &Report, words: &ExplainWords) -> Result<Vec<u64>, SettingsError> {
    let flows = report.totals.flows;
    let mut ids = words.flow.clone();
    if let Some(id) = ids.iter().copied().find(|id| !report.flows.iter().any(|flow| flow.id == *id)) {
        return Err(NoSuchFlow { id, flows }.into());
    }
    for pair in &words.between {
        let is_between = |flow: &&Flow| {
            let ends = [&flow.initiator, &flow.responder].map(|end| end.parse::<SocketAddr>().ok());
            let [Some(one), Some(other)] = ends else { return false };
            let end = |socket: SocketAddr| Endpoint { addr: socket.ip(), port: socket.port() };
            EndPattern::are_between(&pair.0, end(one), end(other))
        };
        let matching = report.flows.iter().filter(is_between);
        let before = ids.len();
        ids.extend(matching.map(|flow| flow.id));
        if ids.len() == before {
            return Err(SettingsError::NoFlowBetween);
        }
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
    if ids.len() > MOST {
        say::warning(&format!("of {} flows the first {MOST} are explained; --flow names others", ids.len()));
    }
    ids.truncate(MOST);
    Ok(ids)
}
