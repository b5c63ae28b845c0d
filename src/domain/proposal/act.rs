//! Acts: what can be proposed, with all that it takes to do it later.
//!
//! Promises: an act is read back as it was written; what the second person is shown is what will
//! be done. Does not: hold a secret that anything could be done with (of a key, the hash).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::base::clock::Timestamp;
use crate::base::id::{
    AnyId, ApiKey, Block, Campaign, Closing, Id, Membership, Movement, Order, Person, Replacement,
    Settlement,
};
use crate::base::text::Name;
use crate::domain::access::{KeyRequest, Role};
use crate::domain::book::{BlockRequest, MovementRequest, ReplacementRequest};
use crate::domain::ledger::entry::LedgerId;
use crate::domain::organisation::OrganisationId;
use crate::domain::person::MembershipRequest;
use crate::domain::restoration::LedgerLoss;

/// The word for what is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// A bank account is recorded or changed.
    RecordBankAccount,
    /// An order is activated.
    ActivateOrder,
    /// A person becomes something.
    GrantMembership,
    /// A person is it no more.
    EndMembership,
    /// A program gets a key.
    GrantApiKey,
    /// A key that signs vouchers begins.
    AddVoucherKey,
    /// A key that signs vouchers ends.
    RevokeVoucherKey,
    /// Vouchers are blocked.
    BlockVouchers,
    /// Books are declared lost or destroyed.
    MoveBooks,
    /// A new book takes over from a lost one.
    ReplaceBook,
    /// A campaign's unspent vouchers lapse.
    CloseCampaign,
    /// A settlement is approved.
    ApproveSettlement,
    /// An older copy of the database goes on without what it lacks.
    AcceptLoss,
}

/// What is proposed. Has no `Debug`: it may hold an account number or an address.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what its deed says; the members are those of its request")]
pub enum Act {
    RecordBankAccount {
        organisation_id: OrganisationId,
        /// Electronic form.
        iban: String,
        holder: Name,
        if_match: Option<i64>,
    },
    ActivateOrder {
        order_id: Id<Order>,
    },
    GrantMembership {
        membership_id: Id<Membership>,
        request: MembershipRequest,
    },
    EndMembership {
        membership_id: Id<Membership>,
        /// Who is it no more, and what.
        person_id: Id<Person>,
        role: Role,
        organisation_id: OrganisationId,
    },
    GrantApiKey {
        key_id: Id<ApiKey>,
        request: KeyRequest,
        secret_hash: String,
    },
    AddVoucherKey {
        issuer_id: OrganisationId,
        key_id: u8,
        /// Base64 of 32 bytes.
        public_key: String,
        not_after: Timestamp,
    },
    RevokeVoucherKey {
        issuer_id: OrganisationId,
        key_id: u8,
    },
    BlockVouchers {
        block_id: Id<Block>,
        request: BlockRequest,
    },
    MoveBooks {
        movement_id: Id<Movement>,
        request: MovementRequest,
    },
    ReplaceBook {
        replacement_id: Id<Replacement>,
        request: ReplacementRequest,
    },
    CloseCampaign {
        closing_id: Id<Closing>,
        campaign_id: Id<Campaign>,
    },
    ApproveSettlement {
        settlement_id: Id<Settlement>,
    },
    AcceptLoss {
        /// The first of them.
        ledger_id: LedgerId,
        losses: Vec<LedgerLoss>,
    },
}

impl Act {
    /// Its word.
    #[must_use]
    pub const fn deed(&self) -> Deed {
        match self {
            Self::RecordBankAccount { .. } => Deed::RecordBankAccount,
            Self::ActivateOrder { .. } => Deed::ActivateOrder,
            Self::GrantMembership { .. } => Deed::GrantMembership,
            Self::EndMembership { .. } => Deed::EndMembership,
            Self::GrantApiKey { .. } => Deed::GrantApiKey,
            Self::AddVoucherKey { .. } => Deed::AddVoucherKey,
            Self::RevokeVoucherKey { .. } => Deed::RevokeVoucherKey,
            Self::BlockVouchers { .. } => Deed::BlockVouchers,
            Self::MoveBooks { .. } => Deed::MoveBooks,
            Self::ReplaceBook { .. } => Deed::ReplaceBook,
            Self::CloseCampaign { .. } => Deed::CloseCampaign,
            Self::ApproveSettlement { .. } => Deed::ApproveSettlement,
            Self::AcceptLoss { .. } => Deed::AcceptLoss,
        }
    }

    /// What it is about: the `id` of the line that it would write.
    #[must_use]
    pub const fn about(&self) -> AnyId {
        match self {
            Self::RecordBankAccount { organisation_id, .. } => organisation_id.any(),
            Self::ActivateOrder { order_id } => order_id.any(),
            Self::GrantMembership { membership_id, .. }
            | Self::EndMembership { membership_id, .. } => membership_id.any(),
            Self::GrantApiKey { key_id, .. } => key_id.any(),
            Self::AddVoucherKey { issuer_id, .. } | Self::RevokeVoucherKey { issuer_id, .. } => {
                issuer_id.any()
            }
            Self::BlockVouchers { block_id, .. } => block_id.any(),
            Self::MoveBooks { movement_id, .. } => movement_id.any(),
            Self::ReplaceBook { replacement_id, .. } => replacement_id.any(),
            Self::CloseCampaign { closing_id, .. } => closing_id.any(),
            Self::ApproveSettlement { settlement_id } => settlement_id.any(),
            Self::AcceptLoss { ledger_id, .. } => ledger_id.any(),
        }
    }

    /// Whether it asks for the same; each request for a key makes a secret of its own.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::GrantApiKey { key_id, request, .. },
                Self::GrantApiKey { key_id: same, request: asked, .. },
            ) => (key_id, request) == (same, asked),
            _ => self == other,
        }
    }

    /// The body of the request, for the second person: all that will count.
    #[must_use]
    pub fn shown(&self) -> Value {
        match self {
            Self::RecordBankAccount { iban, holder, .. } => {
                json!({ "iban": iban, "holder": holder })
            }
            Self::GrantMembership { request, .. } => json!(request),
            Self::GrantApiKey { request, .. } => json!(request),
            Self::AddVoucherKey { key_id, public_key, not_after, .. } => {
                json!({ "key_id": key_id, "public_key": public_key, "not_after": not_after })
            }
            Self::RevokeVoucherKey { key_id, .. } => json!({ "key_id": key_id }),
            Self::BlockVouchers { request, .. } => json!(request),
            Self::MoveBooks { request, .. } => json!(request),
            Self::ReplaceBook { request, .. } => json!(request),
            Self::CloseCampaign { campaign_id, .. } => json!({ "campaign_id": campaign_id }),
            Self::EndMembership { person_id, role, organisation_id, .. } => json!({
                "person_id": person_id, "role": role, "organisation_id": organisation_id
            }),
            Self::AcceptLoss { losses, .. } => json!({ "losses": losses }),
            Self::ActivateOrder { .. } | Self::ApproveSettlement { .. } => json!({}),
        }
    }
}
