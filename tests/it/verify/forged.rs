//! Goal: a line that balances, is well formed and properly signed, but that no verb would have
//! written after the lines above it, is named with its reason.

use carnet::domain::verifier::Verdict;

use carnet::base::id::{HandOver, Id, Movement};
use serde_json::json;

use super::tamper::{kind, values};
use super::{Export, funders, write};
use crate::harness::{Engine, run};
use crate::scheme::{OFFERING, Plan, Scheme};

/// A line with other values, each by its place.
fn with(line: &str, changes: &[(&str, &str)]) -> String {
    let mut line = line.to_owned();
    for (path, value) in changes {
        let found = values(&line).into_iter().find(|(known, _)| known == path);
        let (_, place) = found.unwrap_or_else(|| panic!("{path} in {line}"));
        line.replace_range(place, value);
    }
    line
}

/// The value at a place of a line.
fn value(line: &str, path: &str) -> String {
    let found = values(line).into_iter().find(|(known, _)| known == path);
    line[found.unwrap().1].to_owned()
}

impl Export {
    /// The place of the first line of a kind.
    fn first(&self, wanted: &str) -> usize {
        self.lines.iter().position(|line| kind(line) == wanted).unwrap()
    }

    /// The first line of a kind, as if it were written again after `size` lines.
    fn again(&self, wanted: &str, size: usize, changes: &[(&str, &str)]) -> String {
        let last = &self.lines[size - 1];
        let (at, on) = (value(last, "recorded_at"), value(last, "on"));
        let line = with(&self.lines[self.first(wanted)], changes);
        with(&line, &[("seq", &size.to_string()), ("recorded_at", &at), ("on", &on)])
    }

    /// The first `size` lines hold, and with this one after them the reason is said.
    #[track_caller]
    fn refuses(&self, size: usize, line: String, reason: &str) {
        let mut lines = self.lines[..size].to_vec();
        let before = self.judge(&lines, &self.signed(&lines));
        assert_eq!((before.verdict, before.first), (Verdict::Holds, None));
        lines.push(line);
        let after = self.judge(&lines, &self.signed(&lines));
        assert_eq!(after.verdict, Verdict::Violated, "{reason}: {:?}", lines.last());
        let first = after.first.unwrap();
        let place = format!("line {size}: ");
        assert!(first.starts_with(&place) && first.contains(reason), "{reason}: {first}");
    }
}

const NEW: &str = "redemption_01h455vb4pex5vsknk084sn02q";

#[test]
fn a_voucher_pays_once_and_only_where_it_may() {
    funders(|export| {
        // Vouchers 1-01, 1-02, 2-01 and 4-01 are spent, 3-01 was and is not.
        let size = export.first("books-moved");
        let redeem = |size: usize, voucher: &str, more: &[(&str, &str)]| {
            let changes = [&[("id", NEW), ("body.voucher", voucher)], more].concat();
            export.again("voucher-redeemed", size, &changes)
        };
        let round = [("body.round", "2")];
        export.refuses(size, redeem(size, "0000001-01", &round), "is already redeemed");
        export.refuses(size, redeem(size, "0000003-01", &[]), "by the lines above it is 2");
        export.refuses(size, redeem(size, "0000001-11", &[]), "made voucher 0000001-11");
        export.refuses(size, redeem(size, "0000009-01", &[]), "made book 0000009");
        let known = export.lines[export.first("voucher-redeemed")].clone();
        let id = value(&known, "id");
        let same = redeem(size, "0000001-03", &[("id", &id)]);
        export.refuses(size, same, "is created a second time");
        let venue = [("body.venue_id", "venue_01h455vb4pex5vsknk084sn02q")];
        export.refuses(size, redeem(size, "0000001-03", &venue), "made venue_");
        let other = [("transfers.credit", "due:structure_01h455vb4pex5vsknk084sn02q")];
        export.refuses(size, redeem(size, "0000001-03", &other), "the transfers are not");
        let again = export.again("redemption-reversed", size, &[]);
        export.refuses(size, again, "a use of voucher 0000003-01 that stands");
        let size = export.first("book-replaced") + 1;
        export.refuses(size, redeem(size, "0000004-02", &[]), "0000004-02 is replaced");
        let size = export.first("settlement-opened");
        export.refuses(size, redeem(size, "0000002-02", &[]), "0000002-02 is blocked");
        let size = export.first("order-activated");
        export.refuses(size, redeem(size, "0000001-01", &[]), "is 1000 cents short");
        let size = export.first("campaign-closed");
        let unblocked = export.again("voucher-redeemed", size, &[("id", NEW)]);
        export.refuses(size, unblocked, "already redeemed");
    });
}

#[test]
fn books_and_orders_go_their_way_once() {
    funders(|export| {
        let size = export.first("books-moved");
        export.refuses(size, export.again("order-activated", size, &[]), " is active");
        export.refuses(size, export.again("books-issued", size, &[]), "count is out of its bounds");
        let given = export.again("book-handed-over", size, &[]);
        export.refuses(size, given, "book 0000003 is at_printer");
        let replaced = export.again("book-replaced", size, &[]);
        export.refuses(size, replaced, "book 0000004 is at_printer");
        let jump = [("body.to", "returned")];
        let moved = export.again("books-moved", size, &jump);
        export.refuses(size, moved, "to is out of its bounds");
        let closed = export.again("campaign-closed", size, &[]);
        // Before its time as many vouchers live as have not been used.
        export.refuses(size, closed, "");
        let registered = export.again("campaign-registered", size, &[("body.version", "2")]);
        export.refuses(size, registered, "a campaign with an order cannot change any more");
        let size = export.first("books-issued");
        export.refuses(size, export.again("order-activated", size, &[]), "is issuing");
        let face = [("id", "order_01h455vb4pex5vsknk084sn02q"), ("body.face_cents", "900")];
        export.refuses(size, export.again("order-placed", size, &face), "the face value in cents");
        let size = export.first("book-replaced") + 1;
        let again = [("id", "replacement_01h455vb4pex5vsknk084sn02q"), ("body.by", "0000008")];
        export.refuses(size, export.again("book-replaced", size, &again), "0000004 is replaced");
        let size = export.first("campaign-closed") + 1;
        let again = [("id", "closing_01h455vb4pex5vsknk084sn02q"), ("transfers.cents", "1")];
        export.refuses(size, export.again("campaign-closed", size, &again), "");
    });
}

#[test]
fn payments_are_what_was_due_and_come_once() {
    funders(|export| {
        let size = export.first("payment-drawn");
        let less = export.again("payment-drawn", size, &[("transfers.cents", "3000")]);
        export.refuses(size, less, "the amount in cents is 3000; by the lines above it is 4000");
        let opening = export.again("payment-drawn", size, &[("body.opening_cents", "1")]);
        export.refuses(size, opening, "the opening balance in cents is 1");
        let none = [("body.payments", "0"), ("body.total_cents", "0")];
        let drawn = export.again("settlement-drawn", size, &none);
        export.refuses(size, drawn, "owed money and left out");
        let second = [("id", "settlement_01h455vb4pex5vsknk084sn02q")];
        let opened = export.again("settlement-opened", size, &second);
        export.refuses(size, opened, "is not decided");

        let size = export.first("settlement-approved");
        let opener = value(&export.lines[export.first("settlement-opened")], "actor");
        let approved = export.again("settlement-approved", size, &[("actor", &opener)]);
        export.refuses(size, approved, "who opened a settlement does not approve it");
        let early = export.again("payment-rejected", size, &[]);
        export.refuses(size, early, "made an approved payment_");
        let cancelled = export.again("settlement-cancelled", size, &[]);
        export.refuses(size, cancelled, "made an open settlement_");

        let size = export.first("payment-confirmed") + 1;
        let twice = export.again("payment-confirmed", size, &[]);
        export.refuses(size, twice, "");
        let size = export.first("settlement-approved") + 1;
        let twice = export.again("settlement-approved", size, &[]);
        export.refuses(size, twice, "made an open settlement_");
        let early = export.again("settlement-opened", size, &[("body.cut_off_seq", "3")]);
        export.refuses(size, early, "is created a second time");
    });
}

#[test]
fn a_signal_is_decided_once_and_is_what_its_id_says() {
    run(Engine::Sqlite, |world| async move {
        Scheme::new(&world).await;
        let signal = crate::abuse::signals::planted(&world).await;
        let decision = json!({ "decision": "visited" });
        write(&world, "PUT", &format!("signals/{signal}/decision"), Some(decision)).await;
        let export = Export::of(&world, &world.operator_id.to_string()).await;
        let size = export.first("signal-decided");
        let other = export.again("signal-decided", size, &[("body.signal", "pace")]);
        export.refuses(size, other, "the id of the signal is");
        let twice = export.again("signal-decided", size + 1, &[("body.decision", "reported")]);
        export.refuses(size + 1, twice, "is decided");
    });
}

#[test]
fn a_campaign_pays_by_its_own_rules() {
    run(Engine::Sqlite, |world| async move {
        let rules = json!({
            "activation": "on_hand_over", "perimeter": ["23"], "offerings": [OFFERING],
            "vouchers_per_book_venue_day": 1
        });
        let scheme = Scheme::plan(&world, &Plan { rules, ..Plan::default() }).await;
        let (site, book) = (scheme.site_id, "0000001");
        let id: Id<Movement> = world.id();
        let body = json!({ "first": book, "last": book, "to": "in_stock", "site_id": site });
        write(&world, "PUT", &format!("movements/{id}"), Some(body)).await;
        let id: Id<HandOver> = world.id();
        let body = json!({ "book": book, "site_id": site });
        write(&world, "PUT", &format!("hand-overs/{id}"), Some(body)).await;
        scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
        let mut export = Export::of(&world, &scheme.funder_id.to_string()).await;
        let redeem = |export: &Export, changes: &[(&str, &str)]| {
            let changes = [&[("id", NEW), ("body.voucher", "0000001-02")], changes].concat();
            export.again("voucher-redeemed", export.lines.len(), &changes)
        };
        let size = export.lines.len();
        let on = |day: &str, at: &str| {
            let line = redeem(&export, &[]);
            with(&line, &[("on", day), ("recorded_at", at)])
        };
        let next_day = on("2026-11-23", "2026-11-23T10:00:00.000Z");
        let mut lines = export.lines.clone();
        lines.push(next_day);
        let honest = export.judge(&lines, &export.signed(&lines));
        assert_eq!((honest.verdict, honest.first), (Verdict::Holds, None), "the control");

        let last = on("2027-01-31", "2027-01-31T10:00:00.000Z");
        lines[size] = last;
        assert_eq!(export.judge(&lines, &export.signed(&lines)).verdict, Verdict::Holds);
        let late = on("2027-02-01", "2027-02-01T10:00:00.000Z");
        export.refuses(size, late, "2027-02-01 is not among the days of campaign_");
        export.refuses(size, redeem(&export, &[]), "too many vouchers of one book on one day");
        let given = redeem(&export, &[("body.voucher", "0000002-01")]);
        export.refuses(size, given, "0000002-01 is not handed over");
        let other = redeem(&export, &[("body.offering", "utilisation-securisee-du-numerique")]);
        export.refuses(size, other, "the service is not in its list");
        // A venue of the same structure, admitted with its true commune: outside.
        let away = scheme.other_venue_id.to_string();
        let admitted = [("id", away.as_str()), ("body.commune", "19272")];
        let admitted = export.again("venue-admitted", size, &admitted);
        export.lines.push(admitted);
        let outside = redeem(&export, &[("body.venue_id", &away)]);
        export.refuses(size + 1, outside, "the venue is outside its perimeter");
    });
}
