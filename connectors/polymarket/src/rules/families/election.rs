//! Elections: a person, a party, a race that networks call, a race that reporting decides.
//!
//! Seen: the wordings of the US presidential elections of 2024 and 2028, of Senate and governor races of 2026, of a House
//! race of 2026, of the nominations of 2028 and of the French presidential election of 2027. Assumed: that other states and countries differ in the
//! slots only.

use super::super::rule::Caller;
use super::{ElectionTerms, FallbackKind, Meaning, Part, Sentence, Table, may, must};

const INAUGURATED: Meaning = Meaning::Election(ElectionTerms {
    caller: Caller::ThreeNetworks,
    fallback: FallbackKind::Inauguration,
});

const CERTIFIED: Meaning = Meaning::Election(ElectionTerms {
    caller: Caller::ThreeNetworks,
    fallback: FallbackKind::Official,
});

const REPORTED: Meaning = Meaning::Election(ElectionTerms {
    caller: Caller::CredibleReporting,
    fallback: FallbackKind::Official,
});

const NOMINATED: Meaning = Meaning::Election(ElectionTerms {
    caller: Caller::Party,
    fallback: FallbackKind::Unstated,
});

const SCHEDULED: Sentence = may(
    Part::Context,
    &[
        "The {race} is scheduled to take place on {day}.",
        "The {race} is scheduled for {day}.",
        "The {race} will be held on Tuesday, {day}.",
        "The {race} is currently scheduled for {day}.",
    ],
);

const OTHERWISE: Sentence = may(
    Part::Loses,
    &[r#"Otherwise, this market will resolve to "No"."#],
);

const NETWORKS: Sentence = must(
    Part::Source,
    &["The resolution source for this market is the Associated Press, Fox News, and NBC."],
);

const CALLED: Sentence = must(
    Part::Called,
    &[
        "This market will resolve once all three sources call the race for the same candidate.",
        "This market will resolve once all three sources call the race for the same party.",
    ],
);

const INAUGURATION: Sentence = must(
    Part::Fallback,
    &[
        "If all three sources haven't called the race for the same candidate by the inauguration date ({day}) this market will resolve based on who is inaugurated.",
        "If all three sources haven't called the race for the same candidate by the inauguration date ({day}), this market will resolve based on who is inaugurated.",
        "If all three sources haven't called the race for the same party by the inauguration date ({day}) this market will resolve based on who is inaugurated.",
    ],
);

const CERTIFICATION: Sentence = must(
    Part::Fallback,
    &[
        "If all three sources haven't called the race in this state for the same candidate, this market will resolve based on the official certification.",
        "If all three sources haven't called the race in {words} for the same candidate, this market will resolve based on official certification.",
        "If all three sources haven't called the race in {words} for the same candidate, this market will resolve based on the official certification.",
    ],
);

const DEADLINE: Sentence = may(
    Part::Deadline,
    &[
        r#"If the results of the election are not confirmed by {day}, this market will resolve to "Other"."#,
        r#"If, for any reason, the results of the election are not known by {day}, 11:59 PM ET, this market will resolve to "Other"."#,
        r#"If the result of this election isn't known definitively by {day}, 11:59 PM ET, the market will resolve to "Other"."#,
    ],
);

const NOMINEES: [Sentence; 5] = [
    must(
        Part::About,
        &[
            "A candidate shall be considered to represent a party in the event that he or she is the nominee of the party in question.",
        ],
    ),
    may(
        Part::Context,
        &[
            "Candidates other than the Democratic or Republican nominee (e.g., Greens, Libertarian, independent) may be added at a later date.",
        ],
    ),
    may(
        Part::About,
        &[
            r#"Candidates who run as independents will not be encompassed by the "Democrat" or "Republican" options regardless of any affiliation they may have with the party."#,
        ],
    ),
    may(
        Part::Context,
        &["The candidates may be named in the contract for the convenience of traders."],
    ),
    may(
        Part::About,
        &[
            "In the event that any named candidate is replaced as the nominee of their respective party prior to election day, the name in the contract will be updated and the market will resolve based on the replacement nominee of the party.",
        ],
    ),
];

const CONSENSUS: Sentence = must(
    Part::Called,
    &[
        "This market will resolve based on the result of the election as indicated by a consensus of credible reporting.",
        "This market will resolve based on the result of the election, as indicated by a consensus of credible reporting.",
    ],
);

const OFFICIAL: Sentence = must(
    Part::Fallback,
    &[
        "If there is ambiguity, this market will resolve based solely on the official results as reported by the {words}, specifically the {words} ({url}).",
        "If there is ambiguity, this market will resolve based solely on the official results as reported by the {words}, specifically the {words}.",
        "If there is ambiguity, this market will resolve based solely on the official results as reported by the {words}.",
    ],
);

pub(super) const TABLES: [Table; 7] = [
    Table {
        name: "winner of a presidential election",
        meaning: INAUGURATED,
        sentences: &[
            SCHEDULED,
            must(
                Part::Wins,
                &[
                    "This market will resolve to the person who wins the {race}.",
                    r#"This market will resolve to "Yes" if {name} wins the {race}."#,
                ],
            ),
            OTHERWISE,
            NETWORKS,
            CALLED,
            INAUGURATION,
        ],
    },
    Table {
        name: "party that wins a presidential election",
        meaning: INAUGURATED,
        sentences: &[
            SCHEDULED,
            must(
                Part::Wins,
                &[
                    "This market will resolve to the political party whose candidate is elected the next President of the United States in the {race}.",
                ],
            ),
            NETWORKS,
            CALLED,
            INAUGURATION,
        ],
    },
    Table {
        name: "party that wins a race in a state",
        meaning: CERTIFIED,
        sentences: &[
            SCHEDULED,
            must(
                Part::Wins,
                &[
                    "This market will resolve according to the winner of the {race}, inclusive of any run-offs.",
                    "This market will resolve according to the winner of the {race}.",
                ],
            ),
            NOMINEES[0],
            NOMINEES[1],
            NOMINEES[2],
            NOMINEES[3],
            NOMINEES[4],
            NETWORKS,
            CALLED,
            CERTIFICATION,
        ],
    },
    Table {
        name: "candidate who wins a race in a state",
        meaning: CERTIFIED,
        sentences: &[
            SCHEDULED,
            must(
                Part::Wins,
                &[
                    "This market will resolve according to the candidate who wins the {race} currently scheduled for {day}.",
                    "This market will resolve according to the candidate who wins the {race}.",
                    r#"This market will resolve to "Yes" if {name} wins the {race}."#,
                ],
            ),
            OTHERWISE,
            DEADLINE,
            NETWORKS,
            CALLED,
            CERTIFICATION,
        ],
    },
    Table {
        name: "candidate who wins an election by credible reporting",
        meaning: REPORTED,
        sentences: &[
            may(
                Part::Context,
                &["The next {race} is currently expected to be held around {words}."],
            ),
            SCHEDULED,
            may(
                Part::Context,
                &[
                    "This market pertains to the outcome of the next {race}, regardless of whether it follows the scheduled end of the current term or is held earlier.",
                ],
            ),
            may(
                Part::Context,
                &[
                    "The President of {words} is elected via a two-round system; a candidate must secure over 50% of the vote to win outright in the first round.",
                ],
            ),
            may(
                Part::Context,
                &["If no candidate achieves this, the top two contenders advance to a runoff."],
            ),
            must(
                Part::Wins,
                &[
                    "This market will resolve according to the candidate who wins this election.",
                    "This market will resolve according to the candidate who wins the {race}.",
                    r#"This market will resolve to "Yes" if {name} wins the {race}."#,
                ],
            ),
            OTHERWISE,
            may(
                Part::Context,
                &["This market includes any potential second round."],
            ),
            DEADLINE,
            CONSENSUS,
            OFFICIAL,
        ],
    },
    Table {
        name: "party that wins a seat by credible reporting",
        meaning: REPORTED,
        sentences: &[
            must(
                Part::Wins,
                &[
                    "This market will resolve according to the party of the candidate who wins the {race}.",
                ],
            ),
            may(
                Part::Context,
                &["The midterm elections will take place on {day}."],
            ),
            must(
                Part::About,
                &[
                    "A candidate's party will be determined by their ballot-listed or otherwise identifiable affiliation with that party at the time all of the {race} are conclusively called by this market's resolution sources.",
                ],
            ),
            must(
                Part::About,
                &[
                    "A candidate without a ballot-listed affiliation to either the Democrat or Republican parties will be considered a member of one of these parties based on the party with which they most recently expressed their intent to caucus at the time all of the {race} are conclusively called by this market's resolution sources.",
                ],
            ),
            CONSENSUS,
            OFFICIAL,
        ],
    },
    Table {
        name: "nominee of a party",
        meaning: NOMINATED,
        sentences: &[
            must(
                Part::Wins,
                &[
                    r#"This market will resolve to "Yes" if the named individual wins and accepts the {race} of the {party} Party for U.S. president."#,
                    r#"This market will resolve to "Yes" if {name} wins and accepts the {race} of the {party} Party for U.S. president."#,
                ],
            ),
            must(
                Part::Loses,
                &[r#"Otherwise, this market will resolve to "No"."#],
            ),
            must(
                Part::Called,
                &[
                    "The resolution source for this market will be a consensus of official {party} Party sources.",
                ],
            ),
            may(
                Part::About,
                &[
                    "Any replacement of the {party} nominee before election day will not change the resolution of the market.",
                ],
            ),
        ],
    },
];
