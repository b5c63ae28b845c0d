//! Campaigns, orders and the money that carries them: deposits and activation.
//!
//! Promises: a campaign's rules are fixed by its first order; an order is activated only when the
//! funder's deposit covers it. Does not: make books (see `issue`).

use async_trait::async_trait;

use super::error::Error;
use super::instance::Instance;
use super::propose::{Asked, weigh};
use super::receipt::receipt;
use super::register::next_version;
use super::writer::desk::{Decided, Decision, Desk, Draft};
use super::writer::{Done, Write};
use crate::base::clock::Timestamp;
use crate::base::id::{Campaign, Deposit, Funder, Id, Order};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::campaign::{CampaignProfile, CampaignRegistered};
use crate::domain::fact::Fact;
use crate::domain::keyring::{Keyring, Revoked};
use crate::domain::ledger::balance::Living;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::ledger::transfer;
use crate::domain::order::{
    BOOK_LIMIT, DepositRecorded, DepositRequest, OrderActivated, OrderPlaced, OrderRequest,
    OrderState, OrderView,
};
use crate::domain::organisation::OrganisationId;
use crate::domain::proposal::{Act, Matter};
use crate::domain::redemption::CampaignView;
use crate::domain::refusal::{Reason, Refusal};
use crate::store::{self, Tx};

/// The owner of what a funder has.
pub(in crate::service) fn funder_owner(funder: Id<Funder>) -> Owner {
    OrganisationId::try_from(funder.any()).map_or(Owner::NOBODY, Owner::organisation)
}

/// A campaign's register with its version and receipt.
#[derive(Debug, Clone)]
pub struct RegisteredCampaign {
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// 1 for the first.
    pub version: i64,
    /// The content.
    pub profile: CampaignProfile,
    /// The receipt of this version.
    pub receipt: Receipt,
    /// Whether this request wrote it.
    pub fresh: bool,
}

struct Register {
    actor: Actor,
    id: Id<Campaign>,
    profile: CampaignProfile,
    if_match: Option<i64>,
}

#[async_trait]
impl Write for Register {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let funder = self.profile.funder_id;
        self.actor.permit(Action::EditCampaign, &funder_owner(funder))?;
        let no = desk.ledger(funder.into()).await?;
        let first = desk.created(format!("{}/1", self.id)).await?;
        if first.as_ref().is_some_and(|known| known.ledger_no != no) {
            return Err(Reason::Differs.into());
        }
        let rows = store::campaign::of_ledger(&mut desk.tx, no).await?;
        let current = rows.into_iter().find(|row| row.view.campaign_id == self.id);
        if let Some(row) = &current {
            if row.view.profile == self.profile {
                let known = desk.created(format!("{}/{}", self.id, row.version)).await?;
                let known = known.ok_or_else(|| Error::Fault("a version has no line".into()))?;
                return Ok(Decided::Known(known));
            }
            let orders = store::order::of_ledger(&mut desk.tx, no).await?;
            if orders.iter().any(|(_, order)| order.campaign_no == row.campaign_no) {
                return Err(Refusal::wrong_state("ordered").into());
            }
        }
        let version = next_version(current.map(|row| row.version), self.if_match)?;
        let fact = CampaignRegistered { version, profile: self.profile.clone() };
        Ok(Draft::new(no, self.actor.id, self.id, fact).into())
    }
}

/// Makes a campaign, or changes it before its first order.
///
/// # Errors
/// [`Error`]; see `next_version` for what `if_match` does.
pub async fn campaign(
    instance: &Instance,
    actor: &Actor,
    id: Id<Campaign>,
    profile: CampaignProfile,
    if_match: Option<i64>,
) -> Result<RegisteredCampaign, Error> {
    actor.may_ever(Action::EditCampaign)?;
    profile.check().map_err(|error| Refusal::invalid(error.pointer, error.detail))?;
    let done = instance.door.write(Register { actor: *actor, id, profile, if_match }).await?;
    let registered = read_campaign(instance, actor, id).await?;
    Ok(RegisteredCampaign { fresh: done.fresh, receipt: done.receipt, ..registered })
}

/// A campaign's register as it stands.
///
/// # Errors
/// `not-found` for unknown and foreign ids alike.
pub async fn read_campaign(
    instance: &Instance,
    actor: &Actor,
    id: Id<Campaign>,
) -> Result<RegisteredCampaign, Error> {
    actor.may_ever(Action::ReadCampaign)?;
    let mut tx = instance.read_as(actor).await?;
    let known = store::ledger::created(&mut tx, &[format!("{id}/1")]).await?;
    let no = known.first().ok_or(Reason::NotFound)?.ledger_no;
    let rows = store::campaign::of_ledger(&mut tx, no).await?;
    let row = rows.into_iter().find(|row| row.view.campaign_id == id).ok_or(Reason::NotFound)?;
    let profile = row.view.profile;
    actor.permit(Action::ReadCampaign, &funder_owner(profile.funder_id))?;
    let line = store::ledger::created(&mut tx, &[format!("{id}/{}", row.version)]).await?;
    let line = line.first().ok_or(Reason::NotFound)?;
    let receipt = receipt(&mut tx, no, line.seq).await?;
    Ok(RegisteredCampaign { campaign_id: id, version: row.version, profile, receipt, fresh: false })
}

struct Place {
    actor: Actor,
    id: Id<Order>,
    request: OrderRequest,
    issuer: OrganisationId,
}

#[async_trait]
impl Write for Place {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let campaign_id = self.request.campaign_id;
        let campaign = desk.created(format!("{campaign_id}/1")).await?;
        let no = campaign.ok_or(Reason::NotFound)?.ledger_no;
        desk.refresh(&[no]).await?;
        let rows = store::campaign::of_ledger(&mut desk.tx, no).await?;
        let row = rows.into_iter().find(|row| row.view.campaign_id == campaign_id);
        let CampaignView { profile, lapsed, .. } = row.ok_or(Reason::NotFound)?.view;
        self.actor.permit(Action::PlaceOrder, &funder_owner(profile.funder_id))?;
        if let Some(known) = desk.created(self.id).await? {
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(&fact, Fact::OrderPlaced(body)
                if body.campaign_id == campaign_id && body.books == self.request.books);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        if lapsed || desk.moment(no)?.today > profile.accepted_until() {
            return Err(Refusal::wrong_state("over").into());
        }
        let fact = OrderPlaced {
            campaign_id,
            books: self.request.books,
            vouchers_per_book: profile.vouchers_per_book,
            face_cents: profile.face_value.cents(),
            key_id: signing_key(desk, self.issuer, no).await?,
        };
        Ok(Draft::new(no, self.actor.id, self.id, fact).into())
    }
}

/// Places an order. Its books are made afterwards, in chunks (see `issue::finish`).
///
/// # Errors
/// [`Error`].
pub async fn place(
    instance: &Instance,
    actor: &Actor,
    id: Id<Order>,
    request: OrderRequest,
) -> Result<Done, Error> {
    actor.may_ever(Action::PlaceOrder)?;
    if !(1..=BOOK_LIMIT).contains(&request.books) {
        let detail = format!("an order has 1 to {BOOK_LIMIT} books");
        return Err(Refusal::invalid("/books", detail).into());
    }
    let issuer = instance.operator().await?;
    instance.door.write(Place { actor: *actor, id, request, issuer }).await
}

/// The keys for what is made and printed now, read here and not from memory, which may be a moment
/// old: what a revoked key signs would count as forged.
pub(in crate::service) async fn keys_now(tx: &mut Tx) -> Result<Keyring, Error> {
    Ok(Keyring::new(store::access::voucher_keys(tx).await?, Revoked::Refused))
}

/// The key with which the issuer signs now, read at the desk.
pub(in crate::service) async fn signing_key(
    desk: &mut Desk<'_>,
    issuer: OrganisationId,
    ledger_no: i64,
) -> Result<u8, Error> {
    let ring = keys_now(&mut desk.tx).await?;
    newest_key(&ring, issuer, desk.moment(ledger_no)?.now)
}

/// The newest living key of an issuer.
pub(in crate::service) fn newest_key(
    ring: &Keyring,
    issuer: OrganisationId,
    now: Timestamp,
) -> Result<u8, Error> {
    let signing = ring.signing(issuer, now);
    Ok(signing.ok_or_else(|| Refusal::wrong_state("no-signing-key"))?.key.key_id)
}

/// An order with what surrounds it.
#[derive(Debug, Clone)]
pub struct ReadOrder {
    /// The ledger, by number.
    pub ledger_no: i64,
    /// Its number in the ledger.
    pub order_no: i64,
    /// The order.
    pub view: OrderView,
    /// Its campaign.
    pub campaign: CampaignView,
    /// How many books it has, replacements included.
    pub books: i64,
    /// The first and the last of them.
    pub numbers: Option<(i64, i64)>,
    /// How many stand in which custody.
    pub custody: Vec<(String, i64)>,
    /// The receipt of its first line.
    pub receipt: Receipt,
}

/// An order by id, without asking whose it is.
pub(in crate::service) async fn find(
    tx: &mut Tx,
    id: Id<Order>,
) -> Result<(i64, i64, OrderView, CampaignView), Error> {
    let known = store::ledger::created(tx, &[id.to_string()]).await?;
    let known = known.first().ok_or(Reason::NotFound)?;
    let (no, seq) = (known.ledger_no, known.seq);
    let orders = store::order::of_ledger(tx, no).await?;
    let found = orders.into_iter().find(|(order_no, _)| *order_no == seq);
    let (order_no, view) = found.ok_or(Reason::NotFound)?;
    let campaigns = store::campaign::of_ledger(tx, no).await?;
    let campaign = campaigns.into_iter().find(|row| row.campaign_no == view.campaign_no);
    Ok((no, order_no, view, campaign.ok_or(Reason::NotFound)?.view))
}

/// An order as it stands.
///
/// # Errors
/// `not-found` for unknown and foreign ids alike.
pub async fn read(instance: &Instance, actor: &Actor, id: Id<Order>) -> Result<ReadOrder, Error> {
    actor.may_ever(Action::ReadCampaign)?;
    let mut tx = instance.read_as(actor).await?;
    let (ledger_no, order_no, view, campaign) = find(&mut tx, id).await?;
    actor.permit(Action::ReadCampaign, &funder_owner(campaign.profile.funder_id))?;
    let (books, first, last) = store::book::order_span(&mut tx, ledger_no, order_no).await?;
    let custody = store::book::custody_counts(&mut tx, ledger_no, order_no).await?;
    let receipt = receipt(&mut tx, ledger_no, order_no).await?;
    let numbers = first.zip(last);
    Ok(ReadOrder { ledger_no, order_no, view, campaign, books, numbers, custody, receipt })
}

/// A write that activates an order.
pub(in crate::service) struct Activate {
    actor: Actor,
    id: Id<Order>,
}

/// The write that activates an order.
pub(in crate::service) const fn activating(actor: &Actor, id: Id<Order>) -> Activate {
    Activate { actor: *actor, id }
}

#[async_trait]
impl Write for Activate {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::MoveMoney, &Owner::NOBODY)?;
        if let Some(known) = desk.created(format!("{}/activation", self.id)).await? {
            return Ok(Decided::Known(known));
        }
        let (no, _, order, campaign) = find(&mut desk.tx, self.id).await?;
        desk.refresh(&[no]).await?;
        let over = campaign.lapsed || desk.moment(no)?.today > campaign.profile.accepted_until();
        match order.state() {
            OrderState::Issued if !over => {}
            OrderState::Issued => return Err(Refusal::wrong_state("over").into()),
            OrderState::Issuing => return Err(Refusal::wrong_state("issuing").into()),
            OrderState::Active => return Err(Refusal::wrong_state("active").into()),
        }
        let campaign_id = campaign.campaign_id;
        let vouchers = order.books * i64::from(order.vouchers_per_book);
        let face = Money::from_cents(order.face_cents).map_err(|_| Reason::NotFound)?;
        let amount = face
            .checked_times(vouchers)
            .map_err(|error| Error::Fault(format!("an order's worth: {error}")))?;
        let funder = campaign.profile.funder_id;
        let living =
            Living { campaign: campaign_id, face_cents: order.face_cents, change: vouchers };
        let fact = OrderActivated { campaign_id, vouchers };
        let draft = Draft::new(no, self.actor.id, self.id, fact)
            .moving(transfer::activated(funder, campaign_id, amount))
            .living(living);
        let decision = Decision { drafts: vec![draft], ..Decision::default() };
        let (actor, action, owner) = (&self.actor, Action::MoveMoney, Owner::NOBODY);
        let matter = Matter::Order(amount.cents());
        let act = Act::ActivateOrder { order_id: self.id };
        weigh(desk, Asked { actor, action, owner, matter, act }, decision).await
    }
}

/// Activates an order: its vouchers circulate from now on.
///
/// # Errors
/// `balance-short` when the deposit does not cover it, `wrong-state` while books are being made;
/// `Proposed` for an order that two people activate.
pub async fn activate(instance: &Instance, actor: &Actor, id: Id<Order>) -> Result<Done, Error> {
    instance.door.write(activating(actor, id)).await
}

struct Record {
    actor: Actor,
    id: Id<Deposit>,
    request: DepositRequest,
}

#[async_trait]
impl Write for Record {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::MoveMoney, &Owner::NOBODY)?;
        let DepositRequest { funder_id, amount, reference } = &self.request;
        let no = desk.ledger((*funder_id).into()).await?;
        let money = transfer::deposited(*funder_id, *amount);
        if let Some(known) = desk.created(self.id).await? {
            let (entry, fact) = desk.fact(&known).await?;
            let same = matches!(&fact, Fact::DepositRecorded(body) if body.reference == *reference)
                && known.ledger_no == no
                && entry.transfers == [money];
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        let fact = DepositRecorded { reference: reference.clone() };
        Ok(Draft::new(no, self.actor.id, self.id, fact).moving(money).into())
    }
}

/// Records money that came in for a funder.
///
/// # Errors
/// [`Error`].
pub async fn deposit(
    instance: &Instance,
    actor: &Actor,
    id: Id<Deposit>,
    request: DepositRequest,
) -> Result<Done, Error> {
    actor.may_ever(Action::MoveMoney)?;
    if request.amount.cents() == 0 {
        return Err(Refusal::invalid("/amount/cents", "a deposit is above zero").into());
    }
    instance.door.write(Record { actor: *actor, id, request }).await
}
