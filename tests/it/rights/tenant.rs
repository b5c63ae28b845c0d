//! A tenant that has lived: a funder with its distributor, structure and venue, one of everything
//! that has an id, and a key of each role.

use std::collections::BTreeMap;

use carnet::base::clock::Clock as _;
use carnet::base::id::{
    ApiKey, Block, HandOver, Id, Membership, Movement, Order, Payment, Redemption, Settlement,
};
use carnet::domain::access::Role;
use serde_json::{Value, json};

use crate::harness::World;
use crate::scheme::{Plan, Scheme};

/// Whose things are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Mine,
    Theirs,
    Unknown,
}

/// What a tenant has, by what it is.
pub(crate) struct Tenant {
    ids: BTreeMap<&'static str, String>,
    keys: BTreeMap<Role, String>,
}

/// A key that was granted and ended.
pub(crate) async fn ended_key(world: &World) -> String {
    let id: Id<ApiKey> = world.id();
    let body = json!({ "role": "operator", "organisation_id": world.operator_id });
    let path = format!("/api/v1/api-keys/{id}");
    let granted = world.put(&path, &world.operator, body).await.good();
    world.post(&format!("{path}/revocation"), &world.operator, None).await.good();
    granted["secret"].as_str().unwrap().to_owned()
}

impl Tenant {
    /// What it has under a name.
    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &str {
        &self.ids[name]
    }

    /// The secret of its key of a role.
    pub(crate) fn key(&self, role: Role) -> &str {
        &self.keys[&role]
    }

    /// Everything it has.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.ids.values().map(String::as_str)
    }

    /// What nobody else may read in any answer. Venues are public to whoever hands books over.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let open = ["venue", "structure", "book", "serial", "presented", "cover", "today"];
        self.ids.iter().filter(move |(name, _)| !open.contains(name)).map(|(_, id)| id.as_str())
    }

    /// The same, of which nothing exists.
    pub(crate) fn unknown(&self, world: &World) -> Self {
        let mut ids = self.ids.clone();
        for (name, id) in &mut ids {
            if let Some((noun, _)) = id.clone().split_once('_') {
                let other = world.id::<Order>().to_string();
                *id = other.replacen("order", noun, 1);
            }
            match *name {
                "book" => "7654321".clone_into(id),
                "serial" => "7654321-01".clone_into(id),
                "cover" => "HTTPS://PASS.EXEMPLE.FR/B/7654321".clone_into(id),
                _ => {}
            }
        }
        Self { ids, keys: BTreeMap::new() }
    }

    /// A scheme that was used: a settlement that was paid, one that waits, a block, a device.
    pub(crate) async fn lived(world: &World) -> Self {
        let plan = Plan { books: 4, deposit_cents: 100_000, mode: "pledged", ..Plan::default() };
        let scheme = Scheme::plan(world, &plan).await;
        let mut tenant = Self { ids: BTreeMap::new(), keys: BTreeMap::new() };
        tenant.name(&scheme);
        tenant.grant(world, &scheme).await;
        tenant.live(world, &scheme).await;
        tenant
    }

    fn put(&mut self, name: &'static str, id: impl std::fmt::Display) {
        self.ids.insert(name, id.to_string());
    }

    fn name(&mut self, scheme: &Scheme) {
        self.put("funder", scheme.funder_id);
        self.put("campaign", scheme.campaign_id);
        self.put("order", scheme.order_id);
        self.put("structure", scheme.structure_id);
        self.put("venue", scheme.venue_id);
        self.put("distributor", scheme.distributor_id);
        self.put("site", scheme.site_id);
        let voucher = scheme.voucher(1, 0);
        let book = voucher.serial.split('-').next().unwrap();
        self.put("book", book);
        self.put("serial", &scheme.voucher(0, 0).serial);
        self.put("cover", format!("HTTPS://PASS.EXEMPLE.FR/B/{book}"));
        self.put("presented", &voucher.url);
    }

    async fn grant(&mut self, world: &World, scheme: &Scheme) {
        for role in Role::ALL {
            let owner = match role.noun() {
                "funder" => scheme.funder_id.to_string(),
                "distributor" => scheme.distributor_id.to_string(),
                "structure" => scheme.structure_id.to_string(),
                _ => world.operator_id.to_string(),
            };
            let venue = role.is_at_a_venue().then(|| scheme.venue_id.to_string());
            let key = world.key(role.as_str(), &owner, venue.as_deref()).await;
            self.keys.insert(role, key);
        }
    }

    async fn live(&mut self, world: &World, scheme: &Scheme) {
        let operator = world.operator.clone();
        let put = async |path: String, body: Value| {
            world.put(&format!("/api/v1/{path}"), &operator, body).await.good()
        };
        for owner in [scheme.structure_id.to_string(), scheme.funder_id.to_string()] {
            let account = json!({ "iban": "FR1420041010050500013M02606", "holder": "Nous" });
            put(format!("organisations/{owner}/bank-account"), account).await;
        }
        let (site, all) = (&scheme.site_id, &scheme.books);
        let (first, last) = (&all[0].serial, &all[3].serial);
        let id: Id<Movement> = world.id();
        let run = json!({ "first": first, "last": last, "to": "in_stock", "site_id": site });
        put(format!("movements/{id}"), run).await;
        let id: Id<HandOver> = world.id();
        put(format!("hand-overs/{id}"), json!({ "book": first, "site_id": site })).await;
        for (name, role) in [
            ("block", Role::Operator),
            ("funder-block", Role::Funder),
            ("distributor-block", Role::Distributor),
        ] {
            let id: Id<Block> = world.id();
            let target = json!({ "books": { "first": last, "last": last } });
            let body = json!({ "target": target, "reason": "lost" });
            world.put(&format!("/api/v1/blocks/{id}"), self.key(role), body).await.good();
            self.put(name, id);
        }
        for (name, position, role) in
            [("redemption", 0, Role::Venue), ("device-redemption", 1, Role::Device)]
        {
            let id: Id<Redemption> = world.id();
            let path = format!("/api/v1/redemptions/{id}");
            let body = scheme.body(&scheme.voucher(0, position).url);
            world.put(&path, self.key(role), body).await.good();
            self.put(name, id);
        }
        let id: Id<Settlement> = world.id();
        let today = world.clock.now().to_string()[..10].to_owned();
        self.put("today", &today);
        let body = json!({ "funder_id": scheme.funder_id, "cut_off_on": today });
        put(format!("settlements/{id}"), body).await;
        let approval = format!("/api/v1/settlements/{id}/approval");
        world.post(&approval, self.key(Role::Approver), None).await.good();
        let path = format!("/api/v1/settlements/{id}");
        let settled = world.get(&path, &operator).await.good();
        let payment: Id<Payment> = settled["payments"][0]["id"].as_str().unwrap().parse().unwrap();
        self.put("payment", payment);
        self.put("settlement", id);
        // One more redemption of each, which no settlement has looked past.
        for (name, position, role) in
            [("redemption", 2, Role::Venue), ("device-redemption", 3, Role::Device)]
        {
            world.clock.advance_seconds(1);
            let id: Id<Redemption> = world.id();
            let path = format!("/api/v1/redemptions/{id}");
            let body = scheme.body(&scheme.voucher(0, position).url);
            world.put(&path, self.key(role), body).await.good();
            self.put(name, id);
        }
        self.invite(world, scheme).await;
    }

    /// A person, and a device of its own.
    async fn invite(&mut self, world: &World, scheme: &Scheme) {
        let put = async |path: String, body: Value| {
            world.put(&format!("/api/v1/{path}"), &world.operator, body).await.good()
        };
        let id: Id<Membership> = world.id();
        let body = json!({
            "email": format!("{}@exemple.fr", scheme.funder_id), "name": "Ana", "role": "funder",
            "organisation_id": scheme.funder_id
        });
        let invited = put(format!("memberships/{id}"), body).await;
        self.put("membership", id);
        self.put("person", invited["person_id"].as_str().unwrap());
        let body = json!({ "role": "device", "organisation_id": scheme.structure_id,
            "venue_id": scheme.venue_id });
        let id: Id<ApiKey> = world.id();
        put(format!("api-keys/{id}"), body).await;
        self.put("api-key", id);
        self.put("signal", crate::abuse::signals::planted(world).await);
    }

    /// The organisation that a role is asked about.
    pub(crate) fn organisation(&self, role: Role) -> &str {
        match role.noun() {
            "distributor" => self.get("distributor"),
            "structure" => self.get("structure"),
            _ => self.get("funder"),
        }
    }
}
