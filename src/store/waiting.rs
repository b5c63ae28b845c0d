//! What waits for a person at the operator's, read over all ledgers at once.
//!
//! Promises: the oldest first, at most as many as are asked for; ledgers that another operator
//! keeps now are left out. Does not: decide what is urgent (see `service::attend`).

use super::dialect::{StoreError, Tx, corrupt, decoded, fetch_all, parsed, statements};
use crate::base::day::Zone;
use crate::base::id::{Funder, Id, Order, Settlement};
use crate::domain::campaign::CampaignProfile;
use crate::domain::serial::BookNumber;

statements! {
    /// Venues that nobody has qualified.
    VENUES = "-- waiting.venues
        SELECT v.venue_id, v.name, v.structure_id, COALESCE(o.name, '')
          FROM venue AS v LEFT JOIN organisation AS o ON o.organisation_id = v.structure_id
         WHERE v.state = 'registered' ORDER BY v.venue_id LIMIT $1";
    /// Who is paid, or pays by itself, and has no bank account: structures, the operator, and
    /// funders whose own accountant pays.
    ACCOUNTS = "-- waiting.accounts
        SELECT o.organisation_id, o.name
          FROM organisation AS o
         WHERE ((o.organisation_id >= 'operator_' AND o.organisation_id < 'operator`')
             OR (o.organisation_id >= 'structure_' AND o.organisation_id < 'structure`')
             OR EXISTS (SELECT 1 FROM ledger AS l
                         WHERE l.ledger_id = o.organisation_id AND l.mode = 'pledged'))
           AND NOT EXISTS (SELECT 1 FROM bank_account AS b
                            WHERE b.owner_id = o.organisation_id AND b.iban <> '')
         ORDER BY o.organisation_id LIMIT $1";
    /// Orders that are not active, with what is in the deposit of their funder.
    ORDERS = "-- waiting.orders
        SELECT l.ledger_id, o.order_id, c.body, o.book_count, o.vouchers_per_book, o.face_cents,
               o.issued_count, CAST(COALESCE(a.credits_cents - a.debits_cents, 0) AS BIGINT)
          FROM voucher_order AS o
          JOIN ledger AS l ON l.ledger_no = o.ledger_no
          JOIN campaign AS c ON c.ledger_no = o.ledger_no AND c.campaign_no = o.campaign_no
          LEFT JOIN account AS a ON a.ledger_no = o.ledger_no
                                AND a.account = 'deposit:' || l.ledger_id
         WHERE o.activated_seq IS NULL AND c.lapsed_seq IS NULL
           AND NOT EXISTS (SELECT 1 FROM ledger_release AS r WHERE r.ledger_no = o.ledger_no)
         ORDER BY o.ledger_no, o.order_no LIMIT $1";
    /// What is due to structures and in no payment, by ledger, and up to when it was settled.
    DUES = "-- waiting.dues
        SELECT l.ledger_id, CAST(SUM(a.credits_cents - a.debits_cents) AS BIGINT), COUNT(*),
               (SELECT MAX(s.cut_off_on) FROM settlement AS s
                 WHERE s.ledger_no = l.ledger_no AND s.state <> 'cancelled'),
               (SELECT COUNT(*) FROM settlement AS s
                 WHERE s.ledger_no = l.ledger_no AND s.state IN ('opened', 'drawn'))
          FROM ledger AS l
          JOIN account AS a ON a.ledger_no = l.ledger_no
         WHERE a.account >= 'due:' AND a.account < 'due;'
           AND a.credits_cents > a.debits_cents
           AND NOT EXISTS (SELECT 1 FROM ledger_release AS r WHERE r.ledger_no = l.ledger_no)
         GROUP BY l.ledger_no, l.ledger_id ORDER BY l.ledger_no LIMIT $1";
    /// Settlements that nobody has approved or cancelled.
    SETTLEMENTS = "-- waiting.settlements
        SELECT l.ledger_id, s.settlement_id, s.cut_off_on, s.state, s.payment_count,
               s.total_cents
          FROM settlement AS s
          JOIN ledger AS l ON l.ledger_no = s.ledger_no
         WHERE s.state IN ('opened', 'drawn')
           AND NOT EXISTS (SELECT 1 FROM ledger_release AS r WHERE r.ledger_no = s.ledger_no)
         ORDER BY s.cut_off_on, s.settlement_id LIMIT $1";
    /// Payments that are in a file of the bank and of which it said nothing, by settlement.
    PAYMENTS = "-- waiting.payments
        SELECT l.ledger_id, s.settlement_id, s.cut_off_on, s.state, COUNT(*),
               CAST(SUM(p.cents) AS BIGINT)
          FROM payment AS p
          JOIN settlement AS s ON s.ledger_no = p.ledger_no AND s.settlement_id = p.settlement_id
          JOIN ledger AS l ON l.ledger_no = p.ledger_no
         WHERE p.state = 'approved'
           AND NOT EXISTS (SELECT 1 FROM ledger_release AS r WHERE r.ledger_no = p.ledger_no)
         GROUP BY l.ledger_id, s.settlement_id, s.cut_off_on, s.state
         ORDER BY s.cut_off_on, s.settlement_id LIMIT $1";
    /// Lost books that no other took over from and that have vouchers left, in campaigns that go
    /// on.
    LOST = "-- waiting.lost
        SELECT w.ledger_id, w.time_zone, w.book_no, w.body, w.left_count
          FROM (SELECT l.ledger_no, l.ledger_id, l.time_zone, b.book_no, c.body,
                       b.voucher_count
                       - (SELECT COUNT(*) FROM redemption AS r
                           WHERE r.ledger_no = b.ledger_no AND r.book_no = b.book_no
                             AND NOT EXISTS (SELECT 1 FROM reversal AS v
                                              WHERE v.ledger_no = r.ledger_no
                                                AND v.book_no = r.book_no
                                                AND v.position = r.position
                                                AND v.round = r.round)) AS left_count
                  FROM book AS b
                  JOIN ledger AS l ON l.ledger_no = b.ledger_no
                  JOIN voucher_order AS o ON o.ledger_no = b.ledger_no
                                         AND o.order_no = b.order_no
                  JOIN campaign AS c ON c.ledger_no = o.ledger_no
                                    AND c.campaign_no = o.campaign_no
                 WHERE b.custody = 'lost' AND b.replaced_by IS NULL AND c.lapsed_seq IS NULL
                   AND NOT EXISTS (SELECT 1 FROM ledger_release AS g
                                    WHERE g.ledger_no = b.ledger_no)) AS w
         WHERE w.left_count > 0 ORDER BY w.ledger_no, w.book_no LIMIT $1";
}

/// A venue that nobody has qualified.
#[derive(Debug, Clone)]
pub struct VenueWaiting {
    /// The venue.
    pub venue_id: String,
    /// Its name.
    pub name: String,
    /// The structure.
    pub structure_id: String,
    /// The structure's name.
    pub structure_name: String,
}

/// An order that is not active.
#[derive(Debug, Clone)]
pub struct OrderWaiting {
    /// Whose ledger.
    pub funder_id: Id<Funder>,
    /// The order.
    pub order_id: Id<Order>,
    /// The rules of its campaign.
    pub campaign: CampaignProfile,
    /// Books ordered.
    pub books: i64,
    /// Whether all its books exist.
    pub is_issued: bool,
    /// What it is worth, in cents.
    pub cents: i64,
    /// What the funder's deposit holds, in cents.
    pub deposit_cents: i64,
}

/// What a ledger owes structures.
#[derive(Debug, Clone)]
pub struct DueWaiting {
    /// Whose ledger.
    pub funder_id: Id<Funder>,
    /// In cents.
    pub cents: i64,
    /// To how many structures.
    pub structures: i64,
    /// The last day that a settlement looked at.
    pub settled_until: Option<String>,
    /// Whether a settlement waits already.
    pub is_begun: bool,
}

/// A settlement, or what is left to do of one.
#[derive(Debug, Clone)]
pub struct SettlementWaiting {
    /// Whose ledger.
    pub funder_id: Id<Funder>,
    /// The settlement.
    pub settlement_id: Id<Settlement>,
    /// The last civil day that it looks at.
    pub cut_off_on: String,
    /// Whether its payments all exist.
    pub is_drawn: bool,
    /// How many payments.
    pub payments: i64,
    /// Their sum, in cents.
    pub cents: i64,
}

/// A lost book that nothing took over from.
#[derive(Debug, Clone)]
pub struct LostWaiting {
    /// Whose ledger.
    pub funder_id: Id<Funder>,
    /// The ledger's time zone.
    pub zone: Zone,
    /// The book.
    pub book: BookNumber,
    /// The rules of its campaign.
    pub campaign: CampaignProfile,
    /// How many of its vouchers were not spent.
    pub left: i64,
}

/// Venues that nobody has qualified, the oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn venues(tx: &mut Tx, limit: i64) -> Result<Vec<VenueWaiting>, StoreError> {
    let rows: Vec<(String, String, String, String)> = fetch_all!(tx, VENUES, limit)?;
    let venue = |(venue_id, name, structure_id, structure_name)| VenueWaiting {
        venue_id,
        name,
        structure_id,
        structure_name,
    };
    Ok(rows.into_iter().map(venue).collect())
}

/// Who should have a bank account and has none: id and name, the oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn accounts(tx: &mut Tx, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
    fetch_all!(tx, ACCOUNTS, limit)
}

type OrderRow = (String, String, String, i64, i64, i64, i64, i64);

/// Orders that are not active, the oldest of each ledger first.
///
/// # Errors
/// [`StoreError`].
pub async fn orders(tx: &mut Tx, limit: i64) -> Result<Vec<OrderWaiting>, StoreError> {
    let rows: Vec<OrderRow> = fetch_all!(tx, ORDERS, limit)?;
    let order = |row: OrderRow| {
        let (ledger, order, body, books, per_book, face, issued, deposit_cents) = row;
        Ok(OrderWaiting {
            funder_id: parsed("ledger", "ledger_id", &ledger)?,
            order_id: parsed("voucher_order", "order_id", &order)?,
            campaign: decoded("campaign", "body", &body)?,
            books,
            is_issued: issued == books,
            cents: books * per_book * face,
            deposit_cents,
        })
    };
    rows.into_iter().map(order).collect()
}

type DueRow = (String, i64, i64, Option<String>, i64);

/// What ledgers owe structures that is in no payment.
///
/// # Errors
/// [`StoreError`].
pub async fn dues(tx: &mut Tx, limit: i64) -> Result<Vec<DueWaiting>, StoreError> {
    let rows: Vec<DueRow> = fetch_all!(tx, DUES, limit)?;
    let due = |(ledger, cents, structures, settled_until, begun): DueRow| {
        let funder_id = parsed("ledger", "ledger_id", &ledger)?;
        Ok(DueWaiting { funder_id, cents, structures, settled_until, is_begun: begun > 0 })
    };
    rows.into_iter().map(due).collect()
}

type SettlementRow = (String, String, String, String, i64, i64);

fn settlement(row: SettlementRow) -> Result<SettlementWaiting, StoreError> {
    let (ledger, settlement, cut_off_on, state, payments, cents) = row;
    Ok(SettlementWaiting {
        funder_id: parsed("ledger", "ledger_id", &ledger)?,
        settlement_id: parsed("settlement", "settlement_id", &settlement)?,
        cut_off_on,
        is_drawn: state != "opened",
        payments,
        cents,
    })
}

/// Settlements that nobody has approved or cancelled, by their days.
///
/// # Errors
/// [`StoreError`].
pub async fn settlements(tx: &mut Tx, limit: i64) -> Result<Vec<SettlementWaiting>, StoreError> {
    let rows: Vec<SettlementRow> = fetch_all!(tx, SETTLEMENTS, limit)?;
    rows.into_iter().map(settlement).collect()
}

/// What the bank has not answered yet, by settlement: how many payments, and their sum.
///
/// # Errors
/// [`StoreError`].
pub async fn payments(tx: &mut Tx, limit: i64) -> Result<Vec<SettlementWaiting>, StoreError> {
    let rows: Vec<SettlementRow> = fetch_all!(tx, PAYMENTS, limit)?;
    rows.into_iter().map(settlement).collect()
}

/// Lost books that wait for a new one, the lowest number of each ledger first.
///
/// # Errors
/// [`StoreError`].
pub async fn lost(tx: &mut Tx, limit: i64) -> Result<Vec<LostWaiting>, StoreError> {
    let rows: Vec<(String, String, i64, String, i64)> = fetch_all!(tx, LOST, limit)?;
    let lost = |(ledger, zone, number, body, left): (String, String, i64, String, i64)| {
        let bad = || corrupt("book", "book_no", &number.to_string());
        let number = u32::try_from(number).map_err(|_| bad())?;
        Ok(LostWaiting {
            funder_id: parsed("ledger", "ledger_id", &ledger)?,
            zone: parsed("ledger", "time_zone", &zone)?,
            book: BookNumber::new(number),
            campaign: decoded("campaign", "body", &body)?,
            left,
        })
    };
    rows.into_iter().map(lost).collect()
}
