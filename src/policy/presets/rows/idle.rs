//! The idle limit of a row: what it is, how far it can be set, and both as they are printed.

use toml::de::DeValue;

use super::super::{Adjustable, Limit};
use super::RowFault;
use super::table::{Located, RowTable, limit, wrong_type};
use crate::policy::spec::ExactSpan;
use crate::time::Span;

/// An idle limit.
pub(super) struct Idle {
    /// The shortest there is; [`Span::MAX`] when there is none, or it is not published.
    pub shortest: Span,
    pub limit: Limit,
    pub words: String,
}

/// Seconds without their unit, as the catalogue prints them.
pub(super) fn in_seconds(span: Span) -> String {
    match span {
        Span::MAX => "never".to_owned(),
        span if span.as_nanos().is_multiple_of(1_000_000_000) => span.as_secs().to_string(),
        span => span.as_secs_f64().to_string(),
    }
}

impl Idle {
    /// Reads `idle` and `idle-words`.
    ///
    /// # Errors
    /// The first fault.
    pub fn of(row: &RowTable<'_>) -> Result<Idle, Located> {
        const FORMS: &str = "idle = \"350s\", \"never\", \"unpublished\", { at-least = \"2h4m\" }, \
            { from = \"5m\", to = \"10m\" } or { client = \"50s\", server = \"50s\" }";
        let value = row.required("idle", row.value("idle"), "\"350s\", or \"never\", or \"unpublished\"")?;
        let (shortest, limit, words) = match value.get_ref() {
            DeValue::String(word) if word == "unpublished" => {
                (Span::MAX, Limit::Unpublished, "not published".to_owned())
            }
            DeValue::Table(_) => {
                let known = &["at-least", "from", "to", "client", "server"];
                let forms = row.table("idle", "idle", known, FORMS)?;
                let forms = forms.ok_or_else(|| wrong_type("idle", value, FORMS))?;
                let ends = |low, high| Ok((forms.limit(low)?, forms.limit(high)?));
                match (forms.limit("at-least")?, ends("from", "to")?, ends("client", "server")?) {
                    (Some(least), (None, None), (None, None)) => {
                        (least, Limit::AtLeast, format!(">= {}", in_seconds(least)))
                    }
                    (None, (Some(from), Some(to)), (None, None)) => {
                        upwards("idle", forms.offset, from, to)?;
                        (from, Limit::UpTo(to), format!("{}-{}", in_seconds(from), in_seconds(to)))
                    }
                    (None, (None, None), (Some(client), Some(server))) => {
                        let words = format!("{} client, {} server", in_seconds(client), in_seconds(server));
                        (client.min(server), Limit::PerSide { client, server }, words)
                    }
                    _ => return Err(wrong_type("idle", value, FORMS)),
                }
            }
            _ => match limit("idle", value)? {
                Span::MAX => (Span::MAX, Limit::Never, "none".to_owned()),
                exact => (exact, Limit::Exact, in_seconds(exact)),
            },
        };
        let words = match row.text("idle-words")? {
            Some(more) => format!("{words}; {more}"),
            None => words,
        };
        Ok(Idle { shortest, limit, words })
    }

    /// Reads `settable`, and holds the limit to it.
    ///
    /// # Errors
    /// The first fault.
    pub fn settable(&self, row: &RowTable<'_>) -> Result<Adjustable, Located> {
        let Some(value) = row.value("settable") else { return Ok(Adjustable::Unstated) };
        if let DeValue::String(_) = value.get_ref() {
            let words = [(Adjustable::Fixed, "no"), (Adjustable::Freely, "yes")];
            return Ok(row.choice("settable", &words)?.unwrap_or(Adjustable::Unstated));
        }
        const FORMS: &str = "settable = \"no\", \"yes\" or { min = \"60s\", max = \"6000s\" }";
        let bounds = row.table("settable", "settable", &["min", "max"], FORMS)?;
        let bounds = bounds.ok_or_else(|| wrong_type("settable", value, FORMS))?;
        let (Some(min), Some(max)) = (bounds.limit("min")?, bounds.limit("max")?) else {
            return Err(wrong_type("settable", value, FORMS));
        };
        upwards("settable", bounds.offset, min, max)?;
        let range = Adjustable::Within { min, max };
        if matches!(self.limit, Limit::Exact | Limit::PerSide { .. }) && !range.allows(self.shortest) {
            let [idle, min, max] = [self.shortest, min, max].map(|span| ExactSpan(span).to_string());
            return Err((bounds.offset, RowFault::DefaultOutOfRange { idle, min, max }));
        }
        Ok(range)
    }
}

/// How far a limit can be set and where, as the catalogue prints it.
pub(super) fn range_words(adjustable: Adjustable, setting: &str) -> String {
    let range = match adjustable {
        Adjustable::Fixed => "no".to_owned(),
        Adjustable::Freely => "yes".to_owned(),
        Adjustable::Within { min, max: Span::MAX } => format!("yes from {}", in_seconds(min)),
        Adjustable::Within { min, max } => format!("yes {}-{}", in_seconds(min), in_seconds(max)),
        Adjustable::Unstated => String::new(),
    };
    match (range.as_str(), setting) {
        ("", setting) => setting.to_owned(),
        (_, "") => range,
        (range, setting) => format!("{range}, {setting}"),
    }
}

/// Whether `low` comes before `high`.
///
/// # Errors
/// [`RowFault::Downwards`].
pub(super) fn upwards(key: &'static str, offset: usize, low: Span, high: Span) -> Result<(), Located> {
    if low <= high {
        return Ok(());
    }
    let [low, high] = [low, high].map(|span| ExactSpan(span).to_string());
    Err((offset, RowFault::Downwards { key, low, high }))
}
