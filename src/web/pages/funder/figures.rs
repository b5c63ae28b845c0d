//! The figures of a campaign, or of all: how many vouchers are where, and what they are worth.
//!
//! Promises: the lines sum up to the first one, and the page says so when they do not; each number
//! leads to its books, uses or orders. Does not: count.

use crate::base::id::{Campaign, Id};
use crate::domain::progress::{Progress, Stage, percent};
use crate::service::follow::Followed;
use crate::web::pages::Frame;
use crate::web::pages::funder::count;
use crate::web::pages::words::Words;

/// How wide the bar is drawn, in its own units.
const BAR: i64 = 1000;

/// One line of the figures.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its colour in the bar, by class.
    pub(super) class: &'static str,
    pub(super) label: String,
    pub(super) vouchers: String,
    /// Where the number leads.
    pub(super) link: String,
    /// How many books, where books are counted.
    pub(super) books: String,
    pub(super) worth: String,
    pub(super) share: String,
}

/// A part of the bar.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) begin: i64,
    pub(super) width: i64,
}

/// The figures.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    pub(super) total: Line,
    pub(super) lines: Vec<Line>,
    pub(super) parts: Vec<Part>,
    /// Whether the lines sum up to the total.
    pub(super) holds: bool,
    /// What waits for money, if anything does.
    pub(super) waiting: Option<String>,
    /// The bar in words.
    pub(super) said: String,
}

/// What a line counts.
struct Counted {
    class: &'static str,
    key: &'static str,
    vouchers: i64,
    cents: i64,
    books: Option<i64>,
    link: String,
}

/// Colour and words of a stage.
const fn stage(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::AtPrinter => ("funder-at-printer", "funder-stage-at-printer"),
        Stage::InStock => ("funder-in-stock", "funder-stage-in-stock"),
        Stage::HandedOver => ("funder-handed-over", "funder-stage-handed-over"),
        Stage::Begun => ("funder-begun", "funder-stage-begun"),
        Stage::Finished => ("funder-finished", "funder-stage-finished"),
        Stage::Aside => ("funder-aside", "funder-stage-aside"),
    }
}

/// The words of a stage.
pub(super) const fn stage_key(of: Stage) -> &'static str {
    stage(of).1
}

/// The addresses behind the numbers, kept to one campaign where there is one.
struct Links<'f> {
    frame: &'f Frame,
    campaign: String,
}

impl Links<'_> {
    fn to(&self, path: &str, more: &str) -> String {
        let asked = [self.campaign.as_str(), more].into_iter().filter(|asked| !asked.is_empty());
        let asked: Vec<&str> = asked.collect();
        let mark = if asked.is_empty() { "" } else { "?" };
        self.frame.to(&format!("{path}{mark}{}", asked.join("&")))
    }
}

/// What some vouchers of each campaign are worth together.
fn worth(followed: &[&Followed], of: &dyn Fn(&Progress) -> i64) -> i64 {
    followed.iter().map(|it| it.worth(of(&it.progress))).sum()
}

/// The lines, in the order of a voucher's life.
fn counted(followed: &[&Followed], whole: &Progress, links: &Links<'_>) -> Vec<Counted> {
    let mut counted = Vec::new();
    for at in Stage::ALL {
        let (class, key) = stage(at);
        let heap = whole.heap(at);
        counted.push(Counted {
            class,
            key,
            vouchers: heap.vouchers,
            cents: worth(followed, &|progress| progress.heap(at).vouchers),
            books: Some(heap.books),
            link: links.to("/funder/books", &format!("stage={}", at.as_str())),
        });
    }
    counted.push(Counted {
        class: "funder-redeemed",
        key: "funder-redeemed",
        vouchers: whole.redeemed,
        cents: worth(followed, &|progress| progress.redeemed),
        books: None,
        link: links.to("/funder/uses", ""),
    });
    counted.push(Counted {
        class: "funder-lapsed",
        key: "funder-lapsed",
        vouchers: whole.lapsed,
        cents: worth(followed, &|progress| progress.lapsed),
        books: None,
        link: links.frame.to("/funder/money/refund"),
    });
    counted
}

fn line(words: Words, it: &Counted, share: i64) -> Line {
    Line {
        class: it.class,
        label: words.say(it.key),
        vouchers: count(words, it.vouchers),
        link: it.link.clone(),
        books: it.books.map(|books| count(words, books)).unwrap_or_default(),
        worth: words.cents(it.cents),
        share: words.with("funder-percent", [("share", share.into())]),
    }
}

/// The figures of some campaigns; `of` is the one campaign that links are kept to.
pub(super) fn figures(frame: &Frame, followed: &[&Followed], of: Option<Id<Campaign>>) -> Figures {
    let words = frame.words;
    let campaign = of.map(|id| format!("campaign={id}")).unwrap_or_default();
    let links = Links { frame, campaign };
    let whole = followed.iter().fold(Progress::default(), |all, it| all.plus(&it.progress));
    let counted = counted(followed, &whole, &links);
    let total = Counted {
        class: "funder-issued",
        key: "funder-issued",
        vouchers: whole.issued,
        cents: worth(followed, &|progress| progress.issued),
        books: Some(Stage::ALL.into_iter().map(|at| whole.heap(at).books).sum()),
        link: links.to("/funder/orders", ""),
    };
    let cents: i64 = counted.iter().map(|it| it.cents).sum();
    let waiting = (whole.waiting > 0).then(|| {
        let amount = worth(followed, &|progress| progress.waiting);
        let vouchers = count(words, whole.waiting);
        let values = [("vouchers", vouchers.into()), ("amount", words.cents(amount).into())];
        words.with("funder-waiting", values)
    });
    // Each share where the ones before it end, so that they make a hundred together.
    let mut before = 0;
    let shares = counted.iter().map(|it| {
        let begin = percent(before, whole.issued);
        before += it.vouchers;
        percent(before, whole.issued) - begin
    });
    let shares: Vec<i64> = shares.collect();
    let said = [
        ("used", percent(whole.redeemed, whole.issued).into()),
        ("issued", count(words, whole.issued).into()),
    ];
    Figures {
        parts: parts(&counted, whole.issued),
        lines: counted.iter().zip(shares).map(|(it, share)| line(words, it, share)).collect(),
        holds: whole.adds_up() && cents == total.cents,
        said: words.with("funder-bar", said),
        total: line(words, &total, percent(whole.issued, whole.issued)),
        waiting,
    }
}

/// The bar: each part where the ones before it end, so that rounding leaves no gap.
fn parts(counted: &[Counted], issued: i64) -> Vec<Part> {
    let (mut parts, mut before) = (Vec::new(), 0);
    for it in counted.iter().filter(|_| issued > 0) {
        let begin = before * BAR / issued;
        before += it.vouchers;
        let width = before * BAR / issued - begin;
        if width > 0 {
            parts.push(Part { class: it.class, begin, width });
        }
    }
    parts
}
