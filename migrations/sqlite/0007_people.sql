-- Why: people sign in, with rights that lines gave them. What names a person is in no line: the
-- tables marked scratch may change and be erased at will, and every proof stays valid.

-- projection: who may be what for which organisation, from the operator's ledger.
CREATE TABLE membership (
    membership_id    TEXT NOT NULL PRIMARY KEY,
    seq              INTEGER NOT NULL,
    person_id        TEXT NOT NULL,
    role             TEXT NOT NULL,
    organisation_id  TEXT NOT NULL,
    venue_id         TEXT,
    ended_at         INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX membership_of_person ON membership (person_id);
CREATE INDEX membership_of_organisation ON membership (organisation_id);

-- scratch: people. No hash of a row is in a line: rights rest on the id, never on a name.
CREATE TABLE person (
    person_id        TEXT NOT NULL PRIMARY KEY,
    email            TEXT NOT NULL UNIQUE,
    name             TEXT NOT NULL,
    state            TEXT NOT NULL,
    password_hash    TEXT,
    created_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- scratch: links that were sent or shown, by the hash of their token; a used one is gone.
CREATE TABLE link (
    token_hash       TEXT NOT NULL PRIMARY KEY,
    purpose          TEXT NOT NULL,
    person_id        TEXT,
    expires_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- scratch: who is signed in, by the hash of the cookie's token.
CREATE TABLE session (
    session_id       TEXT NOT NULL PRIMARY KEY,
    token_hash       TEXT NOT NULL UNIQUE,
    person_id        TEXT NOT NULL,
    membership_id    TEXT,
    opened_at        INTEGER NOT NULL,
    seen_at          INTEGER NOT NULL,
    factor_at        INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX session_of_person ON session (person_id);

-- scratch: failed attempts to sign in, by a hash of the account and the address.
CREATE TABLE attempt (
    subject          TEXT NOT NULL PRIMARY KEY,
    failures         INTEGER NOT NULL,
    last_at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- scratch: secrets of one-time passwords, sealed under a key that is not in the database.
CREATE TABLE totp (
    person_id        TEXT NOT NULL PRIMARY KEY,
    sealed           TEXT NOT NULL,
    confirmed_at     INTEGER,
    last_step        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- scratch: recovery codes that were not used yet, hashed.
CREATE TABLE recovery_code (
    person_id        TEXT NOT NULL,
    code_hash        TEXT NOT NULL,
    PRIMARY KEY (person_id, code_hash)
) STRICT, WITHOUT ROWID;

-- scratch: passkeys: public keys with their counters, each in one JSON text.
CREATE TABLE passkey (
    passkey_id       TEXT NOT NULL PRIMARY KEY,
    person_id        TEXT NOT NULL,
    credential_id    TEXT NOT NULL UNIQUE,
    credential       TEXT NOT NULL,
    name             TEXT NOT NULL,
    created_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX passkey_of_person ON passkey (person_id);

-- scratch: challenges that wait for a passkey's answer, one a session.
CREATE TABLE ceremony (
    session_id       TEXT NOT NULL PRIMARY KEY,
    purpose          TEXT NOT NULL,
    state            TEXT NOT NULL,
    expires_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
