//! Compares a tree of figures with the published one, leaf by leaf.

use serde_json::Value;

/// Half a unit in the fourth decimal, and a little for binary arithmetic.
const TOLERANCE: f64 = 0.00005 + 1e-9;

/// Asserts that both trees have the same keys and figures, and prints how many figures were compared.
pub(crate) fn assert_same(name: &str, got: &Value, want: &Value) {
    let mut wrong = Vec::new();
    let figures = compare(name, got, want, &mut wrong);
    println!("{name}: {figures} figures compared, {} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn compare(path: &str, got: &Value, want: &Value, wrong: &mut Vec<String>) -> usize {
    match (got, want) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let mut figures = 0;
            for (key, value) in theirs {
                figures += compare(&format!("{path}.{key}"), &ours[key], value, wrong);
            }
            wrong.extend(
                ours.keys()
                    .filter(|key| !theirs.contains_key(*key))
                    .map(|key| format!("{path}.{key} is new")),
            );
            figures
        }
        _ => {
            if !same_figure(got, want) {
                wrong.push(format!("{path}: got {got}, want {want}"));
            }
            1
        }
    }
}

fn same_figure(got: &Value, want: &Value) -> bool {
    match (got, want) {
        (Value::Number(ours), Value::Number(theirs)) if theirs.is_f64() => {
            (ours.as_f64().unwrap() - theirs.as_f64().unwrap()).abs() <= TOLERANCE
        }
        // A whole number is a count: exact.
        _ => got == want,
    }
}
