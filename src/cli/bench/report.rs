//! What a bench found: rows with speeds, percentiles and ratios, as a table or as JSON.
//!
//! Promises: a ratio compares two rows of the same run. Does not: judge.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A number with three decimals, kept as whole thousandths: no floats here either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thousandths(pub i64);

impl std::fmt::Display for Thousandths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.pad(&text)
    }
}

impl Serialize for Thousandths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// How many a second.
    pub per_second: i64,
    /// Half of the answers came within this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<Thousandths>,
    /// 99 of 100 answers came within this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99_ms: Option<Thousandths>,
    /// The row of the same run that it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<&'static str>,
    /// Its speed divided by the ceiling's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Thousandths>,
}

/// All measurements of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// In the order in which they were taken.
    pub rows: Vec<Row>,
}

/// How many a second, from a count and microseconds.
#[must_use]
pub fn rate(count: usize, micros: u128) -> i64 {
    let count = i128::try_from(count).unwrap_or(i128::MAX);
    let micros = i128::try_from(micros).unwrap_or(i128::MAX).max(1);
    i64::try_from(count.saturating_mul(1_000_000) / micros).unwrap_or(i64::MAX)
}

impl Report {
    /// Adds a row, compared with one that is already there.
    pub fn add(&mut self, name: &str, per_second: i64, ceiling: Option<&'static str>) {
        self.add_timed(name, per_second, ceiling, &mut []);
    }

    /// Adds a row with the times of its answers, in microseconds.
    pub fn add_timed(
        &mut self,
        name: &str,
        per_second: i64,
        ceiling: Option<&'static str>,
        micros: &mut [u32],
    ) {
        micros.sort_unstable();
        let at = |percent: usize| {
            let place = (micros.len() * percent / 100).min(micros.len().saturating_sub(1));
            micros.get(place).map(|micros| Thousandths(i64::from(*micros)))
        };
        let limit = ceiling.and_then(|ceiling| self.rows.iter().find(|row| row.name == ceiling));
        let ratio = limit.map(|row| Thousandths(per_second * 1000 / row.per_second.max(1)));
        let (p50_ms, p99_ms) = (at(50), at(99));
        eprintln!("  {name}: {per_second}/s");
        let name = name.to_owned();
        self.rows.push(Row { name, per_second, p50_ms, p99_ms, ceiling, ratio });
    }

    /// The table that a person reads.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!(
            "engine: {}\n{:<24}{:>12}{:>10}{:>10}   {}\n",
            self.engine, "", "per second", "p50 ms", "p99 ms", "of its ceiling"
        );
        for row in &self.rows {
            let ms = |value: Option<Thousandths>| {
                value.map_or_else(String::new, |value| value.to_string())
            };
            let ratio = match (row.ratio, row.ceiling) {
                (Some(ratio), Some(ceiling)) => format!("{ratio} of {ceiling}"),
                _ => String::new(),
            };
            let (p50, p99) = (ms(row.p50_ms), ms(row.p99_ms));
            let (name, speed) = (&row.name, row.per_second);
            let _ = writeln!(text, "{name:<24}{speed:>12}{p50:>10}{p99:>10}   {ratio}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_same_run() {
        let mut report = Report { engine: "sqlite", rows: Vec::new() };
        report.add("ceiling", 2000, None);
        report.add_timed("work", 1500, Some("ceiling"), &mut [1000, 3000, 2000]);
        let json = serde_json::to_string(&report.rows[1]).unwrap();
        assert_eq!(
            json,
            r#"{"name":"work","per_second":1500,"p50_ms":2.000,"p99_ms":3.000,"#.to_owned()
                + r#""ceiling":"ceiling","ratio":0.750}"#
        );
        assert_eq!(rate(500, 2_000_000), 250);
    }
}
