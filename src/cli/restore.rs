//! `carnet restore`: what to do with an older copy of the database, step by step.
//!
//! Promises: says ledger by ledger what is missing and since when; puts back what exports hold;
//! says who has to accept the rest, and what that means. Does not: forget a checkpoint that was
//! kept, or let anything be served before.

use std::path::PathBuf;

use super::failure::Failure;
use super::place::Place;
use super::table;
use crate::server::Opened;
use crate::service::Instance;
use crate::service::audit::{Outside, tails};
use crate::service::restore::{self, Missing, put_back};
use crate::service::rotate::operator_at_the_machine;

/// What it means to go on without what is missing.
pub(super) const CONSEQUENCE: &str = "\
To go on without these lines is for ever, and in public: a line in the operator's ledger and one in
each funder's name what was acknowledged and what was found. Whoever holds a receipt of a lost line
still proves what it is owed, and you owe it. Witnesses that saw the longer history never co-sign
this one: only a take-over of the ledger by another operator, or the lines themselves, mend that.
The checkpoints that were kept stay where they are.";

/// Bring an older copy of the database up to what was acknowledged, or say what is lost.
#[derive(Debug, clap::Args)]
pub struct Restore {
    #[command(flatten)]
    place: Place,
    /// An export that holds lines which are missing (what `carnet export` wrote); may be repeated
    #[arg(long, value_name = "DIR")]
    export: Vec<PathBuf>,
    /// Go on without what is still missing, where one person decides alone
    #[arg(long)]
    accept: bool,
}

impl Restore {
    /// Says what is missing, puts back what it can, and says what is next.
    ///
    /// # Errors
    /// [`Failure`]; a temporary one while something is missing.
    pub async fn run(self) -> Result<(), Failure> {
        let config = self.place.load(Vec::new())?;
        let opened = Opened::open(&config).await?;
        let outside = Outside::at(&config.audit.checkpoints);
        let done = self.restore(&opened.instance, &outside).await;
        opened.close().await;
        done
    }

    async fn restore(&self, instance: &Instance, outside: &Outside) -> Result<(), Failure> {
        let wrong = tails(&instance.database, &instance.keys).await?;
        if let Some(first) = wrong.first() {
            return Err(Failure::data(format!("{first}: this copy does not hold by itself")));
        }
        let missing = restore::missing(instance, outside).await?;
        tell(&missing);
        if missing.is_empty() && self.export.is_empty() {
            return Ok(());
        }
        let tips: Vec<_> =
            missing.iter().map(|it| (it.loss.ledger_id.to_string(), it.loss.remembered)).collect();
        for dir in &self.export {
            let back = put_back(instance, dir, &tips).await?;
            println!("{}: {} lines are back; it has {}", dir.display(), back.lines, back.size);
        }
        let left = restore::missing(instance, outside).await?;
        if left.is_empty() {
            println!("Everything that was acknowledged is there. Next: carnet audit, carnet serve");
            return Ok(());
        }
        if !self.export.is_empty() {
            tell(&left);
        }
        println!("\n{CONSEQUENCE}\n");
        if self.accept {
            let actor = operator_at_the_machine(instance).await?;
            restore::hold(instance, outside).await?;
            restore::accept(instance, &actor).await?;
            println!("Accepted. Next: carnet audit, carnet serve");
            return Ok(());
        }
        Err(Failure::later(
            "lines are missing: bring an export that holds them (--export), or a newer copy; else \
             let two people accept it (carnet serve --held), or one where there is only one \
             (--accept)",
        ))
    }
}

/// Says what is missing, ledger by ledger.
pub(super) fn tell(missing: &[Missing]) {
    if missing.is_empty() {
        println!("Nothing that was acknowledged is missing.");
        return;
    }
    let row = |it: &Missing| {
        let lines = if it.is_forked { "others".to_owned() } else { it.lines().to_string() };
        let since = it.last_at.map_or_else(|| "all".to_owned(), |at| at.to_string());
        [
            it.loss.ledger_id.to_string(),
            it.loss.remembered.size.to_string(),
            it.loss.found.size.to_string(),
            lines,
            since,
        ]
    };
    let rows: Vec<[String; 5]> = missing.iter().map(row).collect();
    table::print(["ledger", "acknowledged", "found", "missing", "since"], &rows);
}
