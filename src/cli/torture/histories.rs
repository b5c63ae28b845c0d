//! Whole histories put in place of the true one: cut back, yesterday's, forked and signed again.
//!
//! Promises: a forged history is as good as the keys can make it: lines, tree, tiles, checkpoints
//! and every table that follows from lines are written anew, by the audit's own rebuilding. Does
//! not: forge a witness's signature, or a receipt that somebody has at home.

use std::collections::BTreeSet;

use super::cells::{Rows, rows, rows_of};
use super::dice::Dice;
use super::judges::Judges;
use super::report::History;
use super::world::{World, fault, open};
use crate::service::{Error, audit};
use crate::store::tables::{Row, Sort, TABLES, table};
use crate::store::torture::{Change, Owner, Victim, Workshop, change};

/// A history to put in place of the true one.
#[derive(Debug)]
pub(super) struct Forgery {
    what: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Yesterday,
    /// The ledger keeps so many lines.
    Cut {
        ledger: String,
        size: i64,
    },
    /// The line at this place says something else.
    Fork {
        ledger: String,
        seq: i64,
        line: String,
    },
}

/// A number of a row.
fn number(row: &Row, column: usize) -> i64 {
    row.get(column).and_then(|cell| cell.as_deref()?.parse().ok()).unwrap_or(-1)
}

fn text(row: &Row, column: usize) -> &str {
    row.get(column).and_then(|cell| cell.as_deref()).unwrap_or_default()
}

/// The histories that are tried: cuts of every ledger, yesterday's copy, and for each kind of line
/// a fork in which one of its values is another.
pub(super) fn all(rows: &Rows, dice: &Dice) -> Vec<Forgery> {
    let mut all =
        vec![Forgery { what: "yesterday's copy restored".to_owned(), kind: Kind::Yesterday }];
    for head in &rows["ledger"] {
        let ledger = text(head, 0).to_owned();
        let kept = rows["checkpoint"].iter().filter(|row| text(row, 0) == ledger);
        let mut sizes: Vec<i64> = kept.map(|row| number(row, 1)).collect();
        sizes.pop();
        let mut cuts = vec![0];
        cuts.extend(sizes.last().copied());
        cuts.extend(dice.one(&sizes).copied());
        for size in BTreeSet::from_iter(cuts) {
            let what = format!("ledger {ledger} cut back to {size} of {} lines", text(head, 5));
            all.push(Forgery { what, kind: Kind::Cut { ledger: ledger.clone(), size } });
        }
    }
    let mut lines: Vec<&Row> = rows["entry"].iter().collect();
    dice.shuffle(&mut lines);
    let mut kinds = BTreeSet::new();
    lines.retain(|row| kinds.insert(kind(text(row, 2)).to_owned()));
    for row in &lines {
        let values = values(text(row, 2));
        // What stands before the actor is the line's place and moment; after it, what happened.
        let said = values.iter().skip_while(|(key, _)| *key != "actor").skip(1);
        let said: Vec<_> = said.collect();
        all.extend(dice.one(&said).and_then(|value| fork(row, value)));
    }
    // What no rule can see: how much the bank brought, and under which reference.
    for (of, key) in [("deposit-recorded", "cents"), ("deposit-recorded", "reference")] {
        let row = lines.iter().find(|row| kind(text(row, 2)) == of);
        let found = row.and_then(|row| {
            let values = values(text(row, 2));
            fork(row, values.iter().find(|(name, _)| *name == key)?)
        });
        all.extend(found);
    }
    all
}

/// The kind of a line.
fn kind(line: &str) -> &str {
    let after = line.split_once("\"kind\":\"").map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default()
}

/// A fork in which a value of a line is another.
fn fork(row: &Row, (key, place): &(&str, std::ops::Range<usize>)) -> Option<Forgery> {
    let line = text(row, 2);
    let value = line.get(place.clone())?;
    let other = match value.parse::<i64>() {
        Ok(number) => (number + 1).to_string(),
        Err(_) => match value.chars().next_back() {
            Some('1') => format!("{}2", &value[..value.len() - 1]),
            Some(last) => format!("{}1", &value[..value.len() - last.len_utf8()]),
            None => "1".to_owned(),
        },
    };
    let forged = format!("{}{other}{}", &line[..place.start], &line[place.end..]);
    let (ledger, seq) = (text(row, 0).to_owned(), number(row, 1));
    let what = format!("fork of ledger {ledger} at {seq}: another {key} in {}", kind(line));
    Some(Forgery { what, kind: Kind::Fork { ledger, seq, line: forged } })
}

/// Where each value of a line stands, without its quotation marks, and its key.
fn values(line: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let bytes = line.as_bytes();
    let (mut found, mut key, mut at) = (Vec::new(), "", 0);
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                let inside = start + 1..at.min(bytes.len());
                if bytes.get(at + 1) == Some(&b':') {
                    key = line.get(inside).unwrap_or_default();
                } else {
                    found.push((key, inside));
                }
            }
            b'-' | b'0'..=b'9' => {
                while at < bytes.len() && !b",}]".contains(&bytes[at]) {
                    at += 1;
                }
                found.push((key, start..at));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Puts a history in place of the true one and asks every judge.
pub(super) async fn judged(
    workshop: &Workshop,
    world: &World,
    rows: &Rows,
    forgery: &Forgery,
) -> Result<Vec<History>, Error> {
    let victim = match &forgery.kind {
        Kind::Yesterday => workshop.make(Some(&world.yesterday)).await?,
        kind => {
            let victim = workshop.make(Some(&world.today)).await?;
            forge(&victim, world, rows, kind).await?;
            victim
        }
    };
    let database = open(victim.url()).await?;
    let first = ask(&world.judges, &database, forgery.what.clone()).await;
    let mut histories = vec![first];
    if matches!(forgery.kind, Kind::Yesterday | Kind::Cut { .. }) {
        let what = format!("{}, kept checkpoints too", forgery.what);
        histories.push(ask(&world.judges.without_outside(), &database, what).await);
    }
    database.close().await;
    workshop.remove(victim).await?;
    Ok(histories)
}

async fn ask(judges: &Judges, database: &crate::store::Database, what: String) -> History {
    let own = judges.own(database).await;
    let outside = judges.outside(database).await;
    let outsiders = judges.outsiders(database).await;
    History { what, own, outside, outsiders }
}

/// Writes a forged history over the true one, as consistent as the keys can make it.
async fn forge(victim: &Victim, world: &World, rows: &Rows, kind: &Kind) -> Result<(), Error> {
    let owner = Owner::of(victim.url()).await?;
    for step in lines(rows, kind)? {
        change(&owner, &step).await?;
    }
    let database = open(victim.url()).await?;
    let (scratch, _) = audit::rebuilt(&database, &world.keys, &world.signer).await?;
    let (live, made) = (self::rows(&database).await?, rows_of(&mut scratch.read().await?).await?);
    database.close().await;
    scratch.remove().await;
    for table in TABLES {
        let set = |rows: &Rows| -> BTreeSet<Row> {
            rows.get(table.name).into_iter().flatten().cloned().collect()
        };
        let (live, made) = (set(&live), set(&made));
        let step = match table.sort {
            Sort::Projection => Change {
                table,
                remove: live.difference(&made).cloned().collect(),
                add: made.difference(&live).cloned().collect(),
            },
            Sort::Journal if matches!(table.name, "checkpoint" | "tile") => Change {
                table,
                remove: live.difference(&made).cloned().collect(),
                add: made.difference(&live).cloned().collect(),
            },
            // What the vault holds cannot be made from lines; what no line speaks of goes.
            Sort::Vault => {
                let keys: BTreeSet<_> = made.iter().map(|row| row[..table.key].to_vec()).collect();
                let gone = live.iter().filter(|row| !keys.contains(&row[..table.key]));
                Change { table, remove: gone.cloned().collect(), add: Vec::new() }
            }
            _ => continue,
        };
        change(&owner, &step).await?;
    }
    owner.close().await;
    Ok(())
}

/// What a forger writes by hand: the lines, and what cannot be signed again.
fn lines(rows: &Rows, kind: &Kind) -> Result<Vec<Change>, Error> {
    let named = |name: &str| table(name).ok_or_else(|| fault(format!("there is no {name}")));
    let of = |name: &str, ledger: &str, from: i64| -> Result<Change, Error> {
        let ours = rows[name].iter().filter(|row| text(row, 0) == ledger);
        let remove = ours.filter(|row| number(row, 1) >= from).cloned().collect();
        Ok(Change { table: named(name)?, remove, add: Vec::new() })
    };
    match kind {
        Kind::Yesterday => Ok(Vec::new()),
        Kind::Cut { ledger, size } => Ok(vec![
            of("entry", ledger, *size)?,
            of("checkpoint", ledger, *size + 1)?,
            of("cosignature", ledger, *size + 1)?,
        ]),
        Kind::Fork { ledger, seq, line } => {
            let mut entry = of("entry", ledger, *seq)?;
            entry.remove.truncate(1);
            entry.add.clone_from(&entry.remove);
            if let Some(cell) = entry.add.first_mut().and_then(|row| row.get_mut(2)) {
                *cell = Some(line.clone());
            }
            Ok(vec![entry, of("cosignature", ledger, *seq + 1)?])
        }
    }
}

#[cfg(test)]
mod tests {
    //! Goal: a fork changes one value of a line, and nothing else of it.

    use super::*;

    #[test]
    fn values_are_found_with_their_keys() {
        let line =
            r#"{"seq":41,"actor":"a","transfers":[{"cents":1000}],"body":{"a":"x\"y","b":-2}}"#;
        let found: Vec<(&str, &str)> =
            values(line).into_iter().map(|(key, place)| (key, &line[place])).collect();
        let expected =
            [("seq", "41"), ("actor", "a"), ("cents", "1000"), ("a", r#"x\"y"#), ("b", "-2")];
        assert_eq!(found, expected);
        let row: Row = ["2", "41", line].map(|text| Some(text.to_owned())).into();
        let forged = fork(&row, &values(line)[2]).unwrap();
        let Kind::Fork { line: forged, .. } = forged.kind else { panic!("{forged:?}") };
        assert_eq!(forged, line.replace("1000", "1001"));
    }
}
