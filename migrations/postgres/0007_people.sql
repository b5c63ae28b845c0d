-- Why: people sign in, with rights that lines gave them. What names a person is in no line: the
-- tables marked scratch may change and be erased at will, and every proof stays valid.

-- projection: who may be what for which organisation, from the operator's ledger.
CREATE TABLE membership (
    membership_id    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq              BIGINT NOT NULL,
    person_id        TEXT COLLATE "C" NOT NULL,
    role             TEXT COLLATE "C" NOT NULL,
    organisation_id  TEXT COLLATE "C" NOT NULL,
    venue_id         TEXT COLLATE "C",
    ended_at         BIGINT
);

CREATE INDEX membership_of_person ON membership (person_id);
CREATE INDEX membership_of_organisation ON membership (organisation_id);

-- scratch: people. No hash of a row is in a line: rights rest on the id, never on a name.
CREATE TABLE person (
    person_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email            TEXT COLLATE "C" NOT NULL UNIQUE,
    name             TEXT COLLATE "C" NOT NULL,
    state            TEXT COLLATE "C" NOT NULL,
    password_hash    TEXT COLLATE "C",
    created_at       BIGINT NOT NULL
);

-- scratch: links that were sent or shown, by the hash of their token; a used one is gone.
CREATE TABLE link (
    token_hash       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    purpose          TEXT COLLATE "C" NOT NULL,
    person_id        TEXT COLLATE "C",
    expires_at       BIGINT NOT NULL
);

-- scratch: who is signed in, by the hash of the cookie's token.
CREATE TABLE session (
    session_id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    token_hash       TEXT COLLATE "C" NOT NULL UNIQUE,
    person_id        TEXT COLLATE "C" NOT NULL,
    membership_id    TEXT COLLATE "C",
    opened_at        BIGINT NOT NULL,
    seen_at          BIGINT NOT NULL,
    factor_at        BIGINT
);

CREATE INDEX session_of_person ON session (person_id);

-- scratch: failed attempts to sign in, by a hash of the account and the address.
CREATE TABLE attempt (
    subject          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    failures         BIGINT NOT NULL,
    last_at          BIGINT NOT NULL
);

-- scratch: secrets of one-time passwords, sealed under a key that is not in the database.
CREATE TABLE totp (
    person_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sealed           TEXT COLLATE "C" NOT NULL,
    confirmed_at     BIGINT,
    last_step        BIGINT NOT NULL
);

-- scratch: recovery codes that were not used yet, hashed.
CREATE TABLE recovery_code (
    person_id        TEXT COLLATE "C" NOT NULL,
    code_hash        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person_id, code_hash)
);

-- scratch: passkeys: public keys with their counters, each in one JSON text.
CREATE TABLE passkey (
    passkey_id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    person_id        TEXT COLLATE "C" NOT NULL,
    credential_id    TEXT COLLATE "C" NOT NULL UNIQUE,
    credential       TEXT COLLATE "C" NOT NULL,
    name             TEXT COLLATE "C" NOT NULL,
    created_at       BIGINT NOT NULL
);

CREATE INDEX passkey_of_person ON passkey (person_id);

-- scratch: challenges that wait for a passkey's answer, one a session.
CREATE TABLE ceremony (
    session_id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    purpose          TEXT COLLATE "C" NOT NULL,
    state            TEXT COLLATE "C" NOT NULL,
    expires_at       BIGINT NOT NULL
);
