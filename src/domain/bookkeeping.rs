//! A ledger as an accountant's journal: double entry in plain text, or as a table.
//!
//! Promises: each line that moves money becomes one transaction that balances, in order, under the
//! line's number and id; a journal in plain text ends with what every account holds, asserted, so
//! that `hledger check` or `bean-check` counts again. Does not: verify (see `verifier`), or tell
//! what moved no money.
//!
//! hledger (<https://hledger.org/hledger.html#journal>) and beancount
//! (<https://beancount.github.io/docs/beancount_language_syntax.html>): debits are positive, so that
//! `funds` is an asset above zero and all other accounts are liabilities below. The table is CSV
//! (RFC 4180).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::ledger::account::{Account, AccountKind};
use super::ledger::balance::{BalanceError, Balances};
use super::ledger::entry::{Entry, LineError};
use crate::base::day::Day;
use crate::base::money::decimal;

/// How a journal is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Plain-text accounting, as hledger and its kin read it.
    Hledger,
    /// Plain-text accounting, as beancount reads it.
    Beancount,
    /// A row a transfer, with a header.
    Csv,
}

impl Form {
    /// How a file of this form ends.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Hledger => "journal",
            Self::Beancount => "beancount",
            Self::Csv => "csv",
        }
    }
}

/// Why a line cannot be written into a journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Not a line.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Money that was not there, or too much of it.
    #[error(transparent)]
    Balance(#[from] BalanceError),
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    form: Form,
    balances: Balances,
    declared: BTreeSet<Account>,
    last: Option<(Day, i64)>,
}

/// The header of the table. Amounts are euros with two decimals and a point.
const HEADER: &str = "on,seq,recorded_at,kind,id,debit,credit,amount,currency\r\n";

impl Journal {
    /// A journal, and what stands above its first line.
    #[must_use]
    pub fn begin(form: Form) -> (Self, String) {
        let balances = Balances::default();
        let journal = Self { form, balances, declared: BTreeSet::new(), last: None };
        let head = match form {
            Form::Csv => HEADER.to_owned(),
            Form::Beancount => "option \"operating_currency\" \"EUR\"\n".to_owned(),
            Form::Hledger => {
                let mut head = "commodity 1000.00 EUR\n".to_owned();
                for kind in AccountKind::ALL {
                    let side = if kind == AccountKind::Funds { "Asset" } else { "Liability" };
                    let _ = writeln!(head, "account {}  ; type: {side}", kind.as_str());
                }
                head
            }
        };
        (journal, head)
    }

    /// The text of a line of the ledger; empty when it moves no money.
    ///
    /// # Errors
    /// [`JournalError`]; such a ledger does not hold.
    pub fn line(&mut self, line: &str) -> Result<String, JournalError> {
        let entry = Entry::parse(line)?;
        // A later version's kind is written too, but only a word goes into an accountant's file.
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        if !entry.kind.starts_with(|c: char| c.is_ascii_lowercase())
            || !entry.kind.bytes().all(plain)
        {
            return Err(LineError::Malformed("its kind is not a word".to_owned()).into());
        }
        self.balances.post(&entry.transfers)?;
        self.last = Some((entry.on, entry.seq));
        if entry.transfers.is_empty() {
            return Ok(String::new());
        }
        Ok(match self.form {
            Form::Hledger | Form::Beancount => self.transaction(&entry),
            Form::Csv => rows(&entry),
        })
    }

    fn transaction(&mut self, entry: &Entry) -> String {
        let mut text = String::new();
        let Entry { on, seq, kind, id, recorded_at, .. } = entry;
        let bean = self.form == Form::Beancount;
        for account in entry.transfers.iter().flat_map(|it| [it.debit, it.credit]) {
            if self.declared.insert(account) {
                let _ = if bean {
                    write!(text, "\n{on} open {} EUR", named(account))
                } else {
                    write!(text, "\naccount {account}")
                };
            }
        }
        let _ = if bean {
            writeln!(text, "\n{on} * \"{kind}\" \"{id}\"\n  seq: {seq}\n  at: \"{recorded_at}\"")
        } else {
            writeln!(text, "\n{on} ({seq}) {kind}  ; id: {id}, at: {recorded_at}")
        };
        for transfer in &entry.transfers {
            let cents = transfer.cents;
            for (account, cents) in [(transfer.debit, cents), (transfer.credit, -cents)] {
                let name = if bean { named(account) } else { account.to_string() };
                let _ = writeln!(text, "    {name}  {} EUR", decimal(cents, '.'));
            }
        }
        text
    }

    /// What stands below the last line: in plain text, what every account holds.
    #[must_use]
    pub fn end(self) -> String {
        let Some((on, seq)) = self.last.filter(|_| self.form != Form::Csv) else {
            return String::new();
        };
        let bean = self.form == Form::Beancount;
        let mut text = if bean {
            format!("\n; balances after line {seq}\n")
        } else {
            format!("\n{on} balances after line {seq}\n")
        };
        for (account, tally) in self.balances.iter() {
            let held = decimal(tally.debits - tally.credits, '.');
            // beancount asserts at the beginning of a day, and forgives a cent unless it is told.
            let _ = if bean {
                let (next, name) = (on.plus_days(1), named(account));
                writeln!(text, "{next} balance {name}  {held} ~ 0.001 EUR")
            } else {
                writeln!(text, "    {account}  0.00 EUR = {held} EUR")
            };
        }
        text
    }
}

/// An account as beancount names it: `Liabilities:Due:Structure-01h455vb4pex5vsknk084sn02q`.
fn named(account: Account) -> String {
    let side = if account.kind() == AccountKind::Funds { "Assets" } else { "Liabilities" };
    let mut name = side.to_owned();
    for part in account.to_string().replace('_', "-").split(':') {
        let mut letters = part.chars();
        name.push(':');
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn rows(entry: &Entry) -> String {
    let Entry { on, seq, kind, id, recorded_at, .. } = entry;
    let mut text = String::new();
    // No cell has a comma or a quote: numbers, ids, a word of ours.
    for transfer in &entry.transfers {
        let (debit, credit, amount) =
            (transfer.debit, transfer.credit, decimal(transfer.cents, '.'));
        let _ = write!(text, "{on},{seq},{recorded_at},{kind},{id},{debit},{credit},{amount},EUR");
        text.push_str("\r\n");
    }
    text
}
