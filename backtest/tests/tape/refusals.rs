//! Every contradiction in a tape is refused where it stands.

use crate::common::{Files, load_files, minimal};
use proptest::prelude::*;

/// `code file:line:col` of every mistake, the folder left out.
fn mistakes(files: &Files) -> Vec<String> {
    let Err(errors) = load_files(files) else {
        return Vec::new();
    };
    let shown = errors.iter().map(|error| {
        let file = error
            .file
            .as_deref()
            .unwrap_or_default()
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let place = error
            .line
            .zip(error.column)
            .map(|(line, column)| format!("{file}:{line}:{column}"));
        format!("{} {}", error.code, place.unwrap_or_default())
    });
    shown.collect()
}

fn refuse(name: &str, text: &str, wanted: &[&str]) {
    let mut files = minimal();
    files.insert(name.to_owned(), text.into());
    assert_eq!(mistakes(&files), wanted, "{name}:\n{text}");
    assert!(
        load_files(&files).is_err_and(|errors| errors.exit_class().code() == 10),
        "{text}"
    );
}

#[test]
fn bad_markets_are_refused() {
    let header = "market,tick,fee_rate";
    for (text, wanted) in [
        (
            format!("{header}\na,0.01,0\nb,0.01,0\na,0.01,0\n"),
            "duplicate-market markets.csv:4:1",
        ),
        (
            format!("{header}\na,0.03,0\nb,0.01,0\n"),
            "bad-tick markets.csv:2:2",
        ),
        (
            format!("{header}\na,0,0\nb,0.01,0\n"),
            "bad-tick markets.csv:2:2",
        ),
        (
            format!("{header}\na,,0\nb,0.01,0\n"),
            "empty-cell markets.csv:2:2",
        ),
        (
            format!("{header}\na,0.01,7\nb,0.01,0\n"),
            "out-of-range markets.csv:2:3",
        ),
        (
            format!("{header}\na,0.01,\nb,0.01,0\n"),
            "empty-cell markets.csv:2:3",
        ),
        (
            format!("{header},loading\na,0.01,0,1700000001\nb,0.01,0,\n"),
            "out-of-range markets.csv:2:4",
        ),
        (
            format!("{header},loading\na,0.01,0,0.5\nb,0.01,0,\n"),
            "contradiction markets.csv:2:4",
        ),
        (
            format!("{header},opens_at,closes_at\na,0.01,0,1700000009,1700000008\nb,0.01,0,,\n"),
            "contradiction markets.csv:2:5",
        ),
        (
            format!("{header},group,exhaustive\na,0.01,0,g,true\nb,0.01,0,g,\n"),
            "contradiction markets.csv:3:5",
        ),
        (
            format!("{header},min_shares\na,0.01,0,-1\nb,0.01,0,\n"),
            "negative-size markets.csv:2:4",
        ),
        (
            format!("{header},complement\na,0.01,0,yes\nb,0.01,0,\n"),
            "unknown-word markets.csv:2:4",
        ),
        (
            format!("{header},fee_exponent\na,0.01,0,99\nb,0.01,0,\n"),
            "out-of-range markets.csv:2:4",
        ),
        (
            "market,tick\na,0.01\nb,0.01\n".to_owned(),
            "missing-column markets.csv:1:1",
        ),
    ] {
        refuse("markets.csv", &text, &[wanted]);
    }
}

#[test]
fn misspelt_optional_columns_are_refused() {
    for (name, meant) in [
        ("complment", "complement"),
        ("gruop", "group"),
        ("Loading", "loading"),
    ] {
        let text = format!("market,tick,fee_rate,{name}\na,0.01,0,\nb,0.01,0,\n");
        refuse("markets.csv", &text, &["misspelt-column markets.csv:1:4"]);
        let mut files = minimal();
        files.insert("markets.csv".into(), text.into());
        let shown = load_files(&files).unwrap_err().to_string();
        assert!(
            shown.contains(&format!("did you mean `{meant}`?")),
            "{shown}"
        );
    }
    let sizes = "at,market,bid,ask,bid_size,ask_size\n1700000001,a,0.4,0.5,1,1\n";
    let wanted = [
        "misspelt-column quotes.csv:1:5",
        "misspelt-column quotes.csv:1:6",
    ];
    refuse("quotes.csv", sizes, &wanted);
    let mut files = minimal();
    let other = "id,at,market,bid,ask,source\n1,1700000001,a,0.4,0.5,x\n";
    files.insert("quotes.csv".into(), other.into());
    assert_eq!(mistakes(&files), [""; 0], "other columns are ignored");
}

#[test]
fn bad_quotes_are_refused() {
    let header = "at,market,bid,ask,bid_shares,ask_shares";
    for (rows, wanted) in [
        ("1700000001,c,0.4,0.5,,", "unknown-market quotes.csv:2:2"),
        ("1700000001,a,1.7,0.5,,", "out-of-range quotes.csv:2:3"),
        ("1700000001,a,0,0.5,,", "out-of-range quotes.csv:2:3"),
        ("1700000001,a,0.4,1,,", "out-of-range quotes.csv:2:4"),
        ("1700000001,a,0.405,0.5,,", "off-tick quotes.csv:2:3"),
        ("1700000001,a,0.5,0.5,,", "crossed-quote quotes.csv:2:3"),
        ("1700000001,a,0.4,0.5,-1,", "negative-size quotes.csv:2:5"),
        ("1700000001,a,,0.5,1,", "contradiction quotes.csv:2:3"),
        (
            "1700000002,a,0.4,0.5,,\n1700000001,a,0.4,0.5,,",
            "time-goes-back quotes.csv:3:1",
        ),
        (
            "1700000001,a,0.4,0.5,,\n1700000001,b,0.4,0.5,,\n1700000001,a,0.4,0.6,,",
            "duplicate-row quotes.csv:4:2",
        ),
        ("1800000001,a,0.4,0.5,,", "after-resolution quotes.csv:2:1"),
        ("soon,a,0.4,0.5,,", "not-a-time quotes.csv:2:1"),
        ("20260301,a,0.4,0.5,,", "not-a-time quotes.csv:2:1"),
        ("1.5,a,0.4,0.5,,", "not-a-time quotes.csv:2:1"),
    ] {
        refuse("quotes.csv", &format!("{header}\n{rows}\n"), &[wanted]);
    }
    refuse(
        "quotes.csv",
        "at,market,bid,ask,mid\n1700000001,a,0.4,0.5,\n",
        &["contradiction quotes.csv:1:1"],
    );
    refuse(
        "quotes.csv",
        "at,market,mid\n1700000001,a,1\n",
        &["out-of-range quotes.csv:2:3"],
    );
    refuse(
        "quotes.csv",
        "at,market,bid\n1700000001,a,0.4\n",
        &["missing-column quotes.csv:1:1"],
    );
}

#[test]
fn bad_books_are_refused() {
    let header = "at,market,event,side,price,shares";
    for (rows, wanted) in [
        (
            "1700000001,b,snapshot,bid,0.405,1",
            "off-tick books.csv:2:5",
        ),
        (
            "1700000001,b,snapshot,bid,0.5,1\n1700000001,b,snapshot,ask,0.5,1",
            "crossed-quote books.csv:3:5",
        ),
        (
            "1700000001,b,snapshot,bid,0.5,1\n1700000001,b,snapshot,bid,0.5,2",
            "duplicate-row books.csv:3:5",
        ),
        (
            "1700000001,b,level,bid,0.5,1\n1700000001,b,level,bid,0.5,1",
            "duplicate-row books.csv:3:3",
        ),
        (
            "1700000001,b,level,bid,0.5,-1",
            "negative-size books.csv:2:6",
        ),
        ("1700000001,b,level,,0.5,1", "empty-cell books.csv:2:4"),
        ("1700000001,b,levle,bid,0.5,1", "unknown-word books.csv:2:3"),
        ("1700000001,b,gap,bid,0.5,1", "contradiction books.csv:2:3"),
        ("1700000001,a,level,bid,0.5,1", "two-sources books.csv:2:2"),
        (
            "1700000002,b,gap,,,\n1700000001,b,gap,,,",
            "time-goes-back books.csv:3:1",
        ),
    ] {
        refuse("books.csv", &format!("{header}\n{rows}\n"), &[wanted]);
    }
}

#[test]
fn bad_trades_inferences_and_ticks_are_refused() {
    for (rows, wanted) in [
        ("1700000001,a,hold,0.4,1", "unknown-word trades.csv:2:3"),
        ("1700000001,a,buy,0.4,0", "out-of-range trades.csv:2:5"),
        ("1700000001,a,buy,0.4001,1", "off-tick trades.csv:2:4"),
        (
            "1700000001,a,buy,0.4,1\n1700000001,a,buy,0.4,1",
            "duplicate-row trades.csv:3:1",
        ),
    ] {
        refuse(
            "trades.csv",
            &format!("at,market,side,price,shares\n{rows}\n"),
            &[wanted],
        );
    }
    for (rows, wanted) in [
        ("1700000001,w,a,1.2,", "out-of-range inferences.csv:2:4"),
        ("1700000001,w,a,nan,", "not-a-number inferences.csv:2:4"),
        (
            "1700000001,w,a,0.4,\n1700000001,w,a,0.5,",
            "duplicate-row inferences.csv:3:2",
        ),
        ("1700000001,,a,0.4,", "empty-cell inferences.csv:2:2"),
        (
            "1700000001,w,a,0.4,1700000002",
            "contradiction inferences.csv:2:5",
        ),
        ("1900000000,w,a,0.4,", "after-resolution inferences.csv:2:1"),
    ] {
        refuse(
            "inferences.csv",
            &format!("published_at,worker,market,value,asof\n{rows}\n"),
            &[wanted],
        );
    }
    refuse(
        "ticks.csv",
        "at,market,tick\n1700000001,a,0.3\n",
        &["bad-tick ticks.csv:2:3"],
    );
}

#[test]
fn bad_outcomes_are_refused() {
    let header = "market,resolved_at,payout";
    for (rows, wanted) in [
        (
            "a,1800000000,1\na,1800000000,1",
            "duplicate-outcome outcomes.csv:3:1",
        ),
        ("a,1800000000,1.5", "out-of-range outcomes.csv:2:3"),
        ("a,,1", "empty-cell outcomes.csv:2:2"),
        ("A1,1800000000,1", "unknown-market outcomes.csv:2:1"),
    ] {
        refuse("outcomes.csv", &format!("{header}\n{rows}\n"), &[wanted]);
    }
    let mut files = minimal();
    let markets =
        "market,tick,fee_rate,group,closes_at\na,0.01,0,g,1800000000\nb,0.01,0,g,1600000000\n";
    files.insert("markets.csv".into(), markets.into());
    files.insert(
        "outcomes.csv".into(),
        "market,resolved_at,payout\na,1750000000,1\nb,1800000000,1\n".into(),
    );
    assert_eq!(
        mistakes(&files),
        [
            "early-outcome outcomes.csv:2:2",
            "duplicate-outcome outcomes.csv:3:3"
        ]
    );
    files.insert(
        "outcomes.csv".into(),
        "market,resolved_at,payout\na,1800000000,1\n".into(),
    );
    assert_eq!(mistakes(&files), ["missing-outcome markets.csv:3:1"]);
}

#[test]
fn folders_without_the_needed_files_are_refused() {
    let codes = |edit: fn(&mut Files)| {
        let mut files = minimal();
        edit(&mut files);
        mistakes(&files)
    };
    let gone = codes(Files::clear);
    assert_eq!(gone, ["missing-file ", "missing-file ", "missing-file "]);
    let misnamed = codes(|files| {
        let quotes = files.remove("quotes.csv").unwrap();
        files.insert("quote.csv".into(), quotes);
    });
    assert_eq!(misnamed, ["misnamed-file ", "missing-file "]);
    let twice = codes(|files| {
        files.insert("quotes.csv.gz".into(), Vec::new());
    });
    assert_eq!(twice, ["two-files-of-a-table "]);
    let absent = std::path::Path::new("/no/such/folder");
    let errors = quorate_backtest::tape::load(absent, &Default::default()).unwrap_err();
    assert_eq!(errors.exit_class().code(), 4);
}

#[test]
fn mistakes_of_all_files_come_together_and_do_not_breed_others() {
    let mut files = minimal();
    files.insert(
        "markets.csv".into(),
        "market,tick,fee_rate\na,0.03,0\nb,x,0\n".into(),
    );
    files.insert(
        "trades.csv".into(),
        "at,market,side,price,shares\n1700000001,a,buy,2,1\n".into(),
    );
    let wanted = [
        "bad-tick markets.csv:2:2",
        "not-a-number markets.csv:3:2",
        "out-of-range trades.csv:2:4",
    ];
    assert_eq!(mistakes(&files), wanted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_bytes_make_loading_panic(
        table in prop::sample::select(vec!["markets.csv", "quotes.csv", "books.csv", "trades.csv", "inferences.csv", "outcomes.csv", "ticks.csv"]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        text in "([0-9ab,.\n]|at|market|event|side|bid|ask|price|shares|snapshot|level|gap|buy|0\\.5|,){0,60}",
    ) {
        for content in [bytes.clone(), text.into_bytes()] {
            let mut files = minimal();
            let header = String::from_utf8(files.get(table).cloned().unwrap_or_default()).unwrap();
            files.insert(table.to_owned(), content.clone());
            let _ = load_files(&files);
            let mut headed = header.lines().next().unwrap_or("at,market,event,side,price,shares").as_bytes().to_vec();
            headed.push(b'\n');
            headed.extend(content);
            files.insert(table.to_owned(), headed);
            let _ = load_files(&files);
        }
    }
}
