//! A tour of the API: one scheme from order to refund in which every route is asked once and says
//! yes, so that no answer's schema goes untried.
//!
//! Goal: a route that no other test asks is still held to what `schemas/` says of it.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use carnet::base::id::{
    Block, Closing, Deposit, HandOver, Id, Kind, Movement, Redemption, Repayment, Replacement,
    Settlement, Withdrawal,
};
use carnet::domain::ledger::log::Edge;
use carnet::service::audit::Outside;
use carnet::service::restore;
use serde_json::{Value, json};

use super::routes::{ROUTES, row};
use crate::harness::{Answer, Engine, HOST, World, on_both_engines};
use crate::registers::structure_body;
use crate::scheme::{OFFERING, Plan, Scheme, campaign_body};

struct Tour {
    world: World,
    scheme: Scheme,
    seen: BTreeSet<(&'static str, &'static str)>,
}

impl Tour {
    /// Asks as somebody, about something that must be answered with yes.
    async fn ask(&mut self, method: &str, path: &str, secret: &str, body: Option<Value>) -> Answer {
        let answer = self.world.ask(method, path, secret, body).await;
        answer.good();
        self.note(method, path);
        answer
    }

    fn note(&mut self, method: &str, path: &str) {
        let path = path.split('?').next().unwrap_or_default();
        let (method, template, ..) = row(method, path).unwrap();
        self.seen.insert((method, template));
    }

    /// Asks as the operator.
    async fn put(&mut self, path: &str, body: Value) -> Value {
        let operator = self.world.operator.clone();
        self.ask("PUT", &format!("/api/v1/{path}"), &operator, Some(body)).await.json()
    }

    async fn post(&mut self, path: &str) -> Value {
        let operator = self.world.operator.clone();
        self.ask("POST", &format!("/api/v1/{path}"), &operator, None).await.json()
    }

    async fn get(&mut self, path: &str) -> Answer {
        let operator = self.world.operator.clone();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
        self.ask("GET", &path, &operator, None).await
    }

    fn id<K: Kind>(&self) -> Id<K> {
        self.world.id()
    }

    async fn registers(&mut self) {
        let (structure, venue) = (self.scheme.structure_id, self.scheme.venue_id);
        let path = format!("organisations/{structure}");
        self.put(&path, structure_body("La Quincaillerie")).await;
        self.get(&path).await;
        for owner in [structure.to_string(), self.world.operator_id.to_string()] {
            let account = json!({ "iban": "FR76 3000 6000 0112 3456 7890 189", "holder": "Nous" });
            self.put(&format!("organisations/{owner}/bank-account"), account).await;
        }
        let path = format!("/api/v1/organisations/{}/logo", self.scheme.funder_id);
        let picture = include_bytes!("../../../deploy/pictures/vouchers.png");
        let key = format!("Bearer {}", self.world.operator);
        let request = Request::put(&path).header("authorization", key);
        self.world.send(request.body(Body::from(picture.as_slice())).unwrap()).await.good();
        self.note("PUT", &path);
        let key: Id<carnet::base::id::ApiKey> = self.id();
        let role = json!({ "role": "venue", "organisation_id": structure, "venue_id": venue });
        self.put(&format!("api-keys/{key}"), role).await;
        self.post(&format!("api-keys/{key}/revocation")).await;
        let url = self.post(&format!("venues/{venue}/pairings")).await["url"].clone();
        let pairing = url.as_str().unwrap().split('#').nth(1).unwrap().to_owned();
        let secret = format!("carnet_{}", "0".repeat(52));
        let body = json!({ "pairing": pairing, "secret": secret });
        self.ask("POST", "/api/v1/devices", "", Some(body)).await;
        self.get("api-keys").await;
        let body = json!({
            "structure_id": structure, "name": "Atelier", "commune": "23096",
            "offerings": [OFFERING]
        });
        self.put(&format!("venues/{venue}"), body).await;
        let state = json!({ "state": "qualified", "vouchers_per_month": 400 });
        self.put(&format!("venues/{venue}/state"), state).await;
        self.get(&format!("venues/{venue}")).await;
        self.get("venues").await;
    }

    async fn orders(&mut self) {
        let (funder, campaign) = (self.scheme.funder_id, self.scheme.campaign_id);
        let path = format!("campaigns/{campaign}");
        self.put(&path, campaign_body(funder, &json!({}))).await;
        self.get(&path).await;
        let path = format!("orders/{}", self.scheme.order_id);
        self.put(&path, json!({ "campaign_id": campaign, "books": 2 })).await;
        self.get(&path).await;
        self.get(&format!("{path}/books.pdf?from=1&to=1")).await;
        self.get(&format!("{path}/specimen.pdf")).await;
        self.post(&format!("{path}/activation")).await;
        let deposit: Id<Deposit> = self.id();
        let amount = json!({ "cents": 5000, "currency": "EUR" });
        let body = json!({ "funder_id": funder, "amount": amount, "reference": "VIR 2" });
        self.put(&format!("deposits/{deposit}"), body).await;
    }

    async fn books(&mut self) {
        let [first, second] = [0, 1].map(|at| {
            let serial = &self.scheme.voucher(at, 0).serial;
            serial.split('-').next().unwrap().to_owned()
        });
        let site = self.scheme.site_id;
        let movement: Id<Movement> = self.id();
        let to = json!({ "first": first, "last": second, "to": "in_stock", "site_id": site });
        self.put(&format!("movements/{movement}"), to).await;
        self.get(&format!("sites/{site}/stock")).await;
        let hand_over: Id<HandOver> = self.id();
        let cover = format!("HTTPS://PASS.EXEMPLE.FR/B/{first}");
        let body = json!({ "book": cover, "site_id": site });
        self.put(&format!("hand-overs/{hand_over}"), body).await;
        let block: Id<Block> = self.id();
        let target = json!({ "books": { "first": second, "last": second } });
        let body = json!({ "target": target, "reason": "misprint" });
        self.put(&format!("blocks/{block}"), body).await;
        self.post(&format!("blocks/{block}/end")).await;
        let movement: Id<Movement> = self.id();
        let lost = json!({ "first": second, "last": second, "to": "lost" });
        self.put(&format!("movements/{movement}"), lost).await;
        let replacement: Id<Replacement> = self.id();
        self.put(&format!("replacements/{replacement}"), json!({ "book": second })).await;
        self.get(&format!("books/{second}")).await;
    }

    /// Six vouchers used, of which one is undone.
    async fn counter(&mut self) {
        let venue = self.scheme.venue.clone();
        let url = |tour: &Self, at| tour.scheme.voucher(0, at).url.clone();
        let check = json!({ "presented": url(self, 0), "venue_id": self.scheme.venue_id });
        self.ask("POST", "/api/v1/voucher-checks", &venue, Some(check)).await;
        for at in 0..4 {
            let path = format!("/api/v1/redemptions/{}", self.id::<Redemption>());
            let body = self.scheme.body(&url(self, at));
            self.ask("PUT", &path, &venue, Some(body)).await;
            if at == 3 {
                self.ask("PUT", &format!("{path}/reversal"), &venue, None).await;
            }
            self.ask("GET", &path, &venue, None).await;
        }
        let mut redemptions = Vec::new();
        for at in [4, 5, 5] {
            let mut body = self.scheme.body(&url(self, at));
            body["id"] = json!(self.id::<Redemption>());
            body["occurred_at"] = json!("2026-11-22T10:59:00+01:00");
            redemptions.push(body);
        }
        let body = json!({ "redemptions": redemptions });
        let path = "/api/v1/redemption-batches";
        let results = self.ask("POST", path, &venue, Some(body)).await.json();
        assert_eq!(results["results"][2]["problem"]["code"], "voucher-already-redeemed");
    }

    /// A settlement that is cancelled, one that the bank rejects, one that it pays.
    async fn settle(&mut self) {
        let operator = self.world.operator_id.to_string();
        let approver = self.world.key("approver", &operator, None).await;
        let (funder, structure) = (self.scheme.funder_id, self.scheme.structure_id);
        for (step, days) in [("cancellation", 1), ("rejection", 1), ("confirmation", 60)] {
            let path = format!("settlements/{}", self.id::<Settlement>());
            let day = self.today();
            self.put(&path, json!({ "funder_id": funder, "cut_off_on": day })).await;
            let payment = self.get(&path).await.json()["payments"][0]["id"].clone();
            if step == "cancellation" {
                self.post(&format!("{path}/cancellation")).await;
            } else {
                self.ask("POST", &format!("/api/v1/{path}/approval"), &approver, None).await;
                self.get(&format!("{path}/pain.001.xml")).await;
                let payment = payment.as_str().unwrap();
                self.post(&format!("payments/{payment}/{step}")).await;
                self.get(&format!("payments/{payment}/vouchers")).await;
                self.get(&format!("{path}/statements/{structure}")).await;
                self.get(&format!("{path}/statements/{structure}?format=csv")).await;
            }
            self.world.clock.advance_seconds(days * 86_400);
        }
        self.get(&format!("settlements?funder_id={funder}")).await;
        let serial = self.scheme.voucher(0, 0).serial.clone();
        self.get(&format!("vouchers/{serial}/payment")).await;
        let body = json!({
            "funder_id": funder, "structure_id": structure, "reference": "VIR 3",
            "amount": { "cents": 1000, "currency": "EUR" }
        });
        let repayment: Id<Repayment> = self.id();
        self.put(&format!("repayments/{repayment}"), body).await;
    }

    fn today(&self) -> String {
        use carnet::base::clock::Clock as _;
        self.world.clock.now().to_string()[..10].to_owned()
    }

    async fn close(&mut self) {
        self.world.clock.advance_seconds(60 * 86_400);
        let closing: Id<Closing> = self.id();
        let campaign = json!({ "campaign_id": self.scheme.campaign_id });
        self.put(&format!("closings/{closing}"), campaign).await;
        for kind in ["refund-rolled-over", "refund-paid-back", "deposit-withdrawn"] {
            let withdrawal: Id<Withdrawal> = self.id();
            let body = json!({
                "funder_id": self.scheme.funder_id, "kind": kind, "reference": "VIR 4",
                "amount": { "cents": 1000, "currency": "EUR" }
            });
            self.put(&format!("withdrawals/{withdrawal}"), body).await;
        }
    }

    async fn ledgers(&mut self) {
        let own = self.world.operator_id.to_string();
        for id in [self.scheme.funder_id.to_string(), own] {
            let path = format!("ledgers/{id}");
            self.get(&format!("{path}/balances")).await;
            let lines = self.get(&format!("{path}/export")).await.bytes;
            self.get(&format!("{path}/export/checkpoints?size=3")).await;
            let count = String::from_utf8(lines).unwrap().lines().count();
            let page = self.get(&format!("{path}/entries?limit=5")).await.json();
            let after = &page["next"];
            self.get(&format!("{path}/entries?after={after}&limit=1000")).await;
            for path in ["totals", "checkpoint", "proof?seq=1", "consistency?from=2"] {
                self.get(&format!("/ledger/{id}/{path}")).await;
            }
            self.get(&format!("/ledger/{id}/tile/0/000.p/{}", count.min(255))).await;
        }
        let signal = crate::abuse::signals::planted(&self.world).await;
        let decision = json!({ "decision": "watched" });
        self.put(&format!("signals/{signal}/decision"), decision).await;
        self.get("signals").await;
        self.get("solvency").await;
        let structure = self.scheme.structure.clone();
        self.ask("GET", "/api/v1/solvency/due", &structure, None).await;
        self.get(&format!("ledgers/{}/export/sealed", self.scheme.funder_id)).await;
        for path in ["/.well-known/carnet-keys.json", "/openapi.json", "/healthz", "/readyz"] {
            self.get(path).await;
        }
        self.pages().await;
    }

    async fn pages(&mut self) {
        let home = self.get("/").await.text();
        let style = home.split_once("rel=\"stylesheet\" href=\"").unwrap().1;
        self.get(style.split('"').next().unwrap()).await;
        self.get("/problems/voucher-already-redeemed").await;
        for path in ["/V/04V0", "/v/04v0", "/venues", "/venues.json", "/venues.csv"] {
            self.get(path).await;
        }
        for path in ["/solvency", "/accessibility", "/legal"] {
            self.get(path).await;
        }
        for path in ["/pair", "/counter.webmanifest", "/counter-sw.js"] {
            self.get(path).await;
        }
        let counter = self.get("/counter").await.text();
        let module = counter.split_once("type=\"module\" src=\"").unwrap().1;
        self.get(module.split('"').next().unwrap()).await;
    }
}

/// What is asked of an instance that is held, because it lacks a line that was acknowledged.
async fn lost(engine: Engine) -> BTreeSet<(&'static str, &'static str)> {
    let world = World::new(engine).await;
    let scheme = Scheme::new(&world).await;
    let (ledger, dir) = (scheme.funder_id, world.dir.join("lost"));
    let origin = format!("{HOST}/ledger/{ledger}").parse().unwrap();
    let root = Edge::empty().root();
    let note = world.instance.keys.log_key(origin).sign_checkpoint(4000, &root);
    std::fs::create_dir_all(&dir).unwrap();
    let kept = json!({ "size": 4000, "note": note });
    std::fs::write(dir.join(format!("{ledger}.jsonl")), format!("{kept}\n")).unwrap();
    assert!(restore::hold(&world.instance, &Outside::at(&dir)).await.unwrap());
    let mut tour = Tour { world, scheme, seen: BTreeSet::new() };
    assert_eq!(tour.get("losses").await.json().as_array().unwrap().len(), 1);
    tour.post("losses/acceptance").await;
    tour.seen
}

async fn every_route_answers_as_described(world: World) {
    let scheme = Scheme::plan(&world, &Plan::default()).await;
    let mut tour = Tour { world, scheme, seen: BTreeSet::new() };
    tour.registers().await;
    tour.orders().await;
    tour.books().await;
    tour.counter().await;
    tour.settle().await;
    tour.close().await;
    tour.ledgers().await;
    tour.seen.extend(lost(tour.world.engine).await);
    tour.seen.extend(super::people::walk(&tour.world).await);
    let all = ROUTES.iter().map(|(method, template, ..)| (*method, *template));
    let left: Vec<_> = all.filter(|route| !tour.seen.contains(route)).collect();
    // A whole tile needs 256 lines: `tests/it/ledgers.rs` asks for one.
    assert_eq!(left, [("GET", "/ledger/{id}/tile/{level}/{index}")], "never asked");
}

on_both_engines!(every_route_answers_as_described);
