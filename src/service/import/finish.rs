//! The last commit of an import: the ledger becomes visible, with all that its vouchers need here.
//!
//! Promises: one transaction; who is registered here already stays as registered. Does not: grant
//! keys to anybody: the new operator does, as for all others.

use async_trait::async_trait;

use crate::domain::access::Actor;
use crate::domain::bundle::Proved;
use crate::domain::fact::Fact;
use crate::domain::keyring::VoucherKeyRevoked;
use crate::domain::leaving::{Whole, wrong};
use crate::domain::ledger::checkpoint::Origin;
use crate::domain::organisation::{
    BankAccountRecorded, LogoRecorded, Mode, OrganisationRegistered,
};
use crate::domain::refusal::Reason;
use crate::domain::takeover::{LedgerTakenOver, Statement};
use crate::domain::venue::{VenueRegistered, VenueState, VenueStateSet};
use crate::service::error::Error;
use crate::service::writer::Write;
use crate::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use crate::store;
use crate::store::leaving::ImportRow;
use crate::store::ledger::HeadRow;
use crate::store::organisation::BankAccountRow;

/// An import whose lines are all here.
pub(super) struct Finish {
    pub(super) actor: Actor,
    pub(super) whole: Whole,
    pub(super) proved: Proved,
    pub(super) statement: Statement,
}

#[async_trait]
impl Write for Finish {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let (ledger, size) = (self.whole.ledger_id, self.statement.size);
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        if let Some(known) = desk.created(format!("{ledger}/taken-over/{size}")).await? {
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(&fact, Fact::LedgerTakenOver(body)
                if body.statement == self.statement);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        if store::ledger::head(&mut desk.tx, &ledger.to_string()).await?.is_some() {
            return Err(wrong("this ledger is kept here already").into());
        }
        let row = store::leaving::find(&mut desk.tx, &ledger.to_string()).await?;
        let (lines, root) = (self.whole.size, self.whole.root.to_string());
        let complete =
            |row: &ImportRow| row.next_seq == row.size && row.size == lines && row.root == root;
        let row = row.filter(complete);
        let row = row.ok_or_else(|| Error::Fault("an import is not complete".to_owned()))?;
        let no = row.ledger_no;
        let malformed = |_| wrong("the ledger's origin names no log");
        let origin: Origin = self.whole.opened.origin.parse().map_err(malformed)?;
        let log_key = desk.keys().log_key(origin).verifier_key().clone();
        let body = LedgerTakenOver { log_key, statement: self.statement.clone() };
        let mut decision = Decision {
            openings: vec![self.opening(desk, no).await?],
            drafts: vec![Draft::new(no, self.actor.id, ledger.any(), body)],
            ..Decision::default()
        };
        self.voucher_keys(desk, &mut decision).await?;
        self.organisations(desk, &mut decision).await?;
        self.venues(desk, &mut decision).await?;
        self.accounts(desk, &mut decision).await?;
        self.papers(no, &mut decision);
        Ok(decision.into())
    }
}

impl Finish {
    /// The row that makes the ledger visible: where its lines end.
    async fn opening(&self, desk: &mut Desk<'_>, no: i64) -> Result<HeadRow, Error> {
        let Whole { ledger_id, opened, size, .. } = &self.whole;
        let (last, _) = crate::service::writer::fact_at(&mut desk.tx, no, size - 1).await?;
        Ok(HeadRow {
            ledger_no: no,
            ledger_id: ledger_id.to_string(),
            origin: opened.origin.clone(),
            mode: opened.mode.map_or("operator", Mode::as_str).to_owned(),
            time_zone: opened.time_zone.name().to_owned(),
            size: *size,
            recorded_at: last.recorded_at.millis(),
        })
    }

    fn own(&self, id: impl Into<crate::base::id::AnyId>, fact: impl Into<Fact>) -> Draft {
        Draft::new(OPERATOR_LEDGER, self.actor.id, id, fact)
    }

    async fn voucher_keys(&self, desk: &mut Desk<'_>, to: &mut Decision) -> Result<(), Error> {
        for (issuer, key, revoked) in &self.proved.voucher_keys {
            let name = format!("{issuer}/key/{}", key.key_id);
            if let Some(known) = desk.created(&name).await? {
                let (_, fact) = desk.fact(&known).await?;
                let same = matches!(&fact, Fact::VoucherKeyAdded(body)
                    if body.public_key == key.public_key);
                if !same {
                    return Err(wrong(format!("{name} is another key here")).into());
                }
                continue;
            }
            to.drafts.push(self.own(issuer.any(), key.clone()));
            if *revoked {
                let end = VoucherKeyRevoked { key_id: key.key_id };
                to.drafts.push(self.own(issuer.any(), end));
            }
        }
        Ok(())
    }

    async fn organisations(&self, desk: &mut Desk<'_>, to: &mut Decision) -> Result<(), Error> {
        for (id, profile) in &self.proved.organisations {
            if store::organisation::find(&mut desk.tx, *id).await?.is_some() {
                continue;
            }
            for site in &profile.sites {
                let site = site.site_id.to_string();
                if store::organisation::site_owner(&mut desk.tx, &site).await?.is_some() {
                    return Err(wrong(format!("{site} is somebody else's here")).into());
                }
            }
            let body = OrganisationRegistered { version: 1, profile: profile.clone() };
            to.drafts.push(self.own(id.any(), body));
        }
        Ok(())
    }

    async fn venues(&self, desk: &mut Desk<'_>, to: &mut Decision) -> Result<(), Error> {
        for (id, profile, state) in &self.proved.venues {
            if let Some(row) = store::venue::find(&mut desk.tx, *id).await? {
                if row.structure_id != profile.structure_id.to_string() {
                    return Err(wrong(format!("{id} is of another structure here")).into());
                }
                continue;
            }
            let body = VenueRegistered { version: 1, profile: profile.clone() };
            to.drafts.push(self.own(*id, body));
            if *state != VenueState::Registered {
                // What was agreed with the former operator is agreed with this one again, or not.
                let set = VenueStateSet { state: *state, vouchers_per_month: None };
                to.drafts.push(self.own(*id, set));
            }
        }
        Ok(())
    }

    async fn accounts(&self, desk: &mut Desk<'_>, to: &mut Decision) -> Result<(), Error> {
        for (owner, [iban, holder, salt, hash]) in &self.proved.accounts {
            let owner_id = owner.to_string();
            let known =
                store::organisation::bank_accounts(&mut desk.tx, std::slice::from_ref(&owner_id));
            if !known.await?.is_empty() {
                continue;
            }
            let body = BankAccountRecorded { version: 1, hash: hash.clone(), in_force_at: None };
            to.drafts.push(self.own(owner.any(), body));
            to.vault.push(VaultRow::BankAccount(BankAccountRow {
                owner_id,
                version: 1,
                iban: iban.clone(),
                holder: holder.clone(),
                salt: salt.clone(),
                hash: hash.clone(),
                changed_at: 0,
                in_force_at: 0,
            }));
        }
        Ok(())
    }

    /// The logo and the payment files.
    fn papers(&self, no: i64, to: &mut Decision) {
        let funder = self.whole.ledger_id.any();
        if let Some((hash, content)) = self.proved.logo.clone() {
            to.drafts.push(self.own(funder, LogoRecorded { version: 1, hash: hash.clone() }));
            to.vault.push(VaultRow::Logo(funder.to_string(), 1, hash, content));
        }
        for [settlement, hash, content] in self.proved.files.iter().cloned() {
            to.vault.push(VaultRow::PaymentFile(no, settlement, hash, content));
        }
        for (settlement, hash) in self.whole.asked.purged.clone() {
            to.vault.push(VaultRow::PaymentFile(no, settlement, hash, String::new()));
        }
    }
}
