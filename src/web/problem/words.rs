//! What programs read when something is refused: a title and what to do, in English.
//!
//! Promises: every reason has words; a test walks the list. Does not: name anybody, or speak to
//! people (see [`super::advice`]).

use crate::domain::refusal::Reason;

/// Words for one reason in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The reason in a few words.
    pub title: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

/// A fault of the machine.
pub const FAULT: Words = Words {
    title: "Something broke",
    advice: "Nothing was lost. Try again with the same id; quote the reference if it goes on.",
};

/// A reason with its title and advice.
type Row = (Reason, [&'static str; 2]);

const TABLE: &[Row] = &[
    (
        Reason::NotSignedIn,
        [
            "Not signed in",
            "Send the key as `Authorization: Bearer carnet_…`, or ask for a new one.",
        ],
    ),
    (
        Reason::SignInFailed,
        [
            "Not signed in",
            "Address and password do not belong together. Try again, or ask for another password.",
        ],
    ),
    (
        Reason::ForeignOrigin,
        [
            "Asked from elsewhere",
            "With a cookie, things are changed from our own pages only: send Origin and \
             carnet-csrf, or use a key.",
        ],
    ),
    (
        Reason::SecondFactorNeeded,
        [
            "Second factor needed",
            "Give the second factor at /api/v1/sessions/current/factor, then ask again.",
        ],
    ),
    (
        Reason::MembershipNeeded,
        [
            "For which organisation?",
            "Choose at /api/v1/sessions/current/membership what to be, then ask again.",
        ],
    ),
    (
        Reason::NotPermitted,
        ["Not permitted", "This key's role never does this. Ask somebody whose role does."],
    ),
    (
        Reason::SecondPersonNeeded,
        [
            "Another person decides",
            "Whoever asked for this, or granted the key that did, does not approve it. Ask \
             somebody else who may.",
        ],
    ),
    (
        Reason::InvalidRequest,
        ["Invalid request", "Mend what `errors` names and send it again; nothing was written."],
    ),
    (Reason::TooLarge, ["Too large", "Send less at once."]),
    (
        Reason::TokenMalformed,
        ["Not a voucher's code", "Scan the QR again, or type the 12 characters below it."],
    ),
    (Reason::CodeMistyped, ["Mistyped", "One character is wrong. Read the 12 characters again."]),
    (
        Reason::Differs,
        [
            "Known with other content",
            "This id was used before for something else. Make a new id, or read what is \
             there.",
        ],
    ),
    (
        Reason::StaleVersion,
        [
            "Changed meanwhile",
            "Read the newest version and send your change with its number in If-Match.",
        ],
    ),
    (
        Reason::TokenForged,
        [
            "Not a genuine voucher",
            "Nobody we know signed this. Keep the paper and tell the operator.",
        ],
    ),
    (Reason::Specimen, ["A specimen", "Specimens show what a voucher looks like; they never pay."]),
    (
        Reason::VoucherUnknown,
        ["Unknown voucher", "No voucher has this code. Check it, or call the operator."],
    ),
    (
        Reason::SecondFactorWrong,
        [
            "Not the second factor",
            "Give the digits that the app shows now; each is good once. Or use a recovery code.",
        ],
    ),
    (
        Reason::LinkEnded,
        [
            "This link has ended",
            "A link is good once and for a while. Ask whoever sent it for another.",
        ],
    ),
    (Reason::NotFound, ["Not found", "There is no such thing here, or it is not yours to see."]),
    (
        Reason::CodeAmbiguous,
        ["Ambiguous code", "Two vouchers share this typed code. Scan the QR instead."],
    ),
    (Reason::LedgerReleased, ["Taken over", "Another operator keeps this ledger now. Ask there."]),
    (
        Reason::NoLongerKept,
        [
            "No longer kept",
            "The years that such papers are kept for are over. Its hash stays in the ledger, and \
             proves any copy that you kept.",
        ],
    ),
    (
        Reason::VoucherAlreadyRedeemed,
        ["Already used", "One voucher pays once. `redeemed_at` says when it was used."],
    ),
    (
        Reason::VoucherReplaced,
        ["Replaced", "A new book took over from this one. Ask for the new book."],
    ),
    (
        Reason::VoucherBlocked,
        [
            "Blocked",
            "This voucher was blocked, for instance because its book was lost. Call the \
             operator.",
        ],
    ),
    (
        Reason::OrderNotActive,
        ["Not funded yet", "The funder's money has not arrived: the voucher is worth nothing yet."],
    ),
    (
        Reason::VoucherInactive,
        ["Not handed over yet", "This book was not handed over. Call the place that gave it."],
    ),
    (Reason::VoucherNotYetValid, ["Not valid yet", "It is accepted from `valid_from` on."]),
    (
        Reason::VoucherLapsed,
        ["No longer valid", "Its last day was `valid_until`, and the days of grace are over."],
    ),
    (
        Reason::VenueNotQualified,
        ["Venue not qualified", "The operator, or the campaign, has not admitted this venue yet."],
    ),
    (
        Reason::VenueSuspended,
        ["Venue suspended", "The operator has suspended this venue. Call the operator."],
    ),
    (
        Reason::OutOfPerimeter,
        ["Outside the perimeter", "The campaign pays in other communes or departments only."],
    ),
    (
        Reason::OfferingNotCovered,
        [
            "Service not covered",
            "The campaign does not pay this service, or the venue does not offer it.",
        ],
    ),
    (Reason::LimitExceeded, ["Limit reached", "No more vouchers of this book here today."]),
    (
        Reason::AlreadySettled,
        ["Already settled", "A settlement has counted it. The operator can still reverse it."],
    ),
    (Reason::WrongState, ["Not in this state", "`state` says what stands in the way."]),
    (Reason::BalanceShort, ["Not enough money", "`missing_cents` says how much `account` lacks."]),
    (
        Reason::SigningRefused,
        [
            "The signer refuses",
            "`state` says why. A ceiling ends with the day (UTC); the rest is the operator’s.",
        ],
    ),
    (Reason::RateLimited, ["Too many requests", "Wait and try again."]),
    (
        Reason::Held,
        [
            "Held",
            "An older copy of the database was put back. Only those who decide on it may sign in; \
             keep your receipts.",
        ],
    ),
    (
        Reason::SignerAway,
        ["The signer is away", "Vouchers are still redeemed. Issue or print again in a moment."],
    ),
    (Reason::Busy, ["Busy", "Try again in a moment, with the same id."]),
    (
        Reason::OutcomeUnknown,
        ["Outcome unknown", "It may have been written. Send it again with the same id to know."],
    ),
];

/// The words of a reason.
///
/// # Panics
/// Never: a test walks every reason.
#[must_use]
pub fn english(reason: Reason) -> Words {
    let found = TABLE.iter().find(|(listed, _)| *listed == reason);
    let [title, advice] = found.map(|(_, words)| *words).expect("a test walks every reason");
    Words { title, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_words_in_its_order() {
        let listed: Vec<Reason> = TABLE.iter().map(|(reason, _)| *reason).collect();
        assert_eq!(listed, Reason::ALL);
        for reason in Reason::ALL {
            let words = english(*reason);
            assert!(words.title.len() > 3 && words.advice.ends_with('.'), "{reason:?}");
        }
    }
}
