-- Why: a ledger can leave one operator and go on with another.

-- projection: the keys that sign a ledger's checkpoints, each from a size on: the first from its
-- first line, another from each take-over. An origin stays, its key changes.
CREATE TABLE log_key (
    ledger_no        BIGINT NOT NULL,
    seq              BIGINT NOT NULL,
    vkey             TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_no, seq)
);

INSERT INTO log_key (ledger_no, seq, vkey)
SELECT ledger_no, seq, CAST(line AS json) -> 'body' ->> 'log_key' FROM entry WHERE seq = 0;

-- projection: ledgers that went to another operator, and where.
CREATE TABLE ledger_release (
    ledger_no        BIGINT NOT NULL PRIMARY KEY,
    seq              BIGINT NOT NULL,
    address          TEXT COLLATE "C" NOT NULL
);

-- scratch: how far the import of a ledger is. Its rows are seen once the ledger has its own row.
CREATE TABLE ledger_import (
    ledger_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    ledger_no        BIGINT NOT NULL UNIQUE,
    size             BIGINT NOT NULL,
    root             TEXT COLLATE "C" NOT NULL,
    next_seq         BIGINT NOT NULL
);
