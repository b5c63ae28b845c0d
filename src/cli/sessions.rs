//! `carnet sessions`: sign people out, after a theft or a hole.
//!
//! Promises: says how many sessions ended; the log of the command says who did it. Does not: keep
//! anybody out (they sign in again), or end keys of programs (`carnet api-key revoke`).

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::place::Place;
use crate::base::id::{Id, Person};
use crate::server::{Opened, log};
use crate::service::people::leave::{self, Whose};
use crate::service::rotate::operator_at_the_machine;

/// End the sessions of people, who may sign in again.
#[derive(Debug, Args)]
pub struct Sessions {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// End everybody's sessions, or one person's
    End(End),
}

#[derive(Debug, Args)]
struct End {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    whose: Chosen,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Chosen {
    /// Everybody's
    #[arg(long)]
    all: bool,
    /// Those of one person, as in `GET /api/v1/people`
    #[arg(long)]
    person: Option<Id<Person>>,
}

impl Sessions {
    /// Ends them, and says how many.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let Verb::End(End { place, whose }) = self.verb;
        let config = place.load(Vec::new())?;
        log::begin(&config.log)?;
        let opened = Opened::open(&config).await?;
        let actor = operator_at_the_machine(&opened.instance).await?;
        let person = whose.person.filter(|_| !whose.all);
        let whose = person.map_or(Whose::Everybody, Whose::Person);
        let ended = leave::end_for(&opened.instance, &actor, whose).await;
        opened.close().await;
        println!("{} sessions ended.", ended?);
        Ok(())
    }
}
