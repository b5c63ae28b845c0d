//! The vouchers: five strips a page, each with all that a venue, a person and an accountant need.
//!
//! Left, what is scanned and its public number; in the middle, what it is worth, for what, until
//! when, and the code to type; right, the funder's logo and room for the venue's stamp; at the
//! foot,
//! the mentions that public accountants expect.
//!
//! Promises: a symbol at least 25 mm wide with its quiet zone; nothing printed within 5 mm of a
//! cut.
//! Does not: differ from voucher to voucher in anything but number, code and symbol.

use krilla::tagging::{Node, Tag, TagGroup};

use super::face::{Style, clean};
use super::french;
use super::logo::Logo;
use super::paragraph::{Block, Set};
use super::pen::{Align, Ink, Pen};
use super::qr::{QUIET, Symbol};
use super::units::{Length, MM, PT, cap_height};
use super::{PrintError, PrintedBook, PrintedVoucher, Sheet};

/// Strips on a page.
pub(super) const STRIPS: usize = 5;

const PAGE_WIDTH: Length = 210 * MM;
const STRIP_HEIGHT: Length = 297 * MM / 5;

const TOP: Length = 650;
/// Left edge of the symbol, of the middle and of the right column; right edges of these two.
const SCAN: Length = 12 * MM;
const MIDDLE: Length = 49 * MM;
const MIDDLE_END: Length = 134 * MM;
const STAMP: Length = 140 * MM;
const STAMP_END: Length = 198 * MM;

/// Side of a usual symbol; what a module of a larger one should and must measure.
const SYMBOL: Length = 2706;
const MODULE: Length = 55;
const MODULE_LEAST: Length = 40;

/// Size of the value, in points, and the white under the campaign's name.
const VALUE: i32 = 40;
const UNDER: Length = 160;

/// Bottom of the upper band: where a usual symbol ends.
const BAND_END: Length = TOP + SYMBOL;
/// Top and baseline of the lower band.
const FOOT: Length = 3800;
const FOOT_END: Length = 4750;
/// Baseline of the mentions.
const MENTIONS_END: Length = 5380;

/// Everything that all vouchers of a file share, set once.
pub(super) struct Template {
    campaign: Block,
    funder: Block,
    value: Block,
    nature: Block,
    until: Block,
    code_label: Block,
    stamp_title: Block,
    stamp_note: Block,
    mentions: Block,
    specimen: Option<Block>,
    logo: Option<(Logo, Length, Length)>,
    logo_alt: String,
}

impl Template {
    /// Sets what the sheet says.
    pub(super) fn new(sheet: &Sheet<'_>) -> Self {
        let width = MIDDLE_END - MIDDLE;
        let bold = |size| Set::new(Style::Bold, size * PT);
        let regular = |size| Set::new(Style::Regular, size * PT);
        let campaign = bold(13).fit(&clean(sheet.campaign_name), 65, width, 600);
        let room = 1000 - campaign.height() - UNDER;
        let funder = regular(10).fit(&clean(sheet.funder_name), 60, width, room);
        let value = bold(VALUE).line(&french::amount(sheet.face_value), 12 * PT, 46 * MM);
        let aside = width - value.width() - 5 * MM;
        let nature = Set { leading: 125, ..regular(10) };
        let pays = french::spaced(&format!("Pour payer : {}", clean(sheet.nature)));
        let nature = nature.balance(&pays, 60, aside, cap_height(VALUE * PT));
        let mut small = mentions(sheet);
        // What had to be cut above is a mention that must be whole somewhere.
        if funder.is_cut {
            small = format!("Financeur : {}. {small}", clean(sheet.funder_name));
        }
        if nature.is_cut {
            small = format!("{small} {pays}.");
        }
        let logo = sheet.logo.clone().map(|logo| {
            let (across, down) = logo.within(STAMP_END - STAMP, 1200);
            (logo, across, down)
        });
        let stamp = STAMP_END - STAMP - 6 * MM;
        Self {
            until: bold(12).line(&validity(sheet), 8 * PT, width),
            code_label: regular(9).line("Code à taper si le scan ne marche pas", 70, width),
            stamp_title: bold(9).line("Cachet du lieu de médiation", 70, stamp),
            stamp_note: Set::new(Style::Regular, 80).fit(
                "Nom, adresse, n° SIRET ou RNA",
                60,
                stamp,
                400,
            ),
            mentions: Set::new(Style::Regular, 75).fit(
                &french::spaced(&small),
                50,
                STAMP_END - SCAN,
                460,
            ),
            specimen: sheet.specimen.then(|| bold(60).line(SPECIMEN, 20 * PT, 146 * MM)),
            logo_alt: format!("Logo : {}", clean(sheet.funder_name)),
            campaign,
            funder,
            value,
            nature,
            logo,
        }
    }

    /// Draws one page of strips; `first` is the position of its first voucher, from 0.
    pub(super) fn page(
        &self,
        pen: &mut Pen<'_>,
        book: &PrintedBook,
        first: usize,
        vouchers: &[PrintedVoucher],
    ) -> Result<Vec<Node>, PrintError> {
        let mut nodes = Vec::with_capacity(vouchers.len());
        let mut top = 0;
        for (at, voucher) in vouchers.iter().enumerate() {
            let place = format!("Chèque {} sur {}", first + at + 1, book.vouchers.len());
            nodes.push(self.strip(pen, top, voucher, &place)?);
            top += STRIP_HEIGHT;
            if at + 1 < STRIPS {
                pen.rule((0, top), (PAGE_WIDTH, top), 18, Some([150, 150]));
                pen.scissors((700, top));
            }
        }
        Ok(nodes)
    }

    fn strip(
        &self,
        pen: &mut Pen<'_>,
        top: Length,
        voucher: &PrintedVoucher,
        place: &str,
    ) -> Result<Node, PrintError> {
        let mut part = TagGroup::new(Tag::Section);
        let specimen = self.specimen.as_ref();
        let middle = (MIDDLE.midpoint(STAMP_END), top + STRIP_HEIGHT / 2 - 2 * MM);
        let under = specimen.map(|block| pen.across(middle, -9, block, Ink::Pale));
        let place = Set::new(Style::Bold, 11 * PT).line(place, 80, 33 * MM);
        part.push(pen.heading(2, (SCAN, top + FOOT), &place));
        if let Some(node) = under {
            part.push(node);
        }
        for node in self.worth(pen, top) {
            part.push(node);
        }
        for node in self.scan(pen, top, voucher)? {
            part.push(node);
        }
        for node in self.stamp(pen, top) {
            part.push(node);
        }
        Ok(part.into())
    }

    /// The middle: campaign, funder, worth, nature, until when.
    fn worth(&self, pen: &mut Pen<'_>, top: Length) -> Vec<Node> {
        let mut nodes = Vec::with_capacity(6);
        let until = top + BAND_END - self.until.height();
        let value = top + BAND_END - cap_height(12 * PT) - 380 - self.value.height();
        let aside = MIDDLE + self.value.width() + 5 * MM;
        let drop = ((self.value.height() - self.nature.height()) / 2).max(0);
        let funder = top + TOP + self.campaign.height() + UNDER;
        let mut put = |x, y, block| nodes.push(pen.text(Tag::P, (x, y), Align::Left, block));
        put(MIDDLE, top + TOP, &self.campaign);
        put(MIDDLE, funder, &self.funder);
        put(MIDDLE, value, &self.value);
        put(aside, value + drop, &self.nature);
        put(MIDDLE, until, &self.until);
        nodes
    }

    /// The symbol, the code, the serial.
    fn scan(
        &self,
        pen: &mut Pen<'_>,
        top: Length,
        voucher: &PrintedVoucher,
    ) -> Result<Vec<Node>, PrintError> {
        let (symbol, module) = symbol(&voucher.url, &voucher.serial)?;
        let alt = "Code QR que le lieu de médiation scanne pour encaisser ce chèque";
        let mut nodes = vec![pen.symbol((SCAN, top + TOP), &symbol, module, alt)];
        let width = MIDDLE_END - MIDDLE;
        let code = Set::new(Style::Mono, 22 * PT).line(&clean(&voucher.code), 8 * PT, width);
        let serial = format!("N°{}{}", french::NO_BREAK, clean(&voucher.serial));
        let serial = Set::new(Style::Regular, 11 * PT).line(&serial, 60, 34 * MM);
        let mut put = |x, y, block| nodes.push(pen.text(Tag::P, (x, y), Align::Left, block));
        put(MIDDLE, top + FOOT, &self.code_label);
        put(MIDDLE, top + FOOT_END - code.height(), &code);
        put(SCAN, top + FOOT_END - serial.height(), &serial);
        Ok(nodes)
    }

    /// The logo, room for the stamp, the mentions.
    fn stamp(&self, pen: &mut Pen<'_>, top: Length) -> Vec<Node> {
        let mut nodes = Vec::with_capacity(4);
        let mut start = top + TOP;
        if let Some((logo, across, down)) = &self.logo {
            nodes.push(pen.logo((STAMP, start), (*across, *down), logo, &self.logo_alt));
            start += 15 * MM;
        }
        pen.frame((STAMP, start), (STAMP_END - STAMP, top + FOOT_END - start), 18);
        let (x, title) = (STAMP + 3 * MM, start + 3 * MM);
        let note = title + self.stamp_title.height() + 170;
        let mentions = top + MENTIONS_END - self.mentions.height();
        let mut put = |x, y, block| nodes.push(pen.text(Tag::P, (x, y), Align::Left, block));
        put(x, title, &self.stamp_title);
        put(x, note, &self.stamp_note);
        put(SCAN, mentions, &self.mentions);
        nodes
    }
}

/// What a specimen says of itself.
pub(super) const SPECIMEN: &str = "SPÉCIMEN – sans valeur";

/// The symbol of an address and the size of its modules: as large as the place allows.
pub(super) fn symbol(url: &str, serial: &str) -> Result<(Symbol, Length), PrintError> {
    let too_long = || PrintError::Address { serial: serial.to_owned() };
    let symbol = Symbol::new(url).map_err(|_| too_long())?;
    // The quiet zone below is what a large symbol meets first; the other sides have more white.
    let most = (FOOT - TOP) / (symbol.side() + QUIET);
    let module = (SYMBOL / symbol.side()).max(MODULE).min(most);
    if module < MODULE_LEAST {
        return Err(too_long());
    }
    Ok((symbol, module))
}

/// `Valable jusqu’au 31 décembre 2027`, or from when to when if it is not valid at once.
fn validity(sheet: &Sheet<'_>) -> String {
    let until = french::day(sheet.valid_until);
    if sheet.valid_from > sheet.issued_on {
        format!("Valable du {} au {until}", french::day(sheet.valid_from))
    } else {
        format!("Valable jusqu’au {until}")
    }
}

/// Issuer, address, day of issue, and what the law says of vouchers.
fn mentions(sheet: &Sheet<'_>) -> String {
    let issuer = super::issuer(sheet);
    format!("{issuer} Non remboursable, ne peut être échangé contre de l’argent.")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn symbols_are_wide_enough_and_keep_their_quiet_zone() {
        let url = |length: usize| "7".repeat(length);
        for length in [90, 154, 178, 213, 350] {
            let (symbol, module) = symbol(&url(length), "1").unwrap();
            let (side, quiet) = (symbol.side() * module, QUIET * module);
            assert!(side >= 2500, "{length}: {side}");
            assert!(SCAN + side + quiet <= MIDDLE && TOP + side + quiet <= FOOT, "{length}");
            assert!(quiet <= TOP, "and TOP is less than SCAN");
        }
        assert_eq!(symbol(&url(154), "1").unwrap().1, 66);
        assert_eq!(symbol(&url(178), "1").unwrap().1, 60);
        assert!(matches!(symbol(&url(3000), "1"), Err(PrintError::Address { .. })));
    }

    #[test]
    fn validity_says_from_when_only_if_it_is_not_now() {
        let mut sheet = samples::sheet();
        assert_eq!(validity(&sheet).replace('\u{a0}', " "), "Valable jusqu’au 31 décembre 2027");
        sheet.valid_from = "2026-12-01".parse().unwrap();
        let text = validity(&sheet).replace('\u{a0}', " ");
        assert_eq!(text, "Valable du 1er décembre 2026 au 31 décembre 2027");
    }
}
