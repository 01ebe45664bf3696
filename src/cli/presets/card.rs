//! One preset with all that is known of it, and how well.

use super::heading;
use crate::policy::Refresh;
use crate::policy::presets::{
    Endpoint, Limit, Mechanism, Middlebox, Origin, Preset, Service, ServiceClose, Source, UNDATED_READ_BY,
    Verified, domain_rule,
};
use crate::report::Layout;
use std::io::{self, Write};
use textwrap::{Options, WordSeparator, WordSplitter};

/// Columns of the labels.
const LABEL: usize = 15;

/// Writes the card.
pub(super) fn write(preset: &Preset, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut card = Card { width: usize::from(layout.width), out };
    card.title(&heading(preset.id(), layout), preset.product())?;
    card.line("also called", &preset.aliases().join(", "))?;
    match preset {
        Preset::Middlebox(preset) => middlebox(preset, &mut card),
        Preset::Endpoint(preset) => endpoint(preset, &mut card),
        Preset::Service(preset) => service(preset, &mut card),
    }
}

fn middlebox(preset: &Middlebox, card: &mut Card<'_>) -> io::Result<()> {
    card.line(
        "use",
        &match preset.hop("") {
            Ok(_) => format!("--hop {}", preset.id),
            Err(_) => format!("--hop {},idle=DURATION (its limit is not published)", preset.id),
        },
    )?;
    card.line("idle limit", &in_seconds(preset.limit_words))?;
    card.line("other timers", preset.state_words)?;
    let label = |word: &str, words: &str, grounds| format!("{word}: {words} [{grounds}]");
    card.line("restarted by", &label(preset.refresh.word(), preset.refresh_words, preset.refresh_grounds))?;
    card.line("at expiry", &label(preset.expiry.word(), preset.expiry_words, preset.expiry_grounds))?;
    card.line(
        "forgotten flow",
        &format!("{} [follows from the rest unless a note says otherwise]", preset.pickup),
    )?;
    if let Some(schedule) = preset.probe_schedule {
        let probes = schedule.at(preset.timers.established);
        card.line(
            "probes itself",
            &format!(
                "after {}, then every {}, gives up after {}",
                probes.after, probes.interval, probes.probes
            ),
        )?;
    }
    if let Some(own) = preset.own_keepalive {
        let interval = own.interval.map_or_else(|| "not stated".to_owned(), |interval| interval.to_string());
        let probes = own.probes.map_or_else(|| "not stated".to_owned(), |probes| probes.to_string());
        card.line("own keepalive", &format!("after {}, interval {interval}, probes {probes}", own.time))?;
    }
    settable(preset.range_words, preset.setting, card)?;
    card.line("ports", &ports(preset.ports))?;
    trust(preset.source, preset.sources, preset.verified, preset.exceptions, preset.origin, card)?;
    background(preset.rules, preset.notes, card)
}

fn service(preset: &Service, card: &mut Card<'_>) -> io::Result<()> {
    card.line("use", "for comparison: what closes at this time is the service, not a box on the path")?;
    card.line("ports", &ports(preset.ports))?;
    card.line(
        "closes after",
        &match preset.limit {
            Limit::Never => "never".to_owned(),
            _ => in_seconds(preset.idle_words),
        },
    )?;
    card.line(
        "restarted by",
        match preset.clock {
            Refresh::AnyPacket => "any packet, keepalive probes too",
            _ => "payload; keepalive probes do not count",
        },
    )?;
    card.line(
        "closes by",
        match preset.close {
            ServiceClose::Fin => "FIN",
            ServiceClose::Rst => "RST",
            ServiceClose::FinOrRst => "FIN or RST",
            ServiceClose::Unstated => "not stated",
        },
    )?;
    settable(preset.range_words, preset.setting, card)?;
    trust(preset.source, preset.sources, preset.verified, preset.exceptions, preset.origin, card)?;
    background(preset.rules, preset.notes, card)
}

/// Whether a limit can be set, and where.
fn settable(range_words: &str, setting: &str, card: &mut Card<'_>) -> io::Result<()> {
    let range = range_words.strip_suffix(setting).unwrap_or(range_words);
    card.line("can be set", &in_seconds(range.trim_end_matches(", ")))?;
    card.line("set by", setting)
}

fn ports(ports: &[u16]) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

fn endpoint(preset: &Endpoint, card: &mut Card<'_>) -> io::Result<()> {
    card.line(
        "use",
        &match (preset.mechanism, preset.keepalive()) {
            (_, Some(_)) => format!("--keepalive {}", preset.id),
            (Mechanism::TcpKeepalive, None) => {
                "for comparison only: its time is that of the operating system".to_owned()
            }
            (Mechanism::Heartbeat | Mechanism::IdleTimerOnly, None) => {
                "for comparison only: this is no TCP keepalive".to_owned()
            }
        },
    )?;
    card.line(
        "sign of life",
        match preset.mechanism {
            Mechanism::TcpKeepalive => "TCP keepalive: no payload, proxies that count payload never see it",
            Mechanism::Heartbeat => "heartbeat of the application: payload, restarts every kind of timer",
            Mechanism::IdleTimerOnly => "none; it only closes idle connections",
        },
    )?;
    let printed = &preset.printed;
    card.line("on by default", printed.on_by_default)?;
    card.line("first probe", &in_seconds(printed.time))?;
    card.line("interval", &in_seconds(printed.interval))?;
    card.line("probes", printed.probes)?;
    card.line("peer given up", &in_seconds(printed.dead_peer_after))?;
    card.line("other timers", preset.other_idle)?;
    card.line("set by", preset.setting)?;
    trust(preset.source, preset.sources, preset.verified, preset.exceptions, preset.origin, card)?;
    background(preset.rules, preset.notes, card)
}

fn trust(
    source: &str,
    sources: &[Source],
    verified: Verified,
    exceptions: &[(&str, Verified)],
    origin: Origin,
    card: &mut Card<'_>,
) -> io::Result<()> {
    card.line("source", source)?;
    for address in sources.iter().filter_map(|source| source.address) {
        card.line("", address)?;
    }
    let meaning = match verified {
        Verified::Yes => "seen in the source",
        Verified::Secondary => "seen in a page that restates the source",
        Verified::Unverified => "not seen in any source",
    };
    let read = sources.iter().filter_map(|source| source.read).max();
    // A row of a user's own file that gives no day has none.
    let read = read.or((origin == Origin::Catalogue).then_some(UNDATED_READ_BY));
    let read = read.map_or_else(String::new, |day| format!(", {day}"));
    card.line("verified", &format!("{verified} ({meaning}){read}"))?;
    for (part, standing) in exceptions {
        card.line("  except", &format!("{part}: {standing}"))?;
    }
    from(origin, card)
}

/// The file that a row is from, when it is not the catalogue's own.
fn from(origin: Origin, card: &mut Card<'_>) -> io::Result<()> {
    match origin {
        Origin::Catalogue => Ok(()),
        Origin::File { file, line, replaces } => {
            let instead = if replaces { ", in place of the row that the catalogue has" } else { "" };
            card.line("from", &format!("{file}, line {line}{instead}"))
        }
    }
}

fn background(rules: &[u8], notes: &[&str], card: &mut Card<'_>) -> io::Result<()> {
    for note in notes {
        card.line("note", note)?;
    }
    for rule in rules.iter().filter_map(|number| domain_rule(*number)) {
        card.line("know", &format!("{} [{}]", rule.says, rule.source))?;
    }
    Ok(())
}

/// A cell of the catalogue, whose bare numbers are seconds, with the unit said.
fn in_seconds(cell: &str) -> String {
    if !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit()) {
        let span = cell.parse().map(crate::time::Span::from_secs);
        match span {
            Ok(span) if span >= crate::time::Span::from_secs(120) => format!("{cell} s ({span})"),
            _ => format!("{cell} s"),
        }
    } else if cell.bytes().any(|byte| byte.is_ascii_digit()) {
        format!("{cell} (bare numbers are seconds)")
    } else {
        cell.to_owned()
    }
}

struct Card<'w> {
    width: usize,
    out: &'w mut dyn Write,
}

impl Card<'_> {
    fn title(&mut self, id: &str, product: &str) -> io::Result<()> {
        writeln!(self.out, "{id}: {product}")
    }

    /// A labelled paragraph; nothing when there is nothing to say.
    fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        if text.is_empty() || text == "-" {
            return Ok(());
        }
        let (first, rest) = (format!("  {label:<LABEL$} "), " ".repeat(LABEL + 3));
        let options = Options::new(self.width)
            .initial_indent(&first)
            .subsequent_indent(&rest)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text, options) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_names_source_standing_and_date() {
        for preset in Preset::all() {
            let mut out = Vec::new();
            write(&preset, Layout::default(), &mut out).unwrap();
            let card = String::from_utf8(out).unwrap();
            let read = preset.sources().iter().filter_map(|source| source.read).max();
            for label in ["  source  ", "  verified  ", read.unwrap_or(UNDATED_READ_BY)] {
                assert!(card.contains(label), "{label}: {card}");
            }
        }
    }

    #[test]
    fn bare_numbers_get_their_unit() {
        assert_eq!(in_seconds("350"), "350 s (5m 50s)");
        assert_eq!(in_seconds("75"), "75 s");
        assert_eq!(in_seconds("OS"), "OS");
        assert_eq!(in_seconds("60-6000"), "60-6000 (bare numbers are seconds)");
    }
}
