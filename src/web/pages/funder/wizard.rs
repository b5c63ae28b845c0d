//! The campaign wizard: rules typed, read back, tried out, and only then written.
//!
//! Promises: nothing is written before it was read back; what was typed is never lost; the first
//! order fixes the rules, and the page says so. Does not: check rules (the domain does).

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::tryout::{self, Tryout, tryout};
use super::{cents_of, places, plain_euros, reading, writes};
use crate::base::id::{Campaign, Funder, Id, Structure};
use crate::base::money::Money;
use crate::base::text::Name;
use crate::domain::campaign::{Activation, CampaignProfile};
use crate::domain::offering::Offering;
use crate::domain::refusal::Reason;
use crate::service::{directory, follow, order};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{fresh, named};
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::shelf;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What is wrong, by field.
type Faults = BTreeMap<&'static str, String>;
/// Structures by id.
type Names = BTreeMap<Id<Structure>, Name>;

/// What is typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    campaign: String,
    version: String,
    step: String,
    name: String,
    face: String,
    vouchers: String,
    from: String,
    until: String,
    grace: String,
    places: String,
    services: Vec<String>,
    limit: String,
    activation: String,
    structures: Vec<String>,
    cover: String,
    #[serde(flatten)]
    tried: tryout::Typed,
}

/// Some fields under one heading.
struct Part {
    title: String,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "funder/wizard.html")]
struct Form {
    frame: Frame,
    is_new: bool,
    wrong: bool,
    kept: Vec<(&'static str, String)>,
    parts: Vec<Part>,
}

#[derive(Template)]
#[template(path = "funder/review.html")]
struct Review {
    frame: Frame,
    name: String,
    kept: Vec<(&'static str, String)>,
    sentences: Vec<String>,
    tryout: Tryout,
}

/// The empty form.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn begin(seated: Seated, State(app): State<App>) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    follow::funder_of(&actor)?;
    if !writes(&actor) {
        return Err(Reason::NotPermitted.into());
    }
    let typed = Typed {
        campaign: fresh::<Campaign>(&app),
        face: "10".to_owned(),
        vouchers: "10".to_owned(),
        grace: "31".to_owned(),
        activation: "on_hand_over".to_owned(),
        ..Typed::default()
    };
    let names = structures(&app).await?;
    Ok(shown_here(&form(frame, &typed, &names, &Faults::new())))
}

/// The form with the rules as they stand.
///
/// # Errors
/// A refusal or a fault; `wrong-state` once the rules are fixed by an order.
pub(super) async fn edit(
    seated: Seated,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    if !writes(&actor) {
        return Err(Reason::NotPermitted.into());
    }
    let known = order::read_campaign(&app.instance, &actor, named(&id)?).await?;
    let rules = &known.profile;
    let typed = Typed {
        campaign: known.campaign_id.to_string(),
        version: known.version.to_string(),
        name: rules.name.to_string(),
        face: plain_euros(rules.face_value),
        vouchers: rules.vouchers_per_book.to_string(),
        from: rules.valid_from.to_string(),
        until: rules.valid_until.to_string(),
        grace: rules.grace_days.to_string(),
        places: places::typed(&rules.perimeter),
        services: rules.offerings.iter().map(ToString::to_string).collect(),
        limit: rules.vouchers_per_book_venue_day.map(|it| it.to_string()).unwrap_or_default(),
        activation: match rules.activation {
            Activation::OnDelivery => "on_delivery".to_owned(),
            Activation::OnHandOver => "on_hand_over".to_owned(),
        },
        structures: rules.structures.iter().map(ToString::to_string).collect(),
        cover: rules.cover_text.clone().unwrap_or_default(),
        ..Typed::default()
    };
    let mut names = structures(&app).await?;
    // A structure that was admitted and has no qualified venue now stays in the list.
    let kept = follow::structures(&app.instance, &actor).await?;
    names.extend(kept.into_iter().filter(|(id, _)| rules.structures.contains(id)));
    Ok(shown_here(&form(frame, &typed, &names, &Faults::new())))
}

/// Reads the rules back, goes back to the form, or writes them.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn post(State(app): State<App>, sent: Sent<Typed>) -> Result<Response, Problem> {
    let Sent { seated: Seated { frame, actor, .. }, typed } = sent;
    let funder = follow::funder_of(&actor)?;
    if !writes(&actor) {
        return Err(Reason::NotPermitted.into());
    }
    let names = structures(&app).await?;
    let rules = match read(frame.words, &typed, funder) {
        Ok(rules) if typed.step != "edit" => rules,
        Ok(_) => return Ok(shown_here(&form(frame, &typed, &names, &Faults::new()))),
        Err(faults) => return Ok(redrawn(&form(frame, &typed, &names, &faults))),
    };
    if typed.step == "keep" {
        let version = typed.version.parse().ok();
        let id = named(&typed.campaign)?;
        let kept = order::campaign(&app.instance, &actor, id, rules, version).await?;
        let path = format!("/funder/campaigns/{}?done=campaign-kept", kept.campaign_id);
        return Ok(go(&frame.to(&path)));
    }
    let mut tried = typed.tried.clone();
    if typed.step != "try" {
        // Nothing was tried yet: what stands in the fields is only proposed.
        tried = tryout::Typed::default();
    }
    let tryout = tryout(&app.instance, &actor, frame.words, &rules, &tried).await?;
    Ok(shown_here(&Review {
        name: rules.name.to_string(),
        kept: kept(&typed),
        sentences: reading::sentences(frame.words, &rules, &names),
        tryout,
        frame,
    }))
}

/// The structures with a qualified venue.
async fn structures(app: &App) -> Result<Names, Problem> {
    let venues = directory::venues(&app.instance).await?;
    Ok(venues.iter().map(|it| (it.profile.structure_id, it.structure_name.clone())).collect())
}

/// All that was typed, for hidden fields.
fn kept(typed: &Typed) -> Vec<(&'static str, String)> {
    let mut kept = vec![
        ("campaign", typed.campaign.clone()),
        ("version", typed.version.clone()),
        ("name", typed.name.clone()),
        ("face", typed.face.clone()),
        ("vouchers", typed.vouchers.clone()),
        ("from", typed.from.clone()),
        ("until", typed.until.clone()),
        ("grace", typed.grace.clone()),
        ("places", typed.places.clone()),
        ("limit", typed.limit.clone()),
        ("activation", typed.activation.clone()),
        ("cover", typed.cover.clone()),
    ];
    kept.extend(typed.services.iter().map(|it| ("services", it.clone())));
    kept.extend(typed.structures.iter().map(|it| ("structures", it.clone())));
    kept
}

/// What a field says, or nothing and what is wrong with it.
fn need<T>(faults: &mut Faults, field: &'static str, found: Option<T>, wrong: String) -> Option<T> {
    if found.is_none() {
        faults.entry(field).or_insert(wrong);
    }
    found
}

/// What was typed as rules, or what is wrong with each field.
fn read(words: Words, typed: &Typed, funder: Id<Funder>) -> Result<CampaignProfile, Faults> {
    let mut faults = Faults::new();
    let mut wrong =
        |field, found: bool, key| need(&mut faults, field, found.then_some(()), words.say(key));
    let name = Name::new(&typed.name).ok();
    wrong("name", name.is_some(), "funder-fault-name");
    let face = cents_of(&typed.face).and_then(|cents| Money::from_cents(cents).ok());
    wrong("face", face.is_some(), "funder-fault-face");
    let vouchers: Option<u8> = typed.vouchers.trim().parse().ok();
    wrong("vouchers", vouchers.is_some(), "funder-fault-vouchers");
    let (from, until) = (typed.from.parse().ok(), typed.until.parse().ok());
    wrong("from", from.is_some(), "funder-fault-day");
    wrong("until", until.is_some(), "funder-fault-day");
    let grace: Option<u16> = typed.grace.trim().parse().ok();
    wrong("grace", grace.is_some(), "funder-fault-grace");
    let limit = match typed.limit.trim() {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    wrong("limit", limit.is_some(), "funder-fault-limit");
    let activation = match typed.activation.as_str() {
        "on_delivery" => Some(Activation::OnDelivery),
        "on_hand_over" => Some(Activation::OnHandOver),
        _ => None,
    };
    wrong("activation", activation.is_some(), "funder-fault-choose");
    let perimeter = match places::perimeter(&typed.places) {
        Ok(perimeter) => Some(perimeter),
        Err(unplaced) => need(&mut faults, "places", None, unplaced.said(words)),
    };
    let offerings = typed.services.iter().map(|it| it.parse()).collect::<Result<_, _>>().ok();
    let structures = typed.structures.iter().map(|it| it.parse()).collect::<Result<_, _>>().ok();
    let cover = typed.cover.replace("\r\n", "\n").trim().to_owned();
    let (Some(name), Some(face), Some(vouchers)) = (name, face, vouchers) else {
        return Err(faults);
    };
    let (Some(from), Some(until), Some(grace), Some(limit)) = (from, until, grace, limit) else {
        return Err(faults);
    };
    let (Some(activation), Some(perimeter), Some(offerings), Some(structures)) =
        (activation, perimeter, offerings, structures)
    else {
        return Err(faults);
    };
    let rules = CampaignProfile {
        funder_id: funder,
        name,
        face_value: face,
        vouchers_per_book: vouchers,
        valid_from: from,
        valid_until: until,
        grace_days: grace,
        perimeter,
        offerings,
        vouchers_per_book_venue_day: limit,
        activation,
        structures,
        cover_text: (!cover.is_empty()).then_some(cover),
    };
    checked(words, rules)
}

/// Rules that agree with each other, or the field that does not.
fn checked(words: Words, rules: CampaignProfile) -> Result<CampaignProfile, Faults> {
    let Err(error) = rules.check() else { return Ok(rules) };
    let (field, key) = fault_of(error.pointer);
    Err(Faults::from([(field, words.say(key))]))
}

/// The field of a pointer, and what to say of it.
fn fault_of(pointer: &str) -> (&'static str, &'static str) {
    match pointer {
        "/face_value/cents" => ("face", "funder-fault-face"),
        "/vouchers_per_book" => ("vouchers", "funder-fault-vouchers"),
        "/valid_until" => ("until", "funder-fault-until"),
        "/grace_days" => ("grace", "funder-fault-grace"),
        "/vouchers_per_book_venue_day" => ("limit", "funder-fault-limit"),
        _ => ("cover", "funder-fault-cover"),
    }
}

fn form(frame: Frame, typed: &Typed, names: &Names, faults: &Faults) -> Form {
    let words = frame.words;
    let part = |key: &str, fields: Vec<Field>| Part { title: words.say(key), fields };
    let mut parts = vec![
        part("funder-part-voucher", voucher_fields(words, typed, faults)),
        part("funder-part-days", day_fields(words, typed, faults)),
        part("funder-part-where", place_fields(words, typed, names, faults)),
        part("funder-part-use", use_fields(words, typed, faults)),
    ];
    begin_at_fault(parts.iter_mut().flat_map(|part| &mut part.fields));
    Form {
        is_new: typed.version.is_empty(),
        wrong: !faults.is_empty(),
        kept: vec![("campaign", typed.campaign.clone()), ("version", typed.version.clone())],
        parts,
        frame,
    }
}

/// A line with its label, its hint and what is wrong with it.
fn line(words: Words, name: &str, keys: (&str, &str), value: &str, faults: &Faults) -> Field {
    Field::text(name, words.say(keys.0))
        .hint(words.say(keys.1))
        .value(value)
        .fault(faults.get(name).cloned())
}

fn voucher_fields(words: Words, typed: &Typed, faults: &Faults) -> Vec<Field> {
    let line = |name, keys, value| line(words, name, keys, value, faults);
    vec![
        line("name", ("funder-field-name", "funder-field-name-hint"), &typed.name)
            .most(120)
            .required(),
        line("face", ("funder-field-face", "funder-field-face-hint"), &typed.face)
            .most(10)
            .required(),
        line("vouchers", ("funder-field-vouchers", "funder-field-vouchers-hint"), &typed.vouchers)
            .digits()
            .most(2)
            .required(),
        Field::area("cover", words.say("funder-field-cover"))
            .hint(words.say("funder-field-cover-hint"))
            .value(&typed.cover)
            .most(600)
            .fault(faults.get("cover").cloned()),
    ]
}

fn day_fields(words: Words, typed: &Typed, faults: &Faults) -> Vec<Field> {
    let line = |name, keys, value| line(words, name, keys, value, faults);
    vec![
        line("from", ("funder-field-from", "funder-field-from-hint"), &typed.from)
            .kind("date")
            .required(),
        line("until", ("funder-field-until", "funder-field-until-hint"), &typed.until)
            .kind("date")
            .required(),
        line("grace", ("funder-field-grace", "funder-field-grace-hint"), &typed.grace)
            .digits()
            .most(3)
            .required(),
    ]
}

fn place_fields(words: Words, typed: &Typed, names: &Names, faults: &Faults) -> Vec<Field> {
    let mut fields = vec![
        Field::area("places", words.say("funder-field-places"))
            .hint(words.say("funder-field-places-hint"))
            .value(&typed.places)
            .fault(faults.get("places").cloned()),
    ];
    let mut named: Vec<(String, &str)> =
        names.iter().map(|(id, name)| (id.to_string(), name.as_str())).collect();
    named.sort_by(|one, other| one.1.cmp(other.1));
    let named: Vec<(&str, &str)> = named.iter().map(|(id, name)| (id.as_str(), *name)).collect();
    if !named.is_empty() {
        fields.push(
            Field::ticks("structures", words.say("funder-field-structures"), &named)
                .hint(words.say("funder-field-structures-hint"))
                .values(&typed.structures),
        );
    }
    fields
}

fn use_fields(words: Words, typed: &Typed, faults: &Faults) -> Vec<Field> {
    let done: Vec<(&str, String)> =
        Offering::ALL.iter().map(|it| (it.code(), shelf::done(words, *it))).collect();
    let done: Vec<(&str, &str)> = done.iter().map(|(code, said)| (*code, said.as_str())).collect();
    let (later, at_once) =
        (words.say("funder-activation-hand-over"), words.say("funder-activation-delivery"));
    let activations = [("on_hand_over", later.as_str()), ("on_delivery", at_once.as_str())];
    vec![
        Field::ticks("services", words.say("funder-field-offerings"), &done)
            .hint(words.say("funder-field-offerings-hint"))
            .values(&typed.services),
        line(
            words,
            "limit",
            ("funder-field-limit", "funder-field-limit-hint"),
            &typed.limit,
            faults,
        )
        .digits()
        .most(2),
        Field::one("activation", words.say("funder-field-activation"), &activations)
            .hint(words.say("funder-field-activation-hint"))
            .value(&typed.activation)
            .fault(faults.get("activation").cloned()),
    ]
}
