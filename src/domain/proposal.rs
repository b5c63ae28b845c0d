//! Proposals: what one person asks for and another has to approve before it counts.
//!
//! Promises: one place says what weighs so much that two people decide it, who the second one may
//! be, and until when; never the same person twice, whatever roles, memberships, sessions or keys
//! it has. Does not: carry anything out (see `service::propose`).

mod act;

pub use act::{Act, Deed};

use data_encoding::HEXLOWER;
use ring::digest;
use serde::{Deserialize, Serialize};

use super::access::{Action, Actor, Owner, Role};
use super::organisation::OrganisationId;
use super::refusal::{Reason, Refusal};
use super::session::{Assurance, needs_factor};
use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, Id, Noun, Venue};
use crate::base::planted;

/// From how many people on the rule is in force: before, a founder alone could do nothing.
pub const IN_FORCE_FROM: i64 = 2;

/// What an installation chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// An order worth more is activated by two, in cents.
    pub order_cents: i64,
    /// More vouchers at once are blocked, lost, destroyed, replaced or closed by two.
    pub vouchers: i64,
    /// How long a changed bank account waits before money goes there, in seconds.
    pub bank_account_seconds: i64,
    /// How long a proposal waits, in seconds.
    pub proposal_seconds: i64,
}

impl Default for Terms {
    fn default() -> Self {
        let (hour, day) = (3600, 86_400);
        Self {
            order_cents: 5_000_000,
            vouchers: 100,
            bank_account_seconds: 72 * hour,
            proposal_seconds: 7 * day,
        }
    }
}

/// What is asked for, as far as its weight depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// A bank account is recorded.
    BankAccount,
    /// An order of this worth is activated, in cents.
    Order(i64),
    /// So many vouchers are voided at once.
    Vouchers(i64),
    /// A role is granted or ended.
    Role(Role),
    /// A key that signs vouchers begins or ends.
    SigningKey,
    /// A settlement is approved; whether by a person, after another one drew it up.
    Settlement(bool),
    /// Lines that were acknowledged are lost, and an older copy goes on.
    Loss,
}

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Whoever may ask for it.
    Alone,
    /// Two people, where the rule is in force.
    ByTwo,
}

/// Who decides something.
#[must_use]
pub fn weight(matter: Matter, terms: &Terms) -> Weight {
    let by_two = match matter {
        Matter::BankAccount | Matter::SigningKey => true,
        Matter::Order(cents) => cents > terms.order_cents,
        Matter::Vouchers(count) => count > terms.vouchers,
        Matter::Role(role) => needs_factor(role),
        // Whoever drew it up was the first; a program, or a key of nobody, is neither.
        Matter::Settlement(has_first) => !has_first,
        Matter::Loss => !planted::is("restored-by-one"),
    };
    if by_two { Weight::ByTwo } else { Weight::Alone }
}

/// Whether people of this role are those whose number puts the rule in force.
#[must_use]
pub const fn counts(role: Role) -> bool {
    matches!(role, Role::Operator | Role::Approver)
}

/// Who asked for something, as it rests with the content of its proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposer {
    /// The person, the key, or the operator at its machine.
    pub id: AnyId,
    /// What it was.
    pub role: Role,
    /// For whom.
    pub organisation_id: OrganisationId,
    /// At which venue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue_id: Option<Id<Venue>>,
}

impl From<&Actor> for Proposer {
    fn from(actor: &Actor) -> Self {
        let Actor { id, role, organisation, venue, .. } = *actor;
        Self { id, role, organisation_id: organisation, venue_id: venue }
    }
}

impl Proposer {
    /// The actor that asked: a person gave its second factor then.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        let person = matches!(self.id.noun(), Noun::Person);
        let assurance = if person { Assurance::Fresh } else { Assurance::Program };
        let Self { id, role, organisation_id: organisation, venue_id: venue } = *self;
        Actor { id, role, organisation, venue, reads_only: false, assurance, address: None }
    }
}

/// What is proposed: all that the second person, and the program that carries it out, need.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Who asked.
    pub proposer: Proposer,
    /// The right that it takes.
    pub action: Action,
    /// Whose object it is about.
    pub owner: Owner,
    /// What would be done.
    pub act: Act,
    /// How many cents it is about, for an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cents: Option<i64>,
    /// How many vouchers it is about, for what voids some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouchers: Option<i64>,
}

impl Content {
    /// What an actor asks for.
    #[must_use]
    pub fn of(actor: &Actor, (action, owner): (Action, Owner), matter: Matter, act: Act) -> Self {
        let (cents, vouchers) = match matter {
            Matter::Order(cents) => (Some(cents), None),
            Matter::Vouchers(count) => (None, Some(count)),
            _ => (None, None),
        };
        Self { proposer: actor.into(), action, owner, act, cents, vouchers }
    }
}

/// A person who decides on a proposal, with its second factor just given.
///
/// Whoever may do the same decides, and the operator's approver on what the operator proposes.
/// `hands` are those who had a hand in the proposal: who asked, and who granted the key that asked.
///
/// # Errors
/// `not-permitted`, also for a program; `not-found` for what is somebody else's;
/// `second-factor-needed`; `second-person-needed` for one of the `hands`.
pub fn may_approve(approver: &Actor, content: &Content, hands: &[AnyId]) -> Result<(), Refusal> {
    may_decide(approver, content)?;
    if hands.contains(&approver.id) && !planted::is("approval-by-one-person") {
        return Err(Reason::SecondPersonNeeded.into());
    }
    Ok(())
}

/// A person who ends a proposal, whoever made it; its maker does too.
///
/// # Errors
/// As [`may_approve`], but for the last.
pub fn may_withdraw(actor: &Actor, content: &Content) -> Result<(), Refusal> {
    if actor.id != content.proposer.id {
        return may_decide(actor, content);
    }
    if actor.assurance == Assurance::Stale {
        return Err(Reason::SecondFactorNeeded.into());
    }
    Ok(())
}

/// Whether somebody may read a proposal: whoever made it, and whoever might decide on it.
#[must_use]
pub fn may_read(actor: &Actor, content: &Content) -> bool {
    let Content { proposer, action, owner, .. } = content;
    // Reading takes no fresh second factor.
    let fresh = Actor { assurance: Assurance::Fresh, ..*actor };
    actor.id == proposer.id || seconds(actor, proposer) || fresh.permit(*action, owner).is_ok()
}

/// The operator's second person, and a proposal of the operator's.
fn seconds(actor: &Actor, proposer: &Proposer) -> bool {
    let own = actor.organisation == proposer.organisation_id;
    own && actor.role == Role::Approver && proposer.role == Role::Operator && !actor.reads_only
}

fn may_decide(actor: &Actor, content: &Content) -> Result<(), Refusal> {
    if !seconds(actor, &content.proposer) {
        actor.permit(content.action, &content.owner)?;
    }
    match actor.assurance {
        Assurance::Fresh => Ok(()),
        Assurance::Stale => Err(Reason::SecondFactorNeeded.into()),
        Assurance::Program => Err(Reason::NotPermitted.into()),
    }
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProposalState {
    /// For its second person.
    Waiting,
    /// It was carried out.
    Approved,
    /// It was given up.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

impl ProposalState {
    /// The word in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

/// Body of `proposal-made`. The line's `id` is the proposal, its `actor` who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalMade {
    /// What would be done.
    pub deed: Deed,
    /// To what.
    pub about: AnyId,
    /// From when on nobody can approve it any more.
    pub expires_at: Timestamp,
    /// Salted hash of the content, hexadecimal; see [`salted_hash`].
    pub hash: String,
}

/// Body of `proposal-approved`: what was proposed is done in the same commit. The line's `actor` is
/// the second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalApproved {}

/// Body of `proposal-withdrawn`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalWithdrawn {}

/// What a line says of a content: it can be recognised, not read or guessed.
///
/// Lower-case hexadecimal of SHA-256 over `"carnet/proposal/v1\0"`, the 16 bytes of salt and the
/// content as it rests in the vault, from which salt and content are erased together.
#[must_use]
pub fn salted_hash(salt: &[u8; 16], content: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"carnet/proposal/v1\0");
    context.update(salt);
    context.update(content.as_bytes());
    HEXLOWER.encode(context.finish().as_ref())
}

#[cfg(test)]
mod tests;
