//! The instance: what every verb needs at hand.
//!
//! Promises: what is remembered of keys and routes follows the operator's ledger. Does not: run
//! anything by itself (see [`super::writer::Writer::run`]).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::audit;
use super::directory;
use super::error::Error;
use super::keys::Keys;
use super::limit::Limiter;
use super::mail::Post;
use super::people::Choices;
use super::people::breach::Breaches;
use super::people::openid::OpenId;
use super::people::password::Passwords;
use super::refused::Refusals;
use super::restore::Held;
use super::sign_in::{FRESH_SECONDS, SignIns};
use super::signer::Signer;
use super::solvency::Remembered;
use super::writer::desk::OPERATOR_LEDGER;
use super::writer::{Door, Writer};
use crate::base::clock::{Clock, Timestamp};
use crate::base::day::Zone;
use crate::base::entropy::Entropy;
use crate::base::id::{Id, Structure, Venue};
use crate::domain::access::Actor;
use crate::domain::keyring::{Keyring, Revoked};
use crate::domain::organisation::OrganisationId;
use crate::domain::proposal::Terms;
use crate::domain::quota::Quotas;
use crate::domain::signal::Thresholds;
use crate::store::ledger::HeadRow;
use crate::store::{self, Database, Tx};

/// Runs of book numbers: by issuer and first number, the last number and the ledger.
type Routes = BTreeMap<(OrganisationId, u32), (u32, i64)>;

/// Who answers for the public site; each empty where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Legal {
    /// Who publishes it.
    pub publisher: String,
    /// Where that is.
    pub address: String,
    /// Who is responsible for the publication.
    pub director: String,
    /// Who runs the machines, and where.
    pub hosting: String,
    /// How it is reached.
    pub contact: String,
}

/// What an installation chooses.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The public host, without scheme: in origins, tokens and covers.
    pub host: String,
    /// Where venues are listed, printed on the covers.
    pub help_line: String,
    /// What becomes of vouchers whose key was revoked.
    pub revoked: Revoked,
    /// How people sign in.
    pub people: Choices,
    /// How letters leave; without it links are shown to who asks for them.
    pub post: Option<Post>,
    /// What two people decide, and how long it waits.
    pub two_people: Terms,
    /// Where people may sign in too.
    pub openid: Option<Arc<OpenId>>,
    /// Lists of stolen passwords, which nobody chooses from.
    pub breaches: Option<Arc<Breaches>>,
    /// How much one caller, or one address, may ask.
    pub quotas: Quotas,
    /// From when on something is a signal.
    pub signals: Thresholds,
    /// What the legal notice says.
    pub legal: Legal,
}

/// An open instance.
#[derive(Debug)]
pub struct Instance {
    /// The database, for reading.
    pub database: Database,
    /// The way in for writes.
    pub door: Door,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Private keys: those of logs and tags.
    pub keys: Arc<Keys>,
    /// Who has the other ones.
    pub signer: Signer,
    /// What the installation chose.
    pub settings: Settings,
    /// Who asked how much lately.
    pub limiter: Limiter,
    /// What keeps it from serving, when it lacks what was acknowledged.
    pub(super) held: OnceLock<Held>,
    /// What was refused lately.
    pub(super) refusals: Refusals,
    /// Who signed in lately.
    pub(super) sign_ins: SignIns,
    /// Passwords, a few at a time.
    pub(super) passwords: Passwords,
    /// What was last said of solvency.
    pub(super) solvency: Remembered,
    /// The venues as they were last read.
    pub(super) directory: directory::Remembered,
    /// What the last audit of this process said.
    pub(super) audited: audit::Remembered,
    ring: RwLock<Option<(i64, Timestamp, Arc<Keyring>)>>,
    routes: RwLock<Routes>,
    structures: RwLock<HashMap<Id<Venue>, Id<Structure>>>,
}

impl Instance {
    /// An instance and the writer that must be run for it.
    #[must_use]
    pub fn new(
        database: Database,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        keys: Arc<Keys>,
        signer: Signer,
        settings: Settings,
    ) -> (Self, Writer) {
        let senses = (clock.clone(), entropy.clone());
        let (writer, door) =
            Writer::new(database.clone(), senses, keys.clone(), settings.two_people);
        let passwords = Passwords::new(&settings.people.cost);
        let limiter = Limiter::new(settings.quotas);
        let instance = Self {
            limiter,
            held: OnceLock::new(),
            refusals: Refusals::default(),
            database,
            door,
            clock,
            entropy,
            keys,
            signer,
            settings,
            passwords,
            sign_ins: SignIns::default(),
            solvency: Remembered::default(),
            directory: directory::Remembered::default(),
            audited: audit::Remembered::default(),
            ring: RwLock::new(None),
            routes: RwLock::new(BTreeMap::new()),
            structures: RwLock::new(HashMap::new()),
        };
        (instance, writer)
    }

    /// Whether it lacks what was acknowledged, and answers those alone who decide on that.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.held.get().is_some()
    }

    /// A transaction that reads for somebody: see [`Database::read_as`].
    ///
    /// # Errors
    /// [`Error`].
    pub async fn read_as(&self, actor: &Actor) -> Result<Tx, Error> {
        Ok(self.database.read_as(actor.tenant().as_ref()).await?)
    }

    /// The operator.
    ///
    /// # Errors
    /// [`Error::Fault`] when the instance was not founded.
    pub async fn operator(&self) -> Result<OrganisationId, Error> {
        self.head().await?.ledger_id.parse().map_err(|_| unfounded())
    }

    /// The time zone of the operator: moments that belong to no ledger are told in it.
    ///
    /// # Errors
    /// [`Error::Fault`] when the instance was not founded.
    pub async fn zone(&self) -> Result<Zone, Error> {
        Ok(self.head().await?.zone()?)
    }

    /// The head of the operator's ledger.
    async fn head(&self) -> Result<HeadRow, Error> {
        let mut tx = self.database.read().await?;
        let heads = store::ledger::heads(&mut tx, &[OPERATOR_LEDGER]).await?;
        heads.into_iter().next().ok_or_else(unfounded)
    }

    /// The public keys that verify vouchers, as the operator's ledger has them now.
    ///
    /// Remembered for [`FRESH_SECONDS`] at most: another process may add or revoke a key, and a
    /// token that this one holds for forged never reaches the writer, which would notice.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn keyring(&self) -> Result<Arc<Keyring>, Error> {
        let (seen, now) = (self.door.operator_size(), self.clock.now());
        let cached = self.ring.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, since, ring)) = cached
            && at == seen
            && since <= now
            && now < since.plus_seconds(FRESH_SECONDS)
        {
            return Ok(ring);
        }
        let mut tx = self.database.read().await?;
        let records = store::access::voucher_keys(&mut tx).await?;
        let ring = Arc::new(Keyring::new(records, self.settings.revoked));
        let remembered = Some((seen, now, ring.clone()));
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = remembered;
        Ok(ring)
    }

    /// The ledger that holds a book; `None` when no ledger does.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ledger_of(&self, issuer: OrganisationId, book: u32) -> Result<Option<i64>, Error> {
        if let Some(found) = self.route(issuer, book) {
            return Ok(Some(found));
        }
        let mut tx = self.database.read().await?;
        let rows = store::book::routes(&mut tx, -1).await?;
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            let numbers = (u32::try_from(row.first_no), u32::try_from(row.last_no));
            if let (Ok(issuer), (Ok(first), Ok(last))) = (row.issuer_id.parse(), numbers) {
                routes.insert((issuer, first), (last, row.ledger_no));
            }
        }
        drop(routes);
        Ok(self.route(issuer, book))
    }

    /// The ledger that holds a book of which only the number is known: our own book, else the one
    /// that came with a ledger taken over; `None` when there is none, or two came.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ledger_of_number(&self, book: u32) -> Result<Option<i64>, Error> {
        let own = self.operator().await?;
        if let Some(found) = self.ledger_of(own, book).await? {
            return Ok(Some(found));
        }
        let mut tx = self.database.read().await?;
        match store::leaving::of_number(&mut tx, book).await?.as_slice() {
            [(ledger_no, _)] => Ok(Some(*ledger_no)),
            _ => Ok(None),
        }
    }

    /// The structure of a venue, which never changes; `None` when there is no such venue.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn structure_of(&self, venue: Id<Venue>) -> Result<Option<Id<Structure>>, Error> {
        let known = {
            let structures = self.structures.read().unwrap_or_else(PoisonError::into_inner);
            structures.get(&venue).copied()
        };
        if known.is_some() {
            return Ok(known);
        }
        let mut tx = self.database.read().await?;
        let Some(row) = store::venue::find(&mut tx, venue).await? else { return Ok(None) };
        let structure = row.profile()?.structure_id;
        let mut structures = self.structures.write().unwrap_or_else(PoisonError::into_inner);
        structures.insert(venue, structure);
        Ok(Some(structure))
    }

    fn route(&self, issuer: OrganisationId, book: u32) -> Option<i64> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let (found, (last, ledger_no)) = routes.range(..=(issuer, book)).next_back()?;
        (found.0 == issuer && book <= *last).then_some(*ledger_no)
    }
}

/// What is told before there is an operator.
fn unfounded() -> Error {
    Error::Fault("no operator: run `carnet init` first".to_owned())
}
