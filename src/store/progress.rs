//! What a funder follows, counted in sets: books by stage, uses by day and by venue, and the lists
//! behind each number.
//!
//! Promises: reads only, of one ledger; lists go on by a key. Does not: add anything up (see
//! `domain::progress`).

use sqlx::FromRow;

use super::dialect::{StoreError, Tx, corrupt, decoded, fetch_all, parsed, statements};
use crate::base::day::Day;
use crate::base::id::{Id, Venue};
use crate::domain::book::Custody;
use crate::domain::progress::{Counted, Stage};
use crate::domain::venue::VenueAdmitted;

statements! {
    /// Books of funded orders, those that are alike together: by campaign and custody, and whether
    /// none, some or all of their vouchers are used.
    BOOKS = "-- progress.books
        SELECT s.campaign_no, s.custody, s.worn, COUNT(*), CAST(SUM(s.living) AS BIGINT),
               CAST(SUM(s.used) AS BIGINT)
          FROM (SELECT t.campaign_no, t.custody, t.living, t.used,
                       CAST(CASE WHEN t.used = 0 THEN 0 WHEN t.living > 0 THEN 1
                                 ELSE 2 END AS BIGINT) AS worn
                  FROM (SELECT o.campaign_no, b.custody, COALESCE(u.used, 0) AS used,
                               b.voucher_count - COALESCE(n.voucher_count, 0)
                                               - COALESCE(u.used, 0) AS living
                          FROM book AS b
                          JOIN voucher_order AS o ON o.ledger_no = b.ledger_no
                                                 AND o.order_no = b.order_no
                          LEFT JOIN book AS n ON n.ledger_no = b.ledger_no
                                             AND n.book_no = b.replaced_by
                          LEFT JOIN (SELECT d.book_no, COUNT(*) AS used
                                       FROM redemption AS d
                                       LEFT JOIN reversal AS v
                                              ON v.ledger_no = d.ledger_no
                                             AND v.book_no = d.book_no
                                             AND v.position = d.position
                                             AND v.round = d.round
                                      WHERE d.ledger_no = $1 AND v.seq IS NULL
                                      GROUP BY d.book_no) AS u ON u.book_no = b.book_no
                         WHERE b.ledger_no = $1 AND o.activated_seq IS NOT NULL) AS t) AS s
         GROUP BY s.campaign_no, s.custody, s.worn
         ORDER BY s.campaign_no, s.custody, s.worn";
    /// Uses that stand, by civil day and campaign, from a day on.
    DAYS = "-- progress.days
        SELECT d.redeemed_on, o.campaign_no, COUNT(*)
          FROM redemption AS d
          JOIN book AS b ON b.ledger_no = d.ledger_no AND b.book_no = d.book_no
          JOIN voucher_order AS o ON o.ledger_no = b.ledger_no AND o.order_no = b.order_no
          LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no AND v.book_no = d.book_no
                                 AND v.position = d.position AND v.round = d.round
         WHERE d.ledger_no = $1 AND d.redeemed_on >= $2 AND v.seq IS NULL
         GROUP BY d.redeemed_on, o.campaign_no
         ORDER BY d.redeemed_on, o.campaign_no";
    /// Venues by how many uses stand, most first; of one campaign, or of all for -1.
    VENUES = "-- progress.venues
        SELECT a.venue_no, a.venue_id, a.body, COUNT(*), CAST(SUM(o.face_cents) AS BIGINT)
          FROM redemption AS d
          JOIN admission AS a ON a.ledger_no = d.ledger_no AND a.venue_no = d.venue_no
          JOIN book AS b ON b.ledger_no = d.ledger_no AND b.book_no = d.book_no
          JOIN voucher_order AS o ON o.ledger_no = b.ledger_no AND o.order_no = b.order_no
          LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no AND v.book_no = d.book_no
                                 AND v.position = d.position AND v.round = d.round
         WHERE d.ledger_no = $1 AND v.seq IS NULL AND ($2 = -1 OR o.campaign_no = $2)
         GROUP BY a.venue_no, a.venue_id, a.body
         ORDER BY COUNT(*) DESC, a.venue_no LIMIT $3";
    /// Books after a number: of a campaign or all for -1, of an order or all for -1, in one of
    /// three custodies or all for '', and worn so or anyhow for -1; in funded orders only for 1.
    BOOK_PAGE = "-- progress.book_page
        SELECT t.book_no, t.order_id, t.campaign_id, t.custody, t.site_name, t.vouchers, t.used
          FROM (SELECT b.book_no, o.order_id, c.campaign_id, b.custody, s.name AS site_name,
                       b.voucher_count - COALESCE(n.voucher_count, 0) AS vouchers,
                       (SELECT COUNT(*) FROM redemption AS d
                          LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no
                                                 AND v.book_no = d.book_no
                                                 AND v.position = d.position
                                                 AND v.round = d.round
                         WHERE d.ledger_no = b.ledger_no AND d.book_no = b.book_no
                           AND v.seq IS NULL) AS used
                  FROM book AS b
                  JOIN voucher_order AS o ON o.ledger_no = b.ledger_no
                                         AND o.order_no = b.order_no
                  JOIN campaign AS c ON c.ledger_no = o.ledger_no
                                    AND c.campaign_no = o.campaign_no
                  LEFT JOIN book AS n ON n.ledger_no = b.ledger_no AND n.book_no = b.replaced_by
                  LEFT JOIN site AS s ON s.site_id = b.site_id
                 WHERE b.ledger_no = $1 AND b.book_no > $2
                   AND ($3 = -1 OR o.campaign_no = $3) AND ($4 = -1 OR o.order_no = $4)
                   AND ($5 = '' OR b.custody = $5 OR b.custody = $6 OR b.custody = $7)
                   AND ($9 = 0 OR o.activated_seq IS NOT NULL)) AS t
         WHERE $8 = -1 OR CASE WHEN t.used = 0 THEN 0 WHEN t.used < t.vouchers THEN 1
                               ELSE 2 END = $8
         ORDER BY t.book_no LIMIT $10";
    /// Uses before a line, newest first: of a campaign or all for -1, at a venue or all for -1,
    /// from one civil day to another, each with its line and the one that undid it.
    USES = "-- progress.uses
        SELECT u.seq, e.line, u.face_cents, u.undone, u.venue_id, u.body
          FROM (SELECT d.ledger_no, d.seq, o.face_cents, v.seq AS undone, a.venue_id, a.body
                  FROM redemption AS d
                  JOIN admission AS a ON a.ledger_no = d.ledger_no AND a.venue_no = d.venue_no
                  JOIN book AS b ON b.ledger_no = d.ledger_no AND b.book_no = d.book_no
                  JOIN voucher_order AS o ON o.ledger_no = b.ledger_no
                                         AND o.order_no = b.order_no
                  LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no
                                         AND v.book_no = d.book_no
                                         AND v.position = d.position AND v.round = d.round
                 WHERE d.ledger_no = $1 AND d.seq < $2
                   AND ($3 = -1 OR o.campaign_no = $3) AND ($4 = -1 OR d.venue_no = $4)
                   AND d.redeemed_on >= $5 AND d.redeemed_on <= $6
                 ORDER BY d.seq DESC LIMIT $7) AS u
          JOIN entry AS e ON e.ledger_no = u.ledger_no AND e.seq = u.seq
         ORDER BY u.seq DESC";
    /// What moved on an account before a line, newest first, with its lines.
    MOVEMENTS = "-- progress.movements
        SELECT t.seq, t.debit, t.credit, t.cents, e.line
          FROM transfer AS t
          JOIN entry AS e ON e.ledger_no = t.ledger_no AND e.seq = t.seq
         WHERE t.ledger_no = $1 AND t.seq < $2 AND (t.debit = $3 OR t.credit = $3)
         ORDER BY t.seq DESC, t.part DESC LIMIT $4";
}

type BooksRow = (i64, String, i64, i64, i64, i64);

/// Books of funded orders by campaign number, those that are alike together.
///
/// # Errors
/// [`StoreError`].
pub async fn books(tx: &mut Tx, ledger_no: i64) -> Result<Vec<(i64, Counted)>, StoreError> {
    let rows: Vec<BooksRow> = fetch_all!(tx, BOOKS, ledger_no)?;
    let counted = |(campaign_no, custody, worn, books, left, used): BooksRow| {
        let custody = Custody::of(&custody).ok_or_else(|| corrupt("book", "custody", &custody))?;
        // `worn` is 0 for none used, 2 for none left: what `Stage::at` asks, book by book.
        let (some_used, some_left) = (i64::from(worn > 0), i64::from(worn < 2));
        let stage = Stage::at(custody, some_used, some_left);
        Ok((campaign_no, Counted { stage, books, left, used }))
    };
    rows.into_iter().map(counted).collect()
}

/// Uses that stand by civil day and campaign number, from a day on.
///
/// # Errors
/// [`StoreError`].
pub async fn days(
    tx: &mut Tx,
    ledger_no: i64,
    from: Day,
) -> Result<Vec<(Day, i64, i64)>, StoreError> {
    let from = from.to_string();
    let rows: Vec<(String, i64, i64)> = fetch_all!(tx, DAYS, ledger_no, from.as_str())?;
    let day = |(on, campaign_no, count): (String, i64, i64)| {
        Ok((parsed("redemption", "redeemed_on", &on)?, campaign_no, count))
    };
    rows.into_iter().map(day).collect()
}

/// A venue and what was used there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueUse {
    /// Its number in the ledger.
    pub venue_no: i64,
    /// The venue.
    pub venue_id: Id<Venue>,
    /// What the ledger says of it.
    pub admitted: VenueAdmitted,
    /// Uses that stand.
    pub used: i64,
    /// Their worth.
    pub cents: i64,
}

/// Venues by use, most first, at most `limit`; of one campaign, or of all.
///
/// # Errors
/// [`StoreError`].
pub async fn venues(
    tx: &mut Tx,
    ledger_no: i64,
    campaign_no: Option<i64>,
    limit: i64,
) -> Result<Vec<VenueUse>, StoreError> {
    let campaign_no = campaign_no.unwrap_or(-1);
    let rows: Vec<(i64, String, String, i64, i64)> =
        fetch_all!(tx, VENUES, ledger_no, campaign_no, limit)?;
    let venue = |(venue_no, id, body, used, cents): (i64, String, String, i64, i64)| {
        Ok(VenueUse {
            venue_no,
            venue_id: parsed("admission", "venue_id", &id)?,
            admitted: decoded("admission", "body", &body)?,
            used,
            cents,
        })
    };
    rows.into_iter().map(venue).collect()
}

/// Which books a list shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct BookFilter {
    /// Of this campaign, by number.
    pub campaign_no: Option<i64>,
    /// Of this order, by number.
    pub order_no: Option<i64>,
    /// That have come so far; then of funded orders only.
    pub stage: Option<Stage>,
}

/// A book in a list.
#[derive(Debug, Clone, FromRow)]
pub struct BookLine {
    /// Its number.
    pub book_no: i64,
    /// Its order.
    pub order_id: String,
    /// Its campaign.
    pub campaign_id: String,
    custody: String,
    /// The name of the site that holds it, handed it over or lost it.
    pub site_name: Option<String>,
    /// Its vouchers, but for those that a new book holds.
    pub vouchers: i64,
    /// Vouchers whose use stands.
    pub used: i64,
}

impl BookLine {
    /// Where its paper is.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn custody(&self) -> Result<Custody, StoreError> {
        Custody::of(&self.custody).ok_or_else(|| corrupt("book", "custody", &self.custody))
    }
}

/// Books with a number above `after`, in order.
///
/// # Errors
/// [`StoreError`].
pub async fn book_page(
    tx: &mut Tx,
    ledger_no: i64,
    filter: BookFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<BookLine>, StoreError> {
    let [one, two, three] = match filter.stage {
        None => ["", "", ""],
        Some(Stage::AtPrinter) => [Custody::AtPrinter.as_str(); 3],
        Some(Stage::InStock) => [Custody::InStock.as_str(); 3],
        Some(Stage::HandedOver | Stage::Begun | Stage::Finished) => {
            [Custody::HandedOver.as_str(); 3]
        }
        Some(Stage::Aside) => {
            [Custody::Returned, Custody::Lost, Custody::Destroyed].map(Custody::as_str)
        }
    };
    let worn: i64 = match filter.stage {
        Some(Stage::HandedOver) => 0,
        Some(Stage::Begun) => 1,
        Some(Stage::Finished) => 2,
        _ => -1,
    };
    fetch_all!(
        tx,
        BOOK_PAGE,
        ledger_no,
        after,
        filter.campaign_no.unwrap_or(-1),
        filter.order_no.unwrap_or(-1),
        one,
        two,
        three,
        worn,
        i64::from(filter.stage.is_some()),
        limit
    )
}

/// Which uses a list shows.
#[derive(Debug, Clone, Copy)]
pub struct UseFilter {
    /// Of vouchers of this campaign, by number.
    pub campaign_no: Option<i64>,
    /// At this venue, as the ledger numbers it.
    pub venue_no: Option<i64>,
    /// From this civil day.
    pub from: Day,
    /// To this one, included.
    pub to: Day,
}

/// A use in a list.
#[derive(Debug, Clone)]
pub struct UseLine {
    /// Its line in the ledger.
    pub seq: i64,
    /// The text of that line.
    pub line: String,
    /// What the voucher is worth.
    pub cents: i64,
    /// The line that undid it.
    pub undone: Option<i64>,
    /// Where.
    pub venue_id: Id<Venue>,
    /// What the ledger says of the venue.
    pub admitted: VenueAdmitted,
}

type UseRow = (i64, String, i64, Option<i64>, String, String);

/// Uses before a line, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn uses(
    tx: &mut Tx,
    ledger_no: i64,
    filter: UseFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<UseLine>, StoreError> {
    let (from, to) = (filter.from.to_string(), filter.to.to_string());
    let rows: Vec<UseRow> = fetch_all!(
        tx,
        USES,
        ledger_no,
        before,
        filter.campaign_no.unwrap_or(-1),
        filter.venue_no.unwrap_or(-1),
        from.as_str(),
        to.as_str(),
        limit
    )?;
    let used = |(seq, line, cents, undone, venue, body): UseRow| {
        Ok(UseLine {
            seq,
            line,
            cents,
            undone,
            venue_id: parsed("admission", "venue_id", &venue)?,
            admitted: decoded("admission", "body", &body)?,
        })
    };
    rows.into_iter().map(used).collect()
}

/// One movement of an account, as stored.
#[derive(Debug, Clone, FromRow)]
pub struct MovementRow {
    /// Its line in the ledger.
    pub seq: i64,
    /// Where the money came from.
    pub debit: String,
    /// Where it went.
    pub credit: String,
    /// How much.
    pub cents: i64,
    /// The text of the line.
    pub line: String,
}

/// What moved on an account before a line, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn movements(
    tx: &mut Tx,
    ledger_no: i64,
    account: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<MovementRow>, StoreError> {
    fetch_all!(tx, MOVEMENTS, ledger_no, before, account, limit)
}
