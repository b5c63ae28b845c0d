//! A statement as a table for a French spreadsheet.
//!
//! Promises: opens in Excel with its accents, columns and amounts right, and nothing in it is run.
//! Does not: decide what a statement holds.

use csv::{Terminator, WriterBuilder};

use super::{Movement, Statement};
use crate::base::day::Day;
use crate::base::money::decimal;

/// The whole table; [`Statement::to_csv`] says how it is laid out.
pub(super) fn of(statement: &Statement) -> Vec<u8> {
    let mut table = Table::new();
    table.row(HEADER);
    let mut balance = i128::from(statement.opening_balance.cents());
    table.row(balance_row(statement, statement.period.from, "Solde d'ouverture", balance));
    for movement in &statement.movements {
        balance += i128::from(movement.amount.cents());
        table.row(movement_row(statement, movement, balance));
    }
    let closing = i128::from(statement.closing_balance.cents());
    table.row(balance_row(statement, statement.period.to, "Solde de clôture", closing));
    table.finish()
}

fn balance_row(statement: &Statement, on: Day, what: &str, balance: i128) -> [String; COLUMNS] {
    let mut row = row_of(statement);
    row[0] = on.to_string();
    what.clone_into(&mut row[2]);
    row[8] = decimal(balance, ',');
    row
}

fn movement_row(statement: &Statement, movement: &Movement, balance: i128) -> [String; COLUMNS] {
    let mut row = row_of(statement);
    row[0] = movement.on.to_string();
    row[1] = movement.seq.to_string();
    movement.kind.label().clone_into(&mut row[2]);
    if let Some(venue) = &movement.venue {
        row[3] = inert(&venue.name);
        row[4] = venue.id.to_string();
    }
    if let Some(offering) = movement.offering {
        offering.label().clone_into(&mut row[5]);
    }
    if let Some(serial) = &movement.serial {
        row[6] = inert(serial);
    }
    row[7] = decimal(movement.amount.cents(), ',');
    row[8] = decimal(balance, ',');
    row
}

/// What every row repeats, and nothing else.
fn row_of(statement: &Statement) -> [String; COLUMNS] {
    let mut row: [String; COLUMNS] = Default::default();
    row[9] = inert(&statement.structure.name);
    // With the register's word in front a spreadsheet takes it for text and keeps its digits.
    row[10] = statement.structure.registration.to_string();
    row[11] = inert(&statement.funder_name);
    row[12] = statement.settlement_id.to_string();
    row
}

const COLUMNS: usize = 13;

const HEADER: [&str; COLUMNS] = [
    "date",
    "ligne du journal",
    "nature",
    "lieu de médiation",
    "identifiant du lieu",
    "service rendu",
    "numéro de série",
    "montant (EUR)",
    "solde (EUR)",
    "structure",
    "immatriculation",
    "financeur",
    "règlement",
];

/// Rows in memory.
struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn new() -> Self {
        let mark = "\u{feff}".as_bytes().to_vec();
        let mut builder = WriterBuilder::new();
        builder.delimiter(b';').terminator(Terminator::CRLF);
        Self(builder.from_writer(mark))
    }

    fn row<T: AsRef<[u8]>>(&mut self, cells: [T; COLUMNS]) {
        self.0.write_record(cells).expect("every row has as many cells, and memory takes them");
    }

    fn finish(self) -> Vec<u8> {
        self.0.into_inner().expect("writing to memory does not fail")
    }
}

/// A text that someone wrote, on one line, such that no spreadsheet takes it for a formula.
///
/// A cell that begins with `= + - @`, a tab or a carriage return would be computed (OWASP, CSV
/// injection; ASVS 5.0, 1.2.10). An apostrophe in front makes it text.
#[must_use]
pub fn inert(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    // The full-width forms count too in Japanese spreadsheets.
    if line.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        format!("'{line}")
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::MovementKind;
    use super::super::tests::{ID, movement, usual};

    #[test]
    fn a_table_reads_as_french_spreadsheets_expect() {
        let text = String::from_utf8(usual().to_csv()).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines[0].starts_with("\u{feff}date;ligne du journal;nature;"));
        let whose = format!(
            "\"Médi@Creuse; \"\"la coop\"\"\";SIRET 73282932000074;Département de la Creuse;\
             settlement_{ID}"
        );
        assert_eq!(lines[1], format!("2026-10-01;;Solde d'ouverture;;;;;;1234,05;{whose}"));
        assert_eq!(lines[2], format!("2026-10-14;40;Virement établi;;;;;-1234,05;0,00;{whose}"));
        assert_eq!(
            lines[3],
            format!(
                "2026-10-14;41;Encaissement;Médiathèque;venue_{ID};\
                 Aide aux démarches administratives;0004217-03;10,00;10,00;{whose}"
            )
        );
        assert_eq!(lines[6], format!("2026-10-14;44;Reversement;;;;;0,05;1234,10;{whose}"));
        assert_eq!(lines[7], format!("2026-10-31;;Solde de clôture;;;;;;1234,10;{whose}"));
        assert_eq!(lines[8..], [""]);
    }

    #[test]
    fn no_name_becomes_a_formula_or_a_row() {
        let naughty = [
            ("=1+1", "'=1+1"),
            ("+33 5 55 00 00 00", "'+33 5 55 00 00 00"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1+1", "'=1+1"),
            ("\r\n=1+1", "'=1+1"),
            ("  =1+1", "'=1+1"),
            ("＝1+1", "'＝1+1"),
            ("a\"; =1+1\r\nb", "a\"; =1+1  b"),
            ("\0", ""),
            ("Le 100 % = ici", "Le 100 % = ici"),
        ];
        for (name, shown) in naughty {
            let mut table = usual();
            name.clone_into(&mut table.structure.name);
            name.clone_into(&mut table.funder_name);
            table.movements[1] = movement(41, MovementKind::Redeemed, 1000, Some(name));
            let bytes = table.to_csv();
            let mut reader =
                csv::ReaderBuilder::new().delimiter(b';').from_reader(bytes.as_slice());
            let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            assert_eq!(rows.len(), 7, "{name:?}");
            for (row, column) in [(2, 3), (2, 9), (6, 9), (0, 11)] {
                assert_eq!(&rows[row][column], shown);
            }
        }
    }
}
