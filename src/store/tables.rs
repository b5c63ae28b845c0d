//! Every table with its sort, columns and key, and a way to read any of them row by row as text.
//!
//! Promises: the list is the catalogue's (a test compares both); rows come in pages, in the order
//! of the primary key, which is the same on both engines. Does not: know what a row means.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::dialect::{Rows, Statement, StoreError, Texts, Tx, fetch_all};

/// What a table is to the journal (DESIGN section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Written once: lines, checkpoints, tiles.
    Journal,
    /// Can be rebuilt from the lines.
    Projection,
    /// Erasable; each row has a hash in a line.
    Vault,
    /// Worth nothing tomorrow.
    Scratch,
}

impl Sort {
    /// The word in the migrations.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Projection => "projection",
            Self::Vault => "vault",
            Self::Scratch => "scratch",
        }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Number,
    /// A text.
    Text,
}

/// A table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What it is to the journal.
    pub sort: Sort,
    /// Its columns in order, those of the primary key first.
    pub columns: &'static [(&'static str, Kind)],
    /// How many columns the primary key has.
    pub key: usize,
    first_page: Statement,
    next_page: Statement,
}

/// A row, each column as text; `None` for null.
pub type Row = Vec<Option<String>>;

macro_rules! sql_type {
    (Number) => {
        "BIGINT"
    };
    (Text) => {
        "TEXT"
    };
}

const fn both(sql: &'static str) -> Statement {
    Statement { sqlite: sql, postgres: sql }
}

/// A page after the key that `$1` holds as a batch of one (see [`super::dialect`]).
macro_rules! next_page {
    ($before:expr, $after:expr, $($column:ident $kind:ident),+) => {
        Statement {
            sqlite: concat!(
                $before, "(SELECT j.key AS row_key"
                $(, ", CAST(j.value ->> '", stringify!($column), "' AS ", sql_type!($kind),
                ") AS ", stringify!($column))+,
                " FROM json_each($1) AS j) AS r", $after
            ),
            postgres: concat!(
                $before, "json_to_recordset($1) AS r(row_key TEXT"
                $(, ", ", stringify!($column), " ", sql_type!($kind))+, ")", $after
            ),
        }
    };
}

/// Writes the list and the two statements of each table: its first rows, and those after a key.
///
/// Columns are named with their table, because PostgreSQL orders by what is selected (the text)
/// where a bare name means both.
macro_rules! tables {
    ($($sort:ident $name:ident
        [$first:ident $first_kind:ident $(, $key:ident $key_kind:ident)*]
        [$($column:ident $kind:ident),* $(,)?];)+) => {
        /// Every table.
        pub const TABLES: &[Table] = &[$(Table {
            name: stringify!($name),
            sort: Sort::$sort,
            columns: &[
                (stringify!($first), Kind::$first_kind),
                $((stringify!($key), Kind::$key_kind),)*
                $((stringify!($column), Kind::$kind),)*
            ],
            key: [stringify!($first) $(, stringify!($key))*].len(),
            first_page: both(concat!(
                "-- ", stringify!($name), ".first_page\n SELECT CAST(t.", stringify!($first),
                " AS TEXT)" $(, ", CAST(t.", stringify!($key), " AS TEXT)")*
                $(, ", CAST(t.", stringify!($column), " AS TEXT)")*,
                " FROM ", stringify!($name), " AS t ORDER BY t.", stringify!($first)
                $(, ", t.", stringify!($key))*, " LIMIT $1"
            )),
            next_page: next_page!(
                concat!(
                    "-- ", stringify!($name), ".next_page\n SELECT CAST(t.", stringify!($first),
                    " AS TEXT)" $(, ", CAST(t.", stringify!($key), " AS TEXT)")*
                    $(, ", CAST(t.", stringify!($column), " AS TEXT)")*,
                    " FROM ", stringify!($name), " AS t WHERE (t.", stringify!($first)
                    $(, ", t.", stringify!($key))*, ") > (SELECT r.", stringify!($first)
                    $(, ", r.", stringify!($key))*, " FROM "
                ),
                concat!(
                    ") ORDER BY t.", stringify!($first) $(, ", t.", stringify!($key))*,
                    " LIMIT $2"
                ),
                $first $first_kind $(, $key $key_kind)*
            ),
        }),+];
    };
}

tables! {
    Projection ledger [ledger_no Number]
        [ledger_id Text, origin Text, mode Text, time_zone Text, size Number, recorded_at Number];
    Journal entry [ledger_no Number, seq Number] [line Text];
    Journal checkpoint [ledger_no Number, size Number] [note Text];
    Journal tile [ledger_no Number, level Number, number Number] [hashes Text];
    Projection account [ledger_no Number, account Text]
        [debits_cents Number, credits_cents Number, voucher_count Number];
    Projection transfer [ledger_no Number, seq Number, part Number]
        [debit Text, credit Text, cents Number, about_seq Number];
    Projection creation [creation_id Text] [ledger_no Number, seq Number];
    Projection organisation [organisation_id Text]
        [seq Number, version Number, name Text, body Text];
    Projection site [site_id Text] [organisation_id Text, name Text, commune Text];
    Projection venue [venue_id Text]
        [seq Number, version Number, structure_id Text, name Text, state Text, body Text];
    Projection admission [ledger_no Number, venue_no Number]
        [venue_id Text, structure_id Text, seq Number, body Text];
    Projection campaign [ledger_no Number, campaign_no Number]
        [campaign_id Text, seq Number, version Number, body Text, lapsed_seq Number];
    Projection api_key [api_key_id Text]
        [seq Number, secret_hash Text, role Text, organisation_id Text, venue_id Text,
         revoked_at Number];
    Projection voucher_key [issuer_id Text, key_no Number, public_key Text]
        [not_before Number, not_after Number, revoked_at Number];
    Vault bank_account [owner_id Text, version Number]
        [iban Text, holder Text, salt Text, hash Text];
    Vault logo [owner_id Text, version Number] [hash Text, content Text];
    Projection voucher_order [ledger_no Number, order_no Number]
        [order_id Text, campaign_no Number, book_count Number, vouchers_per_book Number,
         face_cents Number, key_no Number, issued_count Number, activated_seq Number];
    Projection book [ledger_no Number, book_no Number]
        [order_no Number, issuer_id Text, key_no Number, voucher_count Number, counter Number,
         custody Text, site_id Text, custody_seq Number, handed_over_seq Number,
         replaced_mask Number, replaced_by Number];
    Projection book_route [issuer_id Text, first_no Number] [last_no Number, ledger_no Number];
    Projection code_route [tag Number, ledger_no Number] [book_no Number, position Number];
    Projection block [ledger_no Number, block_id Text]
        [seq Number, first_no Number, last_no Number, position Number, order_no Number];
    Projection redemption [ledger_no Number, book_no Number, position Number, round Number]
        [seq Number, venue_no Number, redeemed_at Number, redeemed_on Text];
    Projection reversal [ledger_no Number, book_no Number, position Number, round Number]
        [seq Number];
    Projection settlement [ledger_no Number, settlement_id Text]
        [opened_seq Number, cut_off_on Text, cut_off_seq Number, state Text, drawn_seq Number,
         decided_seq Number, payment_count Number, total_cents Number];
    Projection payment [ledger_no Number, payment_id Text]
        [settlement_id Text, structure_id Text, cents Number, opening_cents Number,
         drawn_seq Number, state Text];
    Vault payment_file [ledger_no Number, settlement_id Text] [hash Text, content Text];
}

/// The statements that read the tables, by name.
#[must_use]
pub fn statements() -> Vec<(&'static str, Statement)> {
    let both = |table: &Table| [(table.name, table.first_page), (table.name, table.next_page)];
    TABLES.iter().flat_map(both).collect()
}

/// A table by its name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

impl Table {
    /// Which of two rows comes first, as the database orders them.
    #[must_use]
    pub fn order(&self, left: &Row, right: &Row) -> Ordering {
        let number =
            |cell: &Option<String>| cell.as_deref().and_then(|text| text.parse::<i64>().ok());
        let places = self.columns.iter().take(self.key).zip(left.iter().zip(right));
        places
            .map(|((_, kind), (left, right))| match kind {
                Kind::Number => number(left).cmp(&number(right)),
                Kind::Text => left.cmp(right),
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// The key of a row, for people: its columns with slashes between.
    #[must_use]
    pub fn key_of(&self, row: &Row) -> String {
        let cells = row.iter().take(self.key).map(|cell| cell.as_deref().unwrap_or("null"));
        cells.collect::<Vec<_>>().join("/")
    }
}

/// Some rows of a table in the order of its key, from the first or after a row.
///
/// # Errors
/// [`StoreError`].
pub async fn page(
    tx: &mut Tx,
    table: &Table,
    after: Option<&Row>,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let rows: Vec<Texts> = match after {
        None => fetch_all!(tx, table.first_page, limit)?,
        Some(row) => {
            let names = table.columns.iter().take(table.key).map(|(name, _)| (*name).to_owned());
            let cells = row.iter().map(|cell| cell.clone().map_or(Value::Null, Value::String));
            let key: Map<String, Value> = names.zip(cells).collect();
            fetch_all!(tx, table.next_page, Rows::of(&[key]), limit)?
        }
    };
    Ok(rows.into_iter().map(|Texts(row)| row).collect())
}
