-- Why: what weighs much is decided by two people, and a changed bank account waits.

-- vault: what somebody proposed, until it is decided. The journal holds a salted hash.
CREATE TABLE proposal (
    proposal_id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    expires_at       BIGINT NOT NULL,
    salt             TEXT COLLATE "C" NOT NULL,
    content          TEXT COLLATE "C" NOT NULL,
    hash             TEXT COLLATE "C" NOT NULL
);

-- When an account was changed, and from when on money goes there; both 0 for one that counts at once.
ALTER TABLE bank_account ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bank_account ADD COLUMN in_force_at BIGINT NOT NULL DEFAULT 0;
