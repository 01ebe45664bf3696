//! One preset with all that is known of it, and how well.

use super::heading;
use crate::policy::presets::{CATALOGUE_DATE, Endpoint, Mechanism, Middlebox, Preset, Verified, domain_rule};
use crate::report::Layout;
use std::io::{self, Write};
use textwrap::{Options, WordSeparator, WordSplitter};

/// Columns of the labels.
const LABEL: usize = 15;

/// Writes the card.
pub(super) fn write(preset: &Preset, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut card = Card { width: usize::from(layout.width), out };
    match preset {
        Preset::Middlebox(preset) => {
            card.title(&heading(preset.id, layout), preset.product)?;
            middlebox(preset, &mut card)?;
        }
        Preset::Endpoint(preset) => {
            card.title(&heading(preset.id, layout), preset.product)?;
            endpoint(preset, &mut card)?;
        }
    }
    Ok(())
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
    card.line("can be set", &in_seconds(preset.range_words))?;
    trust(preset.source, preset.verified, preset.exceptions, card)?;
    background(preset.rules, preset.notes, card)
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
    trust(preset.source, preset.verified, preset.exceptions, card)?;
    background(preset.rules, preset.notes, card)
}

fn trust(
    source: &str,
    verified: Verified,
    exceptions: &[(&str, Verified)],
    card: &mut Card<'_>,
) -> io::Result<()> {
    card.line("source", source)?;
    let meaning = match verified {
        Verified::Yes => "seen in the source",
        Verified::Secondary => "seen in a page that restates the source",
        Verified::Unverified => "not seen in any source",
    };
    card.line("verified", &format!("{verified} ({meaning}), {CATALOGUE_DATE}"))?;
    for (part, standing) in exceptions {
        card.line("  except", &format!("{part}: {standing}"))?;
    }
    Ok(())
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
    use crate::policy::presets::{endpoints, middleboxes};

    #[test]
    fn every_card_names_source_standing_and_date() {
        let all = middleboxes().iter().map(Preset::Middlebox).chain(endpoints().iter().map(Preset::Endpoint));
        for preset in all {
            let mut out = Vec::new();
            write(&preset, Layout::default(), &mut out).unwrap();
            let card = String::from_utf8(out).unwrap();
            for label in ["  source  ", "  verified  ", CATALOGUE_DATE] {
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
