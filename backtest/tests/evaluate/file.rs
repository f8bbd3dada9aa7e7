//! The evaluation file, the table it names, the join, and the text report.

use std::path::Path;

use quorate_backtest::evaluate::{
    Evaluation, EvaluationFile, ForecastKind, ForecastName, Rounding, Table, evaluate, observe,
    parse_time_ms, render,
};
use quorate_backtest::input::Diagnostic;

const COLUMNS: &str = "
[columns]
time = 'at'
cluster = 'race'
outcome = 'won'
mid = 'price'
";

const ROWS: &str = "at,race,won,price,a,b
2024-11-01T00:00:00Z,AZ,1,0.40,0.50,0.60
2024-11-01T00:00:00Z,WI,0,0.55,0.58,
2024-11-02,AZ,1,0.45,0.50,0.70
2024-11-02,WI,0,,0.20,0.30
2024-11-03,NV,,0.5,0.5,0.5
";

fn run(toml: &str, rows: &str) -> Evaluation {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), rows).unwrap();
    let text = format!("table = 'rows.csv'\n{toml}");
    let file = EvaluationFile::parse("test.toml", &text, folder.path()).unwrap();
    file.evaluate().unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is wrong with an evaluation file, one line a mistake.
fn mistakes(toml: &str) -> Vec<String> {
    let errors = EvaluationFile::parse("e.toml", toml, Path::new("")).unwrap_err();
    errors.iter().map(Diagnostic::one_line).collect()
}

fn two_models() -> String {
    "model = [{ name = 'A', column = 'a' }, { name = 'B', column = 'b' }]\n".to_owned()
}

#[test]
fn a_table_is_evaluated_as_the_file_says() {
    let toml = two_models()
        + "name = 'two races'\nrule = [{ name = 'mid', entry = 'mid' }]\n\
           mean = [{ name = 'both', models = ['A', 'B'] }]\n"
        + COLUMNS;
    let evaluation = run(&toml, ROWS);
    assert_eq!(evaluation.name, "two races");
    assert_eq!(
        (
            evaluation.rows.read,
            evaluation.rows.used,
            evaluation.rows.without_outcome
        ),
        (5, 4, 1)
    );
    let all = &evaluation.groups[0].subsets[0];
    assert_eq!(all.clusters, ["AZ", "WI"]);
    let names: Vec<&str> = all
        .forecasts
        .iter()
        .map(|forecast| forecast.name.as_str())
        .collect();
    let collective = ["mean of models", "median of models", "logit mean of models"];
    assert_eq!(names, [&["A", "B", "both"][..], &collective].concat());
    let rows: Vec<usize> = all.forecasts.iter().map(|forecast| forecast.rows).collect();
    assert_eq!(
        rows,
        [4, 3, 3, 4, 4, 4],
        "the collective speaks where any model does"
    );
    assert_eq!(
        all.forecasts[0].score.as_ref().unwrap().n,
        3,
        "one row has no price"
    );
    assert_eq!(
        all.forecasts[0].holds[0].trades, 2,
        "an edge of exactly three cents is no trade"
    );
}

#[test]
fn required_columns_exclusions_and_subsets_choose_rows() {
    let toml = two_models()
        + "require = ['b']\nexclude = ['WI']\nsubset = [{ name = 'west', clusters = ['AZ', 'WI'] }]\n"
        + COLUMNS;
    let evaluation = run(&toml, ROWS);
    assert_eq!(evaluation.rows.without_required, 1);
    let [all, west] = &evaluation.groups[0].subsets[..] else {
        panic!("two subsets")
    };
    assert_eq!(
        (all.rows, west.rows),
        (2, 3),
        "a subset may name what is excluded from the whole"
    );
}

#[test]
fn groups_come_in_numerical_order() {
    let toml = "group_by = 'offset'\n[columns]\ntime='t'\ncluster='w'\noutcome='o'\nmid='m'\n";
    let rows =
        "t,w,o,m,offset\n1700000001,a,1,0.5,120\n1700000002,a,0,0.5,30\n1700000003,b,1,0.5,120\n";
    let evaluation = run(toml, rows);
    let groups: Vec<(&str, usize)> = evaluation
        .groups
        .iter()
        .map(|g| (g.value.as_str(), g.subsets[0].rows))
        .collect();
    assert_eq!(groups, [("30", 1), ("120", 2)]);
}

#[test]
fn an_ask_of_no_mirrors_the_bid_of_yes() {
    let toml = "rule = [{ name = 'ask', entry = 'cost', source = 'ask' }]\n\
                [columns]\ntime='t'\ncluster='w'\noutcome='o'\nbid='bid'\nask='ask'\n";
    let rows = "t,w,o,bid,ask\n1700000001,a,UP,0.4,0.5\n";
    let words = toml.to_owned() + "outcome_yes = 'UP'\noutcome_no = 'DOWN'\n";
    let all = &run(&words, rows).groups[0].subsets[0];
    let pair = &all.pair_costs[0];
    assert!((pair.mean - 1.1).abs() < 1e-12);
    assert_eq!(all.quotes.two_sided, 1);
}

#[test]
fn every_mistake_of_a_file_is_reported_at_its_place() {
    let toml = "table = 'rows.csv'
pool_weight = [0.5]
model = [{ name = 'A', column = 'a' }, { name = 'A', column = 'b' }]
mean = [{ name = 'both', models = ['A', 'C'] }]
snapshots = ['yesterday']
rule = [{ name = 'ask', entry = 'cost', source = 'ask' }, { name = 'x', entry = 'middle' }]
kelly = { rule = 'asks' }
[columns]
time = 'at'
cluster = 'race'
outcome_yes = 'UP'
";
    let found = mistakes(toml);
    for part in [
        "e.toml:2:1: unknown key `pool_weight`",
        "`A` names two models or means",
        "e.toml:4:35: no model is called `C`",
        "e.toml:5:13: `yesterday` is not a time",
        "e.toml:6:81: rule.entry = 'middle'",
        "e.toml:7:18: no rule is called `asks`",
        "missing key `columns.outcome`",
        "outcome_yes and outcome_no come together or not at all",
    ] {
        assert!(
            found.iter().any(|line| line.contains(part)),
            "{part} is not in {found:#?}"
        );
    }
}

#[test]
fn a_rule_without_its_columns_is_refused() {
    for (rule, part) in [
        (
            "entry = 'cost', source = 'ask'",
            "needs ask, and no_ask or bid, in [columns]",
        ),
        (
            "entry = 'favourite', source = 'columns'",
            "needs cost_yes and cost_no in [columns]",
        ),
        ("entry = 'fill_later'", "needs later_mid in [columns]"),
    ] {
        let toml = format!("table = 'x.csv'\nrule = [{{ name = 'r', {rule} }}]\n{COLUMNS}");
        let found = mistakes(&toml);
        assert!(
            found.iter().any(|line| line.contains(part)),
            "{part} is not in {found:#?}"
        );
    }
}

#[test]
fn a_file_needs_exactly_one_source_of_rows() {
    let none = mistakes(COLUMNS);
    assert!(
        none.iter().any(|line| line.contains("missing key `table`")),
        "{none:#?}"
    );
    let join = "\n[join.base]\nfile='b'\ntime='t'\ncluster='c'\n";
    let both = mistakes(&format!("table = 'x.csv'\n{COLUMNS}{join}"));
    assert!(
        both.iter()
            .any(|line| line.contains("table and [join] are both given")),
        "{both:#?}"
    );
}

#[test]
fn bad_cells_are_reported_with_line_and_column() {
    let text = "table = 'rows.csv'\nmodel = [{ name = 'A', column = 'a' }]\n".to_owned() + COLUMNS;
    let file = EvaluationFile::parse("e.toml", &text, Path::new("")).unwrap();
    let rows = "at,race,won,price,a\n2024-11-01,AZ,1,0.4,1.5\nnoon,AZ,1,0.4,0.5\n\
                2024-11-01,AZ,yes,0.4,0.5\n2024-11-01,,1,nan,0.5\n2024-11-01T00:00:00,AZ,1,0.4,0.5\n";
    let table = Table::parse("rows.csv", rows.as_bytes()).unwrap();
    let errors = observe(&file.spec, &table).unwrap_err();
    let lines: Vec<String> = errors.iter().map(Diagnostic::one_line).collect();
    let expected = [
        "rows.csv:2:5: a `1.5` is outside 0..1",
        "rows.csv:3:1: at `noon` is not a time",
        "rows.csv:4:3: won `yes` is not an outcome",
        "rows.csv:5:2: race `` must not be empty",
        "rows.csv:6:1: at `2024-11-01T00:00:00` is not a time",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(expected) {
        assert!(
            line.starts_with(start),
            "{line} does not start with {start}"
        );
    }
}

#[test]
fn rows_that_repeat_a_bet_and_crossed_quotes_are_refused() {
    let toml = "[columns]\ntime='t'\ncluster='w'\noutcome='o'\nbid='bid'\nask='ask'\n";
    let text = format!("table = 'x.csv'\nrule = [{{ name = 'mid', entry = 'mid' }}]\n{toml}");
    let rows = "t,w,o,bid,ask\n2024-11-01,a,1,0.4,0.5\n2024-11-01,b,1,0.6,0.5\n\
                2024-11-01T00:00:00Z,a,1,0.4,0.5\n2024-11-02,a,1,0.5,0.5\n";
    let found = |text: &str| -> Vec<String> {
        let file = EvaluationFile::parse("e.toml", text, Path::new("")).unwrap();
        let table = Table::parse("x.csv", rows.as_bytes()).unwrap();
        let errors = observe(&file.spec, &table).unwrap_err();
        errors.iter().map(Diagnostic::one_line).collect()
    };
    let lines = found(&text);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(
        lines[0].starts_with("x.csv:3:5: ask `0.5` is below the bid 0.6"),
        "{lines:#?}"
    );
    assert!(
        lines[1].starts_with("x.csv:4:1: the row repeats"),
        "{lines:#?}"
    );
    assert!(lines[1].contains("of line 2"), "{lines:#?}");
    let grouped = found(&format!("group_by = 'bid'\n{text}"));
    assert_eq!(
        grouped.len(),
        2,
        "equal groups repeat as well: {grouped:#?}"
    );
}

#[test]
fn names_that_stand_for_nothing_are_refused_at_their_place() {
    let found = mistakes(&format!(
        "table = 'rows.csv'\nmean = [{{ name = 'none', models = [] }}]\n{COLUMNS}"
    ));
    assert!(found[0].starts_with("e.toml:2:35: "), "{found:#?}");
    assert!(found[0].contains("names no model"), "{found:#?}");

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), ROWS).unwrap();
    let toml = "table = 'rows.csv'\nexclude = ['NV', 'Wi']\n\
                subset = [{ name = 'west', clusters = ['AZ', 'CA'] }]\n";
    let text = two_models() + toml + COLUMNS;
    let file = EvaluationFile::parse("e.toml", &text, folder.path()).unwrap();
    let errors = file.evaluate().unwrap_err();
    let lines: Vec<String> = errors.iter().map(Diagnostic::one_line).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(
        lines[0].starts_with("e.toml:3:18: no row of the table has the cluster `Wi`"),
        "{lines:#?}"
    );
    assert!(
        lines[1].starts_with("e.toml:4:46: no row of the table has the cluster `CA`"),
        "{lines:#?}"
    );
    assert!(
        errors.to_string().contains("did you mean `WI`?"),
        "{errors}"
    );
}

#[test]
fn the_error_of_a_single_cluster_is_not_shown() {
    let toml =
        two_models() + "exclude = ['WI']\nrule = [{ name = 'mid', entry = 'mid' }]\n" + COLUMNS;
    let text = render(&run(&toml, ROWS));
    assert!(text.contains("(s.e. -)"), "{text}");
    assert!(!text.contains("(0.0000)"), "{text}");
    assert!(
        !text.contains("Kelly in sequence books"),
        "no path, no caution"
    );
}

#[test]
fn missing_columns_suggest_the_nearest_name() {
    let text =
        "table = 'rows.csv'\nmodel = [{ name = 'A', column = 'p_fte583' }]\n".to_owned() + COLUMNS;
    let file = EvaluationFile::parse("e.toml", &text, Path::new("")).unwrap();
    let table = Table::parse("rows.csv", b"at,race,won,price,p_fte538\n").unwrap();
    let errors = observe(&file.spec, &table).unwrap_err();
    assert!(
        errors.to_string().contains("did you mean `p_fte538`?"),
        "{errors}"
    );
}

#[test]
fn malformed_tables_are_refused() {
    for (rows, part) in [
        ("", "the table is empty"),
        ("a,b,a\n", "column `a` appears twice"),
        ("a,b\n1\n", "the row has 1 fields, the header has 2"),
    ] {
        let errors = Table::parse("t.csv", rows.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(errors.contains(part), "{errors}");
    }
    let errors = Table::parse("t.csv.gz", b"not gzip")
        .unwrap_err()
        .to_string();
    assert!(errors.contains("the gzip stream is damaged"), "{errors}");
    assert!(Table::read(Path::new("/nowhere/at/all.csv")).is_err());
}

#[test]
fn a_join_takes_the_last_record_known_at_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "base.csv",
        "t,race\n1700000100,AZ\n1700000200,AZ\n1700000200,WI\n1700005000,AZ\n1700009000,AZ\n",
    );
    // Two trades share second 150: the later line wins. The empty price at 190 is not filled from before.
    write(
        "trades.csv",
        "ts,race,price\n1700000150,AZ,0.4\n1700000150,AZ,0.5\n1700000190,WI,\n1700000100,WI,0.9\n",
    );
    write(
        "models.csv",
        "known,race,model,p\n1700000100,AZ,A,0.6\n1700000101,AZ,A,0.7\n1700000050,AZ,B,0.1\n1700000050,AZ,C,0.2\n",
    );
    write("won.csv", "race,won\nAZ,1\nWI,0\n");
    let toml = "
[columns]
time = 't'
cluster = 'race'
outcome = 'won'
mid = 'price'
[join.base]
file = 'base.csv'
time = 't'
cluster = 'race'
until = '2023-11-15T00:43:20Z'
[[join.source]]
file = 'trades.csv'
time = 'ts'
cluster = 'race'
columns = ['price']
max_age = '1h'
age_column = 'age_h'
[[join.source]]
file = 'models.csv'
time = 'known'
cluster = 'race'
key = 'model'
value = 'p'
keys = ['A', 'B']
[[join.source]]
file = 'won.csv'
cluster = 'race'
columns = ['won']
";
    let file = EvaluationFile::parse("e.toml", toml, folder.path()).unwrap();
    let table = file.table().unwrap();
    assert_eq!(
        table.header,
        ["t", "race", "price", "age_h", "A", "B", "won"]
    );
    let rows: Vec<String> = table.rows.iter().map(|row| row.cells.join(",")).collect();
    let hours = (50.0_f64 / 3600.0).to_string();
    let expected = [
        "1700000100,AZ,,,0.6,0.1,1".to_owned(),
        format!("1700000200,AZ,0.5,{hours},0.7,0.1,1"),
        format!("1700000200,WI,,{},,,0", 10.0_f64 / 3600.0),
        "1700005000,AZ,,,0.7,0.1,1".to_owned(),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_join_without_times_refuses_two_records_of_one_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("base.csv", "t,race\n1700000100,AZ\n");
    write("won.csv", "race,won\nAZ,1\nAZ,0\n");
    let join = "[join.base]\nfile='base.csv'\ntime='t'\ncluster='race'\n\
                [[join.source]]\nfile='won.csv'\ncluster='race'\ncolumns=['won']\n";
    let file = EvaluationFile::parse("e.toml", &format!("{COLUMNS}{join}"), folder.path()).unwrap();
    let errors = file.table().unwrap_err().to_string();
    assert!(
        errors.contains("a second record of `AZ`") && errors.contains("won.csv:3:1"),
        "{errors}"
    );
}

#[test]
fn times_are_read_in_every_common_form() {
    let noon = Ok(1_730_462_400_000);
    for text in [
        "2024-11-01T12:00:00Z",
        "2024-11-01T13:00:00+01:00",
        "1730462400",
        "1730462400.0",
        "1730462400000",
    ] {
        assert_eq!(parse_time_ms(text, Rounding::Down), noon, "{text}");
    }
    assert_eq!(
        parse_time_ms("2024-11-01", Rounding::Up),
        Ok(1_730_419_200_000)
    );
    for text in [
        "",
        "noon",
        "2024-11-01T12:00:00",
        "2024-13-01",
        "nan",
        "1e300",
        "20241101",
        "20241101120000",
        "-1730462400",
        "0",
    ] {
        assert!(parse_time_ms(text, Rounding::Down).is_err(), "{text}");
    }
    let refusal = parse_time_ms("20241101", Rounding::Down).unwrap_err();
    assert!(refusal.message.contains("a compact date?"), "{refusal:?}");
    assert!(refusal.hint.unwrap().contains("write 2024-11-01"));
}

#[test]
fn a_time_between_two_milliseconds_is_rounded_as_asked() {
    for text in [
        "1730462400.0004",
        "1730462400000.4",
        "1730462400000400",
        "2024-11-01T12:00:00.0004Z",
    ] {
        let read = [Rounding::Down, Rounding::Up].map(|rounding| parse_time_ms(text, rounding));
        assert_eq!(
            read,
            [Ok(1_730_462_400_000), Ok(1_730_462_400_001)],
            "{text}"
        );
    }
    let exact = parse_time_ms("1730462400.123", Rounding::Up);
    assert_eq!(exact, Ok(1_730_462_400_123), "whole milliseconds stay");
}

#[test]
fn a_join_does_not_look_ahead_by_a_part_of_a_millisecond() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("base.csv", "t,race\n1700000100.0002,AZ\n1700000101,AZ\n");
    write("p.csv", "ts,race,price\n1700000100.0004,AZ,0.4\n");
    let join = "[join.base]\nfile='base.csv'\ntime='t'\ncluster='race'\n\
                [[join.source]]\nfile='p.csv'\ntime='ts'\ncluster='race'\ncolumns=['price']\n";
    let file = EvaluationFile::parse("e.toml", &format!("{COLUMNS}{join}"), folder.path()).unwrap();
    let table = file.table().unwrap();
    let prices: Vec<&str> = table.rows.iter().map(|row| row.cells[2].as_str()).collect();
    assert_eq!(prices, ["", "0.4"]);
}

#[test]
fn an_engines_collective_can_be_evaluated_beside_the_models() {
    let text = "table = 'rows.csv'\n".to_owned() + &two_models() + COLUMNS;
    let file = EvaluationFile::parse("e.toml", &text, Path::new("")).unwrap();
    let mut sample = observe(
        &file.spec,
        &Table::parse("rows.csv", ROWS.as_bytes()).unwrap(),
    )
    .unwrap();
    let name = ForecastName {
        name: "engine".to_owned(),
        kind: ForecastKind::Collective,
    };
    sample.add_forecast(name, |row| row.mid);
    let evaluation = evaluate(&file.spec, &sample);
    let engine = evaluation.groups[0].subsets[0].forecasts.last().unwrap();
    assert_eq!((engine.name.as_str(), engine.rows), ("engine", 3));
}

#[test]
fn the_report_shows_market_and_plain_mean_and_says_what_it_cannot_say() {
    let toml = two_models()
        + "rule = [{ name = 'mid', entry = 'mid' }]\npool_weights = [0, 0.5]\n\
           kelly = { rule = 'mid', dates = ['2024-11-01'], sequential = true }\n"
        + COLUMNS;
    let text = render(&run(&toml, ROWS));
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "5 rows read, 4 used, 1 without an outcome",
        "== all: 4 rows, 2 clusters, 2 times",
        "market alone 3 2 0.3217 0.3217",
        "mean of models 3 2 0.2330 0.3217",
        "w = 0.5",
        "one election is one draw",
        "books every outcome at the moment of its bet",
    ] {
        assert!(words.contains(part), "{part} is not in\n{text}");
    }
    assert!(
        text.lines().all(|line| line == line.trim_end()),
        "no trailing blanks"
    );
}

#[test]
fn the_result_is_written_as_json() {
    let json = serde_json::to_value(run(&(two_models() + COLUMNS), ROWS)).unwrap();
    let all = &json["groups"][0]["subsets"][0];
    assert_eq!(all["market"]["n"], 3);
    assert_eq!(all["forecasts"][2]["kind"], "collective");
}

/// The fenced blocks of one language in the guide.
fn documented(language: &str) -> Vec<String> {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/evaluation.md");
    let text = std::fs::read_to_string(guide).unwrap();
    let blocks = text.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| block.strip_prefix(&format!("{language}\n")))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_examples_of_the_guide_are_valid_and_the_first_one_runs() {
    let files = documented("toml");
    assert_eq!(files.len(), 2);
    for toml in &files {
        EvaluationFile::parse("guide.toml", toml, Path::new("")).unwrap_or_else(|e| panic!("{e}"));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("races.csv"), &documented("csv")[0]).unwrap();
    std::fs::write(folder.path().join("races.toml"), &files[0]).unwrap();
    let file = EvaluationFile::read(&folder.path().join("races.toml")).unwrap();
    let evaluation = file.evaluate().unwrap();
    let trades: Vec<usize> = evaluation.groups[0].subsets[0]
        .forecasts
        .iter()
        .map(|forecast| forecast.holds[0].trades)
        .collect();
    assert_eq!(trades[..2], [4, 1], "polls, fundamentals");
}
