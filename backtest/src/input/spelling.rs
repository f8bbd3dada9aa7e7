//! Which known word an unknown word was probably meant to be.

/// The least number of single-character insertions, deletions, substitutions and swaps of neighbours, none of which is
/// edited twice ("optimal string alignment": Levenshtein 1966 with the swaps of Damerau 1964).
#[must_use]
pub fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substituted = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substituted.min(row[j - 1] + 1).min(last[j] + 1);
            let swapped = 1 < i && 1 < j && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
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
