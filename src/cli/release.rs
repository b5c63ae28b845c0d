//! `carnet release`: let a ledger go to the operator that its funder named.
//!
//! Promises: refuses when the ledger has other lines than the funder signed. Does not: delete.

use std::path::PathBuf;

use super::failure::Failure;
use super::import::statement;
use super::place::Place;
use crate::server::Opened;
use crate::service::release::release;
use crate::service::rotate::operator_at_the_machine;

/// Write the last line of a ledger that goes to another operator; afterwards it refuses writes.
#[derive(Debug, clap::Args)]
pub struct Release {
    #[command(flatten)]
    place: Place,
    /// The take-over that the funder signed
    #[arg(long, value_name = "FILE")]
    takeover: PathBuf,
}

impl Release {
    /// Releases the ledger.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let statement = statement(&self.takeover)?;
        let opened = Opened::open(&self.place.load(Vec::new())?).await?;
        let (ledger, address) = (statement.ledger_id, statement.address());
        let done = async {
            let actor = operator_at_the_machine(&opened.instance).await?;
            release(&opened.instance, &actor, statement).await
        };
        let done = done.await;
        opened.close().await;
        println!("{ledger} was released to {address}: line {} says so", done?.seq);
        println!("Next: export it once more, so that the new operator goes on after that line");
        Ok(())
    }
}
