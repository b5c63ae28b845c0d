//! What a redemption depends on, from rows to the domain's view of them.
//!
//! Promises: the counter and the check that has no effect see the same. Does not: decide.

use std::collections::HashMap;

use crate::base::clock::Timestamp;
use crate::base::id::{Funder, Id};
use crate::domain::redemption::{BookView, Round, Scene};
use crate::service::error::Error;
use crate::store::venue::Admission;
use crate::store::{self, Tx};

/// A book by (ledger, number), and its state.
pub type Seen = ((i64, u32), BookView);

/// What redemptions of a ledger depend on, but for books.
///
/// # Errors
/// [`Error`].
pub async fn scene(tx: &mut Tx, ledger_no: i64, funder: Id<Funder>) -> Result<Scene, Error> {
    let campaigns = store::campaign::of_ledger(tx, ledger_no).await?;
    let admitted = store::venue::admissions(tx, ledger_no).await?;
    let places = |row: Admission| (row.venue_no, (row.venue_id, row.structure_id));
    Ok(Scene {
        funder,
        campaigns: campaigns.into_iter().map(|row| (row.campaign_no, row.view)).collect(),
        orders: store::order::of_ledger(tx, ledger_no).await?.into_iter().collect(),
        blocks: store::book::blocks(tx, ledger_no).await?,
        venues: admitted.into_iter().map(places).collect(),
        books: HashMap::new(),
    })
}

/// Books as a decision sees them.
///
/// # Errors
/// [`Error`].
pub async fn book_views(tx: &mut Tx, places: &[(i64, u32)]) -> Result<Vec<Seen>, Error> {
    views(&store::counter::load(tx, &[], &[], places, &[]).await?)
}

pub(super) fn views(read: &store::counter::Loaded) -> Result<Vec<Seen>, Error> {
    let mut views: HashMap<(i64, u32), BookView> = HashMap::with_capacity(read.books.len());
    for row in &read.books {
        let view = BookView {
            order_no: row.order_no,
            vouchers: narrow(row.voucher_count)?,
            handed_over: row.handed_over_seq.is_some(),
            replaced_mask: row.replaced_mask,
            rounds: Vec::new(),
        };
        views.insert((row.ledger_no, narrow(row.book_no)?), view);
    }
    for row in &read.rounds {
        if let Some(view) = views.get_mut(&(row.ledger_no, narrow(row.book_no)?)) {
            let bad = |_| Error::Fault("redemption.redeemed_on is not a day".to_owned());
            view.rounds.push(Round {
                position: narrow(row.position)?,
                round: row.round,
                seq: row.seq,
                venue_no: row.venue_no,
                on: row.redeemed_on.parse().map_err(bad)?,
                at: Timestamp::from_millis(row.redeemed_at),
                reversed: row.reversed_seq.is_some(),
            });
        }
    }
    Ok(views.into_iter().collect())
}

fn narrow<T: TryFrom<i64>>(value: i64) -> Result<T, Error> {
    T::try_from(value).map_err(|_| Error::Fault(format!("{value} is out of its range")))
}
