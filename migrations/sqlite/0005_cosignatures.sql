-- Why: a witness outside says that it saw a checkpoint, and that it grew from all that it saw
-- before. Kept beside the checkpoint and never changed; readers check it under the witness's key.

-- journal: what witnesses co-signed; cannot be rebuilt, but each row proves itself.
CREATE TABLE cosignature (
    -- identity: the checkpoint, and the witness by its verifier key
    ledger_no        INTEGER NOT NULL,
    size             INTEGER NOT NULL,
    witness          TEXT NOT NULL,
    -- immutable: the signature line, with its newline
    line             TEXT NOT NULL,
    PRIMARY KEY (ledger_no, size, witness)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER cosignature_is_never_updated BEFORE UPDATE ON cosignature
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER cosignature_is_never_deleted BEFORE DELETE ON cosignature
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
