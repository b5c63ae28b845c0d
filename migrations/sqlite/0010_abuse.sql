-- Why: who guesses, copies or asks too much shows in what was refused, and a key that nobody uses
-- should end. None of it is in a line, none of it names anybody.

-- scratch: attempts that were refused. A voucher, a code, an account and an address are here under
-- a keyed hash whose key is not in the database.
CREATE TABLE refused_attempt (
    attempt_id       TEXT NOT NULL PRIMARY KEY,
    refused_at       INTEGER NOT NULL,
    class            TEXT NOT NULL,
    reason           TEXT NOT NULL,
    actor_id         TEXT,
    venue_id         TEXT,
    subject          TEXT,
    origin           TEXT,
    elsewhere_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX refused_attempt_at ON refused_attempt (refused_at);

-- scratch: when keys were last used, to the minute.
CREATE TABLE key_use (
    api_key_id       TEXT NOT NULL PRIMARY KEY,
    used_at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- scratch: what looked unlike honest work on a day. What a person decided about it is a line.
CREATE TABLE signal (
    signal_id        TEXT NOT NULL PRIMARY KEY,
    kind             TEXT NOT NULL,
    about_id         TEXT NOT NULL,
    raised_on        TEXT NOT NULL,
    counted          INTEGER NOT NULL,
    counted_of       INTEGER NOT NULL,
    raised_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
