//! Products whose settings are text with numbers in it: files of `templates`, as its README describes them.

use super::context::{Context, Draft, snippet};
use super::systems::linux_socket;
use super::{Group, Kind, Target, Write};
use crate::advice::block::{Language, Source};
use crate::policy::presets::Verified;
use crate::time::Span;
use serde::Deserialize;
use std::collections::BTreeMap;

/// File and content.
const FILES: [(&str, &str); 7] = [
    ("oracle.toml", include_str!("templates/oracle.toml")),
    ("mongodb.toml", include_str!("templates/mongodb.toml")),
    ("kafka.toml", include_str!("templates/kafka.toml")),
    ("rabbitmq.toml", include_str!("templates/rabbitmq.toml")),
    ("ldap.toml", include_str!("templates/ldap.toml")),
    ("smb.toml", include_str!("templates/smb.toml")),
    ("python.toml", include_str!("templates/python.toml")),
];

/// One product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    id: String,
    title: String,
    group: GroupWord,
    kind: KindWord,
    changes: String,
    /// Where keepalive does nothing for the path.
    changes_without_keepalive: Option<String>,
    apply: String,
    check: String,
    #[serde(default)]
    mind: Vec<String>,
    #[serde(default)]
    numbers: BTreeMap<String, Number>,
    /// When the sources were read.
    pub(super) read: String,
    setting: Vec<Setting>,
    source: Vec<Document>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum GroupWord {
    Databases,
    Protocols,
    Languages,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindWord {
    Keepalive,
    Heartbeat,
}

/// A number of the plan in the product's unit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    of: Base,
    #[serde(default = "once")]
    times: u64,
    unit: String,
    least: u64,
    #[serde(default = "without_end")]
    most: u64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Base {
    Time,
    Interval,
    Heartbeat,
    /// The shorter of keepalive time and heartbeat: before that nothing on the path gives up.
    Pause,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    /// Left out where keepalive does nothing for the path.
    #[serde(default)]
    needs_keepalive: bool,
    place: String,
    language: String,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    document: String,
    verified: String,
}

const fn once() -> u64 {
    1
}

const fn without_end() -> u64 {
    u64::MAX
}

/// A file that cannot be read: found by the tests, as files are compiled in.
#[derive(Debug, thiserror::Error)]
pub(super) enum TemplateError {
    /// It is no such file.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A word that is none.
    #[error("'{0}' is no language, unit or 'verified' that is known")]
    Word(String),
}

/// All products of files, or why one of them is none.
pub(super) fn read_all() -> impl Iterator<Item = (&'static str, Result<Target, TemplateError>)> {
    FILES.into_iter().map(|(file, text)| (file, read(text)))
}

fn read(text: &str) -> Result<Target, TemplateError> {
    let template: &'static Template = Box::leak(Box::new(toml::from_str(text)?));
    let word = |word: &str| TemplateError::Word(word.to_owned());
    for setting in &template.setting {
        language(&setting.language).ok_or_else(|| word(&setting.language))?;
    }
    for number in template.numbers.values() {
        Span::parse(&number.unit).map_err(|_| word(&number.unit))?;
    }
    let mut sources = Vec::with_capacity(template.source.len());
    for Document { document, verified } in &template.source {
        let verified = match verified.as_str() {
            "yes" => Verified::Yes,
            "secondary" => Verified::Secondary,
            "no" => Verified::Unverified,
            other => return Err(word(other)),
        };
        sources.push(Source { document, verified });
    }
    Ok(Target {
        id: &template.id,
        title: &template.title,
        group: match template.group {
            GroupWord::Databases => Group::Databases,
            GroupWord::Protocols => Group::Programs,
            GroupWord::Languages => Group::Runtimes,
        },
        presets: &[],
        kind: match template.kind {
            KindWord::Keepalive => Kind::Probes,
            KindWord::Heartbeat => Kind::Heartbeat,
        },
        sources: sources.leak(),
        write: Write::Template(template),
    })
}

fn language(word: &str) -> Option<Language> {
    Language::ALL.into_iter().find(|language| language.word() == word)
}

impl Template {
    /// Whether something of it helps where keepalive does nothing for the path.
    pub fn helps_without_keepalive(&self) -> bool {
        self.changes_without_keepalive.is_some()
    }

    /// The settings for a plan.
    pub fn write(&'static self, context: &Context) -> Draft {
        let (time, interval, probes) = linux_socket(context);
        let mut values: Vec<(String, String)> = [
            ("probing", context.probing(context.plan.keepalive.interval, probes)),
            ("time", time.to_string()),
            ("interval", interval.to_string()),
            ("probes", probes.to_string()),
            ("heartbeat", context.heartbeat().as_secs().max(1).to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let mut mind = Vec::new();
        let mut too_long = Vec::new();
        for (name, number) in &self.numbers {
            let of = match number.of {
                Base::Time => context.plan.keepalive.time,
                Base::Interval => context.plan.keepalive.interval,
                Base::Heartbeat => context.heartbeat(),
                Base::Pause => context.plan.keepalive.time.min(context.heartbeat()),
            };
            let unit = Span::parse(&number.unit).unwrap_or(Span::from_secs(1));
            let wanted = of.times(number.times).as_nanos() / unit.as_nanos().max(1);
            if wanted < number.least {
                mind.push(format!(
                    "Less than {} cannot be set there, and this path asks for {}: raise the limit that asks for it.",
                    unit.times(number.least),
                    of.times(number.times)
                ));
                too_long.push(format!("{{{name}}}"));
            }
            let taken = wanted.clamp(number.least, number.most);
            values.push((name.clone(), taken.to_string()));
            values.push((format!("{name}_said"), unit.times(taken).to_string()));
        }
        let filled = |text: &str| {
            let put =
                |text: String, (name, value): &(String, String)| text.replace(&format!("{{{name}}}"), value);
            values.iter().fold(text.to_owned(), put)
        };
        mind.extend(self.mind.iter().map(|sentence| filled(sentence)));
        let useless = context.plan.keepalive_is_useless();
        let fits = |setting: &&Setting| {
            let is_too_long = too_long.iter().any(|name| setting.text.contains(name));
            !(is_too_long || useless && setting.needs_keepalive)
        };
        let settings = self.setting.iter().filter(fits).filter_map(|setting| {
            // What is no language was refused when the file was read.
            Some(snippet(
                &setting.place,
                language(&setting.language)?,
                filled(setting.text.trim_start_matches('\n')),
            ))
        });
        Draft {
            changes: match (&self.changes_without_keepalive, useless) {
                (Some(changes), true) => filled(changes),
                _ => filled(&self.changes),
            },
            settings: settings.collect(),
            apply: &self.apply,
            check: &self.check,
            mind,
        }
    }
}
