//! What a miss may have meant: words that look like it.

use super::Preset;

/// How many ids a miss suggests: more would be a list to search again.
pub const SUGGESTIONS: usize = 3;

/// Longer words are no typing mistake, and the distance takes time with the square of the length.
const LONGEST: usize = 64;

/// The words of `known` that look like `word`, the likeliest first: those within a third of its length in
/// edits, and those that contain it or are contained in it.
pub(crate) fn nearest(word: &str, known: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let word = word.to_ascii_lowercase();
    if word.is_empty() || word.len() > LONGEST {
        return Vec::new();
    }
    let mut scored: Vec<(usize, &'static str)> = known
        .filter_map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, candidate);
            let overlaps = word.len() >= 3 && (candidate.contains(&word) || word.contains(candidate));
            (distance <= tolerated(&word) || overlaps).then_some((distance, candidate))
        })
        .collect();
    scored.sort();
    scored.into_iter().map(|(_, candidate)| candidate).take(SUGGESTIONS).collect()
}

fn tolerated(word: &str) -> usize {
    (word.chars().count() / 3).max(1)
}

/// How a name looks like the word, the likeliest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// A letter apart.
    Letter,
    /// It has each part of the word, which others stand between.
    Parts,
    /// It begins so.
    Prefix,
    /// A few letters apart.
    Edits,
    /// It has the word within, or the word has it.
    Within,
    /// Its product has the word.
    Product,
}

/// Ids of the presets that `word` may have meant, the likeliest first: by edits, by how their id or an alias
/// begins, by what it contains, by their product. The vendor before the first hyphen may be left out; hyphens
/// and spaces do not count.
pub(super) fn nearest_presets(word: &str) -> Vec<&'static str> {
    let parts: Vec<String> =
        word.split([' ', '-', '_', '.']).map(plain).filter(|part| !part.is_empty()).collect();
    let word = plain(word);
    if word.is_empty() || word.len() > LONGEST {
        return Vec::new();
    }
    let mut scored: Vec<(Likeness, usize, &'static str)> = Preset::all()
        .filter_map(|preset| {
            let names = preset.aliases().iter().copied().chain([preset.id()]);
            let by_name = names.filter_map(|name| {
                // Most ids begin with a vendor, which is often left out.
                let rest = name.split_once('-').and_then(|(_, rest)| likeness(&word, &plain(rest)));
                let name = plain(name);
                let holds =
                    (name.len() >= 3 && word.contains(&name)).then_some((Likeness::Within, word.len()));
                let has_all = parts.len() > 1 && parts.iter().all(|part| name.contains(part));
                let parts = has_all.then_some((Likeness::Parts, name.len()));
                likeness(&word, &name).into_iter().chain(rest).chain(holds).chain(parts).min()
            });
            let by_name = by_name.min();
            let by_product = || {
                (word.len() >= 3 && plain(preset.product()).contains(&word)).then_some((Likeness::Product, 0))
            };
            let (likeness, distance) = by_name.or_else(by_product)?;
            Some((likeness, distance, preset.id()))
        })
        .collect();
    scored.sort();
    // Beside one that is a letter away, those that are four away are not meant.
    let clearest = scored.first().map_or(0, |(_, distance, _)| *distance);
    scored.retain(|(likeness, distance, _)| *likeness != Likeness::Edits || *distance <= clearest + 1);
    scored.into_iter().map(|(.., id)| id).take(SUGGESTIONS).collect()
}

/// Likeness and distance of a name that has the word or is nearly it.
fn likeness(word: &str, name: &str) -> Option<(Likeness, usize)> {
    let distance = strsim::damerau_levenshtein(word, name);
    let likeness = match () {
        () if distance <= 1 => Likeness::Letter,
        () if name.starts_with(word) && word.len() >= 2 => Likeness::Prefix,
        () if distance <= tolerated(word) => Likeness::Edits,
        // Shorter words are within too many.
        () if name.contains(word) && word.len() >= 3 => Likeness::Within,
        () => return None,
    };
    Some((likeness, distance))
}

/// Small letters and digits only.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `; did you mean a, b or c?`, or nothing.
pub(crate) fn did_you_mean(nearest: &[&str]) -> String {
    match nearest {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [first @ .., last] => format!("; did you mean {} or {last}?", first.join(", ")),
    }
}
