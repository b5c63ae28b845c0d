//! The last hand on the OpenAPI document: what every operation and schema needs, said once.
//!
//! Promises: each operation has a name of its own, made of its method and path; each tag says what
//! it is; an answer that shows a register's content may be validated. Does not: describe routes
//! (each handler does).

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{AllOf, Object};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::web::problem::Problem;

/// What the operations are about, in the order in which a reader meets them.
const TAGS: &[(&str, &str)] = &[
    ("registers", "Organisations, venues and their qualification, bank accounts, logos"),
    ("keys", "Keys of programs: who may ask what"),
    ("people", "People: invitations, sessions, second factors"),
    ("proposals", "What two people decide: asked for by one, approved by another"),
    ("losses", "What an older copy of the database lacks, and that it goes on without"),
    ("orders", "Campaigns, their orders and the printed books"),
    ("money", "What came in for a funder"),
    ("books", "Where the paper is: stock, movements, hand-overs, blocks, replacements"),
    ("redemptions", "Vouchers at the counter: checked, redeemed, undone"),
    ("settlements", "What a funder owes structures up to a day: payments, statements, bank files"),
    ("payments", "What the bank did, and what became of a voucher's worth"),
    ("closings", "The end of a campaign, and money that goes back to its funder"),
    ("signals", "What looks unlike honest work, and what came of it"),
    ("ledgers", "Lines and balances, for those who may read a ledger"),
    ("proofs", "Checkpoints, hashes and proofs, for anyone"),
];

/// Completes a document of which every route is known.
pub(super) fn complete(document: &mut OpenApi) {
    let used: Vec<String> = document
        .paths
        .paths
        .values_mut()
        .flat_map(operations)
        .filter_map(|(_, operation)| operation.tags.as_ref()?.first().cloned())
        .collect();
    let known = TAGS.iter().filter(|(name, _)| used.iter().any(|tag| tag == name));
    let tag = |(name, text): &(&str, &str)| {
        TagBuilder::new().name(*name).description(Some(*text)).build()
    };
    document.tags = Some(known.map(tag).collect());
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name(method, path));
        }
    }
    let components = document.components.get_or_insert_default();
    // Responses refer to it by name only, so nothing else would bring it in.
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut needed = Vec::new();
    Problem::schemas(&mut needed);
    for (name, schema) in needed {
        components.schemas.entry(name).or_insert(schema);
    }
    merge_parts(components);
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// The name of an operation: `get_venues`, but `get_venue` of `/venues/{id}`.
///
/// Programs that write clients make functions of these names, so two may not share one.
fn name(method: &str, path: &str) -> String {
    let parts: Vec<&str> = path.trim_start_matches("/api/v1").split('/').skip(1).collect();
    let mut name = method.to_owned();
    for (at, part) in parts.iter().enumerate().filter(|(_, part)| !part.starts_with('{')) {
        let one = parts.get(at + 1).is_some_and(|next| next.starts_with('{'));
        let noun = if one { part.trim_end_matches('s') } else { part };
        name.push('_');
        name.push_str(&noun.trim_start_matches('.').replace(['-', '.'], "_"));
    }
    name
}

/// Turns each `allOf` of closed objects into one open object.
///
/// A flattened field is written as "all of these parts". A part that takes no other members, as a
/// request's content does, would forbid those of its neighbours, and nothing would be valid.
fn merge_parts(components: &mut Components) {
    let parts = components.schemas.clone();
    for schema in components.schemas.values_mut() {
        if let RefOr::T(Schema::AllOf(all)) = schema
            && let Some(merged) = merged(all, &parts)
        {
            *schema = RefOr::T(Schema::Object(merged));
        }
    }
}

type Parts = std::collections::BTreeMap<String, RefOr<Schema>>;

/// One object with the members of all parts; `None` when a part is not an object.
fn merged(all: &AllOf, parts: &Parts) -> Option<Object> {
    let mut whole = Object::new();
    whole.description.clone_from(&all.description);
    for part in &all.items {
        let part = match part {
            RefOr::Ref(to) => match parts.get(to.ref_location.rsplit('/').next()?)? {
                RefOr::T(schema) => schema,
                RefOr::Ref(_) => return None,
            },
            RefOr::T(schema) => schema,
        };
        let object = match part {
            Schema::Object(object) => object.clone(),
            Schema::AllOf(inner) => merged(inner, parts)?,
            _ => return None,
        };
        whole.properties.extend(object.properties);
        whole.required.extend(object.required);
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_called_after_their_paths() {
        for (method, path, expected) in [
            ("get", "/api/v1/venues", "get_venues"),
            ("get", "/api/v1/venues/{id}", "get_venue"),
            ("put", "/api/v1/venues/{id}/state", "put_venue_state"),
            ("post", "/api/v1/api-keys/{id}/revocation", "post_api_key_revocation"),
            ("get", "/api/v1/orders/{id}/books.pdf", "get_order_books_pdf"),
            ("get", "/api/v1/settlements/{id}/statements/{of}", "get_settlement_statement"),
            ("post", "/api/v1/redemption-batches", "post_redemption_batches"),
            ("get", "/.well-known/carnet-keys.json", "get_well_known_carnet_keys_json"),
            ("get", "/ledger/{id}/tile/{level}/{index}", "get_ledger_tile"),
        ] {
            assert_eq!(name(method, path), expected);
        }
    }
}
