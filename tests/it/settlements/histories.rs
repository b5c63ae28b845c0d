//! Goal: whatever happens in whatever order, what structures were paid, are being paid and are owed
//! is the worth of the redemptions that stand, and each line is in one statement only.

use std::collections::BTreeMap;

use carnet::base::id::{Id, Settlement};
use carnet::domain::ledger::account::AccountKind;
use serde_json::Value;

use super::payday::{Accounts, Payday, Redeemed, next_day, post, total};
use crate::harness::{World, on_both_engines};
use crate::scheme::Plan;

const STEPS: usize = 280;
const FACE: i64 = 1000;

/// Chance from a seed (Knuth's MMIX constants), so that a failure can be seen again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).unwrap()
    }
}

/// What has happened so far.
#[derive(Default)]
struct Story {
    unspent: Vec<usize>,
    live: Vec<(usize, Redeemed)>,
    /// Lines of redemptions, reversed or not.
    lines: Vec<i64>,
    open: Option<Id<Settlement>>,
    standing: Vec<Id<Settlement>>,
    /// In a file, with no word from the bank.
    sent: Vec<Value>,
    confirmed: i64,
    repaid: i64,
    /// How often each thing happened, so that a history that does nothing is seen.
    done: BTreeMap<&'static str, usize>,
}

impl Story {
    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    async fn step(&mut self, world: &World, payday: &Payday, dice: &mut Dice) {
        match dice.roll(16) {
            0..=4 => self.redeem(world, payday, dice).await,
            5 | 6 => self.reverse(world, payday, dice).await,
            7 | 8 => next_day(world),
            9 | 10 => self.settle(world, payday, dice.roll(2) == 0).await,
            11 | 12 => self.decide(world, payday, dice.roll(3) > 0).await,
            13 | 14 => self.hear(world, payday, dice).await,
            _ => {
                let payee = dice.roll(2);
                if payday.repay(world, payee, 700).await.status.is_success() {
                    self.repaid += 700;
                    self.count("repaid");
                }
            }
        }
    }

    async fn redeem(&mut self, world: &World, payday: &Payday, dice: &mut Dice) {
        if !self.unspent.is_empty() {
            let voucher = self.unspent.swap_remove(dice.roll(self.unspent.len()));
            let redeemed = payday.redeem(world, dice.roll(2), voucher).await;
            self.lines.push(redeemed.seq);
            self.live.push((voucher, redeemed));
            self.count("redeemed");
        }
    }

    async fn reverse(&mut self, world: &World, payday: &Payday, dice: &mut Dice) {
        if !self.live.is_empty() {
            let at = dice.roll(self.live.len());
            let answer = payday.reverse(world, &world.operator, &self.live[at].1).await;
            if answer.status.is_success() {
                self.unspent.push(self.live.swap_remove(at).0);
                self.count("reversed");
            } else {
                assert_eq!(answer.code(), "balance-short");
                self.count("short");
            }
        }
    }

    async fn settle(&mut self, world: &World, payday: &Payday, yesterday: bool) {
        let today = today(world);
        let on = if yesterday { today.plus_days(-1) } else { today };
        let (id, answer) = payday.settle(world, &on.to_string()).await;
        if answer.status.is_success() {
            assert!(self.open.is_none(), "two settlements at a time");
            self.open = Some(id);
            self.count("settled");
        } else {
            let code = answer.code();
            assert!(["wrong-state", "already-settled"].contains(&code.as_str()), "{code}");
        }
    }

    async fn decide(&mut self, world: &World, payday: &Payday, approve: bool) {
        let Some(id) = self.open.take() else { return };
        let word = if approve { "approval" } else { "cancellation" };
        post(world, &format!("settlements/{id}/{word}"), &payday.approver).await.good();
        self.count(word);
        if approve {
            self.standing.push(id);
            self.sent.extend(payday.payments(world, id).await.into_iter().flatten());
        }
    }

    async fn hear(&mut self, world: &World, payday: &Payday, dice: &mut Dice) {
        if !self.sent.is_empty() {
            let payment = self.sent.swap_remove(dice.roll(self.sent.len()));
            let word = if dice.roll(3) > 0 { "confirmation" } else { "rejection" };
            payday.bank(world, &payment, word).await.good();
            if word == "confirmation" {
                self.confirmed += payment["amount"]["cents"].as_i64().unwrap();
            }
            self.count(word);
        }
    }

    async fn check(&self, world: &World, payday: &Payday) {
        let balances = payday.balances(world).await;
        let owed = total(&balances, AccountKind::Due) + total(&balances, AccountKind::Paying);
        let live = i64::try_from(self.live.len()).unwrap() * FACE;
        assert_eq!(self.confirmed + owed, live + self.repaid);
    }

    /// Every redemption that some standing settlement looked past is in one statement, and every
    /// statement adds up to its payment and goes on where the last one ended.
    async fn check_statements(&self, world: &World, payday: &Payday) {
        let mut seen: BTreeMap<i64, usize> = BTreeMap::new();
        let mut carried = [0, 0];
        for id in &self.standing {
            let payments = payday.payments(world, *id).await;
            for (payee, carried) in carried.iter_mut().enumerate() {
                let paid = payments[payee].as_ref();
                let paid = paid.map_or(0, |payment| payment["amount"]["cents"].as_i64().unwrap());
                let answer = payday.statement(world, *id, payee).await;
                if !answer.status.is_success() {
                    assert_eq!((answer.code().as_str(), paid, *carried), ("not-found", 0, 0));
                    continue;
                }
                let statement = answer.good();
                let cents = |name: &str| statement[name]["cents"].as_i64().unwrap();
                assert_eq!(cents("opening_balance"), *carried);
                assert!(
                    paid == cents("closing_balance")
                        || (paid == 0 && cents("closing_balance") <= 0)
                );
                *carried = cents("closing_balance") - paid;
                let movements = statement["movements"].as_array().unwrap();
                for movement in movements.iter().filter(|movement| movement["kind"] == "redeemed") {
                    *seen.entry(movement["seq"].as_i64().unwrap()).or_default() += 1;
                }
            }
        }
        let lines: BTreeMap<i64, usize> = self.lines.iter().map(|seq| (*seq, 1)).collect();
        assert_eq!(seen, lines);
    }
}

fn today(world: &World) -> carnet::base::day::Day {
    use carnet::base::clock::Clock as _;
    let zone: carnet::base::day::Zone = "Europe/Paris".parse().unwrap();
    zone.day_of(world.clock.now())
}

async fn any_history_pays_what_was_redeemed(world: World) {
    let rules = serde_json::json!({ "valid_until": "2027-12-31" });
    let plan = Plan { books: 4, rules, ..Plan::default() };
    let payday = Payday::new(&world, &plan, Accounts::Known).await;
    let mut story = Story { unspent: (0..40).collect(), ..Story::default() };
    let mut dice = Dice(2026);
    for _ in 0..STEPS {
        story.step(&world, &payday, &mut dice).await;
        story.check(&world, &payday).await;
    }
    // One more redemption makes sure that the last settlement has something to pay.
    story.decide(&world, &payday, true).await;
    next_day(&world);
    story.redeem(&world, &payday, &mut dice).await;
    story.settle(&world, &payday, false).await;
    story.decide(&world, &payday, true).await;
    story.check(&world, &payday).await;
    story.check_statements(&world, &payday).await;
    // A verifier that knows the lines only counts each payment again.
    crate::audit::holds(&world).await;
    for what in [
        "redeemed",
        "reversed",
        "settled",
        "approval",
        "cancellation",
        "confirmation",
        "rejection",
        "repaid",
    ] {
        let times = story.done.get(what).copied().unwrap_or(0);
        assert!(times > 1, "{what} happened {times} times: {:?}", story.done);
    }
}

on_both_engines!(any_history_pays_what_was_redeemed);
