//! Goal: the authorisation matrix. Every route of the router × every role × {own, another tenant's,
//! unknown, nobody, ended key} is asked; what a role may not do is refused, what is somebody else's
//! cannot be told from what does not exist, and no answer holds a word of another tenant.

mod devices;
mod rows;
pub(crate) mod table;
pub(crate) mod tenant;

use std::collections::BTreeSet;

use carnet::domain::access::Role;
use serde_json::Value;

use self::table::{FREE, May, TABLE, may};
use self::tenant::{Tenant, Whose};
use crate::harness::{Answer, World, on_both_engines};

/// What an answer says, whatever its status.
fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.bytes).into_owned()
}

/// What is asked: method, path, body.
pub(crate) type Ask = (&'static str, String, Option<Value>);

struct Matrix {
    world: World,
    mine: Tenant,
    theirs: Tenant,
    unknown: Tenant,
    faults: Vec<String>,
}

impl Matrix {
    fn tenant(&self, whose: Whose) -> &Tenant {
        match whose {
            Whose::Mine => &self.mine,
            Whose::Theirs => &self.theirs,
            Whose::Unknown => &self.unknown,
        }
    }

    async fn ask(&self, (method, path, body): &Ask, secret: &str) -> Answer {
        self.world.ask(method, path, secret, body.clone()).await
    }

    fn fault(&mut self, role: &str, ask: &Ask, answer: &Answer, wanted: &str) {
        let (method, path, _) = ask;
        let said: String = text(answer).chars().take(300).collect();
        self.faults
            .push(format!("{role}: {method} {path}: {wanted}, but {} {said}", answer.status));
    }

    /// Nobody, and who has lost its key, gets nothing but what is public.
    async fn strangers(&mut self, route: &table::Row, ended: &str) {
        let ask = table::ask(route, self.tenant(Whose::Mine), Role::Operator, &self.world);
        for (who, secret) in [("nobody", ""), ("an ended key", ended), ("a made-up key", "x")] {
            let answer = self.ask(&ask, secret).await;
            if FREE.contains(&(route.0, route.1)) {
                // A way in says that a password is wrong, not that a key is missing.
                if matches!(answer.status.as_u16(), 403 | 500..) {
                    self.fault(who, &ask, &answer, "public");
                }
            } else if answer.status != 401 || !text(&answer).contains("not-signed-in") {
                self.fault(who, &ask, &answer, "not signed in");
            }
        }
    }

    /// What a role must not have.
    async fn refused(&mut self, route: &table::Row, role: Role) {
        let secret = self.mine.key(role).to_owned();
        let may = may(route, role);
        if may == May::Never {
            for whose in [Whose::Mine, Whose::Theirs, Whose::Unknown] {
                let ask = table::ask(route, self.tenant(whose), role, &self.world);
                let answer = self.ask(&ask, &secret).await;
                let refused = matches!(answer.status.as_u16(), 401 | 403 | 404);
                // Where the object decides first, it must at least not be told from none.
                if !refused {
                    self.fault(role.as_str(), &ask, &answer, "never permitted");
                }
                self.leaks(role, &ask, &answer);
            }
            return;
        }
        if may == May::Own {
            let mut told = Vec::new();
            for whose in [Whose::Theirs, Whose::Unknown] {
                let ask = table::ask(route, self.tenant(whose), role, &self.world);
                let answer = self.ask(&ask, &secret).await;
                self.leaks(role, &ask, &answer);
                told.push((answer.status, self.unnamed(&text(&answer))));
                if !table::is_list(route) && (answer.status.is_success() || answer.status == 500) {
                    self.fault(role.as_str(), &ask, &answer, "not its own");
                }
            }
            if told[0] != told[1] && !table::is_list(route) {
                let why = format!("{role}: {} {}: told apart: {told:?}", route.0, route.1);
                self.faults.push(why);
            }
        }
    }

    /// What a role must have.
    async fn permitted(&mut self, route: &table::Row, role: Role) {
        if may(route, role) == May::Never || FREE.contains(&(route.0, route.1)) {
            return;
        }
        let secret = self.mine.key(role).to_owned();
        let ask = table::ask(route, &self.mine, role, &self.world);
        let answer = self.ask(&ask, &secret).await;
        if matches!(answer.status.as_u16(), 401 | 403 | 404 | 500) {
            self.fault(role.as_str(), &ask, &answer, "its own");
        }
        if may(route, role) == May::Own {
            self.leaks(role, &ask, &answer);
        }
    }

    /// A text without ids and numbers, which the two asks have different ones of.
    fn unnamed(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for tenant in [&self.theirs, &self.unknown] {
            for name in tenant.names() {
                text = text.replace(name, "…");
            }
        }
        text
    }

    /// No answer to one tenant holds a name of another, unless it was in the question.
    fn leaks(&mut self, role: Role, ask: &Ask, answer: &Answer) {
        if role.noun() == "operator" {
            return;
        }
        let (text, asked) = (text(answer), format!("{} {:?}", ask.1, ask.2));
        let found =
            self.theirs.secrets().find(|name| text.contains(*name) && !asked.contains(*name));
        if let Some(name) = found {
            self.faults.push(format!("{role}: {} {}: {name} of another tenant", ask.0, ask.1));
        }
    }
}

/// Every route of the document, which the router itself made.
async fn described(world: &World) -> BTreeSet<(String, String)> {
    let document = world.get("/openapi.json", "").await.json();
    let paths = document["paths"].as_object().unwrap();
    let mut all = BTreeSet::new();
    for (path, item) in paths {
        for method in ["get", "put", "post", "delete"] {
            if item.get(method).is_some() {
                all.insert((method.to_uppercase(), path.clone()));
            }
        }
    }
    all
}

async fn nobody_reaches_beyond_its_rights(world: World) {
    let listed: BTreeSet<_> =
        TABLE.iter().map(|row| (row.0.to_owned(), row.1.to_owned())).collect();
    assert_eq!(listed, described(&world).await, "tests/it/rights/table.rs has every route");
    let mine = Tenant::lived(&world).await;
    let theirs = Tenant::lived(&world).await;
    let unknown = mine.unknown(&world);
    let ended = tenant::ended_key(&world).await;
    let mut matrix = Matrix { world, mine, theirs, unknown, faults: Vec::new() };
    for route in TABLE {
        matrix.strangers(route, &ended).await;
        for role in Role::ALL {
            matrix.refused(route, role).await;
        }
    }
    // Nothing above was allowed to change anything.
    crate::audit::holds(&matrix.world).await;
    for route in TABLE {
        for role in Role::ALL {
            matrix.permitted(route, role).await;
        }
    }
    crate::audit::holds(&matrix.world).await;
    assert!(
        matrix.faults.is_empty(),
        "{} leaks:\n{}",
        matrix.faults.len(),
        matrix.faults.join("\n")
    );
}

on_both_engines!(nobody_reaches_beyond_its_rights);
