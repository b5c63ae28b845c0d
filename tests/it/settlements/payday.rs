//! A scheme on its pay day: two structures that redeem, a second person, bank accounts.

use carnet::base::id::{Id, Payment, Redemption, Settlement, Structure, Venue};
use carnet::domain::ledger::account::{Account, AccountKind};
use carnet::domain::ledger::balance::Balances;
use carnet::store;
use serde_json::{Value, json};

use crate::harness::{Answer, World};
use crate::registers::structure_body;
use crate::scheme::{OFFERING, Plan, Scheme};

/// Sound account numbers, by who holds them.
pub(crate) const FUNDER_IBAN: &str = "FR7630006000011234567890189";
pub(crate) const OPERATOR_IBAN: &str = "FR1420041010050500013M02606";
const STRUCTURE_IBAN: &str = "DE89370400440532013000";

/// The scheme, and who is paid.
pub(crate) struct Payday {
    pub(crate) scheme: Scheme,
    /// Two structures with a venue each, and the key of each structure.
    pub(crate) payees: [(Id<Structure>, Id<Venue>, String); 2],
    pub(crate) approver: String,
}

/// Whether all bank accounts are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accounts {
    Known,
    Missing,
}

impl Payday {
    pub(crate) async fn new(world: &World, plan: &Plan, accounts: Accounts) -> Self {
        let scheme = Scheme::plan(world, plan).await;
        let (structure_id, key) = structure(world, "La Médiathèque").await;
        let venue_id = venue(world, structure_id).await;
        let first = (scheme.structure_id, scheme.venue_id, scheme.structure.clone());
        let payees = [first, (structure_id, venue_id, key)];
        let operator = world.operator_id.to_string();
        let approver = world.key("approver", &operator, None).await;
        let payday = Self { scheme, payees, approver };
        if accounts == Accounts::Known {
            payday.record_accounts(world).await;
        }
        payday
    }

    pub(crate) async fn record_accounts(&self, world: &World) {
        record_account(world, &world.operator_id, OPERATOR_IBAN).await;
        record_account(world, &self.scheme.funder_id, FUNDER_IBAN).await;
        for (structure, _, _) in &self.payees {
            record_account(world, structure, STRUCTURE_IBAN).await;
        }
    }

    /// Redeems a voucher (0 to 9 in the first book, 10 to 19 in the second…) for a payee.
    pub(crate) async fn redeem(&self, world: &World, payee: usize, voucher: usize) -> Redeemed {
        let id: Id<Redemption> = world.id();
        let (_, venue, key) = &self.payees[payee];
        let presented = &self.scheme.voucher(voucher / 10, voucher % 10).url;
        let body = json!({ "presented": presented, "venue_id": venue, "offering": OFFERING });
        let answer = world.put(&format!("/api/v1/redemptions/{id}"), key, body).await.good();
        let line: Value =
            serde_json::from_str(answer["receipt"]["line"].as_str().unwrap()).unwrap();
        let serial = answer["voucher"].as_str().unwrap().to_owned();
        Redeemed { id, seq: line["seq"].as_i64().unwrap(), serial }
    }

    pub(crate) async fn reverse(&self, world: &World, secret: &str, redeemed: &Redeemed) -> Answer {
        let path = format!("/api/v1/redemptions/{}/reversal", redeemed.id);
        world.ask("PUT", &path, secret, None).await
    }

    /// Draws a new settlement up.
    pub(crate) async fn settle(&self, world: &World, on: &str) -> (Id<Settlement>, Answer) {
        let id: Id<Settlement> = world.id();
        let body = json!({ "funder_id": self.scheme.funder_id, "cut_off_on": on });
        (id, world.put(&format!("/api/v1/settlements/{id}"), &world.operator, body).await)
    }

    /// Draws a new settlement up and approves it; its payments by payee.
    pub(crate) async fn pay(
        &self,
        world: &World,
        on: &str,
    ) -> (Id<Settlement>, [Option<Value>; 2]) {
        let (id, drawn) = self.settle(world, on).await;
        drawn.good();
        post(world, &format!("settlements/{id}/approval"), &self.approver).await.good();
        (id, self.payments(world, id).await)
    }

    /// The payments of a settlement by payee.
    pub(crate) async fn payments(&self, world: &World, id: Id<Settlement>) -> [Option<Value>; 2] {
        let read = world.get(&format!("/api/v1/settlements/{id}"), &world.operator).await.good();
        let payments = read["payments"].as_array().unwrap().clone();
        [0, 1].map(|payee| {
            let structure = json!(self.payees[payee].0);
            payments.iter().find(|payment| payment["structure_id"] == structure).cloned()
        })
    }

    pub(crate) async fn statement(
        &self,
        world: &World,
        id: Id<Settlement>,
        payee: usize,
    ) -> Answer {
        let path = format!("/api/v1/settlements/{id}/statements/{}", self.payees[payee].0);
        world.get(&path, &world.operator).await
    }

    /// What the ledger's accounts hold.
    pub(crate) async fn balances(&self, world: &World) -> Balances {
        let mut tx = world.instance.database.read().await.unwrap();
        let head = store::ledger::head(&mut tx, &self.scheme.funder_id.to_string()).await.unwrap();
        let balances = store::ledger::balances(&mut tx, head.unwrap().ledger_no).await.unwrap();
        balances.check_funded().unwrap();
        balances
    }

    /// What is due to a payee.
    pub(crate) async fn due(&self, world: &World, payee: usize) -> i64 {
        self.balances(world).await.balance(Account::Due(self.payees[payee].0)).cents()
    }

    /// What the bank did with a payment.
    pub(crate) async fn bank(&self, world: &World, payment: &Value, did: &str) -> Answer {
        let id: Id<Payment> = payment["id"].as_str().unwrap().parse().unwrap();
        post(world, &format!("payments/{id}/{did}"), &world.operator).await
    }

    /// A structure gives money back.
    pub(crate) async fn repay(&self, world: &World, payee: usize, cents: i64) -> Answer {
        let id: Id<carnet::base::id::Repayment> = world.id();
        let body = json!({
            "funder_id": self.scheme.funder_id, "structure_id": self.payees[payee].0,
            "amount": { "cents": cents, "currency": "EUR" }, "reference": "VIR 2026-7"
        });
        world.put(&format!("/api/v1/repayments/{id}"), &world.operator, body).await
    }
}

/// A redemption that was answered.
#[derive(Debug, Clone)]
pub(crate) struct Redeemed {
    pub(crate) id: Id<Redemption>,
    pub(crate) seq: i64,
    pub(crate) serial: String,
}

/// Posts to a path below `/api/v1`.
pub(crate) async fn post(world: &World, path: &str, secret: &str) -> Answer {
    world.post(&format!("/api/v1/{path}"), secret, None).await
}

/// What all accounts of a kind hold.
pub(crate) fn total(balances: &Balances, kind: AccountKind) -> i64 {
    let totals = balances.totals();
    totals.iter().find(|total| total.kind == kind).unwrap().cents
}

/// Waits until the civil day is another one.
pub(crate) fn next_day(world: &World) {
    world.clock.advance_seconds(86_400);
}

pub(crate) async fn structure(world: &World, name: &str) -> (Id<Structure>, String) {
    let id: Id<Structure> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    world.put(&path, &world.operator, structure_body(name)).await.good();
    (id, world.key("structure", &id.to_string(), None).await)
}

pub(crate) async fn venue(world: &World, structure: Id<Structure>) -> Id<Venue> {
    let id: Id<Venue> = world.id();
    let body = json!({
        "structure_id": structure, "name": "Salle", "commune": "23096", "offerings": [OFFERING]
    });
    let path = format!("/api/v1/venues/{id}");
    world.put(&path, &world.operator, body).await.good();
    let state = json!({ "state": "qualified" });
    world.put(&format!("{path}/state"), &world.operator, state).await.good();
    id
}

async fn record_account(world: &World, owner: &impl ToString, iban: &str) {
    let owner = owner.to_string();
    let path = format!("/api/v1/organisations/{owner}/bank-account");
    let holder = format!("Titulaire {}", &owner[owner.len() - 4..]);
    world.put(&path, &world.operator, json!({ "iban": iban, "holder": holder })).await.good();
}
