//! What each role may, route by route, written down apart from the program's own table; and how
//! each route is asked about a tenant's things.

use carnet::base::id::{
    ApiKey, Block, Closing, Deposit, HandOver, Membership, Movement, Order, Passkey, Redemption,
    Repayment, Replacement, Session, Settlement, Withdrawal,
};
use carnet::domain::access::Role;
use serde_json::{Value, json};

use super::Ask;
use super::tenant::Tenant;
use crate::harness::World;
use crate::scheme::{OFFERING, campaign_body};

/// How far a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum May {
    Never,
    Own,
    Any,
}

/// Method, route, and who may: one letter a role (see [`letter`]); capitals before `:` reach
/// everybody's things, letters after it their own.
pub(crate) type Row = (&'static str, &'static str, &'static str);

/// O operator, P approver, A auditor, F funder, f its reader, D distributor, d its worker,
/// S structure, s its accountant, V venue, v its counter, x a device.
const fn letter(role: Role) -> char {
    match role {
        Role::Operator => 'O',
        Role::Approver => 'P',
        Role::Auditor => 'A',
        Role::Funder => 'F',
        Role::FunderReader => 'f',
        Role::Distributor => 'D',
        Role::DistributorWorker => 'd',
        Role::Structure => 'S',
        Role::StructureAccountant => 's',
        Role::Venue => 'V',
        Role::VenueCounter => 'v',
        Role::Device => 'x',
    }
}

/// Routes that are public, or where something else than a key is the right to ask.
pub(crate) const FREE: &[(&str, &str)] = &[
    ("GET", "/api/v1/solvency"),
    ("POST", "/api/v1/devices"),
    ("POST", "/api/v1/password-resets"),
    ("POST", "/api/v1/passwords"),
    ("GET", "/api/v1/joinings/{token}"),
    ("GET", "/api/v1/password-resets/{token}"),
    ("POST", "/api/v1/joinings"),
    ("POST", "/api/v1/sessions"),
    ("GET", "/ledger/{id}/totals"),
    ("GET", "/ledger/{id}/checkpoint"),
    ("GET", "/ledger/{id}/tile/{level}/{index}"),
    ("GET", "/ledger/{id}/proof"),
    ("GET", "/ledger/{id}/consistency"),
    ("GET", "/.well-known/carnet-keys.json"),
];

#[rustfmt::skip]
pub(crate) const TABLE: &[Row] = &[
    ("PUT", "/api/v1/organisations/{id}", "O:FDS"),
    ("GET", "/api/v1/organisations/{id}", "OA:FfDdSs"),
    ("PUT", "/api/v1/organisations/{id}/bank-account", "O:FS"),
    ("PUT", "/api/v1/organisations/{id}/logo", "O:F"),
    ("PUT", "/api/v1/api-keys/{id}", "O:"),
    ("GET", "/api/v1/api-keys", "OA:FDSV"),
    ("POST", "/api/v1/api-keys/{id}/revocation", "O:SV"),
    ("POST", "/api/v1/venues/{id}/pairings", "O:SV"),
    ("POST", "/api/v1/devices", "OPAFfDdSsVvx:"),
    ("PUT", "/api/v1/memberships/{id}", "O:"),
    ("POST", "/api/v1/people/{id}/invitation", "O:"),
    ("GET", "/api/v1/people", "O:FDSV"),
    ("PUT", "/api/v1/people/{id}/state", "O:"),
    ("POST", "/api/v1/people/{id}/password-reset", "O:"),
    ("DELETE", "/api/v1/people/{id}/sessions", "O:"),
    ("DELETE", "/api/v1/sessions/all", "O:"),
    ("DELETE", "/api/v1/people/{id}", "O:"),
    ("POST", "/api/v1/memberships/{id}/end", "O:"),
    // What people do for themselves, with a session: no key does any of it.
    ("PUT", "/api/v1/passwords/current", ":"),
    ("GET", "/api/v1/sessions", ":"),
    ("DELETE", "/api/v1/sessions", ":"),
    ("GET", "/api/v1/sessions/current", ":"),
    ("DELETE", "/api/v1/sessions/current", ":"),
    ("DELETE", "/api/v1/sessions/{id}", ":"),
    ("PUT", "/api/v1/sessions/current/membership", ":"),
    ("PUT", "/api/v1/sessions/current/factor", ":"),
    ("POST", "/api/v1/sessions/current/passkey-options", ":"),
    ("GET", "/api/v1/passkeys", ":"),
    ("POST", "/api/v1/passkeys/options", ":"),
    ("PUT", "/api/v1/passkeys/{id}", ":"),
    ("DELETE", "/api/v1/passkeys/{id}", ":"),
    ("POST", "/api/v1/totp", ":"),
    ("DELETE", "/api/v1/totp", ":"),
    ("GET", "/api/v1/recovery-codes", ":"),
    ("POST", "/api/v1/recovery-codes", ":"),
    // The ways in, where a password or a link is the right to ask.
    ("POST", "/api/v1/password-resets", "OPAFfDdSsVvx:"),
    ("POST", "/api/v1/passwords", "OPAFfDdSsVvx:"),
    ("GET", "/api/v1/joinings/{token}", "OPAFfDdSsVvx:"),
    ("GET", "/api/v1/password-resets/{token}", "OPAFfDdSsVvx:"),
    ("POST", "/api/v1/joinings", "OPAFfDdSsVvx:"),
    ("POST", "/api/v1/sessions", "OPAFfDdSsVvx:"),
    // Everybody sees what it made itself or may decide on; here nobody made anything, and no
    // program decides (`proposals` asks people).
    ("GET", "/api/v1/proposals", "OPAFfDdSsVvx:"),
    ("GET", "/api/v1/proposals/{id}", ":"),
    ("POST", "/api/v1/proposals/{id}/approval", ":"),
    ("POST", "/api/v1/proposals/{id}/withdrawal", ":"),
    ("GET", "/api/v1/venues", "OAFfDd:SsVvx"),
    ("PUT", "/api/v1/venues/{id}", "O:S"),
    ("GET", "/api/v1/venues/{id}", "OAFfDd:SsVvx"),
    ("PUT", "/api/v1/venues/{id}/state", "O:"),
    ("PUT", "/api/v1/campaigns/{id}", "O:F"),
    ("GET", "/api/v1/campaigns/{id}", "OA:Ff"),
    ("PUT", "/api/v1/orders/{id}", "O:F"),
    ("GET", "/api/v1/orders/{id}", "OA:Ff"),
    ("GET", "/api/v1/orders/{id}/books.pdf", "O:F"),
    ("GET", "/api/v1/orders/{id}/specimen.pdf", "O:F"),
    ("POST", "/api/v1/orders/{id}/activation", "O:"),
    ("PUT", "/api/v1/deposits/{id}", "O:"),
    ("POST", "/api/v1/voucher-checks", ":SVvx"),
    ("PUT", "/api/v1/redemptions/{id}", ":SVvx"),
    ("GET", "/api/v1/redemptions/{id}", "OA:FfSsVvx"),
    ("PUT", "/api/v1/redemptions/{id}/reversal", "O:SVvx"),
    ("POST", "/api/v1/redemption-batches", ":SVvx"),
    ("GET", "/api/v1/books/{number}", "OA:FfDd"),
    ("GET", "/api/v1/sites/{id}/stock", "OA:Dd"),
    ("PUT", "/api/v1/movements/{id}", "O:Dd"),
    ("PUT", "/api/v1/replacements/{id}", "O:"),
    ("PUT", "/api/v1/hand-overs/{id}", "O:Dd"),
    ("PUT", "/api/v1/blocks/{id}", "O:FD"),
    ("POST", "/api/v1/blocks/{id}/end", "O:FD"),
    ("PUT", "/api/v1/settlements/{id}", "O:"),
    ("GET", "/api/v1/settlements/{id}", "OPA:Ff"),
    ("GET", "/api/v1/settlements", "OPA:Ff"),
    ("POST", "/api/v1/settlements/{id}/approval", "P:F"),
    ("POST", "/api/v1/settlements/{id}/cancellation", "OP:"),
    ("GET", "/api/v1/settlements/{id}/pain.001.xml", "OPA:Ff"),
    ("GET", "/api/v1/settlements/{id}/statements/{structure_id}", "OPA:FfSs"),
    ("POST", "/api/v1/payments/{id}/confirmation", "O:"),
    ("POST", "/api/v1/payments/{id}/rejection", "O:"),
    ("GET", "/api/v1/payments/{id}/vouchers", "OPA:FfSs"),
    ("GET", "/api/v1/vouchers/{serial}/payment", "OPA:FfSs"),
    ("PUT", "/api/v1/repayments/{id}", "O:"),
    ("PUT", "/api/v1/closings/{id}", "O:"),
    ("PUT", "/api/v1/withdrawals/{id}", "O:"),
    ("GET", "/api/v1/ledgers/{id}/entries", "OPA:FfSs"),
    ("GET", "/api/v1/ledgers/{id}/balances", "OPA:Ff"),
    ("GET", "/api/v1/ledgers/{id}/export", "OPA:Ff"),
    ("GET", "/api/v1/ledgers/{id}/export/checkpoints", "OPA:Ff"),
    ("GET", "/api/v1/ledgers/{id}/export/sealed", "OPA:Ff"),
    ("GET", "/api/v1/losses", "OPA:"),
    ("POST", "/api/v1/losses/acceptance", "O:"),
    ("GET", "/api/v1/signals", "OA:"),
    ("PUT", "/api/v1/signals/{id}/decision", "O:"),
    ("GET", "/api/v1/solvency", "OPAFfDdSsVvx:"),
    ("GET", "/api/v1/solvency/due", ":Ss"),
    ("GET", "/ledger/{id}/totals", "OPAFfDdSsVvx:"),
    ("GET", "/ledger/{id}/checkpoint", "OPAFfDdSsVvx:"),
    ("GET", "/ledger/{id}/tile/{level}/{index}", "OPAFfDdSsVvx:"),
    ("GET", "/ledger/{id}/proof", "OPAFfDdSsVvx:"),
    ("GET", "/ledger/{id}/consistency", "OPAFfDdSsVvx:"),
    ("GET", "/.well-known/carnet-keys.json", "OPAFfDdSsVvx:"),
];

/// What a role may on a route.
pub(crate) fn may(route: &Row, role: Role) -> May {
    let (any, own) = route.2.split_once(':').unwrap();
    if any.contains(letter(role)) {
        May::Any
    } else if own.contains(letter(role)) {
        May::Own
    } else {
        May::Never
    }
}

/// Routes that answer with what the asker may see, whatever is asked.
pub(crate) fn is_list(route: &Row) -> bool {
    let lists = [
        "/api/v1/venues",
        "/api/v1/api-keys",
        "/api/v1/people",
        "/api/v1/proposals",
        "/api/v1/solvency/due",
    ];
    lists.contains(&route.1)
        || (route.0 == "POST" && route.1 == "/api/v1/redemption-batches")
        || route.1 == "/api/v1/ledgers/{id}/entries"
}

/// How a route is asked about a tenant's things, by somebody of a role.
pub(crate) fn ask(route: &Row, of: &Tenant, role: Role, world: &World) -> Ask {
    let (method, template, _) = *route;
    let rest = template.strip_prefix("/api/v1/").unwrap_or(template);
    let (noun, verb) = rest.split_once("/{").map_or((rest, ""), |(noun, rest)| {
        (noun, rest.split_once('/').map_or("", |(_, verb)| verb))
    });
    let id = match noun {
        "organisations" if verb == "logo" => of.get("funder"),
        "organisations" => of.organisation(role),
        "venues" => of.get("venue"),
        "campaigns" => of.get("campaign"),
        "orders" => of.get("order"),
        "redemptions" if role == Role::Device => of.get("device-redemption"),
        "redemptions" => of.get("redemption"),
        "api-keys" => of.get("api-key"),
        "books" => of.get("book"),
        "sites" => of.get("site"),
        "proposals" => "proposal_01h455vb4pex5vsknk084sn02q",
        "memberships" => of.get("membership"),
        "people" => of.get("person"),
        "signals" => of.get("signal"),
        "blocks" if role == Role::Funder => of.get("funder-block"),
        "blocks" if role == Role::Distributor => of.get("distributor-block"),
        "blocks" => of.get("block"),
        "settlements" => of.get("settlement"),
        "payments" => of.get("payment"),
        "vouchers" => of.get("serial"),
        "ledgers" | "/ledger" => of.get("funder"),
        _ => "",
    };
    let creates = method == "PUT" && verb.is_empty();
    // Nobody asks about sessions and passkeys but whoever has them.
    let creates = creates || (method == "DELETE" && id.is_empty());
    let new = creates.then(|| new_id(noun, world)).flatten();
    let mut path = template.to_owned();
    for (name, value) in [
        ("{id}", new.as_deref().unwrap_or(id)),
        ("{token}", "0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjk"),
        ("{number}", id),
        ("{serial}", id),
        ("{structure_id}", of.get("structure")),
        ("{level}", "0"),
        ("{index}", "000"),
    ] {
        path = path.replace(name, value);
    }
    match rest {
        "settlements" => path = format!("{path}?funder_id={}", of.get("funder")),
        "orders/{id}/books.pdf" => path += "?from=1&to=1",
        "/ledger/{id}/proof" => path += "?seq=0",
        "/ledger/{id}/consistency" => path += "?from=1",
        _ => {}
    }
    (method, path, body(method, rest, of, role, world))
}

/// The id of what a route makes, where the caller names it.
fn new_id(noun: &str, world: &World) -> Option<String> {
    Some(match noun {
        "api-keys" => world.id::<ApiKey>().to_string(),
        "memberships" => world.id::<Membership>().to_string(),
        "passkeys" => world.id::<Passkey>().to_string(),
        "sessions" => world.id::<Session>().to_string(),
        "orders" => world.id::<Order>().to_string(),
        "deposits" => world.id::<Deposit>().to_string(),
        "redemptions" => world.id::<Redemption>().to_string(),
        "movements" => world.id::<Movement>().to_string(),
        "replacements" => world.id::<Replacement>().to_string(),
        "hand-overs" => world.id::<HandOver>().to_string(),
        "blocks" => world.id::<Block>().to_string(),
        "settlements" => world.id::<Settlement>().to_string(),
        "repayments" => world.id::<Repayment>().to_string(),
        "closings" => world.id::<Closing>().to_string(),
        "withdrawals" => world.id::<Withdrawal>().to_string(),
        _ => return None,
    })
}

fn body(method: &str, rest: &str, of: &Tenant, role: Role, world: &World) -> Option<Value> {
    let (amount, funder) = (json!({ "cents": 100, "currency": "EUR" }), of.get("funder"));
    let redemption = json!({
        "presented": of.get("presented"), "venue_id": of.get("venue"), "offering": OFFERING
    });
    Some(match (method, rest) {
        ("PUT", "organisations/{id}") => json!({
            "name": "Autrement", "registration": { "siret": "73282932000074" }
        }),
        ("PUT", "organisations/{id}/bank-account") => {
            json!({ "iban": "FR76 3000 6000 0112 3456 7890 189", "holder": "Nous" })
        }
        ("PUT", "api-keys/{id}") => json!({ "role": "funder", "organisation_id": funder }),
        ("PUT", "venues/{id}") => crate::registers::venues::whole(of.get("structure")),
        ("PUT", "memberships/{id}") => json!({
            "email": format!("{}@exemple.fr", world.id::<ApiKey>()), "name": "Ana",
            "role": "funder", "organisation_id": of.get("funder")
        }),
        ("PUT", "people/{id}/state") => json!({ "state": "disabled" }),
        ("POST", "sessions") => json!({ "email": "ana@exemple.fr", "password": "x" }),
        ("POST", "password-resets") => json!({ "email": "ana@exemple.fr" }),
        ("PUT", "venues/{id}/state") => {
            json!({ "state": "qualified", "vouchers_per_month": 400 })
        }
        ("PUT", "campaigns/{id}") => campaign_body(of.get("funder").parse().unwrap(), &json!({})),
        ("PUT", "orders/{id}") => json!({ "campaign_id": of.get("campaign"), "books": 1 }),
        ("PUT", "deposits/{id}") => {
            json!({ "funder_id": of.get("funder"), "amount": amount, "reference": "M" })
        }
        ("POST", "voucher-checks") => {
            json!({ "presented": of.get("presented"), "venue_id": of.get("venue") })
        }
        ("PUT", "redemptions/{id}") => redemption,
        ("POST", "redemption-batches") => {
            let mut item = redemption;
            item["id"] = json!(world.id::<Redemption>());
            json!({ "redemptions": [item] })
        }
        ("PUT", "movements/{id}") => json!({
            "first": of.get("book"), "last": of.get("book"), "to": "in_stock",
            "site_id": of.get("site")
        }),
        ("PUT", "replacements/{id}") => json!({ "book": of.get("book") }),
        ("PUT", "hand-overs/{id}") => {
            json!({ "book": of.get("cover"), "site_id": of.get("site") })
        }
        ("PUT", "blocks/{id}") => {
            let run = json!({ "first": of.get("book"), "last": of.get("book") });
            let reason = if role == Role::Distributor { "lost" } else { "misprint" };
            json!({ "target": { "books": run }, "reason": reason })
        }
        ("PUT", "settlements/{id}") => {
            json!({ "funder_id": of.get("funder"), "cut_off_on": of.get("today") })
        }
        ("PUT", "repayments/{id}") => json!({
            "funder_id": of.get("funder"), "structure_id": of.get("structure"),
            "reference": "VIR 3", "amount": amount
        }),
        ("PUT", "signals/{id}/decision") => json!({ "decision": "watched" }),
        ("PUT", "closings/{id}") => json!({ "campaign_id": of.get("campaign") }),
        ("PUT", "withdrawals/{id}") => json!({
            "funder_id": of.get("funder"), "kind": "deposit-withdrawn", "reference": "VIR 4",
            "amount": amount
        }),
        ("POST", "devices") => json!({ "pairing": "x", "secret": "x" }),
        _ => return None,
    })
}
