//! Uses: when each key was last used.
//!
//! Promises: a request waits for nothing; all keys together cost one small write a minute; what is
//! not written yet is in the list already. Does not: say what a key was used for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::base::clock::Timestamp;
use crate::base::id::AnyId;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::jot::Jot;
use crate::store::{self, Tx};

/// How often uses are written down, in seconds.
const EVERY: i64 = 60;

/// Uses that were not written down yet, and when that was done last.
#[derive(Debug)]
pub(super) struct Uses(Mutex<(HashMap<AnyId, Timestamp>, Timestamp)>);

impl Default for Uses {
    fn default() -> Self {
        Self(Mutex::new((HashMap::new(), Timestamp::from_millis(0))))
    }
}

impl Uses {
    /// Notes that a key was used; called once a second and key at most.
    pub(super) fn note(&self, key: AnyId, now: Timestamp) {
        self.lock().0.insert(key, now);
    }

    fn lock(&self) -> MutexGuard<'_, (HashMap<AnyId, Timestamp>, Timestamp)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When keys were last used: as it is written down, or later than that.
    pub(super) async fn all(&self, tx: &mut Tx) -> Result<HashMap<AnyId, Timestamp>, Error> {
        let mut all = store::access::uses(tx).await?;
        for (key, at) in &self.lock().0 {
            let known = all.entry(*key).or_insert(*at);
            *known = (*known).max(*at);
        }
        Ok(all)
    }
}

struct Keep(Vec<(AnyId, Timestamp)>);

#[async_trait]
impl Jot for Keep {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        Ok(store::access::keep_uses(tx, &self.0).await?)
    }
}

/// Writes down which keys were used, when a minute has passed since the last time, or at once.
///
/// # Errors
/// [`Error`], as for any write; the next time tries again.
pub async fn keep(instance: &Instance, at_once: bool) -> Result<usize, Error> {
    let now = instance.clock.now();
    let uses: Vec<(AnyId, Timestamp)> = {
        let mut memory = instance.sign_ins.uses.lock();
        let due = now >= memory.1.plus_seconds(EVERY) || now < memory.1;
        if memory.0.is_empty() || !(due || at_once) {
            return Ok(0);
        }
        memory.1 = now;
        memory.0.drain().collect()
    };
    let count = uses.len();
    if let Err(error) = instance.door.jot(Keep(uses.clone())).await {
        let mut memory = instance.sign_ins.uses.lock();
        for (key, at) in uses {
            memory.0.entry(key).or_insert(at);
        }
        return Err(error);
    }
    Ok(count)
}
