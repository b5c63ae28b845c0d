//! The payment file: a settlement's transfers as the XML message that a bank takes in.
//!
//! Promises: an ISO 20022 `pain.001.001.09` message for SEPA credit transfers, valid against the
//! official schema, the same bytes for the same content; what a bank would refuse is an error here.
//! Does not: send anything, know holidays, or write an address (unstructured ones are refused since
//! November 2026, and none is needed).

mod latin;

use std::collections::HashSet;
use std::fmt;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use self::latin::{is_latin, latin};
use super::bank::{Bic, Iban};
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::money::Money;

/// The most one SEPA credit transfer may carry: EUR 999,999,999.99 (European Payments
/// Council, EPC125-05).
const MOST_CENTS: i64 = 99_999_999_999;

/// One payment order: all transfers of one settlement, from one account, on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFile {
    /// What the bank tells two files apart by; 1 to 35 characters, see [`PaymentFileError::Id`].
    /// It names the group of payments too. The bare part of an id fits.
    pub message_id: String,
    /// When the file was made.
    pub created_at: Timestamp,
    /// The day on which the bank is asked to pay.
    pub requested_on: Day,
    /// Who pays.
    pub debtor: Party,
    /// What is paid, in this order.
    pub payments: Vec<CreditTransfer>,
}

/// Who pays or is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The name of the account's holder; written in SEPA's characters, the first 70 of them.
    pub name: String,
    /// The account.
    pub iban: Iban,
    /// The bank's code; SEPA transfers do without it.
    pub bic: Option<Bic>,
}

/// One transfer to one structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditTransfer {
    /// What a rejection or a bank statement names the transfer by; formed like the message id and
    /// different for each transfer of the file.
    pub end_to_end_id: String,
    /// How much.
    pub amount: Money,
    /// Who is paid.
    pub creditor: Party,
    /// What the payee reads on the statement: the first 140 characters, so begin with the
    /// reference. May be empty.
    pub remittance: String,
}

/// What a bank would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentFileError {
    /// A file without a transfer.
    #[error("a payment file needs at least one transfer")]
    Empty,
    /// A message id or end-to-end id that is empty, longer than 35 characters, of characters other
    /// than SEPA's, or with a slash at an end or two together (EPC132-08).
    #[error(
        "{0:?} cannot name a payment: 1 to 35 of a-z A-Z 0-9 / - ? : ( ) . , ' + and inner spaces, \
         no slash at an end, no two together"
    )]
    Id(String),
    /// Two transfers of one name: a rejection could not be told apart.
    #[error("two transfers are called {0:?}")]
    Repeated(String),
    /// Nothing, or more than one SEPA transfer carries.
    #[error("the amount of transfer {0:?} is zero or above 999999999.99")]
    Amount(String),
    /// The sum has more digits than the message holds.
    #[error("the sum of the transfers is too large for one file")]
    Total,
    /// A name without a single letter or digit that SEPA can write. Names the message or transfer.
    #[error("the name in {0:?} has no letter that a SEPA message can carry")]
    Name(String),
}

impl PaymentFile {
    /// The message, in UTF-8.
    ///
    /// # Errors
    /// [`PaymentFileError`] says what a bank would refuse; then nothing is written.
    pub fn to_xml(&self) -> Result<Vec<u8>, PaymentFileError> {
        let total = self.check()?;
        let mut xml = Xml::new();
        xml.inside("CstmrCdtTrfInitn", |xml| {
            xml.inside("GrpHdr", |xml| self.header(xml, &total));
            xml.inside("PmtInf", |xml| self.order(xml, &total));
        });
        Ok(xml.finish())
    }

    /// Checks every rule of [`PaymentFileError`] and gives the sum.
    fn check(&self) -> Result<Decimal, PaymentFileError> {
        if self.payments.is_empty() {
            return Err(PaymentFileError::Empty);
        }
        check_id(&self.message_id)?;
        check_name(&self.debtor, &self.message_id)?;
        let mut names = HashSet::new();
        let mut total = Money::ZERO;
        for payment in &self.payments {
            let id = &payment.end_to_end_id;
            check_id(id)?;
            if !names.insert(id) {
                return Err(PaymentFileError::Repeated(id.clone()));
            }
            if !(1..=MOST_CENTS).contains(&payment.amount.cents()) {
                return Err(PaymentFileError::Amount(id.clone()));
            }
            check_name(&payment.creditor, id)?;
            let sum = total.checked_add(payment.amount);
            total = sum.map_err(|_| PaymentFileError::Total)?;
        }
        // The schema's DecimalNumber has 18 digits at most.
        if total.cents() >= 1_000_000_000_000_000_000 {
            return Err(PaymentFileError::Total);
        }
        Ok(Decimal(total))
    }

    fn header(&self, xml: &mut Xml, total: &Decimal) {
        xml.leaf("MsgId", &self.message_id);
        // Whole seconds: some banks' readers know no fractions.
        xml.leaf("CreDtTm", &format!("{:.0}", self.created_at.to_jiff()));
        xml.leaf("NbOfTxs", &self.payments.len().to_string());
        xml.leaf("CtrlSum", &total.to_string());
        xml.inside("InitgPty", |xml| xml.leaf("Nm", &name(&self.debtor)));
    }

    fn order(&self, xml: &mut Xml, total: &Decimal) {
        xml.leaf("PmtInfId", &self.message_id);
        xml.leaf("PmtMtd", "TRF");
        // One debit for the settlement, whose total it is; rejections still come one by one.
        xml.leaf("BtchBookg", "true");
        xml.leaf("NbOfTxs", &self.payments.len().to_string());
        xml.leaf("CtrlSum", &total.to_string());
        xml.inside("PmtTpInf", |xml| {
            xml.inside("SvcLvl", |xml| xml.leaf("Cd", "SEPA"));
        });
        let day = self.requested_on.to_string();
        xml.inside("ReqdExctnDt", |xml| xml.leaf("Dt", &day));
        xml.inside("Dbtr", |xml| xml.leaf("Nm", &name(&self.debtor)));
        xml.inside("DbtrAcct", |xml| account(xml, &self.debtor));
        xml.inside("DbtrAgt", |xml| bank(xml, self.debtor.bic.as_ref()));
        // Each side pays its own bank: the only sharing of charges that SEPA knows.
        xml.leaf("ChrgBr", "SLEV");
        for payment in &self.payments {
            xml.inside("CdtTrfTxInf", |xml| payment.write(xml));
        }
    }
}

impl CreditTransfer {
    fn write(&self, xml: &mut Xml) {
        xml.inside("PmtId", |xml| xml.leaf("EndToEndId", &self.end_to_end_id));
        let amount = Decimal(self.amount).to_string();
        xml.inside("Amt", |xml| xml.amount("InstdAmt", &amount));
        if let Some(bic) = &self.creditor.bic {
            xml.inside("CdtrAgt", |xml| bank(xml, Some(bic)));
        }
        xml.inside("Cdtr", |xml| xml.leaf("Nm", &name(&self.creditor)));
        xml.inside("CdtrAcct", |xml| account(xml, &self.creditor));
        let remittance = latin(&self.remittance, 140);
        if !remittance.is_empty() {
            xml.inside("RmtInf", |xml| xml.leaf("Ustrd", &remittance));
        }
    }
}

fn account(xml: &mut Xml, party: &Party) {
    xml.inside("Id", |xml| xml.leaf("IBAN", party.iban.reveal()));
}

/// The debtor's bank is obligatory in the schema; `NOTPROVIDED` says that the IBAN names it
/// (EPC132-08).
fn bank(xml: &mut Xml, bic: Option<&Bic>) {
    xml.inside("FinInstnId", |xml| match bic {
        Some(bic) => xml.leaf("BICFI", bic.as_str()),
        None => xml.inside("Othr", |xml| xml.leaf("Id", "NOTPROVIDED")),
    });
}

fn name(party: &Party) -> String {
    latin(&party.name, 70)
}

fn check_name(party: &Party, place: &str) -> Result<(), PaymentFileError> {
    if name(party).chars().any(|c| c.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(PaymentFileError::Name(place.to_owned()))
    }
}

fn check_id(id: &str) -> Result<(), PaymentFileError> {
    let fits = (1..=35).contains(&id.len())
        && id.chars().all(is_latin)
        && id.trim() == id
        && !id.starts_with('/')
        && !id.ends_with('/')
        && !id.contains("//");
    if fits { Ok(()) } else { Err(PaymentFileError::Id(id.to_owned())) }
}

/// An amount as the message writes it: two decimals after a point.
struct Decimal(Money);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0.cents() / 100, self.0.cents() % 100)
    }
}

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
const IN_MEMORY: &str = "writing to memory does not fail";

/// An XML text in memory, indented by two spaces.
struct Xml(Writer<Vec<u8>>);

impl Xml {
    fn new() -> Self {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        let declaration = BytesDecl::new("1.0", Some("UTF-8"), None);
        writer.write_event(Event::Decl(declaration)).expect(IN_MEMORY);
        let root = BytesStart::new("Document").with_attributes([("xmlns", NAMESPACE)]);
        writer.write_event(Event::Start(root)).expect(IN_MEMORY);
        Self(writer)
    }

    fn inside(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.0.write_event(Event::Start(BytesStart::new(name))).expect(IN_MEMORY);
        write(self);
        self.0.write_event(Event::End(BytesEnd::new(name))).expect(IN_MEMORY);
    }

    fn leaf(&mut self, name: &str, text: &str) {
        let element = self.0.create_element(name);
        element.write_text_content(BytesText::new(text)).expect(IN_MEMORY);
    }

    fn amount(&mut self, name: &str, text: &str) {
        let element = self.0.create_element(name).with_attribute(("Ccy", "EUR"));
        element.write_text_content(BytesText::new(text)).expect(IN_MEMORY);
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.write_event(Event::End(BytesEnd::new("Document"))).expect(IN_MEMORY);
        let mut bytes = self.0.into_inner();
        bytes.push(b'\n');
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str) -> Party {
        let iban = "FR1420041010050500013M02606".parse().unwrap();
        Party { name: name.to_owned(), iban, bic: None }
    }

    fn transfer(id: &str, cents: i64) -> CreditTransfer {
        CreditTransfer {
            end_to_end_id: id.to_owned(),
            amount: Money::from_cents(cents).unwrap(),
            creditor: party("CCAS de Guéret"),
            remittance: String::new(),
        }
    }

    fn file(payments: Vec<CreditTransfer>) -> PaymentFile {
        PaymentFile {
            message_id: "01H455VB4PEX5VSKNK084SN02Q".to_owned(),
            created_at: Timestamp::from_millis(1_795_341_600_987),
            requested_on: "2026-11-24".parse().unwrap(),
            debtor: party("Département de la Creuse"),
            payments,
        }
    }

    fn refusal(payments: Vec<CreditTransfer>) -> PaymentFileError {
        file(payments).to_xml().unwrap_err()
    }

    #[test]
    fn refuses_what_a_bank_would() {
        let id = || "A".to_owned();
        assert_eq!(refusal(vec![]), PaymentFileError::Empty);
        assert_eq!(refusal(vec![transfer("A", 0)]), PaymentFileError::Amount(id()));
        assert_eq!(refusal(vec![transfer("A", MOST_CENTS + 1)]), PaymentFileError::Amount(id()));
        let twice = vec![transfer("A", 1), transfer("A", 1)];
        assert_eq!(refusal(twice), PaymentFileError::Repeated(id()));
        let mut nameless = transfer("A", 1);
        nameless.creditor.name = "«…»".to_owned();
        assert_eq!(refusal(vec![nameless]), PaymentFileError::Name(id()));
    }

    #[test]
    fn refuses_ids_that_would_be_changed_on_the_way() {
        let long = "A".repeat(36);
        for id in ["", long.as_str(), "a_b", "é", "/a", "a/", "a//b", " a", "a ", "a&b", "a\nb"] {
            assert_eq!(refusal(vec![transfer(id, 1)]), PaymentFileError::Id(id.to_owned()));
            let mut other = file(vec![transfer("A", 1)]);
            other.message_id = id.to_owned();
            assert_eq!(other.to_xml(), Err(PaymentFileError::Id(id.to_owned())));
        }
        for id in ["a", "a b/c", &"A".repeat(35)] {
            assert!(file(vec![transfer(id, 1)]).to_xml().is_ok(), "{id}");
        }
    }

    #[test]
    fn sums_without_rounding() {
        let payments = vec![transfer("A", 1), transfer("B", MOST_CENTS), transfer("C", 10)];
        let xml = String::from_utf8(file(payments).to_xml().unwrap()).unwrap();
        assert_eq!(xml.matches("<CtrlSum>1000000000.10</CtrlSum>").count(), 2);
        assert_eq!(xml.matches("<NbOfTxs>3</NbOfTxs>").count(), 2);
        assert!(xml.contains(r#"<InstdAmt Ccy="EUR">0.01</InstdAmt>"#));
        assert!(xml.contains("<CreDtTm>2026-11-22T10:00:00Z</CreDtTm>"));
    }

    #[test]
    fn the_same_content_is_the_same_bytes() {
        let payments = vec![transfer("A", 1), transfer("B", 2)];
        assert_eq!(file(payments.clone()).to_xml(), file(payments).to_xml());
    }
}
