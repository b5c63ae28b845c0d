//! Books at rest, the routes that find them, and open blocks.
//!
//! Promises: a voucher has no row here; a typed code is found by its keyed tag only. Does not: hold
//! codes or tokens.

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::dialect::{
    Rows, StoreError, Tx, corrupt, execute, fetch_all, fetch_optional, statements,
};
use crate::domain::book::{
    BlockTarget, BookHandedOver, BookReplaced, BooksMoved, Custody, OpenBlock,
};
use crate::domain::order::BooksIssued;

statements! {
    /// Adds the books of a run, of one order.
    ADD = "-- book.add
        INSERT INTO book (ledger_no, book_no, order_no, issuer_id, key_no, voucher_count, counter,
                          custody, custody_seq, replaced_mask)
        SELECT o.ledger_no, r.book, o.order_no, $3, o.key_no,
               o.vouchers_per_book, r.counter, 'at_printer', $4, 0
          FROM " rows("$5"; book BIGINT, counter BIGINT) "
          JOIN voucher_order AS o ON o.ledger_no = $1 AND o.order_id = $2";
    /// Adds books of no order, for a bench of the bare engine.
    BARE = "-- book.bare
        INSERT INTO book (ledger_no, book_no, order_no, issuer_id, key_no, voucher_count, counter,
                          custody, custody_seq, replaced_mask)
        SELECT $1, r.book, 0, $2, 1, 10, 0, 'at_printer', $3, 0
          FROM " rows("$4"; book BIGINT);
    /// Adds the book that takes over from a lost one.
    ADD_REPLACEMENT = "-- book.add_replacement
        INSERT INTO book (ledger_no, book_no, order_no, issuer_id, key_no, voucher_count, counter,
                          custody, custody_seq, replaced_mask)
        SELECT ledger_no, $3, order_no, COALESCE($8, issuer_id), $4, $5, $6, 'at_printer', $7,
               0
          FROM book WHERE ledger_no = $1 AND book_no = $2";
    /// Marks the vouchers of a lost book that a new one holds.
    REPLACE = "-- book.replace
        UPDATE book SET replaced_mask = replaced_mask + $3, replaced_by = $4
         WHERE ledger_no = $1 AND book_no = $2";
    /// A run of books goes somewhere. A lost book keeps its site: who lost it may say so on.
    MOVE = "-- book.move
        UPDATE book SET custody = $4, custody_seq = $6,
                        site_id = CASE WHEN $4 = 'lost' THEN site_id ELSE $5 END
         WHERE ledger_no = $1 AND book_no >= $2 AND book_no <= $3";
    /// A book is handed over.
    HAND_OVER = "-- book.hand_over
        UPDATE book SET custody = 'handed_over', site_id = $3, custody_seq = $4,
                        handed_over_seq = $4
         WHERE ledger_no = $1 AND book_no = $2";
    /// Adds the route of a run.
    ADD_ROUTE = "-- book_route.add
        INSERT INTO book_route (issuer_id, first_no, last_no, ledger_no) VALUES ($1, $2, $3, $4)";
    /// The route of a replacement: its issuer is the old book's unless its line says another.
    ADD_REPLACEMENT_ROUTE = "-- book_route.add_replacement
        INSERT INTO book_route (issuer_id, first_no, last_no, ledger_no)
        SELECT COALESCE($4, issuer_id), $3, $3, ledger_no
          FROM book WHERE ledger_no = $1 AND book_no = $2";
    /// All routes.
    ROUTES = "-- book_route.list
        SELECT b.issuer_id, b.first_no, b.last_no, b.ledger_no
          FROM book_route AS b
          JOIN ledger AS l ON l.ledger_no = b.ledger_no
         WHERE b.first_no > $1 ORDER BY b.first_no, b.issuer_id";
    /// The largest book number of an issuer, and of a ledger: after a take-over it has books of
    /// former issuers too.
    LAST_NUMBER = "-- book_route.last
        SELECT (SELECT MAX(last_no) FROM book_route WHERE issuer_id = $1),
               (SELECT MAX(book_no) FROM book WHERE ledger_no = $2)";
    /// Some books.
    FIND = "-- book.find
        SELECT b.ledger_no, b.book_no, b.order_no, b.issuer_id, b.key_no, b.voucher_count,
               b.counter, b.custody, b.site_id, b.handed_over_seq, b.replaced_mask, b.replaced_by
          FROM " rows("$1"; no BIGINT, book BIGINT) "
          JOIN book AS b ON b.ledger_no = r.no
                        AND b.book_no = r.book
         ORDER BY b.ledger_no, b.book_no";
    /// A run of books.
    RANGE = "-- book.range
        SELECT ledger_no, book_no, order_no, issuer_id, key_no, voucher_count, counter, custody,
               site_id, handed_over_seq, replaced_mask, replaced_by
          FROM book WHERE ledger_no = $1 AND book_no >= $2 AND book_no <= $3
         ORDER BY book_no LIMIT $4";
    /// Books of an order, from a place in it on.
    OF_ORDER = "-- book.of_order
        SELECT ledger_no, book_no, order_no, issuer_id, key_no, voucher_count, counter, custody,
               site_id, handed_over_seq, replaced_mask, replaced_by
          FROM book WHERE ledger_no = $1 AND order_no = $2
         ORDER BY book_no LIMIT $3 OFFSET $4";
    /// How many books an order has, replacements included, and the first and last of them.
    ORDER_SPAN = "-- book.order_span
        SELECT COUNT(*), MIN(book_no), MAX(book_no)
          FROM book WHERE ledger_no = $1 AND order_no = $2";
    /// Which book of its order a book is, counted from 1.
    PLACE_IN_ORDER = "-- book.place_in_order
        SELECT COUNT(*) FROM book WHERE ledger_no = $1 AND order_no = $2 AND book_no <= $3";
    /// Books in the stock of a site, of all ledgers.
    STOCK = "-- book.stock
        SELECT b.book_no, o.order_id, c.campaign_id, c.ledger_no
          FROM book AS b
          JOIN voucher_order AS o ON o.ledger_no = b.ledger_no AND o.order_no = b.order_no
          JOIN campaign AS c ON c.ledger_no = o.ledger_no AND c.campaign_no = o.campaign_no
          JOIN ledger AS l ON l.ledger_no = b.ledger_no
         WHERE b.site_id = $1 AND b.book_no > $2 AND b.custody = 'in_stock'
         ORDER BY b.book_no, b.ledger_no LIMIT $3";
    /// Adds a block on books or on one voucher.
    ADD_BLOCK = "-- block.add
        INSERT INTO block (ledger_no, block_id, seq, first_no, last_no, position)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Adds a block on an order.
    ADD_ORDER_BLOCK = "-- block.add_order
        INSERT INTO block (ledger_no, block_id, seq, first_no, last_no, order_no)
        SELECT $1, $2, $3, 0, 4294967295, order_no
          FROM voucher_order WHERE ledger_no = $1 AND order_id = $4";
    /// Ends a block.
    END_BLOCK = "-- block.end
        DELETE FROM block WHERE ledger_no = $1 AND block_id = $2";
    /// Open blocks of a ledger.
    BLOCKS = "-- block.of_ledger
        SELECT first_no, last_no, position, order_no FROM block
         WHERE ledger_no = $1 ORDER BY seq";
    /// How many books of a ledger stand where.
    CUSTODY_COUNTS = "-- book.custody_counts
        SELECT custody, COUNT(*) FROM book WHERE ledger_no = $1 AND order_no = $2
         GROUP BY custody ORDER BY custody";
}

/// A book as stored.
#[derive(Debug, Clone, FromRow)]
pub struct BookRow {
    /// The ledger.
    pub ledger_no: i64,
    /// Its number.
    pub book_no: i64,
    /// Its order, by number.
    pub order_no: i64,
    /// Who issued it.
    pub issuer_id: String,
    /// The key that signs its vouchers.
    pub key_no: i64,
    /// Vouchers in it.
    pub voucher_count: i64,
    /// What its codes are derived with.
    pub counter: i64,
    custody: String,
    /// The site that holds it, handed it over or lost it.
    pub site_id: Option<String>,
    /// The line of its last hand-over.
    pub handed_over_seq: Option<i64>,
    /// Vouchers that a new book holds; bit 0 is position 1.
    pub replaced_mask: i64,
    /// That new book.
    pub replaced_by: Option<i64>,
}

impl BookRow {
    /// Where its paper is.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn custody(&self) -> Result<Custody, StoreError> {
        Custody::of(&self.custody).ok_or_else(|| corrupt("book", "custody", &self.custody))
    }
}

/// A book in the stock of a site.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StockRow {
    /// Its number.
    pub book_no: i64,
    /// Its order.
    pub order_id: String,
    /// Its campaign.
    pub campaign_id: String,
    /// The ledger.
    pub ledger_no: i64,
}

/// A run of book numbers and its ledger.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RouteRow {
    /// Who issued it.
    pub issuer_id: String,
    /// The first number.
    pub first_no: i64,
    /// The last, included.
    pub last_no: i64,
    /// The ledger.
    pub ledger_no: i64,
}

/// Writes the rows of a `books-issued` line.
pub(super) async fn project_issued(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    order_id: &str,
    body: &BooksIssued,
) -> Result<(), StoreError> {
    let first = i64::from(body.first.get());
    let books: Vec<Value> = (first..first + body.count)
        .map(|book| {
            let counter = u32::try_from(book)
                .ok()
                .and_then(|book| body.counters.get(&crate::domain::serial::BookNumber::new(book)))
                .copied()
                .unwrap_or(0);
            json!({ "book": book, "counter": counter })
        })
        .collect();
    let issuer = body.issuer_id.to_string();
    execute!(tx, ADD, ledger_no, order_id, issuer.as_str(), seq, Rows::of(&books))?;
    execute!(tx, ADD_ROUTE, issuer.as_str(), first, first + body.count - 1, ledger_no)?;
    Ok(())
}

/// Writes the rows of a `book-replaced` line.
pub(super) async fn project_replaced(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    body: &BookReplaced,
) -> Result<(), StoreError> {
    let (old, new) = (i64::from(body.book.get()), i64::from(body.by.get()));
    let issuer = body.issuer_id.map(|issuer| issuer.to_string());
    let mask: i64 = body.positions.iter().map(|position| 1_i64 << (position - 1)).sum();
    let count = i64::try_from(body.positions.len()).unwrap_or(i64::MAX);
    execute!(
        tx,
        ADD_REPLACEMENT,
        ledger_no,
        old,
        new,
        i64::from(body.key_id),
        count,
        i64::from(body.counter),
        seq,
        issuer.as_deref()
    )?;
    execute!(tx, ADD_REPLACEMENT_ROUTE, ledger_no, old, new, issuer.as_deref())?;
    execute!(tx, REPLACE, ledger_no, old, mask, new)?;
    Ok(())
}

/// Writes the rows of a `books-moved` line.
pub(super) async fn project_moved(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    body: &BooksMoved,
) -> Result<(), StoreError> {
    let site = body.site_id.map(|site| site.to_string());
    let (first, last) = (i64::from(body.first.get()), i64::from(body.last.get()));
    execute!(tx, MOVE, ledger_no, first, last, body.to.as_str(), site, seq)?;
    Ok(())
}

/// Writes the row of a `book-handed-over` line.
pub(super) async fn project_handed_over(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    body: &BookHandedOver,
) -> Result<(), StoreError> {
    let site = body.site_id.to_string();
    execute!(tx, HAND_OVER, ledger_no, i64::from(body.book.get()), site.as_str(), seq)?;
    Ok(())
}

/// Writes the row of a `vouchers-blocked` line.
pub(super) async fn project_blocked(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    block_id: &str,
    target: BlockTarget,
) -> Result<(), StoreError> {
    let (first, last, position) = match target {
        BlockTarget::Order(order) => {
            let order = order.to_string();
            execute!(tx, ADD_ORDER_BLOCK, ledger_no, block_id, seq, order.as_str())?;
            return Ok(());
        }
        BlockTarget::Books { first, last } => (first.get(), last.get(), None),
        BlockTarget::Voucher(serial) => {
            let book = serial.book().get();
            (book, book, Some(i64::from(serial.position())))
        }
    };
    let (first, last) = (i64::from(first), i64::from(last));
    execute!(tx, ADD_BLOCK, ledger_no, block_id, seq, first, last, position)?;
    Ok(())
}

/// Writes the row of a `vouchers-unblocked` line.
pub(super) async fn project_unblocked(
    tx: &mut Tx,
    ledger_no: i64,
    block_id: &str,
) -> Result<(), StoreError> {
    execute!(tx, END_BLOCK, ledger_no, block_id)?;
    Ok(())
}

/// Routes of runs that begin after a number, in order.
///
/// # Errors
/// [`StoreError`].
pub async fn routes(tx: &mut Tx, after: i64) -> Result<Vec<RouteRow>, StoreError> {
    fetch_all!(tx, ROUTES, after)
}

/// The largest book number of an issuer and of a ledger; 0 when there is none.
///
/// # Errors
/// [`StoreError`].
pub async fn last_number(tx: &mut Tx, issuer_id: &str, ledger_no: i64) -> Result<i64, StoreError> {
    let last: Option<(Option<i64>, Option<i64>)> =
        fetch_optional!(tx, LAST_NUMBER, issuer_id, ledger_no)?;
    Ok(last.map_or(0, |(issued, held)| issued.max(held).unwrap_or(0)))
}

#[derive(Serialize)]
struct Place {
    no: i64,
    book: i64,
}

/// Some books by (ledger, number).
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, places: &[(i64, u32)]) -> Result<Vec<BookRow>, StoreError> {
    let place = |(no, book): &(i64, u32)| Place { no: *no, book: i64::from(*book) };
    let rows: Vec<Place> = places.iter().map(place).collect();
    fetch_all!(tx, FIND, Rows::of(&rows))
}

/// A run of books, in order of number.
///
/// # Errors
/// [`StoreError`].
pub async fn range(
    tx: &mut Tx,
    ledger_no: i64,
    (first, last): (u32, u32),
    limit: i64,
) -> Result<Vec<BookRow>, StoreError> {
    fetch_all!(tx, RANGE, ledger_no, i64::from(first), i64::from(last), limit)
}

/// Books of an order in order of number: `limit` of them after the first `skip`.
///
/// # Errors
/// [`StoreError`].
pub async fn of_order(
    tx: &mut Tx,
    ledger_no: i64,
    order_no: i64,
    skip: i64,
    limit: i64,
) -> Result<Vec<BookRow>, StoreError> {
    fetch_all!(tx, OF_ORDER, ledger_no, order_no, limit, skip)
}

/// Which book of its order a book is, counted from 1, as its printed files count.
///
/// # Errors
/// [`StoreError`].
pub async fn place_in_order(
    tx: &mut Tx,
    ledger_no: i64,
    order_no: i64,
    book: i64,
) -> Result<i64, StoreError> {
    let place: Option<(i64,)> = fetch_optional!(tx, PLACE_IN_ORDER, ledger_no, order_no, book)?;
    Ok(place.map_or(0, |(place,)| place))
}

/// How many books an order has, replacements included, and the first and last number.
///
/// # Errors
/// [`StoreError`].
pub async fn order_span(
    tx: &mut Tx,
    ledger_no: i64,
    order_no: i64,
) -> Result<(i64, Option<i64>, Option<i64>), StoreError> {
    let span = fetch_optional!(tx, ORDER_SPAN, ledger_no, order_no)?;
    Ok(span.unwrap_or((0, None, None)))
}

/// How many books of an order stand in which custody.
///
/// # Errors
/// [`StoreError`].
pub async fn custody_counts(
    tx: &mut Tx,
    ledger_no: i64,
    order_no: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    fetch_all!(tx, CUSTODY_COUNTS, ledger_no, order_no)
}

/// Books in the stock of a site with a number above `after`, in order.
///
/// # Errors
/// [`StoreError`].
pub async fn stock(
    tx: &mut Tx,
    site_id: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<StockRow>, StoreError> {
    fetch_all!(tx, STOCK, site_id, after, limit)
}

type BlockRow = (i64, i64, Option<i64>, Option<i64>);

/// Open blocks of a ledger.
///
/// # Errors
/// [`StoreError`].
pub async fn blocks(tx: &mut Tx, ledger_no: i64) -> Result<Vec<OpenBlock>, StoreError> {
    let rows: Vec<BlockRow> = fetch_all!(tx, BLOCKS, ledger_no)?;
    let narrow =
        |value: i64| u32::try_from(value).map_err(|_| corrupt("block", "first_no", "negative"));
    let block = |(first, last, position, order_no): BlockRow| {
        Ok(OpenBlock {
            books: (narrow(first)?, narrow(last)?),
            position: position.and_then(|position| u8::try_from(position).ok()),
            order_no,
        })
    };
    rows.into_iter().map(block).collect()
}

/// Inserts books and their route without any rule, for a bench of the engine alone.
///
/// # Errors
/// [`StoreError`].
pub async fn bare(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    issuer: &str,
    first: u32,
    count: u32,
) -> Result<(), StoreError> {
    let books: Vec<Value> = (first..first + count).map(|book| json!({ "book": book })).collect();
    execute!(tx, BARE, ledger_no, issuer, seq, Rows::of(&books))?;
    let (first, last) = (i64::from(first), i64::from(first + count - 1));
    execute!(tx, ADD_ROUTE, issuer, first, last, ledger_no)?;
    Ok(())
}
