//! Goal: PostgreSQL's row-level security alone keeps tenants apart. With the program's own rule
//! switched off (`planted.rs` runs this test again with `tenants-not-asked`) no answer to a tenant
//! holds a word of another, and a tenant still reads all that is its own.

use carnet::base::planted;
use carnet::domain::access::Role;

use super::table::{self, FREE, May, TABLE, may};
use super::tenant::Tenant;
use super::text;
use crate::doctor::Installed;
use crate::harness::{Engine, World, run};

/// What tenants read of another's things, and what of their own they cannot read.
async fn asked(world: &World) -> (Vec<String>, Vec<String>) {
    let (mine, theirs) = (Tenant::lived(world).await, Tenant::lived(world).await);
    let (mut leaks, mut hidden) = (Vec::new(), Vec::new());
    let reads = TABLE.iter().filter(|row| row.0 == "GET" && !FREE.contains(&(row.0, row.1)));
    for route in reads {
        for role in Role::ALL.into_iter().filter(|role| role.noun() != "operator") {
            let secret = mine.key(role);
            let (method, path, body) = table::ask(route, &theirs, role, world);
            let answer = world.ask(method, &path, secret, body.clone()).await;
            let (said, asked) = (text(&answer), format!("{path} {body:?}"));
            if let Some(name) =
                theirs.secrets().find(|name| said.contains(*name) && !asked.contains(*name))
            {
                leaks.push(format!("{role}: {method} {path}: {name}"));
            }
            if may(route, role) == May::Own {
                let (method, path, body) = table::ask(route, &mine, role, world);
                let answer = world.ask(method, &path, secret, body).await;
                if !answer.status.is_success() {
                    hidden.push(format!("{role}: {method} {path}: {}", text(&answer)));
                }
            }
        }
    }
    (leaks, hidden)
}

#[test]
fn row_security_alone_keeps_tenants_apart() {
    run(Engine::Postgres, async |bare: World| {
        let installed = Installed::new().await;
        let world = installed.world().await;
        let (leaks, hidden) = asked(&world).await;
        assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
        assert!(hidden.is_empty(), "{} hidden:\n{}", hidden.len(), hidden.join("\n"));
        crate::audit::holds(&world).await;
        installed.clear(&world).await;
        // Without the policies and without the rule there is nothing left that keeps them apart.
        if planted::is("tenants-not-asked") {
            let (leaks, _) = asked(&bare).await;
            assert!(leaks.len() > 10, "nothing leaks when nothing keeps: {leaks:?}");
        }
    });
}
