//! Which schema each request and answer of the API follows, and the check of every exchange that
//! any test has with it.
//!
//! Goal: whoever adds a route adds a row here and a schema in `schemas/api/`, or the first test
//! that uses the route fails and says so.

use carnet::domain::fact::Fact;
use carnet::domain::ledger::entry::Entry;
use serde_json::Value;

use super::{FILES, faults, openapi, walk};

/// One row a route: method, template, the schema of the request under `schemas/api/` (empty when
/// it has no JSON body), the schema of the answer, or its media type when that is no JSON (`|`
/// between the two when it may be either). After `lines:` it is one journal line after another.
type Row = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
pub(super) const ROUTES: &[Row] = &[
    ("PUT", "/api/v1/organisations/{id}", "organisation-request", "organisation"),
    ("GET", "/api/v1/organisations/{id}", "", "organisation"),
    ("PUT", "/api/v1/organisations/{id}/bank-account", "bank-account-request", "written"),
    ("PUT", "/api/v1/organisations/{id}/logo", "", "written"),
    ("PUT", "/api/v1/api-keys/{id}", "api-key-request", "api-key"),
    ("GET", "/api/v1/api-keys", "", "api-keys"),
    ("POST", "/api/v1/api-keys/{id}/revocation", "", "written"),
    ("POST", "/api/v1/venues/{id}/pairings", "", "pairing"),
    ("POST", "/api/v1/devices", "device-request", "device"),
    ("PUT", "/api/v1/memberships/{id}", "membership-request", "membership"),
    ("POST", "/api/v1/memberships/{id}/end", "", "written"),
    ("POST", "/api/v1/people/{id}/invitation", "", "link"),
    ("GET", "/api/v1/people", "", "people"),
    ("PUT", "/api/v1/people/{id}/state", "person-state", "person-state"),
    ("DELETE", "/api/v1/people/{id}", "", "erased"),
    ("DELETE", "/api/v1/people/{id}/sessions", "", "ended-sessions"),
    ("DELETE", "/api/v1/sessions/all", "", "ended-sessions"),
    ("POST", "/api/v1/people/{id}/password-reset", "", "link"),
    ("POST", "/api/v1/password-resets", "password-reset-request", "asked"),
    ("POST", "/api/v1/passwords", "password-request", "ended-sessions"),
    ("PUT", "/api/v1/passwords/current", "password-change-request", "session"),
    ("GET", "/api/v1/joinings/{token}", "", "joining-link"),
    ("GET", "/api/v1/password-resets/{token}", "", "joining-link"),
    ("POST", "/api/v1/joinings", "joining-request", "session"),
    ("POST", "/api/v1/sessions", "session-request", "session"),
    ("GET", "/api/v1/sessions", "", "sessions"),
    ("DELETE", "/api/v1/sessions", "", "ended-sessions"),
    ("GET", "/api/v1/sessions/current", "", "session"),
    ("DELETE", "/api/v1/sessions/current", "", "ended-sessions"),
    ("DELETE", "/api/v1/sessions/{id}", "", "ended-sessions"),
    ("PUT", "/api/v1/sessions/current/membership", "session-membership-request", "session"),
    ("PUT", "/api/v1/sessions/current/factor", "session-factor-request", "session"),
    ("POST", "/api/v1/sessions/current/passkey-options", "", "passkey-options"),
    ("GET", "/api/v1/passkeys", "", "passkeys"),
    ("POST", "/api/v1/passkeys/options", "", "passkey-options"),
    ("PUT", "/api/v1/passkeys/{id}", "passkey-request", "session"),
    ("DELETE", "/api/v1/passkeys/{id}", "", "forgotten-passkey"),
    ("POST", "/api/v1/totp", "", "totp"),
    ("DELETE", "/api/v1/totp", "", "recovery-codes"),
    ("GET", "/api/v1/recovery-codes", "", "recovery-codes"),
    ("POST", "/api/v1/recovery-codes", "", "recovery-codes"),
    ("GET", "/api/v1/proposals", "", "proposals"),
    ("GET", "/api/v1/proposals/{id}", "", "proposal"),
    ("POST", "/api/v1/proposals/{id}/approval", "", "proposal"),
    ("POST", "/api/v1/proposals/{id}/withdrawal", "", "proposal"),
    ("GET", "/api/v1/venues", "", "venues"),
    ("PUT", "/api/v1/venues/{id}", "venue-request", "venue"),
    ("GET", "/api/v1/venues/{id}", "", "venue"),
    ("PUT", "/api/v1/venues/{id}/state", "venue-state-request", "venue"),
    ("PUT", "/api/v1/campaigns/{id}", "campaign-request", "campaign"),
    ("GET", "/api/v1/campaigns/{id}", "", "campaign"),
    ("PUT", "/api/v1/orders/{id}", "order-request", "order"),
    ("GET", "/api/v1/orders/{id}", "", "order"),
    ("GET", "/api/v1/orders/{id}/books.pdf", "", "application/pdf"),
    ("GET", "/api/v1/orders/{id}/specimen.pdf", "", "application/pdf"),
    ("POST", "/api/v1/orders/{id}/activation", "", "written"),
    ("PUT", "/api/v1/deposits/{id}", "deposit-request", "written"),
    ("POST", "/api/v1/voucher-checks", "voucher-check-request", "voucher-check"),
    ("PUT", "/api/v1/redemptions/{id}", "redemption-request", "redemption"),
    ("GET", "/api/v1/redemptions/{id}", "", "redemption-state"),
    ("PUT", "/api/v1/redemptions/{id}/reversal", "", "written"),
    ("POST", "/api/v1/redemption-batches", "redemption-batch-request", "redemption-batch"),
    ("GET", "/api/v1/books/{number}", "", "book"),
    ("GET", "/api/v1/sites/{id}/stock", "", "stock"),
    ("PUT", "/api/v1/movements/{id}", "movement-request", "written"),
    ("PUT", "/api/v1/replacements/{id}", "replacement-request", "replacement"),
    ("PUT", "/api/v1/hand-overs/{id}", "hand-over-request", "written"),
    ("PUT", "/api/v1/blocks/{id}", "block-request", "written"),
    ("POST", "/api/v1/blocks/{id}/end", "", "written"),
    ("PUT", "/api/v1/settlements/{id}", "settlement-request", "written"),
    ("GET", "/api/v1/settlements/{id}", "", "settlement"),
    ("GET", "/api/v1/settlements", "", "settlements"),
    ("POST", "/api/v1/settlements/{id}/approval", "", "written"),
    ("POST", "/api/v1/settlements/{id}/cancellation", "", "written"),
    ("GET", "/api/v1/settlements/{id}/pain.001.xml", "", "application/xml"),
    ("GET", "/api/v1/settlements/{id}/statements/{structure_id}", "", "statement|text/csv"),
    ("POST", "/api/v1/payments/{id}/confirmation", "", "written"),
    ("POST", "/api/v1/payments/{id}/rejection", "", "written"),
    ("GET", "/api/v1/payments/{id}/vouchers", "", "payment-vouchers"),
    ("GET", "/api/v1/vouchers/{serial}/payment", "", "voucher-payment"),
    ("PUT", "/api/v1/repayments/{id}", "repayment-request", "written"),
    ("PUT", "/api/v1/closings/{id}", "closing-request", "written"),
    ("PUT", "/api/v1/withdrawals/{id}", "withdrawal-request", "written"),
    ("GET", "/api/v1/ledgers/{id}/entries", "", "entries"),
    ("GET", "/api/v1/ledgers/{id}/balances", "", "balances"),
    ("GET", "/api/v1/ledgers/{id}/export", "", "lines:application/x-ndjson"),
    ("GET", "/api/v1/signals", "", "signals"),
    ("PUT", "/api/v1/signals/{id}/decision", "signal-decision-request", "written"),
    ("GET", "/api/v1/losses", "", "losses"),
    ("POST", "/api/v1/losses/acceptance", "", "written"),
    ("GET", "/api/v1/solvency", "", "solvency"),
    ("GET", "/api/v1/solvency/due", "", "solvency-due"),
    ("GET", "/api/v1/ledgers/{id}/export/checkpoints", "", "application/x-ndjson"),
    ("GET", "/api/v1/ledgers/{id}/export/sealed", "", "application/octet-stream"),
    ("GET", "/ledger/{id}/totals", "", "totals"),
    ("GET", "/ledger/{id}/checkpoint", "", "text/plain"),
    ("GET", "/ledger/{id}/tile/{level}/{index}", "", "application/octet-stream"),
    ("GET", "/ledger/{id}/tile/{level}/{group}/{*rest}", "", "application/octet-stream"),
    ("GET", "/ledger/{id}/proof", "", "text/plain"),
    ("GET", "/ledger/{id}/consistency", "", "text/plain"),
    ("GET", "/.well-known/carnet-keys.json", "", "keys"),
    ("GET", "/", "", "text/html"),
    ("GET", "/assets/{name}", "", "text/css|text/javascript"),
    ("GET", "/problems/{code}", "", "text/html"),
    ("GET", "/venues", "", "text/html"),
    ("GET", "/venues.json", "", "application/json"),
    ("GET", "/venues.csv", "", "text/csv"),
    ("GET", "/solvency", "", "text/html"),
    ("GET", "/accessibility", "", "text/html"),
    ("GET", "/legal", "", "text/html"),
    ("GET", "/V/{token}", "", "text/html"),
    ("GET", "/v/{token}", "", "text/html"),
    ("GET", "/counter", "", "text/html"),
    ("GET", "/pair", "", "text/html"),
    ("GET", "/counter.webmanifest", "", "application/manifest+json"),
    ("GET", "/counter-sw.js", "", "text/javascript"),
    ("GET", "/counter/{folder}/{name}", "", "text/javascript|text/css|image/|application/wasm"),
    ("GET", "/openapi.json", "", "application/json"),
    ("GET", "/openid/begin", "", "text/plain"),
    ("GET", "/openid/callback", "", "text/plain"),
    ("GET", "/healthz", "", "text/plain"),
    ("GET", "/readyz", "", "text/plain"),
];

/// A request and its answer.
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) request: &'a [u8],
    pub(crate) status: u16,
    pub(crate) kind: &'a str,
    pub(crate) answer: &'a [u8],
}

/// Whether a path is one of a template, like `/api/v1/venues/{id}`.
pub(super) fn fits(template: &str, path: &str) -> bool {
    let (mut parts, mut wanted) = (path.split('/'), template.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(tail), Some(_)) if tail.starts_with("{*") => return true,
            (Some(name), Some(part)) if name.starts_with('{') && !part.is_empty() => {}
            (Some(word), Some(part)) if word == part => {}
            _ => return false,
        }
    }
}

/// The row of a request; exact words before names, as the router decides.
pub(super) fn row(method: &str, path: &str) -> Option<&'static Row> {
    let fitting =
        ROUTES.iter().filter(|(verb, template, ..)| *verb == method && fits(template, path));
    fitting.min_by_key(|(_, template, ..)| template.matches('{').count())
}

/// The file of a schema that a row names: one of the API's, or one that exports hold too.
pub(super) fn file(name: &str) -> String {
    let of_api = format!("api/{name}.json");
    if FILES.contains_key(&of_api) { of_api } else { format!("{name}.json") }
}

impl Exchange<'_> {
    #[track_caller]
    fn lawful(&self, schema: &str, value: &Value, what: &str) {
        let faults = faults(schema, value);
        let Self { method, path, status, .. } = self;
        assert!(
            faults.is_empty(),
            "{method} {path} ({status}): the {what} does not follow schemas/{schema}:\n\
             {value:#}\n{faults:#?}"
        );
    }

    fn json(&self, bytes: &[u8]) -> Value {
        let unreadable = |error| panic!("{} {}: no JSON: {error}", self.method, self.path);
        serde_json::from_slice(bytes).unwrap_or_else(unreadable)
    }

    /// Whether a person reads it: a page, or being sent to one. Programs have paths of their own.
    fn is_page(&self) -> bool {
        let of_programs =
            ["/api/", "/ledger/", "/.well-known/"].iter().any(|at| self.path.starts_with(at));
        let is_read = self.kind.starts_with("text/html") || self.status == 303;
        !of_programs && (is_read || self.is_kept())
    }

    /// Whether it is a file that a person's desk gives to keep: its own tests read it.
    fn is_kept(&self) -> bool {
        let desks = ["/distributor/", "/funder/", "/operator/", "/structure/"];
        self.status == 200 && desks.iter().any(|at| self.path.starts_with(at))
    }

    fn check_problem(&self) {
        let Self { method, path, status, kind, answer, .. } = self;
        let said = String::from_utf8_lossy(answer);
        let problem = "application/problem+json";
        assert_eq!(*kind, problem, "{method} {path} ({status}) is no problem document: {said}");
        let value = self.json(answer);
        self.lawful("problem.json", &value, "problem");
        assert_eq!(value["status"], *status, "{method} {path}");
        let page = format!("/problems/{}", value["code"].as_str().unwrap());
        assert_eq!(value["type"], page, "{method} {path}");
    }

    fn check_success(&self) {
        let Self { method, path, kind, answer, .. } = self;
        let Some((_, _, request, answers)) = row(method, path) else {
            panic!(
                "{method} {path} has no schema. Write schemas/api/<noun>.json for its answer (and \
                 <noun>-request.json for what it takes), then add a row to ROUTES in \
                 tests/it/schemas/routes.rs."
            );
        };
        if !request.is_empty() {
            self.lawful(&file(request), &self.json(self.request), "request");
        }
        // Two people decide: the route proposed instead.
        let proposed = self.status == 202 && self.json(answer)["deed"].is_string();
        if proposed {
            return self.lawful(&file("proposal"), &self.json(answer), "answer");
        }
        let is_json = kind.starts_with("application/json");
        let told = answers.split('|').find(|told| match told.split_once(':') {
            Some((_, media)) => kind.starts_with(media),
            None if told.contains('/') => kind.starts_with(told),
            None => is_json,
        });
        let told = told.unwrap_or_else(|| panic!("{method} {path}: {kind}, not {answers}"));
        if told.starts_with("lines:") {
            let text = std::str::from_utf8(answer).unwrap();
            assert!(text.is_empty() || text.ends_with('\n'), "{method} {path}");
            text.lines().for_each(check_line);
        } else if !told.contains('/') {
            self.lawful(&file(told), &self.json(answer), "answer");
        }
    }

    /// Every receipt in the answer, and every line in a receipt or alone.
    fn check_receipts(&self) {
        if !self.kind.starts_with("application/json") {
            return;
        }
        walk(&self.json(self.answer), "", &mut |_, place| {
            let Some(line) = place.get("line").and_then(Value::as_str) else { return };
            if place.get("proof").is_some() {
                self.lawful("receipt.json", place, "receipt");
            }
            check_line(line);
        });
    }
}

/// Checks a line of a journal against `entry.json` and against the program that reads it.
fn check_line(line: &str) {
    let value: Value = serde_json::from_str(line).unwrap();
    let faults = faults("entry.json", &value);
    assert!(faults.is_empty(), "a line does not follow schemas/entry.json:\n{line}\n{faults:#?}");
    let fact = Entry::parse(line).map(|entry| Fact::of(&entry).map(|fact| (entry, fact)));
    let (entry, fact) = fact.unwrap().unwrap();
    assert_eq!(fact.body().get(), entry.body.get(), "a body is not written in the one way");
}

/// Checks what the API said: problems, answers, receipts and their lines follow `schemas/`; what
/// was asked and answered is what `/openapi.json` says.
pub(crate) fn check(exchange: &Exchange<'_>) {
    if exchange.is_page() {
        return;
    }
    if exchange.status >= 400 {
        exchange.check_problem();
    } else {
        exchange.check_success();
        exchange.check_receipts();
    }
    openapi::check(exchange);
}

#[test]
fn a_path_fits_one_template() {
    for (template, path, expected) in [
        ("/api/v1/venues", "/api/v1/venues", true),
        ("/api/v1/venues/{id}", "/api/v1/venues/venue_1", true),
        ("/api/v1/venues/{id}", "/api/v1/venues/", false),
        ("/api/v1/venues/{id}", "/api/v1/venues/venue_1/state", false),
        ("/api/v1/venues/{id}/state", "/api/v1/venues/venue_1/state", true),
        ("/ledger/{id}/tile/{*rest}", "/ledger/x/tile/0/x001/067", true),
    ] {
        assert_eq!(fits(template, path), expected, "{template} {path}");
    }
}

/// Negative controls: what `check` is there for does not pass.
#[test]
fn a_wrong_answer_fails_the_test_that_got_it() {
    fn exchange<'a>(path: &'a str, status: u16, kind: &'a str, answer: &'a str) -> Exchange<'a> {
        Exchange { method: "GET", path, request: b"", status, kind, answer: answer.as_bytes() }
    }
    let (json, problem) = ("application/json", "application/problem+json");
    let venue = "/api/v1/venues/venue_1";
    let said = |code: &str| {
        let page = format!(r#"{{"type":"/problems/{code}","title":"Not found","status":404,"#);
        page + &format!(r#""code":"{code}","detail":"No."}}"#)
    };
    let (not_found, other_status) = (said("not-found"), said("busy"));
    let (not_found, other_status) = (not_found.as_str(), other_status.as_str());
    check(&exchange(venue, 404, problem, not_found));
    check(&exchange("/api/v1/venues", 200, json, "[]"));
    for bad in [
        exchange("/api/v1/beneficiaries", 200, json, "{}"),
        exchange(venue, 200, json, "{}"),
        exchange("/api/v1/venues", 200, "text/plain", "[]"),
        exchange(venue, 404, json, not_found),
        exchange(venue, 400, problem, not_found),
        exchange(venue, 404, problem, other_status),
        exchange(venue, 404, problem, "{}"),
        exchange(venue, 503, "", ""),
        exchange("/readyz", 200, json, r#"{"receipt":{"line":"{}","proof":""}}"#),
    ] {
        let caught = std::panic::catch_unwind(|| check(&bad));
        assert!(caught.is_err(), "{} {} passed", bad.path, bad.status);
    }
}
