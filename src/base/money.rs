//! Money: whole cents of euro, never negative, and the signed [`Balance`] of an account.
//!
//! Promises: no floats, no silent overflow, `{"cents":1000,"currency":"EUR"}` in JSON. Does not:
//! divide, round or convert.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The currency of an amount. One for now; named so that an amount is never a bare number.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
pub enum Currency {
    /// Euro.
    #[default]
    #[serde(rename = "EUR")]
    Eur,
}

/// A non-negative amount in whole cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "MoneyText")]
#[schema(example = json!({"cents": 1000, "currency": "EUR"}))]
pub struct Money {
    #[schema(minimum = 0, maximum = 999_999_999_999_i64)]
    cents: i64,
    currency: Currency,
}

/// No amount that is asked for or written is as large: ten thousand million euros.
const MOST: i64 = 1_000_000_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyText {
    cents: i64,
    currency: Currency,
}

impl TryFrom<MoneyText> for Money {
    type Error = MoneyError;

    fn try_from(text: MoneyText) -> Result<Self, MoneyError> {
        let MoneyText { cents, currency } = text;
        match cents {
            ..0 => Err(MoneyError::Negative),
            // So many of the largest amounts have room in an account that none overflows.
            MOST.. => Err(MoneyError::Overflow),
            _ => Ok(Self { cents, currency }),
        }
    }
}

/// Why an amount cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// An amount below zero; what is owed the other way is another transfer.
    #[error("an amount cannot be negative")]
    Negative,
    /// More than ten thousand million euros, or a sum of more cents than 63 bits hold.
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { cents: 0, currency: Currency::Eur };

    /// An amount in cents of euro.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero.
    pub const fn from_cents(cents: i64) -> Result<Self, MoneyError> {
        if cents < 0 {
            return Err(MoneyError::Negative);
        }
        Ok(Self { cents, currency: Currency::Eur })
    }

    /// The amount in cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.cents
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when it does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        let cents = self.cents.checked_add(other.cents).ok_or(MoneyError::Overflow)?;
        Ok(Self { cents, currency: self.currency })
    }

    /// So many times this amount.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when it does not fit, [`MoneyError::Negative`] below zero times.
    pub fn checked_times(self, times: i64) -> Result<Self, MoneyError> {
        let cents = self.cents.checked_mul(times).ok_or(MoneyError::Overflow)?;
        Self::from_cents(cents)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} EUR", self.cents / 100, self.cents % 100)
    }
}

/// What an account holds: signed, and never accepted as an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Balance(i64);

impl Balance {
    /// A balance in cents.
    #[must_use]
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    /// Signed cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// The balance as an amount, when it is not below zero.
    #[must_use]
    pub fn to_money(self) -> Option<Money> {
        Money::from_cents(self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_never_negative_nor_wrapped() {
        assert_eq!(Money::from_cents(-1), Err(MoneyError::Negative));
        let most = Money::from_cents(i64::MAX).unwrap();
        assert_eq!(most.checked_add(Money::from_cents(1).unwrap()), Err(MoneyError::Overflow));
        assert!(serde_json::from_str::<Money>(r#"{"cents":-5,"currency":"EUR"}"#).is_err());
        assert!(serde_json::from_str::<Money>(r#"{"cents":10.5,"currency":"EUR"}"#).is_err());
        let ten: Money = serde_json::from_str(r#"{"cents":1000,"currency":"EUR"}"#).unwrap();
        assert_eq!(ten.to_string(), "10.00 EUR");
    }
}
