//! Transfers: the only thing that moves money, and the table of events that make them.
//!
//! Promises: a transfer has one debit account, another credit account and one positive amount, so
//! it cannot be unbalanced; each event of DESIGN section 3 is one function here. Does not: know
//! whether the account it takes from holds enough (see [`super::balance`]).

use serde::{Deserialize, Serialize};

use super::account::Account;
use crate::base::id::{Campaign, Funder, Id, Payment, Structure};
use crate::base::money::Money;

/// One amount from one account (debit) to another (credit); never changed once written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The account that is debited.
    pub debit: Account,
    /// The account that is credited.
    pub credit: Account,
    /// The amount in cents of euro, above zero.
    pub cents: i64,
}

const fn transfer(debit: Account, credit: Account, amount: Money) -> Transfer {
    Transfer { debit, credit, cents: amount.cents() }
}

/// A deposit was recorded: a bank line or a *numéro de mandat*.
#[must_use]
pub const fn deposited(funder: Id<Funder>, amount: Money) -> Transfer {
    transfer(Account::Funds(funder), Account::Deposit(funder), amount)
}

/// An order was activated: its vouchers circulate from now on.
#[must_use]
pub const fn activated(funder: Id<Funder>, campaign: Id<Campaign>, amount: Money) -> Transfer {
    transfer(Account::Deposit(funder), Account::Float(campaign), amount)
}

/// A voucher was redeemed.
#[must_use]
pub const fn redeemed(campaign: Id<Campaign>, structure: Id<Structure>, amount: Money) -> Transfer {
    transfer(Account::Float(campaign), Account::Due(structure), amount)
}

/// A redemption was reversed while its voucher still lives.
#[must_use]
pub const fn reversed(structure: Id<Structure>, campaign: Id<Campaign>, amount: Money) -> Transfer {
    transfer(Account::Due(structure), Account::Float(campaign), amount)
}

/// A redemption was reversed after its voucher had lapsed.
#[must_use]
pub const fn reversed_after_lapse(
    structure: Id<Structure>,
    funder: Id<Funder>,
    amount: Money,
) -> Transfer {
    transfer(Account::Due(structure), Account::Refund(funder), amount)
}

/// A structure gave money back.
#[must_use]
pub const fn repaid(funder: Id<Funder>, structure: Id<Structure>, amount: Money) -> Transfer {
    transfer(Account::Funds(funder), Account::Due(structure), amount)
}

/// A settlement drew up a payment.
#[must_use]
pub const fn drawn(structure: Id<Structure>, payment: Id<Payment>, amount: Money) -> Transfer {
    transfer(Account::Due(structure), Account::Paying(payment), amount)
}

/// The bank confirmed a payment.
#[must_use]
pub const fn confirmed(payment: Id<Payment>, funder: Id<Funder>, amount: Money) -> Transfer {
    transfer(Account::Paying(payment), Account::Funds(funder), amount)
}

/// A payment came back: the bank rejected it, or its settlement was cancelled.
#[must_use]
pub const fn returned(payment: Id<Payment>, structure: Id<Structure>, amount: Money) -> Transfer {
    transfer(Account::Paying(payment), Account::Due(structure), amount)
}

/// Vouchers lapsed at the end of a campaign.
#[must_use]
pub const fn lapsed(campaign: Id<Campaign>, funder: Id<Funder>, amount: Money) -> Transfer {
    transfer(Account::Float(campaign), Account::Refund(funder), amount)
}

/// A refund became a deposit for the next order.
#[must_use]
pub const fn rolled_over(funder: Id<Funder>, amount: Money) -> Transfer {
    transfer(Account::Refund(funder), Account::Deposit(funder), amount)
}

/// A refund was paid back to the funder.
#[must_use]
pub const fn paid_back(funder: Id<Funder>, amount: Money) -> Transfer {
    transfer(Account::Refund(funder), Account::Funds(funder), amount)
}

/// The funder took a deposit back.
#[must_use]
pub const fn withdrawn(funder: Id<Funder>, amount: Money) -> Transfer {
    transfer(Account::Deposit(funder), Account::Funds(funder), amount)
}
