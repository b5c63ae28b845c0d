//! The purge: what was kept for a while goes when its time is over.
//!
//! Promises: no line, projection or proof is touched; between two small parts the counter is
//! served; what went is told table by table, and what would go can be asked before. Who left is
//! forgotten as by `people::erase`: its id stays in lines and says nothing. What goes from the
//! vault is said by a line (see `vault`). Does not: decide how long anything is kept.

mod vault;

use async_trait::async_trait;

use super::error::Error;
use super::instance::Instance;
use super::people::erase;
use super::writer::jot::Jot;
use crate::base::clock::Timestamp;
use crate::store::purge::{
    ATTEMPTS, Aging, CEREMONIES, LINKS, OPENID_FLOWS, REFUSED_ATTEMPTS, SESSIONS, SIGNALS, count,
    delete, gone_people,
};
use crate::store::vault::Kept;
use crate::store::{self, Tx};

/// How many rows one commit takes: the counter waits behind it.
const PART: i64 = 500;

/// How long what names nobody any more, or proves nothing, is kept, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Failed attempts to sign in, after the last one.
    pub attempts: i64,
    /// Notes of what was refused.
    pub refused: i64,
    /// Signals; what was decided about them is a line.
    pub signals: i64,
    /// People, after the end of the last thing that they were.
    pub people: i64,
    /// Payment files, accounts and logos, in whole years after the year that last needed them.
    pub accounting_years: i64,
}

impl Default for Retention {
    fn default() -> Self {
        let day = 86_400;
        let (year, accounting_years) = (365 * day, 10);
        Self { attempts: day, refused: year, signals: year, people: year, accounting_years }
    }
}

/// What went from a table, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// The table.
    pub table: &'static str,
    /// How many rows.
    pub rows: i64,
}

/// From when on each table is kept.
fn periods(instance: &Instance, retention: Retention) -> [(Aging, Timestamp); 7] {
    let now = instance.clock.now();
    let limits = &instance.settings.people.limits;
    let ago = |seconds: i64| now.plus_seconds(-seconds);
    [
        (SESSIONS, ago(limits.idle.max(limits.counter_idle))),
        (LINKS, now),
        (CEREMONIES, now),
        (OPENID_FLOWS, now),
        (ATTEMPTS, ago(retention.attempts)),
        (REFUSED_ATTEMPTS, ago(retention.refused)),
        (SIGNALS, ago(retention.signals)),
    ]
}

/// What a purge would take now.
///
/// # Errors
/// [`Error`].
pub async fn look(instance: &Instance, retention: Retention) -> Result<Vec<Purged>, Error> {
    let mut tx = instance.database.read().await?;
    let mut found = Vec::new();
    for (aging, before) in periods(instance, retention) {
        let rows = count(&mut tx, aging, before).await?;
        found.push(Purged { table: aging.table, rows });
    }
    let left = instance.clock.now().plus_seconds(-retention.people);
    let gone = gone_people(&mut tx, left).await?.len();
    found.push(Purged { table: "person", rows: i64::try_from(gone).unwrap_or(i64::MAX) });
    drop(tx);
    let over = vault::over(instance, retention.accounting_years).await?;
    found.extend(of_the_vault(&over));
    Ok(found)
}

/// How much of each table of the vault.
fn of_the_vault(rows: &[Kept]) -> [Purged; 3] {
    ["payment_file", "bank_account", "logo"].map(|table| {
        let rows = rows.iter().filter(|(_, _, what)| what.table() == table).count();
        Purged { table, rows: i64::try_from(rows).unwrap_or(i64::MAX) }
    })
}

struct Part(Aging, Timestamp);

#[async_trait]
impl Jot for Part {
    type Outcome = u64;

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<u64, Error> {
        Ok(delete(tx, self.0, self.1, PART).await?)
    }
}

/// Takes what is older than it may be, and says in the log how much of each table.
///
/// # Errors
/// [`Error`]; what went before it stays away, and the next purge goes on.
pub async fn run(instance: &Instance, retention: Retention) -> Result<Vec<Purged>, Error> {
    let mut purged = Vec::new();
    for (aging, before) in periods(instance, retention) {
        let mut rows = 0;
        loop {
            let some = instance.door.jot(Part(aging, before)).await?;
            rows += i64::try_from(some).unwrap_or(i64::MAX);
            if some == 0 {
                break;
            }
        }
        purged.push(Purged { table: aging.table, rows });
    }
    let left = instance.clock.now().plus_seconds(-retention.people);
    let mut tx = instance.database.read().await?;
    let gone = store::purge::gone_people(&mut tx, left).await?;
    drop(tx);
    let mut rows = 0;
    for person in gone {
        rows += i64::from(erase::forget(instance, person).await?);
    }
    purged.push(Purged { table: "person", rows });
    let over = vault::over(instance, retention.accounting_years).await?;
    for row in &over {
        vault::purge(instance, row.clone(), retention.accounting_years).await?;
    }
    purged.extend(of_the_vault(&over));
    for Purged { table, rows } in &purged {
        tracing::info!(table, rows, "purged");
    }
    Ok(purged)
}
