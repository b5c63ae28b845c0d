//! Changing any row of any table, which no verb does: what a tamper test is made of.
//!
//! Promises: writes past triggers, and so only into a database that was made to be harmed (an
//! [`Owner`] is given of no other); a change is made whole or not at all, and undone by its
//! opposite. Does not: know what a row means.

use serde_json::{Map, Value};

pub use super::database::victim::{Owner, Victim, Workshop};
use super::dialect::{Rows, Statement, StoreError, Tx, execute, statement};
use super::tables::{Row, Table, catalogue};

/// How rows of a table go and come.
struct Written {
    table: &'static str,
    delete: Statement,
    insert: Statement,
}

/// Writes the two statements of each table, from the list of `tables`.
macro_rules! written {
    ($($sort:ident $name:ident
        [$first:ident $first_kind:ident $(, $key:ident $key_kind:ident)*]
        [$($column:ident $kind:ident),* $(,)?];)+) => {
        const WRITTEN: &[Written] = &[$(Written {
            table: stringify!($name),
            delete: statement!(
                concat!(
                    "-- ", stringify!($name), ".torture_delete\n DELETE FROM ", stringify!($name),
                    " WHERE (", stringify!($first) $(, ", ", stringify!($key))*,
                    ") IN (SELECT r.", stringify!($first) $(, ", r.", stringify!($key))*, " FROM "
                ),
                rows("$1"; $first $first_kind $(, $key $key_kind)*)
                ")"
            ),
            insert: statement!(
                concat!(
                    "-- ", stringify!($name), ".torture_insert\n INSERT INTO ", stringify!($name),
                    " (", stringify!($first) $(, ", ", stringify!($key))*
                    $(, ", ", stringify!($column))*, ") SELECT r.", stringify!($first)
                    $(, ", r.", stringify!($key))* $(, ", r.", stringify!($column))*, " FROM "
                ),
                rows("$1"; $first $first_kind $(, $key $key_kind)* $(, $column $kind)*)
                " WHERE TRUE"
            ),
        }),+];
    };
}

catalogue!(written);

/// The statements of every table, by name.
pub(super) fn statements() -> Vec<(&'static str, Statement)> {
    let both = |it: &Written| [(it.table, it.delete), (it.table, it.insert)];
    WRITTEN.iter().flat_map(both).collect()
}

/// Rows of one table that go, and rows that come.
#[derive(Debug, Clone)]
pub struct Change {
    /// The table.
    pub table: &'static Table,
    /// What goes: only the key is looked at.
    pub remove: Vec<Row>,
    /// What comes.
    pub add: Vec<Row>,
}

impl Change {
    /// The change that takes this one back.
    #[must_use]
    pub fn undone(self) -> Self {
        Self { table: self.table, remove: self.add, add: self.remove }
    }
}

/// Makes a change.
///
/// # Errors
/// [`StoreError`] when the engine does not take it, and when a row that should go is not there;
/// nothing is then changed.
pub async fn change(owner: &Owner, change: &Change) -> Result<(), StoreError> {
    let Change { table, remove, add } = change;
    let unknown = || StoreError::Unfit(format!("there is no table {}", table.name));
    let written = WRITTEN.iter().find(|it| it.table == table.name).ok_or_else(unknown)?;
    let (mut tx, guards) = owner.unguarded(table.name).await?;
    match write(&mut tx, table, written, remove, add).await {
        Ok(()) => guards.restore(tx).await,
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

async fn write(
    tx: &mut Tx,
    table: &Table,
    written: &Written,
    remove: &[Row],
    add: &[Row],
) -> Result<(), StoreError> {
    let gone = execute!(tx, written.delete, objects(table, remove, table.key))?;
    if gone != remove.len() as u64 {
        return Err(StoreError::Unfit(format!("{gone} of {} rows were there", remove.len())));
    }
    execute!(tx, written.insert, objects(table, add, table.columns.len()))?;
    Ok(())
}

/// Rows as a batch, up to a column.
fn objects(table: &Table, rows: &[Row], columns: usize) -> Rows {
    let object = |row: &Row| -> Map<String, Value> {
        let names = table.columns.iter().take(columns).map(|(name, _)| (*name).to_owned());
        names.zip(row.iter().map(|cell| cell.clone().map_or(Value::Null, Value::String))).collect()
    };
    Rows::of(&rows.iter().map(object).collect::<Vec<_>>())
}
