-- Why: what weighs much is decided by two people, and a changed bank account waits.

-- vault: what somebody proposed, until it is decided. The journal holds a salted hash.
CREATE TABLE proposal (
    proposal_id      TEXT NOT NULL PRIMARY KEY,
    expires_at       INTEGER NOT NULL,
    salt             TEXT NOT NULL,
    content          TEXT NOT NULL,
    hash             TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- When an account was changed, and from when on money goes there; both 0 for one that counts at once.
ALTER TABLE bank_account ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bank_account ADD COLUMN in_force_at INTEGER NOT NULL DEFAULT 0;
