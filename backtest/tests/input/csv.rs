//! Tables: columns by name, cells by kind, mistakes by file, line and field.

use std::io::Write;

use proptest::prelude::*;
use quorate_backtest::input::{CsvTable, Diagnostics};

fn table(text: &[u8]) -> CsvTable {
    CsvTable::from_bytes("q.csv", text.to_vec()).unwrap()
}

/// Time, price, shares and probability.
type Line = (u64, Option<i64>, u64, f64);

/// Reads `at, price, shares, p` from every row.
fn read(name: &str, bytes: &[u8]) -> Result<Vec<Line>, Diagnostics> {
    let mut table = CsvTable::from_bytes(name, bytes.to_vec())?;
    let [at, price, shares] = ["at", "price", "shares"].map(|name| table.required_column(name));
    let p = table.optional_column("p");
    let mut rows = Vec::new();
    while let Some(row) = table.next_row() {
        let at = row.time(at).required();
        let price = row.price(price).optional();
        let shares = row.shares(shares).required();
        let p = row.probability(p).or(0.5);
        if let (Some(at), Some(shares)) = (at, shares) {
            rows.push((at, price, shares, p));
        }
    }
    table.finish().map(|()| rows)
}

fn lines(errors: &Diagnostics) -> Vec<String> {
    errors
        .iter()
        .map(quorate_backtest::input::Diagnostic::one_line)
        .collect()
}

#[test]
fn columns_are_found_by_name_in_any_order_and_cells_are_trimmed() {
    let text =
        b"shares , price, note,at\n 10 , 0.55 ,\"a, b\",2024-11-05T00:00:00Z\n5,,,1730764801.25\n";
    let rows = read("q.csv", text).unwrap();
    let at = 1_730_764_800_000_000_000;
    assert_eq!(rows[0], (at, Some(550_000), 10_000_000, 0.5));
    assert_eq!(rows[1], (at + 1_250_000_000, None, 5_000_000, 0.5));
    let mut table = table(text);
    let _ = table.required_column("at");
    assert_eq!(table.unread_columns(), ["shares", "price", "note"]);
}

#[test]
fn a_bad_cell_is_named_by_file_line_and_field() {
    let text =
        b"at,price,shares,p\n1700000001,0.5,1,0.5\n1700000002,1.7,-3,2\n1700000003,0.5x,,nan\n";
    let errors = read("q.csv", text).unwrap_err();
    let wanted = [
        "q.csv:3:2: price 1.7 is outside 0..1",
        "q.csv:3:3: shares -3 is negative",
        "q.csv:3:4: p 2 is outside 0..1",
        "q.csv:4:2: price 0.5x is not a decimal number",
        "q.csv:4:3: shares is empty",
        "q.csv:4:4: p nan is not a decimal number",
    ];
    assert_eq!(lines(&errors), wanted);
    let shown = errors.to_string();
    assert!(
        shown.contains(" 3 | 1700000002,1.7,-3,2\n   |            ^^^"),
        "{shown}"
    );
}

#[test]
fn lines_are_counted_through_blank_lines_quotes_and_either_line_end() {
    for (text, line) in [
        ("at,price,shares\n1700000001,0.5,1\n1700000002,x,1\n", 3),
        (
            "at,price,shares\r\n1700000001,0.5,1\r\n1700000002,x,1\r\n",
            3,
        ),
        ("at,price,shares\n\n\n1700000001,0.5,1\n\n1700000002,x,1", 6),
        (
            "at,price,shares\r\n\r\n1700000001,0.5,1\r\n\r\n1700000002,x,1",
            5,
        ),
        (
            "at,price,shares,n\n1700000001,0.5,1,\"a\nb\nc\"\n1700000002,x,1,\"d\ne\"\n",
            5,
        ),
        ("\u{feff}at,price,shares\n1700000001,x,1\n", 2),
    ] {
        let errors = read("q.csv", text.as_bytes()).unwrap_err();
        assert_eq!(errors.iter().next().unwrap().line, Some(line), "{text:?}");
    }
}

#[test]
fn missing_columns_are_reported_with_the_nearest_name() {
    let errors = read("q.csv", b"time,prise,shares\n1700000001,0.5,1\n").unwrap_err();
    let wanted = [
        "q.csv:1:1: missing column `at`",
        "q.csv:1:1: missing column `price`",
    ];
    assert_eq!(lines(&errors), wanted);
    assert!(
        errors
            .to_string()
            .contains("hint: rename column `prise` to `price`")
    );
}

#[test]
fn broken_files_are_located() {
    let code = |name: &str, bytes: &[u8]| {
        let errors = read(name, bytes).unwrap_err();
        let first = errors.iter().next().unwrap();
        (
            first.code,
            first.line.unwrap_or(0),
            first.column.unwrap_or(0),
        )
    };
    assert_eq!(code("q.csv", b""), ("empty-file", 1, 1));
    assert_eq!(code("q.csv", b"\n\n"), ("empty-file", 1, 1));
    assert_eq!(code("q.csv", b"at,at\n"), ("duplicate-column", 1, 2));
    assert_eq!(
        code("q.csv", b"at,price,shares\n1,0.5\n"),
        ("ragged-row", 2, 2)
    );
    assert_eq!(
        code("q.csv", b"at,price,shares\n1700000001,0.5,1,9\n"),
        ("ragged-row", 2, 3)
    );
    assert_eq!(
        code("q.csv", b"at,price,shares\n1,0\x005,1\n"),
        ("nul-byte", 2, 2)
    );
    assert_eq!(
        code("q.csv", b"at,price,shares\n1700000001,0.5,\xe9\n"),
        ("not-utf8", 2, 3)
    );
    assert_eq!(
        code("q.csv.gz", b"at,price,shares\n"),
        ("broken-gzip", 1, 1)
    );
}

#[test]
fn gzip_is_read_and_a_cut_one_is_refused() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writeln!(encoder, "at,price,shares").unwrap();
    for second in 0..5000 {
        writeln!(
            encoder,
            "{},0.{:04},{}",
            1_700_000_000 + second,
            second * 7919 % 9973,
            second * 31 % 97
        )
        .unwrap();
    }
    let whole = encoder.finish().unwrap();
    assert_eq!(read("q.csv.gz", &whole).unwrap().len(), 5000);
    let errors = read("q.csv.gz", &whole[..whole.len() / 2]).unwrap_err();
    let last = errors.iter().last().unwrap();
    assert_eq!(last.code, "truncated-gzip");
    assert!(last.line.unwrap() > 100);
}

#[test]
fn one_file_has_one_unit_of_numeric_time() {
    let good =
        b"at,price,shares\n1730764800000,0.5,1\n1730764800250,0.5,1\n2024-11-05T00:00:01Z,0.5,1\n";
    let rows = read("q.csv", good).unwrap();
    assert_eq!(rows[1].0 - rows[0].0, 250_000_000);
    assert_eq!(rows[2].0 - rows[0].0, 1_000_000_000);
    let errors = read(
        "q.csv",
        b"at,price,shares\n1730764800,0.5,1\n1730764800250,0.5,1\n",
    )
    .unwrap_err();
    assert_eq!(errors.iter().next().unwrap().code, "mixed-time-units");
}

#[test]
fn a_compact_date_is_no_number_of_seconds() {
    let rows = b"at,price,shares\n20260301,0.5,1\n99999999.5,0.5,1\n0,0.5,1\n100000000,0.5,1\n";
    let errors = read("q.csv", rows).unwrap_err();
    let wanted = [
        "q.csv:2:1: at 20260301 is not a time; a compact date?",
        "q.csv:3:1: at 99999999.5 is not a time",
        "q.csv:4:1: at 0 is not a time",
    ];
    assert_eq!(errors.len(), wanted.len());
    for (line, start) in lines(&errors).iter().zip(wanted) {
        assert!(line.starts_with(start), "{line}");
    }
    let hint = errors.iter().next().unwrap().hint.clone().unwrap();
    assert!(hint.contains("write 2026-03-01"), "{hint}");
}

#[test]
fn only_fifty_mistakes_are_shown_and_the_rest_is_counted() {
    let mut text = String::from("at,price,shares\n");
    (0..80).for_each(|_| text.push_str("1700000001,x,1\n"));
    let errors = read("q.csv", text.as_bytes()).unwrap_err();
    assert_eq!(errors.len(), 51);
    assert_eq!(
        errors.iter().last().unwrap().message,
        "and 30 more in this file"
    );
}

#[test]
fn absent_files_are_not_found_and_folders_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let exit = |path: &std::path::Path| match CsvTable::open(path) {
        Err(errors) => errors.exit_class().code(),
        Ok(_) => 0,
    };
    assert_eq!(exit(&folder.path().join("no.csv")), 4);
    assert_eq!(exit(folder.path()), 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), zipped: bool) {
        let name = if zipped { "x.csv.gz" } else { "x.csv" };
        let _ = read(name, &bytes);
        let mut headed = b"at,price,shares,p\n".to_vec();
        headed.extend(&bytes);
        let _ = read("x.csv", &headed);
    }
}
