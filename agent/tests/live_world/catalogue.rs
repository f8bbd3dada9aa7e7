//! What is listed of what the settings name, and what is refused.

use quorate_agent::runtime::names::Names;
use quorate_domain::{Coverage, Input, Listing, TickSize, Timestamp};
use serde_json::json;

use crate::common::{
    ELECTION, Instance, Venue, WINDOW_S, election, market_of, outcome, settings, window,
};

const NOW: Timestamp = Timestamp::from_secs(WINDOW_S - 60);

fn probability(markets: &str) -> String {
    format!("[[topics]]\nname = \"president\"\nkind = \"probability\"\nmarkets = [{markets}]\n")
}

fn window_name() -> String {
    format!("btc-updown-5m-{WINDOW_S}")
}

#[tokio::test]
async fn an_unknown_sentence_is_refused_by_name_and_takes_the_market_out_of_trade() {
    let venue = Venue::start().await;
    venue.list(window(0));
    let settings = settings(&format!(
        "[[topics]]\nname = \"btc\"\nkind = \"price\"\nscheme = \"median\"\ncondition = \"up\"\nmarkets = [\"{}\"]\n",
        window_name()
    ));
    let mut discovery = venue.discovery(&settings, &Names::default());
    let catalogue = discovery.catalogue(NOW).await.unwrap();
    let mut instance = Instance::start(&settings, &catalogue, NOW);
    assert!(market_of(&catalogue, &window_name()).link.is_some());
    let text = window(0)["markets"][0]["description"]
        .as_str()
        .unwrap()
        .to_owned();
    let text = format!("{text}\nThis market will resolve to \"Down\" on holidays.");
    venue.change(&window_name(), 0, "description", json!(text));
    let later = discovery.catalogue(NOW).await.unwrap();
    assert_eq!(later.refused.len(), 1);
    let why = &later.refused[0];
    assert!(
        why.contains(&window_name()) && why.contains("on holidays"),
        "{why}"
    );
    let news = instance.hear(&later);
    assert!(
        matches!(&news[..], [Listing::Market(market)] if market.link.is_none()),
        "{news:?}"
    );
    assert_eq!(&instance.notes("not_traded"), std::slice::from_ref(why));
    // Said once is enough.
    let again = discovery.catalogue(NOW).await.unwrap();
    assert!(again.news.is_empty() && again.refused.len() == 1);
    assert!(instance.hear(&again).is_empty());
    // For the feed a refusal goes with its topic, which is told as it is.
    let remarks: Vec<_> = later.remarks().collect();
    assert!(
        matches!(&remarks[..], [(Input::Listed(Listing::Topic(topic)), note)]
        if topic.name == "btc" && note.text == *why)
    );
}

#[tokio::test]
async fn an_event_by_its_name_keeps_its_group_and_takes_in_new_outcomes() {
    let venue = Venue::start().await;
    let (jane, john) = (outcome(1, "Jane Doe"), outcome(2, "John Roe"));
    venue.list(election(&[jane.clone(), john.clone()]));
    let settings = settings(&probability(&format!("\"{ELECTION}\"")));
    let mut discovery = venue.discovery(&settings, &Names::default());
    let catalogue = discovery.catalogue(NOW).await.unwrap();
    assert_eq!(catalogue.refused, Vec::<String>::new());
    let [group] = &catalogue.tape.groups[..] else {
        panic!("{:?}", catalogue.tape.groups);
    };
    assert_eq!(
        (group.name.as_str(), group.coverage),
        (ELECTION, Coverage::Exhaustive)
    );
    let first = market_of(&catalogue, "president-1").clone();
    let second = market_of(&catalogue, "president-2").clone();
    assert_eq!(
        (first.group, second.group),
        (Some(group.id), Some(group.id))
    );
    let (a, b) = (first.link.unwrap(), second.link.unwrap());
    assert_eq!((a.epoch, a.label.0, b.label.0), (b.epoch, 0, 1));
    assert_eq!(catalogue.tape.epochs[0].labels, ["Jane Doe", "John Roe"]);
    let mut instance = Instance::start(&settings, &catalogue, NOW);
    // Another outcome, in front of the others, and another price step.
    venue.list(election(&[outcome(3, "Max Poe"), jane, john]));
    venue.change(ELECTION, 1, "tick", json!(0.001));
    let later = discovery.catalogue(NOW).await.unwrap();
    let news = instance.hear(&later);
    let names: Vec<String> = news
        .iter()
        .map(|listing| match listing {
            Listing::Market(market) => market.name.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["president-3", "president-1"]);
    let first = market_of(&later, "president-1");
    assert_eq!(
        (first.link, first.tick),
        (Some(a), TickSize::parse("0.001").unwrap())
    );
    assert_eq!(market_of(&later, "president-3").link.unwrap().label.0, 2);
    // With one of them closed, the answer may be none of those that trade.
    venue.change(ELECTION, 0, "closed", json!(true));
    let last = discovery.catalogue(NOW).await.unwrap();
    let news = instance.hear(&last);
    assert!(
        matches!(&news[..], [Listing::Group(group)] if group.coverage == Coverage::WithOther),
        "{news:?}"
    );
}

#[tokio::test]
async fn labels_find_their_markets_in_one_event_by_their_names() {
    let venue = Venue::start().await;
    venue.list(election(&[
        outcome(1, "Jane Doe"),
        outcome(2, "John Roe"),
        outcome(3, "Max Poe"),
    ]));
    let settings = settings(&format!(
        "[[topics]]\nname = \"president\"\nkind = \"labels\"\nlabels = [\"Max Poe\", \"jane doe\"]\nmarkets = [\"{ELECTION}\"]\n"
    ));
    let mut discovery = venue.discovery(&settings, &Names::default());
    let catalogue = discovery.catalogue(NOW).await.unwrap();
    let label = |name: &str| market_of(&catalogue, name).link.unwrap().label.0;
    assert_eq!((label("president-3"), label("president-1")), (0, 1));
    assert_eq!(catalogue.tape.markets.len(), 2);
    let [group] = &catalogue.tape.groups[..] else {
        panic!("{:?}", catalogue.tape.groups);
    };
    assert_eq!(
        (group.name.as_str(), group.coverage),
        (ELECTION, Coverage::WithOther)
    );
}

#[tokio::test]
async fn a_condition_and_a_series_name_markets_too() {
    let venue = Venue::start().await;
    for number in 0..5 {
        venue.list(window(number));
    }
    venue.list(election(&[outcome(1, "Jane Doe"), outcome(2, "John Roe")]));
    let events = (0..5)
        .rev()
        .map(|number| format!("btc-updown-5m-{}", WINDOW_S + number * 300));
    venue.listed.lock().unwrap().series.insert(
        "btc-up-or-down-5m".into(),
        ("10684".into(), events.collect()),
    );
    let condition = format!("\"0x{:064x}\"", 2);
    let settings = settings(&format!(
        "{}[[topics]]\nname = \"btc\"\nkind = \"price\"\nscheme = \"median\"\ncondition = \"up\"\nmarkets = [\"series:btc-up-or-down-5m\"]\n",
        probability(&condition)
    ));
    let mut discovery = venue.discovery(&settings, &Names::default());
    let catalogue = discovery.catalogue(NOW).await.unwrap();
    assert_eq!(catalogue.refused, Vec::<String>::new());
    market_of(&catalogue, "president-2");
    let windows = catalogue.tape.markets.iter();
    let windows = windows.filter(|listed| listed.market.name.starts_with("btc-"));
    let starts: Vec<_> = windows
        .map(|listed| listed.market.opens_at.unwrap())
        .collect();
    let starts_s = [0, 300, 600].map(|after| Timestamp::from_secs(WINDOW_S + after));
    assert_eq!(starts, starts_s);
}

#[tokio::test]
async fn what_cannot_hang_on_its_topic_is_refused_with_what_to_write() {
    let venue = Venue::start().await;
    venue.list(window(0));
    venue.list(election(&[outcome(1, "Jane Doe"), outcome(2, "John Roe")]));
    let topic = |name: &str, condition: &str, market: &str| {
        format!(
            "[[topics]]\nname = \"{name}\"\nkind = \"price\"\nscheme = \"median\"\nepoch = \"5m\"\ncondition = \"{condition}\"\nmarkets = [\"{market}\"]\n"
        )
    };
    let all = settings(&format!(
        "{}{}{}",
        topic("level", "above 100000", &window_name()),
        topic("vote", "up", ELECTION),
        topic("none", "up", "no-such-market")
    ));
    let mut discovery = venue.discovery(&all, &Names::default());
    let catalogue = discovery.catalogue(NOW).await.unwrap();
    assert!(catalogue.tape.markets.is_empty());
    let said = catalogue.refused.join("\n");
    for words in [
        "topics.level.condition says otherwise: write condition = \"up\"",
        "it asks about no price",
        "market no-such-market: the venue lists no market of this name",
    ] {
        assert!(said.contains(words), "{said}");
    }
}
