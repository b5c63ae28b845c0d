//! Refusals: every business "no", as one list in order of precedence (DESIGN section 8).
//!
//! Promises: a code, an HTTP status and the members of its problem document for each; the order of
//! the list is the order in which reasons are checked. Does not: speak to people (the words are in
//! `web`), nor name faults of the machine.

use serde::Serialize;

use super::ledger::balance::BalanceError;
use super::organisation::OrganisationId;
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{Campaign, Id, Venue};

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// JSON pointer of the field, empty for the whole body.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

/// Members of a problem document beside type, title, status and detail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Members {
    /// What is wrong with the request, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// When the voucher was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub redeemed_at: Option<Timestamp>,
    /// Whether it was used at the venue that asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_venue: Option<bool>,
    /// Where it was used, when the asker may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub venue_id: Option<Id<Venue>>,
    /// First day on which it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<Day>,
    /// Last day printed on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Day>,
    /// The campaign whose rule says no.
    #[serde(rename = "campaign", skip_serializing_if = "Option::is_none")]
    #[schema(rename = "campaign", value_type = Option<String>)]
    pub campaign_id: Option<Id<Campaign>>,
    /// The version that the register has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// The state that stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// Whose bank account is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub organisation_id: Option<OrganisationId>,
    /// How many cents are missing, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_cents: Option<i64>,
    /// The account that is short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Where the book still is, in words: the place to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// In how many seconds to ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<i64>,
    /// Where the ledger is kept now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $variant:ident = ($code:literal, $status:literal)),+ $(,)?) => {
        /// Why something is refused, in order of precedence.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[doc = $doc])+ $variant),+ }

        impl Reason {
            /// All reasons, in order of precedence.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code: the last part of the problem's `type`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }
        }
    };
}

refusals! {
    /// Who asks is not known.
    NotSignedIn = ("not-signed-in", 401),
    /// Name and password, or the code, do not sign anybody in.
    SignInFailed = ("sign-in-failed", 401),
    /// A request with a cookie that did not come from our own pages.
    ForeignOrigin = ("foreign-origin", 403),
    /// Somebody who is signed in has to give the second factor first, or again.
    SecondFactorNeeded = ("second-factor-needed", 403),
    /// Somebody who is signed in has to say for which organisation.
    MembershipNeeded = ("membership-needed", 403),
    /// Who asks may not do this.
    NotPermitted = ("not-permitted", 403),
    /// Who asked for something does not approve it: another person does.
    SecondPersonNeeded = ("second-person-needed", 403),
    /// The request is not well formed.
    InvalidRequest = ("invalid-request", 400),
    /// The request is larger than what is read.
    TooLarge = ("too-large", 413),
    /// What was presented is not a token.
    TokenMalformed = ("token-malformed", 422),
    /// A typed code whose check character does not fit.
    CodeMistyped = ("code-mistyped", 422),
    /// A known id with other content.
    Differs = ("differs", 409),
    /// The register has moved on since it was read.
    StaleVersion = ("stale-version", 412),
    /// A signature that no known key made, or an unknown flag.
    TokenForged = ("token-forged", 422),
    /// A specimen, which never pays.
    Specimen = ("specimen", 422),
    /// No such voucher.
    VoucherUnknown = ("voucher-unknown", 404),
    /// The second factor that was given is not the one.
    SecondFactorWrong = ("second-factor-wrong", 422),
    /// A link of a mail that was used, or is too old, or never was.
    LinkEnded = ("link-ended", 410),
    /// No such thing, or none that the asker may see.
    NotFound = ("not-found", 404),
    /// Two ledgers share this typed code after a take-over.
    CodeAmbiguous = ("code-ambiguous", 409),
    /// The ledger was taken over by another operator.
    LedgerReleased = ("ledger-released", 410),
    /// The years that papers are kept for are over; their hash stays in the ledger.
    NoLongerKept = ("no-longer-kept", 410),
    /// One voucher pays once.
    VoucherAlreadyRedeemed = ("voucher-already-redeemed", 409),
    /// A new book holds its worth now.
    VoucherReplaced = ("voucher-replaced", 409),
    /// The voucher, its book or its order is blocked.
    VoucherBlocked = ("voucher-blocked", 409),
    /// The order is not funded yet.
    OrderNotActive = ("order-not-active", 409),
    /// The book was not handed over yet.
    VoucherInactive = ("voucher-inactive", 409),
    /// Its first day is still to come.
    VoucherNotYetValid = ("voucher-not-yet-valid", 422),
    /// Its time is over.
    VoucherLapsed = ("voucher-lapsed", 422),
    /// The operator has not qualified the venue.
    VenueNotQualified = ("venue-not-qualified", 403),
    /// The operator has suspended the venue.
    VenueSuspended = ("venue-suspended", 403),
    /// The venue is outside the campaign's perimeter.
    OutOfPerimeter = ("out-of-perimeter", 422),
    /// The campaign does not pay this service, or this structure.
    OfferingNotCovered = ("offering-not-covered", 422),
    /// Too many vouchers of one book here today.
    LimitExceeded = ("limit-exceeded", 422),
    /// A settlement has looked past it.
    AlreadySettled = ("already-settled", 409),
    /// It is not in a state that allows this.
    WrongState = ("wrong-state", 409),
    /// An account does not hold enough.
    BalanceShort = ("balance-short", 409),
    /// The signer keeps to its record and ceilings; `state` says which.
    SigningRefused = ("signing-refused", 409),
    /// Too many requests.
    RateLimited = ("rate-limited", 429),
    /// The database lacks what was acknowledged: nothing is served before people decided.
    Held = ("held", 503),
    /// The signer does not answer: nothing can be issued or printed for a moment.
    SignerAway = ("signer-away", 503),
    /// More work waits than is taken.
    Busy = ("busy", 503),
    /// The commit was not answered: ask again with the same id.
    OutcomeUnknown = ("outcome-unknown", 503),
}

/// A "no": the reason, and what the asker needs to understand it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The details.
    pub members: Box<Members>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, members: Box::default() }
    }
}

impl Refusal {
    /// A refusal with details.
    #[must_use]
    pub fn with(reason: Reason, members: Members) -> Self {
        Self { reason, members: Box::new(members) }
    }

    /// A request with one fault.
    #[must_use]
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let fault = Fault { pointer: pointer.into(), detail: detail.into() };
        Self::with(Reason::InvalidRequest, Members { errors: vec![fault], ..Members::default() })
    }

    /// Not in a state that allows this; `state` is the one that stands in the way.
    #[must_use]
    pub fn wrong_state(state: &'static str) -> Self {
        Self::with(Reason::WrongState, Members { state: Some(state), ..Members::default() })
    }

    /// Too many attempts; the next one may be made in so many seconds.
    #[must_use]
    pub fn wait(seconds: i64) -> Self {
        let retry_after_seconds = Some(seconds);
        Self::with(Reason::RateLimited, Members { retry_after_seconds, ..Members::default() })
    }

    /// Another operator keeps the ledger now, at this address.
    #[must_use]
    pub fn released(address: &str) -> Self {
        let address = Some(address.to_owned());
        Self::with(Reason::LedgerReleased, Members { address, ..Members::default() })
    }

    /// Not while a campaign's rule says no.
    #[must_use]
    pub fn by_rule(reason: Reason, campaign_id: Id<Campaign>) -> Self {
        Self::with(reason, Members { campaign_id: Some(campaign_id), ..Members::default() })
    }
}

impl Refusal {
    /// An account does not hold enough; `None` for what no money would mend, which is a fault.
    #[must_use]
    pub fn short(error: &BalanceError) -> Option<Self> {
        let BalanceError::Short { account, missing } = error else { return None };
        let (account, missing_cents) = (Some(account.to_string()), Some(*missing));
        let members = Members { missing_cents, account, ..Members::default() };
        Some(Self::with(Reason::BalanceShort, members))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_one_code_and_a_client_status() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert!((400..=503).contains(&reason.status()), "{reason:?}");
        }
    }

    #[test]
    fn precedence_is_the_order_of_the_design() {
        use Reason::*;
        let order = [
            NotSignedIn,
            NotPermitted,
            InvalidRequest,
            Differs,
            TokenForged,
            VoucherUnknown,
            VoucherAlreadyRedeemed,
            VoucherBlocked,
            OrderNotActive,
            VoucherNotYetValid,
            VenueNotQualified,
            OutOfPerimeter,
            LimitExceeded,
        ];
        assert!(order.is_sorted());
    }
}
