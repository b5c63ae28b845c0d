//! Ledgers at rest: heads, lines, checkpoints, tiles, balances, transfers, creations.
//!
//! Promises: lines are inserted, never changed; a clash on (ledger, seq) is an error that the
//! writer retries. Does not: compute hashes or balances (see `domain::ledger`).

use std::sync::LazyLock;

use serde::Serialize;
use sqlx::FromRow;

use super::dialect::{
    Rows, Statement, StoreError, Tx, corrupt, execute, fetch_all, fetch_optional, parsed,
    statements, together,
};
use crate::base::day::Zone;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::balance::{Balances, Tally};
use crate::domain::ledger::log::{Hash, tile_bytes, tile_from_bytes};

statements! {
    /// Heads of some ledgers by number.
    HEADS = "-- ledger.heads
        SELECT l.ledger_no, l.ledger_id, l.origin, l.mode, l.time_zone, l.size, l.recorded_at
          FROM " rows("$1"; no BIGINT) "
          JOIN ledger AS l ON l.ledger_no = r.no
         ORDER BY l.ledger_no";
    /// Heads of all ledgers.
    ALL_HEADS = "-- ledger.all_heads
        SELECT ledger_no, ledger_id, origin, mode, time_zone, size, recorded_at
          FROM ledger ORDER BY ledger_no";
    /// The head of one ledger by id.
    HEAD_BY_ID = "-- ledger.head_by_id
        SELECT ledger_no, ledger_id, origin, mode, time_zone, size, recorded_at
          FROM ledger WHERE ledger_id = $1";
    /// Opens a ledger.
    OPEN = "-- ledger.open
        INSERT INTO ledger (ledger_no, ledger_id, origin, mode, time_zone, size, recorded_at)
        VALUES ($1, $2, $3, $4, $5, 0, 0)";
    /// Moves heads forward.
    MOVE_HEADS = "-- ledger.move_heads
        UPDATE ledger
           SET size = r.size,
               recorded_at = r.at
          FROM " rows("$1"; size BIGINT, at BIGINT, no BIGINT) "
         WHERE ledger_no = r.no";
    /// Adds lines.
    ADD_LINES = "-- entry.add
        INSERT INTO entry (ledger_no, seq, line)
        SELECT r.no, r.seq,
               r.line
          FROM " rows("$1"; no BIGINT, seq BIGINT, line TEXT);
    /// Remembers which line created what.
    ADD_CREATIONS = "-- creation.add
        INSERT INTO creation (creation_id, ledger_no, seq)
        SELECT r.id, r.no,
               r.seq
          FROM " rows("$1"; no BIGINT, seq BIGINT, id TEXT);
    /// Adds transfers.
    ADD_TRANSFERS = "-- transfer.add
        INSERT INTO transfer (ledger_no, seq, part, debit, credit, cents, about_seq)
        SELECT r.no, r.seq,
               r.part, r.debit, r.credit,
               r.cents, r.about
          FROM "
        rows("$1"; no BIGINT, seq BIGINT, part BIGINT, cents BIGINT, about BIGINT, debit TEXT,
             credit TEXT);
    /// Sets what accounts have seen.
    SET_ACCOUNTS = "-- account.set
        INSERT INTO account (ledger_no, account, debits_cents, credits_cents, voucher_count)
        SELECT r.no, r.account,
               r.debits, r.credits,
               r.vouchers
          FROM "
        rows("$1"; no BIGINT, debits BIGINT, credits BIGINT, vouchers BIGINT, account TEXT)
        "
         WHERE TRUE
            ON CONFLICT (ledger_no, account) DO UPDATE
           SET debits_cents = excluded.debits_cents,
               credits_cents = excluded.credits_cents,
               voucher_count = excluded.voucher_count";
    /// Adds checkpoints.
    ADD_CHECKPOINTS = "-- checkpoint.add
        INSERT INTO checkpoint (ledger_no, size, note)
        SELECT r.no, r.size,
               r.note
          FROM " rows("$1"; no BIGINT, size BIGINT, note TEXT);
    /// Adds complete tiles.
    ADD_TILES = "-- tile.add
        INSERT INTO tile (ledger_no, level, number, hashes)
        SELECT r.no, r.level,
               r.number, r.hashes
          FROM " rows("$1"; no BIGINT, level BIGINT, number BIGINT, hashes TEXT);
    /// Balances of one ledger.
    ACCOUNTS = "-- account.of_ledger
        SELECT account, debits_cents, credits_cents, voucher_count
          FROM account WHERE ledger_no = $1 ORDER BY account";
    /// Lines of a ledger from a place on.
    LINES = "-- entry.page
        SELECT seq, line FROM entry
         WHERE ledger_no = $1 AND seq >= $2 AND seq < $3 ORDER BY seq LIMIT $4";
    /// Some lines by place.
    LINES_AT = "-- entry.at
        SELECT e.ledger_no, e.seq, e.line
          FROM " rows("$1"; no BIGINT, seq BIGINT) "
          JOIN entry AS e ON e.ledger_no = r.no
                         AND e.seq = r.seq
         ORDER BY e.ledger_no, e.seq";
    /// Which lines created these ids. A ledger without a row is still being imported: not seen.
    CREATED = "-- creation.find
        SELECT c.creation_id, c.ledger_no, c.seq
          FROM " rows("$1"; id TEXT) "
          JOIN creation AS c ON c.creation_id = r.id
          JOIN ledger AS l ON l.ledger_no = c.ledger_no
         ORDER BY c.creation_id";
    /// The first checkpoint that covers a line.
    COVERING = "-- checkpoint.covering
        SELECT size, note FROM checkpoint
         WHERE ledger_no = $1 AND size > $2 ORDER BY size LIMIT 1";
    /// Some complete tiles.
    TILES = "-- tile.find
        SELECT t.level, t.number, t.hashes
          FROM " rows("$1"; no BIGINT, level BIGINT, number BIGINT) "
          JOIN tile AS t ON t.ledger_no = r.no
                        AND t.level = r.level
                        AND t.number = r.number
         ORDER BY t.level, t.number";
}

/// Where a ledger ends.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct HeadRow {
    /// Its number in this database.
    pub ledger_no: i64,
    /// Its id.
    pub ledger_id: String,
    /// The name of its checkpoints.
    pub origin: String,
    /// `held`, `pledged` or `operator`.
    pub mode: String,
    /// IANA name.
    pub time_zone: String,
    /// How many lines it has.
    pub size: i64,
    /// When the last was written, in milliseconds.
    pub recorded_at: i64,
}

impl HeadRow {
    /// Its time zone.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn zone(&self) -> Result<Zone, StoreError> {
        self.time_zone.parse().map_err(|_| corrupt("ledger", "time_zone", &self.time_zone))
    }
}

/// A line to add.
#[derive(Debug, Clone, Serialize)]
pub struct LineRow<'a> {
    /// The ledger.
    pub no: i64,
    /// The place.
    pub seq: i64,
    /// The bytes.
    pub line: &'a str,
}

/// An id and the line that created it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct CreatedRow {
    /// See `domain::fact::creation_id`.
    pub creation_id: String,
    /// The ledger.
    pub ledger_no: i64,
    /// The line.
    pub seq: i64,
}

/// An id to remember.
#[derive(Debug, Clone, Serialize)]
pub struct CreationRow {
    /// See `domain::fact::creation_id`.
    pub id: String,
    /// The ledger.
    pub no: i64,
    /// The line.
    pub seq: i64,
}

/// A transfer to add.
#[derive(Debug, Clone, Serialize)]
pub struct TransferRow {
    /// The ledger.
    pub no: i64,
    /// The line.
    pub seq: i64,
    /// The place in the line.
    pub part: i64,
    /// The debited account.
    pub debit: Account,
    /// The credited account.
    pub credit: Account,
    /// The amount.
    pub cents: i64,
    /// The line that a statement counts it with.
    pub about: i64,
}

/// What an account has seen, to set.
#[derive(Debug, Clone, Serialize)]
pub struct AccountRow {
    /// The ledger.
    pub no: i64,
    /// The account.
    pub account: Account,
    /// Sum of debits.
    pub debits: i64,
    /// Sum of credits.
    pub credits: i64,
    /// Living vouchers.
    pub vouchers: i64,
}

/// A head to move.
#[derive(Debug, Clone, Serialize)]
pub struct HeadMove {
    /// The ledger.
    pub no: i64,
    /// Its new size.
    pub size: i64,
    /// When, in milliseconds.
    pub at: i64,
}

/// A checkpoint to add.
#[derive(Debug, Clone, Serialize)]
pub struct CheckpointRow {
    /// The ledger.
    pub no: i64,
    /// The size that it covers.
    pub size: i64,
    /// The signed note.
    pub note: String,
}

/// A complete tile to add.
#[derive(Debug, Clone, Serialize)]
pub struct TileRow {
    /// The ledger.
    pub no: i64,
    /// The level, 0 for leaves.
    pub level: i64,
    /// The place in the level.
    pub number: i64,
    /// Hexadecimal, 256 hashes.
    pub hashes: String,
}

impl TileRow {
    /// A row from its hashes.
    #[must_use]
    pub fn new(no: i64, level: i64, number: i64, hashes: &[Hash]) -> Self {
        let hashes = data_encoding::HEXLOWER.encode(&tile_bytes(hashes));
        Self { no, level, number, hashes }
    }
}

/// All that one commit adds to the journal and its nearest projections.
#[derive(Debug, Default)]
pub struct Addition<'a> {
    /// Lines.
    pub lines: Vec<LineRow<'a>>,
    /// Ids that they create.
    pub creations: Vec<CreationRow>,
    /// Their transfers.
    pub transfers: Vec<TransferRow>,
    /// Accounts as they stand after.
    pub accounts: Vec<AccountRow>,
    /// Heads as they stand after.
    pub heads: Vec<HeadMove>,
    /// One checkpoint a ledger.
    pub checkpoints: Vec<CheckpointRow>,
    /// Tiles that became complete.
    pub tiles: Vec<TileRow>,
}

/// What a commit writes, whatever its lines say.
static ADD: LazyLock<Statement> = LazyLock::new(|| {
    together(
        "ledger.add",
        &[
            ADD_LINES,
            ADD_CHECKPOINTS,
            ADD_CREATIONS,
            ADD_TRANSFERS,
            SET_ACCOUNTS,
            ADD_TILES,
            MOVE_HEADS,
        ],
    )
});

/// The statements that are put together when first used.
pub(super) fn together_statements() -> [(&'static str, Statement); 1] {
    [("ledger::ADD", *ADD)]
}

/// Adds what one commit writes, set-based.
///
/// # Errors
/// [`StoreError`]; a clash when somebody else wrote the same place.
pub async fn add(tx: &mut Tx, addition: &Addition<'_>) -> Result<(), StoreError> {
    let Addition { lines, creations, transfers, accounts, heads, checkpoints, tiles } = addition;
    execute!(
        tx,
        ADD,
        Rows::of(lines),
        Rows::of(checkpoints),
        Rows::of(creations),
        Rows::of(transfers),
        Rows::of(accounts),
        Rows::of(tiles),
        Rows::of(heads)
    )?;
    Ok(())
}

#[derive(Serialize)]
struct Number {
    no: i64,
}

/// Heads of some ledgers, by number.
///
/// # Errors
/// [`StoreError`].
pub async fn heads(tx: &mut Tx, numbers: &[i64]) -> Result<Vec<HeadRow>, StoreError> {
    let rows: Vec<Number> = numbers.iter().map(|no| Number { no: *no }).collect();
    fetch_all!(tx, HEADS, Rows::of(&rows))
}

/// Heads of all ledgers, in order of number.
///
/// # Errors
/// [`StoreError`].
pub async fn all_heads(tx: &mut Tx) -> Result<Vec<HeadRow>, StoreError> {
    fetch_all!(tx, ALL_HEADS)
}

/// The head of one ledger.
///
/// # Errors
/// [`StoreError`].
pub async fn head(tx: &mut Tx, ledger_id: &str) -> Result<Option<HeadRow>, StoreError> {
    fetch_optional!(tx, HEAD_BY_ID, ledger_id)
}

/// Opens a ledger, still without lines.
///
/// # Errors
/// [`StoreError`]; a clash when the number or the id is taken.
pub async fn open(tx: &mut Tx, head: &HeadRow) -> Result<(), StoreError> {
    let HeadRow { ledger_no, ledger_id, origin, mode, time_zone, .. } = head;
    execute!(
        tx,
        OPEN,
        *ledger_no,
        ledger_id.as_str(),
        origin.as_str(),
        mode.as_str(),
        time_zone.as_str()
    )?;
    Ok(())
}

/// Balances of one ledger.
///
/// # Errors
/// [`StoreError`].
pub async fn balances(tx: &mut Tx, ledger_no: i64) -> Result<Balances, StoreError> {
    let rows: Vec<(String, i64, i64, i64)> = fetch_all!(tx, ACCOUNTS, ledger_no)?;
    let tally = |(account, debits, credits, vouchers): (String, i64, i64, i64)| {
        let account: Account = parsed("account", "account", &account)?;
        Ok::<_, StoreError>((account, Tally { debits, credits, vouchers }))
    };
    Ok(Balances::restore(rows.into_iter().map(tally).collect::<Result<Vec<_>, _>>()?))
}

/// Lines with `from <= seq < to`, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn lines(
    tx: &mut Tx,
    ledger_no: i64,
    from: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    fetch_all!(tx, LINES, ledger_no, from, to, limit)
}

#[derive(Serialize)]
struct Place {
    no: i64,
    seq: i64,
}

/// Some lines by (ledger, seq), in that order.
///
/// # Errors
/// [`StoreError`].
pub async fn lines_at(
    tx: &mut Tx,
    places: &[(i64, i64)],
) -> Result<Vec<(i64, i64, String)>, StoreError> {
    let rows: Vec<Place> = places.iter().map(|(no, seq)| Place { no: *no, seq: *seq }).collect();
    fetch_all!(tx, LINES_AT, Rows::of(&rows))
}

#[derive(Serialize)]
struct CreationKey<'a> {
    id: &'a str,
}

/// Which lines created these ids; unknown ones are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn created<T: AsRef<str>>(tx: &mut Tx, ids: &[T]) -> Result<Vec<CreatedRow>, StoreError> {
    let rows: Vec<CreationKey<'_>> = ids.iter().map(|id| CreationKey { id: id.as_ref() }).collect();
    fetch_all!(tx, CREATED, Rows::of(&rows))
}

/// The first checkpoint that covers a line: its size and note.
///
/// # Errors
/// [`StoreError`].
pub async fn covering(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
) -> Result<Option<(i64, String)>, StoreError> {
    fetch_optional!(tx, COVERING, ledger_no, seq)
}

#[derive(Serialize)]
struct TilePlace {
    no: i64,
    level: i64,
    number: i64,
}

/// A complete tile: level, number, hashes.
pub type StoredTile = (i64, i64, Vec<Hash>);

/// Some complete tiles by (level, number).
///
/// # Errors
/// [`StoreError`].
pub async fn tiles(
    tx: &mut Tx,
    ledger_no: i64,
    places: &[(i64, i64)],
) -> Result<Vec<StoredTile>, StoreError> {
    let place = |&(level, number): &(i64, i64)| TilePlace { no: ledger_no, level, number };
    let rows: Vec<TilePlace> = places.iter().map(place).collect();
    let found: Vec<(i64, i64, String)> = fetch_all!(tx, TILES, Rows::of(&rows))?;
    let tile = |(level, number, text): (i64, i64, String)| {
        let bytes = data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| corrupt("tile", "hashes", &text))?;
        let hashes = tile_from_bytes(&bytes).map_err(|_| corrupt("tile", "hashes", &text))?;
        Ok((level, number, hashes))
    };
    found.into_iter().map(tile).collect()
}
