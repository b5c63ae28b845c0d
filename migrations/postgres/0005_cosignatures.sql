-- Why: a witness outside says that it saw a checkpoint, and that it grew from all that it saw
-- before. Kept beside the checkpoint and never changed; readers check it under the witness's key.

-- journal: what witnesses co-signed; cannot be rebuilt, but each row proves itself.
CREATE TABLE cosignature (
    -- identity: the checkpoint, and the witness by its verifier key
    ledger_no        BIGINT NOT NULL,
    size             BIGINT NOT NULL,
    witness          TEXT COLLATE "C" NOT NULL,
    -- immutable: the signature line, with its newline
    line             TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_no, size, witness)
);

CREATE TRIGGER cosignature_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON cosignature
FOR EACH STATEMENT EXECUTE FUNCTION journal_is_never_changed();
