//! `/operator`: what waits, the most urgent first.
//!
//! Promises: each shelf says how many, what is needed to decide and who the second person is; what
//! is not there is not shown, and when nothing is there, that is said. Does not: decide anything.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Operating;
use super::notice::{Notice, Query};
use super::proposal::deed;
use super::signal;
use crate::base::day::{Day, Zone};
use crate::base::id::AnyId;
use crate::domain::access::Action;
use crate::service::attend::{self, SettlementWaiting, Waiting};
use crate::service::audit::{self, LastAudit, Verdict};
use crate::service::find::{self, Names};
use crate::service::propose::{self, ProposalView};
use crate::service::signals::{self, Listed};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{go, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// How many of a shelf are shown: the next ones come up when these are done.
const SHOWN: usize = 8;

/// One thing that waits.
struct Item {
    title: String,
    to: Option<String>,
    about: Vec<String>,
}

/// Things of one kind that wait.
struct Shelf {
    title: String,
    count: usize,
    lead: String,
    items: Vec<Item>,
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "operator/work.html")]
struct Page {
    frame: Frame,
    notice: Notice,
    warnings: Vec<String>,
    shelves: Vec<Shelf>,
}

/// What the shelves are made of.
struct Seen<'s> {
    words: Words,
    zone: &'s Zone,
    names: &'s Names,
    waiting: &'s Waiting,
    order_cents: i64,
}

/// The page; when acknowledged lines are missing, there is nothing else to do first.
pub(super) async fn get(
    State(app): State<App>,
    Operating { frame, actor }: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    if app.instance.is_held() {
        return Ok(go(&frame.to("/operator/losses")));
    }
    let (instance, words) = (&app.instance, frame.words);
    let waiting = attend::waiting(instance, &actor).await?;
    let proposals = propose::list(instance, &actor).await?;
    let mut raised = Vec::new();
    if actor.reaches_all(Action::ReadSignals) {
        raised = signals::list(instance, &actor, None).await?;
        raised.retain(|listed| listed.decided.is_none());
    }
    let whose = signal::owners(instance, &actor).await?;
    let mut ids = ids(&waiting, &proposals, &raised);
    ids.extend(raised.iter().filter_map(|listed| whose.get(&listed.raised.about)));
    let names = find::names(instance, &actor, ids).await?;
    let zone = instance.zone().await?;
    let order_cents = instance.settings.two_people.order_cents;
    let seen = Seen { words, zone: &zone, names: &names, waiting: &waiting, order_cents };
    let (own, others): (Vec<_>, Vec<_>) =
        proposals.iter().partition(|view| view.made_by == actor.id || view.content.is_none());
    let mut shelves = vec![
        seen.proposals(&others, ("operator-work-proposals", "operator-work-proposals-lead")),
        seen.payments(),
        seen.settlements(),
        seen.orders(),
        seen.lost(),
        seen.venues(),
        seen.accounts(),
        seen.dues(),
        seen.signals(&raised, &whose),
        seen.proposals(&own, ("operator-work-own", "operator-work-own-lead")),
    ];
    shelves.retain(|shelf| shelf.count > 0);
    let last = audit::last(instance, &actor)?;
    let warnings = warnings(words, &zone, &waiting, last.as_ref());
    let notice = Notice::done(words, &asked);
    Ok(shown_here(&Page { frame, notice, warnings, shelves }))
}

/// Everything whose name is told.
fn ids(waiting: &Waiting, proposals: &[ProposalView], raised: &[Listed]) -> Vec<AnyId> {
    let mut ids: Vec<AnyId> = Vec::new();
    ids.extend(waiting.orders.iter().map(|order| order.funder_id.any()));
    ids.extend(waiting.dues.iter().map(|due| due.funder_id.any()));
    ids.extend(waiting.lost.iter().map(|lost| lost.funder_id.any()));
    let settlements = waiting.settlements.iter().chain(&waiting.payments);
    ids.extend(settlements.map(|settlement| settlement.funder_id.any()));
    ids.extend(proposals.iter().flat_map(|view| [view.about, view.made_by]));
    ids.extend(raised.iter().map(|listed| listed.raised.about));
    ids
}

/// What is wrong with the instance itself.
fn warnings(words: Words, zone: &Zone, waiting: &Waiting, last: Option<&LastAudit>) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(last) = last.filter(|last| last.verdict != Some(Verdict::Holds)) {
        let moment = words.moment(last.at, zone);
        all.push(words.with("operator-warn-audit", [("moment", moment.into())]));
    }
    if waiting.lacks_key {
        all.push(words.say("operator-warn-no-key"));
    }
    if let Some((key, until)) = waiting.ending_key {
        let day = words.day(zone.day_of(until));
        all.push(words.with("operator-warn-key", [("key", key.into()), ("day", day.into())]));
    }
    all
}

impl Seen<'_> {
    fn shelf(&self, title: &str, lead: String, items: Vec<Item>) -> Shelf {
        let (count, mut items) = (items.len(), items);
        let hidden = count.saturating_sub(SHOWN);
        items.truncate(SHOWN);
        let more = || self.words.with("operator-work-more", [("count", hidden.into())]);
        let title = self.words.say(title);
        Shelf { title, count, lead, items, more: (hidden > 0).then(more) }
    }

    fn day(&self, text: &str) -> String {
        text.parse().map_or_else(|_| text.to_owned(), |day: Day| self.words.day(day))
    }

    fn proposals(&self, views: &[&ProposalView], (title, lead): (&str, &str)) -> Shelf {
        let words = self.words;
        let item = |view: &&ProposalView| {
            let until = words.moment(view.expires_at, self.zone);
            let by = self.names.of(&view.made_by);
            let mut about = vec![
                words.with("operator-proposal-by", [("who", by.into())]),
                words.with("operator-proposal-until", [("moment", until.into())]),
            ];
            if let Some(name) = self.names.find(&view.about) {
                about.insert(0, name.to_owned());
            }
            let to = Some(format!("/operator/proposals/{}", view.id));
            Item { title: words.say(deed(view.deed)), to, about }
        };
        self.shelf(title, words.say(lead), views.iter().map(item).collect())
    }

    fn payments(&self) -> Shelf {
        let item = |it: &SettlementWaiting| self.settlement(it, "operator-work-payments-item");
        let items = self.waiting.payments.iter().map(item).collect();
        let lead = self.words.say("operator-work-payments-lead");
        self.shelf("operator-work-payments", lead, items)
    }

    fn settlements(&self) -> Shelf {
        let item = |it: &SettlementWaiting| {
            let key = if it.is_drawn {
                "operator-work-payments-item"
            } else {
                "operator-work-settlements-begun"
            };
            self.settlement(it, key)
        };
        let items = self.waiting.settlements.iter().map(item).collect();
        let lead = self.words.say("operator-work-settlements-lead");
        self.shelf("operator-work-settlements", lead, items)
    }

    fn settlement(&self, it: &SettlementWaiting, key: &str) -> Item {
        let words = self.words;
        let sum = words.cents(it.cents);
        let until = self.day(&it.cut_off_on);
        Item {
            title: self.names.of(&it.funder_id),
            to: Some(format!("/operator/settlements/{}", it.settlement_id)),
            about: vec![
                words.with("operator-settlement-until", [("day", until.into())]),
                words.with(key, [("count", it.payments.into()), ("sum", sum.into())]),
            ],
        }
    }

    fn orders(&self) -> Shelf {
        let words = self.words;
        let items = self.waiting.orders.iter().map(|order| {
            let (sum, deposit) = (words.cents(order.cents), words.cents(order.deposit_cents));
            let missing = words.cents(order.cents - order.deposit_cents);
            let books = words.with("operator-books", [("count", order.books.into())]);
            let state = if !order.is_issued {
                words.say("operator-order-issuing")
            } else if order.deposit_cents >= order.cents {
                words.with("operator-order-covered", [("deposit", deposit.into())])
            } else {
                let values = [("deposit", deposit.into()), ("missing", missing.into())];
                words.with("operator-order-short", values)
            };
            Item {
                title: format!("{} · {}", self.names.of(&order.funder_id), order.campaign.name),
                to: Some(format!("/operator/orders/{}", order.order_id)),
                about: vec![format!("{books} · {sum}"), state],
            }
        });
        let items = items.collect();
        let least = words.cents(self.order_cents);
        let lead = words.with("operator-work-orders-lead", [("least", least.into())]);
        self.shelf("operator-work-orders", lead, items)
    }

    fn lost(&self) -> Shelf {
        let words = self.words;
        let item = |lost: &attend::LostWaiting| {
            let until = words.day(lost.campaign.accepted_until());
            let (serial, campaign) = (lost.book.to_string(), &lost.campaign.name);
            Item {
                title: words.with("operator-book-title", [("serial", serial.into())]),
                to: Some(format!("/operator/books/{}", lost.book)),
                about: vec![
                    format!("{} · {campaign}", self.names.of(&lost.funder_id)),
                    words.with(
                        "operator-work-lost-item",
                        [("count", lost.left.into()), ("day", until.into())],
                    ),
                ],
            }
        };
        let items = self.waiting.lost.iter().map(item).collect();
        self.shelf("operator-work-lost", words.say("operator-work-lost-lead"), items)
    }

    fn venues(&self) -> Shelf {
        let item = |venue: &attend::VenueWaiting| Item {
            title: venue.name.clone(),
            to: Some(format!("/operator/venues/{}", venue.venue_id)),
            about: vec![venue.structure_name.clone()],
        };
        let items = self.waiting.venues.iter().map(item).collect();
        let lead = self.words.say("operator-work-venues-lead");
        self.shelf("operator-work-venues", lead, items)
    }

    fn accounts(&self) -> Shelf {
        let item = |(id, name): &(String, String)| Item {
            title: name.clone(),
            to: Some(format!("/operator/organisations/{id}")),
            about: Vec::new(),
        };
        let items = self.waiting.accounts.iter().map(item).collect();
        let lead = self.words.say("operator-work-accounts-lead");
        self.shelf("operator-work-accounts", lead, items)
    }

    fn dues(&self) -> Shelf {
        let words = self.words;
        let items = self.waiting.dues.iter().filter(|due| !due.is_begun).map(|due| {
            let sum = words.cents(due.cents);
            let values = [("sum", sum.into()), ("count", due.structures.into())];
            let mut about = vec![words.with("operator-work-dues-item", values)];
            if let Some(day) = &due.settled_until {
                let day = self.day(day);
                about.push(words.with("operator-settled-until", [("day", day.into())]));
            }
            let to = Some(format!("/operator/settlements#{}", due.funder_id));
            Item { title: self.names.of(&due.funder_id), to, about }
        });
        let items = items.collect();
        let lead = words.say("operator-work-dues-lead");
        self.shelf("operator-work-dues", lead, items)
    }

    fn signals(&self, raised: &[Listed], whose: &signal::Owners) -> Shelf {
        let item = |listed: &Listed| Item {
            title: signal::sentence(self.words, &listed.raised, self.names, whose),
            to: Some(format!("/operator/signals#{}", listed.raised.id())),
            about: vec![self.words.day(listed.raised.on)],
        };
        let lead = self.words.say("operator-work-signals-lead");
        self.shelf("operator-work-signals", lead, raised.iter().map(item).collect())
    }
}
