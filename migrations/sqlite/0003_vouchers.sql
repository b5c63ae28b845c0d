-- Why: books and what became of their vouchers. A voucher has no row until it is used.

-- projection: orders. `order_no` is the seq of its first line.
CREATE TABLE voucher_order (
    -- identity
    ledger_no        INTEGER NOT NULL,
    order_no         INTEGER NOT NULL,
    order_id         TEXT NOT NULL,
    -- immutable
    campaign_no      INTEGER NOT NULL,
    book_count       INTEGER NOT NULL,
    vouchers_per_book INTEGER NOT NULL,
    face_cents       INTEGER NOT NULL,
    key_no           INTEGER NOT NULL,
    -- mutable: issuing goes in chunks; activated once
    issued_count     INTEGER NOT NULL,
    activated_seq    INTEGER,
    PRIMARY KEY (ledger_no, order_no),
    UNIQUE (ledger_no, order_id)
) STRICT;

-- projection: books, and who holds the paper.
CREATE TABLE book (
    -- identity
    ledger_no        INTEGER NOT NULL,
    book_no          INTEGER NOT NULL,
    -- immutable
    order_no         INTEGER NOT NULL,
    issuer_id        TEXT NOT NULL,
    key_no           INTEGER NOT NULL,
    voucher_count    INTEGER NOT NULL,
    counter          INTEGER NOT NULL,
    -- mutable: custody, and the vouchers that a new book replaces (bit 0 is position 1)
    custody          TEXT NOT NULL,
    site_id          TEXT,
    custody_seq      INTEGER NOT NULL,
    handed_over_seq  INTEGER,
    replaced_mask    INTEGER NOT NULL,
    replaced_by      INTEGER,
    PRIMARY KEY (ledger_no, book_no)
) STRICT, WITHOUT ROWID;

CREATE INDEX book_by_order ON book (ledger_no, order_no, book_no);
-- The stock of a site; books that never left the printer are not in it, so issuing pays nothing.
CREATE INDEX book_by_site ON book (site_id, book_no) WHERE site_id IS NOT NULL;

-- projection, routing: which ledger holds a run of book numbers of an issuer.
CREATE TABLE book_route (
    issuer_id        TEXT NOT NULL,
    first_no         INTEGER NOT NULL,
    last_no          INTEGER NOT NULL,
    ledger_no        INTEGER NOT NULL,
    PRIMARY KEY (issuer_id, first_no)
) STRICT, WITHOUT ROWID;

-- projection, routing: the keyed tag of each typed code. Two ledgers may share a tag after an
-- import, one ledger never twice.
CREATE TABLE code_route (
    tag              INTEGER NOT NULL,
    ledger_no        INTEGER NOT NULL,
    book_no          INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    PRIMARY KEY (tag, ledger_no)
) STRICT, WITHOUT ROWID;

-- projection: open blocks; a block that ended has no row.
CREATE TABLE block (
    ledger_no        INTEGER NOT NULL,
    block_id         TEXT NOT NULL,
    seq              INTEGER NOT NULL,
    first_no         INTEGER NOT NULL,
    last_no          INTEGER NOT NULL,
    position         INTEGER,
    order_no         INTEGER,
    PRIMARY KEY (ledger_no, block_id)
) STRICT, WITHOUT ROWID;

-- projection: one voucher used once. The primary key is the promise that one voucher pays once;
-- a reversal opens the next round.
CREATE TABLE redemption (
    ledger_no        INTEGER NOT NULL,
    book_no          INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    round            INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    venue_no         INTEGER NOT NULL,
    redeemed_at      INTEGER NOT NULL,
    redeemed_on      TEXT NOT NULL,
    PRIMARY KEY (ledger_no, book_no, position, round)
) STRICT, WITHOUT ROWID;

-- projection: redemptions that were undone.
CREATE TABLE reversal (
    ledger_no        INTEGER NOT NULL,
    book_no          INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    round            INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    PRIMARY KEY (ledger_no, book_no, position, round)
) STRICT, WITHOUT ROWID;
