//! Goal: a venue that redeems beyond what it agreed, or outside its opening hours day after day, is
//! raised, by what its register says; whoever keeps to both is not, and nothing is ever refused.

use carnet::base::clock::Clock as _;
use carnet::base::id::{Id, Redemption, Venue};
use carnet::domain::signal::Thresholds;
use carnet::service::signals;
use serde_json::{Value, json};

use crate::harness::{World, on_both_engines};
use crate::scheme::{OFFERING, Plan, Scheme};

/// Redeems at a venue with its key; gives the path of the redemption.
async fn redeem(world: &World, key: &str, venue: Id<Venue>, presented: &str) -> String {
    let path = format!("/api/v1/redemptions/{}", world.id::<Redemption>());
    let body = json!({ "presented": presented, "venue_id": venue, "offering": OFFERING });
    assert_eq!(world.put(&path, key, body).await.status, 201);
    path
}

/// What a night raises of the day that is: kind, whose, how much, of how many.
async fn night(world: &World) -> Vec<(String, String, i64, i64)> {
    let on = signals::today(&world.instance);
    let raised = signals::raise(&world.instance, on).await.unwrap();
    let kept = world.get("/api/v1/signals", &world.operator).await.good();
    let all = kept.as_array().unwrap().iter().filter(|it| it["raised_on"] == json!(on));
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let told: Vec<_> = all
        .map(|it| {
            let [count, of] = ["count", "of"].map(|name| it[name].as_i64().unwrap());
            (text(it, "kind"), text(it, "about_id"), count, of)
        })
        .collect();
    assert_eq!(told.len(), raised);
    told
}

/// The clock goes on to a moment of a later day.
fn go_to(world: &World, moment: &str) {
    let moment = moment.parse().unwrap();
    assert!(world.clock.now() < moment);
    world.clock.set(moment);
}

/// Gives a venue of a scheme opening hours.
async fn open(world: &World, scheme: &Scheme, venue: Id<Venue>, hours: &str) {
    let path = format!("/api/v1/venues/{venue}");
    let read = world.get(&path, &scheme.structure).await.good();
    let mut body = json!({ "opening_hours": hours });
    for name in ["structure_id", "name", "commune", "offerings"] {
        body[name] = read[name].clone();
    }
    let version = read["version"].as_i64();
    world.ask_if("PUT", &path, &scheme.structure, Some(body), version).await.good();
}

/// Five vouchers of a book, one a minute.
async fn five(world: &World, scheme: &Scheme, (book, first): (usize, usize), by_night: bool) {
    let (key, venue) = if by_night {
        (&scheme.other_venue, scheme.other_venue_id)
    } else {
        (&scheme.venue, scheme.venue_id)
    };
    for position in first..first + 5 {
        world.clock.advance_seconds(60);
        redeem(world, key, venue, &scheme.voucher(book, position).url).await;
    }
}

async fn a_venue_that_scans_at_night_is_raised(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 4, ..Plan::default() }).await;
    for venue in [scheme.venue_id, scheme.other_venue_id] {
        open(&world, &scheme, venue, "Mo-Su 11:30-18:00; PH off").await;
    }
    let mut nights = Vec::new();
    // S7. One venue begins a little early in Paris, which is long before by universal time; the
    // other one goes on at night.
    for (day, voucher) in [(23, (0, 0)), (24, (0, 5)), (25, (1, 0))] {
        go_to(&world, &format!("2026-11-{day}T09:45:00.000Z"));
        five(&world, &scheme, voucher, false).await;
        go_to(&world, &format!("2026-11-{day}T20:00:00.000Z"));
        five(&world, &scheme, (voucher.0 + 2, voucher.1), true).await;
        nights.push(night(&world).await);
    }
    let fraud = ("after-hours".to_owned(), scheme.other_venue_id.to_string(), 5, 5);
    assert_eq!(nights, [vec![], vec![], vec![fraud]]);
    // Nothing is refused because of it.
    let last = &scheme.voucher(3, 5).url;
    redeem(&world, &scheme.other_venue, scheme.other_venue_id, last).await;
    crate::audit::holds(&world).await;
}

/// Four weeks are looked at, and a venue without hours is not asked about.
async fn two_evenings_and_no_hours_are_no_signal(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 4, ..Plan::default() }).await;
    open(&world, &scheme, scheme.other_venue_id, "Mo-Sa 09:00-17:00").await;
    for (day, voucher) in
        [("11-23", (0, 0)), ("11-24", (0, 5)), ("12-21", (1, 0)), ("12-22", (1, 5))]
    {
        go_to(&world, &format!("2026-{day}T20:00:00.000Z"));
        five(&world, &scheme, voucher, true).await;
        five(&world, &scheme, (voucher.0 + 2, voucher.1), false).await;
        assert_eq!(night(&world).await, [], "{day}");
    }
    // An operator that wants to know of two is told.
    let signals = Thresholds { after_hours_days: 2, ..Thresholds::default() };
    let world = super::choosing(world, signals).await;
    assert_eq!(night(&world).await.len(), 1);
}

async fn a_venue_beyond_what_it_agreed_is_raised_once_a_month(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 3, ..Plan::default() }).await;
    // The vouchers of another funder count too: what was agreed is what the venue can serve.
    let other = Scheme::new(&world).await;
    let (key, venue) = (&scheme.venue, scheme.venue_id);
    let body = json!({ "state": "qualified", "vouchers_per_month": 10 });
    world.put(&format!("/api/v1/venues/{venue}/state"), &world.operator, body).await.good();
    let mut nights = Vec::new();
    for position in 0..5 {
        world.clock.advance_seconds(300);
        redeem(&world, key, venue, &scheme.voucher(0, position).url).await;
        redeem(&world, key, venue, &other.voucher(0, position).url).await;
    }
    nights.push(night(&world).await);
    // S5. What is undone does not count; the next one does.
    let undone = redeem(&world, key, venue, &scheme.voucher(1, 0).url).await;
    world.ask("PUT", &format!("{undone}/reversal"), key, None).await.good();
    nights.push(night(&world).await);
    redeem(&world, key, venue, &other.voucher(1, 1).url).await;
    nights.push(night(&world).await);
    // It is raised once a month, and the next month begins with nothing.
    go_to(&world, "2026-11-23T10:00:00.000Z");
    redeem(&world, key, venue, &scheme.voucher(1, 2).url).await;
    nights.push(night(&world).await);
    go_to(&world, "2026-12-01T10:00:00.000Z");
    redeem(&world, key, venue, &scheme.voucher(1, 3).url).await;
    nights.push(night(&world).await);
    let beyond = ("over-capacity".to_owned(), venue.to_string(), 11, 10);
    assert_eq!(nights, [vec![], vec![], vec![beyond], vec![], vec![]]);
    crate::audit::holds(&world).await;
}

/// The civil day of the ledger's place decides over the month.
async fn a_month_begins_by_the_clock_of_the_ledger(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 2, ..Plan::default() }).await;
    let (key, venue) = (&scheme.venue, scheme.venue_id);
    let body = json!({ "state": "qualified", "vouchers_per_month": 3 });
    world.put(&format!("/api/v1/venues/{venue}/state"), &world.operator, body).await.good();
    // In Paris it is December already.
    go_to(&world, "2026-11-30T23:30:00.000Z");
    for position in 0..4 {
        redeem(&world, key, venue, &scheme.voucher(0, position).url).await;
    }
    assert_eq!(night(&world).await, []);
    go_to(&world, "2026-12-01T00:30:00.000Z");
    let beyond = ("over-capacity".to_owned(), venue.to_string(), 4, 3);
    assert_eq!(night(&world).await, [beyond]);
}

/// An installation that changed nothing has the thresholds that were tried on made-up years.
#[test]
fn the_default_is_what_was_tried() {
    let settings = carnet::server::settings(&super::default_config());
    assert_eq!(settings.signals, Thresholds::default());
}

on_both_engines!(
    a_venue_that_scans_at_night_is_raised,
    two_evenings_and_no_hours_are_no_signal,
    a_venue_beyond_what_it_agreed_is_raised_once_a_month,
    a_month_begins_by_the_clock_of_the_ledger,
);
