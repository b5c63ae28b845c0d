//! Goal: when the machine fails, nobody is told yes or no that is not so: a commit that fails is
//! "unknown", leaves nothing behind, and the same id goes through once the fault is gone; a queue
//! that is full says so at once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use carnet::base::entropy::SeededEntropy;
use carnet::base::id::{Deposit, Id, Redemption};
use carnet::domain::ledger::account::Account;
use carnet::domain::refusal::Reason;
use carnet::service::writer::desk::{Decided, Desk};
use carnet::service::writer::{QUEUE, Write};
use carnet::service::{Error, Instance};
use carnet::store::{Database, DatabaseOptions};
use carnet::web::{self, App};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::harness::{Engine, World, on_both_engines};
use crate::proposals::{OLD, account, approve, payee, proposed, put_if, two};
use crate::scheme::Scheme;
use crate::state::{balances, everything, held, meddle};

/// Makes every COMMIT that holds a new line fail, and nothing before it.
const BREAK: [&str; 2] = [
    "CREATE TABLE fault_parent (no INTEGER PRIMARY KEY);
     CREATE TABLE fault_child (
         no INTEGER REFERENCES fault_parent (no) DEFERRABLE INITIALLY DEFERRED
     );
     CREATE TRIGGER fault AFTER INSERT ON entry BEGIN INSERT INTO fault_child VALUES (1); END;",
    "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'the commit fails'; END $$;
     CREATE CONSTRAINT TRIGGER fault AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION fault();",
];
const MEND: [&str; 2] = ["DROP TRIGGER fault", "DROP TRIGGER fault ON entry"];

async fn damage(world: &World, sql: [&str; 2]) {
    meddle(world, sql[usize::from(world.engine == Engine::Postgres)]).await.unwrap();
}

fn deposit_body(scheme: &Scheme) -> Value {
    json!({
        "funder_id": scheme.funder_id, "reference": "MANDAT 9",
        "amount": { "cents": 700, "currency": "EUR" }
    })
}

async fn a_commit_that_fails_is_unknown_never_no(world: World) {
    let scheme = Scheme::new(&world).await;
    scheme.redeem(&world, &scheme.voucher(1, 0).url).await.good();
    damage(&world, BREAK).await;
    let before = everything(&world).await;

    let redemption: Id<Redemption> = world.id();
    let redemption = format!("/api/v1/redemptions/{redemption}");
    let body = scheme.body(&scheme.voucher(0, 0).url);
    let deposit: Id<Deposit> = world.id();
    let deposit = format!("/api/v1/deposits/{deposit}");
    for _ in 0..2 {
        let unknown = world.put(&redemption, &scheme.venue, body.clone()).await;
        assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (503, "outcome-unknown"));
        assert_eq!(unknown.retry_after.as_deref(), Some("1"));
        let unknown = world.put(&deposit, &world.operator, deposit_body(&scheme)).await;
        assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (503, "outcome-unknown"));
    }
    let items: Vec<Value> = (1..4)
        .map(|position| {
            let mut item = scheme.body(&scheme.voucher(0, position).url);
            item["id"] = json!(world.id::<Redemption>());
            item
        })
        .collect();
    let batch = Some(json!({ "redemptions": items }));
    let path = "/api/v1/redemption-batches";
    let unknown = world.post(path, &scheme.venue, batch.clone()).await.good();
    for result in unknown["results"].as_array().unwrap() {
        assert_eq!(result["problem"]["code"], "outcome-unknown", "{result}");
    }
    // What needs no commit is served meanwhile: the writer goes on.
    let used = scheme.redeem(&world, &scheme.voucher(1, 0).code).await;
    assert_eq!(used.code(), "voucher-already-redeemed");
    assert_eq!(everything(&world).await, before);

    damage(&world, MEND).await;
    let first = world.put(&redemption, &scheme.venue, body.clone()).await;
    assert_eq!(first.status, 201, "{}", first.json());
    let again = world.put(&redemption, &scheme.venue, body).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    let done = world.put(&deposit, &world.operator, deposit_body(&scheme)).await;
    assert_eq!(done.status, 201, "{}", done.json());
    let done = world.post(path, &scheme.venue, batch).await.good();
    for result in done["results"].as_array().unwrap() {
        assert_eq!(result["status"], 201, "{result}");
    }
    let ledger = scheme.funder_id.to_string();
    assert_eq!(held(&world, &ledger, Account::Due(scheme.structure_id)).await, 5000);
    let float = balances(&world, &ledger).await.tally(Account::Float(scheme.campaign_id));
    assert_eq!(float.vouchers, 15);
}

/// A write that decides nothing.
struct Idle;

#[async_trait]
impl Write for Idle {
    async fn decide(&self, _: &mut Desk<'_>) -> Result<Decided, Error> {
        Err(Reason::NotFound.into())
    }
}

async fn redeem_at(router: &Router, path: &str, secret: &str, body: &Value) -> (u16, Value) {
    let request = axum::http::Request::put(path)
        .header("authorization", format!("Bearer {secret}"))
        .header("content-type", "application/json")
        .body(axum::body::Body::from(body.to_string()));
    let response = router.clone().oneshot(request.unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let mut json: Value = serde_json::from_slice(&bytes).unwrap();
    json["retry_after"] = json!(parts.headers.get("retry-after").map(|v| v.to_str().unwrap()));
    (parts.status.as_u16(), json)
}

async fn an_approval_that_fails_does_nothing(world: World) {
    Scheme::new(&world).await;
    let (nora, mut paul) = two(&world).await;
    let (_, path) = payee(&world).await;
    let proposal = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    damage(&world, BREAK).await;
    let before = everything(&world).await;
    let unknown = approve(&mut paul, &proposal).await;
    assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (503, "outcome-unknown"));
    // The approval and what it approves are one commit: none of both is there.
    assert_eq!(everything(&world).await, before);
    assert_eq!(paul.get(&proposal).await.good()["state"], "waiting");
    damage(&world, MEND).await;
    let [first, again] = [approve(&mut paul, &proposal).await, approve(&mut paul, &proposal).await];
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(put_if(&nora, &path, &account(OLD), None).await.status, 200);
}

async fn a_full_queue_says_so_at_once(world: World) {
    let scheme = Scheme::new(&world).await;
    let options = DatabaseOptions { url: world.url.clone(), readers: 4 };
    let (instance, writer) = Instance::new(
        Database::open(&options).await.unwrap(),
        world.clock.clone(),
        Arc::new(SeededEntropy::new(5)),
        world.instance.keys.clone(),
        world.instance.signer.clone(),
        world.instance.settings.clone(),
    );
    let instance = Arc::new(instance);
    let (router, _) = web::routes(App { instance: instance.clone() }, Duration::from_secs(30));
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..QUEUE {
        let instance = instance.clone();
        waiting.spawn(async move { instance.door.write(Idle).await });
    }
    // The writer does not run: soon the queue is full, and one more is refused at once.
    let asked = async {
        while !matches!(
            tokio::time::timeout(Duration::from_millis(20), instance.door.write(Idle)).await,
            Ok(Err(error)) if error.reason() == Some(Reason::Busy)
        ) {}
    };
    tokio::time::timeout(Duration::from_secs(20), asked).await.unwrap();
    let id: Id<Redemption> = world.id();
    let path = format!("/api/v1/redemptions/{id}");
    let body = scheme.body(&scheme.voucher(0, 0).url);
    let answered = redeem_at(&router, &path, &scheme.venue, &body);
    let (status, busy) = tokio::time::timeout(Duration::from_secs(5), answered).await.unwrap();
    assert_eq!((status, &busy["code"], &busy["retry_after"]), (503, &json!("busy"), &json!("1")));

    tokio::spawn(writer.run());
    while let Some(answer) = waiting.join_next().await {
        let reason = answer.unwrap().unwrap_err().reason();
        assert!(matches!(reason, Some(Reason::NotFound | Reason::Busy)), "{reason:?}");
    }
    let (status, done) = redeem_at(&router, &path, &scheme.venue, &body).await;
    assert_eq!(status, 201, "{done}");
}

on_both_engines!(
    a_commit_that_fails_is_unknown_never_no,
    an_approval_that_fails_does_nothing,
    a_full_queue_says_so_at_once,
);
