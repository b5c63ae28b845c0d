-- Why: who guesses, copies or asks too much shows in what was refused, and a key that nobody uses
-- should end. None of it is in a line, none of it names anybody.

-- scratch: attempts that were refused. A voucher, a code, an account and an address are here under
-- a keyed hash whose key is not in the database.
CREATE TABLE refused_attempt (
    attempt_id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    refused_at       BIGINT NOT NULL,
    class            TEXT COLLATE "C" NOT NULL,
    reason           TEXT COLLATE "C" NOT NULL,
    actor_id         TEXT COLLATE "C",
    venue_id         TEXT COLLATE "C",
    subject          TEXT COLLATE "C",
    origin           TEXT COLLATE "C",
    elsewhere_at     BIGINT
);

CREATE INDEX refused_attempt_at ON refused_attempt (refused_at);

-- scratch: when keys were last used, to the minute.
CREATE TABLE key_use (
    api_key_id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    used_at          BIGINT NOT NULL
);

-- scratch: what looked unlike honest work on a day. What a person decided about it is a line.
CREATE TABLE signal (
    signal_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind             TEXT COLLATE "C" NOT NULL,
    about_id         TEXT COLLATE "C" NOT NULL,
    raised_on        TEXT COLLATE "C" NOT NULL,
    counted          BIGINT NOT NULL,
    counted_of       BIGINT NOT NULL,
    raised_at        BIGINT NOT NULL
);
