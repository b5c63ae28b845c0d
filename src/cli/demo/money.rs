//! Money: settlements and their files, what the bank answers, the end of a campaign.
//!
//! Promises: nobody approves alone; a rejected payment comes back in the next settlement; a
//! statement is written as JSON and as a table. Does not: send anything to a bank.

use super::books::Shelf;
use super::cast::{self, Cast};
use super::stage::{Stage, written};
use super::ware::Ware;
use super::{expect, shown, untrue};
use crate::base::day::Day;
use crate::base::id::{Closing, Funder, Id, Settlement, Withdrawal};
use crate::cli::failure::Failure;
use crate::domain::refusal::Reason;
use crate::domain::settlement::{PaymentState, SettlementRequest};
use crate::service::close::{self, ClosingRequest, WithdrawalKind, WithdrawalRequest};
use crate::service::settle::{self, PaymentView, SettlementView};
use crate::service::{order, redeem};

/// A payment that the bank sent back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rejected(PaymentView);

/// Both funders are settled up to one day; the bank answers.
pub(super) async fn first_settlements(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &mut Shelf,
    ware: &Ware,
) -> Result<Rejected, Failure> {
    stage.begin(28, 8, "The first settlements: drawn up, approved by a second person, exported")?;
    let up_to = stage.day(27);
    let files = ("held-1", "pain.001.xml");
    let held = settled(stage, cast, ware, cast.held.id, up_to, files).await?;
    let files = ("pledged-1", "pain.001-pledged-1.xml");
    let pledged = settled(stage, cast, ware, cast.pledged.id, up_to, files).await?;
    stage.begin(31, 8, "The bank answers, one payment at a time")?;
    let (Some(paid), Some(back)) = (held.payments.first(), held.payments.get(1)) else {
        return Err(untrue("the first settlement pays fewer than two structures"));
    };
    stage.pause();
    settle::confirm(&stage.instance, &cast.operator, paid.payment_id).await?;
    stage.pause();
    settle::reject(&stage.instance, &cast.operator, back.payment_id).await?;
    stage.pause();
    let twice = settle::confirm(&stage.instance, &cast.operator, back.payment_id).await;
    stage.refused(twice, Reason::WrongState)?;
    for payment in &pledged.payments {
        stage.pause();
        settle::confirm(&stage.instance, &cast.operator, payment.payment_id).await?;
    }
    println!(
        "  confirmed: {} to {}\n  rejected: {} to {} (account closed): due again",
        written(paid.amount.cents()),
        called(cast, paid),
        written(back.amount.cents()),
        called(cast, back)
    );
    reversed_late(stage, cast, shelf).await?;
    Ok(Rejected(*back))
}

fn called(cast: &Cast, payment: &PaymentView) -> &'static str {
    let found = cast.structures.iter().find(|structure| structure.id == payment.structure_id);
    found.map_or("nobody", |structure| structure.name)
}

/// Draws a settlement up, has it approved, writes its file and statements.
async fn settled(
    stage: &mut Stage,
    cast: &Cast,
    ware: &Ware,
    funder_id: Id<Funder>,
    cut_off_on: Day,
    (label, name): (&str, &str),
) -> Result<SettlementView, Failure> {
    let id: Id<Settlement> = stage.id();
    let request = SettlementRequest { funder_id, cut_off_on };
    settle::settle(&stage.instance, &cast.operator, id, request).await?;
    stage.pause();
    let alone = settle::approve(&stage.instance, &cast.operator, id).await;
    stage.refused(alone, Reason::NotPermitted)?;
    stage.pause();
    settle::approve(&stage.instance, &cast.approver, id).await?;
    let view = settle::read(&stage.instance, &cast.auditor, id).await?;
    let file = settle::file(&stage.instance, &cast.approver, id).await?;
    let again = settle::file(&stage.instance, &cast.approver, id).await?;
    expect(file == again, "a payment file is not the same twice")?;
    let path = ware.write(name, &file)?;
    println!("  up to {cut_off_on}: {} in all, in {}", written(view.total.cents()), shown(&path));
    statements(stage, cast, ware, &view, label).await?;
    Ok(view)
}

async fn statements(
    stage: &Stage,
    cast: &Cast,
    ware: &Ware,
    view: &SettlementView,
    label: &str,
) -> Result<(), Failure> {
    for payment in &view.payments {
        let structure = payment.structure_id;
        let found =
            settle::statement(&stage.instance, &cast.auditor, view.settlement_id, structure);
        let statement = found.await?;
        let closes = statement.closing_balance.cents() == payment.amount.cents();
        expect(statement.adds_up() && closes, "a statement does not add up to its payment")?;
        let name = format!("statements/{label}-{}", payment.payment_id.any().bare_upper());
        let name = name.to_lowercase();
        ware.write_json(&format!("{name}.json"), &statement)?;
        ware.write(&format!("{name}.csv"), &statement.to_csv())?;
        println!(
            "    {:>10} to {}, {} movements",
            written(payment.amount.cents()),
            called(cast, payment),
            statement.movements.len()
        );
    }
    Ok(())
}

/// A redemption that was paid is undone: not by its venue any more, but by the operator, as soon as
/// the structure is owed as much.
async fn reversed_late(stage: &mut Stage, cast: &Cast, shelf: &mut Shelf) -> Result<(), Failure> {
    let gueret = cast.counters[0];
    let voucher = shelf.main.books[3].paper.vouchers[0].clone();
    let found = stage.redeemed.iter().find(|redeemed| redeemed.serial == voucher.serial);
    let id = found.map(|found| found.id).ok_or_else(|| untrue("a redemption is missing"))?;
    stage.pause();
    let by_venue = redeem::reverse(&stage.instance, &gueret.actor, id).await;
    stage.refused(by_venue, Reason::AlreadySettled)?;
    stage.pause();
    let too_soon = redeem::reverse(&stage.instance, &cast.operator, id).await;
    stage.refused(too_soon, Reason::BalanceShort)?;
    let next = shelf.main.books[3].tear()?;
    let shown_as = crate::domain::redemption::ShownAs::Token;
    stage.redeem(&gueret, &next, shown_as).await?;
    stage.pause();
    redeem::reverse(&stage.instance, &cast.operator, id).await?;
    println!(
        "  voucher {}, paid: its venue may not undo it (already-settled), nor may the\n  \
         operator while nothing is due (balance-short); after the next visit it is netted",
        voucher.serial
    );
    Ok(())
}

/// The short season ends: what was not spent lapses and goes back.
pub(super) async fn season_ends(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &Shelf,
) -> Result<(), Failure> {
    stage.begin(44, 12, "The short season ends")?;
    let campaign_id = shelf.season.campaign;
    let id: Id<Closing> = stage.id();
    let early = close::close(&stage.instance, &cast.operator, id, ClosingRequest { campaign_id });
    let early = early.await;
    stage.refused(early, Reason::WrongState)?;
    stage.go_to(46, 8)?;
    let unspent = shelf.season.books[0].next()?;
    let selling = super::stage::Counter {
        offering: crate::domain::offering::Offering::Equipment,
        ..cast.counters[2]
    };
    stage.refuse(&selling, &unspent.url, Reason::VoucherLapsed).await?;
    close::close(&stage.instance, &cast.operator, id, ClosingRequest { campaign_id }).await?;
    stage.refuse(&selling, &unspent.url, Reason::VoucherLapsed).await?;
    for (kind, amount, reference) in [
        (WithdrawalKind::RefundRolledOver, 100, "REPORT 2026-12"),
        (WithdrawalKind::RefundPaidBack, 50, "VIREMENT 2026-0093"),
        (WithdrawalKind::DepositWithdrawn, 25, "VIREMENT 2026-0094"),
    ] {
        let reference = reference.to_owned().try_into().map_err(untrue)?;
        let amount = super::stage::euros(amount)?;
        let request = WithdrawalRequest { funder_id: cast.held.id, kind, amount, reference };
        let id: Id<Withdrawal> = stage.id();
        close::withdraw(&stage.instance, &cast.operator, id, request).await?;
    }
    let funded = order::read(&stage.instance, &cast.operator, shelf.season.id).await?;
    expect(funded.campaign.lapsed, "the season did not lapse")?;
    println!(
        "  10 vouchers of 25 € lapse (voucher-lapsed): 100 € roll over into the deposit, 50 €"
    );
    println!("  are paid back, and 25 € of the deposit");
    Ok(())
}

/// The second settlement holds the rejected amount again.
pub(super) async fn second_settlement(
    stage: &mut Stage,
    cast: &mut Cast,
    first: &Rejected,
    ware: &Ware,
) -> Result<(), Failure> {
    stage.begin(50, 8, "The second settlement")?;
    let structure = cast::organisation(first.0.structure_id.any())?;
    let name = called(cast, &first.0);
    cast::account(stage, &cast.operator, structure, (cast::NEW_IBAN, name), Some(1)).await?;
    let up_to = stage.day(49);
    let files = ("held-2", "pain.001-held-2.xml");
    let view = settled(stage, cast, ware, cast.held.id, up_to, files).await?;
    let again = view.payments.iter().find(|row| row.structure_id == first.0.structure_id);
    let more = again.is_some_and(|row| row.amount.cents() > first.0.amount.cents());
    expect(more, "the rejected amount is not in the next settlement")?;
    let Some(paid) = view.payments.first() else { return Err(untrue("it pays nobody")) };
    stage.go_to(52, 8)?;
    settle::confirm(&stage.instance, &cast.operator, paid.payment_id).await?;
    let view = settle::read(&stage.instance, &cast.auditor, view.settlement_id).await?;
    let waits = view.payments.iter().filter(|row| row.state == PaymentState::Approved).count();
    println!("  the rejected amount is in again, to a new account; 1 payment is confirmed,");
    println!("  {waits} wait for the bank");
    Ok(())
}
