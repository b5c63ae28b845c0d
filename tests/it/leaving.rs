//! Goal: a funder leaves with its ledger: another operator goes on with it, on the other engine,
//! with or without the former one, and honours every voucher once; a tampered export imports
//! nothing.

use std::path::{Path, PathBuf};

use carnet::base::id::{Id, Redemption};
use carnet::domain::ledger::checkpoint::{Checkpoint, VerifierKey};
use carnet::domain::ledger::log::verify_consistency;
use carnet::service::Error;
use carnet::service::import::{import, unseal};
use carnet::service::release::release;
use carnet::service::rotate::operator_at_the_machine;
use carnet::service::writer::Done;
use serde_json::{Value, json};

use crate::cli::{Call, program};
use crate::harness::{Answer, Engine, World, on_both_engines};
use crate::scheme::{Plan, Scheme};

mod lived;
mod tampered;

/// The host of the operator that goes on.
pub(crate) const NEW_HOST: &str = "relais.exemple.fr";

/// Two operators, and the funder's secrets between them.
pub(crate) struct Move {
    pub(crate) old: World,
    pub(crate) new: World,
    pub(crate) scheme: Scheme,
    /// Where the funder keeps its keys, and the exports lie.
    pub(crate) dir: PathBuf,
}

fn call(world: &World, host: &str, arguments: &[&str]) -> Call {
    let mut command = program(&world.dir);
    command.env("CARNET_DATABASE__URL", &world.url).env("CARNET_SERVER__HOST", host);
    Call::of(&command.args(arguments).output().unwrap())
}

impl Move {
    /// A scheme at one operator, whose funder has keys of its own, and another operator with a
    /// scheme of its own: the same book numbers and the same key id exist on both sides.
    pub(crate) async fn new(old: World) -> Self {
        Self::of(old, async |old, terms| {
            let plan = Plan { books: 2, terms: Some(terms), ..Plan::default() };
            Scheme::plan(old, &plan).await
        })
        .await
    }

    /// The same with another scheme.
    async fn of(old: World, scheme: impl AsyncFnOnce(&World, Value) -> Scheme) -> Self {
        let other = match old.engine {
            Engine::Sqlite => Engine::Postgres,
            Engine::Postgres => Engine::Sqlite,
        };
        let new = World::founded(other, NEW_HOST, 1000).await;
        let dir = old.dir.join("funder");
        let made = call(&old, "pass.exemple.fr", &["funder-keys", "--out", "funder"]).good();
        let terms: Value = serde_json::from_str(&made).unwrap();
        let scheme = scheme(&old, terms["ledger"].clone()).await;
        let account = json!({ "iban": "FR1420041010050500013M02606", "holder": "Atelier" });
        let path = format!("/api/v1/organisations/{}/bank-account", scheme.structure_id);
        old.put(&path, &old.operator, account).await.good();
        Self { old, new, scheme, dir }
    }

    /// Exports the ledger into a directory of the funder.
    pub(crate) fn export(&self, name: &str) -> PathBuf {
        let out = self.dir.join(name);
        let funder = self.scheme.funder_id.to_string();
        let arguments = ["export", "--ledger", &funder, "--out", out.to_str().unwrap()];
        call(&self.old, "pass.exemple.fr", &arguments).good();
        out
    }

    /// The funder signs that the new operator goes on.
    pub(crate) fn sign(&self, export: &Path) -> PathBuf {
        let (key, operator) = (self.dir.join("recovery.key"), self.new.operator_id.to_string());
        let arguments = [
            "sign-takeover",
            export.to_str().unwrap(),
            "--recovery-key",
            key.to_str().unwrap(),
            "--operator",
            &operator,
            "--host",
            NEW_HOST,
        ];
        let said = call(&self.old, "pass.exemple.fr", &arguments).good();
        let path = self.dir.join("takeover.json");
        std::fs::write(&path, said).unwrap();
        path
    }

    /// The new operator imports, while its server works.
    pub(crate) async fn import(&self, export: &Path, takeover: &Path) -> Result<Done, String> {
        let identity = std::fs::read_to_string(self.dir.join("age-identity.txt")).unwrap();
        let sealed = std::fs::read(export.join("sealed.age")).unwrap();
        let bundle = unseal(&sealed, &identity).map_err(|error| error.0)?;
        let statement = std::fs::read_to_string(takeover).unwrap();
        let statement = serde_json::from_str(&statement).unwrap();
        let instance = &self.new.instance;
        let actor = operator_at_the_machine(instance).await.unwrap();
        let done = import(instance, &actor, export, bundle, statement, &mut |_| {}).await;
        done.map_err(|error| match error {
            Error::Refused(refusal) => format!("{:?}", refusal.members.errors),
            other => panic!("{other}"),
        })
    }

    /// The same by the command line.
    pub(crate) fn import_call(&self, export: &Path, takeover: &Path) -> Call {
        let identity = self.dir.join("age-identity.txt");
        let arguments = [
            "import",
            export.to_str().unwrap(),
            "--identity",
            identity.to_str().unwrap(),
            "--takeover",
            takeover.to_str().unwrap(),
        ];
        call(&self.new, NEW_HOST, &arguments)
    }

    /// The lines of an export.
    fn lines(&self, export: &str) -> PathBuf {
        self.dir.join(export).join(format!("ledger-{}.jsonl", self.scheme.funder_id))
    }

    /// A stranger verifies the joined history from what the new operator exports, and that the
    /// former one's export is its beginning.
    fn verify(&self, left: &Path) {
        let (funder, out) = (self.scheme.funder_id.to_string(), self.dir.join("joined"));
        let dir = out.to_str().unwrap();
        call(&self.new, NEW_HOST, &["export", "--ledger", &funder, "--out", dir]).good();
        let of = |dir: &Path, name: &str| dir.join(name).to_str().unwrap().to_owned();
        let note = format!("ledger-{funder}.checkpoint");
        let (lines, newest) = (of(&out, &format!("ledger-{funder}.jsonl")), of(&out, &note));
        let (keys, since) = (of(&out, "carnet-keys.json"), of(left, &note));
        let arguments = [
            "verify",
            "ledger",
            &lines,
            "--checkpoint",
            &newest,
            "--keys",
            &keys,
            "--since",
            &since,
        ];
        let said = call(&self.new, NEW_HOST, &arguments).good();
        let text = std::fs::read_to_string(&lines).unwrap();
        assert!(text.contains(r#""kind":"ledger-taken-over""#) && said.contains("holds"), "{said}");
    }

    /// A key of the venue at the new operator.
    async fn venue_key(&self) -> String {
        let (structure, venue) = (&self.scheme.structure_id, &self.scheme.venue_id);
        self.new.key("venue", &structure.to_string(), Some(&venue.to_string())).await
    }

    async fn redeem(&self, world: &World, key: &str, presented: &str) -> Answer {
        let id: Id<Redemption> = world.id();
        let path = format!("/api/v1/redemptions/{id}");
        world.put(&path, key, self.scheme.body(presented)).await
    }
}

async fn totals(world: &World, scheme: &Scheme) -> Value {
    let mut totals = world.get(&format!("/ledger/{}/totals", scheme.funder_id), "").await.good();
    totals.as_object_mut().unwrap().remove("checkpoint");
    totals.as_object_mut().unwrap().remove("size");
    totals
}

/// The checkpoint of a ledger, opened with the keys that a world publishes.
async fn checkpoint(world: &World, scheme: &Scheme, size: Option<i64>) -> Checkpoint {
    let keys = world.get("/.well-known/carnet-keys.json", "").await.good();
    let keys = keys["log_keys"].as_array().unwrap().clone();
    let keys: Vec<VerifierKey> =
        keys.iter().map(|key| key.as_str().unwrap().parse().unwrap()).collect();
    let size = size.map(|size| format!("?size={size}")).unwrap_or_default();
    let path = format!("/ledger/{}/checkpoint{size}", scheme.funder_id);
    Checkpoint::open(&world.get(&path, "").await.text(), &keys).unwrap()
}

/// Redeems half of the vouchers before, with one redemption to be asked again.
async fn first_half(leaving: &Move) -> (String, Value, Answer) {
    let Move { old, scheme, .. } = leaving;
    for position in 0..4 {
        leaving.redeem(old, &scheme.venue, &scheme.voucher(0, position).url).await.good();
    }
    for position in 4..9 {
        old.clock.advance_seconds(1);
        leaving.redeem(old, &scheme.venue, &scheme.voucher(0, position).code).await.good();
    }
    let id: Id<Redemption> = old.id();
    let path = format!("/api/v1/redemptions/{id}");
    let body = scheme.body(&scheme.voucher(0, 9).url);
    let first = old.put(&path, &scheme.venue, body.clone()).await;
    assert_eq!(first.status, 201);
    (path, body, first)
}

/// Everything that holds once the new operator goes on.
async fn goes_on(leaving: &Move, before: &Value, asked: (String, Value, Answer), size: i64) {
    let Move { new, scheme, .. } = leaving;
    assert_eq!(totals(new, scheme).await, *before);
    let key = leaving.venue_key().await;
    // An old request gives the old bytes.
    let (path, body, first) = asked;
    let again = new.put(&path, &key, body).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    // What was used stays used; the rest is honoured, by token and by code, once.
    let used = leaving.redeem(new, &key, &scheme.voucher(0, 0).code).await;
    assert_eq!(used.code(), "voucher-already-redeemed");
    for position in 0..10 {
        let voucher = scheme.voucher(1, position);
        let (one, other) = (&voucher.url, &voucher.code);
        let (one, other) = if position < 5 { (one, other) } else { (other, one) };
        leaving.redeem(new, &key, one).await.good();
        let twice = leaving.redeem(new, &key, other).await;
        assert_eq!(twice.code(), "voucher-already-redeemed");
    }
    // One tree: the former operator's last checkpoint is a prefix of the new one's.
    let (old, grown) =
        (checkpoint(new, scheme, Some(size)).await, checkpoint(new, scheme, None).await);
    assert_eq!(old.origin, grown.origin);
    let path = format!("/ledger/{}/consistency?from={size}", scheme.funder_id);
    let text = new.get(&path, "").await.text();
    let hashes = text.split("\n\n").next().unwrap().lines().skip(1);
    let hashes: Vec<_> = hashes.map(|hash| hash.parse().unwrap()).collect();
    let (from, to) = ((old.size, old.root), (grown.size, grown.root));
    verify_consistency(from.0, &from.1, to.0, &to.1, &hashes).unwrap();
    crate::audit::holds(new).await;
}

async fn what_is_left_is_enough(world: World) {
    let leaving = Move::new(world).await;
    // The new operator has vouchers of the same numbers, signed with a key of the same id.
    let own = Scheme::new(&leaving.new).await;
    let asked = first_half(&leaving).await;
    let before = totals(&leaving.old, &leaving.scheme).await;
    let export = leaving.export("left");
    for name in ["carnet-keys.json", "README.txt", "sealed.age"] {
        assert!(export.join(name).exists(), "{name}");
    }
    let takeover = leaving.sign(&export);
    let size = checkpoint(&leaving.old, &leaving.scheme, None).await.size;
    let size = i64::try_from(size).unwrap();
    // Only the export is left from here on: nothing below asks the former operator.
    let done = leaving.import(&export, &takeover).await.unwrap();
    assert_eq!((done.fresh, done.seq), (true, size));
    let again = leaving.import_call(&export, &takeover).good();
    assert!(again.contains("taken over before"), "{again}");
    goes_on(&leaving, &before, asked, size).await;
    leaving.verify(&export);
    let theirs = own.redeem(&leaving.new, &own.voucher(1, 0).url).await.good();
    assert_eq!(theirs["voucher"], "0000002-01");
    more_books(&leaving).await;
}

/// New books have numbers that the ledger never saw.
async fn more_books(leaving: &Move) {
    let Move { new, scheme, .. } = leaving;
    let order: Id<carnet::base::id::Order> = new.id();
    let path = format!("/api/v1/orders/{order}");
    let body = json!({ "campaign_id": scheme.campaign_id, "books": 1 });
    new.put(&path, &new.operator, body).await.good();
    new.post(&format!("{path}/activation"), &new.operator, None).await.good();
    let books = crate::scheme::printed(new, order, 1).await;
    assert_eq!(books[0].serial, "0000003");
    let key = leaving.venue_key().await;
    leaving.redeem(new, &key, &books[0].vouchers[0].url).await.good();
    leaving.redeem(new, &key, &books[0].vouchers[1].code).await.good();
    // What another operator issued is not printed here: our key of that id is another.
    let path = format!("/api/v1/orders/{}/books.pdf?from=1&to=1", scheme.order_id);
    assert_eq!(new.get(&path, &new.operator).await.code(), "wrong-state");
    crate::audit::holds(new).await;
}

async fn a_living_operator_lets_go(world: World) {
    let leaving = Move::new(world).await;
    let asked = first_half(&leaving).await;
    let before = totals(&leaving.old, &leaving.scheme).await;
    let export = leaving.export("first");
    let takeover = leaving.sign(&export);
    let Move { old, scheme, .. } = &leaving;
    let statement = std::fs::read_to_string(&takeover).unwrap();
    let actor = operator_at_the_machine(&old.instance).await.unwrap();
    release(&old.instance, &actor, serde_json::from_str(&statement).unwrap()).await.unwrap();
    let arguments = ["release", "--takeover", takeover.to_str().unwrap()];
    let said = call(old, "pass.exemple.fr", &arguments).good();
    assert!(said.contains(&format!("https://{NEW_HOST}")), "{said}");
    // Every write is refused with the new address, and so is a scan that writes nothing.
    let voucher = scheme.voucher(1, 0);
    for presented in [&voucher.url, &voucher.code] {
        let refused = leaving.redeem(old, &scheme.venue, presented).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (410, "ledger-released".to_owned()));
        assert_eq!(refused.json()["address"], format!("https://{NEW_HOST}"));
        let body = json!({ "presented": presented, "venue_id": scheme.venue_id });
        let checked = old.post("/api/v1/voucher-checks", &scheme.venue, Some(body)).await;
        assert_eq!(checked.code(), "ledger-released");
    }
    let id: Id<carnet::base::id::Deposit> = old.id();
    let body = json!({
        "funder_id": scheme.funder_id, "reference": "MANDAT 2026-2",
        "amount": { "cents": 1000, "currency": "EUR" }
    });
    let late = old.put(&format!("/api/v1/deposits/{id}"), &old.operator, body).await;
    assert_eq!(late.code(), "ledger-released");
    // A retry of before still gives the old bytes, and the former operator's books hold.
    let again = old.put(&asked.0, &scheme.venue, asked.1.clone()).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &asked.2.bytes));
    crate::audit::holds(old).await;
    // The last export has the release; the new operator goes on after it, in the same tree.
    let export = leaving.export("last");
    let size = i64::try_from(checkpoint(old, scheme, None).await.size).unwrap();
    leaving.import(&export, &takeover).await.unwrap();
    goes_on(&leaving, &before, asked, size).await;
    leaving.verify(&export);
    let joined = std::fs::read_to_string(leaving.lines("joined")).unwrap();
    assert!(joined.contains(r#""kind":"ledger-released""#));
}

on_both_engines!(what_is_left_is_enough, a_living_operator_lets_go);
