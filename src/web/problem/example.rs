//! Problem documents as they look: one for each reason, with the members that go with it.
//!
//! Promises: the same members that the reason is given with at run time. Does not: tell of anybody.

use super::{Problem, words};
use crate::base::id::Kind;
use crate::domain::refusal::{Fault, Members, Reason, Refusal};

/// The document of a reason, filled in.
#[must_use]
pub fn of(reason: Reason) -> Problem {
    Problem::of(Refusal::with(reason, members(reason)))
}

/// The document of a fault of the machine.
#[must_use]
pub fn fault() -> Problem {
    Problem {
        kind: "/problems/fault".to_owned(),
        title: words::FAULT.title,
        status: 500,
        code: "fault".to_owned(),
        detail: words::FAULT.advice,
        instance: Some("0f8fad5bd9cb469fa16570867728950e".to_owned()),
        members: Box::default(),
    }
}

fn members(reason: Reason) -> Members {
    let none = Members::default;
    match reason {
        Reason::InvalidRequest => {
            let pointer = "/venue_id".to_owned();
            let detail = "this is the id of a structure, but a venue is expected here".to_owned();
            Members { errors: vec![Fault { pointer, detail }], ..none() }
        }
        Reason::StaleVersion | Reason::Differs => Members { version: Some(3), ..none() },
        Reason::VoucherAlreadyRedeemed => Members {
            redeemed_at: "2026-11-22T10:00:00.000Z".parse().ok(),
            same_venue: Some(true),
            venue_id: id(),
            ..none()
        },
        Reason::VoucherNotYetValid => Members { valid_from: "2026-12-01".parse().ok(), ..none() },
        Reason::VoucherLapsed => Members { valid_until: "2026-10-31".parse().ok(), ..none() },
        Reason::OutOfPerimeter | Reason::OfferingNotCovered | Reason::LimitExceeded => {
            Members { campaign_id: id(), ..none() }
        }
        Reason::LedgerReleased => {
            Members { address: Some("https://pass.example.org".to_owned()), ..none() }
        }
        Reason::WrongState => Members { state: Some("issuing"), ..none() },
        Reason::SigningRefused => Members { state: Some("vouchers-per-day"), ..none() },
        Reason::BalanceShort => Members {
            missing_cents: Some(15_000),
            account: Some("deposit:funder_01h455vb4pex5vsknk084sn02q".to_owned()),
            ..none()
        },
        Reason::RateLimited => Members { retry_after_seconds: Some(1), ..none() },
        Reason::NotSignedIn
        | Reason::SignInFailed
        | Reason::ForeignOrigin
        | Reason::SecondFactorNeeded
        | Reason::MembershipNeeded
        | Reason::SecondPersonNeeded
        | Reason::SecondFactorWrong
        | Reason::LinkEnded
        | Reason::NotPermitted
        | Reason::TooLarge
        | Reason::TokenMalformed
        | Reason::CodeMistyped
        | Reason::TokenForged
        | Reason::Specimen
        | Reason::VoucherUnknown
        | Reason::NotFound
        | Reason::CodeAmbiguous
        | Reason::NoLongerKept
        | Reason::VoucherReplaced
        | Reason::VoucherBlocked
        | Reason::OrderNotActive
        | Reason::VoucherInactive
        | Reason::VenueNotQualified
        | Reason::VenueSuspended
        | Reason::AlreadySettled
        | Reason::Held
        | Reason::SignerAway
        | Reason::Busy
        | Reason::OutcomeUnknown => none(),
    }
}

/// An id to show, the same everywhere.
fn id<K: Kind>() -> Option<crate::base::id::Id<K>> {
    format!("{}_01h455vb4pex5vsknk084sn02q", K::NOUN.as_str()).parse().ok()
}
