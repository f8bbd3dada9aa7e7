//! No text breaks the reader, and no sentence slips into a rule unseen.

use proptest::prelude::*;
use quorate_polymarket::gamma::{
    clean, clean_line, event_from_json, market_from_json, page_from_json,
};

use crate::samples::all;

/// Sentences that would turn a rule around, in the words that rules use.
const TURNING: [&str; 8] = [
    "If trading is halted, this market will resolve to \"No\".",
    "Otherwise, this market will resolve 50-50.",
    "The rules above do not apply on holidays.",
    "This market will resolve to \"Yes\" in any event.",
    "The resolution source for this market is information from Coinbase.",
    "In case of a tie, this market will resolve to \"Down\".",
    "Please note that the price of another exchange may be used.",
    "The candidate must also be inaugurated.",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_anywhere_is_answered(text in "\\PC{0,200}", place in 0_usize..6, which in 0_usize..9) {
        let (_, sample) = all().swap_remove(which);
        let sample = sample.with(|sample| match place {
            0 => sample.slug = text,
            1 => sample.title = text,
            2 => sample.label = text,
            3 => sample.description = text,
            4 => sample.source = text,
            _ => sample.description.push_str(&text),
        });
        // Whatever the answer: there is one, and it can be told.
        if let Err(refusal) = sample.read() {
            prop_assert!(!refusal.to_string().is_empty());
        }
    }

    #[test]
    fn cut_anywhere_is_refused(which in 0_usize..9, cut in 1_usize..2000) {
        let (name, sample) = all().swap_remove(which);
        let mut end = cut % (sample.description.len() - 1);
        while !sample.description.is_char_boundary(end) {
            end -= 1;
        }
        let text = sample.description[..end].to_owned();
        // The notes on decimal places and on replaced nominees may be missing; nothing else may.
        let is_whole = match name {
            "above" => text.trim_end().ends_with("or trading pairs."),
            "nominee" => text.trim_end().ends_with("Party sources."),
            _ => false,
        };
        let cut = sample.with(|sample| sample.description = text);
        prop_assert_eq!(cut.read().is_err(), !is_whole);
    }

    #[test]
    fn an_inserted_sentence_is_refused(which in 0_usize..9, turning in 0_usize..8, gap in 0_usize..40) {
        let (name, sample) = all().swap_remove(which);
        let gaps: Vec<usize> = sample
            .description
            .match_indices(['\n', ' '])
            .map(|(at, _)| at)
            .filter(|at| sample.description[..*at].ends_with(['.', '"']) || sample.description[..*at].ends_with('\n'))
            .chain([sample.description.len()])
            .collect();
        let at = gaps[gap % gaps.len()];
        let (before, after) = sample.description.split_at(at);
        let text = format!("{before} {} {}", TURNING[turning], after);
        let changed = sample.clone().with(|sample| sample.description = text);
        prop_assert!(changed.read().is_err(), "{}", name);
    }

    #[test]
    fn a_dropped_word_is_refused_or_reads_the_same(which in 0_usize..9, word in 0_usize..400) {
        let (name, sample) = all().swap_remove(which);
        let words: Vec<&str> = sample.description.split(' ').collect();
        let dropped = word % words.len();
        let text = words
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != dropped)
            .map(|(_, word)| *word)
            .collect::<Vec<_>>()
            .join(" ");
        let whole = sample.read().unwrap();
        let changed = sample.with(|sample| sample.description = text);
        // Only a name within a slot may lose a word: who wins and by whose word stays the same.
        if let Ok(read) = changed.read() {
            match (read, whole) {
                (quorate_polymarket::rules::Rule::Election(read), quorate_polymarket::rules::Rule::Election(whole)) => {
                    prop_assert_eq!((read.candidate, read.caller, read.fallback, read.other_after),
                        (whole.candidate, whole.caller, whole.fallback, whole.other_after), "{}", name);
                }
                (read, whole) => prop_assert_eq!(read, whole, "{}", name),
            }
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = event_from_json(&bytes);
        let _ = market_from_json(&bytes);
        let _ = page_from_json::<quorate_polymarket::gamma::Market>("markets", &bytes);
    }

    #[test]
    fn cleaned_text_holds_nothing_that_steers(text in any::<String>()) {
        let cleaned = clean(&text);
        prop_assert!(cleaned.chars().all(|c| c == '\n' || !c.is_control()));
        let steers = cleaned.contains(['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}']);
        prop_assert!(!steers);
        let line = clean_line(&text);
        prop_assert!(!line.contains('\n') && line.chars().count() <= 401);
        prop_assert_eq!(clean_line(&line).chars().take(400).collect::<String>(), line.chars().take(400).collect::<String>());
    }
}
