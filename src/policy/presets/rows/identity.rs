//! What rows of every kind have: a name, and how far they can be trusted.

use toml::de::DeValue;

use super::super::{Source, Verified, domain_rule};
use super::RowFault;
use super::table::{Located, Placed, RowTable, choice, string, text, wrong_type};

/// The part that rows of every kind have.
pub(super) struct Identity {
    pub id: &'static str,
    pub aliases: &'static [&'static str],
    pub product: &'static str,
    pub source: &'static str,
    pub sources: &'static [Source],
    pub verified: Verified,
    pub exceptions: &'static [(&'static str, Verified)],
    pub rules: &'static [u8],
    pub notes: &'static [&'static str],
}

const STANDINGS: [(Verified, &str); 3] = [
    (Verified::Yes, Verified::Yes.word()),
    (Verified::Secondary, Verified::Secondary.word()),
    (Verified::Unverified, Verified::Unverified.word()),
];

impl Identity {
    /// Reads it from a row.
    ///
    /// # Errors
    /// The first fault.
    pub fn of(row: &RowTable<'_>) -> Result<Identity, Located> {
        let id = row.value("id").map(|value| an_id("id", value)).transpose()?;
        let sources = row.list("sources", "sources = [{ title = \"…\" }]", source)?;
        let verified = row.choice("verified", &STANDINGS)?.unwrap_or(Verified::Unverified);
        if sources.is_empty() && verified != Verified::Unverified {
            return Err((row.offset, RowFault::NoSource { verified: verified.word() }));
        }
        let product = row.text("product")?;
        Ok(Identity {
            id: row.required("id", id, "\"my-firewall\"")?,
            aliases: row.list("aliases", "aliases = [\"…\"]", |value| an_id("aliases", value))?,
            product: row.required("product", product, "\"…\", its name and what it is")?,
            source: sources.iter().map(|source| source.title).collect::<Vec<_>>().join("; ").leak(),
            sources,
            verified,
            exceptions: exceptions(row)?,
            rules: row.list("rules", "rules = [9, 11]", rule)?,
            notes: row.list("notes", "notes = [\"…\"]", |value| text("notes", value))?,
        })
    }
}

fn an_id(key: &'static str, value: Placed<'_>) -> Result<&'static str, Located> {
    // Longer ones would push the columns of a list off the terminal.
    const LONGEST: usize = 64;
    let id = string(key, value)?;
    let fits = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && id.len() <= LONGEST
        && !["never", "off", "on"].contains(&id);
    match fits {
        true => Ok(id.to_owned().leak()),
        false => Err((value.span().start, RowFault::NotAnId { id: id.to_owned() })),
    }
}

fn source(value: Placed<'_>) -> Result<Source, Located> {
    let DeValue::Table(table) = value.get_ref() else {
        return Err(wrong_type(
            "sources",
            value,
            "each source as { title = \"…\", address = \"https://…\" }",
        ));
    };
    let table = RowTable::new(table, value.span().start, "a source", &["title", "address", "read"])?;
    let title = table.text("title")?;
    Ok(Source {
        title: table.required("title", title, "\"…\", as the document calls itself")?,
        address: table.value("address").map(address).transpose()?,
        read: table.value("read").map(day).transpose()?,
    })
}

fn address(value: Placed<'_>) -> Result<&'static str, Located> {
    let address = string("address", value)?;
    let is_one = (address.starts_with("https://") || address.starts_with("http://"))
        && !address.contains(char::is_whitespace);
    match is_one {
        true => Ok(address.to_owned().leak()),
        false => Err((value.span().start, RowFault::NotAnAddress { address: address.to_owned() })),
    }
}

/// A day in quotes, or as TOML has days.
fn day(value: Placed<'_>) -> Result<&'static str, Located> {
    let day = match value.get_ref() {
        DeValue::Datetime(moment) => moment.to_string(),
        _ => string("read", value)?.to_owned(),
    };
    let parts: Vec<u32> = day.split('-').filter_map(|part| part.parse().ok()).collect();
    let is_one = day.len() == "2026-12-01".len() && matches!(parts[..], [2000..=2999, 1..=12, 1..=31]);
    if is_one { Ok(day.leak()) } else { Err((value.span().start, RowFault::NotADay { day })) }
}

fn exceptions(row: &RowTable<'_>) -> Result<&'static [(&'static str, Verified)], Located> {
    let Some(value) = row.value("exceptions") else { return Ok(&[]) };
    let DeValue::Table(table) = value.get_ref() else {
        return Err(wrong_type("exceptions", value, "exceptions = { expiry = \"unverified\" }"));
    };
    let mut parts: Vec<_> = table.iter().collect();
    parts.sort_by_key(|(part, _)| part.span().start);
    let parts = parts.into_iter().map(|(part, standing)| {
        let words: &'static str = part.get_ref().as_ref().to_owned().leak();
        Ok((words, choice("exceptions", standing, &STANDINGS)?))
    });
    Ok(parts.collect::<Result<Vec<_>, Located>>()?.leak())
}

fn rule(value: Placed<'_>) -> Result<u8, Located> {
    let DeValue::Integer(number) = value.get_ref() else {
        return Err(wrong_type("rules", value, "numbers of domain rules, rules = [9, 11]"));
    };
    let number = number.to_string();
    let known = number.parse().ok().filter(|number| domain_rule(*number).is_some());
    known.ok_or((value.span().start, RowFault::UnknownRule { number }))
}

/// Server ports of a row.
pub(super) fn ports(row: &RowTable<'_>) -> Result<&'static [u16], Located> {
    row.list("ports", "ports = [389, 636]", |value| {
        let port = match value.get_ref() {
            DeValue::Integer(port) => port.to_string(),
            other => crate::policy::toml_text::in_words(other),
        };
        let number = port.parse().ok().filter(|port| *port > 0);
        number.ok_or((value.span().start, RowFault::NotAPort { port }))
    })
}
