//! Goal: fraud that is played through the real service is raised, each by its own signal, and an
//! honest day raises nothing; a signal changes nothing but what a person writes down about it.

use std::collections::BTreeSet;

use carnet::base::clock::Clock as _;
use carnet::base::id::{AnyId, ApiKey, HandOver, Id, Movement, Redemption, Signal, Venue};
use carnet::domain::code::Code;
use carnet::domain::signal::{Raised, SignalKind};
use carnet::service::signals;
use serde_json::{Value, json};

use crate::harness::{World, on_both_engines};
use crate::scheme::{OFFERING, Plan, Scheme};

/// Keeps signals, as a night does.
async fn keep(world: &World, raised: &[Raised]) {
    let mut tx = world.instance.database.write().await.unwrap();
    carnet::store::signal::raise(&mut tx, raised, world.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// A signal about nobody, raised today.
pub(crate) async fn planted(world: &World) -> Id<Signal> {
    let (about, on) = (world.id::<Venue>().any(), signals::today(&world.instance));
    let raised = Raised { kind: SignalKind::Copies, about, on, count: 4, of: 4 };
    keep(world, &[raised]).await;
    raised.id()
}

/// A counter: the secret of its key, and the venue.
#[derive(Clone, Copy)]
struct Counter<'a>(&'a str, Id<Venue>);

/// Shows something at a counter; gives the status.
async fn show(
    world: &World,
    Counter(secret, venue): Counter<'_>,
    presented: &str,
    occurred_at: Option<String>,
) -> u16 {
    let path = format!("/api/v1/redemptions/{}", world.id::<Redemption>());
    let mut body = json!({ "presented": presented, "venue_id": venue, "offering": OFFERING });
    if let Some(at) = occurred_at {
        body["occurred_at"] = json!(at);
    }
    world.put(&path, secret, body).await.status.as_u16()
}

/// A moment so many seconds from now.
fn from_now(world: &World, seconds: i64) -> String {
    world.clock.now().plus_seconds(seconds).to_string()
}

/// The key of a role at a venue.
async fn key_at(world: &World, role: &str, venue: Id<Venue>) -> String {
    let keys = world.get("/api/v1/api-keys", &world.operator).await.good();
    let at = |key: &&Value| key["venue_id"] == json!(venue) && key["role"] == role;
    keys.as_array().unwrap().iter().find(at).unwrap()["id"].as_str().unwrap().to_owned()
}

/// What a list of signals says, without numbers.
fn said(listed: &Value) -> BTreeSet<(String, String)> {
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let all = listed.as_array().unwrap().iter();
    all.map(|it| (text(it, "kind"), text(it, "about_id"))).collect()
}

/// What a night raises of the day that was.
async fn night(world: &World) -> BTreeSet<(String, String)> {
    let day = signals::today(&world.instance);
    let counted = world.get(&format!("/api/v1/signals?on={day}"), &world.operator).await.good();
    assert_eq!(world.get("/api/v1/signals", &world.operator).await.good(), json!([]));
    signals::raise(&world.instance, day).await.unwrap();
    let kept = world.get("/api/v1/signals", &world.operator).await.good();
    assert_eq!(counted, kept, "counted when asked, as at night");
    said(&kept)
}

fn expected(all: &[(&str, String)]) -> BTreeSet<(String, String)> {
    all.iter().map(|(kind, about)| ((*kind).to_owned(), about.clone())).collect()
}

async fn frauds_at_the_counter_are_raised(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 12, ..Plan::default() }).await;
    let voucher = |at: usize| scheme.voucher(at / 10, at % 10);
    let here = Counter(&scheme.venue, scheme.venue_id);
    let there = Counter(&scheme.other_venue, scheme.other_venue_id);
    // S1: a stack of 25 vouchers in an instant.
    for at in 0..25 {
        assert_eq!(show(&world, here, &voucher(at).url, None).await, 201);
    }
    // S2: four whole books, one voucher every ten seconds.
    for at in 30..70 {
        world.clock.advance_seconds(10);
        assert_eq!(show(&world, there, &voucher(at).url, None).await, 201);
    }
    // S3: copies of what was used at the first venue.
    for at in 0..3 {
        world.clock.advance_seconds(60);
        assert_eq!(show(&world, there, &voucher(at).url, None).await, 409);
    }
    // S4: codes that do not exist.
    for number in 1..7 {
        world.clock.advance_seconds(60);
        let code = Code::from_number(number).unwrap().to_string();
        assert_eq!(show(&world, there, &code, None).await, 404);
    }
    // S9: a device whose clock is ahead.
    let venue = scheme.venue_id.to_string();
    let device = world.key("device", &scheme.structure_id.to_string(), Some(&venue)).await;
    for at in 110..113 {
        world.clock.advance_seconds(300);
        let ahead = from_now(&world, 700);
        let counter = Counter(&device, scheme.venue_id);
        assert_eq!(show(&world, counter, &voucher(at).url, Some(ahead)).await, 201);
    }
    // S10: books that lie in a stock.
    let book = |at: usize| voucher(at).serial.split('-').next().unwrap().to_owned();
    let run = json!({
        "first": book(70), "last": book(90), "to": "in_stock", "site_id": scheme.site_id
    });
    let path = format!("/api/v1/movements/{}", world.id::<Movement>());
    world.put(&path, &world.operator, run).await.good();
    for at in [70, 80, 90] {
        world.clock.advance_seconds(300);
        assert_eq!(show(&world, here, &voucher(at).url, None).await, 201);
    }
    let frauds = expected(&[
        ("pace", key_at(&world, "venue", scheme.venue_id).await),
        ("whole-books", scheme.other_venue_id.to_string()),
        ("copies", scheme.other_venue_id.to_string()),
        ("unknown", key_at(&world, "venue", scheme.other_venue_id).await),
        ("clock-ahead", key_at(&world, "device", scheme.venue_id).await),
        ("from-stock", venue),
    ]);
    assert_eq!(night(&world).await, frauds);
    // Nothing is refused or held because of it.
    assert_eq!(show(&world, here, &voucher(100).url, None).await, 201);
    assert_eq!(show(&world, there, &voucher(101).url, None).await, 201);
    crate::audit::holds(&world).await;
}

/// Hands some books over and uses the first voucher of each where `to` says.
async fn hand_over(
    world: &World,
    scheme: &Scheme,
    worker: &str,
    books: std::ops::Range<usize>,
    to: impl Fn(usize) -> bool,
) {
    for at in books {
        let number = scheme.voucher(at, 0).serial.split('-').next().unwrap();
        let cover = format!("HTTPS://PASS.EXEMPLE.FR/B/{number}");
        let path = format!("/api/v1/hand-overs/{}", world.id::<HandOver>());
        let body = json!({ "book": cover, "site_id": scheme.site_id });
        world.put(&path, worker, body).await.good();
        world.clock.advance_seconds(40);
        let counter = if to(at) {
            Counter(&scheme.other_venue, scheme.other_venue_id)
        } else {
            Counter(&scheme.venue, scheme.venue_id)
        };
        assert_eq!(show(world, counter, &scheme.voucher(at, 0).url, None).await, 201);
    }
}

async fn a_worker_who_sends_everybody_to_one_venue_is_raised(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 24, ..Plan::default() }).await;
    let number = |at: usize| scheme.voucher(at, 0).serial.split('-').next().unwrap().to_owned();
    let run = json!({
        "first": number(0), "last": number(23), "to": "in_stock", "site_id": scheme.site_id
    });
    let path = format!("/api/v1/movements/{}", world.id::<Movement>());
    world.put(&path, &world.operator, run).await.good();
    // S6: one worker sends all of its people to one venue, the other one as they like.
    let own = scheme.distributor_id.to_string();
    let other = world.key("distributor-worker", &own, None).await;
    hand_over(&world, &scheme, &scheme.distributor, 0..12, |_| true).await;
    hand_over(&world, &scheme, &other, 12..24, |at| at % 2 == 0).await;
    let keys = world.get("/api/v1/api-keys", &world.operator).await.good();
    let worker = keys.as_array().unwrap().iter().find(|key| key["role"] == "distributor").unwrap();
    let fraud = expected(&[("steering", worker["id"].as_str().unwrap().to_owned())]);
    assert_eq!(night(&world).await, fraud);
    // A quarter is looked at: the next night raises the same no second time.
    world.clock.advance_seconds(86_400);
    let day = signals::today(&world.instance);
    assert_eq!(signals::raise(&world.instance, day).await.unwrap(), 0);
}

async fn a_venue_that_is_offline_alone_is_raised(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 6, ..Plan::default() }).await;
    for at in 0..20 {
        world.clock.advance_seconds(90);
        let counter = Counter(&scheme.other_venue, scheme.other_venue_id);
        let voucher = scheme.voucher(at / 10, at % 10);
        assert_eq!(show(&world, counter, &voucher.url, None).await, 201);
    }
    for at in 0_i64..28 {
        let place = usize::try_from(at).unwrap();
        let past = from_now(&world, (at - 40) * 120);
        let counter = Counter(&scheme.venue, scheme.venue_id);
        let voucher = scheme.voucher(2 + place / 10, place % 10);
        assert_eq!(show(&world, counter, &voucher.url, Some(past)).await, 201);
    }
    assert_eq!(night(&world).await, expected(&[("offline", scheme.venue_id.to_string())]));
}

/// To count a day reads all of its lines; to read what was raised does not.
async fn counting_days_is_limited_and_listing_is_not(world: World) {
    let world = super::limited(world, super::default_quotas()).await;
    let day = format!("/api/v1/signals?on={}", signals::today(&world.instance));
    for _ in 0..30 {
        world.get(&day, &world.operator).await.good();
    }
    assert_eq!(world.get(&day, &world.operator).await.code(), "rate-limited");
    for _ in 0..40 {
        world.get("/api/v1/signals", &world.operator).await.good();
    }
}

async fn an_honest_day_raises_nothing(world: World) {
    let scheme = Scheme::new(&world).await;
    for at in 0..8 {
        world.clock.advance_seconds(600);
        scheme.redeem(&world, &scheme.voucher(0, at).url).await.good();
    }
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.code();
    assert_eq!(night(&world).await, BTreeSet::new());
}

async fn a_decision_is_a_line_and_nothing_else(world: World) {
    let scheme = Scheme::new(&world).await;
    let (about, on): (AnyId, _) = (scheme.venue_id.any(), signals::today(&world.instance));
    let raised = Raised { kind: SignalKind::Copies, about, on, count: 4, of: 4 };
    keep(&world, &[raised]).await;
    let path = format!("/api/v1/signals/{}/decision", raised.id());
    let body = |decision: &str| json!({ "decision": decision });
    let auditor = world.key("auditor", &world.operator_id.to_string(), None).await;
    assert_eq!(world.put(&path, &auditor, body("watched")).await.code(), "not-permitted");
    assert_eq!(world.get("/api/v1/signals", &scheme.structure).await.code(), "not-permitted");
    let done = world.put(&path, &world.operator, body("suspended")).await;
    assert_eq!(done.status, 201);
    let line = done.json()["receipt"]["line"].as_str().unwrap().to_owned();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["kind"], &line["id"]), (&json!("signal-decided"), &json!(raised.id())));
    assert_eq!(line["body"]["about_id"], json!(scheme.venue_id));
    let again = world.put(&path, &world.operator, body("suspended")).await;
    assert_eq!((again.status.as_u16(), again.bytes), (200, done.bytes));
    assert_eq!(world.put(&path, &world.operator, body("explained")).await.code(), "differs");
    assert_eq!(world.put(&path, &world.operator, body("fired")).await.code(), "invalid-request");
    let unknown = Raised { on: on.plus_days(1), ..raised };
    let unknown = format!("/api/v1/signals/{}/decision", unknown.id());
    assert_eq!(world.put(&unknown, &world.operator, body("watched")).await.code(), "not-found");
    let listed = world.get("/api/v1/signals", &auditor).await.good();
    assert_eq!(listed[0]["decided"]["decision"], "suspended");
    // It suspends nobody: that is another verb, by somebody who means it.
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let old = world.get("/api/v1/signals?on=2020-01-01", &auditor).await;
    assert_eq!(old.code(), "invalid-request");
    crate::audit::holds(&world).await;
}

/// Three used vouchers are shown at the other venue every day; somebody explains it, or does not.
async fn what_was_explained_is_not_raised_again(world: World) {
    let scheme = Scheme::new(&world).await;
    let there = Counter(&scheme.other_venue, scheme.other_venue_id);
    let mut counts = Vec::new();
    for (day, decision) in [(0, "watched"), (1, "explained"), (2, "")] {
        for at in 0..3 {
            let voucher = scheme.voucher(day / 2, (day % 2) * 5 + at);
            scheme.redeem(&world, &voucher.url).await.good();
            assert_eq!(show(&world, there, &voucher.url, None).await, 409);
        }
        let on = signals::today(&world.instance);
        counts.push(signals::raise(&world.instance, on).await.unwrap());
        if !decision.is_empty() {
            let listed = world.get("/api/v1/signals", &world.operator).await.good();
            assert_eq!(listed[0]["raised_on"], json!(on));
            let path = format!("/api/v1/signals/{}/decision", listed[0]["id"].as_str().unwrap());
            world.put(&path, &world.operator, json!({ "decision": decision })).await.good();
        }
        world.clock.advance_seconds(86_400);
    }
    assert_eq!(counts, [1, 1, 0]);
}

/// The rows are anybody's who has the database: a line never says what nobody raised.
async fn a_made_up_signal_is_no_line(world: World) {
    Scheme::new(&world).await;
    let id = planted(&world).await;
    let venue = world.id::<ApiKey>().to_string();
    crate::state::meddle(&world, &format!("UPDATE signal SET about_id = '{venue}'")).await.unwrap();
    let path = format!("/api/v1/signals/{id}/decision");
    let answer = world.put(&path, &world.operator, json!({ "decision": "reported" })).await;
    assert_eq!(answer.status, 500);
}

on_both_engines!(
    frauds_at_the_counter_are_raised,
    a_worker_who_sends_everybody_to_one_venue_is_raised,
    a_venue_that_is_offline_alone_is_raised,
    counting_days_is_limited_and_listing_is_not,
    an_honest_day_raises_nothing,
    a_decision_is_a_line_and_nothing_else,
    what_was_explained_is_not_raised_again,
    a_made_up_signal_is_no_line,
);
