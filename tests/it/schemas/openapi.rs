//! `/openapi.json`: that it is whole, and that it says what the server does.
//!
//! Goal: a client made from the document by a machine works.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use carnet::domain::refusal::Reason;
use jsonschema::{Registry, Validator};
use serde_json::{Map, Value};

use super::routes::{Exchange, ROUTES, file, fits};
use super::{compiled, faults, listed, walk};
use crate::harness::{World, on_both_engines};

const PLACE: &str = "https://carnet.invalid/openapi.json";

/// Addresses that are for people and machines of the house, and one that OpenAPI cannot say.
const OUTSIDE: [&str; 22] = [
    "/counter",
    "/pair",
    "/counter.webmanifest",
    "/counter-sw.js",
    "/counter/{folder}/{name}",
    "/venues",
    "/venues.json",
    "/venues.csv",
    "/solvency",
    "/accessibility",
    "/legal",
    "/V/{token}",
    "/v/{token}",
    "/",
    "/assets/{name}",
    "/openapi.json",
    "/healthz",
    "/openid/begin",
    "/openid/callback",
    "/readyz",
    "/problems/{code}",
    "/ledger/{id}/tile/{level}/{group}/{*rest}",
];

/// The document, with what was compiled of it.
struct Described {
    document: Value,
    registry: Registry<'static>,
    built: Mutex<HashMap<String, Arc<Validator>>>,
}

static DESCRIBED: OnceLock<Described> = OnceLock::new();

/// Keeps the document of the first world: it is the same in all.
pub(crate) fn remember(document: &utoipa::openapi::OpenApi) {
    DESCRIBED.get_or_init(|| {
        let document: Value = serde_json::from_str(&document.to_json().unwrap()).unwrap();
        let registry = Registry::new().add(PLACE, document.clone()).unwrap().prepare().unwrap();
        Described { document, registry, built: Mutex::default() }
    });
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

impl Described {
    /// What is wrong with a value by the schema at a pointer of the document.
    fn faults(&self, pointer: &str, value: &Value) -> Vec<String> {
        let built = self.built.lock().unwrap().get(pointer).cloned();
        let validator = built.unwrap_or_else(|| {
            let built = Arc::new(compiled(&self.registry, &format!("{PLACE}#{pointer}")));
            self.built.lock().unwrap().insert(pointer.to_owned(), built.clone());
            built
        });
        listed(&validator, value)
    }

    fn operations(&self) -> impl Iterator<Item = (String, &str, &Value)> {
        let paths = self.document["paths"].as_object().unwrap();
        paths.iter().flat_map(|(path, item)| {
            let verbs = item.as_object().unwrap().iter();
            verbs.map(move |(verb, operation)| (verb.to_uppercase(), path.as_str(), operation))
        })
    }

    /// The template that a path belongs to.
    fn template(&self, method: &str, path: &str) -> Option<&str> {
        let fitting = self
            .operations()
            .filter(|(verb, template, _)| verb == method && fits(template, path))
            .map(|(_, template, _)| template);
        fitting.min_by_key(|template| template.matches('{').count())
    }
}

/// Checks an exchange against the document.
pub(super) fn check(exchange: &Exchange<'_>) {
    let Some(described) = DESCRIBED.get() else { return };
    let Exchange { method, path, status, kind, .. } = exchange;
    let Some(template) = described.template(method, path) else {
        let known = *status == 404 || OUTSIDE.iter().any(|outside| fits(outside, path));
        assert!(known, "{method} {path} ({status}) is not in /openapi.json");
        return;
    };
    let operation = format!("/paths/{}/{}", escaped(template), method.to_lowercase());
    let content = format!("{operation}/responses/{status}/content");
    let media = kind.split(';').next().unwrap_or_default();
    let said = described.document.pointer(&content);
    let said = said.and_then(|content| content.get(media)).is_some();
    assert!(said, "/openapi.json does not say that {method} {template} may answer {status} {kind}");
    if media.ends_with("/json") || media.ends_with("+json") {
        let value: Value = serde_json::from_slice(exchange.answer).unwrap();
        let pointer = format!("{content}/{}/schema", escaped(media));
        let faults = described.faults(&pointer, &value);
        assert!(
            faults.is_empty(),
            "{method} {template} ({status}): not what /openapi.json says:\n{value:#}\n{faults:#?}"
        );
    }
    let taken = format!("{operation}/requestBody/content/application~1json/schema");
    if *status < 300 && described.document.pointer(&taken).is_some() {
        let value: Value = serde_json::from_slice(exchange.request).unwrap();
        let faults = described.faults(&taken, &value);
        assert!(
            faults.is_empty(),
            "{method} {template}: /openapi.json forbids what was taken:\n{value:#}\n{faults:#?}"
        );
    }
}

async fn the_document_is_whole(world: World) {
    let served = world.get("/openapi.json", "").await.good();
    let described = DESCRIBED.get().unwrap();
    assert_eq!(served, described.document);
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1."));
    check_references(&served);
    for name in served["components"]["schemas"].as_object().unwrap().keys() {
        let pointer = format!("/components/schemas/{}", escaped(name));
        described.faults(&pointer, &Value::Null);
    }
    let mut ids = BTreeMap::new();
    for (method, path, operation) in described.operations() {
        let here = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{here}: no id"));
        let other = ids.insert(id.to_owned(), here.clone());
        assert_eq!(other, None, "{here} has the operationId {id} of another");
        check_operation(&here, operation, &served);
        check_parameters(path, operation);
    }
    assert!(!ids.is_empty());
}

/// Every `$ref` leads somewhere in the document.
fn check_references(document: &Value) {
    let mut count = 0;
    walk(document, "", &mut |pointer, place| {
        if let Some(target) = place.get("$ref").and_then(Value::as_str) {
            let found = target.strip_prefix('#').and_then(|target| document.pointer(target));
            assert!(found.is_some(), "{pointer} refers to {target}, which is not there");
            count += 1;
        }
    });
    assert!(count > 10);
}

/// What a reader needs of an operation: a sentence, a tag, who may, and every "no" with an example.
fn check_operation(here: &str, operation: &Value, document: &Value) {
    let summary = operation["summary"].as_str().unwrap_or_default();
    assert!(summary.len() > 10, "{here} has no summary");
    let tags = operation["tags"].as_array().unwrap();
    for tag in tags {
        let listed = document["tags"].as_array().unwrap().iter();
        let mut known = listed.filter(|known| known["name"] == *tag);
        let known =
            known.next().unwrap_or_else(|| panic!("{here}: the tag {tag} is not described"));
        assert!(known["description"].is_string(), "the tag {tag} is not described");
    }
    assert_eq!(tags.len(), 1, "{here} has not one tag");
    let security = operation.get("security").unwrap_or(&document["security"]);
    let scheme = security[0].as_object().and_then(|one| one.keys().next());
    if let Some(scheme) = scheme {
        let known = &document["components"]["securitySchemes"][scheme];
        assert!(known.is_object(), "{here}: no security scheme {scheme}");
    } else {
        assert!(security.is_array(), "{here} does not say who may");
    }
    let responses = operation["responses"].as_object().unwrap();
    assert!(responses.keys().any(|status| status.starts_with('2')), "{here} never succeeds");
    for (status, response) in responses {
        assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()));
        let problem = &response["content"]["application/problem+json"];
        if status.starts_with('2') {
            continue;
        }
        assert!(problem["schema"].is_object(), "{here} {status}: no problem document");
        let examples = problem["examples"].as_object();
        for (code, example) in examples.unwrap_or_else(|| panic!("{here} {status}: no example")) {
            let value = &example["value"];
            assert_eq!(
                (&value["code"], value["status"].to_string()),
                (&code.as_str().into(), status.clone())
            );
            let faults = faults("problem.json", value);
            assert!(faults.is_empty(), "{here} {status} {code}: {value:#} {faults:#?}");
        }
    }
}

/// The names in the template are its path parameters, no more and no fewer; each says what it is.
fn check_parameters(path: &str, operation: &Value) {
    let mut in_path = BTreeSet::new();
    for parameter in operation["parameters"].as_array().map_or(&[][..], Vec::as_slice) {
        let name = parameter["name"].as_str().unwrap();
        let described = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
        assert!(described && parameter["schema"].is_object(), "{path}: {name} is not described");
        if parameter["in"] == "path" {
            in_path.insert(name);
        }
    }
    let parts = path.split(['{', '}']).skip(1).step_by(2);
    assert_eq!(parts.collect::<BTreeSet<_>>(), in_path, "{path}");
}

async fn the_document_and_the_table_of_routes_agree(world: World) {
    drop(world);
    let described = DESCRIBED.get().unwrap();
    let said: BTreeSet<(String, &str)> =
        described.operations().map(|(method, path, _)| (method, path)).collect();
    let listed: BTreeSet<(String, &str)> = ROUTES
        .iter()
        .filter(|(_, path, ..)| !OUTSIDE.contains(path))
        .map(|(method, path, ..)| ((*method).to_owned(), *path))
        .collect();
    let missing: Vec<_> = said.difference(&listed).collect();
    assert!(missing.is_empty(), "no row in tests/it/schemas/routes.rs for {missing:#?}");
    let stale: Vec<_> = listed.difference(&said).collect();
    assert!(stale.is_empty(), "not in /openapi.json: {stale:#?}");
    for (method, path, request, answer) in ROUTES {
        let operation = format!("/paths/{}/{}", escaped(path), method.to_lowercase());
        let takes = format!("{operation}/requestBody/content/application~1json");
        let takes = described.document.pointer(&takes).is_some();
        assert_eq!(takes, !request.is_empty(), "{method} {path}: the request");
        for name in schemas(request, answer) {
            assert!(super::FILES.contains_key(&file(name)), "{name}");
        }
    }
}

/// The schemas that a row names.
fn schemas(request: &'static str, answer: &'static str) -> impl Iterator<Item = &'static str> {
    let named = std::iter::once(request).chain(answer.split('|'));
    named.filter(|name| !name.is_empty() && !name.contains('/'))
}

async fn every_schema_of_the_api_is_used(world: World) {
    drop(world);
    let used: BTreeSet<String> = ROUTES
        .iter()
        .flat_map(|(_, _, request, answer)| schemas(request, answer))
        .map(file)
        .collect();
    let mut referred: BTreeSet<String> = used;
    for schema in super::FILES.values() {
        walk(schema, "", &mut |_, place| {
            if let Some(target) = place.get("$ref").and_then(Value::as_str) {
                let file = target.split('#').next().unwrap_or_default();
                referred.insert(format!("api/{file}"));
            }
        });
    }
    let files = super::FILES.keys().filter(|name| name.starts_with("api/"));
    let idle: Vec<_> = files.filter(|name| !referred.contains(*name)).collect();
    assert!(idle.is_empty(), "no route speaks {idle:#?}");
}

on_both_engines!(
    the_document_is_whole,
    the_document_and_the_table_of_routes_agree,
    every_schema_of_the_api_is_used,
);

#[test]
fn problems_know_every_reason_and_its_status() {
    let schema = &super::FILES["problem.json"];
    let mut codes: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    codes.push("fault");
    assert_eq!(schema["properties"]["code"]["enum"], serde_json::json!(codes));
    for reason in Reason::ALL {
        for status in [400, 401, 403, 404, 409, 410, 412, 413, 422, 429, 500, 503] {
            let problem = serde_json::json!({
                "type": format!("/problems/{}", reason.code()), "title": "x", "detail": "x",
                "status": status, "code": reason.code(),
            });
            let faults = faults("problem.json", &problem);
            let about_status = faults.iter().any(|fault| fault.contains("/code"));
            assert_eq!(about_status, status != reason.status(), "{reason:?} {status} {faults:?}");
        }
    }
}

/// The negative control of the checks above.
#[test]
fn a_broken_document_is_seen() {
    let check = |document: Value| std::panic::catch_unwind(move || check_references(&document));
    let reference = |to: &str| Value::Object(Map::from_iter([("$ref".to_owned(), to.into())]));
    let whole = vec![reference("#/a"); 11];
    assert!(check(serde_json::json!({ "a": {}, "b": whole })).is_ok());
    assert!(check(serde_json::json!({ "b": whole })).is_err());
    let bare = serde_json::json!({ "summary": "Does something.", "tags": [] });
    let silent = std::panic::catch_unwind(|| check_operation("GET /x", &bare, &bare));
    assert!(silent.is_err());
    let stray = serde_json::json!({ "parameters": [{
        "name": "from", "in": "path", "description": "The first.", "schema": {}
    }] });
    let astray = std::panic::catch_unwind(|| check_parameters("/x/{id}", &stray));
    assert!(astray.is_err());
    check_parameters("/x/{from}", &stray);
}
