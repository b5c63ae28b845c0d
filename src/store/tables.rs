//! Every table with its sort, columns and key, and a way to read any of them row by row as text.
//!
//! Promises: the list is the catalogue's (a test compares both); rows come in pages, in the order
//! of the primary key, which is the same on both engines. Does not: know what a row means.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::dialect::{Rows, Statement, StoreError, Texts, Tx, fetch_all, statement};

/// What a table is to the journal (DESIGN section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Written once: lines, checkpoints, tiles, co-signatures.
    Journal,
    /// Can be rebuilt from the lines.
    Projection,
    /// Erasable; each row has a hash in a line.
    Vault,
    /// Bound by no line: worth nothing tomorrow, or erasable at will (people).
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

macro_rules! kind {
    (BIGINT) => {
        Kind::Number
    };
    (TEXT) => {
        Kind::Text
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
                (stringify!($first), kind!($first_kind)),
                $((stringify!($key), kind!($key_kind)),)*
                $((stringify!($column), kind!($kind)),)*
            ],
            key: [stringify!($first) $(, stringify!($key))*].len(),
            first_page: statement!(concat!(
                "-- ", stringify!($name), ".first_page\n SELECT CAST(t.", stringify!($first),
                " AS TEXT)" $(, ", CAST(t.", stringify!($key), " AS TEXT)")*
                $(, ", CAST(t.", stringify!($column), " AS TEXT)")*,
                " FROM ", stringify!($name), " AS t ORDER BY t.", stringify!($first)
                $(, ", t.", stringify!($key))*, " LIMIT $1"
            )),
            next_page: statement!(
                concat!(
                    "-- ", stringify!($name), ".next_page\n SELECT CAST(t.", stringify!($first),
                    " AS TEXT)" $(, ", CAST(t.", stringify!($key), " AS TEXT)")*
                    $(, ", CAST(t.", stringify!($column), " AS TEXT)")*,
                    " FROM ", stringify!($name), " AS t WHERE (t.", stringify!($first)
                    $(, ", t.", stringify!($key))*, ") > (SELECT r.", stringify!($first)
                    $(, ", r.", stringify!($key))*, " FROM "
                ),
                rows("$1"; $first $first_kind $(, $key $key_kind)*)
                concat!(
                    ") ORDER BY t.", stringify!($first) $(, ", t.", stringify!($key))*,
                    " LIMIT $2"
                )
            ),
        }),+];
    };
}

/// Gives the list of tables to a macro: what is made of it here, or beside it.
macro_rules! catalogue {
    ($with:ident) => {
        $with! {
            Projection ledger [ledger_no BIGINT]
                [ledger_id TEXT, origin TEXT, mode TEXT, time_zone TEXT, size BIGINT,
                 recorded_at BIGINT];
            Journal entry [ledger_no BIGINT, seq BIGINT] [line TEXT];
            Journal checkpoint [ledger_no BIGINT, size BIGINT] [note TEXT];
            Journal tile [ledger_no BIGINT, level BIGINT, number BIGINT] [hashes TEXT];
            Journal cosignature [ledger_no BIGINT, size BIGINT, witness TEXT] [line TEXT];
            Projection account [ledger_no BIGINT, account TEXT]
                [debits_cents BIGINT, credits_cents BIGINT, voucher_count BIGINT];
            Projection transfer [ledger_no BIGINT, seq BIGINT, part BIGINT]
                [debit TEXT, credit TEXT, cents BIGINT, about_seq BIGINT];
            Projection creation [creation_id TEXT] [ledger_no BIGINT, seq BIGINT];
            Projection organisation [organisation_id TEXT]
                [seq BIGINT, version BIGINT, name TEXT, body TEXT];
            Projection site [site_id TEXT] [organisation_id TEXT, name TEXT, commune TEXT];
            Projection venue [venue_id TEXT]
                [seq BIGINT, version BIGINT, structure_id TEXT, name TEXT, state TEXT, body TEXT,
                 vouchers_per_month BIGINT];
            Projection admission [ledger_no BIGINT, venue_no BIGINT]
                [venue_id TEXT, structure_id TEXT, seq BIGINT, body TEXT];
            Projection campaign [ledger_no BIGINT, campaign_no BIGINT]
                [campaign_id TEXT, seq BIGINT, version BIGINT, body TEXT, lapsed_seq BIGINT];
            Projection api_key [api_key_id TEXT]
                [seq BIGINT, secret_hash TEXT, role TEXT, organisation_id TEXT, venue_id TEXT,
                 revoked_at BIGINT, reads_only BIGINT, expires_at BIGINT];
            Projection voucher_key [issuer_id TEXT, key_no BIGINT, public_key TEXT]
                [not_before BIGINT, not_after BIGINT, revoked_at BIGINT];
            Vault bank_account [owner_id TEXT, version BIGINT]
                [iban TEXT, holder TEXT, salt TEXT, hash TEXT, changed_at BIGINT,
                 in_force_at BIGINT];
            Vault logo [owner_id TEXT, version BIGINT] [hash TEXT, content TEXT];
            Projection voucher_order [ledger_no BIGINT, order_no BIGINT]
                [order_id TEXT, campaign_no BIGINT, book_count BIGINT, vouchers_per_book BIGINT,
                 face_cents BIGINT, key_no BIGINT, issued_count BIGINT, activated_seq BIGINT];
            Projection book [ledger_no BIGINT, book_no BIGINT]
                [order_no BIGINT, issuer_id TEXT, key_no BIGINT, voucher_count BIGINT,
                 counter BIGINT, custody TEXT, site_id TEXT, custody_seq BIGINT,
                 handed_over_seq BIGINT, replaced_mask BIGINT, replaced_by BIGINT];
            Projection book_route [issuer_id TEXT, first_no BIGINT]
                [last_no BIGINT, ledger_no BIGINT];
            Projection code_route [tag BIGINT, ledger_no BIGINT] [book_no BIGINT, position BIGINT];
            Projection block [ledger_no BIGINT, block_id TEXT]
                [seq BIGINT, first_no BIGINT, last_no BIGINT, position BIGINT, order_no BIGINT];
            Projection redemption [ledger_no BIGINT, book_no BIGINT, position BIGINT, round BIGINT]
                [seq BIGINT, venue_no BIGINT, redeemed_at BIGINT, redeemed_on TEXT];
            Projection reversal [ledger_no BIGINT, book_no BIGINT, position BIGINT, round BIGINT]
                [seq BIGINT];
            Projection settlement [ledger_no BIGINT, settlement_id TEXT]
                [opened_seq BIGINT, cut_off_on TEXT, cut_off_seq BIGINT, state TEXT,
                 drawn_seq BIGINT, decided_seq BIGINT, payment_count BIGINT, total_cents BIGINT];
            Projection payment [ledger_no BIGINT, payment_id TEXT]
                [settlement_id TEXT, structure_id TEXT, cents BIGINT, opening_cents BIGINT,
                 drawn_seq BIGINT, state TEXT];
            Projection log_key [ledger_no BIGINT, seq BIGINT] [vkey TEXT];
            Projection ledger_release [ledger_no BIGINT] [seq BIGINT, address TEXT];
            Scratch ledger_import [ledger_id TEXT]
                [ledger_no BIGINT, size BIGINT, root TEXT, next_seq BIGINT];
            Projection membership [membership_id TEXT]
                [seq BIGINT, person_id TEXT, role TEXT, organisation_id TEXT, venue_id TEXT,
                 ended_at BIGINT];
            Scratch person [person_id TEXT]
                [email TEXT, name TEXT, state TEXT, password_hash TEXT, created_at BIGINT];
            Scratch link [token_hash TEXT] [purpose TEXT, person_id TEXT, expires_at BIGINT];
            Scratch session [session_id TEXT]
                [token_hash TEXT, person_id TEXT, membership_id TEXT, opened_at BIGINT,
                 seen_at BIGINT, factor_at BIGINT, siret TEXT];
            Scratch attempt [subject TEXT] [failures BIGINT, last_at BIGINT];
            Scratch refused_attempt [attempt_id TEXT]
                [refused_at BIGINT, class TEXT, reason TEXT, actor_id TEXT, venue_id TEXT,
                 subject TEXT, origin TEXT, elsewhere_at BIGINT];
            Scratch key_use [api_key_id TEXT] [used_at BIGINT];
            Scratch signal [signal_id TEXT]
                [kind TEXT, about_id TEXT, raised_on TEXT, counted BIGINT, counted_of BIGINT,
                 raised_at BIGINT];
            Scratch totp [person_id TEXT] [sealed TEXT, confirmed_at BIGINT, last_step BIGINT];
            Scratch passkey [passkey_id TEXT]
                [person_id TEXT, credential_id TEXT, credential TEXT, name TEXT, created_at BIGINT];
            Scratch ceremony [session_id TEXT] [purpose TEXT, state TEXT, expires_at BIGINT];
            Scratch identity [subject TEXT] [person_id TEXT];
            Scratch openid_flow [state_hash TEXT]
                [nonce TEXT, verifier TEXT, expires_at BIGINT];
            Scratch recovery_code [person_id TEXT, code_hash TEXT] [];
            Scratch hand_over_statistic [site_id TEXT, month TEXT, question TEXT, answer TEXT]
                [counted BIGINT];
            Vault proposal [proposal_id TEXT]
                [expires_at BIGINT, salt TEXT, content TEXT, hash TEXT];
            Vault payment_file [ledger_no BIGINT, settlement_id TEXT] [hash TEXT, content TEXT];
        }
    };
}

pub(super) use catalogue;

catalogue!(tables);

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
/// [`StoreError`]; [`StoreError::Unfit`] when they come in another order, as from a damaged file,
/// where whoever reads page after page would never come to an end.
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
    let rows: Vec<Row> = rows.into_iter().map(|Texts(row)| row).collect();
    let mut last = after;
    for row in &rows {
        if last.is_some_and(|last| table.order(last, row).is_ge()) {
            return Err(StoreError::Unfit(format!("the rows of {} are out of order", table.name)));
        }
        last = Some(row);
    }
    Ok(rows)
}
