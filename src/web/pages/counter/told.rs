//! What the modules of the counter say, in one language, as the page brings it along.
//!
//! Promises: each word comes from Fluent; where a value belongs stands its name in braces; nothing
//! in it ends the element that it stands in. Does not: say anything of anybody.

use serde_json::{Map, Value, json};

use crate::domain::offering::Offering;
use crate::web::pages::shelf::done;
use crate::web::pages::words::Words;

/// What is put into sentences there: each name stands for itself here.
const VALUES: [(&str, &str); 14] = [
    ("address", "{address}"),
    ("amount", "{amount}"),
    ("code", "{code}"),
    ("count", "{count}"),
    ("day", "{day}"),
    ("from", "{from}"),
    ("holder", "{holder}"),
    ("mark", "{mark}"),
    ("minutes", "{minutes}"),
    ("offering", "{offering}"),
    ("time", "{time}"),
    ("until", "{until}"),
    ("venue", "{venue}"),
    ("voucher", "{voucher}"),
];

/// What is said as it stands.
const SAID: &[&str] = &[
    "counter-stranger-nobody",
    "counter-stranger-waiting",
    "counter-stranger-other",
    "counter-stranger-choose",
    "counter-stranger-ended",
    "counter-stranger-away",
    "counter-offering-none",
    "counter-offering-first",
    "counter-online",
    "counter-offline",
    "counter-waiting-none",
    "counter-waiting-one",
    "counter-waiting-many",
    "counter-asking",
    "counter-until",
    "counter-unsure-title",
    "counter-unsure",
    "counter-by-code",
    "counter-remove",
    "counter-total",
    "counter-to-one",
    "counter-to-many",
    "counter-pay-one",
    "counter-pay-many",
    "counter-good",
    "counter-good-text",
    "counter-again",
    "counter-again-text",
    "counter-strange",
    "counter-strange-text",
    "counter-code-partial",
    "counter-code-foreign",
    "counter-code-long",
    "counter-code-wrong",
    "counter-code-whole",
    "counter-code-not",
    "counter-camera-denied",
    "counter-camera-taken",
    "counter-camera-none",
    "counter-camera-number",
    "counter-reader-away",
    "counter-photo-reading",
    "counter-photo-broken",
    "counter-photo-none",
    "counter-photo-advice",
    "counter-photo-found-one",
    "counter-photo-found-many",
    "counter-photo-good-one",
    "counter-photo-good-many",
    "counter-photo-bad-one",
    "counter-photo-bad-many",
    "counter-photo-known-one",
    "counter-photo-known-many",
    "counter-result-one",
    "counter-result-many",
    "counter-result-text",
    "counter-result-waiting-one",
    "counter-result-waiting-many",
    "counter-result-wait-text",
    "counter-redeemed-at",
    "counter-row-waiting",
    "counter-undo",
    "counter-undo-one",
    "counter-undo-yes",
    "counter-undo-no",
    "counter-undoing",
    "counter-undone",
    "counter-undone-title",
    "counter-undone-text",
    "counter-today-one",
    "counter-today-many",
    "counter-outbox-one",
    "counter-outbox-many",
    "counter-outbox-text",
    "counter-outbox-person",
    "counter-outbox-elsewhere-one",
    "counter-outbox-elsewhere-many",
    "counter-refusals-one",
    "counter-refusals-many",
    "counter-refusals-text",
    "counter-understood",
    "counter-understood-one",
    "counter-file",
    "counter-refused",
    "counter-broken",
    "counter-pair-asking",
    "counter-pair-away",
    "counter-pair-done",
    "counter-pair-used",
    "counter-pair-expired",
    "counter-pair-wrong",
    "counter-pair-nothing",
    "counter-pair-before",
    "counter-pair-waiting-one",
    "counter-pair-waiting-many",
];

/// A refusal at the counter: its code, its title and what to do; what is said when more is known of
/// it; and when it was this venue.
type Row = (&'static str, &'static str, &'static str, Option<&'static str>, Option<&'static str>);

const REFUSALS: &[Row] = &[
    ("rate-limited", "counter-no-rate", "counter-no-rate-advice", None, None),
    ("not-signed-in", "counter-no-session", "counter-no-session-advice", None, None),
    ("held", "counter-no-held", "counter-no-held-advice", None, None),
    ("token-malformed", "counter-no-malformed", "counter-no-malformed-advice", None, None),
    ("code-mistyped", "counter-no-mistyped", "counter-no-mistyped-advice", None, None),
    ("differs", "counter-no-differs", "counter-no-differs-advice", None, None),
    ("token-forged", "counter-no-forged", "counter-no-forged-advice", None, None),
    ("specimen", "counter-no-specimen", "counter-no-specimen-advice", None, None),
    ("voucher-unknown", "counter-no-unknown", "counter-no-unknown-advice", None, None),
    ("not-found", "counter-no-absent", "counter-no-absent-advice", None, None),
    ("code-ambiguous", "counter-no-ambiguous", "counter-no-ambiguous-advice", None, None),
    (
        "ledger-released",
        "counter-no-released",
        "counter-no-released-advice",
        Some("counter-no-released-told"),
        None,
    ),
    (
        "voucher-already-redeemed",
        "counter-no-used",
        "counter-no-used-advice",
        Some("counter-no-used-told"),
        Some("counter-no-used-here"),
    ),
    ("voucher-replaced", "counter-no-replaced", "counter-no-replaced-advice", None, None),
    ("voucher-blocked", "counter-no-blocked", "counter-no-blocked-advice", None, None),
    ("order-not-active", "counter-no-unfunded", "counter-no-unfunded-advice", None, None),
    (
        "voucher-inactive",
        "counter-no-inactive",
        "counter-no-inactive-advice",
        Some("counter-no-inactive-told"),
        None,
    ),
    (
        "voucher-not-yet-valid",
        "counter-no-early",
        "counter-no-early-advice",
        Some("counter-no-early-told"),
        None,
    ),
    (
        "voucher-lapsed",
        "counter-no-lapsed",
        "counter-no-lapsed-advice",
        Some("counter-no-lapsed-told"),
        None,
    ),
    ("venue-not-qualified", "counter-no-unqualified", "counter-no-unqualified-advice", None, None),
    ("venue-suspended", "counter-no-suspended", "counter-no-suspended-advice", None, None),
    ("out-of-perimeter", "counter-no-perimeter", "counter-no-perimeter-advice", None, None),
    ("offering-not-covered", "counter-no-uncovered", "counter-no-uncovered-advice", None, None),
    ("limit-exceeded", "counter-no-limit", "counter-no-limit-advice", None, None),
    ("already-settled", "counter-no-settled", "counter-no-settled-advice", None, None),
    ("balance-short", "counter-no-short", "counter-no-short-advice", None, None),
    ("not-permitted", "counter-no-forbidden", "counter-no-forbidden-advice", None, None),
    ("invalid-request", "counter-no-invalid", "counter-no-invalid-advice", None, None),
];

/// The words, the services and the refusals, fit for an element of the page.
pub(super) fn told(words: Words, reader: &str) -> String {
    let say = |key: &str| words.with(key, VALUES.map(|(name, value)| (name, value.into())));
    let said: Map<String, Value> =
        SAID.iter().map(|key| ((*key).to_owned(), say(key).into())).collect();
    let offerings: Map<String, Value> = Offering::ALL
        .iter()
        .map(|offering| (offering.code().to_owned(), done(words, *offering).into()))
        .collect();
    let refusals: Map<String, Value> = REFUSALS
        .iter()
        .map(|(code, title, advice, told, here)| {
            let refusal = json!({
                "title": say(title),
                "advice": say(advice),
                "told": told.map(say),
                "here": here.map(say),
            });
            ((*code).to_owned(), refusal)
        })
        .collect();
    let language = words.language.code();
    let all = json!({
        "language": language,
        "reader": reader,
        "words": said,
        "offerings": offerings,
        "refusals": refusals,
    });
    // What could end the element, or begin a reference, is written as JSON writes any character.
    all.to_string().replace('<', "\\u003c").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::Reason;
    use crate::web::pages::visitor::Language;

    #[test]
    fn everything_is_said_in_both_languages() {
        for language in [Language::French, Language::English] {
            let text = told(Words::of(language), "/counter/x");
            assert!(!text.contains('<') && !text.contains('&'), "{text}");
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read["language"], language.code());
            assert_eq!(read["words"].as_object().unwrap().len(), SAID.len());
            assert_eq!(read["words"]["counter-pay-one"].as_str().unwrap().matches('{').count(), 2);
            assert!(!text.contains("{$") && !text.contains("\":\"counter-"), "{text}");
        }
    }

    #[test]
    fn every_refusal_is_one_of_the_house() {
        let known: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        for (code, ..) in REFUSALS {
            assert!(known.contains(code), "{code}");
        }
    }
}
