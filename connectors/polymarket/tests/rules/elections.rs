//! Rules of elections: who decides, what happens otherwise, and that title and rule speak of one race.

use jiff::civil::date;
use quorate_polymarket::rules::{Caller, ElectionRule, Fallback, Refusal, Rule};

use crate::samples::{Sample, france, nominee, president, senate};

fn election(sample: &Sample) -> ElectionRule {
    match sample.read() {
        Ok(Rule::Election(rule)) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_presidential_election_falls_back_to_the_inauguration() {
    let rule = election(&president());
    assert_eq!(rule.candidate, "Jane Doe");
    assert_eq!(rule.race, "2028 US Presidential Election");
    assert_eq!(rule.caller, Caller::ThreeNetworks);
    assert_eq!(rule.fallback, Fallback::Inauguration(date(2029, 1, 20)));
    assert_eq!(rule.other_after, None);
}

#[test]
fn a_race_in_a_state_falls_back_to_certification() {
    let rule = election(&senate());
    assert_eq!(rule.candidate, "John Roe (D)");
    assert_eq!(rule.race, "2026 midterm Texas U.S. Senate election");
    assert_eq!(rule.fallback, Fallback::Official);
}

#[test]
fn a_result_that_comes_too_late_is_other() {
    let rule = election(&france());
    assert_eq!(rule.caller, Caller::CredibleReporting);
    assert_eq!(rule.other_after, Some(date(2027, 12, 31)));
}

#[test]
fn a_named_winner_must_be_the_label() {
    let named = |name: &str| {
        president().with(|sample| {
            sample.description = sample.description.replace(
                "This market will resolve to the person who wins the 2028 US Presidential Election.",
                &format!("This market will resolve to \u{201c}Yes\u{201d} if {name} wins the 2028 US Presidential Election. Otherwise, this market will resolve to \u{201c}No.\u{201d}"),
            );
        })
    };
    assert_eq!(election(&named("Jane Q. Doe")).candidate, "Jane Doe");
    for other in ["John Roe", "Ann Doe", "Jane Doe Jr."] {
        let refused = named(other).read();
        assert!(
            matches!(refused, Err(Refusal::Disagreement { .. })),
            "{other}: {refused:?}"
        );
    }
    for hidden in [
        "Jane Doe or nobody",
        "Jane Doe unless she loses it and",
        "someone who",
        "Someone Other Than Jane Doe",
        "Non-Jane Doe",
        "Any Candidate Besides Jane Doe",
    ] {
        let refused = named(hidden).read();
        assert!(
            matches!(refused, Err(Refusal::UnknownSentence { .. })),
            "{hidden}: {refused:?}"
        );
    }
}

#[test]
fn title_and_rule_must_name_the_same_person_year_and_state() {
    let cases = [
        president().with(|sample| sample.label = "John Roe".to_owned()),
        president().with(|sample| {
            sample.title = sample.title.replace("2028", "2032");
            sample.event_title = String::new();
        }),
        senate().with(|sample| {
            sample.title = sample.title.replace("Texas", "Ohio");
            sample.event_title = "Ohio Senate Election Winner".to_owned();
        }),
        senate().with(|sample| sample.label = "John Roe (R)".to_owned()),
    ];
    for sample in cases {
        let refused = sample.read();
        assert!(
            matches!(refused, Err(Refusal::Disagreement { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn an_outcome_without_a_name_is_refused() {
    let unnamed = president().with(|sample| sample.label = String::new());
    assert!(matches!(
        unnamed.read(),
        Err(Refusal::Unexpected {
            place: "the label",
            ..
        })
    ));
}

#[test]
fn a_changed_source_or_deadline_is_refused() {
    for (sample, from, to) in [
        (president(), "Fox News, and NBC", "Fox News, and CNN"),
        (
            senate(),
            "all three sources call",
            "any of these sources calls",
        ),
        (france(), "\"Other\"", "50-50"),
        (france(), "December 31, 2027", "December 32, 2027"),
    ] {
        assert!(sample.description.contains(from), "{from}");
        let refused = sample
            .with(|sample| sample.description = sample.description.replacen(from, to, 1))
            .read();
        assert!(
            matches!(refused, Err(Refusal::UnknownSentence { .. })),
            "{to}: {refused:?}"
        );
    }
}

#[test]
fn a_nomination_is_of_one_party() {
    let rule = election(&nominee());
    assert_eq!(
        (rule.caller, rule.fallback),
        (Caller::Party, Fallback::Unstated)
    );
    assert_eq!(rule.race, "2028 nomination");
    let mixed = nominee().with(|sample| {
        sample.description = sample.description.replacen("Republican", "Democratic", 1);
    });
    let titled = nominee().with(|sample| {
        sample.title = sample.title.replace("Republican", "Democratic");
    });
    for sample in [mixed, titled] {
        let refused = sample.read();
        assert!(
            matches!(refused, Err(Refusal::Disagreement { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_condition_cannot_hide_in_the_name_of_a_race() {
    for race in [
        "2028 US Presidential Election and is inaugurated",
        "2028 US Presidential Election by a majority",
        "2028 US Presidential Election With Over Half The Votes",
        "2028 US Presidential Election, inclusive of recounts",
        "2028 popular vote",
    ] {
        let refused = president()
            .with(|sample| {
                let plain = "who wins the 2028 US Presidential Election";
                let hidden = format!("who wins the {race}");
                sample.description = sample.description.replace(plain, &hidden);
            })
            .read();
        assert!(
            matches!(refused, Err(Refusal::UnknownSentence { .. })),
            "{race}: {refused:?}"
        );
    }
}
