//! `carnet import`: go on with a ledger that another operator kept.
//!
//! Promises: everything is checked before anything is written; the same call again goes on after a
//! stop. Does not: need the former operator, nor keep the funder's secrets.

use std::fs;
use std::path::{Path, PathBuf};

use super::export::bar;
use super::failure::Failure;
use super::place::Place;
use crate::domain::leaving::Wrong;
use crate::domain::takeover::Statement;
use crate::server::Opened;
use crate::service::import::{import, unseal};
use crate::service::rotate::operator_at_the_machine;

/// Take over a ledger from its export, with the funder's age identity and signed take-over.
#[derive(Debug, clap::Args)]
pub struct Import {
    #[command(flatten)]
    place: Place,
    /// The export: what `carnet export` wrote
    #[arg(value_name = "EXPORT")]
    export: PathBuf,
    /// The funder's age identity, which opens the sealed part
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The take-over that the funder signed (see `carnet sign-takeover`)
    #[arg(long, value_name = "FILE")]
    takeover: PathBuf,
}

impl From<Wrong> for Failure {
    fn from(error: Wrong) -> Self {
        Self::data(error.0)
    }
}

/// Reads a signed take-over.
pub(super) fn statement(path: &Path) -> Result<Statement, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::unread(path, &error))?;
    let wrong = |error| Failure::data(format!("{}: {error}", path.display()));
    serde_json::from_str(&text).map_err(wrong)
}

impl Import {
    /// Imports, and says what is next.
    ///
    /// # Errors
    /// [`Failure`] with the first thing that does not hold.
    pub async fn run(self) -> Result<(), Failure> {
        let statement = statement(&self.takeover)?;
        let unread = |path: &Path, error| Failure::unread(path, &error);
        let sealed = self.export.join("sealed.age");
        let bytes = fs::read(&sealed).map_err(|error| unread(&sealed, error))?;
        let identity = fs::read_to_string(&self.identity);
        let identity = identity.map_err(|error| unread(&self.identity, error))?;
        let bundle = unseal(&bytes, &identity)?;
        let config = self.place.load(Vec::new())?;
        let opened = Opened::open(&config).await?;
        let bar = bar(statement.size, "lines");
        let mut progress = |(_, line, _): (&str, i64, i64)| {
            bar.set_position(u64::try_from(line).unwrap_or_default());
        };
        let ledger = statement.ledger_id;
        let done = async {
            let actor = operator_at_the_machine(&opened.instance).await?;
            let instance = &opened.instance;
            import(instance, &actor, &self.export, bundle, statement, &mut progress).await
        };
        let done = done.await;
        bar.finish_and_clear();
        opened.close().await;
        let done = done?;
        let word = if done.fresh { "is kept here now" } else { "was taken over before" };
        println!("{ledger} {word}; line {} says so", done.seq);
        println!("Next: grant keys to the funder and its venues (carnet api-key grant)");
        Ok(())
    }
}
