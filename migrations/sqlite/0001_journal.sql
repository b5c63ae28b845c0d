-- Why: the journal is the truth. Lines, checkpoints and tiles are written once, never changed and
-- never purged; everything else in this database can be rebuilt from the lines.
-- Sort of each table: journal | projection | vault | scratch (DESIGN section 5).

-- projection: the head of each ledger. Rebuilt by counting lines.
CREATE TABLE ledger (
    -- identity
    ledger_no        INTEGER NOT NULL PRIMARY KEY,
    ledger_id        TEXT NOT NULL UNIQUE,
    -- immutable: from the first line
    origin           TEXT NOT NULL,
    mode             TEXT NOT NULL,
    time_zone        TEXT NOT NULL,
    -- mutable: moves with each commit
    size             INTEGER NOT NULL,
    recorded_at      INTEGER NOT NULL
) STRICT;

-- journal: the lines, byte for byte as hashed.
CREATE TABLE entry (
    ledger_no        INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    line             TEXT NOT NULL,
    PRIMARY KEY (ledger_no, seq)
) STRICT, WITHOUT ROWID;

-- journal: one signed checkpoint for each commit that touched the ledger.
CREATE TABLE checkpoint (
    ledger_no        INTEGER NOT NULL,
    size             INTEGER NOT NULL,
    note             TEXT NOT NULL,
    PRIMARY KEY (ledger_no, size)
) STRICT, WITHOUT ROWID;

-- journal: complete tiles of 256 hashes (C2SP tlog-tiles); incomplete ones are made from lines.
CREATE TABLE tile (
    ledger_no        INTEGER NOT NULL,
    level            INTEGER NOT NULL,
    number           INTEGER NOT NULL,
    hashes           TEXT NOT NULL,
    PRIMARY KEY (ledger_no, level, number)
) STRICT;

-- projection: what each account has seen, as two growing counters.
CREATE TABLE account (
    ledger_no        INTEGER NOT NULL,
    account          TEXT NOT NULL,
    debits_cents     INTEGER NOT NULL,
    credits_cents    INTEGER NOT NULL,
    voucher_count    INTEGER NOT NULL,
    PRIMARY KEY (ledger_no, account)
) STRICT, WITHOUT ROWID;

-- projection: the transfers of the lines, one row each.
CREATE TABLE transfer (
    -- identity: the line, and the place in it
    ledger_no        INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    part             INTEGER NOT NULL,
    -- immutable
    debit            TEXT NOT NULL,
    credit           TEXT NOT NULL,
    cents            INTEGER NOT NULL,
    -- the line that a statement counts it with: its own, or for a reversal its redemption's
    about_seq        INTEGER NOT NULL,
    PRIMARY KEY (ledger_no, seq, part)
) STRICT, WITHOUT ROWID;

-- projection, routing: which line created what, so that a retry finds its answer.
CREATE TABLE creation (
    creation_id      TEXT NOT NULL PRIMARY KEY,
    ledger_no        INTEGER NOT NULL,
    seq              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER entry_is_never_updated BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER checkpoint_is_never_updated BEFORE UPDATE ON checkpoint
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER checkpoint_is_never_deleted BEFORE DELETE ON checkpoint
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER tile_is_never_updated BEFORE UPDATE ON tile
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER tile_is_never_deleted BEFORE DELETE ON tile
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
