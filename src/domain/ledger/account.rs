//! The six kinds of account (DESIGN section 3) and their names, like `due:structure_01h…`.
//!
//! Promises: an account has one name, used in lines, tables and answers alike. Does not: hold a
//! balance (see [`super::balance`]).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::id::{AnyId, Campaign, Funder, Id, Payment, Structure};

/// Where money stands, for one funder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Money really held for this funder, or committed by its public accountant.
    Funds(Id<Funder>),
    /// Received, not yet turned into vouchers.
    Deposit(Id<Funder>),
    /// Face value of activated vouchers that are not redeemed, replaced or lapsed.
    Float(Id<Campaign>),
    /// Redeemed, not yet in a payment.
    Due(Id<Structure>),
    /// In a payment order, not yet confirmed by the bank.
    Paying(Id<Payment>),
    /// Lapsed value to give back.
    Refund(Id<Funder>),
}

/// The kind of an account, without whose it is: what the public totals show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// See [`Account::Funds`].
    Funds,
    /// See [`Account::Deposit`].
    Deposit,
    /// See [`Account::Float`].
    Float,
    /// See [`Account::Due`].
    Due,
    /// See [`Account::Paying`].
    Paying,
    /// See [`Account::Refund`].
    Refund,
}

impl AccountKind {
    /// All kinds, funds first: the order of a trial balance.
    pub const ALL: [Self; 6] =
        [Self::Funds, Self::Deposit, Self::Float, Self::Due, Self::Paying, Self::Refund];

    /// The word before the colon.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Funds => "funds",
            Self::Deposit => "deposit",
            Self::Float => "float",
            Self::Due => "due",
            Self::Paying => "paying",
            Self::Refund => "refund",
        }
    }
}

impl Account {
    /// Its kind.
    #[must_use]
    pub const fn kind(self) -> AccountKind {
        match self {
            Self::Funds(_) => AccountKind::Funds,
            Self::Deposit(_) => AccountKind::Deposit,
            Self::Float(_) => AccountKind::Float,
            Self::Due(_) => AccountKind::Due,
            Self::Paying(_) => AccountKind::Paying,
            Self::Refund(_) => AccountKind::Refund,
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(self) -> AnyId {
        match self {
            Self::Funds(id) | Self::Deposit(id) | Self::Refund(id) => id.any(),
            Self::Float(id) => id.any(),
            Self::Due(id) => id.any(),
            Self::Paying(id) => id.any(),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind().as_str(), self.owner())
    }
}

/// What was given is not the name of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an account; write it like due:structure_01h455vb4pex5vsknk084sn02q")]
pub struct AccountError;

impl FromStr for Account {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, AccountError> {
        let (kind, owner) = text.split_once(':').ok_or(AccountError)?;
        let owner: AnyId = owner.parse().map_err(|_| AccountError)?;
        let account = match kind {
            "funds" => owner.to().map(Self::Funds),
            "deposit" => owner.to().map(Self::Deposit),
            "float" => owner.to().map(Self::Float),
            "due" => owner.to().map(Self::Due),
            "paying" => owner.to().map(Self::Paying),
            "refund" => owner.to().map(Self::Refund),
            _ => None,
        };
        account.ok_or(AccountError)
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
