//! Goal: what is refused is noted with all that velocity signals need, and with nothing that names
//! a person, opens a voucher or tells an address.

use carnet::base::id::{Id, Redemption};
use carnet::service::refused;
use carnet::store::refused::RefusedRow;
use serde_json::{Value, json};

use super::{ask_from, default_quotas, limited};
use crate::harness::{World, on_both_engines};
use crate::scheme::{OFFERING, Scheme};
use crate::state::everything;

/// Keeps what waits, and reads all that is kept.
pub(super) async fn kept(world: &World) -> Vec<RefusedRow> {
    refused::keep(&world.instance).await.unwrap();
    let mut tx = world.instance.database.read().await.unwrap();
    let (from, until) = ("2026-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z");
    carnet::store::refused::between(&mut tx, from.parse().unwrap(), until.parse().unwrap())
        .await
        .unwrap()
}

/// Shows a voucher at a counter; gives the code of the refusal, empty when there is none.
async fn show(world: &World, scheme: &Scheme, secret: &str, presented: &str) -> String {
    let path = format!("/api/v1/redemptions/{}", world.id::<Redemption>());
    let other = secret == scheme.other_venue;
    let venue = if other { scheme.other_venue_id } else { scheme.venue_id };
    let body = json!({ "presented": presented, "venue_id": venue, "offering": OFFERING });
    let answer = ask_from(world, "9.9.9.9", ("PUT", &path), secret, &body).await;
    if answer.status.is_success() { String::new() } else { answer.code() }
}

async fn what_is_refused_is_noted_without_a_name(world: World) {
    let scheme = Scheme::new(&world).await;
    let (url, code) = (scheme.voucher(0, 0).url.clone(), scheme.voucher(0, 0).code.clone());
    assert_eq!(show(&world, &scheme, &scheme.venue, &url).await, "");
    assert_eq!(kept(&world).await, [], "what is accepted is a line, and no note");
    world.clock.advance_seconds(60);
    assert_eq!(show(&world, &scheme, &scheme.venue, &url).await, "voucher-already-redeemed");
    assert_eq!(show(&world, &scheme, &scheme.other_venue, &code).await, "voucher-already-redeemed");
    assert_eq!(show(&world, &scheme, &scheme.venue, "0000-0000-001S").await, "code-mistyped");
    assert_eq!(show(&world, &scheme, &scheme.venue, "nonsense").await, "token-malformed");
    let check = json!({ "presented": url, "venue_id": scheme.other_venue_id });
    let path = ("POST", "/api/v1/voucher-checks");
    ask_from(&world, "9.9.9.9", path, &scheme.other_venue, &check).await.code();
    let body = json!({ "email": "nora@exemple.fr", "password": "gare bouleau" });
    ask_from(&world, "9.9.9.9", ("POST", "/api/v1/sessions"), "", &body).await.code();
    let path = format!("/api/v1/ledgers/{}/balances", scheme.funder_id);
    ask_from(&world, "9.9.9.9", ("GET", &path), &scheme.venue, &Value::Null).await.code();

    let rows = kept(&world).await;
    let said: Vec<(&str, &str)> =
        rows.iter().map(|row| (row.class.as_str(), row.reason.as_str())).collect();
    let expected = [
        ("redeem", "voucher-already-redeemed"),
        ("redeem", "voucher-already-redeemed"),
        ("redeem", "code-mistyped"),
        ("redeem", "token-malformed"),
        ("check", "voucher-already-redeemed"),
        ("sign-in", "sign-in-failed"),
        ("other", "not-permitted"),
    ];
    assert_eq!(said, expected);
    // The same voucher is the same subject, as a symbol and as a code; and where it was used first
    // shows as a moment only.
    let subjects: Vec<_> = rows.iter().map(|row| row.subject.as_deref()).collect();
    assert!(subjects[0].is_some() && subjects[0] == subjects[1] && subjects[0] == subjects[4]);
    assert!(subjects[2].is_none() && subjects[5].is_some() && subjects[5] != subjects[0]);
    let elsewhere: Vec<bool> = rows.iter().map(|row| row.elsewhere_at.is_some()).collect();
    assert_eq!(elsewhere, [false, true, false, false, true, false, false]);
    assert!(rows.iter().all(|row| row.origin.is_some() && row.origin == rows[0].origin));
    assert!(rows[..5].iter().all(|row| row.actor_id.is_some() && row.venue_id.is_some()));

    let text = serde_json::to_string(&rows).unwrap();
    let token = url.rsplit('/').next().unwrap();
    let serial = &scheme.voucher(0, 0).serial;
    for secret in [token, &code, &code.replace('-', ""), serial, "9.9.9.9", "nora", "bouleau"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // A month later the same address is somebody else.
    world.clock.advance_seconds(30 * 86_400);
    show(&world, &scheme, &scheme.venue, "nonsense").await;
    let later = kept(&world).await;
    assert_ne!(later.last().unwrap().origin, rows[0].origin);
    crate::audit::holds(&world).await;
}

async fn a_flood_is_not_noted_without_end(world: World) {
    let scheme = Scheme::new(&world).await;
    for _ in 0..100 {
        show(&world, &scheme, &scheme.venue, "nonsense").await;
    }
    show(&world, &scheme, &scheme.other_venue, "nonsense").await;
    let rows = kept(&world).await;
    assert_eq!(rows.len(), 61, "sixty a minute of each");
    world.clock.advance_seconds(60);
    show(&world, &scheme, &scheme.venue, "nonsense").await;
    assert_eq!(kept(&world).await.len(), 62);
}

/// Who is told to wait is noted by its key; who asks too often before anybody knows it, by nothing.
async fn who_is_limited_is_noted(world: World) {
    let scheme = Scheme::new(&world).await;
    let mut quotas = default_quotas();
    quotas.caller = Some("1/min".parse().unwrap());
    let world = limited(world, quotas).await;
    let path = format!("/api/v1/venues/{}", scheme.venue_id);
    for _ in 0..3 {
        ask_from(&world, "9.9.9.9", ("GET", &path), &scheme.venue, &Value::Null).await;
    }
    let rows = kept(&world).await;
    let said = rows.iter().map(|row| (row.reason.as_str(), row.actor_id.is_some()));
    assert_eq!(said.collect::<Vec<_>>(), [("rate-limited", true), ("rate-limited", true)]);
}

/// A refusal itself writes nothing: it is noted later, and by nobody who waits for it.
async fn a_refusal_does_not_wait_for_its_note(world: World) {
    let scheme = Scheme::new(&world).await;
    let before = everything(&world).await;
    let id: Id<Redemption> = world.id();
    show(&world, &scheme, &scheme.venue, &format!("{id}")).await;
    assert_eq!(everything(&world).await, before);
    assert_eq!(kept(&world).await.len(), 1);
    assert_eq!(refused::keep(&world.instance).await.unwrap(), 0, "and once only");
}

on_both_engines!(
    what_is_refused_is_noted_without_a_name,
    a_flood_is_not_noted_without_end,
    who_is_limited_is_noted,
    a_refusal_does_not_wait_for_its_note,
);
