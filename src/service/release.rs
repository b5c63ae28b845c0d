//! Releasing a ledger: the former operator's last line, after which it writes no more.
//!
//! Promises: only over exactly the lines that the funder signed, so that nothing is lost between
//! two operators. Does not: delete anything; what was written can be read and proved for ever.

use async_trait::async_trait;

use super::error::Error;
use super::instance::Instance;
use super::writer::desk::{Decided, Desk, Draft, OPERATOR_LEDGER};
use super::writer::{Done, Write, fact_at};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::Fact;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::takeover::{LedgerReleased, Statement};
use crate::store;

struct Release {
    actor: Actor,
    statement: Statement,
}

#[async_trait]
impl Write for Release {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::RotateKey, &Owner::NOBODY)?;
        let Statement { ledger_id, size, root, former_log_key, .. } = &self.statement;
        let no = desk.ledger(*ledger_id).await?;
        if let Some(known) = desk.created(format!("{ledger_id}/released/{size}")).await? {
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(&fact, Fact::LedgerReleased(body)
                if body.statement == self.statement);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        let (_, Fact::LedgerOpened(opened)) = fact_at(&mut desk.tx, no, 0).await? else {
            return Err(Error::Fault(format!("ledger {no} is not opened")));
        };
        let invalid = |why: String| Refusal::invalid("", why);
        let verified = self.statement.verify(*ledger_id, &opened);
        verified.map_err(|error| invalid(error.to_string()))?;
        let head = desk.head(no)?;
        if (head.row.size, head.edge.root()) != (*size, *root) {
            let detail = "the ledger has other lines than the take-over: export it again, let the \
                          funder sign again";
            return Err(invalid(detail.to_owned()).into());
        }
        let keys = store::leaving::log_keys(&mut desk.tx).await?;
        let own = keys.iter().rfind(|(ledger, ..)| *ledger == OPERATOR_LEDGER);
        if own.is_none_or(|(_, _, vkey)| *vkey != former_log_key.to_string()) {
            return Err(invalid("the take-over names another former operator".to_owned()).into());
        }
        let (address, statement) = (self.statement.address(), self.statement.clone());
        let fact = LedgerReleased { address, statement };
        Ok(Draft::new(no, self.actor.id, ledger_id.any(), fact).into())
    }
}

/// Lets a ledger go to the operator that its funder named.
///
/// # Errors
/// `invalid-request` when the statement is not the funder's, or over other lines.
pub async fn release(
    instance: &Instance,
    actor: &Actor,
    statement: Statement,
) -> Result<Done, Error> {
    instance.door.write(Release { actor: *actor, statement }).await
}
