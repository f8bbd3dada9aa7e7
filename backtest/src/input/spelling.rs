//! Which known word an unknown word was probably meant to be.

/// Levenshtein distance: the least number of single-character insertions, deletions and substitutions.
#[must_use]
pub fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Longest word that is compared; nobody mistypes a longer one by a letter.
const LONGEST_WORD: usize = 100;

/// The known word nearest to `word`, if it is near enough to be a slip: at most a third of the letters differ.
///
/// Upper and lower case, `-` and `_` count as equal. Among equally near words the first one wins.
#[must_use]
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LONGEST_WORD {
        return None;
    }
    let folded = fold(word);
    let near = |candidate: &&str| candidate.chars().count().abs_diff(length) <= length.max(3) / 3;
    let candidates = known.into_iter().filter(near);
    let (distance, best) = candidates
        .map(|candidate| (edit_distance(&folded, &fold(candidate)), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= length.max(3) / 3).then_some(best)
}

fn fold(word: &str) -> String {
    word.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == '-' { '_' } else { c })
        .collect()
}
