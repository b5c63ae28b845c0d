-- Why: who takes part. Each row is the newest version of a register; every version is a line.

-- projection: organisations, from the operator's ledger.
CREATE TABLE organisation (
    organisation_id  TEXT NOT NULL PRIMARY KEY,
    seq              INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    name             TEXT NOT NULL,
    body             TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- projection: sites of distributors, so that a site finds its distributor.
CREATE TABLE site (
    site_id          TEXT NOT NULL PRIMARY KEY,
    organisation_id  TEXT NOT NULL,
    name             TEXT NOT NULL,
    commune          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- projection: venues, from the operator's ledger.
CREATE TABLE venue (
    venue_id         TEXT NOT NULL PRIMARY KEY,
    seq              INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    structure_id     TEXT NOT NULL,
    name             TEXT NOT NULL,
    state            TEXT NOT NULL,
    body             TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- projection: the venues that a funder's ledger has its own line for. `venue_no` is the seq of the
-- first such line: dense, local and the same when rebuilt.
CREATE TABLE admission (
    ledger_no        INTEGER NOT NULL,
    venue_no         INTEGER NOT NULL,
    venue_id         TEXT NOT NULL,
    structure_id     TEXT NOT NULL,
    seq              INTEGER NOT NULL,
    body             TEXT NOT NULL,
    PRIMARY KEY (ledger_no, venue_no),
    UNIQUE (ledger_no, venue_id)
) STRICT;

-- projection: campaigns. `campaign_no` is the seq of the first line.
CREATE TABLE campaign (
    ledger_no        INTEGER NOT NULL,
    campaign_no      INTEGER NOT NULL,
    campaign_id      TEXT NOT NULL,
    seq              INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    body             TEXT NOT NULL,
    lapsed_seq       INTEGER,
    PRIMARY KEY (ledger_no, campaign_no),
    UNIQUE (ledger_no, campaign_id)
) STRICT;

-- projection: programs' keys, as their lines granted them. The secret is stored hashed.
CREATE TABLE api_key (
    api_key_id       TEXT NOT NULL PRIMARY KEY,
    seq              INTEGER NOT NULL,
    secret_hash      TEXT NOT NULL UNIQUE,
    role             TEXT NOT NULL,
    organisation_id  TEXT NOT NULL,
    venue_id         TEXT,
    revoked_at       INTEGER
) STRICT, WITHOUT ROWID;

-- projection: public halves of the keys that sign vouchers.
CREATE TABLE voucher_key (
    issuer_id        TEXT NOT NULL,
    key_no           INTEGER NOT NULL,
    public_key       TEXT NOT NULL,
    not_before       INTEGER NOT NULL,
    not_after        INTEGER NOT NULL,
    revoked_at       INTEGER,
    PRIMARY KEY (issuer_id, key_no, public_key)
) STRICT, WITHOUT ROWID;

-- vault: bank accounts. The journal holds a salted hash; erase the salt and it says nothing.
CREATE TABLE bank_account (
    owner_id         TEXT NOT NULL,
    version          INTEGER NOT NULL,
    iban             TEXT NOT NULL,
    holder           TEXT NOT NULL,
    salt             TEXT NOT NULL,
    hash             TEXT NOT NULL,
    PRIMARY KEY (owner_id, version)
) STRICT, WITHOUT ROWID;

-- vault: logos that funders print on their books; the line holds the hash.
CREATE TABLE logo (
    owner_id         TEXT NOT NULL,
    version          INTEGER NOT NULL,
    hash             TEXT NOT NULL,
    content          TEXT NOT NULL,
    PRIMARY KEY (owner_id, version)
) STRICT, WITHOUT ROWID;
