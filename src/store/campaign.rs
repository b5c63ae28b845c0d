//! Campaigns at rest.
//!
//! Promises: a campaign's number is the place of its first line, the same when rebuilt. Does not:
//! hold counts or money.

use serde_json::{Value, json};

use super::dialect::{Rows, StoreError, Tx, decoded, execute, fetch_all, parsed, statements};
use super::organisation::text;
use crate::domain::campaign::CampaignRegistered;
use crate::domain::redemption::CampaignView;

statements! {
    /// Sets registers to a version.
    SET = "-- campaign.set
        INSERT INTO campaign (ledger_no, campaign_no, campaign_id, seq, version, body)
        SELECT r.no, r.seq,
               r.id, r.seq,
               r.version, r.body
          FROM " rows("$1"; no BIGINT, seq BIGINT, version BIGINT, id TEXT, body TEXT) "
         WHERE TRUE
            ON CONFLICT (ledger_no, campaign_id) DO UPDATE
           SET seq = excluded.seq, version = excluded.version, body = excluded.body";
    /// A campaign's vouchers lapsed.
    LAPSE = "-- campaign.lapse
        UPDATE campaign SET lapsed_seq = $3 WHERE ledger_no = $1 AND campaign_id = $2";
    /// All campaigns of a ledger.
    LIST = "-- campaign.of_ledger
        SELECT campaign_no, campaign_id, version, body, lapsed_seq
          FROM campaign WHERE ledger_no = $1 ORDER BY campaign_no";
}

/// A campaign with its numbers.
#[derive(Debug, Clone)]
pub struct CampaignRow {
    /// Its number: the place of its first line.
    pub campaign_no: i64,
    /// 1 for the first.
    pub version: i64,
    /// What a decision sees.
    pub view: CampaignView,
}

/// Writes the rows of some `campaign-registered` lines: (ledger, seq, campaign, body).
pub(super) async fn project(
    tx: &mut Tx,
    registered: &[(i64, i64, String, &CampaignRegistered)],
) -> Result<(), StoreError> {
    let row = |(no, seq, id, body): &(i64, i64, String, &CampaignRegistered)| {
        json!({
            "no": no,
            "seq": seq,
            "id": id,
            "version": body.version,
            "body": text(&body.profile),
        })
    };
    let rows: Vec<Value> = registered.iter().map(row).collect();
    execute!(tx, SET, Rows::of(&rows))?;
    Ok(())
}

/// Writes the row of a `campaign-closed` line.
pub(super) async fn project_closed(
    tx: &mut Tx,
    ledger_no: i64,
    campaign_id: &str,
    seq: i64,
) -> Result<(), StoreError> {
    execute!(tx, LAPSE, ledger_no, campaign_id, seq)?;
    Ok(())
}

type Row = (i64, String, i64, String, Option<i64>);

/// All campaigns of a ledger, in order of number.
///
/// # Errors
/// [`StoreError`].
pub async fn of_ledger(tx: &mut Tx, ledger_no: i64) -> Result<Vec<CampaignRow>, StoreError> {
    let rows: Vec<Row> = fetch_all!(tx, LIST, ledger_no)?;
    let campaign = |(campaign_no, id, version, body, lapsed): Row| {
        Ok(CampaignRow {
            campaign_no,
            version,
            view: CampaignView {
                campaign_id: parsed("campaign", "campaign_id", &id)?,
                profile: decoded("campaign", "body", &body)?,
                lapsed: lapsed.is_some(),
            },
        })
    };
    rows.into_iter().map(campaign).collect()
}
