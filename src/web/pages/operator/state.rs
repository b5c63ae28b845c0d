//! `/operator/state`: what the last audit said, the keys, every ledger with its witnesses, and the
//! money behind the vouchers.
//!
//! Promises: what is not known is said to be not known. Does not: rotate keys, or run an audit
//! (the commands of the machine do).

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Operating;
use crate::base::clock::Timestamp;
use crate::base::day::Zone;
use crate::domain::keyring::VoucherKeyRecord;
use crate::service::attend::ends_soon;
use crate::service::audit::{self, LastAudit, Verdict};
use crate::service::find::{self, Names};
use crate::service::oversee::{self, LedgerState};
use crate::service::solvency;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::desk::shown_here;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// A key that signs vouchers.
struct Key {
    number: u8,
    issuer: String,
    period: String,
    state: String,
    look: &'static str,
}

/// A ledger.
struct Ledger {
    name: String,
    mode: String,
    size: String,
    last: String,
    witnesses: String,
    log_key: String,
    checkpoint: String,
    line: String,
}

#[derive(Template)]
#[template(path = "operator/state.html")]
struct Page {
    frame: Frame,
    audit: String,
    look: &'static str,
    details: Vec<String>,
    holds: bool,
    sums: Vec<(String, String)>,
    keys: Vec<Key>,
    ledgers: Vec<Ledger>,
}

/// What the last audit said, how that looks, and the rest of it.
fn audit(
    words: Words,
    zone: &Zone,
    last: Option<&LastAudit>,
) -> (String, &'static str, Vec<String>) {
    let Some(last) = last else {
        return (words.say("operator-audit-none"), "wait", Vec::new());
    };
    let moment = words.moment(last.at, zone);
    let said = |key: &str| words.with(key, [("moment", moment.clone().into())]);
    let (text, look) = match last.verdict {
        Some(Verdict::Holds) => (said("operator-audit-holds"), "good"),
        Some(Verdict::Violated) => (said("operator-audit-violated"), "bad"),
        Some(Verdict::Undecided) => (said("operator-audit-undecided"), "wait"),
        None => (said("operator-audit-failed"), "bad"),
    };
    let lines = words.number(last.lines.unsigned_abs());
    let rows = words.number(last.rows.unsigned_abs());
    let mut details = Vec::new();
    if last.verdict.is_some() {
        let values = [("lines", lines.into()), ("rows", rows.into())];
        details.push(words.with("operator-audit-counted", values));
    }
    if last.findings > 0 {
        let first = last.first.clone().unwrap_or_default();
        let values = [("count", last.findings.into()), ("first", first.into())];
        details.push(words.with("operator-audit-found", values));
    }
    if last.skipped > 0 {
        details.push(words.with("operator-audit-skipped", [("count", last.skipped.into())]));
    }
    (text, look, details)
}

fn key(words: Words, zone: &Zone, names: &Names, now: Timestamp, record: &VoucherKeyRecord) -> Key {
    let key = &record.key;
    let day = |at| words.day(zone.day_of(at));
    let (state, look) = if let Some(at) = key.revoked_at {
        (words.with("operator-key-ended", [("day", day(at).into())]), "bad")
    } else if key.not_after <= now {
        (words.say("operator-signing-over"), "")
    } else if ends_soon(key.not_after, now) {
        (words.say("operator-signing-soon"), "wait")
    } else {
        (words.say("operator-signing-good"), "good")
    };
    Key {
        number: key.key_id,
        issuer: names.of(&record.issuer_id),
        period: words.with(
            "operator-from-to",
            [("from", day(key.not_before).into()), ("to", day(key.not_after).into())],
        ),
        state,
        look,
    }
}

fn ledger(words: Words, zone: &Zone, names: &Names, state: &LedgerState) -> Ledger {
    let mode = match state.mode.as_str() {
        "held" => "operator-mode-held",
        "pledged" => "operator-mode-pledged",
        _ => "operator-mode-operator",
    };
    let witnesses = match state.cosigned {
        None => words.say("operator-witness-none"),
        Some((size, count)) => {
            let line = words.number(size.unsigned_abs());
            let values = [("count", count.into()), ("line", line.into())];
            words.with("operator-witness-some", values)
        }
    };
    let last = (state.size - 1).max(0);
    Ledger {
        name: names.of(&state.ledger_id),
        mode: words.say(mode),
        size: words.number(state.size.unsigned_abs()),
        last: words.moment(state.last_at, zone),
        witnesses,
        log_key: state.log_key.clone(),
        checkpoint: format!("/ledger/{}/checkpoint", state.ledger_id),
        line: format!("/operator/ledgers/{}/{last}", state.ledger_id),
    }
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    Operating { frame, actor }: Operating,
) -> Result<Response, Problem> {
    let (instance, words) = (&app.instance, frame.words);
    let zone = instance.zone().await?;
    let now = instance.clock.now();
    let ledgers = oversee::ledgers(instance, &actor).await?;
    let records = oversee::voucher_keys(instance, &actor).await?;
    let ids = ledgers.iter().map(|it| it.ledger_id.any());
    let ids = ids.chain(records.iter().map(|record| record.issuer_id.any()));
    let names = find::names(instance, &actor, ids).await?;
    let (audit, look, details) = audit(words, &zone, audit::last(instance, &actor)?.as_ref());
    let known = solvency::read(instance).await?;
    let sum = |owed: bool| -> i64 {
        let identities = known.ledgers.iter().map(|ledger| ledger.totals.identity);
        identities.map(|it| if owed { it.owed.cents } else { it.funds.cents }).sum()
    };
    let sums = vec![
        (words.say("solvency-held"), words.cents(sum(false))),
        (words.say("solvency-owed"), words.cents(sum(true))),
        (words.say("solvency-circulating"), words.cents(known.in_circulation.cents)),
        (words.say("solvency-volume"), words.cents(known.volume_12_months.cents)),
    ];
    Ok(shown_here(&Page {
        audit,
        look,
        details,
        holds: known.holds,
        sums,
        keys: records.iter().map(|it| key(words, &zone, &names, now, it)).collect(),
        ledgers: ledgers.iter().map(|it| ledger(words, &zone, &names, it)).collect(),
        frame,
    }))
}
