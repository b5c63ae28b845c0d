//! A scheme that is ready for the counter, made through the public API: a funder with money, a
//! campaign, an order that is issued, printed and active, a structure with two venues, and the keys
//! of each role.
//!
//! Goal: a test says only what it is about.

use carnet::base::id::{Campaign, Deposit, Distributor, Funder, Id, Order, Redemption};
use carnet::base::id::{Site, Structure, Venue};
use carnet::domain::access::{Actor, Role};
use carnet::service::issue;
use carnet::service::print::{PrintedBook, PrintedVoucher};
use serde_json::{Value, json};

use crate::harness::{Answer, World};
use crate::registers::{funder_body, structure_body};

/// A ready scheme.
pub(crate) struct Scheme {
    pub(crate) funder_id: Id<Funder>,
    pub(crate) campaign_id: Id<Campaign>,
    pub(crate) order_id: Id<Order>,
    pub(crate) structure_id: Id<Structure>,
    pub(crate) venue_id: Id<Venue>,
    pub(crate) other_venue_id: Id<Venue>,
    pub(crate) distributor_id: Id<Distributor>,
    pub(crate) site_id: Id<Site>,
    pub(crate) funder: String,
    pub(crate) structure: String,
    pub(crate) venue: String,
    pub(crate) other_venue: String,
    pub(crate) distributor: String,
    pub(crate) books: Vec<PrintedBook>,
}

/// What differs from scheme to scheme.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) mode: &'static str,
    pub(crate) books: i64,
    pub(crate) deposit_cents: i64,
    pub(crate) activate: bool,
    /// The terms of the funder's ledger, when it has keys of its own.
    pub(crate) terms: Option<Value>,
    /// Merged into the campaign's register.
    pub(crate) rules: Value,
}

impl Default for Plan {
    fn default() -> Self {
        let (mode, books, activate) = ("held", 2, true);
        Self { mode, books, deposit_cents: 1_000_000, activate, terms: None, rules: json!({}) }
    }
}

/// A service that every test venue offers.
pub(crate) const OFFERING: &str = "aide-aux-demarches-administratives";

pub(crate) fn campaign_body(funder: Id<Funder>, rules: &Value) -> Value {
    let mut body = json!({
        "funder_id": funder,
        "name": "Pass numérique",
        "face_value": { "cents": 1000, "currency": "EUR" },
        "vouchers_per_book": 10,
        "valid_from": "2026-11-01",
        "valid_until": "2026-12-31",
        "activation": "on_delivery"
    });
    for (key, value) in rules.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

impl Scheme {
    pub(crate) async fn new(world: &World) -> Self {
        Self::plan(world, &Plan::default()).await
    }

    pub(crate) async fn plan(world: &World, plan: &Plan) -> Self {
        let operator = &world.operator;
        let funder_id: Id<Funder> = world.id();
        let path = format!("/api/v1/organisations/{funder_id}");
        let mut body = funder_body("Département", plan.mode);
        if let Some(terms) = &plan.terms {
            body["ledger"] = terms.clone();
        }
        world.put(&path, operator, body).await.good();
        let structure_id: Id<Structure> = world.id();
        let path = format!("/api/v1/organisations/{structure_id}");
        world.put(&path, operator, structure_body("La Quincaillerie")).await.good();
        let [venue_id, other_venue_id]: [Id<Venue>; 2] = [world.id(), world.id()];
        for (venue, commune) in [(venue_id, "23096"), (other_venue_id, "19272")] {
            let body = json!({
                "structure_id": structure_id, "name": "Atelier", "commune": commune,
                "offerings": [OFFERING]
            });
            let path = format!("/api/v1/venues/{venue}");
            world.put(&path, operator, body).await.good();
            let state = json!({ "state": "qualified" });
            world.put(&format!("{path}/state"), operator, state).await.good();
        }
        let (distributor_id, site_id): (Id<Distributor>, Id<Site>) = (world.id(), world.id());
        let body = json!({
            "name": "CCAS de Guéret", "registration": { "siret": "73282932000074" },
            "sites": [{ "site_id": site_id, "name": "Accueil", "commune": "23096" }]
        });
        world.put(&format!("/api/v1/organisations/{distributor_id}"), operator, body).await.good();
        let campaign_id: Id<Campaign> = world.id();
        let path = format!("/api/v1/campaigns/{campaign_id}");
        world.put(&path, operator, campaign_body(funder_id, &plan.rules)).await.good();
        let ids = (funder_id, campaign_id);
        let (order_id, books) = Self::order(world, ids, plan).await;
        let venue = |id: Id<Venue>| Some(id.to_string());
        let own = structure_id.to_string();
        Self {
            funder_id,
            campaign_id,
            order_id,
            structure_id,
            venue_id,
            other_venue_id,
            distributor_id,
            site_id,
            funder: world.key("funder", &funder_id.to_string(), None).await,
            structure: world.key("structure", &own, None).await,
            venue: world.key("venue", &own, venue(venue_id).as_deref()).await,
            other_venue: world.key("venue", &own, venue(other_venue_id).as_deref()).await,
            distributor: world.key("distributor", &distributor_id.to_string(), None).await,
            books,
        }
    }

    pub(crate) async fn order(
        world: &World,
        (funder_id, campaign_id): (Id<Funder>, Id<Campaign>),
        plan: &Plan,
    ) -> (Id<Order>, Vec<PrintedBook>) {
        let operator = &world.operator;
        if plan.deposit_cents > 0 {
            let id: Id<Deposit> = world.id();
            let body = json!({
                "funder_id": funder_id, "reference": "MANDAT 2026-1",
                "amount": { "cents": plan.deposit_cents, "currency": "EUR" }
            });
            world.put(&format!("/api/v1/deposits/{id}"), operator, body).await.good();
        }
        let order_id: Id<Order> = world.id();
        let path = format!("/api/v1/orders/{order_id}");
        let body = json!({ "campaign_id": campaign_id, "books": plan.books });
        let placed = world.put(&path, operator, body).await.good();
        assert_eq!(placed["state"], "issued");
        let books = printed(world, order_id, plan.books).await;
        if plan.activate {
            world.post(&format!("{path}/activation"), operator, None).await.good();
        }
        (order_id, books)
    }

    /// A voucher of the order: book and position count from 0.
    pub(crate) fn voucher(&self, book: usize, position: usize) -> &PrintedVoucher {
        &self.books[book].vouchers[position]
    }

    /// What a redemption at the first venue says.
    pub(crate) fn body(&self, presented: &str) -> Value {
        json!({ "presented": presented, "venue_id": self.venue_id, "offering": OFFERING })
    }

    /// Redeems at the first venue under a new id.
    pub(crate) async fn redeem(&self, world: &World, presented: &str) -> Answer {
        let id: Id<Redemption> = world.id();
        let path = format!("/api/v1/redemptions/{id}");
        world.put(&path, &self.venue, self.body(presented)).await
    }
}

/// The secrets that an order's books carry on paper.
pub(crate) async fn printed(world: &World, order: Id<Order>, count: i64) -> Vec<PrintedBook> {
    let id = world.operator_id.any();
    let actor = Actor::of(id, Role::Operator, id.try_into().unwrap());
    let books = issue::printed(&world.instance, &actor, order, 1, count).await.unwrap();
    crate::canary::mark_books(&books);
    books
}
