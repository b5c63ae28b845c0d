//! Whether the way to a database could be somebody else's.
//!
//! Promises: judged by what the driver would do, its environment (`PGSSLMODE`) included. Does not:
//! connect.

use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::base::host;

/// The host of a database on another machine that would be asked without TLS, or without looking at
/// who answers. A socket, this machine and SQLite's file are nobody else's; an address that is none
/// is refused when it is opened.
#[must_use]
pub fn exposed(url: &str) -> Option<String> {
    if url.starts_with("sqlite:") {
        return None;
    }
    let options = PgConnectOptions::from_str(url).ok()?;
    let host = options.get_host();
    let here = options.get_socket().is_some() || host.starts_with('/') || host::is_here(host);
    let checked = matches!(options.get_ssl_mode(), PgSslMode::VerifyFull | PgSslMode::VerifyCa);
    (!here && !checked).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_could_be_anybodys_is_known_by_its_address() {
        for own in [
            "sqlite:/data/carnet.db",
            "postgres://u:hush@localhost/d",
            "postgres://u:hush@127.0.0.1:5432/d",
            "postgres://u@[::1]/d",
            "postgres:///d?host=/run/postgresql",
            "postgres://u@%2Frun%2Fpostgresql/d",
            "postgres://u@db.example/d?sslmode=verify-full",
            "postgresql://u@10.0.0.5/d?sslrootcert=/x.pem&sslmode=verify-ca",
        ] {
            assert_eq!(exposed(own), None, "{own}");
        }
        for open in [
            "postgres://u:hush@db.example/d",
            "postgres://u@db.example/d?sslmode=require",
            "postgres://u@db.example/d?sslmode=prefer&sslrootcert=/x.pem",
            "postgres://u@localhost/d?host=db.example",
        ] {
            assert_eq!(exposed(open).as_deref(), Some("db.example"), "{open}");
        }
    }
}
