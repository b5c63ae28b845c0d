//! What can be changed in one table: every column edited, swapped between two rows, in a row less
//! and in a row more.
//!
//! Promises: each change leaves other rows than before. Does not: make it (see
//! `store::torture::change`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::dice::Dice;
use super::judges::Places;
use crate::service::Error;
use crate::store::tables::{Kind, Row, Sort, TABLES, Table, page};
use crate::store::torture::Change;
use crate::store::{Database, Tx};

/// Rows of one page.
const PAGE: i64 = 500;

/// A signature line that is well formed, by nobody: 4 bytes of a key's id and 64 of a signature.
const STRANGER: &str = "\u{2014} stranger.example/1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

/// Every row of every table.
pub(super) type Rows = BTreeMap<&'static str, Vec<Row>>;

/// Reads every row of every table.
pub(super) async fn rows(database: &Database) -> Result<Rows, Error> {
    rows_of(&mut database.read().await?).await
}

/// Reads every row of every table, in a transaction.
pub(super) async fn rows_of(tx: &mut Tx) -> Result<Rows, Error> {
    let mut all = Rows::new();
    for table in TABLES {
        let (mut rows, mut after): (Vec<Row>, Option<Row>) = (Vec::new(), None);
        loop {
            let some = page(tx, table, after.as_ref(), PAGE).await?;
            let Some(last) = some.last() else { break };
            after = Some(last.clone());
            rows.extend(some);
        }
        all.insert(table.name, rows);
    }
    Ok(all)
}

/// How a table is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Way {
    /// Another value in the column.
    Edit,
    /// A row less.
    Delete,
    /// A row more, with another value in the column.
    Insert,
    /// Two rows exchange what they have in the column.
    Swap,
}

/// A change of one column.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) table: &'static Table,
    /// Its place among the columns of the table.
    pub(super) column: usize,
    pub(super) way: Way,
    /// The first of these that the engine takes is made: what is unique is refused by others.
    pub(super) changes: Vec<Change>,
}

impl Cell {
    pub(super) fn name(&self) -> &'static str {
        self.table.columns.get(self.column).map_or("", |(name, _)| name)
    }

    /// Whether something was found where the change is: in the column, when a row has another value
    /// there, else in the table. A vault's row is as good as its hash; a co-signature, and a former
    /// operator's checkpoint, is good or bad as a whole; another line shows where its tree is.
    pub(super) fn is_at(&self, places: &Places) -> bool {
        let table = self.table;
        let whole = table.sort == Sort::Vault || matches!(table.name, "cosignature" | "checkpoint");
        if table.name == "entry" {
            return true;
        }
        if self.way == Way::Edit && self.column >= table.key && !whole {
            return places.contains(&(table.name, self.name()));
        }
        places.iter().any(|(name, _)| *name == table.name)
    }

    /// What one of its changes does, for people.
    pub(super) fn told(&self, change: &Change) -> String {
        let Change { table, remove, add } = change;
        let cell = |row: &Row| {
            let text = row.get(self.column).cloned().flatten();
            text.map_or_else(|| "null".to_owned(), |text| text.chars().take(60).collect())
        };
        let told = |rows: &[Row]| {
            let each = rows.iter().map(|row| format!("{}={:?}", table.key_of(row), cell(row)));
            each.collect::<Vec<_>>().join(" ")
        };
        let (from, to) = (told(remove), told(add));
        format!("{:?} {}.{} [{from}] to [{to}]", self.way, table.name, self.name())
    }
}

/// Why nobody need notice a change of a table, for the few where that is so. None of them holds
/// money, custody, a right or a line; a scratch table without a reason here is no exception.
pub(super) fn excuse(table: &Table) -> Option<&'static str> {
    match (table.sort, table.name) {
        (Sort::Scratch, "ledger_import") => {
            Some("how far an import was: nobody reads it once the ledger has its row")
        }
        (
            Sort::Scratch,
            "person" | "link" | "session" | "attempt" | "totp" | "recovery_code" | "passkey"
            | "ceremony" | "identity" | "openid_flow",
        ) => Some("how somebody signs in, erasable: what a person may do is a line"),
        (Sort::Scratch, "refused_attempt" | "key_use" | "signal") => {
            Some("what was refused, used or odd, for a while: it moved nothing, decides nothing")
        }
        (Sort::Scratch, "hand_over_statistic") => {
            Some("how often something was answered: a number about nobody, and nothing hangs on it")
        }
        _ => None,
    }
}

/// Other values that a column could have.
fn others(kind: Kind, cell: Option<&String>) -> Vec<Option<String>> {
    let mut found: Vec<Option<String>> = match (kind, cell) {
        (Kind::Number, None) => vec![Some("0".to_owned()), Some("1".to_owned())],
        (Kind::Text, None) => vec![Some(String::new()), Some("x".to_owned())],
        (Kind::Number, Some(text)) => {
            let number: i64 = text.parse().unwrap_or(0);
            let near = [1, -1, 1_000_003].map(|by| number.wrapping_add(by));
            let all = near.into_iter().chain([0, -number, i64::MAX]);
            all.map(|number| Some(number.to_string())).chain([None]).collect()
        }
        (Kind::Text, Some(text)) => texts(text).into_iter().map(Some).chain([None]).collect(),
    };
    let mut seen = BTreeSet::from([cell.cloned()]);
    found.retain(|other| seen.insert(other.clone()));
    found
}

fn texts(text: &str) -> Vec<String> {
    let last = text.char_indices().next_back();
    let turned = |c: char| match c {
        '0'..='8' => char::from_u32(u32::from(c) + 1),
        '9' => Some('0'),
        c if c.is_ascii_lowercase() => Some(c.to_ascii_uppercase()),
        c if c.is_ascii_uppercase() => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    let turn = |(at, c): (usize, char)| {
        let other = turned(c)?;
        Some(format!("{}{other}{}", &text[..at], &text[at + c.len_utf8()..]))
    };
    let mut all = vec![format!("{text}x"), format!("{text} "), format!(" {text}"), String::new()];
    all.extend(last.map(|(at, _)| text[..at].to_owned()));
    all.extend(text.char_indices().find_map(turn));
    all.extend(text.char_indices().rev().find_map(turn));
    all.push(format!("{text}\n"));
    if text.starts_with('\u{2014}') || text.contains("\n\u{2014}") {
        all.push(format!("{text}{STRANGER}"));
    }
    all
}

fn with(row: &Row, column: usize, cell: Option<String>) -> Row {
    let mut other = row.clone();
    if let Some(place) = other.get_mut(column) {
        *place = cell;
    }
    other
}

/// Every change of every column, each on rows that the dice choose.
pub(super) fn all(rows: &Rows, dice: &Dice) -> Vec<Cell> {
    let mut cells = Vec::new();
    for table in TABLES {
        let rows = rows.get(table.name).map_or(&[][..], Vec::as_slice);
        for column in 0..table.columns.len() {
            let mut add = |way, changes: Vec<(Vec<Row>, Vec<Row>)>| {
                let changes = changes.into_iter();
                let changes: Vec<_> =
                    changes.map(|(remove, add)| Change { table, remove, add }).collect();
                if !changes.is_empty() {
                    cells.push(Cell { table, column, way, changes });
                }
            };
            let kind = table.columns[column].1;
            let many = dice.one(rows).map_or(0, |row| others(kind, row[column].as_ref()).len());
            for number in 0..many {
                // Each of the values on a row of its own.
                let Some(row) = dice.one(rows) else { break };
                let all = others(kind, row[column].as_ref());
                // Nothing in a key is refused, or (SQLite, a lone number) means "choose one".
                let lawful = |other: &&Option<String>| other.is_some() || column >= table.key;
                if let Some(other) = all.get(number).filter(lawful) {
                    let after = with(row, column, other.clone());
                    add(Way::Edit, vec![(vec![row.clone()], vec![after])]);
                }
            }
            if let Some(row) = dice.one(rows) {
                add(Way::Delete, vec![(vec![row.clone()], Vec::new())]);
            }
            let more = fresh(table, rows, column, dice);
            add(Way::Insert, more.map(|row| (Vec::new(), vec![row])).into());
            add(Way::Swap, exchanges(rows, column, dice));
        }
    }
    cells
}

/// A row that is not there: another one's copy with a key of its own and another value in the
/// column; and one with another value in every column, for where more than the key is unique.
fn fresh(table: &Table, rows: &[Row], column: usize, dice: &Dice) -> [Row; 2] {
    let made_up = || {
        let cell = |(_, kind): &(&str, Kind)| match kind {
            Kind::Number => Some("7".to_owned()),
            Kind::Text => Some("made up".to_owned()),
        };
        table.columns.iter().map(cell).collect()
    };
    let Some(row) = dice.one(rows) else { return [made_up(), made_up()] };
    let key = |row: &Row| row[..table.key].to_vec();
    let taken: BTreeSet<Row> = rows.iter().map(key).collect();
    let next = |row: &Row, at: usize| {
        others(table.columns[at].1, row[at].as_ref()).into_iter().next().flatten()
    };
    // The column itself, when it is of the key; else the last of the key beside it.
    let place = if column < table.key { column } else { table.key - 1 };
    let mut other = row.clone();
    while taken.contains(&key(&other)) {
        other = with(&other, place, next(&other, place));
    }
    let beside = table.key..table.columns.len();
    let every = beside.clone().fold(other.clone(), |all, at| with(&all, at, next(row, at)));
    if beside.contains(&column) {
        other = with(&other, column, next(row, column));
    }
    [other, every]
}

/// How many pairs of rows are tried.
const PAIRS: usize = 8;

/// Pairs of rows, each with what they are when they have exchanged a column; none when no two
/// differ there.
fn exchanges(rows: &[Row], column: usize, dice: &Dice) -> Vec<(Vec<Row>, Vec<Row>)> {
    let first = dice.below(rows.len());
    let mut found = Vec::new();
    for from in 0..rows.len() {
        let one = &rows[(first + from) % rows.len()];
        for at in 0..rows.len() {
            let other = &rows[(first + from + at) % rows.len()];
            if one[column] == other[column] {
                continue;
            }
            let after = [
                with(one, column, other[column].clone()),
                with(other, column, one[column].clone()),
            ];
            // Rows that differ in this column alone have only changed places.
            if after[0] != *other {
                found.push((vec![one.clone(), other.clone()], after.into()));
                break;
            }
        }
        if found.len() == PAIRS {
            break;
        }
    }
    found
}

/// Some of the changes: each way of each table once, then what the dice choose.
pub(super) fn sample(mut cells: Vec<Cell>, count: usize, dice: &Dice) -> Vec<Cell> {
    dice.shuffle(&mut cells);
    let mut seen = BTreeSet::new();
    let (mut first, rest): (Vec<Cell>, Vec<Cell>) =
        cells.into_iter().partition(|cell| seen.insert((cell.table.name, cell.way)));
    let more = count.saturating_sub(first.len());
    first.extend(rest.into_iter().take(more));
    first
}

#[cfg(test)]
mod tests {
    //! Goal: a change that changes nothing would count as one that nobody noticed, or worse.

    use super::*;

    #[test]
    fn every_change_leaves_other_rows() {
        let mut all_rows = Rows::new();
        for table in TABLES {
            let row = |number: usize| -> Row {
                let cell = |(_, kind): &(&str, Kind)| match kind {
                    Kind::Number => Some(number.to_string()),
                    Kind::Text => Some(format!("text {number}")),
                };
                table.columns.iter().map(cell).collect()
            };
            all_rows.insert(table.name, (0..3).map(row).collect());
        }
        let cells = all(&all_rows, &Dice::new(1));
        let set = |rows: &[Row]| rows.iter().cloned().collect::<BTreeSet<Row>>();
        for Cell { changes, way, column, table } in &cells {
            for Change { remove, add, .. } in changes {
                assert_ne!(set(remove), set(add), "{way:?} {} {column}", table.name);
            }
        }
        let ways: BTreeSet<_> =
            cells.iter().map(|cell| (cell.table.name, cell.column, cell.way)).collect();
        let columns: usize = TABLES.iter().map(|table| table.columns.len()).sum();
        assert_eq!(ways.len(), 4 * columns);
        let some = sample(cells, 200, &Dice::new(1));
        let tables: BTreeSet<_> = some.iter().map(|cell| cell.table.name).collect();
        assert_eq!((some.len(), tables.len()), (200, TABLES.len()));
    }

    #[test]
    fn only_what_is_worth_nothing_is_excused() {
        for table in TABLES {
            assert_eq!(excuse(table).is_some(), table.sort == Sort::Scratch, "{}", table.name);
        }
    }
}
