//! Orders at rest.
//!
//! Promises: an order's number is the place of its first line, the same when rebuilt. Does not:
//! hold its books (see `store::book`).

use serde_json::{Value, json};

use super::dialect::{Rows, StoreError, Tx, corrupt, execute, fetch_all, parsed, statements};
use crate::domain::order::{OrderPlaced, OrderView};

statements! {
    /// Adds orders.
    ADD = "-- voucher_order.add
        INSERT INTO voucher_order
               (ledger_no, order_no, order_id, campaign_no, book_count, vouchers_per_book,
                face_cents, key_no, issued_count)
        SELECT r.no, r.seq,
               r.id, c.campaign_no, r.books,
               r.per_book, r.face,
               r.key, 0
          FROM "
        rows("$1"; no BIGINT, seq BIGINT, books BIGINT, per_book BIGINT, face BIGINT, key BIGINT,
             id TEXT, campaign TEXT)
        "
          JOIN campaign AS c ON c.ledger_no = r.no
                            AND c.campaign_id = r.campaign";
    /// More of its books exist.
    ISSUE = "-- voucher_order.issue
        UPDATE voucher_order SET issued_count = issued_count + $3
         WHERE ledger_no = $1 AND order_id = $2";
    /// Its vouchers circulate.
    ACTIVATE = "-- voucher_order.activate
        UPDATE voucher_order SET activated_seq = $3 WHERE ledger_no = $1 AND order_id = $2";
    /// All orders of a ledger.
    LIST = "-- voucher_order.of_ledger
        SELECT order_no, order_id, campaign_no, book_count, vouchers_per_book, face_cents,
               key_no, issued_count, activated_seq
          FROM voucher_order WHERE ledger_no = $1 ORDER BY order_no";
    /// Orders of a ledger before a number, newest first; of one campaign, or of all for -1.
    PAGE = "-- voucher_order.page
        SELECT order_no, order_id, campaign_no, book_count, vouchers_per_book, face_cents,
               key_no, issued_count, activated_seq
          FROM voucher_order
         WHERE ledger_no = $1 AND order_no < $2 AND ($3 = -1 OR campaign_no = $3)
         ORDER BY order_no DESC LIMIT $4";
    /// Orders of all ledgers whose books do not all exist.
    UNFINISHED = "-- voucher_order.unfinished
        SELECT o.ledger_no, o.order_id
          FROM voucher_order AS o
          JOIN ledger AS l ON l.ledger_no = o.ledger_no
         WHERE o.issued_count < o.book_count
         ORDER BY o.ledger_no, o.order_no";
}

/// Writes the row of an `order-placed` line.
pub(super) async fn project_placed(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    order_id: &str,
    body: &OrderPlaced,
) -> Result<(), StoreError> {
    let row: Value = json!({
        "no": ledger_no,
        "seq": seq,
        "id": order_id,
        "campaign": body.campaign_id,
        "books": body.books,
        "per_book": body.vouchers_per_book,
        "face": body.face_cents,
        "key": body.key_id,
    });
    execute!(tx, ADD, Rows::of(&[row]))?;
    Ok(())
}

/// Counts the books of a `books-issued` line.
pub(super) async fn project_issued(
    tx: &mut Tx,
    ledger_no: i64,
    order_id: &str,
    count: i64,
) -> Result<(), StoreError> {
    execute!(tx, ISSUE, ledger_no, order_id, count)?;
    Ok(())
}

/// Writes the row of an `order-activated` line.
pub(super) async fn project_activated(
    tx: &mut Tx,
    ledger_no: i64,
    order_id: &str,
    seq: i64,
) -> Result<(), StoreError> {
    execute!(tx, ACTIVATE, ledger_no, order_id, seq)?;
    Ok(())
}

/// An order as stored.
type Row = (i64, String, i64, i64, i64, i64, i64, i64, Option<i64>);

/// All orders of a ledger by number.
///
/// # Errors
/// [`StoreError`].
pub async fn of_ledger(tx: &mut Tx, ledger_no: i64) -> Result<Vec<(i64, OrderView)>, StoreError> {
    let rows: Vec<Row> = fetch_all!(tx, LIST, ledger_no)?;
    rows.into_iter().map(order).collect()
}

/// Orders of a ledger before a number, newest first; of one campaign, or of all.
///
/// # Errors
/// [`StoreError`].
pub async fn page(
    tx: &mut Tx,
    ledger_no: i64,
    campaign_no: Option<i64>,
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, OrderView)>, StoreError> {
    let campaign_no = campaign_no.unwrap_or(-1);
    let rows: Vec<Row> = fetch_all!(tx, PAGE, ledger_no, before, campaign_no, limit)?;
    rows.into_iter().map(order).collect()
}

fn order(row: Row) -> Result<(i64, OrderView), StoreError> {
    let (no, id, campaign_no, books, per_book, face_cents, key, issued, active) = row;
    let narrow = |column, value: i64| {
        u8::try_from(value).map_err(|_| corrupt("voucher_order", column, &value.to_string()))
    };
    let view = OrderView {
        order_id: parsed("voucher_order", "order_id", &id)?,
        campaign_no,
        face_cents,
        books,
        issued,
        vouchers_per_book: narrow("vouchers_per_book", per_book)?,
        key_id: narrow("key_no", key)?,
        active: active.is_some(),
    };
    Ok((no, view))
}

/// Orders of all ledgers whose books do not all exist yet: (ledger, order).
///
/// # Errors
/// [`StoreError`].
pub async fn unfinished(tx: &mut Tx) -> Result<Vec<(i64, String)>, StoreError> {
    fetch_all!(tx, UNFINISHED)
}
