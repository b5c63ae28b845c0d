-- Why: who takes part. Each row is the newest version of a register; every version is a line.

-- projection: organisations, from the operator's ledger.
CREATE TABLE organisation (
    organisation_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq              BIGINT NOT NULL,
    version          BIGINT NOT NULL,
    name             TEXT COLLATE "C" NOT NULL,
    body             TEXT COLLATE "C" NOT NULL
);

-- projection: sites of distributors, so that a site finds its distributor.
CREATE TABLE site (
    site_id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organisation_id  TEXT COLLATE "C" NOT NULL,
    name             TEXT COLLATE "C" NOT NULL,
    commune          TEXT COLLATE "C" NOT NULL
);

-- projection: venues, from the operator's ledger.
CREATE TABLE venue (
    venue_id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq              BIGINT NOT NULL,
    version          BIGINT NOT NULL,
    structure_id     TEXT COLLATE "C" NOT NULL,
    name             TEXT COLLATE "C" NOT NULL,
    state            TEXT COLLATE "C" NOT NULL,
    body             TEXT COLLATE "C" NOT NULL
);

-- projection: the venues that a funder's ledger has its own line for. `venue_no` is the seq of the
-- first such line: dense, local and the same when rebuilt.
CREATE TABLE admission (
    ledger_no        BIGINT NOT NULL,
    venue_no         BIGINT NOT NULL,
    venue_id         TEXT COLLATE "C" NOT NULL,
    structure_id     TEXT COLLATE "C" NOT NULL,
    seq              BIGINT NOT NULL,
    body             TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_no, venue_no),
    UNIQUE (ledger_no, venue_id)
);

-- projection: campaigns. `campaign_no` is the seq of the first line.
CREATE TABLE campaign (
    ledger_no        BIGINT NOT NULL,
    campaign_no      BIGINT NOT NULL,
    campaign_id      TEXT COLLATE "C" NOT NULL,
    seq              BIGINT NOT NULL,
    version          BIGINT NOT NULL,
    body             TEXT COLLATE "C" NOT NULL,
    lapsed_seq       BIGINT,
    PRIMARY KEY (ledger_no, campaign_no),
    UNIQUE (ledger_no, campaign_id)
);

-- projection: programs' keys, as their lines granted them. The secret is stored hashed.
CREATE TABLE api_key (
    api_key_id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq              BIGINT NOT NULL,
    secret_hash      TEXT COLLATE "C" NOT NULL UNIQUE,
    role             TEXT COLLATE "C" NOT NULL,
    organisation_id  TEXT COLLATE "C" NOT NULL,
    venue_id         TEXT COLLATE "C",
    revoked_at       BIGINT
);

-- projection: public halves of the keys that sign vouchers.
CREATE TABLE voucher_key (
    issuer_id        TEXT COLLATE "C" NOT NULL,
    key_no           BIGINT NOT NULL,
    public_key       TEXT COLLATE "C" NOT NULL,
    not_before       BIGINT NOT NULL,
    not_after        BIGINT NOT NULL,
    revoked_at       BIGINT,
    PRIMARY KEY (issuer_id, key_no, public_key)
);

-- vault: bank accounts. The journal holds a salted hash; erase the salt and it says nothing.
CREATE TABLE bank_account (
    owner_id         TEXT COLLATE "C" NOT NULL,
    version          BIGINT NOT NULL,
    iban             TEXT COLLATE "C" NOT NULL,
    holder           TEXT COLLATE "C" NOT NULL,
    salt             TEXT COLLATE "C" NOT NULL,
    hash             TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (owner_id, version)
);

-- vault: logos that funders print on their books; the line holds the hash.
CREATE TABLE logo (
    owner_id         TEXT COLLATE "C" NOT NULL,
    version          BIGINT NOT NULL,
    hash             TEXT COLLATE "C" NOT NULL,
    content          TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (owner_id, version)
);
