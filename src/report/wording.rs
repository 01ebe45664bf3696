//! How counts, lists, limits and instants are said in prose.

use crate::time::{Span, Timestamp};

/// `12,345,678`. Never for frame numbers and ids, which readers copy.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 flow`, `12 flows`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(count)) }
}

/// `3 of 12 flows were`, `1 of 12 flows was`, `the only flow was`, `all 12 flows were`.
pub(super) fn share(count: u64, of: u64, noun: &str, verb: [&str; 2]) -> String {
    let [singular, plural] = verb;
    match (count, of) {
        (1, 1) => format!("the only {noun} {singular}"),
        (1, _) => format!("1 of {} {noun}s {singular}", grouped(of)),
        _ if count == of => format!("all {} {noun}s {plural}", grouped(of)),
        _ => format!("{} of {} {noun}s {plural}", grouped(count), grouped(of)),
    }
}

/// `a, b, c and 4 more`; `more` are those that are not in `items` at all.
pub(super) fn listed<S: AsRef<str>>(items: &[S], at_most: usize, more: u64) -> String {
    let shown = items.len().min(at_most);
    let rest = more.saturating_add((items.len() - shown) as u64);
    let text = items.iter().take(shown).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match (shown, rest) {
        (_, 0) => text,
        (0, _) => grouped(rest),
        _ => format!("{text} and {} more", grouped(rest)),
    }
}

/// `a, b and c`.
pub(super) fn joined<S: AsRef<str>>(items: &[S]) -> String {
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => only.as_ref().to_owned(),
        Some((last, others)) => format!("{} and {}", listed(others, others.len(), 0), last.as_ref()),
    }
}

/// An idle limit as vendors write it: `350s`, not `5m 50s`; `24h`, not `1d`; else as any length.
pub(super) fn limit(span: Span) -> String {
    let seconds = span.as_secs();
    let whole = span == Span::from_secs(seconds);
    match seconds {
        _ if !whole => span.to_string(),
        1..600 if !seconds.is_multiple_of(60) => format!("{seconds}s"),
        86_400..=172_800 if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ => span.to_string(),
    }
}

/// `2023-11-14 20:13:20 to 22:13:20`, UTC; the second date only when it differs.
pub(super) fn period(first: Timestamp, last: Timestamp) -> String {
    let (first, last) = (moment(first), moment(last));
    match (first.split_once(' '), last.split_once(' ')) {
        (Some((day, _)), Some((same, time))) if day == same => format!("{first} to {time}"),
        _ => format!("{first} to {last}"),
    }
}

/// `2023-11-14 22:13:20`, UTC.
pub(super) fn moment(at: Timestamp) -> String {
    let text = at.to_rfc3339();
    match text.split_once('T') {
        Some((date, time)) => {
            let to_the_second = time.split(['.', 'Z']).next().unwrap_or(time);
            format!("{date} {to_the_second}")
        }
        // Before 1970: the clock was wrong, the raw number says so.
        None => text,
    }
}

/// A clause as a sentence begins.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_declined() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
        assert_eq!(counted(1, "flow"), "1 flow");
        assert_eq!(counted(0, "flow"), "0 flows");
    }

    #[test]
    fn shares_read_as_people_say_them() {
        let verb = ["was", "were"];
        assert_eq!(share(3, 12, "flow", verb), "3 of 12 flows were");
        assert_eq!(share(1, 12, "flow", verb), "1 of 12 flows was");
        assert_eq!(share(1, 1, "flow", verb), "the only flow was");
        assert_eq!(share(12, 12, "flow", verb), "all 12 flows were");
    }

    #[test]
    fn a_bounded_list_says_exactly_how_many_more() {
        assert_eq!(listed(&["a", "b"], 3, 0), "a, b");
        assert_eq!(listed(&["a", "b", "c", "d"], 2, 5), "a, b and 7 more");
        assert_eq!(listed::<&str>(&[], 2, 5), "5");
    }

    #[test]
    fn limits_are_said_as_vendors_write_them() {
        for (seconds, text) in
            [(350, "350s"), (240, "4m"), (3600, "1h"), (60, "60s"), (7440, "2h 4m"), (86_400, "24h")]
        {
            assert_eq!(limit(Span::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_period_names_the_second_day_only_when_it_differs() {
        let at = |seconds: i64| Timestamp::from_nanos(seconds * 1_000_000_000);
        assert_eq!(period(at(1_700_000_000), at(1_700_003_600)), "2023-11-14 22:13:20 to 23:13:20");
        assert_eq!(
            period(at(1_700_000_000), at(1_700_036_000)),
            "2023-11-14 22:13:20 to 2023-11-15 08:13:20"
        );
    }

    #[test]
    fn lists_end_in_and() {
        assert_eq!(joined(&["a"]), "a");
        assert_eq!(joined(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn instants_are_said_to_the_second() {
        assert_eq!(moment(Timestamp::from_nanos(1_700_000_000_000_000_001)), "2023-11-14 22:13:20");
    }
}
