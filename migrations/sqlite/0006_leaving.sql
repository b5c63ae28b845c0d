-- Why: a ledger can leave one operator and go on with another.

-- projection: the keys that sign a ledger's checkpoints, each from a size on: the first from its
-- first line, another from each take-over. An origin stays, its key changes.
CREATE TABLE log_key (
    ledger_no        INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    vkey             TEXT NOT NULL,
    PRIMARY KEY (ledger_no, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO log_key (ledger_no, seq, vkey)
SELECT ledger_no, seq, line ->> '$.body.log_key' FROM entry WHERE seq = 0;

-- projection: ledgers that went to another operator, and where.
CREATE TABLE ledger_release (
    ledger_no        INTEGER NOT NULL PRIMARY KEY,
    seq              INTEGER NOT NULL,
    address          TEXT NOT NULL
) STRICT;

-- scratch: how far the import of a ledger is. Its rows are seen once the ledger has its own row.
CREATE TABLE ledger_import (
    ledger_id        TEXT NOT NULL PRIMARY KEY,
    ledger_no        INTEGER NOT NULL UNIQUE,
    size             INTEGER NOT NULL,
    root             TEXT NOT NULL,
    next_seq         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
