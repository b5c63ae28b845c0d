//! What happens in the world: every verb at least once, and every table twice where it can be.
//!
//! Promises: whatever is refused ends the story with an error. Does not: look at the tables.

use std::path::PathBuf;

use async_trait::async_trait;
use serde_json::json;

use super::scheme::{self, IDENTITY, OFFERING, RECOVERY, Scheme, granted, owner};
use super::{Life, Place, Size, fault, of};
use crate::base::clock::Timestamp;
use crate::base::id::{
    ApiKey, Block, Closing, Funder, HandOver, Id, Movement, Person, Redemption, Repayment,
    Replacement, Settlement, Venue, Withdrawal,
};
use crate::cli::export;
use crate::cli::failure::Failure;
use crate::domain::access::{Actor, KeyRequest, Role};
use crate::domain::ledger::checkpoint::{Checkpoint, VerifierKey, parts};
use crate::domain::ledger::cosignature::Cosigner;
use crate::domain::takeover::{RecoveryKey, Statement};
use crate::domain::token::PublicVoucherKey;
use crate::domain::venue::VenueState;
use crate::service::import::{import, unseal};
use crate::service::people::invite;
use crate::service::print::PrintedVoucher;
use crate::service::writer::jot::Jot;
use crate::service::{Error, close, hand_over, redeem, register, release, rotate, settle, sign_in};
use crate::store::cosignature::CosignatureRow;
use crate::store::ledger::HeadRow;
use crate::store::{self, Tx};

/// The smallest picture that a printer takes.
const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="64" height="32">
<rect width="64" height="32" fill="#204080"/></svg>"##;

/// Books before this one have a story of their own; the vouchers of all others are redeemed.
const PAPER: usize = 5;

/// Who redeems, and where.
type Counter = (Actor, Id<Venue>);

/// Redeems vouchers, and gives the ids under which it was done.
async fn redeemed(
    life: &Life,
    (actor, venue): Counter,
    vouchers: &[&PrintedVoucher],
) -> Result<Vec<Id<Redemption>>, Error> {
    let mut ids = Vec::new();
    for some in vouchers.chunks(100) {
        let mut requests = Vec::new();
        for voucher in some {
            let id = life.id::<Redemption>();
            let body = json!({ "presented": voucher.url, "venue_id": venue, "offering": OFFERING });
            requests.push((id, of(body)?));
            ids.push(id);
        }
        for answer in redeem::redeem_batch(&life.instance, &actor, &requests).await? {
            answer?;
        }
    }
    Ok(ids)
}

/// Two witnesses co-sign every ledger as it is.
async fn cosigned(life: &Life) -> Result<(), Error> {
    let mut tx = life.instance.database.read().await?;
    let mut rows = Vec::new();
    for HeadRow { ledger_no: no, .. } in store::ledger::all_heads(&mut tx).await? {
        let newest = store::checkpoint::newest_checkpoint(&mut tx, no).await?;
        let (size, note) = newest.ok_or_else(|| fault("a ledger without a checkpoint"))?;
        let (text, _) = parts(&note).ok_or_else(|| fault("a note without a signature"))?;
        for (name, seed) in [("w.example/1", 1), ("w.example/2", 2)] {
            let cosigner = Cosigner::from_seed(name.parse().map_err(fault)?, &[seed; 32]);
            let witness = cosigner.key().to_string();
            let line = cosigner.cosign(text, 1_795_341_600);
            rows.push(CosignatureRow { no, size, witness, line });
        }
    }
    drop(tx);
    life.instance.door.keep_cosignatures(rows).await
}

/// An instance is founded, everybody is registered, books are printed, the first are used.
pub(super) async fn beginning(life: &Life, size: Size) -> Result<Scheme, Error> {
    let scheme = scheme::scheme(life, "Operator", (size.books, 20)).await?;
    let (instance, operator) = (&life.instance, &scheme.operator);
    let public_key = instance.signer.public_key(2).await?;
    let second = PublicVoucherKey { key_id: 2, public_key };
    let until = instance.clock.now().plus_seconds(900 * 86_400);
    rotate::add(instance, operator, second, until).await?;
    rotate::revoke(instance, operator, 2).await?;
    let other = scheme::structure(life, operator, "Structure two").await?;
    scheme::venue(life, operator, other, "19272", VenueState::Suspended).await?;
    let account = of(json!({ "iban": "FR7630006000011234567890189", "holder": "Two again" }))?;
    register::bank_account(instance, operator, owner(other.any())?, &account, Some(1)).await?;
    let account = of(json!({ "iban": "FR1420041010050500013M02606", "holder": "Operator" }))?;
    register::bank_account(instance, operator, operator.organisation, &account, None).await?;
    for (content, version) in
        [(LOGO.to_owned(), None), (LOGO.replace("#204080", "#804020"), Some(1))]
    {
        let content = content.into_bytes();
        register::logo(instance, operator, scheme.funder, content, version).await?;
    }
    let request = KeyRequest::of(Role::Auditor, operator.organisation);
    let key = life.id::<ApiKey>();
    sign_in::grant(instance, operator, key, request).await?;
    sign_in::revoke(instance, operator, key).await?;
    let first: Vec<&PrintedVoucher> = scheme.books[0].vouchers[..4].iter().collect();
    let ids = redeemed(life, (scheme.counter, scheme.venue), &first).await?;
    redeem::reverse(instance, &scheme.counter, ids[1]).await?;
    redeemed(life, (scheme.counter, scheme.venue), &first[1..2]).await?;
    cosigned(life).await?;
    Ok(scheme)
}

/// Books go around, money is paid out, a season ends, two funders leave.
pub(super) async fn middle(life: &Life, scheme: &Scheme) -> Result<(), Error> {
    paper(life, scheme).await?;
    let (instance, operator) = (&life.instance, &scheme.operator);
    let structure = scheme.structure;
    let venue = scheme::venue(life, operator, structure, "87085", VenueState::Qualified).await?;
    let body = owner(structure.any())?;
    let counter = granted(life, operator, Role::Venue, body, Some(venue)).await?;
    let rest = scheme.books[PAPER..].iter().flat_map(|book| &book.vouchers);
    let rest: Vec<&PrintedVoucher> = rest.collect();
    let ids = redeemed(life, (counter, venue), &rest[..2]).await?;
    redeemed(life, (scheme.counter, scheme.venue), &rest[2..]).await?;
    redeem::reverse(instance, &counter, ids[0]).await?;
    let payment = settled(life, scheme).await?;
    settle::reject(instance, operator, payment).await?;
    life.later(1);
    let id = drawn(life, scheme).await?;
    settle::cancel(instance, operator, id).await?;
    let payment = settled(life, scheme).await?;
    settle::confirm(instance, operator, payment).await?;
    let request = of(json!({
        "funder_id": scheme.funder, "structure_id": structure, "reference": "REPAID 1",
        "amount": { "cents": 500, "currency": "EUR" }
    }))?;
    settle::repay(instance, operator, life.id::<Repayment>(), request).await?;
    season(life, scheme).await?;
    for mode in ["pledged", "held"] {
        let funder = scheme::funder(life, operator, mode).await?;
        released(life, operator, funder).await?;
    }
    Ok(())
}

/// Books 2 to 5: moved, handed over, lost, replaced, blocked.
async fn paper(life: &Life, scheme: &Scheme) -> Result<(), Error> {
    let (instance, operator, site) = (&life.instance, &scheme.operator, scheme.site);
    for body in [
        json!({ "first": "0000002", "last": "0000004", "to": "in_stock", "site_id": site }),
        json!({ "first": "0000003", "last": "0000003", "to": "lost" }),
    ] {
        hand_over::movement(instance, operator, life.id::<Movement>(), of(body)?).await?;
    }
    let request = of(json!({ "book": "0000002", "site_id": site }))?;
    let id = life.id::<HandOver>();
    hand_over::hand_over(instance, &scheme.distributor, id, &request).await?;
    let request = of(json!({ "book": "0000003" }))?;
    hand_over::replace(instance, operator, life.id::<Replacement>(), request).await?;
    for (target, ends) in [
        (json!({ "voucher": "0000004-01" }), true),
        (json!({ "voucher": "0000004-02" }), false),
        (json!({ "books": { "first": "0000004", "last": "0000005" } }), false),
    ] {
        let id = life.id::<Block>();
        let request = of(json!({ "target": target, "reason": "lost" }))?;
        hand_over::block(instance, operator, id, request).await?;
        if ends {
            hand_over::unblock(instance, operator, id).await?;
        }
    }
    Ok(())
}

/// A short campaign, of which one voucher is used and the others lapse.
async fn season(life: &Life, scheme: &Scheme) -> Result<(), Error> {
    let (instance, operator, funder) = (&life.instance, &scheme.operator, scheme.funder);
    let campaign = scheme::campaign(life, operator, funder, 30, 5).await?;
    let of_season = (funder, campaign);
    let (_, books) = scheme::order(life, operator, of_season, (1, 6000)).await?;
    let (order, _) = scheme::order(life, operator, of_season, (1, 6000)).await?;
    let first = [&books[0].vouchers[0]];
    redeemed(life, (scheme.counter, scheme.venue), &first).await?;
    let request = of(json!({ "target": { "order": order }, "reason": "lost" }))?;
    hand_over::block(instance, operator, life.id::<Block>(), request).await?;
    life.later(100);
    let request = of(json!({ "campaign_id": campaign }))?;
    close::close(instance, operator, life.id::<Closing>(), request).await?;
    for kind in ["refund-rolled-over", "refund-paid-back", "deposit-withdrawn"] {
        let request = of(json!({
            "funder_id": funder, "kind": kind, "reference": format!("BACK {kind}"),
            "amount": { "cents": 300, "currency": "EUR" }
        }))?;
        close::withdraw(instance, operator, life.id::<Withdrawal>(), request).await?;
    }
    Ok(())
}

/// Draws a settlement up to today.
async fn drawn(life: &Life, scheme: &Scheme) -> Result<Id<Settlement>, Error> {
    let zone: crate::base::day::Zone = "Europe/Paris".parse().map_err(fault)?;
    let today = zone.day_of(life.instance.clock.now());
    let id = life.id::<Settlement>();
    let request = of(json!({ "funder_id": scheme.funder, "cut_off_on": today }))?;
    settle::settle(&life.instance, &scheme.operator, id, request).await?;
    Ok(id)
}

/// Draws a settlement up, has it approved, and gives its first payment.
async fn settled(life: &Life, scheme: &Scheme) -> Result<Id<crate::base::id::Payment>, Error> {
    let id = drawn(life, scheme).await?;
    settle::approve(&life.instance, &scheme.approver, id).await?;
    let view = settle::read(&life.instance, &scheme.operator, id).await?;
    let payment = view.payments.first().ok_or_else(|| fault("a settlement pays nobody"))?;
    Ok(payment.payment_id)
}

/// A funder's signed word that another operator goes on with its ledger.
async fn statement(
    life: &Life,
    funder: Id<Funder>,
    (operator, host): (Option<Id<crate::base::id::Operator>>, &str),
) -> Result<Statement, Error> {
    let mut tx = life.instance.database.read().await?;
    let head = store::ledger::head(&mut tx, &funder.to_string()).await?;
    let no = head.ok_or_else(|| fault("a funder without a ledger"))?.ledger_no;
    let newest = store::checkpoint::newest_checkpoint(&mut tx, no).await?;
    let (_, note) = newest.ok_or_else(|| fault("a ledger without a checkpoint"))?;
    let keys = store::leaving::log_keys(&mut tx).await?;
    let key = |of: i64| -> Result<VerifierKey, Error> {
        let key = keys.iter().rfind(|(ledger, ..)| *ledger == of);
        key.ok_or_else(|| fault("a ledger without a key"))?.2.parse().map_err(fault)
    };
    let checkpoint = Checkpoint::open(&note, &[key(no)?]).map_err(fault)?;
    Ok(RecoveryKey::from_seed(&RECOVERY).sign(Statement {
        ledger_id: funder.into(),
        size: i64::try_from(checkpoint.size).map_err(fault)?,
        root: checkpoint.root,
        former_log_key: key(1)?,
        operator_id: operator.unwrap_or_else(|| life.id()),
        host: host.to_owned(),
        signed_at: life.instance.clock.now(),
        signature: String::new(),
    }))
}

async fn released(life: &Life, operator: &Actor, funder: Id<Funder>) -> Result<(), Error> {
    let word = statement(life, funder, (None, "relais.exemple.fr")).await?;
    release::release(&life.instance, operator, word).await.map(|_| ())
}

/// An export of a former operator, and the funder's word.
pub(super) struct Left {
    dir: PathBuf,
    statement: Statement,
}

/// Another operator's scheme is lived in, and its funder leaves.
pub(super) async fn leaving(former: &Place<'_>, to: &Life) -> Result<Left, Failure> {
    let life = former.open().await?;
    let scheme = scheme::scheme(&life, "Former operator", (2, 3)).await?;
    let vouchers: Vec<&PrintedVoucher> = scheme.books[0].vouchers[..2].iter().collect();
    for voucher in vouchers {
        redeemed(&life, (scheme.counter, scheme.venue), &[voucher]).await?;
    }
    let dir = former.dir.join("export");
    export::files(&life.instance, scheme.funder.into(), &dir).await?;
    let operator = to.instance.operator().await?.to();
    let host = to.instance.settings.host.as_str();
    let statement = statement(&life, scheme.funder, (operator, host)).await?;
    life.close().await?;
    Ok(Left { dir, statement })
}

/// The ledger of the former operator goes on here.
pub(super) async fn taking_over(life: &Life, left: &Left) -> Result<(), Error> {
    let sealed = std::fs::read(left.dir.join("sealed.age")).map_err(fault)?;
    let bundle = unseal(&sealed, IDENTITY)?;
    let operator = rotate::operator_at_the_machine(&life.instance).await?;
    let word = left.statement.clone();
    import(&life.instance, &operator, &left.dir, bundle, word, &mut |_| {}).await?;
    Ok(())
}

/// The last days: they are what a write-ahead log still holds.
pub(super) async fn end(life: &Life, scheme: &Scheme) -> Result<(), Error> {
    let last: Vec<&PrintedVoucher> = scheme.books[0].vouchers[4..8].iter().collect();
    let ids = redeemed(life, (scheme.counter, scheme.venue), &last).await?;
    redeem::reverse(&life.instance, &scheme.counter, ids[0]).await?;
    settled(life, scheme).await?;
    redeemed(life, (scheme.counter, scheme.venue), &last[..1]).await?;
    proposed(life, scheme).await?;
    cosigned(life).await
}

/// Somebody joins, without a password that anybody knows.
struct Joins(Id<Person>);

#[async_trait]
impl Jot for Joins {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        Ok(store::person::set_password(tx, self.0, "none").await?)
    }
}

/// Two people come, and from then on what the machine asks for waits.
async fn proposed(life: &Life, scheme: &Scheme) -> Result<(), Error> {
    let (instance, operator) = (&life.instance, &scheme.operator);
    for (name, role) in [("ana", "operator"), ("bo", "approver")] {
        let request = of(json!({
            "email": format!("{name}@exemple.fr"), "name": name, "role": role,
            "organisation_id": operator.organisation
        }))?;
        let granted = invite::grant(instance, operator, life.id(), request).await?;
        instance.door.jot(Joins(granted.person_id)).await?;
    }
    for iban in ["FR7630006000011234567890189", "FR1420041010050500013M02606"] {
        let account = of(json!({ "iban": iban, "holder": "Another" }))?;
        let owner = operator.organisation;
        match register::bank_account(instance, operator, owner, &account, Some(1)).await {
            Err(Error::Proposed(_)) => {}
            Ok(_) => return Err(fault("two people were not asked")),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
