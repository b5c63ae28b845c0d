//! The cover: to a person who may find reading hard, in large type and plain French.
//!
//! Promises: what it is worth, until when, where and how to use it, what to do when it is lost;
//! body
//! text of 14 points, less only when very long names and texts leave no other way. Does not: bear
//! any secret: its symbol records the hand-over and pays nothing.

use krilla::tagging::{ListNumbering, Node, Tag, TagGroup};

use super::face::{Style, clean};
use super::french;
use super::logo::Logo;
use super::paragraph::{Block, Set};
use super::pen::{Align, Ink, Pen};
use super::units::{Length, MM, PT, TypeSize, cap_height, percent};
use super::voucher::{SPECIMEN, symbol};
use super::{PrintError, PrintedBook, Sheet};

const LEFT: Length = 20 * MM;
const RIGHT: Length = 190 * MM;
const WIDTH: Length = RIGHT - LEFT;
const TOP: Length = 16 * MM;
/// Where the body starts and where it must end.
const BODY: Length = 50 * MM;
const BODY_END: Length = 234 * MM;
/// The part for the person who hands the book over: a rule, then symbol and text.
const HAND_OVER: Length = 241 * MM;
/// Baseline of the last line.
const FOOT_END: Length = 287 * MM;
/// Where the text of a step starts, from the left edge.
const STEP: Length = 13 * MM;
/// How much white a break of the body may gain when the body is short.
const SPREAD_MOST: Length = 5 * MM;

/// Most paragraphs of the funder's text.
const PARAGRAPHS: usize = 8;

const HAND_OVER_TITLE: &str = "Pour la personne qui remet ce carnet";
const HAND_OVER_TEXT: &str = "Scannez ce code quand vous remettez le carnet : la remise est \
    enregistrée. Ce code ne permet pas de payer. N’écrivez pas le nom de la personne, ni sur le \
    carnet ni ailleurs.";

/// All but the book's own number and symbol, set once for every book of as many vouchers.
pub(super) struct Template {
    count: usize,
    logo: Option<(Logo, Length, Length)>,
    logo_alt: String,
    name: Block,
    body: Vec<Item>,
    hand_over: [Block; 2],
    issuer: Block,
    specimen: Option<Block>,
}

/// A thing of the body and the white above it.
struct Item {
    above: Length,
    /// A new part begins: white may be added here.
    breaks: bool,
    what: What,
}

enum What {
    Title(Block),
    Heading(Block),
    Text(Block),
    Rule(Length),
    Steps { steps: Vec<Step>, inner: Length, apart: Length },
}

/// A numbered sentence to do, and a quieter one that helps.
struct Step {
    label: Block,
    first: Block,
    then: Block,
}

impl Item {
    fn height(&self) -> Length {
        let what = match &self.what {
            What::Title(block) | What::Heading(block) | What::Text(block) => block.height(),
            What::Rule(_) => 0,
            What::Steps { steps, inner, apart } => {
                let each = |step: &Step| step.first.height() + inner + step.then.height();
                steps.iter().map(each).sum::<Length>()
                    + apart * Length::try_from(steps.len() - 1).unwrap_or(0)
            }
        };
        self.above + what
    }
}

impl Template {
    /// Sets the cover of books of `count` vouchers.
    pub(super) fn new(sheet: &Sheet<'_>, count: usize) -> Self {
        let logo = sheet.logo.clone().map(|logo| {
            let (across, down) = logo.within(80 * MM, 22 * MM);
            (logo, across, down)
        });
        let beside = WIDTH - 37 * MM;
        let text = Set { leading: 140, ..Set::new(Style::Regular, 115) };
        let specimen = Set::new(Style::Bold, 66 * PT);
        let funder = clean(sheet.funder_name);
        Self {
            count,
            logo,
            name: Set::new(Style::Bold, 17 * PT).fit(&funder, 80, 115 * MM, 20 * MM),
            logo_alt: format!("Logo : {funder}"),
            body: fitted(sheet, count),
            hand_over: [
                Set::new(Style::Bold, 13 * PT).line(HAND_OVER_TITLE, 80, beside),
                text.fit(&french::spaced(HAND_OVER_TEXT), 80, beside, 22 * MM),
            ],
            issuer: Set::new(Style::Regular, 9 * PT).fit(&super::issuer(sheet), 50, WIDTH, 6 * MM),
            specimen: sheet.specimen.then(|| specimen.line(SPECIMEN, 20 * PT, 225 * MM)),
        }
    }

    /// For how many vouchers it was set.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Draws the cover of a book.
    pub(super) fn draw(
        &self,
        pen: &mut Pen<'_>,
        book: &PrintedBook,
    ) -> Result<Vec<Node>, PrintError> {
        let mut nodes = Vec::with_capacity(20);
        if let Some(block) = &self.specimen {
            nodes.push(pen.across((113 * MM, 138 * MM), -54, block, Ink::Pale));
        }
        self.head(pen, book, &mut nodes);
        let mut y = BODY;
        for item in &self.body {
            let top = y + item.above;
            match &item.what {
                What::Title(block) => {
                    nodes.push(pen.heading(1, (LEFT, top), block));
                }
                What::Heading(block) => {
                    nodes.push(pen.heading(2, (LEFT, top), block));
                }
                What::Text(block) => nodes.push(pen.text(Tag::P, (LEFT, top), Align::Left, block)),
                What::Rule(weight) => pen.rule((LEFT, top), (RIGHT, top), *weight, None),
                What::Steps { steps, inner, apart } => {
                    nodes.push(draw_steps(pen, top, steps, (*inner, *apart)));
                }
            }
            y += item.height();
        }
        self.foot(pen, book, &mut nodes)?;
        Ok(nodes)
    }

    /// The logo, or the funder's name, and the book's number.
    fn head(&self, pen: &mut Pen<'_>, book: &PrintedBook, nodes: &mut Vec<Node>) {
        if let Some((logo, across, down)) = &self.logo {
            nodes.push(pen.logo((LEFT, TOP), (*across, *down), logo, &self.logo_alt));
        } else {
            nodes.push(pen.text(Tag::P, (LEFT, TOP), Align::Left, &self.name));
        }
        let width = 45 * MM;
        let label = Set::new(Style::Regular, 12 * PT).line("Carnet numéro", 80, width);
        let number = Set::new(Style::Mono, 22 * PT).line(&clean(&book.serial), 80, width);
        nodes.push(pen.text(Tag::P, (RIGHT, TOP), Align::Right, &label));
        let below = TOP + label.height() + 250;
        nodes.push(pen.text(Tag::P, (RIGHT, below), Align::Right, &number));
    }

    /// The part for the person who hands the book over, and the issuer.
    fn foot(
        &self,
        pen: &mut Pen<'_>,
        book: &PrintedBook,
        nodes: &mut Vec<Node>,
    ) -> Result<(), PrintError> {
        let (symbol, module) = symbol(&book.cover_url, &book.serial)?;
        pen.rule((LEFT, HAND_OVER), (RIGHT, HAND_OVER), 18, None);
        let top = HAND_OVER + 7 * MM;
        let [title, text] = &self.hand_over;
        let x = LEFT + 37 * MM;
        nodes.push(pen.heading(2, (x, top), title));
        nodes.push(pen.symbol((LEFT, top), &symbol, module, "Code QR de remise du carnet"));
        nodes.push(pen.text(Tag::P, (x, top + title.height() + 300), Align::Left, text));
        let issuer = FOOT_END - self.issuer.height();
        nodes.push(pen.text(Tag::P, (LEFT, issuer), Align::Left, &self.issuer));
        Ok(())
    }
}

/// How large the type is and how much white is around it, in hundredths of the design.
#[derive(Debug, Clone, Copy)]
struct Scale {
    text: i32,
    white: i32,
}

impl Scale {
    fn size(self, points: i32) -> TypeSize {
        percent(points * PT, self.text)
    }

    fn set(self, style: Style, points: i32) -> Set {
        Set::new(style, self.size(points))
    }

    /// White between things, from tenths of a millimetre. What holds lines together follows the
    /// type; what sets parts asunder can give.
    fn white(self, tenths: i32) -> Length {
        percent(tenths * MM / 10, if tenths < 60 { self.text } else { self.white })
    }

    fn item(self, above: i32, breaks: bool, what: What) -> Item {
        Item { above: self.white(above), breaks, what }
    }
}

/// The body at the largest scale at which it fits, white given up before type; when there is room,
/// its breaks are widened.
fn fitted(sheet: &Sheet<'_>, count: usize) -> Vec<Item> {
    let room = BODY_END - BODY;
    let height = |items: &[Item]| items.iter().map(Item::height).sum::<Length>();
    let scales = [100, 85, 70, 55].map(|white| Scale { text: 100, white });
    let smaller = (50..100).rev().step_by(2).map(|text| Scale { text, white: 55 });
    let mut items = Vec::new();
    for scale in scales.into_iter().chain(smaller) {
        items = body(sheet, count, scale);
        if height(&items) <= room {
            break;
        }
    }
    let breaks = items.iter().filter(|item| item.breaks).count();
    let spare = (room - height(&items)).max(0);
    let more = Length::try_from(breaks).map_or(0, |breaks| spare / breaks.max(1));
    for item in items.iter_mut().filter(|item| item.breaks) {
        item.above += more.min(SPREAD_MOST);
    }
    items
}

/// The body at a scale, in hundredths.
fn body(sheet: &Sheet<'_>, count: usize, scale: Scale) -> Vec<Item> {
    let regular = Set { leading: 140, ..scale.set(Style::Regular, 14) };
    let title = scale.set(Style::Bold, 19);
    let item = |above, breaks, what| scale.item(above, breaks, what);

    let mut items = worth(sheet, count, scale);
    items.push(item(90, true, What::Heading(title.wrap(&french::spaced(HOW), WIDTH))));
    let steps = steps(sheet, regular, scale);
    items.push(item(
        58,
        false,
        What::Steps { steps, inner: scale.white(27), apart: scale.white(52) },
    ));
    items.push(item(90, true, What::Heading(title.wrap(&french::spaced(LOST), WIDTH))));
    items.push(item(55, false, What::Text(regular.wrap(&french::spaced(LOST_TEXT), WIDTH))));
    for (at, paragraph) in paragraphs(sheet.text.unwrap_or_default()).iter().enumerate() {
        let above = if at == 0 { 90 } else { 45 };
        items.push(item(above, at == 0, What::Text(regular.wrap(paragraph, WIDTH))));
    }
    items
}

/// The funder's paragraphs; past the last that there is room for, they run on as one.
fn paragraphs(text: &str) -> Vec<String> {
    let all: Vec<String> = text.lines().map(clean).filter(|line| !line.is_empty()).collect();
    let (own, rest) = all.split_at(all.len().min(PARAGRAPHS - 1));
    let mut own = own.to_vec();
    if !rest.is_empty() {
        own.push(rest.join(" "));
    }
    own
}

/// The start of the body: the campaign, its funder, and what the book is worth, between rules.
fn worth(sheet: &Sheet<'_>, count: usize, scale: Scale) -> Vec<Item> {
    let item = |above, breaks, what| scale.item(above, breaks, what);
    let funder = format!("Financeur : {}", clean(sheet.funder_name));
    let worth = format!("{} de {}", french::vouchers(count), french::amount(sheet.face_value));
    let nature = french::spaced(&format!("Pour payer : {}", clean(sheet.nature)));

    let title = Set { leading: 115, ..scale.set(Style::Bold, 32) };
    let title = title.balance(
        &clean(sheet.campaign_name),
        scale.size(18),
        WIDTH,
        percent(26 * MM, scale.text),
    );
    let funder = french::spaced(&funder);
    let funder = scale.set(Style::Regular, 15).balance(
        &funder,
        scale.size(9),
        WIDTH,
        percent(14 * MM, scale.text),
    );
    let worth = scale.set(Style::Bold, 30).line(&worth, 120, WIDTH);
    let until = scale.set(Style::Bold, 17).line(&until(sheet), 100, WIDTH);
    let nature = Set { leading: 140, ..scale.set(Style::Regular, 14) }.balance(
        &nature,
        scale.size(10),
        WIDTH,
        percent(22 * MM, scale.text),
    );
    vec![
        item(0, false, What::Title(title)),
        item(50, false, What::Text(funder)),
        item(80, true, What::Rule(60)),
        item(75, false, What::Text(worth)),
        item(52, false, What::Text(until)),
        item(48, false, What::Text(nature)),
        item(75, false, What::Rule(60)),
    ]
}

const HOW: &str = "Comment faire ?";
const LOST: &str = "Carnet perdu ?";
const LOST_TEXT: &str = "Allez voir la personne qui vous l’a donné. Dites-lui le numéro du \
    carnet : il est écrit en haut de cette page. Les chèques qui restent peuvent être \
    remplacés.";

fn steps(sheet: &Sheet<'_>, then: Set, scale: Scale) -> Vec<Step> {
    let first = Set { style: Style::Bold, size: scale.size(15), ..then };
    let label = scale.set(Style::Bold, 15);
    let width = WIDTH - STEP;
    let venues = format!("La liste des lieux : {}", clean(sheet.help_line));
    [
        ("Choisissez un lieu d’aide au numérique.", venues.as_str()),
        ("Allez-y avec ce carnet.", "Dites ce que vous voulez faire ou apprendre."),
        (
            "Donnez un chèque.",
            "Le lieu scanne le chèque et le garde. Un chèque sert une seule fois.",
        ),
    ]
    .iter()
    .enumerate()
    .map(|(at, (todo, help))| Step {
        label: label.wrap(&(at + 1).to_string(), width),
        first: first.wrap(todo, width),
        then: then.fit(&french::spaced(help), scale.size(8), width, percent(20 * MM, scale.text)),
    })
    .collect()
}

fn draw_steps(
    pen: &mut Pen<'_>,
    top: Length,
    steps: &[Step],
    (inner, apart): (Length, Length),
) -> Node {
    let mut list = TagGroup::new(Tag::L(ListNumbering::Decimal));
    let mut y = top;
    for Step { label, first, then } in steps {
        let mut item = TagGroup::new(Tag::LI);
        let radius = cap_height(first.size) * 120 / 100;
        item.push(pen.disc((LEFT + radius, y + cap_height(first.size) / 2), radius, label));
        let mut text = TagGroup::new(Tag::LBody);
        text.push(pen.text(Tag::P, (LEFT + STEP, y), Align::Left, first));
        y += first.height() + inner;
        text.push(pen.text(Tag::P, (LEFT + STEP, y), Align::Left, then));
        y += then.height() + apart;
        item.push(text);
        list.push(item);
    }
    list.into()
}

/// `À utiliser jusqu’au 31 décembre 2027`, or from when to when if it is not valid at once.
fn until(sheet: &Sheet<'_>) -> String {
    let until = french::day(sheet.valid_until);
    if sheet.valid_from > sheet.issued_on {
        format!("À utiliser du {} au {until}", french::day(sheet.valid_from))
    } else {
        format!("À utiliser jusqu’au {until}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    const FULL: Scale = Scale { text: 100, white: 100 };

    fn height(items: &[Item]) -> Length {
        items.iter().map(Item::height).sum()
    }

    #[test]
    fn the_body_fits_whatever_the_names() {
        let plain = samples::sheet();
        assert!(height(&body(&plain, 10, FULL)) <= BODY_END - BODY, "usual books at full size");
        let name = "Syndicat mixte intercommunal ".repeat(5);
        let text = "Une phrase du financeur, assez longue. ".repeat(15);
        let worst = Sheet {
            funder_name: &name[..140],
            campaign_name: &name[..140],
            nature: &name[..140],
            help_line: &name[..140],
            text: Some(&text),
            ..plain
        };
        assert!(height(&fitted(&worst, 20)) <= BODY_END - BODY);
        assert!(
            height(&body(&worst, 20, Scale { text: 80, white: 55 })) <= BODY_END - BODY,
            "11 points at the worst"
        );

        let wide = "WM ".repeat(700);
        let lines = "W\n".repeat(300);
        for text in [&wide[..600], &lines] {
            let absurd = Sheet {
                funder_name: &wide,
                campaign_name: &wide,
                nature: &wide,
                help_line: &wide,
                text: Some(text),
                ..samples::sheet()
            };
            assert!(height(&fitted(&absurd, 20)) <= BODY_END - BODY);
        }
    }
}
