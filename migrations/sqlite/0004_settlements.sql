-- Why: what a funder owes structures, and what the bank did about it.

-- projection: settlements. `drawn_seq` is the line that completes it; until then it is invisible.
CREATE TABLE settlement (
    -- identity
    ledger_no        INTEGER NOT NULL,
    settlement_id    TEXT NOT NULL,
    -- immutable
    opened_seq       INTEGER NOT NULL,
    cut_off_on       TEXT NOT NULL,
    cut_off_seq      INTEGER NOT NULL,
    -- mutable
    state            TEXT NOT NULL,
    drawn_seq        INTEGER,
    decided_seq      INTEGER,
    payment_count    INTEGER NOT NULL,
    total_cents      INTEGER NOT NULL,
    PRIMARY KEY (ledger_no, settlement_id)
) STRICT, WITHOUT ROWID;

-- projection: payments.
CREATE TABLE payment (
    -- identity
    ledger_no        INTEGER NOT NULL,
    payment_id       TEXT NOT NULL,
    -- immutable
    settlement_id    TEXT NOT NULL,
    structure_id     TEXT NOT NULL,
    cents            INTEGER NOT NULL,
    opening_cents    INTEGER NOT NULL,
    drawn_seq        INTEGER NOT NULL,
    -- mutable: drawn, approved, confirmed, rejected, cancelled
    state            TEXT NOT NULL,
    PRIMARY KEY (ledger_no, payment_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX payment_by_settlement ON payment (ledger_no, settlement_id, structure_id);

-- vault: payment files, because they hold names and IBANs; the line holds the hash.
CREATE TABLE payment_file (
    ledger_no        INTEGER NOT NULL,
    settlement_id    TEXT NOT NULL,
    hash             TEXT NOT NULL,
    content          TEXT NOT NULL,
    PRIMARY KEY (ledger_no, settlement_id)
) STRICT, WITHOUT ROWID;
