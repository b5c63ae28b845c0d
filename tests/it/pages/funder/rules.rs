//! Goal: rules are read back, tried out, and only then written; a wrong field says what is wrong
//! with it and loses nothing; what the first order fixed cannot be changed.

use carnet::base::id::{Funder, Id};
use carnet::domain::refusal::Reason;

use super::{overview, person, said};
use crate::harness::{World, on_both_engines};
use crate::pages::forms::Reader;
use crate::pages::html::Form;
use crate::registers::funder_body;
use crate::scheme::Scheme;

on_both_engines!(
    rules_are_read_back_before_they_are_kept,
    a_wrong_field_says_why,
    the_first_order_fixes_the_rules,
    a_try_says_what_the_counter_would,
);

async fn funder(world: &World) -> Id<Funder> {
    let id: Id<Funder> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    world.put(&path, &world.operator, funder_body("Département", "held")).await.good();
    id
}

/// The form with sound rules in it.
fn filled(form: Form) -> Form {
    let rules = [
        ("name", "Pass de la Creuse"),
        ("face", "12,50"),
        ("vouchers", "8"),
        ("from", "2026-11-01"),
        ("until", "2027-06-30"),
        ("grace", "31"),
        ("places", "Creuse\nLimoges"),
        ("limit", "2"),
        ("services", "aide-aux-demarches-administratives"),
    ];
    rules.into_iter().fold(form, |form, (name, value)| form.with(name, value))
}

async fn rules_are_read_back_before_they_are_kept(world: World) {
    let funder = funder(&world).await;
    let mut reader = person(&world, "ana@exemple.fr", "funder", funder).await;
    let form = reader.page("/funder/campaigns/new").await.form("/funder/campaigns");
    let answer = reader.send(&filled(form).with("step", "read")).await;
    assert_eq!(answer.status, 200);
    let html = reader.read(&answer);
    let text = said(&html);
    for part in [
        "Un carnet contient 8 chèques de 12,50 €, soit 100 €.",
        "Un chèque sert du 1er novembre 2026 au 30 juin 2027",
        "jusqu’au 31 juillet 2027 inclus",
        "seulement ici : Creuse (23) et Limoges (87).",
        "seulement ces services : Aide aux démarches administratives.",
        "au plus 2 chèques d’un même carnet par jour",
        "une fois le carnet remis",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(overview(&world, funder).await.campaigns.is_empty(), "nothing is written yet");

    let review = html.form("/funder/campaigns");
    let tried = |place: &str, day: &str| {
        review.clone().with("commune", place).with("day", day).with("step", "try")
    };
    let yes = reader.send(&tried("Guéret", "2027-03-03")).await;
    let text = said(&reader.read(&yes));
    let accepted = "Un chèque utilisé à Guéret le 3 mars 2027 pour « Aide aux démarches \
                    administratives » serait accepté.";
    assert!(text.contains(accepted), "{text}");
    let no = reader.send(&tried("Tulle", "2027-03-03")).await;
    let text = said(&reader.read(&no));
    assert!(text.contains("serait refusé : ce lieu est hors du territoire"), "{text}");

    // Going back loses nothing.
    let back = reader.send(&review.clone().with("step", "edit")).await;
    let again = reader.read(&back).form("/funder/campaigns");
    assert_eq!((again.get("face"), again.get("until")), (Some("12,50"), Some("2027-06-30")));

    let answer = reader.send(&review.clone().with("step", "keep")).await;
    assert!(said(&reader.read(&answer)).contains("Le déploiement est enregistré."));
    let twice = reader.send(&review.with("step", "keep")).await;
    assert_eq!(twice.status, 200, "a form that is sent twice is harmless");
    let known = overview(&world, funder).await;
    assert_eq!((known.campaigns.len(), known.campaigns[0].version), (1, 1));
    let rules = &known.campaigns[0].profile;
    assert_eq!((rules.face_value.cents(), rules.vouchers_per_book), (1250, 8));
    edited(&world, &mut reader, funder).await;
}

/// The same rules with another limit are the second version.
async fn edited(world: &World, reader: &mut Reader<'_>, funder: Id<Funder>) {
    let known = overview(world, funder).await;
    let path = format!("/funder/campaigns/{}/edit", known.campaigns[0].campaign_id);
    let form = reader.page(&path).await.form("/funder/campaigns");
    assert_eq!(form.get("places"), Some("Creuse (23)\nLimoges (87)"));
    let form = form.with("limit", "").with("step", "keep");
    assert_eq!(reader.send(&form).await.status, 200);
    let known = overview(world, funder).await;
    assert_eq!(known.campaigns[0].version, 2);
    assert_eq!(known.campaigns[0].profile.vouchers_per_book_venue_day, None);
    // Somebody who read the first version does not overwrite the second one.
    let answer = reader.send(&form.with("limit", "5")).await;
    assert_eq!(answer.status, Reason::StaleVersion.status());
}

async fn a_wrong_field_says_why(world: World) {
    let funder = funder(&world).await;
    let reader = person(&world, "ana@exemple.fr", "funder", funder).await;
    for language in ["fr", "en"] {
        let mut reader = reader.reading(language);
        let page = reader.page("/funder/campaigns/new").await;
        let wrong = [
            ("name", ""),
            ("face", "mille"),
            ("face", "700"),
            ("vouchers", "21"),
            ("until", "2026-10-01"),
            ("from", "demain"),
            ("grace", "400"),
            ("limit", "30"),
            ("places", "Nulle-Part"),
            ("places", "Saint-Denis"),
        ];
        for (name, value) in wrong {
            let form = filled(page.form("/funder/campaigns")).with(name, value);
            let answer = reader.send(&form.with("step", "read")).await;
            assert_eq!(answer.status, 422, "{name}={value}");
            let html = reader.read(&answer);
            let field = html.elements.iter().find(|it| it.get("name") == Some(name)).unwrap();
            assert_eq!(field.get("aria-invalid"), Some("true"), "{name}={value}");
            let described = field.get("aria-describedby").unwrap();
            assert!(described.contains(&format!("{name}-fault")), "{described}");
            assert!(html.ids.contains(&format!("{name}-fault")), "{name}");
            // What was typed stays, in every field.
            let again = html.form("/funder/campaigns");
            let typed = if name == "name" { "8" } else { "Pass de la Creuse" };
            let other = if name == "name" { "vouchers" } else { "name" };
            assert_eq!(again.get(other), Some(typed), "{name}={value}");
        }
    }
    assert!(overview(&world, funder).await.campaigns.is_empty());
}

async fn the_first_order_fixes_the_rules(world: World) {
    let scheme = Scheme::new(&world).await;
    let mut reader = person(&world, "ana@exemple.fr", "funder", scheme.funder_id).await;
    let path = format!("/funder/campaigns/{}", scheme.campaign_id);
    let html = reader.page(&path).await;
    assert!(said(&html).contains("fixées par la première commande"), "{}", said(&html));
    assert!(!html.all("a").any(|link| link.get("href") == Some(&format!("{path}/edit"))));
    let form = reader.page(&format!("{path}/edit")).await.form("/funder/campaigns");
    let answer = reader.send(&form.with("face", "11").with("step", "keep")).await;
    assert_eq!(answer.status, Reason::WrongState.status());
    let known = overview(&world, scheme.funder_id).await;
    assert_eq!(known.campaigns[0].profile.face_value.cents(), 1000);
}

async fn a_try_says_what_the_counter_would(world: World) {
    let scheme = Scheme::new(&world).await;
    let mut reader = person(&world, "ana@exemple.fr", "funder", scheme.funder_id).await;
    let offering = crate::scheme::OFFERING;
    let path = format!("/funder/campaigns/{}", scheme.campaign_id);
    let tried =
        |venue: &str, day: &str| format!("{path}?venue={venue}&day={day}&offering={offering}");
    let venue = scheme.venue_id.to_string();
    let text = said(&reader.page(&tried(&venue, "2026-11-22")).await);
    assert!(text.contains("(Atelier) le 22 novembre 2026") && text.contains("accepté."), "{text}");
    // The counter says the same of a real voucher.
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let early = said(&reader.page(&tried(&venue, "2026-10-31")).await);
    assert!(early.contains("ne servent qu’à partir du 1er novembre 2026"), "{early}");
    let late = said(&reader.page(&tried(&venue, "2027-02-01")).await);
    assert!(late.contains("plus après le 31 janvier 2027"), "{late}");
    let state = format!("/api/v1/venues/{venue}/state");
    let body = serde_json::json!({ "state": "suspended" });
    world.put(&state, &world.operator, body).await.good();
    let text = said(&reader.page(&tried(&venue, "2026-11-22")).await);
    assert!(text.contains("l’opérateur a suspendu ce lieu"), "{text}");
    let refused = scheme.redeem(&world, &scheme.voucher(0, 1).url).await;
    assert_eq!(refused.code(), "venue-suspended");
    let wrong =
        reader.open(&format!("{path}?commune=Nulle-Part&day=2026-11-22&offering={offering}"));
    assert_eq!(wrong.await.status, 422);
}
