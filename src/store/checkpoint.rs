//! Kept checkpoints, and what an audit counts in one statement.
//!
//! Promises: reads only. Does not: sign or check a note (see `domain::ledger::checkpoint`).

use super::dialect::{StoreError, Tx, fetch_all, fetch_optional, statements};

statements! {
    /// The newest checkpoint.
    NEWEST_CHECKPOINT = "-- checkpoint.newest
        SELECT size, note FROM checkpoint WHERE ledger_no = $1 ORDER BY size DESC LIMIT 1";
    /// The checkpoint of one size.
    AT = "-- checkpoint.at
        SELECT note FROM checkpoint WHERE ledger_no = $1 AND size = $2";
    /// Checkpoints of a range of sizes.
    SIZES = "-- checkpoint.sizes
        SELECT size FROM checkpoint
         WHERE ledger_no = $1 AND size > $2 AND size <= $3 ORDER BY size";
    /// Vouchers of the activated orders of a ledger, replacements included.
    ACTIVATED = "-- book.activated_vouchers
        SELECT o.order_no, c.campaign_id, o.face_cents, CAST(SUM(b.voucher_count) AS BIGINT),
               c.lapsed_seq
          FROM voucher_order AS o
          JOIN campaign AS c ON c.ledger_no = o.ledger_no AND c.campaign_no = o.campaign_no
          JOIN book AS b ON b.ledger_no = o.ledger_no AND b.order_no = o.order_no
         WHERE o.ledger_no = $1 AND o.activated_seq IS NOT NULL
         GROUP BY o.order_no, c.campaign_id, o.face_cents, c.lapsed_seq ORDER BY o.order_no";
    /// Replaced vouchers of a ledger, as masks.
    REPLACED = "-- book.replaced_masks
        SELECT order_no, replaced_mask, COUNT(*) FROM book
         WHERE ledger_no = $1 AND replaced_mask <> 0
         GROUP BY order_no, replaced_mask ORDER BY order_no, replaced_mask";
    /// Uses that stand, by order.
    SPENT = "-- redemption.spent_by_order
        SELECT b.order_no, COUNT(*)
          FROM redemption AS d
          JOIN book AS b ON b.ledger_no = d.ledger_no AND b.book_no = d.book_no
          LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no AND v.book_no = d.book_no
                                 AND v.position = d.position AND v.round = d.round
         WHERE d.ledger_no = $1 AND v.seq IS NULL
         GROUP BY b.order_no ORDER BY b.order_no";
}

/// The newest checkpoint: its size and note.
///
/// # Errors
/// [`StoreError`].
pub async fn newest_checkpoint(
    tx: &mut Tx,
    ledger_no: i64,
) -> Result<Option<(i64, String)>, StoreError> {
    fetch_optional!(tx, NEWEST_CHECKPOINT, ledger_no)
}

/// The note of the checkpoint of one size.
///
/// # Errors
/// [`StoreError`].
pub async fn at(tx: &mut Tx, ledger_no: i64, size: i64) -> Result<Option<String>, StoreError> {
    let found: Option<(String,)> = fetch_optional!(tx, AT, ledger_no, size)?;
    Ok(found.map(|(note,)| note))
}

/// The sizes of kept checkpoints with `after < size <= to`.
///
/// # Errors
/// [`StoreError`].
pub async fn sizes(
    tx: &mut Tx,
    ledger_no: i64,
    after: i64,
    to: i64,
) -> Result<Vec<i64>, StoreError> {
    let rows: Vec<(i64,)> = fetch_all!(tx, SIZES, ledger_no, after, to)?;
    Ok(rows.into_iter().map(|(size,)| size).collect())
}

/// What the tables say of the vouchers of one activated order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circulating {
    /// The campaign.
    pub campaign_id: String,
    /// Face value of a voucher, in cents.
    pub face_cents: i64,
    /// Vouchers that are not redeemed, replaced or lapsed.
    pub vouchers: i64,
}

type ActivatedRow = (i64, String, i64, i64, Option<i64>);

/// Vouchers that circulate, counted from books, redemptions and reversals: one row an order.
///
/// # Errors
/// [`StoreError`].
pub async fn circulating(tx: &mut Tx, ledger_no: i64) -> Result<Vec<Circulating>, StoreError> {
    let orders: Vec<ActivatedRow> = fetch_all!(tx, ACTIVATED, ledger_no)?;
    let masks: Vec<(i64, i64, i64)> = fetch_all!(tx, REPLACED, ledger_no)?;
    let spent: Vec<(i64, i64)> = fetch_all!(tx, SPENT, ledger_no)?;
    let count = |(order_no, campaign_id, face_cents, all, lapsed): ActivatedRow| {
        let replaced = masks.iter().filter(|(order, ..)| *order == order_no);
        let replaced: i64 =
            replaced.map(|(_, mask, books)| i64::from(mask.count_ones()) * books).sum();
        let used = spent.iter().find(|(order, _)| *order == order_no);
        let used = used.map_or(0, |(_, count)| *count);
        let vouchers = if lapsed.is_some() { 0 } else { all - replaced - used };
        Circulating { campaign_id, face_cents, vouchers }
    };
    Ok(orders.into_iter().map(count).collect())
}
