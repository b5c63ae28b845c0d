-- Why: books and what became of their vouchers. A voucher has no row until it is used.

-- projection: orders. `order_no` is the seq of its first line.
CREATE TABLE voucher_order (
    -- identity
    ledger_no        BIGINT NOT NULL,
    order_no         BIGINT NOT NULL,
    order_id         TEXT COLLATE "C" NOT NULL,
    -- immutable
    campaign_no      BIGINT NOT NULL,
    book_count       BIGINT NOT NULL,
    vouchers_per_book BIGINT NOT NULL,
    face_cents       BIGINT NOT NULL,
    key_no           BIGINT NOT NULL,
    -- mutable: issuing goes in chunks; activated once
    issued_count     BIGINT NOT NULL,
    activated_seq    BIGINT,
    PRIMARY KEY (ledger_no, order_no),
    UNIQUE (ledger_no, order_id)
);

-- projection: books, and who holds the paper.
CREATE TABLE book (
    -- identity
    ledger_no        BIGINT NOT NULL,
    book_no          BIGINT NOT NULL,
    -- immutable
    order_no         BIGINT NOT NULL,
    issuer_id        TEXT COLLATE "C" NOT NULL,
    key_no           BIGINT NOT NULL,
    voucher_count    BIGINT NOT NULL,
    counter          BIGINT NOT NULL,
    -- mutable: custody, and the vouchers that a new book replaces (bit 0 is position 1)
    custody          TEXT COLLATE "C" NOT NULL,
    site_id          TEXT COLLATE "C",
    custody_seq      BIGINT NOT NULL,
    handed_over_seq  BIGINT,
    replaced_mask    BIGINT NOT NULL,
    replaced_by      BIGINT,
    PRIMARY KEY (ledger_no, book_no)
);

CREATE INDEX book_by_order ON book (ledger_no, order_no, book_no);
-- The stock of a site; books that never left the printer are not in it, so issuing pays nothing.
CREATE INDEX book_by_site ON book (site_id, book_no) WHERE site_id IS NOT NULL;

-- projection, routing: which ledger holds a run of book numbers of an issuer.
CREATE TABLE book_route (
    issuer_id        TEXT COLLATE "C" NOT NULL,
    first_no         BIGINT NOT NULL,
    last_no          BIGINT NOT NULL,
    ledger_no        BIGINT NOT NULL,
    PRIMARY KEY (issuer_id, first_no)
);

-- projection, routing: the keyed tag of each typed code. Two ledgers may share a tag after an
-- import, one ledger never twice.
CREATE TABLE code_route (
    tag              BIGINT NOT NULL,
    ledger_no        BIGINT NOT NULL,
    book_no          BIGINT NOT NULL,
    position         BIGINT NOT NULL,
    PRIMARY KEY (tag, ledger_no)
);

-- projection: open blocks; a block that ended has no row.
CREATE TABLE block (
    ledger_no        BIGINT NOT NULL,
    block_id         TEXT COLLATE "C" NOT NULL,
    seq              BIGINT NOT NULL,
    first_no         BIGINT NOT NULL,
    last_no          BIGINT NOT NULL,
    position         BIGINT,
    order_no         BIGINT,
    PRIMARY KEY (ledger_no, block_id)
);

-- projection: one voucher used once. The primary key is the promise that one voucher pays once;
-- a reversal opens the next round.
CREATE TABLE redemption (
    ledger_no        BIGINT NOT NULL,
    book_no          BIGINT NOT NULL,
    position         BIGINT NOT NULL,
    round            BIGINT NOT NULL,
    seq              BIGINT NOT NULL,
    venue_no         BIGINT NOT NULL,
    redeemed_at      BIGINT NOT NULL,
    redeemed_on      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_no, book_no, position, round)
);

-- projection: redemptions that were undone.
CREATE TABLE reversal (
    ledger_no        BIGINT NOT NULL,
    book_no          BIGINT NOT NULL,
    position         BIGINT NOT NULL,
    round            BIGINT NOT NULL,
    seq              BIGINT NOT NULL,
    PRIMARY KEY (ledger_no, book_no, position, round)
);
