//! Carrying out: from what was proposed to the write that does it, as it was asked at first.
//!
//! Promises: one verb for each act, the same that the ordinary route asks. Does not: decide.

use data_encoding::BASE64;

pub(super) use crate::service::hand_over::MOVED;

use crate::domain::proposal::{Act, Proposer};
use crate::domain::token::PublicVoucherKey;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::people::invite::{self, Link};
use crate::service::writer::Write;
use crate::service::{close, hand_over, order, register, restore, rotate, settle, sign_in};

/// A write, and what it makes beside.
pub(super) struct Carried {
    /// The write.
    pub(super) write: Box<dyn Write>,
    /// The link of an invitation, and what is kept of it.
    pub(super) link: Option<(Link, String)>,
}

impl From<Box<dyn Write>> for Carried {
    fn from(write: Box<dyn Write>) -> Self {
        Self { write, link: None }
    }
}

/// The write that does what was proposed, in the name of who proposed it.
pub(super) async fn write(
    instance: &Instance,
    proposer: &Proposer,
    act: &Act,
) -> Result<Carried, Error> {
    let actor = &proposer.actor();
    let write: Box<dyn Write> = match act.clone() {
        Act::RecordBankAccount { organisation_id, iban, holder, if_match } => {
            let account = (iban.as_str(), holder);
            Box::new(register::recording(instance, actor, organisation_id, account, if_match)?)
        }
        Act::ActivateOrder { order_id } => Box::new(order::activating(actor, order_id)),
        Act::GrantMembership { membership_id, request } => {
            let (write, link, hash) = invite::granting(instance, actor, membership_id, request);
            return Ok(Carried { write: Box::new(write), link: Some((link, hash)) });
        }
        Act::EndMembership { membership_id, .. } => Box::new(invite::ending(actor, membership_id)),
        Act::GrantApiKey { key_id, request, secret_hash } => {
            Box::new(sign_in::granting(actor, key_id, request, secret_hash))
        }
        Act::AddVoucherKey { issuer_id, key_id, public_key, not_after } => {
            let bytes = BASE64.decode(public_key.as_bytes()).ok();
            let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
            let public_key = bytes.ok_or_else(|| Error::Fault("a proposed key".to_owned()))?;
            let key = PublicVoucherKey { key_id, public_key };
            Box::new(rotate::adding(actor, issuer_id, key, not_after))
        }
        Act::RevokeVoucherKey { issuer_id, key_id } => {
            Box::new(rotate::revoking(actor, issuer_id, key_id))
        }
        Act::BlockVouchers { block_id, request } => {
            Box::new(hand_over::blocking(instance, actor, block_id, request).await?)
        }
        Act::MoveBooks { movement_id, request } => {
            Box::new(hand_over::moving(instance, actor, movement_id, request).await?)
        }
        Act::ReplaceBook { replacement_id, request } => {
            Box::new(hand_over::replacing(instance, actor, replacement_id, request).await?)
        }
        Act::CloseCampaign { closing_id, campaign_id } => {
            Box::new(close::closing(actor, closing_id, campaign_id))
        }
        Act::ApproveSettlement { settlement_id } => {
            Box::new(settle::approving(actor, settlement_id))
        }
        Act::AcceptLoss { losses, .. } => Box::new(restore::accepting(actor, losses)),
    };
    Ok(write.into())
}
