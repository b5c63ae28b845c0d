//! Retention: how long what accountants must keep is kept, and the line that says what went.
//!
//! Promises: a period ends with a year, because accounts are closed by years; nothing goes before
//! the law lets it. Does not: know what was paid or replaced (see `rules` and `service::purge`).

use serde::{Deserialize, Serialize};

use crate::base::day::Day;

/// For how many years after the end of theirs accounts and the papers behind them are kept at
/// least (Code de commerce, article L123-22).
pub const LEAST_YEARS: i64 = 10;

/// Whether something may go today that accounts last needed on a day: the year of that day is over
/// since more than so many years, and no fewer than [`LEAST_YEARS`].
#[must_use]
pub fn is_over(last: Day, years: i64, today: Day) -> bool {
    let years = if crate::base::planted::is("purge-early") { 1 } else { years.max(LEAST_YEARS) };
    today > last.end_of_year(years)
}

/// Body of `vault-purged`: a row of the vault lost its content, because its time was over. The
/// line's `id` is what the row was about. The hash stays, here and in the line that made the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum VaultPurged {
    /// The payment file of a settlement whose payments all ended.
    PaymentFile {},
    /// An account that nobody pays to any more, with its holder and its salt.
    BankAccount {
        /// Which of the organisation's.
        version: i64,
    },
    /// A logo that is printed no more.
    Logo {
        /// Which of the organisation's.
        version: i64,
    },
}

impl VaultPurged {
    /// The name of the table that the row is in.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::PaymentFile {} => "payment_file",
            Self::BankAccount { .. } => "bank_account",
            Self::Logo { .. } => "logo",
        }
    }

    /// The name under which the line is found that made the row.
    #[must_use]
    pub fn row(self, id: &str) -> String {
        match self {
            Self::PaymentFile {} => id.to_owned(),
            Self::BankAccount { version } => format!("{id}/bank/{version}"),
            Self::Logo { version } => format!("{id}/logo/{version}"),
        }
    }

    /// The same of the row that took its place; a payment file has none.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        match self {
            Self::PaymentFile {} => None,
            Self::BankAccount { version } => Some(Self::BankAccount { version: version + 1 }),
            Self::Logo { version } => Some(Self::Logo { version: version + 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_years_end_with_a_year() {
        let day = |text: &str| -> Day { text.parse().unwrap() };
        for last in ["2026-01-01", "2026-12-31"] {
            assert!(!is_over(day(last), 10, day("2036-12-31")), "{last}");
            assert!(is_over(day(last), 10, day("2037-01-01")), "{last}");
            assert!(!is_over(day(last), 12, day("2038-12-31")), "{last}");
        }
        assert!(!is_over(day("2026-06-30"), 1, day("2030-01-01")), "the law is longer");
    }

    #[test]
    fn a_body_has_what_its_row_is_named_by() {
        let text = |body: VaultPurged| serde_json::to_string(&body).unwrap();
        assert_eq!(text(VaultPurged::PaymentFile {}), r#"{"what":"payment-file"}"#);
        let account = VaultPurged::BankAccount { version: 2 };
        assert_eq!(text(account), r#"{"what":"bank-account","version":2}"#);
        for bad in [
            r#"{"what":"bank-account"}"#,
            r#"{"what":"payment-file","version":1}"#,
            r#"{"what":"logo","version":1,"more":1}"#,
        ] {
            assert!(serde_json::from_str::<VaultPurged>(bad).is_err(), "{bad}");
        }
    }
}
