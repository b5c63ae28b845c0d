//! Goal: an audit says "holds" of a ledger that was lived in by its verbs, and of no other: one
//! changed value, one row less or one row more in any table of the catalogue is found.

pub(crate) mod tamper;

use async_trait::async_trait;
use carnet::base::id::{
    ApiKey, Block, Closing, Funder, HandOver, Id, Membership, Movement, Redemption, Replacement,
    Settlement,
};
use carnet::domain::organisation::LogoRecorded;
use carnet::service::Error;
use carnet::service::audit::{self, AuditReport, Verdict};
use carnet::service::writer::Write;
use carnet::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use data_encoding::{BASE64, HEXLOWER};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::harness::{World, on_both_engines};
use crate::ledgers::long::grow;
use crate::people::invitation;
use crate::scheme::{Plan, Scheme};
use crate::witness::pushed::cosigned;

/// The report of an audit of the world's database.
pub(crate) async fn report(world: &World) -> AuditReport {
    let instance = &world.instance;
    audit::run(&instance.database, &instance.keys, &instance.signer, &mut |_| {}).await.unwrap()
}

/// The world's database must hold.
pub(crate) async fn holds(world: &World) -> AuditReport {
    let report = report(world).await;
    assert_eq!(report.findings, []);
    assert_eq!(report.skipped, Vec::<String>::new());
    assert_eq!((report.verdict(), report.verdict().exit_code()), (Verdict::Holds, 0));
    report
}

/// A logo that no printer looked at.
struct AnyLogo(Id<Funder>);

#[async_trait]
impl Write for AnyLogo {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let content = b"a picture";
        let hash = HEXLOWER.encode(digest(&SHA256, content).as_ref());
        let fact = LogoRecorded { version: 1, hash: hash.clone() };
        let row = VaultRow::Logo(self.0.to_string(), 1, hash, BASE64.encode(content));
        Ok(Decided::Write(Decision {
            drafts: vec![Draft::new(OPERATOR_LEDGER, self.0.any(), self.0, fact)],
            vault: vec![row],
            ..Decision::default()
        }))
    }
}

/// Sends a write that must be taken, a second after the last one.
async fn write(
    world: &World,
    method: &str,
    path: &str,
    secret: &str,
    body: Option<Value>,
) -> Value {
    world.clock.advance_seconds(1);
    world.ask(method, &format!("/api/v1/{path}"), secret, body).await.good()
}

/// Draws up a settlement of today and gives its first payment.
async fn settlement(world: &World, scheme: &Scheme, id: Id<Settlement>) -> String {
    let body = json!({ "funder_id": scheme.funder_id, "cut_off_on": "2026-11-22" });
    let path = format!("settlements/{id}");
    write(world, "PUT", &path, &world.operator, Some(body)).await;
    let read = world.get(&format!("/api/v1/{path}"), &world.operator).await.good();
    read["payments"][0]["id"].as_str().unwrap().to_owned()
}

/// A world in which every verb was used and every table has a row.
pub(crate) async fn lived_in(world: &World) -> Scheme {
    lived_in_under(world, None).await
}

/// The same, of a funder with keys of its own.
pub(crate) async fn lived_in_under(world: &World, terms: Option<Value>) -> Scheme {
    let scheme = Scheme::plan(world, &Plan { books: 6, terms, ..Plan::default() }).await;
    let operator = &world.operator;
    for owner in [scheme.structure_id.to_string(), world.operator_id.to_string()] {
        let body = json!({ "iban": "FR1420041010050500013M02606", "holder": "Atelier" });
        let path = format!("organisations/{owner}/bank-account");
        write(world, "PUT", &path, operator, Some(body)).await;
    }
    world.instance.door.write(AnyLogo(scheme.funder_id)).await.unwrap();
    for (book, position) in [(0, 0), (0, 1), (1, 0), (3, 0)] {
        world.clock.advance_seconds(1);
        scheme.redeem(world, &scheme.voucher(book, position).url).await.good();
    }
    let id: Id<Redemption> = world.id();
    let body = scheme.body(&scheme.voucher(2, 0).url);
    write(world, "PUT", &format!("redemptions/{id}"), &scheme.venue, Some(body)).await;
    write(world, "PUT", &format!("redemptions/{id}/reversal"), &scheme.venue, None).await;
    cosigned(world).await;
    paper(world, &scheme).await;
    let approver = world.key("approver", &world.operator_id.to_string(), None).await;
    let id: Id<Settlement> = world.id();
    let payment = settlement(world, &scheme, id).await;
    write(world, "POST", &format!("settlements/{id}/approval"), &approver, None).await;
    write(world, "POST", &format!("payments/{payment}/rejection"), operator, None).await;
    let id: Id<Settlement> = world.id();
    settlement(world, &scheme, id).await;
    write(world, "POST", &format!("settlements/{id}/cancellation"), operator, None).await;
    let id: Id<Settlement> = world.id();
    let payment = settlement(world, &scheme, id).await;
    write(world, "POST", &format!("settlements/{id}/approval"), &approver, None).await;
    write(world, "POST", &format!("payments/{payment}/confirmation"), operator, None).await;
    let id: Id<ApiKey> = world.id();
    let body = json!({ "role": "auditor", "organisation_id": world.operator_id });
    write(world, "PUT", &format!("api-keys/{id}"), operator, Some(body)).await;
    write(world, "POST", &format!("api-keys/{id}/revocation"), operator, None).await;
    let id: Id<Membership> = world.id();
    let body = invitation("bo@exemple.fr", "auditor", &world.operator_id.to_string());
    write(world, "PUT", &format!("memberships/{id}"), operator, Some(body)).await;
    scheme
}

/// Moves, hands over, blocks and replaces books 2 to 6.
async fn paper(world: &World, scheme: &Scheme) {
    let operator = &world.operator;
    let run = |first: u32, last: u32, to: &str, site: Option<Value>| {
        let (first, last) = (format!("{first:07}"), format!("{last:07}"));
        let mut body = json!({ "first": first, "last": last, "to": to });
        if let Some(site) = site {
            body["site_id"] = site;
        }
        (format!("movements/{}", world.id::<Movement>()), body)
    };
    let site = Some(json!(scheme.site_id));
    for (path, body) in [run(2, 5, "in_stock", site), run(4, 4, "lost", None)] {
        write(world, "PUT", &path, operator, Some(body)).await;
    }
    let body = json!({ "book": "0000003", "site_id": scheme.site_id });
    let path = format!("hand-overs/{}", world.id::<HandOver>());
    write(world, "PUT", &path, &scheme.distributor, Some(body)).await;
    let path = format!("replacements/{}", world.id::<Replacement>());
    write(world, "PUT", &path, operator, Some(json!({ "book": "0000004" }))).await;
    for target in [
        json!({ "voucher": "0000005-01" }),
        json!({ "books": { "first": "0000005", "last": "0000006" } }),
        json!({ "order": scheme.order_id }),
    ] {
        let id: Id<Block> = world.id();
        let body = json!({ "target": target, "reason": "lost" });
        write(world, "PUT", &format!("blocks/{id}"), operator, Some(body)).await;
        if target["voucher"].is_string() {
            write(world, "POST", &format!("blocks/{id}/end"), operator, None).await;
        }
    }
}

async fn what_was_lived_in_holds(world: World) {
    lived_in(&world).await;
    let head = 1200;
    grow(&world, &[head - 1, head]).await;
    let mut steps = Vec::new();
    let instance = &world.instance;
    let report = audit::run(&instance.database, &instance.keys, &instance.signer, &mut |step| {
        steps.push(step);
    })
    .await
    .unwrap();
    assert_eq!((report.findings.as_slice(), report.verdict()), (&[][..], Verdict::Holds));
    assert_eq!(report.ledgers.len(), 2);
    let [operator, funder] = [&report.ledgers[0], &report.ledgers[1]];
    assert_eq!((operator.lines, operator.tiles, operator.transfers), (1200, 4, 0));
    assert!(funder.transfers > 10 && funder.checkpoints > 30, "{funder:?}");
    let lines = operator.lines + funder.lines;
    let read: Vec<_> = steps.iter().filter(|step| step.table == "entry").collect();
    assert_eq!(read.last().map(|step| (step.done, step.of)), Some((lines, Some(lines))));
    assert!(steps.iter().any(|step| step.table == "payment_file"));
}

async fn what_ended_holds(world: World) {
    let scheme = lived_in(&world).await;
    // Another redemption is undone only after its voucher has lapsed.
    let plan = Plan::default();
    let late = Scheme::plan(&world, &plan).await;
    let id: Id<Redemption> = world.id();
    let body = late.body(&late.voucher(0, 0).url);
    write(&world, "PUT", &format!("redemptions/{id}"), &late.venue, Some(body)).await;
    world.clock.set("2027-03-01T10:00:00.000Z".parse().unwrap());
    for campaign in [scheme.campaign_id, late.campaign_id] {
        let path = format!("closings/{}", world.id::<Closing>());
        let body = json!({ "campaign_id": campaign });
        write(&world, "PUT", &path, &world.operator, Some(body)).await;
    }
    write(&world, "PUT", &format!("redemptions/{id}/reversal"), &world.operator, None).await;
    let report = holds(&world).await;
    assert_eq!(report.ledgers.len(), 3);
}

on_both_engines!(what_was_lived_in_holds, what_ended_holds);
