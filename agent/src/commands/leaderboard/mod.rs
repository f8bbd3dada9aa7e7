//! `quorate leaderboard`: how every worker of an instance stands, recomputed from the raw submissions in its journal.

mod fold;
mod gather;
mod past;
mod rounds;
mod standing;
mod table;

use std::num::NonZeroUsize;

use quorate_backtest::input::closest;
use quorate_domain::TopicId;

use super::collective_args::LeaderboardArgs;
use super::folder_words;
use super::operate::{answer, folder, past};
use crate::console::Console;
use crate::failure::{EXIT_NOT_FOUND, Failure};
use gather::Gather;
use past::TopicPast;
pub(super) use standing::scheme_word;
use standing::{Asked, TopicStanding};

/// Batches that count as recent when nobody says otherwise.
const WINDOW: usize = 30;

pub(super) fn run(args: &LeaderboardArgs, console: &Console) -> Result<(), Failure> {
    let mut gather = Gather::default();
    past(&folder(&args.instance), &mut gather)?;
    let (names, topics) = gather.into_topics();
    let known: Vec<String> = names.topics().map(|(_, name)| name.to_owned()).collect();
    if let Some(name) = args.topic.as_ref().filter(|name| !known.contains(name)) {
        return Err(no_topic(name, known.iter().map(String::as_str)));
    }
    let asked = Asked {
        window: args.rolling.map_or(WINDOW, NonZeroUsize::get),
        is_recent: args.rolling.is_some(),
        is_exact: args.exact,
        points: args.points,
    };
    let wanted = |(id, _): &(&TopicId, &TopicPast)| {
        args.topic
            .as_ref()
            .is_none_or(|name| *name == names.topic(**id))
    };
    let standings: Result<Vec<TopicStanding>, Failure> = topics
        .iter()
        .filter(wanted)
        .map(|(id, past)| TopicStanding::of(names.topic(*id), past, &names, asked))
        .collect();
    let standings = standings?;
    answer(console, &serde_json::json!({ "topics": standings }), || {
        table::render(&standings, asked)
    })?;
    let folder = folder_words(&args.instance);
    console.next(&match args.exact {
        true => format!("quorate topics list{folder}"),
        false => format!("quorate leaderboard --exact{folder}"),
    });
    Ok(())
}

/// A topic that does not exist, with the one that may be meant.
pub(super) fn no_topic<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> Failure {
    let hint = match closest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match known.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "there are no topics here yet".to_owned(),
            all => format!("topics are: {all}"),
        },
    };
    let message = format!("no topic is named `{name}`");
    Failure::state_hint("no-topic", EXIT_NOT_FOUND, message, hint)
}
