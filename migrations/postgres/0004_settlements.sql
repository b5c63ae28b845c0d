-- Why: what a funder owes structures, and what the bank did about it.

-- projection: settlements. `drawn_seq` is the line that completes it; until then it is invisible.
CREATE TABLE settlement (
    -- identity
    ledger_no        BIGINT NOT NULL,
    settlement_id    TEXT COLLATE "C" NOT NULL,
    -- immutable
    opened_seq       BIGINT NOT NULL,
    cut_off_on       TEXT COLLATE "C" NOT NULL,
    cut_off_seq      BIGINT NOT NULL,
    -- mutable
    state            TEXT COLLATE "C" NOT NULL,
    drawn_seq        BIGINT,
    decided_seq      BIGINT,
    payment_count    BIGINT NOT NULL,
    total_cents      BIGINT NOT NULL,
    PRIMARY KEY (ledger_no, settlement_id)
);

-- projection: payments.
CREATE TABLE payment (
    -- identity
    ledger_no        BIGINT NOT NULL,
    payment_id       TEXT COLLATE "C" NOT NULL,
    -- immutable
    settlement_id    TEXT COLLATE "C" NOT NULL,
    structure_id     TEXT COLLATE "C" NOT NULL,
    cents            BIGINT NOT NULL,
    opening_cents    BIGINT NOT NULL,
    drawn_seq        BIGINT NOT NULL,
    -- mutable: drawn, approved, confirmed, rejected, cancelled
    state            TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_no, payment_id)
);

CREATE INDEX payment_by_settlement ON payment (ledger_no, settlement_id, structure_id);

-- vault: payment files, because they hold names and IBANs; the line holds the hash.
CREATE TABLE payment_file (
    ledger_no        BIGINT NOT NULL,
    settlement_id    TEXT COLLATE "C" NOT NULL,
    hash             TEXT COLLATE "C" NOT NULL,
    content          TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_no, settlement_id)
);
