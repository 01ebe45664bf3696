//! Advice for a person. Snippets are never wrapped: they are there to be copied.

use super::from_report::OfService;
use crate::advice::{Block, Plan, Snippet};
use crate::cli::path_check::chain;
use crate::policy::presets::Verified;
use crate::report::text::escape;
use crate::report::{Colour, Layout};
use crate::time::Span;
use anstyle::Style;
use std::io::{self, Write};
use textwrap::{Options, WordSeparator, WordSplitter};

/// Columns of the labels.
const LABEL: usize = 11;

/// Writes the page. `others` are ids of targets that are not on it.
///
/// # Errors
/// Those of `out`, unchanged.
pub(super) fn write(
    (plan, services): (&Plan, &[OfService]),
    blocks: &[Block],
    others: &[&str],
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page { layout, out };
    page.plan(plan)?;
    page.services(services)?;
    for block in blocks {
        page.block(block)?;
    }
    if !others.is_empty() {
        writeln!(page.out)?;
        page.paragraph("", &format!("Also for (--for): {}; or all.", others.join(", ")))?;
    }
    Ok(())
}

struct Page<'a> {
    layout: Layout,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn plan(&mut self, plan: &Plan) -> io::Result<()> {
        if !plan.stated.hops.is_empty() {
            writeln!(self.out, "Path, from the initiator to the responder:")?;
            chain::write_table(&plan.stated, self.out)?;
            writeln!(self.out)?;
        }
        self.paragraph("Keepalive", &keepalive(plan))?;
        if !plan.hops.is_empty() {
            self.paragraph("Timeouts", &timeouts(plan))?;
        }
        if let (Some(heartbeat), false) = (plan.heartbeat, plan.unreached.is_empty()) {
            self.paragraph(
                "Heartbeat",
                &format!("payload at least every {heartbeat}, for what counts nothing else."),
            )?;
        }
        Ok(())
    }

    /// What the report recommends for each service; the settings below are for the strictest of them.
    fn services(&mut self, services: &[OfService]) -> io::Result<()> {
        if services.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\nBy service, as the report recommends; the settings below serve all of them:")?;
        for of in services {
            self.paragraph("", &format!("- {}", of.sentence))?;
        }
        Ok(())
    }

    fn block(&mut self, block: &Block) -> io::Result<()> {
        let place = block.hop.as_ref().map(|hop| format!(" (hop '{}')", escape(hop))).unwrap_or_default();
        writeln!(self.out, "\n{}", self.heading(&format!("{}: {}{place}", block.target, block.title)))?;
        self.paragraph("Changes", &block.changes)?;
        for snippet in &block.settings {
            self.snippet(snippet)?;
        }
        if !block.settings.is_empty() {
            writeln!(self.out)?;
            self.paragraph("Apply", block.apply)?;
            self.paragraph("Check", block.check)?;
        }
        for mind in &block.mind {
            self.paragraph("Mind", mind)?;
        }
        if !block.settings.is_empty() {
            let sources: Vec<String> = block
                .sources
                .iter()
                .map(|source| format!("{} [{}]", source.document, standing(source.verified)))
                .collect();
            self.paragraph("Sources", &format!("{} (read {})", sources.join("; "), block.read_on))?;
        }
        Ok(())
    }

    fn snippet(&mut self, snippet: &Snippet) -> io::Result<()> {
        writeln!(self.out, "\n  {}:\n", snippet.place)?;
        for line in snippet.text.lines() {
            if line.is_empty() { writeln!(self.out)? } else { writeln!(self.out, "    {line}")? }
        }
        Ok(())
    }

    fn paragraph(&mut self, label: &str, text: &str) -> io::Result<()> {
        let indent = if label.is_empty() { 0 } else { 2 + LABEL };
        let first = if label.is_empty() { String::new() } else { format!("  {label:LABEL$}") };
        let rest = " ".repeat(indent);
        let options = Options::new(usize::from(self.layout.width))
            .initial_indent(&first)
            .subsequent_indent(&rest)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&escape(text), options) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn heading(&self, text: &str) -> String {
        match self.layout.colour {
            Colour::Always => {
                let bold = Style::new().bold();
                format!("{}{text}{}", bold.render(), bold.render_reset())
            }
            Colour::Never => text.to_owned(),
        }
    }
}

/// How well a source stands for what is used of it.
fn standing(verified: Verified) -> &'static str {
    match verified {
        Verified::Yes => "verified",
        Verified::Secondary => "secondary",
        Verified::Unverified => "unverified",
    }
}

fn keepalive(plan: &Plan) -> String {
    if plan.keepalive_is_useless() {
        return "does nothing for this path: no box counts packets without payload.".to_owned();
    }
    let set = plan.keepalive;
    let mut text = format!("{}, then every {}, {} probes", set.time, set.interval, set.probes);
    if let Some(protects) = &plan.protects {
        let rest = protects.limit.saturating_sub(set.period());
        text.push_str(&format!(
            ": for '{}' ({}); its probes are over {rest} before that",
            protects.hop, protects.limit
        ));
    }
    match (plan.stated.keepalive, &plan.protects) {
        (Some(stated), Some(protects)) if stated.is_off() => {
            text.push_str(&format!(". Off as stated, nothing restarts the timer of '{}'", protects.hop));
        }
        (Some(stated), Some(protects)) if stated != set && stated.time >= protects.limit => {
            text.push_str(&format!(". {} as stated comes too late", stated.time));
        }
        (Some(stated), Some(protects)) if stated.period() > protects.limit => {
            text.push_str(&format!(". {stated} as stated comes in time, but not all its probes do"));
        }
        (Some(stated), Some(_)) if stated != set => {
            text.push_str(&format!(". {stated} as stated comes later than half of that"));
        }
        _ => {}
    }
    text.push('.');
    text
}

fn timeouts(plan: &Plan) -> String {
    let changes: Vec<String> = plan
        .hops
        .iter()
        .filter(|hop| hop.now != hop.to)
        .map(|hop| {
            let now = if hop.now == Span::MAX { "never".to_owned() } else { hop.now.to_string() };
            let instead = if hop.counts_packets { "" } else { ", unless the heartbeat is sent" };
            format!("'{}' {} (is {now}{instead})", hop.name, hop.to)
        })
        .collect();
    if changes.is_empty() {
        return "as they are.".to_owned();
    }
    format!("{}; the rest as they are. They must grow from the responder outward.", changes.join(", "))
}
