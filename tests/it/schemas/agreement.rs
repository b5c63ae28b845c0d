//! Schema and code say yes and no to the same lines.
//!
//! Goal: nothing that the code refuses is lawful by the schema, and the other way round but for a
//! list of places where the schema is stricter on purpose.

use carnet::domain::fact::Fact;
use carnet::domain::ledger::entry::Entry;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{faults, samples, walk};

/// Rules between fields that a body's type cannot say, but that every written line keeps.
const STRICTER: &[(&str, &str)] = &[
    ("ledger-opened", "without /body/mode"),
    ("ledger-opened", "without /body/recovery_key"),
    ("ledger-opened", "without /body/age_recipient"),
    ("api-key-granted", "without /body/venue_id"),
];

fn all() -> Vec<Entry> {
    [
        samples::operator_ledger(),
        samples::funder_ledger(),
        samples::variants(),
        samples::moved_ledger(),
    ]
    .concat()
}

/// Whether the code reads a value as a line's content and would write the same content again; the
/// order of keys apart, which a [`Value`] does not keep.
fn code_accepts(value: &Value) -> bool {
    let Ok(entry) = serde_json::from_value::<Entry>(value.clone()) else { return false };
    let Ok(fact) = Fact::of(&entry) else { return false };
    let body: Value = serde_json::from_str(fact.body().get()).unwrap();
    body == value["body"] && serde_json::to_value(&entry).unwrap() == *value
}

#[test]
fn every_sample_is_lawful_for_both() {
    for entry in all() {
        let line = entry.to_line().unwrap();
        let value: Value = serde_json::from_str(&line).unwrap();
        assert!(code_accepts(&value), "{line}");
        let faults = faults("entry.json", &value);
        assert!(faults.is_empty(), "{line}\n{faults:#?}");
    }
}

/// Every document that differs from this one by a missing, an added or a mistyped member.
fn spoilt(value: &Value) -> Vec<(String, Value)> {
    let mut places: Vec<(String, Value)> = Vec::new();
    walk(value, "", &mut |pointer, found| places.push((pointer.to_owned(), found.clone())));
    let mut spoilt = Vec::new();
    for (pointer, found) in places {
        if let Value::Object(members) = &found {
            let mut more = value.clone();
            more.pointer_mut(&pointer).unwrap()["surprise"] = json!("x");
            spoilt.push((format!("with {pointer}/surprise"), more));
            for key in members.keys() {
                let mut less = value.clone();
                let inner = less.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
                inner.remove(key);
                spoilt.push((format!("without {pointer}/{key}"), less));
            }
        }
        for other in [json!(null), json!(true), json!(7), json!("x"), json!([]), json!({})] {
            if std::mem::discriminant(&other) != std::mem::discriminant(&found) {
                let mut mistyped = value.clone();
                *mistyped.pointer_mut(&pointer).unwrap() = other.clone();
                spoilt.push((format!("{other} at {pointer}"), mistyped));
            }
        }
    }
    spoilt
}

#[test]
fn schema_and_code_refuse_the_same() {
    let (mut refused, mut accepted, mut stricter) = (0, 0, Vec::new());
    let mut disagreements = Vec::new();
    for entry in all() {
        let value: Value = serde_json::from_str(&entry.to_line().unwrap()).unwrap();
        for (what, spoilt) in spoilt(&value) {
            let said = faults("entry.json", &spoilt);
            let excused =
                STRICTER.iter().find(|(kind, place)| entry.kind == *kind && what == *place);
            match (said.is_empty(), code_accepts(&spoilt)) {
                (true, true) => accepted += 1,
                (false, false) => refused += 1,
                (false, true) if excused.is_some() => stricter.extend(excused),
                (schema, _) => disagreements.push(format!(
                    "{what}: the {} says no\n  {spoilt}\n  {said:?}",
                    if schema { "code" } else { "schema" }
                )),
            }
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    for place in STRICTER {
        assert!(stricter.contains(&place), "{place:?} is not stricter any more");
    }
    assert!(refused > 3000 && accepted > 0, "{refused} refused, {accepted} accepted");
}

/// The members of a JSON object in the order in which they are written.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The members of an object; none of anything else.
fn members(json: &str) -> Vec<(String, Box<RawValue>)> {
    serde_json::from_str(json).map_or_else(|_| Vec::new(), |Members(members)| members)
}

/// The member of an object, as it is written.
fn member(json: &str, key: &str) -> Option<String> {
    let found = members(json).into_iter().find(|(name, _)| name == key)?;
    Some(found.1.get().to_owned())
}

/// The order of keys is documented by the order of `properties`.
#[test]
fn keys_stand_in_the_documented_order() {
    let mut checked = 0;
    for entry in all() {
        let line = entry.to_line().unwrap();
        checked += in_order("entry.json", &written("entry.json", ""), &line);
        let body = format!("kinds/{}.json", entry.kind);
        checked += in_order(&body, &written(&body, ""), &member(&line, "body").unwrap());
    }
    assert!(checked > 150, "{checked}");
    let swapped = r#"{"seq":0,"ledger":"x"}"#;
    let entry = written("entry.json", "");
    assert!(std::panic::catch_unwind(|| in_order("entry.json", &entry, swapped)).is_err());
}

/// The text at a pointer of a schema.
fn written(name: &str, pointer: &str) -> String {
    let file = std::fs::read_to_string(super::directory().join(name)).unwrap();
    pointer.split('/').skip(1).fold(file, |json, key| member(&json, key).unwrap())
}

/// Checks an object and those in it; gives how many had keys to put in order.
fn in_order(name: &str, schema: &str, value: &str) -> usize {
    if let Some(place) = member(schema, "$ref") {
        let place = place.trim_matches('"');
        let (file, pointer) = place.split_once('#').unwrap_or((place, ""));
        let file = file.trim_start_matches("../");
        let name = if file.is_empty() { name } else { file };
        return in_order(name, &written(name, pointer), value);
    }
    if let (Some(schema), Ok(items)) =
        (member(schema, "items"), serde_json::from_str::<Vec<Box<RawValue>>>(value))
    {
        return items.iter().map(|item| in_order(name, &schema, item.get())).sum();
    }
    let Some(properties) = member(schema, "properties").map(|json| members(&json)) else {
        return 0;
    };
    let (mut last, mut checked) = (0, usize::from(properties.len() > 1));
    for (key, inner) in members(value) {
        let place = properties.iter().position(|(known, _)| *known == key);
        let place = place.unwrap_or_else(|| panic!("{name} does not know {key}: {value}"));
        assert!(place >= last, "{name} has {key} at another place: {value}");
        last = place;
        checked += in_order(name, properties[place].1.get(), inner.get());
    }
    checked
}
