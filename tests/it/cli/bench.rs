//! Goal: the bench runs, and says what its readers look for. Speeds are not judged: machines are
//! shared.

use serde_json::Value;

use crate::cli::carnet;

/// What `carnet bench` printed with these arguments, row by row.
fn rows(arguments: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> = ["bench"].iter().chain(arguments).copied().collect();
    let said = carnet(&std::env::temp_dir(), &arguments).good();
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(report["engine"], "sqlite");
    report["rows"].as_array().unwrap().clone()
}

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[test]
fn each_row_is_measured_beside_its_ceiling() {
    let small = ["--json", "--vouchers", "1200", "--redemptions", "64", "--books", "1"];
    let rows = rows(&small);
    let names = names(&rows);
    for wanted in [
        "sign",
        "verify",
        "issue",
        "print",
        "redeem-1",
        "redeem-32",
        "redeem-256",
        "engine-256",
        "empty-put-64",
        "verify-put-64",
        "redeem-http-1",
        "redeem-http-16",
        "redeem-http-64",
    ] {
        assert!(names.contains(&wanted), "{wanted} is missing in {names:?}");
    }
    for row in &rows {
        assert!(row["per_second"].as_i64().unwrap() > 0, "{row}");
        if let Some(ceiling) = row["ceiling"].as_str() {
            assert!(names.contains(&ceiling), "{row}");
            assert!(row["ratio"].is_number(), "{row}");
        }
        if row["name"].as_str().unwrap().starts_with("redeem-http") {
            assert!(row["p50_ms"].is_number() && row["p99_ms"].is_number(), "{row}");
        }
    }
}

#[test]
fn growth_compares_two_worlds() {
    let rows = rows(&["growth", "--json", "--vouchers", "12000"]);
    assert_eq!(names(&rows), ["redeem-in-small-world", "redeem-in-large-world"]);
    assert_eq!(rows[1]["ceiling"], "redeem-in-small-world");
    assert!(rows.iter().all(|row| row["per_second"].as_i64().unwrap() > 0), "{rows:?}");
}
