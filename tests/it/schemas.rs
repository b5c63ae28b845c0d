//! The public schemas (`schemas/`): that they are schemas, that they say what the code does, and
//! that every answer that any test gets follows them.
//!
//! Goal: a stranger who believes `schemas/` and `/openapi.json` is never wrong.

mod agreement;
mod golden;
mod openapi;
mod people;
mod routes;
mod samples;
mod tour;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use carnet::domain::fact::Fact;
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

pub(crate) use openapi::remember;
pub(crate) use routes::{Exchange, check};

/// Where the schemas would be on the web: a host that never is, so that nothing is fetched.
const BASE: &str = "https://carnet.invalid/schemas/";

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// Every schema by its path under `schemas/`.
static FILES: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let mut found = BTreeMap::new();
    let mut left = vec![directory()];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let name = path.strip_prefix(directory()).unwrap().to_str().unwrap().to_owned();
                let text = std::fs::read(&path).unwrap();
                let schema = serde_json::from_slice(&text);
                let schema = schema.unwrap_or_else(|error| panic!("schemas/{name}: {error}"));
                found.insert(name, schema);
            }
        }
    }
    found
});

static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let pairs = FILES.iter().map(|(name, schema)| (format!("{BASE}{name}"), schema.clone()));
    Registry::new().extend(pairs).unwrap().prepare().unwrap()
});

/// What is wrong with a value by the schema `name`, like `entry.json` or
/// `common.json#/$defs/day`; nothing when it is lawful.
pub(crate) fn faults(name: &str, value: &Value) -> Vec<String> {
    static BUILT: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let built = BUILT.lock().unwrap().get(name).cloned();
    let validator = built.unwrap_or_else(|| {
        let built = Arc::new(compiled(&REGISTRY, &format!("{BASE}{name}")));
        BUILT.lock().unwrap().insert(name.to_owned(), built.clone());
        built
    });
    listed(&validator, value)
}

/// The validator of one place in a registry. Formats count: `2026-02-30` is no day.
fn compiled(registry: &Registry<'static>, place: &str) -> Validator {
    // The braces of a route's template are not lawful in an address as they are.
    let place = place.replace('{', "%7B").replace('}', "%7D");
    let options = jsonschema::draft202012::options()
        .with_registry(registry)
        .offline()
        .should_validate_formats(true);
    options.build(&json!({ "$ref": place })).unwrap_or_else(|error| panic!("{place}: {error}"))
}

fn listed(validator: &Validator, value: &Value) -> Vec<String> {
    let errors = validator.iter_errors(value);
    errors.map(|error| format!("at {:?}: {error}", error.instance_path().to_string())).collect()
}

/// Calls `visit` with every place in a document, by JSON pointer.
fn walk(value: &Value, pointer: &str, visit: &mut dyn FnMut(&str, &Value)) {
    visit(pointer, value);
    let deeper: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, inner)| (key.replace('~', "~0").replace('/', "~1"), inner))
            .collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, x)| (at.to_string(), x)).collect()
        }
        _ => Vec::new(),
    };
    for (key, inner) in deeper {
        walk(inner, &format!("{pointer}/{key}"), visit);
    }
}

#[test]
fn every_file_is_a_schema_that_speaks() {
    assert!(FILES.len() > 40, "only {} schemas were found", FILES.len());
    for (name, schema) in FILES.iter() {
        let draft = "https://json-schema.org/draft/2020-12/schema";
        assert_eq!(schema["$schema"], draft, "{name}");
        let faults: Vec<_> = jsonschema::draft202012::meta::validator()
            .iter_errors(schema)
            .map(|error| error.to_string())
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
        for key in ["title", "description"] {
            let said = schema[key].as_str().is_some_and(|text| text.len() > 3);
            assert!(said, "{name} has no {key}");
        }
        assert!(name == "common.json" || schema["examples"].is_array(), "{name} has no examples");
        compiled(&REGISTRY, &format!("{BASE}{name}"));
    }
    // The negative control: these three are not schemas, and are seen not to be.
    for bad in [json!({ "type": "date" }), json!({ "required": "id" }), json!({ "pattern": 1 })] {
        assert!(jsonschema::draft202012::meta::validate(&bad).is_err(), "{bad}");
    }
}

#[test]
fn every_property_is_described() {
    let mut silent = Vec::new();
    for (name, schema) in FILES.iter() {
        walk(schema, "", &mut |pointer, property| {
            let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            let inside = ["/if/", "/then/", "/else/", "/oneOf/", "/examples/", "_to_"];
            let conditional = inside.iter().any(|part| pointer.contains(part));
            if !parent.ends_with("/properties") || conditional {
                return;
            }
            let described = property["description"].is_string()
                || property["$ref"].as_str().is_some_and(|place| described(name, place));
            if !described && !property["allOf"].is_array() {
                silent.push(format!("{name}#{pointer}"));
            }
        });
    }
    assert!(silent.is_empty(), "no description: {silent:#?}");
}

/// Whether what a `$ref` of a file points to has a description.
fn described(name: &str, place: &str) -> bool {
    let (file, pointer) = place.split_once('#').unwrap_or((place, ""));
    let mut parts: Vec<&str> = name.split('/').collect();
    if !file.is_empty() {
        parts.pop();
        for part in file.split('/') {
            match part {
                ".." => assert!(parts.pop().is_some(), "{name}: {place}"),
                part => parts.push(part),
            }
        }
    }
    let target = FILES.get(&parts.join("/")).and_then(|file| file.pointer(pointer));
    target.is_some_and(|target| target["description"].is_string())
}

#[test]
fn every_example_follows_its_schema() {
    let mut count = 0;
    for (name, schema) in FILES.iter() {
        walk(schema, "", &mut |pointer, place| {
            let Some(examples) = place.get("examples").and_then(Value::as_array) else { return };
            for example in examples {
                let faults = faults(&format!("{name}#{pointer}"), example);
                assert!(faults.is_empty(), "{name}#{pointer}: {example} {faults:#?}");
                count += 1;
            }
        });
    }
    assert!(count > 100, "only {count} examples were found");
}

#[test]
fn every_kind_has_a_schema_and_every_schema_a_kind() {
    let kinds: BTreeSet<&str> = Fact::KINDS.iter().copied().collect();
    let files: BTreeSet<&str> = FILES
        .keys()
        .filter_map(|name| name.strip_prefix("kinds/")?.strip_suffix(".json"))
        .collect();
    assert_eq!(kinds, files);
    let entry = &FILES["entry.json"];
    assert_eq!(entry["properties"]["kind"]["enum"], json!(Fact::KINDS));
    let cases = entry["allOf"].as_array().unwrap();
    for kind in Fact::KINDS {
        let case = cases.iter().find(|case| case["if"]["properties"]["kind"]["const"] == *kind);
        let body = &case.unwrap_or_else(|| panic!("entry.json has no case for {kind}"))["then"];
        assert_eq!(body["properties"]["body"]["$ref"], format!("kinds/{kind}.json"));
    }
    assert_eq!(cases.len(), kinds.len());
}
