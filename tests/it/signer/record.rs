//! The record and the ceilings, on the disk and through the API.

use std::path::Path;
use std::sync::Arc;

use carnet::base::clock::ManualClock;
use carnet::base::entropy::SeededEntropy;
use carnet::base::id::{Funder, Id};
use carnet::domain::keyring::Revoked;
use carnet::domain::signing::{BookAsked, BooksAsked, Ceilings, Unsigned};
use carnet::service::keys::Keys;
use carnet::service::signer::{BookTagged, RECORD, Reply, Request, Signer, Signing, SigningPlace};

use super::block_on;
use crate::harness::{BEGIN, Engine, HOST, World, fresh_dir};
use crate::scheme::{Plan, Scheme};

const CEILINGS: Ceilings = Ceilings { vouchers: 30, cents: 25_000 };

fn place(dir: &Path) -> SigningPlace {
    SigningPlace { keys: dir.join("keys"), state: dir.join("state"), ceilings: CEILINGS }
}

fn fresh() -> std::path::PathBuf {
    let dir = fresh_dir();
    let entropy = SeededEntropy::new(3);
    Keys::create(&dir.join("keys"), &entropy).unwrap();
    Keys::add_voucher_key(&dir.join("keys"), 1, &entropy).unwrap();
    dir
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(BEGIN.parse().unwrap()))
}

fn open(dir: &Path, clock: &Arc<ManualClock>) -> Signing {
    let entropy = Arc::new(SeededEntropy::new(4));
    Signing::open(&place(dir), clock.clone(), entropy).unwrap()
}

fn asked(order: u128, books: &[u32]) -> BooksAsked {
    let funder: Id<Funder> = Id::from_uuid(uuid::Uuid::from_u128(7));
    let book = |book: &u32| BookAsked { book: *book, key_id: 1, vouchers: 10, counter: 0 };
    BooksAsked {
        ledger_id: funder.into(),
        order_id: Id::from_uuid(uuid::Uuid::from_u128(order)),
        face_cents: 1000,
        retired: Vec::new(),
        books: books.iter().map(book).collect(),
    }
}

/// The tokens that a request gets, or why it gets none.
fn print(signing: &Signing, asked: BooksAsked) -> Result<Vec<String>, Unsigned> {
    match signing.answer(Request::Print(asked)) {
        Reply::Printed(books) => {
            Ok(books.into_iter().flatten().map(|voucher| voucher.token).collect())
        }
        Reply::Refused(why) => Err(why),
        _ => panic!("another answer"),
    }
}

#[test]
fn a_restart_forgets_neither_books_nor_ceilings() {
    let (dir, clock) = (fresh(), clock());
    let signing = open(&dir, &clock);
    let first = print(&signing, asked(1, &[1])).unwrap();
    assert_eq!(print(&signing, asked(1, &[1])).unwrap(), first, "a reprint is the same");
    drop(signing);
    let signing = open(&dir, &clock);
    assert_eq!(print(&signing, asked(1, &[2])), Err(Unsigned::CentsPerDay));
    clock.advance_seconds(86_400);
    assert_eq!(print(&signing, asked(2, &[1])), Err(Unsigned::BookDiffers));
    print(&signing, asked(1, &[2])).unwrap();
    clock.advance_seconds(-86_400);
    print(&signing, asked(1, &[3])).unwrap();
    let back = print(&signing, asked(1, &[4]));
    assert_eq!(back, Err(Unsigned::CentsPerDay), "a clock put back opens no new day");
    let mut unknown = asked(1, &[4]);
    unknown.books[0].key_id = 9;
    assert_eq!(print(&signing, unknown), Err(Unsigned::KeyMissing));
}

#[test]
fn what_a_crash_cut_off_is_cut_away_and_what_is_changed_is_refused() {
    let (dir, clock) = (fresh(), clock());
    print(&open(&dir, &clock), asked(1, &[1])).unwrap();
    let path = dir.join("state").join(RECORD);
    assert!(crate::cli::is_private(&path));
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}{{\"what\":\"sig")).unwrap();
    let signing = open(&dir, &clock);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    print(&signing, asked(1, &[2])).unwrap();
    std::fs::write(&path, format!("{{}}\n{whole}")).unwrap();
    let entropy = Arc::new(SeededEntropy::new(4));
    assert!(Signing::open(&place(&dir), clock, entropy).is_err());
}

/// A server's signer and a command's beside it share the day.
#[test]
fn two_signers_share_one_record() {
    let (dir, clock) = (fresh(), clock());
    let (one, two) = (open(&dir, &clock), open(&dir, &clock));
    print(&one, asked(1, &[1])).unwrap();
    print(&two, asked(1, &[2])).unwrap();
    assert_eq!(print(&one, asked(1, &[3])), Err(Unsigned::CentsPerDay));
    assert_eq!(print(&two, asked(2, &[1])), Err(Unsigned::BookDiffers));
}

/// Who takes the server gets no other code key for a ledger, and no bundle for itself: the signer
/// knows since the first book to whom a ledger is sealed.
#[test]
fn a_ledger_keeps_its_recipient() {
    let (dir, clock) = (fresh(), clock());
    let own = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let thief = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg";
    let ledger_id = asked(1, &[1]).ledger_id;
    let tags = |recipient: &str| Request::Tags {
        ledger_id,
        recipient: Some(recipient.to_owned()),
        books: vec![BookTagged { book: 1, vouchers: 10, counter: 0 }],
    };
    assert!(matches!(open(&dir, &clock).answer(tags(own)), Reply::Tags(_)));
    let signing = open(&dir, &clock);
    for asked in [tags(thief), tags("")] {
        assert!(matches!(signing.answer(asked), Reply::Refused(Unsigned::RecipientDiffers)));
    }
    assert!(matches!(signing.answer(tags(own)), Reply::Tags(_)));
}

#[test]
fn a_ledger_keeps_its_code_key() {
    let (dir, clock) = (fresh(), clock());
    let signing = open(&dir, &clock);
    let request = asked(1, &[1]);
    let ledger_id = request.ledger_id;
    print(&signing, request).unwrap();
    let adopt = Request::Adopt { ledger_id, recipient: None, code_key: "07".repeat(32) };
    assert!(matches!(signing.answer(adopt), Reply::Refused(Unsigned::BookDiffers)));
    assert!(!dir.join("keys").join(format!("code-{ledger_id}.key")).exists());
}

/// The API says why, and the next day goes on.
#[test]
fn a_ceiling_is_told_and_ends_with_the_day() {
    block_on(async {
        let world = World::made(Engine::Sqlite, HOST, 7, Revoked::Refused, |place, clock| {
            let ceilings = Ceilings { vouchers: 20, cents: 1_000_000 };
            let place = SigningPlace { ceilings, ..place.clone() };
            let entropy = Arc::new(SeededEntropy::new(11));
            Signer::here(Signing::open(&place, clock.clone(), entropy).unwrap())
        })
        .await;
        let scheme = Scheme::plan(&world, &Plan { books: 2, ..Plan::default() }).await;
        let path = format!("/api/v1/orders/{}/books.pdf?from=1&to=1", scheme.order_id);
        let refused = world.get(&path, &world.operator).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "signing-refused"));
        assert_eq!(refused.json()["state"], "vouchers-per-day");
        scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
        world.clock.advance_seconds(86_400);
        assert_eq!(world.get(&path, &world.operator).await.status, 200);
    });
}
