//! `carnet retire`: the one way past a second person who is gone for ever.
//!
//! Promises: what the person was ends by lines that name the operator itself, which no session
//! does, so that everybody who reads the ledger sees it. Does not: erase anybody.

use super::failure::Failure;
use super::place::Place;
use crate::base::id::{Id, Person};
use crate::server::Opened;
use crate::service::people::invite;

/// End all that a person is who is gone for ever, without asking a second one.
#[derive(Debug, clap::Args)]
pub struct Retire {
    #[command(flatten)]
    place: Place,
    /// The person, as in `GET /api/v1/people`
    person: Id<Person>,
    /// Do it, knowing that the ledger will say so for ever
    #[arg(long)]
    yes: bool,
}

impl Retire {
    /// Ends it, and says how much.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let Self { place, person, yes } = self;
        if !yes {
            return Err(Failure::usage(format!(
                "from then on {person} is nothing here, nobody else is asked, and the ledger says \
                 so for ever; if that is what you want, say --yes"
            )));
        }
        let opened = Opened::open(&place.load(Vec::new())?).await?;
        let ended = invite::retire(&opened.instance, person).await;
        opened.close().await;
        println!("{person} is nothing here any more: {} ended.", ended?);
        Ok(())
    }
}
