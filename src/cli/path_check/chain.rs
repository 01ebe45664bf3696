//! A path as people paste it: a path file, or options.

use crate::policy::{Hop, Path, Route};
use crate::report::text::escape;
use std::io::{self, Write};

/// One setting of a hop as the grammar of `--hop` writes it: the part behind the name is what a path file
/// calls `preset` or `idle`, the rest are keys of both.
fn settings(hop: &Hop) -> Vec<(String, String)> {
    let spec = hop.to_string();
    let rest = spec.strip_prefix(&hop.name).and_then(|rest| rest.strip_prefix('=')).unwrap_or(&spec);
    let mut parts = rest.split(',');
    let base = parts.next().unwrap_or_default().to_owned();
    let base_key = if hop.preset.is_some() { "preset" } else { "idle" };
    let mut settings = vec![("name".to_owned(), hop.name.clone()), (base_key.to_owned(), base)];
    settings.extend(parts.filter_map(|part| {
        let (key, word) = part.split_once('=')?;
        Some((key.to_owned(), word.to_owned()))
    }));
    settings
}

/// Writes a hop a line, with its limit and what restarts it.
pub(in crate::cli) fn write_table(path: &Path, out: &mut dyn Write) -> io::Result<()> {
    let names = path.hops.iter().map(|hop| escape(&hop.name).chars().count()).max().unwrap_or(0);
    for hop in &path.hops {
        let name = escape(&hop.name);
        let settings = settings(hop);
        let words: Vec<String> = settings
            .iter()
            .skip(1)
            .map(
                |(key, word)| {
                    if key == "idle" || key == "preset" { word.clone() } else { format!("{key}={word}") }
                },
            )
            .collect();
        let limit = match hop.preset {
            Some(_) if hop.timers.established == crate::time::Span::MAX => " (never)".to_owned(),
            Some(_) => format!(" ({})", hop.timers.established),
            None => String::new(),
        };
        writeln!(out, "  {name:names$}  {}{limit}", escape(&words.join(", ")))?;
    }
    match path.setting() {
        Some(keepalive) => writeln!(out, "  keepalive {keepalive}"),
        None => writeln!(out, "  keepalive not stated"),
    }
}

/// Writes a path file that reads back as `path`.
pub(super) fn write_file(path: &Path, out: &mut dyn Write) -> io::Result<()> {
    if let Some(keepalive) = path.setting() {
        // In front of the tables: behind one it would belong to it.
        writeln!(out, "keepalive = \"{keepalive}\"")?;
    }
    for (index, hop) in path.hops.iter().enumerate() {
        if index > 0 || path.keepalive.is_some() {
            writeln!(out)?;
        }
        writeln!(out, "[[hop]]")?;
        for (key, word) in settings(hop) {
            writeln!(out, "{key} = {}", toml::Value::String(word))?;
        }
    }
    Ok(())
}

/// Writes one path of a file that has several, for the place of the one that is there.
pub(super) fn write_route(route: &Route, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "[[path]]")?;
    writeln!(out, "name = {}", toml::Value::String(route.name.clone()))?;
    let matches: Vec<toml::Value> =
        route.matches.iter().map(|it| toml::Value::String(it.to_string())).collect();
    match matches.as_slice() {
        [one] => writeln!(out, "match = {one}")?,
        several => writeln!(out, "match = {}", toml::Value::Array(several.to_vec()))?,
    }
    if let Some(keepalive) = route.path.setting() {
        writeln!(out, "keepalive = \"{keepalive}\"")?;
    }
    for hop in &route.path.hops {
        writeln!(out, "\n[[path.hop]]")?;
        for (key, word) in settings(hop) {
            writeln!(out, "{key} = {}", toml::Value::String(word))?;
        }
    }
    Ok(())
}

/// The options that give `path`, ready for a shell.
pub(super) fn options(path: &Path) -> String {
    let hops = path.hops.iter().map(|hop| format!("--hop {}", quoted(&hop.to_string())));
    let keepalive = path.setting().map(|keepalive| format!("--keepalive {keepalive}"));
    hops.chain(keepalive).collect::<Vec<_>>().join(" ")
}

/// A word that a POSIX shell takes as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '=' | ',' | '-' | '_' | '.' | '/' | ':');
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Keepalive, parse_path_file};

    fn path(hops: &[&str], keepalive: Option<&str>) -> Path {
        let keepalive = keepalive.map(|spec| spec.parse::<Keepalive>().unwrap());
        Path::from_specs(hops, keepalive).unwrap()
    }

    fn file(path: &Path) -> String {
        let mut out = Vec::new();
        write_file(path, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_path() {
        for (hops, keepalive) in [
            (&["firewall=1h", "lb=40m"][..], Some("30m")),
            (&["aws-nlb-tcp,idle=50m", "aws-nlb-tcp", "haproxy-tcp"], Some("off")),
            (
                &[
                    "edge=1h,half-open=30s,half-closed=10m,unacknowledged=5m,refresh=responder,expiry=reset-both",
                ],
                None,
            ),
            (&["never,pickup=loose", "it's \"quoted\"=5m"], Some("linux")),
        ] {
            let path = path(hops, keepalive);
            let text = file(&path);
            let back = parse_path_file(text.as_bytes()).unwrap_or_else(|fault| panic!("{fault}: {text}"));
            assert_eq!(back.path, path, "{text}");
        }
    }

    #[test]
    fn options_survive_a_shell() {
        assert_eq!(
            options(&path(&["fw=1h", "it's=50m"], Some("30m"))),
            "--hop fw=1h --hop 'it'\\''s=50m' --keepalive 30m/75s/9"
        );
    }
}
