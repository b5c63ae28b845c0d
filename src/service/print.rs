//! Printed books: from values to the bytes of a PDF file.
//!
//! A4 portrait. Each book is a cover in plain French and large type, then its vouchers, five strips
//! a page: four straight cuts part them, with nothing left over.
//!
//! Promises: the same values give the same bytes; PDF/A-2a and PDF/UA-1 together, tagged, in
//! French; nothing overflows its place, whatever the names; a file holds [`BOOKS_PER_FILE`] books
//! at most, so memory stays flat. Does not: make tokens or codes, keep them, or know beneficiaries.

mod cover;
mod face;
mod french;
mod logo;
mod paragraph;
mod pen;
mod qr;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod units;
mod voucher;

use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::tagging::{Node, Tag, TagGroup, TagTree};
use krilla::{Document, SerializeSettings};

use crate::base::day::Day;
use crate::base::money::Money;

pub use logo::{LOGO_BYTES, LOGO_PIXELS, Logo, LogoError};

use pen::Pen;
use units::{MM, point, points};

/// Most books in one file.
pub const BOOKS_PER_FILE: usize = 100;
/// Most vouchers in a book.
pub const VOUCHERS_PER_BOOK: usize = 20;
/// Most characters of a funder's own text.
pub const TEXT_CHARACTERS: usize = 600;

/// What all books of a file share.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// Who orders and pays.
    pub funder_name: &'a str,
    /// Who issues: a mention that public accountants expect.
    pub operator_name: &'a str,
    /// The issuer's address, on two lines.
    pub operator_address: Option<[&'a str; 2]>,
    /// The scheme, as the public knows it.
    pub campaign_name: &'a str,
    /// What one voucher is worth.
    pub face_value: Money,
    /// First day of use; printed when it is later than the day of issue.
    pub valid_from: Day,
    /// Last day of use.
    pub valid_until: Day,
    /// The funder's logo.
    pub logo: Option<Logo>,
    /// The funder's own text on the cover; line breaks part paragraphs.
    pub text: Option<&'a str>,
    /// Where to find a venue: a web address, a telephone number.
    pub help_line: &'a str,
    /// Day of issue.
    pub issued_on: Day,
    /// Nature of the services that the vouchers pay.
    pub nature: &'a str,
    /// Printed to train or to show: worth nothing, and says so.
    pub specimen: bool,
}

/// What is printed where a campaign pays every service.
pub const ANY_SERVICE: &str = "Tout service de médiation numérique";

/// One book to print.
#[derive(Debug, Clone)]
pub struct PrintedBook {
    /// Its public number, `0004217`.
    pub serial: String,
    /// What the QR symbol on the cover says: where a hand-over is recorded.
    pub cover_url: String,
    /// Its vouchers, in order.
    pub vouchers: Vec<PrintedVoucher>,
}

/// One voucher to print. `url` and `code` redeem it: whoever holds a value of this type can spend.
#[derive(Clone)]
pub struct PrintedVoucher {
    /// Its public number, `0004217-03`.
    pub serial: String,
    /// What its QR symbol says: the token's address.
    pub url: String,
    /// What is typed when the symbol cannot be read, `XXXX-XXXX-XXXX`.
    pub code: String,
}

impl std::fmt::Debug for PrintedVoucher {
    /// The serial only: the rest is a secret and must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrintedVoucher").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// Why books cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// No book, or more than [`BOOKS_PER_FILE`].
    #[error("a file holds 1 to {BOOKS_PER_FILE} books, not {0}")]
    Books(usize),
    /// No voucher in a book, or more than [`VOUCHERS_PER_BOOK`].
    #[error("book {serial} has {count} vouchers; a book holds 1 to {VOUCHERS_PER_BOOK}")]
    Vouchers {
        /// The book.
        serial: String,
        /// How many it was given.
        count: usize,
    },
    /// The funder's text has more than [`TEXT_CHARACTERS`] characters.
    #[error("the funder's text has {0} characters; there is room for {TEXT_CHARACTERS}")]
    Text(usize),
    /// The address of a QR symbol is too long to be read from a symbol of that size.
    #[error("the address of {serial} is too long for a QR symbol that a telephone can read")]
    Address {
        /// The book or voucher.
        serial: String,
    },
    /// The PDF library refused; a fault of ours.
    #[error("the PDF file could not be made: {0}")]
    Pdf(String),
}

/// Prints books: the bytes of one PDF file. Takes some 20 ms a book; call it off the async threads.
///
/// # Errors
/// [`PrintError`] says what cannot be printed; then there is no file at all.
pub fn print(sheet: &Sheet<'_>, books: &[PrintedBook]) -> Result<Vec<u8>, PrintError> {
    check(sheet, books)?;
    let mut document = Document::new_with(settings());
    document.set_metadata(metadata(sheet, books));
    let mut tree = TagTree::new().with_lang(Some("fr".to_owned()));
    let mut outline = Outline::new();
    let mut press = Press { document, page: 0 };
    let strips = voucher::Template::new(sheet);
    let mut cover = cover::Template::new(sheet, books[0].vouchers.len());
    for book in books {
        if cover.count() != book.vouchers.len() {
            cover = cover::Template::new(sheet, book.vouchers.len());
        }
        let start = XyzDestination::new(press.page, point(0, 0));
        outline.push_child(OutlineNode::new(format!("Carnet n° {}", book.serial), start));
        let mut part = TagGroup::new(Tag::Section);
        for node in press.page(|pen| cover.draw(pen, book))? {
            part.push(node);
        }
        for (sheet_of, strip) in book.vouchers.chunks(voucher::STRIPS).enumerate() {
            let first = sheet_of * voucher::STRIPS;
            for node in press.page(|pen| strips.page(pen, book, first, strip))? {
                part.push(node);
            }
        }
        tree.push(part);
    }
    let mut document = press.document;
    document.set_outline(outline);
    document.set_tag_tree(tree);
    document.finish().map_err(|error| PrintError::Pdf(format!("{error}: {error:?}")))
}

/// The document being made and how many pages it has.
struct Press {
    document: Document,
    page: usize,
}

impl Press {
    /// Adds a page and draws on it.
    fn page(
        &mut self,
        draw: impl FnOnce(&mut Pen<'_>) -> Result<Vec<Node>, PrintError>,
    ) -> Result<Vec<Node>, PrintError> {
        let settings = PageSettings::from_wh(points(210 * MM), points(297 * MM));
        let settings = settings.expect("A4 is a size");
        let mut page = self.document.start_page_with(settings);
        let mut pen = Pen::new(page.surface(), self.page);
        let nodes = draw(&mut pen);
        pen.finish();
        page.finish();
        self.page += 1;
        nodes
    }
}

fn check(sheet: &Sheet<'_>, books: &[PrintedBook]) -> Result<(), PrintError> {
    if books.is_empty() || books.len() > BOOKS_PER_FILE {
        return Err(PrintError::Books(books.len()));
    }
    let long = sheet.text.map_or(0, |text| text.chars().count());
    if long > TEXT_CHARACTERS {
        return Err(PrintError::Text(long));
    }
    for book in books {
        let count = book.vouchers.len();
        if count == 0 || count > VOUCHERS_PER_BOOK {
            return Err(PrintError::Vouchers { serial: book.serial.clone(), count });
        }
    }
    Ok(())
}

/// Who issued, where, when.
fn issuer(sheet: &Sheet<'_>) -> String {
    let mut text = format!("Émis par {}", face::clean(sheet.operator_name));
    for line in sheet.operator_address.iter().flatten() {
        let line = face::clean(line);
        if !line.is_empty() {
            text.push_str(", ");
            text.push_str(&line);
        }
    }
    format!("{text}, le {}.", french::day(sheet.issued_on))
}

/// Both standards at once: an archive that a screen reader can read.
fn settings() -> SerializeSettings {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .expect("both standards are written in PDF 1.7");
    SerializeSettings { configuration, ..SerializeSettings::default() }
}

fn metadata(sheet: &Sheet<'_>, books: &[PrintedBook]) -> Metadata {
    let (year, month, day) = french::parts(sheet.issued_on);
    let first = books.first().map_or("", |book| &book.serial);
    let last = books.last().map_or("", |book| &book.serial);
    let numbers = match books.len() {
        1 => format!("Carnet n° {first}"),
        _ => format!("Carnets n° {first} à {last}"),
    };
    Metadata::new()
        .title(format!("{numbers} – {}", face::clean(sheet.campaign_name)))
        .description(format!("Chèques à détacher, financés par {}", face::clean(sheet.funder_name)))
        .authors(vec![face::clean(sheet.operator_name)])
        .creator("Carnet".to_owned())
        .language("fr".to_owned())
        .creation_date(DateTime::new(year).month(month).day(day))
}
