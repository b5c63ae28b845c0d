//! Goal: a stranger with the lines, a checkpoint and a public key says "holds" of a ledger that the
//! verbs wrote, names the first line that is wrong in any other, and never says "holds" of a ledger
//! that it did not check whole.

mod forged;
mod kept;
mod program;
mod stolen;
mod tamper;

use std::collections::BTreeSet;
use std::path::Path;

use carnet::base::clock::Clock as _;
use carnet::base::id::{Closing, Id, Membership, Redemption, Repayment, Withdrawal};
use carnet::domain::fact::Fact;
use carnet::domain::keyring::KeyList;
use carnet::domain::ledger::checkpoint::{Checkpoint, LogKey};
use carnet::domain::ledger::log::{Edge, leaf_hash};
use carnet::domain::verifier::{Digested, Report, Verdict, Verifier};
use carnet::service::keys::Keys;
use carnet::service::purge::{self, Retention};
use carnet::service::rotate;
use carnet::store;
use serde_json::{Value, json};

use crate::audit::lived_in;
use crate::harness::{Engine, HOST, World, on_both_engines, run};
use crate::people::invitation;
use crate::scheme::Scheme;

/// A ledger as somebody took it away, and the key that signs it.
struct Export {
    lines: Vec<String>,
    note: String,
    key: LogKey,
}

impl Export {
    /// The whole ledger of an owner.
    async fn of(world: &World, owner: &str) -> Self {
        let mut tx = world.instance.database.read().await.unwrap();
        let head = store::ledger::head(&mut tx, owner).await.unwrap().unwrap();
        let no = head.ledger_no;
        let lines = store::ledger::lines(&mut tx, no, 0, head.size, head.size).await.unwrap();
        let note = store::checkpoint::newest_checkpoint(&mut tx, no).await.unwrap().unwrap().1;
        let origin = format!("{HOST}/ledger/{owner}").parse().unwrap();
        let key = world.instance.keys.log_key(origin);
        Self { lines: lines.into_iter().map(|(_, line)| line).collect(), note, key }
    }

    /// What its key signs over some lines: what the operator would, or a thief of the key.
    fn signed(&self, lines: &[impl AsRef<[u8]>]) -> String {
        let mut edge = Edge::empty();
        edge.append(&lines.iter().map(|line| leaf_hash(line.as_ref())).collect::<Vec<_>>());
        self.key.sign_checkpoint(edge.size(), &edge.root())
    }

    /// A verifier of this ledger against a note that its key signed.
    fn verifier(&self, note: &str) -> Verifier {
        let keys = [self.key.verifier_key().clone()];
        Verifier::new(Checkpoint::open(note, &keys).unwrap(), &keys)
    }

    /// What a verifier says of lines under a note.
    fn judge(&self, lines: &[impl AsRef<[u8]>], note: &str) -> Report {
        let mut verifier = self.verifier(note);
        read(&mut verifier, lines);
        verifier.end()
    }

    /// Writes it as `carnet export` does, with the public key; gives the names of the three files.
    fn write(&self, dir: &Path, name: &str) -> [String; 3] {
        let names = [format!("{name}.jsonl"), format!("{name}.checkpoint"), "keys.json".to_owned()];
        let keys = KeyList::new(&[], vec![self.key.verifier_key().to_string()]);
        std::fs::write(dir.join(&names[0]), text(&self.lines)).unwrap();
        std::fs::write(dir.join(&names[1]), &self.note).unwrap();
        std::fs::write(dir.join(&names[2]), json!(keys).to_string()).unwrap();
        names
    }
}

/// Gives lines to a verifier.
fn read(verifier: &mut Verifier, lines: &[impl AsRef<[u8]>]) {
    for line in lines {
        verifier.take(Digested::of(line.as_ref()));
    }
}

/// Lines as a file.
fn text(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

async fn write(world: &World, method: &str, path: &str, body: Option<Value>) {
    world.clock.advance_seconds(1);
    world.ask(method, &format!("/api/v1/{path}"), &world.operator, body).await.good();
}

/// A world to its end: every kind of line is in one of its two ledgers.
pub(crate) async fn lived(world: &World) -> Scheme {
    let scheme = lived_in(world).await;
    let money = |cents: i64| {
        json!({
            "funder_id": scheme.funder_id, "reference": "VIR 7",
            "amount": { "cents": cents, "currency": "EUR" }
        })
    };
    let mut repaid = money(1000);
    repaid["structure_id"] = json!(scheme.structure_id);
    write(world, "PUT", &format!("repayments/{}", world.id::<Repayment>()), Some(repaid)).await;
    world.clock.set("2027-03-01T10:00:00.000Z".parse().unwrap());
    let closing = json!({ "campaign_id": scheme.campaign_id });
    write(world, "PUT", &format!("closings/{}", world.id::<Closing>()), Some(closing)).await;
    let first = Export::of(world, &scheme.funder_id.to_string()).await.lines;
    let first = first.iter().find(|line| line.contains(r#""kind":"voucher-redeemed""#)).unwrap();
    let first: Value = serde_json::from_str(first).unwrap();
    let id: Id<Redemption> = first["id"].as_str().unwrap().parse().unwrap();
    write(world, "PUT", &format!("redemptions/{id}/reversal"), None).await;
    for kind in ["deposit-withdrawn", "refund-rolled-over", "refund-paid-back"] {
        let mut body = money(500);
        body["kind"] = json!(kind);
        write(world, "PUT", &format!("withdrawals/{}", world.id::<Withdrawal>()), Some(body)).await;
    }
    let membership = format!("memberships/{}", world.id::<Membership>());
    let own = world.operator_id.to_string();
    let body = invitation("ana@exemple.fr", "auditor", &own);
    write(world, "PUT", &membership, Some(body)).await;
    write(world, "POST", &format!("{membership}/end"), None).await;
    let signal = crate::abuse::signals::planted(world).await;
    let decision = json!({ "decision": "visited" });
    write(world, "PUT", &format!("signals/{signal}/decision"), Some(decision)).await;
    let actor = rotate::operator_at_the_machine(&world.instance).await.unwrap();
    let entropy = world.instance.entropy.as_ref();
    let key = Keys::add_voucher_key(&world.dir.join("keys"), 2, entropy).unwrap();
    let until = world.clock.now().plus_seconds(86_400);
    rotate::add(&world.instance, &actor, key.public(), until).await.unwrap();
    rotate::revoke(&world.instance, &actor, 1).await.unwrap();
    // From here on two people decide.
    crate::proposals::once(world).await;
    // In the end what accounts need no more goes.
    world.clock.set("2038-01-02T10:00:00.000Z".parse().unwrap());
    purge::run(&world.instance, Retention::default()).await.unwrap();
    scheme
}

async fn every_kind_of_line_holds(world: World) {
    let scheme = lived(&world).await;
    crate::audit::holds(&world).await;
    let mut kinds = BTreeSet::new();
    for owner in [world.operator_id.to_string(), scheme.funder_id.to_string()] {
        let export = Export::of(&world, &owner).await;
        let report = export.judge(&export.lines, &export.note);
        assert_eq!((report.first, report.undecided), (None, None));
        assert_eq!(report.verdict, Verdict::Holds);
        assert_eq!(report.size, u64::try_from(export.lines.len()).unwrap());
        for line in &export.lines {
            let line: Value = serde_json::from_str(line).unwrap();
            kinds.insert(line["kind"].as_str().unwrap().to_owned());
        }
    }
    // `leaving` verifies a history that one operator released and another took over.
    // `restore` has an older copy that goes on.
    let elsewhere = ["ledger-released", "ledger-taken-over", "loss-accepted", "ledger-restored"];
    let all = Fact::KINDS.iter().filter(|kind| !elsewhere.contains(kind));
    let all: BTreeSet<String> = all.map(|kind| (*kind).to_owned()).collect();
    assert_eq!(kinds, all, "a kind that no test verifies");
}

on_both_engines!(every_kind_of_line_holds);

/// The funder's ledger of a world to its end.
fn funders(test: impl FnOnce(Export)) {
    run(Engine::Sqlite, |world| async move {
        let scheme = lived(&world).await;
        test(Export::of(&world, &scheme.funder_id.to_string()).await);
    });
}

#[test]
fn a_fork_is_seen_by_who_kept_a_checkpoint() {
    funders(|export| {
        let old = export.signed(&export.lines[..20]);
        let keys = [export.key.verifier_key().clone()];
        let old = Checkpoint::open(&old, &keys).unwrap();
        let judged = |lines: &[String]| {
            let note = export.signed(lines);
            let mut verifier = export.verifier(&note);
            verifier.expect_root("the old checkpoint", &old);
            read(&mut verifier, lines);
            verifier.end()
        };
        assert_eq!(judged(&export.lines).verdict, Verdict::Holds);
        assert_eq!(judged(&export.lines[..20]).verdict, Verdict::Holds);
        // The same history but for one word that no rule knows, signed with the true key.
        let mut forked = export.lines.clone();
        forked[1] = forked[1].replace("MANDAT 2026-1", "MANDAT 2026-9");
        forked[2] = forked[2].replace("MANDAT 2026-1", "MANDAT 2026-9");
        assert_ne!(forked, export.lines);
        let note = export.signed(&forked);
        assert_eq!(export.judge(&forked, &note).verdict, Verdict::Holds, "no rule sees it");
        let report = judged(&forked);
        assert_eq!(report.verdict, Verdict::Violated);
        let first = report.first.unwrap();
        assert!(
            first.contains("the first 20 lines") && first.contains("old checkpoint"),
            "{first}"
        );
        let report = judged(&export.lines[..19]);
        assert_eq!(report.verdict, Verdict::Violated, "it went back");
    });
}

#[test]
fn what_is_not_understood_is_never_said_to_hold() {
    funders(|export| {
        let cases = [
            (r#""kind":"deposit-recorded""#, r#""kind":"deposit-dreamt""#),
            (r#""body":{"reference":"#, r#""body":{"tone":"c","reference":"#),
        ];
        for (from, to) in cases {
            let changed = |line: &String| line.replacen(from, to, 1);
            let lines: Vec<String> = export.lines.iter().map(changed).collect();
            assert_ne!(lines, export.lines);
            let report = export.judge(&lines, &export.signed(&lines));
            assert_eq!(report.verdict, Verdict::Undecided, "{:?}", report.first);
            assert!(report.undecided.unwrap().starts_with("line "));
            // Under the true checkpoint it is not open to doubt.
            assert_eq!(export.judge(&lines, &export.note).verdict, Verdict::Violated);
        }
        let none: [&str; 0] = [];
        let nothing = export.judge(&none, &export.signed(&none));
        assert_eq!(nothing.verdict, Verdict::Undecided);
    });
}
