//! The figures of a campaign, or of all: how many vouchers are where, and what they are worth.
//!
//! Promises: the lines sum up to the first one, and the page says so when they do not; each number
//! leads to its books, uses or orders. Does not: count.

use crate::base::id::{Campaign, Id};
use crate::domain::progress::{Progress, Stage, percent};
use crate::service::follow::Followed;
use crate::web::pages::Frame;
use crate::web::pages::funder::count;

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

/// The figures of some campaigns; `of` is the one campaign that links are kept to.
pub(super) fn figures(frame: &Frame, followed: &[&Followed], of: Option<Id<Campaign>>) -> Figures {
    let words = frame.words;
    let query = of.map(|id| format!("campaign={id}")).unwrap_or_default();
    let to = |path: &str, more: &str| {
        let asked: Vec<&str> =
            [query.as_str(), more].into_iter().filter(|q| !q.is_empty()).collect();
        let mark = if asked.is_empty() { "" } else { "?" };
        frame.to(&format!("{path}{mark}{}", asked.join("&")))
    };
    let whole = followed.iter().fold(Progress::default(), |all, it| all.plus(&it.progress));
    let worth = |of: &dyn Fn(&Progress) -> i64| -> i64 {
        followed.iter().map(|it| it.worth(of(&it.progress))).sum()
    };
    let mut counted: Vec<Counted> = Vec::new();
    for at in Stage::ALL {
        let (class, key) = stage(at);
        let heap = whole.heap(at);
        counted.push(Counted {
            class,
            key,
            vouchers: heap.vouchers,
            cents: worth(&|progress| progress.heap(at).vouchers),
            books: Some(heap.books),
            link: to("/funder/books", &format!("stage={}", at.as_str())),
        });
    }
    counted.push(Counted {
        class: "funder-redeemed",
        key: "funder-redeemed",
        vouchers: whole.redeemed,
        cents: worth(&|progress| progress.redeemed),
        books: None,
        link: to("/funder/uses", ""),
    });
    counted.push(Counted {
        class: "funder-lapsed",
        key: "funder-lapsed",
        vouchers: whole.lapsed,
        cents: worth(&|progress| progress.lapsed),
        books: None,
        link: frame.to("/funder/money/refund"),
    });
    let line = |it: &Counted, share: i64| Line {
        class: it.class,
        label: words.say(it.key),
        vouchers: count(words, it.vouchers),
        link: it.link.clone(),
        books: it.books.map(|books| count(words, books)).unwrap_or_default(),
        worth: words.cents(it.cents),
        share: words.with("funder-percent", [("share", share.into())]),
    };
    let total = Counted {
        class: "funder-issued",
        key: "funder-issued",
        vouchers: whole.issued,
        cents: worth(&|progress| progress.issued),
        books: Some(Stage::ALL.into_iter().map(|at| whole.heap(at).books).sum()),
        link: to("/funder/orders", ""),
    };
    let cents: i64 = counted.iter().map(|it| it.cents).sum();
    let waiting = (whole.waiting > 0).then(|| {
        let (vouchers, amount) = (count(words, whole.waiting), worth(&|it| it.waiting));
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
    Figures {
        parts: parts(&counted, whole.issued),
        lines: counted.iter().zip(shares).map(|(it, share)| line(it, share)).collect(),
        holds: whole.adds_up() && cents == total.cents,
        said: words.with(
            "funder-bar",
            [
                ("used", percent(whole.redeemed, whole.issued).into()),
                ("issued", count(words, whole.issued).into()),
            ],
        ),
        total: line(&total, percent(whole.issued, whole.issued)),
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
