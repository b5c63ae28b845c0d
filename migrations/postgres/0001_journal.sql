-- Why: the journal is the truth. Lines, checkpoints and tiles are written once, never changed and
-- never purged; everything else in this database can be rebuilt from the lines.
-- Sort of each table: journal | projection | vault | scratch (DESIGN section 5).

-- projection: the head of each ledger. Rebuilt by counting lines.
CREATE TABLE ledger (
    -- identity
    ledger_no        BIGINT NOT NULL PRIMARY KEY,
    ledger_id        TEXT COLLATE "C" NOT NULL UNIQUE,
    -- immutable: from the first line
    origin           TEXT COLLATE "C" NOT NULL,
    mode             TEXT COLLATE "C" NOT NULL,
    time_zone        TEXT COLLATE "C" NOT NULL,
    -- mutable: moves with each commit
    size             BIGINT NOT NULL,
    recorded_at      BIGINT NOT NULL
);

-- journal: the lines, byte for byte as hashed.
CREATE TABLE entry (
    ledger_no        BIGINT NOT NULL,
    seq              BIGINT NOT NULL,
    line             TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_no, seq)
);

-- journal: one signed checkpoint for each commit that touched the ledger.
CREATE TABLE checkpoint (
    ledger_no        BIGINT NOT NULL,
    size             BIGINT NOT NULL,
    note             TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_no, size)
);

-- journal: complete tiles of 256 hashes (C2SP tlog-tiles); incomplete ones are made from lines.
CREATE TABLE tile (
    ledger_no        BIGINT NOT NULL,
    level            BIGINT NOT NULL,
    number           BIGINT NOT NULL,
    hashes           TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_no, level, number)
);

-- projection: what each account has seen, as two growing counters.
CREATE TABLE account (
    ledger_no        BIGINT NOT NULL,
    account          TEXT COLLATE "C" NOT NULL,
    debits_cents     BIGINT NOT NULL,
    credits_cents    BIGINT NOT NULL,
    voucher_count    BIGINT NOT NULL,
    PRIMARY KEY (ledger_no, account)
);

-- projection: the transfers of the lines, one row each.
CREATE TABLE transfer (
    -- identity: the line, and the place in it
    ledger_no        BIGINT NOT NULL,
    seq              BIGINT NOT NULL,
    part             BIGINT NOT NULL,
    -- immutable
    debit            TEXT COLLATE "C" NOT NULL,
    credit           TEXT COLLATE "C" NOT NULL,
    cents            BIGINT NOT NULL,
    -- the line that a statement counts it with: its own, or for a reversal its redemption's
    about_seq        BIGINT NOT NULL,
    PRIMARY KEY (ledger_no, seq, part)
);

-- projection, routing: which line created what, so that a retry finds its answer.
CREATE TABLE creation (
    creation_id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    ledger_no        BIGINT NOT NULL,
    seq              BIGINT NOT NULL
);

CREATE FUNCTION journal_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the journal is never changed'; END $$;
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION journal_is_never_changed();
CREATE TRIGGER checkpoint_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
FOR EACH STATEMENT EXECUTE FUNCTION journal_is_never_changed();
CREATE TRIGGER tile_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON tile
FOR EACH STATEMENT EXECUTE FUNCTION journal_is_never_changed();
