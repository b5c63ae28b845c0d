//! A small story told twice: in the operator's ledger and in a funder's. Every kind of entry
//! happens in it, and `variants` has those that look different.
//!
//! Goal: facts made as the services make them, with every optional field there and not there.

use carnet::base::id::{
    AnyId, ApiKey, Block, Campaign, Closing, Deposit, Distributor, Funder, HandOver, Id,
    Membership, Movement, Operator, Order, Payment, Person, Proposal, Redemption, Repayment,
    Replacement, Settlement, Site, Structure, Venue, Withdrawal,
};
use carnet::base::money::Money;
use carnet::base::text::Name;
use carnet::domain::access::{KeyGranted, KeyRequest, KeyRevoked, Role};
use carnet::domain::book::{
    BlockReason, BlockTarget, BookHandedOver, BookReplaced, Custody, MovementRequest,
    VouchersBlocked, VouchersUnblocked,
};
use carnet::domain::campaign::{Activation, CampaignClosed, CampaignProfile, CampaignRegistered};
use carnet::domain::contact::Address;
use carnet::domain::fact::{
    DepositWithdrawn, Fact, LedgerRestored, LossAccepted, PaymentCancelled, PaymentConfirmed,
    PaymentRejected, RefundPaidBack, RefundRolledOver,
};
use carnet::domain::keyring::{VoucherKeyAdded, VoucherKeyRevoked};
use carnet::domain::ledger::entry::{Entry, LedgerId};
use carnet::domain::ledger::log::{Edge, Hash, leaf_hash};
use carnet::domain::ledger::transfer;
use carnet::domain::offering::Offering;
use carnet::domain::order::{
    BooksIssued, DepositRecorded, MoneyReturned, OrderActivated, OrderPlaced, Reference,
};
use carnet::domain::organisation::{
    BankAccountRecorded, LedgerOpened, LedgerTerms, LogoRecorded, Mode, OrganisationId,
    OrganisationProfile, OrganisationRegistered, SiteProfile,
};
use carnet::domain::person::{Email, MembershipEnded, MembershipGranted};
use carnet::domain::proposal::{Deed, ProposalApproved, ProposalMade, ProposalWithdrawn};
use carnet::domain::redemption::{RedemptionReversed, ShownAs, VoucherRedeemed};
use carnet::domain::restoration::{Loss, Tip};
use carnet::domain::retention::VaultPurged;
use carnet::domain::serial::{BookNumber, Serial};
use carnet::domain::settlement::{
    PaymentDrawn, PaymentEnded, SettlementApproved, SettlementCancelled, SettlementDrawn,
    SettlementOpened, StructureRepaid, payment_id,
};
use carnet::domain::signal::{Decision, Raised, SignalDecided, SignalKind};
use carnet::domain::takeover::{LedgerReleased, LedgerTakenOver, RecoveryKey, Statement};
use carnet::domain::token::VoucherKey;
use carnet::domain::venue::{
    VenueAdmitted, VenueProfile, VenueRegistered, VenueState, VenueStateSet,
};

use data_encoding::HEXLOWER;

use super::golden::{BEGIN, HOST, Scribe, id, log_key};

const OPERATOR: u16 = 1;
const FUNDER: u16 = 2;
const RECOVERY_KEY: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const AGE: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

fn operator() -> Id<Operator> {
    id(OPERATOR)
}

fn funder() -> Id<Funder> {
    id(FUNDER)
}

fn structure() -> Id<Structure> {
    id(3)
}

fn venue() -> Id<Venue> {
    id(4)
}

fn campaign() -> Id<Campaign> {
    id(10)
}

fn key() -> AnyId {
    id::<ApiKey>(5).any()
}

fn organisation(of: AnyId) -> OrganisationId {
    of.try_into().unwrap()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn euros(euros: i64) -> Money {
    Money::from_cents(euros * 100).unwrap()
}

fn reference(text: &str) -> Reference {
    text.to_owned().try_into().unwrap()
}

const fn book(number: u32) -> BookNumber {
    BookNumber::new(number)
}

fn serial(number: u32, position: u8) -> Serial {
    Serial::new(book(number), position).unwrap()
}

fn hash(byte: char) -> String {
    byte.to_string().repeat(64)
}

fn opened(ledger: LedgerId, who: &str, mode: Option<Mode>) -> LedgerOpened {
    LedgerOpened {
        origin: format!("{HOST}/ledger/{ledger}"),
        name: name(who),
        time_zone: "Europe/Paris".parse().unwrap(),
        log_key: log_key(ledger).verifier_key().to_string(),
        mode,
        recovery_key: mode.map(|_| RECOVERY_KEY.to_owned()),
        age_recipient: mode.map(|_| AGE.to_owned()),
    }
}

fn profile(who: &str, registration: &str) -> OrganisationProfile {
    let registration = registration.parse().unwrap();
    OrganisationProfile { name: name(who), registration, sites: Vec::new(), ledger: None }
}

fn granted(role: Role, of: AnyId, venue_id: Option<Id<Venue>>) -> KeyGranted {
    KeyRequest { venue_id, ..KeyRequest::of(role, organisation(of)) }.granted(hash('5'))
}

/// The operator's ledger: who takes part, and with which keys.
pub(super) fn operator_ledger() -> Vec<Entry> {
    let mut scribe = Scribe::new(operator().into(), operator().any());
    scribe.write(operator(), &[], opened(operator().into(), "Coopérative Carnet", None));
    let registered = |profile| OrganisationRegistered { version: 1, profile };
    let own = profile("Coopérative Carnet", "73282932000074");
    scribe.write(operator(), &[], registered(own));
    let public = VoucherKey::from_seed(1, &[9; 32]).public();
    let added = VoucherKeyAdded {
        key_id: public.key_id,
        public_key: public.public_key,
        not_before: BEGIN.parse().unwrap(),
        not_after: "2027-12-07T08:00:00.000Z".parse().unwrap(),
    };
    scribe.write(operator(), &[], added);
    scribe.write(id::<ApiKey>(5), &[], granted(Role::Operator, operator().any(), None));
    scribe.actor = key();
    scribe.write(structure(), &[], registered(profile("Médi@Creuse", "W231000001")));
    let account = BankAccountRecorded { version: 1, hash: hash('a'), in_force_at: None };
    scribe.write(structure(), &[], account);
    scribe.write(funder(), &[], LogoRecorded { version: 1, hash: hash('b') });
    let offerings = vec![Offering::Procedures, Offering::EverydayTools];
    let (there, commune) = (name("Médiathèque de Guéret"), "23096".parse().unwrap());
    let there = VenueProfile::new(structure(), there, commune, offerings);
    scribe.write(venue(), &[], VenueRegistered { version: 1, profile: there.clone() });
    scribe.write(venue(), &[], set(None));
    scribe.write(id::<ApiKey>(6), &[], granted(Role::Venue, structure().any(), Some(venue())));
    scribe.write(id::<ApiKey>(6), &[], KeyRevoked {});
    scribe.write(operator(), &[], VoucherKeyRevoked { key_id: 1 });
    for (number, role, venue_id) in [(80, Role::Structure, None), (81, Role::Venue, Some(venue()))]
    {
        let organisation_id = organisation(structure().any());
        let body = MembershipGranted { person_id: id(82), role, organisation_id, venue_id };
        scribe.write(id::<Membership>(number), &[], body);
    }
    scribe.write(id::<Membership>(81), &[], MembershipEnded {});
    let on = scribe.today();
    let raised =
        Raised { kind: SignalKind::Pace, about: id::<ApiKey>(6).any(), on, count: 31, of: 31 };
    scribe.write(raised.id(), &[], SignalDecided::of(raised, Decision::Visited));
    propose(&mut scribe);
    scribe.write(venue(), &[], VenueRegistered { version: 2, profile: told(there) });
    scribe.write(venue(), &[], set(Some(400)));
    scribe.actor = operator().any();
    scribe.days_pass(11 * 366);
    scribe.write(structure(), &[], VaultPurged::BankAccount { version: 1 });
    scribe.write(funder(), &[], LossAccepted(loss(5)));
    scribe.entries
}

/// A venue is qualified, perhaps with a capacity.
fn set(capacity: Option<i64>) -> VenueStateSet {
    let vouchers_per_month = capacity.map(|vouchers| vouchers.try_into().unwrap());
    VenueStateSet { state: VenueState::Qualified, vouchers_per_month }
}

/// A register with all that the public is told.
fn told(profile: VenueProfile) -> VenueProfile {
    let page = "https://acceslibre.beta.gouv.fr/app/23-gueret/a/mediatheque/erp/mediatheque/";
    let (street, postcode) = ("8 avenue Fayolle".parse().unwrap(), "23000".parse().unwrap());
    VenueProfile {
        address: Some(Address { street, postcode }),
        opening_hours: Some("Mo-Fr 09:00-12:30,14:00-18:00; PH off".parse().unwrap()),
        phone: Some("0555510000".parse().unwrap()),
        mailbox: Some(Email::new("accueil@exemple.fr").unwrap()),
        website: Some("https://mediatheque.example.fr/".parse().unwrap()),
        appointments: Some("https://mediatheque.example.fr/rdv".parse().unwrap()),
        accessibility: Some(page.parse().unwrap()),
        ..profile
    }
}

/// Two lines that were acknowledged and are lost.
fn loss(size: i64) -> Loss {
    let root = |byte: u8| Hash::from_bytes([byte; 32]);
    let tip = |size, byte| Tip { size, root: root(byte) };
    Loss { remembered: tip(size + 2, 7), found: tip(size, 8) }
}

/// One proposal is approved, and done by the next line; another is given up.
fn propose(scribe: &mut Scribe) {
    let (about, before) = (structure().any(), scribe.actor);
    scribe.actor = id::<Person>(85).any();
    for number in [83, 84] {
        let expires_at = scribe.now().plus_seconds(86_400);
        let (deed, hash) = (Deed::RecordBankAccount, hash('b'));
        let body = ProposalMade { deed, about, expires_at, hash };
        scribe.write(id::<Proposal>(number), &[], body);
    }
    scribe.write(id::<Proposal>(83), &[], ProposalApproved {}).actor = id::<Person>(82).any();
    let in_force_at = Some(scribe.now().plus_seconds(3 * 86_400));
    let account = BankAccountRecorded { version: 2, hash: hash('c'), in_force_at };
    scribe.write(structure(), &[], account);
    scribe.write(id::<Proposal>(84), &[], ProposalWithdrawn {});
    scribe.actor = before;
}

fn rules() -> CampaignProfile {
    CampaignProfile {
        funder_id: funder(),
        name: name("Pass numérique Creuse"),
        face_value: euros(10),
        vouchers_per_book: 10,
        valid_from: "2026-11-01".parse().unwrap(),
        valid_until: "2027-10-31".parse().unwrap(),
        grace_days: 31,
        perimeter: serde_json::from_str(r#"["23","19272"]"#).unwrap(),
        offerings: vec![Offering::Procedures],
        vouchers_per_book_venue_day: Some(3),
        activation: Activation::OnHandOver,
        structures: vec![structure()],
        cover_text: Some("Offert par le Département.\nBonne découverte !".to_owned()),
    }
}

fn admitted() -> VenueAdmitted {
    VenueAdmitted {
        name: name("Médiathèque de Guéret"),
        commune: "23096".parse().unwrap(),
        structure_id: structure(),
        structure_name: name("Médi@Creuse"),
        registration: "W231000001".parse().unwrap(),
    }
}

fn redeemed(position: u8, shown_as: ShownAs) -> VoucherRedeemed {
    VoucherRedeemed {
        voucher: serial(4217, position),
        round: 1,
        venue_id: venue(),
        offering: Offering::Procedures,
        shown_as,
    }
}

fn reversed(position: u8, redemption_seq: i64) -> RedemptionReversed {
    let voucher = serial(4217, position);
    RedemptionReversed { voucher, round: 1, redemption_seq, venue_id: venue() }
}

/// A funder's ledger: from the deposit to the refund.
pub(super) fn funder_ledger() -> Vec<Entry> {
    let mut scribe = Scribe::new(funder().into(), key());
    scribe.days_pass(1);
    let home = opened(funder().into(), "Département de la Creuse", Some(Mode::Held));
    scribe.write(funder(), &[], home);
    scribe.write(campaign(), &[], CampaignRegistered { version: 1, profile: rules() });
    let paid = DepositRecorded { reference: reference("MANDAT 2026-004217") };
    scribe.write(id::<Deposit>(11), &[transfer::deposited(funder(), euros(300))], paid);
    issue_and_hand_over(&mut scribe);
    let reversible = redeem(&mut scribe);
    scribe.days_pass(30);
    settle_three_times(&mut scribe);
    let back = transfer::repaid(funder(), structure(), euros(10));
    let repaid = StructureRepaid { structure_id: structure(), reference: reference("VIR 2027-17") };
    scribe.write(id::<Repayment>(50), &[back], repaid);
    let undone = transfer::reversed(structure(), campaign(), euros(10));
    scribe.write(id::<Redemption>(20), &[undone], reversed(1, reversible));
    scribe.days_pass(370);
    close(&mut scribe);
    scribe.entries
}

fn issue_and_hand_over(scribe: &mut Scribe) {
    let placed = OrderPlaced {
        campaign_id: campaign(),
        books: 2,
        vouchers_per_book: 10,
        face_cents: 1000,
        key_id: 1,
    };
    let order: Id<Order> = id(12);
    scribe.write(order, &[], placed);
    let issuer_id = organisation(operator().any());
    let counters = [(book(4218), 1)].into();
    scribe.write(order, &[], BooksIssued { issuer_id, first: book(4217), count: 2, counters });
    let worth = transfer::activated(funder(), campaign(), euros(200));
    scribe.write(order, &[worth], OrderActivated { campaign_id: campaign(), vouchers: 20 });
    let (first, last, site) = (book(4217), book(4218), id::<Site>(13));
    let to_site = MovementRequest { first, last, to: Custody::InStock, site_id: Some(site) };
    scribe.write(id::<Movement>(14), &[], to_site);
    scribe.write(id::<HandOver>(15), &[], BookHandedOver { book: first, site_id: site });
    let block: Id<Block> = id(16);
    let target = BlockTarget::Books { first: last, last };
    scribe.write(block, &[], VouchersBlocked { target, reason: BlockReason::Lost });
    scribe.write(block, &[], VouchersUnblocked {});
    let replaced = BookReplaced {
        book: last,
        positions: (1..=10).collect(),
        by: book(4219),
        counter: 0,
        key_id: 1,
        issuer_id: None,
    };
    scribe.write(id::<Replacement>(17), &[], replaced);
}

/// Three redemptions, of which the last is undone; gives the line of the first.
fn redeem(scribe: &mut Scribe) -> i64 {
    let worth = transfer::redeemed(campaign(), structure(), euros(10));
    scribe.write(venue(), &[], admitted());
    let first = scribe.seq();
    let entry = scribe.write(id::<Redemption>(20), &[worth], redeemed(1, ShownAs::Token));
    entry.occurred_at = Some(entry.recorded_at.plus_seconds(-30));
    scribe.write(id::<Redemption>(21), &[worth], redeemed(2, ShownAs::Code));
    let last = scribe.seq();
    scribe.write(id::<Redemption>(22), &[worth], redeemed(3, ShownAs::Token));
    let undone = transfer::reversed(structure(), campaign(), euros(10));
    scribe.write(id::<Redemption>(22), &[undone], reversed(3, last));
    first
}

/// A settlement that the bank rejects, one that is cancelled, one that is paid.
fn settle_three_times(scribe: &mut Scribe) {
    let ended = PaymentEnded { structure_id: structure() };
    let amount = euros(20);
    for number in [30, 33, 36] {
        let settlement_id: Id<Settlement> = id(number);
        let payment = payment_id(settlement_id, structure());
        let (cut_off_on, cut_off_seq) = (scribe.today().plus_days(-1), scribe.seq() - 1);
        let opened = SettlementOpened { cut_off_on, cut_off_seq };
        scribe.write(settlement_id, &[], opened);
        let drawn = PaymentDrawn { settlement_id, structure_id: structure(), opening_cents: 0 };
        scribe.write(payment, &[transfer::drawn(structure(), payment, amount)], drawn);
        let total_cents = amount.cents();
        scribe.write(settlement_id, &[], SettlementDrawn { payments: 1, total_cents });
        let returned = transfer::returned(payment, structure(), amount);
        if number == 33 {
            scribe.write(payment, &[returned], PaymentCancelled(ended));
            scribe.write(settlement_id, &[], SettlementCancelled {});
            scribe.days_pass(2);
            continue;
        }
        scribe.write(settlement_id, &[], SettlementApproved { file_hash: hash('c') });
        if number == 30 {
            scribe.write(payment, &[returned], PaymentRejected(ended));
            scribe.days_pass(2);
        } else {
            let paid = transfer::confirmed(payment, funder(), amount);
            scribe.write(payment, &[paid], PaymentConfirmed(ended));
        }
    }
}

fn close(scribe: &mut Scribe) {
    let lapsed = transfer::lapsed(campaign(), funder(), euros(190));
    let closed = CampaignClosed { campaign_id: campaign(), vouchers: 19 };
    scribe.write(id::<Closing>(60), &[lapsed], closed);
    let by = |text| MoneyReturned { reference: reference(text) };
    let rolled = transfer::rolled_over(funder(), euros(100));
    scribe.write(id::<Withdrawal>(61), &[rolled], RefundRolledOver(by("DELIB 2027-12")));
    let back = transfer::paid_back(funder(), euros(90));
    scribe.write(id::<Withdrawal>(62), &[back], RefundPaidBack(by("VIR 2027-31")));
    let taken = transfer::withdrawn(funder(), euros(200));
    scribe.write(id::<Withdrawal>(63), &[taken], DepositWithdrawn(by("VIR 2027-32")));
}

/// A small ledger that one operator releases and another takes over.
pub(super) fn moved_ledger() -> Vec<Entry> {
    let ledger: Id<Funder> = id(80);
    let mut scribe = Scribe::new(ledger.into(), key());
    scribe.write(ledger, &[], opened(ledger.into(), "Ville de Guéret", Some(Mode::Pledged)));
    let mut edge = Edge::empty();
    edge.append(&[leaf_hash(scribe.entries[0].to_line().unwrap().as_bytes())]);
    // The secret half of the recovery key above: RFC 8032, 7.1, test 1.
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let seed = HEXLOWER.decode(seed.as_bytes()).unwrap().try_into().unwrap();
    let statement = RecoveryKey::from_seed(&seed).sign(Statement {
        ledger_id: ledger.into(),
        size: 1,
        root: edge.root(),
        former_log_key: log_key(operator().into()).verifier_key().clone(),
        operator_id: id(81),
        host: "relay.example".to_owned(),
        signed_at: BEGIN.parse().unwrap(),
        signature: String::new(),
    });
    let address = statement.address();
    scribe.write(ledger, &[], LedgerReleased { address, statement: statement.clone() });
    scribe.actor = id::<Operator>(81).any();
    let log_key = log_key(ledger.into()).verifier_key().clone();
    scribe.write(ledger, &[], LedgerTakenOver { log_key, statement });
    scribe.write(ledger, &[], LedgerRestored(loss(3)));
    scribe.entries
}

/// The kinds that can look different from how they look in the story.
pub(super) fn variants() -> Vec<Entry> {
    let mut scribe = Scribe::new(operator().into(), key());
    let site = SiteProfile {
        site_id: id(13),
        name: name("CCAS de Guéret"),
        commune: "23096".parse().unwrap(),
    };
    let with_sites = OrganisationProfile { sites: vec![site], ..profile("CCAS", "73282932000074") };
    let distributor: Id<Distributor> = id(70);
    scribe.write(distributor, &[], OrganisationRegistered { version: 2, profile: with_sites });
    let terms = LedgerTerms {
        mode: Mode::Pledged,
        time_zone: "Indian/Reunion".parse().unwrap(),
        recovery_key: RECOVERY_KEY.to_owned(),
        age_recipient: AGE.to_owned(),
    };
    let with_ledger =
        OrganisationProfile { ledger: Some(terms), ..profile("La Réunion", "73282932000074") };
    scribe.write(funder(), &[], OrganisationRegistered { version: 1, profile: with_ledger });
    let own = variants_of_a_funder();
    [scribe.entries, own].concat()
}

fn variants_of_a_funder() -> Vec<Entry> {
    let mut scribe = Scribe::new(funder().into(), key());
    let bare = CampaignProfile {
        perimeter: carnet::domain::territory::Perimeter::default(),
        offerings: Vec::new(),
        structures: Vec::new(),
        vouchers_per_book_venue_day: None,
        cover_text: None,
        activation: Activation::OnDelivery,
        ..rules()
    };
    scribe.write(campaign(), &[], CampaignRegistered { version: 2, profile: bare });
    let issuer_id = organisation(operator().any());
    let (first, counters) = (book(12_345_678), std::collections::BTreeMap::new());
    scribe.write(id::<Order>(12), &[], BooksIssued { issuer_id, first, count: 1, counters });
    let other = BookReplaced {
        book: first,
        positions: vec![2],
        by: book(12_345_680),
        counter: 1,
        key_id: 2,
        issuer_id: Some(issuer_id),
    };
    scribe.write(id::<Replacement>(17), &[], other);
    for to in [Custody::Returned, Custody::Lost, Custody::Destroyed] {
        let moved = MovementRequest { first, last: first, to, site_id: None };
        let fact: Fact = moved.into();
        scribe.write(id::<Movement>(71), &[], fact);
    }
    let targets = [BlockTarget::Voucher(serial(4217, 20)), BlockTarget::Order(id(12))];
    let reasons =
        [BlockReason::Stolen, BlockReason::Copied, BlockReason::Misprint, BlockReason::Request];
    for (target, reason) in targets.into_iter().cycle().zip(reasons) {
        scribe.write(id::<Block>(72), &[], VouchersBlocked { target, reason });
    }
    let late = transfer::reversed_after_lapse(structure(), funder(), euros(10));
    scribe.write(id::<Redemption>(20), &[late], reversed(1, 9));
    let nothing = CampaignClosed { campaign_id: campaign(), vouchers: 0 };
    scribe.write(id::<Closing>(60), &[], nothing);
    let empty = SettlementOpened { cut_off_on: scribe.today(), cut_off_seq: -1 };
    scribe.write(id::<Settlement>(30), &[], empty);
    let drawn =
        PaymentDrawn { settlement_id: id(30), structure_id: structure(), opening_cents: -1000 };
    let worth = transfer::drawn(structure(), id(31), euros(10));
    scribe.write(id::<Payment>(31), &[worth], drawn);
    scribe.write(id::<Settlement>(30), &[], VaultPurged::PaymentFile {});
    for shown_as in [ShownAs::Token, ShownAs::Code] {
        let worth = transfer::redeemed(campaign(), structure(), euros(10));
        scribe.write(id::<Redemption>(20), &[worth], redeemed(20, shown_as));
    }
    scribe.entries
}
