//! Goal: one person is never two, whatever it is; small things go on alone.

use super::*;
use crate::base::id::{ApiKey, Operator, Order, Person, Structure};

fn number(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

fn person(n: u128) -> AnyId {
    Id::<Person>::from_uuid(number(n)).any()
}

fn operator() -> OrganisationId {
    Id::<Operator>::from_uuid(number(1)).any().try_into().unwrap()
}

fn structure(n: u128) -> OrganisationId {
    Id::<Structure>::from_uuid(number(n)).any().try_into().unwrap()
}

fn fresh(id: AnyId, role: Role, organisation: OrganisationId) -> Actor {
    Actor { assurance: Assurance::Fresh, ..Actor::of(id, role, organisation) }
}

fn content(by: &Actor, action: Action, owner: Owner) -> Content {
    let act = Act::ActivateOrder { order_id: Id::<Order>::from_uuid(number(9)) };
    Content::of(by, (action, owner), Matter::Order(1), act)
}

fn reason(result: Result<(), Refusal>) -> Option<Reason> {
    result.err().map(|refusal| refusal.reason)
}

#[test]
fn what_is_small_goes_on_alone() {
    let terms = Terms::default();
    for (matter, expected) in [
        (Matter::BankAccount, Weight::ByTwo),
        (Matter::SigningKey, Weight::ByTwo),
        (Matter::Order(terms.order_cents), Weight::Alone),
        (Matter::Order(terms.order_cents + 1), Weight::ByTwo),
        (Matter::Vouchers(terms.vouchers), Weight::Alone),
        (Matter::Vouchers(terms.vouchers + 1), Weight::ByTwo),
        (Matter::Role(Role::Approver), Weight::ByTwo),
        (Matter::Role(Role::Structure), Weight::ByTwo),
        (Matter::Role(Role::Auditor), Weight::Alone),
        (Matter::Role(Role::Device), Weight::Alone),
        (Matter::Settlement(true), Weight::Alone),
        (Matter::Settlement(false), Weight::ByTwo),
    ] {
        assert_eq!(weight(matter, &terms), expected, "{matter:?}");
    }
}

#[test]
fn nobody_is_two_people() {
    let (ana, bo) = (person(2), person(3));
    let asker = fresh(ana, Role::Operator, operator());
    let asked = content(&asker, Action::MoveMoney, Owner::NOBODY);
    // Whatever else it is: the same person in another membership and another session.
    for role in [Role::Operator, Role::Approver] {
        let again = fresh(ana, role, operator());
        let said = may_approve(&again, &asked, &[ana]);
        assert_eq!(reason(said), Some(Reason::SecondPersonNeeded), "{role}");
        assert!(may_approve(&fresh(bo, role, operator()), &asked, &[ana]).is_ok(), "{role}");
    }
    // A key asks for whoever granted it.
    let key = Id::<ApiKey>::from_uuid(number(4)).any();
    let asked =
        content(&Actor::of(key, Role::Operator, operator()), Action::MoveMoney, Owner::NOBODY);
    let said = may_approve(&fresh(bo, Role::Approver, operator()), &asked, &[key, bo]);
    assert_eq!(reason(said), Some(Reason::SecondPersonNeeded));
    assert!(may_approve(&fresh(ana, Role::Approver, operator()), &asked, &[key, bo]).is_ok());
}

#[test]
fn the_second_person_is_a_person_with_a_fresh_factor_and_the_right() {
    let asker = fresh(person(2), Role::Operator, operator());
    let asked = content(&asker, Action::MoveMoney, Owner::NOBODY);
    let hands = [asker.id];
    let approver = fresh(person(3), Role::Approver, operator());
    let stale = Actor { assurance: Assurance::Stale, ..approver };
    assert_eq!(reason(may_approve(&stale, &asked, &hands)), Some(Reason::SecondFactorNeeded));
    let key = Id::<ApiKey>::from_uuid(number(4)).any();
    let program = Actor::of(key, Role::Approver, operator());
    assert_eq!(reason(may_approve(&program, &asked, &hands)), Some(Reason::NotPermitted));
    for role in [Role::Auditor, Role::Funder, Role::Structure] {
        let other = fresh(person(3), role, operator());
        assert_eq!(reason(may_approve(&other, &asked, &hands)), Some(Reason::NotPermitted));
    }
    let reader = Actor { reads_only: true, ..approver };
    assert_eq!(reason(may_approve(&reader, &asked, &hands)), Some(Reason::NotPermitted));
}

#[test]
fn a_structures_own_proposal_is_for_its_managers_and_the_operator() {
    let (own, other) = (structure(5), structure(6));
    let asker = fresh(person(2), Role::Structure, own);
    let asked = content(&asker, Action::RecordBankAccount, Owner::organisation(own));
    let may = |actor: &Actor| reason(may_approve(actor, &asked, &[asker.id]));
    assert_eq!(may(&fresh(person(3), Role::Structure, own)), None);
    assert_eq!(may(&fresh(person(3), Role::Operator, operator())), None);
    assert_eq!(may(&fresh(person(3), Role::Structure, other)), Some(Reason::NotFound));
    // The approver is the operator's second person, nobody else's.
    let approver = fresh(person(3), Role::Approver, operator());
    assert_eq!(may(&approver), Some(Reason::NotPermitted));
    assert!(may_read(&asker, &asked) && !may_read(&approver, &asked));
    let stranger = fresh(person(3), Role::Structure, other);
    assert!(!may_read(&stranger, &asked));
    assert_eq!(reason(may_withdraw(&stranger, &asked)), Some(Reason::NotFound));
    assert!(may_withdraw(&asker, &asked).is_ok());
}

#[test]
fn a_content_is_recognised_by_its_hash() {
    let hash = salted_hash(&[7; 16], "{}");
    assert_eq!(hash.len(), 64);
    assert_ne!(hash, salted_hash(&[8; 16], "{}"));
    assert_ne!(hash, salted_hash(&[7; 16], "{ }"));
}

#[test]
fn an_act_is_read_back_as_it_was_written() {
    let asker = fresh(person(2), Role::Structure, structure(5));
    let owner = Owner::organisation(structure(5));
    let act = Act::RecordBankAccount {
        organisation_id: structure(5),
        iban: "FR1420041010050500013M02606".to_owned(),
        holder: crate::base::text::Name::new("Atelier").unwrap(),
        if_match: Some(1),
    };
    let content = Content { act, ..content(&asker, Action::RecordBankAccount, owner) };
    let text = serde_json::to_string(&content).unwrap();
    assert!(serde_json::from_str::<Content>(&text).unwrap() == content);
    assert_eq!(content.act.shown()["holder"], "Atelier");
}
